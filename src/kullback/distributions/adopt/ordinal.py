"""Ordinal: the logarithms of the chances of ordered categories, from the parameters of their models."""

from __future__ import annotations

from typing import Any

from kullback.arrays import namespace
from kullback.functions import log1mexp, softplus


def cumulative_logits(cutpoints: Any, loc: Any) -> Any:
    """Return ln P(X = k), P(X ≤ k) = σ(cₖ − loc), for cutpoints c along the last axis.

    σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(b−a)): every factor is known to its last digit.
    """
    xp = namespace(cutpoints, loc)
    t = cutpoints - loc[..., None]
    first, last = -softplus(-t[..., :1]), -softplus(t[..., -1:])
    between = -softplus(-t[..., 1:]) - softplus(t[..., :-1]) + log1mexp(t[..., 1:] - t[..., :-1])
    return xp.concat([first, between, last], axis=-1)


def stopping_logits(cutpoints: Any, loc: Any) -> Any:
    """Return ln P(X = k), P(X = k | X ≥ k) = σ(cₖ − loc), for cutpoints c along the last axis."""
    xp = namespace(cutpoints, loc)
    t = cutpoints - loc[..., None]
    passed = xp.cumulative_sum(-softplus(t), axis=-1)
    none = xp.zeros_like(passed[..., :1])
    return xp.concat([-softplus(-t) + xp.concat([none, passed[..., :-1]], axis=-1), passed[..., -1:]], axis=-1)
