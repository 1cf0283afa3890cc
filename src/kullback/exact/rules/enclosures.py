"""Enclosures: discs in the complex plane that contain all values of a function on a disc.

A function that is real on the real axis maps a disc about a real point to what lies in a disc about another real
point. So real numbers are all that is carried: the value at the midpoint, the slope there (so that what cancels to
first order does) and how large the rest may be; and two further points of the real panel that decide which branch of a
`where` or an `abs` is meant: the enclosure is that of the analytic continuation of that branch. Where there is none (a
logarithm whose disc meets the cut, an `abs` of both signs), the rest is infinite.

The log-density of a family runs on enclosures as on any array: `kullback.arrays.namespace` finds the functions of this
file. Discs instead of rectangles, and with crude radii, do for error bounds of quadrature, where a geometric factor
pays for them: Petras, "Self-validating integration and approximation of piecewise analytic functions", J. Comput. Appl.
Math. 145 (2002), 345-359; Johansson, "Numerical integration in arbitrary-precision ball arithmetic", ICMS (2018),
255-263.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

_EPS = 4.0e-16  # above the rounding of one operation, relative


@dataclass(frozen=True, eq=False)
class Condition:
    """Where a comparison holds: at the midpoint and at the two other points of each real panel."""

    middle: Any
    others: Any

    def __and__(self, other: Any) -> Condition:
        other = _condition(other)
        return Condition(self.middle & other.middle, self.others & other.others)

    __rand__ = __and__

    def __or__(self, other: Any) -> Condition:
        other = _condition(other)
        return Condition(self.middle | other.middle, self.others | other.others)

    __ror__ = __or__

    def __invert__(self) -> Condition:
        return Condition(~self.middle, ~self.others)

    __array_ufunc__ = None


def _condition(x: Any) -> Condition:
    if isinstance(x, Condition):
        return x
    mask = np.asarray(x, dtype=bool)
    return Condition(mask, mask)


@dataclass(frozen=True, eq=False)
class Enclosure:
    """Values middle + slope·ζ + something no larger than `error`, for |ζ| ≤ 1.

    Attributes:
        middle: the midpoints.
        slope: how the values change with ζ, a point of the unit disc that all enclosures share.
        error: the rest; infinite where nothing is known.
        others: the values at two more points of the real panels, along a new first axis of length 2.
    """

    middle: Any
    slope: Any
    error: Any
    others: Any

    __array_ufunc__ = None

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return functions

    @property
    def radius(self) -> Any:
        """That of discs about the midpoints that contain the values."""
        return abs(self.slope) + self.error

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the midpoints and radii."""
        return np.broadcast_shapes(np.shape(self.middle), np.shape(self.slope), np.shape(self.error))

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
        """An upper bound of the real parts."""
        return _known(self.middle + self.radius, math.inf)

    @property
    def least_real(self) -> Any:
        """A lower bound of the real parts."""
        return _known(self.middle - self.radius, -math.inf)

    @property
    def size(self) -> Any:
        """An upper bound of the absolute values."""
        return _known(abs(self.middle) + self.radius, math.inf)

    def __neg__(self) -> Enclosure:
        return Enclosure(-self.middle, -self.slope, self.error, -self.others)

    def __pos__(self) -> Enclosure:
        return self

    def __add__(self, other: Any) -> Enclosure:
        middle, slope, error, others = _parts(other)
        found = self.middle + middle
        rounding = _EPS * (abs(self.middle) + abs(middle))
        return Enclosure(found, self.slope + slope, self.error + error + rounding, self.others + others)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Enclosure:
        return self + (-other)

    def __rsub__(self, other: Any) -> Enclosure:
        return (-self) + other

    def __mul__(self, other: Any) -> Enclosure:
        if not isinstance(other, Enclosure):
            factor = _number(other)
            rounding = _EPS * abs(self.middle)
            return Enclosure(
                self.middle * factor, self.slope * factor, (self.error + rounding) * abs(factor), self.others * factor
            )
        found = self.middle * other.middle
        error = abs(self.middle) * other.error + abs(other.middle) * self.error + self.radius * other.radius
        slope = self.middle * other.slope + other.middle * self.slope
        return Enclosure(found, slope, error + _EPS * abs(found), self.others * other.others)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Enclosure:
        if isinstance(other, Enclosure):
            return self * _reciprocal(other)
        return self * (1.0 / _number(other))

    def __rtruediv__(self, other: Any) -> Enclosure:
        return _reciprocal(self) * other

    def __pow__(self, exponent: Any) -> Enclosure:
        return _power(self, exponent)

    def __rpow__(self, base: Any) -> Enclosure:
        return _exp(self * np.log(base))

    def __abs__(self) -> Enclosure:
        sign = np.sign(self.middle)
        one = (np.sign(self.others[0]) * sign >= 0.0) & (np.sign(self.others[1]) * sign >= 0.0) & (sign != 0.0)
        return Enclosure(abs(self.middle), sign * self.slope, np.where(one, self.error, math.inf), abs(self.others))

    def _compare(self, other: Any, compare: Callable[[Any, Any], Any]) -> Condition:
        middle, _, _, others = _parts(other)
        return Condition(np.asarray(compare(self.middle, middle)), np.asarray(compare(self.others, others)))

    def __gt__(self, other: Any) -> Condition:
        return self._compare(other, np.greater)

    def __ge__(self, other: Any) -> Condition:
        return self._compare(other, np.greater_equal)

    def __lt__(self, other: Any) -> Condition:
        return self._compare(other, np.less)

    def __le__(self, other: Any) -> Condition:
        return self._compare(other, np.less_equal)

    def __eq__(self, other: object) -> Condition:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._compare(other, np.equal)

    def __ne__(self, other: object) -> Condition:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._compare(other, np.not_equal)

    __hash__ = object.__hash__


def discs(middle: Any, radius: Any, half: Any) -> Enclosure:
    """Return the discs of given radii about the midpoints of real panels with the given half-widths."""
    inside = 0.999 * half
    return Enclosure(middle, radius, 0.0, np.stack([middle - inside, middle + inside]))


def constant(value: Any, like: Enclosure) -> Enclosure:
    """Return the same number on all discs."""
    middle = np.broadcast_to(_number(value), np.shape(like.middle))
    return Enclosure(middle, np.zeros(like.shape), 0.0, np.stack([middle, middle]))


def _number(x: Any) -> Any:
    return x if type(x) is float else np.asarray(x, dtype=float)


def _parts(x: Any) -> tuple[Any, Any, Any, Any]:
    if isinstance(x, Enclosure):
        return x.middle, x.slope, x.error, x.others
    if isinstance(x, Condition):
        raise TypeError("a condition is no number: write where(condition, 1.0, 0.0).")
    number = _number(x)
    return number, 0.0, 0.0, number


def _known(x: Any, instead: float) -> Any:
    return np.where(np.isnan(x), instead, x)


def _smooth(x: Enclosure, value: Any, derivative: Any, growth: Any, others: Any) -> Enclosure:
    """Return a function of an enclosure.

    Args:
        x: the argument.
        value: of the function at the midpoints.
        derivative: likewise.
        growth: Σ |f⁽ᵏ⁾| radiusᵏ/k! from k = 1 or more: how far the values may be from that at the midpoint.
        others: the values at the other points.
    """
    steep = abs(derivative)
    curved = np.maximum(growth - steep * x.radius, 0.0)
    error = steep * x.error + curved + _EPS * (abs(value) + growth)
    return Enclosure(value, derivative * x.slope, _known(error, math.inf), others)


def _lipschitz(x: Enclosure, value: Any, growth: Any, others: Any) -> Enclosure:
    return Enclosure(value, 0.0 * x.slope, _known(growth + _EPS * (1.0 + abs(value)), math.inf), others)


def _reciprocal(x: Enclosure) -> Enclosure:
    size = abs(x.middle)
    radius = x.radius
    found = 1.0 / x.middle
    clear = size > radius
    growth = np.where(clear, radius / np.where(clear, size * (size - radius), 1.0), math.inf)
    return _smooth(x, found, -found * found, growth, 1.0 / x.others)


def _exp(x: Enclosure) -> Enclosure:
    found = np.exp(x.middle)
    return _smooth(x, found, found, _growth_of_exp(x, found), np.exp(x.others))


def _growth_of_exp(x: Enclosure, slope: Any) -> Any:
    """Return how far the exponentials of a disc may be from that of its midpoint, without 0 · ∞ on wide ones."""
    radius = x.radius
    return np.where(radius > 1.0, np.exp(x.middle + radius), slope * np.expm1(np.minimum(radius, 1.0)))


def _expm1(x: Enclosure) -> Enclosure:
    slope = np.exp(x.middle)
    return _smooth(x, np.expm1(x.middle), slope, _growth_of_exp(x, slope), np.expm1(x.others))


def _growth_of_log(middle: Any, radius: Any) -> Any:
    """Return how far the logarithms of a disc may be from that of its midpoint."""
    inside = (middle > 0.0) & (radius < middle)
    return np.where(inside, -np.log1p(-radius / np.where(inside, middle, 1.0)), math.inf)


def _log(x: Enclosure) -> Enclosure:
    return _smooth(x, np.log(x.middle), 1.0 / x.middle, _growth_of_log(x.middle, x.radius), np.log(x.others))


def _log1p(x: Enclosure) -> Enclosure:
    above = 1.0 + x.middle
    return _smooth(x, np.log1p(x.middle), 1.0 / above, _growth_of_log(above, x.radius), np.log1p(x.others))


def _sqrt(x: Enclosure) -> Enclosure:
    found = np.sqrt(x.middle)
    radius = x.radius
    inside = (x.middle > 0.0) & (radius < x.middle)
    share = np.where(inside, radius / np.where(inside, x.middle, 1.0), 0.0)
    growth = np.where(inside, found * share / (1.0 + np.sqrt(1.0 - share)), math.inf)
    return _smooth(x, found, 0.5 / found, growth, np.sqrt(x.others))


def _power(x: Enclosure, exponent: Any) -> Enclosure:
    if isinstance(exponent, Enclosure):
        return _exp(exponent * _log(x))
    a = np.asarray(exponent, dtype=float)
    if a.ndim == 0 and float(a) == 2.0:
        return x * x
    found = x.middle**a
    size, radius = abs(x.middle), x.radius
    # A power series with non-negative coefficients is greatest at the real end of a disc.
    whole = (a == np.round(a)) & (a >= 0.0) & (a <= 64.0)
    polynomial = (size + radius) ** np.where(whole, a, 1.0) - size ** np.where(whole, a, 1.0)
    other = abs(found) * np.expm1(abs(a) * _growth_of_log(x.middle, radius))
    slope = a * x.middle ** (a - 1.0)
    return _smooth(x, found, np.where(a == 0.0, 0.0, slope), np.where(whole, polynomial, other), x.others**a)


def _sine(x: Enclosure) -> Enclosure:
    sine, cosine = np.sin(x.middle), np.cos(x.middle)
    growth = abs(sine) * (np.cosh(x.radius) - 1.0) + abs(cosine) * np.sinh(x.radius)
    return _smooth(x, sine, cosine, growth, np.sin(x.others))


def _cosine(x: Enclosure) -> Enclosure:
    sine, cosine = np.sin(x.middle), np.cos(x.middle)
    growth = abs(cosine) * (np.cosh(x.radius) - 1.0) + abs(sine) * np.sinh(x.radius)
    return _smooth(x, cosine, -sine, growth, np.cos(x.others))


def _sinh(x: Enclosure) -> Enclosure:
    sine, cosine = np.sinh(x.middle), np.cosh(x.middle)
    growth = abs(sine) * (np.cosh(x.radius) - 1.0) + cosine * np.sinh(x.radius)
    return _smooth(x, sine, cosine, growth, np.sinh(x.others))


def _cosh(x: Enclosure) -> Enclosure:
    sine, cosine = np.sinh(x.middle), np.cosh(x.middle)
    growth = cosine * (np.cosh(x.radius) - 1.0) + abs(sine) * np.sinh(x.radius)
    return _smooth(x, cosine, sine, growth, np.cosh(x.others))


def _tanh(x: Enclosure) -> Enclosure:
    # The derivative is 1/cosh², and |cosh(x + iy)|² = cosh²x − sin²y.
    inside = x.radius < 0.5 * math.pi
    y = np.where(inside, x.radius, 0.0)
    least = np.cosh(np.maximum(abs(x.middle) - y, 0.0)) ** 2 - np.sin(y) ** 2
    return _lipschitz(x, np.tanh(x.middle), np.where(inside, y / least, math.inf), np.tanh(x.others))


def _arctan(x: Enclosure) -> Enclosure:
    # The derivative is 1/(1 + z²), with poles at ±i.
    least = np.hypot(1.0, x.middle) - x.radius
    inside = least > 0.0
    growth = np.where(inside, x.radius / np.where(inside, least, 1.0) ** 2, math.inf)
    return _lipschitz(x, np.arctan(x.middle), growth, np.arctan(x.others))


def _logaddexp(a: Any, b: Any) -> Any:
    """Return the greater and ln(1 + e^w), w ≤ 0 the gap to the smaller, for midpoints."""
    gap = b - a
    first = gap.middle > 0.0
    (x, slope_x, error_x, others_x), (y, slope_y, error_y, others_y) = _parts(b), _parts(a)
    top = Enclosure(
        np.where(first, x, y),
        np.where(first, slope_x, slope_y),
        np.where(first, error_x, error_y),
        np.where(first, others_x, others_y),
    )
    sign = np.where(first, -1.0, 1.0)
    gap = Enclosure(sign * gap.middle, sign * gap.slope, gap.error, sign * gap.others)
    radius, value, others = gap.radius, np.logaddexp(0.0, gap.middle), np.logaddexp(0.0, gap.others)
    # The derivative is s = 1/(1 + e^−w); with d the way from the midpoint, ln(1 + s (e^d − 1)) is majorised by
    # −ln(1 − s (e^d − 1)).
    steep = 1.0 / (1.0 + np.exp(-gap.middle))
    far = np.exp(np.minimum(radius - np.logaddexp(0.0, -gap.middle), 1.0))
    moved = np.where(radius < 2.0, steep * np.expm1(np.minimum(radius, 2.0)), far)
    small = moved < 0.9
    smooth = _smooth(gap, value, steep, np.where(small, -np.log1p(-np.where(small, moved, 0.0)), math.inf), others)
    # Farther, the derivative is bounded while the imaginary part stays below π.
    angle = np.where(radius < math.pi, radius, math.pi)
    greatest = 1.0 / np.where(angle < 0.5 * math.pi, 1.0, np.sin(angle))
    growth = np.where(radius < math.pi, radius * greatest, math.inf)
    coarse = _lipschitz(gap, value, growth, others)
    return top + Enclosure(
        value, np.where(small, smooth.slope, 0.0), np.where(small, smooth.error, coarse.error), others
    )


def _where(condition: Any, yes: Any, no: Any) -> Any:
    condition = _condition(condition)
    if condition.others.ndim == condition.middle.ndim:
        always = ever = condition.middle
    else:
        always = condition.middle & condition.others[0] & condition.others[1]
        ever = condition.middle | condition.others[0] | condition.others[1]
    if not isinstance(yes, Enclosure) and not isinstance(no, Enclosure) and np.array_equal(always, ever):
        return np.where(always, yes, no)
    (a, slope_a, error_a, others_a), (b, slope_b, error_b, others_b) = _parts(yes), _parts(no)
    # Two formulas of one function, each used on a part of the panel: both are enclosed.
    mixed = np.fmax(abs(slope_a) + error_a, abs(slope_b) + error_b) + abs(np.asarray(a) - b)
    error = np.where(always, error_a, np.where(ever, _known(mixed, math.inf), error_b))
    slope = np.where(always, slope_a, np.where(ever, 0.0, slope_b))
    return Enclosure(np.where(condition.middle, a, b), slope, error, np.where(condition.others, others_a, others_b))


def _maximum(a: Any, b: Any) -> Any:
    return _where(_less(b, a), a, b)


def _minimum(a: Any, b: Any) -> Any:
    return _where(_less(a, b), a, b)


def _less(a: Any, b: Any) -> Condition:
    return a < b if isinstance(a, Enclosure) else b > a


def _clip(x: Enclosure, low: Any = None, high: Any = None) -> Any:
    x = x if low is None else _maximum(x, low)
    return x if high is None else _minimum(x, high)


def _square(x: Enclosure) -> Enclosure:
    return x * x


def _both(a: Any, b: Any) -> Condition:
    return _condition(a) & b


def _either(a: Any, b: Any) -> Condition:
    return _condition(a) | b


def _not(a: Any) -> Condition:
    return ~_condition(a)


def _tested(test: Callable[[Any], Any]) -> Callable[..., Any]:
    def apply(x: Any) -> Condition:
        return Condition(test(x.middle), test(x.others))

    return apply


def _sign(x: Any) -> Any:
    return _where(x > 0.0, 1.0, _where(x < 0.0, -1.0, 0.0))


def _as_it_is(x: Any, **_: Any) -> Any:
    return x


def _filled(value: float) -> Callable[..., Any]:
    def make(x: Any, **_: Any) -> Any:
        return np.full(np.shape(x.middle), value)

    return make


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": _exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "sqrt": _sqrt,
    "abs": abs,
    "pow": _power,
    "square": _square,
    "sin": _sine,
    "cos": _cosine,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "atan": _arctan,
    "arctan": _arctan,
    "where": _where,
    "maximum": _maximum,
    "minimum": _minimum,
    "clip": _clip,
    "logaddexp": _logaddexp,
    "zeros_like": _filled(0.0),
    "ones_like": _filled(1.0),
    "logical_and": _both,
    "logical_or": _either,
    "logical_not": _not,
    "isfinite": _tested(np.isfinite),
    "isnan": _tested(np.isnan),
    "isinf": _tested(np.isinf),
    "sign": _sign,
    "asarray": _as_it_is,
}


class _Functions:
    """The functions of enclosures, under the names of the array API; those of plain arrays are NumPy's."""

    __name__ = "kullback.exact.rules.enclosures"
    float64 = np.float64
    bool = np.bool_
    pi = math.pi
    inf = math.inf

    def __getattr__(self, name: str) -> Any:
        plain = getattr(np, name)
        if not callable(plain):
            return plain
        enclosed = _FUNCTIONS.get(name)

        def call(*arguments: Any, **named: Any) -> Any:
            if any(isinstance(x, (Enclosure, Condition)) for x in arguments):
                if enclosed is None:
                    raise TypeError(f"{name} has no enclosure.")
                return enclosed(*arguments, **named)
            return plain(*arguments, **named)

        # Found once: the next call does not come here.
        self.__dict__[name] = call
        return call


functions = _Functions()
