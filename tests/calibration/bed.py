"""Run one method over the problems: bias, error beside the efficient one, coverage, widths, time.

    python -m tests.calibration.bed --method "shared_radius(k=5)" --n 1000 --repeats 20 --group "1-D smooth"
    python -m tests.calibration.bed --method auto --split held-out --repeats 10 --jobs 2
    python -m tests.calibration.bed --method npeet --problem gmm_d2
    python -m tests.calibration.bed --method "boosting()" --of js

--method is a peer of `peers.py`, "auto" (`kb.estimate`), or an expression of `kullback.estimators`. --group and
--problem may be given several times. --of another divergence runs the problems whose truth is known for it. The draws
of a problem and a repeat are the same for every method. Each answer is one JSON line under results/ (ignored by git):
peers go on where they stopped, other methods start again unless --resume is given, since their code changes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import multiprocessing
import operator
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tests.calibration.problems import BY_NAME, GROUPS, PROBLEMS, Problem

RESULTS = Path(__file__).resolve().parent / "results"
DIVERGENCES = {"kl": "kl", "reverse": "kl.reverse", "js": "js", "tv": "tv"}
"""What can be estimated: the truth's name, and the divergence in kullback."""
_SINGLE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "KULLBACK_THREADS")


@dataclass(frozen=True)
class Answer:
    """What one method said of one draw; an interval that was not given has None as its ends.

    `high` is None too where only a lower bound was stated. `seconds` are of the processor, one thread.
    """

    method: str
    problem: str
    n: int
    m: int
    repeat: int
    truth: float
    value: float | None
    low: float | None
    high: float | None
    lower_limit: float | None
    seconds: float
    said: str = ""
    of: str = "kl"


def true_value(problem: Problem, of: str) -> float | None:
    """The truth of one divergence, None where it is not worked out."""
    return getattr(problem.known, of)


def seed(problem: str, n: int, m: int, repeat: int, use: int) -> list[int]:
    """The seed of the draws (use 0) or of the method (use 1)."""
    return [int.from_bytes(hashlib.sha256(problem.encode()).digest()[:8], "big"), n, m, repeat, use]


def run(method: str, problem: Problem, n: int, m: int, repeat: int, of: str = "kl") -> list[Answer]:
    """Draw, ask, and return the answers: one per name that the method reports; none where it has no such route."""
    x, y = problem.draw(n, m, np.random.default_rng(seed(problem.name, n, m, repeat, 0)))
    rng = np.random.default_rng(seed(problem.name, n, m, repeat, 1))
    start = time.process_time()
    try:
        found = _ask(method, x, y, rng, of)
    except Exception as error:
        found = {method: (math.nan, None, None, None, f"{type(error).__name__}: {error}"[:300])}
    seconds = time.process_time() - start
    return [
        Answer(
            name,
            problem.name,
            n,
            m,
            repeat,
            true_value(problem, of),
            None if value is None or math.isnan(value) else float(value),
            *ends,
            seconds,
            said,
            of,
        )
        for name, (value, *ends, said) in found.items()
    ]


def _ask(method: str, x, y, rng: np.random.Generator, of: str) -> Mapping[str, tuple]:
    import kullback as kb
    from tests.calibration import peers

    divergence = operator.attrgetter(DIVERGENCES[of])(kb)
    if method in peers.PEERS:
        if of != "kl":
            return {}
        try:
            values = peers.answer(method, x, y, rng)
        except peers.NotApplicable:
            return {}
        return {name: (value, None, None, None, "") for name, value in values.items()}
    if method == "auto":
        from kullback.infer import estimate_samples

        found = estimate_samples(x, y, of=divergence, rng=rng)
        given = (
            math.isfinite(found.high) and found.high > found.low and getattr(found, "outcome", "interval") == "interval"
        )
        ends = (found.low, found.high) if given else (None, None)
        said = found.method + "".join(f" | {note}" for note in found.notes)
        return {method: (found.value, *ends, found.lower_limit, said[:500])}
    fitted = evaluate(method).fit(x, y, rng)
    value, bound = fitted.value(divergence), fitted.lower(divergence)
    from kullback.intervals import influence_function

    low, high = influence_function.interval(value, x, y)
    lower_limit = None if bound is None else influence_function.lower_limit(bound, x, y)
    given = math.isfinite(low) and math.isfinite(high)
    return {
        method: (value.value, *((low, high) if given else (None, None)), lower_limit, " | ".join(fitted.notes)[:500])
    }


def evaluate(expression: str):
    """Return the method that an expression of `kullback.estimators` makes, such as "shared_radius(k=5)"."""
    import kullback.estimators

    class Names(dict):
        def __missing__(self, name):
            return getattr(kullback.estimators, name)

    return eval(expression, {"__builtins__": {}}, Names())


def path_of(method: str, n: int, m: int, of: str = "kl") -> Path:
    """Where the answers of a method lie."""
    plain = re.sub(r"[^A-Za-z0-9_.=-]+", "_", method).strip("_")[:80]
    mark = hashlib.sha256(method.encode()).hexdigest()[:6]
    return RESULTS / f"{plain}-{mark}-n{n}-m{m}{'' if of == 'kl' else '-' + of}.jsonl"


def read(path: Path) -> list[Answer]:
    """Return the answers in a file whose truth is still that of the problem."""
    if not path.exists():
        return []
    found = [Answer(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    found = [a for a in found if a.problem in BY_NAME and _same(a.truth, true_value(BY_NAME[a.problem], a.of))]
    # Two runs at once may both have answered: the later one counts.
    return list({(a.method, a.problem, a.repeat): a for a in found}.values())


def _same(a: float, b: float | None) -> bool:
    return b is not None and (a == b or abs(a - b) <= 1e-9)


def chosen(groups: Sequence[str], names: Sequence[str], split: str, of: str = "kl") -> list[Problem]:
    """The problems of some groups, or of some names, in one split, whose truth is known."""
    unknown = [*(set(groups) - set(GROUPS)), *(set(names) - set(BY_NAME))]
    if unknown:
        raise ValueError(f"no group or problem {unknown}; groups: {', '.join(GROUPS)}; problems: {', '.join(BY_NAME)}")
    return [
        p
        for p in PROBLEMS
        if (not (groups or names) or p.group in groups or p.name in names)
        and split in ("all", p.split)
        and true_value(p, of) is not None
    ]


def answers(
    method: str,
    problems: Sequence[Problem],
    n: int,
    m: int,
    repeats: int,
    *,
    of: str = "kl",
    jobs: int = 1,
    resume: bool = True,
) -> Iterator[tuple[Problem, list[Answer]]]:
    """Run what is missing, in processes of one thread each, and give each problem's answers when it is done."""
    path = path_of(method, n, m, of)
    path.parent.mkdir(exist_ok=True)
    kept = read(path)
    if not resume:
        names = {p.name for p in problems}
        kept = [a for a in kept if a.problem not in names]
        path.write_text("".join(_line(a) for a in kept), encoding="utf-8")
    # A peer without a route for a problem leaves no answer, and is asked again: that costs nothing.
    done = {(a.problem, a.repeat) for a in kept}
    with _one_thread(), _pool(method, jobs) as pool:
        waiting = {p.name: [r for r in range(repeats) if (p.name, r) not in done] for p in problems}
        found = {p.name: [a for a in kept if a.problem == p.name and a.repeat < repeats] for p in problems}
        tasks = {pool.submit(_task, method, p.name, n, m, r, of): p for p in problems for r in waiting[p.name]}
        left = {p.name: len(waiting[p.name]) for p in problems}
        for p in problems:
            if not left[p.name]:
                yield p, found[p.name]
        with path.open("a", encoding="utf-8") as file:
            for task in as_completed(tasks):
                problem = tasks[task]
                for answer in task.result():
                    found[problem.name].append(answer)
                    file.write(_line(answer))
                file.flush()
                left[problem.name] -= 1
                if not left[problem.name]:
                    yield problem, found[problem.name]


def _pool(method: str, jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_warm_up, initargs=(method,)
    )


def _warm_up(method: str) -> None:
    # What is imported on the first call is not timed.
    run(method, BY_NAME["shift_d3"], 100, 100, 0)


class _one_thread:
    """The environment that the processes start with, set while they do."""

    def __enter__(self) -> None:
        self.before = {name: os.environ.get(name) for name in _SINGLE}
        os.environ.update(dict.fromkeys(_SINGLE, "1"))

    def __exit__(self, *_: object) -> None:
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _task(method: str, name: str, n: int, m: int, repeat: int, of: str) -> list[Answer]:
    return run(method, BY_NAME[name], n, m, repeat, of)


def _line(answer: Answer) -> str:
    return json.dumps(asdict(answer)) + "\n"


@dataclass(frozen=True)
class Summary:
    """How one method did on one problem; None where nothing can be said.

    `failed` is the share of answers that are not finite numbers, or finite where the truth is not; the error is over
    the others. `given` is the share of
    two-sided intervals, `coverage` is of those; `width` is the median width over the efficient one; `lower` is how
    often the lower limit lay below the truth.
    """

    method: str
    problem: str
    repeats: int
    truth: float
    efficient: float
    bias: float | None
    rmse: float | None
    failed: float
    given: float
    coverage: float | None
    width: float | None
    lower: float | None
    median_seconds: float
    most_seconds: float


def summary(problem: Problem, found: Sequence[Answer]) -> Summary:
    """Sum up the answers of one name to one problem."""
    truth = found[0].truth
    finite = [a.value for a in found if a.value is not None and math.isfinite(a.value)]
    errors = np.array(finite) - truth
    # What the best can do is known for KL alone.
    efficient = problem.efficient_error(found[0].n, found[0].m) if found[0].of == "kl" else math.nan
    two_sided = [(a.low, a.high) for a in found if a.low is not None and a.high is not None]
    covered = [low <= truth <= high for low, high in two_sided]
    limits = [a.lower_limit for a in found if a.lower_limit is not None]
    known = bool(len(errors)) and math.isfinite(truth)
    seconds = [a.seconds for a in found]
    wide = two_sided and 0 < efficient < math.inf
    right = [a.value for a in found if a.value is not None and math.isfinite(a.value) == math.isfinite(truth)]
    return Summary(
        found[0].method,
        problem.name,
        len(found),
        truth,
        efficient,
        float(errors.mean()) if known else None,
        float(np.sqrt(np.mean(errors**2))) if known else None,
        1 - len(right) / len(found),
        len(two_sided) / len(found),
        float(np.mean(covered)) if covered else None,
        float(np.median([high - low for low, high in two_sided]) / (2 * 1.959964 * efficient)) if wide else None,
        float(np.mean([limit <= truth + 1e-12 for limit in limits])) if limits else None,
        float(np.median(seconds)),
        max(seconds),
    )


_HEAD = (
    f"{'problem':20s} {'truth':>7s} {'eff':>7s} {'bias':>7s} {'RMSE':>7s} {'/eff':>6s} {'fail':>5s} {'cover':>6s} "
    f"{'given':>6s} {'width':>6s} {'lower':>6s} {'s med':>6s} {'s max':>6s}"
)


def row(s: Summary) -> str:
    """Print one problem's summary."""
    ratio = s.rmse / s.efficient if s.rmse is not None and 0 < s.efficient < math.inf else None

    def text(value: float | None, width: int, digits: int) -> str:
        return f"{'-':>{width}s}" if value is None else f"{value:{width}.{digits}f}"

    return (
        f"{s.problem:20s} {s.truth:7.3f} {s.efficient:7.4f} {text(s.bias, 7, 3)} {text(s.rmse, 7, 4)} "
        f"{text(ratio, 6, 2)} {s.failed:5.2f} {text(s.coverage, 6, 3)} {s.given:6.2f} {text(s.width, 6, 2)} "
        f"{text(s.lower, 6, 3)} {s.median_seconds:6.2f} {s.most_seconds:6.2f}"
    )


def group_row(group: str, found: Sequence[Summary]) -> str:
    """Print the means over a group's problems."""

    def mean(values: list[float | None]) -> str:
        kept = [v for v in values if v is not None]
        return f"{np.mean(kept):.3f}" if kept else "-"

    ratios = [s.rmse / s.efficient if s.rmse is not None and 0 < s.efficient < math.inf else None for s in found]
    return (
        f"{group:12s} {len(found):2d} problems  RMSE {mean([s.rmse for s in found])}  /eff {mean(ratios)}  "
        f"fail {mean([s.failed for s in found])}  cover {mean([s.coverage for s in found])}  "
        f"given {mean([s.given for s in found])}  width {mean([s.width for s in found])}  "
        f"lower {mean([s.lower for s in found])}  seconds {mean([s.median_seconds for s in found])}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", action="append", required=True)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--m", type=int, help="rows of y; as many as of x unless given")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--group", action="append", default=[], help=", ".join(GROUPS))
    parser.add_argument("--problem", action="append", default=[])
    parser.add_argument("--split", choices=("tuning", "held-out", "all"), default="all")
    parser.add_argument("--of", choices=tuple(DIVERGENCES), default="kl")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="keep earlier answers of methods that are not peers")
    given = parser.parse_args(arguments)
    from tests.calibration import peers

    try:
        problems = chosen(given.group, given.problem, given.split, given.of)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for method in given.method:
        if method not in peers.PEERS and method != "auto":
            try:
                evaluate(method)
            except Exception as error:
                print(f"--method {method}: {type(error).__name__}: {error}", file=sys.stderr)
                print(f"peers: {', '.join(peers.PEERS)}; else auto or kullback.estimators", file=sys.stderr)
                return 2
        _report(method, problems, given, resume=given.resume or method in peers.PEERS)
    return 0


def _report(method: str, problems: Sequence[Problem], given: argparse.Namespace, *, resume: bool) -> None:
    m = given.m or given.n
    print(f"{method}: {given.of}, n={given.n}, m={m}, {given.repeats} repeats\n{_HEAD}", flush=True)
    sums: dict[tuple[str, str], list[Summary]] = {}
    said: dict[str, int] = {}
    for problem, found in answers(
        method, problems, given.n, m, given.repeats, of=given.of, jobs=given.jobs, resume=resume
    ):
        for name in dict.fromkeys(a.method for a in found):
            one = summary(problem, [a for a in found if a.method == name])
            sums.setdefault((name, problem.group), []).append(one)
            print(row(one) + (f"  {name}" if name != method else ""), flush=True)
        for answer in found:
            if answer.value is None and answer.said:
                said[answer.said] = said.get(answer.said, 0) + 1
    print()
    for (name, group), found in sorted(sums.items(), key=lambda item: (item[0][0], list(GROUPS).index(item[0][1]))):
        print((f"{name}: " if name != method else "") + group_row(group, found))
    for text, times in sorted(said.items(), key=lambda item: -item[1])[:8]:
        print(f"no answer, {times} times: {text}")


if __name__ == "__main__":
    sys.exit(main())
