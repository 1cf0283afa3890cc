"""The kernels for GPUs, run by Triton's interpreter on the CPU, against 50 digits and against the core.

Triton reads TRITON_INTERPRET when a kernel is defined, so all of it happens in a process of its own.
"""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import ROOT

if not (importlib.util.find_spec("triton") and importlib.util.find_spec("torch")):
    pytest.skip("no Triton", allow_module_level=True)


def interpreted(check):
    """Run a function of this module in a process where Triton interprets."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"from tests.kernels import test_softmax_triton as t; t.{check}()"],
        cwd=ROOT,
        env={
            **os.environ,
            "TRITON_INTERPRET": "1",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if "only 0-dimensional arrays can be converted" in done.stderr:
        pytest.skip("this interpreter of Triton does not know this NumPy")
    assert done.returncode == 0, done.stderr
    assert f"{check} is done" in done.stdout


def test_values():
    interpreted("values")


def test_rows_that_single_precision_cannot_do():
    interpreted("extremes")


def test_gradients():
    interpreted("gradients")


def test_layouts():
    interpreted("layouts")


BOUNDS = {"float64": 1e-13, "float32": 1e-6, "float16": 1e-6, "bfloat16": 1e-6}


def truth(a, b):
    from kullback.distributions import logits
    from kullback.divergences import kl
    from tests.truth.exact import truth as exact

    return exact(kl, logits(a.double().numpy()), logits(b.double().numpy()), 50)


def pairs(dtype, size, shape=()):
    import torch

    generator = torch.Generator().manual_seed(size)
    for scale, spread in ((1, 1), (3, 0.01), (3, 1e-4), (5, 1e-6), (20, 1), (1, 30), (100, 300), (3, 0)):
        a = scale * torch.randn((*shape, size), generator=generator, dtype=torch.float64)
        b = a + spread * torch.randn((*shape, size), generator=generator, dtype=torch.float64) + 7
        yield a.to(getattr(torch, dtype)), b.to(getattr(torch, dtype))


def error(value, expected):
    if np.isinf(expected) or expected == 0.0:
        return 0.0 if value == expected else np.inf
    return abs(value - expected) / expected


def values():
    from kullback.divergences import js, kl
    from kullback.kernels.softmax_triton import Kernel, lookup

    assert lookup(kl) == Kernel() and lookup(kl.reverse) == Kernel(swapped=True) and lookup(js) is None
    for dtype, bound in BOUNDS.items():
        for size in (1, 2, 17, 700):
            for a, b in pairs(dtype, size):
                value = lookup(kl).value(a[None], b[None])
                assert tuple(value.shape) == (1,) and str(value.dtype) == "torch.float64"
                assert error(value.item(), truth(a, b)) <= bound, (dtype, a, b, value)
                assert error(lookup(kl.reverse).value(b, a).item(), truth(a, b)) <= bound
                assert lookup(kl).value(a, a).item() == 0.0
    print("values is done")


def extremes():
    import torch

    from kullback.kernels.softmax_triton import Kernel
    from tests.truth.grid import PAIRS

    logarithms = {"logits", "log_probs"}
    chosen = [pair for pair in PAIRS if set(pair.kinds) <= logarithms and pair.p.dtype.kind == "f"]
    assert len(chosen) > 50
    from kullback.divergences import kl
    from tests.truth.exact import truth_of
    from tests.truth.grid import in_domain

    for pair in filter(lambda pair: in_domain(kl, pair), chosen):
        a, b = (torch.as_tensor(np.array(x)) for x in pair.arrays())
        value, expected = Kernel().value(a, b).item(), truth_of(kl, pair)
        assert error(value, expected) <= BOUNDS["float64"] or abs(value - expected) < 1e-320, (pair.name, value)
    # Long rows of single precision: the first block says nothing, or the range is too wide for it, or both.
    a, b = next(pairs("float32", 5000))
    for place, number in ((4900, 60.0), (4900, 200.0), (3, 1e30), (3, -1e30)):
        for side in (a, b):
            kept = side[place].clone()
            side[place] = number
            assert error(Kernel().value(a, b).item(), truth(a, b)) <= 1e-6, (place, number)
            side[place] = kept
    a[:4500] = -torch.inf
    assert error(Kernel().value(a, b).item(), truth(a, b)) <= 1e-6
    assert Kernel().value(b, a).item() == np.inf
    for bad in (torch.nan, torch.inf):
        for side in (a, b):
            wrong = side.clone()
            wrong[4999] = bad
            assert np.isnan(Kernel().value(*((wrong, b) if side is a else (a, wrong))).item())
    nothing = torch.full_like(a, -torch.inf)
    assert np.isnan(Kernel().value(a, nothing).item()) and np.isnan(Kernel().value(nothing, a).item())
    print("extremes is done")


def gradients():
    import torch

    import kullback as kb
    from kullback.kernels.softmax_triton import Kernel

    for dtype, bound in {"float64": 1e-12, "float32": 1e-5, "bfloat16": 1e-2}.items():
        for size in (5, 1201):
            for a, b in pairs(dtype, size, (2,)):
                weight = torch.tensor([1.0, -3.0], dtype=torch.float64)
                for swapped in (False, True):
                    value, to_a, to_b = Kernel(swapped).gradient(a, b, weight)
                    x, y = (z.double().clone().requires_grad_() for z in (a, b))
                    expected = (kb.kl.reverse if swapped else kb.kl)(kb.logits(x), kb.logits(y))
                    (expected * weight).sum().backward()
                    assert error(value[0].item(), expected[0].item()) <= 1e-5
                    for ours, theirs in ((to_a, x.grad), (to_b, y.grad)):
                        assert ours.dtype == a.dtype
                        wrong = (ours.double() - theirs).abs()
                        # The value itself is rounded, and where one outcome has all the mass nothing else is left.
                        rounding = 1e-18 + 1e-2 * bound * expected.detach().abs()[:, None]
                        largest = theirs.abs().amax(-1, keepdim=True)
                        allowed = bound * theirs.abs() + bound * 0.1 * largest + rounding
                        assert bool((wrong <= allowed).all()), (dtype, size, wrong.max(), theirs.abs().max())
    a, b = next(pairs("float32", 600, (2,)))
    b[0, 5] = -torch.inf
    a[1, 5] = torch.nan
    value, to_a, to_b = Kernel().gradient(a, b, torch.ones(2))
    assert value[0] == np.inf and bool((to_a[0] == 0.0).all()) and bool((to_b[0] == 0.0).all())
    assert bool(to_a[1].isnan().all()) and bool(to_b[1].isnan().all())
    one = Kernel().gradient(a, b, torch.ones(2), "q")
    assert one[1] is None and one[2].shape == b.shape
    print("gradients is done")


def layouts():
    from kullback.kernels.softmax_triton import Kernel

    a, b = next(pairs("float32", 613, (2, 3)))
    whole, _, slopes = Kernel().gradient(a, b, whole_weight(a))
    for some in (np.s_[:, 1:], np.s_[:, ::2], np.s_[1:]):
        value, _, part = Kernel().gradient(a[some], b[some], whole_weight(a)[some])
        assert value.equal(whole[some]) and part.equal(slopes[some])
    moved = a.mT.contiguous().mT
    assert moved.stride(-1) != 1 and Kernel().value(moved, b).equal(whole)
    assert Kernel().value(a, b[:1, :1])[0, 0] == whole[0, 0]
    assert Kernel().value(a[0, 0], b)[0, 0] == whole[0, 0]
    assert tuple(Kernel().value(a[:0], b[:0]).shape) == (0, 3)
    wide = a.double()
    assert abs(Kernel().value(wide, b)[0, 0] - whole[0, 0]) < 1e-5
    print("layouts is done")


def whole_weight(a):
    import torch

    return torch.ones(a.shape[:-1], dtype=torch.float64)
