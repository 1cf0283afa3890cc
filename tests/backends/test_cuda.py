"""Tensors on a GPU: answers where the tensors are, NumPy's values, the CPU's gradients, and little memory."""

import math

import numpy as np
import pytest

from kullback.distributions import counts, log_probs, logits, probs
from kullback.divergences import catalogue, js, kl, renyi, tv
from tests.backends.libraries import installed
from tests.close import assert_close

torch = pytest.importorskip("torch")
if not torch.cuda.is_available():
    pytest.skip("no GPU", allow_module_level=True)

RNG = np.random.default_rng(0)
P = RNG.dirichlet(np.ones(7), (4, 3))
Q = RNG.dirichlet(np.ones(7), (4, 3))
Q[1, 2] = P[1, 2] * (1.0 + 1e-6 * RNG.standard_normal(7))
Q[1, 2] /= Q[1, 2].sum()
P[0, 0, 2] = Q[0, 1, 3] = 0.0
P /= P.sum(-1, keepdims=True)
Q /= Q.sum(-1, keepdims=True)
with np.errstate(divide="ignore"):
    FORMS = {
        "probs": (probs, P, Q),
        "log_probs": (log_probs, np.log(P), np.log(Q)),
        "logits": (logits, np.log(P) + 5.0, np.log(Q) - 2.0),
        "counts": (counts, np.round(1e4 * P), np.round(3e6 * Q)),
    }
BOUNDS = {"float64": 1e-13, "float32": 1e-5, "bfloat16": 1e-5}
members = pytest.mark.parametrize("divergence", catalogue, ids=repr)
dtypes = pytest.mark.parametrize("dtype", BOUNDS)


def on_gpu(x, dtype):
    return torch.as_tensor(x).to(getattr(torch, dtype)).cuda()


def back(x):
    return x.detach().double().cpu().numpy()


@members
@pytest.mark.parametrize("kind", FORMS)
@dtypes
def test_values_are_those_of_numpy(divergence, kind, dtype):
    if dtype == "bfloat16" and kind == "counts":
        pytest.skip("bfloat16 has no counts of this size")
    wrap, p, q = FORMS[kind]
    ours = [on_gpu(x, dtype) for x in (p, q)]
    value = divergence(*(wrap(x) for x in ours))
    assert value.device == ours[0].device
    assert value.dtype == (torch.float64 if dtype == "float64" else torch.float32)
    numbers = [wrap(back(x)) for x in ours]
    expected = divergence(*numbers, check=False)
    right = ~np.isnan(expected)  # a total may be too far from 1 for float64, and not for bfloat16
    assert right.any() or dtype == "bfloat16"
    assert_close(back(value)[right], expected[right], BOUNDS[dtype])


@members
@pytest.mark.parametrize("kind", ["probs", "logits"])
def test_gradients_are_those_of_the_cpu(divergence, kind):
    wrap, p, q = FORMS[kind]
    found = []
    for device in ("cpu", "cuda"):
        a, b = (torch.as_tensor(x, device=device).requires_grad_() for x in (p, q))
        try:
            (
                divergence(wrap(a), wrap(b)).clamp(max=1e6) * torch.arange(12.0, device=device).reshape(4, 3)
            ).sum().backward()
        except TypeError:
            pytest.skip(f"{divergence!r} has no gradient")
        found.append([back(a.grad), back(b.grad)])
    for expected, value in zip(*found, strict=True):
        right = np.isfinite(expected)
        assert np.array_equal(expected[~right], value[~right], equal_nan=True)
        assert_close(value[right], expected[right], 1e-10, 1e-13)


def rows(dtype, shape=(6, 3001), spread=0.1, seed=0):
    generator = torch.Generator("cuda").manual_seed(seed)
    a = 3.0 * torch.randn(shape, generator=generator, device="cuda", dtype=torch.float64)
    b = a + spread * torch.randn(shape, generator=generator, device="cuda", dtype=torch.float64) + 2.0
    return a.to(getattr(torch, dtype)), b.to(getattr(torch, dtype))


@pytest.mark.parametrize("dtype", [*BOUNDS, "float16"])
@pytest.mark.parametrize("spread", [1e-5, 1e-2, 1.0, 30.0])
@pytest.mark.parametrize("of", [kl, kl.reverse], ids=repr)
def test_logits_of_vocabularies(dtype, spread, of):
    a, b = rows(dtype, spread=spread)
    value = of(logits(a.requires_grad_()), logits(b.requires_grad_()))
    expected = of(logits(back(a)), logits(back(b)))
    assert_close(back(value), expected, 1e-13 if dtype == "float64" else 2e-6)
    value.sum().backward()
    wide = [x.detach().double().cpu().requires_grad_() for x in (a, b)]
    of(*(logits(x) for x in wide)).sum().backward()
    for x, y in zip((a, b), wide, strict=True):
        assert x.grad.dtype == x.dtype
        scale = y.grad.abs().max().item()
        one = {"float64": 1e-12, "float32": 1e-5, "float16": 1e-3, "bfloat16": 1e-2}[dtype]
        # Gradients below the normal numbers of float16 have few digits.
        assert_close(back(x.grad), back(y.grad), one, max(one * 0.1 * scale, 6e-8 if dtype == "float16" else 0.0))


def test_rows_anywhere():
    a, b = rows("float32", (3, 5, 1003))
    expected = kl(logits(back(a)), logits(back(b)))
    assert_close(back(kl(logits(a[:, 1:]), logits(b[:, 1:]))), expected[:, 1:], 1e-6)
    assert_close(back(kl(logits(a[:, ::2]), logits(b[:, ::2]))), expected[:, ::2], 1e-6)
    assert_close(back(kl(logits(a.mT.contiguous().mT), logits(b))), expected, 1e-6)
    assert_close(back(kl(logits(a), logits(b[1, 2]))), kl(logits(back(a)), logits(back(b[1, 2]))), 1e-6)
    assert_close(back(kl(logits(a[:, :1]), logits(b[:1]))), kl(logits(back(a[:, :1])), logits(back(b[:1]))), 1e-6)
    assert_close(back(kl(logits(a), logits(b.bfloat16()))), kl(logits(back(a)), logits(back(b.bfloat16()))), 1e-6)
    assert kl(logits(a[:0]), logits(b[:0])).shape == (0, 5)
    for x, y in ((a[:, 1:], b[:, 1:]), (a, b[1])):
        x, y = (z.double().requires_grad_() for z in (x, y))
        kl(logits(x), logits(y)).square().sum().backward()
        far = [z.detach().cpu().requires_grad_() for z in (x, y)]
        kl(*(logits(z) for z in far)).square().sum().backward()
        for one, two in zip((x, y), far, strict=True):
            assert_close(back(one.grad), back(two.grad), 1e-10, 1e-16)


def test_equal_rows_and_infinities():
    a, b = rows("float32")
    assert kl(logits(a), logits(a)).tolist() == [0.0] * 6
    assert kl(logits(a.bfloat16()), logits(a.bfloat16() * 1.0)).tolist() == [0.0] * 6
    b[1, 7] = -math.inf
    a[2, 2999] = b[2, 2999] = -math.inf
    a[3, :2000] = -math.inf
    a.requires_grad_()
    b.requires_grad_()
    value = kl(logits(a), logits(b))
    assert value[1] == math.inf
    assert_close(back(value), kl(logits(back(a)), logits(back(b))), 1e-6)
    value.sum().backward()
    assert not a.grad.isnan().any() and not b.grad.isnan().any()
    assert a.grad[1].abs().max() == 0.0 and b.grad[1].abs().max() == 0.0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_bad_values_give_nan_in_their_row_and_no_error(dtype):
    for number in (math.nan, math.inf):
        for side in (0, 1):
            pair = rows(dtype)
            pair[side][1, 5] = number
            pair[side][4, 2500] = number
            for of in (kl, kl.reverse, js):
                value = of(*(logits(x) for x in pair))
                assert value.isnan().tolist() == [False, True, False, False, True, False]
    pair = rows(dtype)
    pair[1][2] = -math.inf
    assert kl(logits(pair[0]), logits(pair[1])).isnan().tolist() == [False, False, True, False, False, False]
    p, q = (on_gpu(x, dtype) for x in ([[0.5, 0.5], [0.7, 0.7], [1.5, -0.5]], [0.5, 0.5]))
    for of in (kl, tv, renyi(2.0)):
        assert of(p, q).isnan().tolist() == [False, True, True]
    logs = [x.log_softmax(-1) for x in rows(dtype)]
    logs[0][1] += 0.1
    logs[1][3] -= 0.1
    assert kl(*(log_probs(x) for x in logs)).isnan().tolist() == [False, True, False, True, False, False]


def peak(function):
    function()
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    found = function()
    torch.cuda.synchronize()
    del found
    return torch.cuda.max_memory_allocated() - before


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_memory_of_logits(dtype):
    a, b = rows(dtype, (512, 50_000))
    size = a.numel() * a.element_size()
    assert peak(lambda: kl(logits(a), logits(b))) < 1e5
    student = b.requires_grad_()

    def step():
        student.grad = None
        kl(logits(a), logits(student)).mean().backward()

    step()
    before = torch.cuda.memory_allocated() - size  # without the gradient that is there now
    torch.cuda.reset_peak_memory_stats()
    step()
    assert torch.cuda.max_memory_allocated() - before < 1.01 * size + 1e5


def test_memory_of_probabilities():
    p, q = (x.softmax(-1) for x in rows("float32", (4096, 50_000)))
    size = 2 * p.numel() * p.element_size()
    assert peak(lambda: kl(p, q)) < 0.2 * size
    assert peak(lambda: js(p, q)) < 0.2 * size


@pytest.mark.skipif(not installed("cupy"), reason="no CuPy")
@members
def test_cupy(divergence):
    import cupy

    for wrap, p, q in FORMS.values():
        value = divergence(*(wrap(cupy.asarray(x)) for x in (p, q)))
        assert isinstance(value, cupy.ndarray) and value.dtype == np.float64
        assert_close(value.get(), divergence(wrap(p), wrap(q)), 1e-13)


@pytest.mark.skipif(not installed("jax"), reason="no JAX")
@pytest.mark.parametrize("divergence", [kl, js, tv, renyi(2.0)], ids=repr)
def test_jax(divergence):
    import jax

    if jax.default_backend() != "gpu":
        pytest.skip("JAX has no GPU")
    for x64, bound in ((True, 1e-13), (False, 1e-5)):
        with jax.enable_x64(x64):
            for wrap, p, q in (FORMS["probs"], FORMS["logits"]):
                a, b = (jax.numpy.asarray(x) for x in (p, q))
                assert a.device.platform == "gpu"
                expected = divergence(*(wrap(np.asarray(x).astype(np.float64)) for x in (a, b)), check=False)
                for function in (divergence, jax.jit(lambda x, y, w=wrap: divergence(w(x), w(y)))):
                    arguments = (wrap(a), wrap(b)) if function is divergence else (a, b)
                    value = np.asarray(function(*arguments)).astype(np.float64)
                    right = np.isfinite(expected)
                    assert_close(value[right], expected[right], bound)
