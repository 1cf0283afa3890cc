"""The array libraries of the matrix: how each makes an array, gives it back, and what is promised of it.

A library that is not installed is left out, which a test shows; CUDA and CuPy are there only where a GPU is.
"""

import contextlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Library:
    """What the matrix needs to know of an array library.

    Attributes:
        name: of the library, with what matters of its setting.
        make: makes an array from (NumPy array, dtype name); the numbers are those that the dtype can hold.
        back: gives the numbers back as float64 in NumPy.
        is_own: whether something is an array of this library.
        bounds: by the dtype of the input, the relative error that is promised.
        wide: the widest float, which integers and mixtures of dtypes come to.
        integer: the dtype in which counts are made.
        subnormal: whether numbers below the normal ones are kept.
        eager: whether values can be looked at, so that bad ones raise.
        setting: a context in which everything runs.
    """

    name: str
    make: Callable[[np.ndarray, str], Any]
    back: Callable[[Any], np.ndarray]
    is_own: Callable[[Any], bool]
    bounds: dict[str, float]
    wide: str = "float64"
    integer: str = "int64"
    subnormal: bool = True
    eager: bool = True
    setting: Callable[[], Any] = contextlib.nullcontext

    def __repr__(self) -> str:
        return self.name

    @property
    def dtypes(self) -> tuple[str, ...]:
        return tuple(self.bounds)

    def dtype_of(self, x: Any) -> str:
        """Return the name of the dtype of an array."""
        return str(x.dtype).rpartition(".")[2]

    def answers_in(self, dtype: str) -> str:
        """Return the dtype of an answer to arrays of this one."""
        return {"float16": "float32", "bfloat16": "float32", "float32": "float32"}.get(dtype, self.wide)


# Narrow input is promised 1e-5 and tested for less.
_WIDE = {"float64": 1e-13, "float32": 1e-6, "float16": 1e-6}
_WITH_BFLOAT16 = {**_WIDE, "bfloat16": 1e-6}


def _numpy() -> Library:
    return Library(
        "numpy", lambda x, dtype: x.astype(dtype), np.float64, lambda x: isinstance(x, (np.ndarray, np.generic)), _WIDE
    )


def _torch(device: str) -> Library:
    import torch

    def make(x: np.ndarray, dtype: str) -> Any:
        return torch.as_tensor(np.array(x)).to(getattr(torch, dtype)).to(device)

    return Library(
        "torch" if device == "cpu" else f"torch on {device}",
        make,
        lambda x: x.detach().to("cpu", torch.float64).numpy(),
        lambda x: isinstance(x, torch.Tensor) and x.device.type == device,
        _WITH_BFLOAT16,
        eager=device == "cpu",
    )


def _jax(x64: bool) -> Library:
    import jax
    import jax.numpy as jnp

    return Library(
        "jax with x64" if x64 else "jax",
        lambda x, dtype: jnp.asarray(np.asarray(x), dtype=dtype),
        lambda x: np.asarray(x).astype(np.float64),
        lambda x: isinstance(x, jax.Array),
        _WITH_BFLOAT16 if x64 else {name: bound for name, bound in _WITH_BFLOAT16.items() if name != "float64"},
        wide="float64" if x64 else "float32",
        integer="int64" if x64 else "int32",
        subnormal=False,
        setting=lambda: jax.enable_x64(x64),
    )


def _array_api_strict() -> Library:
    import array_api_strict as xp

    return Library(
        "array-api-strict",
        lambda x, dtype: xp.asarray(np.asarray(x), dtype=getattr(xp, dtype)),
        lambda x: np.asarray(x).astype(np.float64),
        lambda x: isinstance(x, type(xp.asarray(0.0))),
        {"float64": 1e-13, "float32": 1e-6},
    )


def _cupy() -> Library:
    import cupy

    return Library(
        "cupy",
        lambda x, dtype: cupy.asarray(x, dtype=dtype),
        lambda x: x.get().astype(np.float64),
        lambda x: isinstance(x, cupy.ndarray),
        _WIDE,
    )


def installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _found() -> tuple[Library, ...]:
    found = [_numpy()]
    if installed("torch"):
        import torch

        found.append(_torch("cpu"))
        if torch.cuda.is_available():
            found.append(_torch("cuda"))
    if installed("jax"):
        found += [_jax(x64=True), _jax(x64=False)]
    if installed("array_api_strict"):
        found.append(_array_api_strict())
    if installed("cupy"):
        import cupy

        if cupy.is_available():
            found.append(_cupy())
    return tuple(found)


LIBRARIES = _found()
NUMPY = LIBRARIES[0]
OTHERS = LIBRARIES[1:]
