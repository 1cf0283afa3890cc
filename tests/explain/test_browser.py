"""The chart and the page in a browser: nothing is asked of the network, nothing sticks out, in light and in dark."""

import shutil

import pytest

from tests.explain.test_rendering import ALL

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found, args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield running
        running.close()


def opened(browser, path, **options):
    page = browser.new_page(**options)
    page.said = []
    page.on("request", lambda request: page.said.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(path.as_uri())
    assert page.said == [path.as_uri()]
    return page


OUTSIDE = """() => {
  const picture = document.querySelector('svg.kb-c'), frame = picture.viewBox.baseVal
  return [...picture.querySelectorAll('text')].filter(text => {
    const box = text.getBBox()
    return box.width && (box.x < 0 || box.x + box.width > frame.width || box.y + box.height > frame.height)
  }).map(text => text.textContent)
}"""
OVERLAPS = """() => [...document.querySelectorAll('svg.kb-c > g')].flatMap(row => {
  const boxes = [...row.querySelectorAll('text')].map(text => text.getBBox()).filter(box => box.width)
  return boxes.slice(1).filter((box, i) => boxes[i].x + boxes[i].width > box.x).length
}).reduce((a, b) => a + b, 0)"""


@pytest.mark.parametrize("name", ALL)
def test_every_text_of_the_picture_is_inside_and_apart(browser, tmp_path, name):
    page = opened(browser, ALL[name]().save(tmp_path / "x.svg"), viewport={"width": 820, "height": 600})
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(OVERLAPS) == 0
    page.close()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [390, 900])
def test_the_page_needs_no_scrolling_sideways(browser, tmp_path, name, width):
    page = opened(browser, ALL[name]().save(tmp_path / "x.html"), viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert page.locator("svg.kb-c").is_visible() and page.locator("table").is_visible()
    page.close()


def test_light_and_dark(browser, tmp_path):
    path = ALL["many"]().save(tmp_path / "x.html")
    colours = "[getComputedStyle(document.querySelector('.kb-x')).backgroundColor, " + (
        "getComputedStyle(document.querySelector('.kb-c .bg')).fill, "
        "getComputedStyle(document.querySelector('.kb-c .t')).fill]"
    )
    found = {}
    for scheme in ("light", "dark"):
        page = opened(browser, path, color_scheme=scheme)
        found[scheme] = page.evaluate(colours)
        page.close()
    assert found["light"] == ["rgb(255, 255, 255)", "rgb(255, 255, 255)", "rgb(28, 32, 36)"]
    assert found["dark"] == ["rgb(27, 31, 35)", "rgb(27, 31, 35)", "rgb(232, 234, 236)"]
