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


COMPILED_FOR_LONG = (
    "beta_binomial",
    "beta_prime",
    "dirichlet",
    "dirichlet_multinomial",
    "fisher_f",
    "lkj",
    "lkj_cholesky",
    "matrix_normal",
    "skellam",
    "von_mises",
    "von_mises_fisher",
)
"""What takes JAX ten seconds and more, a series at a time; PyTorch differentiates the same lines."""


@pytest.fixture(autouse=True)
def wide_numbers():
    changed = {"jax_enable_x64": True, "jax_disable_most_optimizations": True}
    before = {name: jax.config.read(name) for name in changed}
    for name, value in changed.items():
        jax.config.update(name, value)
    yield
    for name, value in before.items():
        jax.config.update(name, value)


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


class Slopes:
    """A divergence of two members as a function of all their real parameters, one after the other."""

    def __init__(self, spec, p, q, divergence):
        self.spec, self.sides, self.divergence = spec, (p, q), divergence
        self.free = real_parameters(spec, p)
        self.refused = set()
        self.start = [np.asarray(side[name], dtype=float) for side in self.sides for name in self.free]

    def __call__(self, *values):
        one, other = (
            self.spec.make(**side | dict(zip(self.free, values[offset:], strict=False)))
            for side, offset in zip(self.sides, (0, len(self.free)), strict=True)
        )
        return self.divergence(one, other)

    def in_torch(self):
        """Return the derivatives; those that are refused, which only ends of supports may be, are left at 0."""
        tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in self.start]
        try:
            found = torch.autograd.grad(self(*tensors), tensors, allow_unused=True)
        except NotImplementedError as said:
            assert "an end of a support" in str(said)
            self.refused = {i for i in range(len(tensors)) if self.moves_an_end(i)}
            assert self.refused
            asked = [x for i, x in enumerate(tensors) if i not in self.refused]
            for i in self.refused:
                tensors[i].requires_grad_(False)
            given = iter(torch.autograd.grad(self(*tensors), asked, allow_unused=True) if asked else ())
            found = [None if i in self.refused else next(given) for i in range(len(tensors))]
        return [np.zeros(x.shape) if g is None else g.numpy() for g, x in zip(found, self.start, strict=True)]

    def moves_an_end(self, i):
        """Return whether the support of P or Q depends on a parameter: divergences have kinks there."""
        side = self.sides[i // len(self.free)]
        name = self.free[i % len(self.free)]
        tensor = torch.tensor(side[name], dtype=torch.float64, requires_grad=True)
        support = self.spec.make(**side | {name: tensor}).support
        return any(getattr(getattr(support, end, None), "requires_grad", False) for end in ("low", "high"))

    def by_differences(self, i, k):
        """Return the derivative by differences of NumPy's values at four points, None at the edge of the domain."""
        point = self.start[i].ravel()
        h = 1e-5 * max(1e-2, abs(point[k]))
        values = []
        for steps in (2.0, 1.0, -1.0, -2.0):
            moved = point.copy()
            moved[k] += steps * h
            again = [*self.start[:i], moved.reshape(self.start[i].shape), *self.start[i + 1 :]]
            try:
                values.append(float(self(*again)))
            except ValueError:
                return None
        if not np.all(np.isfinite(values)):
            return None
        return (8.0 * (values[1] - values[2]) - (values[0] - values[3])) / (12.0 * h)

    def check(self, slopes):
        """Hold derivatives to differences; return how many were."""
        held = 0
        for i, slope in enumerate(slopes):
            assert np.all(np.isfinite(slope)), (self.free, i, slope)
            if self.moves_an_end(i):
                continue
            for k, found in enumerate(np.ravel(slope)):
                wanted = self.by_differences(i, k)
                if wanted is not None:
                    assert abs(found - wanted) <= 1e-6 * (1 + abs(wanted)), (self.free, i, k, found, wanted)
                    held += 1
        return held


@pytest.mark.parametrize(("spec", "p", "q"), PAIRS)
def test_gradients_of_kl(spec, p, q):
    slopes = Slopes(spec, p, q, kb.kl)
    if not slopes.free:
        pytest.skip("all parameters are whole numbers")
    if not np.isfinite(value_or_skip(kb.kl, spec.make(**p), spec.make(**q))):
        pytest.skip("infinite: the gradient is 0 by convention")
    found = slopes.in_torch()
    slopes.check(found)
    if p is not spec.members[0] or spec.name in COMPILED_FOR_LONG:
        return
    arrays = [jax.numpy.asarray(x) for x in slopes.start]
    asked = tuple(i for i in range(len(arrays)) if i not in slopes.refused)
    try:
        in_jax = jax.grad(slopes, argnums=asked)(*arrays)
    except NotImplementedError:  # a traced program cannot see whether mass ends abruptly: every moving end is refused
        asked = tuple(i for i in asked if not slopes.moves_an_end(i))
        in_jax = jax.grad(slopes, argnums=asked)(*arrays) if asked else ()
    for slope, other in zip((found[i] for i in asked), in_jax, strict=True):
        assert_close(np.asarray(other), slope, 1e-9, 1e-11)


def sharing():
    """Return pairs that differ in one parameter alone: formulas for equal parameters must not answer for slopes."""
    for spec in SPECS:
        p = spec.members[0]
        free = real_parameters(spec, p)
        if not spec.univariate or len(free) < 2 or any(np.ndim(p[name]) for name in free):
            continue
        for name in free:
            q = p | {name: 1.3 * p[name] if p[name] else 0.1}
            try:
                spec.make(**q)
            except ValueError:
                continue
            yield pytest.param(spec, p, q, id=f"{spec.name}-{name}")


@pytest.mark.parametrize("divergence", [kb.kl, kb.jeffreys, kb.hellinger, kb.tv], ids=repr)
@pytest.mark.parametrize(("spec", "p", "q"), list(sharing()))
def test_gradients_where_a_parameter_is_shared(spec, p, q, divergence):
    if not np.isfinite(divergence(spec.make(**p), spec.make(**q))):
        pytest.skip("infinite: the gradient is 0 by convention")
    if (spec.name, divergence) == ("levy", kb.tv) and p["loc"] != q["loc"]:
        pytest.skip("a crossing comes from infinity where scales part: no difference is small enough")
    slopes = Slopes(spec, p, q, divergence)
    assert slopes.check(slopes.in_torch()) or any(slopes.moves_an_end(i) for i in range(2 * len(slopes.free)))


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


def test_the_slope_of_an_end_that_takes_mass_along_is_refused():
    def value(x):
        return kb.js(kb.distributions.uniform(x, 2.0), kb.normal(0.0, 1.0))

    end = torch.tensor(-1.0, dtype=torch.float64, requires_grad=True)
    found = value(end)
    assert_close(found.detach().numpy(), value(-1.0), 1e-13)
    with pytest.raises(NotImplementedError, match="an end of a support"):
        found.backward()
    with pytest.raises(NotImplementedError, match="an end of a support"):
        jax.grad(value)(-1.0)
    assert_close(jax.jit(value)(-1.0), value(-1.0), 1e-13)
    # Of the other parameters there are derivatives.
    loc = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    kb.js(kb.distributions.uniform(-1.0, 2.0), kb.normal(loc, 1.0)).backward()
    up, down = (float(kb.js(kb.distributions.uniform(-1.0, 2.0), kb.normal(h, 1.0))) for h in (1e-5, -1e-5))
    assert abs(float(loc.grad) - (up - down) / 2e-5) < 1e-9


def test_the_order_of_chernoff_is_for_outcomes():
    with pytest.raises(TypeError, match="outcome by outcome"):
        kb.chernoff.order(kb.normal(0, 1), kb.normal(1, 1))
