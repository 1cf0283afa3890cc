"""What neighbour methods have in common: log-ratios at the rows, and how each row pulls those of the others."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from kullback.divergence import Divergence, PowerForm
from kullback.estimators.log_ratio import derivatives, finished
from kullback.estimators.method import Fitted, Value
from kullback.estimators.whitening import Coordinates, Mapped, mapped
from kullback.kernels.neighbours import nearest, within
from kullback.sample import FloatArray, IntArray, Sample

Side: TypeAlias = Literal["x", "y"]

_KINKED = ("tv", "hockey_stick")

_MOST_DISTANCES = 5_000_000
"""Distances kept in memory at once."""


@dataclass(frozen=True, eq=False)
class Balls:
    """The balls about some rows that hold the neighbours from one sample.

    Attributes:
        radii: shape (queries,).
        counts: how many rows of the sample are in each.
        effective: Kish's number of equally weighted rows in each; the counts where all have the same weight.
        mass: what part of the sample, without what was left out, is in each, rows times their tilt.
        pulled: from one number per query, the sum over the balls that a row of the sample is in of how much the mass
            changes with the share of the row.
    """

    radii: FloatArray
    counts: IntArray
    effective: FloatArray
    mass: FloatArray
    pulled: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class LocalRatios:
    """ln(p/q) at the rows of one sample, from neighbours other than the row itself.

    Attributes:
        log_ratio: without bias where p and q are constant over the balls.
        p_counts, q_counts: of the gamma or Poisson law that each side's noise has.
        in_p, in_q: the balls in x and in y.
    """

    log_ratio: FloatArray
    p_counts: FloatArray
    q_counts: FloatArray
    in_p: Balls
    in_q: Balls

    @property
    def noise(self) -> FloatArray:
        """The variance of the log-ratio."""
        trigamma = special("polygamma")
        noise = np.empty(len(self.log_ratio))
        noise[:] = trigamma(1, self.p_counts) + trigamma(1, self.q_counts)
        return noise


class Neighbourhood:
    """Two samples in the coordinates of their distances, and the balls about their rows."""

    def __init__(self, x: Sample, y: Sample, coordinates: Coordinates) -> None:
        self.x, self.y = x, y
        self.mapped: Mapped = mapped(x, y, coordinates)

    @property
    def dimension(self) -> int:
        """How many directions distances have."""
        return self.mapped.x.shape[1]

    def sample(self, side: Side) -> Sample:
        """Return one of the samples."""
        return self.x if side == "x" else self.y

    def points(self, side: Side) -> FloatArray:
        """Return its rows in the coordinates of the distances."""
        return self.mapped.x if side == "x" else self.mapped.y

    def distances(self, k: int, of: Side, about: Side) -> FloatArray:
        """Return the distance from each row of one sample to its k-th neighbour in a sample, shape (queries,).

        Raises:
            ValueError: fewer than k neighbours, or k of them at a distance of 0.
        """
        self._check_rows(k, of, about)
        found, _ = nearest(self.points(of), self.points(about), k, **self._left_out(of, about))
        return found[:, -1]

    def furthest(self, counts: IntArray, of: Side, about: Side) -> FloatArray:
        """Return the distance from each row of one sample to its counts-th neighbour in a sample, shape (queries,)."""
        points, queries, left_out = self.points(of), self.points(about), self._left_out(of, about)
        found = np.empty(len(queries))
        # A few rows far from everything have thousands of neighbours: in groups of similar counts, memory is linear.
        group = np.ceil(np.log2(counts)).astype(np.int64)
        for each in np.unique(group):
            rows = np.flatnonzero(group == each)
            for some in np.array_split(rows, -(-len(rows) * int(counts[rows].max()) // _MOST_DISTANCES)):
                inside: dict[str, Any] = {
                    name: (value[0], value[1][some]) if isinstance(value, tuple) else value[some]
                    for name, value in left_out.items()
                }
                distances, _ = nearest(points, queries[some], int(counts[some].max()), **inside)
                found[some] = distances[np.arange(len(some)), counts[some] - 1]
        return found

    def balls(self, radii: FloatArray, of: Side, about: Side, tilt: FloatArray | None = None) -> Balls:
        """Return what one sample has in closed balls about the rows of a sample; `tilt` multiplies its rows."""
        points, queries, left_out = self.points(of), self.points(about), self._left_out(of, about)
        sample = self.sample(of)
        shares = sample.shares if tilt is None else sample.shares * tilt
        counts, mass = _summed(points, queries, radii, shares, left_out)
        effective = counts.astype(np.float64)
        if tilt is not None or sample.weights is not None:
            size = float(shares.max())
            _, squares = _summed(points, queries, radii, np.square(shares / size), left_out)
            # Differences of rounding: no fewer than one row, no more than there are.
            kish = np.square(mass / size) / np.where(squares > 0.0, squares, 1.0)
            effective = np.clip(kish, 1.0, np.maximum(effective, 1.0))

        # What is left out of a ball is left out of the sample: the rest is the whole.
        reachable = self._reachable(of, about)

        def pulled(values: FloatArray) -> FloatArray:
            found = within(points, queries, radii, query_values=values / reachable, **left_out)[2]
            if found is None:
                raise AssertionError("pulls were asked for")
            return found if tilt is None else found * tilt

        return Balls(radii, counts, effective, mass / reachable, pulled)

    def check_distances(self, distances: FloatArray, of: Side, about: Side, k: int) -> None:
        """Raise a ValueError where neighbours are at a distance of 0."""
        repeated = int((distances <= 0.0).sum())
        if not repeated:
            return
        row = self.sample(about).numbers[int(np.argmin(distances))]
        shown = ", ".join(f"{value:.6g}" for value in row[:3]) + (", …" if len(row) > 3 else "")
        if of == about:
            what = f"{of} holds {repeated} repeated values"
        else:
            what = f"{repeated} values of {about} are in {of} too"
        times = f", {k} times or more" if k > 1 else ""
        raise ValueError(
            f"{what}{times}, such as ({shown}): neighbours at a distance of 0 have no density. "
            "kb.estimators.atoms() takes repeated values apart from the rest."
        )

    def _left_out(self, of: Side, about: Side) -> dict[str, Any]:
        inner, outer = self.sample(of).groups, self.sample(about).groups
        if inner is not None and outer is not None:
            return {"leave_out_groups": (inner, outer)}
        return {"leave_out": np.arange(self.sample(of).rows)} if of == about else {}

    def _check_rows(self, k: int, of: Side, about: Side) -> None:
        sample = self.sample(of)
        least = sample.rows - (1 if of == about else 0)
        inner, outer = sample.groups, self.sample(about).groups
        if inner is not None and outer is not None:
            least = sample.rows - int(np.bincount(inner).max())
        if k > least:
            raise ValueError(
                f"{k} neighbours are asked for, and {of} has {max(least, 0)} rows beside a row"
                f"{' and its group' if inner is not None else ''}: fewer neighbours or more rows are needed."
            )

    def _reachable(self, of: Side, about: Side) -> FloatArray:
        """What part of the sample may be in the balls, for each row that they are about."""
        sample, about_sample = self.sample(of), self.sample(about)
        if sample.groups is not None and about_sample.groups is not None:
            groups = max(int(sample.groups.max()), int(about_sample.groups.max())) + 1
            per_group = np.bincount(sample.groups, weights=sample.shares, minlength=groups)
            return np.subtract(1.0, per_group[about_sample.groups], dtype=np.float64)
        reachable = np.ones(about_sample.rows)
        if of == about:
            reachable -= sample.shares
        return reachable


class NeighbourFit(Fitted, ABC):
    """Log-ratios from neighbours at the rows of both samples, found when they are needed.

    Attributes:
        space: the samples and their distances.
    """

    def __init__(self, space: Neighbourhood, diagnostics: Mapping[str, float] | None = None) -> None:
        self.space = space
        self.x, self.y = space.x, space.y
        self.notes = space.mapped.notes
        self.diagnostics = dict(diagnostics or {})

    @abstractmethod
    def ratios(self, about: Side) -> LocalRatios:
        """Return ln(p/q) at the rows of a sample."""

    @cached_property
    def at_x(self) -> LocalRatios:
        """ln(p/q) at the rows of x."""
        return self.ratios("x")

    @cached_property
    def at_y(self) -> LocalRatios:
        """ln(p/q) at the rows of y."""
        return self.ratios("y")

    def log_ratio(self) -> tuple[FloatArray, FloatArray]:
        """Return the log-ratios, each found without its row."""
        return self.at_x.log_ratio, self.at_y.log_ratio

    def value(self, divergence: Divergence) -> Value:
        """Return the mean log-ratio for KL, with the influences of the neighbour graph; for other divergences the
        one-step value E_P[∂p] + E_Q[∂q] of the term p∂p + q∂q, each ∂ corrected for the noise of the log-ratio.

        Influence of a row on the mean log-ratio (the infinitesimal jackknife of the graph): its own term, and what it
        adds to the mass of every ball that it lies in: 1/l to ln p̂ where l rows of x are in a ball, 1/k to ln q̂.
        """
        weights = mean_log_ratio(divergence)
        if weights is None:
            return self._one_step(divergence) if divergence.name not in _KINKED else self.smoother().value(divergence)
        of_x, of_y = weights
        zero = Value(0.0, np.zeros(self.x.rows), np.zeros(self.y_sample.rows))
        first = self._mean(self.at_x, "x") if of_x else zero
        second = self._mean(self.at_y, "y") if of_y else zero
        return Value(
            of_x * first.value + of_y * second.value,
            of_x * first.influence_x + of_y * second.influence_x,
            of_x * first.influence_y + of_y * second.influence_y,
        )

    def smoother(self) -> Fitted:
        """Return a fit with less noise, for divergences with a kink where p = q: of those no correction is known.

        Raises:
            NotImplementedError: there is none.
        """
        raise NotImplementedError(
            "the total variation and hockey-stick divergences have a kink, which the noise of so few neighbours blurs: "
            "kb.estimators.remainder() or shared_radius() estimates them."
        )

    @property
    def y_sample(self) -> Sample:
        """The second sample."""
        return self.space.y

    def _mean(self, local: LocalRatios, about: Side) -> Value:
        sample = self.space.sample(about)
        mean = sample.mean(local.log_ratio)
        pulled_x = local.in_p.pulled(sample.shares / local.in_p.mass)
        pulled_y = -local.in_q.pulled(sample.shares / local.in_q.mass)
        own = local.log_ratio - mean
        if about == "x":
            pulled_x = pulled_x + own
        else:
            pulled_y = pulled_y + own
        return Value(mean, pulled_x - self.x.mean(pulled_x), pulled_y - self.y_sample.mean(pulled_y))

    def _one_step(self, divergence: Divergence) -> Value:
        of_p = corrected(divergence, self.at_x, 0)
        of_q = corrected(divergence, self.at_y, 1)
        mean_p, mean_q = self.x.mean(of_p), self.y_sample.mean(of_q)
        value, slope = _finished(divergence, mean_p + mean_q)
        return Value(value, slope * (of_p - mean_p), slope * (of_q - mean_q))


def _summed(
    points: FloatArray, queries: FloatArray, radii: FloatArray, values: FloatArray, left_out: dict[str, Any]
) -> tuple[IntArray, FloatArray]:
    counts, sums, _ = within(points, queries, radii, point_values=values, **left_out)
    if sums is None:
        raise AssertionError("sums were asked for")
    return counts, sums


def log_mass(balls: Balls, shape: FloatArray | None = None) -> FloatArray:
    """Return ln of the mass in balls, corrected for the noise of counts whose gamma law has a shape: ψ(shape) − ln k.

    Args:
        balls: of k rows, or as many effective ones.
        shape: k if left out, that of a waiting time; k + 1 for a Poisson count.
    """
    rows = balls.effective
    return np.log(balls.mass) + np.asarray(special("digamma")(rows if shape is None else shape)) - np.log(rows)


def shared(space: Neighbourhood, k: int, about: Side, log_tilt: tuple[FloatArray, FloatArray] | None) -> LocalRatios:
    """Return ln(p/q) where both sides are tilted, from the smallest balls with k rows of both in them.

    The side whose k-th neighbour ends the growth has a waiting time t, E ln λt = ψ(k); the other one a Poisson count,
    of which ψ(l + 1) is the logarithm of the mean. Their difference has no bias, whatever p/q is.
    """
    reach_p, reach_q = space.distances(k, "x", about), space.distances(k, "y", about)
    radii = np.maximum(reach_p, reach_q)
    space.check_distances(radii, about, about, k)
    found: list[tuple[FloatArray, FloatArray, Balls]] = []
    sides: tuple[tuple[Side, FloatArray], ...] = (("x", reach_p), ("y", reach_q))
    for i, (side, reach) in enumerate(sides):
        log_tilt_here = None if log_tilt is None else log_tilt[i]
        top = 0.0 if log_tilt_here is None else float(log_tilt_here.max())
        balls = space.balls(radii, side, about, None if log_tilt_here is None else np.exp(log_tilt_here - top))
        shape = balls.effective + (reach < radii)
        found.append((log_mass(balls, shape) + top, shape, balls))
    (log_p, shape_p, in_p), (log_q, shape_q, in_q) = found
    return LocalRatios(log_p - log_q, shape_p, shape_q, in_p, in_q)


def corrected(divergence: Divergence, local: LocalRatios, side: Literal[0, 1]) -> FloatArray:
    """Return ∂f/∂p (side 0) or ∂f/∂q (side 1) at noisy log-ratios, free of the bias that their noise gives it.

    Powers of the ratio are unbiased for constant densities: E V^a of a gamma or Poisson law has a closed form (Póczos
    and Schneider, AISTATS 2011, eq. 7). Any other function h loses its second-order bias, h(t ± s)/2 in the mean with
    s² the variance of t.

    Raises:
        NotImplementedError: powers that need more neighbours than there are.
    """
    powers = _of_power_sum(divergence)
    if powers is not None:
        order = powers.order
        factor, power = ((1.0 - order), order) if side else (order, order - 1.0)
        if factor == 0.0:
            return np.zeros(len(local.log_ratio))
        return factor * _power(divergence, local, power)
    spread = np.sqrt(local.noise)
    middle, up, down = (
        derivatives(divergence, local.log_ratio + shift)[side] for shift in (0.0 * spread, spread, -spread)
    )
    return middle - 0.5 * (up + down - 2.0 * middle)


def _of_power_sum(divergence: Divergence) -> PowerForm | None:
    powers = divergence.powers
    return powers if powers is not None and powers.of == "gap" and math.isfinite(powers.order) else None


def _finished(divergence: Divergence, total: float) -> tuple[float, float]:
    """Return the value that belongs to the sum of the terms, and its derivative with respect to the sum."""
    powers = _of_power_sum(divergence)
    if powers is None:
        return finished(divergence, total)

    def finish(number: float) -> float:
        return float(powers.finish(np.asarray(-math.log(max(number, 1e-300)))))

    step = 1e-5 * max(abs(total), 1e-12)
    return finish(total), (finish(total + step) - finish(total - step)) / (2.0 * step)


def _power(divergence: Divergence, local: LocalRatios, power: float) -> FloatArray:
    """Return (p/q)^a without bias. The log-ratio is ψ(l) − ψ(k) + what has no noise; E of Γ(l)/Γ(l − a) t^−a is λ^a."""
    least = min(local.p_counts.min() - power, local.q_counts.min() + power)
    if least <= 0.0:
        raise NotImplementedError(
            f"{divergence!r} needs the power {power:g} of a ratio of densities, which has no mean with so few "
            f"neighbours: more than {abs(power):g} are needed, or a method that fits the ratio, such as "
            "kb.estimators.logistic()."
        )
    log_gamma, digamma = special("gammaln"), special("digamma")
    of_p, of_q = local.p_counts, local.q_counts
    exponent = power * (local.log_ratio - digamma(of_p) + digamma(of_q))
    exponent += log_gamma(of_p) - log_gamma(of_p - power) + log_gamma(of_q) - log_gamma(of_q + power)
    return np.exp(exponent)


def mean_log_ratio(divergence: Divergence) -> tuple[float, float] | None:
    """Return (a, b) where the divergence is a E_P ln(p/q) + b E_Q ln(p/q)."""
    if divergence.name == "jeffreys":
        return 1.0, -1.0
    powers = divergence.powers
    if powers is None or powers.of == "gap":
        return None
    if divergence.finish is not None or float(powers.finish(np.asarray(1.0))) != 1.0:
        return None
    return (1.0, 0.0) if powers.of == "kl" else (0.0, -1.0)


def special(name: str) -> Callable[..., Any]:
    """Return a special function of SciPy."""
    # Not imported with kullback.
    import scipy.special

    return getattr(scipy.special, name)
