"""Distributions of which only the density can be had."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

import kullback as kb
from kullback.distributions.adopt import adopt
from kullback.distributions.adopt.unknown import Unknown
from tests.close import assert_close

from_log_prob = kb.distributions.from_log_prob
LINE = (-math.inf, math.inf)

# Densities by themselves, without quantiles: where they are, and how wide.
SEARCHED = {
    "normal": (stats.norm(3.0, 2.0), LINE),
    "far and narrow": (stats.norm(12345.678, 1e-3), LINE),
    "tiny": (stats.norm(0.0, 1e-12), LINE),
    "huge": (stats.norm(0.0, 1e12), LINE),
    "cauchy": (stats.cauchy(-7.0, 0.1), LINE),
    "gamma near 0": (stats.gamma(0.3), (0.0, math.inf)),
    "gamma": (stats.gamma(1e4, scale=1e-6), (0.0, math.inf)),
    "log-normal": (stats.lognorm(2.5), (0.0, math.inf)),
    "beta at both ends": (stats.beta(0.3, 0.2), (0.0, 1.0)),
    "beta": (stats.beta(300.0, 2.0), (0.0, 1.0)),
    "below an end": (stats.levy_l(5.0, 2.0), (-math.inf, 5.0)),
}


@pytest.mark.parametrize("name", SEARCHED)
def test_the_bulk_is_found(name):
    d, support = SEARCHED[name]
    points = from_log_prob(d.logpdf, support).landmarks()
    assert ((points > support[0]) & (points < support[1])).all()
    assert (np.diff(points) > 0).all()
    # Half of the mass at least lies between the outermost, and no single gap holds nearly all of it.
    inside = np.diff(d.cdf(points))
    assert inside.sum() > 0.5
    assert inside.max() < 0.98


def test_both_peaks_of_a_mixture_are_found():
    def log_prob(x):
        return np.logaddexp(stats.norm(-40.0, 0.1).logpdf(x), stats.norm(300.0, 5.0).logpdf(x)) - math.log(2.0)

    points = from_log_prob(log_prob, LINE).landmarks()
    assert np.min(abs(points + 40.0)) < 0.05
    assert np.min(abs(points - 300.0)) < 2.0


def test_whole_numbers_are_searched():
    d = stats.poisson(1e6)
    p = from_log_prob(d.logpmf, (0, math.inf), whole=True)
    points = p.landmarks()
    assert (points == np.floor(points)).all()
    assert points[0] < 1e6 - 2e3
    assert points[-1] > 1e6 + 2e3
    assert np.min(abs(points - 1e6)) <= 2.0


def test_outside_of_the_support_there_is_nothing():
    calls = []

    def log_prob(x):
        calls.append(np.array(x))
        return -np.asarray(x)

    p = from_log_prob(log_prob, (0.0, math.inf))
    assert_close(p.log_prob(np.asarray([-1.0, 2.0, math.inf])), [-math.inf, -2.0, -math.inf])
    assert all((x > 0.0).all() for x in calls), "the function is asked inside only"
    assert_close(p.log_prob(0.0), 0.0, 0.0, 1e-300)  # at an end: the limit from inside


def test_what_is_given_is_kept():
    d = stats.norm(1.0, 2.0)
    p = from_log_prob(d.logpdf, LINE, landmarks=[3.0, -1.0], cdf=d.cdf, survival=d.sf, quantile=d.ppf)
    assert_close(p.landmarks(), [-1.0, 3.0])
    assert_close(p.cdf(0.3), d.cdf(0.3))
    assert_close(p.survival(0.3), d.sf(0.3))
    assert_close(p.quantile(0.3), d.ppf(0.3))
    assert p.tails is None
    assert from_log_prob(d.logpdf, LINE).cdf(0.3) is None


def test_the_divergence_of_unknown_densities_is_computed():
    p, q = stats.skewnorm(3.0), stats.exponnorm(1.5)
    truth, _ = integrate.quad(
        lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), -8, 12, epsabs=0, epsrel=1e-12, limit=500
    )
    assert_close(kb.kl(p, q), truth, 1e-9)
    assert_close(kb.kl(from_log_prob(p.logpdf, LINE), from_log_prob(q.logpdf, LINE)), truth, 1e-9)


def test_an_unknown_against_one_of_ours():
    p = stats.skewnorm(3.0)
    truth, _ = integrate.quad(
        lambda x: p.pdf(x) * (p.logpdf(x) - stats.norm.logpdf(x)), -8, 12, epsabs=0, epsrel=1e-12, limit=500
    )
    assert_close(kb.kl(p, kb.normal(0, 1)), truth, 1e-9)


class Own:
    """A distribution of a user's own, with the least that is needed."""

    def __init__(self, support=LINE):
        self.support = support

    def log_prob(self, x):
        return -0.5 * x**2 - 0.5 * math.log(2 * math.pi)


def test_objects_of_the_users_own():
    found = adopt(Own())
    assert isinstance(found, Unknown)
    assert_close(found.log_prob(0.7), stats.norm.logpdf(0.7))
    assert_close(kb.kl(Own(), kb.normal(1, 2)), kb.kl(kb.normal(0, 1), kb.normal(1, 2)), 1e-9)


def test_objects_without_a_density():
    class Draws:
        def sample(self):
            return 0.3

    with pytest.raises(
        TypeError, match=r"Draws has no density: none of log_prob, logpdf, logpmf.*from_log_prob.*kb.samples"
    ):
        adopt(Draws())
    with pytest.raises(TypeError, match=r"Own does not say where it has mass.*from_log_prob"):
        adopt(Own(None))


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((3.0, LINE), TypeError, "log_prob is a float, and a function of outcomes is needed"),
        ((abs, 3.0), TypeError, r"support is 3.0, and two numbers \(low, high\) are needed"),
        ((abs, (1.0, 0.0)), ValueError, r"support is \(1, 0\), and low < high is needed"),
    ],
)
def test_what_is_wrong_is_said(arguments, error, match):
    with pytest.raises(error, match=match):
        from_log_prob(*arguments)


def test_landmarks_must_lie_inside():
    with pytest.raises(ValueError, match=r"landmarks are .* finite numbers between 0 and 1 are needed"):
        from_log_prob(abs, (0.0, 1.0), landmarks=[2.0])


def test_a_density_that_is_nowhere_says_so():
    p = from_log_prob(lambda x: np.full(np.shape(x), -math.inf), LINE)
    with pytest.raises(ValueError, match="no outcome with a positive density was found"):
        p.landmarks()
