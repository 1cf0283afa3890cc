"""The verb `kb.monitor`: a reference as users have it, and batches of a stream with the same columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kullback.infer.columns import Column, codes_of, finite
from kullback.infer.reading import positions_of_categories
from kullback.infer.tables import Table, table_of
from kullback.records import load_plain
from kullback.sample import FloatArray, Sample
from kullback.testing.monitor import MonitorState, StreamMonitor, stream_monitor
from kullback.testing.saved_monitor import load_monitor, save_monitor

_FORMAT = "kullback monitor of a table 1"


@dataclass(frozen=True)
class Variable:
    """One column of the reference, and how values of the stream are read beside it.

    Attributes:
        name: of the column.
        kind: what its values are: "numbers", "booleans", "text", times.
        categories: as text, where it is a column of categories; None where it is measured.
    """

    name: str
    kind: str
    categories: tuple[str, ...] | None


class Monitor:
    """A reference, and what the stream so far says of it: see `kb.monitor`.

    Attributes:
        state: the `MonitorState` after the last batch.
    """

    def __init__(self, stream: StreamMonitor, variables: Sequence[Variable], *, named: bool) -> None:
        self._stream = stream
        self._variables = tuple(variables)
        self._named = named

    @property
    def state(self) -> MonitorState:
        """What the rows so far say."""
        return self._stream.state

    def update(self, batch: object) -> MonitorState:
        """Take the next rows of the stream, any number of them in the order in which they came.

        Args:
            batch: rows with the reference's columns; a category that the reference lacks is one it lacks.

        Returns:
            What all rows so far say.

        Raises:
            TypeError, ValueError: other columns or kinds of values, missing or infinite values. The monitor then stays
                as it was.
        """
        return self._stream.update(
            _sample(_aligned(table_of(batch, "batch"), self._variables, named=self._named), self._variables)
        )

    def to_json(self) -> str:
        """Return the monitor as JSON text."""
        variables = [asdict(one) for one in self._variables]
        content = {
            "format": _FORMAT,
            "named": self._named,
            "variables": variables,
            "stream": save_monitor(self._stream),
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Monitor:
        """Return the monitor that `to_json` wrote.

        Raises:
            ValueError: other text.
        """
        content = load_plain(_FORMAT, text, "monitor")
        variables = [
            Variable(one["name"], one["kind"], None if one["categories"] is None else tuple(one["categories"]))
            for one in content["variables"]
        ]
        return cls(load_monitor(content["stream"]), variables, named=bool(content["named"]))

    def __repr__(self) -> str:
        return f"Monitor({self.state})"


def monitor(
    reference: object,
    *,
    alpha: float = 0.01,
    categorical: object = None,
    weights: object = None,
    groups: object = None,
    rng: int | np.random.Generator | None = None,
) -> Monitor:
    """Return a monitor that says after every batch of a stream whether it still comes from where the reference does.

    It may be looked at as often as one likes: if nothing changes, the probability that it ever alarms is at most alpha.
    Rows of the stream are taken to be independent given those before.

    Args:
        reference: rows from before, at least 40, as `kb.estimate` takes them: shape (n,) or (n, d), a DataFrame.
        alpha: the probability of a false alarm, ever.
        categorical: names or positions of columns that are categories although they are numbers.
        weights, groups: refused, with the reason.
        rng: seed or generator: the same seed gives the same bits.

    Returns:
        A monitor; its `update(batch)` returns the e-value, whether there is an alarm and since when, and a lower limit
        on the Jensen–Shannon divergence between reference and stream, valid at all times together.

    Raises:
        TypeError, ValueError: a reference that cannot be read, too few rows, weights, groups.

    Source: Shekhar and Ramdas, IEEE Trans. Inf. Theory 70 (2024), 1178-1203; `kullback.testing.monitor` has the proof.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> watch = monitor(rng.normal(0, 1, 500), rng=0)
        >>> for day in range(4):
        ...     state = watch.update(rng.normal(0.7, 1, 100))
        >>> state.alarm, state.first_alarm
        (True, 96)
    """
    for what, given in (("weights", weights), ("groups", groups)):
        if given is not None:
            raise ValueError(
                f"{what} were given, and a monitor bets on single rows that are independent: "
                + (
                    "a row that counts for several is not so many bets. Draw rows with probabilities in proportion to "
                    "their weights."
                    if what == "weights"
                    else "take one row, or the mean, of each group."
                )
            )
    table = table_of(reference, "reference")
    chosen = positions_of_categories(categorical, table)
    variables = [_variable(column, is_name=place in chosen) for place, column in enumerate(table.columns)]
    sample = _sample(table, variables)
    stream = stream_monitor(sample, alpha=alpha, rng=np.random.default_rng(rng))
    return Monitor(stream, variables, named=table.named)


def _variable(column: Column, *, is_name: bool) -> Variable:
    if is_name or column.kind in ("booleans", "text"):
        return Variable(column.name, column.kind, codes_of([column])[1])
    return Variable(column.name, column.kind, None)


def _aligned(table: Table, variables: Sequence[Variable], *, named: bool) -> Table:
    names = [one.name for one in variables]
    if named and table.named:
        lacks = [name for name in names if name not in table.names]
        if lacks:
            raise ValueError(f"the batch has no column {lacks[0]!r}; the reference has {', '.join(names)}")
        more = [name for name in table.names if name not in names]
        if more:
            raise ValueError(
                f"the batch has a column {more[0]!r}, and the reference has none: watch those of both, as in "
                f"batch[{names!r}]"
            )
        return table.take(names)
    if named != table.named and len(names) > 1:
        raise TypeError(
            f"the reference has {'named columns' if named else 'columns without names'}, and the batch has "
            f"{'named ones' if table.named else 'none with names'}: give both the same way"
        )
    if len(table.columns) != len(names):
        raise ValueError(f"the batch has {len(table.columns)} columns, and the reference has {len(names)}")
    return table


def _sample(table: Table, variables: Sequence[Variable]) -> Sample:
    numbers: list[FloatArray] = []
    codes: list[Any] = []
    for column, variable in zip(table.columns, variables, strict=True):
        if column.kind != variable.kind:
            raise TypeError(
                f"{column.where} has {column.kind}, and the reference has {variable.kind}: give both the same"
            )
        if variable.categories is None:
            values = finite(np.asarray(column.values), column.where)
            numbers.append(values / column.per_second if column.is_time else values)
        else:
            place = {label: code for code, label in enumerate(variable.categories)}
            found, labels = codes_of([column])
            # What the reference has never seen is one category more.
            codes.append(np.array([place.get(label, len(place)) for label in labels], np.int64)[found[0]])
    measured = [one.name for one in variables if one.categories is None]
    named = [one for one in variables if one.categories is not None]
    return Sample(
        np.stack(numbers, axis=1) if numbers else np.empty((table.rows, 0)),
        np.stack(codes, axis=1) if codes else np.empty((table.rows, 0), np.int64),
        tuple(len(one.categories or ()) + 1 for one in named),
        (*measured, *(one.name for one in named)),
    )
