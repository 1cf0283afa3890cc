"""Truncations: a distribution given that its outcome lies between two ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from kullback.arrays import first_index, library, like, namespace, to_numpy
from kullback.distribution import Density
from kullback.distributions.affine import Affine
from kullback.distributions.continuous_bernoulli import ContinuousBernoulli
from kullback.distributions.parameters import as_parameter, ordered, readable, together
from kullback.support import Interval
from kullback.tail import Tail


class _Mass(NamedTuple):
    """What is known in numbers of the mass between the ends, about the parameters as they are.

    Attributes:
        log: its logarithm.
        nodes: outcomes between the ends, along a first axis, and
        shares: weights of theirs, which sum to 1: means under the truncated density.
        log_probs: the logarithms of the density of the base there.
        low, high: the density of the truncation at the ends, 0 where an end is infinite.
    """

    log: Any
    nodes: Any
    shares: Any
    log_probs: Any
    low: Any
    high: Any


@dataclass(frozen=True, eq=False)
class Truncated(Density):
    """Truncation: density p(x)/P(low < X < high), low < x < high.

    Attributes:
        base: the distribution that is truncated: numbers with a density and a distribution function.
        low: the lower end, −inf for none.
        high: the upper end, inf for none.
    """

    base: Density
    low: Any
    high: Any

    name: ClassVar[str] = "truncated"

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the parameters of the base and the ends."""
        return (*self.base.leaves(), (self.low, 0), (self.high, 0))

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same with other arrays."""
        return type(self)(self.base.with_leaves(arrays[:-2]), arrays[-2], arrays[-1])

    @property
    def support(self) -> Interval:
        """Where the base has mass between the ends."""
        support = self.base.support
        assert isinstance(support, Interval)
        xp = namespace(support.low, support.high, self.low, self.high)
        return Interval(
            xp.where(support.low > self.low, support.low, self.low),
            xp.where(support.high < self.high, support.high, self.high),
        )

    @property
    def log_mass(self) -> Any:
        """ln P(low < X < high) of the base."""
        if all(library(x) == "numpy" for x, _ in self.leaves()):
            return self._log_mass_in_numbers
        return self._log_mass_of()[0]

    @cached_property
    def _log_mass_in_numbers(self) -> Any:
        return np.broadcast_to(_log_between(self.base, *_ends(self)), self.batch_shape)[()]

    @cached_property
    def _mass_in_numbers(self) -> _Mass:
        return _mass(self)

    def _log_mass_of(self) -> tuple[Any, _Mass]:
        """Return it, differentiable, and what is known in numbers."""
        arrays = [x for x, _ in self.leaves()]
        example = next((x for x in arrays if library(x) != "numpy"), None)
        if example is None:
            mass = self._mass_in_numbers
            return mass.log, mass
        mass = self._mass_in(example, arrays)
        xp = namespace(example)
        # The derivative of ln Z is the mean of the score, and the densities at the ends.
        change = xp.sum(mass.shares * xp.expm1(self.base.log_prob(mass.nodes) - mass.log_probs), axis=0)
        for end, density in ((self.high, mass.high), (self.low, -mass.low)):
            finite = xp.isfinite(end)
            moved = xp.where(finite, end, 0.0)
            change = change + density * (moved - _constant(moved))
        return mass.log + (change - _constant(change)), mass

    def _mass_in(self, example: Any, arrays: list[Any]) -> _Mass:
        if all(readable(x) for x in arrays) or library(example) == "torch":
            plain = self.with_leaves([np.asarray(to_numpy(x), dtype=float) for x in arrays])
            return _Mass(*(like(np.asarray(x), example) for x in _mass(plain)))
        import jax

        shape = self.batch_shape
        number = jax.ShapeDtypeStruct(shape, example.dtype)
        row = jax.ShapeDtypeStruct((_COUNT, *shape), example.dtype)

        def computed(*numbers: Any) -> Any:
            found = _mass(self.with_leaves([np.asarray(x, dtype=float) for x in numbers]))
            wide = ((), (_COUNT,), (_COUNT,), (_COUNT,), (), ())
            return tuple(
                np.broadcast_to(np.asarray(x), (*first, *shape)).astype(example.dtype)
                for x, first in zip(found, wide, strict=True)
            )

        constants = [jax.lax.stop_gradient(x) for x in arrays]
        return _Mass(
            *jax.pure_callback(computed, (number, row, row, row, number, number), *constants, vmap_method="sequential")
        )

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x) − ln P(low < X < high), −∞ beyond the ends."""
        value = self.base.log_prob(x) - self.log_mass
        xp = namespace(x, value)
        return xp.where(x < self.low, -math.inf, xp.where(x > self.high, -math.inf, value))

    def log_prob_from_top(self, distance: Any) -> Any | None:
        """Return ln p(high − distance) where the base ends first."""
        support = self.base.support
        assert isinstance(support, Interval)
        if not readable(support.high) or not readable(self.high):
            return None
        found = self.base.log_prob_from_top(distance)
        reaches = np.all(to_numpy(support.high) <= to_numpy(self.high))
        return found - self.log_mass if found is not None and reaches else None

    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return ln q(x) − ln p(x) with the ratio of the two masses as a mean under P."""
        if type(self.base) is not type(other.base) or not _same_ends(self, other):
            return other.log_prob(x) - self.log_prob(x)
        own, mass = self._log_mass_of()
        ratios = self.base.log_ratio(other.base, mass.nodes)
        xp = namespace(ratios)
        change = xp.sum(mass.shares * xp.expm1(ratios), axis=0)
        # Of nearly equal masses the plain difference would keep few digits; of others it is the better one.
        plain = other.log_mass - own
        near = (xp.abs(change) < 1e-3) & (xp.abs(plain) < 1e-3)
        masses = xp.where(near, xp.log1p(xp.where(near, change, 0.0)), plain)
        return self.base.log_ratio(other.base, x) - masses

    @property
    def tails(self) -> tuple[Tail, Tail] | None:
        """Those of the base where it is not cut, a positive value where it is."""
        tails, support = self.base.tails, self.base.support
        assert isinstance(support, Interval)
        found: list[Tail] = []
        for which, (end, cut) in enumerate(((support.low, self.low), (support.high, self.high))):
            if not (readable(end) and readable(cut)):
                return None
            a, b = np.broadcast_arrays(to_numpy(end), to_numpy(cut))
            uncut = a >= b if which == 0 else a <= b
            if uncut.all():
                if tails is None:
                    return None
                found.append(tails[which])
            elif not uncut.any():
                found.append(Tail())
            else:
                return None
        return found[0], found[1]

    @property
    def kinks(self) -> tuple[Any, ...]:
        """Those of the base."""
        return self.base.kinks

    def landmarks(self) -> Any:
        """Return those of the base between the ends, and points between these."""
        low, high = (np.asarray(to_numpy(x), dtype=float)[..., None] for x in _ends(self))
        marks = np.clip(np.asarray(self.base.landmarks(), dtype=float), low, high)
        ends = (
            np.where(np.isfinite(low), low, np.min(marks, -1, keepdims=True)),
            np.where(np.isfinite(high), high, np.max(marks, -1, keepdims=True)),
        )
        inner = ends[0] + (ends[1] - ends[0]) * np.asarray([0.02, 0.25, 0.5, 0.75, 0.98])
        marks = np.concatenate(np.broadcast_arrays(*np.split(marks, marks.shape[-1], -1), *np.split(inner, 5, -1)), -1)
        return np.sort(np.clip(marks, np.nextafter(low, math.inf), np.nextafter(high, -math.inf)), axis=-1)

    def forms(self) -> tuple[Density, ...]:
        """An exponential distribution cut above as an affine image of the continuous Bernoulli distribution."""
        if self.base.name != "exponential" or not (readable(self.low) and readable(self.high)):
            return ()
        low, high = np.asarray(to_numpy(self.low)), np.asarray(to_numpy(self.high))
        if not (np.all(low >= 0.0) and np.all(np.isfinite(high))):
            return ()
        width = self.high - self.low
        return (Affine(ContinuousBernoulli(None, -self.base.rate * width), self.low + 0.0 * width, width),)  # pyright: ignore[reportAttributeAccessIssue]

    def cdf(self, x: Any) -> Any | None:
        """Return P(low < X ≤ x)/P(low < X < high) of the base."""
        low, high = _ends(self)
        inside = np.clip(x, low, high)
        return np.clip(np.exp(_log_between(self.base, low, inside) - self.log_mass), 0.0, 1.0)

    def survival(self, x: Any) -> Any | None:
        """Return P(x < X < high)/P(low < X < high) of the base."""
        low, high = _ends(self)
        inside = np.clip(x, low, high)
        return np.clip(np.exp(_log_between(self.base, inside, high) - self.log_mass), 0.0, 1.0)

    def quantile(self, u: Any) -> Any | None:
        """Return the inverse of the distribution function, by bisection."""
        start = self.landmarks()
        low, high = _ends(self)
        low = np.where(np.isfinite(low), low, start[..., 0] - 1.0)
        high = np.where(np.isfinite(high), high, start[..., -1] + 1.0)
        u = np.asarray(u, dtype=float)
        low, high, _ = (x.copy() for x in np.broadcast_arrays(low, high, u))
        for _ in range(1100):
            below: Any = self.cdf(low)
            above: Any = self.cdf(high)
            if not ((below > u) | (above < u)).any():
                break
            low = np.where(below > u, low - 2.0 * (high - low), low)
            high = np.where(above < u, high + 2.0 * (high - low), high)
        for _ in range(200):
            middle = 0.5 * low + 0.5 * high
            found: Any = self.cdf(middle)
            low, high = np.where(found < u, middle, low), np.where(found < u, high, middle)
        return 0.5 * low + 0.5 * high


def _same_ends(p: Truncated, q: Truncated) -> bool:
    pairs = ((p.low, q.low), (p.high, q.high))
    return all(readable(a) and readable(b) and bool(np.all(to_numpy(a) == to_numpy(b))) for a, b in pairs)


def _constant(x: Any) -> Any:
    if library(x) == "torch":
        return x.detach()
    if library(x) == "jax":
        import jax

        return jax.lax.stop_gradient(x)
    return x


def _ends(d: Truncated) -> tuple[Any, Any]:
    support = d.support
    return support.low, support.high


# In numbers.

_SHARES = np.concatenate([2.0 ** np.arange(-50.0, 0.0), 1.0 - 2.0 ** np.arange(-2.0, -51.0, -1.0)])
"""Masses below the cuts of the panels: each panel next to an end has half the mass of the next."""

_PANEL = 20
_COUNT = _PANEL * (len(_SHARES) + 1)


@lru_cache(maxsize=1)
def _gauss() -> tuple[Any, Any]:
    """Return nodes and weights of Gauss and Legendre on (0, 1)."""
    x, w = np.polynomial.legendre.leggauss(_PANEL)
    return 0.5 * (x + 1.0), 0.5 * w


def _log_between(base: Density, low: Any, high: Any) -> Any:
    """Return ln P(low < X < high): from the side on which the probabilities are small, and by quadrature where they
    are nearly equal."""
    with np.errstate(all="ignore"):
        below: tuple[Any, Any] = base.cdf(low), base.cdf(high)
        above: tuple[Any, Any] = base.survival(low), base.survival(high)
        left = np.asarray(above[0]) > 0.5
        mass = np.where(left, below[1] - below[0], above[0] - above[1])
        least = np.where(left, np.where(below[0] > 0.0, below[0], 0.0), above[1])
        # Where most of the digits cancel, the density hardly changes between the ends.
        narrow = (mass < 0.05 * least) & np.isfinite(low) & np.isfinite(high)
        found = np.log(mass)
        if np.any(narrow):
            x, w = _gauss()
            a, b = np.where(narrow, low, 0.0), np.where(narrow, high, 1.0)
            nodes = a + (b - a) * x.reshape(-1, *(1,) * np.ndim(a + b))
            logs = np.asarray(base.log_prob(nodes))
            top = np.max(logs, axis=0)
            total = np.sum(w.reshape(-1, *(1,) * (logs.ndim - 1)) * np.exp(logs - top), axis=0)
            found = np.where(narrow, np.log((b - a) * total) + top, found)
    return found


def _mass(d: Truncated) -> _Mass:
    base = d.base
    low, high = (np.asarray(x, dtype=float) for x in _ends(d))
    shape = d.batch_shape
    low, high = np.broadcast_to(low, shape), np.broadcast_to(high, shape)
    log = np.broadcast_to(_log_between(base, low, high), shape)
    with np.errstate(all="ignore"):
        cuts = np.asarray(d.quantile(_SHARES.reshape(-1, *(1,) * len(shape))))
        edges = np.concatenate([low[None], np.broadcast_to(cuts, (len(_SHARES), *shape)), high[None]])
        # An infinite end is replaced by the outermost cut: what lies beyond weighs nothing.
        edges[0] = np.where(np.isfinite(low), low, edges[1])
        edges[-1] = np.where(np.isfinite(high), high, edges[-2])
        x, w = _gauss()
        x, w = (v.reshape(1, -1, *(1,) * (edges.ndim - 1)) for v in (x, w))
        widths = np.diff(edges, axis=0)[:, None]
        nodes = (edges[:-1][:, None] + widths * x).reshape(-1, *edges.shape[1:])
        inside = np.clip(nodes, np.nextafter(low, math.inf), np.nextafter(high, -math.inf))
        logs = np.asarray(base.log_prob(inside))
        weights = np.broadcast_to(widths * w, (edges.shape[0] - 1, _PANEL, *edges.shape[1:])).reshape(nodes.shape)
        finite = np.isfinite(logs) & (weights > 0.0)
        shares = np.where(finite, weights * np.exp(np.where(finite, logs - log, 0.0)), 0.0)
        shares = shares / np.sum(shares, axis=0)
        ends = [
            np.where(
                np.isfinite(cut) & inner, np.exp(np.asarray(base.log_prob(np.where(inner, end, inside[0]))) - log), 0.0
            )
            for cut, end, inner in (
                (np.asarray(d.low), low, np.broadcast_to(np.asarray(d.low) == low, shape)),
                (np.asarray(d.high), high, np.broadcast_to(np.asarray(d.high) == high, shape)),
            )
        ]
    return _Mass(log, inside, shares, np.where(finite, logs, 0.0), ends[0], ends[1])


def truncated(distribution: Density, low: object = -math.inf, high: object = math.inf) -> Truncated:
    """Return the distribution of X given low < X < high, with density p(x)/P(low < X < high).

    Args:
        distribution: that of X: numbers with a density and a distribution function.
        low: the lower end, −inf for none.
        high: the upper end, inf for none.

    Returns:
        `Truncated`: one distribution, or a batch of them.

    Raises:
        ValueError: low ≥ high, or no mass between them.
        TypeError: a distribution of vectors or whole numbers, or one without a distribution function.

    Example:
        >>> import kullback as kb
        >>> P = kb.distributions.truncated(kb.distributions.gamma(2, 1), 1.0, 3.0)
        >>> P.log_prob(2.0).round(6)
        np.float64(-0.68437)
    """
    if not isinstance(distribution, Density):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"truncated: a {type(distribution).__name__} is given, and a distribution is needed.")
    if not isinstance(distribution.support, Interval):
        raise TypeError(
            f"truncated: the outcomes of {distribution.name} ({distribution.support}) are not numbers with a density."
        )
    a, b = as_parameter(low, "low", "truncated"), as_parameter(high, "high", "truncated")
    for end, name in ((a, "low"), (b, "high")):
        if readable(end) and np.isnan(to_numpy(end)).any():
            raise ValueError(f"truncated: {name} is NaN.")
    ordered(a, b, "low", "high", "truncated")
    arrays = together(*(x for x, _ in distribution.leaves()), a, b)
    found = Truncated(distribution.with_leaves(arrays[:-2]), arrays[-2], arrays[-1])
    if all(readable(x) for x in arrays):
        plain = found.with_leaves([np.asarray(to_numpy(x), dtype=float) for x in arrays])
        start, end = _ends(plain)
        if plain.base.cdf(start) is None or plain.base.survival(start) is None:
            raise TypeError(f"truncated: {distribution.name} has no distribution function here.")
        empty = ~(np.asarray(_log_between(plain.base, start, end)) > -math.inf)
        if empty.any():
            index = first_index(empty) if empty.ndim else ()
            between = f"{np.broadcast_to(start, empty.shape)[index]:g} and {np.broadcast_to(end, empty.shape)[index]:g}"
            raise ValueError(f"truncated: {distribution.name} has no mass between {between} that is a number.")
    return found
