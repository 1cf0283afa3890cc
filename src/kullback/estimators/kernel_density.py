"""Kernel densities: the log-ratio of two sums of normal kernels, at rows that neither has seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores
from kullback.estimators.whitening import Mapped, whitened
from kullback.sample import FloatArray, Sample

Bandwidth: TypeAlias = float | Literal["scott", "likelihood"]

_BLOCK = 2_000_000
"""Entries of a block of distances."""
_MOST_ROWS = 2_000
"""Rows by which a bandwidth is judged, at most."""


@dataclass(frozen=True)
class KernelDensity(Learner):
    """ln(p/q) of two kernel densities.

    Attributes:
        bandwidth: of the kernels, in standard deviations of each sample; or the rule by which it is found.
    """

    bandwidth: Bandwidth = "likelihood"

    def __post_init__(self) -> None:
        if self.bandwidth not in ("scott", "likelihood") and not 0.0 < float(self.bandwidth) < math.inf:
            raise ValueError(f'bandwidth is {self.bandwidth}: a number above 0, "scott" or "likelihood".')

    @property
    def title(self) -> str:
        """The name in words."""
        return f"kernel densities (bandwidth={self.bandwidth})"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio of the two densities."""
        first, second = self._density(x, rng), self._density(y, rng)

        def scores(rows: Sample) -> FloatArray:
            return first(rows) - second(rows)

        return scores

    def _density(self, sample: Sample, rng: np.random.Generator) -> Scores:
        space, forward = whitened(sample, sample)
        if math.isnan(space.log_volume) or space.x.shape[1] < sample.dimension:
            raise ValueError(
                f"rows lie in {space.x.shape[1]} of {sample.dimension} directions: they have no density, which "
                "kernels need. kb.estimators.shared_radius() needs none."
            )
        width = self._width(space, sample, rng)
        points, log_shares = space.x / width, np.log(sample.shares)
        constant = space.log_volume - space.x.shape[1] * (math.log(width) + 0.5 * math.log(2.0 * math.pi))

        def log_density(rows: Sample) -> FloatArray:
            return _log_kernels(forward(rows.numbers) / width, points, log_shares) + constant

        return log_density

    def _width(self, space: Mapped, sample: Sample, rng: np.random.Generator) -> float:
        rows, d = sample.effective_rows, space.x.shape[1]
        scott = rows ** (-1.0 / (d + 4.0))
        if self.bandwidth == "scott":
            return scott
        if self.bandwidth != "likelihood":
            return float(self.bandwidth)
        judged = np.arange(sample.rows)
        if sample.rows > _MOST_ROWS:
            judged = np.sort(rng.permutation(sample.rows)[:_MOST_ROWS])
        widths = scott * 2.0 ** np.arange(-3.0, 1.01, 0.5)
        shares, log_shares = sample.shares, np.log(sample.shares)
        best, most = scott, -math.inf
        for width in widths:
            logs = _log_kernels(space.x[judged] / width, space.x / width, log_shares, skip=judged)
            logs = logs - np.log1p(-shares[judged])
            likelihood = float(shares[judged] @ logs / shares[judged].sum()) - d * math.log(width)
            if likelihood > most:
                best, most = float(width), likelihood
        return best


def _log_kernels(
    queries: FloatArray, points: FloatArray, log_shares: FloatArray, skip: np.ndarray | None = None
) -> FloatArray:
    """Return ln Σ share e^(−distance²/2), in blocks; without the row that is to be skipped."""
    found = np.empty(len(queries))
    lengths = np.square(points).sum(axis=1)
    step = max(1, _BLOCK // len(points))
    for start in range(0, len(queries), step):
        block = queries[start : start + step]
        squares = np.square(block).sum(axis=1)[:, None] + lengths - 2.0 * block @ points.T
        logs = log_shares - 0.5 * np.maximum(squares, 0.0)
        if skip is not None:
            logs[np.arange(len(block)), skip[start : start + step]] = -math.inf
        top = logs.max(axis=1)
        found[start : start + step] = top + np.log(np.exp(logs - top[:, None]).sum(axis=1))
    return found


def kernel_density(bandwidth: Bandwidth = "likelihood", folds: int = FOLDS) -> CrossFitted:
    """Return the log-ratio of two kernel densities, cross-fitted.

    p̂(x) = (1/n) Σ φ_h(x − x_i) with normal kernels of the sample's own covariance times h², likewise q̂, and
    ln p̂ − ln q̂ at rows that neither has seen. For one to three columns with tails that fall like a normal's: far from
    all rows the log-density of such a sum falls with the square of the distance.

    Args:
        bandwidth: h; "scott" for n^(−1/(d + 4)); "likelihood" for the one among 1/8 to 2 times that under which each
            row is most probable given the others.
        folds: of the rows; each is judged by a fit to the others.

    Raises:
        ValueError: a bandwidth that is not above 0, or fewer than two folds.

    Source: Scott, "Multivariate density estimation" (1992), eq. 6.42; Duin, IEEE Trans. Comput. C-25 (1976), 1175-1179,
        for the likelihood.

    Example:
        >>> kernel_density(bandwidth=0.3).title
        'kernel densities (bandwidth=0.3), 5 folds'
    """
    return CrossFitted(KernelDensity(bandwidth), folds)
