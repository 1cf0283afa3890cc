"""Hockey-stick divergence: by how much P may exceed γ Q on any event.

Sharma and Warsi, "Fundamental bound on the reliability of quantum information transmission", Phys. Rev. Lett. 110
(2013), 080501, eq. (3); Sason and Verdú, "f-divergence inequalities", IEEE Trans. Inf. Theory 62 (2016), 5973-6006,
eq. (64). In differential privacy it is the least δ for ε = ln γ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, SupportsFloat

from kullback.arrays import Array
from kullback.divergence import Deviation, Divergence, Gradient, Law
from kullback.divergences.total_variation import tv
from kullback.divergences.tsallis import one_order


def _textbook(gamma: float, p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    factor = mp.mpf(gamma)
    return mp.fsum(max(a - factor * b, mp.zero) for a, b in zip(p, q, strict=True))


def _excess(gamma: float, deviation: Deviation) -> Array:
    """Return p − γ q, from the difference, so that it is as accurate as that for γ near 1."""
    return -deviation.difference - (gamma - 1.0) * deviation.q


def _cost(gamma: float, deviation: Deviation) -> Array:
    excess = _excess(gamma, deviation)
    return deviation.xp.where(excess > 0.0, excess, 0.0)


def _gradient(gamma: float, deviation: Deviation, value: Array) -> Gradient:
    xp = deviation.xp
    above = _excess(gamma, deviation) > 0.0
    return Gradient(xp.where(above, deviation.p, 0.0), xp.where(above, -gamma * deviation.q, 0.0), 0.0, -gamma)


def hockey_stick(gamma: SupportsFloat, *misplaced: object) -> Divergence:
    """Return the hockey-stick divergence: Σ max(p − γ q, 0), the greatest P(A) − γ Q(A) of any event A.

    γ = 1 is the total variation distance. For γ > 1 it is 0 also where P and Q differ by no more than that factor.

    Args:
        gamma: γ, at least 1 and finite.
        misplaced: nothing: the divergence itself is called with P and Q.

    Returns:
        A `Divergence` in [0, 1].

    Raises:
        TypeError: γ is not one number, as in `kb.hockey_stick(p, q)`.
        ValueError: γ is less than 1, infinite or NaN.

    Source:
        Sason and Verdú 2016, eq. (64).

    Example:
        >>> import kullback as kb
        >>> float(kb.hockey_stick(2)([0.75, 0.25], [0.25, 0.75]))
        0.25
    """
    factor = one_order(gamma, misplaced, "hockey_stick", "gamma")
    if not 1.0 <= factor < math.inf:
        raise ValueError(f"γ of a hockey-stick divergence is a finite number that is at least 1, not {factor:g}.")
    laws = {Law.BOUNDED, Law.JOINTLY_CONVEX, Law.DATA_PROCESSING}
    return Divergence(
        name="hockey_stick",
        symbol=f"E{factor:g}",
        title=f"hockey-stick divergence with γ = {factor:g}",
        formula=f"Σ max(p − {factor:g} q, 0)",
        range=(0.0, 1.0),
        laws=tv.laws if factor == 1.0 else frozenset(laws),
        textbook=partial(_textbook, factor),
        cost=tv.cost if factor == 1.0 else partial(_cost, factor),
        gradient=tv.gradient if factor == 1.0 else partial(_gradient, factor),
        parameters=(("gamma", factor),),
        unit="",
    )
