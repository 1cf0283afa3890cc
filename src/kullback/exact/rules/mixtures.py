"""Mixtures: what is certain of KL(P‖Q) where no closed form is, from the components alone; and an approximation.

With P = Σ a_i f_i, Q = Σ b_j g_j and t(f, g) = ∫ f g, all from KL divergences, entropies and product integrals of
components, which have closed forms for normal ones in any dimension.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback.distribution import Density
from kullback.distributions.mixture import Mixture
from kullback.distributions.normal import Normal
from kullback.divergences import kl
from kullback.exact.pair import in_numpy
from kullback.support import Interval

_SLICES = 4000
_ROUNDS = 500
_CELLS = 400


@dataclass(frozen=True)
class MixtureBound:
    """One pair of bounds of KL(P‖Q).

    Attributes:
        name: what it is called.
        low: never above KL(P‖Q).
        high: never below it, infinite where there is none.
        source: paper and equation.
    """

    name: str
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class MixtureBounds:
    """The best bounds of KL(P‖Q) that are known from the components, and where they are from. Unpacks as (low, high).

    Attributes:
        low: the greatest lower bound, in nats.
        high: the least upper bound, in nats.
        each: all bounds that apply to these components.
    """

    low: float
    high: float
    each: tuple[MixtureBound, ...]

    def __iter__(self) -> Iterator[float]:
        """Yield the lower and the upper bound."""
        yield self.low
        yield self.high

    def __str__(self) -> str:
        lines = [f"{self.low:.6g} ≤ KL(P‖Q) ≤ {self.high:.6g} nats"]
        width = max(len(one.name) for one in self.each)
        for one in self.each:
            lines.append(f"  {one.name:<{width}}  [{one.low:.6g}, {one.high:.6g}]  {one.source}")
        return "\n".join(lines)


def mixture_bounds(p: Density, q: Density) -> MixtureBounds:
    """Return bounds of KL(P‖Q) of two mixtures that hold for certain, by the best of several ways.

    Those of Durrieu, Σ a_i ln(Σ a_α e^−KL(f_i‖f_α) / Σ b_j t(f_i, g_j)) − Σ a_i H(f_i) ≤ KL(P‖Q) and
    KL(P‖Q) ≤ Σ a_i ln(Σ a_α t(f_i, f_α) / Σ b_j e^−KL(f_i‖g_j)) + Σ a_i H(f_i), for normal components of any
    dimension; the variational upper bound; for numbers, KL of the masses of cells from below; for normal numbers, the
    logarithms of sums enclosed slice by slice, which gives many digits.

    Args:
        p: P, a mixture, or a distribution that could be a component of one. No batch.
        q: Q, likewise.

    Returns:
        `MixtureBounds`, which unpacks as (low, high) and prints all bounds with their sources.

    Raises:
        TypeError: something that is not a distribution known by a formula.
        ValueError: a batch of distributions.

    Source:
        Durrieu, Thiran and Kelly, "Lower and upper bounds for approximation of the Kullback–Leibler divergence between
        Gaussian mixture models", ICASSP (2012), eqs. (19), (20); Hershey and Olsen, "Approximating the Kullback Leibler
        divergence between Gaussian mixture models", ICASSP (2007), section 8; Nielsen and Sun, "Guaranteed bounds on
        information-theoretic measures of univariate mixtures using piecewise log-sum-exp inequalities", Entropy 18
        (2016), 442.

    Example:
        >>> from kullback import distributions, normal
        >>> from kullback.exact.rules.mixtures import mixture_bounds
        >>> parts = [normal(-1, 0.1), normal(1, 0.5)]
        >>> P, Q = distributions.mixture([0.3, 0.7], parts), distributions.mixture([0.1, 0.9], parts)
        >>> low, high = mixture_bounds(P, Q)
        >>> low <= 0.153212258698013 <= high
        True
    """
    both = _parts(p, "P"), _parts(q, "Q")
    (a, first), (b, second) = both
    apart = _kl_table(first, second)
    found = [MixtureBound("non-negative", 0.0, math.inf, "Gibbs")]
    found.append(
        MixtureBound("variational", 0.0, _variational_bound(a, b, apart), "Hershey and Olsen (2007), section 8")
    )
    products = _durrieu(a, first, b, second, apart)
    if products is not None:
        found.append(MixtureBound("products", *products, "Durrieu, Thiran and Kelly (2012), eqs. (19), (20)"))
    cells = _quantised(a, first, b, second)
    if cells is not None:
        found.append(MixtureBound("cells", cells, math.inf, "the data-processing inequality"))
    if all(isinstance(one, Normal) for one in (*first, *second)):
        slices = _log_sum_exp(a, first, b, second)
        found.append(MixtureBound("log-sum-exp", *slices, "Nielsen and Sun (2016), section 3"))
    low, high = max(one.low for one in found), min(one.high for one in found)
    return MixtureBounds(low, high, tuple(found))


def variational_approximation(p: Density, q: Density) -> float:
    """Return Σ a_i ln(Σ a_α e^−KL(f_i‖f_α) / Σ b_j e^−KL(f_i‖g_j)), an approximation of KL(P‖Q) and no bound of it.

    Args:
        p: P, a mixture, or a distribution that could be a component of one. No batch.
        q: Q, likewise.

    Returns:
        The approximation, in nats; it may be negative.

    Raises:
        TypeError: something that is not a distribution known by a formula.
        ValueError: a batch of distributions.

    Source:
        Hershey and Olsen, "Approximating the Kullback Leibler divergence between Gaussian mixture models", ICASSP
        (2007), eq. (20).

    Example:
        >>> from kullback import normal
        >>> from kullback.exact.rules.mixtures import variational_approximation
        >>> round(variational_approximation(normal(0, 1), normal(1, 2)), 6)
        0.443147
    """
    (a, first), (b, second) = _parts(p, "P"), _parts(q, "Q")
    with np.errstate(divide="ignore"):
        own = _log_sums(np.log(a), -_kl_table(first, first))
        other = _log_sums(np.log(b), -_kl_table(first, second))
    return float(_weighted(a, own - other))


def log_product_integral(p: Density, q: Density) -> float | None:
    """Return ln ∫ p q for two components, or None where there is no closed form here."""
    if isinstance(p, Normal) and isinstance(q, Normal):
        spread = math.hypot(float(p.scale), float(q.scale))
        return float(Normal(np.float64(p.loc), np.float64(spread)).log_prob(np.float64(q.loc)))
    if type(p) is type(q) and hasattr(p, "log_product_integral"):
        return float(p.log_product_integral(q))  # pyright: ignore[reportAttributeAccessIssue]
    return None


def _parts(one: Density, name: str) -> tuple[Any, tuple[Density, ...]]:
    """Return the weights and the components, without those of weight 0."""
    if not isinstance(one, Density):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} is a {type(one).__name__}, and a distribution known by a formula is needed.")
    if one.batch_shape:
        raise ValueError(f"{name} is a batch of shape {one.batch_shape}, and one distribution is needed.")
    plain = in_numpy(one)
    if not isinstance(plain, Mixture):
        return np.ones(1), (plain,)
    weights = np.asarray(plain.weights)
    kept = [i for i in range(len(plain.components)) if weights[i] > 0.0]
    return weights[kept], tuple(plain.components[i] for i in kept)


def _kl_table(first: tuple[Density, ...], second: tuple[Density, ...]) -> Any:
    return np.asarray([[float(kl(one, other)) for other in second] for one in first])


def _log_sums(log_weights: Any, logs: Any) -> Any:
    """Return ln Σ_j w_j e^logs_ij."""
    return np.logaddexp.reduce(log_weights + logs, axis=-1)


def _weighted(a: Any, values: Any) -> Any:
    return np.sum(a * values)


def _variational_bound(a: Any, b: Any, apart: Any) -> float:
    """Return the least Σ φ_ij (ln(φ_ij/ψ_ij) + KL(f_i‖g_j)), Σ_j φ_ij = a_i, Σ_i ψ_ij = b_j, as far as it is found.

    Each pair of weights gives a bound, by the joint convexity of KL; each is found in turn with the other fixed.
    """
    possible = np.any(np.isfinite(apart), axis=1)
    if not possible.all():
        return math.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        log_a, log_b = np.log(a), np.log(b)
        log_psi = log_a[:, None] + log_b[None, :]
        best = math.inf
        for _ in range(_ROUNDS):
            log_phi = log_psi - apart
            log_phi = log_phi - np.logaddexp.reduce(log_phi, axis=1, keepdims=True) + log_a[:, None]
            phi = np.exp(log_phi)
            terms = np.where(phi > 0.0, phi * (log_phi - log_psi + np.where(np.isfinite(apart), apart, 0.0)), 0.0)
            value = float(np.sum(terms))
            done = not value < best - 1e-12 * abs(best) if math.isfinite(best) else False
            best = min(best, value)
            if done:
                break
            columns = np.logaddexp.reduce(log_phi, axis=0, keepdims=True)
            log_psi = np.where(np.isneginf(columns), log_psi, log_phi - columns + log_b[None, :])
    return max(best, 0.0) * (1.0 + 1e-13)


def _durrieu(a: Any, first: Any, b: Any, second: Any, apart: Any) -> tuple[float, float] | None:
    entropies: list[Any] = [one.entropy() for one in first]
    across = [[log_product_integral(one, other) for other in second] for one in first]
    within = [[log_product_integral(one, other) for other in first] for one in first]
    if any(x is None for x in entropies) or any(x is None for row in (*across, *within) for x in row):
        return None
    with np.errstate(divide="ignore"):
        log_a, log_b = np.log(a), np.log(b)
        entropy = np.asarray(entropies, dtype=float)
        own_low = _log_sums(log_a, -_kl_table(first, first)) - entropy
        own_high = _log_sums(log_a, np.asarray(within, dtype=float))
        other_low = _log_sums(log_b, -apart) - entropy
        other_high = _log_sums(log_b, np.asarray(across, dtype=float))
        size = 1e-13 * float(np.sum(a * (1.0 + abs(entropy) + abs(own_high) + np.minimum(abs(other_high), 1e300))))
        return float(_weighted(a, own_low - other_high)) - size, float(_weighted(a, own_high - other_low)) + size


def _quantised(a: Any, first: Any, b: Any, second: Any) -> float | None:
    """Return KL of the masses of cells, for numbers with distribution functions."""
    if not all(isinstance(one.support, Interval) for one in (*first, *second)):
        return None
    shares = (np.arange(_CELLS) + 0.5) / _CELLS
    cuts = [one.quantile(shares) for one in (*first, *second)]
    if any(cut is None for cut in cuts):
        return None
    edges = np.unique(np.concatenate([np.asarray(cut, dtype=float) for cut in cuts]))
    edges = edges[np.isfinite(edges)][:: max(1, len(cuts) // 2)]
    masses = [_cell_masses(w, parts, edges) for w, parts in ((a, first), (b, second))]
    if masses[0] is None or masses[1] is None:
        return None
    # The masses are known to a few units in the last place of 1.
    return max(float(kl(masses[0], masses[1], check=False)) - 1e-12, 0.0)


def _cell_masses(weights: Any, parts: Any, edges: Any) -> Any:
    total = np.zeros(edges.size + 1)
    for w, one in zip(weights, parts, strict=True):
        below, above = one.cdf(edges), one.survival(edges)
        if below is None or above is None:
            return None
        below, above = np.append(np.append(0.0, below), 1.0), np.append(np.append(1.0, above), 0.0)
        total = total + w * np.where(below[1:] < 0.5, np.diff(below), -np.diff(above))
    return np.maximum(total, 0.0)


# The logarithms of sums of normal densities, enclosed slice by slice.


def _log_sum_exp(a: Any, first: Any, b: Any, second: Any) -> tuple[float, float]:
    """Return bounds of ∫ p ln p − ∫ p ln q.

    On a slice ln Σ e^(l_j) = l_s + ln(1 + Σ e^(l_j − l_s)) with the greatest l_s at its middle; the differences are
    parabolas, whose ranges are known; and ∫ f_i l_s has a closed form.
    """
    edges = _edges(a, first, second)
    own = _enclosed(a, first, edges)
    other = _enclosed(b, second, edges)
    low, high, size = 0.0, 0.0, 0.0
    for weight, one in zip(a, first, strict=True):
        mass, mean, square = _moments(float(one.loc), float(one.scale), edges)
        for (parabola, least, most), sign in ((own, 1.0), (other, -1.0)):
            terms = parabola[0] * square, parabola[1] * mean, parabola[2] * mass
            value = sign * weight * float(np.sum(terms[0] + terms[1] + terms[2]))
            size += weight * float(np.sum(abs(terms[0]) + abs(terms[1]) + abs(terms[2])))
            ends = weight * float(np.sum(mass * least)), weight * float(np.sum(mass * most))
            low += value + (ends[0] if sign > 0.0 else -ends[1])
            high += value + (ends[1] if sign > 0.0 else -ends[0])
    slack = 1e-13 * (1.0 + size)
    return float(low - slack), float(high + slack)


def _edges(a: Any, first: Any, second: Any) -> Any:
    """Return edges of slices, where P has its mass and where the components of P and Q cross over."""
    from scipy.special import ndtri

    each = max(50, _SLICES // (len(first) + len(second)))
    shares = (np.arange(each) + 0.5) / each
    steps = np.concatenate([ndtri(shares), np.linspace(-12.0, 12.0, each)])
    inner = [float(one.loc) + float(one.scale) * steps for one in (*first, *second)]
    return np.unique(np.concatenate(inner))


def _parabolas(weights: Any, parts: Any) -> Any:
    """Return (A, B, C) of each ln(w f) = A x² + B x + C."""
    loc = np.asarray([float(one.loc) for one in parts])
    scale = np.asarray([float(one.scale) for one in parts])
    inverse = 1.0 / (scale * scale)
    constant = np.log(weights) - np.log(scale) - 0.5 * math.log(2.0 * math.pi) - 0.5 * loc * loc * inverse
    return np.stack([-0.5 * inverse, loc * inverse, constant])


def _enclosed(weights: Any, parts: Any, edges: Any) -> tuple[Any, Any, Any]:
    """Return the parabola chosen on each slice and bounds of what is to be added, slices on the last axis."""
    table = _parabolas(weights, parts)
    low, high = np.append(-math.inf, edges), np.append(edges, math.inf)
    middle = np.concatenate([[edges[0]], 0.5 * edges[:-1] + 0.5 * edges[1:], [edges[-1]]])
    values = table[0][:, None] * middle**2 + table[1][:, None] * middle + table[2][:, None]
    chosen = np.argmax(values, axis=0)
    # Towards ±∞ the one that falls slowest.
    for slice_, sign in ((0, -1.0), (-1, 1.0)):
        chosen[slice_] = max(range(len(parts)), key=lambda j: (table[0][j], sign * table[1][j], table[2][j]))
    top = table[:, chosen]
    gap = table[:, :, None] - top[:, None, :]
    least, most = _range(gap, low, high)
    others = np.arange(len(parts))[:, None] != chosen[None, :]
    none = np.zeros((1, low.size))
    floor, ceiling = (
        np.logaddexp.reduce(np.concatenate([none, np.where(others, one, -math.inf)]), axis=0) for one in (least, most)
    )
    return top, floor, ceiling


def _range(gap: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """Return the least and the greatest value of parabolas A x² + B x + C on slices."""

    def at(x: Any) -> Any:
        finite = np.isfinite(x)
        safe = np.where(finite, x, 0.0)
        value = (gap[0] * safe + gap[1]) * safe + gap[2]
        towards = np.where(gap[0] != 0.0, gap[0] * math.inf, np.where(gap[1] != 0.0, gap[1] * x, gap[2]))
        return np.where(finite, value, towards)

    with np.errstate(invalid="ignore", divide="ignore"):
        ends = at(low), at(high)
        vertex = np.where(gap[0] != 0.0, -0.5 * gap[1] / np.where(gap[0] != 0.0, gap[0], 1.0), math.nan)
        inside = (vertex > low) & (vertex < high)
        turn = np.where(inside, at(np.where(inside, vertex, 0.0)), ends[0])
    rounding = 1e-14 * (1.0 + abs(np.where(np.isfinite(turn), turn, 0.0)))
    return np.minimum(np.minimum(*ends), turn) - rounding, np.maximum(np.maximum(*ends), turn) + rounding


def _moments(loc: float, scale: float, edges: Any) -> tuple[Any, Any, Any]:
    """Return ∫ f, ∫ f x and ∫ f x² over the slices."""
    from scipy.special import ndtr

    z = (np.concatenate([[-math.inf], edges, [math.inf]]) - loc) / scale
    with np.errstate(invalid="ignore", over="ignore"):
        density = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        lever = np.where(np.isfinite(z), z * density, 0.0)
    mass = np.where(z[1:] < 0.0, np.diff(ndtr(z)), -np.diff(ndtr(-z)))
    first = -np.diff(density)
    second = mass - np.diff(lever)
    return mass, loc * mass + scale * first, loc * loc * mass + 2.0 * loc * scale * first + scale * scale * second
