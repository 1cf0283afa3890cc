"""Sums and quadratures of densities whose parameters are PyTorch tensors: values by way of NumPy, and gradients.

With P's and Q's masses at the nodes, dD = Σ (p ∂D/∂p) d ln p + (q ∂D/∂q) d ln q: the divergence states the first
factors, PyTorch differentiates the log-densities at the nodes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from kullback.distribution import Density
from kullback.divergence import Divergence
from kullback.exact.answer import Answer
from kullback.exact.pair import differentiated, in_numpy
from kullback.exact.rules import numeric
from kullback.exact.rules.slopes import elasticities


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
            pair = numeric.member(p, index), numeric.member(q, index)
            nodes = torch.as_tensor(each[index].nodes)
            change = torch.zeros((), dtype=value.dtype)
            alone = [numeric.member(one, index) for one in plain]
            slopes = elasticities(divergence, alone[0], alone[1], each[index])
            for one, slope in zip(pair, slopes, strict=True):
                inside = torch.as_tensor(slope != 0.0)  # outside the support there is no derivative
                change = change + (torch.as_tensor(slope)[inside] * one.log_prob(nodes[inside])).sum()
            changes.append(change)
        surrogate = torch.stack(changes).reshape(value.shape)
        value = value + (surrogate - surrogate.detach())
    return replace(found, value=value)


def _indices(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    import numpy as np

    return list(np.ndindex(*shape))
