"""kullback kl "normal(0, 1)" "t(5, loc=1)": divergences of distributions known by formulas."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kullback.cli.output import say, say_json
from kullback.cli.values import base_and_unit, figure
from kullback.divergence import Divergence


def named(p: str, q: str) -> bool:
    """Return whether both texts name distributions.

    Raises:
        ValueError: one does, and the other is something else.
    """
    import os

    from kullback.cli.distributions import is_call

    calls = [is_call(text) and not os.path.isfile(text) for text in (p, q)]
    if calls[0] != calls[1]:
        one, other = (p, q) if calls[0] else (q, p)
        raise ValueError(f"{one} is a distribution and {other} is not: give two distributions, or two vectors")
    return calls[0]


def only_for_vectors(*, kind: str, axis: str, terms: bool) -> None:
    """Raise if an option was given that means nothing for distributions."""
    given = {"--kind": kind != "probs", "--axis": axis != "-1", "--terms": terms}
    for option, is_given in given.items():
        if is_given:
            raise ValueError(f"{option} is for vectors of outcomes, and these are distributions: leave it out")


def measure(divergence: Divergence, p: str, q: str, *, base: str, how: bool, json: bool) -> int:
    """Compute and print a divergence of two distributions."""
    import numpy as np

    from kullback.cli.distributions import parse
    from kullback.how import how as found_by

    base_, unit = base_and_unit(base, divergence.unit)
    pair = parse(p), parse(q)
    value = np.asarray(divergence(*pair, base=base_))
    found = found_by(divergence, *pair) if how or json else None
    if json:
        assert found is not None
        say_json(_plain(divergence, p, q, value, unit, found))
        return 0
    unit = unit or "(no unit)"
    if value.ndim == 0:
        say(f"{divergence.label()} = {figure(float(value))} {unit}")
    else:
        say("\n".join([f"{divergence.label()} {unit}", *(f"{i}  {figure(x)}" for i, x in enumerate(value.ravel()))]))
    if how and found is not None:
        say("\n".join(str(found).split("\n")[1:]))
    return 0


def _plain(divergence: Divergence, p: str, q: str, value: Any, unit: str, found: Any) -> dict[str, Any]:
    many = value.ndim > 0
    return {
        "label": divergence.label(),
        "values" if many else "value": value.tolist(),
        "unit": unit,
        "formula": divergence.formula,
        "divergence": divergence.name,
        "parameters": dict(divergence.parameters),
        "direction": "Q‖P" if divergence.reversed else "P‖Q",
        "inputs": {"p": p, "q": q},
        "how": [asdict(step) for step in found.steps],
    }
