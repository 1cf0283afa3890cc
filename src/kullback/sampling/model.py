"""model_of: a distribution known by a formula as the model beside which a sample is held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kullback.distribution import Density
from kullback.distributions.adopt.unknown import Unknown
from kullback.exact.pair import in_numpy
from kullback.sample import FloatArray, Model
from kullback.sampling.draw import draw, known, named
from kullback.support import Space


def model_of(distribution: object) -> Model:
    """Return the `Model` of one distribution: its log-density of rows, and how rows of it are drawn.

    A row is an outcome: one number, a vector, or a matrix written out row by row.

    Args:
        distribution: as in `draw`, without batch.

    Returns:
        A `Model`; its `draw` is None where the distribution cannot be drawn from.

    Raises:
        ValueError: a batch of distributions.
        TypeError: something that is no distribution known by a formula.

    Example:
        >>> import kullback as kb
        >>> model_of(kb.normal(0, 1)).log_prob([[0.0], [1.0]]).round(6)
        array([-0.918939, -1.418939])
    """
    ours = known(distribution)
    if ours.batch_shape:
        raise ValueError(
            f"{named(ours)} is a batch of distributions, of shape {ours.batch_shape}; a sample is held against one. "
            "Its axes are those of an outcome? kb.distributions.independent_of(q)."
        )
    return Model(_rows_of(ours), _drawn_rows(distribution), named(ours))


def log_density(ours: Density) -> Callable[[FloatArray], FloatArray]:
    """Return ln p of an array of outcomes, shape (n, *event), in NumPy."""
    fixed: Any = in_numpy(ours)
    if isinstance(fixed, Unknown) and isinstance(fixed.domain, Space):
        # Its own check of shapes is made for numbers.
        found = fixed.density
    else:
        found = fixed.log_prob

    def log_prob(x: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            values = np.asarray(found(x), dtype=np.float64)
        if values.shape != x.shape[:1]:
            raise ValueError(
                f"{named(ours)}: its log-density gives an array of shape {values.shape} at outcomes of shape "
                f"{x.shape}, and one number per row is needed."
            )
        return values

    return log_prob


def event_shape(ours: Density) -> tuple[int, ...] | None:
    """Return the shape of one outcome, None where it is not stated."""
    if not ours.event_dimensions:
        return ()
    support: Any = ours.support
    if isinstance(support, Space):
        return support.shape
    sides: Any = getattr(support, "sides", None)
    return None if sides is None else (len(sides),)


def _rows_of(ours: Density) -> Callable[[FloatArray], FloatArray]:
    shape, density = event_shape(ours), log_density(ours)

    def log_prob(rows: FloatArray) -> FloatArray:
        rows = np.asarray(rows, dtype=np.float64)
        if shape is None:
            return density(rows)
        width = int(np.prod(shape, dtype=np.int64))
        if rows.ndim != 2 or rows.shape[1] != width:
            columns = rows.shape[1] if rows.ndim == 2 else rows.shape
            raise ValueError(f"the sample has {columns} columns, and an outcome of {named(ours)} {width}.")
        return density(rows.reshape(len(rows), *shape))

    return log_prob


def _drawn_rows(distribution: object) -> Callable[[int, np.random.Generator], FloatArray] | None:
    def drawn(n: int, rng: np.random.Generator) -> FloatArray:
        return draw(distribution, n, rng).reshape(n, -1)

    try:
        drawn(1, np.random.default_rng(0))
    except (ValueError, NotImplementedError):
        return None
    return drawn
