"""What is no distribution raises, and the message says what, where and what to type next."""

import math
import re
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from kullback.distributions import counts, log_probs, logits, probs, samples
from kullback.divergences import catalogue, kl, renyi, tv
from kullback.exact.companions import cross_entropy, entropy

GOOD = [0.5, 0.5]


def fails(error, message, *arguments, **options):
    with pytest.raises(error, match=re.escape(message)):
        kl(*arguments, **options)


def test_totals():
    fails(
        ValueError,
        "p sums to 7 along axis -1, so it is not a probability vector. Counts? kb.counts(p). Logits? kb.logits(p). "
        "Samples? kb.estimate(p, q).",
        [3, 4],
        GOOD,
    )
    fails(ValueError, "q sums to 1.5 along axis -1, so it is not", GOOD, [1.0, 0.5])
    fails(ValueError, "p sums to 1.1 along axis 0 at (1,), so", [[0.5, 0.6], [0.5, 0.5]], [[0.5], [0.5]], axis=0)
    fails(ValueError, "p sums to 0.5 over the outcomes that where keeps", GOOD, GOOD, where=[True, False])
    fails(ValueError, "weights·p sums to 2", GOOD, GOOD, weights=[2, 2])
    fails(ValueError, "exp(p) sums to 2 along axis -1", log_probs([0.0, 0.0]), GOOD)
    fails(ValueError, "p is 0 throughout along axis -1 at (1,)", counts([[1, 2], [0, 0]]), GOOD)
    fails(ValueError, "q is -inf throughout", GOOD, logits([-math.inf, -math.inf]))


def test_tolerance_is_the_rounding_of_the_dtype():
    for dtype, inside, outside in (("f8", 5e-9, 2e-8), ("f4", 5e-5, 3e-4), ("f2", 4e-3, 8e-3)):
        assert kl(np.array([0.5, 0.5 + inside], dtype), GOOD) >= 0.0
        fails(ValueError, "p sums to", np.array([0.5, 0.5 + outside], dtype), GOOD)
    # Inside it the distribution is p/Σp exactly.
    assert kl([0.5 * (1 + 1e-9), 0.5 * (1 + 1e-9)], GOOD) == 0.0


def test_values():
    fails(ValueError, "p is NaN at index (1,), so it is not a probability vector.", [0.5, math.nan], GOOD)
    fails(ValueError, "p is negative at index (0, 1) (-0.2), so it is not", [[1.2, -0.2]], GOOD)
    fails(
        ValueError, "q is negative at index (1,) (-1), so it is not a vector of counts. Log-prob", GOOD, counts([3, -1])
    )
    fails(ValueError, "q is infinite at index (0,)", GOOD, counts([math.inf, 1]))
    fails(ValueError, "p is infinite at index (1,)", logits([0.0, math.inf]), GOOD)
    fails(ValueError, "p is NaN at index (1,)", logits([0.0, math.nan]), GOOD)
    fails(ValueError, "q is NaN at index (1,)", [[0.5, 0.5], [0.5, 0.5]], [0.5, math.nan])
    fails(ValueError, "weights holds -1.0 at index (0,)", GOOD, GOOD, weights=[-1, 3])
    with pytest.raises(ValueError, match=r"rows is NaN at index \(1, 0\)"):
        tv.pairwise([[0.5, 0.5], [math.nan, 0.5]])
    with pytest.raises(ValueError, match="add is -1"):
        counts([1, 2], add=-1)


def test_shapes():
    fails(ValueError, "p has 2 and q has 3 along axis -1 (shapes p: (2,), q: (3,))", GOOD, [0.2, 0.3, 0.5])
    fails(ValueError, "p has 1 and q has 2", [1.0], GOOD)
    fails(ValueError, "p is empty along axis -1", [], [])
    fails(ValueError, "p is a single number", 0.5, GOOD)
    fails(ValueError, "axis 1 is out of range for arrays with 1 dimension.", GOOD, GOOD, axis=1)
    fails(ValueError, "names one axis twice", [GOOD], [GOOD], axis=(1, -1))
    fails(ValueError, "axis is empty", GOOD, GOOD, axis=())
    fails(TypeError, "axis must be an integer", GOOD, GOOD, axis=0.5)
    fails(ValueError, "do not broadcast", [GOOD] * 2, [GOOD] * 3)
    fails(ValueError, "where has (3,) entries", GOOD, GOOD, where=[True] * 3)
    fails(ValueError, "not a rectangular array", [[0.5, 0.5], [1.0]], GOOD)
    with pytest.raises(ValueError, match="one distribution per row"):
        kl.pairwise(GOOD)


def test_types():
    fails(TypeError, "p has dtype <U1, and real numbers are needed", ["a", "b"], GOOD)
    fails(TypeError, "p has dtype object", [None, 1.0], GOOD)
    fails(
        TypeError, "p has dtype object, and real numbers are needed: index (1,) holds 'a' (str).", [1, "a", None], GOOD
    )
    for numbers in ([2**70, 1], [Fraction(1, 2), Decimal("0.5")], np.array(GOOD, object)):
        fails(TypeError, "and real numbers are needed: numpy.asarray(p, dtype=float).", numbers, GOOD)
    fails(TypeError, "p is None, and an array or list of real numbers is needed.", None, GOOD)
    fails(TypeError, "q is a set, and an array or list", GOOD, {0.25, 0.75})
    with pytest.raises(TypeError, match="a is a Counts, and an array"):
        counts(counts([1, 2]))
    with pytest.raises(TypeError, match="add is 'a', and a pseudo-count is one number"):
        counts([1, 2], add="a")
    fails(TypeError, "q has dtype complex128", GOOD, [0.5j, 0.5])
    fails(TypeError, "p has dtype bool", [True, False], GOOD)
    fails(TypeError, "where has dtype int64", GOOD, GOOD, where=[1, 1])
    fails(TypeError, "masked array", np.ma.masked_array(GOOD, [False, True]), GOOD)
    fails(TypeError, "estimated, not computed: kb.estimate(p, q, of=kb.kl)", samples([1.0, 2.0]), GOOD)
    with pytest.raises(TypeError, match=r"kb.estimate\(p, q, of=kb.renyi\(alpha=2.0\)\)"):
        renyi(2)(GOOD, samples([1.0, 2.0]))
    with pytest.raises(TypeError):
        kl(GOOD, GOOD, 0)


def test_foreign_arrays_where_only_numpy_is_understood():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"p is a torch Tensor, and only NumPy arrays are understood here: pass numpy"):
        kl.derivatives(torch.tensor(GOOD), GOOD)


@pytest.mark.parametrize("divergence", catalogue, ids=repr)
def test_without_checks_bad_rows_are_nan_and_good_rows_are_right(divergence):
    rows = np.array([[0.5, 0.5], [3.0, 4.0], [math.nan, 1.0], [1.2, -0.2], [math.inf, 0.0], [0.0, 0.0]])
    value = divergence(rows, [0.25, 0.75], check=False)
    assert value[0] == divergence(rows[0], [0.25, 0.75]) and np.isnan(value[1:]).all()
    assert np.isnan(divergence([0.25, 0.75], rows, check=False)[1:]).all()
    assert np.isnan(divergence(logits([[math.nan, 0.0], [math.inf, 0.0], [-math.inf] * 2]), GOOD, check=False)).all()
    assert np.isnan(divergence(counts([[0, 0], [-1, 2]]), GOOD, check=False)).all()


def test_bases():
    for base in (0, 1, -2, 0.5, math.nan, math.inf):
        fails(ValueError, f"base is {base}, and a base above 1 is needed", GOOD, GOOD, base=base)
    for base in ("2", [2], np.array([2.0, 3.0])):
        fails(TypeError, f"base is {base!r}, and a number is needed", GOOD, GOOD, base=base)
    assert kl(GOOD, [0.25, 0.75], base=np.float32(2)) == kl(GOOD, [0.25, 0.75], base=2)


def test_negative_numbers_are_no_counts():
    fails(ValueError, "q is negative at index (1,) (-1), so it is not a probability vector. Log-prob", GOOD, [2, -1])
    for known in (kl, entropy, kl.terms):
        with pytest.raises(ValueError, match=r"Log-probabilities\? kb.log_probs\(p\). Logits\? kb.logits\(p\).$"):
            known([-1.0, -0.5], *([GOOD] if known is not entropy else []))


def test_rows_of_different_length():
    with pytest.raises(ValueError, match=r"rows has shape \(1, 2\) and others has shape \(2, 3\)"):
        kl.pairwise([GOOD], np.full((2, 3), 1 / 3))


def test_companions_have_the_same_rules():
    with pytest.raises(ValueError, match="p sums to 7"):
        entropy([3, 4])
    with pytest.raises(ValueError, match="q is negative at index"):
        cross_entropy(GOOD, [1.2, -0.2])
    with pytest.raises(TypeError, match="samples"):
        entropy(samples([1.0]))
    with pytest.raises(ValueError, match="base is 1"):
        entropy(GOOD, base=1)
    assert math.isnan(entropy([3, 4], check=False))


def test_no_warnings_leak():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for divergence in catalogue:
            divergence([0.0, 1.0], [1.0, 0.0])
            divergence(logits([-math.inf, 1e308, 0.0]), logits([1e308, -1e308, 0.0]))
            divergence(probs(np.array([1e-310, 1.0])), np.array([1.0, 1e-310]))
            divergence(np.array([1.0, 0.0], "f4"), np.array([1e-45, 1.0], "f4"))


@pytest.mark.parametrize("divergence", catalogue, ids=repr)
def test_never_nan_on_extreme_logits(divergence):
    rng = np.random.default_rng(0)
    values = np.array([-math.inf, -1e308, -1e6, -745.0, -1.0, 0.0, 1e-300, 1.0, 1e6, 1e308])
    a, b = (np.concatenate([rng.choice(values, (300, 3)), np.zeros((300, 1))], axis=1) for _ in range(2))
    result = divergence(logits(a), logits(b))
    assert not np.isnan(result).any() and (result >= 0.0).all()
