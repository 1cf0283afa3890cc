"""Wealth from bets on the mean of numbers in [0, 1], and the two-sample e-value made of two such wealths."""

from __future__ import annotations

import math

import numpy as np

from kullback.sample import FloatArray

FRACTIONS = np.array([0.0, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 0.95])
"""Of what may be lost, how much is bet; the wealth is that of all, each with an equal part of what there was."""
_AT_ONCE = 1 << 20
_STEPS = np.concatenate([[-12.0, -8.0, -6.5], np.arange(-5.0, 5.01, 0.25), [5.5, 6.0, 6.5, 7.0, 8.0, 9.0, 12.0]])


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


def lowest_means(rows: int, total: float, squares: float, goals: FloatArray) -> FloatArray:
    """Return lower limits on the mean of the expectations of values in [0, 1], each valid at all times together.

    exp(λ Σ(vᵢ − E vᵢ) − ψ(λ) Σ(vᵢ − v̂ᵢ)²), ψ(λ) = −ln(1 − λ) − λ, is a supermartingale for every λ in [0, 1) and all
    v̂ᵢ in [0, 1] known before vᵢ; so is its mean over several λ, a limit being where that reaches its goal.

    Args:
        rows: how many values.
        total: Σ vᵢ.
        squares: Σ (vᵢ − v̂ᵢ)².
        goals: ln(1/level), level the probability that the limit is ever above; 0 or less gives 1.

    Source: Howard, Ramdas, McAuliffe and Sekhon, Ann. Statist. 49 (2021), 1055-1080, theorem 4; Fan, Grama and Liu,
        Electron. J. Probab. 20 (2015), lemma 4.1.
    """
    if not rows:
        return np.where(goals > 0.0, 0.0, 1.0)
    # ln mean exp(λ(total − M) − ψ squares) is convex in M = Σ E vᵢ and falls: from where one λ alone is enough, the
    # steps of Newton come closer to where it is the goal and never pass it: the limit is valid wherever they stop.
    alone = (goals[:, None] + math.log(len(_RATES)) + _COSTS * squares) / _RATES
    found = total - alone.min(axis=1)
    for _ in range(5):
        logs = _RATES * (total - found[:, None]) - _COSTS * squares
        top = logs.max(axis=1)
        wealth = np.exp(logs - top[:, None])
        over = top + np.log(wealth.mean(axis=1)) - goals
        found += np.maximum(0.0, over) / (wealth @ _RATES / wealth.sum(axis=1))
    return np.where(goals > 0.0, np.clip(found / rows, 0.0, 1.0), 1.0)
