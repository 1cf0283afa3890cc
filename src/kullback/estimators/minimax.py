"""The augmented plug-in estimate of KL from counts, which is rate-optimal among plug-ins where p/q is bounded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.count_functional import pulled, relative_entropy
from kullback.estimators.counting import CountsFit, joint_counts
from kullback.estimators.method import Method, Value
from kullback.sample import Model, Sample


@dataclass(frozen=True, eq=False)
class AugmentedPlugInFit(CountsFit):
    """Counts, of which those of the second argument are augmented.

    Attributes:
        constant: what is added to them.
    """

    constant: float

    def value(self, divergence: Divergence) -> Value:
        """Return KL in either direction, or both.

        Raises:
            NotImplementedError: another divergence.
        """
        which = relative_entropy(divergence)
        if which == "kl":
            return self._kl()
        if which == "reverse kl":
            return self._reverse()
        if divergence.name == "jeffreys":
            there, back = self._kl(), self._reverse()
            return Value(
                there.value + back.value, there.influence_x + back.influence_x, there.influence_y + back.influence_y
            )
        raise NotImplementedError(
            f"the augmented plug-in is an estimator of KL; for {divergence!r} use kb.estimators.add_constant(), "
            "or kb.estimators.miller_madow()"
        )

    def _kl(self) -> Value:
        counts, seen = self.counts, self.counts.shares_p > 0.0
        p = np.where(seen, counts.shares_p, 1.0)
        if counts.known:
            q = counts.shares_q
        else:
            q = (counts.q + self.constant) / counts.rows_q
        with np.errstate(divide="ignore"):
            log_ratio = np.where(seen, np.log(p) - np.log(q), 0.0)
        value = float(counts.shares_p @ log_ratio)
        if math.isinf(value):
            nothing = np.zeros_like(p)
            return pulled(counts, value, nothing, nothing)
        return pulled(counts, value, log_ratio, -np.where(seen, counts.shares_p / np.where(q > 0, q, 1), 0.0))

    def _reverse(self) -> Value:
        if self.counts.known:
            raise NotImplementedError(
                "the augmented plug-in adds to the counts of a sample, and Q is a model: for KL(Q‖P) use "
                "kb.estimators.add_constant()"
            )
        found = AugmentedPlugInFit(self.counts.swapped(), self.constant)._kl()
        return Value(found.value, found.influence_y, found.influence_x)


@dataclass(frozen=True)
class AugmentedPlugIn(Method):
    """See `augmented_plug_in`."""

    constant: float

    @property
    def title(self) -> str:
        """The name with what is added."""
        return f"augmented plug-in (c={self.constant:g})"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> AugmentedPlugInFit:
        """Return the counts."""
        del rng
        return AugmentedPlugInFit(joint_counts(x, y), self.constant)


def augmented_plug_in(constant: float = 1.0) -> AugmentedPlugIn:
    """Return the estimator Σ p̂ ln(p̂/q′) of KL with q′ = (Y + c)/m: not normalised, so that it never is infinite.

    Its worst risk over k symbols with p/q ≤ f is of the order (k/n + kf/m)² + ln² f/n + f/m, which is the minimax one
    but for a factor ln k in the first two terms.

    Args:
        constant: added to every count of the sample of Q, > 0.

    Returns:
        A `Method` for KL, its reverse and Jeffreys.

    Raises:
        ValueError: a constant that is not positive.

    Source:
        Bu, Zou, Liang and Veeravalli, "Estimation of KL divergence: optimal minimax rate", IEEE Trans. Inf. Theory 64
        (2018), 2648-2674, eq. (9) and Theorem 2.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> from kullback.sample import sample_of
        >>> fit = augmented_plug_in().fit(sample_of([1, 1, 2]), sample_of([1, 1, 1]), np.random.default_rng(0))
        >>> round(fit.value(kb.kl).value, 6)  # 2/3 ln(2/4) + 1/3 ln(1/1)
        -0.462098
    """
    if not (constant > 0.0 and math.isfinite(constant)):
        raise ValueError(f"the constant is {constant}; it must be positive, or use kb.estimators.plug_in_counts()")
    return AugmentedPlugIn(float(constant))
