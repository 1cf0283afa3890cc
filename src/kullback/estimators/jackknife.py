"""Jackknife estimate from counts: the plug-in less the bias that leaving out single rows shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.count_functional import pulled, terms, total_of
from kullback.estimators.counting import CountsFit, joint_counts
from kullback.estimators.log_ratio import finished
from kullback.estimators.method import Method, Value
from kullback.sample import FloatArray, Model, Sample


class _Left(NamedTuple):
    bias: float
    of_symbol: FloatArray  # how a row of each symbol pulls the value: (rows − 1)(value − value without it)


@dataclass(frozen=True, eq=False)
class JackknifeFit(CountsFit):
    """Counts, of which single rows are left out.

    Attributes:
        constant: what is added to every count before the divergence is taken.
    """

    constant: float

    def value(self, divergence: Divergence) -> Value:
        """Return the jackknifed divergence; ∞ where leaving out one row makes it so.

        Raises:
            NotImplementedError: `renyi(inf)` and `chernoff`, which are no sums over symbols.
        """
        counts, constant = self.counts, self.constant
        x, y = counts.p + constant, counts.q + (0.0 if counts.known else constant)
        p, q = x / x.sum(), y / y.sum()
        plain, _ = finished(divergence, total_of(divergence, p, q))
        of_x = _without_one(divergence, p, q, x, counts.p, plain, counts.rows_p)
        nothing = _Left(0.0, np.zeros_like(q))
        of_y = nothing if counts.known else _without_one(divergence, p, q, y, counts.q, plain, counts.rows_q, swap=True)
        value = plain - of_x.bias - of_y.bias
        if not math.isfinite(value):
            empty = np.zeros_like(p)
            return pulled(counts, math.inf, empty, empty)
        return pulled(counts, value, of_x.of_symbol, of_y.of_symbol)


def _without_one(
    divergence: Divergence,
    p: FloatArray,
    q: FloatArray,
    smoothed: FloatArray,
    rows: FloatArray,
    plain: float,
    total_rows: float,
    *,
    swap: bool = False,
) -> _Left:
    """Return what the divergence becomes without one row of each symbol, for those of one side."""
    whole = float(smoothed.sum())
    fewer = smoothed / (whole - 1.0)
    one = np.maximum(smoothed - 1.0, 0.0) / (whole - 1.0)

    def parts(shares: FloatArray) -> FloatArray:
        return terms(divergence, p, shares) if swap else terms(divergence, shares, q)

    with np.errstate(invalid="ignore"):
        old, new = parts(fewer), parts(one)
        infinite = np.isinf(old)
        rest = np.where(infinite, 0.0, old).sum() - np.where(infinite, 0.0, old)
        others = infinite.sum() - infinite > 0
        sums = np.where(others, math.inf, rest + new)
    seen = rows > 0.0
    values = np.array([finished(divergence, s)[0] if math.isfinite(s) else math.inf for s in sums[seen].tolist()])
    pull = np.zeros_like(p)
    if not (np.isfinite(values).all() and math.isfinite(plain)):
        return _Left(-math.inf, pull)
    pull[seen] = (total_rows - 1.0) * (plain - values)
    # (n − 1) (mean of the values without a row − value): what the bias is to first order in 1/n.
    return _Left(-float((rows / rows.sum()) @ pull), pull)


@dataclass(frozen=True)
class Jackknife(Method):
    """See `jackknife`."""

    constant: float

    @property
    def title(self) -> str:
        """The name, with what is added to the counts."""
        return f"jackknife of add {self.constant:g}" if self.constant else "jackknife of counts"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> JackknifeFit:
        """Return the counts."""
        del rng
        return JackknifeFit(joint_counts(x, y), self.constant)


def jackknife(*, constant: float = 0.0) -> Jackknife:
    """Return the estimator D + (n − 1)(D − mean D without a row of x) + (m − 1)(D − mean D without a row of y).

    D is the plug-in of counts, with a constant added to each if that is asked for. One value per symbol and side is
    needed, not one per row. With weights or groups the row left out is one of the effective rows. The influences are
    the centred pseudo-values, so that the usual interval is the jackknife's. KL is infinite as soon as leaving out one
    row of Q empties a symbol that P has: a constant of ½ keeps it finite.

    Args:
        constant: added to every count, ≥ 0.

    Returns:
        A `Method` for every divergence that is a sum over symbols.

    Raises:
        ValueError: a negative constant.

    Source:
        Quenouille, "Notes on bias in estimation", Biometrika 43 (1956), 353-360; Burnham and Overton, "Estimation of
        the size of a closed population", Biometrika 65 (1978), 625-633.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> from kullback.sample import sample_of
        >>> fit = jackknife().fit(sample_of([1, 2] * 50), sample_of([1, 1, 2, 2] * 30), np.random.default_rng(0))
        >>> round(fit.value(kb.kl).value, 6)
        -0.009252
    """
    if not (constant >= 0.0 and math.isfinite(constant)):
        raise ValueError(f"the constant is {constant}; it must be at least 0")
    return Jackknife(float(constant))
