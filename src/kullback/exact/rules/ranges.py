"""Ranges: intervals that contain all values of a function on real intervals.

Where one of two densities has fallen to next to nothing, a disc in the complex plane says little of it (exp(−eˣ) is
large where x is not real), and its range on the real panel is all that is needed. The log-density of a family runs on
ranges as on any array: `kullback.arrays.namespace` finds the functions of this file.

Source: Moore, Interval Analysis (1966).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

_EPS = 8.0e-16  # above the rounding of one operation, relative


@dataclass(frozen=True, eq=False)
class Sometimes:
    """Whether a comparison holds on all of each interval, and whether anywhere."""

    always: Any
    ever: Any

    __array_ufunc__ = None

    def __and__(self, other: Any) -> Sometimes:
        other = _sometimes(other)
        return Sometimes(self.always & other.always, self.ever & other.ever)

    __rand__ = __and__

    def __or__(self, other: Any) -> Sometimes:
        other = _sometimes(other)
        return Sometimes(self.always | other.always, self.ever | other.ever)

    __ror__ = __or__

    def __invert__(self) -> Sometimes:
        return Sometimes(~self.ever, ~self.always)


def _sometimes(x: Any) -> Sometimes:
    if isinstance(x, Sometimes):
        return x
    mask = np.asarray(x, dtype=bool)
    return Sometimes(mask, mask)


@dataclass(frozen=True, eq=False)
class Range:
    """Values between `low` and `high`; NaN where nothing is known."""

    low: Any
    high: Any

    __array_ufunc__ = None

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return functions

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the ends."""
        return np.broadcast_shapes(np.shape(self.low), np.shape(self.high))

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def dtype(self) -> Any:
        """Real numbers of double precision: what parameters are."""
        return np.dtype(np.float64)

    @property
    def greatest_real(self) -> Any:
        """An upper bound."""
        return np.where(np.isnan(self.high), math.inf, self.high)

    @property
    def size(self) -> Any:
        """An upper bound of the absolute values."""
        found = np.maximum(abs(self.low), abs(self.high))
        return np.where(np.isnan(found), math.inf, found)

    def __neg__(self) -> Range:
        return Range(-self.high, -self.low)

    def __pos__(self) -> Range:
        return self

    def __add__(self, other: Any) -> Range:
        low, high = _ends(other)
        return _widened(self.low + low, self.high + high)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Range:
        low, high = _ends(other)
        return _widened(self.low - high, self.high - low)

    def __rsub__(self, other: Any) -> Range:
        return (-self) + other

    def __mul__(self, other: Any) -> Range:
        low, high = _ends(other)
        products = [_product(a, b) for a in (self.low, self.high) for b in (low, high)]
        return _widened(
            np.minimum(np.minimum(products[0], products[1]), np.minimum(products[2], products[3])),
            np.maximum(np.maximum(products[0], products[1]), np.maximum(products[2], products[3])),
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Range:
        return self * _reciprocal(other if isinstance(other, Range) else Range(*_ends(other)))

    def __rtruediv__(self, other: Any) -> Range:
        return _reciprocal(self) * other

    def __pow__(self, exponent: Any) -> Range:
        return _power(self, exponent)

    def __rpow__(self, base: Any) -> Range:
        return _rising(np.exp)(self * np.log(base))

    def __abs__(self) -> Range:
        inside = (self.low < 0.0) & (self.high > 0.0)
        least = np.where(inside, 0.0, np.minimum(abs(self.low), abs(self.high)))
        return Range(least, np.maximum(abs(self.low), abs(self.high)))

    def __gt__(self, other: Any) -> Sometimes:
        low, high = _ends(other)
        return Sometimes(self.low > high, self.high > low)

    def __ge__(self, other: Any) -> Sometimes:
        low, high = _ends(other)
        return Sometimes(self.low >= high, self.high >= low)

    def __lt__(self, other: Any) -> Sometimes:
        low, high = _ends(other)
        return Sometimes(self.high < low, self.low < high)

    def __le__(self, other: Any) -> Sometimes:
        low, high = _ends(other)
        return Sometimes(self.high <= low, self.low <= high)

    def __eq__(self, other: object) -> Sometimes:  # pyright: ignore[reportIncompatibleMethodOverride]
        return (self <= other) & (self >= other)

    def __ne__(self, other: object) -> Sometimes:  # pyright: ignore[reportIncompatibleMethodOverride]
        return ~(self == other)

    __hash__ = object.__hash__


def _ends(x: Any) -> tuple[Any, Any]:
    if isinstance(x, Range):
        return x.low, x.high
    if isinstance(x, Sometimes):
        raise TypeError("a condition is no number: write where(condition, 1.0, 0.0).")
    number = np.asarray(x, dtype=float)
    return number, number


def _widened(low: Any, high: Any) -> Range:
    return Range(low - _EPS * abs(low), high + _EPS * abs(high))


def _product(a: Any, b: Any) -> Any:
    """Return a b, and 0 where one is 0: the other end stands for numbers that are finite."""
    found = a * b
    return np.where((a == 0.0) | (b == 0.0), 0.0, found)


def _reciprocal(x: Range) -> Range:
    clear = (x.low > 0.0) | (x.high < 0.0)
    return _widened(np.where(clear, 1.0 / x.high, math.nan), np.where(clear, 1.0 / x.low, math.nan))


def _rising(function: Callable[[Any], Any]) -> Callable[..., Range]:
    """Return a function that rises everywhere, of ranges."""

    def apply(x: Range) -> Range:
        return _widened(function(x.low), function(x.high))

    return apply


def _power(x: Range, exponent: Any) -> Range:
    if isinstance(exponent, Range):
        return _rising(np.exp)(_rising(np.log)(x) * exponent)
    a = np.asarray(exponent, dtype=float)
    if a.ndim == 0 and float(a) == 2.0:
        return _square(x)
    ends = x.low**a, x.high**a
    found = _widened(np.minimum(*ends), np.maximum(*ends))
    known = x.low >= 0.0
    return Range(np.where(known, found.low, math.nan), np.where(known, found.high, math.nan))


def _square(x: Range) -> Range:
    size = abs(x)
    return _widened(size.low * size.low, size.high * size.high)


def _cosh(x: Range) -> Range:
    return _rising(np.cosh)(abs(x))


def _up_to_one(x: Range) -> Range:
    return Range(np.full(x.shape, -1.0), np.full(x.shape, 1.0))


def _logaddexp(a: Any, b: Any) -> Range:
    (low_a, high_a), (low_b, high_b) = _ends(a), _ends(b)
    return _widened(np.logaddexp(low_a, low_b), np.logaddexp(high_a, high_b))


def _maximum(a: Any, b: Any) -> Range:
    (low_a, high_a), (low_b, high_b) = _ends(a), _ends(b)
    return Range(np.maximum(low_a, low_b), np.maximum(high_a, high_b))


def _minimum(a: Any, b: Any) -> Range:
    (low_a, high_a), (low_b, high_b) = _ends(a), _ends(b)
    return Range(np.minimum(low_a, low_b), np.minimum(high_a, high_b))


def _clip(x: Range, low: Any = None, high: Any = None) -> Range:
    x = x if low is None else _maximum(x, low)
    return x if high is None else _minimum(x, high)


def _where(condition: Any, yes: Any, no: Any) -> Any:
    condition = _sometimes(condition)
    (low_a, high_a), (low_b, high_b) = _ends(yes), _ends(no)
    low = np.where(condition.always, low_a, np.where(condition.ever, np.minimum(low_a, low_b), low_b))
    high = np.where(condition.always, high_a, np.where(condition.ever, np.maximum(high_a, high_b), high_b))
    return Range(low, high)


def _sign(x: Range) -> Range:
    return Range(np.sign(x.low), np.sign(x.high))


def _as_it_is(x: Any, **_: Any) -> Any:
    return x


def _filled(value: float) -> Callable[..., Any]:
    def make(x: Any, **_: Any) -> Any:
        return np.full(x.shape, value)

    return make


def _both(a: Any, b: Any) -> Sometimes:
    return _sometimes(a) & b


def _either(a: Any, b: Any) -> Sometimes:
    return _sometimes(a) | b


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": _rising(np.exp),
    "expm1": _rising(np.expm1),
    "log": _rising(np.log),
    "log1p": _rising(np.log1p),
    "sqrt": _rising(np.sqrt),
    "sinh": _rising(np.sinh),
    "tanh": _rising(np.tanh),
    "atan": _rising(np.arctan),
    "arctan": _rising(np.arctan),
    "cosh": _cosh,
    "sin": _up_to_one,
    "cos": _up_to_one,
    "abs": abs,
    "pow": _power,
    "square": _square,
    "where": _where,
    "maximum": _maximum,
    "minimum": _minimum,
    "clip": _clip,
    "logaddexp": _logaddexp,
    "zeros_like": _filled(0.0),
    "ones_like": _filled(1.0),
    "logical_and": _both,
    "logical_or": _either,
    "sign": _sign,
    "asarray": _as_it_is,
}


class _Functions:
    """The functions of ranges, under the names of the array API; those of plain arrays are NumPy's."""

    __name__ = "kullback.exact.rules.ranges"
    float64 = np.float64
    bool = np.bool_
    pi = math.pi
    inf = math.inf

    def __getattr__(self, name: str) -> Any:
        plain = getattr(np, name)
        if not callable(plain):
            return plain
        ranged = _FUNCTIONS.get(name)

        def call(*arguments: Any, **named: Any) -> Any:
            if any(isinstance(x, (Range, Sometimes)) for x in arguments):
                if ranged is None:
                    raise TypeError(f"{name} has no range.")
                return ranged(*arguments, **named)
            return plain(*arguments, **named)

        # Found once: the next call does not come here.
        self.__dict__[name] = call
        return call


functions = _Functions()
