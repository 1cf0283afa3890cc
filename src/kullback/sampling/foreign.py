"""Distributions of other libraries, and objects of users, drawn from by their own samplers.

The library's own state of chance is left as it is: each draw gets a generator, a key or a seed made from `rng`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kullback.arrays import library, to_numpy


def drawn(x: Any, n: int, rng: np.random.Generator) -> Any | None:
    """Return n outcomes along a first axis, or None where the object has no sampler that takes a seed."""
    roots = {parent.__module__.partition(".")[0] for parent in type(x).__mro__}
    for library_name, sampler in _LIBRARIES.items():
        if library_name in roots:
            return _in_numpy(sampler(x, n, rng))
    if callable(getattr(x, "rvs", None)):
        return _in_numpy(_rvs(x, n, rng))
    return None


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31 - 1))


def _scipy(x: Any, n: int, rng: np.random.Generator) -> Any:
    if hasattr(x, "rvs"):
        return _rvs(x, n, rng)
    return x.sample((n,), rng=rng)


def _rvs(x: Any, n: int, rng: np.random.Generator) -> Any:
    # One outcome loses its first axis, so that two are asked for.
    return np.asarray(x.rvs(size=max(n, 2), random_state=rng))[:n]


def _torch(x: Any, n: int, rng: np.random.Generator) -> Any:
    import torch

    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(_seed(rng))
        return x.sample((n,))


def _numpyro(x: Any, n: int, rng: np.random.Generator) -> Any:
    import jax

    return x.sample(jax.random.key(_seed(rng)), (n,))


def _seeded(x: Any, n: int, rng: np.random.Generator) -> Any:
    """TensorFlow Probability on JAX or NumPy, and Distrax."""
    seed: Any = _seed(rng)
    if "substrates.numpy" not in type(x).__module__:
        import jax

        seed = jax.random.PRNGKey(seed)
    return x.sample(sample_shape=(n,), seed=seed)


_LIBRARIES: dict[str, Callable[[Any, int, np.random.Generator], Any]] = {
    "torch": _torch,
    "numpyro": _numpyro,
    "tensorflow_probability": _seeded,
    "distrax": _seeded,
    "scipy": _scipy,
}


def _in_numpy(x: Any) -> Any:
    return np.asarray(x if library(x) in ("", "numpy") else to_numpy(x), dtype=np.float64)
