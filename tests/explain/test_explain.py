"""Explanations: every number is what mpmath says it is, and what cannot be explained is said in one sentence."""

import json
import math
import time

import numpy as np
import pytest
from mpmath import mp

import kullback as kb
from kullback.explain import Explanation
from tests.close import assert_close
from tests.truth.exact import masses

NAMES = ["rain", "sun", "snow", "hail"]
PAIRS = {
    "article": ([0.1, 0.2, 0.3, 0.4], [0.2, 0.2, 0.3, 0.3]),
    "far": ([0.7, 0.1, 0.15, 0.05], [0.001, 0.499, 0.3, 0.2]),
    "near": ([0.1, 0.2, 0.3, 0.4], [0.1 + 1e-9, 0.2 - 1e-9, 0.3, 0.4]),
    "counts": (kb.counts([3, 0, 12, 7]), kb.counts([100, 1, 55, 91], add=0.5)),
    "logits": (kb.logits([0.3, -2.0, 5.0, 1.0]), kb.logits([0.0, 0.0, -3.0, 2.0])),
    "huge logits": (kb.logits([0.0, 0.0, -900.0, -1.0]), kb.logits([0.0, -800.0, -5.0, -2.0])),
    "vanished": ([0.5, 0.3, 0.2, 0.0], [0.6, 0.4, 0.0, 0.0]),
    "appeared": (kb.counts([0, 0, 2, 3]), kb.counts([1, 4, 2, 3])),
    "both": ([0.5, 0.3, 0.2, 0.0], [0.6, 0.0, 0.0, 0.4]),
    "disjoint": ([0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.9, 0.1]),
    "log_probs": (kb.log_probs(np.log([0.25, 0.25, 0.5])), [0.5, 0.25, 0.25]),
}
FINITE = [name for name in PAIRS if name not in ("vanished", "both", "disjoint")]


def logarithm(x):
    return mp.log(x) if x > 0 else -mp.inf


def chernoff(p, q):
    """The Chernoff information in mpmath: the root of the derivative, or an end."""
    both = [(a, b) for a, b in zip(p, q, strict=True) if a > 0 and b > 0]
    if not both:
        return mp.inf

    def value(order):
        return -mp.log(mp.fsum(a**order * b ** (1 - order) for a, b in both))

    def slope(order):
        return mp.fsum(a**order * b ** (1 - order) * mp.log(b / a) for a, b in both)

    if slope(mp.mpf(0)) <= 0:
        return value(mp.mpf(0))
    if slope(mp.mpf(1)) >= 0:
        return value(mp.mpf(1))
    low, high = mp.mpf(0), mp.mpf(1)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return value(low)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("base", [None, 2])
def test_every_number_is_true(name, base):
    p, q = PAIRS[name]
    found = kb.explain(p, q, base=base, top=None)
    with mp.workdps(60):
        first, second = masses(p), masses(q)
        nat = mp.log(2) if base == 2 else mp.mpf(1)
        kl = kb.kl.textbook(first, second, mp)
        entropy_p = -mp.fsum(a * mp.log(a) for a in first if a > 0)
        entropy_q = -mp.fsum(b * mp.log(b) for b in second if b > 0)
        crossed = (
            mp.inf if mp.isinf(kl) else -mp.fsum(a * mp.log(b) for a, b in zip(first, second, strict=True) if a > 0)
        )
        assert_close(found.value, float(kl / nat))
        assert_close(found.entropy_p, float(entropy_p / nat), absolute=1e-300)
        assert_close(found.entropy_q, float(entropy_q / nat), absolute=1e-300)
        assert_close(found.cross_entropy, float(crossed / nat))
        assert_close([found.effective_p, found.effective_q], [float(mp.exp(entropy_p)), float(mp.exp(entropy_q))])
        for reading in found.readings:
            measure = {repr(m): m for m in (*kb.divergences.catalogue, kb.renyi(2), kb.renyi(math.inf))}[reading.name]
            unit = nat if measure.unit else 1
            assert_close(reading.value, float(measure.textbook(first, second, mp) / unit))
            assert reading.unit == ("" if not measure.unit else "bits" if base else "nats")
            assert reading.low * (1 - 1e-9) <= reading.value <= reading.high * (1 + 1e-9)
        for one in found.contributions:
            a, b = first[int(one.label)], second[int(one.label)]
            assert_close([one.p, one.q], [float(a), float(b)], absolute=1e-323)
            truth = b - a + (a * mp.log(a / b) if a > 0 and b > 0 else mp.inf if a > 0 else 0)
            assert_close(one.value, float(truth / nat), absolute=1e-30)
            assert_close(one.log_ratio, float((logarithm(a) - logarithm(b)) / nat), absolute=1e-16)
        assert_close(found.telling.chernoff, float(chernoff(first, second)), relative=1e-12)
        affinity = mp.fsum(mp.sqrt(a * b) for a, b in zip(first, second, strict=True))
        assert_close(found.telling.affinity, float(affinity))
        variation = mp.fsum(abs(a - b) for a, b in zip(first, second, strict=True)) / 2
        assert_close(found.telling.one, float((1 + variation) / 2))


@pytest.mark.parametrize("name", FINITE)
@pytest.mark.parametrize("top", [1, 2, 3, None])
def test_contributions_sum_to_the_value(name, top):
    p, q = PAIRS[name]
    found = kb.explain(p, q, top=top)
    assert_close(sum(row["contribution"] for row in found.rows()), found.value)
    assert_close(sum(row["share"] for row in found.rows()), 1.0)
    assert_close([sum(row["p"] for row in found.rows()), sum(row["q"] for row in found.rows())], [1.0, 1.0])
    listed = [one.value for one in found.contributions]
    assert listed == sorted(listed, reverse=True) and min(listed) >= 0.0
    positive = sum(a > 0 or b > 0 for a, b in zip(masses(p), masses(q), strict=True))
    assert len(listed) == min(top or positive, positive)
    assert found.others is None if len(listed) == positive else found.others.count == positive - len(listed)


def test_directions_and_labels():
    found = kb.explain([0.1, 0.2, 0.3, 0.4], [0.2, 0.2, 0.3, 0.3], NAMES, top=2)
    assert [(one.label, one.direction) for one in found.contributions] == [("rain", "over"), ("hail", "under")]
    assert found.others is not None and found.others.label == "2 other outcomes"
    assert found.others.count == 2 and found.others.direction == "" and math.isnan(found.others.log_ratio)
    assert [one.direction for one in kb.explain([0.5, 0.5], [0.5, 0.5]).contributions] == ["equal", "equal"]
    # What sums to 1 only up to rounding is divided by its sum, which is no difference between P and Q.
    rounded = {
        one.label: one.direction for one in kb.explain([0.1, 0.2, 0.3, 0.4], [0.2, 0.2, 0.3, 0.3], NAMES).contributions
    }
    assert rounded["sun"] == rounded["snow"] == "equal"


def test_what_makes_it_infinite():
    found = kb.explain([0.5, 0.3, 0.2, 0.0], [0.6, 0.0, 0.0, 0.4], NAMES)
    assert found.value == math.inf and found[kb.kl.reverse].value == math.inf
    assert found.vanished.count == 2 and found.vanished.outcomes == (("sun", 0.3), ("snow", 0.2))
    assert_close(found.vanished.mass, 0.5)
    assert found.appeared.count == 1 and found.appeared.outcomes == (("hail", 0.4),)
    assert [one.label for one in found.contributions[:2]] == ["sun", "snow"]
    assert all(one.value == math.inf and math.isnan(one.share) for one in found.contributions[:2])
    assert math.isfinite(found[kb.js].value) and math.isfinite(found[kb.tv].value)
    assert (found.outcomes, found.possible_p, found.possible_q) == (4, 3, 2)


def test_underflow_is_not_impossible():
    found = kb.explain(kb.logits([0.0, 0.0]), kb.logits([0.0, -800.0]), ["a", "b"])
    assert_close(found.value, 399.30685281944005)
    assert found.vanished.count == 0 and found.possible_q == 2
    b = found.contributions[0]
    assert b.label == "b" and b.q == 0.0
    assert_close(b.log_ratio, 800.0 - math.log(2.0))


def best_error(p, q, draws):
    """The exact error of the best guess after so many draws of one of two distributions over two outcomes."""
    with mp.workdps(40):
        p, q = (mp.mpf(x) for x in (p, q))
        return float(
            mp.fsum(
                mp.binomial(draws, k) * min(p**k * (1 - p) ** (draws - k), q**k * (1 - q) ** (draws - k))
                for k in range(draws + 1)
            )
            / 2
        )


@pytest.mark.parametrize("pair", [(0.5, 0.4), (0.9, 0.2), (0.01, 0.03), (1.0, 0.6), (0.3, 0.300001)])
@pytest.mark.parametrize("draws", [1, 2, 7, 40, 150])
def test_errors_lie_between_their_bounds(pair, draws):
    p, q = pair
    telling = kb.explain([p, 1.0 - p], [q, 1.0 - q]).telling
    low, high = telling.error_after(draws)
    truth = best_error(p, q, draws)
    assert low * (1.0 - 1e-9) <= truth <= high * (1.0 + 1e-9)
    assert high <= 0.5 * telling.affinity**draws * (1.0 + 1e-12)
    if draws == 1:
        assert_close(truth, 1.0 - telling.one, relative=1e-9)


@pytest.mark.parametrize("pair", [(0.5, 0.2), (0.9, 0.2), (0.05, 0.3), (1.0, 0.6), (0.999, 0.001)])
def test_draws_that_are_too_few_and_enough(pair):
    """By every threshold of the likelihood ratio, randomised too, which are all tests worth considering."""
    p, q = pair
    telling = kb.explain([p, 1.0 - p], [q, 1.0 - q]).telling

    def errors(draws):
        """The least chance of taking Q for P among tests that take P for Q with at most 5 %."""
        ks = np.arange(draws + 1)
        choose = np.array([math.comb(draws, int(k)) for k in ks], float)
        under_p, under_q = choose * p**ks * (1 - p) ** (draws - ks), choose * q**ks * (1 - q) ** (draws - ks)
        order = np.argsort(np.where(under_p > 0, under_q / np.where(under_p > 0, under_p, 1.0), np.inf))
        # Accept P on the outcomes that favour it most until 95 % of P are accepted.
        accepted = np.cumsum(under_p[order])
        before = np.concatenate([[0.0], accepted[:-1]])
        part = np.clip((0.95 - before) / np.where(under_p[order] > 0, under_p[order], 1.0), 0.0, 1.0)
        part = np.where(under_p[order] > 0, part, 0.0)
        return float((part * under_q[order]).sum())

    needed = next(draws for draws in range(1, 200) if errors(draws) <= 0.05 + 1e-12)
    assert telling.least <= needed <= telling.enough
    assert_close(
        telling.stein,
        math.log(20.0) / kb.kl([p, 1 - p], [q, 1 - q]) if kb.kl([p, 1 - p], [q, 1 - q]) < math.inf else 0.0,
    )


def test_telling_at_the_ends():
    same = kb.explain([0.5, 0.5], [0.5, 0.5]).telling
    assert (same.stein, same.least, same.enough, same.chernoff, same.one) == (math.inf, math.inf, math.inf, 0.0, 0.5)
    assert same.error_after(10) == (0.5, 0.5)
    disjoint = kb.explain([1.0, 0.0], [0.0, 1.0]).telling
    assert (disjoint.least, disjoint.enough, disjoint.one, disjoint.chernoff) == (1.0, 1.0, 1.0, math.inf)
    assert disjoint.error_after(1) == (0.0, 0.0)
    # P inside Q: the information is approached where the order is 0, and one that P holds impossible settles it.
    inside = kb.explain([1.0, 0.0], [0.25, 0.75]).telling
    assert inside.order == 0.0
    assert_close(inside.chernoff, math.log(4.0))
    outside = kb.explain([0.25, 0.75], [1.0, 0.0]).telling
    assert outside.order == 1.0 and outside.stein == 0.0
    assert_close(outside.chernoff, math.log(4.0))
    with pytest.raises(ValueError, match="draws is 0"):
        same.error_after(0)


@pytest.mark.parametrize("scale", [1e-12, 1e-8, 1e-4, 1e-2, 1.0, 30.0, 300.0])
def test_chernoff_information_of_near_and_far_pairs(scale):
    rng = np.random.default_rng(0)
    p = kb.logits(rng.standard_normal(6))
    q = kb.logits(p.values + scale * rng.standard_normal(6))
    with mp.workdps(60):
        truth = float(chernoff(masses(p), masses(q)))
    assert_close(kb.explain(p, q).telling.chernoff, truth, relative=1e-12)


def test_masks_and_weights():
    p, q = [0.5, 0.5, 9.0], [0.25, 0.75, 7.0]
    masked = kb.explain(p, q, ["a", "b", "c"], where=[True, True, False])
    plain = kb.explain(p[:2], q[:2], ["a", "b"])
    assert_close([reading.value for reading in masked.readings], [reading.value for reading in plain.readings])
    assert_close([one.value for one in masked.contributions], [one.value for one in plain.contributions])
    assert [one.label for one in masked.contributions] == [one.label for one in plain.contributions] == ["a", "b"]
    assert masked.outcomes == plain.outcomes == 2 and masked.others is None
    assert_close(masked.telling.chernoff, plain.telling.chernoff)
    weights = np.array([0.5, 0.25, 0.25])
    density_p, density_q = [1.0, 1.0, 1.0], [0.5, 2.0, 1.0]
    weighted = kb.explain(density_p, density_q, weights=weights)
    assert_close(weighted.value, kb.kl(density_p * weights, density_q * weights))
    assert_close([one.p for one in weighted.contributions], weights[[int(o.label) for o in weighted.contributions]])
    assert_close(weighted.entropy_p, 0.0, absolute=1e-15)
    assert weighted.is_weighted and "effective size" in str(weighted)


def test_units():
    nats, bits = (kb.explain([0.5, 0.5], [0.9, 0.1], base=base) for base in (None, 2))
    assert (nats.unit, bits.unit) == ("nats", "bits")
    assert_close(bits.value, nats.value / math.log(2.0))
    assert_close(bits.effective_q, nats.effective_q)
    assert_close(bits[kb.tv].value, nats[kb.tv].value)
    assert kb.explain([0.5, 0.5], [0.9, 0.1], base=10).unit == "hartleys"
    assert kb.explain([0.5, 0.5], [0.9, 0.1], base=3).unit == "units of base 3"
    with pytest.raises(ValueError, match="base is 1"):
        kb.explain([0.5, 0.5], [0.9, 0.1], base=1)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        (([0.5, 0.5], [0.5, 0.5]), {"labels": ["a"]}, ValueError, "labels has 1 entries, and there are 2 outcomes"),
        (([0.5, 0.5], [0.5, 0.5]), {"labels": "ab"}, TypeError, "labels is the text 'ab'"),
        (([0.5, 0.5], [0.5, 0.5]), {"top": 0}, ValueError, "top is 0"),
        (([0.5, 0.5], [0.5, 0.5]), {"top": 2.5}, ValueError, "top is 2.5"),
        (([0.5, 0.5], [0.5, 0.5]), {"top": True}, ValueError, "top is True"),
        (([[0.5, 0.5]] * 3, [0.5, 0.5]), {}, ValueError, r"explain takes one pair, and these are 3"),
        (([0.5, 0.5], [0.5, 0.4]), {}, ValueError, "q sums to 0.9"),
        (([0.5, math.nan], [0.5, 0.5]), {}, ValueError, "p is NaN at index"),
        (([], []), {}, ValueError, "empty"),
        (([1.0], [0.5, 0.5]), {}, ValueError, "p has 1 and q has 2"),
        ((kb.samples([1.0, 2.0]), [0.5, 0.5]), {}, TypeError, "p is samples"),
    ],
    ids=str,
)
def test_what_cannot_be_explained(arguments, options, error, said):
    with pytest.raises(error, match=said):
        kb.explain(*arguments, **options)


def test_labels_may_repeat_and_be_anything():
    found = kb.explain([0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [("a", 1), None, ("a", 1)])
    assert [one.label for one in found.contributions] == ["('a', 1)", "('a', 1)", "None"]
    found = kb.explain([0.5, 0.5], [0.9, 0.1], np.array(["x", "y"]))
    assert {one.label for one in found.contributions} == {"x", "y"}
    pandas = pytest.importorskip("pandas")
    found = kb.explain([0.5, 0.5], [0.9, 0.1], pandas.Index(["x", "y"]))
    assert {one.label for one in found.contributions} == {"x", "y"}


def test_one_outcome():
    found = kb.explain([1.0], [1.0])
    assert found.value == 0.0 and found.outcomes == 1 and len(found.contributions) == 1
    assert "1 outcome" in str(found)


def test_it_is_a_value_that_saves():
    found = kb.explain([0.5, 0.3, 0.2, 0.0], [0.6, 0.0, 0.0, 0.4], NAMES, top=1)
    assert isinstance(found, Explanation) and isinstance(found, kb.Explanation)
    assert repr(found) == "<Explanation of KL(P‖Q) = inf nats over 4 outcomes>"
    with pytest.raises(AttributeError):
        found.value = 1.0
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["value"] == "inf" and plain["contributions"][0]["share"] == "nan"
    assert plain["vanished"]["outcomes"] == [["sun", 0.3]] and plain["vanished"]["count"] == 2
    assert {reading["name"] for reading in plain["readings"]} >= {"kl", "kl.reverse", "js", "tv"}
    with pytest.raises(KeyError, match="not part of an explanation"):
        found[kb.renyi(7)]


def test_frames():
    found = kb.explain([0.1, 0.2, 0.3, 0.4], [0.2, 0.2, 0.3, 0.3], NAMES, top=2)
    pandas = pytest.importorskip("pandas")
    frame = found.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == ["outcome", "p", "q", "log_ratio", "contribution", "share", "in_q"]
    assert list(frame["outcome"]) == ["rain", "hail", "2 other outcomes"]
    assert_close(frame["contribution"].sum(), found.value)


def test_frames_without_pandas(monkeypatch):
    import importlib.util

    real = importlib.util.find_spec
    found = kb.explain([0.5, 0.5], [0.9, 0.1])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pandas" else real(name))
    polars = pytest.importorskip("polars")
    assert isinstance(found.to_frame(), polars.DataFrame)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="needs pandas or polars"):
        found.to_frame()


def test_a_hundred_thousand_outcomes_take_less_than_a_second():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(100_000)), rng.dirichlet(np.ones(100_000))
    best = math.inf
    for _ in range(3):
        start = time.process_time()
        found = kb.explain(p, q)
        text = str(found)
        best = min(best, time.process_time() - start)
    assert "99,990 other outcomes" in text
    assert_close(found.value, kb.kl(p, q))
    assert best < 1.0


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_other_libraries(library):
    xp = pytest.importorskip("torch" if library == "torch" else "jax.numpy")
    make = xp.tensor if library == "torch" else xp.asarray
    p, q = make([0.1, 0.2, 0.3, 0.4]), make([0.2, 0.2, 0.3, 0.3])
    found = kb.explain(p, q, NAMES)
    assert_close(found.value, kb.kl([0.1, 0.2, 0.3, 0.4], [0.2, 0.2, 0.3, 0.3]), relative=1e-5)
    assert found.contributions[0].label == "rain"


def test_mappings_bring_their_labels():
    p, q = {"a": 0.5, "b": 0.5}, {"b": 0.9, "c": 0.1}
    found = kb.explain(p, q)
    assert found.vanished.outcomes == (("a", 0.5),) and found.appeared.outcomes == (("c", 0.1),)


def test_sparse_rows_are_explained_like_dense_ones():
    sparse = pytest.importorskip("scipy.sparse")
    p, q = np.array([1.0, 0.0, 3.0, 0.0, 2.0]), np.array([1.0, 0.0, 3.0, 2.0, 0.0])
    found = kb.explain(kb.counts(sparse.csr_array(p[None])), kb.counts(sparse.csr_array(q[None])))
    assert str(found) == str(kb.explain(kb.counts(p), kb.counts(q)))
    assert found.vanished.outcomes[0][0] == "4" and found.appeared.outcomes[0][0] == "3" and found.outcomes == 5
    with pytest.raises(TypeError, match="sparse"):
        kb.explain(kb.logits(sparse.csr_array(p[None])), kb.counts(q))


def test_pandas_series_bring_their_labels():
    pandas = pytest.importorskip("pandas")
    found = kb.explain(pandas.Series([0.5, 0.5], ["x", "y"]), pandas.Series([0.1, 0.9], ["y", "x"]))
    assert [one.label for one in found.contributions] == ["y", "x"]
    assert_close(found.value, kb.kl([0.5, 0.5], [0.9, 0.1]))


def test_the_chernoff_information_is_that_of_the_catalogue():
    chernoff = getattr(kb.divergences, "chernoff", None)
    if chernoff is None:
        pytest.skip("the catalogue has no Chernoff information")
    for name in FINITE:
        assert_close(kb.explain(*PAIRS[name]).telling.chernoff, chernoff(*PAIRS[name]), relative=1e-11)


def test_labels_are_not_laid_over_labels():
    with pytest.raises(TypeError, match="name their outcomes, and labels would rename them"):
        kb.explain({"a": 0.5, "b": 0.5}, {"b": 0.5, "a": 0.5}, labels=["x", "y"])
    with pytest.raises(TypeError, match="labels is 3"):
        kb.explain([0.5, 0.5], [0.5, 0.5], labels=3)


def test_top_is_any_integer():
    assert len(kb.explain([0.5, 0.3, 0.2], [0.2, 0.3, 0.5], top=np.int64(2)).contributions) == 2


def test_of_several_infinite_outcomes_the_heaviest_come_first():
    found = kb.explain([0.1, 0.5, 0.2, 0.2], [0.0, 0.0, 0.5, 0.5], top=1)
    assert [(one.label, one.value) for one in found.contributions] == [("1", math.inf)]


def test_what_is_left_has_no_direction_and_no_bar():
    """Also where it is one outcome; and the bars of those named are seen however much all others hold."""
    found = kb.explain([0.5, 0.3, 0.2], [0.25, 0.25, 0.5], top=2)
    assert found.others is not None and found.others.count == 1 and found.others.direction == ""
    draws = np.random.default_rng(0).dirichlet(np.ones(5000), 2)
    lines = kb.explain(*draws, top=3).render(100).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("outcome")) + 1
    assert lines[first].count("\u2588") == 20 and "\u2588" in lines[first + 2]
    assert "4,997 other outcomes" in lines[first + 3] and "\u2588" not in lines[first + 3]
