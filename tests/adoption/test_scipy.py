"""SciPy: every family with a counterpart, at ordinary parameters, and what has none."""

import numpy as np
import pytest
from scipy import stats

import kullback as kb
from kullback.distribution import Finite
from kullback.distributions.adopt import adopt
from kullback.distributions.adopt.scipy import NEWER, READERS, VECTORS
from kullback.distributions.adopt.unknown import Unknown
from tests.adoption.agree import known, masses, same_density
from tests.close import assert_close

LEVELS = np.asarray([0.01, 0.2, 0.5, 0.8, 0.99])
PLACE = {"loc": 0.5, "scale": 1.7}

CONTINUOUS = {
    "arcsine": (),
    "beta": (2.3, 1.4),
    "betaprime": (2.3, 3.4),
    "bradford": (2.0,),
    "cauchy": (),
    "chi": (3.5,),
    "chi2": (3.5,),
    "expon": (),
    "erlang": (3,),
    "f": (5.0, 7.0),
    "fisk": (2.5,),
    "gamma": (2.3,),
    "genextreme": (-0.2,),
    "gengamma": (2.3, 1.4),
    "gennorm": (1.5,),
    "genpareto": (0.3,),
    "gibrat": (),
    "gompertz": (0.8,),
    "gumbel_l": (),
    "gumbel_r": (),
    "halfcauchy": (),
    "halflogistic": (),
    "halfnorm": (),
    "invgamma": (2.3,),
    "invgauss": (0.7,),
    "invweibull": (2.3,),
    "johnsonsb": (0.4, 1.3),
    "laplace": (),
    "laplace_asymmetric": (1.6,),
    "levy": (),
    "levy_l": (),
    "loggamma": (2.3,),
    "logistic": (),
    "loglaplace": (2.3,),
    "lognorm": (0.8,),
    "loguniform": (0.5, 4.0),
    "lomax": (2.3,),
    "maxwell": (),
    "moyal": (),
    "nakagami": (1.8,),
    "norm": (),
    "pareto": (2.3,),
    "pearson3": (0.7,),
    "powerlaw": (1.6,),
    "rayleigh": (),
    "rdist": (3.0,),
    "semicircular": (),
    "t": (4.5,),
    "triang": (0.3,),
    "truncexpon": (2.0,),
    "truncnorm": (-0.5, 2.0),
    "truncpareto": (2.3, 5.0),
    "truncweibull_min": (2.3, 0.2, 1.5),
    "uniform": (),
    "wald": (),
    "weibull_max": (2.3,),
    "weibull_min": (2.3,),
}
CIRCULAR = {"vonmises": (2.5,), "wrapcauchy": (0.4,)}
WHOLE = {
    "bernoulli": (0.3,),
    "betabinom": (10, 2.0, 3.0),
    "binom": (10, 0.3),
    "geom": (0.3,),
    "hypergeom": (20, 7, 12),
    "logser": (0.6,),
    "nbinom": (5.5, 0.4),
    "planck": (0.7,),
    "poisson": (3.2,),
    "randint": (2, 9),
    "skellam": (3.0, 2.0),
    "zipf": (2.5,),
    "zipfian": (1.5, 20),
}


def test_every_reader_has_a_case():
    tried = {type(getattr(stats, name)).__name__ for name in (*CONTINUOUS, *CIRCULAR, *WHOLE)}
    assert tried == set(READERS)


@pytest.mark.parametrize("name", CONTINUOUS)
@pytest.mark.parametrize("place", [{}, PLACE], ids=["standard", "moved"])
def test_continuous_families(name, place):
    d = getattr(stats, name)(*CONTINUOUS[name], **place)
    x = d.ppf(LEVELS)
    same_density(known(d), x, d.logpdf(x))


@pytest.mark.parametrize("name", CIRCULAR)
def test_circular_families(name):
    d = getattr(stats, name)(*CIRCULAR[name], loc=0.5)
    x = np.asarray([0.6, 1.4, 3.0])
    same_density(known(d), x, d.logpdf(x))


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("loc", [0, 3])
def test_families_of_whole_numbers(name, loc):
    d = getattr(stats, name)(*WHOLE[name], loc=loc)
    x = np.unique(d.ppf(LEVELS))
    same_density(known(d), x, d.logpmf(x))


@pytest.mark.parametrize("name", ["norm", "gamma", "t", "weibull_min", "lognorm", "beta"])
def test_batches(name):
    shapes = [np.asarray([s, s + 0.5, s + 1.0]) for s in CONTINUOUS[name]]
    d = getattr(stats, name)(*shapes, loc=np.zeros((2, 1)), scale=np.asarray([1.0, 2.0, 3.0]))
    found = known(d)
    assert found.batch_shape == (2, 3)
    same_density(found, np.full((2, 3), 0.6), d.logpdf(0.6))


def test_negative_parameters():
    for d in (stats.gengamma(2.3, -1.4), stats.pearson3(-0.7), stats.pearson3(0.0, 1.0, 2.0)):
        x = d.ppf(LEVELS)
        same_density(known(d), x, d.logpdf(x))


def test_keywords_and_unfrozen_families():
    same_density(known(stats.gamma(a=2.0, scale=3.0)), 1.5, stats.gamma(2.0, scale=3.0).logpdf(1.5))
    same_density(known(stats.norm), 0.7, stats.norm.logpdf(0.7))
    with pytest.raises(TypeError, match=r"its shape \(a\) is not given: scipy.stats.gamma\(a=…\)"):
        adopt(stats.gamma)


def test_values_and_histograms():
    given = stats.rv_discrete(values=([1, 2, 5], [0.2, 0.5, 0.3]))
    for d in (given, given()):
        same_density(known(d), np.asarray([1.0, 2.0, 5.0]), given.logpmf([1, 2, 5]))
    d = stats.rv_histogram((np.asarray([3, 5, 2]), np.asarray([0.0, 1.0, 2.5, 3.0])), density=False)
    same_density(known(d), np.asarray([0.5, 2.0, 2.7]), d.logpdf([0.5, 2.0, 2.7]))


A = np.asarray([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 0.8]])
M = np.asarray([0.5, -1.0, 2.0])
X = np.asarray([0.3, 0.2, 1.5])
B = np.asarray([[1.3, 0.4], [0.4, 0.9]])
SEVERAL = {
    "multivariate_normal": (stats.multivariate_normal(M, A), X),
    "normal_by_diagonal": (stats.multivariate_normal(M, stats.Covariance.from_diagonal([1.0, 2.0, 3.0])), X),
    "normal_by_cholesky": (stats.multivariate_normal(M, stats.Covariance.from_cholesky(np.linalg.cholesky(A))), X),
    "normal_by_precision": (stats.multivariate_normal(M, stats.Covariance.from_precision(A)), X),
    "matrix_normal": (stats.matrix_normal(np.zeros((3, 2)), A, B), np.ones((3, 2)) * 0.3),
    "multivariate_t": (stats.multivariate_t(M, A, df=4.5), X),
    "dirichlet": (stats.dirichlet([0.8, 2.0, 3.0]), np.asarray([0.2, 0.3, 0.5])),
    "dirichlet_multinomial": (stats.dirichlet_multinomial([0.8, 2.0, 3.0], 6), np.asarray([1.0, 2.0, 3.0])),
    "multinomial": (stats.multinomial(6, [0.2, 0.3, 0.5]), np.asarray([1.0, 2.0, 3.0])),
    "wishart": (stats.wishart(5.5, A), A + np.eye(3)),
    "invwishart": (stats.invwishart(5.5, A), A + np.eye(3)),
    "vonmises_fisher": (stats.vonmises_fisher(M / np.linalg.norm(M), 3.0), X / np.linalg.norm(X)),
    "uniform_direction": (stats.uniform_direction(3), None),
    "normal_inverse_gamma": (stats.normal_inverse_gamma(0.3, 2.0, 1.7, 0.9), None),
}


def test_every_reader_of_vectors_has_a_case():
    assert {type(d).__name__ for d, _ in SEVERAL.values()} == set(VECTORS)


@pytest.mark.parametrize("name", SEVERAL)
def test_vectors_and_matrices(name):
    d, x = SEVERAL[name]
    found = known(d)
    if x is not None:
        same_density(found, x, d.logpmf(np.asarray(x, dtype=int)) if "multinomial" in name else d.logpdf(x))


def test_direction_and_normal_inverse_gamma():
    assert known(stats.uniform_direction(3)).name == "spherical_uniform"
    found = known(stats.normal_inverse_gamma(0.3, 2.0, 1.7, 0.9))
    assert found.name == "normal_inverse_gamma"


NORMAL = stats.Normal(mu=1.0, sigma=0.5)
NEW = {
    "StandardNormal": stats.Normal(),
    "Normal": NORMAL,
    "Logistic": stats.Logistic() if hasattr(stats, "Logistic") else None,
    "Uniform": stats.Uniform(a=-1.0, b=3.0),
    "Mixture": stats.Mixture([stats.Normal(), NORMAL], weights=[0.3, 0.7]),
    "TruncatedDistribution": stats.truncate(NORMAL, lb=0.0, ub=1.5),
    "ShiftedScaledDistribution": 3.0 * NORMAL - 1.0,
    "exp": stats.exp(NORMAL),
    "FoldedDistribution": stats.abs(stats.Normal(mu=0.0, sigma=2.0)),
    "made": stats.make_distribution(stats.gamma)(a=2.3),
    "shifted made": 2.0 * stats.make_distribution(stats.gamma)(a=2.3) + 1.0,
    "log": stats.log(stats.make_distribution(stats.gamma)(a=2.3)),
    "reciprocal": 1 / stats.make_distribution(stats.gamma)(a=2.3),
    "power": stats.make_distribution(stats.gamma)(a=2.3) ** 3,
    "base": 2.0 ** stats.make_distribution(stats.gamma)(a=2.3),
    "of positive": stats.abs(stats.make_distribution(stats.gamma)(a=2.3)),
}
NEW = {name: d for name, d in NEW.items() if d is not None}


@pytest.mark.parametrize("name", NEW)
def test_newer_objects(name):
    d = NEW[name]
    x = d.icdf(LEVELS)
    same_density(known(d), x, d.logpdf(x), relative=1e-11, absolute=1e-11)


def test_newer_counts():
    d = stats.Binomial(n=10, p=0.3)
    same_density(known(d), np.asarray([0.0, 3.0, 10.0]), d.logpmf(np.asarray([0, 3, 10])))
    assert set(NEWER) >= {"Binomial"}


@pytest.mark.parametrize(
    "d",
    [
        stats.alpha(2.0),
        stats.skewnorm(3.0, loc=1.0),
        stats.foldnorm(1.2),
        stats.burr12(2.0, 3.0, scale=2.0),
        stats.rice(1.0),
    ],
    ids=lambda d: d.dist.name,
)
def test_the_rest_is_known_by_its_density(d):
    found = adopt(d)
    assert isinstance(found, Unknown)
    x = d.ppf(LEVELS)
    same_density(found, x, d.logpdf(x))
    assert_close(found.cdf(x), d.cdf(x))
    assert_close(found.survival(x), d.sf(x))
    assert_close(found.quantile(LEVELS), x)
    low, high = d.support()
    assert (float(found.support.low), float(found.support.high)) == (low, high)
    points = found.landmarks()
    assert points.ndim == 1
    assert ((points > low) & (points < high)).all()


def test_unknown_whole_numbers():
    d = stats.yulesimon(2.5)
    found = adopt(d)
    assert isinstance(found, Unknown)
    assert float(found.support.low) == 1.0
    assert_close(found.log_prob(np.asarray([0.0, 1.0, 1.5, 4.0])), [-np.inf, d.logpmf(1), -np.inf, d.logpmf(4)])


def test_batches_of_the_unknown():
    d = stats.skewnorm(np.asarray([1.0, -2.0, 4.0]), scale=np.asarray([[1.0], [2.0]]))
    found = adopt(d)
    assert isinstance(found, Unknown)
    assert found.batch_shape == (2, 3)
    assert_close(found.at((1, 2)).log_prob(0.4), d.logpdf(0.4)[1, 2])
    assert found.landmarks().shape[:2] == (2, 3)


def test_a_family_of_the_users_own():
    class Tilted(type(stats.norm)):
        def _logpdf(self, x):
            return -0.5 * (x - 1.0) ** 2 - 0.5 * np.log(2 * np.pi)

        def _pdf(self, x):
            return np.exp(self._logpdf(x))

    d = Tilted(name="tilted")()
    found = adopt(d)
    assert isinstance(found, Unknown), "a class derived from SciPy's may have another density"
    assert_close(found.log_prob(0.3), d.logpdf(0.3))


def test_a_categorical_stays_finite():
    assert not isinstance(known(stats.bernoulli(0.3)), Finite)
    assert_close(masses(kb.probs([0.2, 0.8])), np.log([0.2, 0.8]))


def test_a_kernel_density_estimate_is_a_mixture_of_normals() -> None:
    drawn = np.random.default_rng(1).normal(size=(2, 40))
    for points, at in ((drawn[0], np.array([-1.0, 0.3, 2.0])), (drawn, np.array([[0.0, 0.5], [1.0, -2.0]]))):
        kernel = stats.gaussian_kde(points, weights=np.arange(1.0, 41.0))
        found = adopt(kernel)
        assert_close(found.log_prob(at), kernel.logpdf(at.T), 1e-12)
    one = stats.gaussian_kde(drawn[0])
    assert "certified" in kb.how(kb.kl, one, stats.norm()).rule
    assert kb.kl(one, stats.expon()) == np.inf
