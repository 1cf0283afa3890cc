"""The density ratio of greatest likelihood: non-negative kernels whose mean under Q is 1.

Sugiyama, Suzuki, Nakajima, Kashima, von Bünau and Kawanabe, "Direct importance estimation for covariate shift
adaptation", Ann. Inst. Stat. Math. 60 (2008), 699-746.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.estimators.coordinates import Coordinates, squared_distances
from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, split
from kullback.sample import FloatArray, Sample

_CENTRES = 100
_WIDTHS = np.exp(np.linspace(-1.8, 0.9, 7))
"""Of the kernels, over the median distance between rows and centres."""

_STEPS = 60
_PARTS = 3
"""In which the rows are split to choose the width."""


@dataclass(frozen=True)
class LikelihoodRatio(Learner):
    """p/q as a constant and Gaussian kernels at rows of x, with weights of at least 0.

    Attributes:
        centres: kernels at most.
    """

    centres: int = _CENTRES

    @property
    def title(self) -> str:
        """The name."""
        return "maximum-likelihood ratio"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the logarithm of the ratio that was fitted, within what so many rows can tell: ± ln of the lesser
        number of rows. The width has the greatest likelihood of rows held out."""
        where = Coordinates.of(x, y)
        at_x, at_y = where(x), where(y)
        centres = at_x[rng.permutation(x.rows)[: self.centres]]
        far_x, far_y = squared_distances(at_x, centres), squared_distances(at_y, centres)
        middle = float(np.median(np.concatenate([far_x, far_y])))
        parts = split(x, y, _PARTS, rng)
        best, chosen = -math.inf, (1.0, np.zeros(len(centres) + 1))
        for width in _WIDTHS * math.sqrt(middle if middle > 0.0 else 1.0):
            likelihood = 0.0
            for part in range(int(parts[0].max()) + 1):
                out, used = parts[0] == part, parts[1] != part
                kernels = _normalised(far_x, far_y[used], y.shares[used] / y.shares[used].sum(), width)
                weights = _weights(kernels[~out], x.shares[~out] / x.shares[~out].sum())
                likelihood += float(x.shares[out] @ np.log(kernels[out] @ weights))
            if likelihood > best:
                weights = _weights(_normalised(far_x, far_y, y.shares, width), x.shares)
                best, chosen = likelihood, (width, weights)
        width, weights = chosen
        means = _means(far_y, y.shares, width)
        most = math.log(min(x.rows, y.rows))

        def scores(rows: Sample) -> FloatArray:
            far = squared_distances(where(rows), centres)
            return np.clip(np.log(_over(far, means, width, 1.0 / y.rows) @ weights), -most, most)

        return scores


def kliep(centres: int = _CENTRES, folds: int = FOLDS) -> CrossFitted:
    """Return the maximum-likelihood density ratio (KLIEP), cross-fitted.

    r = argmax E_P ln r with E_Q r = 1, over sums of a constant and Gaussian kernels with weights of at least 0. A
    kernel over its mean under Q is a density with respect to Q, so that the weights are those of a mixture, found by
    the EM algorithm.

    Args:
        centres: kernels at most, at rows of x.
        folds: of the rows; each is judged by a fit to the others.

    Returns:
        The method.

    Raises:
        ValueError: no kernel, fewer than two folds.

    Source:
        Sugiyama et al. 2008, eq. (8), with the constant among the kernels; the width as in section 2.3.

    Example:
        >>> kliep().title
        'maximum-likelihood ratio, 5 folds'
    """
    if centres < 1:
        raise ValueError(f"centres is {centres}: a ratio is made of one kernel or more, such as centres=100.")
    return CrossFitted(LikelihoodRatio(centres), folds)


def _means(far_y: FloatArray, share_y: FloatArray, width: float) -> FloatArray:
    return share_y @ np.exp(far_y * (-0.5 / width**2))


def _over(far: FloatArray, means: FloatArray, width: float, least: float) -> FloatArray:
    """Return kernels over their means under Q, and the constant 1; kernels under which there is less than one row of
    y in all are left out: their means are not known."""
    found = np.ones((len(far), far.shape[1] + 1))
    seen = means >= least
    found[:, :-1] = np.where(seen, np.exp(far * (-0.5 / width**2)) / np.where(seen, means, 1.0), 0.0)
    return found


def _normalised(far_x: FloatArray, far_y: FloatArray, share_y: FloatArray, width: float) -> FloatArray:
    return _over(far_x, _means(far_y, share_y, width), width, 1.0 / len(far_y))


def _weights(kernels: FloatArray, shares: FloatArray) -> FloatArray:
    """Return the weights of a mixture of given densities of greatest likelihood; that of the constant stays above 0."""
    weights = np.full(kernels.shape[1], 1.0 / kernels.shape[1])
    for _ in range(_STEPS):
        weights = weights * ((shares / (kernels @ weights)) @ kernels)
    # A row that none of the kernels reaches is not impossible.
    weights[-1] = max(float(weights[-1]), 1.0 / len(kernels))
    return weights / weights.sum()
