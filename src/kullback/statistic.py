"""Statistics: functions of an outcome of which log-densities are linear combinations, and means are known.

ln q(x) = Σ coefficient · T(x) on the support of Q; where P knows the mean of every T, the cross-entropy follows:
−E_P ln q = −Σ coefficient · E_P T. Each is a frozen value; its parameters broadcast with the batch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Statistic:
    """A function T of an outcome x."""

    def __str__(self) -> str:
        """The formula, as its description says it, with an exponent that is one number."""
        symbol = re.split(r"[:,] |\.$", str(type(self).__doc__ or ""))[0]
        exponent = _one_number(getattr(self, "exponent", None))
        return symbol if exponent is None else symbol.replace("^exponent", "" if exponent == "1" else f"^{exponent}")


@dataclass(frozen=True, eq=False)
class One(Statistic):
    """1: the constant of a log-density."""


@dataclass(frozen=True, eq=False)
class Power(Statistic):
    """x^exponent, for x > 0 unless the exponent is the Python number 1 or 2.

    Attributes:
        exponent: a number, broadcasting with the batch.
        log_coefficient: ln |coefficient| of a term of a log-density, where the coefficient may be out of the range of
            the numbers; it has no part in the mean.
    """

    exponent: Any
    log_coefficient: Any = None


@dataclass(frozen=True, eq=False)
class Log(Statistic):
    """ln x."""


@dataclass(frozen=True, eq=False)
class LogSquared(Statistic):
    """(ln x − center)²."""

    center: Any


@dataclass(frozen=True, eq=False)
class LogComplement(Statistic):
    """ln(1 − x)."""


@dataclass(frozen=True, eq=False)
class LogComplementPower(Statistic):
    """ln(1 − x^exponent)."""

    exponent: Any


@dataclass(frozen=True, eq=False)
class LogOnePlus(Statistic):
    """ln(1 + (x/scale)^exponent), x > 0."""

    scale: Any
    exponent: Any


@dataclass(frozen=True, eq=False)
class Difference(Statistic):
    """x − center."""

    center: Any


@dataclass(frozen=True, eq=False)
class SquaredDeviation(Statistic):
    """(x − center)²: variance plus squared difference of the means, without cancellation."""

    center: Any


@dataclass(frozen=True, eq=False)
class AbsoluteDeviation(Statistic):
    """|x − center|."""

    center: Any


@dataclass(frozen=True, eq=False)
class PositiveDeviation(Statistic):
    """max(x − center, 0)."""

    center: Any


@dataclass(frozen=True, eq=False)
class AbsolutePower(Statistic):
    """|x − center|^exponent."""

    center: Any
    exponent: Any


@dataclass(frozen=True, eq=False)
class Exponential(Statistic):
    """exp(rate · (x − center)): the moment generating function; infinite where it does not exist."""

    rate: Any
    center: Any


@dataclass(frozen=True, eq=False)
class SoftPlus(Statistic):
    """ln(1 + exp(−(x − center)/scale))."""

    center: Any
    scale: Any


@dataclass(frozen=True, eq=False)
class LogQuadratic(Statistic):
    """ln(1 + ((x − center)/scale)²)."""

    center: Any
    scale: Any


@dataclass(frozen=True, eq=False)
class LogDeviation(Statistic):
    """ln(x − low), x > low."""

    low: Any


@dataclass(frozen=True, eq=False)
class Cosine(Statistic):
    """cos(x − center)."""

    center: Any


@dataclass(frozen=True, eq=False)
class LogFactorial(Statistic):
    """ln (x + shift)!, of whole numbers: ln Γ(x + shift + 1)."""

    shift: Any


@dataclass(frozen=True, eq=False)
class LogBinomial(Statistic):
    """ln C(total, x)."""

    total: Any


@dataclass(frozen=True, eq=False)
class PowerDeviation(Statistic):
    """(x − low)^exponent, x > low."""

    low: Any
    exponent: Any


def _one_number(x: Any) -> str | None:
    """Return a number as text; None for a batch, or what is not known yet."""
    if x is None or getattr(x, "shape", ()):
        return None
    try:
        return f"{float(x.detach() if hasattr(x, 'detach') else x):g}"
    except TypeError:  # traced by JAX
        return None
