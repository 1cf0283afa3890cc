"""The rows "neighbours" of the benchmarks: five nearest neighbours of every query, against SciPy and scikit-learn.

Searches are those of `kullback.kernels.neighbours`: building the tree and reading the arrays are part of the time, for
SciPy too but where its search is so long that only a twentieth of the queries are asked of a tree that is there.
"""

from collections.abc import Callable, Iterator
from typing import Any

from interleaved import Contender

K = 5
CHECKED = 200  # queries whose neighbours are known from all pairs
LONG = 8  # dimensions from which on SciPy is asked for a part
PART = 20


def works(*, quick: bool) -> Iterator[tuple[str, Callable[[], dict[str, Contender]], dict[str, float]]]:
    """Names, contenders, and how many times as long each peer has to take."""
    n = 2_000 if quick else 100_000
    for dimensions, times in ((1, 12.0), (2, 1.8), (5, 4.5), (10, 6.0)):
        yield (
            f"{K} nearest neighbours, {n:,} points, {dimensions} dimension{'s' * (dimensions > 1)}",
            lambda dimensions=dimensions: in_few_dimensions(n, dimensions),
            {"scipy.spatial.cKDTree": times},
        )
    n = 1_000 if quick else 10_000
    for dimensions in (50, 200):
        yield (
            f"{K} nearest neighbours, {n:,} points, {dimensions} dimensions",
            lambda dimensions=dimensions: in_many_dimensions(n, dimensions),
            {"scikit-learn, brute force": 1.8},
        )


def samples(n: int, dimensions: int) -> tuple[Any, Any, Callable[[Any], float]]:
    """Normal points and queries, and the greatest relative error of the distances of the first queries."""
    import numpy as np

    rng = np.random.default_rng(dimensions)
    points, queries = rng.standard_normal((2, n, dimensions))
    truth = np.array([np.sort(np.sqrt(((points - query) ** 2).sum(-1)))[:K] for query in queries[:CHECKED]])

    def error(found: Any) -> float:
        distances = np.asarray(found[0])[:CHECKED]
        return float(np.max(np.abs(distances / truth[: len(distances)] - 1.0)))

    return points, queries, error


def in_few_dimensions(n: int, dimensions: int) -> dict[str, Contender]:
    from scipy.spatial import cKDTree

    from kullback.kernels.neighbours import nearest

    points, queries, error = samples(n, dimensions)
    found = {"kullback": Contender(lambda: nearest(points, queries, K), error, 1e-14)}
    if dimensions < LONG:
        theirs = Contender(lambda: cKDTree(points).query(queries, K), error, 1e-13)
    else:
        tree, some = cKDTree(points), queries[: n // PART]
        theirs = Contender(lambda: tree.query(some, K), error, 1e-13, part=1 / PART)
    return found | {"scipy.spatial.cKDTree": theirs}


def in_many_dimensions(n: int, dimensions: int) -> dict[str, Contender]:
    from sklearn.neighbors import NearestNeighbors

    from kullback.kernels.neighbours import nearest

    points, queries, error = samples(n, dimensions)
    peer = NearestNeighbors(n_neighbors=K, algorithm="brute").fit(points)
    return {
        "kullback": Contender(lambda: nearest(points, queries, K), error, 1e-14),
        "scikit-learn, brute force": Contender(lambda: peer.kneighbors(queries), error, 1e-11),
    }
