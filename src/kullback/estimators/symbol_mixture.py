"""A mixture of Poisson laws for the counts of all symbols in two samples: what a count says of p and q together.

Symbols with few rows say little alone and much together. Their pairs of expected counts (np, mq) are taken as drawn
from one unknown law, found by maximum likelihood; a symbol's counts then have a posterior for ln(p/q) (empirical Bayes:
Robbins, "An empirical Bayes approach to statistics", Proc. 3rd Berkeley Symp. 1 (1956), 157-163; for ratios centred at
an expected value: Stephens, "False discovery rates: a new deal", Biostatistics 18 (2017), 275-294).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from kullback.sample import FloatArray

FULL = 40.0
"""Symbols with so many rows in both samples together speak for themselves."""

_WIDTHS = np.array([0.0, 0.25, 0.5, 1.0, 2.0])  # of the spread of ln(p/q) about its trend
_LEAST_RATE, _RATE_STEP, _RATIO_STEP = 0.1, 0.7, 0.25
_SAME = 10.0  # symbols that the law of ln(p/q) is given at its trend, beside those seen (Stephens 2017, λ₀)
_WORTH = 3.0  # log-likelihood that a trend must add
_TREND = np.array([4.0, 2.0])  # standard deviations of β: rates that differ little show no slope, and any fits
_SEARCH, _EVALUATIONS, _ROUNDS = 15, 60, 100

Expected: TypeAlias = Callable[[FloatArray], FloatArray]
"""A function of ln(p/q), entry by entry."""


@dataclass(frozen=True, eq=False)
class SymbolMixture:
    """The fitted law of (np, mq): for t = np + mq on a grid, ln(p/q) is β₀ + β₁ ln t plus a mixture of normal spreads.

    Attributes:
        rows_p, rows_q: n and m, effective rows.
        rates: t, shape (T,).
        ratios: ln(p/q), shape (T, D).
        weights: of the law, shape (T, D), up to a factor; for symbols seen or not.
        trend: β, empty where it is worth nothing.
    """

    rows_p: float
    rows_q: float
    rates: FloatArray
    ratios: FloatArray
    weights: FloatArray
    trend: tuple[float, ...]

    def means(self, a: FloatArray, b: FloatArray, functions: tuple[Expected, ...]) -> tuple[FloatArray, ...]:
        """Return E[g(ln(p/q)) | a rows of x, b of y] for each g and each pair of counts below `FULL`, shape (u,)."""
        posterior = self.posterior(a, b)
        flat = self.ratios.ravel()
        return tuple(posterior @ g(flat) for g in functions)

    def posterior(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """Return the law of the grid's points given the counts, shape (u, T·D)."""
        likelihood = _counts_given_rate(a, b, self.rates)[:, :, None] * np.exp(
            _split_given_ratio(a, b, self.ratios, self._offset)
        )
        joint = (likelihood * self.weights).reshape(len(a), -1)
        return joint / joint.sum(axis=1, keepdims=True)

    def log_ratio_of_means(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """Return ln(E[p | a, b] / E[q | a, b]), that of all symbols with these counts: the ratio of the next rows.

        For whole counts it is (a + 1) N(a+1, b)/n over (b + 1) N(a, b+1)/m with N the fitted numbers of symbols.
        """
        posterior = self.posterior(a, b)
        share = 1.0 / (1.0 + np.exp(-(self.ratios + self._offset)))
        rate = np.broadcast_to(self.rates[:, None], share.shape)
        of_p, of_q = posterior @ (rate * share).ravel(), posterior @ (rate * (1.0 - share)).ravel()
        return np.log(of_p) - np.log(of_q) - self._offset

    def swapped(self) -> SymbolMixture:
        """Return the law with p and q exchanged."""
        trend = tuple(-slope for slope in self.trend)
        return SymbolMixture(self.rows_q, self.rows_p, self.rates, -self.ratios, self.weights, trend)

    @cached_property
    def _offset(self) -> float:
        return math.log(self.rows_p) - math.log(self.rows_q)


def fit_symbol_mixture(a: FloatArray, b: FloatArray, rows_p: float, rows_q: float) -> SymbolMixture | None:
    """Return the law of the symbols that have fewer than `FULL` rows together; None where there are none.

    Args:
        a, b: the counts of each symbol in x and in y, shape (k,).
        rows_p, rows_q: n and m.

    Example:
        >>> import numpy as np
        >>> law = fit_symbol_mixture(np.full(50, 3.0), np.full(50, 1.0), 150.0, 50.0)
        >>> abs(float(law.log_ratio_of_means(np.array([3.0]), np.array([1.0]))[0])) < 0.05
        True
    """
    thin = (a + b > 0.0) & (a + b < FULL)
    if not thin.any():
        return None
    if (rows_p, *moments(a)) < (rows_q, *moments(b)):
        # The search for a trend starts to one side: of two samples always the same one comes first.
        found = fit_symbol_mixture(b, a, rows_q, rows_p)
        return None if found is None else found.swapped()
    pairs, times = np.unique(np.stack([a[thin], b[thin]]), axis=1, return_counts=True)
    rates = np.exp(np.arange(math.log(_LEAST_RATE), math.log(FULL) + _RATE_STEP, _RATE_STEP))
    search = _Search(pairs[0], pairs[1], times.astype(np.float64), rates, math.log(rows_p) - math.log(rows_q))
    trend = search.trend()
    ratios, spread = search.ratios(trend), search.spread
    weights, _ = search.law(ratios, _ROUNDS)
    seen = -np.expm1(-rates)
    return SymbolMixture(rows_p, rows_q, rates, ratios, (weights / seen[:, None]) @ spread, trend)


def moments(counts: FloatArray) -> tuple[float, ...]:
    """Return numbers by which one of two samples comes first, whatever the order of its symbols."""
    return tuple(math.fsum(counts**power) for power in (2, 3, 4))


class _Search:
    """The likelihood of the counts, for laws given by a trend and by weights of rates and spreads."""

    def __init__(self, a: FloatArray, b: FloatArray, times: FloatArray, rates: FloatArray, offset: float) -> None:
        self.a, self.b, self.times, self.offset = a, b, times, offset
        self.log_rates = np.log(rates)
        self.given_rate = _counts_given_rate(a, b, rates) / -np.expm1(-rates)
        # Ratios beyond what the rows could show are not told apart.
        self.most = math.log(float(times @ (a + b)) + 1.0) + 1.0
        half = math.ceil(self.most / _RATIO_STEP)
        self.steps = np.arange(-half, half + 1) * _RATIO_STEP
        kernels = [np.exp(-0.5 * (self.steps / max(width, 1e-3)) ** 2) for width in _WIDTHS]
        self.spread = np.array([kernel / kernel.sum() for kernel in kernels])

    def ratios(self, trend: tuple[float, ...]) -> FloatArray:
        centre = trend[0] + trend[1] * self.log_rates if trend else np.zeros_like(self.log_rates)
        return np.asarray(np.clip(centre[:, None] + self.steps, -self.most, self.most), np.float64)

    def law(self, ratios: FloatArray, rounds: int) -> tuple[FloatArray, float]:
        """Return the weights (T, spreads) after some rounds of EM, spreads shared by all rates, and the likelihood."""
        split = np.exp(_split_given_ratio(self.a, self.b, ratios, self.offset)) @ self.spread.T
        joint = (self.given_rate[:, :, None] * split).reshape(len(self.a), -1)
        weights = np.full((len(self.log_rates), len(_WIDTHS)), 1.0 / (len(self.log_rates) * len(_WIDTHS)))
        for _ in range(rounds):
            mixed = joint @ weights.ravel()
            told = weights * ((self.times / mixed) @ joint).reshape(weights.shape)
            spreads = told.sum(axis=0)
            spreads[0] += _SAME
            weights = np.outer(told.sum(axis=1), spreads)
            weights /= weights.sum()
        return weights, float(self.times @ np.log(joint @ weights.ravel()))

    def trend(self) -> tuple[float, ...]:
        from scipy.optimize import minimize

        def loss(trend: FloatArray) -> float:
            unlikely = 0.5 * float(np.square(trend / _TREND).sum())
            return unlikely - self.law(self.ratios(tuple(trend.tolist())), _SEARCH)[1]

        none = np.zeros(2)
        start = np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]])
        settings = {"maxfev": _EVALUATIONS, "xatol": 0.03, "fatol": 0.2, "initial_simplex": start}
        found = minimize(loss, none, method="Nelder-Mead", options=settings)
        return tuple(found.x.tolist()) if loss(none) - float(found.fun) > _WORTH else ()


def _counts_given_rate(a: FloatArray, b: FloatArray, rates: FloatArray) -> FloatArray:
    """Return t^(a+b) e^−t / (a! b!), shape (u, T)."""
    from scipy.special import gammaln

    both = (a + b)[:, None]
    return np.exp(both * np.log(rates) - rates - gammaln(a + 1.0)[:, None] - gammaln(b + 1.0)[:, None])


def _split_given_ratio(a: FloatArray, b: FloatArray, ratios: FloatArray, offset: float) -> FloatArray:
    """Return ln(θ^a (1 − θ)^b) with θ = np/(np + mq), shape (u, T, D)."""
    odds = ratios + offset
    of_p, of_q = -np.logaddexp(0.0, -odds), -np.logaddexp(0.0, odds)
    return a[:, None, None] * of_p + b[:, None, None] * of_q
