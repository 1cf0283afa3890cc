"""Two densities in one array library: what the rules are given, and the way back to what the user has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback.arrays import PlainNumbers, answer_bits, cast, library, like, to_numpy, widened
from kullback.distribution import Density
from kullback.distributions.parameters import differentiated as differentiated
from kullback.distributions.parameters import readable


@dataclass(frozen=True, eq=False)
class Densities:
    """Densities with parameters in float64 (or the widest numbers of a device), all of one library.

    Attributes:
        members: P and Q, or P alone.
        example: a parameter of the library, the device and the dtype that the answer has.
        bits: the width of the numbers in the answer.
        shape: of the batch.
    """

    members: tuple[Density, ...]
    example: Any
    bits: int
    shape: tuple[int, ...]

    def returned(self, value: Any) -> Any:
        """Return a value in the user's library and dtype; a NumPy number where there is no batch."""
        with np.errstate(over="ignore", under="ignore"):
            found = cast(like(value, self.example), self.bits)
        return found[()] if isinstance(found, np.ndarray) else found


def densities(*members: Density) -> Densities:
    """Return densities in one library: that of a parameter with a gradient, else that of the first."""
    leaves = [x for one in members for x, _ in one.leaves()]
    telling = [x for x in leaves if not isinstance(x, PlainNumbers)]
    foreign = [x for x in telling if library(x) != "numpy"]
    # A parameter that carries a gradient decides; else the first argument that is more than a Python number.
    example = next((x for x in foreign if differentiated(x)), (telling or leaves or [np.zeros(())])[0])
    bits = answer_bits(*(leaves or [np.zeros(())]))
    # Without a gradient to keep, NumPy is as good and has more special functions.
    target = example if differentiated(example) or not readable(example) else np.zeros(())
    if len({library(x) for x in foreign if not readable(x) or differentiated(x)}) > 1:
        raise TypeError(
            "p and q carry gradients, or are traced, in two libraries, and no derivative passes from one to the other: "
            "detach one of them, or write both in one library."
        )
    moved = tuple(_moved(one, target) for one in members)
    return Densities(moved, example, bits, _one_shape(moved))


def _one_shape(members: tuple[Density, ...]) -> tuple[int, ...]:
    shapes = [one.batch_shape for one in members]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        told = " and ".join(f"{name} has shape {shape}" for name, shape in zip("pq", shapes, strict=False))
        raise ValueError(
            f"the batches do not broadcast: {told}. Every p with every q? One more axis in the parameters of p: "
            "kb.normal(mu[:, None], 1)."
        ) from None


def _moved(one: Density, target: Any) -> Density:
    return one.with_leaves([_wide(like(_plain(x), target)) for x, _ in one.leaves()])


def _wide(x: Any) -> Any:
    return x if isinstance(x, np.ndarray) and x.dtype == np.float64 else widened(x)


def _plain(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, PlainNumbers) else x


def in_numpy(one: Density) -> Density:
    """Return the same density with NumPy parameters, without gradients."""
    return one.with_leaves([np.asarray(to_numpy(x), dtype=np.float64) for x, _ in one.leaves()])
