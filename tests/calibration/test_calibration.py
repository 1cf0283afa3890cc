"""The whole simulation behind docs/calibration.md; it writes the page and fails where an interval falls short."""

import pytest
from benchmarks import calibrate

from tests.conftest import ROOT


@pytest.mark.calibration
def test_intervals_cover_and_tests_alarm_as_they_say():
    page = ROOT / "docs" / "calibration.md"
    calibrate.main(["--out", str(page)])
    short = [line for line in page.read_text(encoding="utf-8").splitlines() if "covers" in line or "instead of" in line]
    assert not short, "\n".join(short)
