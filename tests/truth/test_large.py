"""Many outcomes, up to a million, against the truths in large.json."""

import pytest

from tests.close import assert_close
from tests.truth import large
from tests.truth.large import CASES, MILLION, SMALLER


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_divergences_of_many_outcomes(case):
    entry = large.truths()[case.name]
    arrays = case.arrays()
    assert large.checksum(*arrays) == entry["checksum"], "other numbers than those the truths were computed for"
    p, q = large.known(case)
    relative = 1e-13 if case.dtype in ("float64", "int64") else 1e-6
    for divergence in large.asked_of(case):
        try:
            expected = float(entry["truths"][repr(divergence)])
            # Below the normal numbers there are no digits to be right.
            assert_close(divergence(p, q), expected, relative, absolute=2.0**-1040 if expected < 1e-307 else 0.0)
        except AssertionError as error:
            raise AssertionError(f"{divergence!r} of {case.name}: {error}") from None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_truth_is_missing(case):
    missing = {repr(divergence) for divergence in large.asked_of(case)} - set(large.truths()[case.name]["truths"])
    assert not missing, "python -m tests.truth.make_large"
    assert len(large.asked_of(case)) >= 12


def test_the_cases_are_what_they_say():
    assert {case.size for case in CASES} >= {SMALLER, MILLION}
    assert len({case.name for case in CASES}) == len(CASES)
    assert set(large.truths()) == {case.name for case in CASES}
