"""Zhang and Grabchak's estimate of KL from counts, finite also where Q's sample lacks symbols of P's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.count_functional import plug_in_value, pulled, relative_entropy
from kullback.estimators.counting import CountsFit, JointCounts, joint_counts
from kullback.estimators.method import Method, Value
from kullback.sample import FloatArray, Model, Sample


@dataclass(frozen=True, eq=False)
class ZhangGrabchakFit(CountsFit):
    """Counts, with their logarithms estimated by digamma functions."""

    def value(self, divergence: Divergence) -> Value:
        """Return KL in either direction, or both, by the series; others by the plug-in less its second-order bias."""
        if divergence.name == "jeffreys":
            there, back = self._kl(), self._reverse()
            return Value(
                there.value + back.value,
                there.influence_x + back.influence_x,
                there.influence_y + back.influence_y,
            )
        which = relative_entropy(divergence)
        if which is not None:
            return self._kl() if which == "kl" else self._reverse()
        return plug_in_value(divergence, self.counts, corrected=True)

    def _kl(self) -> Value:
        counts = self.counts
        value, log_ratio, ratio = series(counts)
        return pulled(counts, value, log_ratio, -ratio)

    def _reverse(self) -> Value:
        counts = self.counts
        if counts.known:
            from kullback.divergences.kl import kl

            return plug_in_value(kl.reverse, counts, corrected=True)
        found = ZhangGrabchakFit(counts.swapped())._kl()
        return Value(found.value, found.influence_y, found.influence_x)


def series(counts: JointCounts) -> tuple[float, FloatArray, FloatArray]:
    """Return the estimate of KL, and per symbol the estimated ln(p/q) and p/q, as the influences take them.

    The value is Σ p̂ [ψ(X) − ψ(n) − ψ(Y + 1) + ψ(m + 1)]. Moving one row of P to symbol i changes it by the bracket
    and, as X ψ(X) grows by ψ(X) + X ψ'(X), by X ψ'(X) ≈ 1: the same for all.
    """
    from scipy.special import digamma, polygamma

    p, x = counts.shares_p, counts.p
    seen = p > 0.0
    of_p = np.where(seen, digamma(np.where(seen, x, 1.0)) - digamma(counts.rows_p), 0.0)
    if counts.known:
        with np.errstate(divide="ignore"):
            of_q = np.log(counts.shares_q)
        log_ratio = np.where(seen, of_p - of_q, 0.0)
        return float(p @ log_ratio), np.where(np.isfinite(log_ratio), log_ratio, 0.0), np.zeros_like(p)
    y, m = counts.q, counts.rows_q
    log_ratio = np.where(seen, of_p - digamma(y + 1.0) + digamma(m + 1.0), 0.0)
    # d/dq̂ of −p ψ(m q̂ + 1), which is −p/q̂ for full cells.
    ratio = p * m * polygamma(1, y + 1.0)
    return float(p @ log_ratio), log_ratio, ratio


@dataclass(frozen=True)
class ZhangGrabchak(Method):
    """See `zhang_grabchak`."""

    @property
    def title(self) -> str:
        """The name."""
        return "Zhang–Grabchak"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> ZhangGrabchakFit:
        """Return the counts."""
        del rng
        return ZhangGrabchakFit(joint_counts(x, y))


def zhang_grabchak() -> ZhangGrabchak:
    """Return the estimator Σ p̂ [ψ(X) − ψ(n) − ψ(Y + 1) + ψ(m + 1)] of KL, with X and Y the counts.

    Zhang and Grabchak's series Σ_v (1/v) Π_j (1 − Y/(m − j + 1)) and Σ_v (1/v) Π_j (1 − (X − 1)/(n − j)), summed in
    closed form. Its bias falls exponentially in the rows of a fixed alphabet, and a symbol that Q's sample lacks counts
    ψ(m + 1) + γ, about ln m + .58, instead of ∞. The influences are those of the series. The reverse swaps the samples,
    Jeffreys is the sum; other divergences are the plug-in less its second-order bias.

    Returns:
        A `Method` for every divergence of the catalogue.

    Source:
        Zhang and Grabchak, "Nonparametric estimation of Kullback-Leibler divergence", Neural Computation 26 (2014),
        2570-2593, eq. (1.6) (the bias-reduced D̂♯).

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> from kullback.sample import sample_of
        >>> fit = zhang_grabchak().fit(sample_of([1, 1, 2]), sample_of([1, 1, 1]), np.random.default_rng(0))
        >>> round(fit.value(kb.kl).value, 6)  # 2/3 (ψ(2) − ψ(3)) + 1/3 (ψ(1) − ψ(3) − ψ(1) + ψ(4))
        -0.222222
    """
    return ZhangGrabchak()
