"""Categorical distributions: the finite kinds by the name that PyTorch gives them."""

from __future__ import annotations

from kullback.distributions.logits import Logits
from kullback.distributions.logits import logits as of_logits
from kullback.distributions.probabilities import Probabilities
from kullback.distributions.probabilities import probs as of_probs


def categorical(probs: object = None, *, logits: object = None) -> Probabilities | Logits:
    """Return the distribution of one of K outcomes: `kb.probs(probs)`, or `kb.logits(logits)`.

    Args:
        probs: probabilities along the last axis, which sum to 1.
        logits: their logarithms up to a constant, in their place.

    Returns:
        `Probabilities` or `Logits`, for which every divergence is exact.

    Raises:
        ValueError: both or neither given.

    Example:
        >>> import kullback as kb
        >>> kb.kl(kb.distributions.categorical([0.5, 0.5]), kb.distributions.categorical(logits=[0.0, 0.0]))
        np.float64(0.0)
    """
    return _of("categorical", probs, logits)


def one_hot_categorical(probs: object = None, *, logits: object = None) -> Probabilities | Logits:
    """Return the distribution of a vector with a single 1, at one of K places: that of the place.

    Args:
        probs: probabilities along the last axis, which sum to 1.
        logits: their logarithms up to a constant, in their place.

    Returns:
        `Probabilities` or `Logits`: which vectors stand for the outcomes changes no divergence.

    Raises:
        ValueError: both or neither given.

    Example:
        >>> import kullback as kb
        >>> kb.tv(kb.distributions.one_hot_categorical([0.5, 0.5]), kb.distributions.one_hot_categorical([1.0, 0.0]))
        np.float64(0.5)
    """
    return _of("one_hot_categorical", probs, logits)


def _of(family: str, probs: object, logits: object) -> Probabilities | Logits:
    if (probs is None) == (logits is None):
        said = "neither probs nor logits is given" if probs is None else "probs and logits are both given"
        raise ValueError(f"{family}: {said}, and one of them says how likely the outcomes are: give one.")
    return of_logits(logits) if probs is None else of_probs(probs)
