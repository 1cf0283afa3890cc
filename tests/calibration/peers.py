"""The peers as baselines: what other packages compute, written again from their papers and formulas.

Each takes two samples and a generator and returns one value per reported name; it raises `NotApplicable` where the
package has no such route. What a package does badly (ties, unseen symbols) is kept. Codes that a peer cannot read are
given to it as ordered numbers, as its users do, unless it says otherwise.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial.distance import cdist
from scipy.special import digamma, logsumexp

from kullback.sample import Sample

FloatArray = NDArray[np.float64]
Peer = Callable[[Sample, Sample, np.random.Generator], Mapping[str, float]]


class NotApplicable(Exception):
    """The peer has nothing for such data."""


def _plain(x: Sample) -> FloatArray:
    return np.hstack([x.numbers, x.codes.astype(np.float64)])


# Nearest neighbours


def _blocks(a: FloatArray, b: FloatArray, metric: str):
    for start in range(0, len(a), 1000):
        yield start, cdist(a[start : start + 1000], b, metric)


def _neighbour(a: FloatArray, b: FloatArray, k: int, metric: str = "euclidean") -> FloatArray:
    """The distance from each row of a to its k-th neighbour in b."""
    return np.concatenate([np.partition(d, k - 1, axis=1)[:, k - 1] for _, d in _blocks(a, b, metric)])


def _fixed_k(x: FloatArray, y: FloatArray, k: int, metric: str = "euclidean", floor: float = 0.0) -> float:
    # Wang, Kulkarni and Verdú 2009, equation (5).
    n, m = len(x), len(y)
    within, across = _neighbour(x, x, k + 1, metric), _neighbour(x, y, k, metric)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.log(np.maximum(across, floor)) - np.log(np.maximum(within, floor))
        return float(x.shape[1] * ratios.mean() + math.log(m / (n - 1)))


def npeet(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    return {"NPEET kNN k=3": _fixed_k(_plain(x), _plain(y), 3, "chebyshev")}


def kldest_nn(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    return {"kldest nn k=1": _fixed_k(_plain(x), _plain(y), 1)}


def divergence_knn(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    return {"divergence kNN k=5": _fixed_k(_plain(x), _plain(y), 5, floor=1e-308)}


def _bias_reduced(x: FloatArray, y: FloatArray) -> float:
    # Wang, Kulkarni and Verdú 2009, section III: the same radius for both, as many points as lie within it.
    n, m = len(x), len(y)
    radius = np.maximum(_neighbour(x, x, 2), _neighbour(x, y, 1))
    own, other = (
        np.concatenate([(d <= radius[i : i + len(d), None]).sum(1) for i, d in _blocks(x, z, "euclidean")])
        for z in (x, y)
    )
    return float(np.mean(digamma(own - 1) - digamma(other)) + math.log(m / (n - 1)))


def kldest_brnn(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    return {"kldest brnn": _bias_reduced(_plain(x), _plain(y))}


def kldest_strata(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    """The chain rule: the plug-in over cells, and k=1 neighbours in each cell."""
    if not (x.codes.shape[1] and x.dimension):
        raise NotApplicable
    p, q, cell_x, cell_y = _cells(x, y)
    value = _plug_in(p / p.sum(), q / q.sum())
    for i in np.flatnonzero(p):
        a, b = x.numbers[cell_x == i], y.numbers[cell_y == i]
        if len(a) < 2 or not len(b):
            return {"kldest by strata": math.nan}
        value += p[i] / p.sum() * _fixed_k(a, b, 1)
    return {"kldest by strata": float(value)}


# Densities


def kldest_kde(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    def log_density(at: FloatArray, rows: FloatArray) -> FloatArray:
        n, d = rows.shape
        width = rows.std(0, ddof=1) * (4 / (d + 2) / n) ** (1 / (d + 4))
        constant = math.log(n) + np.log(width).sum() + d / 2 * math.log(2 * math.pi)
        near = [logsumexp(-0.5 * found, axis=1) for _, found in _blocks(at / width, rows / width, "sqeuclidean")]
        return np.concatenate(near) - constant

    a, b = _plain(x), _plain(y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"kldest KDE": float(np.mean(log_density(a, a) - log_density(a, b)))}


def histogram(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    """A share of 10⁻⁴ in place of 0, as drift reports do; their bins are Sturges'. The bins of Freedman and Diaconis
    are a stronger baseline than any peer ships."""
    if x.dimension > 1:
        raise NotApplicable
    found = {"histogram + eps": _binned(x, y, "sturges")}
    return {**found, "(histogram, finer bins)": _binned(x, y, "fd")} if x.dimension else found


def _binned(x: Sample, y: Sample, rule: str) -> float:
    columns: list[NDArray[np.int64]] = [*np.vstack([x.codes, y.codes]).T]
    if x.dimension:
        both = np.concatenate([x.numbers[:, 0], y.numbers[:, 0]])
        low, high = np.quantile(both, [0.25, 0.75])
        # Heavy tails would ask for millions of bins.
        most = 5000
        fine = high > low and (both.max() - both.min()) / (2 * (high - low)) * len(both) ** (1 / 3) < most
        edges = np.histogram_bin_edges(both, rule if fine or rule != "fd" else most)
        columns.append(np.searchsorted(edges[1:-1], both, side="right"))
    _, cell = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    p = np.bincount(cell.ravel()[: x.rows], minlength=cell.max() + 1) / x.rows
    q = np.bincount(cell.ravel()[x.rows :], minlength=cell.max() + 1) / y.rows
    return _plug_in(np.maximum(p, 1e-4), np.maximum(q, 1e-4))


def gaussian(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    a, b = _plain(x), _plain(y)
    gap = a.mean(0) - b.mean(0)
    cov_a, cov_b = np.atleast_2d(np.cov(a.T)), np.atleast_2d(np.cov(b.T))
    dets = np.linalg.slogdet(cov_b)[1] - np.linalg.slogdet(cov_a)[1]
    trace = np.trace(np.linalg.solve(cov_b, cov_a))
    square = gap @ np.linalg.solve(cov_b, gap)
    return {"Gaussian plug-in": float(0.5 * (trace - len(gap) + square + dets))}


def mixtures(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    from sklearn.mixture import GaussianMixture

    a, b = _plain(x), _plain(y)
    most = 6 if a.shape[1] <= 20 else 3
    best = []
    for rows in (a, b):
        fits = [GaussianMixture(k, random_state=int(rng.integers(2**31))).fit(rows) for k in range(1, most)]
        best.append(min(fits, key=lambda fit: fit.bic(rows)))
    return {"Gaussian mixtures, BIC": float(np.mean(best[0].score_samples(a) - best[1].score_samples(a)))}


# Classifiers and ratios


def _features(x: Sample, y: Sample):
    """Standardised numbers and one column per category, sparse where there are categories."""
    both = np.vstack([x.numbers, y.numbers])
    scale = both.std(0)
    numbers = (both - both.mean(0)) / np.where(scale > 0, scale, 1.0)
    codes = np.vstack([x.codes, y.codes])
    if not codes.shape[1]:
        return numbers
    rows = np.arange(len(codes))
    ones = np.ones(len(codes))
    named = [sparse.csr_array((ones, (rows, c)), (len(codes), k)) for c, k in zip(codes.T, x.alphabet, strict=True)]
    return sparse.csr_array(sparse.hstack([sparse.csr_array(numbers), *named]))


def _cross_fit(name: str, make: Callable[[int], object], features, x: Sample, y: Sample, rng: np.random.Generator):
    """Five folds; the mean score and the Donsker–Varadhan value of held-out log-odds."""
    from sklearn.model_selection import StratifiedKFold

    n, m = x.rows, y.rows
    label = np.repeat([1, 0], [n, m])
    scores = np.empty(n + m)
    folds = StratifiedKFold(5, shuffle=True, random_state=int(rng.integers(2**31)))
    for train, test in folds.split(np.zeros(n + m), label):
        fit = make(int(rng.integers(2**31))).fit(features[train], label[train])
        scores[test] = fit.decision_function(features[test]) - math.log(label[train].sum() / (1 - label[train]).sum())
    bound = float(scores[:n].mean() - logsumexp(scores[n:]) + math.log(m))
    return {f"{name}, mean score": float(scores[:n].mean()), f"{name}, DV": bound}


def logistic_linear(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    from sklearn.linear_model import LogisticRegression

    return _cross_fit("logistic linear", lambda seed: LogisticRegression(max_iter=300), _features(x, y), x, y, rng)


def logistic_quadratic(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import PolynomialFeatures

    if x.codes.shape[1]:
        raise NotApplicable
    squares = PolynomialFeatures(2, include_bias=False).fit_transform(_features(x, y))
    squares = (squares - squares.mean(0)) / squares.std(0)
    # Chosen in its favour: with the default strength it is 1.8 nats off at d = 50.
    strength = 1.0 if squares.shape[1] <= 300 else 0.03
    return _cross_fit(
        "logistic quadratic", lambda seed: LogisticRegression(C=strength, max_iter=300), squares, x, y, rng
    )


def boosting(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    named = [x.dimension + i for i, k in enumerate(x.alphabet) if k <= 64]

    def make(seed: int):
        return HistGradientBoostingClassifier(
            learning_rate=0.1, max_iter=200, early_stopping=True, categorical_features=named or None, random_state=seed
        )

    return _cross_fit("boosting", make, np.vstack([_plain(x), _plain(y)]), x, y, rng)


def ulsif(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    """Kanamori, Hido and Sugiyama 2009: kernels at 100 rows of x, width and ridge left one out, ratio cut at 10⁻³."""
    a, b = _plain(x), _plain(y)
    centres = a[rng.permutation(len(a))[:100]]
    n = min(len(a), len(b))
    near_a, near_b = cdist(a, centres, "sqeuclidean"), cdist(b, centres, "sqeuclidean")
    middle = float(np.median(near_a[near_a > 0]))
    best, value = math.inf, math.nan
    for width in middle * np.array([0.05, 0.15, 0.5, 1.5, 5.0]):
        at_a, at_b = np.exp(-near_a / (2 * width)), np.exp(-near_b / (2 * width))
        square, mean = at_b.T @ at_b / len(b), at_a.mean(0)
        for ridge in (0.001, 0.01, 0.1, 1.0, 10.0):
            loss, weights = _leave_one_out(square, mean, at_a[:n].T, at_b[:n].T, ridge, len(b))
            if loss < best:
                best, value = loss, float(np.log(np.maximum(at_a @ weights, 1e-3)).mean())
    return {"uLSIF": value}


def _leave_one_out(square, mean, at_a, at_b, ridge, m) -> tuple[float, FloatArray]:
    n = at_a.shape[1]
    inverse = np.linalg.inv(square + ridge * (m - 1) / m * np.eye(len(mean)))
    pulled = inverse @ at_b
    slack = m - np.einsum("ij,ij->j", at_b, pulled)
    first = (inverse @ mean)[:, None] + pulled * ((mean @ pulled) / slack)
    own = inverse @ at_a
    second = own + pulled * (np.einsum("ij,ij->j", at_a, pulled) / slack)
    left_out = np.maximum(0.0, (m - 1) / (m * (n - 1)) * (n * first - second))
    of_b, of_a = np.einsum("ij,ij->j", at_b, left_out), np.einsum("ij,ij->j", at_a, left_out)
    weights = np.maximum(0.0, np.linalg.solve(square + ridge * np.eye(len(mean)), mean))
    return float(np.mean(of_b**2) / 2 - np.mean(of_a)), weights


def mine(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    """Belghazi et al. 2018, the critic trained on half of the rows and stopped, and valued, where the other half is
    best."""
    import torch

    both = np.vstack([_plain(x), _plain(y)])
    scale = both.std(0)
    both = torch.tensor((both - both.mean(0)) / np.where(scale > 0, scale, 1.0), dtype=torch.float32)
    a, b = both[: x.rows], both[x.rows :]
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    sizes = [both.shape[1], 64, 64, 1]
    weights = [
        (torch.randn(i, o, generator=generator) * math.sqrt(2 / i) * (0.1 if o == 1 else 1)).requires_grad_()
        for i, o in itertools.pairwise(sizes)
    ]
    offsets = [torch.zeros(o, requires_grad=True) for o in sizes[1:]]

    def bound(p, q):
        scores = []
        for rows in (p, q):
            for i, (w, o) in enumerate(zip(weights, offsets, strict=True)):
                rows = rows @ w + o if i == 2 else torch.relu(rows @ w + o)
            scores.append(rows[:, 0])
        return scores[0].mean() - torch.logsumexp(scores[1], 0) + math.log(len(q))

    train = a[: len(a) // 2], b[: len(b) // 2]
    held = a[len(a) // 2 :], b[len(b) // 2 :]
    optimiser = torch.optim.Adam([*weights, *offsets], lr=1e-3)
    best, since = -math.inf, 0
    for _ in range(1000):
        optimiser.zero_grad()
        (-bound(*train)).backward()
        optimiser.step()
        with torch.no_grad():
            value = float(bound(*held))
        best, since = (value, 0) if value > best else (best, since + 1)
        if since > 60:
            break
    return {"MINE, held-out stop": best}


# Counts


def _cells(x: Sample, y: Sample):
    """Counts of the cells that either sample holds, and the cell of each row."""
    columns = np.vstack([x.codes, y.codes])
    if not columns.shape[1]:
        if x.dimension != 1:
            raise NotApplicable
        columns = np.vstack([x.numbers, y.numbers])
        if len(np.unique(columns)) > len(columns) / 2:
            raise NotApplicable
    _, cell = np.unique(columns, axis=0, return_inverse=True)
    cell = cell.ravel()
    size = cell.max() + 1
    of_x, of_y = cell[: x.rows], cell[x.rows :]
    return np.bincount(of_x, minlength=size), np.bincount(of_y, minlength=size), of_x, of_y


def _counts(x: Sample, y: Sample):
    if x.codes.shape[1] and x.dimension:
        raise NotApplicable
    return _cells(x, y)[:2]


def _plug_in(p: FloatArray, q: FloatArray) -> float:
    kept = p > 0
    with np.errstate(divide="ignore"):
        return float(p[kept] @ np.log(p[kept] / q[kept]))


def discrete_plug_in(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    p, q = _counts(x, y)
    return {"discrete plug-in": _plug_in(p / p.sum(), q / q.sum())}


def add_half(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    p, q = (counts + 0.5 for counts in _counts(x, y))
    return {"add-half": _plug_in(p / p.sum(), q / q.sum())}


def zhang_grabchak(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    """Zhang and Grabchak 2014, equation (5), its sums as digamma functions."""
    p, q = _counts(x, y)
    n, m = int(p.sum()), int(q.sum())
    kept = p > 0
    p, q = p[kept], q[kept]
    terms = digamma(m + 1) - digamma(q + 1) - digamma(n) + digamma(p)
    return {"Zhang-Grabchak": float(p @ terms / n)}


def augmented_plug_in(x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    """Bu, Zou, Liang and Veeravalli 2018, definition 2 with c = 1."""
    p, q = _counts(x, y)
    return {"augmented plug-in": _plug_in(p / p.sum(), (q + 1) / q.sum())}


PEERS: Mapping[str, Peer] = {
    "npeet": npeet,
    "kldest_nn": kldest_nn,
    "kldest_brnn": kldest_brnn,
    "kldest_strata": kldest_strata,
    "divergence_knn": divergence_knn,
    "kldest_kde": kldest_kde,
    "histogram": histogram,
    "gaussian": gaussian,
    "mixtures": mixtures,
    "logistic_linear": logistic_linear,
    "logistic_quadratic": logistic_quadratic,
    "boosting": boosting,
    "mine": mine,
    "ulsif": ulsif,
    "discrete_plug_in": discrete_plug_in,
    "add_half": add_half,
    "zhang_grabchak": zhang_grabchak,
    "augmented_plug_in": augmented_plug_in,
}


def answer(name: str, x: Sample, y: Sample, rng: np.random.Generator) -> Mapping[str, float]:
    """What a peer says of two samples; the warnings of its libraries are dropped, a failed fit is NaN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return PEERS[name](x, y, rng)
        except (np.linalg.LinAlgError, ValueError):
            return {name: math.nan}
