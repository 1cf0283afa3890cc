"""Structure: images under one map, products and truncations lead a pair back to simpler ones."""

from __future__ import annotations

from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.answer import Answer, Ask


def answer(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    """Return what follows from the divergence of simpler densities, asked for with `ask`."""
    first, second = p.image_of(), q.image_of()
    if first is None or second is None or first[0] != second[0]:
        return None
    value = ask(divergence, first[1], second[1])
    return Answer(value, "structure", f"both are images under {first[0]}: the divergence of what they are images of")
