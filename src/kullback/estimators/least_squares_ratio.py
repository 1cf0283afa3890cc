"""The density ratio by least squares: a sum of Gaussian kernels whose squared error is least, found in closed form.

Kanamori, Hido and Sugiyama, "A least-squares approach to direct importance estimation", J. Mach. Learn. Res. 10 (2009),
1391-1445; of the ratio p/(β p + (1 − β) q): Yamada, Suzuki, Kanamori, Hachiya and Sugiyama, "Relative density-ratio
estimation for robust distribution comparison", Neural Computation 25 (2013), 1324-1370.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.estimators.coordinates import Coordinates, squared_distances
from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, split
from kullback.sample import FloatArray, IntArray, Sample

_CENTRES = 100
_WIDTHS = np.exp(np.linspace(-1.8, 1.2, 8))
"""Of the kernels, over the median distance between rows and centres."""

_RIDGES = 10.0 ** np.arange(-5.0, 2.0)


@dataclass(frozen=True)
class LeastSquaresRatio(Learner):
    """p/q, or p/(β p + (1 − β) q), as a constant and Gaussian kernels at rows of x.

    Attributes:
        relative: β, 0 for the ratio itself.
        centres: kernels at most.
    """

    relative: float = 0.0
    centres: int = _CENTRES

    @property
    def title(self) -> str:
        """The name in words with the settings that matter."""
        return "least-squares ratio" if not self.relative else f"relative least-squares ratio (β={self.relative:g})"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the logarithm of the ratio that was fitted, within what so many rows can tell: ± ln of the lesser
        number of rows."""
        where = Coordinates.of(x, y)
        at_x, at_y = where(x), where(y)
        centres = at_x[rng.permutation(x.rows)[: self.centres]]
        far_x, far_y = squared_distances(at_x, centres), squared_distances(at_y, centres)
        middle = float(np.median(np.concatenate([far_x, far_y])))
        # A row left out alone is still known from the others of its group: then whole groups are left out.
        grouped = x.groups is not None or y.groups is not None
        folds = split(x, y, FOLDS, rng) if grouped else None
        least, chosen = math.inf, (1.0, np.zeros(len(centres) + 1))
        for width in _WIDTHS * math.sqrt(middle if middle > 0.0 else 1.0):
            kernels = _kernels(far_x, width), _kernels(far_y, width), x.shares, y.shares
            loss, slopes = self._fit(*kernels) if folds is None else self._fit_by_groups(*kernels, folds)
            if loss < least:
                least, chosen = loss, (width, slopes)
        width, slopes = chosen
        most = math.log(min(x.rows, y.rows))

        def scores(rows: Sample) -> FloatArray:
            ratio = _kernels(squared_distances(where(rows), centres), width) @ slopes
            # r_β = r/(β r + 1 − β), which is below 1/β.
            rest = 1.0 - self.relative * ratio
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.log(np.maximum(ratio, 0.0)) + math.log1p(-self.relative) - np.log(np.maximum(rest, 0.0))
            return np.clip(np.where(ratio > 0.0, logs, -most), -most, most)

        return scores

    def _fit(
        self, at_x: FloatArray, at_y: FloatArray, share_x: FloatArray, share_y: FloatArray
    ) -> tuple[float, FloatArray]:
        """Return the least leave-one-out loss over the ridges, and the coefficients that belong to it.

        The loss is ½ E_B r² − E_P r, B the denominator. Leaving out a row takes a matrix of rank one from that of the
        second moments, so that its prediction is r_i (1 − s_i)/(1 − s_i b_i) with its share s_i and b_i = φᵢᵀ M⁻¹ φᵢ.
        """
        beta = self.relative
        moments, mean = self._moments(at_x, at_y, share_x, share_y)
        values, vectors = np.linalg.eigh(moments)
        along_x, along_y, along = at_x @ vectors, at_y @ vectors, vectors.T @ mean
        square_x, square_y = np.square(along_x), np.square(along_y)
        least, slopes = math.inf, np.zeros(len(mean))
        for ridge in _RIDGES:
            shrunk = 1.0 / (np.maximum(values, 0.0) + ridge)
            own_x, own_y = square_x @ shrunk, square_y @ shrunk
            found = shrunk * along
            rest_x = 1.0 - beta * share_x * own_x
            rest_y = 1.0 - (1.0 - beta) * share_y * own_y
            if not (rest_x.min() > 0.0 and rest_y.min() > 0.0):
                continue
            left_x = (along_x @ found - share_x * own_x) / (1.0 - share_x) / rest_x
            left_y = (1.0 - share_y) * (along_y @ found) / rest_y
            squares = (1.0 - beta) * (share_y @ np.square(left_y)) + beta * (share_x @ np.square(left_x))
            loss = 0.5 * float(squares) - float(share_x @ left_x)
            if loss < least:
                least, slopes = loss, vectors @ found
        return least, slopes

    def _fit_by_groups(
        self,
        at_x: FloatArray,
        at_y: FloatArray,
        share_x: FloatArray,
        share_y: FloatArray,
        folds: tuple[IntArray, IntArray],
    ) -> tuple[float, FloatArray]:
        """Return the same with the loss of whole folds left out."""
        losses = np.zeros(len(_RIDGES))
        for fold in range(int(max(folds[0].max(), folds[1].max())) + 1):
            out_x, out_y = folds[0] == fold, folds[1] == fold
            rest_x, rest_y = (share[~out] / share[~out].sum() for share, out in ((share_x, out_x), (share_y, out_y)))
            moments, mean = self._moments(at_x[~out_x], at_y[~out_y], rest_x, rest_y)
            values, vectors = np.linalg.eigh(moments)
            along = vectors.T @ mean
            left = at_x[out_x] @ vectors, at_y[out_y] @ vectors
            for k, ridge in enumerate(_RIDGES):
                found = along / (np.maximum(values, 0.0) + ridge)
                of_x, of_y = left[0] @ found, left[1] @ found
                squares = (1.0 - self.relative) * (share_y[out_y] @ np.square(of_y))
                squares += self.relative * (share_x[out_x] @ np.square(of_x))
                losses[k] += 0.5 * float(squares) - float(share_x[out_x] @ of_x)
        moments, mean = self._moments(at_x, at_y, share_x, share_y)
        best = int(np.argmin(losses))
        return float(losses[best]), np.linalg.solve(moments + _RIDGES[best] * np.eye(len(mean)), mean)

    def _moments(
        self, at_x: FloatArray, at_y: FloatArray, share_x: FloatArray, share_y: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the second moments of the kernels under the denominator, and their means under P."""
        moments = (1.0 - self.relative) * (at_y.T * share_y) @ at_y + self.relative * (at_x.T * share_x) @ at_x
        return moments, share_x @ at_x


def least_squares_ratio(relative: float = 0.0, centres: int = _CENTRES, folds: int = FOLDS) -> CrossFitted:
    """Return the least-squares density ratio (uLSIF), or the relative one (RuLSIF), cross-fitted.

    r = argmin ½ E_Q r² − E_P r over sums of a constant and Gaussian kernels, with a ridge; width and ridge have the
    least leave-one-out loss, which has a closed form.

    Args:
        relative: β in p/(β p + (1 − β) q), from 0 to below 1. Above 0 the fitted ratio is bounded by 1/β, which is
            steadier where p/q is large, and p/q follows from it.
        centres: kernels at most, at rows of x.
        folds: of the rows; each is judged by a fit to the others.

    Returns:
        The method.

    Raises:
        ValueError: a β outside [0, 1), no kernel, fewer than two folds.

    Source:
        Kanamori, Hido and Sugiyama 2009, eq. (8), with leave-one-out as in section 3.3; Yamada et al. 2013, eq. (2.3).

    Example:
        >>> least_squares_ratio(relative=0.1).title
        'relative least-squares ratio (β=0.1), 5 folds'
    """
    if not 0.0 <= relative < 1.0:
        raise ValueError(f"relative is {relative}: it is the share of p in the denominator, 0 or more and below 1.")
    if centres < 1:
        raise ValueError(f"centres is {centres}: a ratio is made of one kernel or more, such as centres=100.")
    return CrossFitted(LeastSquaresRatio(relative, centres), folds)


def _kernels(squared: FloatArray, width: float) -> FloatArray:
    """Return Gaussian kernels and a constant."""
    found = np.ones((len(squared), squared.shape[1] + 1))
    np.exp(squared * (-0.5 / width**2), out=found[:, :-1])
    return found
