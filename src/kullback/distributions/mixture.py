"""Mixtures of distributions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import first_index, library, namespace, to_numpy, unit_tolerance
from kullback.distribution import Density, Finite
from kullback.distributions.counts import Counts
from kullback.distributions.log_probabilities import LogProbabilities
from kullback.distributions.logits import Logits
from kullback.distributions.parameters import non_negative, readable, real, together
from kullback.distributions.probabilities import Probabilities
from kullback.numerics import times
from kullback.statistic import Statistic
from kullback.support import Integers, Interval, Points, Space, Support
from kullback.tail import Tail

_MANY = 8
"""Above this many components, of the landmarks of all those that others stand for are left out."""

_NOWHERE = -1e300
"""Stands for ln 0 among the logarithms that are added, so that no derivative is ∞ − ∞."""


@dataclass(frozen=True, eq=False)
class Mixture(Density):
    """Mixture: density Σ weights_i p_i(x).

    Attributes:
        weights: of the components, along the last axis; they sum to 1.
        components: distributions of one kind of outcome, whose batches broadcast with that of the weights.
    """

    weights: Any
    components: tuple[Density, ...]

    name: ClassVar[str] = "mixture"

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the weights and the parameters of the components."""
        return ((self.weights, 1), *(leaf for one in self.components for leaf in one.leaves()))

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same mixture with other arrays."""
        weights, *rest = arrays
        components: list[Density] = []
        for one in self.components:
            count = len(one.leaves())
            components.append(one.with_leaves(rest[:count]))
            rest = rest[count:]
        return type(self)(weights, tuple(components))

    @property
    def event_dimensions(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Those of the components."""
        return self.components[0].event_dimensions

    @property
    def support(self) -> Support:
        """From the least end of a component to the greatest; the space of vectors of the components."""
        supports = [one.support for one in self.components]
        first = supports[0]
        if all(isinstance(one, Interval) for one in supports):
            return Interval(*_outermost(supports))
        if all(isinstance(one, Points) for one in supports):
            shapes = np.broadcast_shapes(*(one.values.shape[:-1] for one in supports))  # pyright: ignore[reportAttributeAccessIssue]
            xp = namespace(*(one.values for one in supports))  # pyright: ignore[reportAttributeAccessIssue]
            wide = [xp.broadcast_to(one.values, (*shapes, one.values.shape[-1])) for one in supports]  # pyright: ignore[reportAttributeAccessIssue]
            return Points(xp.concat(wide, axis=-1))
        if all(isinstance(one, Integers) or _whole(one) for one in supports):
            return Integers(*_outermost([_range(one) for one in supports]))
        if all(isinstance(one, Space) and one.shape == first.shape for one in supports):  # pyright: ignore[reportAttributeAccessIssue]
            same = all(one.name == first.name for one in supports)  # pyright: ignore[reportAttributeAccessIssue]
            return first if same else Space("vectors", first.shape)  # pyright: ignore[reportAttributeAccessIssue]
        return Space("masses and densities", ())

    def log_prob(self, x: Any) -> Any:
        """Return ln Σ weights_i p_i(x)."""
        return self._sum([one.log_prob(x) for one in self.components])

    def log_prob_from_top(self, distance: Any) -> Any | None:
        """Return ln p(high − distance) where all components end at one place and know it."""
        logs = [one.log_prob_from_top(distance) for one in self.components]
        ends = [one.support for one in self.components]
        if any(log is None for log in logs) or not all(isinstance(one, Interval) for one in ends):
            return None
        tops = [one.high for one in ends]  # pyright: ignore[reportAttributeAccessIssue]
        if not all(readable(top) for top in tops) or any(np.any(to_numpy(top) != to_numpy(tops[0])) for top in tops):
            return None
        return self._sum(logs)

    def _sum(self, logs: list[Any]) -> Any:
        total: Any = None
        for i, log in enumerate(logs):
            weight = self.weights[..., i]
            own = namespace(weight)
            positive = weight > 0.0
            log_weight = own.where(positive, own.log(own.where(positive, weight, 1.0)), _NOWHERE)
            xp = namespace(log, log_weight)
            term = xp.where(log > _NOWHERE, log, _NOWHERE) + log_weight
            total = term if total is None else xp.logaddexp(total, term)
        return namespace(total).where(total > 0.5 * _NOWHERE, total, -math.inf)

    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x); where both have the same kinds of components, from what differs in each."""
        pairs = list(zip(self.components, other.components, strict=False))
        if len(self.components) != len(other.components) or any(type(a) is not type(b) for a, b in pairs):
            return other.log_prob(x) - self.log_prob(x)
        plain, log_p = other.log_prob(x) - self.log_prob(x), self.log_prob(x)
        xp = namespace(plain)
        change: Any = 0.0
        for i, (one, its) in enumerate(pairs):
            log = one.log_prob(x)
            share = xp.exp(xp.where(log > -math.inf, log - log_p, _NOWHERE))
            w, v = self.weights[..., i], other.weights[..., i]
            change = change + share * ((v - w) + v * xp.expm1(one.log_ratio(its, x)))
        near = xp.abs(change) < 0.5
        return xp.where(near, xp.log1p(xp.where(near, change, 0.0)), plain)

    @property
    def tails(self) -> tuple[Tail, Tail] | None:
        """Those of the component that falls slowest, of those that reach to the end."""
        if self.batch_shape or not all(readable(x) for x, _ in self.leaves()):
            return None
        support = self.support
        if not isinstance(support, (Interval, Integers)):
            return None
        found: list[Tail] = []
        for side in (0, 1):
            end = float(to_numpy((support.low, support.high)[side]))
            heaviest: Tail | None = None
            for weight, one in zip(to_numpy(self.weights), self.components, strict=True):
                own = one.support
                if weight == 0.0 or isinstance(own, Points):
                    continue
                if float(to_numpy((own.low, own.high)[side])) != end:  # pyright: ignore[reportAttributeAccessIssue]
                    continue
                tails = one.tails
                if tails is None:
                    return None
                if heaviest is None or _slower(tails[side], heaviest):
                    heaviest = tails[side]
            # A point alone at the end: it ends there.
            found.append(Tail() if heaviest is None else heaviest)
        return found[0], found[1]

    @property
    def kinks(self) -> tuple[Any, ...]:
        """Those of the components, and where a component begins or ends."""
        inner = [kink for one in self.components for kink in one.kinks]
        supports = [one.support for one in self.components]
        ends = [end for one in supports if isinstance(one, Interval) for end in (one.low, one.high)]
        return (*inner, *(end for end in ends if readable(end) and np.all(np.isfinite(to_numpy(end)))))

    def landmarks(self) -> Any:
        """Return those of all components."""
        each = [np.asarray(one.landmarks()) for one in self.components]
        own = 1 + self.event_dimensions
        shape = np.broadcast_shapes(*(one.shape[: one.ndim - own] for one in each))
        if own == 1 and not shape and len(each) > _MANY:
            return _thinned(each)
        axis = -own
        return np.concatenate([np.broadcast_to(x, (*shape, *x.shape[x.ndim - own :])) for x in each], axis=axis)

    def expectation(self, statistic: Statistic) -> Any | None:
        """Return the weighted mean of those of the components."""
        total: Any = 0.0
        for i, one in enumerate(self.components):
            mean = one.expectation(statistic)
            if mean is None:
                return None
            total = total + times(self.weights[..., i], mean)
        return total

    def cdf(self, x: Any) -> Any | None:
        """Return the weighted mean of those of the components."""
        return self._averaged([one.cdf(x) for one in self.components])

    def survival(self, x: Any) -> Any | None:
        """Return the weighted mean of those of the components."""
        return self._averaged([one.survival(x) for one in self.components])

    def _averaged(self, values: list[Any]) -> Any | None:
        if any(value is None for value in values):
            return None
        weights = to_numpy(self.weights)
        return sum(weights[..., i] * value for i, value in enumerate(values))

    def quantile(self, u: Any) -> Any | None:
        """Return the inverse of the distribution function, by bisection between the quantiles of the components."""
        ends: list[Any] = [one.quantile(u) for one in self.components]
        if any(end is None for end in ends) or self.cdf(ends[0]) is None or self.survival(ends[0]) is None:
            return None
        low, high = np.minimum.reduce(np.broadcast_arrays(*ends)), np.maximum.reduce(np.broadcast_arrays(*ends))
        upper = np.asarray(u) > 0.5
        for _ in range(200):
            middle = 0.5 * low + 0.5 * high
            # On the side on which the mass is small, where it is known to more digits.
            with np.errstate(invalid="ignore"):
                above: Any = self.survival(middle)
                short = np.where(upper, above > 1.0 - np.asarray(u), self.cdf(middle) < u)
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return 0.5 * low + 0.5 * high


def _thinned(each: list[Any]) -> Any:
    """Return those of many components, less those that lie closer to another than a component is narrow."""
    each = [np.unique(x) for x in each]
    gaps = [np.full(x.shape, 0.5 * np.min(np.diff(x)) if len(x) > 1 else 0.0) for x in each]
    points, gap = np.concatenate(each), np.concatenate(gaps)
    order = np.argsort(points)
    kept: list[float] = []
    for x, least in zip(points[order].tolist(), gap[order].tolist(), strict=True):
        if not kept or x - kept[-1] >= least:
            kept.append(x)
    return np.asarray([*kept, points[order[-1]]])


def _outermost(ranges: list[Any]) -> tuple[Any, Any]:
    xp = namespace(*(end for one in ranges for end in (one.low, one.high)))
    low, high = ranges[0].low, ranges[0].high
    for one in ranges[1:]:
        low, high = xp.where(one.low < low, one.low, low), xp.where(one.high > high, one.high, high)
    return low, high


def _whole(support: Support) -> bool:
    """Return whether these are points at whole numbers, as far as can be seen."""
    if not isinstance(support, Points) or not readable(support.values):
        return False
    values = np.asarray(to_numpy(support.values))
    return bool(np.all(values == np.floor(values)))


def _range(support: Support) -> Any:
    if isinstance(support, Points):
        xp = namespace(support.values)
        return Integers(xp.min(support.values, axis=-1), xp.max(support.values, axis=-1))
    return support


def _slower(one: Tail, other: Tail) -> bool:
    """Return whether −ln of the first density grows less than that of the second."""
    ours, theirs = _growth(one), _growth(other)
    for key in sorted(set(ours) | set(theirs), reverse=True):
        a, b = ours.get(key, 0.0), theirs.get(key, 0.0)
        if a != b:
            return a < b
    return False


def _growth(tail: Tail) -> dict[tuple[float, float], float]:
    """Return the coefficients of the terms of a growth, by how fast they grow."""
    found = {(1.0, 0.0): float(tail.quadratic), (0.0, 0.0): float(tail.linear)}
    if float(tail.double) > 0.0:
        found[3.0, float(tail.double)] = 1.0
    found[2.0, 1.0 + 1e-9] = float(tail.factorial)  # t·eᵗ: between eᵗ and any greater power
    for power, coefficient in tail.powers:
        found[2.0, float(power)] = found.get((2.0, float(power)), 0.0) + float(coefficient)
    return found


def mixture(weights: object, components: Sequence[Density] | Density) -> Mixture:
    """Return the mixture with density Σ weights_i p_i(x).

    Args:
        weights: probabilities of the components along the last axis, or `kb.logits`, `kb.log_probs`, `kb.counts` of
            them.
        components: distributions that broadcast with one another and with the batch of the weights; or one
            distribution whose last batch axis holds the components.

    Returns:
        `Mixture`: one distribution, or a batch of them.

    Raises:
        ValueError: weights that do not sum to 1, or are not as many as the components; components whose outcomes have
            different shapes.
        TypeError: components that are not distributions known by formulas.

    Example:
        >>> import kullback as kb
        >>> P = kb.distributions.mixture([0.3, 0.7], [kb.normal(-1, 0.1), kb.normal(1, 0.5)])
        >>> P.cdf(0.0).round(6)
        np.float64(0.315925)
    """
    parts = _unstacked(components) if isinstance(components, Density) else tuple(components)
    for one in parts:
        if not isinstance(one, Density):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"mixture: a component is a {type(one).__name__}, and a distribution is needed.")
    if not parts:
        raise ValueError("mixture: there is no component.")
    events = {one.event_dimensions for one in parts}
    if len(events) > 1:
        raise ValueError("mixture: the outcomes of some components are numbers and of others vectors.")
    masses = _masses(weights)
    if masses.shape[-1:] != (len(parts),):
        raise ValueError(f"mixture: {masses.shape[-1] if masses.shape else 1} weights for {len(parts)} components.")
    own = Mixture(masses, parts)
    arrays = together(*(x for x, _ in own.leaves()))
    found = own.with_leaves(arrays)
    _ = found.batch_shape  # raises where the batches do not fit
    return found


def _unstacked(components: Density) -> tuple[Density, ...]:
    shape = components.batch_shape
    if not shape:
        raise ValueError(
            f"mixture: {components.name} has no batch axis to hold components: give a list of distributions."
        )
    wide: list[tuple[Any, int]] = []
    for x, own in components.leaves():
        xp = namespace(x)
        last = x.ndim - own
        tail = tuple(x.shape[last:])
        wide.append((xp.broadcast_to(x, np.broadcast_shapes(tuple(x.shape[:last]), shape[-1:]) + tail), own))
    return tuple(
        components.with_leaves([x[(..., i, *(slice(None),) * own)] for x, own in wide]) for i in range(shape[-1])
    )


def _masses(weights: object) -> Any:
    """Return normalised weights."""
    kind = weights if isinstance(weights, Finite) else Probabilities(weights)
    if isinstance(kind, (Logits, LogProbabilities)):
        logs = real(kind.values, "weights", "mixture")
        xp = namespace(logs)
        top = xp.max(logs, axis=-1, keepdims=True)
        scaled = xp.exp(logs - top)
        return scaled / xp.sum(scaled, axis=-1, keepdims=True)
    masses = non_negative(kind.values, "weights", "mixture")
    if not masses.shape:
        raise ValueError("mixture: weights is one number, and one per component is needed, along the last axis.")
    total = namespace(masses).sum(masses, axis=-1, keepdims=True)
    if not isinstance(kind, Counts) and readable(total):
        sums = np.asarray(to_numpy(total))
        bad = ~(abs(sums - 1.0) <= unit_tolerance(masses))
        if bad.any():
            raise ValueError(
                f"mixture: weights sum to {sums[first_index(bad)]:g} and not to 1. "
                "Counts? kb.counts(weights). Logits? kb.logits(weights)."
            )
    normalised = masses / total
    return normalised.view(type(masses)) if library(masses) == "numpy" else normalised
