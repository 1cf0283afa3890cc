"""What people do with distributions, as they do it: mixed libraries, training, statistics, and slips."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

import kullback as kb
from kullback.distributions.adopt import adopt

d: Any = kb.distributions
D: Any = torch.distributions


def test_a_standard_normal_that_is_moved_keeps_its_batch_and_dtype() -> None:
    policy = D.TransformedDistribution(
        D.Normal(torch.zeros(4, 2, dtype=torch.float64), torch.ones(4, 2, dtype=torch.float64)),
        [D.TanhTransform(cache_size=1)],
    )
    other = D.TransformedDistribution(D.Normal(torch.ones(4, 2, dtype=torch.float64), 1.0), [D.TanhTransform()])
    found = kb.kl(D.Independent(policy, 1), D.Independent(other, 1))
    assert found.shape == (4,) and found.dtype == torch.float64
    assert found.tolist() == pytest.approx([1.0] * 4, rel=1e-14)
    moved: Any = adopt(
        D.TransformedDistribution(D.Normal(torch.zeros(3), torch.ones(3)), [D.AffineTransform(1.0, 2.0)])
    )
    assert moved.batch_shape == (3,) and moved.scale.dtype == torch.float32


def test_equal_pairs_in_traced_programs_have_divergence_zero() -> None:
    jax = pytest.importorskip("jax")
    each = jax.vmap(jax.value_and_grad(lambda m: kb.js(kb.normal(m, 1.0), kb.normal(0.0, 1.0))))
    value, slope = each(jax.numpy.arange(3.0))
    want = [float(kb.js(kb.normal(m, 1.0), kb.normal(0.0, 1.0))) for m in (0.0, 1.0, 2.0)]
    assert value.tolist() == pytest.approx(want, rel=1e-5)
    assert slope[0] == 0.0 and np.isfinite(slope).all()


class _Plain:
    """A user's own distribution: a log-density, and where it has mass."""

    def __init__(self, log_prob: Any, support: Any = (-np.inf, np.inf)) -> None:
        self.density, self.ends = log_prob, support

    def support(self) -> Any:
        return self.ends

    def logpdf(self, x: Any) -> Any:
        return self.density(x)


class _Nothing:
    """No distribution."""


def _fails(x: Any) -> Any:
    raise RuntimeError("a wire is loose")


NORMAL = kb.normal(0, 1)
SLIPS: dict[str, tuple[Any, type[Exception], str]] = {
    "batches": (lambda: kb.kl(kb.normal([0, 1, 2], 1), kb.normal([0, 1], 1)), ValueError, r"p has shape \(3,\) and q"),
    "parameters": (lambda: kb.normal([0, 1, 2], [1, 2]), ValueError, r"loc has shape \(3,\), scale has shape \(2,\)"),
    "vectors": (
        lambda: kb.kl(d.multivariate_normal([0, 0], np.eye(2)), kb.normal([0, 0], 1)),
        ValueError,
        r"vectors as outcomes and Q, normal, has numbers.*independent_of",
    ),
    "dimensions": (lambda: kb.kl(d.dirichlet([1, 2]), d.dirichlet([1, 2, 3])), ValueError, r"shape \(2,\) and Q of"),
    "array": (lambda: kb.kl(NORMAL, np.array([0.5, 0.5])), TypeError, r"q is an array\. Samples\? kb\.estimate"),
    "number": (lambda: kb.kl(NORMAL, 1.0), TypeError, "q is a number"),
    "masses": (lambda: kb.kl(d.poisson(1), kb.probs([0.5, 0.5])), TypeError, r"kb\.distributions\.empirical\(range"),
    "none": (lambda: kb.kl(None, NORMAL), TypeError, "p is None"),
    "text": (lambda: kb.kl(NORMAL, "normal(0, 1)"), TypeError, "q is the text 'normal"),
    "class": (lambda: kb.kl(NORMAL, D.Normal), TypeError, "the class Normal: make one"),
    "constructor": (lambda: kb.kl(NORMAL, kb.normal), TypeError, r"the function normal: call it"),
    "function": (lambda: kb.kl(NORMAL, lambda x: -x * x), TypeError, "from_log_prob"),
    "samples": (lambda: kb.kl(NORMAL, kb.samples([0.1, 0.2])), TypeError, r"q is samples: kb\.estimate"),
    "list": (lambda: kb.kl([NORMAL, NORMAL], NORMAL), TypeError, r"one with a batch of parameters"),
    "no density": (lambda: kb.kl(NORMAL, _Nothing()), TypeError, "which has no density"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_in_one_sentence(slip: str) -> None:
    call, kind, message = SLIPS[slip]
    with pytest.raises(kind, match=message):
        call()


def test_gradients_of_two_libraries_do_not_meet() -> None:
    jax = pytest.importorskip("jax")
    q = D.Normal(torch.tensor(1.0, requires_grad=True), 1.0)
    with pytest.raises(TypeError, match="two libraries"):
        jax.grad(lambda m: kb.kl(kb.normal(m, 1.0), q))(1.0)


@pytest.mark.parametrize(
    "text",
    [
        "bernoulli(probs=0.25)",
        "poisson(rate=3.0)",
        "multivariate_normal(loc=[0., 0.], diagonal=[1., 2.])",
        "truncated(normal(loc=0.0, scale=1.0), low=0.0, high=1.0)",
        "mixture(weights=[0.5, 0.5], components=(normal(loc=0.0, scale=1.0), normal(loc=1.0, scale=2.0)))",
    ],
)
def test_a_distribution_prints_as_the_call_that_makes_it(text: str) -> None:
    made = eval(text, {name: getattr(d, name) for name in dir(d)})
    assert repr(made) == text


UNKNOWN: dict[str, tuple[Any, type[Exception], str]] = {
    "it raises": (_Plain(_fails), ValueError, r"its log-density raises RuntimeError at .*: a wire is loose"),
    "text": (_Plain(lambda x: "abc"), TypeError, r"its log-density gives 'abc' at"),
    "shape": (_Plain(lambda x: np.zeros(7)), ValueError, r"array of shape \(7,\).*one number per outcome"),
    "nan": (_Plain(lambda x: np.full(np.shape(x), np.nan)), ValueError, "no outcome with a positive density"),
    "normalisation": (_Plain(lambda x: -0.5 * x * x), ValueError, r"integrates to 2\.50663 .*: subtract 0\.918939"),
    "improper": (_Plain(lambda x: 0.0 * x), ValueError, "and not to 1"),
    "support": (_Plain(lambda x: x, "all"), TypeError, r"_Plain\(…\)\.logpdf, support=\(low, high\)"),
}


@pytest.mark.parametrize("slip", UNKNOWN)
@pytest.mark.parametrize("first", [True, False])
def test_a_density_of_ones_own_is_told_what_is_wrong_with_it(slip: str, first: bool) -> None:
    one, kind, message = UNKNOWN[slip]
    with pytest.raises(kind, match=message):
        kb.kl(*((one, NORMAL) if first else (NORMAL, one)))


def test_masses_that_do_not_add_up_are_seen() -> None:
    q = d.from_log_prob(lambda k: -1.0 * k, (0, np.inf), whole=True)
    with pytest.raises(ValueError, match=r"its masses add up to 1\.58198 .*subtract 0\.458675"):
        kb.kl(d.poisson(2.0), q)


def test_how_says_only_what_is_so() -> None:
    once = str(kb.how(kb.jeffreys, d.uniform(0, 1), NORMAL))
    assert "Q has mass outside (0, 1)" in once and "P has mass outside" not in once
    batch = str(kb.how(kb.kl, d.uniform([0, 0, 0], [1, 2, 3]), d.uniform(0, [1, 1, 4])))
    assert "P has mass outside (0, 1), where Q has none: P on (0, 2) (at index (1,))" in batch
    assert "on {0, 1}" in str(kb.how(kb.kl.reverse, d.bernoulli(0.5), d.poisson(2.0))).replace("outside", "on")
    infinite = str(kb.how(kb.kl, d.weibull(0.5, 2.0), d.inverse_gamma(2, 1)))
    assert "∞: E_P of x^-1 diverges" in infinite and "rounding" not in infinite
    assert "Python" not in infinite
    hellinger = str(kb.how(kb.hellinger, NORMAL, kb.normal(1, 2)))
    assert "of Rényi's divergence with α = 0.5" in hellinger
    rewritten = str(kb.how(kb.kl, d.truncated_normal(0, 1, -1, 2), NORMAL))
    assert "Q written as truncated_normal" in rewritten and "P written" not in rewritten


@pytest.mark.parametrize(
    ("of", "message"),
    [("kl", "the divergence comes first"), (NORMAL, "the divergence comes first"), (kb.renyi, r"kb\.renyi\(2\)")],
)
def test_how_of_what_is_no_divergence(of: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        kb.how(of, NORMAL, NORMAL)


def test_how_in_a_traced_program() -> None:
    jax = pytest.importorskip("jax")
    with pytest.raises(TypeError, match="traced by JAX"):
        jax.jit(lambda m: kb.how(kb.kl, kb.normal(m, 1.0), d.uniform(0.0, 1.0)).value)(1.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("a", "normal: loc is the text 'a', and"),
        (Decimal("0.5"), r"loc is a Decimal, .*: float\(loc\)"),
        (Fraction(1, 2), r"loc is a Fraction, .*: float\(loc\)"),
        (10**400, "an integer of 401 digits"),
        (np.array([True]), r": loc\.astype\(int\)"),
        (None, "loc is None"),
        (1j, "dtype complex128"),
    ],
)
def test_a_parameter_that_is_no_number(given: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        kb.normal(given, 1)


def _second(of: Any, at: list[float]) -> Any:
    return torch.autograd.functional.hessian(of, torch.tensor(at, dtype=torch.float64)).numpy()


def _slope_of_slopes(of: Any, at: list[float]) -> Any:
    """Central differences of the first derivatives, of fourth order."""

    def slope(x: Any) -> Any:
        return torch.autograd.functional.jacobian(of, torch.tensor(x, dtype=torch.float64)).numpy()

    x, h = np.array(at), 1e-3
    steps = [(8.0, 1.0), (-8.0, -1.0), (-1.0, 2.0), (1.0, -2.0)]
    return np.array([sum(w * slope(x + h * k * e) for w, k in steps) / (12.0 * h) for e in np.eye(len(x))])


SECOND: dict[str, tuple[Any, list[float]]] = {
    "js": (lambda z: kb.js(kb.normal(z[0], z[1]), NORMAL), [1.0, 2.0]),
    "hellinger": (lambda z: kb.hellinger(d.gamma(z[0], z[1]), kb.normal(1, 1)), [2.0, 0.8]),
    "renyi": (lambda z: kb.renyi(0.7)(kb.normal(z[0], z[1]), d.student_t(5)), [1.0, 0.8]),
    "mixtures": (lambda z: kb.kl(d.mixture([0.3, 0.7], [kb.normal(z[0], 1), kb.normal(z[1], 2)]), NORMAL), [1.0, 0.8]),
    "counts": (lambda z: kb.js(d.poisson(z[0]), d.poisson(z[1])), [2.0, 0.8]),
}


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives_of_what_is_integrated(name: str) -> None:
    of, at = SECOND[name]
    want = _slope_of_slopes(of, at)
    assert np.abs(_second(of, at) - want).max() <= 1e-8 * np.abs(want).max()


def test_second_derivatives_at_equality_are_the_fisher_information() -> None:
    # JS of two members of one family is ⅛ of the quadratic form of the information: diag(1, 2) of a normal.
    of: Any = SECOND["js"][0]
    assert _second(of, [0.0, 1.0]) == pytest.approx(np.diag([0.25, 0.5]), abs=1e-14)
    jax = pytest.importorskip("jax")
    assert np.asarray(jax.hessian(of)(jax.numpy.array([0.0, 1.0]))) == pytest.approx(np.diag([0.25, 0.5]), abs=1e-6)
    assert np.asarray(jax.hessian(of)(jax.numpy.array([1.0, 2.0]))) == pytest.approx(_second(of, [1.0, 2.0]), abs=1e-5)


def test_total_variation_has_no_second_derivative_and_says_so() -> None:
    def of(z: Any) -> Any:
        return kb.tv(kb.normal(z[0], z[1]), d.student_t(5.0))

    with pytest.raises(NotImplementedError, match="first derivatives only"):
        _second(of, [1.0, 0.8])
    jax = pytest.importorskip("jax")
    assert np.isfinite(jax.grad(of)(jax.numpy.array([1.0, 0.8]))).all()
    with pytest.raises(NotImplementedError, match="first derivatives only"):
        jax.hessian(of)(jax.numpy.array([1.0, 0.8]))


def test_transforms_of_torch_func_are_refused_with_the_way_around() -> None:
    with pytest.raises(TypeError, match=r"give a batch in place of vmap"):
        torch.func.vmap(lambda m: kb.kl(kb.normal(m, 1.0), NORMAL))(torch.arange(3.0))
    with pytest.raises(TypeError, match="the meta device"):
        kb.kl(kb.normal(torch.zeros(3, device="meta"), 1.0), NORMAL)


def test_terms_and_pairs_of_formulas_name_the_way() -> None:
    with pytest.raises(TypeError, match=r"kb\.normal\(mu\[:, None\], 1\)"):
        kb.kl.pairwise(kb.normal([0, 1], 1))
    with pytest.raises(TypeError, match=r"kb\.how\(kb\.kl, p, q\)"):
        kb.kl.terms(NORMAL, NORMAL)
