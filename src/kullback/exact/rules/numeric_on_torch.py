"""Sums and quadratures of densities whose parameters are PyTorch tensors: values by way of NumPy, and gradients.

With P's and Q's masses at the nodes, dD = Σ (p ∂D/∂p) d ln p + (q ∂D/∂q) d ln q: the divergence states the first
factors, PyTorch differentiates the log-densities at the nodes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.answer import Answer
from kullback.exact.pair import differentiated, in_numpy
from kullback.exact.rules import moving_ends, numeric
from kullback.exact.rules.measures import Numeric
from kullback.exact.rules.slopes import KINKED, differentiable, elasticities, no_second


def answer(divergence: Divergence, p: Density, q: Density, wanted: Any) -> Answer:
    """Return the numeric answer, differentiable with respect to the parameters."""
    plain = in_numpy(p), in_numpy(q)
    found, each = numeric.computed(divergence, *plain, wanted)
    value: Any = torch.as_tensor(found.value)
    if any(differentiated(x) for one in (p, q) for x, _ in one.leaves()):
        changes: list[Any] = []
        for index in _indices(tuple(value.shape)):
            if index not in each:
                changes.append(torch.zeros((), dtype=value.dtype))
                continue
            alone = [numeric.member(one, index) for one in plain]
            one = numeric.with_nodes(each[index], alone[0])
            pair = numeric.member(p, index), numeric.member(q, index)
            changes.append(_change(divergence, pair, alone, one) + _refused_ends(divergence, pair, alone))
        surrogate = torch.stack(changes).reshape(value.shape)
        value = value + (surrogate - surrogate.detach())
    return replace(found, value=value)


def _change(divergence: Divergence, pair: tuple[Density, Density], plain: list[Density], found: Numeric) -> Any:
    """Return 0 with the derivatives that the value has."""
    if not len(found.nodes) or not math.isfinite(found.value):
        return torch.zeros((), dtype=torch.float64)
    slopes = elasticities(divergence, plain[0], plain[1], found)
    logs: list[Any] = []
    for one, alone in zip(pair, plain, strict=True):
        with np.errstate(all="ignore"):
            own = np.asarray(alone.log_prob(found.nodes)) > -math.inf
        log = torch.full(own.shape, -math.inf, dtype=torch.float64)  # outside the support there is no derivative
        where = torch.as_tensor(own)
        logs.append(log.masked_scatter(where, one.log_prob(torch.as_tensor(found.nodes[own])).double()))
    given = [torch.as_tensor(x) for x in (found.log_weights, *slopes)]
    value = _AtNodes.apply(*logs, *given, divergence, float(found.value))
    return value - value.detach()  # pyright: ignore[reportOptionalMemberAccess]


class _AtNodes(torch.autograd.Function):
    """The value of a divergence as a function of the log-densities at its nodes, differentiable as often as wanted."""

    @staticmethod
    def forward(ctx: Any, log_p: Any, log_q: Any, log_weights: Any, of_p: Any, of_q: Any, *rest: Any) -> Any:
        ctx.save_for_backward(log_p, log_q, log_weights, of_p, of_q)
        ctx.rest = rest
        return torch.as_tensor(rest[1], dtype=log_weights.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        log_p, log_q, log_weights, of_p, of_q = ctx.saved_tensors
        slopes = of_p, of_q
        if torch.is_grad_enabled() and ctx.rest[0].name in KINKED:
            slopes = tuple(_Once.apply(one, log, ctx.rest[0]) for one, log in zip(slopes, (log_p, log_q), strict=True))
        elif torch.is_grad_enabled():  # these derivatives are to be differentiated themselves
            value = _AtNodes.apply(log_p, log_q, log_weights, of_p, of_q, *ctx.rest)
            moving = differentiable(ctx.rest[0], log_p, log_q, log_weights, slopes, value[None])  # pyright: ignore[reportOptionalSubscript]
            # Their values stay what they are, accurate also where P and Q are nearly equal.
            slopes = tuple(fixed + (one - one.detach()) for fixed, one in zip(slopes, moving, strict=True))
        return grads[0] * slopes[0], grads[0] * slopes[1], None, None, None, None, None


class _Once(torch.autograd.Function):
    """Slopes that cannot be differentiated again."""

    @staticmethod
    def forward(ctx: Any, slopes: Any, log: Any, divergence: Divergence) -> Any:
        ctx.divergence = divergence
        return slopes.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise no_second(ctx.divergence)


def _refused_ends(divergence: Divergence, pair: tuple[Density, Density], plain: list[Density]) -> Any:
    """Return 0, whose derivative with respect to an end of a support that takes mass along is an error."""
    total = torch.zeros((), dtype=torch.float64)
    for one, alone in zip(pair, plain, strict=True):
        for (end, inwards), (number, _) in zip(moving_ends.ends(one), moving_ends.ends(alone), strict=True):
            if differentiated(end) and moving_ends.abrupt(alone, float(number), inwards):
                total = total + _Refused.apply(end, divergence)
    return total


class _Refused(torch.autograd.Function):
    """0, with a derivative that is an error."""

    @staticmethod
    def forward(ctx: Any, end: Any, divergence: Divergence) -> Any:
        ctx.divergence = divergence
        return torch.zeros((), dtype=torch.float64)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise moving_ends.refusal(ctx.divergence)


def _indices(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(np.ndindex(*shape))
