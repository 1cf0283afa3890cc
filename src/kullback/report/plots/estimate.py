"""What an estimate rests on, as a figure: the learning curve, what the methods say, the log-ratios, the columns.

What the estimate does not hold is left out: without scores there is no histogram, without contributions no bars.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kullback.estimate import figure
from kullback.optional import need
from kullback.report.safe import printable, shorten

if TYPE_CHECKING:
    from kullback.estimate import Estimate

_INK, _SOFT, _LINE = "#1c2024", "#5d656e", "#d9dbd6"
_P, _Q, _FIT = "#4f7fb5", "#c8541a", "#1c2024"
_PANEL_WIDTH, _PANEL_HEIGHT, _HEAD = 4.3, 3.3, 0.8
_MOST_BARS, _MOST_METHODS, _LONGEST_LABEL = 12, 8, 26
_BINS = 60

Panel = Callable[[Any], None]


def draw(estimate: Estimate) -> Any:
    """Return a matplotlib figure of an estimate: `savefig` saves it, a notebook shows it.

    Raises:
        ImportError: matplotlib is not installed.
    """
    need("matplotlib", "plots", "a plot")
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    panels = [panel for panel in (_curve(estimate), _methods(estimate), _scores(estimate), _columns(estimate)) if panel]
    across = {0: 1, 1: 1, 3: 3}.get(len(panels), 2)
    down = max(math.ceil(len(panels) / across), 1)
    height = _HEAD + _PANEL_HEIGHT * down if panels else _HEAD
    shown = _figure_class()(figsize=(max(_PANEL_WIDTH * across, 6.4), height), dpi=150, facecolor="white")
    FigureCanvasAgg(shown)
    width_in = shown.get_figwidth()
    left, top = 0.18 / width_in, 1.0 - 0.14 / height
    head, said = _head(estimate)
    shown.text(left, top, head, ha="left", va="top", fontsize=12, fontweight="bold", color=_INK)
    words = "\n".join(textwrap.wrap(said, int(width_in * 14))[:2])
    shown.text(left, 1.0 - 0.42 / height, words, ha="left", va="top", fontsize=8.5, color=_SOFT, linespacing=1.35)
    if panels:
        grid = shown.add_gridspec(
            down,
            across,
            left=0.62 / width_in,
            right=1.0 - 0.25 / width_in,
            bottom=0.55 / height,
            top=1.0 - (_HEAD + 0.25) / height,
            wspace=0.75 / _PANEL_WIDTH,
            hspace=0.95 / (_PANEL_HEIGHT - 0.95),
        )
        for place, panel in enumerate(panels):
            panel(_axes(shown, grid[place // across, place % across]))
    return shown


def _figure_class() -> Any:
    from matplotlib.figure import Figure

    class EstimateFigure(Figure):
        """A figure that a notebook shows without pyplot."""

        def _repr_png_(self) -> bytes:
            content = io.BytesIO()
            self.savefig(content, format="png")
            return content.getvalue()

    return EstimateFigure


def _head(estimate: Estimate) -> tuple[str, str]:
    """Return what stands above: the value with its interval, and how it was reached."""
    first, _, rest = str(estimate).partition("  ")
    interval, _, how = rest.partition("  ")
    return f"{first}   {interval}", how


def _axes(shown: Any, place: Any) -> Any:
    axes = shown.add_subplot(place)
    axes.set_facecolor("white")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_LINE)
    axes.tick_params(colors=_SOFT, labelsize=8, length=0, pad=5)
    axes.set_axisbelow(True)
    return axes


def _title(axes: Any, title: str, below: str) -> None:
    # Where the labels on the left begin, so that all titles of a column of panels stand in one line.
    axes.set_title(title, loc="left", fontsize=9.5, fontweight="bold", color=_INK, pad=9)
    axes.set_xlabel(below, fontsize=8, color=_SOFT, labelpad=5)


# --- how the estimate moves with the rows -----------------------------------------------------------------------------


def _curve(estimate: Estimate) -> Panel | None:
    points = [tuple(map(float, point)) for point in getattr(estimate.fit, "learning_curve", None) or ()]
    scale = _scale(estimate)
    points = [(n, *(scale * end for end in ends)) for n, *ends in points]
    last = estimate.sizes[0] if estimate.sizes else 0
    if math.isfinite(estimate.value) and last and all(n < last for n, *_ in points):
        points.append((float(last), estimate.value, estimate.low, estimate.high))
    points = [point for point in points if math.isfinite(point[1])]
    if len(points) < 2:
        return None

    def panel(axes: Any) -> None:
        rows, values = [p[0] for p in points], [p[1] for p in points]
        ends = [end for p in points for end in p[1:] if math.isfinite(end)]
        floor, ceiling = min(ends), max(ends)
        room = 0.08 * (ceiling - floor or abs(ceiling) or 1.0)
        lows = [max(p[2], floor - room) for p in points]
        highs = [min(p[3], ceiling + 3 * room) for p in points]
        if math.isfinite(estimate.low) and math.isfinite(estimate.high):
            axes.axhspan(estimate.low, estimate.high, color=_P, alpha=0.10, linewidth=0)
        axes.plot(rows, values, color=_P, linewidth=1.2, alpha=0.7)
        axes.vlines(rows, lows, highs, color=_P, linewidth=2.2, alpha=0.85)
        axes.plot(rows, values, "o", color="white", markeredgecolor=_P, markeredgewidth=1.6, markersize=6)
        axes.annotate(
            _number(values[-1]), (rows[-1], values[-1]), (8, 0), textcoords="offset points", fontsize=8.5, color=_INK,
            va="center", fontweight="bold",
        )  # fmt: skip
        axes.set_xscale("log")
        axes.set_xticks(rows, [f"{row:,.0f}" for row in rows])
        axes.minorticks_off()
        axes.set_xlim(rows[0] / 1.25, rows[-1] * 1.25 * (rows[-1] / rows[0]) ** 0.12)
        axes.set_ylim(floor - room, ceiling + 2 * room)
        axes.yaxis.set_major_locator(_few_ticks())
        axes.grid(axis="y", color=_LINE, linewidth=0.6)
        _title(axes, "What more rows change", "rows of P")
        axes.set_title(_unit(estimate), loc="right", fontsize=7.5, color=_SOFT, pad=9)

    return panel


# --- what the methods say ---------------------------------------------------------------------------------------------


def _methods(estimate: Estimate) -> Panel | None:
    others = [(k.removeprefix("by "), v) for k, v in estimate.diagnostics.items() if k.startswith("by ")]
    others = [(name, value) for name, value in others if math.isfinite(value) and name != estimate.method]
    if not others:
        return None
    others.sort(key=lambda one: one[1])
    left_out = len(others) - _MOST_METHODS
    others = others[:_MOST_METHODS]

    def panel(axes: Any) -> None:
        from matplotlib.patheffects import withStroke

        clear = [withStroke(linewidth=3.0, foreground="white")]  # the line of the lower limit may pass behind a name
        names = [estimate.method or "this estimate", *(name for name, _ in others)]
        values = [estimate.value, *(value for _, value in others)]
        heights = list(range(len(names), 0, -1))
        if math.isfinite(estimate.low) and math.isfinite(estimate.high):
            axes.axvspan(estimate.low, estimate.high, color=_P, alpha=0.10, linewidth=0)
        for height in heights:
            axes.axhline(height, color=_LINE, linewidth=0.8)
        for name, value, height in zip(names, values, heights, strict=True):
            ours = height == len(names)
            axes.annotate(
                _label(name, 44), (0.0, height), (0, 5), xycoords=("axes fraction", "data"), va="bottom",
                textcoords="offset points", fontsize=7.5, color=_INK if ours else _SOFT, path_effects=clear,
            )  # fmt: skip
            if not math.isfinite(value):
                axes.annotate(
                    _number(value), (1.0, height), (-2, 5), xycoords=("axes fraction", "data"), ha="right", va="bottom",
                    textcoords="offset points", fontsize=7.5, color=_INK, fontweight="bold",
                )  # fmt: skip
                continue
            axes.plot(
                [value], [height], "o", color=_P if ours else "white", markeredgecolor=_P if ours else _SOFT,
                markeredgewidth=1.4, markersize=6.5,
            )  # fmt: skip
            axes.annotate(
                _number(value), (value, height), (7, 0), textcoords="offset points", fontsize=7.5, color=_INK,
                va="center", fontweight="bold" if ours else "normal", bbox={"fc": "white", "ec": "none", "pad": 0.8},
            )  # fmt: skip
        axes.set_yticks([])
        axes.set_ylim(0.2, len(names) + 0.75)
        axes.margins(x=0.18)
        _lower_limit(axes, estimate)
        axes.xaxis.set_major_locator(_few_ticks())
        more = f", {left_out} more left out" if left_out > 0 else ""
        _title(axes, "What the methods say", f"{_unit(estimate)}{more}")

    return panel


def _lower_limit(axes: Any, estimate: Estimate) -> None:
    limit = estimate.lower_limit
    if limit is None or not math.isfinite(limit):
        return
    axes.axvline(limit, color=_P, linewidth=1.0, linestyle=(0, (3, 2)))
    low, high = axes.get_xlim()
    is_left = limit < 0.5 * (low + high)
    axes.annotate(
        f"lower limit {_number(limit)}", (limit, 0.45), (4 if is_left else -4, 0), textcoords="offset points",
        fontsize=7.5, color=_SOFT, va="center", ha="left" if is_left else "right",
    )  # fmt: skip


# --- the log-ratios ---------------------------------------------------------------------------------------------------


def _scores(estimate: Estimate) -> Panel | None:
    scores = getattr(estimate.fit, "scores", None)
    if scores is None:
        return None
    scale = _scale(estimate)
    at_x, at_y = (scale * np.asarray(side, np.float64) for side in scores)
    at_x, at_y = at_x[np.isfinite(at_x)], at_y[np.isfinite(at_y)]
    if not at_x.size or not at_y.size:
        return None

    def panel(axes: Any) -> None:
        ends = [float(np.quantile(side, share)) for side in (at_x, at_y) for share in (0.002, 0.998)]
        low, high = min(ends), max(ends)
        low, high = (low, high) if high > low else (low - 0.5, high + 0.5)
        edges = np.linspace(low, high, _BINS + 1)
        tops: list[float] = []
        for side, color, letter in ((at_y, _Q, "Q"), (at_x, _P, "P")):
            # What lies beyond the ends is counted in the outermost bins, so that nothing is out of sight.
            counted, _ = np.histogram(np.clip(side, low, high), edges)
            heights = counted / counted.sum()
            axes.stairs(heights, edges, fill=True, color=color, alpha=0.28, linewidth=0)
            axes.stairs(heights, edges, color=color, linewidth=1.3)
            tops.append(float(heights.max()))
            mean = float(side.mean())
            axes.axvline(mean, ymax=0.8, color=color, linewidth=1.1, linestyle=(0, (3, 2)))  # below the words
            axes.annotate(
                f"rows from {letter}, mean {_number(mean)}", (0.0, 1.0), (0, -3 if letter == "P" else -14),
                xycoords="axes fraction", textcoords="offset points", fontsize=8, color=color, va="top",
                bbox={"fc": "white", "ec": "none", "pad": 0.8},
            )  # fmt: skip
        axes.set_ylim(0.0, 1.35 * max(tops))
        axes.set_yticks([])
        axes.set_xlim(low, high)
        axes.xaxis.set_major_locator(_few_ticks(7))
        base = "log₂" if estimate.unit == "bits" else "ln"
        _title(axes, "Log-ratios of the rows", f"{base} p/q: to the right, P is the likelier")

    return panel


# --- what each column adds --------------------------------------------------------------------------------------------


def _columns(estimate: Estimate) -> Panel | None:
    parts = [(name, value) for name, value in estimate.contributions.items() if math.isfinite(value)]
    if len(parts) < 2 or not any(value for _, value in parts):
        return None
    parts.sort(key=lambda one: -abs(one[1]))
    rest = parts[_MOST_BARS:]
    parts = parts[:_MOST_BARS]
    if rest:
        parts.append((f"{len(rest)} others", sum(value for _, value in rest)))

    def panel(axes: Any) -> None:
        heights = list(range(len(parts), 0, -1))
        values = [value for _, value in parts]
        total = sum(values)
        colors = [_Q if value < 0 else _P for value in values]
        axes.barh(heights, values, height=0.62, color=colors, alpha=0.85)
        for (_, value), height in zip(parts, heights, strict=True):
            share = f"  {_number(round(100 * value / total))} %" if total > 0 else ""
            axes.annotate(
                f"{_number(value)}{share}", (max(value, 0.0), height), (5, 0), textcoords="offset points", fontsize=7.5,
                color=_INK, va="center",
            )  # fmt: skip
        axes.set_yticks(heights, [_label(name, _LONGEST_LABEL) for name, _ in parts])
        axes.tick_params(axis="y", labelsize=8, labelcolor=_INK)
        widest = max(map(abs, values)) or 1.0
        axes.set_xlim(min(0.0, *values) - 0.02 * widest, max(0.0, *values) + 0.42 * widest)
        axes.axvline(0.0, color=_LINE, linewidth=0.8)
        axes.xaxis.set_major_locator(_few_ticks(4))
        _title(axes, "What each column adds", f"share of the value, {_unit(estimate)}")
        _make_room_for_labels(axes, [_label(name, _LONGEST_LABEL) for name, _ in parts])

    return panel


def _make_room_for_labels(axes: Any, labels: Sequence[str]) -> None:
    """Move the left end of a panel so that its labels do not run into what stands beside it."""
    place = axes.get_position()
    width = axes.figure.get_figwidth()
    needed = (0.07 * max(map(len, labels)) - 0.3) / width
    if needed > 0.0:
        axes.set_position([place.x0 + needed, place.y0, place.width - needed, place.height])


def _label(name: str, length: int) -> str:
    # A dollar sign would begin a formula.
    return shorten(printable(name), length).replace("$", r"\$")


def _number(value: float) -> str:
    return figure(value).replace("-", "−")


def _scale(estimate: Estimate) -> float:
    """Return what turns nats into the unit of the estimate."""
    return 1.0 / math.log(2.0) if estimate.unit == "bits" else 1.0


def _unit(estimate: Estimate) -> str:
    return f"{estimate.name}, {estimate.unit}" if estimate.unit else estimate.name


def _few_ticks(count: int = 5) -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(count)
