"""Markdown: a comment on a pull request that shows names as they are and notifies nobody."""

from __future__ import annotations

import dataclasses

from kullback.report import markdown
from tests.report import samples


def test_what_is_not_stable_is_a_table_and_the_rest_is_counted() -> None:
    text = markdown.render(samples.comparison(20))
    assert text.startswith("### ▲ DRIFT: 4 of 20 columns drift beyond the margin; 1 is unsure, 15 are stable.\n")
    table = [line for line in text.splitlines() if line.startswith(("| ▲", "| ◐", "| ●"))]
    assert len(table) == 5
    assert table[0].startswith("| ▲ DRIFT | `time_hour` | datetime | JS(P‖Q) = 0.341 nats | [0.3, 0.383] |")
    assert "<details><summary>15 columns stable</summary>" in text
    assert "`is_international`" in text
    assert "❌ gate <code>js&#62;0.05</code> failed by `dep_delay`, `time_hour`" in text


def test_every_row_has_the_same_number_of_cells_whatever_the_names() -> None:
    lines = markdown.render(samples.hostile()).splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith("| |")]
    assert len(starts) == 2
    for start in starts:
        cells = lines[start].count("|")
        end = next(i for i in range(start, len(lines)) if not lines[i].startswith("|"))
        assert end - start > 4
        assert {line.count("|") for line in lines[start:end]} == {cells}


def test_names_have_no_effect() -> None:
    text = markdown.render(samples.hostile())
    for dangerous in ("<script", "<img", "</style", "@everyone", "*bold*", "[link]", "`tick`", "\x1b", "\u202e"):
        assert dangerous not in text, dangerous
    assert "<code>pipe &#124; and &#96;tick&#96;" in text


def test_a_comment_fits_however_many_columns_drift() -> None:
    many = tuple(samples.difference(f"column_{i}", "numeric", 0.9, seed=i) for i in range(500))
    text = markdown.render(samples.of(*many))
    assert len(text) < 65_536
    assert "and 400 columns more that are not listed here" in text


def test_all_stable_and_none_at_all() -> None:
    text = markdown.render(samples.stable())
    assert "All 20 columns are stable: every interval lies below the margin of 0.01 nats." in text
    assert "| column |" not in text
    assert markdown.render(samples.empty()).startswith("### No columns were compared.\n")


def test_segments_and_infinity() -> None:
    assert "Segments by origin: 1 of 3 show drift" in markdown.render(samples.segmented())
    assert "KL(P‖Q) = ∞ nats" in markdown.render(samples.infinite())


def test_a_segment_that_drifts_is_said_first() -> None:
    drifting = samples.of(samples.difference("a", "numeric", 0.9))
    whole = dataclasses.replace(samples.stable(), segments={"EWR": drifting, "JFK": samples.stable()})
    text = markdown.render(whole)
    assert text.startswith("### ▲ DRIFT: 1 of 2 segments show drift; of all rows together, 20 are stable.\n")
