"""A divergence as a function of two vectors of shares: its value, its bias from sampling, how each symbol pulls it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kullback.divergence import Deviation, Divergence
from kullback.divergences.kl import kl
from kullback.estimators.counting import JointCounts
from kullback.estimators.log_ratio import derivatives, finished
from kullback.estimators.method import Value
from kullback.intervals.delta import expand
from kullback.intervals.sampling import Independent
from kullback.sample import FloatArray, Sample

_KNOWN = 1e15
"""Rows that stand for a share without error."""


@dataclass(frozen=True, eq=False)
class Functional:
    """A divergence D(p, q) at shares of k symbols.

    Attributes:
        value: D(p, q), infinite where the mathematics says so.
        corrected: less the second-order bias that it has where the shares are those of samples.
        of_p, of_q: ∂D/∂p and ∂D/∂q, shape (k,), 0 where the side has no share or the value is infinite.
    """

    value: float
    corrected: float
    of_p: FloatArray
    of_q: FloatArray


def functional(divergence: Divergence, p: FloatArray, q: FloatArray, rows_p: float, rows_q: float) -> Functional:
    """Return a divergence of shares p and q that were found from so many rows, ∞ for shares that are known.

    bias = ½ Σ (f_pp Var p̂ + f_qq Var q̂), the thin-cell terms of `kullback.intervals.delta` added where the divergence
    has closed slopes; where f has kinks, ½ Σ of its second differences at one standard deviation.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> found = functional(kb.kl, np.array([0.5, 0.5]), np.array([0.9, 0.1]), 1000.0, 1000.0)
        >>> round(found.value, 6), found.value > found.corrected
        (0.510826, True)
    """
    divergence = _simplest(divergence)
    plain = float(divergence(p, q, check=False))
    if math.isinf(plain):
        nothing = np.zeros_like(p)
        return Functional(plain, plain, nothing, nothing)
    if divergence.name == "chernoff":
        return _at_the_best_order(divergence, p, q, rows_p, rows_q)
    if divergence.name == "renyi" and dict(divergence.parameters)["alpha"] == math.inf:
        return _of_the_greatest(divergence, p, q, plain)
    of_p, of_q = _slopes(divergence, p, q)
    total, bias = total_of(divergence, p, q), _bias(divergence, p, q, rows_p, rows_q)
    _, slope = finished(divergence, total)
    variance = _variance(p, of_p, rows_p) + _variance(q, of_q, rows_q)
    corrected = _finished_without_bias(divergence, total - bias, variance)
    return Functional(plain, corrected, slope * of_p, slope * of_q)


def _variance(shares: FloatArray, slopes: FloatArray, rows: float) -> float:
    return float(shares @ np.square(slopes - shares @ slopes)) / rows


def _finished_without_bias(divergence: Divergence, total: float, variance: float) -> float:
    """Return g(T) − ½ g''(T) Var T̂ for a finish g; less of the second term where T̂ is not known to be away from 0."""
    value, _ = finished(divergence, total)
    if (divergence.finish is None and divergence.slopes is not None) or not total > 0.0:
        return value
    step = 1e-3 * total
    bend = (finished(divergence, total + step)[1] - finished(divergence, total - step)[1]) / (2.0 * step)
    return value - 0.5 * bend * variance * total**2 / (total**2 + 0.25 * variance)


def relative_entropy(divergence: Divergence) -> Literal["kl", "reverse kl"] | None:
    """Return which KL divergence this is, also as a member of a family; None where it is another."""
    powers = divergence.powers
    if powers is None or powers.of == "gap" or divergence.finish is not None:
        return None
    return powers.of if float(powers.finish(np.asarray(1.0))) == 1.0 else None


def _simplest(divergence: Divergence) -> Divergence:
    which = relative_entropy(divergence)
    if which is None:
        return divergence
    return kl if which == "kl" else kl.reverse


def plug_in_value(divergence: Divergence, counts: JointCounts, *, corrected: bool) -> Value:
    """Return the plug-in value of counts, with the influences of the delta method."""
    found = functional(divergence, counts.shares_p, counts.shares_q, counts.rows_p, counts.rows_q)
    return pulled(counts, found.corrected if corrected else found.value, found.of_p, found.of_q)


def pulled(counts: JointCounts, value: float, of_p: FloatArray, of_q: FloatArray) -> Value:
    """Return a value with the influence of every row, where that of its symbol is given, up to a constant."""
    by_x = of_p[counts.of_x]
    if not isinstance(counts.y, Sample):
        return Value(value, by_x - counts.x.mean(by_x), np.empty(0))
    by_y = of_q[counts.of_y]
    return Value(value, by_x - counts.x.mean(by_x), by_y - counts.y.mean(by_y))


def _slopes(divergence: Divergence, p: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray]:
    if _order(divergence) in (0.0, 1.0):  # Q(p > 0) and P(q > 0)
        common = ((p > 0.0) & (q > 0.0)).astype(np.float64)
        nothing = np.zeros_like(p)
        return (nothing, common) if _order(divergence) == 0.0 else (common, nothing)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_ratio = np.where((p > 0.0) | (q > 0.0), np.log(p) - np.log(q), 0.0)
    of_p, of_q = derivatives(divergence, log_ratio)
    of_p, of_q = np.where(p > 0.0, of_p, 0.0), np.where(q > 0.0, of_q, 0.0)
    return np.nan_to_num(of_p, posinf=0.0, neginf=0.0), np.nan_to_num(of_q, posinf=0.0, neginf=0.0)


def _order(divergence: Divergence) -> float | None:
    """Return α where the value is taken from Σ p^α q^(1−α) itself."""
    powers = divergence.powers
    return powers.order if powers is not None and powers.of == "gap" and divergence.slopes is None else None


def total_of(divergence: Divergence, p: FloatArray, q: FloatArray) -> float:
    """Return the sum that `kullback.estimators.log_ratio.finished` turns into the value."""
    return float(terms(divergence, p, q).sum())


def terms(divergence: Divergence, p: FloatArray, q: FloatArray) -> FloatArray:
    """Return what each symbol adds to `total_of`; multiples of q − p may be among it, which add up to 0.

    Raises:
        NotImplementedError: a divergence that is no sum over symbols.
    """
    divergence = _simplest(divergence)
    order = _order(divergence)
    if order is not None:
        return _powers(order, p, q)
    if divergence.combine is not None and divergence.slopes is None and divergence.powers is None:
        raise NotImplementedError(
            f"{divergence!r} is no sum over symbols; kb.estimators.plug_in_counts() takes it as it is"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        log_p, log_q = np.log(p), np.log(q)
        # Near 1 the logarithm of the quotient loses what that of the relative difference keeps.
        relative = (q - p) / p
        log_ratio = np.where(np.abs(relative) < 0.5, np.log1p(relative), log_q - log_p)
        log_ratio = np.where((p == 0.0) & (q == 0.0), 0.0, log_ratio)
        return np.asarray(divergence.cost(Deviation(p, q, q - p, log_ratio, lambda: (log_p, log_q))))


def _powers(order: float, p: FloatArray, q: FloatArray) -> FloatArray:
    """Return p^α q^(1−α), where 0^0 is 0 at order 0 and 1: Q(p > 0) and P(q > 0)."""
    both = (p > 0.0) & (q > 0.0)
    a, b = np.where(both, p, 1.0), np.where(both, q, 1.0)
    endless = ((p > 0.0) & (order > 1.0)) | ((q > 0.0) & (order < 0.0))
    return np.where(both, b * (a / b) ** order, np.where(endless, np.inf, 0.0))


def _bias(divergence: Divergence, p: FloatArray, q: FloatArray, rows_p: float, rows_q: float) -> float:
    n, m = min(rows_p, _KNOWN), min(rows_q, _KNOWN)
    order = _order(divergence)
    if order is not None:
        both = (p > 0.0) & (q > 0.0)
        a, b = p[both], q[both]
        bend = order * (order - 1.0) * b * (a / b) ** order
        return float(0.5 * (bend * ((1.0 - a) / (a * n) + (1.0 - b) / (b * m))).sum())
    if divergence.slopes is not None and divergence.name != "tv":
        return expand(divergence, Independent(p * n), Independent(q * m)).bias
    return _by_differences(divergence, p, q, n, m)


def _by_differences(divergence: Divergence, p: FloatArray, q: FloatArray, n: float, m: float) -> float:
    middle = 2.0 * terms(divergence, p, q)
    of_p, of_q = np.sqrt(p * (1.0 - p) / n), np.sqrt(q * (1.0 - q) / m)
    # A share does not go below 0: the step down is no longer than the share, and the step up no longer than that.
    of_p, of_q = np.minimum(of_p, p), np.minimum(of_q, q)
    along_p = terms(divergence, p + of_p, q) + terms(divergence, p - of_p, q) - middle
    along_q = terms(divergence, p, q + of_q) + terms(divergence, p, q - of_q) - middle
    return float(0.5 * (along_p + along_q).sum())


def _at_the_best_order(
    divergence: Divergence, p: FloatArray, q: FloatArray, rows_p: float, rows_q: float
) -> Functional:
    """Return the Chernoff information: −ln Σ p^α q^(1−α) at its greatest, where its slope in α is 0."""
    from kullback.divergences.renyi import renyi

    orders: Any = divergence
    order = float(orders.order(p, q, check=False))
    scale, member = (1.0 - order, renyi(order)) if order < 0.5 else (order, renyi(1.0 - order).reverse)
    found = functional(member, p, q, rows_p, rows_q)
    return Functional(scale * found.value, scale * found.corrected, scale * found.of_p, scale * found.of_q)


def _of_the_greatest(divergence: Divergence, p: FloatArray, q: FloatArray, value: float) -> Functional:
    """Return max ln(p/q), which only one symbol pulls. Nothing is known of its bias in general."""
    first, second = (q, p) if divergence.reversed else (p, q)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = int(np.argmax(np.where(first > 0.0, np.log(first) - np.log(second), -math.inf)))
    of_first, of_second = np.zeros_like(p), np.zeros_like(q)
    of_first[at], of_second[at] = 1.0 / first[at], -1.0 / second[at]
    return Functional(value, value, *((of_second, of_first) if divergence.reversed else (of_first, of_second)))
