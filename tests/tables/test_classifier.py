"""The classifier's bound against truths by quadrature and enumeration."""

import importlib.util
import math

import numpy as np
import pytest

from kullback.engines.source import Values
from kullback.tables.classifier import classifier_bound
from tests.close import assert_close

pytest.importorskip("sklearn")
LN2 = math.log(2)


def table(matrix):
    return {f"c{i}": Values(np.ascontiguousarray(x), None, np.isnan(x)) for i, x in enumerate(matrix.T)}


def strings(values):
    return Values(None, list(values), np.array([value is None for value in values]))


def bound(reference, current, *, level=0.95, rng=0, **options):
    kinds = {name: "numeric" if values.numbers is not None else "categorical" for name, values in reference.items()}
    return classifier_bound(reference, current, kinds, level=level, rng=rng, **options)


def normals(rng, rows, columns, correlation):
    x = rng.normal(size=(rows, columns))
    x[:, 3] = correlation * x[:, 1] + math.sqrt(1 - correlation**2) * x[:, 3]
    return x


def js_of_correlations(correlation):
    """JS of two pairs of standard normals with opposite correlation, by quadrature.

    In u = (x + y)/√2, v = (x − y)/√2 the variances are 1 ± r and swapped, and JS = ln 2 − E_P ln(1 + q/p). The
    trapezoidal rule is exact to 1e-13 here: halving the step changes nothing.
    """
    nodes = np.arange(-100, 101) / 10
    weights = np.exp(-0.5 * nodes**2) / math.sqrt(2 * math.pi) / 10
    u, v = np.sqrt(1 + correlation) * nodes[:, None], np.sqrt(1 - correlation) * nodes[None, :]
    log_ratio = 0.5 * (u**2 - v**2) * (1 / (1 + correlation) - 1 / (1 - correlation))
    return LN2 - float(weights @ np.logaddexp(0, log_ratio) @ weights)


@pytest.fixture(scope="module")
def turned():
    rng = np.random.default_rng(3)
    return table(normals(rng, 10_000, 8, 0.8)), table(normals(rng, 10_000, 8, -0.8))


def test_finds_dependence_that_no_column_shows(turned):
    truth = js_of_correlations(0.8)
    assert_close(truth, 0.3134454295776, relative=1e-12)
    done = []
    found, shares, notes = bound(*turned, progress=done.append)
    assert 0.2 < found.low < found.value < truth
    assert found.high == LN2
    assert (found.divergence, found.direction, found.unit, found.sizes) == ("JS", "P‖Q", "nats", (10_000, 10_000))
    assert_close(sum(shares.values()), found.value, relative=1e-12)
    assert list(shares) == list(turned[0])
    for name, share in shares.items():
        if name in ("c1", "c3"):
            assert_close(share, found.value / 2, relative=0.25)
        else:
            assert abs(share) < 0.02
    assert "8 orders" in " ".join(notes)
    assert done == sorted(done)
    assert done[-1] == 1


def test_same_seed_same_bits(turned):
    few = [{c: Values(side[c].numbers[:600], None, side[c].nulls[:600]) for c in ("c1", "c3")} for side in turned]
    first = bound(*few, rng=7)
    assert first == bound(*few, rng=7) == bound(*few, rng=np.random.default_rng(7))
    assert first[0] != bound(*few, rng=8)[0]


def test_no_drift_has_no_bound():
    rng = np.random.default_rng(0)
    found, shares, _ = bound(table(rng.normal(size=(20_000, 6))), table(rng.normal(size=(20_000, 6))))
    assert found.low == 0
    assert found.value < 1e-3
    assert_close(sum(shares.values()), found.value, relative=1e-12, absolute=1e-15)


def test_false_alarms_are_as_rare_as_promised():
    alarms = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        sides = table(rng.normal(size=(500, 2))), table(rng.normal(size=(300, 2)))
        alarms += bound(*sides, level=0.9, rng=seed)[0].low > 0
    assert alarms <= 25 * 0.1 + 3 * math.sqrt(25 * 0.1 * 0.9)


def test_a_known_binary_drift_is_bounded_from_below():
    p, q = 0.5, 0.65
    m = (p + q) / 2
    truth = sum(0.5 * a * math.log(a / b) for r in (p, q) for a, b in ((r, m), (1 - r, 1 - m)))
    over = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        sides = ({"flag": strings(np.where(rng.random(n) < r, "yes", "no"))} for n, r in ((900, p), (600, q)))
        over += bound(*sides, level=0.9, rng=seed)[0].low > truth
    assert over <= 12 * 0.1 + 3 * math.sqrt(12 * 0.1 * 0.9)


def test_separate_sides_come_near_the_ceiling_and_stay_below():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(3_000, 3)), rng.normal(size=(3_000, 3))
    y[:, 0] += 20
    found, shares, _ = bound(table(x), table(y))
    assert 0.66 < found.low < found.value <= LN2
    assert shares["c0"] > 0.99 * found.value


def test_one_confident_mistake_does_not_destroy_the_bound():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(3_000, 1)), rng.normal(size=(3_000, 1)) + 20
    x[0], y[0] = 20, 0
    assert bound(table(x), table(y))[0].low > 0.64


def test_nulls_infinities_and_many_categories():
    rng = np.random.default_rng(4)
    sides = []
    for side in (0, 1):
        x = rng.normal(size=2_000)
        x[: 300 + 500 * side] = math.nan
        x[-3:] = math.inf, -math.inf, 1e308
        names = [f"v{i}" for i in rng.integers(0, 900, 2_000)]
        names[0] = None
        sides.append(
            {
                "x": Values(x, None, np.isnan(x)),
                "s": strings(names),
                "empty": Values(np.full(2_000, math.nan), None, np.ones(2_000, bool)),
                "one": strings(["a"] * 2_000),
            }
        )
    found, shares, _ = bound(*sides)
    # Only the share of nulls differs: .15 against .4.
    m = 0.275
    truth = sum(0.5 * a * math.log(a / b) for r in (0.15, 0.4) for a, b in ((r, m), (1 - r, 1 - m)))
    assert 0.4 * truth < found.low < truth
    assert shares["x"] > 0.8 * found.value
    assert shares["empty"] == shares["one"] == 0


def test_a_constant_table():
    side = {"c": strings(["a"] * 200)}
    found, shares, _ = bound(side, side)
    assert (found.value, found.low, shares) == (0, 0, {"c": 0})


def test_too_few_rows_are_said():
    rng = np.random.default_rng(0)
    found, shares, notes = bound(table(rng.normal(size=(20, 2))), table(rng.normal(size=(500, 2))))
    assert found.low == found.value == 0
    assert shares == {"c0": 0, "c1": 0}
    assert "too few rows" in notes[0]


def test_errors():
    one = {"a": strings(["x"] * 100)}
    with pytest.raises(ValueError, match="share no column"):
        bound(one, {"b": strings(["x"] * 100)})
    with pytest.raises(ValueError, match="different numbers of sampled rows"):
        bound({**one, "b": strings(["x"] * 99)}, {**one, "b": strings(["x"] * 99)})
    with pytest.raises(ValueError, match="as strings on the other"):
        bound(one, {"a": Values(np.zeros(100), None, np.zeros(100, bool))})


def test_without_the_library_it_says_what_to_install(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "sklearn" else find(name))
    with pytest.raises(ImportError, match=r'needs sklearn: pip install "kullback\[estimation\]"'):
        bound({"a": strings(["x"])}, {"a": strings(["y"])})
