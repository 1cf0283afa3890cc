"""The maximum mean discrepancy of Gaussian kernels, over several bandwidths at once."""

from __future__ import annotations

import numpy as np

from kullback.sample import FloatArray
from kullback.testing.geometry import Points, points
from kullback.testing.permutation import Pooled, Statistic
from kullback.testing.quadratic_form import Kernel, from_kernel

_QUANTILES = (0.05, 0.95)
_BANDWIDTHS = 5
_SEEN = 1000
"""Rows whose distances set the bandwidths."""


def gaussian_kernel(bandwidth: float) -> Kernel:
    """Return k(a, b) = exp(−|a − b|²/(2 bandwidth²))."""

    def kernel(a: Points, b: Points) -> FloatArray:
        return np.exp(a.squared_distances(b) * (-0.5 / bandwidth**2))

    return kernel


def bandwidths(among: Points, rng: np.random.Generator) -> FloatArray:
    """Return bandwidths in geometric steps, from half the 5 % quantile of the distances between rows to the 95 % one.

    They are found from the pooled rows, whichever side these belong to.
    """
    rows = len(among)
    some = among.take(rng.choice(rows, min(rows, _SEEN), replace=False))
    squares = some.squared_distances(some)[np.triu_indices(len(some), 1)]
    apart = squares[squares > 0.0]
    if not len(apart):
        return np.ones(1)
    low, high = np.sqrt(np.quantile(apart, _QUANTILES))
    return np.geomspace(0.5 * low, high, _BANDWIDTHS)


def mmd(pooled: Pooled, rng: np.random.Generator) -> dict[str, Statistic]:
    """Return the squared maximum mean discrepancy for each of several bandwidths, by name.

    MMD² = |mean over x of k(·, x) − mean over y of k(·, y)|² in the kernel's space, 0 only where both distributions are
    equal. No bandwidth suits all differences: the largest of them is tested, on one scale
    (`kullback.testing.permutation.on_one_scale`).

    Source: Gretton et al., JMLR 13 (2012), 723-773; aggregated over bandwidths as in Schrab, Kim, Albert, Laurent,
        Guedj and Gretton, JMLR 24 (2023), 194.
    """
    among = points(pooled.rows)
    widths = bandwidths(among, rng)
    return {f"mmd, bandwidth {width:.3g}": from_kernel(pooled, among, gaussian_kernel(width), rng) for width in widths}
