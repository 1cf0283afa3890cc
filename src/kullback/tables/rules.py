"""Rules: what a result says of how it was measured, and of how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping

from kullback.tables.settings import Settings


def rules_of(settings: Settings, columns: int) -> tuple[str, ...]:
    """Return by what rules cells, intervals, tests and verdicts of ``columns`` columns were made."""
    level = f"{100 * settings.level:g} %"
    counted = "rows"
    if settings.blocks:
        keys = ", ".join(key.column + (f":{key.unit}" if key.unit else "") for key in settings.blocks)
        counted = f"blocks ({keys}), not rows"
    elif settings.weights:
        counted = f"rows weighted by {settings.weights}"
    return (
        f"intervals are at {level} for each column alone; q-values are Benjamini–Hochberg's over {columns} columns",
        "cells are cut by the reference: at most about 20 of equal mass per column with an order, one per value "
        "otherwise, one for nulls; the outermost are open-ended for KL, PSI and χ²; cells expected to hold fewer than "
        "5 rows on the smaller side are merged",
        f"intervals and tests count {counted}",
        "verdict: DRIFT if the interval lies above the margin, STABLE if below, UNSURE otherwise",
    )


def dependence_notes(dependence: Mapping[str, float], settings: Settings) -> tuple[str, ...]:
    """Return a warning if neighbouring rows look alike (column → correlation) and no blocks were named."""
    if not dependence or settings.blocks:
        return ()
    worst = sorted(dependence.items(), key=lambda item: -item[1])
    names = ", ".join(f"{name} ({correlation:.2f})" for name, correlation in worst[:4])
    more = f" and {len(worst) - 4} more" if len(worst) > 4 else ""
    return (
        f"neighbouring rows look dependent in {names}{more}: intervals and tests that count rows are then too sure; "
        "name blocks of rows that belong together, such as --blocks day",
    )
