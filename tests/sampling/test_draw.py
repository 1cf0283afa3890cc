"""Draws follow the distribution: their mean log-density is minus its entropy, and their distribution function is its
own. Seeds are fixed; the bounds are five standard errors and the Kolmogorov–Smirnov test at 1e-5."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

import kullback as kb
from kullback.distributions.adopt.unknown import Unknown
from kullback.sampling import draw, model_of
from kullback.sampling.model import log_density
from kullback.support import Interval, Space
from tests.adoption.on_jax import imported
from tests.close import assert_close
from tests.families.spec import Spec, all_specs

D = kb.distributions
N = 20_000

MEMBERS = [
    pytest.param(spec, i, id=f"{spec.name}-{i}") for spec in all_specs() for i in range(min(2, len(spec.members)))
]


@pytest.mark.parametrize(("spec", "i"), MEMBERS)
def test_every_family_is_drawn_from_as_its_density_says(spec: Spec, i: int) -> None:
    ours = spec.make(**spec.members[i])
    x = draw(ours, N, np.random.default_rng(7))
    logs = log_density(ours)(x)
    assert np.isfinite(logs).all()
    entropy = ours.entropy()
    if entropy is not None:
        assert abs(-logs.mean() - float(entropy)) <= 5.0 * logs.std() / math.sqrt(N) + 1e-12
    if isinstance(ours.support, Interval) and ours.cdf(x[:2]) is not None:
        assert scipy.stats.kstest(x, lambda v: np.asarray(ours.cdf(v))).pvalue > 1e-5


def test_vectors_of_counts_have_their_masses() -> None:
    n, a = 3, np.asarray([0.5, 1.0, 2.0])
    cells = [(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)]
    for ours in (D.multinomial(n, [0.2, 0.3, 0.5]), D.dirichlet_multinomial(n, a)):
        x = draw(ours, N, np.random.default_rng(2))
        seen = np.asarray([(x == cell).all(axis=1).sum() for cell in cells])
        expected = N * np.exp(ours.log_prob(np.asarray(cells, dtype=float)))
        assert seen.sum() == N
        assert scipy.stats.chisquare(seen, expected * N / expected.sum()).pvalue > 1e-5


A = np.asarray([[2.0, 0.6], [0.6, 1.0]])

MADE = {
    "low rank": D.multivariate_normal([1.0, 2.0, 3.0], low_rank=([[1.0], [2.0], [0.5]], [1.0, 0.5, 2.0])),
    "precision": D.multivariate_normal([1.0, 2.0], precision=A),
    "t": D.multivariate_t(3.0, [0.0, 1.0], A),
    "wishart": D.wishart(3.5, A),
    "inverse wishart": D.inverse_wishart(4.5, A),
    "normal wishart": D.normal_wishart([1.0, -1.0], 0.7, 3.5, A),
    "normal inverse wishart": D.normal_inverse_wishart([1.0, -1.0], 0.7, 5.0, A),
    "normal inverse gamma": D.normal_inverse_gamma(1.0, 2.0, 3.0, 2.0),
    "lkj": D.lkj(4, 1.5),
    "lkj cholesky": D.lkj_cholesky(4, 0.7),
    "von Mises–Fisher, sharp": D.von_mises_fisher([0.6, 0.8, 0.0, 0.0], 1e6),
    "von Mises–Fisher, circle": D.von_mises_fisher([0.6, 0.8], 3.0),
    "von Mises–Fisher, flat": D.von_mises_fisher([0.6, 0.0, 0.8], 0.0),
    "power spherical": D.power_spherical([0.6, 0.8, 0.0], 7.0),
    "spherical uniform": D.spherical_uniform(5),
    "dirichlet, sparse": D.dirichlet([0.05, 0.3, 2.0]),
    "product": D.independent(kb.normal(1.0, 2.0), D.gamma(2.0, 3.0), D.student_t(4.0)),
    "independent": D.independent_of(D.laplace([0.0, 1.0, 5.0], 2.0)),
    "affine": D.affine(D.gamma(2.0, 1.0), 3.0, 2.0),
    "log-normal of t": D.log_normal(0.3, 1.2),
}


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_of_others_too(name: str) -> None:
    ours: Any = MADE[name]
    x = draw(ours, N, np.random.default_rng(3))
    logs = log_density(ours)(x)
    assert np.isfinite(logs).all()
    assert abs(-logs.mean() - float(ours.entropy())) <= 5.0 * logs.std() / math.sqrt(N) + 1e-9


def test_mixtures_of_vectors_have_the_means_of_their_components_by_weight() -> None:
    mixture = D.mixture([0.2, 0.8], [D.multivariate_normal([0.0, 0.0]), D.multivariate_normal([5.0, -5.0], A)])
    x = draw(mixture, N, np.random.default_rng(1))
    near = (x[:, 0] - x[:, 1]) < 5.0
    assert abs(near.mean() - 0.2) < 5.0 * math.sqrt(0.16 / N)
    assert np.abs(x[~near].mean(axis=0) - [5.0, -5.0]).max() < 0.1


@pytest.mark.parametrize(
    "ours",
    [
        D.mixture([0.3, 0.7], [kb.normal(-1, 0.1), kb.normal(1, 0.5)]),
        D.truncated(kb.normal(0.0, 1.0), 1.0, 2.0),
        D.truncated(D.inverse_gaussian(1.0, 2.0), 0.5, 2.0),
        D.histogram([0.0, 1.0, 1.5, 4.0], [0.2, 0.5, 0.3]),
    ],
    ids=["mixture", "truncated", "truncated without quantiles", "histogram"],
)
def test_numbers_have_their_distribution_function(ours: Any) -> None:
    x = draw(ours, N, np.random.default_rng(5))
    below = ours.cdf(np.sort(x)[:: N // 50])
    if below is None:
        assert np.isfinite(log_density(ours)(x)).all()
        return
    assert np.abs(below - np.arange(0, N, N // 50) / N).max() < 2.3 / math.sqrt(N)


def test_a_log_density_alone_is_drawn_from() -> None:
    logistic = D.from_log_prob(lambda x: -x - 2 * np.log1p(np.exp(-x)), support=(-30.0, 30.0))
    x = draw(logistic, N, np.random.default_rng(0))
    assert scipy.stats.kstest(x, scipy.stats.logistic.cdf).pvalue > 1e-5
    poisson = D.from_log_prob(scipy.stats.poisson(7.3).logpmf, support=(0, math.inf), whole=True)
    k = draw(poisson, N, np.random.default_rng(0))
    assert abs(k.mean() - 7.3) < 5.0 * math.sqrt(7.3 / N)


def test_batches_are_drawn_independently() -> None:
    x = draw(D.affine(kb.normal(0.0, 1.0), [0.0, 1.0, 2.0], 1.0), N, np.random.default_rng(0))
    assert x.shape == (N, 3)
    assert np.abs(np.corrcoef(x.T) - np.eye(3)).max() < 5.0 / math.sqrt(N)
    together = D.independent_of(D.affine(kb.normal(0.0, 1.0), [0.0, 1.0, 2.0], 1.0))
    assert np.abs(np.corrcoef(draw(together, N, np.random.default_rng(0)).T) - np.eye(3)).max() < 5.0 / math.sqrt(N)


def _foreign() -> dict[str, Any]:
    import torch
    from torch import distributions as t

    return {
        "scipy, adopted": scipy.stats.gamma(2.0),
        "scipy, its own": scipy.stats.exponweib(2.0, 1.5),
        "scipy, vectors": scipy.stats.multivariate_normal([1.0, 2.0], A),
        "torch": t.Gamma(torch.tensor(2.0), torch.tensor(1.0)),
        "torch, vectors": t.LowRankMultivariateNormal(torch.zeros(3), torch.ones(3, 1), torch.ones(3)),
        "torch, its own": t.RelaxedBernoulli(torch.tensor(0.5), torch.tensor(0.3)),
    }


@pytest.mark.parametrize("name", _foreign())
def test_other_libraries(name: str) -> None:
    other = _foreign()[name]
    first = draw(other, 50, np.random.default_rng(0))
    again = draw(other, 50, np.random.default_rng(0))
    assert first.dtype == np.float64
    assert len(np.unique(first, axis=0)) == 50
    assert np.array_equal(first, again)
    assert np.isfinite(model_of(other).log_prob(first.reshape(50, -1))).all()


def test_jax_libraries_and_the_state_of_torch() -> None:
    import torch

    distrax, npd = imported("distrax"), imported("numpyro.distributions")
    tfd = imported("tensorflow_probability.substrates.jax.distributions")
    rng = np.random.default_rng(0)
    for other in (
        npd.GaussianRandomWalk(1.0, num_steps=3),
        tfd.Sample(tfd.Normal(0.0, 1.0), 3),
        distrax.MultivariateNormalDiag(np.zeros(3), np.ones(3)),
    ):
        assert draw(other, 10, rng).shape == (10, 3)
    torch.manual_seed(5)
    before = torch.rand(1)
    torch.manual_seed(5)
    draw(torch.distributions.RelaxedBernoulli(torch.tensor(0.5), torch.tensor(0.3)), 10, rng)
    assert torch.equal(before, torch.rand(1))


def test_models() -> None:
    model = model_of(D.wishart(3.5, A))
    assert model.draw is not None
    rows = model.draw(5, np.random.default_rng(0))
    assert rows.shape == (5, 4)
    assert_close(model.log_prob(rows), D.wishart(3.5, A).log_prob(rows.reshape(5, 2, 2)), relative=1e-14)
    with pytest.raises(ValueError, match=r"has 2 columns, and an outcome of .* 1"):
        model_of(kb.normal(0, 1)).log_prob(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="batch of distributions, of shape"):
        model_of(kb.normal([0.0, 1.0], 1.0))
    with pytest.raises(TypeError, match="no distribution known by a formula"):
        model_of([1.0, 2.0])


def test_bad_calls() -> None:
    plane = Unknown(lambda x: -0.5 * np.square(x).sum(-1) - math.log(2 * math.pi), Space("plane", (2,)), "mine")
    with pytest.raises(ValueError, match="mine cannot be drawn from"):
        draw(plane, 3, np.random.default_rng(0))
    assert model_of(plane).draw is None
    assert_close(model_of(plane).log_prob(np.zeros((2, 2))), np.full(2, -math.log(2 * math.pi)))
    with pytest.raises(ValueError, match="cannot be negative"):
        draw(kb.normal(0, 1), -1, np.random.default_rng(0))
    assert draw(kb.normal(0, 1), 0, np.random.default_rng(0)).shape == (0,)
    assert draw(scipy.stats.exponweib(2.0, 1.5), 1, np.random.default_rng(0)).shape == (1,)
    with pytest.raises(TypeError, match="no distribution"):
        draw("normal", 3, np.random.default_rng(0))
