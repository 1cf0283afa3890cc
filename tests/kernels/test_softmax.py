"""Kernels of logits, compiled and in NumPy, at every level of this processor: held to mpmath."""

import math
import tracemalloc
from functools import cache

import numpy as np
import pytest
from mpmath import mp

from kullback.divergences import (
    chi2,
    hellinger,
    jeffreys,
    jensen_shannon,
    js,
    kl,
    neyman_chi2,
    renyi,
    tv,
)
from kullback.kernels import native, softmax
from tests.close import assert_close

MEMBERS = (
    *(kl, kl.reverse, js, jeffreys, tv, hellinger, chi2, neyman_chi2, chi2.reverse),
    *(renyi(alpha) for alpha in (0.01, 0.3, 0.5, 0.999999, 1.0, 2.0, 3.7)),
    renyi(0.3).reverse,
)
BOUND = {"float64": 5e-14, "float32": 1e-6, "float16": 1e-6, "bfloat16": 1e-6}
SMALLEST = {"float64": 1e-13, "float32": 1e-6, "float16": 1e-2, "bfloat16": 1e-2}
INFINITY = math.inf


def levels():
    try:
        from kullback.kernels import _native
    except ImportError:
        return ["numpy"]
    return ["numpy", *native.LEVELS[: _native.highest_level() + 1]]


@pytest.fixture(params=levels())
def level(request, monkeypatch):
    monkeypatch.setenv("KULLBACK_KERNELS", request.param)
    native.native.cache_clear()
    assert request.param == native.LEVEL
    yield request.param
    native.native.cache_clear()


def stored(x, kind):
    """Return the numbers as the kernels take them."""
    if kind == "bfloat16":
        return (np.ascontiguousarray(x, np.float32).view(np.uint32) >> 16).astype(np.uint16)
    return np.ascontiguousarray(x, kind)


def seen(x, kind):
    """Return what stored numbers are, in float64."""
    if kind == "bfloat16":
        return (x.astype(np.uint32) << np.uint32(16)).view(np.float32).astype(np.float64)
    return x.astype(np.float64)


def masses(logits):
    masses = [mp.exp(mp.mpf(float(x))) for x in logits]
    whole = mp.fsum(masses)
    return [x / whole for x in masses]


def truth(divergence, a, b):
    with mp.workdps(60):
        value = divergence.textbook(masses(a), masses(b), mp)
        return 0.0 if abs(value) < mp.mpf(10) ** -48 else float(value)


def pair(kind, size, apart, offset, seed=0):
    rng = np.random.default_rng([size, seed])
    a = rng.normal(0.0, 3.0, size)
    return stored(a[None], kind), stored((a + apart * rng.normal(size=size) + offset)[None], kind)


@cache
def case(kind, size, apart, offset):
    """Return a pair of rows and the truth of every member."""
    a, b = pair(kind, size, apart, offset)
    few = MEMBERS if size < 1000 else (kl, js)
    return a, b, {member: truth(member, seen(a, kind)[0], seen(b, kind)[0]) for member in few}


CASES = [
    (kind, size, apart, offset)
    for kind in softmax.KINDS
    for size, offsets in ((2, (0.0, 1000.0)), (7, (1.7,)), (600, (0.0, -40.0)), (3000, (0.3,)))
    for offset in offsets
    for apart in (4.0, 1.0, 0.1, 1e-2, 1e-4, 1e-6, 1e-9, 1e-13)
    if apart >= SMALLEST[kind] and not (kind.endswith("16") and abs(offset) > 100)
]


@pytest.mark.parametrize("at", CASES, ids=str)
def test_values(level, at):
    kind = at[0]
    a, b, expected = case(*at)
    for member, value in expected.items():
        found = softmax.lookup(member).value(a, b, kind)
        # Far apart, sums of powers may be left to the caller.
        if np.isnan(found[0]) and at[2] >= 4.0 and member.name in ("renyi", "hellinger", "chi2", "neyman_chi2"):
            continue
        assert_close(found, [value], relative=BOUND[kind])


def rows_of_all_sorts(count):
    """Yield float32 rows whose sums lose something if it can be lost: peaks, drifts, outliers, masks."""
    rng = np.random.default_rng(20)
    for trial in range(count):
        size = int(rng.choice([512, 600, 1025, 2047, 5000]))
        a = rng.normal(0.0, rng.choice([0.1, 1.0, 3.0, 6.0]), size)
        apart = 10.0 ** rng.uniform(-6.0, 0.8)
        d = rng.normal(0.0, apart, size)
        sort = trial % 8
        if sort == 1:
            a[rng.integers(size)] += rng.uniform(5.0, 30.0)
        elif sort == 2:
            d += apart * np.linspace(-3.0, 3.0, size)
        elif sort == 3:
            d[np.argmax(a)] += apart * rng.normal(0.0, 10.0)
        elif sort == 4:
            a[-1] = a.max() + rng.uniform(0.0, 40.0)
            d[-1] += rng.normal(0.0, 3.0)
        elif sort == 5:
            d = apart * rng.standard_t(3, size)
        elif sort == 6:
            a = np.sort(a)
        b = a + d + rng.choice([0.0, 0.0, 1.7, -40.0, 700.0])
        if sort == 7:
            masked = rng.random(size) < rng.choice([0.01, 0.5, 0.99])
            masked[: min(size - 3, 1100) if trial % 3 else 0] = True
            masked[-2:] = False
            a[masked] = b[masked] = -INFINITY
        yield a.astype(np.float32)[None], b.astype(np.float32)[None]


def test_single_precision_is_as_good_as_double(level):
    """The float64 kernels are held to mpmath above; on the same numbers the float32 ones agree with them."""
    for a, b in rows_of_all_sorts(400):
        for member in (kl, kl.reverse, jeffreys, js, tv):
            kernel = softmax.lookup(member)
            expected = kernel.value(a.astype(np.float64), b.astype(np.float64), "float64")
            assert_close(kernel.value(a, b, "float32"), expected, relative=1e-6)


# KL of 128,256 logits, with 50 digits: `python -c "from tests.kernels.test_softmax import *; print(make_large())"`.
LARGE = {
    ("float32", 1.0): 0.5991795479995983,
    ("float32", 0.0001): 5.8796360533467746e-09,
    ("bfloat16", 0.1): 0.006577192130188568,
    ("float16", 0.1): 0.005938274194534538,
    ("float64", 1e-13): 5.879480227818164e-27,
}


def large(kind, apart):
    return pair(kind, 128256, apart, 0.0, seed=7)


def make_large():
    found = {}
    with mp.workdps(50):
        for kind, apart in LARGE_CASES:
            a, b = large(kind, apart)
            p, q = masses(seen(a, kind)[0]), masses(seen(b, kind)[0])
            found[kind, apart] = float(mp.fsum(x * mp.log(x / y) for x, y in zip(p, q, strict=True)))
    return found


LARGE_CASES = (("float32", 1.0), ("float32", 1e-4), ("bfloat16", 0.1), ("float16", 0.1), ("float64", 1e-13))


@pytest.mark.parametrize("at", LARGE_CASES, ids=str)
def test_a_vocabulary(level, at):
    a, b = large(*at)
    assert_close(softmax.lookup(kl).value(a, b, at[0]), [LARGE[at]], relative=BOUND[at[0]])


@pytest.mark.parametrize("kind", softmax.KINDS)
def test_equal_rows_and_one_against_many(level, kind):
    a, b = pair(kind, 700, 0.5, 0.0)
    many = np.vstack([a, b, stored(-3.0 * seen(a, kind), kind)])
    masked = many.copy()
    masked[:, 5:9] = stored(np.full(4, -INFINITY), kind)
    for member in MEMBERS:
        kernel = softmax.lookup(member)
        assert_close(kernel.value(many, many, kind), np.zeros(3))
        assert_close(kernel.value(masked, masked, kind), np.zeros(3))
        one = np.broadcast_to(a, many.shape)
        alone = [kernel.value(a, many[i : i + 1], kind)[0] for i in range(3)]
        assert np.array_equal(kernel.value(one, many, kind), alone, equal_nan=True)
        strided = np.repeat(many, 2, axis=0)[::2]
        assert np.array_equal(kernel.value(one, strided, kind), alone, equal_nan=True)


@pytest.mark.parametrize("size", [5, 700, 3000])
def test_masks(level, size):
    rng = np.random.default_rng(size)
    a, b = rng.normal(0.0, 3.0, (2, 1, size))
    both = rng.random(size) < 0.4
    both[-1] = False
    a[0, both] = b[0, both] = -INFINITY
    p, q = a.copy(), b.copy()
    p[0, 0], q[0, 0] = -INFINITY, 0.3  # P lacks what Q has
    for member in MEMBERS:
        kernel = softmax.lookup(member)
        assert_close(kernel.value(a, b, "float64"), [truth(member, a[0], b[0])], relative=5e-14)
        for found, expected in (
            (kernel.value(p, q, "float64"), truth(member, p[0], q[0])),
            (kernel.value(q, p, "float64"), truth(member, q[0], p[0])),
        ):
            assert np.isnan(found[0]) or found[0] == pytest.approx(expected, rel=5e-14), member
    # The directions that a truncated teacher needs are promised.
    assert_close(softmax.lookup(kl).value(p, q, "float64"), [truth(kl, p[0], q[0])], relative=5e-14)
    assert_close(softmax.lookup(kl).value(q, p, "float64"), [INFINITY])


def test_a_truncated_teacher(level):
    rng = np.random.default_rng(3)
    for kind in ("float64", "float32"):
        a, b = rng.normal(0.0, 3.0, (2, 1, 5000)).astype(kind)
        a[0, np.arange(5000) % 500 != 499] = -INFINITY
        assert_close(softmax.lookup(kl).value(a, b, kind), [truth(kl, a[0], b[0])], relative=BOUND[kind])


def test_wide_gaps(level):
    kernel = softmax.lookup(kl)
    for a, b in (([0, 0], [0, -800]), ([0, -200], [0, -190]), ([0, 0], [0, -200]), ([0, -1e9], [-1e9, 0])):
        found = kernel.value(np.array([a], np.float64), np.array([b], np.float64), "float64")
        assert np.isnan(found[0]) or found[0] == pytest.approx(truth(kl, a, b), rel=5e-14)
    assert_close(kernel.value(np.zeros((1, 2)), np.array([[0.0, -800.0]]), "float64"), [399.3068528194401], 1e-14)


@pytest.mark.parametrize("kind", softmax.KINDS)
@pytest.mark.parametrize("size", [3, 1500])
def test_what_is_no_distribution_is_left_to_the_caller(level, kind, size):
    good = np.zeros((1, size))
    for wrong in (math.nan, INFINITY):
        for place in (0, size - 1):
            bad = good.copy()
            bad[0, place] = wrong
            masked = np.zeros((1, size))
            masked[0, place] = -INFINITY
            for member in (kl, js, renyi(2.0)):
                for a, b in ((good, bad), (bad, good), (bad, bad), (masked, bad), (bad, masked)):
                    assert np.isnan(softmax.lookup(member).value(stored(a, kind), stored(b, kind), kind)).all()
    none = stored(np.full((1, size), -INFINITY), kind)
    assert np.isnan(softmax.lookup(kl).value(none, stored(good, kind), kind)).all()
    assert np.isnan(softmax.lookup(kl).value(stored(good, kind), none, kind)).all()
    assert np.isnan(softmax.lookup(kl).value(none, none, kind)).all()


def slope(member, a, b, side, i):
    def of(x):
        p, q = list(a), list(b)
        (p if side == 0 else q)[i] = x
        p, q = ([mp.exp(y) for y in z] for z in (p, q))
        return member.textbook([y / mp.fsum(p) for y in p], [y / mp.fsum(q) for y in q], mp)

    return mp.diff(of, (a if side == 0 else b)[i])


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
@pytest.mark.parametrize("apart", [2.0, 0.1, 1e-6])
def test_gradients(level, member, apart):
    rng = np.random.default_rng(4)
    a = rng.normal(0.0, 2.0, (1, 6))
    b = a + apart * rng.normal(size=(1, 6)) + 0.7
    with mp.workdps(60):
        p, q = ([mp.mpf(float(x)) for x in y[0]] for y in (a, b))
        expected = [[float(slope(member, p, q, side, i)) for i in range(6)] for side in (0, 1)]
    value, *found = softmax.lookup(member).gradient(a, b, "float64", np.array([2.5]))
    assert_close(value, softmax.lookup(member).value(a, b, "float64"), relative=1e-15)
    for gradient, slopes in zip(found, expected, strict=True):
        slopes = 2.5 * np.array(slopes)
        assert_close(gradient[0], slopes, relative=1e-10, absolute=1e-13 * np.abs(slopes).max())


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_gradients_in_other_kinds(level, member):
    """On the same numbers they are those of float64, rounded to the kind."""
    for kind, apart in (("float32", 1.0), ("float32", 1e-3), ("float16", 0.3), ("bfloat16", 0.3)):
        a, b = pair(kind, 1500, apart, 0.2)
        weight = np.array([3.0])
        kernel = softmax.lookup(member)
        _, *expected = kernel.gradient(seen(a, kind), seen(b, kind), "float64", weight)
        _, *found = kernel.gradient(a, b, kind, weight)
        unit = {"float32": 2e-6, "float16": 1e-3, "bfloat16": 5e-3}[kind]
        for one, other in zip(expected, found, strict=True):
            assert other.dtype == a.dtype and other.shape == a.shape
            # Beside the rounding of the result, float16 has no numbers between 0 and 6e-8.
            absolute = 4e-8 if kind == "float16" else 0.0
            assert_close(seen(other, kind), one, relative=unit, absolute=absolute + 2e-6 * np.abs(one).max())


@pytest.mark.parametrize("offset", [0.0, 1.3, -40.0])
@pytest.mark.parametrize("apart", [3.0, 1.0, 0.5, 0.05, 1e-3])
def test_gradients_in_single_precision_have_small_errors_beside_the_probabilities(level, apart, offset):
    """Each one, also of the least likely outcomes; relative to q − p they may be large, and nothing is said of that."""
    a, b = pair("float32", 5000, apart, offset)
    x, y = a[0].astype(np.float64), b[0].astype(np.float64)
    p, q = np.exp(x - x.max()), np.exp(y - y.max())
    p, q = p / p.sum(), q / q.sum()
    weight = np.ones(1)
    _, *expected = softmax.lookup(kl).gradient(x[None], y[None], "float64", weight)
    _, to_a, to_b = softmax.lookup(kl).gradient(a, b, "float32", weight)
    assert (np.abs(to_b[0] - expected[1][0]) <= 5e-7 * (p + q)).all()
    assert (np.abs(to_a[0] - expected[0][0]) <= 5e-7 * p * (1.0 + np.abs(np.log(p / q)))).all()


def test_gradients_under_masks_and_which_are_wanted(level):
    a, b = pair("float64", 700, 0.3, 0.0)
    a[0, 3:90] = b[0, 3:90] = -INFINITY
    both = np.concatenate([a, a]), np.concatenate([b, np.full_like(b, np.nan)])
    for member in (kl, kl.reverse, jeffreys, js, tv, hellinger):
        kernel = softmax.lookup(member)
        value, to_a, to_b = kernel.gradient(*both, "float64", np.ones(2))
        assert np.isfinite(value[0]) and np.isfinite(to_a[0]).all() and np.isfinite(to_b[0]).all()
        assert not to_a[0, 3:90].any() and not to_b[0, 3:90].any()
        assert abs(to_a[0].sum()) < 1e-12 and abs(to_b[0].sum()) < 1e-12
        assert np.isnan(value[1]) and np.isnan(to_a[1]).all() and np.isnan(to_b[1]).all()
        assert kernel.gradient(*both, "float64", np.ones(2), "p")[2] is None
        assert kernel.gradient(*both, "float64", np.ones(2), "q")[1] is None
        assert np.array_equal(kernel.gradient(*both, "float64", np.ones(2), "q")[2], to_b, equal_nan=True)
        assert np.array_equal(kernel.gradient(*both, "float64", np.ones(2), "p")[1], to_a, equal_nan=True)


@pytest.mark.parametrize("kind", softmax.KINDS)
def test_totals(level, kind):
    for size in (3, 700, 5000):
        a, _ = pair(kind, size, 1.0, 0.0)
        a = stored(seen(a, kind) - 12.0, kind)
        a[0, 1] = stored(np.array([-INFINITY]), kind)[0]
        with mp.workdps(40):
            expected = float(mp.fsum(mp.exp(mp.mpf(float(x))) for x in seen(a, kind)[0]))
        assert_close(softmax.total(a, kind), [expected], relative=1e-13 if kind == "float64" else 2e-6)
    assert np.isnan(softmax.total(stored(np.array([[0.0, np.nan]]), kind), kind)).all()


def test_the_bits_do_not_depend_on_the_threads(monkeypatch):
    a, b = (
        np.repeat(x, 60, axis=0) * np.linspace(0.1, 1.0, 60, dtype=np.float32)[:, None]
        for x in pair("float32", 20000, 0.4, 0.0)
    )
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("KULLBACK_THREADS", threads)
        native.native.cache_clear()
        kernel = softmax.lookup(js)
        found.append((kernel.value(a, b, "float32"), *kernel.gradient(a, b, "float32", np.ones(60))))
    native.native.cache_clear()
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)


def test_memory(level):
    a, b = pair("float32", 1_000_000, 0.1, 0.0)
    a, b = (np.broadcast_to(x, (3, x.shape[1])) for x in (a, b))
    softmax.lookup(js).value(a[:, :10], b[:, :10], "float32")
    tracemalloc.start()
    softmax.lookup(js).value(a, b, "float32")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (16 << 20 if level == "numpy" else 1 << 16)


def test_lookup():
    for member in MEMBERS:
        assert softmax.lookup(member) is softmax.lookup(member) is not None
    for member in (renyi(0.0), renyi(INFINITY), jensen_shannon(weights=(0.2, 0.8))):
        assert softmax.lookup(member) is None
    with pytest.raises(TypeError, match="rows of bfloat16"):
        softmax.lookup(kl).value(np.zeros((1, 2)), np.zeros((1, 2)), "bfloat16")
