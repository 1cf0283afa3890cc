"""docs/accuracy.md says what was measured, and what was measured is what is promised."""

import json

import pytest

from kullback.arrays import unit_tolerance
from tests.backends.libraries import LIBRARIES
from tests.truth import measure


def measured():
    return json.loads(measure.MEASURED.read_text(encoding="utf-8"))


def test_the_page_is_what_was_measured():
    assert measure.PAGE.read_text(encoding="utf-8") == measure.page(measured()), "python -m tests.truth.measure --page"


def test_what_was_measured_is_promised():
    rows = measured()["rows"]
    assert {("numpy", "float64"), ("numpy", "float32"), ("torch", "float64")} <= {
        (row["library"], row["dtype"]) for row in rows
    }
    for row in rows:
        assert row["worst"]
        for group, (error, where) in row["worst"].items():
            assert error <= measure.PROMISED[row["dtype"]], f"{row['library']} {row['dtype']} {group}: {where}"


@pytest.mark.parametrize("library", LIBRARIES, ids=repr)
def test_the_tolerances_are_those_of_the_page(library):
    import numpy as np

    page = measure.PAGE.read_text(encoding="utf-8")
    shown = {"float64": "1e-8", "float32": "1e-4", "float16": "5e-3", "bfloat16": "5e-3"}
    with library.setting():
        for dtype in library.dtypes:
            assert unit_tolerance(library.make(np.ones(1), dtype)) == float(shown[dtype])
    for line in ("| float64, integers | 1e-8 |", "| float32 | 1e-4 |", "| float16, bfloat16 | 5e-3 |"):
        assert line in page
