"""Amari's α-divergence.

Amari, Differential-Geometrical Methods in Statistics (1985), section 3.5; Amari and Nagaoka, Methods of Information
Geometry (2000), eqs. (3.24) and (3.25), whose D^(−1) is KL: the orders are theirs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, SupportsFloat

from kullback.divergence import Divergence
from kullback.divergences.cressie_read import (
    cressie_read_cost,
    cressie_read_gradient,
    cressie_read_laws,
    cressie_read_powers,
    cressie_read_range,
    cressie_read_slopes,
)
from kullback.divergences.tsallis import one_order


def _textbook(order: float, p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    pairs = list(zip(p, q, strict=True))
    if (order <= -1.0 and any(a > 0 and b == 0 for a, b in pairs)) or (
        order >= 1.0 and any(b > 0 and a == 0 for a, b in pairs)
    ):
        return mp.inf
    if order == -1.0:
        return mp.fsum((a * mp.log(a / b) if a > 0 else 0) - a + b for a, b in pairs)
    if order == 1.0:
        return mp.fsum((b * mp.log(b / a) if b > 0 else 0) - b + a for a, b in pairs)
    s = mp.mpf(order)
    # The mean of Σ p and Σ q, for 1: terms of one outcome then do not jump near order ±1.
    total = mp.fsum((1 - s) / 2 * a + (1 + s) / 2 * b for a, b in pairs)
    powers = mp.fsum(a ** ((1 - s) / 2) * b ** ((1 + s) / 2) for a, b in pairs if a > 0 and b > 0)
    return 4 / (1 - s**2) * (total - powers)


def amari(alpha: SupportsFloat, *misplaced: object) -> Divergence:
    """Return Amari's α-divergence: 4/(1 − α²) (1 − Σ p^((1−α)/2) q^((1+α)/2)).

    α = −1 is KL(P‖Q) and α = 1 is KL(Q‖P), both limits; α = 0 is four times the squared Hellinger distance; the
    reverse of α is −α. It is the Cressie–Read divergence with λ = −(1 + α)/2.

    Args:
        alpha: the order, any finite number.
        misplaced: nothing: the divergence of an order is called with P and Q.

    Returns:
        A `Divergence`, bounded by 4/(1 − α²) for −1 < α < 1.

    Raises:
        TypeError: α is not one number, as in `kb.amari(p, q)`.
        ValueError: α is infinite or NaN.

    Source:
        Amari and Nagaoka 2000, eqs. (3.24) and (3.25).

    Example:
        >>> import kullback as kb
        >>> round(float(kb.amari(-1)([0.5, 0.5], [0.9, 0.1])), 6), round(float(kb.kl([0.5, 0.5], [0.9, 0.1])), 6)
        (0.510826, 0.510826)
    """
    order = one_order(alpha, misplaced, "amari", "alpha")
    if not math.isfinite(order):
        raise ValueError(f"the order of an Amari divergence is a finite number, not {order:g}.")
    powers = 0.5 * (1.0 - order), 0.5 * (1.0 + order)
    shown = f"{order:g}"
    formulas = {-1.0: "Σ p ln(p/q)", 1.0: "Σ q ln(q/p)"}
    return Divergence(
        name="amari",
        symbol=f"A{shown}",
        title=f"Amari divergence of order {shown}",
        formula=formulas.get(order, f"4/(1 − {shown}²) (1 − Σ p^((1−{shown})/2) q^((1+{shown})/2))"),
        range=cressie_read_range(powers),
        laws=cressie_read_laws(-powers[1]),
        textbook=partial(_textbook, order),
        cost=partial(cressie_read_cost, powers),
        slopes=partial(cressie_read_slopes, powers),
        gradient=partial(cressie_read_gradient, powers),
        powers=cressie_read_powers(-powers[1]),
        parameters=(("alpha", order),),
        unit="nats" if order in formulas else "",
    )
