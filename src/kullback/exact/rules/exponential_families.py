"""Exponential families: one log-normaliser gives every divergence that is made of power integrals, and KL.

Nielsen and Nock, "On Rényi and Tsallis entropies and divergences for exponential families", arXiv:1105.3259 (2011);
"On the Chi square and higher-order Chi distances for approximating f-divergences", IEEE Signal Process. Lett. (2014).
"""

from __future__ import annotations

from typing import Any

from kullback.arrays import namespace
from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.answer import Answer, Ask
from kullback.exact.rules.closed_forms import written
from kullback.natural import Natural
from kullback.numerics import iterate


def answer(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    """Return KL as the remainder of A, power integrals as its Jensen gap, Jeffreys and Chernoff from both."""
    for first, second in written(p, q):
        if type(first) is not type(second):
            continue
        both = first.natural(second)  # pyright: ignore[reportArgumentType]
        if both is None:
            continue
        found = _of(divergence, both)
        if found is not None:
            value, formula = found
            note = "" if first is p and second is q else f"P written as {first.name}, Q as {second.name}"
            return Answer(
                value,
                "exponential family",
                f"{formula}, {both.formula}",
                both.source,
                note=note,
                everywhere=both.everywhere,
            )
    return None


def _of(divergence: Divergence, both: Natural) -> tuple[Any, str] | None:
    powers = divergence.powers
    if powers is not None:
        if powers.of == "kl":
            return powers.finish(both.rest(0.0, 1.0)), "KL(P‖Q) = A(θ_Q) − A(θ_P) − (θ_Q − θ_P)·∇A(θ_P)"
        if powers.of == "reverse kl":
            return powers.finish(both.rest(1.0, 0.0)), "KL(Q‖P) = A(θ_P) − A(θ_Q) − (θ_P − θ_Q)·∇A(θ_Q)"
        a = f"{powers.order:g}"
        formula = f"from −ln ∫p^α q^(1−α) = αA(θ_P) + (1−α)A(θ_Q) − A(αθ_P + (1−α)θ_Q), α = {a}"
        return powers.finish(both.jensen_gap(powers.order)), formula
    if divergence.name == "jeffreys":
        return both.rest(0.0, 1.0) + both.rest(1.0, 0.0), "(θ_Q − θ_P)·(∇A(θ_Q) − ∇A(θ_P))"
    if divergence.name == "chernoff":
        return chernoff(both), "max over α of αA(θ_P) + (1−α)A(θ_Q) − A(αθ_P + (1−α)θ_Q)"
    return None


def chernoff(both: Natural) -> Any:
    """Return the greatest Jensen gap over the orders in [0, 1].

    At the best order the two parts of the gap, the KL divergences from the mixed parameter to P and to Q, are equal
    (Nielsen 2013, "An information-geometric characterization of Chernoff information", Theorem 1): their difference
    falls with the order, and its zero is found by bisection.
    """
    xp = namespace(*both.theta, *both.step)
    fixed = Natural(
        tuple(_constant(x) for x in both.theta),
        tuple(_constant(x) for x in both.step),
        both.remainder,
        both.inside,
        both.formula,
        both.source,
    )
    start = fixed.rest(0.0, 1.0)
    low, high = xp.zeros_like(start), xp.ones_like(start)

    def halve(state: Any) -> tuple[Any, Any]:
        least, most = state
        t = 0.5 * (least + most)  # the share of Q in the mixed parameter
        nearer_p = fixed_rest(t, 0.0) < fixed_rest(t, 1.0)
        new = xp.where(nearer_p, t, least), xp.where(nearer_p, most, t)
        return new, new[0] < new[1]

    def fixed_rest(base: Any, to: float) -> Any:
        return _rest(fixed, base, to)

    low, high = iterate(halve, (low, high), 60)
    t = 0.5 * (low + high)
    # By the envelope theorem the gradient at a fixed best order is that of the maximum.
    return (1.0 - t) * _rest(both, t, 0.0) + t * _rest(both, t, 1.0)


def _rest(both: Natural, base: Any, to: float) -> Any:
    return both.remainder(
        tuple(a + _wide(base, d) * d for a, d in zip(both.theta, both.step, strict=True)),
        tuple(_wide(to - base, d) * d for d in both.step),
    )


def _wide(t: Any, component: Any) -> Any:
    """Return t with trailing axes, for components that have axes of their own beside the batch."""
    own = component.ndim - t.ndim
    return t if own <= 0 or not t.ndim else namespace(t).reshape(t, tuple(t.shape) + (1,) * own)


def _constant(x: Any) -> Any:
    return x.detach() if hasattr(x, "detach") else x
