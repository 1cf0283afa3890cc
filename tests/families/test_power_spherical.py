"""Power spherical: whether KL has a closed form depends on the directions, which a traced call cannot tell."""

import mpmath
import numpy as np
import pytest

import kullback as kb
from tests.close import assert_close

NORTH, ASIDE = [0.0, 0.0, 1.0], [0.0, 0.8, 0.6]
WIDE = [1.0, *[0.0] * 99]


def log_normaliser(d, k):
    b = mpmath.mpf(d - 1) / 2
    return (2 * b + k) * mpmath.log(2) + b * mpmath.log(mpmath.pi) + mpmath.loggamma(b + k) - mpmath.loggamma(2 * b + k)


def textbook(d, k, new):
    """KL of equal directions, or of a uniform P or Q."""
    k, new, b = mpmath.mpf(k), mpmath.mpf(new), mpmath.mpf(d - 1) / 2
    mean = mpmath.log(2) + mpmath.digamma(b + k) - mpmath.digamma(2 * b + k)
    return log_normaliser(d, new) - log_normaliser(d, k) + (k - new) * mean


@pytest.mark.parametrize(
    ("first", "second", "k", "new"),
    [
        (NORTH, NORTH, 2.0, 5.0),
        (NORTH, NORTH, 2.0, 2.0 + 1e-12),
        (NORTH, NORTH, 1e10, 1e10 + 1e4),
        (NORTH, NORTH, 1e-12, 3e-12),
        (NORTH, ASIDE, 0.0, 3.0),
        (NORTH, ASIDE, 3.0, 0.0),
        (NORTH, NORTH, 1e10, 1.0),
        (WIDE, WIDE, 30.0, 31.0),
        (NORTH, NORTH, 3.0, 3.0),
    ],
)
def test_kl_is_the_textbook_formula(first, second, k, new):
    with mpmath.workdps(90):
        p, q = kb.distributions.power_spherical(first, k), kb.distributions.power_spherical(second, new)
        assert_close(kb.kl(p, q), float(textbook(len(first), k, new)))


def test_density_and_entropy():
    with mpmath.workdps(40):
        p = kb.distributions.power_spherical(ASIDE, 2.5)
        k = mpmath.mpf(2.5)
        for x in (NORTH, [0.0, -0.6, 0.8], [1.0, 0.0, 0.0]):
            wanted = k * mpmath.log(1 + mpmath.mpf(float(np.dot(x, ASIDE)))) - log_normaliser(3, k)
            assert_close(p.log_prob(np.array(x)), float(wanted), 1e-14)
        mean = mpmath.log(2) + mpmath.digamma(1 + k) - mpmath.digamma(2 + k)
        assert_close(p.entropy(), float(log_normaliser(3, k) - k * mean))


def test_directions_that_differ_have_no_closed_form():
    with pytest.raises(kb.NotExact):
        kb.kl(kb.distributions.power_spherical(NORTH, 2.0), kb.distributions.power_spherical(ASIDE, 2.0))
