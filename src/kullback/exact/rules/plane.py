"""Plane: integrals of what a divergence costs between two densities of vectors with two components.

Products of Gauss–Legendre rules on boxes that are cut into four until nothing is left in their last Legendre
coefficients: the error is estimated, not proved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.not_exact import NotExact
from kullback.exact.rules.gauss_legendre import rule
from kullback.exact.rules.integrands import Power
from kullback.exact.rules.measures import Numeric, Objective, best_share, deviation, kind_of, named, switched

_NODES = 12
_MOST_BOXES = 16384
_MOST_CUTS = 48


@dataclass(frozen=True, eq=False)
class _Boxes:
    """Boxes given by a corner and sizes, with what was found at their nodes (second axis)."""

    corner: Any
    size: Any
    x: Any
    log_p: Any
    log_q: Any
    log_ratio: Any
    log_weight: Any
    log_cost: Any
    log_guess: Any

    def picked(self, which: Any) -> _Boxes:
        return _Boxes(*(getattr(self, name)[which] for name in _FIELDS))

    def joined(self, other: _Boxes) -> _Boxes:
        return _Boxes(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in _FIELDS))

    @property
    def log_total(self) -> float:
        return float(np.logaddexp.reduce(self.log_cost, axis=None))


_FIELDS = tuple(_Boxes.__dataclass_fields__)


def integrate_plane(divergence: Divergence, p: Density, q: Density, *, tolerance: float = 1e-9) -> Numeric:
    """Return the divergence of two densities of real vectors with two components, with an estimate of its error.

    Args:
        divergence: what is asked for.
        p: P, one distribution (no batch) with NumPy parameters.
        q: Q, likewise.
        tolerance: the relative error aimed at.

    Returns:
        `Numeric`, never certified.

    Raises:
        NotExact: no convergence, or a divergence that is no integral (order ∞).
    """
    if divergence.reversed:
        return integrate_plane(divergence.reverse, q, p, tolerance=tolerance)
    if divergence.name == "renyi" and dict(divergence.parameters).get("alpha") == math.inf:
        raise NotExact("the greatest log-ratio of two densities on a plane is not searched for here.")
    kind = Power(0.5, 0.5) if divergence.name == "chernoff" else kind_of(divergence)
    objective = Objective.of(divergence, kind)
    with np.errstate(all="ignore"):
        boxes = _refined(objective, p, q, tolerance)
        power = switched(objective, boxes.log_total)
        if power is not None:
            objective = replace(objective, weights=power)
            boxes = _refined(objective, p, q, tolerance)
        for _ in range(8 if named(divergence, "chernoff") else 0):
            beta = best_share(boxes.log_p + boxes.log_weight, boxes.log_q, boxes.log_ratio)
            assert isinstance(objective.kind, Power)
            done = abs(beta - objective.kind.beta) < 1e-6
            best = Power(1.0 - beta, beta)
            objective = replace(objective, kind=best, weights=None if objective.weights is None else best)
            boxes = _refined(objective, p, q, tolerance)
            if done:
                break
        return _numeric(objective, boxes)


def _refined(objective: Objective, p: Density, q: Density, tolerance: float) -> _Boxes:
    corner, size = _first(p, q)
    boxes = _evaluated(objective, p, q, corner, size)
    for _ in range(40):
        goal = boxes.log_total + math.log(tolerance)
        if not math.isfinite(goal) or np.logaddexp.reduce(boxes.log_guess) <= goal or len(boxes.corner) > _MOST_BOXES:
            break
        bad = boxes.log_guess > goal - math.log(4.0 * len(boxes.corner))
        corner, size = _quartered(boxes.corner[bad], boxes.size[bad])
        boxes = boxes.picked(~bad).joined(_evaluated(objective, p, q, corner, size))
    return boxes


def _first(p: Density, q: Density) -> tuple[Any, Any]:
    """Return boxes around the landmarks, cut until none holds more than a few of them."""
    each = [np.reshape(np.asarray(one.landmarks(), dtype=float), (-1, 2)) for one in (p, q)]
    low, high = (
        np.min([f(one, axis=0) for one in each], axis=0)
        if f is np.min
        else np.max([f(one, axis=0) for one in each], axis=0)
        for f in (np.min, np.max)
    )
    middle, reach = 0.5 * (low + high), 0.75 * np.maximum(high - low, 1e-300)
    marks = np.unique(np.concatenate(each), axis=0)
    corner, size = (middle - reach)[None, :], (2.0 * reach)[None, :]
    done: list[tuple[Any, Any]] = []
    for _ in range(_MOST_CUTS):
        inside = np.all((marks >= corner[:, None, :]) & (marks <= (corner + size)[:, None, :]), axis=-1)
        crowded = np.sum(inside, axis=1) > 4
        done.append((corner[~crowded], size[~crowded]))
        if not crowded.any():
            break
        corner, size = _quartered(corner[crowded], size[crowded])
    else:
        done.append((corner, size))
    return np.concatenate([one for one, _ in done]), np.concatenate([one for _, one in done])


def _quartered(corner: Any, size: Any) -> tuple[Any, Any]:
    half = 0.5 * size
    steps = np.asarray([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    return np.concatenate([corner + step * half for step in steps]), np.concatenate([half] * 4)


def _evaluated(objective: Objective, p: Density, q: Density, corner: Any, size: Any) -> _Boxes:
    nodes, weights, to_coefficients = rule(_NODES)
    half = 0.5 * size
    first, second = (x.ravel() for x in np.meshgrid(nodes, nodes, indexing="ij"))
    unit = np.stack([first, second], axis=-1)
    x = (corner + half)[:, None, :] + half[:, None, :] * unit
    area = np.multiply.outer(weights, weights).ravel()
    log_weight = np.log(np.prod(half, axis=-1))[:, None] + np.log(area)
    flat = x.reshape(-1, 2)
    log_p, log_q = (np.asarray(one.log_prob(flat), dtype=float).reshape(log_weight.shape) for one in (p, q))
    ratio = log_q - log_p
    if type(p) is type(q):
        stated = np.asarray(p.log_ratio(q, flat), dtype=float).reshape(log_weight.shape)  # pyright: ignore[reportArgumentType]
        ratio = np.where(np.isfinite(stated), stated, ratio)
    ratio = np.where(np.isnan(ratio), 0.0, ratio)
    log_cost = objective.log_costs(log_p, log_q, ratio, log_weight)
    # The last coefficients of the product rule: rows and columns of the highest degrees.
    log_values = log_cost - np.log(area)
    top = np.max(log_values, axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    values = np.exp(log_values - top).reshape(-1, _NODES, _NODES)
    coefficients = abs(np.matmul(to_coefficients.T, np.matmul(values, to_coefficients)))
    last = np.maximum(np.max(coefficients[:, -3:, :], axis=(1, 2)), np.max(coefficients[:, :, -3:], axis=(1, 2)))
    log_guess = top[:, 0] + math.log(4.0) + np.log(last * np.minimum(1.0, 12.0 * last) + 1e-17)
    log_guess = np.where(np.isneginf(np.max(log_values, axis=-1)), -math.inf, log_guess)
    return _Boxes(corner, size, x, log_p, log_q, ratio, log_weight, log_cost, log_guess)


def _numeric(objective: Objective, boxes: _Boxes) -> Numeric:
    flat = (one.ravel() for one in (boxes.log_p, boxes.log_q, boxes.log_ratio, boxes.log_weight))
    known = deviation(*flat)
    value = objective.value(known)
    top = boxes.log_total if objective.weights is not None else 0.0
    total = math.exp(boxes.log_total - top)
    error = float(np.sum(np.exp(boxes.log_guess - top))) + 1e-12 * total
    bound = objective.bound(total, error) + objective.rounding(known, value, of_one_family=False, noise=(4.0, 4.0))
    note = f"Gauss–Legendre on {len(boxes.corner)} boxes, {boxes.log_weight.size} nodes: error estimated"
    if math.isnan(value) or not (bound <= 1e-5 * abs(value) + 1e-300 or bound <= 1e-9):
        raise NotExact(f"the quadrature over the plane does not converge: {value:.17g} ± {bound:.3g} ({note}).")
    nodes = boxes.x.reshape(-1, 2)
    return Numeric(value, bound, certified=False, note=note, nodes=nodes, log_weights=boxes.log_weight.ravel())
