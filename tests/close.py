"""The one comparison of the tests."""

import numpy as np


def assert_close(actual, expected, relative=1e-13, absolute=0.0):
    """Fail unless every entry of `actual` is within the error of `expected`; NaN fails, infinities must be equal."""
    actual, expected = np.asarray(actual, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    assert actual.shape == expected.shape, f"shape {actual.shape}, expected {expected.shape}"
    assert not np.isnan(actual).any(), f"NaN in {actual}"
    assert not np.isnan(expected).any(), f"NaN is expected: {expected}"
    finite = np.isfinite(actual) & np.isfinite(expected)
    assert np.array_equal(actual[~finite], expected[~finite]), f"{actual} is not {expected}"
    error = np.abs(actual[finite] - expected[finite])
    allowed = relative * np.abs(expected[finite]) + absolute
    assert np.all(error <= allowed), (
        f"{actual} is not {expected}: relative error {np.max(error / np.maximum(np.abs(expected[finite]), 1e-323)):.3g}"
    )
