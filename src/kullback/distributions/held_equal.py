"""Held equal: where parameters are equal and stay so, as a formula that holds for equal ones only asks."""

from __future__ import annotations

from typing import Any

from kullback.arrays import namespace
from kullback.distributions.parameters import differentiated


def held_equal(a: Any, b: Any) -> Any:
    """Return where a == b; nowhere if one of them carries a gradient, or may.

    A formula for equal parameters says nothing of what happens when they part, so that its derivatives with respect to
    them are not those of the divergence. Another rule is asked then.
    """
    xp = namespace(a, b)
    same = a == b
    return xp.zeros_like(same) if differentiated(a) or differentiated(b) else same
