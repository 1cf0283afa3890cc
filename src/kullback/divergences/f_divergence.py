"""The f-divergence of a user's own convex function.

Csiszár, "Information-type measures of difference of probability distributions and indirect observations", Studia Sci.
Math. Hungar. 2 (1967), 299-318; the limits at 0 and ∞ as in Liese and Vajda, "On divergences and informations in
statistics and information theory", IEEE Trans. Inf. Theory 52 (2006), 4394-4412, eqs. (21)-(23).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from kullback.arrays import Array, library, namespace
from kullback.divergence import Deviation, Divergence, Gradient, GradientRule, Law
from kullback.numerics import times

Function: TypeAlias = Callable[[Any], Any]

_RADIUS = 0.1  # around 1, where a polynomial takes the place of f
_DEGREE = 14


@dataclass(frozen=True)
class Generator:
    """A convex function, and what is known of it.

    Attributes:
        f: the function, of arrays of ratios p/q > 0.
        derivative: its derivative, or None.
        at_zero: its limit at 0.
        slope_at_infinity: the limit of f(t)/t at ∞.
        tangent: the slope of the line through (1, 0) that lies below f.
        near: the coefficients of (f(1 + u) − tangent·u)/u² in powers of u, lowest first; empty where f is not smooth.
        slope_at_zero: the limit of the derivative at 0; 0 where there is no derivative.
        intercept: the limit of f(t) − t f'(t) at ∞; 0 where there is no derivative.
        home: the name of the module whose arrays f takes: "numpy" if it takes NumPy's.
    """

    f: Function
    derivative: Function | None
    at_zero: float
    slope_at_infinity: float
    tangent: float
    near: tuple[float, ...]
    slope_at_zero: float = 0.0
    intercept: float = 0.0
    home: str = "numpy"

    def __repr__(self) -> str:
        return str(getattr(self.f, "__name__", self.f))


def _called(generator: Generator, f: Function, t: Array) -> Array:
    """Return f(t); NumPy's numbers go through the library that f is written for, if that is another."""
    if generator.home == "numpy" or library(t) != "numpy":
        return f(t)
    return _back(f(sys.modules[generator.home].asarray(t)))


def _polynomial(coefficients: tuple[float, ...], u: Array) -> Array:
    value = u * 0.0
    for coefficient in reversed(coefficients):
        value = value * u + coefficient
    return value


def _ratios(generator: Generator, deviation: Deviation) -> tuple[Array, Array, Array, Array]:
    """Return p/q − 1 and where it is small enough for the polynomial; and p/q and where it is a positive number."""
    xp = deviation.xp
    x = deviation.log_ratio
    close = xp.abs(x) < 2.0 * _RADIUS
    u = xp.expm1(-xp.where(close, x, 0.0))
    near = close & (xp.abs(u) < _RADIUS) if generator.near else close & ~close
    ratio = xp.exp(-xp.where(xp.abs(x) < math.inf, x, 0.0))
    usual = (xp.abs(x) < math.inf) & (ratio > 0.0) & (ratio < math.inf) & ~near
    return xp.where(near, u, 0.0), near, xp.where(usual, ratio, 1.0), usual


def _cost(generator: Generator, deviation: Deviation) -> Array:
    xp = deviation.xp
    p, q, x = deviation.p, deviation.q, deviation.log_ratio
    u, near, ratio, usual = _ratios(generator, deviation)
    plain = _height(generator, p, q, ratio)
    only_q, only_p = (
        times(q, xp.full_like(q, generator.at_zero)),
        times(p, xp.full_like(p, generator.slope_at_infinity)),
    )
    plain = xp.where(usual, plain, xp.where(x > 0.0, only_q, xp.where(x < 0.0, only_p, 0.0)))
    # Σ (q − p) = 0: with the tangent at 1 taken away no term is negative, but for rounding.
    cost = plain + generator.tangent * deviation.difference
    cost = xp.where(cost > 0.0, cost, 0.0)
    return xp.where(near, q * u * u * _polynomial(generator.near, u), cost)


def _height(generator: Generator, p: Array, q: Array, ratio: Array) -> Array:
    """Return q f(p/q), with the limits of f where the function itself gives no number for an extreme ratio."""
    xp = namespace(ratio)
    value = _called(generator, generator.f, ratio)
    above = ratio > 1.0
    over = value / xp.where(above, ratio, 1.0)
    limit = xp.where(above, generator.slope_at_infinity, generator.at_zero + xp.zeros_like(ratio))
    return xp.where(above, p, q) * xp.where(xp.isfinite(over), over, limit)


def _gradient(generator: Generator, deviation: Deviation, value: Array) -> Gradient:
    xp = deviation.xp
    derivative, tangent = _known(generator.derivative), generator.tangent
    p, q, difference, x = deviation.p, deviation.q, deviation.difference, deviation.log_ratio
    u, near, ratio, usual = _ratios(generator, deviation)
    # With g = f without its tangent and r = p/q: p g'(r) and q (g(r) − r g'(r)).
    slope = _called(generator, derivative, ratio)
    end = xp.where(ratio > 1.0, generator.slope_at_infinity, generator.slope_at_zero + xp.zeros_like(ratio))
    of_p = p * (xp.where(xp.isfinite(slope), slope, end) - tangent)
    of_q = _height(generator, p, q, ratio) - of_p + tangent * difference
    # An outcome that one side has lost pulls with the slope that f has there.
    lost_p = times(q, xp.full_like(q, generator.at_zero + tangent))
    lost_q = times(p, xp.full_like(p, generator.slope_at_infinity - tangent))
    of_p = xp.where(usual, of_p, xp.where(x < 0.0, lost_q, 0.0))
    of_q = xp.where(usual, of_q, xp.where(x > 0.0, lost_p, 0.0))
    if generator.near:
        level = _polynomial(generator.near, u)
        bend = 2.0 * level + u * _polynomial(tuple(k * c for k, c in enumerate(generator.near))[1:], u)
        of_p = xp.where(near, p * u * bend, of_p)
        of_q = xp.where(near, q * u * (u * level - (1.0 + u) * bend), of_q)
    return Gradient(of_p, of_q, generator.slope_at_zero - tangent, generator.intercept + tangent)


def _known(derivative: Function | None) -> Function:
    if derivative is None:
        raise TypeError("this f-divergence was given no derivative, so it has no gradient.")
    return derivative


def _textbook(generator: Generator, p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    total = mp.zero
    for a, b in zip(p, q, strict=True):
        if a > 0 and b > 0:
            total += b * generator.f(a / b)
        elif b > 0:
            total += b * mp.mpf(generator.at_zero)
        elif a > 0:
            total += a * mp.mpf(generator.slope_at_infinity)
    return total


def _home(f: Function, name: str) -> str:
    """Return the name of a module whose arrays the function takes: NumPy if it does, else one that is in use."""
    failures: list[str] = []
    for called in ("numpy", "torch", "jax.numpy", "cupy"):
        module = sys.modules.get(called)
        if module is None:
            continue
        try:
            with np.errstate(all="ignore"):
                f(module.asarray(np.array([0.5, 1.0, 2.0])))
        except Exception as error:  # the function is not ours, so anything may be
            failures.append(f"{called}: {type(error).__name__}: {error}")
        else:
            return called
    raise TypeError(f"{name} cannot be called with an array of ratios ({'; '.join(failures)}).")


def _back(x: Any) -> Any:
    return x.get() if library(x) == "cupy" else np.asarray(x)


def _numbers(f: Function, t: Array, name: str) -> Array:
    """Return a function of the user's at some points, whichever array library it is written for."""
    module = sys.modules[_home(f, name)]
    with np.errstate(all="ignore"):
        found = _back(f(module.asarray(t)))
    if found.shape != t.shape or found.dtype.kind != "f":
        raise ValueError(
            f"{name} of an array of {t.size} ratios has the shape {found.shape} and the dtype {found.dtype}, "
            "and must be one real number for each."
        )
    return found


def _limit(values: Array, what: str, argument: str) -> float:
    """Return the limit of a sequence whose argument grows by the same factor each time: a number or an infinity."""
    values = values[~np.isnan(values)]
    if values.size and np.isinf(values[-1]):
        return float(values[-1])
    if values.size >= 3:
        before, last = (float(values[-2] - values[-3]), float(values[-1] - values[-2]))
        if abs(last) <= 1e-12 * max(1.0, abs(float(values[-1]))):
            return float(values[-1])
        if abs(last) >= 0.9 * abs(before):
            return math.copysign(math.inf, last)
    raise ValueError(
        f"{what} cannot be told from the values of f ({', '.join(f'{v:g}' for v in values)}): pass {argument}=."
    )


def _given_or_found(given: float | None, values: Array, what: str, argument: str) -> float:
    if given is None:
        return _limit(values, what, argument)
    number = float(given)
    if math.isnan(number) or number == -math.inf:
        raise ValueError(f"{argument} is {number}, and {what} is a number or +inf.")
    try:
        found = _limit(values, what, argument)
    except ValueError:
        return number
    if not math.isclose(found, number, rel_tol=1e-6, abs_tol=1e-6):
        raise ValueError(f"{argument} is {number:g}, but the values of f tend to {found:g}.")
    return number


def _check_convex(f: Function) -> None:
    t = np.sort(np.append(np.geomspace(1e-4, 1e4, 321), 1.0 + np.linspace(-0.02, 0.02, 9)))
    t = t[np.append(True, np.diff(t) > 1e-9)]
    values = _numbers(f, t, "f").astype(np.float64)
    eps = float(np.finfo(_numbers(f, t, "f").dtype).eps)
    if np.isnan(values).any() or (values == -math.inf).any():
        wrong = int(np.argmax(np.isnan(values) | (values == -math.inf)))
        raise ValueError(f"f({t[wrong]:.6g}) is {values[wrong]}, and f must be a number at every ratio p/q > 0.")
    start = float(_numbers(f, np.ones(1), "f")[0])
    if not abs(start) <= 16.0 * eps:
        raise ValueError(f"f(1) is {start:.9g}, and must be 0, so that D(P‖P) = 0: subtract it.")
    left, middle, right = values[:-2], values[1:-1], values[2:]
    share = (t[1:-1] - t[:-2]) / (t[2:] - t[:-2])
    with np.errstate(all="ignore"):
        chord = left + share * (right - left)
        rounding = 64.0 * eps * np.maximum(np.maximum(np.abs(left), np.abs(right)), np.maximum(np.abs(middle), 1e-3))
        above = np.isfinite(chord) & ~(middle <= chord + rounding)
    if above.any():
        k = int(np.argmax(above))
        points = ", ".join(f"f({t[i]:.6g}) = {values[i]:.6g}" for i in (k, k + 1, k + 2))
        raise ValueError(f"f is not convex: {points}, where the middle one lies above the line through the others.")


def _around_one(f: Function) -> tuple[float, ...]:
    """Return the coefficients of f(1 + u)/u, a polynomial for |u| < 1/10, lowest first; none where f is not smooth."""
    nodes = (1.0 + _RADIUS * np.cos(math.pi * (np.arange(3 * _DEGREE) + 0.5) / (3 * _DEGREE))) - 1.0
    checks = (1.0 + _RADIUS * np.linspace(-1.0, 1.0, 50)) - 1.0
    values, expected = _numbers(f, 1.0 + nodes, "f"), _numbers(f, 1.0 + checks, "f")
    if values.dtype != np.float64:
        return ()
    powers = np.arange(1, _DEGREE + 1)
    scaled = np.asarray(np.linalg.lstsq((nodes[:, None] / _RADIUS) ** powers, values, rcond=None)[0], np.float64)
    found = ((checks[:, None] / _RADIUS) ** powers) @ scaled
    if not np.all(np.abs(found - expected) <= 1e-15 + 1e-14 * np.max(np.abs(values))):
        return ()
    return tuple(float(c) for c in scaled / _RADIUS**powers)


def f_divergence(
    f: Function,
    *misplaced: object,
    derivative: Function | None = None,
    at_zero: float | None = None,
    slope_at_infinity: float | None = None,
) -> Divergence:
    """Return the f-divergence of a convex function: Σ q f(p/q).

    An outcome with p = 0 costs q f(0), one with q = 0 costs p lim f(t)/t. Terms are those of f without its tangent at
    1, which changes nothing in the sum and makes them ≥ 0. Where f is smooth around 1 a polynomial, fitted to it there,
    keeps the value accurate to about 1e-12 of itself however close P and Q are; elsewhere it is as accurate as f.
    Ratios p/q beyond the range of the floating-point numbers count as infinite.

    Args:
        f: convex, with f(1) = 0, taking and returning arrays (of NumPy, or of the library of the distributions).
        misplaced: nothing: the divergence itself is called with P and Q.
        derivative: f', of the same kind; without it the divergence has no gradient.
        at_zero: the limit of f at 0; found from its values if left out.
        slope_at_infinity: the limit of f(t)/t at ∞; found likewise.

    Returns:
        A `Divergence` in [0, f(0) + lim f(t)/t].

    Raises:
        TypeError: f cannot be called with an array.
        ValueError: f(1) is not 0, f is not convex, or a limit cannot be told from its values.

    Source:
        Csiszár 1967; Liese and Vajda 2006, eqs. (21)-(23).

    Example:
        >>> import kullback as kb
        >>> squared = kb.f_divergence(lambda t: (t - 1) ** 2)
        >>> round(float(squared([0.5, 0.5], [0.9, 0.1])), 6), round(float(kb.chi2([0.5, 0.5], [0.9, 0.1])), 6)
        (1.777778, 1.777778)
    """
    if misplaced or not callable(f):
        raise TypeError("f_divergence takes a function and makes a divergence: did you mean kb.f_divergence(f)(p, q)?")
    _check_convex(f)
    far = 10.0 ** np.arange(25.0, 126.0, 25.0)
    low = _given_or_found(at_zero, _numbers(f, 1.0 / far, "f"), "the limit of f at 0", "at_zero")
    with np.errstate(all="ignore"):
        high = _given_or_found(
            slope_at_infinity, _numbers(f, far, "f") / far, "the limit of f(t)/t at ∞", "slope_at_infinity"
        )
    around = _around_one(f)
    step = np.array([1e-6, -1e-6])
    sides = _numbers(f, 1.0 + step, "f") / step
    tangent = around[0] if around else float(np.mean(sides))
    ends = 0.0, 0.0
    if derivative is not None:
        given = float(_numbers(derivative, np.ones(1), "derivative")[0])
        if not min(sides) - 1e-3 <= given <= max(sides) + 1e-3:
            raise ValueError(
                f"derivative(1) is {given:g}, but f changes there at a rate of {min(sides):g} to {max(sides):g}."
            )
        tangent = given
        ends = _slope_at_zero(derivative), _intercept(f, derivative, high)
    # Where a slope jumps at 1, or f is curved there, every difference between P and Q costs something.
    strict = (around[1] > 1e-9) if around else float(sides[0] - sides[1]) > 1e-3
    generator = Generator(f, derivative, low, high, tangent, around[1:], *ends, home=_home(f, "f"))
    laws = {Law.JOINTLY_CONVEX, Law.DATA_PROCESSING}
    if strict:
        laws.add(Law.ZERO_IFF_EQUAL)
    if math.isfinite(low + high):
        laws.add(Law.BOUNDED)
    rule: GradientRule | None = None if derivative is None else partial(_gradient, generator)
    return Divergence(
        name="f_divergence",
        symbol=f"D[{generator!r}]",
        title=f"f-divergence with f = {generator!r}",
        formula="Σ q f(p/q)",
        range=(0.0, low + high),
        laws=frozenset(laws),
        textbook=partial(_textbook, generator),
        cost=partial(_cost, generator),
        gradient=rule,
        parameters=(("f", generator),),
        unit="",
    )


def _slope_at_zero(derivative: Function) -> float:
    found = _numbers(derivative, 10.0 ** -np.arange(25.0, 126.0, 25.0), "derivative")
    try:
        return _limit(found, "", "")
    except ValueError:
        return float(found[-1])


def _intercept(f: Function, derivative: Function, slope_at_infinity: float) -> float:
    """Return the limit of f(t) − t f'(t) at ∞, extrapolated in 1/t where it is a number."""
    if math.isinf(slope_at_infinity):
        return -math.inf
    t = 64.0 * 2.0 ** np.arange(9.0)
    row = _numbers(f, t, "f") - t * _numbers(derivative, t, "derivative")
    before = row[-1]
    for k in range(1, t.size):
        before, row = row[-1], row[1:] + (row[1:] - row[:-1]) / (2.0**k - 1.0)
    return float(row[-1]) if abs(row[-1] - before) <= 1e-7 * max(1.0, abs(float(row[-1]))) else -math.inf


def skewed_le_cam(t: Any) -> Any:
    """Return (t − 1)²/(t + 3), a member for the catalogue: Σ (p − q)²/(p + 3 q)."""
    return (t - 1.0) ** 2 / (t + 3.0)


def slope_of_skewed_le_cam(t: Any) -> Any:
    """Return its derivative."""
    return (t - 1.0) * (t + 7.0) / (t + 3.0) ** 2


def excess_over_thrice(t: Any) -> Any:
    """Return max(t − 3, 0), a member for the catalogue that has a kink and is flat around 1: Σ max(p − 3 q, 0)."""
    return 0.5 * (abs(t - 3.0) + (t - 3.0))
