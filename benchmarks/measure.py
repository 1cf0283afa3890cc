"""Measure commands: CPU seconds, wall seconds and peak memory of a child process, pinned to one core.

    python benchmarks/measure.py --runs 5 -- python -c "import numpy"

CPU is user + system time of the child and what it waited for, and peak memory its largest resident set, both from
`os.wait4`. CPU seconds are the figure to trust: wall time grows with whatever else the machine does. This file imports
nothing outside the standard library, because a forked child's peak memory starts at its parent's.
"""

import argparse
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"], "1")
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Run:
    """One execution of a command."""

    cpu_s: float
    wall_s: float
    rss_mb: float
    exit_code: int
    message: str = ""


@dataclass(frozen=True)
class Case:
    """A command and what is expected of it; `bound` names the case whose CPU time it is divided by."""

    name: str
    command: Sequence[str]
    target: str = ""
    bound: str = ""
    exit_codes: tuple[int, ...] = (0,)
    output: str = ""
    max_cpu_s: float | None = None
    max_ratio: float | None = None
    max_rss_mb: float | None = None
    max_output_kb: float | None = None


@dataclass
class Result:
    """All runs of a case."""

    case: Case
    runs: list[Run] = field(default_factory=list)
    output_kb: float | None = None

    @property
    def failed(self) -> Run | None:
        return next((r for r in self.runs if r.exit_code not in self.case.exit_codes), None)

    @property
    def cpu_s(self) -> float:
        return min(r.cpu_s for r in self.runs)

    @property
    def cpu_median_s(self) -> float:
        return statistics.median(r.cpu_s for r in self.runs)

    @property
    def wall_s(self) -> float:
        return min(r.wall_s for r in self.runs)

    @property
    def rss_mb(self) -> float:
        return max(r.rss_mb for r in self.runs)

    def as_json(self) -> dict[str, object]:
        record: dict[str, object] = {"name": self.case.name, "command": shown(self.case.command)}
        record |= {"target": self.case.target, "bound": self.case.bound, "runs": [asdict(r) for r in self.runs]}
        if self.failed is None:
            record |= {"cpu_s_min": self.cpu_s, "cpu_s_median": self.cpu_median_s, "wall_s_min": self.wall_s}
            record |= {"rss_mb_max": self.rss_mb, "output_kb": self.output_kb}
        return record


def pinned(command: Sequence[str]) -> list[str]:
    """The command on the last core this process may use, where the system can do that."""
    if shutil.which("taskset") and hasattr(os, "sched_getaffinity"):
        return ["taskset", "-c", str(max(os.sched_getaffinity(0))), *command]
    return list(command)


def shown(command: Sequence[str]) -> str:
    """The command as a person would type it: no folders in front of the program."""
    return shlex.join([os.path.basename(command[0]), *command[1:]])


def run(command: Sequence[str]) -> Run:
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(
            pinned(command),
            env=os.environ | ONE_THREAD,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        message = ""
        if child.returncode:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").strip().splitlines()
            message = lines[-1].strip() if lines else ""
    return Run(
        cpu_s=round(usage.ru_utime + usage.ru_stime, 4),
        wall_s=round(wall, 4),
        rss_mb=round(usage.ru_maxrss * MAXRSS_UNIT / 1e6, 1),
        exit_code=child.returncode,
        message=message,
    )


def measure(cases: Sequence[Case], runs: int, *, progress: bool = True) -> list[Result]:
    """Run the cases in turns, so that a slow minute of the machine falls on all of them.

    One round before is not counted. A case that fails is not run again and has no figures.
    """
    results = [Result(case) for case in cases]
    for number in range(runs + 1):
        for result in results:
            if result.failed is not None:
                continue
            if progress:
                say = "warm-up" if number == 0 else f"run {number} of {runs}"
                print(f"{result.case.name}: {say}", file=sys.stderr, flush=True)
            one = run(result.case.command)
            if number or one.exit_code not in result.case.exit_codes:
                result.runs.append(one)
            if result.case.output and os.path.exists(result.case.output):
                result.output_kb = round(os.path.getsize(result.case.output) / 1e3, 1)
    return results


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def markdown(results: Sequence[Result]) -> str:
    """A table with each figure beside its target; a figure that misses its target is set in bold."""
    by_name = {r.case.name: r for r in results}
    lines = [
        "| what | CPU s, least | CPU s, median | wall s, least | peak MB | × bound | output kB | target | met |",
        "|---|--:|--:|--:|--:|--:|--:|---|---|",
    ]
    for r in results:
        if r.failed is not None:
            why = f"failed with exit code {r.failed.exit_code}: {r.failed.message}"
            lines.append(f"| {cell(r.case.name)} | – | – | – | – | – | – | {r.case.target} | {cell(why)} |")
            continue
        bound = by_name.get(r.case.bound)
        ratio = r.cpu_s / bound.cpu_s if bound is not None and bound.failed is None else None
        limits = [
            (r.cpu_s, r.case.max_cpu_s),
            (r.rss_mb, r.case.max_rss_mb),
            (ratio, r.case.max_ratio),
            (r.output_kb, r.case.max_output_kb),
        ]
        judged = [(figure, limit) for figure, limit in limits if limit is not None]
        unknown = any(figure is None for figure, _ in judged)
        missed = any(figure > limit for figure, limit in judged if figure is not None)
        met = "" if not judged else "**no**" if missed else "unknown" if unknown else "yes"
        cells = [f"{r.cpu_s:.2f}", f"{r.cpu_median_s:.2f}", f"{r.wall_s:.2f}", f"{r.rss_mb:.0f}"]
        cells += ["–" if ratio is None else f"{ratio:.2f}", "–" if r.output_kb is None else f"{r.output_kb:.0f}"]
        lines.append(f"| {cell(r.case.name)} | {' | '.join(cells)} | {r.case.target} | {met} |")
    return "\n".join(lines)


def machine() -> str:
    """The machine in words, as far as it is worth knowing."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            model = next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a command: CPU seconds, wall seconds, peak memory.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        parser.error("no command: measure.py --runs 5 -- python -c 'import numpy'")
    print(markdown(measure([Case(shown(command), command)], args.runs)))


if __name__ == "__main__":
    main()
