"""The divergence of many distributions from their mixture: what `js.many` does.

Lin, "Divergence measures based on the Shannon entropy", IEEE Trans. Inf. Theory 37 (1991), 145-151, eq. (5.1).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from kullback.arrays import Array, Axis, library, namespace, nowhere
from kullback.distribution import Finite
from kullback.divergence import Deviation, relative_entropy_cost
from kullback.exact.core import from_masses, plain_masses
from kullback.exact.labels import placed
from kullback.exact.masses import deviation
from kullback.exact.reading import carries_gradient, finite, read
from kullback.exact.rows import Rows
from kullback.exact.sparse import is_sparse
from kullback.exact.sums import check_base
from kullback.numerics import times

Many: TypeAlias = tuple[Rows, ...]
Shares: TypeAlias = tuple[float, ...]

_NAME = "js.many"


def many(
    rows: object, weights: object, *, axis: Axis, base: float | None, where: object, keepdims: bool, check: bool
) -> Any:
    """Return Σ wᵢ KL(pᵢ ‖ Σ wⱼ pⱼ); see `JensenShannon.many`."""
    check_base(base, "nats", _NAME)
    known = _each(rows)
    shares = _shares(weights, len(known))
    by_place = placed({f"rows[{i}]": one for i, one in enumerate(known)}, where, None)
    for name, one in by_place.known.items():
        if is_sparse(one.values):
            raise TypeError(f"{name} is sparse, and {_NAME} takes dense rows: pass {name}.toarray().")
    outcomes = read(by_place.known, axis, by_place.where, None, by_place.labels)
    if check and not any(carries_gradient(one.values) for one in outcomes.rows):
        outcomes.verify()
    found = _library(outcomes.rows[0])(outcomes.rows, tuple(shares))
    return outcomes.per_row(found, base, keepdims=keepdims)


def _library(rows: Rows) -> Any:
    """Return what gives values of rows of this library, with gradients where it has them."""
    name = library(rows.values)
    if name == "torch":
        from kullback.exact import many_on_torch

        return many_on_torch.value
    if name == "jax":
        from kullback.exact import many_on_jax

        return many_on_jax.value
    return value


def _each(rows: object) -> list[Finite]:
    """Return one distribution per entry of a sequence, or of the first axis of an array of any kind."""
    whole = rows.values if isinstance(rows, Finite) else rows
    if isinstance(rows, Finite) and not library(whole):
        whole = np.asarray(whole)
    if library(whole) and whole.ndim < 2:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        raise ValueError(
            f"rows has shape {tuple(whole.shape)}, and {_NAME} takes one distribution per entry of its first axis."  # pyright: ignore
        )
    if is_sparse(whole):
        raise TypeError(f"rows is sparse, and {_NAME} takes dense rows: pass rows.toarray().")
    if hasattr(whole, "columns"):
        raise TypeError(f"rows is a data frame, and {_NAME} takes a sequence of distributions: pass rows.to_numpy().")
    if not isinstance(whole, Iterable) or isinstance(whole, (str, bytes, Mapping)):
        raise TypeError(f"rows is a {type(rows).__name__}, and {_NAME} takes a sequence of distributions.")
    entries: list[Any] = list(whole)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if not entries:
        raise ValueError(f"rows is empty, and {_NAME} takes at least one distribution.")
    if isinstance(rows, Finite):
        entries = [rows.of(entry) for entry in entries]
    return [finite(entry, f"rows[{i}]", _NAME) for i, entry in enumerate(entries)]


def _shares(weights: object, count: int) -> list[float]:
    if weights is None:
        return [1.0 / count] * count
    found = np.asarray(weights, dtype=np.float64)
    if found.shape != (count,):
        raise ValueError(f"weights has shape {found.shape}, and there are {count} distributions: one number for each.")
    if not (np.all(found >= 0.0) and abs(float(np.sum(found)) - 1.0) <= 1e-8):
        raise ValueError(f"weights are {found.tolist()}, and numbers that are not negative and sum to 1 are needed.")
    return [float(w) for w in found / math.fsum(found)]


def value(rows: Many, shares: Shares) -> Array:
    """Return the values, NaN for what are no distributions."""
    with np.errstate(all="ignore"):
        total = 0.0
        for i, (one, difference, log_ratio) in _towards_mixture(rows, shares).items():
            cost = relative_entropy_cost(one.q, difference, log_ratio)
            total = total + shares[i] * one.xp.sum(cost, axis=-1)
        most = -math.fsum(w * math.log(w) for w in shares if w > 0.0)
        xp = namespace(total)
        total = xp.where(total > most, most, total)
        wrong = _wrong(rows)
        return total if nowhere(wrong) else xp.where(wrong[..., 0], math.nan, total)


def gradients(rows: Many, shares: Shares) -> tuple[Array, ...]:
    """Return the derivatives of the values with respect to the numbers in each of the rows; 0 where a value is NaN."""
    with np.errstate(all="ignore"):
        known = _towards_mixture(rows, shares)
        wrong = _wrong(rows)
        mixture: Any = sum(shares[i] * one.q for i, (one, _, _) in known.items())
        found: list[Array] = []
        for i, row in enumerate(rows):
            if i in known:
                one, _, log_ratio = known[i]
                slope = -shares[i] * times(one.q, log_ratio)
                change = from_masses(row, None, one.q, mixture, slope, -math.inf)
            else:
                change = 0.0 * mixture
            found.append(change if nowhere(wrong) else namespace(change).where(wrong, 0.0, change))
        return tuple(found)


def differentiable_gradients(rows: Many, shares: Shares) -> tuple[Array, ...]:
    """Return the derivatives of `gradients` in plain logarithms, which an array library can differentiate again."""
    masses = [plain_masses(row, None) for row in rows]
    mixture: Any = sum(w * mass for w, (mass, _, _) in zip(shares, masses, strict=True))
    xp = namespace(mixture)
    log_mixture = xp.log(xp.where(mixture > 0.0, mixture, 1.0))
    return tuple(
        from_masses(row, None, mass, mixture, xp.where(possible, w * mass * (log - log_mixture), 0.0), -w * math.inf)
        if w > 0.0
        else 0.0 * mixture
        for row, w, (mass, log, possible) in zip(rows, shares, masses, strict=True)
    )


def _wrong(rows: Many) -> Any:
    wrong = rows[0].wrong(None)
    for row in rows[1:]:
        wrong = wrong | row.wrong(None)
    return wrong


def _towards_mixture(rows: Many, shares: Shares) -> dict[int, tuple[Deviation, Array, Array]]:
    """Return, for each distribution with a share, its masses (as q), and m − p and ln(m/p) for the mixture m."""
    first = next(i for i, w in enumerate(shares) if w > 0.0)
    masses = [row.masses(None) for row in rows]
    known = {i: deviation(masses[first], masses[i]) for i, w in enumerate(shares) if w > 0.0}
    # What the mixture m is more than the first: every mᵢ − pᵢ is a difference of differences, none of masses.
    ahead = sum((shares[i] * one.difference for i, one in known.items()), 0.0 * known[first].difference)
    mixture = sum((shares[i] * one.q for i, one in known.items()), 0.0 * known[first].q)
    return {i: (one, *_towards(mixture, ahead - one.difference, one, shares[i])) for i, one in known.items()}


def _towards(mixture: Array, difference: Array, one: Deviation, share: float) -> tuple[Array, Array]:
    """Return m − p and ln(m/p) for p = `one.q` and its share in m, +inf where p = 0 < m."""
    xp = one.xp
    mass = one.q
    present = mass > 0.0
    relative = difference / xp.where(present, mass, 1.0)
    near = present & (xp.abs(relative) <= 0.5)
    far = xp.log(xp.where(present & ~near, mixture, 1.0)) - xp.log(xp.where(present & ~near, mass, 1.0))
    # A mixture that underflows is still no less than the share of p.
    far = xp.where(far > math.log(share), far, math.log(share))
    log_ratio = xp.where(near, xp.log1p(xp.where(near, relative, 0.0)), far)
    return difference, xp.where(present | (mixture == 0.0), log_ratio, math.inf)
