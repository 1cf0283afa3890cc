"""Gradients in PyTorch: every member, kind and option, first and second derivatives, and what autograd asks of them."""

import math
from functools import partial

import numpy as np
import pytest
from mpmath import mp

from kullback.distributions import counts, log_probs, logits, probs
from kullback.divergences import (
    catalogue,
    chernoff,
    chi2,
    hellinger,
    hockey_stick,
    js,
    kl,
    renyi,
    tv,
)
from kullback.exact.companions import cross_entropy, entropy, perplexity
from tests.close import assert_close
from tests.laws.test_gradients import expected, pairs_apart

torch = pytest.importorskip("torch")

SMOOTH = [d for d in catalogue if d.gradient is not None]
members = pytest.mark.parametrize("divergence", SMOOTH, ids=repr)
MEASURES = [*SMOOTH, cross_entropy, perplexity]
measures = pytest.mark.parametrize("measure", MEASURES, ids=lambda x: getattr(x, "__name__", repr(x)))

# From free numbers to what each kind is given: a small change of them keeps it a distribution.
KINDS = {
    "probs": lambda x: probs(torch.softmax(x, -1)),
    "log_probs": lambda x: log_probs(torch.log_softmax(x, -1)),
    "logits": logits,
    "counts": lambda x: counts(torch.exp(x)),
}
P = [[0.3, -0.4, 0.9, 0.1], [-1.2, 0.5, 0.0, 0.7]]
Q = [[-0.2, 0.6, 0.35, -0.9], [0.4, 0.2, -0.8, 0.65]]
check = partial(torch.autograd.gradcheck, eps=1e-6, atol=1e-7, rtol=1e-6)
check_twice = partial(torch.autograd.gradgradcheck, eps=1e-6, atol=1e-6, rtol=1e-5)


def free(values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def grads(value, *of):
    return [x.numpy() for x in torch.autograd.grad(value, of)]


def plain_softmax(x):
    return np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x)))


@measures
@pytest.mark.parametrize("kinds", [("logits", "logits"), ("counts", "probs"), ("log_probs", "counts")], ids=str)
def test_first_and_second_derivatives(measure, kinds):
    first, second = (KINDS[kind] for kind in kinds)

    def value(a, b):
        return measure(first(a), second(b))

    assert check(value, (free(P[0]), free(Q[0])))
    assert check_twice(value, (free(P[0]), free(Q[0])), fast_mode=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("measure", [entropy, perplexity])
def test_of_one_distribution(measure, kind):
    assert check(lambda a: measure(KINDS[kind](a)), free(P))
    assert check_twice(lambda a: measure(KINDS[kind](a)), free(P[0]))


KEEP = torch.tensor([True, True, False, True])
OPTIONS = {
    "where": ({"where": KEEP}, P, Q),
    "a mask for each row": ({"where": torch.tensor([[True, False, True, True], [True, True, True, False]])}, P, Q),
    "weights": ({"weights": torch.tensor([0.5, 2.0, 0.0, 1.5], dtype=torch.float64)}, P, Q),
    "weights and where": ({"where": KEEP, "weights": torch.tensor([0.5, 2.0, 1.0, 0.0], dtype=torch.float64)}, P, Q),
    "axis": ({"axis": 0}, np.transpose(P).tolist(), np.transpose(Q).tolist()),
    "axes": ({"axis": (0, 2)}, np.reshape(P, (2, 2, 2)).tolist(), np.reshape(Q, (2, 2, 2)).tolist()),
    "keepdims": ({"keepdims": True}, P, Q),
    "one q for many p": ({}, P, Q[0]),
    "one p for many q": ({}, [P[0]], Q),
    "every p with every q": ({}, [[P[0]], [P[1]]], [Q]),
}
some = pytest.mark.parametrize(
    "measure",
    [kl, kl.reverse, js, tv, hellinger, chi2, renyi(0.3), renyi(math.inf), chernoff, cross_entropy, perplexity],
    ids=lambda x: getattr(x, "__name__", repr(x)),
)


@some
@pytest.mark.parametrize("name", OPTIONS)
def test_options(measure, name):
    options, p, q = OPTIONS[name]
    for kind in (logits, lambda x: counts(torch.exp(x))):

        def value(a, b, kind=kind):
            return measure(kind(a), kind(b), **options)

        # One direction at random instead of every entry of the Jacobian.
        assert check(value, (free(p), free(q)), fast_mode=True)
        assert check_twice(value, (free(p), free(q)), fast_mode=True)


def test_base():
    p, q = free(P), free(Q)
    for measure in (kl, js, renyi(2.0), cross_entropy):
        nats = grads(measure(logits(p), logits(q)).sum(), p, q)
        bits = grads(measure(logits(p), logits(q), base=2).sum(), p, q)
        for a, b in zip(nats, bits, strict=True):
            assert_close(b, a / math.log(2.0), 1e-14)


@members
@pytest.mark.parametrize("apart", [1e-1, 1e-3, 1e-5, 1e-7, 1e-9, 1e-10])
def test_near_equal_pairs(divergence, apart):
    if apart < 1e-5 and hasattr(divergence.textbook, "func") and "1.000001" in repr(divergence):
        pytest.skip("the truth itself loses digits there")
    p, q = pairs_apart(apart)
    a, b = free(p), free(q)
    found = grads(divergence(counts(a), counts(b)), a, b)
    with mp.workdps(80):
        for side in (0, 1):
            truth = expected(divergence, p, q, side)
            assert_close(found[side], truth, 0.0, absolute=1e-10 * np.max(np.abs(truth)))


@members
def test_equal(divergence):
    for make, x in (
        (counts, [1.0, 2.0, 7.0, 0.0]),
        (probs, [0.1, 0.2, 0.7, 0.0]),
        (logits, [0.3, -1.0, 5.0, -math.inf]),
        (log_probs, [math.log(0.25), math.log(0.75), -math.inf]),
    ):
        a, b = free(x), free(x)
        value = divergence(make(a), make(b))
        assert value == 0.0
        for found in grads(value, a, b):
            assert np.array_equal(found, np.zeros(len(x)))


@members
def test_masked_logits(divergence):
    """What is masked on both sides has no slope and changes nothing: as if it were not there."""
    p, q = free([0.3, -math.inf, 1.0, 0.0, -math.inf]), free([0.1, -math.inf, -0.5, 0.7, -math.inf])
    found = grads(divergence(logits(p), logits(q)), p, q)
    short = free([0.3, 1.0, 0.0]), free([0.1, -0.5, 0.7])
    for all_of_them, own in zip(found, grads(divergence(*map(logits, short)), *short), strict=True):
        assert np.all(all_of_them[[1, 4]] == 0.0)
        assert_close(all_of_them[[0, 2, 3]], own, 1e-12, absolute=1e-16)
    value = divergence(logits(p), logits(q))
    for direction in (p, q):
        (slope,) = torch.autograd.grad(value, direction, create_graph=True, retain_graph=True)
        for second in grads((slope * slope).sum(), p, q):
            assert np.all(np.isfinite(second)) and np.all(second[[1, 4]] == 0.0)


@members
def test_infinite_rows_have_slope_zero_and_spoil_no_others(divergence):
    p = free([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [0.0, 0.0, 1.0]])
    q = free([[0.0, 0.25, 0.75], [0.3, 0.3, 0.4], [0.5, 0.5, 0.0]])
    value = divergence(p, q)
    found = grads(value.sum(), p, q)
    alone = free([0.2, 0.3, 0.5]), free([0.3, 0.3, 0.4])
    own = grads(divergence(*alone), *alone)
    for side in (0, 1):
        assert not np.isnan(found[side]).any()
        assert np.all(found[side][np.isinf(value.detach().numpy())] == 0.0)
        assert_close(found[side][1], own[side], 1e-14)


def test_where_p_is_zero():
    """The derivative of KL with respect to a p of 0 is −∞; with respect to q and the other p it is finite."""
    p, q = free([0.0, 0.25, 0.75]), free([0.5, 0.25, 0.25])
    first, second = grads(kl(p, q), p, q)
    value = 0.25 * math.log(1.0) + 0.75 * math.log(3.0)
    assert first[0] == -math.inf
    assert_close(first[1:], [-value, math.log(3.0) - value], 1e-13)
    assert_close(second, [1.0, 0.0, -2.0], 1e-13, absolute=1e-15)
    # In the entropy an outcome without mass takes no part, as under a mask.
    assert grads(entropy(p), p)[0][0] == 0.0
    assert_close(grads(cross_entropy(p, q), p)[0], -np.log([0.5, 0.25, 0.25]) + np.log(0.25), 1e-13, absolute=1e-15)


def test_kinks_have_slope_zero():
    p, q = free([0.5, 0.25, 0.25]), free([0.5, 0.125, 0.375])
    for divergence in (tv, hockey_stick(1)):
        assert_close(grads(divergence(p, q), p)[0], [0.0, 0.5, -0.5])
    two, half = free([0.4, 0.4, 0.2]), free([0.2, 0.2, 0.6])
    assert_close(grads(renyi(math.inf)(two, half), two)[0], np.zeros(3))


@pytest.mark.parametrize("name", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("kind", [logits, lambda x: counts(torch.exp(x))], ids=["logits", "counts"])
def test_narrow_leaves(name, kind):
    dtype = getattr(torch, name)
    for divergence in (kl, kl.reverse, js, tv, hellinger, renyi(2.0)):
        a, b = (torch.tensor(x, dtype=dtype, requires_grad=True) for x in (P, Q))
        wide = [x.detach().double().requires_grad_() for x in (a, b)]
        value = divergence(kind(a), kind(b))
        assert value.dtype == torch.float32
        value.sum().backward()
        truth = grads(divergence(*(counts(torch.exp(x)) for x in wide)).sum(), *wide)
        for leaf, expected_slope in zip((a, b), truth, strict=True):
            assert leaf.grad.dtype == dtype
            bound = {"float32": 1e-6, "bfloat16": 2e-2, "float16": 3e-3}[name]
            assert_close(
                leaf.grad.double().numpy(), expected_slope, bound, absolute=bound * np.abs(expected_slope).max()
            )


def test_the_gradient_of_a_narrow_leaf_is_rounded_once():
    a, b = (torch.tensor(x, dtype=torch.float32, requires_grad=True) for x in (P, Q))
    wide = [x.detach().double().requires_grad_() for x in (a, b)]
    for divergence in (kl, js, renyi(2.0)):
        narrow = torch.autograd.grad(divergence(logits(a), logits(b)).sum(), (a, b))
        for found, truth in zip(narrow, grads(divergence(*map(logits, wide)).sum(), *wide), strict=True):
            assert_close(found.double().numpy(), truth, 2.0**-23, absolute=2.0**-30)


@pytest.mark.parametrize("measure", [kl, js, chernoff, cross_entropy], ids=["kl", "js", "chernoff", "cross_entropy"])
def test_only_one_requires_grad(measure):
    both = free(P), free(Q)
    truth = grads(measure(*map(logits, both)).sum(), *both)
    for side in (0, 1):
        rows = [x.detach() for x in both]
        rows[side].requires_grad_()
        value = measure(*map(logits, rows))
        assert_close(grads(value.sum(), rows[side])[0], truth[side], 1e-15)
        assert check_twice(
            lambda x, r=rows, side=side: measure(*map(logits, (x, r[1]) if side == 0 else (r[0], x))),
            rows[side],
            fast_mode=True,
        )
        assert rows[1 - side].grad is None


def test_without_gradients():
    p, q = free(P), free(Q)
    with torch.no_grad():
        assert not kl(logits(p), logits(q)).requires_grad
    assert not kl(logits(p.detach()), logits(q.detach())).requires_grad
    assert not kl.terms(logits(p), logits(q)).requires_grad
    with torch.inference_mode():
        assert_close(kl(logits(p), logits(q)).numpy(), kl(logits(np.array(P)), logits(np.array(Q))), 1e-14)


def test_a_graph_that_is_kept():
    p, q = free(P), free(Q)
    value = js(logits(p), logits(q)).sum()
    value.backward(retain_graph=True)
    once = p.grad.clone()
    value.backward()
    assert torch.equal(p.grad, 2.0 * once)
    with pytest.raises(RuntimeError, match="second time"):
        value.backward()


def test_integer_counts_beside_gradients():
    p, q = free(P), torch.tensor([[3, 1, 4, 1], [5, 9, 2, 6]])
    found = grads(kl(logits(p), counts(q)).sum(), p)[0]
    assert_close(found, grads(kl(logits(p), counts(q.double())).sum(), p)[0], 1e-15)
    assert check_twice(lambda x: kl(logits(x), counts(q)), p, fast_mode=True)
    numbers = grads(kl(logits(p), counts(q.numpy())).sum(), p)[0]
    assert_close(numbers, found, 1e-15)
    smoothed = free([3.0, 0.0, 4.0])
    assert check(
        lambda x: kl(counts(x + 0.0, add=0.5), probs([0.2, 0.3, 0.5])), smoothed.detach().add(1.0).requires_grad_()
    )


def test_upstream_and_the_same_tensor_twice():
    p = free(P)
    scale = torch.tensor([2.0, -0.5], dtype=torch.float64)
    q = p.detach().flip(0)
    (weighted,) = grads((scale * kl(logits(p), logits(q))).sum(), p)
    (plain,) = grads(kl(logits(p), logits(q)).sum(), p)
    assert_close(weighted, scale[:, None].numpy() * plain, 1e-14)
    # Both sides may be made of one tensor.
    assert check(lambda x: kl(logits(x), logits(2.0 * x.flip(-1))), p)
    assert check_twice(lambda x: js(logits(x), logits(2.0 * x.flip(-1))), p)


def test_functional_transforms():
    p, q = free(P), torch.tensor(Q, dtype=torch.float64)
    (truth,) = grads(kl(logits(p), logits(q)).sum(), p)
    found = torch.autograd.functional.jacobian(lambda x: kl(logits(x), logits(q)).sum(), p.detach())
    assert_close(found.numpy(), truth, 1e-15)
    hessian = torch.autograd.functional.hessian(lambda x: kl(logits(q[0]), logits(x)), p.detach()[0])
    own = plain_softmax(np.array(P[0]))
    assert_close(hessian.numpy(), np.diag(own) - np.outer(own, own), 1e-12, absolute=1e-16)


def test_pairwise():
    for divergence in (kl, js, tv, renyi(0.3)):
        assert check(lambda a, b, d=divergence: d.pairwise(logits(a), logits(b)), (free(P), free([*Q, P[1][::-1]])))
        assert check(lambda a, d=divergence: d.pairwise(counts(torch.exp(a))), (free([*P, *Q]),))
    equal = free(P)
    matrix = kl.pairwise(torch.softmax(equal, -1))
    assert torch.equal(torch.diagonal(matrix), torch.zeros(2, dtype=torch.float64))
    # d/da of the diagonal is 0: what remains is that of the two others.
    assert_close(grads(matrix.sum(), equal)[0], grads(matrix_without_diagonal(equal), equal)[0], 1e-13, absolute=1e-16)


def matrix_without_diagonal(x):
    p = torch.softmax(x, -1)
    return kl(p[0], p[1]) + kl(p[1], p[0])


@pytest.mark.parametrize("size", [1000, 50_257])
@pytest.mark.parametrize("divergence", [kl, kl.reverse, js], ids=repr)
def test_kernels_of_logits(divergence, size):
    """The compiled gradient of a vocabulary is that of the core, which weights of 1 make answer."""
    rng = np.random.default_rng(size)
    p, q = (free(3.0 * rng.standard_normal((2, size))) for _ in range(2))
    by_kernel = grads(divergence(logits(p), logits(q)).sum(), p, q)
    by_core = grads(divergence(logits(p), logits(q), weights=torch.ones(size, dtype=torch.float64)).sum(), p, q)
    for a, b in zip(by_kernel, by_core, strict=True):
        assert_close(a, b, 1e-10, absolute=1e-14 * np.abs(b).max())
    narrow = [x.detach().float().requires_grad_() for x in (p, q)]
    wide = [x.detach().double().requires_grad_() for x in narrow]
    found = torch.autograd.grad(divergence(*map(logits, narrow)).sum(), narrow)
    for a, b in zip(found, grads(divergence(*map(logits, wide)).sum(), *wide), strict=True):
        assert_close(a.numpy(), b, 1e-5, absolute=1e-5 * np.abs(b).max())


def many(kind, options=None):
    return lambda *rows: js.many([kind(x) for x in rows], weights=[0.2, 0.5, 0.3], **(options or {}))


@pytest.mark.parametrize("kind", KINDS)
def test_of_many(kind):
    rows = free(P), free(Q), free([[0.1, 0.0, -0.5, 0.4], [1.0, -1.0, 0.5, 0.2]])
    assert check(many(KINDS[kind]), rows)
    assert check_twice(many(KINDS[kind]), rows, fast_mode=True)
    if kind in ("logits", "counts"):  # the others sum to 1 with all outcomes, along the last axis
        assert check(many(KINDS[kind], {"where": KEEP, "keepdims": True, "base": 2}), rows, fast_mode=True)
        assert check_twice(many(KINDS[kind], {"axis": 0}), rows, fast_mode=True)
    broadcast = rows[0], free(Q[0]), rows[2]
    assert check(many(KINDS[kind]), broadcast)
    whole = torch.stack([x.detach() for x in rows]).requires_grad_()
    assert check(lambda x: js.many(KINDS[kind](x)), whole, fast_mode=True)


def test_of_two_of_many():
    for p, q in (pairs_apart(apart) for apart in (0.9, 1e-3, 1e-10)):
        a, b = free(p), free(q)
        pair = grads(js(counts(a), counts(b)), a, b)
        for found, own in zip(grads(js.many([counts(a), counts(b)]), a, b), pair, strict=True):
            assert_close(found, own, 0.0, absolute=1e-11 * np.abs(own).max())


def test_of_many_with_zeros_masks_and_equal_rows():
    rows = [free([0.5, 0.5, 0.0, 0.0]), free([0.25, 0.0, 0.75, 0.0]), free([1.0, 0.0, 0.0, 0.0])]
    for found, row in zip(grads(js.many(rows), *rows), rows, strict=True):
        # A mass of 0 beside others has slope −∞, in all of them it takes no part.
        present = row.detach().numpy() > 0.0
        assert (
            np.all(np.isfinite(found[present])) and np.all(found[1:3][~present[1:3]] == -math.inf) and found[3] == 0.0
        )
    masked = [free([0.5, -math.inf, 1.0]), free([0.0, -math.inf, -math.inf]), free([1.0, -math.inf, 0.2])]
    value = js.many([logits(x) for x in masked])
    first = torch.autograd.grad(value, masked, create_graph=True)
    for found, row in zip(first, masked, strict=True):
        assert torch.isfinite(found).all() and torch.all(found[~torch.isfinite(row)] == 0.0)
    for found in grads(sum((x * x).sum() for x in first), *masked):
        assert np.all(np.isfinite(found))
    equal = [free([0.2, 0.3, 0.5, 0.0]) for _ in range(3)]
    for found in grads(js.many(equal, weights=[0.0, 0.5, 0.5]), *equal):
        assert np.array_equal(found, np.zeros(4))


def test_torch_func():
    p, q = torch.tensor(P, dtype=torch.float64), torch.tensor(Q, dtype=torch.float64)

    def value(x):
        return kl(logits(x), logits(q)).sum()

    truth = torch.autograd.functional.jacobian(value, p).numpy()
    assert_close(torch.func.grad(value)(p).numpy(), truth, 1e-15)
    with pytest.raises(RuntimeError):
        torch.func.vmap(lambda x: torch.func.grad(lambda y: kl(logits(y), logits(q[0])))(x))(p)


def test_weights_have_no_gradient():
    weights = torch.ones(2, dtype=torch.float64, requires_grad=True)
    with pytest.raises(TypeError, match=r"weights\.detach\(\)"):
        kl(torch.tensor([0.5, 0.5]), torch.tensor([0.25, 0.75]), weights=weights)
