"""Wealth from bets on the mean of numbers in [0, 1], and the two-sample e-value made of two such wealths."""

from __future__ import annotations

import math

import numpy as np

from kullback.sample import FloatArray

FRACTIONS = np.array([0.0, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 0.95])
"""Of what may be lost, how much is bet; the wealth is that of all, each with an equal part of what there was."""
_AT_ONCE = 1 << 20
_STEPS = np.array([-8.0, -4.0, *np.arange(-2.0, 4.01, 0.25), *np.arange(4.5, 9.01, 0.5), 12.0])


def log_gains(values: FloatArray, means: FloatArray) -> FloatArray:
    """Return Σ ln(1 + κ(v/μ − 1)) over the values, for every mean μ > 0 and fraction κ, shape (means, fractions).

    1 + κ(v/μ − 1) is never negative, and its expectation is at most 1 if that of v is at most μ.
    """
    found = np.zeros((len(means), len(FRACTIONS)))
    at_once = max(1, _AT_ONCE // found.size)
    for start in range(0, len(values), at_once):
        ratios = values[start : start + at_once, None] / means - 1.0
        found += np.log1p(FRACTIONS * ratios[:, :, None]).sum(axis=0)
    return found


def log_mean(log_wealth: FloatArray) -> FloatArray:
    """Return the logarithm of the mean wealth over the fractions, the last axis."""
    top = log_wealth.max(axis=-1)
    return top + np.log(np.exp(log_wealth - top[..., None]).mean(axis=-1))


def cells(values: FloatArray) -> FloatArray:
    """Return where the possible means of values in [0, 1] are cut: closely about the mean seen; ends excluded."""
    mean, error = float(values.mean()), float(values.std()) / math.sqrt(len(values)) + 1e-6
    near = mean + error * _STEPS
    far = np.geomspace(near[-1], 1.0, 12) if near[-1] < 1.0 else np.empty(0)
    cuts = np.unique(np.concatenate([near, far]))
    return cuts[(cuts > 1e-6) & (cuts < 1.0 - 1e-6)]


def reference_evidence(values: FloatArray, cuts: FloatArray) -> FloatArray:
    """Return the logarithm of what is won from the reference if the mean is in each cell between cuts, at least.

    For every μ, half is bet on the mean being above μ and half on its being below: an e-value against E v = μ. The
    first half falls with μ and the second rises, so that their ends bound it in a cell, shape (cuts + 1,).

    Source: the hedged capital of Waudby-Smith and Ramdas, J. R. Statist. Soc. B 86 (2024), 1-27, equation 23.
    """
    ups, lows = np.append(cuts, 1.0), np.concatenate([[0.0], cuts])
    above = log_mean(log_gains(values, ups))
    below = log_mean(log_gains(1.0 - values, 1.0 - lows))
    return np.logaddexp(above, below) - math.log(2.0)


_RATES = np.geomspace(2.0**-9, 0.9, 12)
_COSTS = -np.log1p(-_RATES) - _RATES


def lowest_mean(rows: int, total: float, squares: float, level: float) -> float:
    """Return a lower limit on the mean of the expectations of values in [0, 1], valid at all times together.

    exp(λ Σ(vᵢ − E vᵢ) − ψ(λ) Σ(vᵢ − v̂ᵢ)²), ψ(λ) = −ln(1 − λ) − λ, is a supermartingale for every λ in [0, 1) and all
    v̂ᵢ in [0, 1] known before vᵢ; so is its mean over several λ, which at any time exceeds 1/level with probability at
    most level.

    Args:
        rows: how many values.
        total: Σ vᵢ.
        squares: Σ (vᵢ − v̂ᵢ)².
        level: the probability that the limit is ever above.

    Source: Howard, Ramdas, McAuliffe and Sekhon, Ann. Statist. 49 (2021), 1055-1080, theorem 4; Fan, Grama and Liu,
        Electron. J. Probab. 20 (2015), lemma 4.1.
    """
    if not rows:
        return 0.0
    # ln mean exp(λ(total − M) − ψ squares) is convex in M = Σ E vᵢ and falls: from where one λ alone is enough, the
    # steps of Newton come closer to where it is ln(1/level) and never pass it: the limit is valid wherever they stop.
    goal = -math.log(level)
    found = float((total - (goal + math.log(len(_RATES)) + _COSTS * squares) / _RATES).max())
    for _ in range(5):
        logs = _RATES * (total - found) - _COSTS * squares
        wealth = np.exp(logs - logs.max())
        over = float(logs.max()) + math.log(float(wealth.mean())) - goal
        found += max(0.0, over) / float(_RATES @ wealth / wealth.sum())
    return min(1.0, max(0.0, found / rows))
