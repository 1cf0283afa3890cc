"""Time KL of logits on a GPU against PyTorch's own operations, and write benchmarks/gpu.json and docs/gpu.md.

    python benchmarks/gpu.py            # about three minutes on one GPU with 24 GB free
    python benchmarks/gpu.py --page     # only the page, from the figures that are there

Times are medians over at least a tenth of a second, with the second-level cache flushed between calls
(`triton.testing.do_bench`). Nothing in the page is written by hand.
"""

import argparse
import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FIGURES = HERE / "gpu.json"
PAGE = HERE.parent / "docs" / "gpu.md"

SHAPES = ((512, 50_257), (512, 151_936), (4096, 50_257), (4096, 151_936))
DTYPES = ("float32", "bfloat16")


def measured() -> dict[str, Any]:
    import torch
    import triton

    import kullback as kb

    torch.manual_seed(0)
    device = torch.cuda.get_device_properties(0)
    rate = bandwidth()
    cases = []
    for dtype in DTYPES:
        for rows, size in SHAPES:
            teacher = (3.0 * torch.randn(rows, size, device="cuda")).to(getattr(torch, dtype))
            student = (teacher.float() + 0.3 * torch.randn(rows, size, device="cuda")).to(teacher.dtype)
            for backward in (False, True):
                student.requires_grad_(backward)
                given = teacher.numel() * teacher.element_size()
                # Both are read, again for the gradient, which is written once.
                least = given * (2 + 3 * backward)
                contenders = {"kullback": lambda t, s: kb.kl(kb.logits(t), kb.logits(s)), "torch": by_torch}
                case: dict[str, Any] = {"rows": rows, "size": size, "dtype": dtype, "backward": backward}
                case["bound_ms"] = least / rate * 1e3
                for name, contender in contenders.items():
                    call = step(contender, teacher, student, backward=backward)
                    case[name] = {"ms": time(call), "extra_bytes": peak(call, student) / given}
                exact = kb.kl(kb.logits(teacher[:32].double()), kb.logits(student[:32].detach().double()))
                for name, contender in contenders.items():
                    found = contender(teacher[:32], student[:32].detach()).double()
                    case[name]["error"] = float(((found - exact).abs() / exact).max())
                cases.append(case)
                print(case, flush=True)
            del teacher, student
    return {
        "date": datetime.date.today().isoformat(),
        "device": device.name,
        "multiprocessors": device.multi_processor_count,
        "torch": torch.__version__,
        "triton": triton.__version__,
        "bandwidth": rate,
        "cases": cases,
        "small": {name: small(call) for name, call in (("kullback", of_small), ("torch", by_torch))},
        "probabilities": probabilities(),
    }


def by_torch(teacher: Any, student: Any) -> Any:
    import torch

    q, p = torch.log_softmax(student, -1), torch.log_softmax(teacher, -1)
    return torch.nn.functional.kl_div(q, p, log_target=True, reduction="none").sum(-1)


def of_small(teacher: Any, student: Any) -> Any:
    import kullback as kb

    return kb.kl(kb.logits(teacher), kb.logits(student))


def step(contender: Callable[[Any, Any], Any], teacher: Any, student: Any, *, backward: bool) -> Callable[[], None]:
    def call() -> None:
        student.grad = None
        value = contender(teacher, student)
        if backward:
            value.mean().backward()

    return call


def time(call: Callable[[], None], ms: int = 120) -> float:
    import triton

    return triton.testing.do_bench(call, warmup=30, rep=ms, return_mode="median")


def peak(call: Callable[[], None], student: Any) -> int:
    """Return the most memory that a call takes beside its arguments."""
    import torch

    call()
    student.grad = None
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    call()
    torch.cuda.synchronize()
    student.grad = None
    return torch.cuda.max_memory_allocated() - before


def bandwidth() -> float:
    """Return bytes a second, read and written by a large copy."""
    import torch

    source = torch.randn(2**29, device="cuda")
    target = torch.empty_like(source)
    return 2 * source.numel() * 4 / time(lambda: target.copy_(source)) * 1e3


def small(contender: Callable[[Any, Any], Any]) -> float:
    """Return µs a call for rows so short that only the start of a call is left."""
    import torch

    teacher, student = (torch.randn(8, 1000, device="cuda") for _ in range(2))
    return time(lambda: contender(teacher, student)) * 1e3


def probabilities() -> list[dict[str, Any]]:
    import torch

    import kullback as kb

    found = []
    for rows, size in ((256, 1000), (4096, 50_000)):
        p, q = (torch.randn(rows, size, device="cuda").softmax(-1) for _ in range(2))
        for name in ("kl", "js"):
            call = step(lambda p, q, name=name: getattr(kb, name)(p, q), p, q, backward=False)
            extra = peak(call, q) / (2 * p.numel() * p.element_size())
            found.append({"rows": rows, "size": size, "divergence": name, "ms": time(call), "extra": extra})
            print(found[-1], flush=True)
    return found


def page(figures: dict[str, Any]) -> str:
    lines = [
        "# On a GPU",
        "",
        f"Written by `python benchmarks/gpu.py` from figures of {figures['date']}; do not edit. "
        f"One {figures['device']} "
        f"({figures['multiprocessors']} multiprocessors), torch {figures['torch']}, triton {figures['triton']}.",
        "",
        "Where Triton is installed (it comes with PyTorch for CUDA), `kb.kl` and `kb.kl.reverse` of logits or",
        "log-probabilities on a GPU take one read of both tensors, a second one and one write for the gradient, and no",
        "memory but the gradient and 48 bytes a row. Everything else is computed in PyTorch operations, in blocks of",
        "rows. Bad values (NaN, +inf, nothing possible, totals far from 1) give NaN in their row: to raise an error,",
        "the program would have to wait for the GPU.",
        "",
        "PyTorch here is `kl_div(student.log_softmax(-1), teacher.log_softmax(-1), log_target=True)` summed by rows,",
        "in the dtype of the logits. The bound is what the bytes take at the bandwidth that a large copy reaches,",
        f"{figures['bandwidth'] / 1e12:.2f} TB/s. Memory is what is allocated beside the arguments, in sizes of one of",
        "them; the error is the largest relative error of 32 rows against float64.",
        "",
        "| logits | pass | bound ms | kullback ms | PyTorch ms | times | kullback memory | PyTorch memory "
        "| kullback error | PyTorch error |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for case in figures["cases"]:
        ours, theirs = case["kullback"], case["torch"]
        lines.append(
            f"| {case['rows']} × {case['size']:,} {case['dtype']} | {'both' if case['backward'] else 'forward'} "
            f"| {case['bound_ms']:.3f} | {ours['ms']:.3f} | {theirs['ms']:.3f} | {theirs['ms'] / ours['ms']:.1f} "
            f"| {ours['extra_bytes']:.2f} | {theirs['extra_bytes']:.2f} | {ours['error']:.0e} | {theirs['error']:.0e} |"
        )
    lines += [
        "",
        f"The start of a call, for 8 rows of 1,000: kullback {figures['small']['kullback']:.0f} µs, "
        f"PyTorch {figures['small']['torch']:.0f} µs.",
        "",
        "Probabilities in float32, in blocks; memory in sizes of both arguments:",
        "",
        "| probabilities | divergence | ms | memory |",
        "|---|---|--:|--:|",
    ]
    for case in figures["probabilities"]:
        lines.append(
            f"| {case['rows']} × {case['size']:,} | {case['divergence']} | {case['ms']:.1f} | {case['extra']:.2f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", action="store_true")
    if not parser.parse_args().page:
        FIGURES.write_text(json.dumps(measured(), indent=1) + "\n")
    PAGE.write_text(page(json.loads(FIGURES.read_text())))
