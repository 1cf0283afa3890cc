"""Excess: how much two covariances differ, E(Σ, Σ') = ½ (tr Σ'⁻¹Σ − d − ln det Σ'⁻¹Σ) ≥ 0: KL of centred normals.

Nothing is subtracted that is nearly equal. With M = L'⁻¹ L, the lower triangular quotient of the Cholesky factors,

    2 E = Σ_{j<i} M_ij² + Σ_i (M_ii² − 1 − ln M_ii²),

all of whose terms are ≥ 0. What is needed is X = M − 1 to its last digit. Far apart it is L'⁻¹ (L − L'); nearly equal
full matrices have factors that are rounded on their own, so that X is taken from S = L'⁻¹ (Σ − Σ') L'⁻ᵀ instead:
M is the Cholesky factor of 1 + S, its part below the diagonal as accurate as S, and M_ii² − 1 = S_ii − Σ_{j<i} M_ij².
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kullback.arrays import namespace
from kullback.distributions.covariances import triangular
from kullback.distributions.covariances.cholesky import Cholesky
from kullback.distributions.covariances.covariance import Covariance
from kullback.distributions.covariances.diagonal import Diagonal
from kullback.distributions.covariances.full import Full
from kullback.distributions.covariances.kronecker import Kronecker
from kullback.distributions.covariances.low_rank import LowRank
from kullback.distributions.covariances.precision import Precision
from kullback.distributions.parameters import readable
from kullback.distributions.powers_of_gamma import difference_of_products
from kullback.numerics import log1pmx

_NEAR = 0.25
"""Below this squared Frobenius norm of S the eigenvalues of 1 + S lie within [1/2, 3/2]."""


@dataclass(frozen=True, eq=False)
class Quotient:
    """M = L'⁻¹ L of the Cholesky factors of two covariances Σ and Σ'.

    Attributes:
        below: M strictly below its diagonal, zeros elsewhere; None where M is diagonal.
        step: M_ii − 1.
        log: ln M_ii.
    """

    below: Any | None
    step: Any
    log: Any

    def excess(self) -> Any:
        """Return ½ (‖M‖² − d − 2 ln det M)."""
        xp = namespace(self.step)
        spread = xp.sum(square_excess(self.step, self.log), axis=-1)
        return spread if self.below is None else spread + 0.5 * triangular.squares(self.below)

    def times(self, z: Any) -> Any:
        """Return (M − 1) z for vectors z."""
        found = self.step * z
        return found if self.below is None else found + triangular.product(self.below, z)


def square_excess(step: Any, log: Any) -> Any:
    """Return ½ (m² − 1) − ln m, given m − 1 and ln m."""
    xp = namespace(step, log)
    near = xp.abs(step) < 0.5
    small = xp.where(near, step, 0.0)
    far = 0.5 * step * (2.0 + step) - log
    return xp.where(near, -0.5 * log1pmx(small * (2.0 + small)), far)


def excess(p: Covariance, q: Covariance) -> Any:
    """Return ½ (tr Σ'⁻¹Σ − d − ln det Σ'⁻¹Σ) of two covariances, however they are known."""
    if isinstance(p, Precision) and isinstance(q, Precision):
        # tr ΛΛ'... the same with the precisions in each other's place.
        return quotient(q.inverse(), p.inverse()).excess()
    if isinstance(p, Kronecker) and isinstance(q, Kronecker) and p.rows.shape[-1] == q.rows.shape[-1]:
        return _of_products(p, q)
    if isinstance(p, LowRank) or isinstance(q, LowRank):
        first, second = as_low_rank(p), as_low_rank(q)
        if first is not None and second is not None:
            from kullback.distributions.covariances.low_rank_excess import low_rank_excess

            return low_rank_excess(first, second)
    return quotient(p, q).excess()


def as_low_rank(one: Covariance) -> LowRank | None:
    """Return a diagonal covariance with a factor of no effect, a low-rank one as it is, None for others."""
    if isinstance(one, Diagonal):
        variances = one.variances()
        return LowRank(0.0 * variances[..., None], variances)
    return one if isinstance(one, LowRank) else None


def quotient(p: Covariance, q: Covariance) -> Quotient:
    """Return the quotient of the Cholesky factors, accurate also in its difference from 1."""
    if isinstance(p, Diagonal) and isinstance(q, Diagonal):
        xp = namespace(p.entries, q.entries)
        step = p.relative(q)
        far = p.log_deviations() - q.log_deviations()
        near = xp.abs(step) < 0.5
        return Quotient(None, step, xp.where(near, xp.log1p(xp.where(near, step, 0.0)), far))
    if isinstance(p, Cholesky) and isinstance(q, Cholesky):
        return _of_factors(p.cholesky, q.cholesky)
    return _of_matrices(p, q)


def _of_factors(p: Any, q: Any) -> Quotient:
    """Return the quotient from the factors themselves."""
    return _of_factors_with(p - q, p, q)


def _of_factors_with(difference: Any, p: Any, q: Any) -> Quotient:
    """Return the quotient from the factors and their difference."""
    xp = namespace(p, q)
    # Only what lies below is needed of the solution: the diagonal is that of the factors.
    whole = triangular.divide(q, difference)
    own, other = triangular.diagonal(p), triangular.diagonal(q)
    step = triangular.diagonal(difference) / other
    near = xp.abs(step) < 0.5
    log = xp.where(near, xp.log1p(xp.where(near, step, 0.0)), xp.log(own) - xp.log(other))
    return Quotient(triangular.below(whole), step, log)


def _of_matrices(p: Covariance, q: Covariance) -> Quotient:
    """Return the quotient from whichever is more accurate, the factors or the difference of the matrices."""
    difference = p.minus(q) if type(p) is type(q) else p.dense() - q.dense()  # pyright: ignore[reportArgumentType]
    return quotient_with(difference, p, q)


def quotient_with(difference: Any, p: Covariance, q: Covariance) -> Quotient:
    """Return the quotient, given also Σ − Σ' to its last digit."""
    xp = namespace(difference)
    known = readable(difference)
    if known:
        # |S_ij| is nowhere smaller than the difference beside the standard deviations of Q: a cheap look first.
        roots = xp.sqrt(q.variances())
        largest = xp.max(xp.abs(difference) / (roots[..., :, None] * roots[..., None, :]), axis=(-2, -1))
        if bool(xp.all(~(largest < 0.5))):
            return _of_factors(p.factor(), q.factor())
        if bool(xp.all(largest > 1e-3)):
            # The quotient of the factors takes a third of the time of S, and says how large that is.
            apart = _of_factors(p.factor(), q.factor())
            squares = xp.sum(apart.step**2, axis=-1) + triangular.squares(apart.below)
            if bool(xp.all(squares > _NEAR)):
                return apart
    factor = q.factor()
    s = triangular.between(factor, difference)
    near = triangular.squares(s) < _NEAR
    if known and bool(xp.all(near)):
        return _of_difference(s)
    close = _of_difference(xp.where(near[..., None, None], s, 0.0))
    apart = _of_factors(p.factor(), factor)
    near = near[..., None]
    return Quotient(
        xp.where(near[..., None], close.below, apart.below),
        xp.where(near, close.step, apart.step),
        xp.where(near, close.log, apart.log),
    )


def _of_difference(s: Any) -> Quotient:
    """Return the Cholesky factor of 1 + S, for small S."""
    xp = namespace(s)
    whole = triangular.cholesky(s + triangular.identity(s))
    below = triangular.below(whole)
    squared = triangular.diagonal(s) - xp.sum(below * below, axis=-1)
    return Quotient(below, squared / (1.0 + xp.sqrt(1.0 + squared)), 0.5 * xp.log1p(squared))


def _of_products(p: Kronecker, q: Kronecker) -> Any:
    """Return the excess of R ⊗ C over R' ⊗ C': that of the common scale, and those of the shapes.

    With A = R'⁻¹R of mean eigenvalue a, C'⁻¹C of mean eigenvalue c, n rows and m columns, 2 E is
    n m (x − ln(1 + x)) with 1 + x = a c, plus −m ln det(A/a), plus the same of the columns times n. Scales may go over
    from rows to columns: each matrix is first brought to the first entry of the other, and x is that of the products
    of these entries, to its last digit, and of what is left.
    """
    n, m = int(p.rows.shape[-1]), int(p.columns.shape[-1])
    xp = namespace(p.rows, q.rows, p.columns, q.columns)
    corners = [x[..., 0, 0] for x in (p.rows, p.columns, q.rows, q.columns)]
    row_scale, row_log, row_shape = _scale_and_shape(_beside(p.rows, corners[0], q.rows, corners[2]))
    column_scale, column_log, column_shape = _scale_and_shape(_beside(p.columns, corners[1], q.columns, corners[3]))
    below = corners[2] * corners[3]
    e = difference_of_products(*corners) / below
    rest = row_scale + column_scale * (1.0 + row_scale)
    x = e + corners[0] * corners[1] / below * rest
    logs = xp.log(corners[0]) - xp.log(corners[2]) + (xp.log(corners[1]) - xp.log(corners[3]))
    near = xp.abs(x) < 0.5
    common = xp.where(near, -log1pmx(xp.where(near, x, 0.0)), x - (logs + row_log + column_log))
    return 0.5 * n * m * common + m * row_shape + n * column_shape


def _beside(p: Any, corner: Any, q: Any, other: Any) -> Quotient:
    """Return the quotient of the two matrices, each times the corner of the other."""
    a, b = other[..., None, None], corner[..., None, None]
    return quotient_with(difference_of_products(a, p, b, q), Full(a * p), Full(b * q))


def _scale_and_shape(one: Quotient) -> tuple[Any, Any, Any]:
    """Return a with 1 + a the mean eigenvalue of M Mᵀ, ln(1 + a), and −½ ln det(M Mᵀ/(1 + a)) ≥ 0.

    The last is the excess less n/2 (a − ln(1 + a)): what the scale takes away is never more than half of what matters,
    as it is taken term by term where the deviations from the mean are added up.
    """
    xp = namespace(one.step)
    assert one.below is not None
    n = one.step.shape[-1]
    squared = one.step * (2.0 + one.step)
    off = triangular.squares(one.below)
    scale = (xp.sum(squared, axis=-1) + off) / n
    log = xp.log(1.0 + scale)
    log = xp.where(xp.abs(scale) < 0.5, xp.log1p(scale), log)
    # ln of each M_ii²/(1 + a), about which the mean is 1 − off/(n (1 + a)): its excess over the tangent, and the rest.
    relative = (squared - scale[..., None]) / (1.0 + scale)[..., None]
    near = xp.abs(relative) < 0.5
    tangent = relative - (2.0 * one.log - log[..., None])
    gap = xp.where(near, -log1pmx(xp.where(near, relative, 0.0)), tangent)
    return scale, log, 0.5 * (xp.sum(gap, axis=-1) + off / (1.0 + scale))


def scaled_excess(a: Any, p: Covariance, b: Any, q: Covariance) -> Any:
    """Return the excess of a Σ over b Σ', for positive numbers a and b; nothing is lost where these are alike."""
    if isinstance(p, Precision) and isinstance(q, Precision):
        return scaled_excess(a, q.inverse(), b, p.inverse())
    xp = namespace(a, b)
    if isinstance(p, Cholesky) and isinstance(q, Cholesky):
        whole = xp.sqrt(b / a)
        root = ((b - a) / a / (1.0 + whole))[..., None, None]
        return _of_factors_with(
            p.cholesky - q.cholesky - root * q.cholesky, p.cholesky, q.cholesky * whole[..., None, None]
        ).excess()
    first, second = p.dense(), q.dense()
    a, b = a[..., None, None], b[..., None, None]
    return quotient_with(difference_of_products(a, first, b, second), Full(a * first), Full(b * second)).excess()
