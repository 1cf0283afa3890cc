"""Dirichlet posterior: the mean of a divergence when the shares of each sample have a Dirichlet prior."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.add_constant import smoothed
from kullback.estimators.count_functional import functional, pulled, relative_entropy
from kullback.estimators.counting import CountsFit, joint_counts
from kullback.estimators.method import Method, Value
from kullback.sample import FloatArray, Model, Sample

_BATCH = 2_000_000  # numbers drawn at a time


@dataclass(frozen=True, eq=False)
class DirichletPosteriorFit(CountsFit):
    """Counts whose shares have Dirichlet posteriors.

    Attributes:
        constant: of the prior, per symbol.
        size: of the alphabet.
        number: of draws.
        seed: what they are drawn from.
    """

    constant: float
    size: int
    number: int
    seed: np.random.SeedSequence

    def value(self, divergence: Divergence) -> Value:
        """Return the posterior mean: in closed form for KL in either direction or both, else from draws.

        Infinite where it is: draws of a model's shares are the model's, which may be 0.
        """
        counts = self.counts
        p, by_row_p = smoothed(counts.shares_p, counts.rows_p, self.constant, self.size)
        q, by_row_q = counts.shares_q, 1.0
        if not counts.known:
            q, by_row_q = smoothed(counts.shares_q, counts.rows_q, self.constant, self.size)
        found = functional(divergence, p, q, math.inf, math.inf)
        if math.isinf(found.value):
            return pulled(counts, found.value, found.of_p, found.of_q)
        return pulled(counts, self._mean(divergence), by_row_p * found.of_p, by_row_q * found.of_q)

    def draws(self, divergence: Divergence) -> FloatArray:
        """Return the divergence of pairs of shares drawn from the posterior, shape (number,), for credible intervals.

        The same every time.
        """
        rng = np.random.default_rng(self.seed)
        at_p, at_q = self._parameters(self.counts.p), self._parameters(self.counts.q)
        found = np.empty(self.number)
        step = max(1, _BATCH // len(at_p))
        for start in range(0, self.number, step):
            rows = min(step, self.number - start)
            p = rng.dirichlet(at_p, rows)
            q = np.broadcast_to(self.counts.shares_q, p.shape) if self.counts.known else rng.dirichlet(at_q, rows)
            found[start : start + rows] = divergence(p, q, check=False)
        return found

    def _mean(self, divergence: Divergence) -> float:
        from scipy.special import digamma

        which = relative_entropy(divergence)
        if self.counts.known or (which is None and divergence.name != "jeffreys"):
            return float(self.draws(divergence).mean())
        a, b = self._parameters(self.counts.p), self._parameters(self.counts.q)

        def kl(first: FloatArray, second: FloatArray) -> float:
            # E[p ln p] = (a/A) (ψ(a + 1) − ψ(A + 1)) and E[ln q] = ψ(b) − ψ(B).
            total, share = first.sum(), first / first.sum()
            own = digamma(first + 1.0) - digamma(total + 1.0)
            return float(share @ (own - digamma(second) + digamma(second.sum())))

        if which is None:
            return kl(a, b) + kl(b, a)
        return kl(a, b) if which == "kl" else kl(b, a)

    def _parameters(self, counts: FloatArray) -> FloatArray:
        beyond = max(0, self.size - len(counts))
        return np.concatenate([counts + self.constant, np.full(beyond, self.constant)])


@dataclass(frozen=True)
class DirichletPosterior(Method):
    """See `dirichlet_posterior`."""

    constant: float
    size: int | None
    number: int

    @property
    def title(self) -> str:
        """The name with the prior."""
        return f"Dirichlet({self.constant:g}) posterior"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> DirichletPosteriorFit:
        """Return the posteriors."""
        counts = joint_counts(x, y)
        seen = len(counts.shares_p)
        if self.size is not None and self.size < seen:
            raise ValueError(f"the alphabet has size={self.size}, but {seen} symbols were seen")
        size = seen if self.size is None or counts.known else self.size
        seed = np.random.SeedSequence(int(rng.integers(0, 2**63)))
        return DirichletPosteriorFit(counts, self.constant, size, self.number, seed)


def dirichlet_posterior(constant: float = 0.5, *, size: int | None = None, number: int = 1000) -> DirichletPosterior:
    """Return the estimator E[D(p, q) | counts], both vectors of shares with symmetric Dirichlet priors.

    For KL Σ (a/A)(ψ(a + 1) − ψ(A + 1) − ψ(b) + ψ(B)), with a and b the counts plus the constant and A and B their
    sums; other divergences are averaged over draws. Far too large where the alphabet is not small beside the samples:
    the prior then outweighs the rows. The influences are those of the shares' posterior means.

    Args:
        constant: of the prior, per symbol, > 0: ½ is Jeffreys's, 1 is flat.
        size: how many symbols there are; those seen in either sample if left out.
        number: of draws, for divergences without a closed form and for `draws`.

    Returns:
        A `Method` for every divergence of the catalogue.

    Raises:
        ValueError: a constant or a number that is not positive.

    Source:
        Wolpert and Wolf, "Estimating functions of probability distributions from a finite set of samples", Phys. Rev.
        E 52 (1995), 6841-6854, eqs. (9)-(10).

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> from kullback.sample import sample_of
        >>> fit = dirichlet_posterior().fit(sample_of([1, 1, 2]), sample_of([1, 1, 1]), np.random.default_rng(0))
        >>> round(fit.value(kb.kl).value, 6)
        0.75
    """
    if not (constant > 0.0 and math.isfinite(constant)):
        raise ValueError(f"the constant is {constant}; a Dirichlet prior has a positive one")
    if number < 1:
        raise ValueError(f"number is {number}; at least one draw is needed, such as number=1000")
    return DirichletPosterior(float(constant), size, number)
