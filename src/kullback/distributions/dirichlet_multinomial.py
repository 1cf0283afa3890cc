"""Dirichlet-multinomial distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density, closed_form
from kullback.distributions.beta_binomial import LONGEST, log_beta_binomial_mass, outcomes, summed_excess
from kullback.distributions.parameters import positive, readable, together, whole
from kullback.distributions.whole_numbers import unknown
from kullback.functions.saddle_point import log_binomial_mass
from kullback.support import Space


@dataclass(frozen=True, eq=False)
class DirichletMultinomial(Density):
    """Dirichlet-multinomial distribution: masses n! Γ(A)/Γ(n + A) ∏ Γ(kⱼ + aⱼ)/(kⱼ! Γ(aⱼ)), A = Σ aⱼ.

    Attributes:
        total_count: n, the number of trials, a whole number ≥ 0.
        concentration: a, > 0, along the last axis.
    """

    total_count: Any
    concentration: Any

    name: ClassVar[str] = "dirichlet_multinomial"
    event_dimensions: ClassVar[int] = 1
    parameter_dimensions: ClassVar[dict[str, int]] = {"concentration": 1}

    @property
    def support(self) -> Space:
        """Vectors of counts."""
        return Space("counts", (int(self.concentration.shape[-1]),))

    @np.errstate(all="ignore")
    def log_prob(self, x: Any) -> Any:
        """Return ln p(x): of independent negative binomial counts with the sum n, given it."""
        n, a = self.total_count, self.concentration
        xp = namespace(x, n, a)
        if xp is np:
            x = np.asarray(x, dtype=float)
        inside = xp.all((x >= 0.0) & (x == xp.floor(x)), axis=-1) & (xp.sum(x, axis=-1) == n)
        safe = xp.where(inside[..., None], x, 0.0)
        total = xp.sum(a, axis=-1)
        chance, rest = n / (n + total), total / (n + total)
        logs = -xp.log1p(total / xp.where(n > 0.0, n, 1.0)), -xp.log1p(n / total)

        def count(k: Any, r: Any, own: int) -> Any:
            chances = (y[..., None] if own else y for y in (chance, rest, *logs))
            return log_binomial_mass(k, r, *chances) - xp.log1p(k / r)

        return xp.where(inside, xp.sum(count(safe, a, 1), axis=-1) - count(n, total, 0), -math.inf)

    @closed_form(
        "kl",
        formula="Σⱼ E KL of kⱼ given those before: beta-binomial, with aⱼ and aⱼ₊₁ + … + a_K; ∞ where n differs",
        source="the chain rule; Johnson, Kotz and Balakrishnan, Discrete Multivariate Distributions (1997), ch. 35.13",
    )
    def relative_entropy(self, other: Self) -> Any:
        """Return KL(P‖Q) by the chain rule, as sums over the counts; NaN where they are long or n cannot be read."""
        n = self.total_count
        a, b = self.concentration, other.concentration
        xp = namespace(n, other.total_count, a, b)
        shape_of = 0.0 * (n + other.total_count + a[..., 0] + b[..., 0])
        apart = n != other.total_count
        counted = outcomes(n, other.total_count, shape_of)
        if counted is None or math.prod(counted[0].shape) * counted[0].shape[-1] > LONGEST:
            if not readable(shape_of):
                # Traced, a NaN could not be seen and left to another rule.
                raise ValueError(
                    "dirichlet_multinomial: the sums over total_count are too long, or total_count is traced: "
                    "pass a smaller number that is known when the program is traced."
                )
            return xp.where(apart, math.inf, unknown(shape_of))
        m, possible = counted
        kinds = int(a.shape[-1])
        value = shape_of
        for j in range(kinds - 1):
            own = tuple((y[..., j] + shape_of)[..., None] for y in (a, b))
            rest = tuple((xp.sum(y[..., j + 1 :], axis=-1) + shape_of)[..., None] for y in (a, b))
            if not j:
                value = value + summed_excess(
                    m, possible, (n + shape_of)[..., None], (own[0], rest[0]), (own[1], rest[1])
                )
                continue
            # What those before have left over has a beta-binomial distribution of its own.
            before = (xp.sum(a[..., :j], axis=-1) + shape_of)[..., None]
            safe = xp.where(possible, m, 0.0)
            weight = xp.exp(log_beta_binomial_mass(safe, (n + shape_of)[..., None], own[0] + rest[0], before))
            k = m[..., None, :] + 0.0 * m[..., :, None]
            inside = (k <= m[..., :, None]) & possible[..., :, None]
            pairs = tuple((own[i][..., None], rest[i][..., None]) for i in (0, 1))
            each = summed_excess(k, inside, safe[..., :, None], *pairs)
            value = value + xp.sum(xp.where(possible, weight * each, 0.0), axis=-1)
        return xp.where(apart, math.inf, value)


def dirichlet_multinomial(total_count: object, concentration: object) -> DirichletMultinomial:
    """Return the Dirichlet-multinomial distribution: multinomial counts whose chances have a Dirichlet distribution.

    Its masses are n! Γ(A)/Γ(n + A) ∏ Γ(kⱼ + aⱼ)/(kⱼ! Γ(aⱼ)), A = Σ aⱼ.

    Args:
        total_count: n, a whole number ≥ 0 (SciPy's `n`).
        concentration: a, > 0, shape (..., K) (SciPy's `alpha`).

    Returns:
        `DirichletMultinomial`: one distribution, or a batch of them.

    Raises:
        ValueError: a number of trials that is not whole, a concentration that is not positive.

    Example:
        >>> import kullback as kb
        >>> p, q = (kb.distributions.dirichlet_multinomial(5, a) for a in ([1.0, 2.0, 3.0], [2.0, 2.0, 2.0]))
        >>> kb.kl(p, q).round(6)
        np.float64(0.289495)
    """
    n, a = together(
        whole(total_count, "total_count", "dirichlet_multinomial"),
        positive(concentration, "concentration", "dirichlet_multinomial"),
    )
    if not a.ndim:
        raise ValueError(
            "dirichlet_multinomial: concentration is one number, and a vector along the last axis is needed: one for "
            "each outcome."
        )
    return DirichletMultinomial(n, a)
