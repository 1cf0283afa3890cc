"""Products: several independent outcomes taken together as one vector."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from kullback.arrays import namespace, to_numpy
from kullback.distribution import Density
from kullback.distributions.normal import Normal
from kullback.distributions.parameters import readable, together
from kullback.support import Box, Integers, Interval, Space, Support


@dataclass(frozen=True, eq=False)
class Product(Density):
    """Independent numbers of several families, as the components of a vector.

    Attributes:
        components: the distributions of the components, whose batches broadcast.
    """

    components: tuple[Density, ...]

    name: ClassVar[str] = "independent"
    event_dimensions: ClassVar[int] = 1

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the parameters of the components."""
        return tuple(leaf for one in self.components for leaf in one.leaves())

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same product with other arrays."""
        rest, components = list(arrays), list[Density]()
        for one in self.components:
            count = len(one.leaves())
            components.append(one.with_leaves(rest[:count]))
            rest = rest[count:]
        return type(self)(tuple(components))

    @property
    def support(self) -> Support:
        """All vectors, or the product of the supports."""
        sides = tuple(one.support for one in self.components)
        if all(_whole_line(side) for side in sides):
            return Space("real vectors", (len(sides),))
        return Box(sides)

    def log_prob(self, x: Any) -> Any:
        """Return Σ ln p_i(x_i)."""
        logs = [one.log_prob(x[..., i]) for i, one in enumerate(self.components)]
        return sum(logs[1:], logs[0])

    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return Σ ln q_i(x_i) − ln p_i(x_i)."""
        pairs = list(zip(self.components, other.components, strict=False))
        if len(self.components) != len(other.components) or any(type(a) is not type(b) for a, b in pairs):
            return other.log_prob(x) - self.log_prob(x)
        logs = [a.log_ratio(b, x[..., i]) for i, (a, b) in enumerate(pairs)]
        return sum(logs[1:], logs[0])

    def landmarks(self) -> Any:
        """Return vectors of landmarks of the components, in step."""
        each = [np.asarray(one.landmarks(), dtype=float) for one in self.components]
        count = max(x.shape[-1] for x in each)
        picked = [x[..., np.linspace(0, x.shape[-1] - 1, count).round().astype(int)] for x in each]
        return np.stack(np.broadcast_arrays(*picked), axis=-1)

    def entropy(self) -> Any | None:
        """Return the sum of the entropies."""
        each: list[Any] = [one.entropy() for one in self.components]
        return None if any(x is None for x in each) else sum(each[1:], each[0])

    def forms(self) -> tuple[Density, ...]:
        """The multivariate normal distribution, where all components are normal."""
        if not all(isinstance(one, Normal) for one in self.components):
            return ()
        arrays = [(one.loc, one.scale) for one in self.components]  # pyright: ignore[reportAttributeAccessIssue]
        xp = namespace(*(x for pair in arrays for x in pair))
        shape = self.batch_shape
        loc, scale = (
            xp.stack([xp.broadcast_to(pair[k] + 0.0 * sum(pair), shape) for pair in arrays], axis=-1) for k in (0, 1)
        )
        return _as_multivariate_normal(loc, scale)


@dataclass(frozen=True, eq=False)
class Independent(Density):
    """Independent outcomes of one family: the last batch axes of a distribution are the axes of one outcome.

    Attributes:
        base: the distribution of each.
        dimensions: how many batch axes are taken, ≥ 1.
    """

    base: Density
    dimensions: int

    name: ClassVar[str] = "independent"

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return the parameters of the base, each with the axes of the outcome."""
        return tuple((x, own + self.dimensions) for x, own in self.base.leaves())

    def with_leaves(self, arrays: Sequence[Any]) -> Self:
        """Return the same with other arrays."""
        return type(self)(self.base.with_leaves(arrays), self.dimensions)

    @property
    def event_dimensions(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Those of the base, and the axes that are taken."""
        return self.base.event_dimensions + self.dimensions

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one outcome, as far as it is made of batch axes."""
        whole = self.base.batch_shape
        return whole[len(whole) - self.dimensions :]

    @property
    def support(self) -> Support:
        """All vectors, or the product of the supports."""
        side = self.base.support
        if isinstance(side, Space):
            return Space(side.name, self.event_shape + side.shape)
        if isinstance(side, Interval):
            return Space("real vectors" if _whole_line(side) else f"vectors from {side}", self.event_shape)
        return Space(
            "vectors of whole numbers" if isinstance(side, Integers) else "vectors of points", self.event_shape
        )

    def log_prob(self, x: Any) -> Any:
        """Return the sum of the log-densities over the axes of the outcome."""
        return self._sum(self.base.log_prob(x))

    def log_ratio(self, other: Any, x: Any) -> Any:
        """Return the sum of the log-ratios over the axes of the outcome."""
        if other.dimensions != self.dimensions or type(self.base) is not type(other.base):
            return other.log_prob(x) - self.log_prob(x)
        return self._sum(self.base.log_ratio(other.base, x))

    def _sum(self, x: Any) -> Any:
        return namespace(x).sum(x, axis=tuple(range(-self.dimensions, 0)))

    def landmarks(self) -> Any:
        """Return arrays of landmarks of the base, in step."""
        marks = np.asarray(self.base.landmarks(), dtype=float)
        shape = (*self.base.batch_shape, *marks.shape[len(self.base.batch_shape) :])
        marks = np.broadcast_to(marks, shape)
        own = self.base.event_dimensions
        return np.moveaxis(marks, -1 - own, -1 - own - self.dimensions)

    def entropy(self) -> Any | None:
        """Return the sum of the entropies."""
        each = self.base.entropy()
        if each is None:
            return None
        xp = namespace(each)
        return self._sum(xp.broadcast_to(each, self.base.batch_shape))

    def forms(self) -> tuple[Density, ...]:
        """The multivariate normal distribution, of a normal base and one axis."""
        if not isinstance(self.base, Normal) or self.dimensions != 1:
            return ()
        loc, scale = self.base.loc, self.base.scale
        return _as_multivariate_normal(loc + 0.0 * scale, scale + 0.0 * loc)


def _as_multivariate_normal(loc: Any, scale: Any) -> tuple[Density, ...]:
    from kullback.distributions.multivariate_normal import from_normals

    return (from_normals(loc, scale),)


def _whole_line(side: Support) -> bool:
    if not isinstance(side, Interval) or not (readable(side.low) and readable(side.high)):
        return False
    return bool(np.all(to_numpy(side.low) == -math.inf) and np.all(to_numpy(side.high) == math.inf))


def independent(*distributions: Density) -> Product:
    """Return the distribution of vectors whose components are independent, each with a distribution of its own.

    Args:
        distributions: those of the components, numbers, in order; their batches broadcast.

    Returns:
        `Product`: one distribution, or a batch of them.

    Raises:
        ValueError: no distribution, one whose outcomes are vectors, batches that do not broadcast.
        TypeError: something that is not a distribution known by a formula.

    Example:
        >>> import kullback as kb
        >>> P = kb.distributions.independent(kb.normal(0, 1), kb.distributions.gamma(2, 1))
        >>> Q = kb.distributions.independent(kb.normal(1, 2), kb.distributions.gamma(3, 1))
        >>> kb.kl(P, Q).round(6)
        np.float64(0.71351)
    """
    if not distributions:
        raise ValueError("independent: there is no distribution.")
    for i, one in enumerate(distributions):
        if not isinstance(one, Density):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"independent: argument {i} is a {type(one).__name__}, and a distribution is needed.")
        if one.event_dimensions:
            raise ValueError(
                f"independent: the outcomes of {one.name} (argument {i}) are vectors, and numbers are needed."
            )
    own = Product(distributions)
    found = own.with_leaves(together(*(x for x, _ in own.leaves())))
    _ = found.batch_shape  # raises where the batches do not fit
    return found


def independent_of(distribution: Density, dims: int = 1) -> Independent:
    """Return the distribution whose outcomes gather the last batch axes of another, independent of one another.

    Args:
        distribution: one with a batch.
        dims: how many of its last batch axes are axes of one outcome (PyTorch's `reinterpreted_batch_ndims`).

    Returns:
        `Independent`: its divergences are those of all entries of an outcome taken together.

    Raises:
        ValueError: fewer batch axes than `dims`, or dims < 1.
        TypeError: something that is not a distribution known by a formula.

    Example:
        >>> import kullback as kb
        >>> P = kb.distributions.independent_of(kb.normal([0.0, 0.0, 0.0], 1.0))
        >>> Q = kb.distributions.independent_of(kb.normal([1.0, 1.0, 1.0], 1.0))
        >>> kb.kl(P, Q)
        np.float64(1.5)
    """
    if not isinstance(distribution, Density):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"independent_of: a {type(distribution).__name__} is given, and a distribution is needed.")
    count = operator.index(dims)
    shape = distribution.batch_shape
    if not 1 <= count <= len(shape):
        raise ValueError(
            f"independent_of: dims is {count}, and {distribution.name} has {len(shape)} batch axes (shape {shape}): "
            "give a number from 1 to that."
        )
    last = shape[len(shape) - count :]
    arrays: list[Any] = []
    for x, own in distribution.leaves():
        batch, tail = tuple(x.shape[: x.ndim - own]), tuple(x.shape[x.ndim - own :])
        arrays.append(namespace(x).broadcast_to(x, np.broadcast_shapes(batch, last) + tail))
    return Independent(distribution.with_leaves(arrays), count)
