"""The terminal: never wider than asked, in colour only where colour is shown."""

from __future__ import annotations

import io
import math

import pytest
from rich.cells import cell_len
from rich.console import Console

from kullback.comparison import Comparison
from kullback.report import terminal
from tests.report import samples

ALL = {
    "twenty": samples.comparison,
    "segmented": samples.segmented,
    "hostile": samples.hostile,
    "infinite": samples.infinite,
    "stable": samples.stable,
    "empty": samples.empty,
}


def printed(comparison: Comparison, width: int, *, colour: bool = False, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(
        file=file, width=width, force_terminal=colour, color_system="standard" if colour else None, legacy_windows=False
    )
    terminal.print_comparison(comparison, console)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 127, 200])
@pytest.mark.parametrize("name", list(ALL))
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    comparison = ALL[name]()
    lines = terminal.render(comparison, width).splitlines()
    assert lines
    assert max(map(cell_len, lines)) <= width
    assert all(line.isprintable() for line in lines)
    assert printed(comparison, width).splitlines() == lines


def test_narrow_terminals_keep_what_matters_most() -> None:
    comparison = samples.comparison(20)
    wide, middle, narrow = (terminal.render(comparison, width) for width in (200, 80, 60))
    for text in (wide, middle, narrow):
        assert "▲ DRIFT" in text and "◐ UNSURE" in text and "● STABLE" in text
        assert "time_hour" in text and "0.341" in text
        assert "4 of 20 columns drift beyond the margin" in text.replace("\n  ", " ")
    assert "moved most" in wide and "numeric" in wide and "reference P" in wide and "[0.3, 0.383]" in wide
    assert "moved most" not in middle and "█" in middle and "[0.3, 0.383]" in middle
    assert "█" not in narrow


def test_all_sections_are_there() -> None:
    text = terminal.render(samples.segmented(), 120)
    for words in (
        "reference P: flights-2013-first-half.parquet, 336,776 rows",
        "margin 0.01 nats · intervals at 95 %",
        "joint JS(P‖Q) ≥ 0.292 nats at 95 %, reached by dep_delay × carrier",
        "an approximation, not a bound",
        "Only in the current data: gate",
        "Only in the reference: runway",
        "Type changed: flight, int64 → string, compared as numeric",
        "Not compared: crew: a list column has no single value per row",
        "✗ gate js>0.05 failed by dep_delay, time_hour",
        "✓ gate new_mass>0.1 passed",
        "Segments by origin",
        "arr_delay: about 3.2 times the rows would settle it.",
    ):
        assert words in text, words


def test_long_names_lose_their_middle() -> None:
    line = next(line for line in terminal.render(samples.comparison(20), 60).splitlines() if "wind" in line)
    assert "wind_sp" in line and "…" in line and "hour" in line


def test_control_characters_never_reach_the_terminal() -> None:
    text = terminal.render(samples.hostile(), 200)
    assert "\x1b" not in text and "\u202e" not in text
    assert r"\x1b[31m" in text


def test_colour_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = samples.comparison(20)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31m" in printed(comparison, 100, colour=True)
    assert "\x1b" not in printed(comparison, 100)
    monkeypatch.setenv("NO_COLOR", "1")
    file = io.StringIO()
    terminal.print_comparison(comparison, Console(file=file, width=100, force_terminal=True))
    assert "\x1b[1;31m" not in file.getvalue()


def test_a_terminal_without_unicode_gets_ascii() -> None:
    text = printed(samples.segmented(), 100, encoding="ascii")
    assert text.isascii()
    assert "! DRIFT" in text and "JS(P|Q)" in text


def test_infinity() -> None:
    text = terminal.render(samples.infinite(), 100)
    assert "KL(P‖Q) nats" in text and "∞" in text


def test_bits() -> None:
    text = terminal.render(samples.comparison(20).to("bits"), 100)
    assert "JS(P‖Q) bits" in text and f"margin {0.01 / math.log(2):.3g} bits" in text and "nats" not in text


def test_an_empty_comparison() -> None:
    assert terminal.render(samples.empty(), 80).splitlines()[0] == "No columns were compared."


def test_it_is_what_str_shows() -> None:
    comparison = samples.comparison(3)
    assert str(comparison) == terminal.render(comparison, 100)
