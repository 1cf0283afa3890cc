"""Two distributions known by formulas: the exact value where there is one, else one from draws."""

from __future__ import annotations

import numpy as np

from kullback.divergence import Divergence
from kullback.estimate import Estimate
from kullback.exact.not_exact import NotExact


def between_distributions(p: object, q: object, *, of: Divergence, level: float, rng: np.random.Generator) -> Estimate:
    """Return the exact divergence as an `Estimate` without width, or a Monte Carlo one that says so."""
    from kullback.estimators.monte_carlo import monte_carlo
    from kullback.intervals import influence_function

    unit = "nats" if of.unit == "nats" else ""
    try:
        exact = np.asarray(of(p, q))
    except NotExact as reason:
        why = str(reason)
    else:
        if exact.ndim:
            raise ValueError(
                f"the distributions are a batch of shape {exact.shape}: {of!r}(P, Q) gives the exact values of all"
            )
        number = float(exact)
        return Estimate(
            number,
            number,
            number,
            level=level,
            divergence=of.symbol,
            direction="Q‖P" if of.reversed else "P‖Q",
            unit=unit,
            method="exact",
            lower_limit=number,
        )
    fitted = monte_carlo().fit(p, q, rng, of)
    value = fitted.value(of)
    low, high = influence_function.interval(value, fitted.x, fitted.y, level=level)
    floor, ceiling = of.range
    return Estimate(
        min(max(value.value, floor), ceiling),
        max(low, floor),
        min(high, ceiling),
        level=level,
        divergence=of.symbol,
        direction="Q‖P" if of.reversed else "P‖Q",
        unit=unit,
        method="Monte Carlo",
        sizes=(fitted.x.rows, fitted.x.rows),
        notes=(f"no exact value: {why.split('. ')[0]}", *fitted.notes),
        diagnostics=dict(fitted.diagnostics),
        lower_limit=max(influence_function.lower_limit(value, fitted.x, fitted.y, level=0.5 * (1.0 + level)), floor),
    )
