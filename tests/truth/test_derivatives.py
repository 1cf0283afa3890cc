"""The derivatives against mpmath's numerical differentiation of the textbook term."""

import math

import numpy as np
import pytest
from mpmath import mp

from kullback.divergence import Law
from kullback.divergences import catalogue, hellinger, js, kl, neyman_chi2, renyi, tv
from tests.close import assert_close

additive = [divergence for divergence in catalogue if divergence.slopes is not None]
POINTS = [(0.5, 0.25), (0.1, 0.7), (1e-3, 0.9), (0.3, 0.3 + 1e-6), (0.9, 1e-4)]


def term(divergence):
    power = 2 if divergence is hellinger else 1
    if "js" in repr(divergence) or "jensen" in repr(divergence):
        # The textbook of JS, a difference of entropies, is not a sum of terms unless both are normalised.
        (v, w) = dict(divergence.parameters).get("weights", (0.5, 0.5))
        v, w = mp.mpf(v), mp.mpf(w)
        return lambda p, q: v * p * mp.log(p / (v * p + w * q)) + w * q * mp.log(q / (v * p + w * q))
    return lambda p, q: divergence.textbook([p], [q], mp) ** power


@pytest.mark.parametrize("divergence", additive, ids=repr)
@pytest.mark.parametrize("point", POINTS)
def test_derivatives(divergence, point):
    found = divergence.derivatives([point[0]], [point[1]])
    with mp.workdps(60):
        at = tuple(mp.mpf(x) for x in point)
        for slope, order in zip(found, [(1, 0), (0, 1), (2, 0), (0, 2)], strict=True):
            expected = float(mp.diff(term(divergence), at, order))
            # Slopes are differences of numbers of order 1, and used as such: absolute error there.
            assert_close(slope, [expected], relative=1e-12, absolute=1e-14)


def test_which_members_are_additive():
    # Logarithms of sums, what jumps or bends (the mass of Q where p = 0, the hockey stick), and functions not our own.
    names = {divergence.name for divergence in catalogue if divergence.slopes is None}
    assert names == {"renyi", "bhattacharyya", "chernoff", "tsallis", "hockey_stick", "f_divergence"}
    assert {repr(d) for d in catalogue if d.slopes is None and d.name == "tsallis"} == {"tsallis(alpha=0.0)"}
    with pytest.raises(TypeError, match="not a sum"):
        renyi(2).derivatives([0.5, 0.5], [0.1, 0.9])


def test_boundaries():
    assert_close(kl.derivatives([0.0], [0.5])[0], [-math.inf])
    assert_close(kl.derivatives([0.0], [0.5])[1], [0.0])
    assert_close(kl.derivatives([0.5], [0.0])[1], [-math.inf])
    assert_close(js.derivatives([0.0], [0.5])[1], [0.5 * math.log(2.0)])
    assert_close(neyman_chi2.derivatives([0.5], [0.0])[0], [1.0])
    assert_close(np.array(tv.derivatives([0.5], [0.5])), [[0.0]] * 4)
    for divergence in additive:
        assert_close(np.array(divergence.derivatives([0.0], [0.0])), [[0.0]] * 4)
        for p, q in ((0.0, 0.5), (0.5, 0.0)):
            assert not np.isnan(divergence.derivatives([p], [q])).any(), (divergence, p, q)


@pytest.mark.parametrize("divergence", additive, ids=repr)
def test_reverse_swaps(divergence):
    p, q = np.array([0.2, 0.8]), np.array([0.6, 0.4])
    fp, fq, fpp, fqq = divergence.derivatives(p, q)
    gp, gq, gpp, gqq = divergence.reverse.derivatives(q, p)
    for one, other in ((fp, gq), (fq, gp), (fpp, gqq), (fqq, gpp)):
        assert_close(one, other, relative=1e-14, absolute=1e-15)
    assert Law.SYMMETRIC not in divergence.laws or divergence.reverse is divergence
