"""Every divergence from one fitted log-ratio ln(p/q), with how each row pulls it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from kullback.divergence import Deviation, Divergence, PowerForm, itself
from kullback.estimators.method import Fitted, Value
from kullback.sample import FloatArray, Model, Sample

_MOST = 700.0
"""e to this power is still a number."""


@dataclass(frozen=True, eq=False)
class LogRatio(Fitted):
    """Log-ratios at the rows of both samples, each by a fit that has not seen the row (or its group).

    Attributes:
        x, y: the samples.
        at_x, at_y: ln(p/q) at their rows, shapes (n,) and (m,).
        held_out: whether each was found without its row, so that `lower` is a bound.
        notes, diagnostics: as in `Fitted`.
    """

    x: Sample
    y: Sample | Model
    at_x: FloatArray
    at_y: FloatArray
    held_out: bool = True
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])

    def log_ratio(self) -> tuple[FloatArray, FloatArray]:
        """Return the log-ratios."""
        return self.at_x, self.at_y

    def value(self, divergence: Divergence) -> Value:
        """Return the mean score for KL and Jeffreys, mean f(X): far less biased than a bound; the one-step value of
        `lower` for the others. The influences are those of the one-step estimator, the efficient ones."""
        found = self.one_step(divergence)
        mean = self._mean_score(divergence)
        return found if mean is None else Value(mean, found.influence_x, found.influence_y)

    def lower(self, divergence: Divergence) -> Value | None:
        """Return the one-step value, E_P[∂p] + E_Q[∂q], with ∂ the derivatives of the divergence's term p∂p + q∂q.

        For any fixed log-ratio it is a lower bound on an f-divergence (a convex function lies above its tangents;
        Nguyen, Wainwright and Jordan, IEEE Trans. Inf. Theory 56 (2010), 5847-5861, lemma 1), equal where the ratio is
        true; for KL the best constant is added first (Donsker and Varadhan).
        """
        if not self.held_out:
            return None
        return self.one_step(divergence, self.most)

    @property
    def most(self) -> float:
        """Where `lower` cuts log-ratios off: any function will do there, and one that claims no more than the rows can
        show has no long tail."""
        return math.log(min(self.x.rows, self._sample_y().rows) + 1.0)

    def one_step(self, divergence: Divergence, most: float = math.inf) -> Value:
        """Return the one-step (von Mises) estimate from these log-ratios, cut off at ± `most`.

        For the Chernoff information it is the greatest over its orders, and the influences are those at that order.
        """
        if divergence.name == "chernoff":
            return self._chernoff(divergence, most)
        x, y = self.x, self._sample_y()
        at_x, at_y = self._shifted(divergence, most)
        (p_x, _), (_, q_y) = derivatives(divergence, at_x), derivatives(divergence, at_y)
        total = x.mean(p_x) + y.mean(q_y)
        value, slope = finished(divergence, total)
        return Value(value, slope * (p_x - x.mean(p_x)), slope * (q_y - y.mean(q_y)))

    def _sample_y(self) -> Sample:
        if isinstance(self.y, Model):
            raise TypeError("a log-ratio against a model is kept with draws from the model as its second sample")
        return self.y

    def _chernoff(self, divergence: Divergence, most: float) -> Value:
        # The gap is concave in its order: thirds of an interval that holds the greatest.
        low, high = 0.0, 1.0
        found: dict[float, Value] = {}

        def at(order: float) -> Value:
            if order not in found:
                gap = PowerForm("gap", order, itself)
                found[order] = self.one_step(
                    replace(divergence, name="bhattacharyya", slopes=None, combine=None, powers=gap), most
                )
            return found[order]

        while high - low > 1e-4:
            first, second = low + (high - low) / 3.0, high - (high - low) / 3.0
            if at(first).value < at(second).value:
                low = first
            else:
                high = second
        return at(0.5 * (low + high))

    def _shifted(self, divergence: Divergence, most: float) -> tuple[FloatArray, FloatArray]:
        if _plain(divergence) != "kl":
            return np.clip(self.at_x, -most, most), np.clip(self.at_y, -most, most)
        # KL ≥ E_P f − ln E_Q e^f: the constant that makes e^f a ratio of the mean 1 is the best one.
        constant = self._constant(divergence, self.at_x, self.at_y)
        at_x, at_y = (np.clip(scores - constant, -most, most) for scores in (self.at_x, self.at_y))
        constant = self._constant(divergence, at_x, at_y)
        return at_x - constant, at_y - constant

    def _constant(self, divergence: Divergence, at_x: FloatArray, at_y: FloatArray) -> float:
        side, sign = (self.x, -1.0) if divergence.reversed else (self._sample_y(), 1.0)
        scores = sign * (at_x if divergence.reversed else at_y)
        top = float(scores.max())
        return sign * (top + math.log(side.mean(np.exp(scores - top))))

    def _mean_score(self, divergence: Divergence) -> float | None:
        name = _plain(divergence)
        if name not in ("kl", "jeffreys"):
            return None
        of_x, of_y = self.x.mean(self.at_x), -self._sample_y().mean(self.at_y)
        if divergence.name == "jeffreys":
            return of_x + of_y
        return of_y if divergence.reversed else of_x


def derivatives(divergence: Divergence, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return ∂f/∂p and ∂f/∂q of the divergence's term f(p, q), before `finish`, where ln(p/q) is given.

    f has degree 1 in (p, q), so the derivatives depend on the ratio alone and f = p ∂f/∂p + q ∂f/∂q. The sum that they
    belong to is that of `finished`.

    Raises:
        NotImplementedError: a divergence that is no integral of such a term.
    """
    scores = np.clip(log_ratio, -_MOST, _MOST)
    p, q = np.exp(np.minimum(scores, 0.0)), np.exp(np.minimum(-scores, 0.0))
    powers = divergence.powers
    if _plain(divergence) == "kl":
        return (-np.exp(-scores), 1.0 - scores) if divergence.reversed else (scores + 1.0, -np.exp(scores))
    if powers is not None and powers.of == "gap" and powers.order in (0.0, 1.0):
        raise NotImplementedError(
            f"{divergence!r} depends on where P or Q has no mass at all, of which a log-ratio at rows says nothing; "
            "of=kb.kl, or an order within (0, 1), can be estimated."
        )
    if divergence.slopes is not None:
        with np.errstate(all="ignore"):
            of_p, of_q, _, _ = divergence.slopes(p, q)
        return np.asarray(of_p), np.asarray(of_q)
    if powers is not None and powers.of == "gap" and math.isfinite(powers.order):
        order = powers.order
        return order * np.exp((order - 1.0) * scores), (1.0 - order) * np.exp(order * scores)
    if divergence.combine is not None:
        raise NotImplementedError(
            f"{divergence!r} is no integral over the outcomes, so that a sample says nothing of it to first order; "
            "of=kb.kl, kb.js or kb.renyi(alpha) with 0 < alpha < inf can be estimated."
        )
    step = 1e-6
    return (
        (_cost(divergence, p * (1 + step), q) - _cost(divergence, p * (1 - step), q)) / (2 * step * p),
        (_cost(divergence, p, q * (1 + step)) - _cost(divergence, p, q * (1 - step))) / (2 * step * q),
    )


def _plain(divergence: Divergence) -> str:
    """Return the name, "kl" also for the members of families that are KL divided by 1 (`reversed` says which way)."""
    powers = divergence.powers
    if powers is None or powers.of == "gap":
        return divergence.name
    straight = powers.of == "kl"
    same = divergence.finish is None and float(powers.finish(np.asarray(1.0))) == 1.0
    return "kl" if same and straight != divergence.reversed else divergence.name


def _cost(divergence: Divergence, p: FloatArray, q: FloatArray) -> FloatArray:
    # The stable cost may hold a multiple of q − p more than the term: its derivatives differ by constants that cancel
    # in p∂p + q∂q only where both masses are complete, as they are here.
    log_p, log_q = np.log(p), np.log(q)
    return np.asarray(divergence.cost(Deviation(p, q, q - p, log_q - log_p, lambda: (log_p, log_q))))


def finished(divergence: Divergence, total: float) -> tuple[float, float]:
    """Return the value that belongs to an integral of the terms, and its derivative with respect to the integral."""

    def finish(number: float) -> float:
        if divergence.slopes is None and divergence.powers is not None and divergence.powers.of == "gap":
            return float(divergence.powers.finish(np.asarray(-math.log(max(number, 1e-300)))))
        if divergence.finish is None:
            return number
        return float(divergence.finish(np.asarray(max(number, 0.0))))

    value = finish(total)
    if divergence.finish is None and divergence.slopes is not None:
        return value, 1.0
    step = 1e-5 * max(abs(total), 1e-12)
    return value, (finish(total + step) - finish(total - step)) / (2 * step)
