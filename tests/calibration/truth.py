"""What is known of a pair of distributions: divergences and moments of the ratio, by closed form or quadrature.

`python -m tests.calibration.truth` checks every problem's truth by Monte Carlo of its exact log-ratio.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tests.calibration.laws import FloatArray, Law, normal

_ERROR = 1e-7
"""Quadratures whose two resolutions differ by more fail; the efficient error at n = 10⁴ is above 10⁻³."""


@dataclass(frozen=True)
class Known:
    """Of a pair (P, Q) with the ratio r = p/q, in nats; None where it is not worked out."""

    kl: float
    log_variance: float
    """Var_P(ln r)"""
    chi2: float
    """Var_Q(r)"""
    reverse: float
    js: float | None = None
    tv: float | None = None

    def efficient_error(self, n: int, m: int) -> float:
        """The smallest standard error of any regular estimator of KL(P‖Q) from n and m rows."""
        return math.sqrt(self.log_variance / n + self.chi2 / m)


NOTHING = Known(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def product(parts: Sequence[Known]) -> Known:
    """Independent columns: KL and Var(ln r) add, 1 + χ² multiplies; JS and TV pass through columns without change."""
    changed = [part for part in parts if part != NOTHING]
    if len(changed) == 1:
        return changed[0]
    return Known(
        sum(part.kl for part in changed),
        sum(part.log_variance for part in changed),
        math.prod(1 + part.chi2 for part in changed) - 1,
        sum(part.reverse for part in changed),
        None if changed else 0.0,
        None if changed else 0.0,
    )


def atoms(p: FloatArray, q: FloatArray) -> Known:
    """Two distributions over the same outcomes."""
    return cells(p, q, [NOTHING] * len(p))


def cells(p: FloatArray, q: FloatArray, within: Sequence[Known]) -> Known:
    """Shares p and q of cells, and a pair of laws within each cell."""
    if np.array_equal(p, q) and all(part == NOTHING for part in within):
        return NOTHING
    if np.any((p > 0) & (q == 0)):
        return Known(math.inf, math.inf, math.inf, math.inf)
    both = p > 0
    log_ratio = np.log(p[both] / q[both])
    known = [part for part, kept in zip(within, both, strict=True) if kept]
    kl = np.array([part.kl for part in known]) + log_ratio
    total = float(p[both] @ kl)
    spread = float(p[both] @ ((kl - total) ** 2 + np.array([part.log_variance for part in known])))
    chi2 = float((p[both] ** 2 / q[both]) @ (1 + np.array([part.chi2 for part in known]))) - 1
    whole = not np.any((p == 0) & (q > 0))
    reverse = float(q[both] @ (np.array([part.reverse for part in known]) - log_ratio)) if whole else math.inf
    if any(part != NOTHING for part in known):
        return Known(total, spread, chi2, reverse)
    middle = (p + q) / 2
    js = float(np.sum(_xlog(p, p / middle) + _xlog(q, q / middle))) / 2
    return Known(total, max(spread, 0.0), max(chi2, 0.0), reverse, js, float(np.abs(p - q).sum()) / 2)


def _xlog(x: FloatArray, y: FloatArray) -> FloatArray:
    return x * np.log(np.where(x > 0, y, 1.0))


def normals(mean_p: FloatArray, cov_p: FloatArray, mean_q: FloatArray, cov_q: FloatArray) -> Known:
    """Two multivariate normal laws: closed forms, and the line where the covariances are equal."""
    gap = mean_p - mean_q
    inverse_p, inverse_q = np.linalg.inv(cov_p), np.linalg.inv(cov_q)
    det_p, det_q = np.linalg.slogdet(cov_p)[1], np.linalg.slogdet(cov_q)[1]
    square = float(gap @ inverse_q @ gap)
    d = len(gap)
    kl = 0.5 * (float(np.trace(inverse_q @ cov_p)) - d + square + det_q - det_p)
    reverse = 0.5 * (float(np.trace(inverse_p @ cov_q)) - d + float(gap @ inverse_p @ gap) + det_p - det_q)
    # ln r is a quadratic form ½ u'Au + b'u + c in u = x − mean_p.
    form = (inverse_q - inverse_p) @ cov_p
    slope = inverse_q @ gap
    spread = 0.5 * float(np.trace(form @ form)) + float(slope @ cov_p @ slope)
    middle = 2 * inverse_p - inverse_q
    chi2 = math.inf
    if np.linalg.eigvalsh(middle).min() > 0:
        power = 0.5 * det_q - det_p - 0.5 * np.linalg.slogdet(middle)[1]
        chi2 = math.expm1(power + 0.5 * float(slope @ np.linalg.solve(middle, slope)) + 0.5 * square)
    js = tv = None
    if np.array_equal(cov_p, cov_q):
        simple = line(normal(), normal(math.sqrt(square)))
        js, tv = simple.js, simple.tv
    return Known(kl, spread, chi2, reverse, js, tv)


def line(p: Law, q: Law, *, infinite: Sequence[str] = ()) -> Known:
    """Two densities on the line, by tanh-sinh quadrature between their bends; `infinite` names the moments that are."""
    low, high = min(p.low, q.low), max(p.high, q.high)
    ends = {low, high, *p.bends, *q.bends, *(e for e in (p.low, p.high, q.low, q.high) if math.isfinite(e))}
    points = sorted(e for e in ends if low <= e <= high)

    def terms(x: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            log_p = np.where((x > p.low) & (x < p.high), p.log_density(x), -np.inf)
            log_q = np.where((x > q.low) & (x < q.high), q.log_density(x), -np.inf)
        return _terms(log_p, log_q)

    return _known([_integral(terms, a, b) for a, b in itertools.pairwise(points)], infinite)


def plane(log_p: Callable, log_q: Callable, half_width: float, steps: int) -> Known:
    """Two smooth densities in the plane that vanish outside a square, by the trapezoidal rule."""
    grid, step = np.linspace(-half_width, half_width, 2 * steps + 1, retstep=True)
    fine, coarse = np.zeros(7), np.zeros(7)
    for i, first in enumerate(grid):
        rows = np.column_stack([np.full(len(grid), first), grid])
        found = _terms(log_p(rows), log_q(rows))
        fine += found.sum(1) * step**2
        if i % 2 == 0:
            coarse += found[:, ::2].sum(1) * 4 * step**2
    return _known([(fine, coarse)], ())


def _terms(log_p: FloatArray, log_q: FloatArray) -> FloatArray:
    """Per point: p, p ln r, p (ln r)², p²/q, q ln(1/r), the term of JS, |p − q|/2. NaN marks an infinite reverse."""
    with np.errstate(all="ignore"):
        p, q = np.exp(log_p), np.exp(log_q)
        ratio = log_p - log_q
        of_p = np.where(p > 0, ratio, 0.0)
        if np.any((p > 1e-300) & (q == 0) & np.isneginf(log_q)):
            raise ValueError("P has mass where Q has none: KL is infinite")
        square = np.where(p > 0, np.exp(log_p + ratio), 0.0)
        back = np.where(q > 0, -q * ratio, 0.0)
        middle = np.logaddexp(log_p, log_q) - math.log(2)
        js = 0.5 * (np.where(p > 0, p * (log_p - middle), 0.0) + np.where(q > 0, q * (log_q - middle), 0.0))
    back = np.where(np.isfinite(back), back, np.nan)
    return np.stack([p, p * of_p, p * of_p**2, square, back, js, np.abs(p - q) / 2])


def _known(pieces: Sequence[tuple[FloatArray, FloatArray]], infinite: Sequence[str]) -> Known:
    fine, coarse = sum(piece[0] for piece in pieces), sum(piece[1] for piece in pieces)
    # The rule for |p − q| meets a corner where the densities cross; TV is held to less.
    allowed = np.array([1, 1, 1, 1, 1, 1, 1e4]) * _ERROR * np.maximum(1, np.abs(fine))
    for index, name in ((2, "log_variance"), (3, "chi2")):
        if name in infinite:
            fine[index] = coarse[index] = math.inf
    held = np.isfinite(fine)
    if np.any(np.abs(fine[held] - coarse[held]) > allowed[held]) or np.isnan(np.delete(fine, 4)).any():
        raise ArithmeticError(f"the quadrature has not converged: {fine} against {coarse}")
    if abs(fine[0] - 1) > 1e-6:
        raise ArithmeticError(f"P integrates to {fine[0]}")
    _, kl, second, square, reverse, js, tv = fine.tolist()
    return Known(
        kl,
        max(second - kl**2, 0.0),
        max(square - 1, 0.0),
        math.inf if math.isnan(reverse) else reverse,
        js,
        tv,
    )


def _integral(f: Callable[[FloatArray], FloatArray], low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """∫ f over (low, high) at two resolutions, by double-exponential substitution (Takahasi and Mori 1974)."""
    t = np.linspace(-4.0, 4.0, 513)
    step = t[1] - t[0]
    inner, slope = np.pi / 2 * np.sinh(t), np.pi / 2 * np.cosh(t)
    if math.isinf(low) or math.isinf(high):
        start, sign = (low, 1.0) if math.isinf(high) else (high, -1.0)
        x, weight = start + sign * np.exp(inner), np.exp(inner) * slope
    else:
        half = (high - low) / 2
        # From the nearer end, so that the points next to it are distinct.
        distance = half * 2 / (1 + np.exp(2 * np.abs(inner)))
        x = np.where(t < 0, low + distance, high - distance)
        weight = half * slope / np.cosh(inner) ** 2
    inside = (x > low) & (x < high)
    terms = np.zeros((7, len(t)))
    terms[:, inside] = f(x[inside]) * weight[inside]
    return terms.sum(1) * step, terms[:, ::2].sum(1) * 2 * step


def check(rows: int = 200_000, seed: int = 1) -> list[str]:
    """Hold each finite truth against draws: E_P ln r within 5 standard errors, E_Q r within 5 of 1; return what is
    not."""
    from tests.calibration.problems import PROBLEMS

    wrong: list[str] = []
    for problem in PROBLEMS:
        if math.isinf(problem.truth):
            continue
        rng = np.random.default_rng([seed, *problem.name.encode()])
        pair, known = problem.pair, problem.known
        at_p = pair.log_ratio(pair.draw_p(rows, rng))
        at_q = np.exp(pair.log_ratio(pair.draw_q(rows, rng)))
        # The standard errors are the known ones: a wrong variance shows as well.
        error = abs(float(at_p.mean()) - known.kl)
        if not error <= 5 * math.sqrt(known.log_variance / rows) + 1e-12:
            wrong.append(f"{problem.name}: mean log-ratio {at_p.mean():.5f}, truth {known.kl:.5f}")
        fourth = float(np.mean((at_p - known.kl) ** 4))
        gap = abs(float(at_p.var()) - known.log_variance)
        if math.isfinite(known.log_variance) and not gap <= 6 * math.sqrt(fourth / rows) + 1e-12:
            wrong.append(f"{problem.name}: Var ln r {at_p.var():.5f}, known {known.log_variance:.5f}")
        if math.isinf(known.chi2):
            continue
        if not abs(float(at_q.mean()) - 1) <= 5 * math.sqrt(known.chi2 / rows) + 1e-12:
            wrong.append(f"{problem.name}: E_Q r is {at_q.mean():.5f} ± {math.sqrt(known.chi2 / rows):.2g}")
        # E_P r = 1 + χ², where r has a second moment worth the name.
        at_p = np.exp(at_p)
        noise = float(at_p.std()) / math.sqrt(rows)
        if noise < 0.02 and not abs(float(at_p.mean()) - 1 - known.chi2) <= 6 * noise + 1e-9:
            wrong.append(f"{problem.name}: E_P r is {at_p.mean():.5f}, known {1 + known.chi2:.5f}")
    return wrong


if __name__ == "__main__":
    found = check()
    print("\n".join(found) or "every truth agrees with its draws")
    sys.exit(bool(found))
