"""What `kb.estimate` does by itself: the choice, the interval, the typed outcomes, and what follows from the fit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

import kullback as kb
from kullback.infer import estimate_samples
from kullback.infer.overlap import outside
from kullback.infer.regime import regime, without_constants
from kullback.sample import Sample, sample_of


def _covers(found, truth):
    return found.low <= truth <= found.high and found.lower_limit <= truth


def test_a_line_of_numbers():
    rng = np.random.default_rng(0)
    found = kb.estimate(rng.normal(0, 1, 800), rng.normal(1, 1, 800), rng=0)
    assert _covers(found, 0.5) and found.outcome == "interval"
    assert found.high - found.low < 0.3  # the efficient interval is 0.23 wide
    assert any(name.startswith("by ") for name in found.diagnostics)
    for name in ("log m", "ties", "out of support", "effective rows of Q under the ratio", "change from n/2 to n"):
        assert math.isfinite(found.diagnostics[name])


@pytest.mark.parametrize(
    "divergence", [kb.kl.reverse, kb.js, kb.tv, kb.hellinger, kb.renyi(0.5), kb.jeffreys], ids=repr
)
def test_other_divergences_from_one_fit(divergence):
    rng = np.random.default_rng(1)
    p, q = kb.normal(0, 1), kb.normal(0.7, 1.3)
    found = kb.estimate(rng.normal(0, 1, 1000), rng.normal(0.7, 1.3, 1000), rng=0)
    other, truth = found.of(divergence), float(divergence(p, q))
    assert abs(other.value - truth) < 0.3 * truth
    # Neighbours smooth kinks: total variation is a little low.
    assert other.low <= truth <= 1.15 * other.high


def test_the_same_seed_gives_the_same_bits_on_any_call():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(300, 4)), rng.normal(0.3, 1, (300, 4))
    first, second = (kb.estimate(x, y, rng=7) for _ in range(2))
    assert (first.value, first.low, first.high, first.lower_limit) == (
        second.value,
        second.low,
        second.high,
        second.lower_limit,
    )


def test_nothing_to_find_is_said_to_be_near_nothing():
    rng = np.random.default_rng(3)
    found = kb.estimate(rng.normal(size=(600, 2)), rng.normal(size=(600, 2)), rng=0)
    assert found.value < 0.02 and found.low == 0.0 and 0.0 < found.high < 0.2


def test_infinite_where_q_ends():
    rng = np.random.default_rng(4)
    found = kb.estimate(rng.uniform(0, 1, 1000), rng.uniform(0, 0.8, 1000), rng=0)
    assert found.outcome == "infinite" and found.value == math.inf
    assert 0.0 < found.lower_limit < math.inf
    assert any(note.startswith("infinite: ") and "above 0.8" in note for note in found.notes)
    assert any(note.startswith("outside, for example: row ") for note in found.notes)
    js = found.of(kb.js)
    truth = 0.5 * (0.2 * math.log(2) - 0.8 * math.log(1.125)) + 0.5 * math.log(1.25 / 1.125)
    assert js.outcome == "interval" and abs(js.value - truth) < 0.02


def test_what_is_infinite_depends_on_the_direction():
    rng = np.random.default_rng(20)
    found = kb.estimate(rng.uniform(0, 1, 1000), rng.uniform(0, 0.8, 1000), rng=0)
    # All of Q lies where P has rows: KL(Q‖P) = ln 1.25.
    reverse = found.of(kb.kl.reverse)
    assert reverse.outcome != "infinite" and abs(reverse.value - math.log(1.25)) < 0.05
    assert found.of(kb.renyi(0.5)).outcome != "infinite" and found.of(kb.chi2).outcome == "infinite"
    assert found.of(kb.jeffreys).value == math.inf
    swapped = kb.estimate(rng.uniform(0, 0.8, 1000), rng.uniform(0, 1, 1000), of=kb.kl.reverse, rng=0)
    assert swapped.outcome == "infinite" and any("of Q lies where P has none" in note for note in swapped.notes)


def test_every_interval_that_can_be_asked_for_is_given():
    rng = np.random.default_rng(21)
    x, y = rng.normal(0, 1, 400), rng.normal(1, 1, 400)
    method = kb.estimators.shared_radius(k=5)
    ends = {}
    for interval in ("influence function", "hull", "subsampling"):
        found = kb.estimate(x, y, method=method, interval=interval, rng=0)
        assert found.outcome == "interval" and found.low <= found.value <= found.high
        ends[interval] = (found.low, found.high)
    assert len(set(ends.values())) >= 2
    assert kb.estimate(x, y, method=method, interval="lower limit", rng=0).outcome == "lower bound only"


def test_infinite_where_q_lacks_a_category_or_an_atom():
    rng = np.random.default_rng(5)
    x, y = rng.choice(["a", "b", "c"], 500, p=[0.5, 0.4, 0.1]), rng.choice(["a", "b"], 500)
    assert kb.estimate(list(x), list(y), rng=0).outcome == "infinite"
    zeros = np.where(rng.random(500) < 0.2, 0.0, rng.normal(3, 1, 500))
    assert kb.estimate(zeros, rng.normal(3, 1, 500), rng=0).outcome == "infinite"


@pytest.mark.parametrize("shift", [0.5, 4.0], ids=["near", "far"])
def test_normal_tails_are_no_end_of_the_support(shift):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        assert not outside(sample_of(rng.normal(0, 1, 1000)), sample_of(rng.normal(shift, 1, 1000))).where


def test_far_apart_is_a_lower_bound_alone():
    rng = np.random.default_rng(6)
    found = kb.estimate(rng.normal(0, 1, 200), rng.normal(20, 1, 200), rng=0)
    assert found.outcome == "lower bound only" and found.high == math.inf
    assert 0.0 < found.lower_limit <= 200.0


def test_few_rows_for_the_columns_are_a_lower_bound_alone():
    rng = np.random.default_rng(7)
    found = kb.estimate(rng.normal(0, 1, (60, 100)), rng.normal(0.1, 1, (60, 100)), rng=0)
    assert found.outcome == "lower bound only" and found.lower_limit <= 0.5


def test_a_sample_against_a_model_and_the_other_way_round():
    rng = np.random.default_rng(8)
    x = rng.normal(0.5, 1, 800)
    ours, foreign = kb.estimate(x, kb.normal(0, 1), rng=0), kb.estimate(x, scipy.stats.norm(0, 1), rng=0)
    assert _covers(ours, 0.125) and _covers(foreign, 0.125)
    assert any("drawn" in note for note in ours.notes)
    with pytest.raises(TypeError, match="the sample comes first"):
        kb.estimate(kb.normal(0, 1), x)


def test_two_distributions():
    exact = kb.estimate(kb.normal(0, 1), kb.normal(1, 2))
    assert exact.method == "exact" and exact.low == exact.value == exact.high == float(
        kb.kl(kb.normal(0, 1), kb.normal(1, 2))
    )
    p, q = (kb.distributions.multivariate_t(df, [0.0, 0.0, 0.0], np.eye(3)) for df in (3.0, 30.0))
    drawn = kb.estimate(p, q, rng=0)
    assert drawn.method == "Monte Carlo" and any(note.startswith("no exact value") for note in drawn.notes)
    # By radial quadrature to 30 digits (tests/estimators/test_monte_carlo.py has it for these degrees of freedom).
    assert drawn.high - drawn.low < 0.05


def test_counts_are_samples():
    found = kb.estimate(kb.counts([500, 300, 200]), kb.counts([300, 400, 300]), rng=0)
    assert _covers(found, float(kb.kl([0.5, 0.3, 0.2], [0.3, 0.4, 0.3])))


def test_numbers_beside_categories():
    rng = np.random.default_rng(9)
    kinds = [rng.choice(2, 600, p=p) for p in ([0.5, 0.5], [0.2, 0.8])]
    x, y = ({"kind": kind.astype(str), "size": rng.normal(kind, 1.0)} for kind in kinds)
    truth = float(kb.kl([0.5, 0.5], [0.2, 0.8]))
    found = kb.estimate(x, y, rng=0)
    assert _covers(found, truth) and abs(found.value - truth) < 0.12


def test_groups_widen_the_interval():
    rng = np.random.default_rng(10)
    groups = np.repeat(np.arange(40), 20)
    x = rng.normal(0, 1, 800) + rng.normal(0, 1, 40)[groups]
    y = rng.normal(1, 1, 800) + rng.normal(0, 1, 40)[groups]
    alone = kb.estimate(x, y, rng=0)
    together = kb.estimate(x, y, groups=(groups, groups), rng=0)
    assert together.high - together.low > 1.3 * (alone.high - alone.low)


def test_weights_are_rows_that_count_more_often():
    rng = np.random.default_rng(11)
    x = rng.normal(0, 1, 1500)
    y = rng.normal(0, 1, 1500)
    tilt = np.exp(0.5 * y - 0.125)  # y weighted so is from a normal with mean ½
    found = kb.estimate(x, y, weights=(None, tilt), rng=0)
    assert _covers(found, 0.125)


def test_contributions_sum_to_the_value_and_name_the_column():
    rng = np.random.default_rng(12)
    x = {"same": rng.normal(size=500), "moved": rng.normal(0, 1, 500), "too": rng.normal(size=500)}
    y = {"same": rng.normal(size=500), "moved": rng.normal(1, 1, 500), "too": rng.normal(size=500)}
    found = kb.estimate(x, y, rng=0)
    shares = dict(found.contributions)
    assert sum(shares.values()) == pytest.approx(found.value, rel=1e-9)
    assert shares["moved"] > 0.8 * found.value


def test_the_learning_curve_ends_at_the_answer():
    rng = np.random.default_rng(13)
    found = kb.estimate(rng.normal(0, 1, 400), rng.normal(1, 1, 400), rng=0)
    curve = found.fit.learning_curve
    assert [rows for rows, *_ in curve] == [50, 100, 200, 400]
    assert curve[-1][1:] == (found.value, found.low, found.high)


def test_columns_of_one_value_are_left_out_and_it_is_said():
    x, y = sample_of(np.c_[np.arange(50.0), np.ones(50)]), sample_of(np.c_[np.arange(50.0) + 3, np.ones(50)])
    kept, _, dropped = without_constants(x, y)
    assert kept.dimension == 1 and dropped == ("column 2",)
    found = estimate_samples(x, y, rng=0)
    assert any("left out" in note for note in found.notes)


def test_regimes():
    rng = np.random.default_rng(14)
    normal = rng.normal(size=(400, 1))
    for numbers, kind in [
        (normal, "line"),
        (np.round(normal, 0), "counts"),
        (np.where(normal > 0, normal, 0.0), "atoms"),
        (rng.normal(size=(400, 3)), "low"),
        (rng.normal(size=(400, 4)), "high"),
    ]:
        assert regime(sample_of(numbers[:200]), sample_of(numbers[200:])).kind == kind
    mixed = Sample(normal, rng.integers(0, 3, (400, 1)), (3,), ("a", "b"))
    assert regime(mixed, mixed).kind == "mixed"
    assert regime(replace(mixed, numbers=normal[:, :0]), replace(mixed, numbers=normal[:, :0])).kind == "counts"


# --- what peers get wrong ------------------------------------------------------------------------------------------


def test_ties_are_no_infinity():
    rng = np.random.default_rng(15)
    x, y = np.round(rng.normal(0, 1, 1000), 1), np.round(rng.normal(0.5, 1, 1000), 1)
    assert _covers(kb.estimate(x, y, rng=0), 0.1247)  # of the rounded laws: 0.1247, exact sum


def test_cells_with_one_row():
    rng = np.random.default_rng(16)
    cells = rng.integers(0, 300, (2, 600))
    x, y = ({"cell": [f"c{c}" for c in cell], "size": rng.normal(size=600)} for cell in cells)
    found = kb.estimate(x, y, rng=0)
    assert math.isfinite(found.value) and found.value < 0.2 and found.lower_limit == 0.0


def test_unseen_symbols_of_a_large_alphabet_are_not_dropped_and_not_infinite():
    rng = np.random.default_rng(17)
    p = 1.0 / np.arange(1, 2001)
    p /= p.sum()
    x, y = (rng.choice(2000, 1000, p=p) for _ in range(2))
    found = kb.estimate([f"w{i}" for i in x], [f"w{i}" for i in y], rng=0)
    assert 0.0 <= found.value < 0.1 and found.lower_limit == 0.0


def test_disjoint_supports():
    rng = np.random.default_rng(18)
    found = kb.estimate(rng.uniform(0, 1, 500), rng.uniform(2, 3, 500), rng=0)
    assert found.outcome in ("infinite", "lower bound only") and found.high == math.inf
    assert found.lower_limit > 2.0


def test_a_surface_in_ten_dimensions():
    rng = np.random.default_rng(19)

    def surface(rows, shift):
        flat = rng.normal(shift, 1.0, (rows, 2))
        more = [np.sin(flat[:, :1] * k) + flat[:, 1:] * k for k in range(1, 9)]
        return np.column_stack((flat, *more))

    found = kb.estimate(surface(800, 0.0), surface(800, 0.5), rng=0)
    assert abs(found.value - 0.25) < 0.15 and found.lower_limit <= 0.25  # fixed-k neighbours say 1.6 to 2.1 too much
