"""Our few probability functions against mpmath at 30 digits and against SciPy."""

import math

import mpmath as mp
import pytest
from scipy import special, stats
from tests.close import assert_close

from kullback.intervals import noncentral_chi_square
from kullback.special import beta_cdf, beta_quantile, chi_square_sf, normal_quantile, student_quantile


@pytest.mark.parametrize("probability", [1e-12, 1e-4, 0.025, 0.4, 0.5, 0.75, 0.975, 1 - 1e-9])
def test_normal_quantile(probability):
    with mp.workdps(30):
        truth = float(mp.sqrt(2) * mp.erfinv(2 * mp.mpf(probability) - 1))
    assert_close(normal_quantile(probability), truth, 1e-13, 1e-15)


@pytest.mark.parametrize(("degrees", "error"), [(1, 1e-12), (1.5, 3e-2), (2, 1e-12), (3, 3e-3), (11, 4e-6), (59, 1e-8)])
def test_student_quantile(degrees, error):
    assert_close(student_quantile(0.975, degrees), special.stdtrit(degrees, 0.975), error)


@pytest.mark.parametrize("degrees", [0.3, 1, 2, 24, 99, 1999, 2001, 1e5, 1e6])
@pytest.mark.parametrize("deviate", [-4, -1, -1e-5, 0, 1e-4, 1, 3, 8])
def test_chi_square_tail(degrees, deviate):
    x = degrees + deviate * math.sqrt(2 * degrees)
    if x > 0:
        with mp.workdps(30):
            truth = float(mp.gammainc(mp.mpf(degrees) / 2, mp.mpf(x) / 2, mp.inf, regularized=True))
        assert_close(chi_square_sf(x, degrees), truth, 1e-10 if degrees < 2000 else 1e-5)


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (1, 3), (30, 40), (5, 1e6), (3e3, 1e5), (3e4, 2e5), (1e8, 1e8)])
@pytest.mark.parametrize("probability", [0.001, 0.025, 0.5, 0.975])
def test_beta(a, b, probability):
    x = special.betaincinv(a, b, probability)
    assert_close(beta_cdf(x, a, b), probability, 5e-8)
    assert_close(beta_quantile(probability, a, b), x, 1e-8)


def noncentral_cdf(x, degrees, noncentrality):
    """The Poisson mixture of central laws, summed in mpmath."""
    with mp.workdps(30):
        half = mp.mpf(noncentrality) / 2
        return float(
            mp.nsum(
                lambda j: (
                    mp.exp(-half + j * mp.log(half) - mp.loggamma(j + 1))
                    * mp.gammainc(mp.mpf(degrees) / 2 + j, 0, mp.mpf(x) / 2, regularized=True)
                ),
                [0, 400],
                method="direct",
            )
        )


@pytest.mark.parametrize(("x", "degrees", "noncentrality"), [(1, 1, 3), (30, 19, 4), (60, 0.4, 80), (200, 99, 150)])
def test_noncentral_cdf(x, degrees, noncentrality):
    truth = noncentral_cdf(x, degrees, noncentrality)
    assert_close(noncentral_chi_square.cdf(x, degrees, noncentrality), truth, 1e-10)


@pytest.mark.parametrize("degrees", [0.01, 0.5, 1, 3, 19, 99, 2000, 1e5])
@pytest.mark.parametrize("x", [0.01, 1.0, 30.0, 300.0, 499.9, 500.1, 2e3, 1e5, 2e5])
def test_interval_ends_are_where_the_tails_are(x, degrees):
    low, high = noncentral_chi_square.interval(x, degrees)
    if low > 0:
        assert_close(stats.ncx2.sf(x, degrees, low), 0.025, 3e-5)
    else:
        assert stats.chi2.sf(x, degrees) >= 0.025 * (1 - 1e-4)
    if x > stats.chi2.ppf(0.2, degrees) and high > 0:
        assert_close(stats.ncx2.cdf(x, degrees, high), 0.025, 2e-4 if degrees > 1e4 else 3e-5)


@pytest.mark.parametrize("x", [1e6, 1e9])
def test_interval_of_huge_statistics(x):
    # √χ² is normal with standard deviation 1 to within 1/x here.
    low, high = noncentral_chi_square.interval(x, 19.0)
    z = normal_quantile(0.975)
    assert_close(math.sqrt(low), math.sqrt(x - 18.5) - z, 2 / x)
    assert_close(math.sqrt(high), math.sqrt(x - 18.5) + z, 2 / x)


def test_interval_at_zero_and_its_errors():
    low, high = noncentral_chi_square.interval(0.0, 19.0)
    assert low == 0.0 < high
    assert noncentral_chi_square.interval(math.inf, 4.0) == (math.inf, math.inf)
    assert noncentral_chi_square.interval(0.0, 0.0) == (0.0, 0.0)
    with pytest.raises(ValueError, match="x is -1"):
        noncentral_chi_square.interval(-1.0, 3.0)
    with pytest.raises(ValueError, match="x is nan"):
        noncentral_chi_square.interval(math.nan, 3.0)
