"""Natural: two members of one exponential family, in natural parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kullback.arrays import namespace

Vector = tuple[Any, ...]
"""Natural parameters: one array per component, each broadcasting with the batch (and with trailing axes of its own)."""


@dataclass(frozen=True, eq=False)
class Natural:
    """P and Q of one exponential family, p(x) = h(x) exp(θ·T(x) − A(θ)), in coordinates that suit both.

    A change of variables common to P and Q changes no divergence, so that coordinates may be chosen in which P is
    standard and Q − P is known to its last digit: give `step` from the parameters themselves (a difference of
    scales is (s − t)/(s t), not 1/t − 1/s), never as a difference of rounded natural parameters.

    Attributes:
        theta: θ of P.
        step: θ of Q minus θ of P, with a small relative error however close they are.
        remainder: `remainder(theta, step)` = A(θ + step) − A(θ) − step·∇A(θ) ≥ 0, without cancellation. KL(P‖Q) is its
            value at `theta`, `step`.
        inside: `inside(theta)`: where θ is a natural parameter (the normaliser converges): a mask of the batch.
        formula: A(θ), as text.
        source: where it is from.
        everywhere: whether P and Q are of one such family for all parameters; if not, θ is NaN where they are not.
    """

    theta: Vector
    step: Vector
    remainder: Callable[[Vector, Vector], Any]
    inside: Callable[[Vector], Any]
    formula: str
    source: str
    everywhere: bool = True

    def at(self, t: Any) -> Vector:
        """Return θ + t·step: P at t = 0, Q at t = 1."""
        return tuple(a + t * d for a, d in zip(self.theta, self.step, strict=True))

    def rest(self, base: Any, to: Any) -> Any:
        """Return the remainder of A from θ + base·step to θ + to·step."""
        return self.remainder(self.at(base), tuple((to - base) * d for d in self.step))

    def jensen_gap(self, alpha: Any) -> Any:
        """Return α A(θ_P) + (1 − α) A(θ_Q) − A(αθ_P + (1 − α)θ_Q) = −ln ∫ p^α q^(1−α), for real α.

        Nielsen and Nock, "On Rényi and Tsallis entropies and divergences for exponential families" (2011), eq. (9);
        written with remainders all of one sign. −∞ where the mixed parameter is none.
        """
        t = 1.0 - alpha  # of the mixed parameter, counted from P
        mixed = self.at(t)
        inside = self.inside(mixed)
        if 0.0 <= alpha <= 1.0:
            return alpha * self.rest(t, 0.0) + (1.0 - alpha) * self.rest(t, 1.0)
        # Outside [0, 1] one of P, Q lies between the other and the mixed parameter, and its tangent is taken there.
        xp = namespace(inside, *mixed)
        safe = xp.where(inside, t, 0.0)
        if alpha > 1.0:
            gap = -(self.rest(0.0, safe) + (alpha - 1.0) * self.rest(0.0, 1.0))
        else:
            gap = -(self.rest(1.0, safe) - alpha * self.rest(1.0, 0.0))
        return xp.where(inside, gap, -float("inf"))
