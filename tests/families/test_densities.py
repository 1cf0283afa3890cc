"""Log-densities, and what each family says of itself, against mpmath."""

import math

import mpmath
import numpy as np
import pytest

from kullback.support import Integers
from tests.families.nodes import MP, mean, nodes
from tests.families.spec import all_specs, exact

SPECS = all_specs()
MEMBERS = [
    pytest.param(spec, parameters, outcomes, id=f"{spec.name}-{i}")
    for spec in SPECS
    for i, (parameters, outcomes) in enumerate(zip(spec.members, spec.outcomes, strict=True))
]
UNIVARIATE = [case for case in MEMBERS if case.values[0].univariate]


def context(digits=40):
    mp = mpmath.mp.clone()
    mp.dps = digits
    return mp


@pytest.mark.parametrize(("spec", "parameters", "outcomes"), MEMBERS)
def test_log_density(spec, parameters, outcomes):
    mp = context()
    given = exact(mp, parameters)
    density = spec.make(**parameters)
    for x in outcomes:
        number = [mp.matrix(x) if np.ndim(x) > 1 else [mp.mpf(one) for one in x]][0] if np.ndim(x) else mp.mpf(x)
        wanted = spec.log_density(mp, number, **given)
        found = float(density.log_prob(np.asarray(x, dtype=float)))
        assert abs(found - wanted) <= 1e-13 * (1 + abs(wanted)), (x, found, wanted)


@pytest.mark.parametrize(
    ("spec", "member"),
    [
        pytest.param(spec, i, id=f"{spec.name}-{i}")
        for spec in SPECS
        if spec.univariate
        for i in range(len(spec.members))
    ],
)
def test_total_is_one_and_entropy_is_the_mean(spec, member):
    assert abs(mean(spec, member, lambda x, log: 1) - 1) < 1e-11
    entropy = spec.make(**spec.members[member]).entropy()
    if entropy is None:
        return
    wanted = mean(spec, member, lambda x, log: -log)
    assert abs(float(entropy) - wanted) < 1e-10 * (1 + abs(wanted))


@pytest.mark.parametrize(("spec", "parameters", "outcomes"), UNIVARIATE)
def test_distribution_function(spec, parameters, outcomes):
    density = spec.make(**parameters)
    marks = np.sort(np.asarray(density.landmarks(), dtype=float).ravel())
    below = density.cdf(marks)
    if below is None:
        return
    assert np.all(np.diff(below) >= 0.0)
    above = density.survival(marks)
    if above is not None:
        np.testing.assert_array_less(np.abs(below + above - 1.0), 1e-12)
    if isinstance(density.support, Integers):
        steps = density.cdf(marks) - density.cdf(marks - 1.0)
        np.testing.assert_array_less(np.abs(steps - np.exp(density.log_prob(marks))), 1e-9)
        return
    for x in outcomes:
        step = (
            1e-5
            * max(1.0, abs(x))
            * min(1.0, abs(x - float(density.support.low)), abs(float(density.support.high) - x))
        )
        slope = (density.cdf(np.float64(x + step)) - density.cdf(np.float64(x - step))) / (2 * step)
        wanted = math.exp(float(density.log_prob(np.float64(x))))
        assert abs(slope - wanted) < 1e-5 * (1 + wanted)
    inside = (below > 1e-6) & (below < 1 - 1e-6)
    back = density.quantile(below[inside])
    if back is not None:
        assert np.all(np.abs(back - marks[inside]) <= 1e-6 * (1 + np.abs(marks[inside])))


def nearly(parameters):
    """Return parameters of which each is greater by a billionth, as far as it is a real number."""
    real = {name: x for name, x in parameters.items() if isinstance(x, float) and x != round(x)}
    return parameters | {name: x * (1.0 + 1e-9) for name, x in real.items()}


@pytest.mark.parametrize(
    ("spec", "q"),
    [
        pytest.param(spec, q, id=f"{spec.name}-{i}")
        for spec in SPECS
        if spec.univariate
        for i, q in enumerate((*spec.members[1:], nearly(spec.members[0])))
    ],
)
def test_log_ratio(spec, q):
    one = spec.make(**spec.members[0])
    try:
        other = spec.make(**q)
    except ValueError:
        pytest.skip("a little more is not in the domain")
    seen = sorted({float(x) for x, _, log in nodes(spec, 0) if log > -600 and abs(x) < 1e200})
    outcomes = np.asarray(seen[:: max(1, len(seen) // 60)])
    if isinstance(one.support, Integers):
        outcomes = np.unique(np.round(outcomes))
    low, high = (
        choose(float(getattr(d.support, end)) for d in (one, other)) for choose, end in ((max, "low"), (min, "high"))
    )
    outcomes = outcomes[(outcomes >= low) & (outcomes <= high)]
    p, wanted = exact(MP, spec.members[0]), exact(MP, q)
    with np.errstate(all="ignore"):
        found = np.asarray(one.log_ratio(other, outcomes))
    held = 0
    for x, ratio in zip(outcomes, found, strict=True):
        ours, theirs = (spec.log_density(MP, MP.mpf(float(x)), **given) for given in (p, wanted))
        size = 2 + abs(ours) + abs(theirs)
        if not MP.isfinite(size) or size > 1e5:
            continue
        assert abs(float(ratio) - (theirs - ours)) <= 1e-13 * size, (x, ratio, float(theirs - ours))
        held += 1
    assert held
