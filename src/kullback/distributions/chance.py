"""Chance: the probability of success in a trial, kept as it was given: itself, or its log-odds.

1 − 10⁻¹⁸ is 1 as a probability and 41.4 as log-odds, 10⁻¹⁸ and 2·10⁻¹⁸ differ as either: neither can be turned into the
other without a loss, so that each is compared as what it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self

import numpy as np

from kullback.arrays import namespace
from kullback.distribution import Density
from kullback.distributions.parameters import checked, probability, real
from kullback.functions.saddle_point import excess, log_of_ratio


@dataclass(frozen=True, eq=False)
class Given:
    """Chances as they were given.

    Attributes:
        value: probabilities, or their logarithms in the form of logits.
        scale: which of the two.
    """

    value: Any
    scale: Literal["probs", "logits"]


@dataclass(frozen=True, eq=False)
class Chance(Given):
    """The probability p of success: itself, or the log-odds ln(p/(1 − p))."""

    @property
    def probs(self) -> Any:
        """p."""
        return self.value if self.scale == "probs" else _sigmoid(self.value)

    @property
    def complement(self) -> Any:
        """1 − p, to full relative accuracy."""
        return 1.0 - self.value if self.scale == "probs" else _sigmoid(-self.value)

    @property
    @np.errstate(all="ignore")
    def log_probs(self) -> Any:
        """ln p."""
        return namespace(self.value).log(self.value) if self.scale == "probs" else _log_sigmoid(self.value)

    @property
    @np.errstate(all="ignore")
    def log_complement(self) -> Any:
        """ln(1 − p)."""
        return namespace(self.value).log1p(-self.value) if self.scale == "probs" else _log_sigmoid(-self.value)

    @property
    def logits(self) -> Any:
        """ln(p/(1 − p))."""
        return self.log_probs - self.log_complement if self.scale == "probs" else self.value

    def certain(self, outcome: int) -> Any:
        """Return where success (1) or failure (0) is certain: not where the other has merely underflowed."""
        if self.scale == "probs":
            return self.value == float(outcome)
        return self.value == (math.inf if outcome else -math.inf)

    def turned(self) -> Chance:
        """Return the chance of failure, as log-odds."""
        return Chance(-self.logits, "logits")

    @np.errstate(all="ignore")
    def compared(self, other: Chance) -> Compared:
        """Return how the chance of Q, `other`, differs from this one, that of P."""
        if self.scale == other.scale == "probs":
            p, q = self.value, other.value
            xp = namespace(p, q)
            d = q - p
            first, second = log_of_ratio(xp, p, q, d), log_of_ratio(xp, 1.0 - p, 1.0 - q, -d)
            return Compared(self, other, d, first, second, first - second)
        a, b = self.logits, other.logits
        # Infinite log-odds are equal where they are the same.
        step = namespace(a, b).where(a == b, 0.0, b - a)
        return _compared_as_log_odds(self, other, a, b, step)


@dataclass(frozen=True, eq=False)
class Compared:
    """Two chances, and what lies between them, each to a small relative error.

    Attributes:
        p: the chance of P.
        q: the chance of Q.
        difference: q − p.
        log_ratio: ln(q/p).
        log_ratio_of_complements: ln((1 − q)/(1 − p)).
        step: the difference of the log-odds.
    """

    p: Chance
    q: Chance
    difference: Any
    log_ratio: Any
    log_ratio_of_complements: Any
    step: Any

    def turned(self) -> Compared:
        """Return the same of the chances of failure."""
        return Compared(
            _Turned(self.p.value, self.p.scale),
            _Turned(self.q.value, self.q.scale),
            -self.difference,
            self.log_ratio_of_complements,
            self.log_ratio,
            -self.step,
        )

    def relative_entropy(self) -> Any:
        """Return KL of one trial, as two terms that are never negative."""
        xp = namespace(self.difference)
        return excess(xp, self.p.probs, self.q.probs, self.difference, self.log_ratio) + excess(
            xp, self.p.complement, self.q.complement, -self.difference, self.log_ratio_of_complements
        )


def certain_renyi(both: Compared, order: Any) -> Any:
    """Return the Rényi divergence of one trial where an outcome is certain under P or under Q, NaN elsewhere."""
    xp = namespace(both.difference)
    # Under a certain P it is −ln of Q's chance of that outcome; under a certain Q, P's part elsewhere is lost or ∞.
    by_q = math.inf if order > 1.0 else order / (1.0 - order)
    found = xp.where(both.q.certain(1), by_q * -both.p.log_probs, math.nan)
    found = xp.where(both.q.certain(0), by_q * -both.p.log_complement, found)
    found = xp.where(both.p.certain(1), 0.0 - both.q.log_probs, found)
    return xp.where(both.p.certain(0), 0.0 - both.q.log_complement, found)


class _Turned(Chance):
    """A chance of failure, read off the value of that of success."""

    @property
    def probs(self) -> Any:
        return Chance(self.value, self.scale).complement

    @property
    def complement(self) -> Any:
        return Chance(self.value, self.scale).probs


class OfChance(Density):
    """A family with a chance among its fields, whose array is then one of its parameters."""

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the parameter arrays, the chance as it was given."""
        found: list[tuple[Any, int]] = []
        for f in fields(self):
            field = getattr(self, f.name)
            own = self.parameter_dimensions.get(f.name, 0)
            found.append((field.value if isinstance(field, Given) else field, own))
        return tuple(found)

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same family with other arrays; a chance keeps its scale."""
        new = object.__new__(type(self))
        for f, array in zip(fields(self), arrays, strict=True):
            old = getattr(self, f.name)
            object.__setattr__(new, f.name, replace(old, value=array) if isinstance(old, Given) else array)
        return new


def read_chance(
    probs: object, logits: object, family: str, *, least: bool = True, most: bool = True
) -> tuple[Any, Literal["probs", "logits"]]:
    """Return the array that is given of the two, checked, and which it is.

    Args:
        probs: probabilities, or None.
        logits: log-odds, or None.
        family: the name of the constructor, for messages.
        least: whether the probability may be 0.
        most: whether it may be 1.
    """
    if (probs is None) == (logits is None):
        said = "neither probs nor logits is given" if probs is None else "probs and logits are both given"
        raise ValueError(f"{family}: {said}, and one of them says how likely a success is: give one.")
    if probs is None:
        return real(logits, "logits", family), "logits"
    if least and most:
        return probability(probs, "probs", family), "probs"
    what = "a number in " + ("[0" if least else "(0") + ", " + ("1]" if most else "1)")
    return (
        checked(
            probs,
            "probs",
            family,
            what,
            lambda a: (a >= 0.0 if least else a > 0.0) & (a <= 1.0 if most else a < 1.0),
        ),
        "probs",
    )


@np.errstate(all="ignore")
def log_odds_remainder(theta: Any, step: Any) -> Any:
    """Return A(θ + step) − A(θ) − step·A'(θ) of A(θ) = ln(1 + e^θ): KL of one trial with log-odds θ from θ + step."""
    moved = theta + step
    p, q = Chance(theta, "logits"), Chance(moved, "logits")
    return _compared_as_log_odds(p, q, theta, moved, step).relative_entropy()


def _compared_as_log_odds(p: Chance, q: Chance, a: Any, b: Any, step: Any) -> Compared:
    xp = namespace(a, b, step)
    # q − p = p (1 − q)(eˢ − 1) = −q (1 − p)(e⁻ˢ − 1): whichever does not overflow.
    front = xp.where(step > 0.0, -_sigmoid(b) * _sigmoid(-a), _sigmoid(a) * _sigmoid(-b))
    d = front * xp.expm1(xp.where(step > 0.0, -step, step))
    first = _log_ratio_of_sigmoids(xp, a, b, step, d)
    second = _log_ratio_of_sigmoids(xp, -a, -b, -step, -d)
    return Compared(p, q, d, first, second, step)


def _sigmoid(x: Any) -> Any:
    xp = namespace(x)
    positive = x >= 0.0
    z = xp.exp(xp.where(positive, -x, x))
    return xp.where(positive, 1.0, z) / (1.0 + z)


def _log_sigmoid(x: Any) -> Any:
    xp = namespace(x)
    positive = x >= 0.0
    return xp.where(positive, 0.0, x) - xp.log1p(xp.exp(xp.where(positive, -x, x)))


def _log_ratio_of_sigmoids(xp: Any, a: Any, b: Any, step: Any, difference: Any) -> Any:
    p = _sigmoid(a)
    near = (difference > -0.5 * p) & (difference < p)
    close = xp.log1p(xp.where(near, difference, 0.0) / xp.where(near, p, 1.0))
    # Where both are negative, ln σ(x) = x − ln(1 + eˣ) on both sides, and the first part differs by the step.
    both = (a < 0.0) & (b < 0.0)
    low = xp.where(both, step, xp.where(b < 0.0, b, 0.0) - xp.where(a < 0.0, a, 0.0))
    far = low - (_log1p_exp(xp, b) - _log1p_exp(xp, a))
    return xp.where(near, close, xp.where(step == 0.0, 0.0, far))


def _log1p_exp(xp: Any, x: Any) -> Any:
    """Return ln(1 + e^−|x|)."""
    return xp.log1p(xp.exp(xp.where(x >= 0.0, -x, x)))
