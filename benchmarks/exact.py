"""Measure the exact divergences against what people would write otherwise, and see whether the targets are met.

    python benchmarks/exact.py                      # every work, about five minutes
    python benchmarks/exact.py --only logits        # the works whose name contains a word
    python benchmarks/exact.py --quick              # small sizes, one round: that it runs, not how fast

Everything goes through the public functions. The contenders of a work run in turns in one process, pinned to one core
and told to use one thread, once with the instruction set that kullback picks and once with the baseline of the
processor (KULLBACK_KERNELS=baseline). This file imports nothing outside the standard library at its top: the arrays
live in child processes, one for each group of works, and a child that runs out of memory takes only its group along.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neighbours
from interleaved import Contender, race
from measure import ONE_THREAD, pinned, run

ROOT = Path(__file__).resolve().parent.parent
MOST_MEMORY = 8 << 30  # bytes that a child may allocate
FULL = ("v4", "avx512")  # the instruction sets for which the targets are stated, as parts of the name
REDUCED = 3.0  # on lesser ones they hold at a third


@dataclass(frozen=True)
class Target:
    """How a peer's time compares with ours: at least so many times as long, or ours at most so many times."""

    at_least: float | None = None
    at_most: float | None = None

    def words(self, factor: float = 1.0) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least / factor:.3g}×"
        return f"≤ {self.at_most * factor:.3g}× its time" if self.at_most is not None else ""

    def met(self, times: float, factor: float = 1.0) -> bool | None:
        """Whether `times`, the peer's time divided by ours, is enough."""
        if self.at_least is not None:
            return times >= self.at_least / factor
        return times * self.at_most * factor >= 1.0 if self.at_most is not None else None


@dataclass(frozen=True)
class Work:
    """One thing to compute, who computes it, and the targets by peer."""

    name: str
    group: str
    make: Callable[[], dict[str, Contender]]
    targets: dict[str, Target]
    spare: bool = False
    """Whether allocators are told to keep the memory that they are given back (glibc)."""


# ---------------------------------------------------------------------------------------------- data and truth


def pair(shape: tuple[int, ...], dtype: str, seed: int) -> tuple[Any, Any]:
    """P drawn from the flat Dirichlet law, Q the same with log-normal noise; outcomes on the last axis."""
    import numpy as np

    rng = np.random.default_rng(seed)
    p = rng.standard_exponential(shape)
    q = p * np.exp(0.7 * rng.standard_normal(shape))
    p /= p.sum(-1, keepdims=True)
    q /= q.sum(-1, keepdims=True)
    return p.astype(dtype), q.astype(dtype)


def wide(x: Any) -> Any:
    """Normalised, in extended precision."""
    import numpy as np

    x = np.asarray(x).astype(np.longdouble)
    return x / x.sum(-1, keepdims=True)


def true_kl(p: Any, q: Any) -> Any:
    import numpy as np

    return (p * np.log(p / q)).sum(-1)


def worst(found: Any, truth: Any) -> float:
    import numpy as np

    found, truth = np.asarray(found, np.longdouble), np.asarray(truth)
    if found.shape != truth.shape:
        raise ValueError(f"it returned the shape {found.shape}, not {truth.shape}")
    return float(np.max(np.abs(found / truth - 1.0)))


# ---------------------------------------------------------------------------------------------- probabilities


def vectors(dtype: str, n: int) -> dict[str, Contender]:
    """One pair of long vectors."""
    import numpy as np
    import scipy.special
    import scipy.stats

    import kullback as kb

    p, q = pair((n,), dtype, 1)
    truth = true_kl(wide(p), wide(q))

    def error(found: Any) -> float:
        return worst(found, truth)

    loose = 1e-10 if dtype == "float64" else 1e-3
    contenders = {
        "kullback": Contender(lambda: kb.kl(p, q), error, 1e-13 if dtype == "float64" else 1e-6),
        "scipy rel_entr(p, q).sum()": Contender(lambda: scipy.special.rel_entr(p, q).sum(), error, loose),
        "scipy.stats.entropy(p, q)": Contender(lambda: scipy.stats.entropy(p, q), error, loose),
        "numpy (p * np.log(p / q)).sum()": Contender(lambda: (p * np.log(p / q)).sum(), error, loose),
    }
    if torch := torch_if_there():
        a, b = torch.from_numpy(p), torch.from_numpy(q)
        contenders["torch (p * (p / q).log()).sum()"] = Contender(lambda: (a * (a / b).log()).sum(), error, loose)
    return contenders


def rows(n: int, size: int) -> dict[str, Contender]:
    """Many pairs, one to a row."""
    import numpy as np
    import scipy.special

    import kullback as kb

    p, q = pair((n, size), "float64", 2)
    seen = np.linspace(0, n - 1, 50).astype(int)
    truth = true_kl(wide(p[seen]), wide(q[seen]))

    def error(found: Any) -> float:
        return worst(found[seen], truth)

    return {
        "kullback": Contender(lambda: kb.kl(p, q), error, 1e-13),
        "scipy rel_entr(p, q).sum(-1)": Contender(lambda: scipy.special.rel_entr(p, q).sum(-1), error, 1e-10),
        "numpy (p * np.log(p / q)).sum(-1)": Contender(lambda: (p * np.log(p / q)).sum(-1), error, 1e-10),
    }


def short_calls(size: int, calls: int) -> dict[str, Contender]:
    """Many calls, each on a short pair of its own, with the checks on."""
    import scipy.special
    import scipy.stats

    import kullback as kb

    rel_entr, entropy, kl = scipy.special.rel_entr, scipy.stats.entropy, kb.kl
    p, q = pair((calls, size), "float64", 3)
    truth = true_kl(wide(p), wide(q))
    pairs = [(a.copy(), b.copy()) for a, b in zip(p, q, strict=True)]

    def error(found: Any) -> float:
        return worst(found, truth[: len(found)])

    few = pairs[: max(1, calls // 20)]
    return {
        "kullback": Contender(lambda: [kl(a, b) for a, b in pairs], error, 1e-13, calls),
        "scipy rel_entr(p, q).sum()": Contender(lambda: [rel_entr(a, b).sum() for a, b in pairs], error, 1e-10, calls),
        "scipy.stats.entropy(p, q)": Contender(lambda: [entropy(a, b) for a, b in few], error, 1e-10, len(few)),
    }


# ---------------------------------------------------------------------------------------------- logits


def torch_if_there() -> Any:
    try:
        import torch
    except ModuleNotFoundError:
        return None
    torch.set_num_threads(1)
    return torch


def logit_rows(tokens: int, size: int, dtype: str, noise: float) -> tuple[Any, Any]:
    """A teacher's and a student's logits, made row by row so that making them leaves no trace in the peak memory."""
    import numpy as np
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(4)
    a = torch.empty((tokens, size), dtype=getattr(torch, dtype))
    b = torch.empty_like(a)
    for i in range(tokens):
        row = rng.standard_normal(size, np.float32)
        row *= np.float32(3.0)
        a[i] = torch.from_numpy(row)
        row += np.float32(noise) * rng.standard_normal(size, np.float32)
        b[i] = torch.from_numpy(row)
    return a, b


def torch_kl(a: Any, b: Any) -> Any:
    import torch.nn.functional as F

    return F.kl_div(F.log_softmax(b, -1), F.log_softmax(a, -1), log_target=True, reduction="none").sum(-1)


def our_kl(a: Any, b: Any) -> Any:
    import kullback as kb

    return kb.kl(kb.logits(a), kb.logits(b))


LOGITS = {"kullback": our_kl, "torch 2 log_softmax + F.kl_div": torch_kl}


def logits(
    tokens: int, size: int, *, dtype: str = "float32", backward: bool = False, noise: float = 1.0
) -> dict[str, Contender]:
    """The divergence of every token's softmax, and its gradient with respect to the student's logits."""
    import numpy as np

    a, b = logit_rows(tokens, size, dtype, noise)
    seen = np.linspace(0, tokens - 1, 4).astype(int)

    def softmax(x: Any) -> Any:
        x = x[seen].float().numpy().astype(np.longdouble)
        return wide(np.exp(x - x.max(-1, keepdims=True)))

    p, q = softmax(a), softmax(b)
    truth, slope = true_kl(p, q), q - p
    b.requires_grad_(backward)

    def error(found: Any) -> float:
        if not backward:
            return worst(found[seen].float().numpy(), truth)
        values, gradient = found
        off = np.abs(gradient[seen].float().numpy() - slope).sum(-1) / np.abs(slope).sum(-1)
        return max(worst(values[seen].float().numpy(), truth), float(off.max()))

    def both(f: Callable[[Any, Any], Any]) -> Callable[[], Any]:
        def call() -> Any:
            b.grad = None
            values = f(a, b)
            values.sum().backward()
            return values.detach(), b.grad

        return call

    def call(f: Callable[[Any, Any], Any]) -> Callable[[], Any]:
        return both(f) if backward else lambda: f(a, b)

    loose = 0.2 if dtype == "bfloat16" else 0.05
    return {name: Contender(call(f), error, 1e-5 if name == "kullback" else loose, 1) for name, f in LOGITS.items()}


# ---------------------------------------------------------------------------------------------- all pairs


def all_pairs(measure: str, dtype: str, n: int, size: int) -> dict[str, Contender]:
    """Every row against every row of another matrix."""
    import numpy as np
    import scipy.spatial.distance

    import kullback as kb

    rng = np.random.default_rng(5)
    p = (x := rng.standard_exponential((n, size)))[...] / x.sum(-1, keepdims=True)
    q = (x := rng.standard_exponential((n, size)))[...] / x.sum(-1, keepdims=True)
    p, q = p.astype(dtype), q.astype(dtype)
    i, j = rng.integers(0, n, (2, 200))
    part = max(1, n // 20)
    a, b = wide(p[i]), wide(q[j])
    ours = 1e-13 if dtype == "float64" else 1e-5
    if measure == "kl":
        truth, cross = true_kl(a, b), (p[i].astype(np.longdouble) * np.log(q[j].astype(np.longdouble))).sum(-1)
        log_q = np.log(q).T
        return {
            "kullback": Contender(lambda: kb.kl.pairwise(p, q), lambda found: worst(found[i, j], truth), ours),
            "numpy np.dot(p, log_q), the product alone": Contender(
                lambda: np.dot(p, log_q), lambda found: worst(found[i, j], cross), 1e-4
            ),
        }
    truth = 0.5 * (true_kl(a, 0.5 * (a + b)) + true_kl(b, 0.5 * (a + b)))
    i_part = i % part
    a = wide(p[i_part])
    part_truth = np.sqrt(0.5 * (true_kl(a, 0.5 * (a + b)) + true_kl(b, 0.5 * (a + b))))
    return {
        "kullback": Contender(lambda: kb.js.pairwise(p, q), lambda found: worst(found[i, j], truth), ours),
        "scipy cdist(p, q, 'jensenshannon')": Contender(
            lambda: scipy.spatial.distance.cdist(p[:part], q, "jensenshannon"),
            lambda found: worst(found[i_part, j], part_truth),
            1e-4,
            part=part / n,
        ),
    }


# ---------------------------------------------------------------------------------------------- families


def true_families() -> dict[str, Callable[..., Any]]:
    """KL of two members of a family by the textbook formula at 40 digits, for single numbers."""
    import mpmath

    mp = mpmath.mp.clone()
    mp.dps = 40

    def log_beta(a: Any) -> Any:
        return mp.fsum(mp.loggamma(x) for x in a) - mp.loggamma(mp.fsum(a))

    def normal(p: Any, q: Any) -> Any:
        return mp.log(q[1] / p[1]) + (p[1] ** 2 + (p[0] - q[0]) ** 2) / (2 * q[1] ** 2) - mp.mpf(1) / 2

    def gamma(p: Any, q: Any) -> Any:
        (a, b), (c, d) = p, q
        return (a - c) * mp.digamma(a) - mp.loggamma(a) + mp.loggamma(c) + c * mp.log(b / d) + a * (d - b) / b

    def dirichlet(p: Any, q: Any) -> Any:
        mean = mp.digamma(mp.fsum(p))
        return log_beta(q) - log_beta(p) + mp.fsum((a - b) * (mp.digamma(a) - mean) for a, b in zip(p, q, strict=True))

    def exact(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda p, q: float(f([mp.mpf(float(x)) for x in p], [mp.mpf(float(x)) for x in q]))

    return {"normal": exact(normal), "gamma": exact(gamma), "beta": exact(dirichlet), "dirichlet": exact(dirichlet)}


def family(name: str, n: int) -> dict[str, Contender]:
    """KL of n pairs of one family, parameters between 0.5 and 5."""
    import numpy as np

    import kullback as kb

    torch = torch_if_there()
    rng = np.random.default_rng(6)
    size = 10 if name == "dirichlet" else 2
    p, q = (rng.uniform(0.5, 5.0, (n, size)) for _ in range(2))
    if name == "normal":
        p[:, 0] -= 2.5
    some = rng.integers(0, n, 100)
    truth = np.asarray([true_families()[name](p[i], q[i]) for i in some])
    columns = [(x,) if name == "dirichlet" else tuple(np.ascontiguousarray(x.T)) for x in (p, q)]
    make = getattr(kb.distributions, name)
    found = {
        "kullback": Contender(
            lambda: kb.kl(make(*columns[0]), make(*columns[1])), lambda found: worst(found[some], truth), 1e-13
        )
    }
    if torch is not None:
        theirs = getattr(torch.distributions, name.capitalize())
        tensors = [tuple(torch.as_tensor(x) for x in one) for one in columns]
        found["torch.distributions.kl_divergence"] = Contender(
            lambda: torch.distributions.kl_divergence(theirs(*tensors[0]), theirs(*tensors[1])),
            lambda found: worst(found.numpy()[some], truth),
            1e-4,
        )
    return found


def multivariate_normal(size: int) -> dict[str, Contender]:
    """KL of two multivariate normals with full covariances, against the two Cholesky factorisations that it needs."""
    import numpy as np
    import scipy.linalg

    import kullback as kb

    torch = torch_if_there()
    rng = np.random.default_rng(7)
    covariances = [(x @ x.T) / size + np.eye(size) for x in rng.standard_normal((2, size, 2 * size))]
    means = rng.standard_normal((2, size))
    make = kb.distributions.multivariate_normal

    def ours() -> Any:
        return kb.kl(make(means[0], covariances[0]), make(means[1], covariances[1]))

    def true() -> float:
        lower = [np.linalg.cholesky(x.astype(np.float64)) for x in covariances]
        inner = scipy.linalg.solve_triangular(lower[1], lower[0], lower=True)
        apart = scipy.linalg.solve_triangular(lower[1], means[1] - means[0], lower=True)
        logs = 2.0 * (np.log(np.diag(lower[1])).sum() - np.log(np.diag(lower[0])).sum())
        return 0.5 * float(np.sum(inner**2) + apart @ apart - size + logs)

    value = true()
    found = {
        "kullback": Contender(ours, lambda found: abs(float(found) / value - 1.0), 1e-11),
    }
    for name, factor in (("numpy", np.linalg.cholesky), ("scipy", lambda x: scipy.linalg.cholesky(x, lower=True))):
        found[f"{name}.linalg.cholesky of both"] = Contender(
            lambda factor=factor: [factor(x) for x in covariances],
            lambda found: float(np.abs(found[0] @ found[0].T - covariances[0]).max()),
            1e-10,
        )
    if torch is not None:
        tensors = [[torch.as_tensor(x) for x in one] for one in zip(means, covariances, strict=True)]
        theirs = torch.distributions.MultivariateNormal
        found["torch.distributions.kl_divergence"] = Contender(
            lambda: torch.distributions.kl_divergence(theirs(*tensors[0]), theirs(*tensors[1])),
            lambda found: abs(float(found) / value - 1.0),
            1e-6,
        )
    return found


# ---------------------------------------------------------------------------------------------- the list of works


def works(*, quick: bool) -> Iterator[Work]:
    n = 20_000 if quick else 1_000_000
    for dtype, figures in (("float64", (18, 20, 4, 2.3)), ("float32", (40, 45, 4, 2))):
        yield Work(
            f"KL of probabilities, {dtype}, n = {n:,}",
            "probabilities",
            lambda dtype=dtype: vectors(dtype, n),
            {
                "scipy rel_entr(p, q).sum()": Target(figures[0]),
                "scipy.stats.entropy(p, q)": Target(figures[1]),
                "torch (p * (p / q).log()).sum()": Target(figures[2]),
                "numpy (p * np.log(p / q)).sum()": Target(figures[3]),
            },
        )
    for count, size, figure in ((10_000, 1_000, 18), (100_000, 100, 13)):
        count = count // 100 if quick else count
        yield Work(
            f"KL of rows, float64, {count:,} × {size:,}",
            "probabilities",
            lambda count=count, size=size: rows(count, size),
            {"scipy rel_entr(p, q).sum(-1)": Target(figure), "numpy (p * np.log(p / q)).sum(-1)": Target()},
        )
    yield Work(
        "kb.kl(p, q), float64, n = 100, checks on",
        "probabilities",
        lambda: short_calls(100, 50 if quick else 500),
        {"scipy rel_entr(p, q).sum()": Target(at_most=3), "scipy.stats.entropy(p, q)": Target()},
    )
    peer, tokens = "torch 2 log_softmax + F.kl_div", 16 if quick else 512
    for size in (5_000, 15_000) if quick else (50_000, 150_000):
        shape = f"{tokens} × {size:,}"
        for what, figure, settings in (
            ("float32 forward", 15, {}),
            ("float32 forward and backward", 18, {"backward": True}),
            ("bfloat16 forward", 12, {"dtype": "bfloat16"}),
        ):
            yield Work(
                f"KL from logits, {what}, {shape}",
                f"logits-{size}",
                lambda size=size, settings=settings: logits(tokens, size, **settings),
                {peer: Target(figure)},
            )
    size = 5_000 if quick else 50_000
    yield Work(
        f"KL from logits that nearly agree (0.005 nats), float32 forward, {tokens} × {size:,}",
        f"logits-{size}",
        lambda: logits(tokens, size, noise=0.1),
        {peer: Target()},
    )
    yield Work(
        f"KL from logits, float32 forward, {tokens} × {size:,}, the allocator keeps its memory",
        "logits-spare",
        lambda: logits(tokens, size),
        {peer: Target()},
        spare=True,
    )
    n = 200 if quick else 2_000
    for measure, peer, target in (
        ("kl", "numpy np.dot(p, log_q), the product alone", {"float64": Target(at_most=1.3)}),
        ("js", "scipy cdist(p, q, 'jensenshannon')", {"float64": Target(12), "float32": Target(22)}),
    ):
        for dtype in ("float64", "float32"):
            yield Work(
                f"{measure.upper()} of all pairs, {dtype}, {n:,} × {n:,} × 256",
                "pairwise",
                lambda measure=measure, dtype=dtype: all_pairs(measure, dtype, n, 256),
                {peer: target.get(dtype, Target(at_most=1.3) if measure == "kl" else Target())},
            )

    n = 20_000 if quick else 1_000_000
    for name in ("normal", "gamma", "beta", "dirichlet"):
        yield Work(
            f"KL of {n:,} pairs of {name} distributions{' of 10 components' if name == 'dirichlet' else ''}, float64",
            "families",
            lambda name=name: family(name, n),
            {"torch.distributions.kl_divergence": Target(3)},
        )
    size = 64 if quick else 512
    yield Work(
        f"KL of multivariate normals, {size} dimensions, float64",
        "families",
        lambda: multivariate_normal(size),
        {
            "scipy.linalg.cholesky of both": Target(at_most=1.2),
            "numpy.linalg.cholesky of both": Target(),
            "torch.distributions.kl_divergence": Target(),
        },
    )
    for name, make, figures in neighbours.works(quick=quick):
        yield Work(name, "neighbours", make, {peer: Target(times) for peer, times in figures.items()})


def memory_work(*, quick: bool) -> tuple[str, int, int]:
    tokens, size = (16, 15_000) if quick else (512, 150_000)
    return f"memory: KL from logits, float32 forward, {tokens} × {size:,}", tokens, size


# ---------------------------------------------------------------------------------------------- in a child


def instructions() -> str:
    """The instruction set of the compiled kernels, or "numpy" where there are none."""
    try:
        from kullback.kernels.native import LEVEL  # pyright: ignore[reportMissingImports]
    except ImportError:
        return "numpy"
    return str(LEVEL)


def child(group: str, only: str, *, quick: bool, seconds: float) -> None:
    """Run the works of a group, printing one line of JSON for each."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    for work in works(quick=quick):
        if work.group != group or only not in work.name:
            continue
        print(work.name, file=sys.stderr, flush=True)
        record: dict[str, Any] = {"work": work.name, "instructions": instructions()}
        try:
            contenders = work.make()
            times, failed = race(contenders, seconds=seconds, least_rounds=1 if quick else 3)
            record["cpu_s"] = {name: t.cpu_s for name, t in times.items()}
            record["rounds"] = max((t.rounds for t in times.values()), default=0)
            record["relative_error"] = {name: t.error for name, t in times.items()}
            record["part"] = {name: c.part for name, c in contenders.items() if c.part != 1.0}
            record["failed"] = failed
        except (ModuleNotFoundError, MemoryError) as error:
            record["failed"] = {"kullback": f"{type(error).__name__}: {error}"}
        print(json.dumps(record), flush=True)


def child_memory(contender: str, *, quick: bool) -> None:
    """Print the peak memory that one call adds to what there was before, in bytes."""
    _, tokens, size = memory_work(quick=quick)
    f = LOGITS[contender]
    a, b = logit_rows(tokens, size, "float32", 1.0)
    f(*logit_rows(2, 64, "float32", 1.0))  # so that code which is imported or compiled late is not counted
    with open("/proc/self/clear_refs", "w", encoding="ascii") as forget:
        forget.write("5")  # the peak is now what is resident
    before = peak_bytes()
    found = f(a, b)
    extra = peak_bytes() - before
    assert tuple(found.shape) == (tokens,)
    print(json.dumps({"extra_bytes": extra, "instructions": instructions()}))


def peak_bytes() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return int(next(line.split()[1] for line in status if line.startswith("VmHWM"))) * 1024


# ---------------------------------------------------------------------------------------------- from the parent

BASELINE = {"KULLBACK_KERNELS": "baseline"}
SPARE = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(64 << 30)}


def in_child(arguments: Sequence[str], **settings: str) -> tuple[list[dict[str, Any]], str]:
    """Run this file in a child; the lines of JSON that it printed, and why it ended early, if it did."""
    ran = subprocess.run(
        pinned([sys.executable, str(Path(__file__).resolve()), *arguments]),
        env=os.environ | ONE_THREAD | {"KULLBACK_THREADS": "1"} | settings,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    said = ran.stderr.strip().splitlines()
    ended = "" if ran.returncode == 0 else f"ended with {ran.returncode}: {said[-1] if said else ''}"
    return [json.loads(line) for line in ran.stdout.splitlines()], ended


def timed(only: str, *, quick: bool) -> list[dict[str, Any]]:
    """Every work with the instruction set of this machine and with the baseline, one record for each of both."""
    chosen = [work for work in works(quick=quick) if only in work.name]
    records: list[dict[str, Any]] = []
    seconds = 0.2 if quick else 4.0
    for group in dict.fromkeys(work.group for work in chosen):
        spare = SPARE if any(work.spare for work in chosen if work.group == group) else {}
        for baseline, settings in ((False, {}), (True, BASELINE)):
            print(f"{group}{', baseline' if baseline else ''}", file=sys.stderr, flush=True)
            arguments = ["--child", group, "--only", only, "--seconds", str(seconds / 2 if baseline else seconds)]
            found, ended = in_child([*arguments, *(["--quick"] if quick else [])], **settings, **spare)
            by_name = {record["work"]: record for record in found}
            for work in chosen:
                if work.group == group:
                    record = by_name.get(work.name, {"work": work.name, "failed": {"kullback": ended or "no result"}})
                    records.append(record | {"baseline": baseline})
    return records


def rows_of(records: Sequence[dict[str, Any]], *, quick: bool) -> list[dict[str, Any]]:
    """One row for each work and peer: times, ratio, target and whether it is met, in both instruction sets."""
    table: list[dict[str, Any]] = []
    for work in works(quick=quick):
        own = {record["baseline"]: record for record in records if record["work"] == work.name}
        for peer, target in work.targets.items() if own else ():
            row: dict[str, Any] = {"work": work.name, "peer": peer, "target": target.words()}
            for baseline, record in own.items():
                row["baseline" if baseline else "native"] = judged(record, peer, target, baseline=baseline)
            table.append(row)
    return table


def judged(record: dict[str, Any], peer: str, target: Target, *, baseline: bool) -> dict[str, Any]:
    failed, times = record.get("failed", {}), record.get("cpu_s", {})
    which = record.get("instructions", "")
    lesser = baseline or not any(part in which for part in (*FULL, "numpy"))  # no allowance where kernels are missing
    factor = REDUCED if lesser else 1.0
    found: dict[str, Any] = {"instructions": which, "target": target.words(factor)}
    for name in ("kullback", peer):
        if name in failed:
            found["failed"] = f"{name.split()[0]} failed: {failed[name]}"
    if "failed" not in found and peer not in times:
        found["failed"] = f"{peer.split()[0]} is not installed"
    if "failed" in found:
        return found
    ours, theirs = times["kullback"], times[peer]
    found |= {"cpu_s": ours, "peer_cpu_s": theirs, "times": theirs / ours, "met": target.met(theirs / ours, factor)}
    found |= {"rounds": record["rounds"], "relative_error": record["relative_error"]["kullback"]}
    found |= {"peer_relative_error": record["relative_error"][peer], "part": record["part"].get(peer, 1.0)}
    return found


def memories(only: str, *, quick: bool) -> list[dict[str, Any]]:
    name, _, _ = memory_work(quick=quick)
    table: list[dict[str, Any]] = []
    for contender in LOGITS if only in name else ():
        print(f"{name}: {contender}", file=sys.stderr, flush=True)
        found, ended = in_child(["--child-memory", contender, *(["--quick"] if quick else [])])
        row: dict[str, Any] = {"work": name, "contender": contender}
        if found:
            row["extra_mb"] = found[0]["extra_bytes"] / 1e6
        else:
            row["failed"] = ended
        if contender == "kullback":
            row |= {"target": "< 1 MB", "met": row.get("extra_mb", float("inf")) < 1.0}
        table.append(row)
    return table


IMPORTS = {
    "import numpy": "import numpy",
    "import kullback": "import kullback",
    "import kullback and one kb.kl(p, q)": "import kullback as kb; kb.kl([0.5, 0.5], [0.9, 0.1])",
}
ALLOWED_MS = 20.0


def imports(only: str, *, quick: bool) -> list[dict[str, Any]]:
    """Whole processes, in turns, the least of all."""
    if not any(only in name for name in IMPORTS):
        return []
    print("imports", file=sys.stderr, flush=True)
    seen: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(2 if quick else 12):
        for name, program in IMPORTS.items():
            one = run([sys.executable, "-c", program])
            if one.exit_code:
                raise SystemExit(f"{name} failed: {one.message}")
            seen[name].append(one.cpu_s)
    least = {name: 1000.0 * min(times) for name, times in seen.items()}
    table = []
    for name, cpu_ms in least.items():
        row: dict[str, Any] = {"what": name, "cpu_ms": cpu_ms}
        if name == "import kullback":  # the first call, which loads NumPy and the kernels, has no target of its own
            row |= {
                "target": f"≤ import numpy + {ALLOWED_MS:g} ms",
                "met": cpu_ms <= least["import numpy"] + ALLOWED_MS,
            }
        table.append(row)
    return table


INSTALL = "pip install . from the sources, without its dependencies, in a new environment"


def install(only: str, *, quick: bool) -> list[dict[str, Any]]:
    """Once: what pip and the compiler it calls take on a copy of the sources; nothing is left behind."""
    if only not in INSTALL or (quick and not only):
        return []
    print(INSTALL, file=sys.stderr, flush=True)
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "src",
            "*.py",
            "*.toml",
            "*.md",
            "LICENSE",
        ],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "sources"
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, copy / name)
        python = Path(folder) / "venv" / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
        quiet = ["--disable-pip-version-check", "--quiet"]
        one = run([str(python), "-m", "pip", "install", *quiet, "--no-deps", str(copy)])
        row: dict[str, Any] = {"what": INSTALL, "cpu_s": one.cpu_s, "target": "≤ 20 CPU s"}
        if one.exit_code:
            return [row | {"failed": one.message, "met": False}]
        found = list(python.parent.parent.glob("lib/*/site-packages/kullback/**/*.so"))
        kernels = f"{sum(path.stat().st_size for path in found) / 1e3:.0f} kB of kernels" if found else "no kernels"
    return [row | {"built": kernels, "met": one.cpu_s <= 20.0}]


def measure_exact(only: str = "", *, quick: bool = False) -> dict[str, Any]:
    """Everything as one record, ready for JSON."""
    records = timed(only, quick=quick)
    return {
        "quick": quick,
        "times": rows_of(records, quick=quick),
        "memory": memories(only, quick=quick),
        "imports": imports(only, quick=quick),
        "install": install(only, quick=quick),
    }


def failures(record: dict[str, Any]) -> list[str]:
    """What went wrong, missing libraries apart: a page with such rows is not worth keeping."""
    found = []
    for row in record["times"]:
        for which in ("native", "baseline"):
            why = row.get(which, {}).get("failed", "")
            if why and "ModuleNotFoundError" not in why and "not installed" not in why:
                found.append(f"{row['work']} ({which}): {why}")
    for part in ("memory", "install"):
        found += [f"{row.get('work', row.get('what'))}: {row['failed']}" for row in record[part] if "failed" in row]
    return found


# ---------------------------------------------------------------------------------------------- in words


def duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def verdict(found: dict[str, Any]) -> str:
    return {None: "", True: "yes", False: "**no**"}[found.get("met")]


def ratio(found: dict[str, Any]) -> str:
    """How many times as fast; where the target is a limit on our time, how many times the other's time we took."""
    times = found["times"]
    return f"{1.0 / times:.3g}× its time" if "its time" in found["target"] else f"{times:.3g}×"


def section(record: dict[str, Any]) -> str:
    """The record as Markdown."""
    sides = [row[which] for row in record["times"] for which in ("native",) if which in row]
    named = sorted({side["instructions"] for side in sides if side.get("instructions")})
    baselines = [row["baseline"] for row in record["times"] if "baseline" in row]
    low = sorted({side["instructions"] for side in baselines if side.get("instructions")})
    quick = ["**A quick run at small sizes: it shows that everything runs, not how fast.**", ""] * record["quick"]
    lines = [
        *quick,
        f"Instructions: {', '.join(named) or 'unknown'}; baseline: {', '.join(low) or 'unknown'}.",
        "",
        "| work | compared with | its time | kullback | times as fast | target | met | baseline | target | met |",
        "|---|---|--:|--:|--:|---|---|--:|---|---|",
    ]
    previous = ""
    for row in record["times"]:
        name, previous = ("" if row["work"] == previous else row["work"]), row["work"]
        native, baseline = row.get("native", {}), row.get("baseline", {})
        cells = [name, f"`{row['peer']}`" if "(" in row["peer"] else row["peer"]]
        if "failed" in native:
            cells += ["–", "–", "–", native["target"], native["failed"].replace("|", "\\|")]
        else:
            cells += [duration(native["peer_cpu_s"]), duration(native["cpu_s"]), ratio(native)]
            cells += [native["target"], verdict(native)]
        if "times" in baseline:
            cells += [ratio(baseline), baseline["target"], verdict(baseline)]
        else:
            cells += ["–", baseline.get("target", ""), ""]
        lines.append(f"| {' | '.join(cells)} |")
    if record["memory"]:
        lines += ["", "| peak memory that one call adds | MB | target | met |", "|---|--:|---|---|"]
        for row in record["memory"]:
            figure = f"{row['extra_mb']:.2g}" if row.get("extra_mb", 99.0) < 10 else f"{row.get('extra_mb', 0.0):,.0f}"
            found = figure if "extra_mb" in row else row["failed"]
            work = row["work"].removeprefix("memory: ")
            cells = [f"{work}: {row['contender']}", found, row.get("target", ""), verdict(row)]
            lines.append(f"| {' | '.join(cells)} |")
    if record["imports"] or record["install"]:
        lines += ["", "| whole processes | CPU time | target | met |", "|---|--:|---|---|"]
        for row in record["imports"]:
            cells = [row["what"], f"{row['cpu_ms']:.0f} ms", row.get("target", ""), verdict(row)]
            lines.append(f"| {' | '.join(cells)} |")
        for row in record["install"]:
            found = row.get("failed") or f"{row['cpu_s']:.1f} s, {row['built']}"
            lines.append(f"| {row['what']} | {found} | {row['target']} | {verdict(row)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the exact divergences against their peers.")
    parser.add_argument("--only", default="", help="only works whose name contains this")
    parser.add_argument("--quick", action="store_true", help="small sizes and one round: that it runs, not how fast")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--seconds", type=float, default=4.0, help=argparse.SUPPRESS)
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--child-memory", default="", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.only, quick=args.quick, seconds=args.seconds)
        return
    if args.child_memory:
        child_memory(args.child_memory, quick=args.quick)
        return
    record = measure_exact(args.only, quick=args.quick)
    print(section(record))
    if args.json:
        args.json.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for failure in failures(record):
        print(failure, file=sys.stderr)


if __name__ == "__main__":
    main()
