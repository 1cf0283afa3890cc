"""Monte Carlo: every divergence between two distributions that can be drawn from and whose log-densities are known.

Draws from P and from Q count as draws from the half-and-half mixture M, under which p/M and q/M are at most 2, and have
the mean 1, which makes them control variates. Owen and Zhou, "Safe and effective importance sampling", J. Am. Stat.
Assoc. 95 (2000), 135-143, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kullback.distribution import Density
from kullback.divergence import Deviation, Divergence
from kullback.divergences.kl import kl
from kullback.estimators.log_ratio import LogRatio
from kullback.estimators.method import Value
from kullback.exact.pair import densities, in_numpy
from kullback.sample import FloatArray, Sample
from kullback.sampling import draw
from kullback.sampling.draw import known, named
from kullback.sampling.model import log_density
from kullback.support import Integers, Points, Space, Support

_FIRST = 4096
"""Draws of the first round."""

_HEAVY = 0.5
"""The shape of a Pareto tail from which on its variance is infinite."""

_GREATEST = 0.1
"""The share of one draw in the variance from which on it is not known: 0 in the end where the variance is finite."""

_FAR = 0.05
"""Below this Σ p^α q^(1−α) is added up itself, and not by how much it falls short of 1."""


@dataclass(frozen=True, eq=False)
class Simulated(LogRatio):
    """Log-ratios as they are at draws from P (x) and from Q (y), equally many."""

    def value(self, divergence: Divergence) -> Value:
        """Return the unbiased mean under the mixture of both, with the control variate of least variance.

        The mean is of what each outcome costs, which is never negative and of second order where P and Q are near, so
        that nothing cancels there.

        Raises:
            NotImplementedError: a divergence that is no function of one integral, such as `renyi(inf)`.
        """
        if divergence.name == "chernoff":
            return self._greatest()
        if divergence.name == "chernoff.order" or (divergence.combine is not None and divergence.powers is None):
            raise NotImplementedError(
                f"{divergence!r} is no function of one integral over the outcomes, so that draws say nothing of it: "
                "kb.kl, kb.js or kb.renyi(alpha) with 0 <= alpha < inf are."
            )
        powers = divergence.powers
        cost_x, cost_y = _costs(divergence, self.at_x), _costs(divergence, self.at_y)
        if not (np.isfinite(cost_x).all() and np.isfinite(cost_y).all()):
            return Value(math.inf, np.zeros(len(self.at_x)), np.zeros(len(self.at_y)))
        total, pull_x, pull_y = self._mean(cost_x, cost_y)
        if powers is not None and powers.of == "gap" and divergence.slopes is None:
            affinity, _, _ = self._affinity(powers.order)
            if affinity < _FAR or powers.order > 1.0:
                return self._from_gap(divergence, powers.order)
        value, slope = _finished(divergence, total)
        return Value(value, slope * pull_x, slope * pull_y)

    def lower(self, divergence: Divergence) -> Value:
        """Return the value, which is without bias."""
        return self.value(divergence)

    def told(self, of: Divergence) -> Simulated:
        """Return the same draws with what must be said of a divergence: an infinite value, a tail without a variance.

        Args:
            of: the divergence that is asked for; values of others can be had all the same.
        """
        value, error = _with_error(self, of)
        notes: list[str] = []
        diagnostics = {"draws": float(len(self.at_x)), "standard error": error}
        if math.isinf(value):
            outside = float(np.isposinf(self.at_x).mean()), float(np.isneginf(self.at_y).mean())
            parts = [
                f"{100 * share:.3g} % of the draws from {one} lie where {other} has no mass"
                for share, one, other in ((outside[0], "P", "Q"), (outside[1], "Q", "P"))
                if share
            ]
            notes.append(f"infinite: {' and '.join(parts) or 'no draw from P is likely under Q'}")
        else:
            pulls = self.value(of)
            both = np.concatenate([pulls.influence_x, pulls.influence_y])
            shape, share = max(tail_shape(both), tail_shape(-both)), _greatest_share(both)
            diagnostics |= {"tail shape": shape, "greatest draw": share}
            if shape > _HEAVY or share > _GREATEST:
                lost = "neither value nor interval is" if shape > 1.0 or share > 0.3 else "the interval is not"
                tail = f"; the tail is a Pareto's of shape {shape:.2f}, and above {_HEAVY} it has none"
                notes.append(
                    f"the variance looks infinite: {100 * share:.0f} % of what is seen of it is one draw's"
                    f"{tail if shape > _HEAVY else ''}; {lost} to be trusted"
                )
        return Simulated(self.x, self.y, self.at_x, self.at_y, notes=tuple(notes), diagnostics=diagnostics)

    def _mean(self, at_x: FloatArray, at_y: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return the mean of terms over M with the control variate p/(p + q) − ½, and how each draw pulls it."""
        share_x, share_y = (0.5 * np.tanh(0.5 * at) for at in (self.at_x, self.at_y))
        spread = share_x.var() + share_y.var()
        shared = np.mean((at_x - at_x.mean()) * share_x) + np.mean((at_y - at_y.mean()) * share_y)
        factor = shared / spread if spread > 0.0 else 0.0
        rest_x, rest_y = at_x - factor * share_x, at_y - factor * share_y
        value = 0.5 * (float(rest_x.mean()) + float(rest_y.mean()))
        return value, 0.5 * (rest_x - rest_x.mean()), 0.5 * (rest_y - rest_y.mean())

    def _affinity(self, order: float) -> tuple[float, FloatArray, FloatArray]:
        """Return Σ p^α q^(1−α), and how each draw pulls it."""
        terms: list[FloatArray] = []
        for at in (self.at_x, self.at_y):
            with np.errstate(over="ignore", under="ignore"):
                log_p, log_q = -np.logaddexp(0.0, -at), -np.logaddexp(0.0, at)
                some = np.isfinite(log_p) & np.isfinite(log_q)
                logs = order * np.where(some, log_p, 0.0) + (1.0 - order) * np.where(some, log_q, 0.0)
                terms.append(np.where(some, 2.0 * np.exp(np.minimum(logs, 700.0)), 0.0))
        return self._mean(*terms)

    def _from_gap(self, divergence: Divergence, order: float) -> Value:
        """Return what follows from −ln Σ p^α q^(1−α)."""
        powers = divergence.powers
        assert powers is not None
        affinity, pull_x, pull_y = self._affinity(order)
        if not affinity > 0.0:
            value = float(powers.finish(np.asarray(math.inf)))
            return Value(value, np.zeros(len(pull_x)), np.zeros(len(pull_y)))
        gap = -math.log(affinity)
        step = 1e-6 * max(1.0, abs(gap))
        above, below = (float(powers.finish(np.asarray(gap + sign * step))) for sign in (1.0, -1.0))
        slope = -(above - below) / (2.0 * step) / affinity
        return Value(float(powers.finish(np.asarray(gap))), slope * pull_x, slope * pull_y)

    def _greatest(self) -> Value:
        """Return the Chernoff information: the greatest gap, whose order draws of it move to second order only."""
        from scipy.optimize import minimize_scalar

        def affinity_of(order: float) -> float:
            return self._affinity(order)[0]

        inside: Any = minimize_scalar(affinity_of, bounds=(0.0, 1.0), method="bounded")
        order = min(0.0, 1.0, float(inside.x), key=affinity_of)
        affinity, pull_x, pull_y = self._affinity(order)
        if not affinity > 0.0:
            return Value(math.inf, np.zeros(len(pull_x)), np.zeros(len(pull_y)))
        return Value(-math.log(affinity), -pull_x / affinity, -pull_y / affinity)


@dataclass(frozen=True)
class MonteCarlo:
    """Draws from both distributions until a relative standard error is reached.

    Attributes:
        draws: from each of the two, at most.
        tolerance: the relative standard error at which to stop; 0 takes all draws.
    """

    draws: int = 100_000
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        if self.draws < 100:
            raise ValueError(f"draws is {self.draws}, and an error is known from 100 draws on, such as draws=100_000.")
        if not self.tolerance >= 0.0:
            raise ValueError(f"tolerance is {self.tolerance}, and it is a relative error, at least 0.")

    @property
    def title(self) -> str:
        """The name in words."""
        return "Monte Carlo"

    def fit(self, p: object, q: object, rng: np.random.Generator, of: Divergence = kl) -> Simulated:
        """Return log-ratios at draws, enough for one divergence; the others follow from the same draws.

        Args:
            p: the truth: a distribution of any library, without batch.
            q: what is compared with it.
            rng: where all chance comes from.
            of: the divergence whose error ends the drawing.

        Returns:
            The log-ratios, with notes where an interval is not to be trusted.

        Raises:
            ValueError: distributions of outcomes that cannot be the same, a batch, one that cannot be drawn from, a
                log-density that is not finite at its own draws.
            TypeError: something that is no distribution known by a formula.
        """
        first, second = _pair(p, q)
        ratio = _log_ratio(first, second)
        rounds: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = []
        done, size = 0, min(_FIRST, self.draws)
        while True:
            x, y = draw(p, size, rng), draw(q, size, rng)
            _same_shape(first, second, x, y)
            rounds.append((x, y, ratio(x, "p"), ratio(y, "q")))
            done += size
            found = _gathered(rounds)
            value, error = _with_error(found, of)
            # Near the upper end of its range what matters is how far it is from there, which few draws say.
            aim = self.tolerance * min(abs(value), max(of.range[1] - value, 0.0))
            if math.isinf(value) or error <= aim or done >= self.draws:
                break
            # As many as the error asks for, but no more than twice what there is: an early error may be too small.
            wanted = done * (error / aim) ** 2 if aim > 0.0 else math.inf
            size = int(min(max(wanted - done, _FIRST), 2 * done, self.draws - done))
        return found.told(of)


def monte_carlo(draws: int = 100_000, tolerance: float = 1e-3) -> MonteCarlo:
    """Return the way to estimate a divergence between two distributions that have no exact answer.

    Args:
        draws: from each of the two, at most.
        tolerance: the relative standard error at which to stop; 0 takes all draws.

    Returns:
        A `MonteCarlo`, whose `fit(p, q, rng)` gives every divergence. Its error is that of chance alone, 1/√draws.

    Raises:
        ValueError: fewer than 100 draws, a negative tolerance.

    Source:
        Owen and Zhou 2000, section 3.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> P, Q = (kb.distributions.multivariate_t(df, [0.0, 0.0, 0.0], np.eye(3)) for df in (3.0, 30.0))
        >>> value = monte_carlo(draws=10_000).fit(P, Q, np.random.default_rng(0)).value(kb.kl)
        >>> round(value.value, 1)
        0.6
    """
    return MonteCarlo(draws, tolerance)


def _pair(p: object, q: object) -> tuple[Density, Density]:
    first, second = known(p), known(q)
    for name, one in (("p", first), ("q", second)):
        if one.batch_shape:
            raise ValueError(
                f"{name}, {named(one)}, is a batch of distributions, of shape {one.batch_shape}, and Monte Carlo takes "
                f"one pair: {name}.at(index) of one of ours, or a loop."
            )
    sides = [_measure(one.support) for one in (first, second)]
    if sides[0] != sides[1] and None not in sides:
        raise ValueError(
            f"{named(first)} lives on {first.support} and {named(second)} on {second.support}: their densities are of "
            f"different kinds, {sides[0]} and {sides[1]}, and no ratio of them means anything."
        )
    first, second = densities(in_numpy(first), in_numpy(second)).members
    return first, second


def _measure(support: Support) -> str | None:
    """Return of what a density is one, None where that is not known."""
    if isinstance(support, (Integers, Points)):
        return "masses"
    if not isinstance(support, Space):
        return "per length" if not hasattr(support, "sides") else None
    return _OF_SPACES.get(support.name)


_OF_SPACES = {
    "counts": "masses",
    "vectors of whole numbers": "masses",
    "vectors of points": "masses",
    "real vectors": "per volume",
    "real × positive numbers": "per volume",
    "real matrices": "per volume of all entries",
    "positive definite matrices": "per volume of the lower entries",
    "real vectors × positive definite matrices": "per volume of a vector and of lower entries",
    "simplex": "per volume of the simplex",
    "sphere": "per area of the sphere",
    "correlation matrices": "per volume of correlations",
    "Cholesky factors of correlation matrices": "per volume of factors",
}


def _log_ratio(p: Density, q: Density) -> Callable[[FloatArray, str], FloatArray]:
    """Return ln(p/q) at draws from P (or from Q), by the difference of parameters where the family can."""
    log_p, log_q = log_density(p), log_density(q)
    alike = type(p) is type(q) and type(p).log_ratio is not Density.log_ratio

    def ratio(x: FloatArray, side: str) -> FloatArray:
        at_p, at_q = log_p(x), log_q(x)
        own, one = (at_p, p) if side == "p" else (at_q, q)
        if not np.isfinite(own).all():
            where = x[np.nonzero(~np.isfinite(own))[0][0]]
            raise ValueError(
                f"{named(one)} has the log-density {own[~np.isfinite(own)][0]} at {where!r}, an outcome drawn from it: "
                "its density is 0 or infinite there, as far as float64 can tell."
            )
        if np.isnan(at_p).any() or np.isnan(at_q).any():
            raise ValueError(f"{named(p if np.isnan(at_p).any() else q)}: its log-density is NaN at a drawn outcome.")
        with np.errstate(all="ignore"):
            found = at_p - at_q
            near = np.abs(found) < 1.0
            if alike and near.any():
                # Where P and Q are near, a family's own difference loses nothing.
                fine = -np.asarray(p.log_ratio(q, x[near]), dtype=np.float64)
                found[near] = np.where(np.isfinite(fine), fine, found[near])
        return found

    return ratio


def _same_shape(p: Density, q: Density, x: FloatArray, y: FloatArray) -> None:
    if x.shape != y.shape:
        raise ValueError(
            f"an outcome of {named(p)} has shape {x.shape[1:]}, and one of {named(q)} {y.shape[1:]}: they cannot be "
            "compared."
        )


def _gathered(rounds: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]]) -> Simulated:
    x, y, at_x, at_y = (np.concatenate(parts) for parts in zip(*rounds, strict=True))
    return Simulated(_sample(x), _sample(y), at_x, at_y)


def _sample(rows: FloatArray) -> Sample:
    flat = rows.reshape(len(rows), -1)
    names = tuple(f"column {i + 1}" for i in range(flat.shape[1]))
    return Sample(flat, np.empty((len(flat), 0), np.int64), (), names)


def _with_error(found: Simulated, of: Divergence) -> tuple[float, float]:
    value = found.value(of)
    variance = value.influence_x.var() / len(value.influence_x) + value.influence_y.var() / len(value.influence_y)
    return value.value, math.sqrt(variance)


def tail_shape(values: FloatArray) -> float:
    """Return the shape ξ of the upper tail, P(V > v) ≈ v^(−1/ξ): it has moments of order up to 1/ξ.

    Negative for values with an upper end, 0 for tails that fall exponentially.

    Args:
        values: drawn independently; the largest ones, 3√n or √n of them, whichever gives the lighter tail, count by
            how far they are above the others, as excesses of a generalised Pareto distribution.

    Source:
        Zhang and Stephens, "A new and efficient estimation method for the generalized Pareto distribution",
        Technometrics 51 (2009), 316-325, eqs. (7)-(9).
    """
    ordered = np.sort(values[np.isfinite(values)])
    # Where the bulk is bent, what lies farther out may still look like a heavier tail than it is.
    counts = [min(int(factor * math.sqrt(len(ordered))), len(ordered) // 5) for factor in (3.0, 1.0)]
    return min(_shape(ordered[-count:] - ordered[-count - 1]) if count >= 20 else 0.0 for count in counts)


def _greatest_share(pulls: FloatArray) -> float:
    """Return the greatest square over the sum of all (Embrechts, Klüppelberg and Mikosch, Modelling Extremal Events
    (1997), section 6.2.6)."""
    top = float(np.abs(pulls).max())
    return 1.0 / float(np.square(pulls / top).sum()) if top > 0.0 else 0.0


def _shape(excess: FloatArray) -> float:
    """Return the shape of a generalised Pareto distribution from ordered excesses."""
    count = len(excess)
    quarter = float(excess[int(0.25 * count + 0.5) - 1])
    if not quarter > 0.0:  # ties: outcomes that are counted, of which a tail is not seen
        return 0.0
    steps = 30 + int(math.sqrt(count))
    grid = 1.0 / float(excess[-1]) + (1.0 - np.sqrt(steps / (np.arange(1, steps + 1) - 0.5))) / (3.0 * quarter)
    grid = grid[grid != 0.0]
    with np.errstate(all="ignore"):
        shapes = np.log1p(-grid[:, None] * excess).mean(axis=1)
        likelihood = count * (np.log(-grid / shapes) - shapes - 1.0)
    some = np.isfinite(likelihood)
    if not some.any():
        return 0.0
    weights = np.exp(likelihood[some] - likelihood[some].max())
    rate = float(grid[some] @ weights / weights.sum())
    return float(np.log1p(-rate * excess).mean())


def _costs(divergence: Divergence, log_ratio: FloatArray) -> FloatArray:
    """Return what each outcome costs, per unit of M: twice the cost of p/(p + q) and q/(p + q)."""
    with np.errstate(all="ignore"):
        log_p, log_q = -np.logaddexp(0.0, -log_ratio), -np.logaddexp(0.0, log_ratio)
        deviation = Deviation(
            np.exp(log_p), np.exp(log_q), -np.tanh(0.5 * log_ratio), -log_ratio, lambda: (log_p, log_q)
        )
        return 2.0 * np.asarray(divergence.cost(deviation), dtype=np.float64)


def _finished(divergence: Divergence, total: float) -> tuple[float, float]:
    """Return the value that belongs to a sum of costs, and its derivative."""
    finish = divergence.finish
    if finish is None:
        return total, 1.0
    least = max(total, 0.0)
    step = 1e-6 * least if least > 0.0 else 1e-12
    value, above, below = (float(finish(np.asarray(least + k * step))) for k in (0.0, 1.0, -1.0 if least else 0.0))
    return value, (above - below) / (step * (2.0 if least else 1.0))
