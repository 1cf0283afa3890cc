"""Tails: how fast a density falls towards an end of its support, which decides what is infinite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Tail:
    """The growth of −ln density towards an end, in t: towards an infinite end |x| = eᵗ, towards a finite one the
    distance to it is e⁻ᵗ, t → ∞.

    −ln p = exp(double·eᵗ) + Σ coefficient·e^(power·t) + factorial·t·eᵗ + quadratic·t² + linear·t + a constant and what
    vanishes.

    Student's t has linear = ν + 1, the normal powers = ((2, 1/(2σ²)), (1, ∓μ/σ²)), the log-normal quadratic = 1/(2σ²);
    Gamma has linear = a − 1 at 0 and powers = ((1, rate),), linear = −(a − 1) at ∞; a density that ends at a positive
    value has nothing: all 0.

    Attributes:
        linear: a number, broadcasting with the batch, as all of these.
        quadratic: likewise.
        powers: pairs (power, coefficient), the greatest power first; power > 0.
        double: the rate of a double exponential, 0 for none.
        exact: whether the difference from this growth is known to be bounded: what a proof of finiteness needs.
        factorial: the coefficient of t·eᵗ = x ln x, as of Poisson masses: faster than powers up to 1, slower than
            those above.
    """

    linear: Any = 0.0
    quadratic: Any = 0.0
    powers: tuple[tuple[Any, Any], ...] = ()
    double: Any = 0.0
    exact: bool = True
    factorial: Any = 0.0
