"""Compute what is missing in large.json: python -m tests.truth.make_large [--workers 2] [--only TEXT].

The textbook of each member of the catalogue, on the numbers as stored, with MPFR (gmpy2) in the place of mpmath: the
same functions to the same 63 digits, twenty times as fast. Before anything is computed the two are compared on the
first outcomes of every case. Needs gmpy2; the tests do not.
"""

import argparse
import gc
import json
import multiprocessing
import time

import gmpy2
import mpmath
import numpy as np

from tests.truth.large import CASES, TRUTHS, asked_of, checksum
from tests.truth.large import known as known_of

BITS = 210  # 63 digits: P and Q 1e-14 apart leave 1e-28, of which 25 digits are kept
KEPT = 25


class Textbook:
    """The part of mpmath's `mp` that textbooks use, computed by MPFR."""

    inf = gmpy2.mpfr("inf")
    one = gmpy2.mpfr(1)
    zero = gmpy2.mpfr(0)
    mpf = staticmethod(gmpy2.mpfr)
    log = ln = staticmethod(gmpy2.log)
    log1p = staticmethod(gmpy2.log1p)
    exp = staticmethod(gmpy2.exp)
    expm1 = staticmethod(gmpy2.expm1)
    sqrt = staticmethod(gmpy2.sqrt)
    power = staticmethod(lambda x, y: x**y)
    fabs = staticmethod(abs)

    @staticmethod
    def fsum(terms):
        terms = list(terms)
        if any(gmpy2.is_infinite(term) for term in terms):
            return sum(terms)
        return gmpy2.fsum(terms)


def masses(known):
    """Return the normalised masses of an input kind, as MPFR numbers."""
    numbers = [gmpy2.mpfr(x) for x in np.asarray(known.values).tolist()]
    if known.scale == "log":
        top = max(numbers)
        numbers = [gmpy2.exp(x - top) for x in numbers]
    whole = gmpy2.fsum(numbers)
    return [x / whole for x in numbers]


def decimal(value):
    return "inf" if gmpy2.is_infinite(value) else f"{value:.{KEPT - 1}e}"


def compared(divergence, p, q):
    """Raise unless MPFR and mpmath agree on a short pair."""
    p, q = ([x / gmpy2.fsum(some) for x in some] for some in (p, q))
    ours = divergence.textbook(p, q, Textbook)
    with mpmath.mp.workprec(BITS):
        theirs = divergence.textbook(
            [mpmath.mpf(f"{x:.70e}") for x in p], [mpmath.mpf(f"{x:.70e}") for x in q], mpmath.mp
        )
        same = mpmath.mpf(decimal(ours))
        if not (same == theirs or abs(same - theirs) <= abs(theirs) * mpmath.mpf(10) ** -20 + mpmath.mpf(10) ** -58):
            raise ArithmeticError(f"{divergence!r}: {same} and {theirs}")


def work(name):
    """Return the truths of a case that are not there yet, one at a time."""
    case = next(case for case in CASES if case.name == name)
    gmpy2.get_context().precision = BITS
    gmpy2.get_context().emin, gmpy2.get_context().emax = gmpy2.get_emin_min(), gmpy2.get_emax_max()
    arrays = case.arrays()
    found = json.loads(TRUTHS.read_text(encoding="utf-8")).get(name, {}) if TRUTHS.exists() else {}
    entry = {"size": case.size, "seed": case.seed, "checksum": checksum(*arrays), "truths": {}}
    if found.get("checksum") == entry["checksum"]:
        entry["truths"] = found["truths"]
    asked = {repr(divergence) for divergence in asked_of(case)}
    entry["truths"] = {name: value for name, value in entry["truths"].items() if name in asked}
    missing = [divergence for divergence in asked_of(case) if repr(divergence) not in entry["truths"]]
    gc.disable()  # millions of numbers and no cycles
    if missing:
        p, q = (masses(x) for x in known_of(case))
        both = [(a, b) for a, b in zip(p, q, strict=True) if a > 0 and b > 0][:5]
        for divergence in missing:
            start = time.perf_counter()
            try:
                compared(divergence, *([pair[i] for pair in both] for i in (0, 1)))
                entry["truths"][repr(divergence)] = decimal(divergence.textbook(p, q, Textbook))
            except (AttributeError, TypeError, ValueError) as error:
                # A textbook that asks for more than `Textbook` has is given mpmath itself.
                if case.size > 200_000:
                    print(f"{name}: {divergence!r} is left out: {error!r}", flush=True)
                    continue
                with mpmath.mp.workprec(BITS):
                    lists = ([mpmath.mpf(f"{x:.70e}") for x in some] for some in (p, q))
                    value = divergence.textbook(*lists, mpmath.mp)
                    entry["truths"][repr(divergence)] = "inf" if mpmath.isinf(value) else mpmath.nstr(value, KEPT)
            print(f"{time.perf_counter() - start:6.1f} s  {name}  {divergence!r}", flush=True)
    return name, entry


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    options = parser.parse_args()
    names = [case.name for case in sorted(CASES, key=lambda case: case.size) if options.only in case.name]
    found = json.loads(TRUTHS.read_text(encoding="utf-8")) if TRUTHS.exists() else {}
    with multiprocessing.get_context("spawn").Pool(options.workers, maxtasksperchild=1) as pool:
        for name, entry in pool.imap_unordered(work, names):
            found[name] = entry
            kept = {case.name: found[case.name] for case in CASES if case.name in found}
            # Renamed into place, because workers read it meanwhile.
            unfinished = TRUTHS.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            unfinished.replace(TRUTHS)


if __name__ == "__main__":
    main()
