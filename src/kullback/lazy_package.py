"""A package that imports each of its files when a name in it is first asked for.

A file may be called like the function in it: importing `kullback.distributions.normal` would bind the module to the
name under which the package offers the function, which is what the name means here whatever was imported first.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any


def make_lazy(package: str, files: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Let a package offer the names in its files, given by file; return these names in order."""
    homes = {name: file for file, names in files.items() for name in names}

    class LazyPackage(ModuleType):
        """The class of such a package."""

        def __getattr__(self, name: str) -> Any:
            if name not in homes:
                raise AttributeError(f"{package} has no attribute {name!r}", name=name, obj=self)
            value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
            setattr(self, name, value)
            return value

        def __setattr__(self, name: str, value: Any) -> None:
            if not (name in homes and isinstance(value, ModuleType)):
                super().__setattr__(name, value)

        def __dir__(self) -> list[str]:
            return sorted(homes)

    sys.modules[package].__class__ = LazyPackage
    return sorted(homes)
