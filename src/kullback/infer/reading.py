"""Reading samples: what users have, arrays and DataFrames, as the `Sample`s that estimators take.

Nothing is repaired here: a value that is missing or infinite, a column that one sample lacks, a weight below 0 raise,
and the message says where it is and what to type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from kullback.arrays import AnyArray
from kullback.distributions.counts import Counts
from kullback.infer.columns import Column, codes_of, finite, numbers_of
from kullback.infer.counted import counted_sample, counted_samples
from kullback.infer.tables import Table, listed, near, table_of
from kullback.sample import FloatArray, IntArray, Sample

LEAST_ROWS = 10
_LEAST_EFFECTIVE = 5
"""Effective rows (Kish) that weights must leave: half of the rows that are needed, as weights are seldom all alike."""
_SMALL = 1e-70
"""Fourth powers of numbers between this and its reciprocal are numbers, too."""
_STEADY = 1e-9
"""Range of a column, over its size, below which squares of its numbers say nothing of how it varies."""


def read_samples(
    x: object,
    y: object,
    *,
    categorical: object = None,
    weights: object = None,
    groups: object = None,
) -> tuple[Sample, Sample]:
    """Return the samples that two arrays, lists, DataFrames or `kb.counts` are.

    Numbers stay numbers (float64); booleans are a category of two; datetimes and durations become seconds; text becomes
    codes over the categories of both samples. The columns of DataFrames and of dicts are matched by name. Counts become
    as many rows of codes as they count.

    Args:
        x: the rows from P: shape (n,) or (n, d), a list, a DataFrame, a dict of columns, `kb.samples`, `kb.counts`.
        y: the rows from Q, the same way.
        categorical: names or positions (from 0) of columns that are categories although they are numbers; True for all.
        weights: (those of x, those of y), each of shape (n,) or None, or the name of a column; scaled to mean 1.
        groups: (those of x, those of y) or the name of a column: rows with the same label belong together. A label that
            occurs in both samples is two groups.

    Returns:
        The samples of P and of Q; numbers come before codes.

    Raises:
        TypeError: values that are no numbers, booleans, times or text; columns of different types in x and y.
        ValueError: missing or infinite values, columns that do not match, fewer than 10 rows, bad weights, the same
            object twice, rows that are only copies.

    Example:
        >>> x, y = read_samples(
        ...     {"a": range(10), "b": list("uvuvuvuvuv")}, {"b": list("uuuuuuuuuw"), "a": range(5, 15)}
        ... )
        >>> x.names, x.numbers.shape, y.codes.ravel(), x.labels
        (('a', 'b'), (10, 1), array([0, 0, 0, 0, 0, 0, 0, 0, 0, 2]), (('u', 'v', 'w'),))
    """
    if x is y:
        raise ValueError(
            "x and y are the same object: the divergence of a distribution from itself is 0 by definition, and nothing "
            "is left to estimate. Two halves of a sample? x[::2] and x[1::2], in random order."
        )
    if isinstance(x, Counts) or isinstance(y, Counts):
        return counted_samples(x, y, categorical, weights, groups)
    first, second = _read([table_of(x, "x"), table_of(y, "y")], categorical, weights, groups)
    for who, sample in (("x", first), ("y", second)):
        _refuse_copies(sample, who)
    if _same_rows(first, second):
        raise ValueError(
            "x and y hold the same rows: the divergence of a sample from itself says nothing. Was y "
            "to be another sample?"
        )
    return _rescaled(first, second)


def read_sample(
    x: object, *, categorical: object = None, weights: object = None, groups: object = None, who: str = "x"
) -> Sample:
    """Return the sample that one array, list or DataFrame is, as `read_samples` does; weights and groups are its own.

    Example:
        >>> read_sample(np.arange(20).reshape(10, 2)).names
        ('column 0', 'column 1')
    """
    if isinstance(x, Counts):
        return counted_sample(x, who)
    pair = tuple(one if one is None or isinstance(one, str) else (one,) for one in (weights, groups))
    sample = _read([table_of(x, who)], categorical, *pair)[0]
    _refuse_copies(sample, who)
    return sample


def refuse_extremes(sample: Sample, model: str) -> None:
    """Raise ``ValueError`` where the squares of a column beside a model, whose unit is given, are no numbers."""
    for column, name in zip(sample.numbers.T, sample.names, strict=False):
        largest = float(np.abs(column).max())
        if largest > 1.0 / _SMALL or 0.0 < largest < _SMALL:
            raise ValueError(
                f"{name} reaches {largest:.3g}, and squares of such numbers are beyond float64: give x, and {model}, "
                "in another unit."
            )


# --- columns and what else belongs to a row -------------------------------------------------------------------------


def _read(tables: list[Table], categorical: object, weights: object, groups: object) -> list[Sample]:
    for table in tables:
        if not table.columns:
            raise ValueError(f"{table.who} has no columns.")
        lengths = {column.name: column.rows for column in table.columns}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{name!r} has {rows}" for name, rows in list(lengths.items())[:4])
            raise ValueError(f"{table.who}: the columns have different numbers of rows: {said}.")
        if table.rows < LEAST_ROWS:
            had = "is empty" if not table.rows else f"has {table.rows} row{'s' * (table.rows != 1)}"
            raise ValueError(f"{table.who} {had}, and at least {LEAST_ROWS} are needed to estimate anything.")
    tables, weighing = _beside(tables, weights, "weights")
    tables, grouping = _beside(tables, groups, "groups")
    tables = _matched(tables)
    named_ones = positions_of_categories(categorical, tables[0])
    weigh = [None if one is None else _weights(one, table) for one, table in zip(weighing, tables, strict=True)]
    group = [None if one is None else _groups(one, table) for one, table in zip(grouping, tables, strict=True)]
    if not named_ones and all(table.matrix is not None for table in tables):
        names = tuple(tables[0].names)
        matrices = [_finite(cast("AnyArray", table.matrix), table.who) for table in tables]
        return [
            _counting(Sample(np.ascontiguousarray(matrix), np.empty((len(matrix), 0), np.int64), (), names, w, g))
            for matrix, w, g in zip(matrices, weigh, group, strict=True)
        ]
    numbers: list[list[FloatArray]] = []
    codes: list[list[IntArray]] = []
    labels: list[tuple[str, ...]] = []
    number_names: list[str] = []
    code_names: list[str] = []
    for place, columns in enumerate(zip(*(table.columns for table in tables), strict=True)):
        is_name = place in named_ones or columns[0].kind in ("booleans", "text")
        _refuse_other_kinds(columns, is_name=place in named_ones)
        if is_name:
            found, categories = codes_of(columns)
            codes.append(found)
            labels.append(categories)
            code_names.append(columns[0].name)
        else:
            numbers.append(numbers_of(columns))
            number_names.append(columns[0].name)
    return [
        _counting(
            Sample(
                _side_by_side([one[i] for one in numbers], table.rows, np.float64),
                _side_by_side([one[i] for one in codes], table.rows, np.int64),
                tuple(len(one) for one in labels),
                (*number_names, *code_names),
                weigh[i],
                group[i],
                tuple(labels),
            )
        )
        for i, table in enumerate(tables)
    ]


def _counting(sample: Sample) -> Sample:
    """Return the rows that count: those of weight 0 say nothing, and are nobody's neighbours."""
    if sample.weights is None or sample.weights.all():
        return sample
    return sample.take(sample.weights > 0.0)


def _finite(matrix: AnyArray, who: str) -> FloatArray:
    # Of one column, messages speak as of a vector.
    return finite(matrix, who) if matrix.shape[1] > 1 else finite(matrix[:, 0], who)[:, None]


def _side_by_side(columns: list[Any], rows: int, dtype: Any) -> Any:
    if not columns:
        return np.empty((rows, 0), dtype)
    return np.ascontiguousarray(np.stack(columns, axis=1))


def _beside(tables: list[Table], given: object, what: str) -> tuple[list[Table], list[object]]:
    """Return the tables without the column that holds the weights or groups, and those of each table."""
    if given is None:
        return tables, [None] * len(tables)
    if isinstance(given, str):
        for table in tables:
            if not table.named:
                raise ValueError(
                    f"{what}={given!r} names a column, and {table.who} is an array, whose columns have no names: give "
                    f"{what}=({what}_of_x, {what}_of_y)."
                )
            if given not in table.names:
                raise ValueError(
                    f"{what}={given!r}: {table.who} has no such column; it has "
                    f"{listed(table.names)}{near(given, table.names)}"
                )
        found: list[object] = [next(c for c in table.columns if c.name == given) for table in tables]
        rest = [table.take([name for name in table.names if name != given]) for table in tables]
        if not all(table.columns for table in rest):
            raise ValueError(f"{what}={given!r} is the only column, and nothing is left to compare.")
        return rest, found
    if not isinstance(given, (tuple, list)) or len(cast("Sequence[object]", given)) != len(tables):
        raise TypeError(
            f"{what} is of two samples: {what}=({what}_of_x, {what}_of_y), None for one that has none, or the name of "
            "a column of both."
        )
    return tables, list(cast("Sequence[object]", given))


def _matched(tables: list[Table]) -> list[Table]:
    """Return the tables with the same columns in the same order.

    Raises:
        TypeError: one has names and the other has none.
        ValueError: other names, or another number of columns.
    """
    if len(tables) == 1:
        return tables
    x, y = tables
    if x.named != y.named and max(len(x.columns), len(y.columns)) > 1:
        one, other = (x, y) if x.named else (y, x)
        raise TypeError(
            f"{one.who} has named columns ({listed(one.names)}) and {other.who} has none: give both as DataFrames, or "
            f"both as arrays."
        )
    if x.named and y.named:
        lacks = [(a.who, [name for name in b.names if name not in a.names]) for a, b in ((x, y), (y, x))]
        if any(names for _, names in lacks):
            said = " and ".join(f"{who} has no column {listed(names)}" for who, names in lacks if names)
            common = [name for name in x.names if name in y.names]
            take = f"columns = {common!r}; kb.estimate(x[columns], y[columns])" if common else "no name is in both"
            raise ValueError(f"{said}. Only the columns that both have? {take}.")
        return [x, y.take(x.names)]
    if len(x.columns) != len(y.columns):
        raise ValueError(
            f"x has {len(x.columns)} column{'s' * (len(x.columns) != 1)} and y has {len(y.columns)}: rows of the same "
            "variables, in the same order, are needed."
        )
    return tables


def positions_of_categories(categorical: object, table: Table) -> set[int]:
    """Return which columns were said to be categories."""
    if categorical is None or categorical is False:
        return set()
    if categorical is True:
        return set(range(len(table.columns)))
    if isinstance(categorical, (str, int, np.integer)):
        categorical = (categorical,)
    if not isinstance(categorical, (Sequence, set, frozenset, np.ndarray)):
        raise TypeError(f"categorical is {categorical!r}: names or positions of columns are needed, or True for all.")
    found: set[int] = set()
    for one in cast("Sequence[object]", categorical):
        if isinstance(one, str) and table.named:
            if one not in table.names:
                raise ValueError(
                    f"categorical names {one!r}, and there is no such column; there is {listed(table.names)}"
                    f"{near(one, table.names)}"
                )
            found.add(table.names.index(one))
        elif isinstance(one, (int, np.integer)) and not isinstance(one, bool):
            width = len(table.columns)
            if not -width <= one < width:
                raise ValueError(f"categorical is position {one}, and the columns are 0 to {width - 1}.")
            found.add(int(one) % width)
        else:
            raise TypeError(
                f"categorical holds {one!r}: positions of columns from 0"
                + (", or names," if table.named else " (arrays have no names)")
                + " are needed."
            )
    return found


def _refuse_other_kinds(columns: Sequence[Column], *, is_name: bool) -> None:
    kinds = {"numbers" if is_name and column.kind == "booleans" else column.kind for column in columns}
    if len(kinds) == 1:
        return
    x, y = columns
    named = "" if x.where == "x" else f"{x.where.partition(': ')[2]}: "
    advice = "give both the same type"
    if "text" in kinds:
        advice = f"are they names in both? {_as_text(x if x.kind != 'text' else y)}"
    elif {"numbers", "booleans"} == kinds:
        advice = "give both as booleans, or both as numbers with .astype(int)"
    elif kinds == {"datetimes", "datetimes with a time zone"}:
        advice = "give both the same time zone, or none"
    raise TypeError(f"{named}x has {x.kind} and y has {y.kind}: {advice}.")


def _as_text(column: Column) -> str:
    return f"Then .astype(str) in {column.where.partition(':')[0]}; measured in both? Then read the text as numbers"


# --- weights and groups ---------------------------------------------------------------------------------------------


def _weights(given: object, table: Table) -> FloatArray:
    where = f"the weights of {table.who}"
    column = given if isinstance(given, Column) else _vector(given, where)
    if column.kind not in ("numbers", "booleans"):
        raise TypeError(f"{where} are {column.kind}, and numbers are needed.")
    found = np.asarray(column.values, np.float64)
    if len(found) != table.rows:
        raise ValueError(f"{where}: there are {len(found)}, and {table.who} has {table.rows} rows.")
    bad = ~(np.isfinite(found) & (found >= 0.0))
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(f"{where} must be finite and not negative: that of row {row} is {found[row]:g}.")
    counting = int(np.count_nonzero(found))
    if counting < LEAST_ROWS:
        raise ValueError(
            f"{where}: {'all are 0' if not counting else f'only {counting} are above 0'}, and at least {LEAST_ROWS} "
            "rows must count."
        )
    found = found / found.max()
    effective = float(found.sum() ** 2 / np.square(found).sum())
    if effective < _LEAST_EFFECTIVE:
        heaviest = int(found.argmax())
        raise ValueError(
            f"{where} leave {effective:.2g} effective rows of {len(found)} ((Σ w)² / Σ w²): that of row {heaviest} "
            f"outweighs the others. At least {_LEAST_EFFECTIVE} are needed to estimate anything."
        )
    return found / found.mean()


def _groups(given: object, table: Table) -> IntArray:
    where = f"the groups of {table.who}"
    column = given if isinstance(given, Column) else _vector(given, where)
    if column.rows != table.rows:
        raise ValueError(f"{where}: there are {column.rows} labels, and {table.who} has {table.rows} rows.")
    codes, labels = codes_of([column])
    if len(labels) < 2:
        raise ValueError(f"{where}: all rows are one group, and what one group says of others is nothing.")
    return codes[0]


def _vector(given: object, where: str) -> Column:
    table = table_of(given, where)
    if len(table.columns) != 1:
        raise ValueError(f"{where} have {len(table.columns)} columns, and one is needed.")
    return table.columns[0]


# --- samples that are none --------------------------------------------------------------------------------------------


def _refuse_copies(sample: Sample, who: str) -> None:
    """Raise where measured rows are copies of one another, each as often as every other: nobody measures so."""
    if not sample.dimension:
        return
    times = np.unique(_keys(sample), return_counts=True)[1]
    if len(times) == 1:
        raise ValueError(
            f"{who} is one row, {sample.rows} times over: it has no density, and nothing of how it varies can be "
            "learned. A category? categorical=True."
        )
    often = int(times.min())
    if often > 1 and often == int(times.max()) and len(times) >= LEAST_ROWS:
        raise ValueError(
            f"every row of {who} occurs exactly {often} times: they are copies, not draws. Keep one of each, as in "
            f"np.unique({who}, axis=0); values on a coarse grid? categorical=True."
        )


def _keys(sample: Sample) -> AnyArray:
    """Return a whole number per row, the same where rows are the same and, but for chances of 2⁻⁶⁴, only there."""
    factors = np.random.default_rng(0).integers(0, 2**63, sample.dimension + sample.codes.shape[1], dtype=np.uint64)
    keys = np.zeros(sample.rows, np.uint64)
    for column, factor in zip(sample.numbers.T, factors, strict=False):
        bits = (column + 0.0).view(np.uint64)  # 0 and −0 are the same number
        keys += (bits ^ (bits >> np.uint64(32))) * (factor | np.uint64(1))
    for column, factor in zip(sample.codes.T, factors[sample.dimension :], strict=True):
        keys += column.astype(np.uint64) * (factor | np.uint64(1))
    return keys


def _rescaled(x: Sample, y: Sample) -> tuple[Sample, Sample]:
    """Return the samples with columns at the ends of what float64 holds in another unit, a power of 2, and columns that
    hardly vary beside their size less their least number; their names say so.

    No divergence depends on unit or origin, no digit is lost, and squares neither overflow nor vanish.

    Raises:
        ValueError: a column whose numbers are so unlike in size that no unit suits them.
    """
    if not x.dimension:
        return x, y
    least, most = (end((end(x.numbers, axis=0), end(y.numbers, axis=0)), axis=0) for end in (np.min, np.max))
    largest = np.maximum(np.abs(least), np.abs(most))
    extreme = (largest > 0.0) & ((largest < _SMALL) | (largest > 1.0 / _SMALL))
    with np.errstate(over="ignore"):
        steady = ~extreme & (most - least < _STEADY * largest)
    if not (extreme.any() or steady.any()):
        return x, y
    names = list(x.names)
    for column in np.flatnonzero(extreme):
        _refuse_unlike_sizes(np.concatenate((x.numbers[:, column], y.numbers[:, column])), names[column])
    powers = np.where(extreme, -np.frexp(largest)[1], 0)
    origin = np.where(steady, least, 0.0)
    for column in np.flatnonzero(extreme | steady):
        names[column] += f" × 2^{powers[column]}" if extreme[column] else f" − {origin[column]:.17g}"
    first, second = (np.ldexp(side.numbers - origin, powers) for side in (x, y))
    return replace(x, numbers=first, names=tuple(names)), replace(y, numbers=second, names=tuple(names))


def _refuse_unlike_sizes(column: FloatArray, name: str) -> None:
    half = column * 0.5  # differences of numbers at both ends of the range are no numbers
    away = np.abs(half - np.median(half))
    usual = float(np.median(away[away > 0.0])) if away.any() else 0.0
    if usual < _SMALL * float(away.max()):
        raise ValueError(
            f"{name} holds {column[int(away.argmax())]:.3g}, and half of its numbers lie within {2.0 * usual:.3g} of "
            "their median: no unit suits both. A stand-in for what is missing? Drop such rows. Really so? Take "
            "logarithms or ranks of both samples, which leave the divergence as it is."
        )


def _same_rows(x: Sample, y: Sample) -> bool:
    """Return whether both are the same measured rows, in whatever order."""
    if not x.dimension or x.numbers.shape != y.numbers.shape or x.codes.shape != y.codes.shape:
        return False
    if not np.array_equal(np.sort(x.numbers[:, 0]), np.sort(y.numbers[:, 0])):
        return False
    return np.array_equal(_in_order(x), _in_order(y)) and any(
        2 * len(np.unique(column)) > x.rows for column in x.numbers.T
    )


def _in_order(sample: Sample) -> FloatArray:
    rows: FloatArray = np.column_stack((sample.numbers, sample.codes.astype(np.float64)))
    return rows[np.lexsort(rows.T)]
