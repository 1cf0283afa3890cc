"""Bures: the squared distance tr(Σ + Σ' − 2 (Σ'^½ Σ Σ'^½)^½) of two covariances, stable where they are nearly equal."""

from __future__ import annotations

from typing import Any

from kullback.arrays import library, namespace
from kullback.distributions.covariances import triangular
from kullback.distributions.covariances.covariance import Covariance
from kullback.distributions.covariances.diagonal import Diagonal
from kullback.distributions.covariances.triangular import transposed

_NEAR = 0.04
"""Where the squared norm of S = L'⁻¹ (Σ − Σ') L'⁻ᵀ is less, the iteration below gains a digit or more in each step."""

_STEPS = 20


def bures_distance(p: Covariance, q: Covariance) -> Any:
    """Return the squared Bures distance.

    The transport of Q's normal to P's is the symmetric T = 1 + E with T Σ' T = Σ, and the distance is tr(E Σ' E), a
    sum of squares. Far apart T is made of roots; nearly equal, E solves Σ'E + EΣ' = (Σ − Σ') − EΣ'E, in coordinates in
    which Σ' is diagonal by iteration from E = 0. Derivatives are those of the distance in the covariances,
    1 − T⁻¹ and 1 − T (Bhatia, Jain and Lim, On the Bures–Wasserstein distance, Expo. Math. 37 (2019)), of first order.
    """
    if isinstance(p, Diagonal) and isinstance(q, Diagonal):
        xp = namespace(p.entries, q.entries)
        step = p.differences(q) / (p.deviations() + q.deviations())
        return xp.sum(step * step, axis=-1)
    difference = p.minus(q) if type(p) is type(q) else p.dense() - q.dense()  # pyright: ignore[reportArgumentType]
    first, second = p.dense(), q.dense()
    if library(difference) in ("torch", "jax"):
        value, to_first, to_second = _solved(*(_constant(x) for x in (first, second, difference)))
        xp = namespace(value)
        # Zero, with the right derivative.
        change = to_first * (first - _constant(first)) + to_second * (second - _constant(second))
        return value + xp.sum(change, axis=(-2, -1))
    return _solved(first, second, difference)[0]


def _constant(x: Any) -> Any:
    if library(x) == "torch":
        return x.detach()
    import jax

    return jax.lax.stop_gradient(x)


def _solved(p: Any, q: Any, difference: Any) -> tuple[Any, Any, Any]:
    """Return the squared distance and its derivatives with respect to Σ and Σ'."""
    xp = namespace(p, q)
    values, vectors = xp.linalg.eigh(q)
    d = xp.matmul(transposed(vectors), xp.matmul(difference, vectors))
    sums = values[..., :, None] + values[..., None, :]
    products = values[..., :, None] * values[..., None, :]
    near = triangular.squares(d / xp.sqrt(products)) < _NEAR
    small = xp.where(near[..., None, None], d, 0.0)
    step = small / sums
    for _ in range(_STEPS):
        step = (small - xp.matmul(step * values[..., None, :], step)) / sums
    # Far apart: T = Q^(−½) (Q^½ P Q^½)^½ Q^(−½), in the same coordinates.
    root = xp.sqrt(values)
    inner = root[..., :, None] * (d + triangular.with_diagonal(0.0 * d, values)) * root[..., None, :]
    inner_values, inner_vectors = xp.linalg.eigh(0.5 * (inner + transposed(inner)))
    inner_root = xp.sqrt(xp.where(inner_values > 0.0, inner_values, 0.0))
    middle = xp.matmul(inner_vectors * inner_root[..., None, :], transposed(inner_vectors))
    far = middle / root[..., :, None] / root[..., None, :] - triangular.identity(d)
    step = xp.where(near[..., None, None], step, far)
    value = xp.sum(step * step * values[..., None, :], axis=(-2, -1))
    whole = step + triangular.identity(step)
    gradient_first = xp.matmul(step, xp.linalg.inv(whole))  # 1 − T⁻¹ = E T⁻¹
    back = [xp.matmul(vectors, xp.matmul(x, transposed(vectors))) for x in (gradient_first, -step)]
    return value, back[0], back[1]
