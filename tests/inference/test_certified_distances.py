"""The bounds of binned distances hold the distance between the data, whatever data and edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kullback.distances import kolmogorov_smirnov, wasserstein

values = st.one_of(st.integers(-5, 5).map(float), st.floats(-10, 10, allow_subnormal=False))
data = st.lists(values, min_size=1, max_size=12)
edges = st.lists(values, min_size=1, max_size=6, unique=True).map(sorted)


def exact(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    points = np.unique(np.concatenate([x, y]))
    f = np.searchsorted(np.sort(x), points, side="right") / len(x)
    g = np.searchsorted(np.sort(y), points, side="right") / len(y)
    return float(np.abs(f - g).max()), float(np.abs(f - g)[:-1] @ np.diff(points))


def counted(x: np.ndarray, cut: np.ndarray) -> np.ndarray:
    return np.bincount(np.searchsorted(cut, x, side="left"), minlength=len(cut) + 1)


@given(data, data, edges)
def test_bounds_hold_the_distance_of_the_data(first, second, cut):
    x, y, cut = np.array(first), np.array(second), np.array(cut)
    p, q = counted(x, cut), counted(y, cut)
    # A cell holds one value if all its rows on both sides lie at its upper edge.
    both = np.concatenate([x, y])
    cells = np.searchsorted(cut, both, side="left")
    upper = np.append(cut, np.nan)
    atoms = np.array([bool(np.all(both[cells == i] == upper[i])) for i in range(len(cut) + 1)])
    ks, w1 = exact(x, y)
    ranges = {"p_range": (x.min(), x.max()), "q_range": (y.min(), y.max())}
    for single in (None, atoms):
        found = kolmogorov_smirnov(p, q, atoms=single)
        assert found.low - 1e-12 <= ks <= found.high + 1e-12
        assert found.low <= found.value <= found.high
        found = wasserstein(p, q, cut, **ranges, atoms=single)
        assert found.low - 1e-9 <= w1 <= found.high + 1e-9
        assert found.low <= found.value <= found.high


@given(data, data)
def test_cells_of_single_values_are_exact(first, second):
    x, y = np.array(first), np.array(second)
    cut = np.unique(np.concatenate([x, y]))
    p, q = counted(x, cut), counted(y, cut)
    atoms = np.ones(len(cut) + 1, bool)
    ks, w1 = exact(x, y)
    found = kolmogorov_smirnov(p, q, atoms=atoms)
    assert found.low == pytest.approx(ks, abs=1e-12) and found.high == pytest.approx(ks, abs=1e-12)
    found = wasserstein(p, q, cut, p_range=(x.min(), x.max()), q_range=(y.min(), y.max()), atoms=atoms)
    assert found.low == pytest.approx(w1, abs=1e-9) and found.high == pytest.approx(w1, abs=1e-9)


def test_bounds_narrow_with_the_cells():
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, 4000), rng.normal(0.3, 1.2, 5000)
    ks, w1 = exact(x, y)
    before = np.inf
    for cells in (10, 100, 1000):
        cut = np.unique(np.quantile(x, np.arange(1, cells) / cells))
        p, q = counted(x, cut), counted(y, cut)
        found = wasserstein(p, q, cut, p_range=(x.min(), x.max()), q_range=(y.min(), y.max()))
        assert found.low <= w1 <= found.high
        assert cells == 10 or abs(found.value - w1) < 0.1 * w1
        assert found.high - found.low < 0.5 * before
        before = found.high - found.low
        bounds = kolmogorov_smirnov(p, q)
        assert bounds.low <= ks <= bounds.high <= bounds.low + 4.0 / cells


def test_wasserstein_says_what_is_wrong():
    ranges = {"p_range": (0.0, 1.0), "q_range": (0.0, 1.0)}
    with pytest.raises(ValueError, match="2 edges make 3 cells"):
        wasserstein([1, 1], [1, 1], [0.0, 1.0], **ranges)
    with pytest.raises(ValueError, match="edges must increase"):
        wasserstein([1, 1, 1], [1, 1, 1], [1.0, 0.0], **ranges)
    with pytest.raises(ValueError, match="Q ranges from nan"):
        wasserstein([1, 1], [1, 1], [0.0], p_range=(0.0, 1.0), q_range=(np.nan, 1.0))
