"""The examples of the docstrings say what comes out."""

import doctest
import importlib

import pytest

MODULES = ["bessel", "beta", "error", "exponential", "gamma", "zeta"]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    failed, tried = doctest.testmod(importlib.import_module(f"kullback.functions.{name}"))
    assert tried > 0
    assert failed == 0
