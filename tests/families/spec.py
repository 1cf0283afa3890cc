"""What the tests know of a family, written in mpmath independently of the library: one file per family in `specs`.

Every file there has `SPEC`, or `SPECS` for several, and the laws of this folder run over all of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Spec:
    """A family.

    Attributes:
        make: the public constructor.
        members: at least three ordinary sets of parameters (keywords of `make`, Python floats or lists).
        outcomes: for each of `members`, outcomes inside the support.
        log_density: `log_density(mp, x, **parameters)` = ln p(x), all numbers mpmath's.
        pairs: parameters of P and Q for which the closed form of KL is held to its truth: nearly equal (1e-6, 1e-12),
            huge (1e10), tiny (1e-12), at the boundary, far apart.
        kl: `kl(mp, p, q)`: KL(P‖Q) by the textbook formula, p and q dicts of mpmath numbers; None where there is none.
        digits: with which the textbook formula is evaluated; more where it cancels.
        renyi: `renyi(mp, alpha, p, q)` by the textbook formula, where there is a closed form.
        orders: at which it is held to that.
        univariate: whether quadrature and sums over outcomes apply.
    """

    make: Callable[..., Any]
    members: tuple[Parameters, ...]
    outcomes: tuple[tuple[Any, ...], ...]
    log_density: Callable[..., Any]
    pairs: tuple[tuple[Parameters, Parameters], ...] = ()
    kl: Callable[..., Any] | None = None
    digits: int = 60
    renyi: Callable[..., Any] | None = None
    orders: tuple[float, ...] = (0.3, 0.5, 2.0)
    univariate: bool = True

    @property
    def name(self) -> str:
        """The name of the family."""
        return self.make.__name__


def all_specs() -> tuple[Spec, ...]:
    """Return those of every family."""
    from tests.families import specs

    found: list[Spec] = []
    for module in pkgutil.iter_modules(specs.__path__):
        content = importlib.import_module(f"{specs.__name__}.{module.name}")
        found.extend(getattr(content, "SPECS", None) or [content.SPEC])
    return tuple(found)


def exact(mp: Any, parameters: Parameters) -> Parameters:
    """Return parameters as mpmath numbers, lists as lists of them."""

    def number(x: Any) -> Any:
        return [number(one) for one in x] if isinstance(x, (list, tuple)) else mp.mpf(x)

    return {name: number(x) for name, x in parameters.items()}
