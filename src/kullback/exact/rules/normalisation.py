"""Normalisation: whether a density of which nothing is known but its values integrates to 1."""

from __future__ import annotations

import math

import numpy as np

from kullback.distribution import Density
from kullback.exact.companions import ENTROPY as MEASURE
from kullback.exact.not_exact import NotExact
from kullback.exact.rules import quadrature, summation
from kullback.exact.rules.integrands import ENTROPY
from kullback.support import Integers, Interval

_TOLERANCE = 1e-4
"""What is no rounding, and no tail that was left out of a quadrature."""


def check(one: Density) -> None:
    """Raise where the masses that a quadrature sees do not add up to 1.

    Args:
        one: a single distribution, in NumPy; those known by a formula, or that know P(X ≤ x), are not looked at.

    Raises:
        ValueError: a total that is not 1, and what to subtract from the log-density.
    """
    label = getattr(one, "label", None)
    if label is None or getattr(one, "distribution_function", None) is not None:
        return
    support = one.support
    if not isinstance(support, (Interval, Integers)):
        return
    integrate = summation.add_up_companion if isinstance(support, Integers) else quadrature.integrate_companion
    try:
        found = integrate(MEASURE, ENTROPY, one, one, tolerance=1e-6)
    except NotExact:
        return
    if not len(found.nodes):
        return
    with np.errstate(all="ignore"):
        log_total = float(np.logaddexp.reduce(np.asarray(one.log_prob(found.nodes)) + found.log_weights))
    if not abs(math.expm1(min(log_total, 700.0))) <= _TOLERANCE:
        what = "its masses add up" if isinstance(support, Integers) else "its density integrates"
        total = f"{math.exp(log_total):.6g}" if abs(log_total) < 700.0 else f"exp({log_total:.6g})"
        raise ValueError(
            f"{label}: {what} to {total} on {support}, and not to 1: subtract {log_total:.6g} from its log-density. "
            "A peak that was not found? kb.distributions.from_log_prob(log_prob, support, landmarks=…)."
        )
