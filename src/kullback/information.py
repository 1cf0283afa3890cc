"""Information in joint tables: how much variables tell of each other, and which of them makes two tables differ.

A joint table has one axis per variable. Marginals and products of marginals are made in double-double arithmetic, of
masses or of their logarithms, so that what is nearly independent, or nearly equal, or very small, keeps its digits.

Cover and Thomas, Elements of Information Theory, 2nd ed. (2006), sections 2.3-2.5; several variables: Watanabe,
"Information theoretical analysis of multivariate correlation", IBM J. Res. Dev. 4 (1960), 66-82.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback.arrays import AnyArray, Array, Mask, cast, library, like, to_numpy, widened
from kullback.distribution import Finite
from kullback.distributions.counts import Counts
from kullback.distributions.logits import Logits
from kullback.divergences import kl
from kullback.exact import core
from kullback.exact.reading import Outcomes, carries_gradient, finite, read
from kullback.exact.rows import Rows
from kullback.exact.sparse import is_sparse
from kullback.exact.sums import check_base
from kullback.numerics import add_pairs, exp_pair, log_pair, multiply_pairs, total, two_difference


@dataclass(frozen=True, eq=False)
class _Table:
    """Numbers with about 100 correct bits, as an unevaluated sum: masses up to a factor, or logarithms of such."""

    high: Array
    low: Array
    logarithms: bool

    def summed(self, axes: tuple[int, ...]) -> _Table:
        """Return the masses summed over axes, which stay with length 1."""
        table = self
        for axis in axes:
            moved = table._map(lambda x, axis=axis: np.moveaxis(x, axis, -1))
            table = moved._total()._map(lambda x, axis=axis: np.moveaxis(x, -1, axis))
        return table

    def times(self, other: _Table) -> _Table:
        """Return the products of masses, which broadcast."""
        a, b = (np.broadcast_arrays(self.high, other.high), np.broadcast_arrays(self.low, other.low))
        combined = add_pairs if self.logarithms else multiply_pairs
        with np.errstate(invalid="ignore"):
            high, low = combined((a[0], b[0]), (a[1], b[1]))
        return _Table(high, np.where(np.isfinite(high), low, 0.0), self.logarithms)

    def shaped(self, shape: tuple[int, ...]) -> _Table:
        """Return the same numbers in another shape."""
        return self._map(lambda x: x.reshape(shape))

    def in_logarithms(self) -> _Table:
        """Return the same table as logarithms."""
        if self.logarithms:
            return self
        possible = self.high > 0.0
        mantissa, exponent = np.frexp(np.where(possible, self.high, 1.0))
        log, error = log_pair(mantissa, exponent)
        error = error + np.where(possible, self.low / np.where(possible, self.high, 1.0), 0.0)
        return _Table(np.where(possible, log, -np.inf), np.where(possible, error, 0.0), logarithms=True)

    def rows(self) -> Rows:
        """Return the table as rows of masses, outcomes on the last axis."""
        kind = Logits(self.high) if self.logarithms else Counts(self.high)
        return Rows(self.high, kind, 0.0, self.low)

    def shares(self) -> Array:
        """Return what share of the mass the cells along the last axis hold."""
        masses = self.high
        if self.logarithms:
            masses = np.exp(self.high - np.max(self.high, axis=-1, keepdims=True))
        return masses / np.sum(masses, axis=-1, keepdims=True)

    def possible(self) -> Mask:
        """Return which cells hold any mass."""
        return self.high > (-np.inf if self.logarithms else 0.0)

    def _map(self, change: Callable[[Array], Array]) -> _Table:
        return _Table(change(self.high), change(self.low), self.logarithms)

    def _total(self) -> _Table:
        if not self.logarithms:
            return _Table(*total(self.high, self.low), logarithms=False)
        top = np.max(self.high, axis=-1, keepdims=True)
        finite = np.isfinite(top)
        top = np.where(finite, top, 0.0)
        with np.errstate(invalid="ignore"):
            below, error = two_difference(self.high, top)
            error = np.where(np.isfinite(below), error + self.low, 0.0)
        high, low = total(*exp_pair(below, error))
        log = _Table(high, low, logarithms=False).in_logarithms()
        high, low = add_pairs((top, np.zeros_like(top)), (np.where(finite, log.high, 0.0), log.low))
        return _Table(np.where(finite, high, -np.inf), np.where(finite, low, 0.0), logarithms=True)


def mutual_information(
    joint: object, *variables: int | tuple[int, ...], base: float | None = None, check: bool = True
) -> Any:
    """Return the mutual information Σ p(x, y) ln(p(x, y)/(p(x) p(y))), or that of more than two variables.

    KL of the joint table from the product of its marginals; of three and more variables it is called the total
    correlation.

    Args:
        joint: a joint table, probabilities or one of the kinds of `kb.kl`. Its other axes are a batch.
        variables: the axis of each variable, or the axes that together are one; the last two if left out.
        base: of the logarithm; the default is nats.
        check: whether bad values raise; otherwise they give NaN.

    Returns:
        A number, or an array of the shape of the batch; ≥ 0, and 0 for independent variables.

    Raises:
        ValueError: a table that is no distribution; axes that are not there, or named twice.
        TypeError: a table that carries gradients.

    Source:
        Cover and Thomas 2006, eq. (2.28).

    Example:
        >>> import kullback as kb
        >>> kb.mutual_information([[0.5, 0.0], [0.0, 0.5]], base=2).round(9)
        np.float64(1.0)
    """
    check_base(base, "nats", "mutual_information")
    if len(variables) == 1:
        raise ValueError("mutual information is between variables: name the axes of two at least.")
    outcomes, (table,), groups, home = _tables(
        {"joint": joint}, variables or (-2, -1), "mutual_information", check=check
    )
    # One axis per variable, the outcomes of the joint last: p as it is, q the product of what is left of it.
    product: _Table | None = None
    for i in range(len(groups)):
        others = tuple(k for k in range(-len(groups), 0) if k != i - len(groups))
        marginal = table.summed(others)
        product = marginal if product is None else product.times(marginal)
    assert product is not None
    flat = (*table.high.shape[: table.high.ndim - len(groups)], math.prod(groups))
    with np.errstate(all="ignore"):
        found = core.value(kl, table.shaped(flat).rows(), product.shaped(flat).rows(), None)
    return _answer(outcomes, found, base, home)


def conditional_kl(
    p: object,
    q: object,
    variable: int | tuple[int, ...] = -1,
    *,
    given: int | tuple[int, ...],
    base: float | None = None,
    check: bool = True,
) -> Any:
    """Return the conditional divergence Σ p(y) KL(p(x|y)‖q(x|y)) of joint tables.

    Args:
        p: the true joint table, probabilities or one of the kinds of `kb.kl`.
        q: what is compared with it.
        variable: the axis of x, or its axes.
        given: the axis of y, or its axes. Other axes are a batch.
        base: of the logarithm; the default is nats.
        check: whether bad values raise; otherwise they give NaN.

    Returns:
        A number, or an array of the shape of the batch. KL of the marginals of y plus this is KL of the joint tables.
        Infinite also where q does not know a y that p knows.

    Raises:
        ValueError: tables that are no distributions or of different shapes; axes that are not there, or named twice.
        TypeError: tables that carry gradients.

    Source:
        Cover and Thomas 2006, eq. (2.65) and Theorem 2.5.3.

    Example:
        >>> import kullback as kb
        >>> p, q = [[0.25, 0.25], [0.25, 0.25]], [[0.5, 0.0625], [0.25, 0.1875]]
        >>> float(kb.conditional_kl(p, q, variable=1, given=0).round(6))
        0.237333
    """
    check_base(base, "nats", "conditional_kl")
    outcomes, tables, _, home = _tables({"p": p, "q": q}, (given, variable), "conditional_kl", check=check)
    return _answer(outcomes, _conditional(*tables), base, home)


def decompose(
    p: object,
    q: object,
    *variables: int | tuple[int, ...],
    names: Sequence[Hashable] | None = None,
    base: float | None = None,
    check: bool = True,
) -> dict[Any, Any]:
    """Return KL of joint tables by the chain rule: for each variable what it adds, given those before it.

    KL(p(x, y)‖q(x, y)) = KL(p(x)‖q(x)) + Σ p(x) KL(p(y|x)‖q(y|x)), and so on. Each term is ≥ 0, and they sum to the
    joint divergence; another order of the variables gives other terms with the same sum.

    Args:
        p: the true joint table, probabilities or one of the kinds of `kb.kl`.
        q: what is compared with it.
        variables: the axis of each variable in their order, or the axes that together are one; all axes of the table
            if left out. Other axes are a batch.
        names: of the variables, for the keys; their axes if left out.
        base: of the logarithm; the default is nats.
        check: whether bad values raise; otherwise they give NaN.

    Returns:
        The term of each variable by its name, in the order of the variables.

    Raises:
        ValueError: tables that are no distributions or of different shapes; axes that are not there, or named twice; as
            many names as variables are needed.
        TypeError: tables that carry gradients.

    Source:
        Cover and Thomas 2006, Theorem 2.5.3.

    Example:
        >>> import kullback as kb
        >>> p, q = [[0.25, 0.25], [0.25, 0.25]], [[0.5, 0.0625], [0.25, 0.1875]]
        >>> terms = kb.decompose(p, q, names=["sex", "age"])
        >>> {name: round(float(term), 6) for name, term in terms.items()}
        {'sex': 0.007874, 'age': 0.237333}
        >>> round(float(kb.kl(p, q, axis=(0, 1))), 6)
        0.245207
    """
    check_base(base, "nats", "decompose")
    axes = variables or tuple(range(_table(p, "p", "decompose").values.ndim))
    if names is not None and not isinstance(names, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"names is {names!r}, and it holds one name per variable: a list of texts.")
    keys = list(names) if names is not None else [_key(variable) for variable in axes]
    if len(keys) != len(axes) or any(key in keys[:i] for i, key in enumerate(keys)):
        raise ValueError(f"names are {keys}, and {len(axes)} variables need as many different names.")
    outcomes, tables, groups, home = _tables({"p": p, "q": q}, axes, "decompose", check=check)
    found: dict[Any, Any] = {}
    for i, key in enumerate(keys):
        known = [table.summed(tuple(range(i + 1 - len(groups), 0))) for table in tables]
        # The variables so far, those before this one joined into one.
        shapes = [(*one.high.shape[: one.high.ndim - len(groups)], math.prod(groups[:i]), groups[i]) for one in known]
        p_so_far, q_so_far = (one.shaped(shape) for one, shape in zip(known, shapes, strict=True))
        found[key] = _answer(outcomes, _conditional(p_so_far, q_so_far), base, home)
    return found


def _tables(
    known: dict[str, object], variables: Sequence[int | tuple[int, ...]], of: str, *, check: bool
) -> tuple[Outcomes, list[_Table], list[int], Any]:
    """Read joint tables, with one last axis per variable.

    Returns:
        The outcomes, the tables, all of masses or all of logarithms, the size of each variable, and the array whose
        library the answer is in.
    """
    finites = {name: _table(x, name, of) for name, x in known.items()}
    home = next(iter(finites.values())).values
    for name, one in finites.items():
        if carries_gradient(one.values):
            raise TypeError(f"{of} has no gradient: pass {name}.detach(), or kb.kl of the table and its product.")
    ndim = max(one.values.ndim for one in finites.values())
    groups = [_axes(one, ndim) for one in variables]
    flat = tuple(axis for group in groups for axis in group)
    if len(set(flat)) < len(flat):
        raise ValueError(f"the axes {tuple(variables)} name one axis twice.")
    outcomes = read(finites, flat, None, None)
    if check:
        outcomes.verify()
    lengths = dict(zip(outcomes.axes, outcomes.sizes, strict=True))
    sizes = [math.prod(lengths[axis] for axis in group) for group in groups]
    tables: list[_Table] = []
    for rows in outcomes.rows:
        numbers: Array = widened(to_numpy(rows.values))
        if rows.kind.scale == "linear":
            with np.errstate(all="ignore"):
                # The greatest is about 1, exactly, so that no sum overflows and no product is below all numbers.
                numbers = np.ldexp(numbers, -np.frexp(np.max(numbers, axis=-1, keepdims=True))[1])
        table = numbers.reshape(*numbers.shape[:-1], *sizes)
        tables.append(_Table(table, np.zeros_like(table), rows.kind.scale == "log"))
    if any(table.logarithms for table in tables):
        tables = [table.in_logarithms() for table in tables]
    return outcomes, tables, sizes, home


def _table(x: object, name: str, of: str) -> Finite:
    """Return an argument as a table of an array library: labels and sparse rows do not say which axis is whose."""
    found = finite(x, name, of)
    if not library(found.values):
        kind, dense = (
            type(found.values).__name__,
            f"{name}.toarray(), an array" if is_sparse(found.values) else "an array",
        )
        raise TypeError(f"{name} is a {kind}, and {of} takes tables with one axis per variable: pass {dense}.")
    return found


def _key(variable: int | tuple[int, ...]) -> int | tuple[int, ...]:
    return tuple(variable) if isinstance(variable, (list, tuple)) else variable  # pyright: ignore[reportUnnecessaryIsInstance]


def _axes(variable: int | tuple[int, ...], ndim: int) -> tuple[int, ...]:
    listed = _key(variable)
    try:
        axes = tuple(operator.index(axis) for axis in (listed if isinstance(listed, tuple) else (listed,)))
    except TypeError:
        raise TypeError(f"a variable is an axis of the table, or a tuple of its axes, and not {variable!r}.") from None
    for axis in axes:
        if not -ndim <= axis < ndim:
            raise ValueError(f"axis {axis} is out of range for tables with {ndim} dimension{'s' * (ndim != 1)}.")
    return tuple(axis % ndim for axis in axes)


def _conditional(p: _Table, q: _Table) -> Array:
    """Return Σ p(y) KL(p(x|y)‖q(x|y)) for tables with y on the axis before the last and x on the last."""
    share = p.summed((-1,))
    known = q.summed((-1,)).possible()[..., 0]
    with np.errstate(all="ignore"):
        each = core.value(kl, p.rows(), q.rows(), None)
        each = np.where(known, each, math.inf)
        weights, each = np.broadcast_arrays(share.shaped(share.high.shape[:-1]).shares(), each)
        return np.sum(np.where(weights == 0.0, 0.0, weights * each), axis=-1)


def _answer(outcomes: Outcomes, found: AnyArray, base: float | None, home: Any) -> Any:
    found = found if base is None else found / math.log(base)
    answer = cast(np.asarray(found) + 0.0, outcomes.bits)
    return answer[()] if isinstance(home, np.ndarray) else like(answer, home)
