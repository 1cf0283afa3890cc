"""The Wasserstein distance of distributions known by formulas.

Kantorovich, "On the translocation of masses", C. R. (Doklady) Acad. Sci. URSS 37 (1942), 199-201; Villani, Topics in
Optimal Transportation (2003), ch. 2 and 7.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import fields
from typing import Any, cast

import numpy as np

from kullback.arrays import library, like, namespace, to_numpy
from kullback.distances.line_transport import RELATIVE_ERROR, line_distance, on_the_line
from kullback.distances.stated import Known, complete, first_known, stated, two_densities
from kullback.distribution import Density
from kullback.distributions.affine import Affine
from kullback.distributions.delta import Delta
from kullback.distributions.independent import Independent, Product
from kullback.distributions.location_scale import quadratic_wasserstein
from kullback.distributions.parameters import readable
from kullback.exact.not_exact import NotExact
from kullback.exact.pair import densities, differentiated, in_numpy
from kullback.exact.rules.numeric import member
from kullback.statistic import AbsoluteDeviation, AbsolutePower, Difference, SquaredDeviation

_LOCATION_SCALE = frozenset(
    {
        *("normal", "laplace", "cauchy", "logistic", "gumbel", "student_t", "moyal", "levy", "asymmetric_laplace"),
        *("generalised_normal", "generalised_extreme_value", "generalised_pareto", "affine"),
    }
)
"""Families whose members with equal other parameters are loc + scale·Z of one Z."""


def wasserstein(p: object, q: object, order: float = 2) -> Any:
    """Return the Wasserstein distance W(P, Q) = (inf E|X − Y|^order)^(1/order) over all joint laws of X ~ P and Y ~ Q.

    It is in the unit of the outcomes, symmetric, and a metric. Closed forms of the families come first: normal
    distributions of vectors (Bures), location and scale, counts that are ordered. Other distributions of numbers are
    sums or quadratures of |F⁻¹ − G⁻¹|^order, to a relative error of 1e-9. Of products the distances of order 2 add up
    in squares. Distances of vectors are Euclidean; in a batch there is one value per pair.

    Args:
        p: a distribution of kullback, SciPy, PyTorch, NumPyro, TensorFlow Probability or Distrax.
        q: another one with outcomes of the same shape; their batches broadcast.
        order: ≥ 1 and finite; 1 is the earth mover's distance.

    Returns:
        A number or an array of the library of the parameters, ∞ where one of them has no moment of the order. Closed
        forms have gradients.

    Raises:
        NotExact: nothing exact is known for the pair; the error of 1e-9 is not reached; a gradient is asked of a
            quadrature.
        ValueError: an order below 1, outcomes of different shapes.
        TypeError: something that is not a distribution known by a formula.

    Example:
        >>> import kullback as kb
        >>> kb.wasserstein(kb.normal(0, 1), kb.normal(3, 5))
        np.float64(5.0)
        >>> kb.wasserstein(kb.distributions.poisson(2), kb.distributions.poisson(3.5), order=1)
        np.float64(1.5)
    """
    wanted = _order(order)
    pair = two_densities(
        p, q, "wasserstein", "give points and masses as kb.distributions.empirical(points, masses), or samples as such."
    )
    both = densities(*pair)
    first, second = both.members
    with np.errstate(all="ignore"):
        return both.returned(_distance(first, second, wanted))


def _order(order: object) -> float:
    if not isinstance(order, numbers.Real) or order is True:
        raise TypeError(f"wasserstein: order is {order!r}, and a number is needed, such as 1 or 2.")
    wanted = float(order)
    if not 1.0 <= wanted < math.inf:
        raise ValueError(f"wasserstein: order is {wanted:g}, and a number from 1 on is needed: below it is no metric.")
    return wanted


def _distance(p: Density, q: Density, order: float) -> Any:
    known = _known(p, q, order)
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    if known is not None:
        value = namespace(known.value).broadcast_to(known.value, shape)
        if complete(known):
            return value
    else:
        value = None
    if not (on_the_line(p) and on_the_line(q)):
        raise NotExact(_no_answer(p, q, order))
    return _filled(value, p, q, order, shape)


def _known(p: Density, q: Density, order: float) -> Known | None:
    """Return what closed forms and what follows from them give."""

    def ways() -> Any:
        yield stated("wasserstein", p, q, order)
        for rule in (_moved, _point, _mirrored, _products):
            yield rule(p, q, order)

    return first_known(ways())


# What follows from simpler distances.


def _moved(p: Density, q: Density, order: float) -> Known | None:
    """Members loc + scale·Z of one law: the distance of order 2 is √E(Δloc + Δscale·Z)²; |Δloc| for equal scales."""
    for first, second in ((p, q), *((a, b) for a in p.forms() for b in q.forms())):
        if type(first) is type(second) and first.name in _LOCATION_SCALE:
            break
    else:
        return None
    (loc, scale, rest), (other_loc, other_scale, other_rest) = _places(first), _places(second)
    if len(rest) != len(other_rest) or (isinstance(first, Affine) and _kinds(first) != _kinds(second)):
        return None
    xp = namespace(loc, scale, other_loc, other_scale)
    shift, stretch = loc - other_loc, scale - other_scale
    same: Any = xp.ones_like(shift + stretch) > 0.0
    for a, b in zip(rest, other_rest, strict=True):
        same = same & (a == b)
    means = [first.expectation(statistic) for statistic in (Difference(loc), SquaredDeviation(loc))]
    mean, square = (math.nan * (shift + stretch) if found is None else found for found in means)
    finite = xp.isfinite(mean)
    z = xp.where(finite, mean, 0.0) / scale
    # For equal scales with the slope that it has in the scales.
    equal = xp.abs(shift + stretch * z)
    if order == 2.0:
        variance = xp.where(xp.isfinite(square), square, 1.0) / scale**2 - z * z
        sound = finite & xp.isfinite(square) & (variance > 0.0)
        apart = xp.where(sound, quadratic_wasserstein(shift, stretch, z, xp.where(sound, variance, 1.0)), math.nan)
        moment = square
    else:
        apart = math.nan
        moment = first.expectation(AbsoluteDeviation(loc) if order == 1.0 else AbsolutePower(loc, order))
    if moment is not None:
        apart = xp.where(moment == math.inf, math.inf, apart)
        sound = xp.isfinite(moment) & finite
        equal = xp.where(sound, equal, xp.abs(shift))
    value = xp.where(stretch == 0.0, equal, apart)
    return Known(xp.where(same, value, math.nan), everywhere=False)


def _places(one: Density) -> tuple[Any, Any, list[Any]]:
    """Return loc, scale and the other parameters."""
    if isinstance(one, Affine):
        return one.loc, one.scale, [x for x, _ in one.base.leaves()]
    rest = [getattr(one, f.name) for f in fields(one) if f.name not in ("loc", "scale")]
    return cast(Any, one).loc, cast(Any, one).scale, rest


def _kinds(one: Density) -> list[Any]:
    """Return of what an affine image is one, with the settings that are not arrays."""
    base = cast(Affine, one).base
    inner = [base.image_of()] if base.image_of() is not None else []
    simple = not inner and not hasattr(base, "components") and not hasattr(base, "base")
    return [type(base)] if simple else [base]


def _point(p: Density, q: Density, order: float) -> Known | None:
    """Return (E|X − c|^order)^(1/order), where one of them has all its mass at c."""
    if isinstance(p, Delta) and isinstance(q, Delta):
        return Known(namespace(p.value, q.value).abs(p.value - q.value), everywhere=True)
    if isinstance(p, Delta):
        p, q = q, p
    if not isinstance(q, Delta) or p.event_dimensions:
        return None
    statistics = {1.0: AbsoluteDeviation(q.value), 2.0: SquaredDeviation(q.value)}
    found = p.expectation(statistics.get(order, AbsolutePower(q.value, order)))
    if found is None:
        return None
    return Known(found if order == 1.0 else namespace(found).exp(namespace(found).log(found) / order), everywhere=False)


def _mirrored(p: Density, q: Density, order: float) -> Known | None:
    """Return the distance of X and Y, given −X and −Y."""
    first, second = p.image_of(), q.image_of()
    if first is None or second is None or first[0] != "negative" or second[0] != "negative":
        return None
    return _known(first[1], second[1], order)


def _products(p: Density, q: Density, order: float) -> Known | None:
    """Return √Σ W² of the components, of order 2."""
    if order != 2.0:
        return None
    if isinstance(p, Product) and isinstance(q, Product) and len(p.components) == len(q.components):
        each = [_distance(a, b, order) for a, b in zip(p.components, q.components, strict=True)]
        squares = sum((x * x for x in each[1:]), each[0] * each[0])
    elif isinstance(p, Independent) and isinstance(q, Independent) and p.event_shape == q.event_shape:
        found = _distance(p.base, q.base, order)
        squares = namespace(found).sum(found * found, axis=tuple(range(-p.dimensions, 0)))
    else:
        return None
    return Known(root(squares), everywhere=True)


def root(squares: Any) -> Any:
    """Return the square root, with derivative 0 at 0."""
    xp = namespace(squares)
    some = squares > 0.0
    return xp.where(some, xp.sqrt(xp.where(some, squares, 1.0)), 0.0 * squares)


# The line.


def _filled(value: Any, p: Density, q: Density, order: float, shape: tuple[int, ...]) -> Any:
    """Return the value with sums and quadratures where it is not known."""
    leaves = [x for one in (p, q) for x, _ in one.leaves()]
    if any(library(x) == "jax" and not readable(x) for x in leaves):
        from kullback.distances import transport_on_jax

        return transport_on_jax.filled(value, p, q, order, shape)
    left = np.ones(shape, bool) if value is None else np.isnan(to_numpy(value))
    if any(differentiated(x) for x in leaves):
        raise NotExact(
            f"wasserstein: the distance of order {order:g} of {p.name} and {q.name} is a quadrature, which has no "
            "gradient here: .detach() their parameters for the value."
        )
    found = computed(p, q, order, left)
    if value is None:
        return like(found, leaves[0]) if leaves else found
    xp = namespace(value)
    return xp.where(xp.isnan(value), like(found, value), value)


def computed(p: Density, q: Density, order: float, wanted: Any) -> Any:
    """Return the distances of the pairs that are wanted by sums and quadratures, in NumPy; NaN for the others."""
    first, second = in_numpy(p), in_numpy(q)
    found = np.full(wanted.shape, math.nan)
    for index in np.ndindex(*wanted.shape):
        if wanted[index]:
            found[index] = line_distance(member(first, index), member(second, index), order)
    return found


def _no_answer(p: Density, q: Density, order: float) -> str:
    names = [one.name or type(one).__name__ for one in (p, q)]
    if any(name in ("von_mises", "wrapped_cauchy") for name in names):
        what = "outcomes that are angles have no closed form here"
    else:
        what = f"outcomes ({p.support}; {q.support}) that are no single numbers have one for some families only"
    return (
        f"wasserstein: the distance of order {order:g} of {' and '.join(names)} is not known: {what}. There is one for "
        "normal distributions of vectors or matrices and for products of distributions of numbers, of order 2, and for "
        f"all distributions of numbers, to a relative error of {RELATIVE_ERROR:g}. "
        "An estimate with an interval: kb.estimate(P, Q)."
    )
