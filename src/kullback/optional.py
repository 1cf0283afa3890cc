"""Optional libraries: one clear sentence when an extra is not installed."""

from __future__ import annotations

import importlib.util


def need(module: str, extra: str, purpose: str) -> None:
    """Raise ``ImportError`` saying what to install if ``module`` is missing; do not import it."""
    if importlib.util.find_spec(module) is None:
        raise ImportError(f'{purpose} needs {module}: pip install "kullback[{extra}]"')
