"""Adoption: distributions of other libraries become ours, one library per file."""

from __future__ import annotations

import functools
import importlib
from typing import Any

from kullback.distribution import Distribution

_HOMES = {
    "scipy.stats": "scipy",
    "torch.distributions": "torch",
    "numpyro.distributions": "numpyro",
    "tensorflow_probability": "tensorflow_probability",
    "distrax": "distrax",
}
"""Where the classes of a library live, and which file here reads them."""

_NO_DISTRIBUTIONS = frozenset(
    {"builtins", "numpy", "jax", "jaxlib", "pandas", "polars", "pyarrow", "cupy", "array_api_strict", "kullback"}
)


def adopt(x: object) -> Distribution | None:
    """Return a distribution of another library as one of ours, with its own parameters: their library, dtype, device
    and gradient stay what they are.

    Args:
        x: anything; a SciPy, PyTorch, NumPyro, TensorFlow Probability (on JAX or NumPy) or Distrax distribution, or an
            object with `log_prob`, `logpdf` or `logpmf`. One of ours is returned as it is.

    Returns:
        The `Distribution`; None where `x` is no distribution at all.

    Raises:
        TypeError: a distribution whose density cannot be had.
    """
    if isinstance(x, Distribution):
        return x
    home = _home(type(x))
    if home is None:
        return None
    found: Distribution | None = importlib.import_module(f"{__name__}.{home}").adopted(x)
    return found


@functools.lru_cache(maxsize=1024)
def _home(kind: type[Any]) -> str | None:
    """Return the file that reads objects of a class; nothing is imported to find it."""
    if kind.__module__.partition(".")[0] in _NO_DISTRIBUTIONS:
        return None
    for parent in kind.__mro__:
        for prefix, home in _HOMES.items():
            if parent.__module__ == prefix or parent.__module__.startswith(f"{prefix}."):
                return home
    if any(hasattr(kind, name) for name in ("log_prob", "logpdf", "logpmf")):
        return "unknown"
    # Draws without a density; tables have `sample` too.
    draws = hasattr(kind, "rvs") or (hasattr(kind, "sample") and not hasattr(kind, "__len__"))
    return "unknown" if draws else None
