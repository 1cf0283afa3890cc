"""Bounds: never violated, attained where they are said to be tight, and one sentence for what no pair can be."""

import itertools
import json
import math

import numpy as np
import pytest
from mpmath import mp

import kullback as kb
from kullback import divergences
from kullback.bounds import _GENERATORS as GENERATORS
from kullback.bounds import INEQUALITIES, Bounds, _Generator, _langevin, _vajda, _vajda_inverse
from kullback.divergence import Divergence
from tests.close import assert_close

INF = math.inf
ABOVE, BELOW = kb.renyi(INF), kb.renyi(INF).reverse
OPTIONAL = [getattr(divergences, name, None) for name in ("bhattacharyya", "triangular")]
MEASURES = [
    *(kb.kl, kb.kl.reverse, kb.jeffreys, kb.js, kb.tv, kb.hellinger, kb.chi2, kb.neyman_chi2),
    *(kb.renyi(0.5), kb.renyi(2), kb.renyi(2).reverse, ABOVE, BELOW),
    *(member for member in OPTIONAL if isinstance(member, Divergence)),
]
MORE = [kb.renyi(0.0), kb.renyi(0.0).reverse, kb.renyi(0.2), kb.renyi(0.2).reverse, kb.renyi(0.8), kb.renyi(3)]


def pairs(count: int, seed: int):
    """Near, far, sparse and peaked pairs of two to nine outcomes, some with zeros on either side, as two matrices."""
    rng = np.random.default_rng(seed)
    rows = []
    while len(rows) < count:
        size, i = int(rng.integers(2, 10)), len(rows)
        p = rng.dirichlet(np.full(size, 10.0 ** rng.uniform(-1.5, 1.0)))
        if i % 4 == 0:
            q = p * np.exp(10.0 ** rng.uniform(-9, 0) * rng.standard_normal(size))
        else:
            q = rng.dirichlet(np.full(size, 10.0 ** rng.uniform(-1.5, 1.0)))
        if i % 3 == 0:
            p = np.where(rng.random(size) < 0.3, 0.0, p)
            q = np.where(rng.random(size) < 0.3, 0.0, q)
        if p.sum() > 0.0 and q.sum() > 0.0:
            rows.append(np.pad([p, q], ((0, 0), (0, 9 - size))))
    p, q = np.moveaxis(np.array(rows), 1, 0)
    return kb.counts(p), kb.counts(q)


def truths(p, q, measures=MEASURES):
    """What each pair of rows measures."""
    columns = [measure(p, q) for measure in measures]
    return [dict(zip(measures, map(float, row), strict=True)) for row in zip(*columns, strict=True)]


def values(p, q, measures=MEASURES):
    return {measure: float(measure(p, q)) for measure in measures}


def holds(found: Bounds, truth) -> None:
    for measure, value in truth.items():
        assert value in found[measure], f"{measure!r} = {value!r} is not in {found[measure]}, from {found.known}"


@pytest.mark.parametrize("seed", range(4))
def test_no_pair_breaks_a_bound(seed):
    rng = np.random.default_rng(100 + seed)
    found = truths(*pairs(600, seed))
    assert len(found) == 600
    for i, truth in enumerate(found):
        picked = [MEASURES[i % len(MEASURES)]]
        holds(kb.bounds({picked[0]: truth[picked[0]]}), truth)
        picked = list(rng.choice(np.array(MEASURES, object), 3, replace=False))
        holds(kb.bounds({measure: truth[measure] for measure in picked}), truth)


def test_no_pair_breaks_a_bound_on_other_orders():
    for truth in truths(*pairs(300, 7), [*MEASURES, *MORE]):
        for known in (kb.tv, kb.renyi(0.2), kb.renyi(0.8), kb.renyi(3), kb.renyi(0.0)):
            found = kb.bounds({known: truth[known]})
            holds(found, {measure: value for measure, value in truth.items() if measure in found})
            assert known in found


def test_no_pair_breaks_a_bound_with_bounded_ratios():
    rng = np.random.default_rng(3)
    for scale in 10.0 ** np.linspace(-7, 0.7, 80):
        p = rng.dirichlet(np.ones(6))
        p, q = kb.counts(p), kb.counts(p * np.exp(scale * rng.uniform(-1.0, 1.0, 6)))
        truth = values(p, q)
        ratios = {ABOVE: truth[ABOVE], BELOW: truth[BELOW]}
        for more in ({}, {kb.tv: truth[kb.tv]}, {kb.hellinger: truth[kb.hellinger]}, {kb.kl: truth[kb.kl]}):
            holds(kb.bounds(ratios | more), truth)
        holds(kb.bounds({ABOVE: truth[ABOVE], kb.tv: truth[kb.tv]}), truth)
        holds(kb.bounds({BELOW: truth[BELOW], kb.js: truth[kb.js]}), truth)


def test_intervals_hold_what_is_between():
    for truth in truths(*pairs(200, 11)):
        found = kb.bounds(
            tv=(0.9 * truth[kb.tv], truth[kb.tv]), js=(truth[kb.js], min(math.log(2), 1.1 * truth[kb.js]))
        )
        holds(found, truth)


SIZES = [1e-12, 1e-6, 1e-3, 0.05, 0.3, 0.7, 0.95, 0.999]
SYMMETRIC = [kb.tv, kb.js, kb.renyi(0.5), kb.hellinger, kb.jeffreys]
SYMMETRIC += [member for member in OPTIONAL if isinstance(member, Divergence)]


@pytest.mark.parametrize("s", SIZES)
def test_symmetric_pairs_attain_one_end(s):
    """((1+s)/2, (1−s)/2) and its reverse lie on the curve that bounds every two symmetric divergences."""
    order = ["tv", "triangular", "js", "hellinger", "bhattacharyya", "renyi", "jeffreys"]
    p = [0.5 + 0.5 * s, 0.5 - 0.5 * s]
    truth = values(p, p[::-1], SYMMETRIC)
    for a, b in itertools.combinations(sorted(SYMMETRIC, key=lambda measure: order.index(measure.name)), 2):
        assert_close(kb.bounds({a: truth[a]})[b].low, truth[b], relative=1e-9)
        assert_close(kb.bounds({b: truth[b]})[a].high, truth[a], relative=1e-9)


@pytest.mark.parametrize("v", SIZES)
def test_disjoint_parts_attain_the_other_end(v):
    p, q = [1.0 - v, v, 0.0], [1.0 - v, 0.0, v]
    bounded = [measure for measure in SYMMETRIC if measure != kb.jeffreys]
    truth = values(p, q, [*bounded, kb.renyi(0.2), kb.renyi(0.0)])
    for a, b in itertools.permutations(bounded, 2):
        # Which of the two ends it is depends on which of the two is the more convex; one of them is attained.
        found = kb.bounds({a: truth[a]})[b]
        assert min(abs(found.low - truth[b]), abs(found.high - truth[b])) <= 1e-9 * truth[b]
    found = kb.bounds({kb.tv: truth[kb.tv], kb.renyi(0.2): (0.0, INF), kb.renyi(0.0): (0.0, INF)})
    assert_close(found[kb.renyi(0.2)].high, truth[kb.renyi(0.2)], relative=1e-9)
    assert_close(found[kb.renyi(0.0)].high, truth[kb.renyi(0.0)], relative=1e-9)


@pytest.mark.parametrize("r", [1e-12, 1e-3, 0.2, 0.5, 0.9, 1.0 - 1e-6])
def test_one_outcome_of_p_attains_the_order_of_renyi_and_js(r):
    p, q = [1.0, 0.0], [r, 1.0 - r]
    truth = values(p, q)
    found = kb.bounds({kb.kl: truth[kb.kl]})
    for measure in (kb.js, kb.hellinger, kb.renyi(0.5)):
        assert_close(found[measure].high, truth[measure], relative=1e-9)
    for measure in (kb.chi2, kb.renyi(2), ABOVE):
        assert_close(found[measure].low, truth[measure], relative=1e-9)
    if r > 1e-6:  # below, ln 2 − JS is lost to the rounding of JS
        assert_close(kb.bounds({kb.js: truth[kb.js]})[kb.kl].low, truth[kb.kl], relative=1e-8)
    assert_close(kb.bounds({kb.chi2: truth[kb.chi2]})[kb.kl].high, truth[kb.kl], relative=1e-9)
    assert_close(kb.bounds({kb.chi2: truth[kb.chi2]})[kb.js].high, truth[kb.js], relative=1e-9)


def least_kl(v):
    """The least KL of two outcomes with total variation v, by minimisation in mpmath."""

    def divergence(q):
        return (q + v) * mp.log((q + v) / q) + (1 - q - v) * mp.log((1 - q - v) / (1 - q))

    def slope(q):
        return mp.log((q + v) / q) - mp.log((1 - q - v) / (1 - q)) - v / (q * (1 - q))

    low, high = mp.mpf(10) ** -40, (1 - v) * (1 - mp.mpf(10) ** -40)
    for _ in range(240):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return divergence(low)


@pytest.mark.parametrize("v", [1e-9, 1e-4, 0.01, 0.1, 0.3, 0.5, 0.75, 0.9, 0.99, 0.9999])
def test_kl_for_a_total_variation_is_the_least_there_is(v):
    with mp.workdps(60):
        truth = float(least_kl(mp.mpf(v)))
    assert_close(_vajda(v), truth, relative=1e-12)
    assert_close(_vajda_inverse(truth), v, relative=1e-12)
    for measure in (kb.kl, kb.kl.reverse):
        found = kb.bounds({kb.tv: v})[measure]
        assert_close(found.low, truth, relative=1e-8)
        assert found.low <= truth and found.high == INF
        assert_close(kb.bounds({measure: truth})[kb.tv].high, v, relative=1e-9)


def test_the_exact_pinsker_inequality_is_better_than_the_known_ones():
    for v in np.linspace(0.001, 0.999, 500):
        pinsker, bretagnolle_huber = 2.0 * v * v, -math.log1p(-v * v)
        vajda = math.log((1.0 + v) / (1.0 - v)) - 2.0 * v / (1.0 + v)
        gilardoni = -math.log1p(-v) - (1.0 - v) * math.log1p(v)
        assert _vajda(v) >= max(pinsker, bretagnolle_huber, vajda, gilardoni) * (1.0 - 1e-12)
    assert_close(_vajda(1e-6), 2e-12, relative=1e-9)


@pytest.mark.parametrize("t", [1e-10, 1e-3, 0.0499999, 0.05, 1.0, 30.0])
def test_langevin(t):
    with mp.workdps(40):
        truth = float(mp.coth(mp.mpf(t)) - 1 / mp.mpf(t))
    assert_close(_langevin(t), truth, relative=1e-13)


@pytest.mark.parametrize("v", SIZES)
def test_chi_square_for_a_total_variation(v):
    p, q = ([0.5 + v, 0.5 - v], [0.5, 0.5]) if v <= 0.5 else ([1.0, 0.0], [1.0 - v, v])
    truth = values(p, q, [kb.tv, kb.chi2])
    assert_close(kb.bounds({kb.tv: truth[kb.tv]})[kb.chi2].low, truth[kb.chi2], relative=1e-8)
    assert_close(kb.bounds({kb.chi2: truth[kb.chi2]})[kb.tv].high, truth[kb.tv], relative=1e-9)
    assert_close(kb.bounds({kb.neyman_chi2: truth[kb.chi2]})[kb.tv].high, truth[kb.tv], relative=1e-9)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 0.1, 1.0, 5.0])
@pytest.mark.parametrize("skew", [0.3, 1.0, 2.0])
def test_two_ratios_are_attained(scale, skew):
    low, high = math.exp(-scale), math.exp(skew * scale)
    weight = (1.0 - low) / (high - low)
    q = np.array([weight, 1.0 - weight])
    p, q = kb.counts(q * [high, low]), kb.counts(q)
    truth = values(p, q)
    found = kb.bounds({ABOVE: truth[ABOVE], BELOW: truth[BELOW]})
    for measure in GENERATORS:
        assert_close(found[measure].high, truth[measure], relative=1e-7 if scale < 1e-3 else 1e-9)


@pytest.mark.parametrize("scale", [0.1, 1.0, 4.0])
def test_the_reverse_pinsker_inequality_is_attained(scale):
    low, high = math.exp(-scale), math.exp(scale)
    weight = (1.0 - low) / (high - low)
    q = np.array([0.3 * weight, 0.3 * (1.0 - weight), 0.7])
    p, q = kb.counts(q * [high, low, 1.0]), kb.counts(q)
    truth = values(p, q)
    found = kb.bounds({measure: truth[measure] for measure in (ABOVE, BELOW, kb.tv)})
    for measure in GENERATORS:
        assert_close(found[measure].high, truth[measure], relative=1e-9)
    for measure in (kb.kl, kb.chi2, kb.js):
        assert_close(kb.bounds({m: truth[m] for m in (ABOVE, BELOW, measure)})[kb.tv].low, truth[kb.tv], relative=1e-9)


def test_almost_equal_pairs_are_proportional():
    """Where p/q is close to 1, each f-divergence is f''(1) times the same: one value settles all."""
    p = np.array([0.2, 0.3, 0.5])
    q = kb.counts(p * (1.0 + 1e-5 * np.array([1.0, -2.0, 0.5])))
    truth = values(p, q)
    found = kb.bounds({measure: truth[measure] for measure in (ABOVE, BELOW, kb.js)})
    for measure in (kb.kl, kb.kl.reverse, kb.jeffreys, kb.hellinger, kb.chi2, kb.neyman_chi2):
        assert found[measure].high <= found[measure].low * (1.0 + 1e-4)
        assert truth[measure] in found[measure]


def test_ratios_of_generators_have_no_extremum_but_at_1():
    """What the inequality of generators rests on: f/g is monotone on either side of t = 1, for every pair."""
    logs = np.concatenate([-np.logspace(-3, 1.5, 400)[::-1], np.logspace(-3, 1.5, 400)])
    smooth = [generator for measure, generator in GENERATORS.items() if measure != kb.tv]
    for f, g in itertools.combinations(smooth, 2):
        ratios = np.array([f.at(x) / g.at(x) for x in logs])
        for side in (ratios[:400], ratios[400:]):
            steps = np.diff(side) / side[1:]
            assert np.all(steps >= -1e-12) or np.all(steps <= 1e-12)
        assert_close(f.at(1e-7) / g.at(1e-7), f.second / g.second, relative=1e-6)


@pytest.mark.parametrize("measure", GENERATORS, ids=repr)
def test_generators_are_those_of_the_divergences(measure):
    generator: _Generator = GENERATORS[measure]
    q = np.array([0.15, 0.6, 0.25])
    p = np.array([0.3, 0.2, 0.5])
    total = sum(mass * generator.at(math.log(ratio)) for mass, ratio in zip(q, p / q, strict=True))
    assert_close(math.sqrt(total) if measure == kb.hellinger else total, measure(p, q), relative=1e-13)
    for x in (1e-8, -1e-8, 1e-3, 2.0, -2.0):
        with mp.workdps(60):
            # The textbook form of Σ q f(p/q) at one outcome, with the line that makes f'(1) = 0 taken off.
            t = mp.exp(mp.mpf(x))
            truth = {
                "kl": t * mp.log(t) - t + 1 if measure == kb.kl else -mp.log(t) + t - 1,
                "jeffreys": (t - 1) * mp.log(t),
                "js": (t * mp.log(2 * t / (1 + t)) + mp.log(2 / (1 + t))) / 2,
                "tv": abs(t - 1) / 2,
                "hellinger": (mp.sqrt(t) - 1) ** 2 / 2,
                "chi2": (t - 1) ** 2,
                "neyman_chi2": (t - 1) ** 2 / t,
            }[measure.name]
        assert_close(generator.at(x), float(truth), relative=1e-13)


SCENARIOS = [
    {kb.kl: 0.3},
    {kb.kl: 0.3, kb.kl.reverse: 0.1},
    {kb.tv: 0.4},
    {kb.hellinger: 0.4},
    {kb.js: 0.2},
    {kb.chi2: 2.0},
    {kb.jeffreys: 0.5, kb.kl: 0.2},
    {kb.renyi(0.2): 0.05, kb.renyi(0.4): (0.0, 0.2)},
    {kb.renyi(0.8).reverse: 0.5, kb.tv: (0.1, 0.6)},
    {kb.tv: 0.0},
    {ABOVE: 1.0, BELOW: 1.0},
    {ABOVE: 1.0, BELOW: 1.0, kb.tv: 0.2},
    {ABOVE: 0.5, BELOW: 0.5, kb.js: 0.002},
    {kb.renyi(0.9): 0.3},
    {kb.renyi(0.95): (0.0, INF), kb.tv: 0.01},
    {kb.renyi(0.8).reverse: 0.5, kb.renyi(0.2): (0.0, INF)},
]


def test_every_listed_inequality_sets_some_end():
    used = set()
    for known in SCENARIOS:
        for interval in kb.bounds(known).values():
            used |= {reason.inequality for reason in (interval.low_from, interval.high_from) if reason is not None}
    assert used == set(INEQUALITIES)
    assert all(inequality.source and inequality.statement for inequality in INEQUALITIES)


@pytest.mark.parametrize("known", SCENARIOS, ids=str)
def test_a_second_pass_improves_nothing(known):
    """What is reported is a fixed point: giving all of it back changes nothing."""
    first = kb.bounds(known)
    second = kb.bounds({measure: (interval.low, interval.high) for measure, interval in first.items()})
    for measure, interval in first.items():
        assert_close(second[measure].low, interval.low, relative=1e-8)
        assert_close(second[measure].high, interval.high, relative=1e-8)


def test_narrower_knowledge_never_widens():
    wide, narrow = kb.bounds(tv=(0.2, 0.6)), kb.bounds(tv=(0.3, 0.5))
    for measure, interval in narrow.items():
        assert wide[measure].low <= interval.low and interval.high <= wide[measure].high
    assert narrow[kb.kl].low > wide[kb.kl].low


def test_reasons_name_what_they_used():
    found = kb.bounds(kl=0.3)
    assert str(found[kb.tv].high_from) == "Pinsker, exact, from KL(P‖Q) = 0.3"
    assert found[kb.kl].low_from is None and found[kb.kl.reverse].high_from is None
    found = kb.bounds(jeffreys=0.5, kl_reverse=0.2)
    assert_close([found[kb.kl].low, found[kb.kl].high], [0.3, 0.3], relative=1e-9)
    assert str(found[kb.kl].high_from) == "sum, from J(P‖Q) = 0.5 and KL(Q‖P) = 0.2"


def test_names_of_the_same_thing():
    assert kb.bounds({kb.chi2.reverse: 0.5}).known == {kb.neyman_chi2: (0.5, 0.5)}
    assert kb.bounds({kb.neyman_chi2.reverse: 0.5}).known == {kb.chi2: (0.5, 0.5)}
    assert kb.bounds({kb.renyi(1): 0.5}).known == kb.bounds(kl=0.5).known == {kb.kl: (0.5, 0.5)}
    assert kb.bounds(kl_reverse=0.5).known == kb.bounds({kb.kl.reverse: 0.5}).known
    assert kb.bounds(kl=0.5)[kb.renyi(1.0)] == kb.bounds(kl=0.5)[kb.kl]
    assert kb.bounds(psi=0.5).known == {kb.jeffreys: (0.5, 0.5)}
    assert kb.bounds(tv=np.float32(0.5)).known == {kb.tv: (0.5, 0.5)}


def test_the_ends_of_the_ranges():
    # A total variation of 1 may be a rounded one: that of pairs whose log-ratios are some 27 apart at least.
    disjoint = kb.bounds(tv=1.0)
    for measure in (kb.kl, kb.kl.reverse, kb.renyi(0.5), kb.renyi(2)):
        assert disjoint[measure].low > 25.0 and disjoint[measure].high == INF
    assert_close(disjoint[kb.js].low, math.log(2.0), relative=1e-10)
    assert_close(disjoint[kb.hellinger].low, 1.0, relative=1e-5)
    assert kb.bounds(chi2=INF)[kb.renyi(2)].low > 709.0
    equal = kb.bounds(js=0.0)
    assert all(interval.high == 0.0 for interval in equal.values())
    endless = kb.bounds(kl=INF)
    assert endless[kb.chi2].low == INF and endless[kb.tv].low == 0.0 and endless[kb.tv].high == 1.0
    assert kb.bounds({ABOVE: 0.0})[kb.tv].high == 0.0


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({kb.kl: -1.0}, "kl is -1, and it lies between 0 and infinity"),
        ({kb.tv: 1.5}, "tv is 1.5, and it lies between 0 and 1"),
        ({kb.js: 0.7}, "js is 0.7, and it lies between 0 and 0.693147"),
        ({kb.tv: math.nan}, "tv is nan"),
        ({kb.tv: (0.4, 0.1)}, r"tv is \(0.4, 0.1\).*low end first"),
        ({kb.kl: 0.01, kb.tv: 0.9}, r"no two distributions have KL\(P‖Q\) = 0.01 and TV\(P‖Q\) = 0.9: Pinsker"),
        ({kb.tv: 0.0, kb.js: 0.1}, "no two distributions"),
        ({kb.hellinger: 0.9, kb.tv: 0.1}, "no two distributions.*Le Cam"),
        ({kb.chi2: 0.1, kb.kl: 0.2}, "no two distributions.*Rényi order"),
        ({kb.jeffreys: 0.1, kb.kl: 0.2}, "no two distributions"),
        ({ABOVE: 0.1, BELOW: 0.1, kb.tv: 0.5}, "no two distributions"),
        ({kb.chi2: 1.0, kb.renyi(2): 1.0}, "no two distributions"),
        ({kb.chi2: 1.0, kb.neyman_chi2.reverse: 1.0}, "chi2 is given twice"),
        ({kb.jensen_shannon(weights=(0.2, 0.8)): 0.1}, "no inequality is listed for"),
        ({}, "nothing is known"),
    ],
    ids=str,
)
def test_what_cannot_be(known, said):
    with pytest.raises(ValueError, match=said):
        kb.bounds(known)


def test_what_is_no_value():
    with pytest.raises(ValueError, match="no divergence called 'kullback'; by name: kl, jeffreys"):
        kb.bounds(kullback=1.0)
    for value in ("0.3", None, (1, 2, 3), True, [0.1, "a"]):
        with pytest.raises(TypeError, match="a number or an interval"):
            kb.bounds(kl=value)
    with pytest.raises(TypeError, match="'kl' is not a divergence"):
        kb.bounds({"kl": 0.3})


def test_computed_values_are_never_inconsistent():
    """Exact values of one pair, all at once, up to their rounding: also near 0 and where measures saturate."""
    rng = np.random.default_rng(5)
    for scale in [*10.0 ** np.linspace(-13, 3, 60)]:
        a, b = kb.logits(rng.standard_normal(5)), kb.logits(scale * rng.standard_normal(5))
        holds(kb.bounds(values(a, b)), values(a, b))


def test_bounds_are_a_mapping_and_save():
    found = kb.bounds(kl=0.3)
    assert len(found) == len(list(found)) and kb.tv in found and kb.renyi(7) not in found
    assert repr(found) == f"<Bounds of {len(found)} divergences from KL(P‖Q) = 0.3>"
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["known"] == {"kl": [0.3, 0.3]}
    assert plain["bounds"]["tv"]["high"] == found[kb.tv].high and plain["bounds"]["chi2"]["high"] == "inf"
    assert plain["bounds"]["tv"]["high_from"]["given"] == ["KL(P‖Q) = 0.3"]
    assert plain["bounds"]["tv"]["low_from"] is None


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_table(width):
    found = kb.bounds({ABOVE: 1.0, BELOW: 1.0, kb.tv: (0.1, 0.2)})
    text = found.render(width)
    assert max(map(len, text.splitlines())) <= width
    words = " ".join(text.split())
    assert "What follows from R∞(P‖Q) = 1" in words and "(Binette 2019, Theorem 1; for KL" in words and "[1]" in words
    plain = found.render(width, encoding="ascii")
    assert plain.isascii() and max(map(len, plain.splitlines())) <= width
    assert str(found) == found.render(100)


def test_a_bare_value_and_what_is_not_there():
    for known in (0.3, [0.3]):
        with pytest.raises(TypeError, match=r"may be the value of any divergence: say of which, as in kb.bounds"):
            kb.bounds(known)
    with pytest.raises(TypeError, match="the bounds are those of one pair"):
        kb.bounds(kl=np.array([0.1, 0.2]))
    found = kb.bounds(kl=0.3)
    for other in (kb.renyi(7), "tv"):
        assert other not in found
        with pytest.raises(KeyError, match=r"is not among the bounds: kl, kl\.reverse"):
            found[other]
