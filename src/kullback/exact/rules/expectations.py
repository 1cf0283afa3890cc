"""Expectations: KL and cross-entropy from means that P knows of the statistics in Q's log-density."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.arrays import namespace, nowhere, to_numpy
from kullback.distribution import Density
from kullback.distributions.parameters import readable
from kullback.divergence import Divergence
from kullback.exact.answer import Answer, Ask
from kullback.statistic import AbsolutePower, LogComplementPower, LogOnePlus, LogQuadratic, One, Power, SoftPlus

_LOSS = 300.0
"""How many times smaller than its terms a value may be: 300 units in the last place are 7e-14."""


_OFTEN_OPEN = (AbsolutePower, LogComplementPower, LogOnePlus, LogQuadratic, SoftPlus)
"""Statistics whose means have formulas for some parameters and none for others, which a traced program cannot see."""


def answer(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    """Return KL = −H(P) − E_P ln q; NaN where the terms cancel to little and nothing of the value would be left."""
    powers = divergence.powers
    if divergence.name == "jeffreys":
        forwards, backwards = relative_entropy(p, q), relative_entropy(q, p)
        if forwards is None or backwards is None:
            return None
        return Answer(
            forwards + backwards,
            "expectations",
            "KL(P‖Q) + KL(Q‖P), each −H(P) − E_P ln q",
            everywhere=not (_often_open(p) or _often_open(q)),
        )
    if powers is None or powers.of == "gap":
        return None
    first, second = (p, q) if powers.of == "kl" else (q, p)
    value = relative_entropy(first, second)
    if value is None:
        return None
    return Answer(
        powers.finish(value),
        "expectations",
        formula(first, second),
        "the definition, term by term",
        note=_divergent(first, second, value),
        everywhere=not _often_open(second),
    )


def _often_open(q: Density) -> bool:
    """Return whether a mean that ln q asks for has a formula for some parameters only, as far as is known."""
    return any(isinstance(t, _OFTEN_OPEN) for one in (q, *q.forms()) for _, t in one.log_density_terms() or ())


def _divergent(p: Density, q: Density, value: Any) -> str:
    """Return which mean makes the value infinite, where it is and that can be seen."""
    if not readable(value) or not np.any(np.isinf(to_numpy(value))):
        return ""
    terms = next((x for one in (q, *q.forms()) if (x := one.log_density_terms()) is not None), ())
    names: list[str] = []
    for _, statistic in terms:
        mean = None if isinstance(statistic, One) else p.expectation(statistic)
        if mean is not None and readable(mean) and np.any(np.isinf(to_numpy(mean))):
            names.append(str(statistic))
    return f"∞: E_P of {' and of '.join(dict.fromkeys(names))} diverges" if names else ""


def formula(p: Density, q: Density) -> str:
    """Return the formula with the statistics that Q's log-density is made of."""
    for other in (q, *q.forms()):
        terms = other.log_density_terms()
        if terms is not None:
            names = ", ".join(dict.fromkeys(str(t) for _, t in terms))
            return f"−H(P) − Σ c E_P T, T of ln q: {names}"
    return "−H(P) − E_P ln q"


def relative_entropy(p: Density, q: Density) -> Any | None:
    """Return −H(P) − E_P ln q, NaN where it is lost to cancellation, or None where a mean is not known."""
    entropy = p.entropy()
    if entropy is None:
        return None
    found = cross_terms(p, q)
    if found is None:
        return None
    total, size = found
    value = total - entropy
    xp = namespace(value)
    size = size + xp.abs(entropy)
    lost = ~(value * _LOSS > size)
    if not readable(value):
        return value  # while a program is traced nothing else could take its place
    # Infinite terms of both signs leave NaN, and so does what is lost.
    return value if nowhere(lost) else xp.where(lost & (value < math.inf), math.nan, value)


def cross_terms(p: Density, q: Density) -> tuple[Any, Any] | None:
    """Return −E_P ln q and the sum of the sizes of its terms, or None where P does not know a mean."""
    for first in (p, *p.forms()):
        for second in (q, *q.forms()):
            terms = second.log_density_terms()
            found = None if terms is None else _sum(first, terms)
            if found is not None:
                return found
    return None


def _sum(p: Density, terms: tuple[tuple[Any, Any], ...]) -> tuple[Any, Any] | None:
    total: Any = 0.0
    size: Any = 0.0
    open_: Any = None
    for coefficient, statistic in terms:
        if isinstance(statistic, One):
            term = -coefficient
        else:
            mean = p.expectation(statistic)
            if mean is None:
                return None
            xp = namespace(coefficient, mean)
            # What has no formula for these parameters is left out of the products, whose derivatives it would spoil.
            unknown = xp.isnan(mean)
            if not nowhere(unknown):
                open_ = unknown if open_ is None else open_ | unknown
                mean = xp.where(unknown, 0.0, mean)
            if isinstance(statistic, Power) and statistic.log_coefficient is not None:
                term = _of_power(xp, p, coefficient, statistic, mean)
            else:
                # An infinite mean with coefficient 0 is no term.
                none = (coefficient == 0.0) & ~xp.isfinite(mean)
                term = -(coefficient * (mean if nowhere(none) else xp.where(none, 0.0, mean)))
        total = total + term
        size = size + namespace(term).abs(term)
    if open_ is not None:
        total = namespace(total, open_).where(open_, math.nan, total)
    return total, size


def _of_power(xp: Any, p: Density, coefficient: Any, statistic: Power, mean: Any) -> Any:
    """Return −coefficient·mean of a power, by logarithms where one of them is out of the range of the numbers.

    There 0 is not nothing and ∞ may be a large number: what P does not know the logarithm of is left open.
    """
    term = -(coefficient * mean)
    out = ~(xp.isfinite(coefficient) & (xp.abs(coefficient) > 1e-300) & xp.isfinite(mean) & (mean > 1e-300))
    if nowhere(out):
        return term
    log_mean = p.log_power_mean(statistic.exponent)
    if log_mean is None:
        # An infinite mean with an ordinary coefficient is one that diverges.
        ordinary = xp.isfinite(coefficient) & (xp.abs(coefficient) > 1e-300) & (mean > 1e-300)
        return xp.where(out & ~ordinary, math.nan, term)
    log_term = statistic.log_coefficient + xp.where(out, log_mean, 0.0)
    return xp.where(out, xp.exp(xp.where(out, log_term, 0.0)), xp.where(out, 0.0, term))
