"""kullback kl "normal(0, 1)" "t(5, loc=1)": divergences of distributions known by formulas."""

from __future__ import annotations

from collections.abc import Callable
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
        raise ValueError(f"{one} is a distribution and {other} is not: {_advice(other)}")
    return calls[0]


def _advice(other: str) -> str:
    """Return what may have been meant in place of a second distribution."""
    from kullback.cli.distributions import ALIASES, constructors, signature

    name = other.strip().partition("(")[0].strip()
    name = ALIASES.get(name, name)
    if "(" in other and name in constructors():
        return "its brackets do not close"
    if name in constructors():
        return f"write {signature(name)} with its parameters"
    return "give two distributions, or two vectors"


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
    _say(divergence.label(), value, unit)
    if how and found is not None:
        say("\n".join(str(found).split("\n")[1:]))
    return 0


def companion(
    compute: Callable[..., Any], label: str, formula: str, unit: str, texts: list[str], base: str, *, json: bool
) -> None:
    """Compute and print the entropy of a distribution, or the cross-entropy of two."""
    import numpy as np

    from kullback.cli.distributions import parse

    base_, unit = base_and_unit(base, unit)
    value = np.asarray(compute(*map(parse, texts), **({} if base_ is None else {"base": base_})))
    if json:
        key = "values" if value.ndim else "value"
        inputs = dict(zip("pq", texts, strict=False))
        say_json({"label": label, key: value.tolist(), "unit": unit, "formula": formula, "inputs": inputs})
    else:
        _say(label, value, unit)


def _say(label: str, value: Any, unit: str) -> None:
    unit = unit or "(no unit)"
    if value.ndim == 0:
        say(f"{label} = {figure(float(value))} {unit}")
    else:
        say("\n".join([f"{label} {unit}", *(f"{i}  {figure(x)}" for i, x in enumerate(value.ravel()))]))


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
