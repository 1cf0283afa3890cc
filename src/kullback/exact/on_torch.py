"""Rows of PyTorch numbers, with gradients: on the CPU by way of NumPy, elsewhere in PyTorch's own operations.

On a GPU, KL of logits is Triton's (`kullback.kernels.softmax_triton`), where that is installed. Values and first
derivatives are those of the core, as accurate as they are; second derivatives are automatic derivatives of the plain
formula. What is kept for the backward pass: the arguments, from a GPU six numbers a row, and the derivatives where the
CPU's kernels find them in the same pass over the rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import torch

from kullback.arrays import widened
from kullback.divergence import Divergence
from kullback.exact import core, on_numpy
from kullback.exact.blocks import Blocks
from kullback.exact.core import Measure, summed_to
from kullback.exact.rows import Rows


@dataclass(frozen=True, eq=False)
class _Call:
    """What does not change with the numbers: the measure, the kinds of the rows, and the weights."""

    measure: Measure
    p: Rows
    q: Rows
    weights: Any
    verify: Callable[[], None]
    need: tuple[bool, bool] = (True, True)
    kept: list[Any] = field(default_factory=list)

    def value(self, p: Any, q: Any) -> tuple[Any, Any]:
        """Return the values of rows without gradients, and what `gradients` would have to find again, or None."""
        if not _on_cpu(p):
            kernel = _gpu_kernel(self, p, q)
            if kernel is not None:
                return _by_kernel(kernel, self, p, q)
            return _in_blocks(self.measure, self.p.of(p), self.q.of(q), self.weights), None
        both = self._value_and_slopes(p, q)
        if both is not None:
            self.kept.append(both[1])
            return torch.as_tensor(both[0]), None
        rows = self.p.of(_view(p)), self.q.of(_view(q))
        found = on_numpy.value(self.measure, *rows, _weights(self.weights), self.verify)
        return torch.as_tensor(np.asarray(found, dtype=np.float64)), None

    def _value_and_slopes(self, p: Any, q: Any) -> tuple[Any, list[Any]] | None:
        """Return values and derivatives where one kernel finds both; narrower numbers would be rounded twice."""
        if not any(self.need) or self.weights is not None or p.dtype not in (torch.float32, torch.float64):
            return None
        rows = self.p.of(_view(p)), self.q.of(_view(q))
        both = on_numpy.value_and_slopes(self.measure, *rows, self.need, self.verify) if p.dtype == q.dtype else None
        return both and (both[0], [_tensor(one, x) for one, x in zip(both[1], (p, q), strict=True)])

    def gradients(self, p: Any, q: Any, upstream: Any, found: Any) -> tuple[Any, Any]:
        """Return upstream times the derivatives of the values, as arrays like p and q; None where not needed."""
        if found is not None and all(x.shape == (p, q)[1 - i].shape for i, x in enumerate((p, q)) if self.need[i]):
            wanted = "both" if all(self.need) else "p" if self.need[0] else "q"
            return _gpu_kernel(self, p, q).gradient(p, q, upstream.detach(), wanted, found)[1:]
        if not _on_cpu(p):
            return _gradients_in_blocks(self, p, q, upstream.detach())
        # What is kept serves once, because what is returned belongs to whoever asked.
        both = (None, self.kept.pop()) if self.kept else self._value_and_slopes(p, q)
        if both is not None:
            return _scaled(both[1], upstream.detach())
        rows = self.p.of(_view(p)), self.q.of(_view(q))
        found = on_numpy.gradients(self.measure, *rows, _weights(self.weights), upstream.detach().numpy(), self.need)
        return _tensor(found[0], p), _tensor(found[1], q)


class _Value(torch.autograd.Function):
    """Rows to values."""

    @staticmethod
    def forward(p: Any, q: Any, call: _Call) -> Any:
        return call.value(p.detach(), q.detach())

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, Any, _Call], output: Any) -> None:
        p, q, call = inputs
        ctx.call = replace(call, verify=_nothing)
        if output[1] is not None:
            ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(p, q, output[1])

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        p, q, found = ctx.saved_tensors
        call = replace(ctx.call, need=ctx.needs_input_grad[:2])
        if call.need != ctx.call.need:
            call.kept.clear()
        return *_Gradients.apply(p, q, upstream[0], found, call), None


class _Gradients(torch.autograd.Function):
    """Rows, and the derivatives of something with respect to their values, to its derivatives with respect to rows."""

    @staticmethod
    def forward(p: Any, q: Any, upstream: Any, found: Any, call: _Call) -> Any:
        return call.gradients(p.detach(), q.detach(), upstream, found)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, Any, Any, Any, _Call], output: Any) -> None:
        p, q, upstream, _, ctx.call = inputs
        ctx.save_for_backward(p, q, upstream)

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        call: _Call = replace(ctx.call, kept=[])
        with torch.enable_grad():
            # Views, because p and q may be one tensor or made of each other, and each is to have its own share.
            inputs: list[Any] = [
                x.view_as(x) if x.requires_grad else x.detach().requires_grad_(x.dtype.is_floating_point)
                for x in ctx.saved_tensors
            ]
            p, q, outer = inputs

            def value_of() -> Any:
                return _Value.apply(p, q, call)[0]

            rows = call.p.of(p), call.q.of(q)
            found: tuple[Any, ...] = core.differentiable_gradients(call.measure, *rows, call.weights, value_of)
            outputs = [
                _tensor(summed_to(outer[..., None] * slopes, tuple(x.shape)), x)
                for slopes, x, needed in zip(found, (p, q), call.need, strict=True)
                if needed
            ]
        given = [x for x, needed in zip(upstream, call.need, strict=True) if needed]
        asked = [x for x in inputs if x.requires_grad]
        again = torch.autograd.grad(outputs, asked, given, create_graph=torch.is_grad_enabled(), allow_unused=True)
        left = iter(again)
        return *(next(left) if x.requires_grad else None for x in inputs), None, None


def value(measure: Measure, p: Rows, q: Rows, weights: Any, verify: Callable[[], None]) -> Any:
    """Return the value of each pair of rows, in nats; differentiable with respect to both."""
    need = (p.values.requires_grad, q.values.requires_grad) if torch.is_grad_enabled() else (False, False)
    call = _Call(measure, p, q, weights, verify, need)
    if any(need):
        return _Value.apply(p.values, q.values, call)[0]
    return call.value(p.values.detach(), q.values.detach())[0]


def terms(measure: Measure, p: Rows, q: Rows, weights: Any, verify: Callable[[], None]) -> Any:
    """Return what each outcome contributes, in nats; without gradients."""
    first, second = p.values.detach(), q.values.detach()
    if not _on_cpu(first):
        return core.terms(measure, p.of(first), q.of(second), weights)
    found = on_numpy.terms(measure, p.of(_view(first)), q.of(_view(second)), _weights(weights), verify)
    return torch.as_tensor(found)


def _nothing() -> None:
    pass


def _on_cpu(x: Any) -> bool:
    return x.device.type == "cpu"


def _view(x: Any) -> Any:
    """Return a tensor without gradients as a NumPy array that shares its memory; bfloat16 as two opaque bytes."""
    return x.view(torch.uint16).numpy().view("V2") if x.dtype == torch.bfloat16 else x.numpy()


def _weights(x: Any) -> Any:
    return None if x is None else x.detach().numpy()


def _scaled(slopes: list[Any], upstream: Any) -> tuple[Any, Any]:
    """Return slopes times what comes from above, in the memory of the slopes."""
    if not bool((upstream == 1.0).all()):
        for one in slopes:
            if one is not None:
                one.mul_(upstream[..., None].to(one.dtype))
    return slopes[0], slopes[1]


def _tensor(x: Any, like: Any) -> Any:
    if isinstance(x, np.ndarray) and x.dtype.kind == "V":
        return torch.as_tensor(x.view(np.uint16)).view(torch.bfloat16)
    return None if x is None else torch.as_tensor(x).to(like.dtype)


@cache
def _gpu_kernels() -> Any:
    """Return the module of kernels for GPUs, or None where Triton is not installed."""
    try:
        from kullback.kernels import softmax_triton
    except ImportError:
        return None
    return softmax_triton


def _gpu_kernel(call: _Call, p: Any, q: Any) -> Any:
    """Return the kernel that can do a call, or None."""
    exact = call.weights is None and call.p.errors is None is call.q.errors
    floats = p.dtype.is_floating_point and q.dtype.is_floating_point
    scales = {call.p.kind.scale, call.q.kind.scale}
    if p.device.type != "cuda" or not exact or not floats or scales != {"log"} or p.device != q.device:
        return None
    if not isinstance(call.measure, Divergence) or _gpu_kernels() is None:
        return None
    return _gpu_kernels().lookup(call.measure)


def _by_kernel(kernel: Any, call: _Call, p: Any, q: Any) -> tuple[Any, Any]:
    found = kernel.found(p, q)
    values = found[:, 0]
    if call.p.kind.normalised or call.q.kind.normalised:
        for rows, total in zip((call.p, call.q), kernel.totals(found), strict=True):
            if rows.kind.normalised:
                values = values.where(torch.expm1(total).abs() <= rows.tolerance, math.nan)
    return values.reshape(_gpu_kernels().shape_of(p, q)[:-1]), found


def _blocks(p: Any, q: Any, weights: Any) -> Blocks:
    """Cut rows so that what the core needs, some twenty numbers an outcome, is a fifth of the arguments' memory.

    A GPU takes hundreds of operations of the core in the same time for one outcome and for a million: blocks are no
    smaller than that.
    """
    given = p.numel() * p.element_size() + q.numel() * q.element_size()
    return Blocks.of([p, q, weights], max(1 << 20, given // (5 * 24 * 8)))


def _in_blocks(measure: Measure, p: Rows, q: Rows, weights: Any) -> Any:
    blocks = _blocks(p.values, q.values, weights)
    found = p.values.new_zeros(math.prod(blocks.batch), dtype=widened(p.values.new_zeros(0)).dtype)
    for rows in blocks:
        first, second = p.of(blocks.take(p.values, rows)), q.of(blocks.take(q.values, rows))
        found[rows] = core.value(measure, first, second, blocks.take(weights, rows))
    return found.reshape(blocks.batch)


def _gradients_in_blocks(call: _Call, p: Any, q: Any, upstream: Any) -> tuple[Any, Any]:
    blocks = _blocks(p, q, call.weights)
    outer = upstream.expand(blocks.batch).reshape(-1, 1)
    sums = [p.new_zeros(p.shape) if call.need[0] else None, q.new_zeros(q.shape) if call.need[1] else None]
    for rows in blocks:
        first, second = call.p.of(blocks.take(p, rows)), call.q.of(blocks.take(q, rows))
        slopes: tuple[Any, ...] = core.gradients(call.measure, first, second, blocks.take(call.weights, rows))[1:]
        for into, each in zip(sums, slopes, strict=True):
            if into is not None:
                blocks.add(into, rows, (each * outer[rows]).to(into.dtype))
    return sums[0], sums[1]
