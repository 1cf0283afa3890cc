"""The monitor: its bets by enumeration, how often it alarms without a change, how soon with one, and what it keeps."""

import itertools
import json
import math
import pickle

import numpy as np
import pytest
from scipy.stats import binom

import kullback as kb
from kullback.infer.monitor import Monitor, monitor
from kullback.sample import Sample, sample_of
from kullback.testing import bets
from kullback.testing.monitor import stream_monitor
from kullback.testing.saved_monitor import load_monitor, save_monitor
from tests.close import assert_close


@pytest.mark.parametrize("mean", [0.05, 0.3, 0.5, 0.77])
def test_a_bet_is_fair_by_enumeration(mean):
    # Values 0 and 1: the expectation over all numbers of ones, with their exact probabilities.
    rows = 9
    gains = [bets.log_gains(np.repeat([1.0, 0.0], [k, rows - k]), np.array([mean]))[0] for k in range(rows + 1)]
    chances = binom.pmf(np.arange(rows + 1), rows, mean)
    assert_close(chances @ np.exp(gains), np.ones(len(bets.FRACTIONS)), 1e-12)


@pytest.mark.parametrize("mean", [0.05, 0.3, 0.5, 0.77])
def test_the_two_sample_e_value_has_an_expectation_of_at_most_1_by_enumeration(mean):
    of_reference, of_stream = 14, 10
    chances = [binom.pmf(np.arange(n + 1), n, mean) for n in (of_reference, of_stream)]
    total, reference_alone = 0.0, 0.0
    for k in range(of_reference + 1):
        values = np.repeat([1.0, 0.0], [k, of_reference - k])
        cuts = bets.cells(values)
        evidence = bets.reference_evidence(values, cuts)
        reference_alone += chances[0][k] * math.exp(evidence[np.searchsorted(cuts, mean)])
        for j in range(of_stream + 1):
            gains = bets.log_gains(np.repeat([1.0, 0.0], [j, of_stream - j]), np.append(cuts, 1.0))
            wealth = math.exp(float((bets.log_mean(gains) + evidence).min()))
            total += chances[0][k] * chances[1][j] * wealth
    assert total <= 1.0
    # Cells only take away, and not everything.
    assert 0.5 < reference_alone <= 1.0 + 1e-12
    assert total > 0.05


@pytest.mark.parametrize("mean", [0.1, 0.5, 0.8])
def test_the_lower_limit_is_ever_above_with_at_most_its_probability_by_enumeration(mean):
    level, rows = 0.2, 9
    goal = np.array([-math.log(level)])
    above = 0.0
    for ones in itertools.product([0.0, 1.0], repeat=rows):
        total = squares = 0.0
        for i, value in enumerate(ones):
            squares += (value - (total + 0.5) / (i + 1.0)) ** 2
            total += value
            if bets.lowest_means(i + 1, total, squares, goal)[0] > mean:
                above += mean ** sum(ones) * (1 - mean) ** (rows - sum(ones))
                break
    assert above <= level


def test_the_lower_limit_comes_close():
    # 10,000 values of deviation 0.1 about 0.6: within a few standard errors, 0.001 each.
    values = np.random.default_rng(0).normal(0.6, 0.1, 10_000).clip(0, 1)
    squares = np.square(values - values.mean()).sum()
    limit = bets.lowest_means(len(values), values.sum(), squares, np.array([math.log(100)]))[0]
    assert values.mean() - 0.005 < limit < values.mean() - 0.002


def watched(reference, batches, alpha=0.01, seed=0):
    watch = stream_monitor(sample_of(reference), alpha=alpha, rng=np.random.default_rng(seed))
    states = [watch.update(sample_of(batch)) for batch in batches]
    return watch, states


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_said():
    # 500 streams without a change, looked at after every 20 rows.
    alpha, streams = 0.2, 500
    largest, limits = [], 0
    for seed in range(streams):
        rng = np.random.default_rng((31, seed))
        rows = rng.standard_t(4, (60 + 120, 1))
        _, states = watched(rows[:60], np.split(rows[60:], 6), alpha, seed)
        largest.append(max(state.e_value for state in states))
        limits += max(state.lower_limit for state in states) > 0.0
    for level in (alpha, 0.5):
        share = np.mean(np.array(largest) >= 1.0 / level)
        assert share <= level + 3 * math.sqrt(level * (1 - level) / streams)
    # Without a change the divergence is 0, and every limit above it is wrong.
    assert limits / streams <= alpha + 3 * math.sqrt(alpha * (1 - alpha) / streams)
    # The bets are not without stakes.
    assert max(largest) > 0.5


def test_a_change_is_found_soon_and_its_size_bounded():
    soon, bounded = 0, 0
    truth = float(kb.js(kb.normal(0.0, 1.0), kb.normal(1.0, 1.0)))
    for seed in range(4):
        rng = np.random.default_rng((32, seed))
        _, states = watched(rng.normal(size=(2000, 1)), [rng.normal(1.0, 1.0, (100, 1)) for _ in range(8)], seed=seed)
        assert states[-1].alarm
        soon += states[-1].first_alarm <= 200
        assert all(state.lower_limit <= truth for state in states)
        bounded += states[-1].lower_limit > 0.1 * truth
    assert soon == 4
    assert bounded >= 3


@pytest.mark.parametrize("kind", ["scale", "correlation"])
def test_a_late_change_of_any_kind_is_found(kind):
    rng = np.random.default_rng(33)
    watch, states = watched(rng.normal(size=(1500, 2)), [rng.normal(size=(500, 2)) for _ in range(4)])
    assert not states[-1].alarm
    for _ in range(20):
        rows = rng.normal(size=(100, 2))
        rows = 1.6 * rows if kind == "scale" else rows @ np.array([[1.0, 0.8], [0.0, 0.6]])
        state = watch.update(sample_of(rows))
    assert state.alarm
    assert 2000 < state.first_alarm <= 3200


def test_how_rows_come_in_batches_makes_no_difference():
    rng = np.random.default_rng(34)
    reference, rows = rng.normal(size=(200, 2)), rng.normal(0.3, 1, (300, 2))
    _, at_once = watched(reference, [rows])
    _, singly = watched(reference, np.split(rows, 300))
    _, unevenly = watched(reference, np.split(rows, [1, 50, 51, 233]))
    for states in (singly, unevenly):
        assert_close(states[-1].e_value, at_once[-1].e_value, 1e-9)
        assert_close(states[-1].lower_limit, at_once[-1].lower_limit, 1e-9, 1e-12)
        assert states[-1].rows == 300


def test_an_alarm_stays():
    rng = np.random.default_rng(35)
    batches = [rng.normal(1.5, 1, (100, 1)) for _ in range(3)] + [rng.normal(size=(500, 1)) for _ in range(3)]
    _, states = watched(rng.normal(size=(500, 1)), batches)
    assert states[0].alarm
    assert states[-1].alarm
    assert states[-1].first_alarm == states[0].first_alarm


def test_a_saved_monitor_goes_on_to_the_same_bits():
    rng = np.random.default_rng(36)
    reference = Sample(rng.normal(size=(80, 2)), rng.integers(0, 3, (80, 1)), (3,), ("a", "b", "c"))
    watch = stream_monitor(reference, rng=np.random.default_rng(0))
    batches = [Sample(rng.normal(size=(45, 2)), rng.integers(0, 3, (45, 1)), (3,), ("a", "b", "c")) for _ in range(4)]
    for batch in batches[:2]:
        watch.update(batch)
    saved, pickled = load_monitor(save_monitor(watch)), pickle.loads(pickle.dumps(watch))
    for batch in batches[2:]:
        state = watch.update(batch)
        assert saved.update(batch) == state
        assert pickled.update(batch) == state
    assert save_monitor(saved) == save_monitor(watch)
    for text in ("{}", "nothing", json.dumps({"format": "kullback monitor 1", "monitor": {"kind": "Other"}})):
        with pytest.raises(ValueError, match=r"not JSON|not a saved monitor|holds 'Other'"):
            load_monitor(text)


def test_the_same_seed_gives_the_same_bits():
    rng = np.random.default_rng(37)
    reference, batches = rng.normal(size=(100, 1)), [rng.normal(size=(50, 1)) for _ in range(3)]
    assert watched(reference, batches)[1] == watched(reference, batches)[1]
    assert watched(reference, batches, seed=1)[1] != watched(reference, batches)[1]


def test_nothing_breaks_where_nothing_varies():
    watch, states = watched(np.ones((60, 2)), [np.ones((100, 2))])
    assert (states[0].alarm, states[0].lower_limit) == (False, 0.0)
    state = watch.update(sample_of(np.full((300, 2), 2.0)))
    assert state.alarm
    assert math.isfinite(state.e_value)


def table(rng, rows, shares=(0.5, 0.3, 0.2)):
    return {
        "town": rng.choice(["a", "b", "c"], rows, p=shares),
        "age": rng.normal(40, 10, rows),
        "seen": np.datetime64("2024-01-01") + rng.integers(0, 100, rows).astype("timedelta64[D]"),
        "new": rng.random(rows) < 0.5,
    }


def test_the_verb_reads_tables_in_any_order_of_columns():
    rng = np.random.default_rng(38)
    watch = monitor(table(rng, 600), rng=0)
    assert watch.update(table(rng, 150)).rows == 150
    turned = dict(reversed(table(rng, 1).items()))
    assert watch.update(turned).rows == 151
    assert not watch.state.alarm
    again = Monitor.from_json(watch.to_json())
    for _ in range(4):
        batch = table(rng, 100) | {"town": rng.choice(["a", "b", "never seen"], 100)}
        state = watch.update(batch)
        assert again.update(batch) == state
    assert state.alarm
    assert state.rows == 551
    assert "alarm since row" in repr(watch)


def test_bad_input_leaves_the_monitor_as_it_was():
    rng = np.random.default_rng(39)
    watch = monitor(table(rng, 100), rng=0)
    watch.update(table(rng, 50))
    before = watch.to_json()
    good = table(rng, 5)
    for batch, error, what in (
        ({name: good[name] for name in ("town", "age", "new")}, ValueError, "no column 'seen'"),
        (good | {"more": good["age"]}, ValueError, "the batch has a column 'more', and the reference has none"),
        (good | {"age": np.array([1.0, np.nan, 2.0, 3.0, 4.0])}, ValueError, "NaN at row 1"),
        (good | {"age": np.array(list("uvwxy"))}, TypeError, "has text, and the reference has numbers"),
        (rng.normal(size=(5, 4)), TypeError, "named columns"),
    ):
        with pytest.raises(error, match=what):
            watch.update(batch)
    assert watch.to_json() == before
    plain = monitor(rng.normal(size=(50, 2)))
    with pytest.raises(ValueError, match="the batch has 3 columns, and the reference has 2"):
        plain.update(rng.normal(size=(5, 3)))


def test_what_a_monitor_refuses():
    rows = np.random.default_rng(0).normal(size=(50, 1))
    with pytest.raises(ValueError, match="a row that counts for several is not so many bets"):
        monitor(rows, weights=np.ones(50))
    with pytest.raises(ValueError, match="independent: take one row, or the mean, of each group"):
        monitor(rows, groups=np.arange(50) % 5)
    with pytest.raises(ValueError, match="has 39 rows; a monitor needs at least 40"):
        monitor(rows[:39])
    with pytest.raises(ValueError, match="alpha is 0"):
        monitor(rows, alpha=0.0)
    weighted = Sample(rows, np.empty((50, 0), np.int64), (), ("a",), np.ones(50))
    with pytest.raises(ValueError, match="the reference has weights"):
        stream_monitor(weighted, rng=np.random.default_rng(0))


def test_numbers_of_any_size_are_watched():
    rng = np.random.default_rng(40)
    rows = rng.normal(size=(100, 2))
    far = rows.copy()
    far[0] = [1e308, -1e308]
    for reference, batch in ((far, rows), (rows, far), (rows * 1e-310, rows)):
        _, states = watched(reference, [batch, batch])
        assert math.isfinite(states[-1].e_value)
        assert states[-1].rows == 200
