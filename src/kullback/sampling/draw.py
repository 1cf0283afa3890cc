"""draw: outcomes of a distribution, of kullback or of another library."""

from __future__ import annotations

from typing import Any

import numpy as np

from kullback.distribution import Density
from kullback.distributions.adopt import adopt
from kullback.exact.pair import in_numpy
from kullback.sample import FloatArray
from kullback.sampling import foreign
from kullback.sampling.families import of_family


def draw(distribution: object, n: int, rng: np.random.Generator) -> FloatArray:
    """Return n independent outcomes.

    Numbers come from the quantile function where it is known; vectors, matrices and what is made of other
    distributions each from their own construction; a distribution of another library is drawn from as the one of ours
    that it is, and by its own sampler where it is none.

    Args:
        distribution: one of ours; one of SciPy, PyTorch, NumPyro, TensorFlow Probability or Distrax; or an object with
            `rvs(size=, random_state=)`.
        n: how many, ≥ 0.
        rng: where all chance comes from.

    Returns:
        An array of shape (n, *batch, *event), float64.

    Raises:
        ValueError: a distribution that cannot be drawn from, with what can be given in its place.
        TypeError: something that is no distribution known by a formula.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> draw(kb.normal([0.0, 10.0], 1.0), 4, np.random.default_rng(0)).shape
        (4, 2)
    """
    if n < 0:
        raise ValueError(f"n is {n}, and a number of rows cannot be negative.")
    ours = known(distribution)
    found = of_family(in_numpy(ours), n, rng)
    if found is None and not isinstance(distribution, Density):
        found = foreign.drawn(distribution, n, rng)
    if found is None:
        raise ValueError(
            f"{named(ours)} cannot be drawn from: it has neither a quantile function nor a sampler. "
            "Rows of it that you have already: kb.estimate(x, y) of the two samples."
        )
    found = np.asarray(found, dtype=np.float64)
    if len(found) != n:
        raise ValueError(f"{named(ours)}: its sampler gives an array of shape {found.shape}, and {n} rows are needed.")
    return found


def known(distribution: object) -> Density:
    """Return one of any library as ours.

    Raises:
        TypeError: something that is no distribution known by a formula.
    """
    ours: Any = distribution if isinstance(distribution, Density) else adopt(distribution)
    if not isinstance(ours, Density):
        kind = type(distribution).__name__
        raise TypeError(
            f"a {kind} is no distribution known by a formula, such as kb.normal(0, 1): it cannot be drawn from."
        )
    return ours


def named(ours: Density) -> str:
    """Return how a distribution is called in messages and results."""
    text = " ".join((str(getattr(ours, "label", "")) or repr(ours)).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
