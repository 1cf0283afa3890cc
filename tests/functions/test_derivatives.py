"""Derivatives by the libraries' own means against mpmath."""

import numpy as np
import pytest

from tests.functions.table import CASES

cases = pytest.mark.parametrize("case", CASES, ids=repr)


def hold(found, truth, bound):
    assert np.isfinite(found), (found, truth)
    assert abs(found - truth) <= bound * abs(truth) + 1e-16, (found, truth)


@cases
def test_torch(case):
    torch = pytest.importorskip("torch")
    arguments = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in zip(*case.points, strict=True)]
    first = torch.autograd.grad(case.function(*arguments).sum(), arguments, create_graph=True)
    second = torch.autograd.grad(sum(x.sum() for x in first), arguments)
    along = sum(second).numpy()
    for i, point in enumerate(case.points):
        slopes, bend = case.derivatives(point)
        for found, truth in zip(first, slopes, strict=True):
            hold(found[i].item(), truth, 1e-10)
        # Terms of opposite sign may be left small.
        assert abs(along[i] - bend) <= 1e-8 * abs(bend) + 1e-12 * max(map(abs, slopes)), (point, along[i], bend)


# One of each way of computing: a program with derivatives takes seconds to compile.
SOME = {
    "digamma",
    "log_gamma_remainder",
    "digamma_difference",
    "log_beta_remainder",
    "inverse_mills",
    "log_ndtr_interval",
    "log_expm1_over_remainder",
    "softplus_remainder",
    "vonmises_remainder",
    "bessel_ratio_complement",
    "log_zeta_remainder",
}


@pytest.mark.parametrize("case", [case for case in CASES if repr(case) in SOME], ids=repr)
def test_jax(case):
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        arguments = [jax.numpy.asarray(np.array(x)) for x in zip(*case.points, strict=True)]
        of_sum = jax.grad(lambda *x: case.function(*x).sum(), tuple(range(len(arguments))))
        found = jax.jit(of_sum)(*arguments)
        for i, point in enumerate(case.points):
            for own, truth in zip(found, case.derivatives(point)[0], strict=True):
                hold(float(own[i]), truth, 1e-10)
    jax.clear_caches()
