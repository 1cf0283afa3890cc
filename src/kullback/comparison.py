"""Comparison: named differences between a reference and a current data set, ranked, gated, saved and shown."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kullback.estimate import Estimate, figure
from kullback.records import from_plain, load_plain, save_text

if TYPE_CHECKING:
    import pandas

FORMAT = "kullback.comparison/1"


class Verdict(StrEnum):
    """What an interval says about a margin: above it, below it, or neither yet."""

    DRIFT = "DRIFT"
    """The interval lies above the margin."""
    UNSURE = "UNSURE"
    """The interval holds the margin: more rows would settle it."""
    STABLE = "STABLE"
    """The interval lies below the margin."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One outcome of a compared quantity: its counts on both sides, and what it adds to the plug-in divergence."""

    label: str
    reference: float
    current: float
    contribution: float = 0.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the overlaid histograms: the shares of both sides between ``low`` and ``high``, or of a category."""

    label: str
    reference: float
    current: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A plain statistic of both sides, such as the mean or the share of nulls."""

    name: str
    reference: float | str | None
    current: float | str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """How one named thing (a column, a metric) differs between the reference P and the current data Q.

    Attributes
    ----------
    name : the column in the reference.
    kind : ``numeric``, ``categorical``, ``boolean``, ``datetime``, ``text`` ...
    of : which of ``measures`` is ranked and gated.
    measures : every measure by name (``js``, ``kl``, ``kl_reverse``, ``jeffreys``, ``hellinger``, ``tv``, ``chi2``,
        ``ks``, ``wasserstein``, ``new_mass``, ``vanished_mass``).
    verdict, margin : what the interval of ``measures[of]`` says about the margin.
    p_value, q_value : of the G test that both sides are the same; ``q_value`` is corrected for all names together.
    rows_to_settle : how many times the rows would settle an UNSURE verdict; ``inf`` if none would.
    cells : the outcomes on which the measures were computed; their contributions sum to the plug-in value.
    bars : what to draw.
    facts : plain statistics side by side.
    appeared, vanished : outcomes seen on one side only, with their counts, the most frequent first.
    current_name : the column in the current data where it differs from ``name``.
    notes : what the reader must know.
    """

    name: str
    kind: str
    of: str
    measures: Mapping[str, Estimate]
    verdict: Verdict
    margin: float
    p_value: float = 1.0
    q_value: float = 1.0
    rows_to_settle: float | None = None
    cells: tuple[Cell, ...] = ()
    bars: tuple[Bar, ...] = ()
    facts: tuple[Fact, ...] = ()
    appeared: tuple[tuple[str, float], ...] = ()
    vanished: tuple[tuple[str, float], ...] = ()
    current_name: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def estimate(self) -> Estimate:
        """The primary measure."""
        return self.measures[self.of]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind}): {self.verdict.value}  {self.estimate}"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two data sets: what it is called and how many rows it has."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column whose type differs between the two sides."""

    name: str
    reference: str
    current: str
    compared: str | None = None
    """As what it was compared all the same; ``None`` if it was not."""


@dataclass(frozen=True, slots=True)
class SchemaDifference:
    """Columns that one side lacks or that changed their type, and those not compared, with the reason."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[Retyped, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.retyped)


@dataclass(frozen=True, slots=True)
class PairDifference:
    """How the joint distribution of two columns differs, and how much of it neither column shows alone."""

    first: str
    second: str
    joint: Estimate
    interaction: float
    """JS of the pair minus the JS of each column on the same cells (all corrected for bias), nats."""


@dataclass(frozen=True, slots=True)
class JointDifference:
    """What can be said of the divergence of all columns together.

    Attributes
    ----------
    bound : a lower bound on the joint JS: ``low`` holds at its level; ``high`` is the ceiling (ln 2).
    source : what reached the bound: a column, a pair, or the classifier.
    pairs : the pairs with the strongest interaction, strongest first.
    tree : the joint JS in the approximation of a tree over the pairs. Not a bound.
    classifier : the bound by a cross-fitted classifier, where it was asked for.
    shares : what each column adds to the classifier's bound; they sum to its value.
    notes : pairs, cells and sampled rows, in words.
    """

    bound: Estimate
    source: str
    pairs: tuple[PairDifference, ...] = ()
    tree: float | None = None
    classifier: Estimate | None = None
    shares: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateResult:
    """The outcome of one gate (``js>0.05``): which names failed it, and why in words."""

    expression: str
    failed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failed


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences between a reference P and a current data set Q.

    ``comparison["column"]`` is one `Difference`, ``comparison.worst(5)`` the five largest; iteration goes from the
    largest to the smallest. A notebook shows it as the HTML report.
    """

    reference: Side
    current: Side
    of: str
    margin: float
    level: float
    differences: tuple[Difference, ...]
    schema: SchemaDifference = field(default_factory=SchemaDifference)
    joint: JointDifference | None = None
    segments: Mapping[str, Comparison] = field(default_factory=dict[str, "Comparison"])
    segmented_by: str | None = None
    gates: tuple[GateResult, ...] = ()
    notes: tuple[str, ...] = ()
    """What the reader must know before trusting the numbers."""
    rules: tuple[str, ...] = ()
    """By what rules cells, intervals, tests and verdicts were made."""
    unit: Literal["nats", "bits"] = "nats"
    created: str = ""
    version: str = ""

    @property
    def verdict(self) -> Verdict:
        """DRIFT if anything drifts, STABLE if everything is stable, else UNSURE."""
        verdicts = {difference.verdict for difference in self.differences}
        verdicts |= {segment.verdict for segment in self.segments.values()}
        for verdict in (Verdict.DRIFT, Verdict.UNSURE):
            if verdict in verdicts:
                return verdict
        return Verdict.STABLE

    @property
    def passed(self) -> bool:
        """Whether every gate passed, those of the segments included."""
        return all(gate.passed for gate in self.gates) and all(s.passed for s in self.segments.values())

    def count(self, verdict: Verdict) -> int:
        """Return how many differences have this verdict."""
        return sum(difference.verdict is verdict for difference in self.differences)

    def ranked(self) -> tuple[Difference, ...]:
        """Return the differences by verdict (DRIFT, UNSURE, STABLE), then by the primary measure, largest first."""
        order = list(Verdict)
        return tuple(sorted(self.differences, key=lambda d: (order.index(d.verdict), -d.estimate.value, d.name)))

    def worst(self, count: int = 5) -> tuple[Difference, ...]:
        """Return the ``count`` largest differences."""
        return self.ranked()[:count]

    def __getitem__(self, name: str) -> Difference:
        for difference in self.differences:
            if difference.name == name:
                return difference
        names = ", ".join(sorted(difference.name for difference in self.differences))
        reason = self.schema.skipped.get(name)
        raise KeyError(f"{name!r} was not compared: {reason}" if reason else f"no column {name!r}; there are {names}")

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.ranked())

    def __len__(self) -> int:
        return len(self.differences)

    def to(self, unit: Literal["nats", "bits"]) -> Comparison:
        """Return the same comparison with every measure that has a unit, and every margin on one, in ``unit``."""
        if unit == self.unit:
            return self
        factor = 1.0 / math.log(2.0) if unit == "bits" else math.log(2.0)

        def convert(estimate: Estimate) -> Estimate:
            return estimate.to(unit) if estimate.unit else estimate

        def convert_difference(difference: Difference) -> Difference:
            scale = factor if difference.estimate.unit else 1.0
            return dataclasses.replace(
                difference,
                measures={name: convert(measure) for name, measure in difference.measures.items()},
                margin=difference.margin * scale,
                cells=tuple(dataclasses.replace(c, contribution=c.contribution * scale) for c in difference.cells),
            )

        joint = self.joint and dataclasses.replace(
            self.joint,
            bound=convert(self.joint.bound),
            pairs=tuple(
                dataclasses.replace(pair, joint=convert(pair.joint), interaction=pair.interaction * factor)
                for pair in self.joint.pairs
            ),
            tree=None if self.joint.tree is None else self.joint.tree * factor,
            classifier=self.joint.classifier and convert(self.joint.classifier),
            shares={name: share * factor for name, share in self.joint.shares.items()},
        )
        primary_has_unit = any(difference.estimate.unit for difference in self.differences)
        return dataclasses.replace(
            self,
            differences=tuple(convert_difference(difference) for difference in self.differences),
            margin=self.margin * factor if primary_has_unit else self.margin,
            joint=joint,
            segments={name: segment.to(unit) for name, segment in self.segments.items()},
            unit=unit,
        )

    def to_json(self) -> str:
        """Return the comparison as versioned JSON, from which `Comparison.from_json` makes the same comparison."""
        return save_text(FORMAT, self)

    @classmethod
    def from_json(cls, text: str) -> Comparison:
        """Return the comparison that `to_json` wrote; ``ValueError`` says what is wrong with any other text."""
        return from_plain(cls, load_plain(FORMAT, text, "comparison"))

    @classmethod
    def load(cls, path: str | Path) -> Comparison:
        """Return the comparison saved at ``path``."""
        return cls.from_json(Path(path).read_text(encoding="utf-8"))

    @property
    def headline(self) -> str:
        """The result in one sentence: the verdict, how many columns have which, and the largest difference."""
        counted = ", ".join(f"{self.count(verdict)} {verdict.value}" for verdict in Verdict if self.count(verdict))
        columns = f"{len(self)} column{'' if len(self) == 1 else 's'}"
        text = f"{self.verdict.value}: {columns} compared, {counted or 'none'}"
        for worst in self.worst(1):
            estimate = worst.estimate
            text += f"; largest: {worst.name}, {estimate.name} = {figure(estimate.value)} {estimate.unit}".rstrip()
        return text

    def to_frame(self) -> pandas.DataFrame:
        """Return one row per name and measure as a pandas DataFrame (needs pandas)."""
        import pandas

        return pandas.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict per difference, largest first: for a table, a CSV file or a database."""
        rows: list[dict[str, Any]] = []
        for difference in self.ranked():
            row: dict[str, Any] = {
                "name": difference.name,
                "kind": difference.kind,
                "verdict": difference.verdict.value,
            }
            for name, measure in difference.measures.items():
                row |= {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}
            row |= {"p_value": difference.p_value, "q_value": difference.q_value, "margin": difference.margin}
            rows.append(row)
        return rows

    def __str__(self) -> str:
        from kullback.report import terminal

        return terminal.render(self, width=100)

    def _repr_html_(self) -> str:
        from kullback.report import html

        return html.render_notebook(self)
