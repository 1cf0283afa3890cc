"""What a divergence of the numbers as stored is, in mpmath: the truth that the float64 answers are held to."""

from functools import cache

import numpy as np
from mpmath import mp

from kullback.distributions import Counts

DIGITS = 80


def masses(known):
    """Return the normalised masses of a bare array (probabilities) or of an input kind, as mpmath numbers."""
    values = np.asarray(getattr(known, "values", known))
    scale = getattr(known, "scale", "linear")
    # Integers as they are: float64 has no room for all that int64 holds.
    numbers = [mp.mpf(x) for x in (values if values.dtype.kind in "iu" else values.astype(np.float64)).tolist()]
    if isinstance(known, Counts):
        numbers = [x + mp.mpf(known.add) for x in numbers]
    if scale == "log":
        numbers = [mp.exp(x) for x in numbers]
    whole = mp.fsum(numbers)
    return [x / whole for x in numbers]


def truth(divergence, p, q, digits=DIGITS):
    """Return the textbook value as a float."""
    with mp.workdps(digits):
        value = divergence.textbook(masses(p), masses(q), mp)
        # What is left of the working precision is not a divergence: 1 − Σp is 0, not 1e-80 (1e-74 over α − 1).
        return 0.0 if abs(value) < mp.mpf(10) ** (12 - digits) else float(value)


@cache
def _masses_of(pair):
    from tests.truth.large import known

    with mp.workdps(pair.digits):
        return tuple(masses(x) for x in known(pair))


@cache
def truth_of(divergence, pair):
    """Return the textbook value of a pair of grid.py as a float."""
    with mp.workdps(pair.digits):
        value = divergence.textbook(*_masses_of(pair), mp)
        return 0.0 if abs(value) < mp.mpf(10) ** (12 - pair.digits) else float(value)
