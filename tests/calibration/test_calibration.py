"""The whole simulation behind docs/calibration.md; it writes the page and fails where an interval falls short."""

import pytest
from benchmarks import calibrate

from tests.calibration import tables
from tests.conftest import ROOT


@pytest.mark.calibration
def test_intervals_cover_and_tests_alarm_as_they_say():
    page = ROOT / "docs" / "calibration.md"
    calibrate.main(["--out", str(page)])
    counts = page.read_text(encoding="utf-8").partition(tables.HEADING)[0]
    short = [line for line in counts.splitlines() if "covers" in line or "instead of" in line]
    assert not short, "\n".join(short)
