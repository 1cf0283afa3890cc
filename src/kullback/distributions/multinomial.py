"""Multinomial distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace, to_numpy, unit_tolerance
from kullback.distribution import Finite, closed_form
from kullback.distributions.chance import Given, OfChance
from kullback.distributions.counts import counts as as_counts
from kullback.distributions.logits import logits as as_logits
from kullback.distributions.parameters import checked, probability, readable, together, whole
from kullback.functions.saddle_point import log_poisson_mass
from kullback.numerics import logsumexp, times
from kullback.support import Space


@dataclass(frozen=True, eq=False)
class Multinomial(OfChance):
    """Multinomial distribution: masses n!/∏ kⱼ! ∏ pⱼ^kⱼ of vectors of counts with the sum n = total_count.

    Attributes:
        total_count: the number of trials, a whole number ≥ 0.
        chances: p, along the last axis, as probabilities or logits.
    """

    total_count: Any
    chances: Given

    name: ClassVar[str] = "multinomial"
    event_dimensions: ClassVar[int] = 1
    parameter_dimensions: ClassVar[dict[str, int]] = {"chances": 1}

    @property
    def probs(self) -> Any:
        """The probabilities of the outcomes of one trial."""
        value = self.chances.value
        xp = namespace(value)
        if self.chances.scale == "probs":
            return value / xp.sum(value, axis=-1, keepdims=True)
        return xp.exp(value - logsumexp(value)[..., None])

    @property
    def trial(self) -> Finite:
        """The distribution of one trial."""
        return as_counts(self.chances.value) if self.chances.scale == "probs" else as_logits(self.chances.value)

    @property
    def support(self) -> Space:
        """Vectors of counts."""
        return Space("counts", (int(self.chances.value.shape[-1]),))

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x): of independent Poisson counts with the means n p, given their sum."""
        n = self.total_count
        xp = namespace(x, n, self.chances.value)
        if xp is np:
            x = np.asarray(x, dtype=float)
        inside = xp.all((x >= 0.0) & (x == xp.floor(x)), axis=-1) & (xp.sum(x, axis=-1) == n)
        safe = xp.where(inside[..., None], x, 0.0)
        masses = xp.sum(log_poisson_mass(safe, n[..., None] * self.probs), axis=-1)
        return xp.where(inside, masses - log_poisson_mass(n, n), -math.inf)

    def _shared(self, other: Self, value: Any) -> Any:
        """Return n times the value of one trial; ∞ where n differs, as no vector has both sums."""
        n = self.total_count
        return namespace(n, other.total_count, value).where(n == other.total_count, times(n, value), math.inf)

    @closed_form(
        "kl",
        formula="n Σ p ln(p/q), ∞ where n differs",
        source="the trials are independent, and their counts are sufficient",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return n times KL of one trial."""
        from kullback.divergences.kl import kl

        return self._shared(other, kl(self.trial, other.trial))

    @closed_form(
        "renyi",
        formula="n ln(Σ p^α q^(1−α))/(α − 1), ∞ where n differs",
        source="the trials are independent, and their counts are sufficient",
    )
    def renyi(self, other: Self, order: Any) -> Any:
        """Return n times the Rényi divergence of one trial."""
        from kullback.divergences.renyi import renyi

        return self._shared(other, renyi(order)(self.trial, other.trial))

    @closed_form(
        "fisher_rao",
        formula="2 √n arccos Σ √(p q), n the same",
        source="Atkinson and Mitchell, Rao's distance measure (1981), section 3",
        everywhere=False,
    )
    def fisher_rao(self, other: Self) -> Any:
        """Return √n 4 arcsin(h/√2), h the Hellinger distance of one trial; NaN where n differs."""
        from kullback.divergences.hellinger import hellinger

        n = self.total_count
        distance = hellinger(self.trial, other.trial)
        xp = namespace(n, other.total_count, distance)
        arc = 4.0 * xp.asin(math.sqrt(0.5) * distance)
        return xp.where(n == other.total_count, xp.sqrt(n) * arc, math.nan)


def multinomial(total_count: object, probs: object = None, *, logits: object = None) -> Multinomial:
    """Return the multinomial distribution: how often each of K outcomes is seen in n = total_count trials.

    Its masses are n!/∏ kⱼ! ∏ pⱼ^kⱼ.

    Args:
        total_count: n, a whole number ≥ 0 (SciPy's `n`).
        probs: p, shape (..., K), sums to 1 (SciPy's `p`).
        logits: ln p up to a constant, in their place; −inf masks an outcome.

    Returns:
        `Multinomial`: one distribution, or a batch of them.

    Raises:
        ValueError: a number of trials that is not whole, probabilities that do not sum to 1; both or neither given.

    Example:
        >>> import kullback as kb
        >>> p, q = (kb.distributions.multinomial(10, chances) for chances in ([0.5, 0.5], [0.25, 0.75]))
        >>> kb.kl(p, q).round(6)
        np.float64(1.43841)
    """
    family = "multinomial"
    if (probs is None) == (logits is None):
        said = "neither probs nor logits is given" if probs is None else "probs and logits are both given"
        raise ValueError(f"{family}: {said}, and one of them says how likely the outcomes are: give one.")
    if probs is None:
        value = checked(logits, "logits", family, "a number, or -inf for a masked outcome", lambda a: a < math.inf)
    else:
        value = probability(probs, "probs", family)
    if not value.ndim:
        raise ValueError(f"{family}: the chances are one number, and a vector of them along the last axis is needed.")
    if probs is not None and readable(value):
        totals = np.sum(np.asarray(to_numpy(value), dtype=float), axis=-1)
        if np.any(np.abs(totals - 1.0) > unit_tolerance(value)):
            furthest = np.ravel(totals)[np.argmax(np.abs(totals - 1.0))]
            raise ValueError(
                f"{family}: probs sum to {furthest:g} along the last axis, and probabilities sum to 1. "
                "Counts? Divide them by their sum. Logits? logits=."
            )
    n, value = together(whole(total_count, "total_count", family), value)
    return Multinomial(n, Given(value, "probs" if logits is None else "logits"))
