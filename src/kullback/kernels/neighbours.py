"""Nearest neighbours and closed balls in Euclidean space, exactly.

Distances are those of float64 arithmetic in a fixed order (`kullback.kernels.neighbours_naive` states it), ties go to
the lower index, and neither depends on the processor or on how many threads there are. The compiled search sorts on a
line, has a tree in few dimensions, and takes a matrix product in many; the last two look at points in float32 first,
with a bound of its error, and decide in float64 what that leaves open. Memory grows as the number of points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kullback.arrays import Array
from kullback.kernels import neighbours_naive
from kullback.kernels.native import native

Indices = npt.NDArray[np.int64]

_TREE_DIMENSIONS = 12  # above it, a matrix product is faster; the compiled tree has room for 16
_SLICE = 1 << 15  # queries of one call into the tree: between two calls, an interruption is seen
_QUERIES, _POINTS = 1024, 1024  # of one matrix product
_ROOM = 64  # candidates that wait to be decided, at least


def nearest(
    points: Array,
    queries: Array,
    k: int,
    *,
    leave_out: Indices | None = None,
    leave_out_groups: tuple[Indices, Indices] | None = None,
) -> tuple[Array, Indices]:
    """Return the k nearest of m points for each of n queries.

    Args:
        points: (m, d), float64.
        queries: (n, d), float64.
        k: how many neighbours, at least 1.
        leave_out: (n,), the index of the point that is no neighbour of the query: itself; −1 for none.
        leave_out_groups: the groups of the points (m,) and of the queries (n,), as whole numbers of at least 0; points
            of the query's group are no neighbours.

    Returns:
        Distances (n, k), ascending, and indices (n, k); equal distances in the order of the indices.

    Raises:
        ValueError: shapes do not agree, a coordinate is not finite, or a query has fewer than k neighbours.

    Example:
        >>> import numpy as np
        >>> points = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
        >>> distances, indices = nearest(points, points, 1, leave_out=np.arange(3))
        >>> distances.ravel(), indices.ravel()
        (array([5., 5., 5.]), array([1, 0, 1]))
    """
    points, queries = _read(points, queries)
    codes = _codes(len(points), len(queries), leave_out, leave_out_groups)
    _check_count(k, len(points), codes)
    if not len(queries):
        return np.empty((0, k)), np.empty((0, k), np.int64)
    if not native().functions:
        return neighbours_naive.nearest(points, queries, k, codes.both)
    # In one piece of memory: large pieces come in large pages, which is half the time of a search on a line.
    room = np.empty((2, len(queries), k))
    found = room[0], room[1].view(np.int64)
    search = _nearest_on_line if points.shape[1] == 1 else _nearest_in_tree
    search = search if points.shape[1] <= _TREE_DIMENSIONS else _nearest_in_rows
    search(points, queries, codes, found)
    return found


def within(
    points: Array,
    queries: Array,
    radii: Array,
    *,
    query_values: Array | None = None,
    point_values: Array | None = None,
    leave_out: Indices | None = None,
    leave_out_groups: tuple[Indices, Indices] | None = None,
) -> tuple[Indices, Array | None, Array | None]:
    """Return what lies in the closed ball of each query: distance ≤ radius, distances as `nearest` gives them.

    Args:
        points: (m, d), float64.
        queries: (n, d), float64.
        radii: (n,), one per query; the k-th distance of `nearest` holds the k-th neighbour.
        query_values: (n,), what each query adds to every point in its ball.
        point_values: (m,), what is added up over the points in a ball.
        leave_out: as in `nearest`.
        leave_out_groups: as in `nearest`.

    Returns:
        How many points lie in each ball (n,); the sum of their values (n,), or None; and for each point the sum of the
        values of the queries in whose ball it lies (m,), or None.

    Raises:
        ValueError: shapes do not agree, or a coordinate, radius or value is not finite (radii may be infinite).
    """
    points, queries = _read(points, queries)
    radii = _vector(radii, len(queries), "radii", "query", infinite=True)
    of_queries = None if query_values is None else _vector(query_values, len(queries), "query_values", "query")
    of_points = None if point_values is None else _vector(point_values, len(points), "point_values", "point")
    codes = _codes(len(points), len(queries), leave_out, leave_out_groups)
    counts = np.zeros(len(queries), np.int64)
    sums = None if of_points is None else np.zeros(len(queries))
    pulled = None if of_queries is None else np.zeros(len(points))
    if not len(queries) or not len(points):
        return counts, sums, pulled
    if not native().functions:
        return neighbours_naive.within(points, queries, radii, codes.both, of_queries, of_points)
    balls = _Balls(radii, codes, of_queries, of_points, counts, sums, pulled)
    search = _within_on_line if points.shape[1] == 1 else _within_in_tree
    search = search if points.shape[1] <= _TREE_DIMENSIONS else _within_in_rows
    search(points, queries, balls)
    return counts, sums, pulled


@dataclass(frozen=True)
class _Codes:
    """Whole numbers of points and of queries: a point with the query's code is left out."""

    of_points: Indices | None
    """None: their indices."""
    of_queries: Indices | None
    """None: nothing is left out."""
    sizes: tuple[int, int]

    @property
    def own(self) -> bool:
        """Whether the codes of the points are their indices."""
        return self.of_points is None

    @cached_property
    def both(self) -> tuple[Indices, Indices]:
        m, n = self.sizes
        of_points = np.arange(m, dtype=np.int64) if self.of_points is None else self.of_points
        return of_points, np.full(n, -1, np.int64) if self.of_queries is None else self.of_queries


@dataclass(frozen=True)
class _Balls:
    """What the compiled functions are given of balls."""

    radii: Array
    codes: _Codes
    query_values: Array | None
    point_values: Array | None
    counts: Indices
    sums: Array | None
    pulled: Array | None

    def arrays(self, block: slice = slice(None)) -> tuple[Any, ...]:
        """Return the arrays in the order in which they are asked for, those of queries for a block of them."""
        of_queries = None if self.query_values is None else self.query_values[block]
        sums = None if self.sums is None else self.sums[block]
        codes = self.codes.both[0], self.codes.both[1][block]
        return (self.radii[block], *codes, of_queries, self.point_values, self.counts[block], sums, self.pulled)


def _nearest_on_line(points: Array, queries: Array, codes: _Codes, found: tuple[Array, Indices]) -> None:
    arguments = codes.of_points, codes.of_queries, codes.own, found[0].shape[1]
    native().functions["neighbour_line_nearest"](points, queries, *arguments, *found)


def _within_on_line(points: Array, queries: Array, balls: _Balls) -> None:
    native().functions["neighbour_line_within"](points, queries, balls.codes.own, *balls.arrays())


def _tree(points: Array, queries: Array, codes: Indices) -> tuple[Any, Indices]:
    """Return a tree, and an order of the queries in which near ones follow one another."""
    functions = native().functions
    tree = functions["neighbour_tree"](points, codes, neighbours_naive.exponent(points, queries))
    order = np.empty(len(queries), np.int64)
    functions["neighbour_order"](tree, None if queries is points else queries, order)
    return tree, order


def _nearest_in_tree(points: Array, queries: Array, codes: _Codes, found: tuple[Array, Indices]) -> None:
    tree, order = _tree(points, queries, codes.both[0])
    search = native().functions["neighbour_tree_nearest"]
    for start in range(0, len(order), _SLICE):
        search(tree, queries, codes.both[1], order[start : start + _SLICE], found[0].shape[1], codes.own, *found)


def _within_in_tree(points: Array, queries: Array, balls: _Balls) -> None:
    tree, order = _tree(points, queries, balls.codes.both[0])
    native().functions["neighbour_tree_within"](tree, queries, order, balls.codes.own, *balls.arrays())


@dataclass(frozen=True)
class _Products:
    """Products of queries and points in float32, block by block, and what bounds their error: neighbour_rows.hpp."""

    points: Array
    queries: Array
    exponent: int
    bound: float
    factors: npt.NDArray[np.float32]
    centre: Array
    norms: Array

    @classmethod
    def of(cls, points: Array, queries: Array) -> _Products:
        exponent = neighbours_naive.exponent(points, queries)
        scaled = np.ldexp(points, exponent)
        asked = scaled if queries is points else np.ldexp(queries, exponent)
        dimensions = points.shape[1]
        bound = 1.01 * 2.0**-24 * (dimensions + 16)
        centre: Array = np.mean(np.ldexp(scaled, -500), axis=0)
        norms = np.empty(len(points))
        factors = np.empty((len(points), dimensions + 1), np.float32)
        for start in range(0, len(points), _POINTS):
            block = slice(start, start + _POINTS)
            apart = np.ldexp(scaled[block], -500) - centre
            norms[block] = np.einsum("ij,ij->i", apart, apart)
            factors[block, :-1] = apart
            factors[block, -1] = norms[block] * (1.0 - 2.0 * bound)
        return cls(scaled, asked, exponent, bound, factors, centre, norms)

    def block(self, rows: slice) -> tuple[npt.NDArray[np.float32], Array]:
        """Return the factors of a block of queries, and their squared norms."""
        apart = np.ldexp(self.queries[rows], -500) - self.centre
        factors = np.ones((len(apart), apart.shape[1] + 1), np.float32)
        factors[:, :-1] = -2.0 * apart
        return factors, np.einsum("ij,ij->i", apart, apart)

    def products(self, factors: npt.NDArray[np.float32]) -> Iterator[tuple[npt.NDArray[np.float32], int]]:
        """Yield the products with a block of points and the index of its first."""
        room = np.empty(len(factors) * min(_POINTS, len(self.factors)), np.float32)
        for start in range(0, len(self.factors), _POINTS):
            block = self.factors[start : start + _POINTS]
            product = room[: len(factors) * len(block)].reshape(len(factors), len(block))
            yield np.matmul(factors, block.T, out=product), start

    def arguments(self, codes: _Codes, rows: slice, norms: Array) -> tuple[Any, ...]:
        """Return what the compiled functions are told of a block of queries."""
        of_rows = (self.points, self.queries[rows], codes.both[0], codes.both[1][rows], self.norms, norms)
        return (*of_rows, self.bound, 2.0**-500, self.exponent)


def _nearest_in_rows(points: Array, queries: Array, codes: _Codes, found: tuple[Array, Indices]) -> None:
    search = native().functions["neighbour_rows_nearest"]
    k = found[0].shape[1]
    products = _Products.of(points, queries)
    for start in range(0, len(queries), _QUERIES):
        rows = slice(start, min(start + _QUERIES, len(queries)))
        factors, norms = products.block(rows)
        size, room = len(factors), max(_ROOM, 4 * k)
        state = np.zeros(size, np.int64), np.zeros(size, np.int64), np.full(size, np.inf, np.float32)
        waiting = np.empty((size, room), np.int32), np.empty((size, room), np.float32)
        arguments = products.arguments(codes, rows, norms)
        for product, first in products.products(factors):
            done = first + product.shape[1] == len(points)
            search(*arguments, product, first, done, k, found[0][rows], found[1][rows], *state, *waiting)


def _within_in_rows(points: Array, queries: Array, balls: _Balls) -> None:
    search = native().functions["neighbour_rows_within"]
    products = _Products.of(points, queries)
    for start in range(0, len(queries), _QUERIES):
        rows = slice(start, start + _QUERIES)
        factors, norms = products.block(rows)
        arguments, arrays = products.arguments(balls.codes, rows, norms), balls.arrays(rows)
        for product, first in products.products(factors):
            search(*arguments, product, first, *arrays)


def _read(points: Array, queries: Array) -> tuple[Array, Array]:
    same = points is queries
    points = np.ascontiguousarray(points, np.float64)
    queries = points if same else np.ascontiguousarray(queries, np.float64)
    if points.ndim != 2 or queries.ndim != 2 or points.shape[1] != queries.shape[1] or not points.shape[1]:
        raise ValueError(
            f"points of shape {points.shape} and queries of shape {queries.shape}: (m, d) and (n, d) with the same "
            f"d ≥ 1 are needed."
        )
    for name, rows in (("points", points), ("queries", queries)):
        if not np.isfinite(rows).all():
            row, column = np.argwhere(~np.isfinite(rows))[0]
            raise ValueError(f"{name}[{row}, {column}] is {rows[row, column]}: a distance needs finite numbers.")
    return points, queries


def _codes(m: int, n: int, leave_out: Indices | None, groups: tuple[Indices, Indices] | None) -> _Codes:
    if leave_out is not None and groups is not None:
        raise ValueError("leave_out and leave_out_groups exclude one another: give every point the group it is in.")
    of_points = of_queries = None
    name = "leave_out" if groups is None else "leave_out_groups"
    if groups is not None:
        of_points, of_queries = (np.ascontiguousarray(x, np.int64) for x in groups)
        if np.min(of_points, initial=0) < 0:
            raise ValueError(f"a group of leave_out_groups is {np.min(of_points)}: groups are numbered from 0.")
    elif leave_out is not None:
        of_queries = np.ascontiguousarray(leave_out, np.int64)
    shapes = (m,) if of_points is None else of_points.shape, (n,) if of_queries is None else of_queries.shape
    if shapes != ((m,), (n,)):
        raise ValueError(f"{name} of shape {shapes[1]} (points: {shapes[0]}): ({n},) (points: ({m},)) is needed.")
    return _Codes(of_points, of_queries, (m, n))


def _check_count(k: int, m: int, codes: _Codes) -> None:
    if k < 1:
        raise ValueError(f"k is {k}, and at least 1 neighbour is needed.")
    if not codes.sizes[1] or (codes.own and k < m):
        return
    of_points, of_queries = codes.both
    if codes.own:
        left_out = ((of_queries >= 0) & (of_queries < m)).astype(np.int64)
    else:
        names, sizes = np.unique(of_points, return_counts=True)
        where = np.minimum(np.searchsorted(names, of_queries), max(0, len(names) - 1))
        left_out = np.where(names[where] == of_queries, sizes[where], 0) if m else np.zeros(len(of_queries), np.int64)
    least = int(np.argmax(left_out))
    if k > m - left_out[least]:
        others = f", of which {left_out[least]} left out for query {least}" if left_out[least] else ""
        raise ValueError(f"k is {k}, but there are {m} points{others}: ask for fewer neighbours.")


def _vector(values: Array, size: int, name: str, each: str, *, infinite: bool = False) -> Array:
    values = np.ascontiguousarray(values, np.float64)
    if values.shape != (size,):
        raise ValueError(f"{name} of shape {values.shape}: one per {each}, ({size},), is needed.")
    bad = np.isnan(values) if infinite else ~np.isfinite(values)
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(f"{name}[{row}] is {values[row]}.")
    return values
