"""Multivariate normals: every way to give a covariance, against textbook formulas at 60 digits."""

import math

import mpmath
import numpy as np
import pytest

from kullback.distributions.multivariate_normal import from_normals, multivariate_normal
from tests.close import assert_close

DIGITS = 60


def matrix(x):
    return mpmath.matrix(np.asarray(x).tolist())


def kl_of_covariances(p, q, apart):
    """½ (tr Σ_Q⁻¹Σ_P − d − ln det Σ_Q⁻¹Σ_P + Δᵀ Σ_Q⁻¹ Δ), as it stands in the books."""
    inverse, d = q**-1, p.rows
    trace = mpmath.fsum((inverse * p)[i, i] for i in range(d))
    quadratic = (apart.T * inverse * apart)[0]
    return (trace - d - mpmath.log(mpmath.det(p) / mpmath.det(q)) + quadratic) / 2


def renyi_of_covariances(alpha, p, q, apart):
    alpha = mpmath.mpf(alpha)
    c = alpha * q + (1 - alpha) * p
    if min(mpmath.eigsy(c, eigvals_only=True)) <= 0:
        return mpmath.inf
    logs = mpmath.log(mpmath.det(c)) - (1 - alpha) * mpmath.log(mpmath.det(p)) - alpha * mpmath.log(mpmath.det(q))
    return alpha * (apart.T * c**-1 * apart)[0] / 2 - logs / (2 * (alpha - 1))


def spd(rng, d, batch=()):
    a = rng.standard_normal((*batch, d, 2 * d))
    return a @ a.swapaxes(-1, -2) / d


def members(kind, rng, d, epsilon):
    """Return P's and Q's covariance arguments, a part `epsilon` from each other or (0) drawn apart, and Σ of each."""

    def moved(x):
        return x * (1.0 + epsilon * (rng.random(x.shape) - 0.5)) if epsilon else x

    def symmetric(x):
        return np.tril(x) + np.tril(x, -1).T

    if kind in ("covariance", "precision"):
        first = spd(rng, d)
        second = symmetric(moved(first)) if epsilon else spd(rng, d) * 3.0
        exact = [matrix(x) for x in (first, second)]
        return {kind: first}, {kind: second}, *(x**-1 if kind == "precision" else x for x in exact)
    if kind == "cholesky":
        first = np.linalg.cholesky(spd(rng, d))
        second = moved(first) if epsilon else np.linalg.cholesky(spd(rng, d))
        return {kind: first}, {kind: second}, *(matrix(x) * matrix(x).T for x in (first, second))
    if kind == "diagonal":
        first = np.exp(rng.standard_normal(d))
        second = moved(first) if epsilon else np.exp(3.0 * rng.standard_normal(d))
        return {kind: first}, {kind: second}, mpmath.diag(first.tolist()), mpmath.diag(second.tolist())
    first = rng.standard_normal((d, 2)), np.exp(rng.standard_normal(d))
    second = tuple(map(moved, first)) if epsilon else (rng.standard_normal((d, 3)), np.exp(rng.standard_normal(d)))
    exact = [matrix(w) * matrix(w).T + mpmath.diag(v.tolist()) for w, v in (first, second)]
    return {kind: first}, {kind: second}, *exact


KINDS = ["covariance", "cholesky", "precision", "diagonal", "low_rank"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1e-2, 1e-6, 1e-12])
@pytest.mark.parametrize("d", [1, 2, 4, 6])
def test_kl_renyi_and_jeffreys_are_right_to_the_last_digits(kind, epsilon, d):
    rng = np.random.default_rng([d, round(-math.log10(epsilon or 1e-20)), KINDS.index(kind)])
    with mpmath.workdps(DIGITS):
        for _ in range(3):
            first, second, s, t = members(kind, rng, d, epsilon)
            loc = rng.standard_normal(d)
            other = loc * (1.0 + epsilon) if epsilon else rng.standard_normal(d)
            apart = matrix(loc) - matrix(other)
            p, q = multivariate_normal(loc, **first), multivariate_normal(other, **second)
            # An inverse, or a matrix whose eigenvalues lie apart, gives away as many digits as it magnifies.
            bound = 1e-13
            forwards, backwards = kl_of_covariances(s, t, apart), kl_of_covariances(t, s, apart)
            assert_close(p.relative_entropy(q), float(forwards), bound)
            assert_close(q.relative_entropy(p), float(backwards), bound)
            assert_close(p.jeffreys(q), float(forwards + backwards), bound)
            both = p.natural(q)
            assert_close(both.rest(0.0, 1.0), float(forwards), 1e-12)
            assert_close(both.rest(1.0, 0.0), float(backwards), 1e-12)
            for alpha in (0.01, 0.5, 0.9, 1.3, 2.0, 7.0):
                assert_close(p.renyi(q, alpha), float(renyi_of_covariances(alpha, s, t, apart)), 3e-13)


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_covariances_of_two_kinds(first, second):
    rng = np.random.default_rng(KINDS.index(first) + 10 * KINDS.index(second))
    with mpmath.workdps(DIGITS):
        a, _, s, _ = members(first, rng, 3, 0.0)
        _, b, _, t = members(second, rng, 3, 0.0)
        loc, other = rng.standard_normal(3), rng.standard_normal(3)
        p, q = multivariate_normal(loc, **a), multivariate_normal(other, **b)
        apart = matrix(loc) - matrix(other)
        assert_close(p.relative_entropy(q), float(kl_of_covariances(s, t, apart)))
        assert_close(p.renyi(q, 0.5), float(renyi_of_covariances(0.5, s, t, apart)))
        assert_close(p.covariance.dense(), np.array(s.tolist(), dtype=float), 1e-13, 1e-14)
        factor = p.covariance.factor()
        assert_close(factor @ factor.T, np.array(s.tolist(), dtype=float), 1e-13, 1e-14)
        assert_close(p.covariance.log_determinant(), float(mpmath.log(mpmath.det(s))), 1e-13, 1e-14)
        entropy = mpmath.log(mpmath.det(2 * mpmath.pi * mpmath.e * s)) / 2
        assert_close(p.entropy(), float(entropy), 1e-14, 1e-14)
        x = matrix(rng.standard_normal(3))
        for one, sigma, mean in ((p, s, loc), (q, t, other)):
            density = -kl_quadratic(sigma, x - matrix(mean)) / 2 - mpmath.log(mpmath.det(2 * mpmath.pi * sigma)) / 2
            assert_close(one.log_prob(np.array(x.tolist(), dtype=float)[:, 0]), float(density), 1e-13)
        point = np.array(x.tolist(), dtype=float)[:, 0]
        assert_close(p.log_ratio(q, point), float(q.log_prob(point) - p.log_prob(point)), 1e-12, 1e-13)
        product = -kl_quadratic(s + t, apart) / 2 - mpmath.log(mpmath.det(2 * mpmath.pi * (s + t))) / 2
        assert_close(p.log_product_integral(q), float(product), 1e-13)


def kl_quadratic(sigma, x):
    return (x.T * sigma**-1 * x)[0]


@pytest.mark.parametrize("d", [512, 1024])
@pytest.mark.parametrize("kind", ["covariance", "cholesky", "precision"])
def test_many_dimensions_nearly_equal(d, kind):
    # Entries of few bits, so that Σ and (1 + 2⁻¹³) Σ are known exactly; PyTorch in float32 gives −1.5e-5 here.
    rng = np.random.default_rng(d)
    a = np.round(rng.standard_normal((d, d)) * 2.0**6) / 2.0**6
    sigma = np.tril(a @ a.T / d) + 4.0 * np.eye(d)
    sigma = np.round(sigma * 2.0**20) / 2.0**20
    sigma = np.tril(sigma) + np.tril(sigma, -1).T if kind != "cholesky" else np.tril(sigma)
    step = mpmath.mpf(2) ** -13
    p = multivariate_normal(np.zeros(d), **{kind: sigma})
    q = multivariate_normal(np.zeros(d), **{kind: sigma * (1.0 + 2.0**-13)})
    with mpmath.workdps(DIGITS):
        ratio = {"covariance": 1 / (1 + step), "cholesky": 1 / (1 + step) ** 2, "precision": 1 + step}[kind]
        truth = d * (ratio - 1 - mpmath.log(ratio)) / 2
        assert_close(p.relative_entropy(q), float(truth), 1e-13)


@pytest.mark.parametrize(
    ("first", "second"), [(1e-25, 1.0), (1.0, 1e-25), (1e-200, 1.0), (1.0, 1e100), (1e10, 1e10 + 1.0)]
)
@pytest.mark.parametrize("kind", ["covariance", "cholesky", "precision", "diagonal"])
def test_scales_far_apart(first, second, kind):
    with mpmath.workdps(DIGITS):
        shape = np.array([[1.0, 0.25], [0.25, 2.0]])
        if kind == "cholesky":
            shape = np.tril(shape)
        if kind == "diagonal":
            shape = np.diagonal(shape)
        p = multivariate_normal([0.0, 0.0], **{kind: first * shape})
        q = multivariate_normal([0.0, 0.0], **{kind: second * shape})
        ratio = mpmath.mpf(first) / mpmath.mpf(second)
        ratio = {"cholesky": ratio**2, "precision": 1 / ratio}.get(kind, ratio)
        assert_close(p.relative_entropy(q), float(ratio - 1 - mpmath.log(ratio)), 1e-13)


def test_an_unequal_spread_of_scales():
    variances = np.array([1e-20, 1e-3, 1.0, 1e12])
    with mpmath.workdps(DIGITS):
        rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((4, 4)))[0]
        p = multivariate_normal(np.zeros(4), covariance=np.diag(variances))
        q = multivariate_normal(np.zeros(4), covariance=rotation @ np.diag([1.0, 2.0, 3.0, 4.0]) @ rotation.T)
        s = mpmath.diag(variances.tolist())
        truth = kl_of_covariances(s, matrix(q.covariance.dense()), mpmath.zeros(4, 1))
        assert_close(p.relative_entropy(q), float(truth))


def test_kronecker_products_against_the_dense_form():
    from kullback.distributions.matrix_normal import matrix_normal

    rng = np.random.default_rng(3)
    with mpmath.workdps(DIGITS):
        for epsilon in (0.0, 0.1, 1e-4, 1e-9):
            rows, columns = spd(rng, 3), spd(rng, 2)
            others = [x + epsilon * spd(rng, len(x)) if epsilon else spd(rng, len(x)) for x in (rows, columns)]
            loc = rng.standard_normal((3, 2))
            other = loc + (epsilon or 1.0) * rng.standard_normal((3, 2))
            p, q = matrix_normal(loc, rows, columns), matrix_normal(other, *others)
            s, t = dense(rows, columns), dense(*others)
            apart = matrix(loc.ravel()) - matrix(other.ravel())
            assert_close(p.relative_entropy(q), float(kl_of_covariances(s, t, apart)))
            assert_close(p.renyi(q, 0.5), float(renyi_of_covariances(0.5, s, t, apart)), 3e-13)
            x = rng.standard_normal((3, 2))
            flat = matrix(x.ravel()) - matrix(loc.ravel())
            density = -kl_quadratic(s, flat) / 2 - mpmath.log(mpmath.det(2 * mpmath.pi * s)) / 2
            assert_close(p.log_prob(x), float(density), 1e-13)
            entropy = mpmath.log(mpmath.det(2 * mpmath.pi * mpmath.e * s)) / 2
            assert_close(p.entropy(), float(entropy), 1e-14)


def dense(rows, columns):
    n, m = len(rows), len(columns)
    return mpmath.matrix(
        [
            [mpmath.mpf(rows[i, k]) * mpmath.mpf(columns[j, o]) for k in range(n) for o in range(m)]
            for i in range(n)
            for j in range(m)
        ]
    )


def test_independent_normals_keep_their_deviations():
    scale = np.array([1.0, 2.0])
    p, q = from_normals(np.zeros(2), scale), from_normals(np.zeros(2), scale * (1.0 + 1e-12))
    with mpmath.workdps(DIGITS):
        truth = mpmath.fsum(
            (r * r - 1) / 2 - mpmath.log(r)
            for r in (mpmath.mpf(a) / mpmath.mpf(b) for a, b in zip(scale, scale * (1.0 + 1e-12), strict=True))
        )
        assert_close(p.relative_entropy(q), float(truth))
    full = multivariate_normal([0.5, 0.0], [[1.0, 0.3], [0.3, 2.0]])
    same = multivariate_normal(np.zeros(2), np.diag(scale**2))
    assert_close(p.relative_entropy(full), same.relative_entropy(full), 1e-15)
    assert_close(full.relative_entropy(p), full.relative_entropy(same), 1e-15)


def test_bures_wasserstein_and_fisher_rao():
    rng = np.random.default_rng(5)
    with mpmath.workdps(DIGITS):
        for epsilon in (0.0, 0.3, 0.05, 1e-4, 1e-9):
            first = spd(rng, 3)
            second = first + epsilon * spd(rng, 3) if epsilon else spd(rng, 3)
            s, t = matrix(first), matrix(second)
            values, vectors = mpmath.eigsy(t)
            root = vectors * mpmath.diag([mpmath.sqrt(v) for v in values]) * vectors.T
            inner = mpmath.eigsy(root * s * root, eigvals_only=True)
            squared = mpmath.fsum(s[i, i] + t[i, i] for i in range(3)) - 2 * mpmath.fsum(map(mpmath.sqrt, inner))
            loc = np.array([0.0, epsilon, 0.0])
            apart = mpmath.mpf(epsilon) ** 2
            p, q = multivariate_normal(np.zeros(3), first), multivariate_normal(loc, second)
            assert_close(p.wasserstein(q, 2), float(mpmath.sqrt(squared + apart)), 3e-13)
            assert math.isnan(p.wasserstein(q, 1))
            inverse = vectors * mpmath.diag([1 / mpmath.sqrt(v) for v in values]) * vectors.T
            logs = [mpmath.log(v) for v in mpmath.eigsy(inverse * s * inverse, eigvals_only=True)]
            centred = multivariate_normal(np.zeros(3), second)
            assert_close(p.fisher_rao(centred), float(mpmath.sqrt(mpmath.fsum(x * x for x in logs) / 2)), 3e-13)
            assert math.isnan(p.fisher_rao(q)) == bool(epsilon)
    assert_close(p.wasserstein(p, 2), 0.0)


def test_a_batch_is_its_members():
    rng = np.random.default_rng(8)
    sigma, other = spd(rng, 3, (4, 1)), spd(rng, 3, (5,))
    loc = rng.standard_normal((5, 3))
    p, q = multivariate_normal(loc, sigma), multivariate_normal(np.zeros(3), other)
    assert p.batch_shape == (4, 5)
    for name, arguments in (("relative_entropy", ()), ("renyi", (0.5,)), ("renyi", (2.0,)), ("wasserstein", (2,))):
        whole = getattr(p, name)(q, *arguments)
        assert whole.shape == (4, 5)
        for i in range(4):
            for j in range(5):
                one = getattr(p.at((i, j)), name)(q.at((j,)), *arguments)
                assert_close(whole[i, j], one, 1e-13)


def test_a_batch_may_be_partly_near():
    rng = np.random.default_rng(9)
    sigma = spd(rng, 3)
    other = np.stack([sigma * (1.0 + 1e-9), spd(rng, 3), sigma])
    p, q = multivariate_normal(np.zeros(3), sigma), multivariate_normal(np.zeros(3), other)
    with mpmath.workdps(DIGITS):
        truth = [float(kl_of_covariances(matrix(sigma), matrix(x), mpmath.zeros(3, 1))) for x in other]
    assert_close(p.relative_entropy(q), truth)


def test_what_is_wrong_with_a_covariance_is_said():
    loc = [0.0, 0.0]
    with pytest.raises(ValueError, match=r"not positive definite: its smallest eigenvalue is -1\."):
        multivariate_normal(loc, [[1.0, 2.0], [2.0, 1.0]])
    with pytest.raises(ValueError, match=r"covariance at index \(1,\) is not positive definite"):
        multivariate_normal(loc, [np.eye(2), [[1.0, 2.0], [2.0, 1.0]]])
    with pytest.raises(ValueError, match=r"entries \(0, 1\) and \(1, 0\) are 0\.5 and 0\.4, which differ by 0\.1"):
        multivariate_normal(loc, [[1.0, 0.5], [0.4, 1.0]])
    with pytest.raises(ValueError, match="above its diagonal"):
        multivariate_normal(loc, cholesky=[[1.0, 0.5], [0.0, 1.0]])
    with pytest.raises(ValueError, match="covariance and diagonal are given"):
        multivariate_normal(loc, np.eye(2), diagonal=[1.0, 1.0])
    with pytest.raises(ValueError, match="3 × 3, and 2 × 2 is needed"):
        multivariate_normal(loc, np.eye(3))
    with pytest.raises(ValueError, match="a single number"):
        multivariate_normal(0.0, np.eye(1))
    with pytest.raises(ValueError, match="nan"):
        multivariate_normal(loc, [[1.0, math.nan], [math.nan, 1.0]])
    with pytest.raises(ValueError, match="batch shapes do not broadcast"):
        multivariate_normal(np.zeros((3, 2)), np.stack([np.eye(2)] * 2))
    with pytest.raises(ValueError, match="diagonal is -1"):
        multivariate_normal(loc, diagonal=[1.0, -1.0])


def apart(library, kind, epsilon):
    """Return functions of arrays of a library: KL, Rényi and Wasserstein of two members of a kind, and the arrays."""
    rng = np.random.default_rng([KINDS.index(kind), round(100 * epsilon)])
    first, second, _, _ = members(kind, rng, 3, epsilon)
    flat = lambda given: list(given[kind]) if kind == "low_rank" else [given[kind]]  # noqa: E731
    loc = rng.standard_normal(3)
    arrays = [loc, *flat(first), loc + epsilon, *flat(second)]

    def both(*x):
        x = [one + 0.0 for one in x]
        half = len(x) // 2
        build = lambda part: {kind: tuple(part[1:]) if kind == "low_rank" else part[1]}  # noqa: E731
        return multivariate_normal(x[0], **build(x[:half])), multivariate_normal(x[half], **build(x[half:]))

    return both, arrays


MEASURES = {
    "kl": lambda p, q: p.relative_entropy(q),
    "renyi below 1": lambda p, q: p.renyi(q, 0.4),
    "renyi above 1": lambda p, q: p.renyi(q, 1.1),
    "wasserstein": lambda p, q: p.wasserstein(q, 2),
    "fisher": lambda p, q: p.with_leaves([q.loc, *(x for x, _ in p.covariance.leaves())]).fisher_rao(q),
}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("epsilon", [1.0, 0.05])
def test_gradients_of_torch_and_jax(measure, kind, epsilon):
    torch = pytest.importorskip("torch")
    jax = pytest.importorskip("jax")
    both, arrays = apart("torch", kind, epsilon)
    if kind == "cholesky":  # above the diagonal there is nothing to differentiate
        both_before, mask = both, np.tril(np.ones((3, 3)))

        def both(*x):
            return both_before(*(one * like(mask, one) if one.ndim == 2 else one for one in x))

    def like(value, x):
        return torch.asarray(value) if isinstance(x, torch.Tensor) else value

    def function(*x):
        return MEASURES[measure](*both(*x))

    def perturbed(*x):  # symmetric, however single entries move
        if kind not in ("covariance", "precision"):
            return function(*x)
        return function(*(0.5 * (one + one.mT) if one.ndim == 2 else one for one in x))

    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in arrays]
    assert torch.autograd.gradcheck(perturbed, tensors, eps=1e-6, atol=2e-6, rtol=1e-4, raise_exception=True)
    value = perturbed(*tensors)
    gradients = torch.autograd.grad(value, tensors, materialize_grads=True)
    assert_close(value.detach().numpy(), function(*arrays), 1e-13)
    with jax.enable_x64(True):
        moved = [jax.numpy.asarray(x) for x in arrays]
        value, others = jax.jit(jax.value_and_grad(perturbed, argnums=tuple(range(len(moved)))))(*moved)
        assert_close(np.asarray(value), function(*arrays), 1e-12)
        for ours, theirs in zip(gradients, others, strict=True):
            assert_close(np.asarray(theirs), ours.numpy(), 1e-9, 1e-11)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("measure", MEASURES)
def test_gradients_are_zero_at_equality(kind, measure):
    torch = pytest.importorskip("torch")
    both, arrays = apart("torch", kind, 1.0)
    half = arrays[: len(arrays) // 2]
    tensors = [torch.tensor(x, requires_grad=True) for x in (*half, *half)]
    value = MEASURES[measure](*both(*tensors))
    assert value.item() == 0.0
    for gradient in torch.autograd.grad(value, tensors, allow_unused=True):
        assert gradient is None or torch.all(gradient.abs() <= 1e-15 * 1e3)
