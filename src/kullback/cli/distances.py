"""kullback wasserstein "normal(0, 1)" "gamma(2, 1)" and kullback fisher-rao P Q: distances of distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

_Distribution = Annotated[str, Parameter(allow_leading_hyphen=True)]
_Flag = Annotated[bool, Parameter(negative=())]


def wasserstein(p: _Distribution, q: _Distribution, /, *, order: float = 2.0, json: _Flag = False) -> int:
    """Wasserstein distance: (inf E|X − Y|^order)^(1/order) over all joint laws of X and Y.

    Parameters
    ----------
    p
        A distribution, as in 'normal(0, 1)': 'kullback list distributions' says which there are.
    q
        Another one.
    order
        A number from 1 on; 1 is the earth mover's distance.
    json
        Print JSON.
    """
    from kullback.distances.transport import wasserstein as compute

    label = f"W{order:g}(P, Q)"
    return _print(lambda a, b: compute(a, b, order), label, "wasserstein", {"order": order}, p, q, json=json)


def fisher_rao(p: _Distribution, q: _Distribution, /, *, json: _Flag = False) -> int:
    """Fisher–Rao distance: the least length of a path within the family, by its Fisher information.

    Parameters
    ----------
    p
        A distribution, as in 'normal(0, 1)': 'kullback list distributions' says which there are.
    q
        Another one of the same family.
    json
        Print JSON.
    """
    from kullback.distances.fisher_rao import fisher_rao as compute

    return _print(compute, "Fisher–Rao(P, Q)", "fisher_rao", {}, p, q, json=json)


def _print(
    compute: Callable[[Any, Any], Any],
    label: str,
    name: str,
    parameters: dict[str, float],
    p: str,
    q: str,
    *,
    json: bool,
) -> int:
    import numpy as np

    from kullback.cli.distributions import parse
    from kullback.cli.output import say, say_json
    from kullback.cli.values import figure

    value = np.asarray(compute(parse(p), parse(q)))
    if json:
        key = "values" if value.ndim else "value"
        say_json(
            {
                "label": label,
                key: value.tolist(),
                "distance": name,
                "parameters": parameters,
                "inputs": {"p": p, "q": q},
            }
        )
    elif value.ndim:
        say("\n".join([label, *(f"{i}  {figure(x)}" for i, x in enumerate(value.ravel()))]))
    else:
        say(f"{label} = {figure(float(value))}")
    return 0
