"""Held equal: where parameters are equal and stay so, as a formula that holds for equal ones only asks."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from kullback.arrays import namespace
from kullback.distributions.parameters import differentiated
from kullback.natural import Natural, Vector


def held_equal(a: Any, b: Any) -> Any:
    """Return where a == b; nowhere if one of them carries a gradient, or may.

    A formula for equal parameters says nothing of what happens when they part, so that its derivatives with respect to
    them are not those of the divergence. Another rule is asked then.
    """
    xp = namespace(a, b)
    same = a == b
    return xp.zeros_like(same) if differentiated(a) or differentiated(b) else same


def known_where(same: Any, both: Natural) -> Natural:
    """Return an exponential family that P and Q belong to in a part of the batch only; NaN is said elsewhere."""

    def remainder(theta: Vector, step: Vector) -> Any:
        # The numbers stay those of a member, so that no derivative is spoilt by what is left out here.
        value = both.remainder(theta, step)
        return namespace(same, value).where(same, value, math.nan)

    def inside(theta: Vector) -> Any:
        return both.inside(theta) | ~same

    return replace(both, remainder=remainder, inside=inside, everywhere=False)
