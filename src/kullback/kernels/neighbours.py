"""Nearest neighbours and closed balls in Euclidean space, exactly.

Distances are those of float64 arithmetic in a fixed order (`kullback.kernels.neighbours_naive` states it), ties go to
the lower index, and neither depends on the processor or on how many threads there are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kullback.arrays import Array
from kullback.kernels import neighbours_naive

Indices = npt.NDArray[np.int64]


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
    _check_count(k, len(points), len(queries), codes)
    if not len(queries):
        return np.empty((0, k)), np.empty((0, k), np.int64)
    return neighbours_naive.nearest(points, queries, k, codes)


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
    codes = _codes(len(points), len(queries), leave_out, leave_out_groups)
    radii = _vector(radii, len(queries), "radii", "query", infinite=True)
    of_queries = None if query_values is None else _vector(query_values, len(queries), "query_values", "query")
    of_points = None if point_values is None else _vector(point_values, len(points), "point_values", "point")
    if not len(queries) or not len(points):
        counts, sums, pulled = np.zeros(len(queries), np.int64), np.zeros(len(queries)), np.zeros(len(points))
    else:
        counts, sums, pulled = neighbours_naive.within(
            points=points,
            queries=queries,
            radii=radii,
            codes=codes,
            query_values=np.zeros(len(queries)) if of_queries is None else of_queries,
            point_values=np.zeros(len(points)) if of_points is None else of_points,
        )
    return counts, None if of_points is None else sums, None if of_queries is None else pulled


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


def _codes(
    m: int, n: int, leave_out: Indices | None, groups: tuple[Indices, Indices] | None
) -> tuple[Indices, Indices]:
    """Return codes of points and queries; a point with the query's code is left out."""
    if leave_out is not None and groups is not None:
        raise ValueError("leave_out and leave_out_groups exclude one another: give every point the group it is in.")
    if groups is not None:
        of_points, of_queries = (np.ascontiguousarray(x, np.int64) for x in groups)
        name = "leave_out_groups"
    else:
        of_points = np.arange(m, dtype=np.int64)
        name = "leave_out"
        of_queries = np.full(n, -1, np.int64) if leave_out is None else np.ascontiguousarray(leave_out, np.int64)
    if of_points.shape != (m,) or of_queries.shape != (n,):
        raise ValueError(
            f"{name} of shape {of_queries.shape} (points: {of_points.shape}): ({n},) (points: ({m},)) is needed."
        )
    return of_points, of_queries


def _check_count(k: int, m: int, n: int, codes: tuple[Indices, Indices]) -> None:
    if k < 1:
        raise ValueError(f"k is {k}, and at least 1 neighbour is needed.")
    of_points, of_queries = codes
    if not n or (k < m and (of_queries < 0).all()):
        return
    names, sizes = np.unique(of_points, return_counts=True)
    where = np.minimum(np.searchsorted(names, of_queries), max(0, len(names) - 1))
    left_out = np.where(names[where] == of_queries, sizes[where], 0) if m else np.zeros(n, np.int64)
    least = int(np.argmax(left_out))
    if k > m - left_out[least]:
        others = f" of which {left_out[least]} left out for query {least}" if left_out[least] else ""
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
