"""The truth of these tests has 40 digits."""

import mpmath as mp
import pytest


@pytest.fixture(autouse=True)
def forty_digits():
    """Compute with 40 digits wherever a test does not say otherwise."""
    with mp.workdps(40):
        yield
