"""Monte Carlo between distributions: truths are closed forms, and radial integrals at 30 digits. Seeds are fixed, the
bound is four and a half standard errors."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.stats
from tests.close import assert_close

import kullback as kb
from kullback import divergences as V
from kullback.divergence import Divergence
from kullback.estimators.monte_carlo import Simulated, monte_carlo, tail_shape

D = kb.distributions
A = np.asarray([[2.0, 0.6, 0.1], [0.6, 1.0, 0.2], [0.1, 0.2, 0.5]])

PAIRS: dict[str, tuple[Any, Any]] = {
    "normals": (kb.normal(0, 1), kb.normal(1, 2)),
    "nearly equal": (kb.normal(0, 1), kb.normal(1e-6, 1)),
    "far apart": (kb.normal(0, 1), kb.normal(8, 1)),
    "vectors": (D.multivariate_normal([0.0, 0.0, 0.0]), D.multivariate_normal([1.0, 0.0, 0.0], A + np.eye(3))),
    "counts": (D.poisson(3.0), D.poisson(5.0)),
    "vectors of counts": (D.dirichlet_multinomial(12, [1.0, 2.0, 3.0]), D.dirichlet_multinomial(12, [2.0, 2.0, 2.0])),
    "simplex": (D.dirichlet([1.0, 2.0, 3.0]), D.dirichlet([2.0, 2.0, 2.0])),
    "matrices": (D.wishart(4.0, np.eye(2)), D.wishart(6.0, A[:2, :2])),
    "normal-Wishart": (
        D.normal_wishart([0.0, 0.0], 1.0, 3.0, np.eye(2)),
        D.normal_wishart([1.0, 0.0], 2.0, 5.0, np.eye(2)),
    ),
    "supports inside one another": (D.uniform(0.0, 1.0), D.uniform(-1.0, 2.0)),
    "two libraries": (scipy.stats.gamma(2.0), D.gamma(3.0, 2.0)),
}
DIVERGENCES = [
    V.kl,
    V.kl.reverse,
    V.js,
    V.jeffreys,
    V.tv,
    V.hellinger,
    V.bhattacharyya,
    V.renyi(0.5),
    V.renyi(0.1),
    V.tsallis(0.5),
    V.triangular,
    V.skew_kl(0.3),
    V.hockey_stick(1.5),
    V.chernoff,
    V.amari(0.2),
    V.renyi(0),
]
FOUND: dict[str, Simulated] = {}


def _found(name: str) -> Simulated:
    if name not in FOUND:
        FOUND[name] = monte_carlo(20_000, tolerance=0.0).fit(*PAIRS[name], np.random.default_rng(11))
    return FOUND[name]


def _error(found: Simulated, of: Divergence) -> float:
    value = found.value(of)
    return math.sqrt(value.influence_x.var() / found.x.rows + value.influence_y.var() / len(value.influence_y))


@pytest.mark.parametrize("of", DIVERGENCES, ids=repr)
@pytest.mark.parametrize("name", PAIRS)
def test_every_divergence_from_the_same_draws(name: str, of: Divergence) -> None:
    found = _found(name)
    value, error = found.value(of), _error(found, of)
    try:
        truth = float(of(*PAIRS[name]))
    except kb.NotExact:
        assert of.range[0] <= value.value <= of.range[1]
        return
    assert value.influence_x.shape == value.influence_y.shape == (20_000,)
    if math.isinf(truth) or not truth:
        assert value.value == truth
    else:
        assert abs(value.value - truth) <= 4.5 * error + 1e-13 * truth
        assert error < 0.03 * truth


def _radial(df: float, other: float, d: int) -> float:
    """KL of multivariate t distributions of one centre and scale, by the integral over the radius."""
    with mpmath.workdps(30):
        a, b = mpmath.mpf(df), mpmath.mpf(other)

        def log_density(r: Any, nu: Any) -> Any:
            c = mpmath.loggamma((nu + d) / 2) - mpmath.loggamma(nu / 2) - mpmath.mpf(d) / 2 * mpmath.log(nu * mpmath.pi)
            return c - (nu + d) / 2 * mpmath.log1p(r * r / nu)

        area = 2 * mpmath.pi ** (mpmath.mpf(d) / 2) / mpmath.gamma(mpmath.mpf(d) / 2)

        def term(r: Any) -> Any:
            log_p = log_density(r, a)
            return area * r ** (d - 1) * mpmath.exp(log_p) * (log_p - log_density(r, b))

        return float(mpmath.quad(term, [0, 0.5, 1, 2, 4, 10, 100, 10**4, mpmath.inf]))


@pytest.mark.parametrize(("df", "other"), [(3.0, 30.0), (8.0, 4.0)])
def test_multivariate_t_which_has_no_closed_form(df: float, other: float) -> None:
    p, q = (D.multivariate_t(nu, [1.0, 2.0, 3.0], A) for nu in (df, other))
    with pytest.raises(kb.NotExact):
        kb.kl(p, q)
    found = monte_carlo(50_000).fit(p, q, np.random.default_rng(0))
    assert abs(found.value(kb.kl).value - _radial(df, other, 3)) <= 4.5 * _error(found, kb.kl)


def test_equal_distributions_are_0_and_nearly_equal_ones_keep_their_digits() -> None:
    same = monte_carlo(1000).fit(kb.normal(0, 1), kb.normal(0, 1), np.random.default_rng(0))
    assert same.value(kb.kl).value == 0.0
    near = _found("nearly equal")
    assert_close(near.value(kb.kl).value, 5e-13, relative=0.05)


def test_the_interval_covers() -> None:
    p, q = PAIRS["vectors"]
    truth, inside = float(kb.kl(p, q)), 0
    for seed in range(200):
        found = monte_carlo(300, tolerance=0.0).fit(p, q, np.random.default_rng(seed))
        inside += abs(found.value(kb.kl).value - truth) <= 1.96 * _error(found, kb.kl)
    assert 180 <= inside <= 199


def test_draws_end_where_the_tolerance_is_reached() -> None:
    p, q = PAIRS["normals"]
    loose, tight = (monte_carlo(200_000, tolerance=t).fit(p, q, np.random.default_rng(0)) for t in (0.02, 0.004))
    assert loose.x.rows < tight.x.rows < 200_000
    assert _error(tight, kb.kl) <= 0.004 * tight.value(kb.kl).value
    # A bounded divergence near its upper end is not known before the rare draws between the two are seen.
    far = monte_carlo(50_000).fit(*PAIRS["far apart"], np.random.default_rng(0), of=kb.js)
    assert far.x.rows == 50_000


def test_what_must_be_said() -> None:
    beyond = monte_carlo(5000).fit(D.uniform(-1.0, 2.0), D.uniform(0.0, 1.0), np.random.default_rng(0))
    assert beyond.value(kb.kl).value == math.inf
    assert "of the draws from P lie where Q has no mass" in beyond.notes[0]
    assert beyond.value(kb.kl.reverse).value == pytest.approx(math.log(3.0), rel=1e-12)
    heavy = monte_carlo(20_000).fit(D.gamma(2.0, 1.0), D.gamma(3.0, 2.0), np.random.default_rng(0), of=V.chi2)
    assert float(V.chi2(D.gamma(2.0, 1.0), D.gamma(3.0, 2.0))) == math.inf
    assert "the variance looks infinite" in heavy.notes[0]
    assert not heavy.told(kb.kl).notes
    assert "looks infinite" in heavy.told(V.chi2).notes[0]
    # Finite, and 6e27, of which no number of draws sees anything.
    far = monte_carlo(5000).fit(*PAIRS["far apart"], np.random.default_rng(0), of=V.chi2)
    assert "neither value nor interval is to be trusted" in far.notes[0]
    for name in ("vectors", "normal-Wishart", "counts"):
        assert not _found(name).notes


def test_the_same_seed_gives_the_same_bits_and_lower_is_the_value() -> None:
    p, q = PAIRS["vectors"]
    first, second = (monte_carlo(1000).fit(p, q, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first.at_x, second.at_x) and np.array_equal(first.at_y, second.at_y)
    assert first.lower(kb.kl).value == first.value(kb.kl).value
    assert first.held_out and first.x.numbers.shape == (1000, 3)


def test_the_shape_of_a_tail() -> None:
    u = (np.arange(1, 20_001) - 0.5) / 20_000
    for shape in (0.3, 0.8, 2.0):
        assert abs(tail_shape(u**-shape) - shape) < 0.1
    assert tail_shape(u) < 0.0
    assert abs(tail_shape(-np.log(u))) < 0.15


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        (kb.normal([0.0, 1.0], 1.0), kb.normal(0, 1), r"p, normal\(.*is a batch of distributions"),
        (D.poisson(3.0), kb.normal(0, 1), "of different kinds"),
        (D.multivariate_normal([0.0, 0.0]), D.multivariate_normal([0.0]), r"shape \(2,\), and one of"),
        (D.wishart(3.0, np.eye(2)), D.matrix_normal(np.eye(2), np.eye(2), np.eye(2)), "of different kinds"),
        (D.dirichlet([1e-3, 1e-3]), D.dirichlet([1.0, 1.0]), "is 0 or infinite there"),
    ],
)
def test_what_is_refused(p: Any, q: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        monte_carlo(1000).fit(p, q, np.random.default_rng(0))


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="draws is 10"):
        monte_carlo(10)
    with pytest.raises(ValueError, match="tolerance is -1"):
        monte_carlo(tolerance=-1)
    with pytest.raises(TypeError, match="no distribution known by a formula"):
        monte_carlo().fit([1.0], kb.normal(0, 1), np.random.default_rng(0))
    for of in (V.renyi(math.inf), V.chernoff.order):
        with pytest.raises(NotImplementedError, match="no function of one integral"):
            _found("normals").value(of if isinstance(of, Divergence) else V.renyi(math.inf))
