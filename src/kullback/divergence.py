"""Divergence: what is measured, as a value.

A divergence does not know how P and Q are known. It is given their `Deviation` and says what each outcome costs.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from kullback.arrays import Array, Axis, as_array, namespace, nowhere, result_dtype
from kullback.numerics import expm1mx, times, tiny


@dataclass(frozen=True, eq=False)
class Deviation:
    """How Q deviates from P, outcome by outcome: all that a cost may look at.

    Every array has the outcomes on its last axis. `p` and `q` are normalised masses. `difference` is q - p and
    `log_ratio` is ln(q/p), both with a small *relative* error however close P and Q are; where p = 0 < q the log-ratio
    is +inf, where q = 0 < p it is -inf, and where both are 0 it is 0. Masses that underflow (logits of -800) are 0 in
    `p` and `q` but still finite in `log_ratio`, `log_p` and `log_q`. `log_weights` are the logarithms of the weights of
    the outcomes, where there are some: the masses contain them, and no divergence depends on them otherwise.
    """

    p: Array
    q: Array
    difference: Array
    log_ratio: Array
    logs: Callable[[], tuple[Array, Array]] = field(repr=False)
    log_weights: Array | None = None

    @property
    def xp(self) -> Any:
        """The array library that all of these belong to."""
        return namespace(self.p)

    @cached_property
    def _logs(self) -> tuple[Array, Array]:
        return self.logs()

    @property
    def log_p(self) -> Array:
        """ln p, accurate also near p = 1."""
        return self._logs[0]

    @property
    def log_q(self) -> Array:
        """ln q, accurate also near q = 1."""
        return self._logs[1]

    def swapped(self) -> Deviation:
        """Return how P deviates from Q."""
        return Deviation(
            self.q, self.p, -self.difference, -self.log_ratio, lambda: (self.log_q, self.log_p), self.log_weights
        )


@dataclass(frozen=True, eq=False)
class Gradient:
    """How the value D changes with the masses of each outcome: derivatives with p and q taken as free variables.

    They hold up to a constant per row, the same for all outcomes in p, and another in q: the derivatives with respect
    to what p and q were normalised from (numbers with any total, logits) do not depend on it. Formulas are such that an
    array library can differentiate them once more.

    Attributes:
        p: p ∂D/∂p, outcome by outcome: small where p and q are close, finite where p or q underflows, 0 where p = 0.
        q: q ∂D/∂q, likewise.
        p_edge: ∂D/∂p of outcomes where p = 0 < q, a number, or one per row with the outcome axis kept.
        q_edge: ∂D/∂q of outcomes where q = 0 < p, likewise.
    """

    p: Array
    q: Array
    p_edge: Array | float
    q_edge: Array | float

    def swapped(self) -> Gradient:
        """Return the gradient with p and q exchanged."""
        return Gradient(self.q, self.p, self.q_edge, self.p_edge)


class Law(enum.Enum):
    """What a divergence obeys. The tests hold a member to the laws it claims and show that it breaks the others."""

    ZERO_IFF_EQUAL = "0 only where P = Q"
    SYMMETRIC = "D(P‖Q) = D(Q‖P)"
    BOUNDED = "never above the finite upper end of its range"
    JOINTLY_CONVEX = "D of mixtures ≤ the mixture of the D's"
    ADDITIVE_OVER_PRODUCTS = "D(P₁×P₂‖Q₁×Q₂) = D(P₁‖Q₁) + D(P₂‖Q₂)"
    CHAIN_RULE = "D(joint) = D(marginal) + the mean of D(conditional) under P (for a reverse: under Q)"
    DATA_PROCESSING = "merging outcomes never increases it"
    METRIC = "symmetric, 0 only where equal, and the triangle inequality"


Cost: TypeAlias = Callable[[Deviation], Array]
Finish: TypeAlias = Callable[[Array], Array]
Textbook: TypeAlias = Callable[[Sequence[Any], Sequence[Any], Any], Any]
Slopes: TypeAlias = Callable[[Array, Array], tuple[Array, Array, Array, Array]]
GradientRule: TypeAlias = Callable[[Deviation, Array], Gradient]


@dataclass(frozen=True)
class PowerForm:
    """How a divergence follows from −ln Σ p^α q^(1−α), or from a KL divergence: one closed form gives many divergences.

    Attributes:
        of: what it is a function of: "gap", −ln Σ p^α q^(1−α) at `order`; "kl", KL(p‖q); "reverse kl", KL(q‖p).
        order: α, any real number; 1 for "kl" and 0 for "reverse kl".
        finish: the function.
    """

    of: Literal["gap", "kl", "reverse kl"]
    order: float
    finish: Finish


def itself(value: Array) -> Array:
    """Return what is given."""
    return value


@dataclass(frozen=True)
class PowerSum:
    """exp(−gap) − 1 over a number: the finish of χ², Tsallis and their kin."""

    over: float

    def __call__(self, gap: Array) -> Array:
        """Return the value."""
        return namespace(gap).expm1(-gap) / self.over


@dataclass(frozen=True)
class Multiple:
    """The gap, or a divergence, over a number."""

    over: float

    def __call__(self, gap: Array) -> Array:
        """Return the value."""
        return gap / self.over


@dataclass(frozen=True)
class _SwappedCost:
    of: Cost

    def __call__(self, deviation: Deviation) -> Array:
        return self.of(deviation.swapped())


@dataclass(frozen=True)
class _SwappedTextbook:
    of: Textbook

    def __call__(self, p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
        return self.of(q, p, mp)


@dataclass(frozen=True)
class _SwappedSlopes:
    of: Slopes

    def __call__(self, p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
        first_q, first_p, second_q, second_p = self.of(q, p)
        return first_p, first_q, second_p, second_q


@dataclass(frozen=True)
class _SwappedGradient:
    of: GradientRule

    def __call__(self, deviation: Deviation, value: Array) -> Gradient:
        return self.of(deviation.swapped(), value).swapped()


def _swapped_powers(powers: PowerForm) -> PowerForm:
    of: dict[str, Literal["gap", "kl", "reverse kl"]] = {"kl": "reverse kl", "reverse kl": "kl", "gap": "gap"}
    return PowerForm(of[powers.of], 1.0 - powers.order, powers.finish)


def _swapped_cost(cost: Cost) -> Cost:
    return cost.of if isinstance(cost, _SwappedCost) else _SwappedCost(cost)


def _swapped_letters(formula: str) -> str:
    return re.sub(r"(?<![A-Za-z])[pq](?![A-Za-z])", lambda match: "q" if match[0] == "p" else "p", formula)


@dataclass(frozen=True, repr=False)
class Divergence:
    """A measure of how Q differs from P: a value, called like a function. P, the first argument, is the truth.

    Two divergences are equal when name, parameters and direction are.

    Attributes:
        name: how it is called in Python, such as "kl".
        symbol: how it is printed, such as "KL" in "KL(P‖Q)".
        title: its name in words.
        formula: its definition in plain text.
        range: the least and the greatest value.
        laws: what it obeys; see `Law`.
        textbook: the definition, `textbook(p, q, mp)`, on lists of normalised mpmath numbers; written independently
            of `cost`, it is the truth of the tests.
        cost: what each outcome contributes, ≥ 0, from a `Deviation`.
        finish: what turns the sum of the costs into the value; `None` leaves the sum as it is.
        combine: the value straight from a `Deviation` (in nats), where the sum of the costs would over- or underflow.
        slopes: see `derivatives`.
        gradient: how the value changes with the masses, from a `Deviation` and the values in nats, their outcome axis
            kept with length 1; `None` where an array library cannot be given a gradient.
        powers: how the value follows from a power integral or from KL; `None` where it does not.
        parameters: the names and values that pick a member of a family.
        unit: "nats" for measures made of logarithms, "" for those without a unit.
        reversed: whether the arguments are swapped.

    Example:
        >>> import kullback as kb
        >>> kb.kl
        kl
        >>> round(float(kb.kl([0.5, 0.5], [0.9, 0.1])), 6)
        0.510826
    """

    name: str
    symbol: str = field(compare=False)
    title: str = field(compare=False)
    formula: str = field(compare=False)
    range: tuple[float, float] = field(compare=False)
    laws: frozenset[Law] = field(compare=False)
    textbook: Textbook = field(compare=False)
    cost: Cost = field(compare=False)
    finish: Finish | None = field(default=None, compare=False)
    combine: Cost | None = field(default=None, compare=False)
    slopes: Slopes | None = field(default=None, compare=False)
    gradient: GradientRule | None = field(default=None, compare=False)
    powers: PowerForm | None = field(default=None, compare=False)
    parameters: tuple[tuple[str, Any], ...] = ()
    unit: str = field(default="nats", compare=False)
    reversed: bool = False

    @cached_property
    def _quick(self) -> Callable[[Any, Any], Any]:
        from kullback.exact import sums

        return sums.quick(self)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_quick"}

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters)
        return self.name + (f"({values})" if self.parameters else "") + (".reverse" if self.reversed else "")

    def label(self, p: str = "P", q: str = "Q") -> str:
        """Return how the value is printed, with its direction: "KL(P‖Q)"; the reverse is "KL(Q‖P)".

        Example:
            >>> import kullback as kb
            >>> kb.kl.reverse.label()
            'KL(Q‖P)'
        """
        return f"{self.symbol}({q}‖{p})" if self.reversed else f"{self.symbol}({p}‖{q})"

    @property
    def reverse(self) -> Divergence:
        """The divergence with its arguments swapped; a symmetric one is its own reverse.

        Example:
            >>> import kullback as kb
            >>> kb.kl.reverse.reverse == kb.kl, kb.js.reverse is kb.js
            (True, True)
        """
        if Law.SYMMETRIC in self.laws:
            return self
        slopes, textbook, gradient = self.slopes, self.textbook, self.gradient
        return replace(
            self,
            formula=_swapped_letters(self.formula),
            textbook=textbook.of if isinstance(textbook, _SwappedTextbook) else _SwappedTextbook(textbook),
            cost=_swapped_cost(self.cost),
            combine=None if self.combine is None else _swapped_cost(self.combine),
            slopes=slopes.of if isinstance(slopes, _SwappedSlopes) else slopes and _SwappedSlopes(slopes),
            gradient=gradient.of if isinstance(gradient, _SwappedGradient) else gradient and _SwappedGradient(gradient),
            powers=self.powers and _swapped_powers(self.powers),
            reversed=not self.reversed,
        )

    def __call__(
        self,
        p: object,
        q: object,
        *,
        axis: Axis = -1,
        base: float | None = None,
        where: object = None,
        weights: object = None,
        keepdims: bool = False,
        check: bool = True,
    ) -> Any:
        """Return D(P‖Q), or D(Q‖P) for a `reverse`.

        Args:
            p: the truth, reference, teacher or real data, as probabilities along `axis`, or as `kb.log_probs`,
                `kb.logits` or `kb.counts`.
            q: what is compared with it, in the same or another of these kinds; p and q broadcast over the other axes.
            axis: the axis, or the axes, along which the outcomes lie; it is read after broadcasting.
            base: of the logarithm: 2 gives bits; the default is nats. An error for measures without a unit.
            where: a mask of the outcomes that take part; the kept ones must sum to 1 if they are probabilities.
            weights: of the outcomes, a base measure: p and q are densities with Σ weights·p = 1. A mask or weights
                with one dimension lie along `axis`, others broadcast.
            keepdims: whether the outcome axes stay, with length 1.
            check: whether bad values (NaN, negative, not summing to 1) raise; otherwise they give NaN.

        Returns:
            A number for one pair, else an array of the broadcast shape without the outcome axes; float32 for float32
            and float16 input, otherwise float64. Never negative, never NaN; infinite only where the mathematics says.

        Raises:
            ValueError: values that are not a distribution, shapes that do not fit, a bad base or axis.
            TypeError: something that is not an array of real numbers.

        Example:
            >>> import kullback as kb
            >>> kb.tv([[0.5, 0.5], [1.0, 0.0]], [0.25, 0.75])
            array([0.25, 0.75])
        """
        if (
            type(p) is np.ndarray
            and type(q) is np.ndarray
            and axis == -1
            and base is None
            and where is None
            and weights is None
            and not keepdims
        ):
            found = self._quick(p, q)
            if found is not None:
                return found
        from kullback.exact import sums

        return sums.value(
            self, p, q, axis=axis, base=base, where=where, weights=weights, keepdims=keepdims, check=check
        )

    def terms(
        self,
        p: object,
        q: object,
        *,
        axis: Axis = -1,
        base: float | None = None,
        where: object = None,
        weights: object = None,
        check: bool = True,
    ) -> Any:
        """Return what each outcome contributes: ≥ 0, summing to the value (before `finish` for roots and logarithms).

        Arguments as in a call. Returns an array of the broadcast shape, outcome axes included.

        Raises:
            ValueError: as in a call; also a base where the sum of the terms is not in logarithmic units.
            TypeError: for a measure that is not a sum, such as `renyi(inf)`.

        Example:
            >>> import kullback as kb
            >>> kb.tv.terms([0.5, 0.5], [0.25, 0.75])
            array([0.125, 0.125])
        """
        from kullback.exact import sums

        return sums.terms(self, p, q, axis=axis, base=base, where=where, weights=weights, check=check)

    def pairwise(
        self,
        rows: object,
        others: object = None,
        *,
        base: float | None = None,
        weights: object = None,
        check: bool = True,
    ) -> Any:
        """Return the matrix of D(row i ‖ other j), for every pair.

        Args:
            rows: n distributions, outcomes on the last axis, shape (n, K), of any kind.
            others: m distributions, shape (m, K); the rows themselves if left out.
            base: of the logarithm, as in a call.
            weights: of the outcomes, shape (K,), as in a call.
            check: as in a call.

        Returns:
            An array of shape (n, m).

        Raises:
            ValueError: as in a call, and for input that does not have two dimensions.

        Example:
            >>> import kullback as kb
            >>> kb.tv.pairwise([[1.0, 0.0], [0.5, 0.5]])
            array([[0. , 0.5],
                   [0.5, 0. ]])
        """
        from kullback.exact import sums

        return sums.pairwise(self, rows, others, base=base, weights=weights, check=check)

    def derivatives(self, p: object, q: object) -> tuple[Any, Any, Any, Any]:
        """Return ∂f/∂p, ∂f/∂q, ∂²f/∂p², ∂²f/∂q² of the textbook term f(p, q) of each outcome.

        p and q are probabilities, taken as free variables (not renormalised); f is the term before `finish`, so for
        the Hellinger distance that of its square. For delta-method variances and bias formulas: a constant added to
        ∂f/∂p changes neither. Infinite where the derivative is; 0 where p = q = 0, an outcome that takes no part; the
        kink of the total variation at p = q has slope 0.

        Raises:
            TypeError: for a measure whose value is not a sum of such terms.

        Example:
            >>> import kullback as kb
            >>> kb.chi2.derivatives([0.5], [0.25])
            (array([2.]), array([-3.]), array([8.]), array([32.]))
        """
        if self.slopes is None:
            raise TypeError(
                f"{self!r} is not a sum over outcomes of a function of p and q: it has no such derivatives."
            )
        first, second = as_array(p, "p"), as_array(q, "q")
        dtype = result_dtype(first, second)
        both = np.broadcast_arrays(first.astype(np.float64), second.astype(np.float64))
        absent = (both[0] == 0.0) & (both[1] == 0.0)
        with np.errstate(all="ignore"):
            found = tuple(np.where(absent, 0.0, slope).astype(dtype) for slope in self.slopes(both[0], both[1]))
        return found[0], found[1], found[2], found[3]


def roots(deviation: Deviation) -> tuple[Array, Array]:
    """Return √p and √q, also where p and q themselves underflow."""
    return _root(deviation.p, deviation, 0), _root(deviation.q, deviation, 1)


def _root(mass: Array, deviation: Deviation, which: int) -> Array:
    xp = deviation.xp
    small = mass < tiny(mass)
    root = xp.sqrt(mass)
    if nowhere(small):
        return root
    log = deviation.log_q if which else deviation.log_p
    return xp.where(small, xp.exp(0.5 * log), root)


def root_difference(deviation: Deviation) -> Array:
    """Return √q − √p with the relative accuracy of the log-ratio."""
    xp = deviation.xp
    root_p, root_q = roots(deviation)
    decay = xp.expm1(-0.5 * xp.abs(deviation.log_ratio))
    return xp.where(deviation.log_ratio > 0.0, -root_q * decay, root_p * decay)


def relative_entropy_cost(p: Array, difference: Array, log_ratio: Array) -> Array:
    """Return (q − p) − p ln(q/p) ≥ 0, outcome by outcome: p (eˣ − 1 − x) with x = ln(q/p), by its series near 0.

    Σ (q − p) = 0, so that the sum is KL(p‖q); adding it makes every term non-negative and removes the cancellation.
    """
    xp = namespace(p, difference, log_ratio)
    near = xp.abs(log_ratio) < 1.0
    small = p * expm1mx(xp.where(near, log_ratio, 0.0))
    cost = xp.where(near, small, difference - times(p, log_ratio))
    # Also a mass that underflows is infinitely far from none.
    lost = log_ratio == -math.inf
    return cost if nowhere(lost) else xp.where(lost, math.inf, cost)
