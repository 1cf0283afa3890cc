"""What all tests share."""

import os
import shutil
import sys
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # `from tests.close import assert_close`, however pytest was started
    sys.path.insert(0, str(ROOT))

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("markexpr") and not any("::" in arg for arg in config.args):
        calibration = [item for item in items if item.get_closest_marker("calibration")]
        if calibration:
            config.hook.pytest_deselected(items=calibration)
            items[:] = [item for item in items if not item.get_closest_marker("calibration")]
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="session")
def flights() -> tuple[Path, Path]:
    """The flights from New York in 2013: January to June, July to December."""
    data = ROOT / "examples" / "data"
    return data / "flights-2013-first-half.parquet", data / "flights-2013-second-half.parquet"
