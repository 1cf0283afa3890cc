"""Measure the accuracy and write docs/accuracy.md: python -m tests.truth.measure [--page].

The worst relative error over the catalogue and the grid (grid.py, large.py), by array library, dtype and group of
pairs. What is measured lies in docs/accuracy.json; `--page` only writes the page again from that.
"""

import argparse
import datetime
import json
import platform
import warnings
from pathlib import Path

import numpy as np

from kullback.divergences import catalogue, chi2, hellinger, js, kl, renyi, tv
from tests.backends.libraries import LIBRARIES, NUMPY
from tests.backends.stacks import errors, stacks
from tests.truth import large
from tests.truth.exact import truth_of
from tests.truth.grid import MIXTURES
from tests.truth.large import KINDS

DOCS = Path(__file__).resolve().parents[2] / "docs"
MEASURED, PAGE = DOCS / "accuracy.json", DOCS / "accuracy.md"
JITTED = (kl, js, tv, hellinger, chi2, renyi(0.3))
PROMISED = {"float64": 1e-13, "float32": 1e-5, "float16": 1e-5, "bfloat16": 1e-5}


def worst_of(found, group, error, where):
    if error >= found.get(group, (-1.0, ""))[0]:
        found[group] = (float(error), where)


def short_pairs(library, dtype, every):
    """Return the worst error and where, by group of short pairs."""
    found = {}
    for stack in stacks(dtype, every):
        for divergence in catalogue:
            value = library.back(divergence(*stack.known(library.make)))
            error = errors(value, stack.truths(divergence), library.answers_in(dtype), library.subnormal)
            worst = int(np.argmax(error))
            worst_of(found, stack.group, error[worst], f"{divergence!r} of {stack.pairs[worst].name}")
    return found


def jitted(library, dtype):
    """Return the same for what JAX traces: a few members, seven outcomes."""
    import jax

    found = {}
    for stack in stacks(dtype):
        if stack.group not in ("probabilities", "logits") or stack.pairs[0].p.size != 7:
            continue
        p, q = (known.values for known in stack.known(library.make))
        wrap = KINDS[stack.kinds[0]]
        for divergence in JITTED:
            value = library.back(jax.jit(lambda a, b, d=divergence, w=wrap: d(w(a), w(b)))(p, q))
            truths = stack.truths(divergence)
            # Compiled without float64, equal distributions are 1e-32 apart: the page says so.
            value = np.where(
                (truths == 0.0) & (value < 1e-15 if divergence in (tv, hellinger) else value < 1e-30), 0.0, value
            )
            error = errors(value, truths, library.answers_in(dtype), library.subnormal)
            worst = int(np.argmax(error))
            worst_of(found, stack.group, error[worst], f"{divergence!r} of {stack.pairs[worst].name}")
    return found


def mixtures():
    found = {}
    for pair in MIXTURES:
        known = large.known(pair)
        for divergence in catalogue:
            value = np.float64(divergence(*known))
            error = errors(value, np.float64(truth_of(divergence, pair)), "float64")
            worst_of(found, "mixed kinds", float(error), f"{divergence!r} of {pair.name}")
    return found


def long_pairs():
    """Return, by dtype, the worst error of NumPy by size, over the cases whose truth is stored."""
    found = {}
    for case in large.CASES:
        entry = large.truths().get(case.name, {"truths": {}})
        p, q = large.known(case)
        dtype = "float64" if case.dtype in ("float64", "int64") else case.dtype
        for divergence in large.asked_of(case):
            if repr(divergence) in entry["truths"]:
                truth = np.float64(entry["truths"][repr(divergence)])
                error = errors(np.float64(divergence(p, q)), truth, NUMPY.answers_in(dtype))
                where = f"{divergence!r} of {case.name}"
                worst_of(found.setdefault(dtype, {}), f"{case.size:,} outcomes".replace(",", " "), float(error), where)
    return found


def measured(every):
    rows = []

    def add(name, dtype, found):
        rows.append({"library": name, "dtype": dtype, "worst": {group: list(one) for group, one in found.items()}})
        print(name, dtype, {group: f"{one[0]:.1e}" for group, one in found.items()}, flush=True)

    for library in LIBRARIES:
        with library.setting(), np.errstate(all="ignore"):
            for dtype in library.dtypes:
                add(library.name, dtype, short_pairs(library, dtype, 1 if library is NUMPY else every))
                if library.name.startswith("jax") and dtype in ("float64", "float32"):
                    add(f"{library.name}, under jit", dtype, jitted(library, dtype))
            if library is NUMPY:
                add("numpy", "float64", mixtures())
                for dtype, found in long_pairs().items():
                    add("numpy", dtype, found)
    return {
        "date": datetime.date.today().isoformat(),
        "machine": platform.machine(),
        "versions": versions(),
        "members": len(catalogue),
        "rows": rows,
    }


def versions():
    from importlib.metadata import version

    names = {"numpy": "numpy", "torch": "torch", "jax": "jax", "array-api-strict": "array-api-strict", "cupy": "cupy"}
    present = {library.name.split()[0] for library in LIBRARIES}
    return {name: version(package) for name, package in names.items() if name in present}


def table(measured):
    lines = ["| library | dtype | kind | promised | worst measured | where |\n", "|---|---|---|---|---|---|\n"]
    for row in measured["rows"]:
        for group, (error, where) in row["worst"].items():
            shown = "0" if error == 0.0 else f"{error:.1e}"
            lines.append(f"| {row['library']} | {row['dtype']} | {group} | {promise(row)} | {shown} | {where} |\n")
    return "".join(lines)


def promise(row):
    """Return the relative error that docs/design.md promises."""
    return f"{PROMISED[row['dtype']]:.0e}".replace("e-0", "e-")


def summary(measured):
    """Return the table at the top: the worst of each library and dtype."""
    lines = ["| library | input | answer | promised | worst measured |\n", "|---|---|---|---|---|\n"]
    worst = {}
    for row in measured["rows"]:
        key = (row["library"], row["dtype"], promise(row))
        worst[key] = max(worst.get(key, 0.0), *(error for error, _ in row["worst"].values()))
    for (library, dtype, promised), error in worst.items():
        answer = "float64" if dtype == "float64" else "float32"
        lines.append(f"| {library} | {dtype} | {answer} | {promised} | {error:.1e} |\n")
    return "".join(lines)


def page(measured):
    text = (Path(__file__).with_name("accuracy.md")).read_text(encoding="utf-8")
    named = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    return text.format(
        summary=summary(measured),
        table=table(measured),
        where=f"on {measured['date']}, {measured['machine']}, {named}; {measured['members']} members of the catalogue",
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help="write the page from what was measured before")
    parser.add_argument("--every", type=int, default=3, help="in other libraries than NumPy, every so many pairs")
    options = parser.parse_args()
    if not options.page:
        warnings.simplefilter("ignore")
        MEASURED.write_text(json.dumps(measured(options.every), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(MEASURED.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
