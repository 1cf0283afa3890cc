"""A module that is also the function after which it is named.

Importing `kullback.bounds` binds the module to the name under which the package offers the function `bounds`: whichever
of the two stands there, it can be called.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def make_callable(module: str, function: Callable[..., Any]) -> None:
    """Let a call of the module be a call of the function."""
    sys.modules[module].__class__ = type("CallableModule", (ModuleType,), {"__call__": staticmethod(function)})
