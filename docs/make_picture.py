"""Make docs/images/report.png: the report on the flights, as headless Chromium shows it. Run by `make picture`."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import kullback as kb

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "examples" / "data"


def main() -> None:
    """Compare the flights, write the report, open it, and keep what is seen."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser_path is None:
        sys.exit("make picture needs Chromium")
    comparison = kb.compare(DATA / "flights-2013-first-half.parquet", DATA / "flights-2013-second-half.parquet")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_path = kb.report(comparison, Path(folder) / "flights.html")
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1180, "height": 1340})
        page.goto(page_path.as_uri())
        page.screenshot(path=ROOT / "docs" / "images" / "report.png")
        browser.close()


if __name__ == "__main__":
    main()
