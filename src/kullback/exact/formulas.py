"""Distributions known by a formula as the arguments of a call: kullback's own, and those of other libraries."""

from __future__ import annotations

from typing import Any, NoReturn

from kullback.distribution import Density, Distribution
from kullback.distributions.adopt import adopt


def adopted(x: object) -> object:
    """Return a distribution object of another library as ours; anything else as it is."""
    return x if isinstance(x, Distribution) else (adopt(x) or x)


def known_by_formula(p: object, q: object, of: str) -> tuple[Density, Density] | None:
    """Return both where they are known by formulas, None where neither is.

    Raises:
        TypeError: one is, and the other is known outcome by outcome.
    """
    if isinstance(p, Density) and isinstance(q, Density):
        return p, q
    if not isinstance(p, Density) and not isinstance(q, Density):
        return None
    one, name, other = (p, "p", q) if isinstance(p, Density) else (q, "q", p)
    rest = "q" if name == "p" else "p"
    what = f"a {type(other).__name__}" if isinstance(other, Distribution) else "an array or a list"
    raise TypeError(
        f"{of}: {name} is the distribution {one.name or type(one).__name__} and {rest} is {what}. "
        f"Samples? kb.estimate(p, q). Probabilities of outcomes? Give those of both."
    )


def only_for_arrays(of: str, **given: Any) -> None:
    """Raise if an option was given that means nothing for distributions known by formulas."""
    defaults = {"axis": -1, "where": None, "weights": None, "keepdims": False}
    for name, value in given.items():
        default = defaults[name]
        if value is not default and not (name == "axis" and value == -1):
            raise TypeError(
                f"{of}: {name} belongs to arrays of outcomes, and p and q are distributions known by formulas, "
                f"whose batch axes are those of their parameters: leave {name} out."
            )


def no_terms(divergence: object, what: str) -> NoReturn:
    """Raise for what only distributions over listed outcomes have."""
    raise TypeError(
        f"{divergence!r}.{what} is for distributions known outcome by outcome; these are known by formulas. "
        "A batch of pairs: let their parameters broadcast, as in kb.normal(mu[:, None], 1), kb.normal(mu, 1)."
    )


