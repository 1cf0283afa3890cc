"""Closed forms against the textbook formula in mpmath, over grids of nearly equal, huge and tiny parameters."""

import math

import mpmath
import numpy as np
import pytest

import kullback as kb
from tests.families.spec import all_specs, exact

SPECS = all_specs()
TABLE = [
    pytest.param(spec, p, q, id=f"{spec.name}-{i}")
    for spec in SPECS
    if spec.kl is not None
    for i, (p, q) in enumerate(spec.pairs)
]
RENYI = [
    pytest.param(spec, order, p, q, id=f"{spec.name}-{i}-{order:g}")
    for spec in SPECS
    if spec.renyi is not None
    for order in spec.orders
    for i, (p, q) in enumerate(spec.pairs)
]


def truth(spec, p, q, of=None):
    mp = mpmath.mp.clone()
    mp.dps = spec.digits
    one, other = exact(mp, p), exact(mp, q)
    return spec.kl(mp, one, other) if of is None else spec.renyi(mp, mp.mpf(of), one, other)


def check(found, wanted, within):
    found = float(found)
    if mpmath.isinf(wanted):
        assert found == math.inf
        return
    largest = mpmath.mpf(np.finfo(np.float64).max)
    if wanted > largest:
        assert found == math.inf
        return
    assert found >= 0.0
    error = abs(mpmath.mpf(found) - wanted)
    # Below the normal numbers nothing is promised.
    assert error <= within * wanted + mpmath.mpf(1e-307), (
        f"{found!r} is not {mpmath.nstr(wanted, 17)}: off by {float(error / wanted) if wanted else float(error):.2e}"
    )


@pytest.mark.parametrize(("spec", "p", "q"), TABLE)
def test_kl_is_the_textbook_formula(spec, p, q):
    check(kb.kl(spec.make(**p), spec.make(**q)), truth(spec, p, q), 1e-13)


@pytest.mark.parametrize(("spec", "p", "q"), TABLE)
def test_kl_of_narrow_parameters(spec, p, q):
    def narrow(parameters):
        return {name: np.asarray(x, np.float32) for name, x in parameters.items()}

    def is_narrow(parameters):
        with np.errstate(over="ignore", under="ignore"):
            arrays = [np.asarray(x) for x in parameters.values()]
            return all(
                np.all(np.isfinite(x.astype(np.float32))) and np.all((x == 0) | (np.abs(x.astype(np.float32)) > 1e-37))
                for x in arrays
            )

    if not (is_narrow(p) and is_narrow(q)):
        pytest.skip("the parameters are no float32 numbers")
    with np.errstate(under="ignore"):
        one, other = narrow(p), narrow(q)
    try:
        found = kb.kl(spec.make(**one), spec.make(**other))
    except ValueError:
        pytest.skip("rounded to float32 the parameters are not in the domain")
    as_given = [{name: np.asarray(x, np.float64).tolist() for name, x in each.items()} for each in (one, other)]
    wanted = truth(spec, *as_given)
    assert found.dtype == np.float32
    if not mpmath.isinf(wanted) and (wanted > 3e38 or wanted < 1e-37):
        return
    check(found, wanted, 1e-5)


@pytest.mark.parametrize(("spec", "order", "p", "q"), RENYI)
def test_renyi_is_the_textbook_formula(spec, order, p, q):
    wanted = truth(spec, p, q, order)
    check(kb.renyi(order)(spec.make(**p), spec.make(**q)), wanted, 1e-13)
    check(kb.tsallis(order)(spec.make(**p), spec.make(**q)), mpmath.expm1((order - 1) * wanted) / (order - 1), 1e-12)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_equal_distributions_are_zero_apart(spec):
    for parameters in spec.members:
        one, same = spec.make(**parameters), spec.make(**parameters)
        for divergence in (kb.kl, kb.jeffreys, kb.renyi(0.5), kb.hellinger, kb.chi2):
            try:
                value = divergence(one, same)
            except kb.NotExact:
                assert not spec.univariate
                continue
            assert abs(float(value)) < 1e-13, (divergence, parameters)
