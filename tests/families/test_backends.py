"""Every family in PyTorch and JAX: the values of NumPy, and gradients with respect to every parameter."""

import jax
import numpy as np
import pytest
import torch

import kullback as kb
from tests.close import assert_close
from tests.families.spec import all_specs

SPECS = all_specs()
PAIRS = [
    pytest.param(spec, spec.members[i], spec.members[j], id=f"{spec.name}-{i}-{j}")
    for spec in SPECS
    for i, j in ((0, 1), (2, 0))
]
MEASURES = (kb.kl, kb.hellinger, kb.renyi(0.7))
WHOLE = ("total_count", "population", "successes", "draws", "size", "df1", "dimension")


@pytest.fixture(autouse=True)
def wide_numbers():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def value_or_skip(divergence, p, q):
    try:
        return divergence(p, q)
    except kb.NotExact as said:
        pytest.skip(str(said))


@pytest.mark.parametrize("divergence", MEASURES, ids=repr)
@pytest.mark.parametrize(("spec", "p", "q"), PAIRS)
def test_tensors_give_the_values_of_numpy(spec, p, q, divergence):
    wanted = value_or_skip(divergence, spec.make(**p), spec.make(**q))
    tensors = [{name: torch.tensor(x, dtype=torch.float64) for name, x in one.items()} for one in (p, q)]
    found = divergence(spec.make(**tensors[0]), spec.make(**tensors[1]))
    assert isinstance(found, torch.Tensor)
    assert found.dtype == torch.float64
    assert_close(found.numpy(), wanted, 1e-13)
    arrays = [{name: jax.numpy.asarray(x, dtype="float64") for name, x in one.items()} for one in (p, q)]
    found = divergence(spec.make(**arrays[0]), spec.make(**arrays[1]))
    assert isinstance(found, jax.Array)
    assert_close(found, wanted, 1e-13)


def real_parameters(spec, parameters):
    if spec.name == "discrete_uniform":
        return []
    return [name for name in parameters if name not in WHOLE]


@pytest.mark.parametrize(("spec", "p", "q"), PAIRS)
def test_gradients_of_kl(spec, p, q):
    free = real_parameters(spec, p)
    if not free:
        pytest.skip("all parameters are whole numbers")
    if not np.isfinite(value_or_skip(kb.kl, spec.make(**p), spec.make(**q))):
        pytest.skip("infinite: the gradient is 0 by convention")

    def split(values):
        sides = []
        for offset, one in ((0, p), (len(free), q)):
            sides.append(one | {name: values[offset + i] for i, name in enumerate(free)})
        return sides

    def value(*values):
        one, other = split(values)
        return kb.kl(spec.make(**one), spec.make(**other))

    tensors = [torch.tensor(one[name], dtype=torch.float64, requires_grad=True) for one in (p, q) for name in free]
    found = value(*tensors)
    gradients = torch.autograd.grad(found, tensors, allow_unused=True)
    slopes = [
        np.zeros(np.shape(t.detach())) if g is None else g.numpy() for g, t in zip(gradients, tensors, strict=True)
    ]
    # Central differences of NumPy's values.
    for i, slope in enumerate(slopes):
        flat = np.atleast_1d(slope).ravel()
        for k in range(flat.size):
            point = np.atleast_1d(np.asarray([one[name] for one in (p, q) for name in free][i], float))
            h = 1e-5 * max(1e-2, abs(point.ravel()[k]))
            sides = []
            for sign in (1.0, -1.0):
                moved = point.astype(float).copy().ravel()
                moved[k] += sign * h
                again = [
                    np.asarray([one[name] for one in (p, q) for name in free][j], float) for j in range(2 * len(free))
                ]
                again[i] = moved.reshape(np.shape(again[i]))
                sides.append(again)
            try:
                up, down = (float(value(*again)) for again in sides)
            except ValueError:
                continue  # outside the domain: a constrained parameter
            if not (np.isfinite(up) and np.isfinite(down)):
                continue
            assert abs((up - down) / (2 * h) - flat[k]) <= 1e-5 * (1 + abs(flat[k])), (free, i, k)
    arrays = [jax.numpy.asarray(one[name], dtype="float64") for one in (p, q) for name in free]
    in_jax = jax.grad(value, argnums=tuple(range(len(arrays))))(*arrays)
    for slope, other in zip(slopes, in_jax, strict=True):
        assert_close(np.asarray(other), slope, 1e-9, 1e-11)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_the_gradient_of_equal_distributions_is_zero(spec):
    parameters = spec.members[0]
    free = real_parameters(spec, parameters)
    if not free:
        pytest.skip("all parameters are whole numbers")
    value_or_skip(kb.kl, spec.make(**parameters), spec.make(**parameters))
    ours = {name: torch.tensor(parameters[name], dtype=torch.float64, requires_grad=True) for name in free}
    support = spec.make(**parameters | ours).support
    if any(getattr(getattr(support, end, None), "requires_grad", False) for end in ("low", "high")):
        pytest.skip("the support moves with the parameters: KL has a kink there")
    value = kb.kl(spec.make(**parameters | ours), spec.make(**parameters))
    assert abs(float(value.detach())) < 1e-13
    for gradient in torch.autograd.grad(value, list(ours.values()), allow_unused=True):
        assert gradient is None or float(gradient.abs().max()) < 1e-9
