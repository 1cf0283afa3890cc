"""Comparisons made by hand: every kind of column, every section, names nobody would choose."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy

from kullback.comparison import (
    Bar,
    Cell,
    Comparison,
    Difference,
    Fact,
    GateResult,
    JointDifference,
    PairDifference,
    Retyped,
    SchemaDifference,
    Side,
    Verdict,
)
from kullback.estimate import Estimate

MARGIN = 0.01
ROWS = (336_776, 182_204)
HOSTILE = (
    "<script>alert('x')</script>",
    '"><img src=x onerror=alert(1)>',
    "pipe | and `tick` and {{ jinja }} {% raw %}",
    "line\nbreak\x1b[31m\u202eright to left",
    "prénom_du_passager_λ_日本語_🛫",
    "a_really_long_column_name_" * 8,
    "]]> &amp; </style> </textarea>",
    "@everyone #1 *bold* _it_ [link](http://example.com)",
)


def js(p: numpy.ndarray, q: numpy.ndarray) -> numpy.ndarray:
    """Return the contributions to the JS of two vectors of shares."""
    middle = (p + q) / 2
    with numpy.errstate(divide="ignore", invalid="ignore"):
        terms = numpy.where(p > 0, p * numpy.log(p / middle), 0.0) + numpy.where(q > 0, q * numpy.log(q / middle), 0.0)
    return terms / 2


def kl(p: numpy.ndarray, q: numpy.ndarray) -> float:
    """Return KL(p‖q)."""
    if ((p > 0) & (q == 0)).any():
        return math.inf
    keep = p > 0
    return float((p[keep] * numpy.log(p[keep] / q[keep])).sum())


def _estimate(value: float, symbol: str, direction: str = "P‖Q", unit: str = "nats") -> Estimate:
    width = 0.12 * value + 4e-4 if math.isfinite(value) else math.inf
    low = max(0.0, value - width) if math.isfinite(value) else 1.5
    return Estimate(
        value, low, value + width, divergence=symbol, direction=direction, unit=unit, method="counts", sizes=ROWS
    )


def difference(name: str, kind: str, shift: float, cells: int = 20, seed: int = 0) -> Difference:
    """Return one column whose current data moved by ``shift``."""
    rng = numpy.random.default_rng(seed)
    at = numpy.linspace(-2.5, 2.5, cells)
    if kind in {"numeric", "datetime", "text"}:
        p = numpy.exp(-((at + 0.3) ** 2) / 1.6) + 0.25 * numpy.exp(-((at - 1.6) ** 2) / 0.2) * rng.random()
        moved = at - shift
        q = numpy.exp(-((moved + 0.3) ** 2) / 1.6) + 0.25 * numpy.exp(-((moved - 1.6) ** 2) / 0.2) * rng.random()
    else:
        p = numpy.sort(rng.dirichlet(numpy.full(cells, 1.2)))[::-1].copy()
        q = p * numpy.exp(shift * rng.normal(size=cells))
    if abs(shift) > 1.5:
        q[0] = 0.0
    p, q = p / p.sum(), q / q.sum()
    edges = numpy.linspace(0.0, 1400.0, cells + 1)
    if kind == "numeric":
        labels = [f"[{a:g}, {b:g})" for a, b in itertools.pairwise(edges)]
    elif kind == "datetime":
        labels = [f"2013-{1 + 12 * i // cells:02}-{1 + i % 27:02}" for i in range(cells)]
    elif kind == "boolean":
        labels = ["true", "false", "null"][:cells]
    else:
        labels = [f"category {chr(65 + i % 26)}{i // 26 or ''} of the airline" for i in range(cells)]
    contributions = js(p, q)
    value = float(contributions.sum())
    low, high = max(0.0, 0.88 * value - 4e-4), 1.12 * value + 4e-4
    verdict = Verdict.DRIFT if low > MARGIN else Verdict.STABLE if high < MARGIN else Verdict.UNSURE
    ranged = kind in {"numeric", "datetime"}
    bars = [
        Bar(
            label,
            round(float(a), 6),
            round(float(b), 6),
            float(edges[i]) if ranged else None,
            float(edges[i + 1]) if ranged else None,
        )
        for i, (label, a, b) in enumerate(zip(labels, p, q, strict=True))
    ]
    if ranged:
        bars.append(Bar("null", 0.02, 0.02 + 0.01 * abs(shift)))
    tv = float(abs(p - q).sum() / 2)
    measures = {
        "js": dataclasses.replace(_estimate(value, "JS"), low=low, high=high),
        "kl": _estimate(kl(p, q), "KL"),
        "kl_reverse": _estimate(kl(q, p), "KL", "Q‖P"),
        "jeffreys": _estimate(kl(p, q) + kl(q, p), "Jeffreys"),
        "hellinger": _estimate(math.sqrt(float(((p**0.5 - q**0.5) ** 2).sum()) / 2), "Hellinger", "P, Q", ""),
        "tv": _estimate(tv, "TV", "P, Q", ""),
    }
    if ranged:
        measures["ks"] = _estimate(float(abs(numpy.cumsum(p - q)).max()), "KS", "P, Q", "")
        measures["wasserstein"] = _estimate(float(abs(numpy.cumsum(p - q)).sum()) * 70.0, "W₁", "P, Q", "")
        facts = [
            Fact("mean", float((p * at).sum() * 280 + 700), float((q * at).sum() * 280 + 700)),
            Fact("median", 688.0, 688.0 + 210 * shift),
            Fact("shift of the 90 % quantile", None, 140.0 * shift),
            Fact("nulls", 0.02, 0.02 + 0.01 * abs(shift)),
        ]
    else:
        measures["new_mass"] = _estimate(0.013 * abs(shift), "new mass", "", "")
        measures["vanished_mass"] = _estimate(0.004 * abs(shift), "vanished mass", "", "")
        facts = [Fact("categories", float(cells), float(cells + 2)), Fact("most frequent", labels[0], labels[-1])]
    cell_rows = [
        Cell(label, float(round(a * ROWS[0])), float(round(b * ROWS[1])), float(c))
        for label, a, b, c in zip(labels, p, q, contributions, strict=True)
    ]
    return Difference(
        name=name,
        kind=kind,
        of="js",
        measures=measures,
        verdict=verdict,
        margin=MARGIN,
        p_value=1e-12 if value > 1e-4 else 0.4,
        q_value=1e-11 if value > 1e-4 else 0.61,
        rows_to_settle=3.2 if verdict is Verdict.UNSURE else None,
        cells=tuple(cell_rows),
        bars=tuple(bars),
        facts=tuple(facts),
        appeared=(("OO", 1234.0), ("Transcontinental & Western <b>", 87.0)) if not ranged and shift > 0.5 else (),
        vanished=(("HA", 342.0),) if not ranged and shift > 0.5 else (),
        notes=("cells were cut from the reference",) if seed % 7 == 3 else (),
    )


_NAMES = (
    ("dep_delay", "numeric"),
    ("carrier", "categorical"),
    ("time_hour", "datetime"),
    ("air_time", "numeric"),
    ("dest", "categorical"),
    ("cancelled", "boolean"),
    ("tail_number", "text"),
    ("distance", "numeric"),
    ("origin", "categorical"),
    ("arr_delay", "numeric"),
    ("wind_speed_at_departure_kilometres_per_hour", "numeric"),
    ("visibility", "numeric"),
    ("precipitation", "numeric"),
    ("aircraft_type", "categorical"),
    ("seats", "numeric"),
    ("engine", "categorical"),
    ("sched_arr_time", "datetime"),
    ("is_international", "boolean"),
    ("remarks", "text"),
    ("flight", "numeric"),
)
_SHIFTS = (
    0.9,
    0.8,
    2.0,
    0.42,
    0.3,
    0.28,
    0.25,
    0.1,
    0.02,
    0.3,
    0.05,
    0.0,
    0.01,
    0.1,
    0.03,
    0.22,
    0.04,
    0.05,
    0.02,
    0.01,
)


def columns(count: int = 20) -> tuple[Difference, ...]:
    """Return ``count`` columns of all kinds."""
    made: list[Difference] = []
    for i in range(count):
        name, kind = _NAMES[i % len(_NAMES)]
        again = i // len(_NAMES)
        cells = {"boolean": 3, "categorical": 12, "text": 10}.get(kind, 20)
        shift = _SHIFTS[i % len(_SHIFTS)] / (1 + again)
        made.append(difference(name if not again else f"{name}_{again}", kind, shift, cells, seed=i))
    return tuple(made)


def comparison(count: int = 20) -> Comparison:
    """Return a comparison with every section but segments."""
    return Comparison(
        reference=Side("flights-2013-first-half.parquet", ROWS[0]),
        current=Side("flights-2013-second-half.parquet", ROWS[1]),
        of="js",
        margin=MARGIN,
        level=0.95,
        differences=columns(count),
        schema=SchemaDifference(
            added=("gate",),
            removed=("runway",),
            retyped=(
                Retyped("flight", "int64", "string", "numeric"),
                Retyped("remarks", "string", "list<item: string>"),
            ),
            skipped={"crew": "a list column has no single value per row"},
        ),
        joint=JointDifference(
            bound=Estimate(
                0.31, 0.292, math.log(2), divergence="JS", method="pair counts", sizes=ROWS, notes=("Bonferroni",)
            ),
            source="dep_delay × carrier",
            pairs=(
                PairDifference("dep_delay", "carrier", _estimate(0.31, "JS"), 0.043),
                PairDifference("time_hour", "wind_speed_at_departure_kilometres_per_hour", _estimate(0.2, "JS"), 0.011),
                PairDifference("dest", "distance", _estimate(0.06, "JS"), 0.0009),
            ),
            tree=0.41,
            classifier=Estimate(0.36, 0.34, 0.38, divergence="JS", method="gradient boosting", sizes=(50_000, 50_000)),
            shares={"dep_delay": 0.2, "carrier": 0.11, "time_hour": 0.06, "dest": -0.01},
            notes=("pairs were counted on 8 × 8 cells",),
        ),
        gates=(
            GateResult("js>0.05", ("dep_delay", "time_hour"), ("dep_delay: 0.0871 > 0.05", "time_hour: 0.318 > 0.05")),
            GateResult("new_mass>0.1"),
        ),
        notes=("rows with a duplicated key were counted twice",),
        created="2026-03-14 09:26 UTC",
        version="0.1.0",
    )


def hostile() -> Comparison:
    """Return a comparison in which every text that comes from data is an attack or an accident."""
    kinds = ("numeric", "categorical", "boolean", "datetime", "text", "categorical", "numeric", "text")
    made: list[Difference] = []
    for i, (name, kind) in enumerate(zip(HOSTILE, kinds, strict=True)):
        one = difference(name, kind, 0.8 - 0.1 * i, 3 if kind == "boolean" else 12, seed=i)
        made.append(
            dataclasses.replace(
                one,
                cells=tuple(dataclasses.replace(c, label=HOSTILE[j % 8]) for j, c in enumerate(one.cells)),
                bars=tuple(dataclasses.replace(b, label=HOSTILE[j % 8]) for j, b in enumerate(one.bars)),
                appeared=tuple((text, 10.0) for text in HOSTILE),
                facts=(*one.facts, Fact(HOSTILE[0], HOSTILE[1], HOSTILE[2])),
                current_name=HOSTILE[(i + 1) % 8],
                notes=HOSTILE,
            )
        )
    return dataclasses.replace(
        comparison(0),
        reference=Side(HOSTILE[0], 10),
        current=Side(HOSTILE[5], 1),
        differences=tuple(made),
        schema=SchemaDifference(HOSTILE, HOSTILE, (Retyped(*HOSTILE[:4]),), dict(zip(HOSTILE, HOSTILE, strict=True))),
        joint=JointDifference(
            _estimate(0.1, "JS"), HOSTILE[0], (PairDifference(HOSTILE[0], HOSTILE[5], _estimate(0.1, "JS"), 0.01),)
        ),
        segments={name: dataclasses.replace(comparison(0), differences=tuple(made)) for name in HOSTILE[:3]},
        segmented_by=HOSTILE[1],
        gates=(GateResult(HOSTILE[2], HOSTILE, HOSTILE),),
        notes=HOSTILE,
        created=HOSTILE[3],
        version=HOSTILE[0],
    )


def segmented() -> Comparison:
    """Return a comparison with three segments of different verdicts."""
    whole = comparison(20)
    parts = {
        "EWR": columns(20),
        "JFK": tuple(d for d in columns(20) if d.verdict is not Verdict.DRIFT),
        "LGA": tuple(d for d in columns(20) if d.verdict is Verdict.STABLE),
    }
    segments = {
        name: dataclasses.replace(
            whole, differences=part, joint=None, gates=(), reference=Side(name, 112_000), current=Side(name, 61_000)
        )
        for name, part in parts.items()
    }
    return dataclasses.replace(whole, segments=segments, segmented_by="origin")


def stable() -> Comparison:
    """Return a comparison in which nothing moved."""
    return dataclasses.replace(
        comparison(0),
        differences=tuple(difference(name, kind, 0.0, 3, seed=i) for i, (name, kind) in enumerate(_NAMES)),
        schema=SchemaDifference(),
        joint=None,
        gates=(GateResult("js>0.05"),),
        notes=(),
    )


def empty() -> Comparison:
    """Return a comparison of two tables without a common column."""
    return Comparison(Side("a", 0), Side("b", 0), "js", MARGIN, 0.95, ())


def of(*differences: Difference) -> Comparison:
    """Return a comparison of these columns and nothing else."""
    return dataclasses.replace(empty(), differences=differences)


def infinite() -> Comparison:
    """Return a comparison whose primary measure is infinite."""
    one = difference("only", "categorical", 2.0, 6)
    cells = (dataclasses.replace(one.cells[0], contribution=math.inf), *one.cells[1:])
    return dataclasses.replace(
        empty(), of="kl", differences=(dataclasses.replace(one, of="kl", cells=cells, verdict=Verdict.DRIFT),)
    )
