"""Design effects: how much more two samples' shares vary than those of independent rows from one distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.intervals.sampling import Covariance, Sampling


@dataclass(frozen=True, slots=True)
class DesignEffects:
    """The first two power sums of the generalised design effects δ₁ … δ_{k−1}.

    Attributes
    ----------
    total : Σδ; k − 1 for independent rows.
    squares : Σδ²; k − 1 for independent rows.
    denominator : degrees of freedom with which they were estimated, per degree of the statistic; ``inf`` if known.
    """

    total: float
    squares: float
    denominator: float

    @property
    def degrees(self) -> float:
        """Satterthwaite's degrees of freedom, (Σδ)²/Σδ²."""
        return self.total**2 / self.squares if self.squares > 0.0 else 0.0

    @property
    def scale(self) -> float:
        """What the statistic is divided by, Σδ²/Σδ."""
        return self.squares / self.total if self.total > 0.0 else 1.0


def design_effects(p: Sampling, q: Sampling) -> DesignEffects:
    """Return the power sums of the eigenvalues of V₀⁻¹V, V the covariance of the difference of the shares.

    V₀ = (1/n + 1/m)(diag π − π πᵀ) with the pooled shares π and the effective rows n, m; V = V_p + V_q under the pooled
    shares (Rao and Scott, 1981, 1987). Where V_p comes from B blocks, tr(V_p²) is corrected for its bias:
    E tr(V̂²) = (1 + 1/ν) tr(V²) + tr(V)²/ν, ν = B − 1.

    Arguments
    ---------
    p, q : the two sides, over the same k cells; cells that are empty on both sides are left out.
    """
    n, m = p.effective_rows, q.effective_rows
    pooled = (n * p.shares + m * q.shares) / (n + m)
    seen = pooled > 0.0
    inverse_root = 1.0 / np.sqrt(pooled[seen])
    unit = 1.0 / n + 1.0 / m
    sides = [_whitened(side.covariance(pooled), seen, inverse_root, unit) for side in (p, q)]
    traces = [_trace(side) for side in sides]
    squares = [_trace_of_product(side, side) for side in sides]
    for i, side in enumerate(sides):
        v = side.degrees
        if v > 1.0 and math.isfinite(v):
            corrected = v * v / ((v - 1.0) * (v + 2.0)) * (squares[i] - traces[i] ** 2 / v)
            # tr(V²) is at least what equal eigenvalues would give.
            squares[i] = max(corrected, traces[i] ** 2 / max(len(inverse_root) - 1.0, 1.0))
    total = sum(traces)
    # Satterthwaite again: the degrees behind a sum of two traces.
    uncertain = sum(trace**2 / side.degrees for trace, side in zip(traces, sides, strict=True))
    denominator = total**2 / uncertain if uncertain > 0.0 else math.inf
    return DesignEffects(total, sum(squares) + 2.0 * _trace_of_product(*sides), denominator)


def _whitened(v: Covariance, seen: np.ndarray, inverse_root: np.ndarray, unit: float) -> Covariance:
    factor = v.factor[seen] * inverse_root[:, None]
    return Covariance(v.diagonal[seen] * inverse_root**2 / unit, factor, v.core / unit, v.degrees)


def _trace(v: Covariance) -> float:
    return float(v.diagonal.sum() + np.sum((v.factor @ v.core) * v.factor))


def _trace_of_product(v: Covariance, w: Covariance) -> float:
    """tr(VW) for two covariances in factor form, in O(k·r·s)."""
    crossed = v.factor.T @ w.factor
    return float(
        v.diagonal @ w.diagonal
        + v.diagonal @ np.sum((w.factor @ w.core) * w.factor, axis=1)
        + w.diagonal @ np.sum((v.factor @ v.core) * v.factor, axis=1)
        + np.sum((v.core @ crossed) * (crossed @ w.core))
    )
