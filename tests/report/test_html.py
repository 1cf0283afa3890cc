"""The page: self-contained, small, well-formed, and safe whatever the data are called."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest

from kullback.comparison import Bar, Comparison, Verdict
from kullback.estimate import Estimate
from kullback.report import html
from tests.report import samples

ALL = {
    "twenty": samples.comparison,
    "segmented": samples.segmented,
    "hostile": samples.hostile,
    "infinite": samples.infinite,
    "stable": samples.stable,
    "empty": samples.empty,
}
VOID = {"meta", "link", "input", "br", "hr", "img"}
# The end tags that HTML lets one leave out, and what ends such an element.
OPTIONAL = {"td": {"td", "th", "tr", "tbody", "thead", "table"}, "th": {"td", "th", "tr", "tbody", "thead", "table"}}
OPTIONAL |= {"tr": {"tr", "tbody", "thead", "table"}}


class Page(HTMLParser):
    """Every element with its attributes, and the text; a tag that closes nothing is an error."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.untitled: list[str] = []
        self.wants_title = False
        self.feed(text)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        if self.wants_title:
            assert tag == "title", f"an svg that starts with {tag} has no title"
        while self.open and tag in OPTIONAL.get(self.open[-1], set()):
            self.open.pop()
        self.wants_title = tag == "svg"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID and not self.is_closed_svg(tag):
            self.open.append(tag)

    def is_closed_svg(self, tag: str) -> bool:
        return tag in {"path", "use", "rect"} and (self.get_starttag_text() or "").endswith("/>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1] != tag and tag in OPTIONAL.get(self.open[-1], set()):
            self.open.pop()
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]} at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


@pytest.fixture(params=list(ALL))
def comparison(request: pytest.FixtureRequest) -> Comparison:
    return ALL[request.param]()


def test_it_is_well_formed_and_every_id_is_there_once(comparison: Comparison) -> None:
    page = Page(html.render(comparison))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        for key in ("href", "aria-labelledby"):
            target = attributes.get(key) or ""
            if key == "href" and not target.startswith("#"):
                continue
            assert not target or target.removeprefix("#") in ids, f"{key}={target} leads nowhere"


def test_nothing_is_fetched_from_anywhere(comparison: Comparison) -> None:
    text = html.render(comparison)
    page = Page(text)
    for tag, attributes in page.elements:
        assert tag not in {"img", "iframe", "object", "embed", "base"}
        for key in ("src", "srcset", "href", "xlink:href", "action", "data", "poster"):
            value = attributes.get(key)
            assert value is None or value.startswith("#") or value == "data:,", f"{tag} {key}={value}"
        assert not any(key.startswith("on") or key == "style" for key in attributes), f"inline code in {tag}"
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    assert "@import" not in style[1]
    assert set(re.findall(r"url\(([^)]*)\)", style[1])) == {"#hatch"}
    policy = next(a["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_policy_holds_the_digests_of_what_is_there() -> None:
    import base64
    import hashlib

    text = html.render(samples.hostile())
    for tag in ("style", "script"):
        contents = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(contents) == 1
        assert base64.b64encode(hashlib.sha256(contents[0].encode()).digest()).decode() in text


def test_names_from_data_stay_text() -> None:
    page = Page(html.render(samples.hostile()))
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert "<script>alert('x')</script>" in page.text
    assert '"><img src=x onerror=alert(1)>' in page.text
    assert "{{ jinja }} {% raw %}" in page.text
    assert r"line\nbreak\x1b[31m\u202eright to left" in page.text
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text


def test_twenty_columns_are_small_and_rows_cost_nothing() -> None:
    small = len(html.render(samples.segmented()).encode())
    assert small <= 150_000
    whole = samples.comparison(20)
    many = dataclasses.replace(
        whole,
        differences=tuple(
            dataclasses.replace(
                d,
                cells=tuple(
                    dataclasses.replace(c, reference=c.reference * 1e6, current=c.current * 1e6) for c in d.cells
                ),
            )
            for d in whole.differences
        ),
    )
    assert abs(len(html.render(many)) - len(html.render(whole))) < 100


def test_two_hundred_columns_of_two_hundred_bars() -> None:
    bars = tuple(Bar(f"[{i}, {i + 1})", 0.005, 0.005, float(i), i + 1.0) for i in range(200))
    whole = samples.comparison(200)
    comparison = dataclasses.replace(
        whole, differences=tuple(dataclasses.replace(d, bars=bars) for d in whole.differences)
    )
    text = html.render(comparison)
    assert len(text.encode()) < 200 * 8_000
    assert text.count('class="col"') == 200


def test_a_saved_comparison_renders_to_the_same_page(comparison: Comparison) -> None:
    again = Comparison.from_json(comparison.to_json())
    assert html.render(again) == html.render(comparison)


def test_it_says_what_it_must_say() -> None:
    comparison = samples.segmented()
    text = Page(html.render(comparison)).text
    for words in (
        "4 of 20 columns drift beyond the margin; 1 is unsure, 15 are stable.",
        "flights-2013-first-half.parquet",
        "336,776 rows",
        "2026-03-14 09:26 UTC",
        "0.01 nats",
        "at 95 %",
        "js>0.05",
        "Only in the current data gate",
        "list<item: string>",
        "JS(P‖Q) of all columns ≥ 0.292 nats",
        "an approximation, not a bound",
        "KL(Q‖P)",
        "About 3.2 times the rows would settle it.",
        "Segments by origin",
        "most frequent",
        "rows with a duplicated key were counted twice",
    ):
        assert words in text, words
    assert "reference P" in text and "current Q" in text


def test_columns_stand_from_the_worst_to_the_best() -> None:
    comparison = samples.comparison(20)
    text = html.render(comparison)
    places = [text.index(f'<span class="n"><bdi>{d.name}</bdi>') for d in comparison.ranked()]
    assert places == sorted(places)
    verdicts = re.findall(r'class="col" data-v="(\d)"', text)
    assert verdicts == sorted(verdicts)
    assert verdicts.count("0") == comparison.count(Verdict.DRIFT)


def test_infinity_is_shown_as_infinity() -> None:
    text = Page(html.render(samples.infinite())).text
    assert "∞ nats" in text
    assert "KL(P‖Q)" in text
    assert "nan" not in text.lower()
    assert not re.search(r"\binf\b", text)


def test_bits_are_called_bits() -> None:
    text = Page(html.render(samples.comparison(20).to("bits"))).text
    assert "0.0144 bits" in text
    assert " nats" not in text.split("What the measures mean")[0]


def test_a_lower_bound_alone_is_written_as_one() -> None:
    one = samples.difference("a", "numeric", 0.9)
    bound = Estimate(0.2, 0.15, float("inf"), divergence="JS", sizes=(10, 10))
    one = dataclasses.replace(one, measures={**one.measures, "js": bound})
    assert "≥ 0.15" in Page(html.render(samples.of(one))).text


def test_a_column_without_bars_cells_and_facts() -> None:
    one = dataclasses.replace(samples.difference("a", "metric", 0.9), bars=(), cells=(), facts=())
    assert "no bars" in Page(html.render(samples.of(one))).text


def test_a_renamed_column_shows_both_names() -> None:
    one = dataclasses.replace(samples.difference("old", "numeric", 0.9), current_name="new")
    assert "old → new" in Page(html.render(samples.of(one))).text


def test_the_notebook_gets_the_page_in_a_frame() -> None:
    comparison = samples.hostile()
    fragment = html.render_notebook(comparison)
    page = Page(fragment)
    [(tag, attributes)] = page.elements
    assert tag == "iframe"
    assert attributes["srcdoc"] == html.render(comparison)
    assert attributes["sandbox"] == "allow-scripts"
    assert comparison._repr_html_() == fragment
