"""Many distributions in PyTorch, with gradients of the first and the second order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from kullback.exact import many
from kullback.exact.core import summed_to
from kullback.exact.many import Many, Shares


@dataclass(frozen=True, eq=False)
class _Call:
    """What does not change with the numbers."""

    rows: Many
    shares: Shares

    def of(self, values: Any) -> Many:
        return tuple(row.of(x) for row, x in zip(self.rows, values, strict=True))


class _Value(torch.autograd.Function):
    """Rows to values."""

    @staticmethod
    def forward(call: _Call, *values: Any) -> Any:
        return many.value(call.of(x.detach() for x in values), call.shares)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.call, *values = inputs
        ctx.save_for_backward(*values)

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        return None, *_Gradients.apply(ctx.call, *upstream, *ctx.saved_tensors)


class _Gradients(torch.autograd.Function):
    """Derivatives with respect to values, and rows, to derivatives with respect to rows."""

    @staticmethod
    def forward(call: _Call, upstream: Any, *values: Any) -> Any:
        slopes = many.gradients(call.of(x.detach() for x in values), call.shares)
        return _shared(upstream.detach(), slopes, values)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.call, *tensors = inputs
        ctx.save_for_backward(*tensors)

    @staticmethod
    def backward(ctx: Any, *given: Any) -> Any:
        with torch.enable_grad():
            inputs: list[Any] = [
                x.view_as(x) if x.requires_grad else x.detach().requires_grad_(x.dtype.is_floating_point)
                for x in ctx.saved_tensors
            ]
            upstream, *values = inputs
            slopes = many.differentiable_gradients(ctx.call.of(values), ctx.call.shares)
            outputs = _shared(upstream, slopes, values)
        asked = [x for x in inputs if x.requires_grad]
        again = torch.autograd.grad(outputs, asked, given, create_graph=torch.is_grad_enabled(), allow_unused=True)
        left = iter(again)
        return None, *(next(left) if x.requires_grad else None for x in inputs)


def _shared(upstream: Any, slopes: Any, values: Any) -> tuple[Any, ...]:
    sums: list[Any] = [
        summed_to(upstream[..., None] * slope, tuple(x.shape)) for slope, x in zip(slopes, values, strict=True)
    ]
    return tuple(one.to(x.dtype) for one, x in zip(sums, values, strict=True))


def value(rows: Many, shares: Shares) -> Any:
    """Return the values, differentiable with respect to all rows."""
    values = [row.values for row in rows]
    if torch.is_grad_enabled() and any(x.requires_grad for x in values):
        return _Value.apply(_Call(rows, shares), *values)
    return many.value(tuple(row.of(row.values.detach()) for row in rows), shares)
