"""Numbers, words and figures, each for itself."""

from __future__ import annotations

import dataclasses
import math
import re

import pytest

from kullback.comparison import Bar, Cell, Verdict
from kullback.estimate import Estimate
from kullback.report import numbers, safe, words
from kullback.report.figures.axis import axis
from kullback.report.figures.blocks import blocks
from kullback.report.figures.histogram import histogram
from kullback.report.figures.interval import Scale, interval
from kullback.report.figures.slots import lay_out
from kullback.report.moved import moved
from tests.report import samples


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.043567, "0.0436"),
        (999.4, "999"),
        (999.7, "1,000"),
        (1234567.0, "1,234,567"),
        (3e12, "3e12"),
        (2.5e-7, "2.5e-7"),
        (-2.5e-7, "−2.5e-7"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert numbers.number(value) == text


def test_quantities_keep_five_digits_and_texts_stay() -> None:
    assert [numbers.quantity(v) for v in (99999.96, 1402.26, 0.123456, 2.0, "2013", None)] == [
        "100,000",
        "1,402.3",
        "0.12346",
        "2",
        "2013",
        "–",
    ]


@pytest.mark.parametrize("width", range(1, 12))
def test_shortened_text_has_the_length_asked_for(width: int) -> None:
    assert len(safe.shorten("abcdefghijkl", width)) == width
    assert safe.shorten("abc", max(width, 3)) == "abc"


def test_ranges_of_similar_width_are_drawn_to_scale_and_areas_are_shares() -> None:
    bars = [Bar("a", 0.25, 0.5, 0.0, 1.0), Bar("b", 0.75, 0.5, 1.0, 4.0)]
    first, second = lay_out(bars).items
    assert lay_out(bars).to_scale
    assert first.right == pytest.approx(0.25)
    assert first.reference == pytest.approx(second.reference)
    assert first.current == pytest.approx(3 * second.current)


def test_ranges_of_very_different_width_stand_in_equal_slots() -> None:
    bars = [Bar("a", 0.5, 0.4, 0.0, 1.0), Bar("b", 0.5, 0.6, 1.0, 1000.0)]
    layout = lay_out(bars)
    assert not layout.to_scale
    assert layout.items[0].right == pytest.approx(0.5)


def test_open_ranges_and_nulls_have_a_place() -> None:
    bars = [
        Bar("< 0", 0.1, 0.1, -math.inf, 0.0),
        Bar("[0, 1)", 0.5, 0.4, 0.0, 1.0),
        Bar("≥ 1", 0.2, 0.3, 1.0, math.inf),
        Bar("null", 0.2, 0.2),
    ]
    layout = lay_out(bars)
    assert len(layout.continuous) == 3 and len(layout.alone) == 1
    assert layout.alone[0].left > layout.continuous[-1].right
    assert layout.items[-1].right == pytest.approx(1.0)
    assert all(0.0 <= h <= 1.0 for slot in layout.items for h in (slot.reference, slot.current))
    assert "nan" not in histogram(bars, "h", "t") and "inf" not in histogram(bars, "h", "t")
    assert "null" in axis(bars, "numeric") and "∞" not in axis(bars, "numeric")


def test_no_bars_zero_bars_and_points_do_not_fail() -> None:
    for bars in ([], [Bar("a", 0.0, 0.0)], [Bar("5", 1.0, 1.0, 5.0, 5.0)]):
        for drawn in (histogram(bars, "h", "t"), axis(bars, "numeric"), *map(str, blocks(bars, 10))):
            assert "nan" not in drawn and "inf" not in drawn


def test_many_bars_are_merged_without_losing_mass() -> None:
    ranges = [Bar(str(i), 0.005, 0.005, float(i), i + 1.0) for i in range(200)]
    categories = [Bar(str(i), 0.001, 0.001) for i in range(1000)]
    for bars in (ranges, categories):
        slots = lay_out(bars).items
        assert len(slots) <= 40
        assert sum(slot.bar.reference for slot in slots) == pytest.approx(sum(bar.reference for bar in bars))


def test_a_category_that_towers_over_the_others_is_cut_and_drawn_broken() -> None:
    small = [Bar(f"c{i}", 0.01, 0.02) for i in range(9)]
    rest = Bar("4,031 other values", 0.91, 0.82)
    *_, tall = lay_out([*small, rest]).items
    assert tall.is_cut
    assert tall.reference == 1.0
    assert tall.current == pytest.approx(0.82 / 0.91)
    others = lay_out([*small, rest]).items[:-1]
    assert [slot.current for slot in others] == pytest.approx([1 / 1.4] * 9)
    # The tall bar is two pieces, the others one each.
    reference, _ = re.findall(r' d="([^"]*)"', histogram([*small, rest], "h", "t"))
    assert reference.count("M") == 11
    assert blocks([*small, rest], 10) == ("▃" * 9 + "█", "▆" * 9 + "▇")


def test_few_or_similar_categories_and_ranges_are_never_cut() -> None:
    for bars in (
        [Bar("true", 0.99, 0.98), Bar("false", 0.01, 0.02)],
        [Bar(f"c{i}", 0.1, 0.1) for i in range(10)],
        [Bar("one", 1.0, 1.0), *(Bar(f"c{i}", 0.0, 0.0) for i in range(9))],
        [Bar(f"c{i}", 0.01 + 0.9 * (i == 3), 0.01, float(i), i + 1.0) for i in range(10)],
    ):
        assert not any(slot.is_cut for slot in lay_out(bars).items)


@pytest.mark.parametrize(
    ("labels", "kind", "texts"),
    [
        ([str(i + 1) for i in range(12)], "numeric", ["1", "4", "7", "10", "12"]),
        ([f"{i} … {i + 2}" for i in range(0, 24, 2)], "numeric", ["0", "6", "12", "18", "24"]),
        ([f"[{i}, {i + 1})" for i in range(12)], "numeric", ["0", "3", "6", "9", "12"]),
        (
            [f"2013-{i + 1:02}-01 00:00:00 … 2013-{i + 1:02}-28 12:00:00" for i in range(12)],
            "datetime",
            ["2013-01-01", "2013-07-01", "2013-12-28"],
        ),
        (["short", "long"], "text", ["short", "long"]),
    ],
)
def test_the_axis_says_where_bars_begin_and_end(labels: list[str], kind: str, texts: list[str]) -> None:
    bars = [Bar(label, 0.1, 0.1, float(i), i + 1.0) for i, label in enumerate(labels)]
    assert re.findall(r">([^<]+)</text>", axis(bars, kind)) == texts


def test_blocks_are_on_one_scale() -> None:
    reference, current = blocks([Bar("a", 0.9, 0.3), Bar("b", 0.1, 0.7), Bar("c", 0.0, 1e-9)], 8)
    assert reference == "█▁ "
    assert current == "▃▆▁"


def test_a_share_of_zero_has_no_bar() -> None:
    drawn = histogram([Bar("a", 1.0, 0.0), Bar("b", 0.0, 1.0)], "h", "t")
    reference, current = re.findall(r' d="([^"]*)"', drawn)
    assert reference.count("M") == current.count("M") == 1


def test_the_interval_stands_in_order_on_the_scale() -> None:
    estimate = Estimate(0.02, 0.015, 0.03)
    scale = Scale.over([estimate], 0.01)
    assert 0.0 < scale.at(0.01) < scale.at(0.015) < scale.at(0.02) < scale.at(0.03) <= 1.0
    assert scale.at(math.inf) == 1.0
    drawn = interval(estimate, 0.01, scale)
    assert "<title>KL(P‖Q) = 0.02 nats, [0.015, 0.03] at 95 %; the margin is 0.01 nats</title>" in drawn
    for extreme in (Estimate(math.inf, 1.0, math.inf), Estimate(0.0, 0.0, 0.0)):
        drawn = interval(extreme, 0.0, Scale.over([extreme], 0.0))
        assert "nan" not in drawn and "inf" not in drawn


def test_what_moved_adds_up() -> None:
    one = samples.difference("a", "categorical", 0.9, 12)
    cells = moved(one)
    assert sum(cell.part or 0.0 for cell in cells) == pytest.approx(1.0)
    assert sum(cell.change for cell in cells) == pytest.approx(0.0, abs=1e-6)
    assert [cell.part for cell in cells] == sorted((cell.part or 0.0 for cell in cells), reverse=True)


def test_an_infinite_contribution_comes_first() -> None:
    one = dataclasses.replace(
        samples.difference("a", "categorical", 0.9), cells=(Cell("x", 1, 1, 0.5), Cell("y", 1, 0, math.inf))
    )
    assert [(cell.label, cell.part) for cell in moved(one)] == [("y", None), ("x", 0.0)]


@pytest.mark.parametrize(
    ("created", "shown"),
    [
        ("2026-11-22T13:04:10+00:00", "2026-11-22 13:04 UTC"),
        ("2026-11-22T13:04:10", "2026-11-22 13:04"),
        ("yesterday\x1b", r"yesterday\x1b"),
        ("", ""),
    ],
)
def test_the_date(created: str, shown: str) -> None:
    assert words.created(dataclasses.replace(samples.empty(), created=created)) == shown


def test_sentences() -> None:
    drift, stable = samples.difference("a", "numeric", 0.9), samples.difference("b", "numeric", 0.0)
    unsure = dataclasses.replace(stable, name="c", verdict=Verdict.UNSURE, rows_to_settle=math.inf)
    for differences, sentence in (
        ((drift,), "The only column drifts beyond the margin of 0.01 nats."),
        ((drift, stable), "1 of 2 columns drifts beyond the margin; 1 is stable."),
        ((stable,), "The only column is stable: its interval lies below the margin of 0.01 nats."),
        ((unsure, stable), "1 of 2 columns needs more rows to be settled; 1 is stable."),
        ((), "No columns were compared."),
    ):
        assert words.verdict_line(samples.of(*differences)) == sentence
    assert words.settle(unsure) == "The value lies on the margin, so no number of rows would settle it."
    assert words.settle(stable) == ""
