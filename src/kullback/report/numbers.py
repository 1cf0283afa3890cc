"""Numbers as every report prints them: three significant digits, a sign where there is a change, ∞ as ∞."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kullback.estimate import Estimate


def number(value: float) -> str:
    """Return ``value`` with three significant digits; from 1000 on, all digits before the point.

    >>> number(0.04356), number(12345.6), number(2.5e-7), number(math.inf), number(-0.5), number(0.0)
    ('0.0436', '12,346', '2.5e-7', '∞', '−0.5', '0')
    """
    return _signed(value, digits=3)


def quantity(value: float | str | None) -> str:
    """Return a plain statistic, which may be a text: five significant digits; ``None`` is a dash.

    >>> quantity(1402.26), quantity(0.1), quantity("2013-01-01"), quantity(None)
    ('1,402.3', '0.1', '2013-01-01', '–')
    """
    if value is None:
        return "–"
    return value if isinstance(value, str) else _signed(value, digits=5)


def share(value: float) -> str:
    """Return a part of one as a percentage.

    >>> share(0.1234), share(1.0), share(0.0)
    ('12.3 %', '100 %', '0 %')
    """
    return f"{number(100.0 * value)} %"


def change(value: float) -> str:
    """Return a difference of two shares in signed percentage points.

    >>> change(0.0312), change(-0.5), change(0.0)
    ('+3.12 pp', '−50 pp', '0 pp')
    """
    return f"{'+' if value > 0 else ''}{number(100.0 * value)} pp"


def interval(estimate: Estimate) -> str:
    """Return the interval in brackets, or as a lower bound where it has no upper end."""
    if math.isinf(estimate.high) and not math.isinf(estimate.value):
        return f"≥ {number(estimate.low)}"
    return f"[{number(estimate.low)}, {number(estimate.high)}]"


def level(value: float) -> str:
    """Return a confidence level: ``95 %``."""
    return f"{100.0 * value:g} %"


def probability(value: float) -> str:
    """Return a p- or q-value; below one in a thousand only that is said.

    >>> probability(0.0321), probability(1e-9)
    ('0.0321', '<0.001')
    """
    return "<0.001" if value < 0.001 else number(value)


def with_unit(value: float, unit: str) -> str:
    """Return the number followed by its unit, where it has one."""
    return f"{number(value)} {unit}".rstrip()


def rows(count: int) -> str:
    """Return a number of rows in words: ``1,234 rows``."""
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _signed(value: float, digits: int) -> str:
    if math.isnan(value):
        return "unknown"
    size = abs(value)
    if math.isinf(size):
        text = "∞"
    elif size == 0.0:
        return "0"
    elif min(1000.0, 10.0**digits - 0.5) <= size < 1e9:
        text = f"{size:,.{max(digits - 1 - math.floor(math.log10(size)), 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{size:.{digits}g}"
        mantissa, e, exponent = text.partition("e")
        text = f"{mantissa}e{int(exponent)}" if e else text
    return f"−{text}" if value < 0 else text
