"""What is particular to families of vectors and matrices: pairs of two families, errors, entropies that are known."""

import math

import mpmath
import numpy as np
import pytest

import kullback as kb
from tests.close import assert_close

D = kb.distributions


def test_reference_values_of_the_evidence():
    p, q = D.von_mises_fisher([1.0, 0.0, 0.0], 2.0), D.von_mises_fisher([0.6, 0.8, 0.0], 5.0)
    assert_close(kb.kl(p, q), 1.5648345932638129103)
    assert_close(kb.kl(D.lkj(2, 1.5), D.lkj(2, 4.0)), 0.42454103882058454974)


def test_spheres():
    with mpmath.workdps(40):
        k = mpmath.mpf(2)
        coth = mpmath.coth(k)
        fisher, uniform = D.von_mises_fisher([0.0, 0.0, 1.0], 2.0), D.spherical_uniform(3)
        log = mpmath.log(k / mpmath.sinh(k))
        assert_close(kb.kl(fisher, uniform), float(log + k * coth - 1))
        assert_close(kb.kl(uniform, fisher), float(-log))
        assert_close(fisher.entropy(), float(mpmath.log(4 * mpmath.pi) - log - k * coth + 1))
        assert_close(kb.kl(uniform, uniform), 0.0)
        assert_close(uniform.entropy(), math.log(4.0 * math.pi))
        # In three dimensions t = μ·x has the density (1 + t)^κ up to a factor on [−1, 1].
        power = D.power_spherical([0.0, 0.0, 1.0], 2.0)
        density = lambda t: 3 * (1 + t) ** 2 / 8  # noqa: E731
        truth = mpmath.quad(lambda t: density(t) * mpmath.log(2 * density(t)) if t > -1 else 0, [-1, 1])
        assert_close(kb.kl(power, uniform), float(truth))
        cosine = mpmath.mpf("0.6")
        other = D.von_mises_fisher([0.8, 0.0, 0.6], 5.0)
        mean = mpmath.quad(lambda t: t * density(t), [-1, 1])
        normaliser = mpmath.log(mpmath.sinh(5) / 5)
        assert_close(kb.kl(power, other), float(truth + normaliser - 5 * cosine * mean), 1e-13)


@pytest.mark.parametrize("df", [2.5, 5.0, 19.0, 21.0, 1e3, 1e8])
def test_t_from_normal(df):
    with mpmath.workdps(60):
        n, d = mpmath.mpf(df), 3
        s = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.25], [0.0, 0.25, 1.5]])
        sigma = np.diag([1.0, 2.0, 3.0])
        a, b = mpmath.matrix(s.tolist()), mpmath.matrix(sigma.tolist())
        logs = (d * mpmath.log(n * mpmath.pi) + mpmath.log(mpmath.det(a))) / 2
        rise = mpmath.digamma((n + d) / 2) - mpmath.digamma(n / 2)
        entropy = logs + mpmath.loggamma(n / 2) - mpmath.loggamma((n + d) / 2) + (n + d) / 2 * rise
        gap = mpmath.matrix([1, 0, -1])
        second = n / (n - 2) * mpmath.fsum((b**-1 * a)[i, i] for i in range(d)) + (gap.T * b**-1 * gap)[0]
        truth = -entropy + (d * mpmath.log(2 * mpmath.pi) + mpmath.log(mpmath.det(b)) + second) / 2
        p = D.multivariate_t(df, [1.0, 0.0, -1.0], s)
        assert_close(kb.kl(p, D.multivariate_normal([0.0] * 3, sigma)), float(truth))
        assert_close(p.entropy(), float(entropy))
        # Beside the normal distribution with its own moments, where almost nothing is left.
        c = n / (n - 2)
        same = D.multivariate_normal([1.0, 0.0, -1.0], cholesky=np.eye(3))
        round_ = D.multivariate_t(df, [1.0, 0.0, -1.0], cholesky=np.eye(3))
        entropy -= mpmath.log(mpmath.det(a)) / 2
        truth = -entropy + d * (mpmath.log(2 * mpmath.pi) + c) / 2
        assert_close(kb.kl(round_, same), float(truth))


def test_t_without_variance_is_infinitely_far_from_a_normal():
    p = D.multivariate_t([1.0, 2.0, 3.0], [0.0, 0.0])
    found = kb.kl(p, D.multivariate_normal([0.0, 0.0]))
    assert np.isinf(found[:2]).all()
    assert np.isfinite(found[2])


def test_entropies_are_means():
    # KL(P‖Q) = −H(P) − E ln q where Q is uniform in the sense that ln q is constant.
    with mpmath.workdps(40):
        inner = D.lkj(3, 2.5)
        flat = D.lkj(3, 1.0)
        assert_close(kb.kl(inner, flat), float(flat.entropy() - inner.entropy()), 1e-12)
        flat, some = D.dirichlet([1.0, 1.0, 1.0]), D.dirichlet([2.0, 0.5, 3.0])
        assert_close(kb.kl(some, flat), float(flat.entropy() - some.entropy()), 1e-12)
    # In one dimension a Wishart matrix is a gamma variable, and its inverse an inverse gamma.
    n, v = 5.0, 2.0
    gamma = D.gamma(n / 2.0, 1.0 / (2.0 * v))
    assert_close(D.wishart(n, [[v]]).entropy(), float(gamma.entropy()))
    assert_close(D.inverse_wishart(n, [[v]]).entropy(), float(D.inverse_gamma(n / 2.0, v / 2.0).entropy()))
    pair = D.normal_gamma(0.5, 2.0, n / 2.0, 1.0 / (2.0 * v))
    assert_close(D.normal_wishart([0.5], 2.0, n, [[v]]).entropy(), float(pair.entropy()))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: D.dirichlet([1.0, 0.0]), "concentration is 0"),
        (lambda: D.dirichlet(1.0), "a single number"),
        (lambda: D.von_mises_fisher([1.0, 1.0], 2.0), "has length 1.41421, and a unit vector"),
        (lambda: D.von_mises_fisher([1.0], 2.0), "at least 2 entries"),
        (lambda: D.von_mises_fisher([1.0, 0.0], -2.0), "concentration is -2"),
        (lambda: D.spherical_uniform(1), "dimension is 1"),
        (lambda: D.wishart(0.5, np.eye(2)), "df is 0.5"),
        (lambda: D.wishart(3.0), "give scale or cholesky"),
        (lambda: D.inverse_wishart(3.0, [[1.0, 2.0], [2.0, 1.0]]), "smallest eigenvalue is -1"),
        (lambda: D.lkj(2.5, 1.0), "dimension is 2.5"),
        (lambda: D.lkj(3, 0.0), "concentration is 0"),
        (lambda: D.normal_gamma(0.0, -1.0, 1.0, 1.0), "precision_factor is -1"),
        (lambda: D.normal_wishart([0.0], 1.0, 3.0, np.eye(2)), "loc has 1 entries and scale 2"),
        (lambda: D.matrix_normal([0.0], np.eye(1), np.eye(1)), "matrices along the last two axes"),
        (lambda: D.multivariate_t(0.0, [0.0]), "df is 0"),
    ],
)
def test_what_is_wrong_is_said(make, said):
    with pytest.raises(ValueError, match=said):
        make()
