"""Unknown: a distribution of which only the density can be had, from anywhere."""

from __future__ import annotations

import functools
import math
import reprlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from kullback.arrays import Array, library, like, to_numpy
from kullback.distribution import Density
from kullback.distributions.adopt.search import bulk
from kullback.support import Integers, Interval, Space, Support

Function = Callable[[Array], Any]
"""From outcomes, or probabilities, in NumPy to NumPy; it broadcasts with the batch. None or `NotImplementedError` where
there is no value."""

_LEVELS = np.asarray([1e-9, 1e-4, 0.02, 0.16, 0.5, 0.84, 0.98, 1.0 - 1e-4, 1.0 - 1e-9])


@dataclass(frozen=True, eq=False)
class Unknown(Density):
    """A distribution that is known by its density alone: what is said of it is computed, never looked up.

    Nothing is known of its tails, so that no bound of an error can be proved.

    Attributes:
        density: ln p at outcomes inside the support.
        domain: where it has mass.
        label: what it is, for messages.
        shape: of the batch.
        points: outcomes that span the bulk, along the last axis; None: found from the quantiles or by a search.
        distribution_function: P(X ≤ x), where it is known.
        survival_function: P(X > x), likewise.
        quantiles: the inverse of the first, likewise.
        member: gives one of the batch by its index; None: the whole batch is computed for each.
    """

    density: Function
    domain: Support
    label: str
    shape: tuple[int, ...] = ()
    points: Any = None
    distribution_function: Function | None = None
    survival_function: Function | None = None
    quantiles: Function | None = None
    member: Callable[[tuple[int, ...]], Unknown] | None = None

    name: ClassVar[str] = "unknown"

    def __repr__(self) -> str:
        batch = f", batch of shape {self.shape}" if self.shape else ""
        return f"<{self.label} on {self.domain}, known by its density alone{batch}>"

    @property
    def event_dimensions(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """How many axes one outcome has."""
        return len(self.domain.shape) if isinstance(self.domain, Space) else 0

    def leaves(self) -> tuple[tuple[Any, int], ...]:
        """Return nothing: its parameters, if it has any, are its own."""
        return ()

    def with_leaves(self, arrays: Any) -> Unknown:
        """Return itself."""
        return self

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the batch."""
        return self.shape

    def at(self, index: tuple[int, ...]) -> Unknown:
        """Return one of the batch."""
        if not self.shape:
            return self
        if self.member is not None:
            return self.member(index)

        def one(f: Function | None) -> Function | None:
            if f is None:
                return None

            def picked(x: Array) -> Any:
                found = f(x.reshape(x.shape + (1,) * len(self.shape)))
                return None if found is None else np.asarray(found)[(..., *index)]

            return picked

        density = one(self.density)
        assert density is not None
        return replace(
            self,
            density=density,
            domain=_domain_at(self.domain, self.shape, index),
            shape=(),
            points=None
            if self.points is None
            else np.broadcast_to(self.points, self.shape + self.points.shape[-1:])[index],
            distribution_function=one(self.distribution_function),
            survival_function=one(self.survival_function),
            quantiles=one(self.quantiles),
        )

    @property
    def support(self) -> Support:
        """Where it has mass."""
        return self.domain

    def log_prob(self, x: Any) -> Any:
        """Return ln p(x), through NumPy: without gradients."""
        if library(x) == "" and not isinstance(x, (int, float, list, tuple)):
            raise TypeError(f"{self.label} can be computed at numbers only, not at {type(x).__name__}.")
        points = np.asarray(x if library(x) == "" else to_numpy(x), dtype=np.float64)
        domain = self.domain
        with np.errstate(all="ignore"):
            if isinstance(domain, (Interval, Integers)):
                low, high = _ends(domain)
                inside = (points >= low) & (points <= high) & np.isfinite(points)
                if isinstance(domain, Integers):
                    inside &= points == np.floor(points)
                    safe = np.where(
                        inside, points, np.where(np.isfinite(low), low, np.where(np.isfinite(high), high, 0.0))
                    )
                else:  # at an end, the limit from inside
                    safe = np.where(inside, points, _inner(low, high))
                    safe = np.clip(safe, np.nextafter(low, math.inf), np.nextafter(high, -math.inf))
                value = np.where(inside, self._asked(safe), -math.inf)
            else:
                value = self._asked(points)
        return like(value, x) if library(x) not in ("", "numpy") else value[()]

    def _asked(self, points: Array) -> Array:
        """Return what its log-density says, or say what went wrong there."""
        where = f"at {np.array2string(points.reshape(-1), threshold=3, edgeitems=1, precision=6)}"
        if points.ndim:
            where += f", an array of shape {points.shape}"
        try:
            found = self.density(points)
        except Exception as error:
            raise ValueError(
                f"{self.label}: its log-density raises {type(error).__name__} {where}: {error}. It is called with "
                "arrays of outcomes inside the support."
            ) from error
        try:
            values = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError):
            raise TypeError(
                f"{self.label}: its log-density gives {reprlib.repr(found)} {where}, and real numbers are needed."
            ) from None
        if values.shape != points.shape and not _broadcasts(values.shape, points.shape):
            raise ValueError(
                f"{self.label}: its log-density gives an array of shape {values.shape} {where}: one number per outcome "
                "is needed."
            )
        return values

    def landmarks(self) -> Array:
        """Return outcomes that span the bulk: those given, else quantiles, else what a search finds."""
        if self.points is not None:
            return np.asarray(self.points, dtype=np.float64)
        if not isinstance(self.domain, (Interval, Integers)):
            raise TypeError(f"{self.label} has no numbers as outcomes.")
        if self.shape:
            found = [self.at(index).landmarks() for index in np.ndindex(*self.shape)]
            longest = max(len(one) for one in found)
            filled = [np.pad(one, (0, longest - len(one)), mode="edge") for one in found]
            return np.reshape(filled, (*self.shape, longest))
        low, high = map(float, _ends(self.domain))
        found = self.quantile(_LEVELS)
        if found is not None:
            points = np.unique(np.asarray(found, dtype=np.float64).reshape(-1))
            whole = isinstance(self.domain, Integers)
            points = points[
                np.isfinite(points)
                & ((points >= low) & (points <= high) if whole else (points > low) & (points < high))
            ]
            if len(points) >= 3:
                return points
        return bulk(
            lambda x: np.asarray(self.log_prob(x)), low, high, self.label, whole=isinstance(self.domain, Integers)
        )

    def cdf(self, x: Any) -> Any | None:
        """Return P(X ≤ x), where the object knows it."""
        return _tried(self.distribution_function, x)

    def survival(self, x: Any) -> Any | None:
        """Return P(X > x), where the object knows it."""
        return _tried(self.survival_function, x)

    def quantile(self, u: Any) -> Any | None:
        """Return the quantiles, where the object knows them."""
        return _tried(self.quantiles, u)


def from_log_prob(
    log_prob: Callable[..., Any],
    support: Any,
    *,
    landmarks: object = None,
    whole: bool = False,
    cdf: Function | None = None,
    survival: Function | None = None,
    quantile: Function | None = None,
) -> Unknown:
    """Return the distribution with the log-density `log_prob`, on the numbers between the ends of `support`.

    Args:
        log_prob: ln p(x) of a NumPy array of outcomes, entry by entry; it is called inside the support only. The
            density must integrate to 1.
        support: (low, high), with -inf and inf where there is no end.
        landmarks: a few outcomes between which the bulk of the mass lies, its peaks among them; they are searched for
            if they are not given, and a narrow peak may then be missed.
        whole: whether the outcomes are the whole numbers from low to high, and `log_prob` their log-mass.
        cdf: P(X ≤ x), if it is known.
        survival: P(X > x), if it is known.
        quantile: the inverse of `cdf`, if it is known.

    Returns:
        A distribution whose divergences are computed by quadrature or summation, and called estimated.

    Raises:
        TypeError: something that cannot be called.
        ValueError: ends that are not in order, landmarks outside of the support.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> p = kb.distributions.from_log_prob(lambda x: -x - 2 * np.log1p(np.exp(-x)), support=(-np.inf, np.inf))
        >>> float(p.log_prob(0.0))
        -1.3862943611198906
    """
    if not callable(log_prob):
        raise TypeError(
            f"from_log_prob: log_prob is a {type(log_prob).__name__}, and a function of outcomes is needed."
        )
    try:
        low, high = (np.float64(end) for end in support)
    except (TypeError, ValueError):
        raise TypeError(f"from_log_prob: support is {support!r}, and two numbers (low, high) are needed.") from None
    if not low < high:
        raise ValueError(f"from_log_prob: support is ({low:g}, {high:g}), and low < high is needed.")
    points: Any = None
    if landmarks is not None:
        points = np.unique(np.asarray(landmarks, dtype=np.float64))
        if points.ndim != 1 or not len(points) or not ((points >= low) & (points <= high) & np.isfinite(points)).all():
            raise ValueError(
                f"from_log_prob: landmarks are {points}, and finite numbers between {low:g} and {high:g} are needed."
            )
    domain = Integers(low, high) if whole else Interval(low, high)
    return Unknown(log_prob, domain, "the distribution given by log_prob", (), points, cdf, survival, quantile)


def adopted(x: Any) -> Unknown:
    """Return an object with a density as an `Unknown`: SciPy's, PyTorch's, those on JAX, or a user's own."""
    name = type(x).__name__
    density = next((getattr(x, m) for m in ("log_prob", "logpdf", "logpmf") if _has(x, m)), None)
    if density is None:
        raise TypeError(
            f"{name} has no density: none of log_prob, logpdf, logpmf. Do you know its log-density? "
            f"kb.distributions.from_log_prob(log_prob, support=(low, high)). Can you draw from it? "
            f"kb.estimate(kb.samples(x), …)."
        )
    shape = _shape(x)
    domain = _domain(x, discrete=_has(x, "logpmf") and not _has(x, "logpdf"))
    if domain is None:
        raise TypeError(
            f"{name} does not say where it has mass: "
            f"kb.distributions.from_log_prob({name}(…).{density.__name__}, support=(low, high)), of NumPy arrays."
        )
    call = _caller(x)

    def function(*names: str) -> Function | None:
        method = next((getattr(x, m) for m in names if _has(x, m)), None)
        return None if method is None else lambda a: call(method, a)

    return Unknown(
        lambda a: call(density, a),
        domain,
        name,
        shape,
        None,
        function("cdf"),
        function("sf", "survival_function", "ccdf"),
        function("ppf", "icdf", "quantile"),
    )


def _has(x: Any, method: str) -> bool:
    return callable(getattr(type(x), method, None)) or callable(vars(x).get(method) if hasattr(x, "__dict__") else None)


def _shape(x: Any) -> tuple[int, ...]:
    found: Any = getattr(x, "batch_shape", None)
    if found is None:
        ends: Any = x.support() if callable(getattr(x, "support", None)) else None
        return tuple(np.broadcast_shapes(*(np.shape(end) for end in ends))) if isinstance(ends, tuple) else ()
    try:
        return tuple(int(n) for n in found)
    except TypeError:
        return ()


def _caller(x: Any) -> Callable[[Any, Array], Any]:
    """Return what calls a method of `x` with an array of its library, and gives NumPy back."""
    roots = {parent.__module__.partition(".")[0] for parent in type(x).__mro__}
    if "torch" in roots:
        import torch

        held = [v for v in _held(x) if isinstance(v, torch.Tensor)]
        device = held[0].device if held else None
        return lambda method, a: _back(method(torch.as_tensor(np.array(a), device=device)))
    if roots & {"numpyro", "distrax", "tensorflow_probability"} and "substrates.numpy" not in type(x).__module__:
        return functools.partial(_on_jax, _float_of(x), len(_shape(x)) + len(tuple(getattr(x, "event_shape", ()))))
    dtype = _float_of(x)
    return lambda method, a: _back(method(a if dtype is None else np.asarray(a, dtype=dtype)))


def _on_jax(dtype: Any, own: int, method: Any, a: Array) -> Any:
    """Call a method with as few different shapes as can be: each is compiled for itself."""
    import jax.numpy as jnp

    flat = np.reshape(a, -1)
    if own or len(flat) < 2:
        return _back(method(jnp.asarray(a, dtype=dtype)))
    padded = np.pad(flat, (0, (1 << (len(flat) - 1).bit_length()) - len(flat)), mode="edge")
    return np.reshape(_back(method(jnp.asarray(padded, dtype=dtype)))[: len(flat)], np.shape(a))


def _float_of(x: Any) -> Any:
    """Return the floating-point dtype of which outcomes must be; None where any will do."""
    dtype = getattr(x, "dtype", None)
    try:
        return dtype if np.dtype(dtype).kind == "f" and dtype is not None else None
    except TypeError:
        return None


def _held(x: Any, depth: int = 3) -> list[Any]:
    """Return what an object holds, and what its parts hold."""
    values = list(vars(x).values()) if hasattr(x, "__dict__") else []
    return values + [
        v for part in values if depth and "distributions" in type(part).__module__ for v in _held(part, depth - 1)
    ]


def _back(value: Any) -> Any:
    return value if library(value) in ("", "numpy") else to_numpy(value)


def _tried(f: Function | None, x: Any) -> Any | None:
    """Return f(x), None where the object has the method and no answer."""
    if f is None:
        return None
    try:
        with np.errstate(all="ignore"):
            return f(np.asarray(x, dtype=np.float64))
    except (NotImplementedError, AttributeError):
        return None


def _domain(x: Any, *, discrete: bool) -> Support | None:
    """Return the support that an object states, in any of the ways in which this is done; None where it does not."""
    support: Any = None
    try:
        support = getattr(x, "support", None)
        if callable(support) and not hasattr(support, "event_dim"):
            support = support()
    except NotImplementedError:
        return None
    if isinstance(support, (tuple, list)) and len(support) == 2:  # pyright: ignore[reportUnknownArgumentType]
        low, high = (np.asarray(_back(end), dtype=np.float64) for end in support)  # pyright: ignore[reportUnknownVariableType]
        return Integers(low, high) if discrete else Interval(low, high)
    if support is not None:
        return _constrained(support, x)
    return _reached(x)


def _constrained(constraint: Any, x: Any) -> Support | None:
    """Return the support that a constraint of PyTorch or NumPyro describes."""
    while type(constraint).__name__ in ("_IndependentConstraint", "independent"):
        constraint = constraint.base_constraint
    if tuple(getattr(x, "event_shape", ())):
        return Space(type(constraint).__name__.strip("_"), tuple(int(n) for n in x.event_shape))
    name = type(constraint).__name__
    ends = [getattr(constraint, end, None) for end in ("lower_bound", "upper_bound")]
    low, high = (
        np.asarray(default if end is None else _back(end), dtype=np.float64)
        for end, default in zip(ends, (-math.inf, math.inf), strict=True)
    )
    if name == "_Boolean":
        return Integers(np.float64(0.0), np.float64(1.0))
    if bool(getattr(constraint, "is_discrete", False)):
        return Integers(low, high)
    known = name in ("_Real", "_Interval", "_OpenInterval", "_HalfOpenInterval", "_Circular") or any(
        e is not None for e in ends
    )
    return Interval(low, high) if known else None


def _reached(x: Any) -> Support | None:
    """Return what TensorFlow Probability's bijector onto the support reaches from the whole real line."""
    if not hasattr(x, "experimental_default_event_space_bijector"):
        return None
    bijector = x.experimental_default_event_space_bijector()
    if bijector is None:
        return None
    shape = tuple(int(n) for n in x.event_shape)
    if shape:
        return Space(type(bijector).__name__, shape)
    ends = [
        np.asarray(bijector.forward(np.asarray(end, dtype=x.dtype)), dtype=np.float64) for end in (-math.inf, math.inf)
    ]
    return None if np.isnan(ends).any() else Interval(np.minimum(*ends), np.maximum(*ends))


def _broadcasts(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(shape, other)
    except ValueError:
        return False
    return True


def _ends(domain: Interval | Integers) -> tuple[Array, Array]:
    low, high = (np.asarray(to_numpy(e) if library(e) else e, dtype=np.float64) for e in (domain.low, domain.high))
    return low, high


def _inner(low: Array, high: Array) -> Array:
    """Return a number between the ends."""
    both = np.isfinite(low) & np.isfinite(high)
    one = np.where(
        np.isfinite(low),
        low + np.maximum(1.0, np.abs(low)),
        np.where(np.isfinite(high), high - np.maximum(1.0, np.abs(high)), 0.0),
    )
    return np.where(both, 0.5 * low + 0.5 * high, one)


def _domain_at(domain: Support, shape: tuple[int, ...], index: tuple[int, ...]) -> Support:
    if isinstance(domain, (Interval, Integers)):
        low, high = (np.broadcast_to(end, shape)[index] for end in _ends(domain))
        return type(domain)(low, high)
    return domain
