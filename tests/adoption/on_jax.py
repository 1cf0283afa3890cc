"""JAX libraries in the tests: what they warn of while they are imported is theirs."""

import contextlib
import importlib
import warnings

import numpy as np
import pytest

jax = pytest.importorskip("jax")


def imported(module: str):
    """Import a library that warns of JAX's deprecations, or skip the tests of the file.

    NumPyro and Distrax import TensorFlow Probability when it is first needed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module("tensorflow_probability.substrates.jax.distributions")
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            pytest.skip(f"{error.name} is not installed", allow_module_level=True)


def a(*values):
    """An array of the widest floats that JAX has at the moment."""
    return jax.numpy.asarray(np.asarray(values if len(values) > 1 else values[0], dtype=float))


ROWS = [[0.2, 0.3, 0.5], [0.6, 0.1, 0.3]]
COVARIANCE = np.asarray([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 0.8]])
FACTOR = np.linalg.cholesky(COVARIANCE)
SMALL = np.asarray([[1.3, 0.4], [0.4, 0.9]])
MEAN = [0.5, -1.0, 2.0]
VECTOR = [0.2, 0.3, 0.5]
REAL, POSITIVE, SHARE, COUNT = [-1.3, 0.4, 2.2], [0.3, 1.1, 4.0], [0.1, 0.4, 0.95], [0.0, 1.0, 4.0]
UNIT = np.asarray(MEAN) / np.linalg.norm(MEAN)
POINT = np.asarray(VECTOR) / np.linalg.norm(VECTOR)
