"""Labels: mappings {label: weight} and pandas Series, laid side by side by label instead of by position.

pandas and Polars are never imported here: an object is asked where its type comes from.
"""

from __future__ import annotations

import itertools
import math
import numbers
import sys
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback.arrays import AnyArray, PlainNumbers, as_array
from kullback.distribution import Finite

_FRAMES = {"pandas", "polars"}


@dataclass(frozen=True, eq=False)
class Aligned:
    """Labelled arguments as arrays over the same outcomes.

    Attributes:
        arrays: one per argument, by name; entry i belongs to `labels[i]`.
        labels: the outcomes: those of the first argument in its order, then what each further one adds.
    """

    arrays: dict[str, AnyArray]
    labels: list[Any]


@dataclass(frozen=True, eq=False)
class Placed:
    """The arguments of a call by position.

    Attributes:
        known: the distributions, of arrays.
        where: a mask, or None.
        weights: of the outcomes, or None.
        labels: of the outcomes; None if nothing was labelled.
    """

    known: dict[str, Finite]
    where: object
    weights: object
    labels: list[Any] | None


def placed(known: dict[str, Finite], where: object, weights: object) -> Placed:
    """Return the arguments of a call by position: labelled ones are aligned, others stay as they are.

    An outcome that an argument does not name has no mass in it (and its pseudo-count, if it has one).

    Args:
        known: the distributions by the names that messages use.
        where: a mask of the outcomes, labelled as they are, or None.
        weights: of the outcomes, labelled as they are, or None.

    Raises:
        TypeError: as in `align`.
        ValueError: as in `align`.
    """
    if not any(labelled(one.values) for one in known.values()):
        # What else comes from pandas or Polars is an array to NumPy.
        others = {name: as_array(one.values, name) for name, one in known.items() if _library(one.values)}
        if others:
            known = {name: one.of(others.get(name, one.values)) for name, one in known.items()}
        return Placed(known, where, weights, None)
    values = {name: one.values for name, one in known.items()}
    missing: dict[str, float | None] = {
        name: 0.0 if one.scale == "linear" else -math.inf for name, one in known.items()
    }
    for name, x in (("where", where), ("weights", weights)):
        if x is not None:
            values[name], missing[name] = x, None
    aligned = align(values, missing)
    arrays = aligned.arrays
    found = {name: one.of(arrays[name]) for name, one in known.items()}
    return Placed(found, arrays.get("where"), arrays.get("weights"), aligned.labels)


def labelled(x: object) -> bool:
    """Return whether `x` says which outcome each of its numbers belongs to.

    Mappings and pandas Series do. A Series whose index only counts its rows (0, 1, 2 …, as pandas makes it where none
    is given) is an array like any other, and so is a Polars Series. A data frame of a column of labels and a column of
    weights does, but in no form that is understood: `align` says what to pass instead.
    """
    if isinstance(x, np.ndarray):
        return False
    if isinstance(x, Mapping):
        return True
    if _is_series(x):
        index: Any = x.index  # pyright: ignore[reportAttributeAccessIssue]
        return not (type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1)
    return _is_frame_of_labels(x)


def align(values: dict[str, object], missing: dict[str, float | None]) -> Aligned:
    """Lay labelled arguments side by side by label; the order of their entries never matters.

    NaN is a label like any other and equal to NaN: it is how pandas names what is missing.

    Args:
        values: the arguments by the names that messages use, all labelled.
        missing: what an argument holds for an outcome that only others name: 0 for masses, -inf for their logarithms.
            None for what must name every outcome of the others and adds none: weights and masks.

    Returns:
        `Aligned`: arrays of equal length, and the labels.

    Raises:
        TypeError: an argument without labels, one that holds something else than numbers, or arguments that have no
            label in common and not even labels of one type.
        ValueError: a label that occurs twice, or weights that leave out an outcome.
    """
    read = {name: _read(name, x, values, booleans=missing[name] is None) for name, x in values.items()}
    outcomes: dict[Hashable, None] = {}
    for name, (labels, _) in read.items():
        if missing[name] is not None:
            _check_types(outcomes, labels, list(read), name)
            outcomes.update(dict.fromkeys(labels))
    position = {label: i for i, label in enumerate(outcomes)}
    arrays: dict[str, AnyArray] = {}
    for name, (labels, numbers_) in read.items():
        absent = missing[name]
        # Labels outside the outcomes (of weights only: all other arguments made the outcomes) fall on a spare entry.
        found = np.fromiter(map(position.get, labels, itertools.repeat(-1)), np.intp, len(labels))
        if absent is None:
            _check_covers(name, labels, outcomes)
            placed = np.zeros(len(outcomes) + 1, numbers_.dtype)
        else:
            dtype = numbers_.dtype if numbers_.dtype.kind == "f" or absent == 0.0 else np.dtype(np.float64)
            placed = np.full(len(outcomes) + 1, absent, dtype)
        placed[found] = numbers_
        arrays[name] = placed[:-1]
    return Aligned(arrays, list(outcomes))


def relabel(terms: AnyArray, labels: list[Any], like: object) -> Any:
    """Return one number per label in the form of `like`: a pandas Series for a Series, otherwise a dict."""
    if not _is_series(like):
        return dict(zip(labels, terms.tolist(), strict=True))
    pandas = sys.modules["pandas"]
    index: Any = like.index  # pyright: ignore[reportAttributeAccessIssue]
    if len(index) < len(labels):
        if index.nlevels > 1:
            index = pandas.MultiIndex.from_tuples(labels, names=index.names)
        else:
            index = pandas.Index(labels, name=index.name)
    return pandas.Series(terms, index=index)


def _is_series(x: object) -> bool:
    return _library(x) == "pandas" and hasattr(x, "index") and getattr(x, "ndim", 0) == 1 and hasattr(x, "to_numpy")


def _is_frame_of_labels(x: object) -> bool:
    if _library(x) not in _FRAMES or type(x).__name__ != "DataFrame":
        return False
    frame: Any = x
    if frame.shape[1] != 2:
        return False
    first: Any = frame.iloc[:, 0] if hasattr(frame, "iloc") else frame[frame.columns[0]]
    return not (first.dtype.is_numeric() if hasattr(first.dtype, "is_numeric") else first.dtype.kind in "iufb")


def _library(x: object) -> str:
    if isinstance(x, np.ndarray):
        return ""
    # Subclasses, such as GeoPandas' of a Series, come from elsewhere.
    known = (base.__module__.partition(".")[0] for base in type(x).__mro__)
    return next((module for module in known if module in _FRAMES), "")


def _read(name: str, x: object, values: dict[str, object], *, booleans: bool) -> tuple[list[Any], AnyArray]:
    """Return the labels, all different, and the numbers of one argument."""
    if isinstance(x, Mapping):
        labels, numbers_ = list(x), _numbers(name, list(x), list(x.values()), booleans=booleans)
    elif _is_series(x):
        series: Any = x
        labels = series.index.tolist()
        numbers_: AnyArray = series.to_numpy()
        if numbers_.dtype.kind not in ("iufb" if booleans else "iuf"):
            numbers_ = _numbers(name, labels, series.tolist(), booleans=booleans)
    elif _is_frame_of_labels(x):
        frame: Any = x
        label, weight = (str(column) for column in frame.columns)
        raise TypeError(
            f"{name} is a data frame of labels and weights: pass "
            f"dict(zip({name}[{label!r}], {name}[{weight!r}], strict=True))."
        )
    else:
        other = next(known for known, value in values.items() if labelled(value))
        kind = "a list" if isinstance(x, PlainNumbers) else type(x).__name__
        raise TypeError(
            f"{other} is labelled ({type(values[other]).__name__}) and {name} ({kind}) has no labels, so "
            f"which of its numbers belongs to which outcome is unknown: pass a mapping {{label: number}} or a pandas "
            f"Series for {name} too."
        )
    labels = _same_nan(labels)
    if len(set(labels)) < len(labels):
        seen: set[Hashable] = set()
        twice = next(label for label in labels if label in seen or seen.add(label))
        raise ValueError(
            f"{name} has the label {twice!r} more than once: add up what belongs together first, in pandas with "
            f"{name}.groupby(level={_levels(x)}).sum()."
        )
    return labels, numbers_


def _levels(x: object) -> str:
    depth: int = getattr(getattr(x, "index", None), "nlevels", 1)
    return "0" if depth == 1 else str(list(range(depth)))


def _same_nan(labels: list[Any]) -> list[Any]:
    """Return the labels with one NaN for all, alone or inside a tuple: NaN is not equal to itself, objects are."""

    def one(label: Any) -> Any:
        if isinstance(label, (float, np.floating)):
            return math.nan if label != label else label
        return tuple(one(part) for part in label) if isinstance(label, tuple) else label

    kinds = set(map(type, labels))
    if any(issubclass(kind, (float, np.floating, tuple)) for kind in kinds):
        return [one(label) for label in labels]
    return labels


def _numbers(name: str, labels: Sequence[Any], found: Sequence[Any], *, booleans: bool) -> AnyArray:
    try:
        array: AnyArray = np.asarray(found)
    except (ValueError, TypeError, RuntimeError, OverflowError):
        array = np.empty(len(found), np.object_)
    if array.ndim == 1 and array.dtype.kind in ("iufb" if booleans else "iuf"):
        return array
    # Integers beyond 64 bits and fractions are numbers too, and what is none is found here.
    result = np.empty(len(found))
    for i, (label, value) in enumerate(zip(labels, found, strict=True)):
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TypeError(f"{name} holds {value!r} ({type(value).__name__}) at label {label!r}: a number is needed.")
        try:
            result[i] = float(value)
        except OverflowError:
            raise ValueError(f"{name} holds a number above 1.8e308 at label {label!r}.") from None
    return result


def _check_types(outcomes: Mapping[Any, None], labels: list[Any], names: list[str], name: str) -> None:
    """Raise where not one label is shared and none could be: integers on one side and text on the other."""
    if not outcomes or not labels or not outcomes.keys().isdisjoint(labels):
        return
    known, new = _types(outcomes), _types(labels)
    if known and new and not known & new:
        before = " and ".join(names[: names.index(name)])
        raise TypeError(
            f"{before} and {name} have no label in common, and their labels are of different types: "
            f"{_shown(known)} such as {next(iter(outcomes))!r} and {_shown(new)} such as {labels[0]!r}. "
            f"Give both the same type."
        )


def _types(labels: Iterable[Any]) -> set[str]:
    # What stands for a missing value (None, NaN, pandas' NaT and NA) is found among labels of any type.
    kinds = {type(label) for label in labels if label is not None and label is not math.nan}
    kinds = {kind for kind in kinds if kind.__name__ not in ("NaTType", "NAType")}
    return {"a number" if issubclass(kind, (numbers.Number, np.number)) else kind.__name__ for kind in kinds}


def _shown(types: set[str]) -> str:
    return " or ".join(sorted(types))


def _check_covers(name: str, labels: list[Any], outcomes: Mapping[Any, None]) -> None:
    given = set(labels)
    for label in outcomes:
        if label not in given:
            raise ValueError(f"{name} has no entry for the label {label!r}: every outcome needs one.")
