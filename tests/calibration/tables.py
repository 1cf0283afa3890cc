"""Write the section on estimation of docs/calibration.md, and docs/calibration.json, from the answers under results/.

    python -m tests.calibration.tables              # from what has been run
    python -m tests.calibration.tables --run        # run everything first (hours; `make calibrate` does it)
    python -m tests.calibration.tables --peers-only # leave out what kb.estimate answered

What an earlier run left in the JSON stays until the same method is run again on the same problem and size.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from tests.calibration import bed
from tests.calibration.peers import PEERS
from tests.calibration.problems import BY_NAME, GROUPS, PROBLEMS, Problem

DOCS = Path(__file__).resolve().parents[2] / "docs"
HEADING = "## Estimation from samples"
OUTSIDE = ("disc unlike", "beyond", "infinite")
OURS = "auto"
REPEATS = {"boosting": 12, "kldest_kde": 10, "ulsif": 6, "mixtures": 5, "mine": 3}
SIZE, LARGE = 1000, 10_000
FAILS = 0.1
"""A method fails on a problem where more of its answers are not finite."""

Row = Mapping[str, object]
Key = tuple[str, str, int]


def run(repeats: int, jobs: int, *, resume: bool) -> None:
    """Run what is missing of the peers at n = 1000, and kb.estimate at 1000, 10 000 and, often enough for coverage, at
    500 and 2000: from the start unless `resume`, since its code changes."""
    plan = [(name, SIZE, REPEATS.get(name, 20), PROBLEMS) for name in PEERS]
    plan += [(OURS, SIZE, 20, PROBLEMS), (OURS, 10_000, 4, PROBLEMS)]
    plan += [(OURS, n, repeats, PROBLEMS) for n in (500, 2000)]
    for name, n, times, problems in plan:
        for problem, found in bed.answers(name, problems, n, n, times, jobs=jobs, resume=resume or name in PEERS):
            print(name, n, problem.name, len(found), flush=True)


def collect(kept: Sequence[Row], *, ours: bool = True) -> dict[Key, Row]:
    """Sum up the answers under results/ of the peers, and of kb.estimate if `ours`, over what was kept."""
    rows: dict[Key, Row] = {_key(row): row for row in kept if row["problem"] in BY_NAME}
    names = [(name, SIZE) for name in PEERS] + [(OURS, n) for n in (500, SIZE, 2000, LARGE) if ours]
    for name, n in names:
        answers = bed.read(bed.path_of(name, n, n))
        by: dict[tuple[str, str], list[bed.Answer]] = {}
        for answer in answers:
            by.setdefault((_title(name, answer.method), answer.problem), []).append(answer)
        for (method, problem), found in by.items():
            found_row = asdict(bed.summary(BY_NAME[problem], found)) | {"method": method, "n": n}
            row = {k: _short(v) for k, v in found_row.items() if k not in ("truth", "efficient")}
            rows[_key(row)] = row
    return rows


def _title(name: str, method: str) -> str:
    # A fit that failed is filed under the name of the function; which of its values it was for is not known.
    return _TITLES.get(name, method) if method == name else method


_TITLES = {
    "gaussian": "Gaussian plug-in",
    "mixtures": "Gaussian mixtures, BIC",
    "ulsif": "uLSIF",
    "logistic_quadratic": "logistic quadratic, mean score",
    "logistic_linear": "logistic linear, mean score",
    "boosting": "boosting, mean score",
    "mine": "MINE, held-out stop",
    "kldest_kde": "kldest KDE",
}


def _key(row: Row) -> Key:
    return str(row["method"]), str(row["problem"]), int(str(row["n"]))


def _short(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def group_mean(rows: Mapping[Key, Row], method: str, problems: Sequence[Problem], n: int) -> tuple[float, int, int]:
    """The mean RMSE over the problems that a method answered, how many it failed, how many it has no route for."""
    found = [rows.get((method, p.name, n)) for p in problems]
    good = [float(str(r["rmse"])) for r in found if r and float(str(r["failed"])) <= FAILS and r["rmse"] is not None]
    absent = sum(r is None for r in found)
    return (float(np.mean(good)) if good else math.nan), len(found) - absent - len(good), absent


def best_peer(rows: Mapping[Key, Row], problems: Sequence[Problem], n: int = SIZE) -> tuple[str, float]:
    """The peer with the smallest mean RMSE among those that answer every problem."""
    means = {method: group_mean(rows, method, problems, n) for method in peer_names(rows)}
    whole = {m: mean for m, (mean, failed, absent) in means.items() if not failed and not absent and m[0] != "("}
    name = min(whole, key=whole.__getitem__)
    return name, whole[name]


def peer_names(rows: Mapping[Key, Row]) -> list[str]:
    """The peers in the order in which they are listed; those in brackets are no package's."""
    return [name for name in dict.fromkeys(key[0] for key in rows if key[2] == SIZE) if name != OURS]


def section(rows: Mapping[Key, Row]) -> str:
    """Return the section of the page."""
    groups = {g: [p for p in PROBLEMS if p.group == g] for g in GROUPS if g not in OUTSIDE}
    finite = [p for p in PROBLEMS if math.isfinite(p.truth)]
    lines = [
        HEADING,
        "",
        "Written by `tests/calibration/tables.py` from `docs/calibration.json`; `make calibrate` runs what is behind"
        " it.",
        "",
        f"{len(PROBLEMS)} pairs of distributions with known KL(P‖Q), {len(finite)} of them finite"
        " (`tests/calibration/problems`; every truth by a closed form or a quadrature, checked against draws). *eff* ="
        " √(Var_P(ln r)/n + Var_Q(r)/m) with r = p/q is the smallest error that any regular estimator can have. Half of"
        " each group, by a hash of the names, was for tuning; the rest was held out. The peers are written again from"
        " their papers and formulas (`tests/calibration/peers.py`).",
        "",
        f"### Mean error by group, n = m = {SIZE}",
        "",
        "Mean over the problems of a group of the root mean squared error in nats, the same draws for all: 20 repeats;"
        " fewer of slow ones where they are not the best (boosting 12, KDE 10, uLSIF 6, mixtures 5) and of MINE (3)."
        f"{_repeats_of_ours(rows)}"
        " *n fail*: as many problems have more than 10 % of answers that are NaN or infinite, and are left out of the"
        " mean; *n none*: the method has no route for as many. **Bold**: the best peer that answers all of the group."
        " In brackets: what no package ships, and is not counted as a peer.",
        "",
        "| | " + " | ".join(groups) + " |",
        "|---" * (len(groups) + 1) + "|",
        "| problems | " + " | ".join(str(len(p)) for p in groups.values()) + " |",
        "| efficient limit | "
        + " | ".join(f"{np.mean([p.efficient_error(SIZE, SIZE) for p in ps]):.3f}" for ps in groups.values())
        + " |",
    ]
    best = {g: best_peer(rows, problems) for g, problems in groups.items()}
    ours = any(key[0] == OURS and key[2] == SIZE for key in rows)
    for name in peer_names(rows):
        cells = [_cell(rows, name, problems, bold=best[g][0] == name) for g, problems in groups.items()]
        if any(cell != "–" for cell in cells):
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines.append("| *best peer* | " + " | ".join(f"{best[g][1]:.3f}" for g in groups) + " |")
    if ours:
        for title, split in (("**kb.estimate**", None), ("held-out half", "held-out"), ("tuning half", "tuning")):
            cells = [_cell(rows, OURS, [p for p in ps if split in (None, p.split)]) for ps in groups.values()]
            lines.append(f"| {title} | " + " | ".join(cells) + " |")
        for split in ("held-out", "tuning"):
            halves = [[p for p in ps if p.split == split] for ps in groups.values()]
            lines.append(
                f"| *best peer, {split} half* | " + " | ".join(f"{best_peer(rows, ps)[1]:.3f}" for ps in halves) + " |"
            )
    lines += ["", "The best peer of each group:", ""]
    lines += [f"- {g}: {name}, {value:.3f}" for g, (name, value) in best.items()]
    lines += _each_problem(rows, ours)
    lines += _coverage(rows)
    lines += _large(rows)
    return "\n".join(lines) + "\n"


def _cell(rows: Mapping[Key, Row], method: str, problems: Sequence[Problem], *, bold: bool = False) -> str:
    mean, failed, absent = group_mean(rows, method, problems, SIZE)
    if absent == len(problems):
        return "–"
    faults = ", ".join(f"{k} {word}" for k, word in ((failed, "fail"), (absent, "none")) if k)
    if math.isnan(mean):
        return "fails"
    text = f"**{mean:.3f}**" if bold else f"{mean:.3f}" if mean < 10 else f"{mean:.3g}"
    return f"{text} ({faults})" if faults else text


def _each_problem(rows: Mapping[Key, Row], ours: bool) -> list[str]:
    head = "| problem | group | half | KL(P‖Q) | eff | best peer there | its RMSE |"
    lines = ["", "### Each problem, n = m = 1000", "", head + (" kb.estimate | bias |" if ours else "")]
    lines.append("|---" * (9 if ours else 7) + "|")
    for p in PROBLEMS:
        found = [(float(str(r["rmse"])), m) for (m, name, n), r in rows.items()
                 if name == p.name and n == SIZE and m != OURS and m[0] != "(" and r["rmse"] is not None
                 and float(str(r["failed"])) <= FAILS]  # fmt: skip
        least, name = min(found) if found else (math.nan, "–")
        eff = p.efficient_error(SIZE, SIZE)
        line = f"| {p.name} | {p.group} | {p.split} | {_number(p.truth)} | {_number(eff)} | {name} | {_number(least)} |"
        if ours:
            row = rows.get((OURS, p.name, SIZE), {})
            line += f" {_number(row.get('rmse'))} | {_number(row.get('bias'))} |"
        lines.append(line)
    return lines


def _repeats_of_ours(rows: Mapping[Key, Row]) -> str:
    found = {int(str(row["repeats"])) for (method, _, n), row in rows.items() if method == OURS and n == SIZE}
    return f" Of kb.estimate: {min(found)}." if found else ""


def _coverage(rows: Mapping[Key, Row]) -> list[str]:
    sizes = sorted({n for m, _, n in rows if m == OURS and n in (500, 2000)})
    lines: list[str] = []
    for n in sizes:
        found = [(p, rows[OURS, p.name, n]) for p in PROBLEMS if (OURS, p.name, n) in rows]
        finite = [(p, r) for p, r in found if math.isfinite(p.truth)]
        repeats = sorted({int(str(r["repeats"])) for _, r in found})
        lines += [
            "",
            f"### How often the intervals of kb.estimate hold, n = m = {n}",
            "",
            f"{repeats[0]} to {repeats[-1]} repeats. Two-sided, nominal 95 %: *coverage* where an interval was given,"
            " and how often it was; its median width over the efficient one. *Lower limit*, nominal 97.5 %: how often"
            " the truth lay above it.",
            "",
            "| problem | coverage | given | width | lower limit | seconds, median |",
            "|---|---|---|---|---|---|",
        ]
        for p, r in found:
            cells = [r["coverage"], r["given"], r["width"], r["lower"], r["median_seconds"]]
            lines.append(f"| {p.name} | " + " | ".join(_number(c) for c in cells) + " |")
        for name, key in (("coverage", "coverage"), ("given", "given"), ("width", "width"), ("lower limit", "lower")):
            values = [float(str(r[key])) for _, r in finite if r[key] is not None]
            if values:
                worst = max(values) if key == "width" else min(values)
                lines.append(f"\n{name}: mean {np.mean(values):.3f}, worst {worst:.3f}, over {len(values)} problems")
        for name, key, least in (("coverage", "coverage", 0.88), ("the lower limit", "lower", 0.96)):
            low = [p.name for p, r in finite if r[key] is not None and _below(r, key, least)]
            lines.append(f"\nsignificantly (1 %) below {least} in {name}: {', '.join(low) or 'none'}")
    return lines


def _below(row: Row, key: str, least: float) -> bool:
    """Whether so few hits are seen less than once in a hundred tables of this many repeats at `least`."""
    tried = round(float(str(row["repeats"])) * (float(str(row["given"])) if key == "coverage" else 1.0))
    hits = round(float(str(row[key])) * tried)
    return sum(math.comb(tried, k) * least**k * (1.0 - least) ** (tried - k) for k in range(hits + 1)) < 0.01


def _large(rows: Mapping[Key, Row]) -> list[str]:
    """The error at 10,000 rows over the efficient one, where there is one."""
    found = [
        (p, rows[OURS, p.name, LARGE], p.efficient_error(LARGE, LARGE))
        for p in PROBLEMS
        if (OURS, p.name, LARGE) in rows
    ]
    if not found:
        return []
    repeats = sorted({int(str(row["repeats"])) for _, row, _ in found})
    lines = [
        "",
        f"### Error of kb.estimate over the efficient limit, n = m = {LARGE}",
        "",
        f"Root mean squared error over *eff*, of {repeats[0]} to {repeats[-1]} repeats: of one problem, such a root is"
        f" known to about ± {50 / math.sqrt(repeats[0] / 2):.0f} %. Problems without an efficient limit are left out.",
        "",
        "| problem | eff | RMSE / eff | bias / eff | coverage | width | seconds, median |",
        "|---|---|---|---|---|---|---|",
    ]
    ratios: dict[str, list[float]] = {}
    for p, row, eff in found:
        if not 0.0 < eff < math.inf or row["rmse"] is None:
            continue
        ratio = float(str(row["rmse"])) / eff
        ratios.setdefault(p.group, []).append(ratio)
        cells = [eff, ratio, float(str(row["bias"])) / eff, row["coverage"], row["width"], row["median_seconds"]]
        lines.append(f"| {p.name} | " + " | ".join(_number(c) for c in cells) + " |")
    lines += ["", "| group | mean RMSE / eff |", "|---|---|"]
    lines += [f"| {group} | {np.mean(values):.2f} |" for group, values in ratios.items()]
    return lines


def _number(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    number = float(str(value))
    return "∞" if math.isinf(number) else f"{number:.3g}" if abs(number) >= 10 else f"{number:.3f}"


def write(docs: Path = DOCS, *, ours: bool = True) -> None:
    """Bring the JSON and the section up to date; the rest of the page stays."""
    page, data = docs / "calibration.md", docs / "calibration.json"
    kept = json.loads(data.read_text(encoding="utf-8"))["answers"] if data.exists() else []
    rows = collect(kept, ours=ours)
    problems = [
        {
            "name": p.name,
            "group": p.group,
            "split": p.split,
            **{k: str(v) if v in (math.inf, None) else v for k, v in asdict(p.known).items()},
        }
        for p in PROBLEMS
    ]
    text = ",\n".join(json.dumps(row) for row in rows.values())
    listed = ",\n".join(json.dumps(problem) for problem in problems)
    data.write_text(f'{{"problems": [\n{listed}\n], "answers": [\n{text}\n]}}\n', encoding="utf-8")
    before = page.read_text(encoding="utf-8").partition(HEADING)[0].rstrip()
    page.write_text(f"{before}\n\n{section(rows)}", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", action="store_true", help="run everything first")
    parser.add_argument("--resume", action="store_true", help="go on with an earlier run of kb.estimate")
    parser.add_argument("--peers-only", action="store_true", help="leave out what kb.estimate answered")
    parser.add_argument("--repeats", type=int, default=400, help="of the runs for coverage")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args(arguments)
    if given.run:
        run(given.repeats, given.jobs, resume=given.resume)
    write(ours=not given.peers_only)


if __name__ == "__main__":
    main()
