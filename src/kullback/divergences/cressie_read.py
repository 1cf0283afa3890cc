"""The power divergence family of Cressie and Read, without their factor 2n.

Cressie and Read, "Multinomial goodness-of-fit tests", J. R. Statist. Soc. B 46 (1984), 440-464, eq. (2.2); the limits
at 0 and −1 are there after eq. (2.3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, SupportsFloat

from kullback.arrays import Array
from kullback.divergence import Deviation, Divergence, Gradient, Law, PowerForm, PowerSum, itself
from kullback.divergences.tsallis import one_order, power_cost, power_gradient, power_slopes, power_textbook

Powers = tuple[float, float]
"""The exponents of p and q in Σ p^α q^β, that is λ + 1 and −λ. They sum to 1, and each has all its digits: next to a
limit, where one is nearly 0, it cannot be had from the other."""


def _normal_form(powers: Powers) -> tuple[float, float, bool]:
    """Return α ≥ ½ and β: the member is the Tsallis divergence of order α over α. And whether it is reversed."""
    alpha, beta = powers
    return (alpha, beta, False) if alpha >= beta else (beta, alpha, True)


def cressie_read_textbook(lam: float, p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    """Return (Σ p (p/q)^λ − 1)/(λ (λ+1)) or its limits."""
    pairs = list(zip(p, q, strict=True))
    if lam in (0.0, -1.0):
        first, second = (p, q) if lam == 0.0 else (q, p)
        return power_textbook(1.0, first, second, mp)
    if (lam > 0.0 and any(a > 0 and b == 0 for a, b in pairs)) or (
        lam < -1.0 and any(b > 0 and a == 0 for a, b in pairs)
    ):
        return mp.inf
    power = mp.mpf(lam)
    # (λ+1) Σ p − λ Σ q, for 1: the terms of an outcome then do not jump near the limits.
    total = mp.fsum((power + 1) * a - power * b for a, b in pairs)
    return (mp.fsum(a * (a / b) ** power for a, b in pairs if a > 0 and b > 0) - total) / (power * (power + 1))


def cressie_read_cost(powers: Powers, deviation: Deviation) -> Array:
    """Return what each outcome contributes."""
    alpha, beta, backwards = _normal_form(powers)
    return power_cost(alpha, deviation.swapped() if backwards else deviation, beta) / alpha


def cressie_read_gradient(powers: Powers, deviation: Deviation, value: Array) -> Gradient:
    """Return the gradient."""
    alpha, beta, backwards = _normal_form(powers)
    found = power_gradient(alpha, deviation.swapped() if backwards else deviation, value, beta)
    found = Gradient(found.p / alpha, found.q / alpha, found.p_edge / alpha, found.q_edge / alpha)
    return found.swapped() if backwards else found


def cressie_read_slopes(powers: Powers, p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    """Return the derivatives of a term that is stationary at p = q."""
    alpha, _, backwards = _normal_form(powers)
    a, b, aa, bb = (slope / alpha for slope in power_slopes(alpha, *((q, p) if backwards else (p, q))))
    return (b, a, bb, aa) if backwards else (a, b, aa, bb)


def cressie_read_laws(lam: float) -> frozenset[Law]:
    """Return what the member obeys."""
    laws = {Law.ZERO_IFF_EQUAL, Law.JOINTLY_CONVEX, Law.DATA_PROCESSING}
    if -1.0 < lam < 0.0:
        laws.add(Law.BOUNDED)
    if lam == -0.5:
        laws.add(Law.SYMMETRIC)
    if lam in (0.0, -1.0):
        laws.add(Law.ADDITIVE_OVER_PRODUCTS)
    if lam == 0.0:
        laws.add(Law.CHAIN_RULE)
    return frozenset(laws)


def cressie_read_range(powers: Powers) -> tuple[float, float]:
    """Return the least and the greatest value."""
    alpha, beta = powers
    return 0.0, 1.0 / (alpha * beta) if alpha > 0.0 and beta > 0.0 else math.inf


def cressie_read_powers(power: float) -> PowerForm:
    """Return how the member follows from ∫ p^(λ+1) q^(−λ), or at its limits from KL."""
    if power in (0.0, -1.0):
        return PowerForm("kl", 1.0, itself) if power == 0.0 else PowerForm("reverse kl", 0.0, itself)
    return PowerForm("gap", power + 1.0, PowerSum(power * (power + 1.0)))


def cressie_read(lam: SupportsFloat, *misplaced: object) -> Divergence:
    """Return the Cressie–Read power divergence: (Σ p (p/q)^λ − 1)/(λ (λ + 1)).

    λ = 0 is KL, −1 its reverse, 1 half of Pearson's χ² and −2 half of Neyman's, −½ four times the squared Hellinger
    distance; the value is continuous in λ.

    Args:
        lam: λ, any finite number; Cressie and Read recommend 2/3 for tests.
        misplaced: nothing: the divergence itself is called with P and Q.

    Returns:
        A `Divergence`, bounded by −1/(λ (λ + 1)) for −1 < λ < 0.

    Raises:
        TypeError: λ is not one number, as in `kb.cressie_read(p, q)`.
        ValueError: λ is infinite or NaN.

    Source:
        Cressie and Read 1984, eq. (2.2), divided by 2n.

    Example:
        >>> import kullback as kb
        >>> round(float(kb.cressie_read(2 / 3)([0.5, 0.5], [0.9, 0.1])), 6)
        0.719918
    """
    power = one_order(lam, misplaced, "cressie_read", "lam")
    if not math.isfinite(power):
        raise ValueError(f"λ of a Cressie–Read divergence is a finite number, not {power:g}.")
    powers = power + 1.0, -power
    shown = f"{power:g}"
    formulas = {0.0: "Σ p ln(p/q)", -1.0: "Σ q ln(q/p)"}
    return Divergence(
        name="cressie_read",
        symbol=f"CR{shown}",
        title=f"Cressie–Read power divergence with λ = {shown}",
        formula=formulas.get(power, f"(Σ p (p/q)^{shown} − 1)/({shown} ({shown} + 1))"),
        range=cressie_read_range(powers),
        laws=cressie_read_laws(power),
        textbook=partial(cressie_read_textbook, power),
        cost=partial(cressie_read_cost, powers),
        slopes=partial(cressie_read_slopes, powers),
        gradient=partial(cressie_read_gradient, powers),
        powers=cressie_read_powers(power),
        parameters=(("lam", power),),
        unit="nats" if power in formulas else "",
    )
