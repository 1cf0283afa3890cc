"""A user's own convex function."""

import math

import numpy as np
import pytest

from kullback.distributions import counts, logits
from kullback.divergence import Law
from kullback.divergences import chi2, f_divergence, hellinger, hockey_stick, kl, triangular, tv
from tests.close import assert_close


def entropic(t):
    return t * np.log(t)


def test_it_is_the_divergence_of_its_function():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(6), (2, 20))
    for f, member in (
        (entropic, kl),
        (lambda t: -np.log(t), kl.reverse),
        (lambda t: (t - 1) ** 2, chi2),
        (lambda t: t**2 - 1, chi2),
        (lambda t: t**2 - t, chi2),
        (lambda t: (t - 1) ** 2 / (t + 1), triangular),
        (lambda t: 0.5 * np.abs(t - 1), tv),
        (lambda t: np.maximum(t - 2, 0), hockey_stick(2)),
    ):
        divergence = f_divergence(f)
        assert_close(divergence(p, q), member(p, q), relative=1e-12, absolute=1e-16)
        assert np.all(divergence.terms(p, q) >= 0.0)
        assert_close(divergence.terms(p, q).sum(-1), divergence(p, q))
        assert_close(divergence.range[1], member.range[1])
        for one, other in (([0.5, 0.5, 0.0], [0.2, 0.8, 0.0]), ([1.0, 0.0], [0.4, 0.6]), ([0.4, 0.6], [1.0, 0.0])):
            assert_close(divergence(one, other), member(one, other), relative=1e-12)
    squared = f_divergence(lambda t: 0.5 * (np.sqrt(t) - 1) ** 2)
    assert_close(squared(p, q), hellinger(p, q) ** 2, relative=1e-12)


@pytest.mark.parametrize("apart", [1e-1, 1e-4, 1e-8, 1e-12, 1e-14])
def test_smooth_functions_keep_their_digits_near_equality(apart):
    p = np.array([0.1, 0.2, 0.7])
    q = p * (1.0 + apart * np.array([1.0, -2.0, 3.0 / 7.0]))
    assert_close(f_divergence(entropic)(p, q), kl(p, q), relative=2e-12)
    assert_close(f_divergence(entropic)(counts(p), counts(3e9 * q)), kl(counts(p), counts(3e9 * q)), relative=2e-12)
    assert_close(f_divergence(lambda t: t**7 - 7 * t + 6)(p, q) / chi2(p, q), 21.0, relative=40 * apart + 1e-11)
    assert_close(
        f_divergence(entropic)(logits(np.log(p)), logits(np.log(q))), kl(logits(np.log(p)), logits(np.log(q))), 2e-12
    )


def test_what_it_obeys():
    assert Law.ZERO_IFF_EQUAL in f_divergence(entropic).laws
    assert Law.ZERO_IFF_EQUAL in f_divergence(lambda t: np.abs(t - 1)).laws
    assert Law.ZERO_IFF_EQUAL not in f_divergence(lambda t: np.maximum(t - 1.5, 0)).laws
    assert Law.ZERO_IFF_EQUAL not in f_divergence(lambda t: t - 1).laws
    assert f_divergence(lambda t: t - 1)([0.2, 0.8], [0.5, 0.5]) == 0.0
    assert Law.BOUNDED not in f_divergence(entropic).laws
    assert f_divergence(entropic) == f_divergence(entropic) != f_divergence(lambda t: t**2 - 1)
    assert repr(f_divergence(entropic)) == "f_divergence(f=entropic)"


def test_limits():
    slow = {"at_zero": 1.0, "slope_at_infinity": 0.0}
    gently = f_divergence(lambda t: 1 - t**0.02, **slow)
    assert_close(gently([1.0, 0.0], [0.0, 1.0]), 1.0)
    with pytest.raises(ValueError, match=r"limit of f at 0 cannot be told.*pass at_zero="):
        f_divergence(lambda t: 1 - t**0.02)
    with pytest.raises(ValueError, match=r"at_zero is 3, but the values of f tend to 1\b"):
        f_divergence(lambda t: (t - 1) ** 2, at_zero=3)
    with pytest.raises(ValueError, match=r"slope_at_infinity is 3, but the values of f tend to inf"):
        f_divergence(lambda t: (t - 1) ** 2, slope_at_infinity=3)
    with pytest.raises(ValueError, match=r"at_zero is nan"):
        f_divergence(entropic, at_zero=math.nan)


def test_bad_functions():
    with pytest.raises(ValueError, match=r"f\(1\) is 1, and must be 0"):
        f_divergence(lambda t: t**2)
    with pytest.raises(ValueError, match=r"f is not convex: f\(.*\) = .*, f\(.*\) = .*, f\(.*\) = .*"):
        f_divergence(lambda t: np.sin(t - 1))
    with pytest.raises(ValueError, match="not convex"):
        f_divergence(lambda t: np.sqrt(t) - 1)
    with pytest.raises(ValueError, match=r"f\(\S+\) is nan"):
        f_divergence(lambda t: np.sqrt(t - 0.5) - np.sqrt(0.5))
    with pytest.raises(ValueError, match="one real number for each"):
        f_divergence(lambda t: 0.0)
    with pytest.raises(TypeError, match="cannot be called with an array"):
        f_divergence(math.log)
    with pytest.raises(ValueError, match=r"derivative\(1\) is 5"):
        f_divergence(entropic, derivative=lambda t: 5 * t)
    for wrong in (([0.5, 0.5], [0.1, 0.9]), (entropic, 2), (2,)):
        with pytest.raises(TypeError, match=r"did you mean kb\.f_divergence\(f\)\(p, q\)"):
            f_divergence(*wrong)


def test_a_function_of_another_library():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    p, q = (torch.tensor(x) for x in rng.dirichlet(np.ones(6), (2, 4)))
    divergence = f_divergence(lambda t: t * torch.log(t), derivative=lambda t: torch.log(t) + 1.0)
    assert divergence.range == kl.range and divergence.laws <= kl.laws
    assert_close(divergence(p, q).numpy(), kl(p.numpy(), q.numpy()), relative=1e-12)
    # What PyTorch computes on a GPU.
    from kullback.exact.core import gradients
    from kullback.exact.rows import Rows

    rows = [Rows(x, counts(x), 0.0) for x in (p, q)]
    for one, other in zip(gradients(divergence, *rows, None), gradients(kl, *rows, None), strict=True):
        assert_close(one.numpy(), other.numpy(), relative=1e-11, absolute=1e-14)
