"""Divergences of logits, row by row: softmax, divergence and gradients in one go, with nothing as long as a row.

P = softmax(a) and Q = softmax(b). The sums are those of `kullback.kernels.native` (softmax.hpp says how they are made)
or, where that is not compiled, of `kullback.kernels.softmax_naive`. Both leave rows that they cannot do well to the
caller, by answering NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kullback.arrays import AnyArray
from kullback.divergence import Divergence
from kullback.divergences import chi2, hellinger, jeffreys, js, kl, neyman_chi2, renyi, tv
from kullback.kernels import softmax_naive
from kullback.kernels.native import native

Values: TypeAlias = NDArray[np.float64]

Kind: TypeAlias = Literal["float64", "float32", "float16", "bfloat16"]
"""How the numbers are stored; bfloat16 comes as the uint16 of its bits."""

KINDS: tuple[Kind, ...] = ("float64", "float32", "float16", "bfloat16")

MEMBERS = ("kl", "jeffreys", "js", "tv", "hellinger", "chi2", "renyi", "total")
"""What the compiled rows can do, in the order of the numbers that softmax.cpp gives them."""

_BFLOAT16_NAN = 0x7FC0


@dataclass(frozen=True)
class Kernel:
    """A divergence of softmax(a) and softmax(b), for many rows.

    Attributes:
        member: one of `MEMBERS`.
        swapped: whether it is D(Q‖P).
        beta: 1 − α, for the members that are functions of Σ p^α q^β.
        factor: times the value.
    """

    member: str
    swapped: bool = False
    beta: float = 0.0
    factor: float = 1.0

    def value(self, a: AnyArray, b: AnyArray, kind: Kind) -> Values:
        """Return the divergence of each pair of rows.

        Rows that are promised have a relative error of at most 5e-14 (float64) or 1e-6 (the others) against the exact
        softmax of the numbers as stored; they are never negative, and 0 for rows that are equal.

        Args:
            a: the logits of P, shape (rows, V), -inf for outcomes that cannot be; contiguous along the last axis, with
                any step from row to row (also 0).
            b: the logits of Q, likewise, same dtype.
            kind: of both.

        Returns:
            float64, shape (rows,); NaN where nothing is promised: NaN, +inf or -inf throughout, or too wide a range.
        """
        a, b = _rows(a, kind), _rows(b, kind)
        value = np.empty(len(a))
        self._run(kind, a, b, None, value, None, None)
        return value

    def gradient(
        self, a: AnyArray, b: AnyArray, kind: Kind, weight: Values, need: Literal["p", "q", "both"] = "both"
    ) -> tuple[Values, AnyArray | None, AnyArray | None]:
        """Return the value and its gradients with respect to a and b, times the upstream gradient of each row.

        Args:
            a: as in `value`.
            b: as in `value`.
            kind: as in `value`.
            weight: the upstream gradient, shape (rows,).
            need: whether the gradient with respect to the logits of P, of Q, or both is wanted.

        Returns:
            The value, as in `value`, but NaN also where it is infinite; and for each side an array like it (dtype and
            shape), or None where it is not wanted. NaN throughout a row whose value is NaN.

            In float32 those of KL have errors of at most 5e-7 (p + q) with respect to b, and 5e-7 p (1 + |ln p/q|) with
            respect to a; where q is close to p, an error relative to q − p may be far greater.
        """
        a, b = _rows(a, kind), _rows(b, kind)
        value = np.empty(len(a))
        to_a = None if need == "q" else np.empty(a.shape, a.dtype)
        to_b = None if need == "p" else np.empty(b.shape, b.dtype)
        self._run(kind, a, b, np.ascontiguousarray(weight, np.float64), value, to_a, to_b)
        unpromised = np.isnan(value)
        if unpromised.any():
            for gradient in (to_a, to_b):
                if gradient is not None:
                    gradient[unpromised] = _BFLOAT16_NAN if kind == "bfloat16" else np.nan
        return value, to_a, to_b

    def _run(
        self,
        kind: Kind,
        a: AnyArray,
        b: AnyArray,
        weight: Values | None,
        value: Values,
        to_a: AnyArray | None,
        to_b: AnyArray | None,
    ) -> None:
        compiled = native().functions.get("softmax_rows")
        if compiled is None:
            with np.errstate(all="ignore"):
                softmax_naive.rows(
                    self.member, kind, self.swapped, self.beta, self.factor, a, b, weight, value, to_a, to_b
                )
            return
        number, form = MEMBERS.index(self.member), KINDS.index(kind)
        compiled(number, form, self.swapped, self.beta, self.factor, a, b, weight, value, to_a, to_b)


@cache
def lookup(divergence: Divergence) -> Kernel | None:
    """Return the kernel of a divergence, or None where there is none; the same object for the same divergence.

    Example:
        >>> import kullback as kb
        >>> lookup(kb.kl).value(np.array([[0.0, 0.0]]), np.array([[0.0, -800.0]]), "float64").round(3)
        array([399.307])
    """
    direct, swapped = divergence, divergence.reversed
    if swapped:
        direct = divergence.reverse
    if direct == kl:
        return Kernel("kl", swapped)
    for member in (jeffreys, js, tv):
        if direct == member:
            return Kernel(member.name)
    if direct == hellinger:
        return Kernel("hellinger", beta=0.5)
    if direct in (chi2, neyman_chi2):
        return Kernel("chi2", swapped != (direct == neyman_chi2), beta=-1.0)
    if direct.name == "renyi" and len(direct.parameters) == 1:
        alpha = float(direct.parameters[0][1])
        return _renyi(alpha, swapped=swapped) if 0.0 < alpha < np.inf and direct == renyi(alpha) else None
    return None


def _renyi(alpha: float, *, swapped: bool) -> Kernel:
    if alpha == 1.0:
        return Kernel("kl", swapped)
    if alpha < 0.5:
        # By skew symmetry (van Erven and Harremoës 2014, Proposition 2), with an order that cancels less.
        return Kernel("renyi", not swapped, beta=alpha, factor=alpha / (1.0 - alpha))
    return Kernel("renyi", swapped, beta=1.0 - alpha)


def total(a: AnyArray, kind: Kind) -> Values:
    """Return Σ exp(a) of each row: how far log-probabilities are from being normalised.

    Example:
        >>> total(np.log([[0.5, 0.25], [0.5, 0.5]]), "float64").round(12)
        array([0.75, 1.  ])
    """
    a = _rows(a, kind)
    value = np.empty(len(a))
    compiled = native().functions.get("softmax_rows")
    if compiled is None:
        with np.errstate(all="ignore"):
            softmax_naive.totals(a, kind, value)
    else:
        number, form, swapped = MEMBERS.index("total"), KINDS.index(kind), False
        compiled(number, form, swapped, 0.0, 1.0, a, None, None, value, None, None)
    return value


def _rows(x: AnyArray, kind: Kind) -> AnyArray:
    """Return the array itself if it has rows of the kind's dtype that the kernels can read, else a copy that has."""
    dtype = np.dtype(np.uint16 if kind == "bfloat16" else kind)
    if x.dtype != dtype or x.ndim != 2:
        raise TypeError(f"an array of shape {x.shape} and dtype {x.dtype} is not rows of {kind} ({dtype}).")
    if x.flags.aligned and (x.shape[1] <= 1 or x.strides[1] == x.itemsize):
        return x
    return np.ascontiguousarray(x)
