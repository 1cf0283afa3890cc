"""The page in a browser: it asks the network for nothing, and everything on it works."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kullback.comparison import Comparison
from kullback.report import html, report
from tests.report import samples

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield running
        running.close()


class Opened:
    """A page, what it asked for and what it complained of."""

    def __init__(self, browser: Browser, path: Path, width: int = 1200, **options: str) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())

    @property
    def names(self) -> list[str]:
        """The columns that are shown, in their order."""
        return self.page.eval_on_selector_all(
            ".col", "rows => rows.filter(r => r.offsetParent).map(r => r.querySelector('.n bdi').textContent)"
        )

    @property
    def overflow(self) -> int:
        """By how much the page is wider than the screen."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return report(samples.segmented(), tmp_path / "drift.html")


@pytest.fixture
def opened(browser: Browser, written: Path) -> Iterator[Opened]:
    it = Opened(browser, written)
    yield it
    assert it.requests == [written.as_uri()]
    assert it.complaints == []
    it.page.close()


def by_name(comparison: Comparison) -> list[str]:
    return sorted(difference.name for difference in comparison.differences)


def test_sorting(opened: Opened) -> None:
    ranked = [difference.name for difference in samples.segmented().ranked()]
    assert opened.names == ranked
    opened.page.get_by_role("button", name="Name", exact=True).click()
    assert opened.names == by_name(samples.segmented())
    opened.page.locator("[data-sort=measure]").click()
    values = opened.page.eval_on_selector_all(".col", "rows => rows.map(r => +r.dataset.m)")
    assert values == sorted(values, reverse=True)
    opened.page.get_by_role("button", name="Severity").click()
    assert opened.names == ranked
    assert opened.page.locator("[data-sort][aria-pressed=true]").count() == 1


def test_searching(opened: Opened) -> None:
    opened.page.keyboard.press("/")
    opened.page.keyboard.type("DELAY")
    assert opened.names == ["dep_delay", "arr_delay"]
    assert opened.page.locator("#shown").text_content() == "2 of 20 columns shown"
    opened.page.locator("#search").fill("nothing is called this")
    assert opened.names == []
    assert opened.page.locator("#none").is_visible()
    opened.page.locator("#reset").click()
    assert len(opened.names) == 20
    assert not opened.page.locator("#none").is_visible()


def test_filtering_by_verdict(opened: Opened) -> None:
    opened.page.locator("[data-show='2']").click()
    assert opened.names == ["time_hour", "dep_delay", "carrier", "air_time", "arr_delay"]
    opened.page.locator("[data-show='0']").click()
    assert opened.names == ["arr_delay"]
    opened.page.locator("[data-show='2']").click()
    assert len(opened.names) == 16


def test_opening_a_detail_with_the_keyboard(opened: Opened) -> None:
    row = opened.page.locator("#c1")
    assert not row.locator(".detail").is_visible()
    row.locator("summary").focus()
    opened.page.keyboard.press("Enter")
    assert row.locator(".detail").is_visible()
    assert "KL(Q‖P)" in row.locator(".detail").inner_text()
    # The large picture is the small one again: it has its size and its colours.
    box = row.locator("svg.H").bounding_box()
    assert box is not None
    assert box["width"] > 800
    assert row.locator("svg.H rect title").first.text_content() == "[0, 70): 0.542 % → 0.0288 %"
    opened.page.locator("#all").click()
    assert opened.page.locator(".col[open]").count() == 20
    opened.page.locator("#all").click()
    assert opened.page.locator(".col[open]").count() == 0


def test_a_link_to_a_column_opens_it_even_if_it_is_filtered_away(opened: Opened) -> None:
    opened.page.locator("#search").fill("carrier")
    opened.page.locator("a[href='#c1']").first.click()
    opened.page.wait_for_selector("#c1[open]")
    assert len(opened.names) == 20
    assert opened.page.evaluate("document.activeElement.parentElement.id") == "c1"


def test_dark_and_light(opened: Opened) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    light = opened.page.evaluate(background)
    opened.page.locator("#theme").click()
    dark = opened.page.evaluate(background)
    assert light == "rgb(247, 247, 245)" and dark == "rgb(20, 23, 26)"
    opened.page.locator("#theme").click()
    assert opened.page.evaluate(background) == light


def test_the_system_decides_and_the_button_overrules(browser: Browser, written: Path) -> None:
    it = Opened(browser, written, color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert it.page.evaluate(background) == "rgb(20, 23, 26)"
    it.page.locator("#theme").click()
    assert it.page.evaluate(background) == "rgb(247, 247, 245)"
    it.page.emulate_media(media="print", color_scheme="dark")
    assert it.page.evaluate(background) == "rgb(255, 255, 255)"
    it.page.close()


@pytest.mark.parametrize("name", ["segmented", "hostile", "infinite", "empty"])
@pytest.mark.parametrize("width", [390, 820, 1200])
def test_no_width_needs_scrolling_sideways(browser: Browser, tmp_path: Path, name: str, width: int) -> None:
    path = report(getattr(samples, name)(), tmp_path / "drift.html")
    it = Opened(browser, path, width)
    it.page.eval_on_selector_all("details", "rows => rows.forEach(row => { row.open = true })")
    it.page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)
    assert it.overflow == 0
    # Nothing in an open detail is cut off or lies over its neighbour.
    wide = it.page.eval_on_selector_all(
        ".detail, .panes > div, .list", "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    assert wide == 0
    assert it.requests == [path.as_uri()]
    assert it.complaints == []
    it.page.close()


def test_without_scripts_everything_can_still_be_read(browser: Browser, written: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written.as_uri())
    assert page.locator(".col").count() == 20
    assert not page.locator("#tools").is_visible()
    assert not page.locator("#theme").is_visible()
    page.locator("#c0 summary").click()
    assert page.locator("#c0 .detail").is_visible()
    assert page.locator("#c0 svg.h").is_visible()
    context.close()


def test_hostile_names_run_nothing(browser: Browser, tmp_path: Path) -> None:
    path = report(samples.hostile(), tmp_path / "drift.html")
    it = Opened(browser, path)
    it.page.on("dialog", lambda dialog: it.complaints.append(dialog.message))
    it.page.locator("#search").fill("<script>")
    assert it.names[0] == "<script>alert('x')</script>"
    assert it.complaints == []
    assert it.requests == [path.as_uri()]
    it.page.close()


def test_the_notebook_frame_works(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{html.render_notebook(samples.comparison(20))}", "utf-8")
    it = Opened(browser, path)
    frame = it.page.frame_locator("iframe")
    frame.locator("#search").fill("delay")
    assert frame.locator(".col:visible").count() == 2
    frame.locator("#c1 summary").click()
    assert frame.locator("#c1 .detail").is_visible()
    assert it.complaints == []
    it.page.close()


def test_it_prints(browser: Browser, written: Path, tmp_path: Path) -> None:
    it = Opened(browser, written)
    it.page.emulate_media(media="print")
    assert not it.page.locator("#tools").is_visible()
    assert it.page.locator("#c0 svg.h").is_visible()
    it.page.pdf(path=tmp_path / "drift.pdf", format="A4")
    assert (tmp_path / "drift.pdf").stat().st_size > 10_000
    it.page.close()
