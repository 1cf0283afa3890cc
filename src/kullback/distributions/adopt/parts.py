"""Parts: distributions made of others, the batch axes of which become components, dimensions or copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kullback import distributions as ours
from kullback.arrays import namespace, padded
from kullback.distribution import Density, Distribution, Finite


def of_library(x: Any) -> Any:
    """Return a part, a distribution of any library, as one of ours."""
    from kullback.distributions.adopt import adopt

    found = adopt(x)
    if found is None:
        raise TypeError(f"a part of the distribution is a {type(x).__name__}, which is no distribution.")
    return found


def taken_together(base: Any, dimensions: int) -> Distribution:
    """Return the distribution whose last batch axes are dimensions of one outcome, independent of one another."""
    found = of_library(base)
    if dimensions and isinstance(found, Finite):
        raise TypeError(
            f"{dimensions} axes of categorical distributions taken together are not one distribution here: their KL "
            f"divergences add up over these axes: kb.kl(…).sum(-1) of what is inside the Independent."
        )
    return ours.independent_of(found, dimensions) if dimensions else found


def mixed(weights: Mapping[str, Any], components: Any) -> Distribution:
    """Return the mixture of the last batch axis of `components`.

    Args:
        weights: {"probs": …} or {"logits": …}, components along the last axis.
        components: a distribution of any library.
    """
    (spelling, array), *_ = weights.items()
    return ours.mixture(array if spelling == "probs" else ours.logits(array), of_library(components))


def repeated(d: Density, shape: tuple[int, ...]) -> Density:
    """Return a batch of equal copies of each distribution, along new last batch axes of the given shape."""
    batch = len(d.batch_shape)

    def copies(x: Any, own: int) -> Any:
        x = padded(x, batch + own)
        outer, inner = tuple(x.shape[:batch]), tuple(x.shape[batch:])
        xp = namespace(x)
        return xp.broadcast_to(xp.reshape(x, (*outer, *(1 for _ in shape), *inner)), (*outer, *shape, *inner))

    return d.with_leaves([copies(x, own) for x, own in d.leaves()])


def expanded(d: Density, shape: tuple[int, ...]) -> Density:
    """Return a batch of the given shape, to which that of `d` broadcasts."""

    def wide(x: Any, own: int) -> Any:
        inner = tuple(x.shape[x.ndim - own :])
        return namespace(x).broadcast_to(x, (*shape, *inner))

    return d.with_leaves([wide(x, own) for x, own in d.leaves()])


def reshaped(d: Density, shape: tuple[int, ...]) -> Density:
    """Return the same batch in another shape."""
    full = expanded(d, d.batch_shape)

    def other(x: Any, own: int) -> Any:
        return namespace(x).reshape(x, (*shape, *tuple(x.shape[x.ndim - own :])))

    return full.with_leaves([other(x, own) for x, own in full.leaves()])


def squared(factor: Any) -> Any:
    """Return L Lᵀ, of matrices in the last two axes."""
    xp = namespace(factor)
    return xp.matmul(factor, xp.matrix_transpose(factor))
