"""A comparison as one HTML file that needs nothing else: no network, no server, no script to be read."""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.resources
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from kullback.comparison import Verdict
from kullback.report import numbers, words
from kullback.report.figures.axis import axis
from kullback.report.figures.histogram import histogram, histogram_detail
from kullback.report.figures.interval import Scale, interval
from kullback.report.figures.meter import meter
from kullback.report.figures.slots import lay_out
from kullback.report.moved import Moved, moved
from kullback.report.safe import printable, shorten

if TYPE_CHECKING:
    import jinja2

    from kullback.comparison import Comparison, Difference
    from kullback.estimate import Estimate

_MOST_CELLS: Final = 6
_STABLE_CELLS: Final = 3
_MOST_OUTCOMES: Final = 4
_MOST_SEGMENTS: Final = 50
_SEGMENT_COLUMNS: Final = 6
_LONGEST_NAME: Final = 160
_LONGEST_LABEL: Final = 44


def render(comparison: Comparison) -> str:
    """Return the whole page. Its size follows the number of columns, not the number of rows."""
    environment = _environment()
    style, script = _source("report.css"), _source("report.js")
    return environment.from_string(_source("report.html")).render(
        page=_Page(comparison), comparison=comparison, style=style, script=script, policy=_policy(style, script)
    )


def render_notebook(comparison: Comparison) -> str:
    """Return the page in a frame of its own, so that neither the notebook nor the page changes the other."""
    height = min(900, 420 + 64 * len(comparison))
    return (
        f'<iframe title="kullback report" sandbox="allow-scripts" srcdoc="{html.escape(render(comparison))}" '
        f'width="100%" height="{height}" style="border:1px solid #8886;border-radius:8px"></iframe>'
    )


def _environment() -> jinja2.Environment:
    try:
        import jinja2
    except ImportError:
        raise ImportError('kullback.report.html needs jinja2: pip install "kullback[tables]"') from None
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    from markupsafe import Markup

    def drawn(part: float, title: str) -> Markup:
        return Markup(meter(part, title))

    names: dict[str, Any] = {"words": words, "meter": drawn}
    filters: dict[str, Any] = {
        "number": numbers.number,
        "quantity": _quantity,
        "share": numbers.share,
        "change": numbers.change,
        "level": numbers.level,
        "rows": numbers.rows,
        "probability": numbers.probability,
        "interval": numbers.interval,
        "name": _name,
        "label": _label,
        "printable": printable,
        "picture": Markup,
    }
    environment.filters.update(filters)
    environment.globals.update(names)
    return environment


def _source(name: str) -> str:
    text = importlib.resources.files("kullback.report").joinpath(name).read_text(encoding="utf-8")
    # Indentation is for the reader of the source; every column would carry it.
    return re.sub(r"\n\s*", "\n", text)


def _policy(style: str, script: str) -> str:
    """Nothing may be fetched, and nothing but this style and this script may run, whatever a name contains."""

    def allowed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {allowed(style)}; script-src {allowed(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _name(text: str) -> str:
    return shorten(printable(text), _LONGEST_NAME)


def _label(text: str) -> str:
    return shorten(printable(text), _LONGEST_LABEL)


def _quantity(value: float | str | None) -> str:
    return _label(numbers.quantity(value))


@dataclass(frozen=True)
class _Row:
    """What the page shows of one column."""

    index: int
    difference: Difference
    scale: Scale

    @property
    def order(self) -> int:
        return list(Verdict).index(self.difference.verdict)

    @property
    def estimate(self) -> Estimate:
        return self.difference.estimate

    @property
    def renamed(self) -> str | None:
        other = self.difference.current_name
        return None if other == self.difference.name else other

    @cached_property
    def small(self) -> str:
        title = f"{_label(self.difference.name)}: reference filled, current outlined"
        return histogram(self.difference.bars, f"h{self.index}", title)

    @cached_property
    def large(self) -> str:
        title = f"{_label(self.difference.name)}, one bar per outcome: reference → current"
        return histogram_detail(self.difference.bars, f"h{self.index}", title)

    @cached_property
    def line(self) -> str:
        return interval(self.estimate, self.difference.margin, self.scale)

    @property
    def axis(self) -> str:
        return axis(self.difference.bars, self.difference.kind)

    @property
    def equal_slots(self) -> bool:
        layout = lay_out(self.difference.bars)
        return bool(layout.continuous) and not layout.to_scale

    @property
    def has_cut(self) -> bool:
        return any(slot.is_cut for slot in lay_out(self.difference.bars).items)

    @property
    def _shown(self) -> int:
        return _STABLE_CELLS if self.difference.verdict is Verdict.STABLE else _MOST_CELLS

    @cached_property
    def moved(self) -> tuple[Moved, ...]:
        return moved(self.difference)[: self._shown]

    @cached_property
    def others(self) -> Moved | None:
        """The cells beyond those of ``moved``, as one."""
        rest = moved(self.difference)[self._shown :]
        if not rest:
            return None
        parts = [cell.part for cell in rest]
        return Moved(
            "1 other" if len(rest) == 1 else f"{len(rest)} others",
            sum(cell.reference for cell in rest),
            sum(cell.current for cell in rest),
            None if None in parts else sum(part for part in parts if part is not None),
        )

    @property
    def outcomes(self) -> Iterator[_Outcomes]:
        sizes = self.estimate.sizes or (0, 0)
        for title, measure, items, size in (
            ("Appeared", "new_mass", self.difference.appeared, sizes[-1]),
            ("Vanished", "vanished_mass", self.difference.vanished, sizes[0]),
        ):
            if items:
                shown = [(label, count, count / size if size else None) for label, count in items[:_MOST_OUTCOMES]]
                yield _Outcomes(title, self.difference.measures.get(measure), shown, more=len(items) > len(shown))


@dataclass(frozen=True)
class _Outcomes:
    """Outcomes seen on one side only, with their counts and shares."""

    title: str
    mass: Estimate | None
    items: list[tuple[str, float, float | None]]
    more: bool
    """Whether there are others; how many is not known, as a comparison keeps only the most frequent."""


@dataclass(frozen=True)
class _Segment:
    """One line of the table of segments."""

    name: str
    comparison: Comparison
    cells: tuple[Difference | None, ...]

    @property
    def open_ones(self) -> tuple[Difference, ...]:
        """The columns that are not stable."""
        return tuple(d for d in self.comparison.ranked() if d.verdict is not Verdict.STABLE)


@dataclass(frozen=True)
class _Page:
    """What the page shows, in its order."""

    comparison: Comparison

    @cached_property
    def rows(self) -> tuple[_Row, ...]:
        ranked = self.comparison.ranked()
        scales = {
            of: Scale.over([d.estimate for d in ranked if d.of == of], max(d.margin for d in ranked if d.of == of))
            for of in {d.of for d in ranked}
        }
        return tuple(_Row(index, d, scales[d.of]) for index, d in enumerate(ranked))

    @cached_property
    def anchors(self) -> dict[str, str]:
        """The place of each column on the page."""
        return {row.difference.name: f"c{row.index}" for row in self.rows}

    @property
    def counts(self) -> dict[Verdict, int]:
        return {verdict: self.comparison.count(verdict) for verdict in Verdict}

    @property
    def gates_failed(self) -> bool:
        return not all(gate.passed for gate in self.comparison.gates)

    @cached_property
    def measures(self) -> list[tuple[str, words.Meaning]]:
        """The measures that occur and what they mean."""
        used = {name for d in self.comparison.differences for name in d.measures}
        return [(name, meaning) for name, meaning in words.MEANINGS.items() if name in used]

    @cached_property
    def segment_columns(self) -> list[str]:
        """The columns that differ most in any segment."""
        order = list(Verdict)
        worst: dict[str, tuple[int, float]] = {}
        for segment in self.comparison.segments.values():
            for d in segment.differences:
                key = (order.index(d.verdict), -d.estimate.value)
                worst[d.name] = min(worst.get(d.name, key), key)
        return sorted(worst, key=lambda name: (worst[name], name))[:_SEGMENT_COLUMNS]

    @cached_property
    def segments(self) -> list[_Segment]:
        order = list(Verdict)

        def key(item: tuple[str, Comparison]) -> tuple[int, int, str]:
            name, segment = item
            return order.index(segment.verdict), -segment.count(Verdict.DRIFT), name

        ranked = sorted(self.comparison.segments.items(), key=key)[:_MOST_SEGMENTS]
        found = [(name, segment, {d.name: d for d in segment.differences}) for name, segment in ranked]
        return [
            _Segment(name, segment, tuple(by_name.get(column) for column in self.segment_columns))
            for name, segment, by_name in found
        ]

    @property
    def more_segments(self) -> int:
        return len(self.comparison.segments) - len(self.segments)
