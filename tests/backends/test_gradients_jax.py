"""Gradients in JAX: what is compiled and what is not agree with NumPy, whatever the transformation."""

import math

import numpy as np
import pytest

from kullback import numerics
from kullback.distributions import counts, log_probs, logits, probs
from kullback.divergences import catalogue, chernoff, f_divergence, hellinger, js, kl, renyi, tv
from kullback.exact.companions import cross_entropy, entropy, perplexity
from kullback.exact.core import gradients
from kullback.exact.rows import Rows
from tests.backends.libraries import installed
from tests.close import assert_close

jax = pytest.importorskip("jax")
import jax.numpy as jnp  # noqa: E402

members = pytest.mark.parametrize("divergence", [d for d in catalogue if d.gradient is not None], ids=repr)
widths = pytest.mark.parametrize("x64", [True, False], ids=["x64", "float32"])

RNG = np.random.default_rng(0)
A = RNG.normal(0.0, 2.0, (4, 5))
B = RNG.normal(0.0, 2.0, (4, 5))
B[1] = A[1] + 1e-7 * RNG.standard_normal(5)
A[2, 1] = B[2, 1] = B[2, 3] = -math.inf  # masked in both, and in Q alone
A[3], B[3] = A[0], A[0]


def masses(x):
    return np.exp(x - np.logaddexp.reduce(x, axis=-1, keepdims=True))


with np.errstate(divide="ignore"):
    FORMS = {
        "logits": (logits, A, B),
        "log_probs": (log_probs, np.log(masses(A)), np.log(masses(B))),
        "probs": (probs, masses(A), masses(B)),
        "counts": (counts, 30.0 * masses(A), 1e6 * masses(B)),
    }
BOUNDS = {True: 1e-12, False: 1e-5}


@pytest.fixture(autouse=True)
def forget():
    """Let go of what was compiled: hundreds of programs would fill the memory."""
    yield
    jax.clear_caches()


def by_core(divergence, kinds, p, q, x64, weights=None):
    """Return values and derivatives of the rows as JAX stores them, by NumPy."""
    dtype = np.float64 if x64 else np.float32
    rows = [Rows(np.asarray(x, dtype=dtype), FORMS[kind][0](x), 1e-4) for kind, x in zip(kinds, (p, q), strict=True)]
    return gradients(divergence, *rows, weights)


def hold(found, truth, x64):
    """Hold values and derivatives to the truth, each derivative relative to the greatest of its row."""
    assert found[0].dtype == (np.float64 if x64 else np.float32)
    least = 0.0 if x64 else 1e-37
    assert_close(found[0], truth[0], BOUNDS[x64], absolute=least)
    for ours, own in zip(found[1:], truth[1:], strict=True):
        own = np.broadcast_to(own, ours.shape)
        assert np.array_equal(np.isinf(ours), np.isinf(own)), (ours, own)
        finite = np.isfinite(own)
        greatest = np.max(np.abs(np.where(finite, own, 0.0)), axis=-1, keepdims=True)
        error = np.abs(np.where(finite, ours, 0.0) - np.where(finite, own, 0.0))
        assert np.all(error <= BOUNDS[x64] * greatest + least), (ours, own)


def value_and_gradients(measure, kinds, options=None):
    """Return a function of two arrays of numbers: values, and derivatives of their sum."""
    first, second = (FORMS[kind][0] for kind in kinds)

    def summed(a, b):
        values = measure(first(a), second(b), **(options or {}))
        return jnp.sum(jnp.where(jnp.isinf(values), 0.0, values)), values

    def found(a, b):
        (_, values), slopes = jax.value_and_grad(summed, argnums=(0, 1), has_aux=True)(a, b)
        return values, *slopes

    return found


FAMILIES = list({d.name: d for d in reversed(catalogue) if d.gradient is not None}.values())


@pytest.mark.parametrize("divergence", FAMILIES, ids=repr)
def test_compiled(divergence):
    """A member of every family through XLA, without the optimisations of its back end, which only take time here."""
    with jax.enable_x64(True):
        function = jax.jit(value_and_gradients(divergence, ("logits", "logits")))
        fast = function.lower(A, B).compile(compiler_options={"xla_backend_optimization_level": 0})
        hold(fast(A, B), by_core(divergence, ("logits", "logits"), A, B, x64=True), x64=True)


COMPILED = [
    (kl, ("probs", "probs"), True),
    (kl, ("logits", "logits"), False),
    (kl.reverse, ("counts", "logits"), True),
    (js, ("counts", "counts"), False),
    (renyi(2.0), ("log_probs", "probs"), True),
    (chernoff, ("probs", "probs"), True),
    (hellinger, ("logits", "counts"), False),
]


@pytest.mark.parametrize(("divergence", "kinds", "x64"), COMPILED, ids=str)
def test_compiled_with_every_optimisation(divergence, kinds, x64):
    with jax.enable_x64(x64):
        # The close rows are close in one kind only: compiled, two kinds are compared with fewer digits there.
        p, q = (FORMS[kind][1 + i][[0, 1, 2, 3] if kinds[0] == kinds[1] else [0, 2]] for i, kind in enumerate(kinds))
        p, q = (jnp.asarray(x) for x in (p, q))
        hold(jax.jit(value_and_gradients(divergence, kinds))(p, q), by_core(divergence, kinds, p, q, x64), x64)


@members
@widths
@pytest.mark.parametrize("kind", FORMS)
def test_without_compiling(divergence, x64, kind):
    with jax.enable_x64(x64):
        p, q = (jnp.asarray(x) for x in FORMS[kind][1:])
        hold(value_and_gradients(divergence, (kind, kind))(p, q), by_core(divergence, (kind, kind), p, q, x64), x64)


@pytest.mark.parametrize("compile", [True, False])
def test_options(compile):
    keep = jnp.array([True, True, False, True, True])
    with jax.enable_x64(True):
        p, q = np.exp(A), np.exp(B[:1])
        weights = np.array([1.0, 2.0, 0.5, 0.0, 3.0])
        options = {"where": keep, "weights": weights, "base": 2, "keepdims": True}
        function = value_and_gradients(kl, ("counts", "counts"), options)
        values, first, second = (jax.jit(function) if compile else function)(p, q)
        assert values.shape == (4, 1) and first.shape == (4, 5) and second.shape == (1, 5)
        kept = np.where(keep, p, 0.0), np.broadcast_to(np.where(keep, q, 0.0), p.shape)
        truth = by_core(kl, ("counts", "counts"), *kept, True, weights)
        bits = math.log(2.0)
        assert_close(values[:, 0], truth[0] / bits, 1e-13)
        for ours, own in ((first, truth[1]), (second, truth[2].sum(axis=0, keepdims=True))):
            assert_close(ours, np.where(keep, own, 0.0) / bits, 1e-12, absolute=1e-13)


def test_vmap():
    with jax.enable_x64(True):
        truth = by_core(js, ("logits", "logits"), A, B, x64=True)

        def one(a, b):
            return js(logits(a), logits(b))

        assert_close(jax.vmap(one)(A, B), truth[0], 1e-12)
        found = jax.jit(jax.vmap(jax.grad(one, 1), in_axes=(None, 0)))(A[0], B)
        truth = by_core(js, ("logits", "logits"), np.broadcast_to(A[0], B.shape), B, x64=True)
        assert_close(found, truth[2], 1e-12, absolute=1e-18)


SECOND = [(kl, ("logits", "logits")), (js, ("counts", "counts"))]


@pytest.mark.skipif(
    not installed("torch"), reason="PyTorch's second derivatives are compared, which gradgradcheck holds"
)
@pytest.mark.parametrize(("divergence", "kinds"), SECOND, ids=str)
def test_second_derivatives(divergence, kinds):
    import torch

    first, second = (FORMS[kind][0] for kind in kinds)
    a, b = FORMS[kinds[0]][1][0], FORMS[kinds[1]][2][0]

    def value(p, q):
        # Of another function, so that the derivatives of the value itself come in too.
        found = divergence(first(p), second(q))
        return found * found

    truth = torch.autograd.functional.hessian(value, (torch.tensor(a), torch.tensor(b)))
    with jax.enable_x64(True):
        found = jax.jit(jax.hessian(value, (0, 1)))(a, b)
        for i in (0, 1):
            for j in (0, 1):
                own = truth[i][j].numpy()
                assert_close(found[i][j], own, 1e-9, absolute=1e-12 * np.abs(own).max())


def test_second_derivatives_of_kl_without_compiling():
    with jax.enable_x64(True):
        q = masses(B[0])
        slope = jax.grad(lambda x: kl(logits(A[0]), logits(x)))
        found = jax.grad(lambda x: slope(x)[2])(jnp.asarray(B[0]))
        assert_close(found, q * (np.arange(5) == 2) - q[2] * q, 1e-12, absolute=1e-16)


def test_forward_mode():
    with jax.enable_x64(True):
        direction = RNG.standard_normal(5)
        value, change = jax.jvp(lambda x: kl(logits(A[0]), logits(x)), (B[0],), (direction,))
        assert_close(value, kl(logits(A[0]), logits(B[0])), 1e-13)
        assert_close(change, (masses(B[0]) - masses(A[0])) @ direction, 1e-12)
        # The derivative with respect to a p of 0 is −∞, and has no part in a change of q.
        p = np.array([0.0, 0.5, 0.5])
        change = jax.jvp(lambda x: kl(p, x), (np.array([0.2, 0.3, 0.5]),), (np.array([1.0, -1.0, 0.0]),))[1]
        assert_close(change, 0.5 / 0.3, 1e-13)


@pytest.mark.parametrize("compile", [True, False])
def test_edges_kinks_and_infinite_rows(compile):
    with jax.enable_x64(True):
        p = jnp.array([[0.0, 0.25, 0.75], [0.5, 0.25, 0.25]])
        q = jnp.array([[0.5, 0.25, 0.25], [0.0, 0.5, 0.5]])
        function = value_and_gradients(kl, ("probs", "probs"))
        values, first, second = (jax.jit(function) if compile else function)(p, q)
        assert values[1] == math.inf and np.all(first[1] == 0.0) and np.all(second[1] == 0.0)
        assert first[0, 0] == -math.inf and np.all(np.isfinite(first[0, 1:]))
        assert_close(second[0], [1.0, 0.0, -2.0], 1e-13, absolute=1e-15)
        function = value_and_gradients(tv, ("probs", "probs"))
        equal = (jax.jit(function) if compile else function)(p, p)
        assert all(np.all(x == 0.0) for x in equal)
        bad = jnp.array([[0.5, 0.25, 0.75], [0.5, 0.25, 0.25]])
        values, first, second = (jax.jit(function) if compile else function)(bad, q)
        assert np.isnan(values[0]) and values[1] == 0.5


def test_companions():
    with jax.enable_x64(True):
        p, q = masses(A[0]), masses(B[0])
        own = float(entropy(p))
        for function in (jax.grad(lambda x: entropy(logits(x))), jax.jit(jax.grad(lambda x: entropy(logits(x))))):
            assert_close(function(A[0]), -p * (np.log(p) + own), 1e-12)
        found = jax.jit(jax.grad(lambda x: cross_entropy(logits(A[0]), logits(x))))(B[0])
        assert_close(found, q - p, 1e-12)
        found = jax.jit(jax.grad(lambda x: perplexity(probs(p), logits(x))))(B[0])
        assert_close(found, (q - p) * float(perplexity(p, q)), 1e-12)


@widths
def test_many(x64):
    rows = [np.exp(A[:2]), np.exp(B[:2]), np.exp(A[1:3][::-1])]
    with jax.enable_x64(x64):
        rows = [jnp.asarray(x) for x in rows]

        def value(*of):
            return jnp.sum(js.many([counts(x) for x in of], weights=[0.2, 0.5, 0.3]))

        eager = jax.grad(value, (0, 1, 2))(*rows)
        compiled = jax.jit(jax.value_and_grad(value, (0, 1, 2)))(*rows)
        wide = [np.asarray(x, np.float64) for x in rows]
        assert_close(compiled[0], np.sum(js.many([counts(x) for x in wide], weights=[0.2, 0.5, 0.3])), BOUNDS[x64])
        for i, (one, other) in enumerate(zip(eager, compiled[1], strict=True)):
            assert_close(
                one, other, BOUNDS[x64], absolute=BOUNDS[x64] * float(jnp.max(jnp.abs(jnp.nan_to_num(one, neginf=0))))
            )
            share = [0.2, 0.5, 0.3][i]
            p = [x / x.sum(axis=-1, keepdims=True) for x in wide]
            mixture = 0.2 * p[0] + 0.5 * p[1] + 0.3 * p[2]
            with np.errstate(divide="ignore", invalid="ignore"):
                log = np.log(p[i] / mixture)
                mean = np.nansum(p[i] * np.where(p[i] > 0, log, 0.0), axis=-1, keepdims=True)
                truth = share * (log - mean) / wide[i].sum(axis=-1, keepdims=True)
            assert_close(one, np.where(mixture > 0.0, truth, 0.0), 10 * BOUNDS[x64], absolute=BOUNDS[x64])


def test_pairwise():
    with jax.enable_x64(True):
        p, q = A[:2], B[:3]
        truth = kl.pairwise(logits(p), logits(q))
        rows, others = np.broadcast_to(p[:, None], (2, 3, 5)), np.broadcast_to(q[None], (2, 3, 5))
        finite = np.isfinite(truth)
        slopes = by_core(kl, ("logits", "logits"), rows, others, x64=True)

        def value(a, b):
            found = kl.pairwise(logits(a), logits(b))
            return jnp.sum(jnp.where(jnp.isfinite(found), found, 0.0)), found

        (_, found), (first, second) = jax.jit(jax.value_and_grad(value, (0, 1), has_aux=True))(p, q)
        assert_close(found, truth, 1e-12)
        assert_close(first, np.where(finite[..., None], slopes[1], 0.0).sum(axis=1), 1e-11, absolute=1e-13)
        assert_close(second, np.where(finite[..., None], slopes[2], 0.0).sum(axis=0), 1e-11, absolute=1e-13)


def test_weights_have_no_derivative():
    with pytest.raises(TypeError, match="stop_gradient"):
        jax.grad(lambda w: kl(counts(jnp.array([1.0, 2.0])), counts(jnp.array([2.0, 2.0])), weights=w))(jnp.ones(2))


def test_measures_of_one_name_are_compiled_apart():
    p, q = jnp.array([0.2, 0.3, 0.5]), jnp.array([0.7, 0.2, 0.1])
    value, order = jax.jit(chernoff)(p, q), jax.jit(chernoff.order)(p, q)
    assert_close(value, chernoff(p, q), 1e-5)
    assert_close(order, chernoff.order(p, q), 1e-5)

    def f(t):
        return (t - 1.0) ** 2

    def slope(t):
        return 2.0 * (t - 1.0)

    without, with_slope = f_divergence(f), f_divergence(f, derivative=slope)
    with pytest.raises(TypeError, match="no gradient"):
        jax.grad(without)(p, q)
    masses_p, masses_q = np.asarray(p, np.float64), np.asarray(q, np.float64)
    ratio = masses_p / masses_q
    truth = 2.0 * (ratio - np.sum(masses_p * ratio))
    assert_close(jax.grad(with_slope)(p, q), truth, 1e-5, absolute=1e-5)


@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 66, 4097, 100_000])
def test_totals_are_in_double_double(size):
    from fractions import Fraction

    with jax.enable_x64(True):
        x = np.random.default_rng(size).lognormal(0.0, 8.0, size)
        high, low = jax.jit(numerics.total)(x)
        exact = sum(map(Fraction, x.tolist()))
        error = abs(Fraction(float(high[0])) + Fraction(float(low[0])) - exact) / exact
        assert error < Fraction(1, 2**100)


@pytest.mark.parametrize("apart", [1e-6, 1e-10, 1e-13])
def test_near_equal_rows_of_many_outcomes_compiled(apart):
    rng = np.random.default_rng(1)
    a = rng.normal(0.0, 3.0, 20_000)
    p, q = np.exp(a), np.exp(a) * (1.0 + apart * rng.standard_normal(a.size))
    with jax.enable_x64(True):
        function = jax.jit(value_and_gradients(kl, ("counts", "counts")))
        hold(function(p, q), by_core(kl, ("counts", "counts"), p, q, x64=True), x64=True)
