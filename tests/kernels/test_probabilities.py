"""Kernels of probabilities, compiled and in NumPy, at every level of this processor: held to 60 digits."""

import os
import subprocess
import sys
from functools import cache

import mpmath
import numpy as np
import pytest

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
from kullback.kernels import native, probabilities

MEMBERS = (
    *(kl, kl.reverse, js, jeffreys, tv, hellinger, chi2, neyman_chi2),
    *(renyi(alpha) for alpha in (0.01, 0.3, 0.5, 0.999999, 1.0, 1.000001, 2.0, 5.0, 8.0)),
    *(
        renyi(3.0).reverse,
        chi2.reverse,
        jensen_shannon(weights=(0.25, 0.75)),
        jensen_shannon(weights=(0.25, 0.75)).reverse,
    ),
)
BOUND = {np.float64: 2e-14, np.float32: 1e-6}
TOLERANCE = {np.float64: 1e-8, np.float32: 1e-4}
TYPES = (np.float64, np.float32)


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
    probabilities.lookup.cache_clear()
    assert request.param == native.LEVEL
    yield request.param
    native.native.cache_clear()
    probabilities.lookup.cache_clear()


def test_the_extension_was_built():
    """The other tests compare what there is; where this suite runs, there is a compiler."""
    assert "baseline" in levels()


def truth(divergence, p, q):
    """Return D of the numbers as stored, divided by their totals."""
    with mpmath.workdps(60):
        p, q = [mpmath.mpf(float(x)) for x in p], [mpmath.mpf(float(x)) for x in q]
        if p == q or len(p) == 1:
            return mpmath.mpf(0)
        p, q = [x / mpmath.fsum(p) for x in p], [x / mpmath.fsum(q) for x in q]
        return divergence.textbook(p, q, mpmath.mp)


def check(found, expected, bound):
    if mpmath.isinf(expected):
        return found == np.inf
    return found >= 0.0 and abs(mpmath.mpf(float(found)) - expected) <= bound * expected


def softmax(x):
    """Return a softmax computed in the dtype of `x`, with its rounding."""
    e = np.exp(x - x.max())
    return e / e.sum(dtype=x.dtype)


@cache
def ordinary(dtype):
    """Return pairs as they occur: every one of them must be promised."""
    rng = np.random.default_rng(20260801)
    cases = {}
    apart = (1.0, 1e-1, 1e-3, 1e-6, 1e-10, 1e-14) if dtype is np.float64 else (1.0, 1e-1, 1e-3, 1e-5)
    for n in (2, 3, 8, 31):
        for step in apart:
            p = rng.dirichlet(np.ones(n))
            # At least a few units in the last place, else the stored pair may be equal.
            q = p * np.exp(step * rng.standard_normal(n)) if step > 1e-14 else p * (1.0 + step * (-1.0) ** np.arange(n))
            cases[f"{n} outcomes, apart by {step}"] = (p / p.sum(), q / q.sum())
    p, q = rng.dirichlet(np.full(1100, 0.3), 2)
    cases["1100 outcomes"] = (p, q)
    p, q = rng.dirichlet(np.ones(150), 2)
    q[rng.random(150) < 0.5] = 0.0
    cases["zeros in q"] = (p, q / q.sum())
    cases["zeros in p"] = (q / q.sum(), p)
    both = np.where(q > 0.0, p, 0.0)
    cases["zeros in both"] = (both / both.sum(), q / q.sum())
    cases["one outcome"] = (np.ones(1), np.full(1, 1.0 - (1e-16 if dtype is np.float64 else 1e-7)))
    cases["certain"] = (np.array([1.0, 0.0, 0.0]), np.array([0.25, 0.75, 0.0]))
    cases["equal"] = (p, p)
    # Few different values, so that the rounding errors of the terms do not average out.
    for ratio in (1.05, 1.4, 1.9, 2.9):
        q = np.where(np.arange(100) % 2 == 0, 1.0, 1.0 / ratio)
        cases[f"100 outcomes of two values, ratio {ratio}"] = (np.full(100, 0.01), q / q.sum())
    # Again, apart by less, and so many outcomes that float32 is summed in float32.
    for few, apart in ((2, 1.0), (3, 0.35), (3, 1e-4)):
        values = np.exp(apart * rng.standard_normal((2, few)))[:, np.arange(101) % few]
        cases[f"101 outcomes of {few} values, apart by {apart}"] = tuple(values / values.sum(-1, keepdims=True))
    stored = {name: (p.astype(dtype), q.astype(dtype)) for name, (p, q) in cases.items()}
    x = (6.0 * rng.standard_normal(600)).astype(dtype)
    y = x + (3e-3 * rng.standard_normal(600)).astype(dtype)
    stored["softmax"] = (softmax(x), softmax(y))
    x[::3] = -95.0  # subnormal numbers in float32
    stored["softmax with tiny outcomes"] = (softmax(x), softmax(y))
    off = 1e-9 if dtype is np.float64 else 5e-5
    p, q = rng.dirichlet(np.ones(80), 2)
    stored["totals off"] = ((p * (1.0 + off)).astype(dtype), (q * (1.0 - off)).astype(dtype))
    close = p * np.exp(1e-2 * rng.standard_normal(80))
    stored["totals off, close"] = ((p * (1.0 + off)).astype(dtype), (close / close.sum()).astype(dtype))
    return stored


@cache
def ordinary_truth(member, dtype, name):
    return truth(member, *ordinary(dtype)[name])


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_ordinary_rows_are_promised_and_right(level, member, dtype):
    kernel = probabilities.lookup(member)
    for name, (p, q) in ordinary(dtype).items():
        expected = ordinary_truth(member, dtype, name)
        found = kernel(p, q, TOLERANCE[dtype])
        if np.isnan(found) and member.name == "renyi" and expected * abs(1 - member.parameters[0][1]) > 3.9:
            continue  # Σ p^α q^(1−α) below 0.02: not promised
        error = abs(mpmath.mpf(float(found)) / expected - 1) if expected and mpmath.isfinite(expected) else 0
        assert check(found, expected, BOUND[dtype]), (name, found, expected, float(error))


@pytest.mark.parametrize("dtype", TYPES)
def test_rounding_errors_that_repeat_do_not_add_up(level, dtype):
    """Rows of a few values, each a hundred thousand times: errors of terms, and of sums, that are always the same."""
    rng = np.random.default_rng(11)
    ratios = [1.0 + 10.0**-k for k in range(7)] + [1.35, 1.42, 1.9, 2.7, 2.85, 3.1, 9.0]
    for values in [np.array([[1.0, 1.0], [ratio, 1.0]]) for ratio in ratios] + list(rng.exponential(size=(9, 2, 3))):
        which = np.arange(100_000 * values.shape[1]) % values.shape[1]
        p, q = (values[:, which] / np.sum(values[:, which], axis=-1, keepdims=True)).astype(dtype)
        with mpmath.workdps(60):
            few = [[mpmath.mpf(float(x)) for x in row[: values.shape[1]]] for row in (p, q)]
            few = [[x / mpmath.fsum(row) for x in row] for row in few]
            expected = kl.textbook(*few, mpmath.mp)  # as often each, so as few of each
        found = probabilities.lookup(kl)(p, q, TOLERANCE[dtype])
        assert check(found, expected, BOUND[dtype]), (values, found, expected)


def hard(dtype):
    rng = np.random.default_rng(5)
    tiny, least = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).tiny
    p = rng.dirichlet(np.ones(60))
    yield "subnormal in q", [0.5, 0.5 - 1e-3, 1e-3], [0.5, 0.5, 7 * tiny]
    yield "subnormal in p", [0.5, 0.5, 7 * tiny], [0.5, 0.5 - 1e-3, 1e-3]
    yield "subnormal in both", [0.5, 0.5, 7 * tiny], [0.25, 0.75, 3 * tiny]
    yield "only subnormal numbers differ", [1.0, 7 * tiny, 3 * tiny], [1.0, 3 * tiny, 7 * tiny]
    yield "only tiny numbers differ", [1.0, 7 * least, 3 * least], [1.0, 3 * least, 7 * least]
    yield "a ratio that overflows", [1.0, 0.0], [least, 1.0]
    yield "disjoint", [1.0, 0.0], [0.0, 1.0]
    yield "hardly overlapping", [1.0, 1e-30], [1e-30, 1.0]
    off = 1e-9 if dtype is np.float64 else 5e-5
    for apart in (1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13):
        q = p * np.exp(apart * rng.standard_normal(60))
        yield f"totals off, apart by {apart}", p * (1.0 + off), q / q.sum()
    yield "proportional", p, p * (1.0 + off)
    yield "steep", [1 - 1e-12, 1e-12], [1e-3, 1 - 1e-3]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_hard_rows_are_right_or_not_promised(level, member, dtype):
    kernel = probabilities.lookup(member)
    for name, p, q in hard(dtype):
        p, q = np.asarray(p, dtype), np.asarray(q, dtype)
        found = kernel(p, q, TOLERANCE[dtype])
        if not np.isnan(found):
            expected = truth(member, p, q)
            assert check(found, expected, BOUND[dtype]), (name, found, expected)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_what_is_no_distribution_is_not_promised(level, member, dtype):
    kernel = probabilities.lookup(member)
    good = np.full(600, 1 / 600, dtype)
    for fault in (np.nan, np.inf, -np.inf, -1e-5):
        for index in (0, 300, 599):
            bad = good.copy()
            bad[index] = fault
            if fault == -1e-5:
                bad[index - 1] += dtype(2e-5)
            assert np.isnan(kernel(bad, good, 1e-3)), fault
            assert np.isnan(kernel(good, bad, 1e-3)), fault
    for other in (good * dtype(1.01), np.zeros(600, dtype)):
        assert np.isnan(kernel(other, good, 1e-3))
        assert np.isnan(kernel(good, other, 1e-3))
        assert np.isnan(kernel(other, other, 1e-3))
    empty = np.zeros((2, 0), dtype)
    assert np.isnan(kernel(empty, empty, 1e-3)).all()
    minus_zero = np.array([-0.0, 0.5, 0.5], dtype)
    assert kernel(minus_zero, np.abs(minus_zero), 1e-3) == 0.0


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_layouts_do_not_matter(level, member, dtype):
    kernel = probabilities.lookup(member)
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(2500), 3).astype(dtype)
    q = rng.dirichlet(np.ones(2500), 4).astype(dtype)
    tolerance = TOLERANCE[dtype]
    expected = np.array([[kernel(a, b, tolerance) for b in q] for a in p])
    assert expected.dtype == np.float64
    assert not np.isnan(expected).any()
    wide = np.zeros((3, 5000), dtype)
    wide[:, ::2] = p
    for first, second in (
        (p, q),
        (np.asfortranarray(p), q[:, ::-1][:, ::-1]),
        (wide[:, ::2], np.asfortranarray(q)),
    ):
        found = kernel(first[:, None, :], second[None, :, :], tolerance)
        assert np.array_equal(found, expected)
    backwards = kernel(p[:, ::-1][:, None, :], q[:, ::-1], tolerance)
    assert np.allclose(backwards, expected, rtol=BOUND[dtype], atol=0.0)  # noqa: TID251
    assert np.ndim(kernel(p[0], q[0], tolerance)) == 0
    frozen = p.copy()
    frozen.flags.writeable = False
    assert np.array_equal(kernel(frozen[:, None, :], q, tolerance), expected)


def test_mixed_types_are_computed_in_double(level):
    p, q = np.random.default_rng(1).dirichlet(np.ones(50), 2)
    single = q.astype(np.float32)
    kernel = probabilities.lookup(kl)
    assert kernel(p, single, 1e-4) == kernel(p, single.astype(np.float64), 1e-4)


def test_every_level_gives_nearly_the_same(level):
    p, q = np.random.default_rng(1).dirichlet(np.ones(5000), 2)
    found = [probabilities.lookup(member)(p, q, 1e-8) for member in MEMBERS]
    code = (
        "import numpy as np; from tests.kernels.test_probabilities import MEMBERS; "
        "from kullback.kernels import probabilities; p, q = np.random.default_rng(1).dirichlet(np.ones(5000), 2); "
        "print([float(probabilities.lookup(m)(p, q, 1e-8)) for m in MEMBERS])"
    )
    other = eval(run(code, KULLBACK_KERNELS="numpy"))
    assert np.abs(np.array(found) / other - 1.0).max() < 4e-14


def run(code, **environment):
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env={**os.environ, **environment}, capture_output=True, text=True
    )
    if answer.returncode:
        raise RuntimeError(answer.stderr)
    return answer.stdout


THREADS = """
import hashlib, numpy as np
from tests.kernels.test_probabilities import MEMBERS
from kullback.kernels import probabilities
rng = np.random.default_rng(0)
long = rng.exponential(size=(2, 700_001)); long /= long.sum(-1, keepdims=True)
rows = rng.exponential(size=(2, 3000, 257)); rows /= rows.sum(-1, keepdims=True)
for member in MEMBERS:
    kernel = probabilities.lookup(member)
    for dtype in (np.float64, np.float32):
        for p, q in (long.astype(dtype), rows.astype(dtype)):
            found = np.asarray(kernel(p, q, 1e-4))
            assert not np.isnan(found).any(), member
            print(member, dtype.__name__, hashlib.sha1(found.tobytes()).hexdigest())
"""


def test_threads_do_not_change_a_bit():
    one, two, five = (run(THREADS, KULLBACK_THREADS=count) for count in ("1", "2", "5"))
    assert len(one.splitlines()) == 4 * len(MEMBERS)
    assert one == two == five


def test_a_divergence_has_one_kernel():
    assert probabilities.lookup(kl) is probabilities.lookup(kl)
    assert probabilities.lookup(renyi(0.5)) is probabilities.lookup(renyi(0.5))
    assert probabilities.lookup(renyi(0.0)) is None
    assert probabilities.lookup(renyi(float("inf"))) is None


def test_the_level_can_be_forced_and_is_explained():
    show = "from kullback.kernels import native; print(native.LEVEL, '|', native.REASON)"
    assert run(show, KULLBACK_KERNELS="numpy") == "numpy | KULLBACK_KERNELS=numpy\n"
    assert run(show, KULLBACK_KERNELS="baseline") == "baseline | \n"
    with pytest.raises(RuntimeError, match="KULLBACK_KERNELS is 'fast', and it may be numpy, baseline, x86-64-v3"):
        run(show, KULLBACK_KERNELS="fast")
    with pytest.raises(RuntimeError, match="KULLBACK_THREADS is 'many', and a whole number of at least 1 is needed"):
        run(show, KULLBACK_THREADS="many", KULLBACK_KERNELS="baseline")


def test_importing_kullback_loads_no_kernels():
    code = "import kullback, sys; print([name for name in sys.modules if name.startswith('kullback.kernels')])"
    assert run(code) == "[]\n"
