"""Measure how often intervals cover the truth and tests alarm falsely, and write docs/calibration.md.

    python benchmarks/calibrate.py --repeats 5000 --out docs/calibration.md

Counts are drawn from known shares, the public functions are run on them, and the truth is computed from the shares.
Every cell of a table has its own seed, so that any of them can be run again alone.
"""

from __future__ import annotations

import argparse
import datetime
import math
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kullback.divergences import chi2, hellinger, jeffreys, js, kl, tv
from kullback.estimators import binned_kolmogorov_smirnov, binned_wasserstein, plug_in
from kullback.intervals import Blocks, Independent, Weighted
from kullback.intervals.delta import expand
from kullback.special import normal_quantile
from kullback.testing import g_test

MEASURES = ("js", "kl", "jeffreys", "hellinger", "tv", "chi2", "ks", "w1")
DIVERGENCES = {"js": js, "kl": kl, "jeffreys": jeffreys, "hellinger": hellinger, "tv": tv, "chi2": chi2}
SIZES = {1: (2000, 2000), 50: (100_000, 2000), 1000: (1_000_000, 1000)}
EFFECTS = {"0": 0.0, "small": 0.1, "medium": 0.4, "large": 1.2}
CELLS = (5, 20, 100)
Z = normal_quantile(0.975)

LIMITS = (
    "",
    "Known limits, whatever the figures:",
    "",
    "- The allowance of 1.06 in the intervals of TV and W1 was set on this very grid; other shapes may need another.",
    "- KS is up to 1.3 times as wide as the delta method, which does not count the search for the maximum.",
    "- KS and W1 of cells that hold several values are wider by what the cells hide: those bounds are certain.",
    "- The weights here tell nothing of the cell. Blocks all have the same size, and there are at least 12.",
    "- KL, J and χ² at k = 100, m = 1000 hold repeats with an empty cell: infinite values, whose intervals have no"
    " upper end and so cover easily. Their lower ends are conservative by construction.",
    "- The upper end never falls below what an unremarkable draw gives under P = Q, so that coverage at effect 0 and"
    " small effects is above the nominal one.",
)


@dataclass
class Tally:
    """What the repeats of one setting gave, by measure: covered, missed below and above, widths."""

    covered: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    too_high: dict[str, int] = field(default_factory=dict)
    widths: dict[str, list[float]] = field(default_factory=dict)
    delta: dict[str, list[float]] = field(default_factory=dict)
    delta_covered: dict[str, list[bool]] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)
    truth: dict[str, float] = field(default_factory=dict)
    alarms: int = 0
    repeats: int = 0

    def add(self, name: str, truth: float, value: float, low: float, high: float, delta: float) -> None:
        """Count one interval."""
        self.seen[name] = self.seen.get(name, 0) + 1
        # Rounding in the truth is not a miss.
        slack = 1e-12 * max(1.0, truth)
        self.covered[name] = self.covered.get(name, 0) + (low - slack <= truth <= high + slack)
        self.too_high[name] = self.too_high.get(name, 0) + (low - slack > truth)
        self.widths.setdefault(name, []).append(high - low)
        self.delta.setdefault(name, []).append(delta)
        self.values.setdefault(name, []).append(value)
        self.truth[name] = truth


def shares(effect: float, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """P of unequal cells, and Q tilted from it by a smooth trend and an alternation of log-ratio ``effect``."""
    p = 1.0 / (np.arange(cells) + 0.25 * cells)
    p /= p.sum()
    t = np.linspace(-1.0, 1.0, cells)
    q = p * np.exp(effect * (0.7 * t + 0.3 * np.where(np.arange(cells) % 2, 1.0, -1.0)))
    return p, q / q.sum()


def one(setting: tuple[int, str, int, int]) -> tuple[tuple[int, str, int], Tally]:
    """Run the repeats of one setting of independent rows."""
    ratio, effect, cells, repeats = setting
    n, m = SIZES[ratio]
    p, q = shares(EFFECTS[effect], cells)
    rng = np.random.default_rng([ratio, list(EFFECTS).index(effect), cells])
    first, second = rng.multinomial(n, p, repeats), rng.multinomial(m, q, repeats)
    tally = Tally(repeats=repeats)
    truths = {name: float(d(p, q)) for name, d in DIVERGENCES.items()}
    difference = np.abs(np.cumsum(p) - np.cumsum(q))
    edges = np.arange(float(cells))
    # Cells of a single value each: nothing is hidden in the cells, so the interval is one of sampling error alone.
    atoms = np.ones(cells, bool)
    truths |= {"ks": float(difference.max()), "w1": float(difference[:-1].sum())}
    extent = (0.0, cells - 1.0)
    ranges = {"p_range": extent, "q_range": extent, "atoms": np.ones(cells + 1, bool)}
    for repeat, (a, b) in enumerate(zip(first, second, strict=True)):
        x, y = Independent(a), Independent(b)
        for name, divergence in DIVERGENCES.items():
            found = plug_in(divergence, x, y)
            half = math.nan
            if repeat < 500:
                half = Z * math.sqrt(expand(divergence, x, y).variance)
                if name == "hellinger":
                    half = half / (2.0 * found.diagnostics["plug-in"]) if found.diagnostics["plug-in"] > 0.0 else 0.0
                inside = abs(found.diagnostics["plug-in"] - truths[name]) <= half
                tally.delta_covered.setdefault(name, []).append(inside)
            tally.add(name, truths[name], found.value, found.low, found.high, 2.0 * half)
        found = binned_kolmogorov_smirnov(x, y, atoms=atoms)
        f, g = np.cumsum(x.shares), np.cumsum(y.shares)
        i = int(np.argmax(np.abs(f - g)))
        sd = math.sqrt(f[i] * (1.0 - f[i]) / n + g[i] * (1.0 - g[i]) / m)
        tally.add("ks", truths["ks"], found.value, found.low, found.high, 2.0 * Z * sd)
        found = binned_wasserstein(*(Independent(np.append(side.counts, 0.0)) for side in (x, y)), edges, **ranges)
        slope = np.cumsum(np.sign(f - g)[:-1][::-1])[::-1]
        gradient = np.append(slope, 0.0)
        sd = math.sqrt(x.variance(gradient) + y.variance(gradient))
        tally.add("w1", truths["w1"], found.value, found.low, found.high, 2.0 * Z * sd)
        tally.alarms += g_test(x, y).p_value < 0.05
    return (ratio, effect, cells), tally


def blocks_of(rng: np.random.Generator, p: np.ndarray, blocks: int, size: int, correlation: float) -> np.ndarray:
    """Counts of blocks whose own shares vary about p as a Dirichlet law with that correlation within a block."""
    concentration = (1.0 - correlation) / correlation
    own = rng.dirichlet(concentration * p, blocks)
    return rng.multinomial(size, own)


def designed(setting: tuple[str, str, int, int, int]) -> tuple[tuple[str, str, int, int], tuple[Tally, Tally]]:
    """Run one setting of blocks or weights: with the design, and as if the rows were independent."""
    design, effect, cells, blocks, repeats = setting
    p, q = shares(EFFECTS[effect], cells)
    rng = np.random.default_rng([len(design), list(EFFECTS).index(effect), cells, blocks])
    truths = {name: float(DIVERGENCES[name](p, q)) for name in ("js", "hellinger", "tv")}
    truths["ks"] = float(np.abs(np.cumsum(p) - np.cumsum(q)).max())
    tallies = Tally(), Tally()
    for repeat in range(repeats):
        if design == "blocks":
            pair = [blocks_of(rng, shares_, blocks, 200, 0.02) for shares_ in (p, q)]
            with_design = [Blocks(matrix) for matrix in pair]
            without = [Independent(matrix.sum(axis=0)) for matrix in pair]
        else:
            with_design, without = [], []
            for shares_, rows in ((p, 20_000), (q, 4000)):
                # Half of the rows have weight 1, half 5; the weight tells nothing of the cell.
                light, heavy = rng.multinomial(rows // 2, shares_), rng.multinomial(rows // 2, shares_)
                with_design.append(Weighted(light + 5.0 * heavy, light + 25.0 * heavy, rows))
                without.append(Independent((light + 5.0 * heavy) * (rows / (3.0 * rows))))
        for tally, sides in zip(tallies, (with_design, without), strict=True):
            if without is sides and repeat >= 500:
                continue
            x, y = sides
            for name in ("js", "hellinger", "tv"):
                found = plug_in(DIVERGENCES[name], x, y)
                tally.add(name, truths[name], found.value, found.low, found.high, math.nan)
            found = binned_kolmogorov_smirnov(x, y, atoms=np.ones(cells, bool))
            tally.add("ks", truths["ks"], found.value, found.low, found.high, math.nan)
            tally.alarms += g_test(x, y).p_value < 0.05
            tally.repeats += 1
    return (design, effect, cells, blocks), tallies


def percent(count: int, of: int) -> str:
    """A share in per cent with one digit."""
    return f"{100.0 * count / of:.1f}"


def write(
    independent: dict[tuple[int, str, int], Tally],
    designs: dict[tuple[str, str, int, int], tuple[Tally, Tally]],
    repeats: int,
    seconds: float,
) -> str:
    """The page."""
    error = 100.0 * math.sqrt(0.05 * 0.95 / repeats)
    lines = [
        "# Calibration: how often the intervals cover and the test alarms",
        "",
        f"Written by `benchmarks/calibrate.py` on {datetime.date.today().isoformat()}: {repeats} repeats per setting,"
        f" so a share of 95 % is known to ± {2 * error:.1f} (two standard errors); {seconds / 60:.0f} minutes.",
        "The seed of a setting is its row: `numpy.random.default_rng([ratio, effect, cells])` with the effect's index.",
        "",
        "Counts of k cells are drawn from known shares P (n rows) and Q (m rows). Q is P tilted by log-ratios of 0,"
        " 0.1, 0.4 and 1.2 (effects 0, small, medium, large). Intervals are nominally 95 %. Each entry is *coverage in"
        " %* / *median width relative to the delta method's*; the latter means nothing at effect 0, where the delta"
        " method fails, and is left out. Cells are not merged. For KS and W1 each cell holds one value, so that their"
        " intervals are of sampling error alone.",
        "",
        "| n, m | effect | k | least expected | JS truth | " + " | ".join(MEASURES) + " | G test alarms % |",
        "|---|---|---|---|---|" + "---|" * (len(MEASURES) + 1),
    ]
    for (ratio, effect, cells), tally in sorted(independent.items(), key=lambda item: (item[0][0], item[0][2])):
        n, m = SIZES[ratio]
        least = min(min(n * share, m * other) for share, other in zip(*shares(EFFECTS[effect], cells), strict=True))
        entries: list[str] = []
        for name in MEASURES:
            text = percent(tally.covered[name], tally.seen[name])
            delta = float(np.nanmedian(tally.delta[name]))
            if effect != "0" and delta > 0.0:
                text += f" / {np.median(tally.widths[name]) / delta:.2f}"
            entries.append(text)
        lines.append(
            f"| {n}, {m} | {effect} | {cells} | {least:.1f} | {tally.truth['js']:.2g} | "
            + " | ".join(entries)
            + f" | {percent(tally.alarms, tally.repeats)} |"
        )
    lines += [
        "",
        "## Rows that are not independent, or weighted",
        "",
        "*Blocks*: B blocks of 200 rows on each side, whose own shares vary with a correlation of 0.02 within a block"
        " (design effect 5), as days or users do. *Weights*: 20 000 and 4000 rows, half with weight 1 and half with 5"
        " (design effect 1.44). Each entry is coverage with the design / as if rows were independent (500 repeats).",
        "",
        "| design | effect | k | js | hellinger | tv | ks | G test alarms % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (design, effect, cells, blocks), (known, naive) in sorted(designs.items()):
        title = f"{blocks} blocks" if design == "blocks" else "weights"
        entries = [
            f"{percent(known.covered[name], known.seen[name])} / {percent(naive.covered[name], naive.seen[name])}"
            for name in ("js", "hellinger", "tv", "ks")
        ]
        alarms = f"{percent(known.alarms, known.repeats)} / {percent(naive.alarms, naive.repeats)}"
        lines.append(f"| {title} | {effect} | {cells} | {' | '.join(entries)} | {alarms} |")
    lines += ["", "## What falls short", "", *shortfalls(independent, designs), *LIMITS]
    return "\n".join(lines) + "\n"


def shortfalls(
    independent: dict[tuple[int, str, int], Tally], designs: dict[tuple[str, str, int, int], tuple[Tally, Tally]]
) -> list[str]:
    """Every entry outside of what is promised, in words."""
    lines: list[str] = []
    for (ratio, effect, cells), tally in independent.items():
        for name in MEASURES:
            coverage = tally.covered[name] / tally.seen[name]
            where = f"n/m = {ratio}, effect {effect}, k = {cells}"
            if coverage < 0.93:
                over = tally.too_high[name] / tally.seen[name]
                lines.append(f"- {name}, {where}: covers {100 * coverage:.1f} % (too high: {100 * over:.1f} %).")
            delta = float(np.nanmedian(tally.delta[name]))
            wide = float(np.median(tally.widths[name])) / delta if delta > 0.0 else 1.0
            if effect in ("medium", "large") and wide > 1.3:
                line = f"- {name}, {where}: {wide:.2f} times as wide as the delta method"
                if name in tally.delta_covered:
                    line += f", which covers {100 * np.mean(tally.delta_covered[name]):.0f} % there"
                lines.append(f"{line}.")
        if effect == "0" and not 0.04 <= tally.alarms / tally.repeats <= 0.06:
            share = percent(tally.alarms, tally.repeats)
            lines.append(f"- G test, n/m = {ratio}, k = {cells}: false alarms {share} % instead of 5.")
    for (design, effect, cells, blocks), (tally, _) in sorted(designs.items()):
        where = f"{blocks} blocks" if design == "blocks" else "weights"
        for name in ("js", "hellinger", "tv", "ks"):
            coverage = tally.covered[name] / tally.seen[name]
            if coverage < 0.93:
                lines.append(f"- {name}, {where}, effect {effect}, k = {cells}: covers {100 * coverage:.1f} %.")
        if effect == "0" and not 0.035 <= tally.alarms / tally.repeats <= 0.065:
            share = percent(tally.alarms, tally.repeats)
            lines.append(f"- G test, {where}, k = {cells}: false alarms {share} % instead of 5.")
    return lines or ["Nothing: every coverage is at least 93 % and every width within 1.3."]


def main(arguments: Iterable[str] | None = None) -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5000)
    parser.add_argument("--out", type=Path, default=Path("docs/calibration.md"))
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(None if arguments is None else list(arguments))
    begin = time.perf_counter()
    grid = [(ratio, effect, cells, options.repeats) for ratio in SIZES for effect in EFFECTS for cells in CELLS]
    plans = [
        ("blocks", effect, cells, blocks, options.repeats)
        for effect in ("0", "small", "large")
        for cells in (5, 20)
        for blocks in (12, 60)
    ] + [("weights", effect, cells, 0, options.repeats) for effect in ("0", "small", "large") for cells in (5, 20)]
    with ProcessPoolExecutor(options.workers) as pool:
        independent = dict(pool.map(one, grid))
        designs = dict(pool.map(designed, plans))
    page = write(independent, designs, options.repeats, time.perf_counter() - begin)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    # The section on estimation is written by tests/calibration/tables.py.
    before = options.out.read_text(encoding="utf-8") if options.out.exists() else ""
    _, heading, section = before.partition("\n## Estimation from samples")
    options.out.write_text(page + heading + section, encoding="utf-8")
    print(page[page.index("## What falls short") :])


if __name__ == "__main__":
    main()
