"""Coordinates for distances: shared invertible maps of both samples, which leave every f-divergence as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kullback.sample import FloatArray, Sample

Coordinates: TypeAlias = Literal["whiten", "ranks"] | None
"""`"whiten"`: pooled covariance the identity. `"ranks"`: pooled ranks to normal scores first. None: as given."""

Forward: TypeAlias = Callable[[FloatArray], FloatArray]
"""From rows of numbers, shape (rows, d), to the coordinates, shape (rows, r)."""

_RANK = 1e-12
"""Share of the variance below which a direction of the pooled covariance is one in which nothing varies."""


@dataclass(frozen=True, eq=False)
class Mapped:
    """Both samples in the coordinates in which distances are taken.

    Attributes:
        x, y: shapes (n, r) and (m, r), r ≤ d: directions in which neither sample varies are left out.
        log_volume: ln of how much the map stretches volumes, the same everywhere; NaN for ranks and where
            directions are left out.
        forward: the map of other rows, after whitening.
        notes: what was left out.
    """

    x: FloatArray
    y: FloatArray
    log_volume: float
    forward: Forward | None
    notes: tuple[str, ...] = ()


def mapped(x: Sample, y: Sample, coordinates: Coordinates) -> Mapped:
    """Return both samples in the coordinates that were asked for.

    The pooled mean, covariance and ranks give both samples the same weight, whatever their sizes. Distances after
    whitening do not change with an affine map of the data, and those after ranks not with a monotone one of each
    column.

    Args:
        x, y: samples with the same columns of numbers.
        coordinates: `"whiten"`, `"ranks"` or None.

    Raises:
        ValueError: no column in which anything varies, or another name.

    Example:
        >>> from kullback.sample import sample_of
        >>> found = mapped(sample_of([0.0, 2.0]), sample_of([4.0, 6.0]), "whiten")
        >>> found.y.ravel().round(3)
        array([0.447, 1.342])
    """
    if coordinates not in ("whiten", "ranks", None):
        raise ValueError(f'transform is {coordinates!r}: "whiten", "ranks" or None is needed.')
    _check_columns(x, y)
    a, b = x.numbers, y.numbers
    kept = _varying(a, b)
    notes: tuple[str, ...] = ()
    if not kept.any():
        raise ValueError("x and y hold one and the same row of numbers: there are no distances between neighbours.")
    if not kept.all():
        notes = (_left_out(int((~kept).sum()), "columns in which all rows are the same"),)
        a, b = a[:, kept], b[:, kept]
    if coordinates is None:
        return Mapped(a, b, 0.0, None, notes)
    if coordinates == "ranks":
        scored = [_normal_scores(a[:, i], b[:, i], x.shares, y.shares) for i in range(a.shape[1])]
        a, b = (np.column_stack(side) for side in zip(*scored, strict=True))
    affine, log_volume, dropped = _affine(a, b, x.shares, y.shares)
    if dropped:
        notes += (_left_out(dropped, "directions in which nothing varies"),)
    if dropped or coordinates == "ranks":
        log_volume = np.nan

    # Kept, not worked out again: from arrays in another order of memory other roundings turn near-equal directions.
    def forward(rows: FloatArray) -> FloatArray:
        return affine(rows[:, kept])

    return Mapped(affine(a), affine(b), log_volume, None if coordinates == "ranks" else forward, notes)


def whitened(x: Sample, y: Sample) -> tuple[Mapped, Forward]:
    """Return both samples whitened, and the map of other rows."""
    found = mapped(x, y, "whiten")
    if found.forward is None:
        raise AssertionError("whitening has a map")
    return found, found.forward


def _check_columns(x: Sample, y: Sample) -> None:
    if not x.dimension or x.dimension != y.dimension:
        raise ValueError(f"x has {x.dimension} columns of numbers and y {y.dimension}; distances need the same ≥ 1.")
    if x.codes.shape[1] or y.codes.shape[1]:
        raise ValueError(
            "distances need numbers, and there are columns of names too: kb.estimators.strata(numbers=...) takes both."
        )


def _left_out(count: int, what: str) -> str:
    return f"{count} {what} left out of the distances"


def _normal_scores(
    a: FloatArray, b: FloatArray, share_a: FloatArray, share_b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the normal quantiles of the pooled mid-ranks; equal values get equal scores."""
    from scipy.special import ndtri

    values, where = np.unique(np.concatenate([a, b]), return_inverse=True)
    mass = np.bincount(where.reshape(-1), weights=0.5 * np.concatenate([share_a, share_b]), minlength=len(values))
    middle = np.cumsum(mass) - 0.5 * mass
    # Below and above the middle rank apart, so that reversing a column reverses its scores.
    above = np.cumsum(mass[::-1])[::-1] - 0.5 * mass
    scores = np.where(middle <= above, ndtri(np.minimum(middle, 0.5)), -ndtri(np.minimum(above, 0.5)))[where]
    return scores[: len(a)], scores[len(a) :]


def _varying(a: FloatArray, b: FloatArray) -> NDArray[np.bool_]:
    return (a != a[0]).any(axis=0) | (b != a[0]).any(axis=0)


def _affine(a: FloatArray, b: FloatArray, share_a: FloatArray, share_b: FloatArray) -> tuple[Forward, float, int]:
    """Return the map that makes the pooled covariance the identity, its ln |det|, how many directions it loses."""
    # Scaled by powers of two first: squares of columns at the ends of the range of floats are no numbers.
    exponent = np.frexp(np.maximum(np.abs(a).max(axis=0), np.abs(b).max(axis=0)))[1]
    a, b = np.ldexp(a, -exponent), np.ldexp(b, -exponent)
    center = 0.5 * (share_a @ a + share_b @ b)
    a, b = a - center, b - center
    spread = np.sqrt(0.5 * (share_a @ np.square(a) + share_b @ np.square(b)))
    varies = spread > 0.0
    a, b = a[:, varies] / spread[varies], b[:, varies] / spread[varies]
    covariance = 0.5 * ((a * share_a[:, None]).T @ a + (b * share_b[:, None]).T @ b)
    variances, directions = np.linalg.eigh(covariance)
    kept = variances > _RANK * variances[-1]
    scaled = directions[:, kept] / np.sqrt(variances[kept])
    log_volume = -float(np.log(spread[varies]).sum() + 0.5 * np.log(variances[kept]).sum())
    log_volume -= float(exponent.sum()) * float(np.log(2.0))

    def forward(rows: FloatArray) -> FloatArray:
        centred = np.ldexp(rows, -exponent) - center
        return (centred[:, varies] / spread[varies]) @ scaled

    return forward, log_volume, len(exponent) - int(kept.sum())
