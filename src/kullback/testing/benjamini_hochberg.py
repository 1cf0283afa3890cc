"""Benjamini and Hochberg's q-values: p-values corrected for how many tests were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return the q-values: declaring all with q ≤ α makes at most a share α of the declarations false on average.

    q_(i) = min over j ≥ i of p_(j)·N/j, for the sorted p-values (Benjamini and Hochberg, 1995; the step-up rule as
    adjusted p-values, Yekutieli and Benjamini, 1999). Holds for independent and positively dependent tests.

    Arguments
    ---------
    p_values : (N,), each in [0, 1].

    Raises
    ------
    ValueError : if a p-value is not in [0, 1].

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    p = np.asarray(p_values, float)
    if p.ndim != 1 or not bool(np.all((p >= 0.0) & (p <= 1.0))):
        raise ValueError("p-values must be one-dimensional and lie in [0, 1]")
    order = np.argsort(p)[::-1]
    ranked = p[order] * (len(p) / np.arange(len(p), 0, -1))
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(ranked), 1.0)
    return q
