"""Measures: what is made of the masses at the nodes of a quadrature or of a sum, and what errors of it mean."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kullback.divergence import Deviation, Divergence
from kullback.divergences.tsallis import log_weights, power_cost
from kullback.exact.core import Measure
from kullback.exact.rules.integrands import ENTROPY, Integrand, Power, integrand_of
from kullback.numerics import expm1_difference

_EPS = 2.0**-52


@dataclass(frozen=True)
class Numeric:
    """A number from a quadrature or a sum, with its error bound and what its gradient needs.

    Attributes:
        value: the divergence, in nats.
        bound: of the absolute error of `value`.
        certified: whether the bound is proved (up to the growth that the tails declare and the rounding errors of the
            log-densities); else it is estimated.
        note: the method, the number of nodes, and what proves the rest or what is not proved.
        nodes: outcomes xᵢ.
        log_weights: ln wᵢ, such that `value` is about the divergence of the masses wᵢ p(xᵢ) and wᵢ q(xᵢ).
    """

    value: float
    bound: float
    certified: bool
    note: str
    nodes: Any = field(repr=False)
    log_weights: Any = field(repr=False)

    @property
    def weights(self) -> Any:
        """The weights wᵢ."""
        return np.exp(self.log_weights)


def infinite(reason: str) -> Numeric:
    """Return an infinite value, which has no nodes."""
    return Numeric(math.inf, 0.0, certified=True, note=reason, nodes=np.zeros(0), log_weights=np.zeros(0))


def deviation(log_p: Any, log_q: Any, log_ratio: Any, log_weight: Any) -> Deviation:
    """Return the masses of nodes: log-densities plus log-weights."""
    log_p, log_q, log_weight = log_p + log_weight, log_q + log_weight, log_weight + 0.0 * log_p
    log_p, log_q = np.where(np.isnan(log_p), -math.inf, log_p), np.where(np.isnan(log_q), -math.inf, log_q)
    p, q = np.exp(log_p), np.exp(log_q)
    both = np.isfinite(log_ratio)
    difference = expm1_difference(p, q, np.where(both, log_ratio, 0.0))
    difference = np.where(both, difference, q - p)
    return Deviation(
        p, q, difference, log_ratio, lambda: (log_p, log_q), np.where(np.isnan(log_weight), -math.inf, log_weight)
    )


@dataclass(frozen=True, eq=False)
class Objective:
    """What is summed at the nodes: the costs of a measure, or the weights p^α q^β where all depends on their sum.

    Attributes:
        measure: the divergence or companion.
        kind: what is known of its cost, or None.
        weights: whether p^α q^β is summed, in logarithms.
        only_p: what a unit of mass costs where only P has some.
        only_q: likewise.
    """

    measure: Measure | Divergence
    kind: Integrand | None
    weights: Power | None = None
    only_p: float = 0.0
    only_q: float = 0.0

    @classmethod
    def of(cls, measure: Measure | Divergence, kind: Integrand | None) -> Objective:
        """Return the costs of a measure."""
        found = cls(measure, kind)
        one, zero = np.asarray([0.0]), np.asarray([-math.inf])
        with np.errstate(all="ignore"):
            only_p = float(found.costs(deviation(one, zero, zero, 0.0))[0])
            only_q = float(found.costs(deviation(zero, one, -zero, 0.0))[0])
        return cls(measure, kind, None, only_p, only_q)

    def costs(self, known: Deviation) -> Any:
        """Return what each node contributes."""
        if isinstance(self.measure, Divergence) and self.measure.name == "chernoff":
            assert isinstance(self.kind, Power)
            return power_cost(self.kind.alpha, known, self.kind.beta)
        return self.measure.cost(known)

    def log_costs(self, log_p: Any, log_q: Any, log_ratio: Any, log_weight: Any) -> Any:
        """Return the logarithm of the absolute value of what each node contributes."""
        known = deviation(log_p, log_q, log_ratio, log_weight)
        if self.weights is not None:
            return log_weights(self.weights.alpha, known, self.weights.beta)
        found = np.log(abs(self.costs(known)))
        return np.where(np.isnan(found), -math.inf, found)

    def value(self, known: Deviation) -> float:
        """Return the measure of the masses at all nodes."""
        with np.errstate(all="ignore"):
            if self.weights is not None and isinstance(self.measure, Divergence):
                # Far apart the nodes are dense where p^α q^β is, and neither P nor Q has all its mass there.
                gap = -np.logaddexp.reduce(log_weights(self.weights.alpha, known, self.weights.beta))
                found = float(gap if self.measure.powers is None else self.measure.powers.finish(gap))
            elif self.measure.combine is not None:
                found = float(self.measure.combine(known))
            else:
                total = np.asarray(np.sum(self.measure.cost(known)))
                found = float(total if self.measure.finish is None else self.measure.finish(total))
        least, most = self.measure.range
        return min(max(found, least), most)

    def bound(self, total: float, error: float) -> float:
        """Return the error of the value, given the sum of what the nodes contribute and its error."""
        if self.weights is not None:
            relative = error / total if total > 0.0 else 0.0
            factor = 1.0
            if isinstance(self.measure, Divergence) and self.measure.name == "renyi":
                factor = 1.0 / abs(self.weights.alpha - 1.0)
            return -math.log1p(-relative) * factor if relative < 1.0 else math.inf
        if isinstance(self.measure, Divergence) and self.measure.name == "chernoff":
            assert isinstance(self.kind, Power)
            left = 1.0 - self.kind.beta * total
            share = self.kind.beta * error / left if left > 0.0 else 1.0
            return -math.log1p(-share) if share < 1.0 else math.inf
        finish = self.measure.finish
        if finish is None:
            return error
        with np.errstate(all="ignore"):
            at = finish(np.asarray([max(total - error, 0.0), total, total + error]))
        found = float(max(at[1] - at[0], at[2] - at[1]))
        return math.inf if math.isnan(found) else found

    def rounding(self, known: Deviation, value: float, *, of_one_family: Any, noise: tuple[float, float]) -> float:
        """Return about how much the rounding errors of the log-densities change the value.

        The derivatives of the divergence say how much errors of ln p and ln q matter.

        Args:
            known: the masses.
            value: of the measure.
            of_one_family: where the log-ratio has a small relative error.
            noise: by how much ln p and ln q are seen to scatter, in roundings of themselves.
        """
        log_w = known.log_weights if known.log_weights is not None else 0.0
        with np.errstate(all="ignore"):
            error_p, error_q = (
                np.where(np.isfinite(log), (4.0 + one) * _EPS * (2.0 + abs(log - log_w)), 0.0)
                for log, one in zip((known.log_p, known.log_q), noise, strict=True)
            )
            if self.weights is not None:
                weights = log_weights(self.weights.alpha, known, self.weights.beta)
                shares = np.exp(weights - np.max(weights))
                errors = abs(self.weights.alpha) * error_p + abs(self.weights.beta) * error_q
                relative = float(np.sum(np.where(shares > 0.0, shares * errors, 0.0)) / np.sum(shares))
                return self.bound(1.0, relative)
            of_p, of_q = self.slopes(known, value)
            size = np.where(np.isfinite(known.log_ratio), abs(known.log_ratio), 1.0)
            unrelated = abs(of_p) * error_p + abs(of_q) * error_q
            # What both share changes both alike, and what is left is the error of their ratio.
            related = abs(of_p + of_q) * np.fmin(error_p, error_q)
            related = related + np.fmin(abs(of_p), abs(of_q)) * 8.0 * _EPS * size
            terms = np.where(of_one_family, np.fmin(related, unrelated), unrelated)
            return float(np.sum(np.where(np.isfinite(terms), terms, 0.0)))

    def slopes(self, known: Deviation, value: float) -> tuple[Any, Any]:
        """Return p ∂D/∂p and q ∂D/∂q at the nodes, or what is not less."""
        try:
            if self.measure.gradient is not None and math.isfinite(value):
                found = self.measure.gradient(known, np.asarray([value]))
                return found.p, found.q
        except TypeError:
            pass
        return known.p, known.q


def kind_of(measure: Any) -> Integrand | None:
    """Return what is known of the cost of a divergence; of a companion it is passed along."""
    return integrand_of(measure) if isinstance(measure, Divergence) else ENTROPY


def named(measure: Measure | Divergence, *names: str) -> bool:
    """Return whether a measure is a divergence of one of these names."""
    return isinstance(measure, Divergence) and measure.name in names


def switched(objective: Objective, log_total: float) -> Power | None:
    """Return the exponents where Σ p^α q^β is better summed itself: far apart, or overflowing."""
    kind = objective.kind
    if not isinstance(kind, Power):
        return None
    total = math.exp(min(log_total, 709.0))
    if named(objective.measure, "renyi"):
        return None if 0.02 < 1.0 - kind.beta * total < 1e9 else kind
    if named(objective.measure, "bhattacharyya"):
        return None if total < 0.97 else kind
    if named(objective.measure, "chernoff"):
        return None if kind.beta * total < 0.97 else kind
    return None


def best_share(log_p: Any, log_q: Any, log_ratio: Any) -> float:
    """Return the β in [0, 1] at which Σ p^(1−β) q^β is least, by Newton's method kept in an interval."""
    usable = np.isfinite(log_p) & np.isfinite(log_q) & np.isfinite(log_ratio)
    if not np.any(usable):
        return 0.5
    base, ratio = log_p[usable], log_ratio[usable]
    low, high, beta = 0.0, 1.0, 0.5
    for _ in range(100):
        weight = base + beta * ratio
        weight = np.exp(weight - np.max(weight))
        mean = float(np.sum(weight * ratio) / np.sum(weight))
        spread = float(np.sum(weight * (ratio - mean) ** 2) / np.sum(weight))
        low, high = (beta, high) if mean < 0.0 else (low, beta)
        step = beta - mean / spread if spread > 0.0 else beta
        step = step if low < step < high else 0.5 * (low + high)
        if abs(step - beta) < 1e-13:
            break
        beta = step
    return beta
