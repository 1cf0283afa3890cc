"""Information in joint tables: how much variables tell of each other, and which of them makes two tables differ.

A joint table has one axis per variable. Marginals and products of marginals are made in double-double arithmetic, so
that what is nearly independent, or nearly equal, keeps its digits.

Cover and Thomas, Elements of Information Theory, 2nd ed. (2006), sections 2.3-2.5; several variables: Watanabe,
"Information theoretical analysis of multivariate correlation", IBM J. Res. Dev. 4 (1960), 66-82.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from kullback.arrays import AnyArray, Array, cast, library, like
from kullback.distribution import Finite
from kullback.distributions.counts import Counts
from kullback.divergences import kl
from kullback.exact import core, on_numpy
from kullback.exact.reading import Outcomes, carries_gradient, finite, read
from kullback.exact.rows import Rows
from kullback.exact.sparse import is_sparse
from kullback.exact.sums import check_base
from kullback.numerics import total, two_product, two_sum

_Pair = tuple[Array, Array]
"""Numbers with about 104 correct bits, as an unevaluated sum."""


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
    product: _Pair | None = None
    for i in range(len(groups)):
        others = tuple(k for k in range(-len(groups), 0) if k != i - len(groups))
        marginal = _summed(table, others)
        product = marginal if product is None else _multiplied(product, marginal)
    assert product is not None
    flat = (*table[0].shape[: table[0].ndim - len(groups)], -1)
    p, q = (_rows((high.reshape(flat), low.reshape(flat))) for high, low in (table, product))
    with np.errstate(all="ignore"):
        found = core.value(kl, p, q, None)
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
        later = tuple(range(i + 1 - len(groups), 0))
        known = [_summed(table, later) for table in tables]
        # Variables so far, those before this one joined into one.
        cut = known[0][0].ndim - len(groups)
        shape = (*known[0][0].shape[:cut], math.prod(groups[:i]), groups[i])
        pairs = [(high.reshape(shape), low.reshape(shape)) for high, low in known]
        found[key] = _answer(outcomes, _conditional(*pairs), base, home)
    return found


def _tables(
    known: dict[str, object], variables: Sequence[int | tuple[int, ...]], of: str, *, check: bool
) -> tuple[Outcomes, list[_Pair], list[int], Any]:
    """Read joint tables, with one last axis per variable.

    Returns:
        The outcomes, the tables as pairs, the size of each variable, and the array whose library the answer is in.
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
    tables: list[_Pair] = []
    for rows in outcomes.rows:
        numbers = on_numpy.masses(rows)
        with np.errstate(all="ignore"):
            # The greatest is about 1, exactly, so that no sum overflows and no product is below all numbers.
            numbers = np.ldexp(numbers, -np.frexp(np.max(numbers, axis=-1, keepdims=True))[1])
        table = numbers.reshape(*numbers.shape[:-1], *sizes)
        tables.append((table, np.zeros_like(table)))
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


def _summed(table: _Pair, axes: tuple[int, ...]) -> _Pair:
    """Return sums over axes, which stay with length 1."""
    high, low = table
    for axis in axes:
        high, low = total(np.moveaxis(high, axis, -1), np.moveaxis(low, axis, -1))
        high, low = np.moveaxis(high, -1, axis), np.moveaxis(low, -1, axis)
    return high, low


def _multiplied(a: _Pair, b: _Pair) -> _Pair:
    high, error = two_product(*np.broadcast_arrays(a[0], b[0]))
    return two_sum(high, error + (a[0] * b[1] + a[1] * b[0]))


def _rows(pair: _Pair) -> Rows:
    return Rows(pair[0], Counts(pair[0]), 0.0, pair[1])


def _conditional(p: _Pair, q: _Pair) -> Array:
    """Return Σ p(y) KL(p(x|y)‖q(x|y)) for tables with y on the axis before the last and x on the last."""
    p, q = ((a, b) for a, b in (np.broadcast_arrays(p[0], q[0]), np.broadcast_arrays(p[1], q[1])))
    (p_high, q_high), (p_low, q_low) = p, q
    share, known = np.sum(p_high, axis=-1), np.sum(q_high, axis=-1)
    with np.errstate(all="ignore"):
        each = core.value(kl, _rows((p_high, p_low)), _rows((q_high, q_low)), None)
        each = np.where(share == 0.0, 0.0, np.where(known == 0.0, math.inf, each))
        weights = share / np.sum(share, axis=-1, keepdims=True)
        return np.sum(np.where(weights == 0.0, 0.0, weights * each), axis=-1)


def _answer(outcomes: Outcomes, found: AnyArray, base: float | None, home: Any) -> Any:
    found = found if base is None else found / math.log(base)
    answer = cast(np.asarray(found) + 0.0, outcomes.bits)
    return answer[()] if isinstance(home, np.ndarray) else like(answer, home)
