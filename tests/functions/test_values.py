"""Values against mpmath, in NumPy, PyTorch and JAX, traced and not."""

import inspect

import numpy as np
import pytest
from mpmath import mp, mpf

from kullback import functions
from kullback.functions import log_dirichlet_remainder, log_gamma_remainder
from tests.close import assert_close
from tests.functions.table import CASES, loggamma_tangent

cases = pytest.mark.parametrize("case", CASES, ids=repr)


def test_the_table_is_complete():
    # These take vectors, or new arguments for steps, and are tried below.
    others = {"log_dirichlet_remainder", "log_beta_remainder_to", "log_dirichlet_remainder_to"}
    assert set(functions.__all__) <= {repr(case) for case in CASES} | others


def hold(case, found, factor=1.0):
    error = np.abs(found - case.truths)
    allowed = factor * (case.bound * np.abs(case.truths) + case.absolute)
    worst = int(np.argmax(np.where(np.isnan(error), np.inf, error - allowed)))
    assert error[worst] <= allowed[worst], (
        f"{case!r}{case.rows[worst]} = {found[worst]!r}, not {case.truths[worst]!r}: "
        f"relative error {error[worst] / abs(case.truths[worst]):.3g}"
    )


@cases
def test_numpy(case):
    found = case.function(*case.columns)
    assert found.dtype == np.float64
    hold(case, found)
    one = case.function(*(float(x[0]) for x in case.columns))
    assert_close(float(one), found[0], 1e-15)


@cases
def test_torch(case):
    torch = pytest.importorskip("torch")
    found = case.function(*(torch.tensor(x) for x in case.columns))
    assert found.dtype == torch.float64
    # Its logarithms and exponentials may be wrong in the last place.
    hold(case, found.numpy(), 2.0)


@cases
def test_jax_compiled(case):
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        found = jax.jit(case.function)(*(jax.numpy.asarray(x) for x in case.columns))
        assert found.dtype == np.float64
        hold(case, np.asarray(found), 3.0)
    jax.clear_caches()


@cases
def test_float32(case):
    torch = pytest.importorskip("torch")
    points = [tuple(float(np.float32(x)) for x in point) for point in case.points]
    found = case.function(*(torch.tensor(x, dtype=torch.float32) for x in zip(*points, strict=True)))
    assert found.dtype == torch.float32
    assert_close(found.numpy(), case.truths_at(points), 2e-5, 1e-6 if case.absolute else 0.0)


def truth_of_vectors(a, d):
    a, d = [mpf(float(x)) for x in a], [mpf(float(x)) for x in d]
    return sum(map(loggamma_tangent, a, d)) - loggamma_tangent(mp.fsum(a), mp.fsum(d))


@pytest.mark.parametrize("size", [2, 3, 5, 17, 64])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 50.0, 1e8])
def test_dirichlet(size, scale):
    rng = np.random.default_rng(size)
    a = np.exp(rng.normal(np.log(scale), 2.0, size))
    one = np.zeros(size)
    one[0] = 1e-3 * a[0]
    steps = np.stack([0.37 * a, one, a * rng.uniform(-0.9, 3.0, size), 1e-7 * a * rng.normal(size=size)])
    with mp.workdps(90):
        expected = [float(truth_of_vectors(a, d)) for d in steps]
    found = log_dirichlet_remainder(a, steps)
    assert_close(found, expected, 1e-14)
    torch = pytest.importorskip("torch")
    assert_close(log_dirichlet_remainder(torch.tensor(a), torch.tensor(steps)).numpy(), expected, 1e-14)


def test_dirichlet_of_large_numbers():
    found = log_dirichlet_remainder(np.full(3, 1e8), np.array([1e3, 0.0, 0.0]))
    with mp.workdps(90):
        assert_close(found, float(truth_of_vectors([1e8] * 3, [1e3, 0.0, 0.0])), 1e-15)
    assert log_dirichlet_remainder(np.array([3.0]), np.array([1.0])) == 0.0


def test_new_beta_arguments_far_below_the_old_ones():
    a = mpf(10) ** 10
    with mp.workdps(90):
        b = mpf(1e-10)
        truth = 2 * loggamma_tangent(a, b - a) - loggamma_tangent(2 * a, 2 * (b - a))
    assert_close(functions.log_beta_remainder_to(np.array(1e10), 1e10, 1e-10, 1e-10), float(truth), 1e-14)


def test_new_dirichlet_arguments_far_below_the_old_ones():
    a, b = np.array([1e10, 3.0, 1e4]), np.array([1e-10, 2.5, 1e-3])
    with mp.workdps(90):
        steps = [mpf(float(y)) - mpf(float(x)) for x, y in zip(a, b, strict=True)]
        old = [mpf(float(x)) for x in a]
        truth = sum(map(loggamma_tangent, old, steps)) - loggamma_tangent(sum(old), sum(steps))
    assert_close(functions.log_dirichlet_remainder_to(a, b), float(truth), 1e-14)


def test_infinite_ends_of_an_interval():
    inf = np.inf
    found = functions.log_ndtr_interval(np.array([-inf, 1.0, -inf]), np.array([1.0, inf, inf]))
    assert_close(found, [*functions.log_ndtr(np.array([1.0, -1.0])), 0.0], 1e-15)


def test_shapes_and_numbers_broadcast():
    torch = pytest.importorskip("torch")
    a = np.array([[1.0], [20.0]])
    found = log_gamma_remainder(a, np.array([0.5, 1.0, 2.0]))
    assert found.shape == (2, 3)
    assert_close(log_gamma_remainder(torch.tensor(a), 1), found[:, 1:2], 1e-15)
    assert_close(log_gamma_remainder(1.0, torch.tensor(2.0, dtype=torch.float64)), found[0, 2], 1e-15)
    assert log_gamma_remainder(torch.tensor([1, 2]), 1.0).dtype == torch.float64


@pytest.mark.parametrize("case", [case for case in CASES if repr(case).endswith("remainder")], ids=repr)
def test_no_steps_no_remainder(case):
    steps = 2 if "beta" in repr(case) else 1
    arguments = len(inspect.signature(case.truth).parameters)
    columns = [np.array(x) for x in zip(*case.points, strict=True)]
    columns[arguments - steps :] = [np.zeros(len(case.points))] * steps
    assert np.all(case.function(*columns) == 0.0)
