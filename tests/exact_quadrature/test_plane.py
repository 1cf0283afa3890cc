"""Quadrature over the plane."""

import math

import numpy as np
import pytest

import kullback.divergences as divergences
from kullback.distributions.mixture import mixture
from kullback.distributions.multivariate_normal import multivariate_normal
from kullback.exact.not_exact import NotExact
from kullback.exact.pair import in_numpy
from kullback.exact.rules.quadrature import integrate_plane

FIRST = multivariate_normal([0.0, 0.0], [[1.0, 0.5], [0.5, 2.0]])
SECOND = multivariate_normal([1.0, -1.0], [[2.0, 0.25], [0.25, 1.0]])


def test_normals_have_their_closed_form():
    first, second = np.asarray([[1.0, 0.5], [0.5, 2.0]]), np.asarray([[2.0, 0.25], [0.25, 1.0]])
    apart = np.asarray([1.0, -1.0])
    inverse = np.linalg.inv(second)
    trace = np.trace(inverse @ first) + apart @ inverse @ apart - 2.0
    expected = 0.5 * (trace + math.log(np.linalg.det(second) / np.linalg.det(first)))
    found = integrate_plane(divergences.kl, in_numpy(FIRST), in_numpy(SECOND))
    assert abs(found.value - expected) <= found.bound + 1e-14
    assert found.bound < 1e-8 * found.value
    assert not found.certified


def test_a_mixture_of_one_component_twice_is_that_component():
    twice = in_numpy(mixture([0.25, 0.75], [FIRST, FIRST]))
    found = integrate_plane(divergences.js, twice, in_numpy(SECOND))
    plain = integrate_plane(divergences.js, in_numpy(FIRST), in_numpy(SECOND))
    assert abs(found.value - plain.value) <= found.bound + plain.bound


def test_well_separated_mixtures_add_up():
    # Components so far from one another that each outcome belongs to one: KL is the mean of that of the components.
    far = [100.0, 100.0]
    moved = multivariate_normal(far, [[1.0, 0.5], [0.5, 2.0]])
    also = multivariate_normal([101.0, 99.0], [[2.0, 0.25], [0.25, 1.0]])
    p, q = in_numpy(mixture([0.5, 0.5], [FIRST, moved])), in_numpy(mixture([0.5, 0.5], [SECOND, also]))
    found = integrate_plane(divergences.kl, p, q)
    one = integrate_plane(divergences.kl, in_numpy(FIRST), in_numpy(SECOND))
    assert abs(found.value - one.value) <= found.bound + one.bound
    assert found.bound < 1e-8 * found.value


def test_order_infinity_is_refused():
    with pytest.raises(NotExact, match="greatest log-ratio"):
        integrate_plane(divergences.renyi(math.inf), in_numpy(FIRST), in_numpy(SECOND))
