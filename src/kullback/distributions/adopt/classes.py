"""Classes: which of another library's classes an object belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kullback.distribution import Distribution

Reader = Callable[[Any], Distribution]
"""Makes an object of a known class one of ours."""


def reader_of(x: object, readers: Mapping[str, Reader], home: str, density: str) -> Reader | None:
    """Return the reader of the class of `x`, or of one that it is derived from without another density.

    Args:
        x: a distribution of another library.
        readers: by the name of the class.
        home: where the library's own classes are; a class of that name elsewhere is another thing.
        density: the method that holds the density: where a class derived by a user has its own, it is not known.
    """
    for parent in type(x).__mro__:
        if parent.__module__.startswith(home) and parent.__name__ in readers:
            same = getattr(type(x), density, None) is getattr(parent, density, None)
            return readers[parent.__name__] if same else None
    return None


def first_given(x: object, *names: str) -> str:
    """Return which of the spellings of a parameter was given to `x`.

    Those that follow from it are computed when they are asked for and kept behind it, so the first is the given one.
    """
    wanted = set(names)
    for name in vars(x):
        if name in wanted:
            return name
    raise TypeError(f"{type(x).__name__} has none of {', '.join(names)}.")
