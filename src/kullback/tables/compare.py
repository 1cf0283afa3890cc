"""compare: two tables in, an honest answer out."""

from __future__ import annotations

import dataclasses
import datetime
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kullback.comparison import Comparison, Difference, JointDifference, SchemaDifference, Side
from kullback.engines import Source, is_query, open_source
from kullback.engines.source import Reading, Values
from kullback.summaries import Categories, ColumnPlan, Histogram, HistogramCut, Kind
from kullback.summaries.categories import CategoryCut, TooManyCategories
from kullback.summaries.columns import ORDERED
from kullback.tables.columns import column_difference
from kullback.tables.dependence import neighbour_correlation
from kullback.tables.joint import joint_difference
from kullback.tables.profile import (
    Profile,
    Progress,
    check_design,
    load_profile,
    make_profile,
    request_of,
    sample_positions,
    silent,
)
from kullback.tables.rules import dependence_notes, rules_of
from kullback.tables.schema import compare_schemas
from kullback.tables.segments import compare_segments
from kullback.tables.settings import Settings, make_settings, read_settings
from kullback.testing import benjamini_hochberg
from kullback.version import VERSION

Joint = Literal["none", "pairs", "classifier"]


def compare(
    reference: Any,
    current: Any,
    *,
    of: str | None = None,
    columns: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    by: str | None = None,
    margin: float | None = None,
    level: float | None = None,
    blocks: str | Sequence[str] | None = None,
    weights: str | None = None,
    rename: Mapping[str, str] | None = None,
    fail_on: str | Sequence[str] | None = None,
    settings: str | Path | None = None,
    joint: Joint = "pairs",
    base: float | None = None,
    database: str | Path | None = None,
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
) -> Comparison:
    """Compare two tables column by column and jointly: which differ, by how much, how surely, and what moved.

    The primary measure is the Jensen–Shannon divergence with equal weights on at most 20 cells of equal mass per
    column, nulls in a cell of their own: JS(P‖Q) = ½ Σ p ln(p/m) + ½ Σ q ln(q/m), m = (p + q)/2, from 0 (same) to ln 2
    (nothing in common), corrected for bias, with an interval.

    Arguments
    ---------
    reference, current : P and Q: a path (Parquet, Arrow, CSV, JSON, a pattern), a URL, an SQL query, a DataFrame, an
        Arrow table or stream, a DuckDB relation; for the reference also a saved profile.
    of : the measure that is ranked and judged: ``js``, ``kl``, ``kl_reverse``, ``jeffreys`` (PSI), ``hellinger``,
        ``tv``, ``chi2``; for columns with an order also ``ks`` and ``wasserstein``.
    columns, ignore : which columns of the reference; all that both sides have by default.
    by : compare also within each value of this column.
    margin : how large the measure may be without mattering (default 0.01 nats, or bits with ``base=2``).
    level : of the intervals, default 0.95.
    blocks : columns that name blocks of dependent rows (``"day"``, ``"month,day"``, ``"time_hour:day"``): blocks, not
        rows, are then what the intervals and tests count.
    weights : column with the weights of the rows.
    rename : column of the reference → its name in the current data.
    fail_on : gates, such as ``"js>0.05"`` or ``"carrier:tv>0.1"``, on the lower end of the interval.
    settings : a TOML file with any of these, and margins and gates by column; arguments stand above it.
    joint : ``"pairs"`` counts pairs of columns on a sample of rows; ``"classifier"`` trains one too; or ``"none"``.
    base : 2 for bits.
    database : a DuckDB file for SQL queries.
    rng : picks the sampled rows; the same number gives the same bits.
    progress : called as ``progress(rows, column, total)`` while reading: values just read, where, and how many in all.

    Returns
    -------
    A `Comparison`.

    Raises
    ------
    ValueError, FileNotFoundError, TypeError : saying what is wrong with the input, and what to do.

    >>> import pyarrow as pa
    >>> before = pa.table({"colour": ["red", "blue"] * 500})
    >>> print(compare(before, before).headline)
    STABLE: 1 column compared, 1 STABLE; largest: colour, JS(P‖Q) = 0 nats
    """
    content = read_settings(settings) if settings is not None else {}
    unit = unit_of(content.get("base") if base is None else base)
    by = content.get("by") if by is None else by
    if isinstance(rng, int) and rng < 0:
        raise ValueError(f"the seed is {rng}; it must be at least 0")
    if database is not None and not (is_query(reference) or is_query(current)):
        raise ValueError(
            f"--db is for SQL queries, and neither {reference!r} nor {current!r} is one: "
            "a query begins with SELECT, FROM or WITH"
        )
    chosen = make_settings(
        content, of=of, columns=columns, ignore=ignore, margin=margin, level=level, blocks=blocks, weights=weights,
        rename=rename, fail_on=fail_on,
    )  # fmt: skip
    asked = chosen
    if unit == "bits" and chosen.of in ("js", "kl", "kl_reverse", "jeffreys"):
        chosen = dataclasses.replace(
            chosen,
            margin=chosen.margin * math.log(2),
            margins={name: value * math.log(2) for name, value in chosen.margins.items()},
        )
    profile = _profile_in(reference)
    if profile is not None:
        chosen = _settings_of_profile(profile, chosen)
        if by is not None:
            raise ValueError("--by needs the rows of both sides: a saved profile has no segments")
        if joint == "classifier":
            raise ValueError(
                "the classifier learns from rows, and a saved profile holds none: give the reference data itself"
            )
    with open_source(current, "current", database=database if is_query(current) else None) as second:
        if profile is not None:
            comparison = compare_sides(profile, second, chosen, joint=joint, rng=rng, progress=progress)
        else:
            with open_source(reference, "reference", database=database if is_query(reference) else None) as first:
                comparison = compare_sides(first, second, chosen, joint=joint, rng=rng, progress=progress)
                if by is not None:
                    segments, notes = compare_segments(by, first, second, chosen, compare_sides, rng)
                    comparison = dataclasses.replace(
                        comparison, segments=segments, segmented_by=by, notes=(*comparison.notes, *notes)
                    )
    return apply_gates(comparison.to(unit), asked)


def compare_sides(
    reference: Profile | Source,
    current: Source,
    settings: Settings,
    *,
    joint: Joint = "pairs",
    rng: np.random.Generator | int = 0,
    progress: Progress = silent,
) -> Comparison:
    """Compare a profile, or a source that is profiled first, with a source."""
    if not current.rows:
        raise ValueError(f"{current.name} has no rows")
    if isinstance(reference, Source):
        schema, wanted = compare_schemas(reference.columns, current.columns, settings, reference.name, current.name)
        profile = make_profile(
            reference,
            settings,
            pairs=joint != "none",
            rng=rng,
            progress=progress,
            wanted=wanted.__contains__,
            more=len(wanted) * current.rows,
        )
        total = len(wanted) * (reference.rows + current.rows)
    else:
        profile = reference
        schema, wanted = compare_schemas(profile.columns, current.columns, settings, profile.name, current.name)
        wanted = {name: other for name, other in wanted.items() if name in profile.summary.columns}
        total = len(wanted) * current.rows
    if not wanted:
        raise ValueError(_nothing_in_common(profile, current, schema))
    check_design(current, settings)
    positions = np.empty(0, np.int64) if joint == "none" else sample_positions(current.rows, rng)
    differences: list[Difference] = []
    sampled: dict[str, Values] = {}
    dependence = {name: found for name, found in profile.dependence.items() if name in wanted}
    sizes = profile.rows, current.rows
    for name, other in wanted.items():
        request = request_of(settings, positions, lambda rows, name=name: progress(rows, name, total))
        plan, counts, reading = _read_current(profile, name, current, other, request)
        difference = column_difference(name, plan, counts, reading.counts, sizes, settings)
        differences.append(dataclasses.replace(difference, current_name=None if other == name else other))
        sampled[name] = reading.sampled
        correlation = neighbour_correlation(reading.head)
        if correlation:
            dependence[name] = max(correlation, dependence.get(name, 0.0))
    q_values = benjamini_hochberg([difference.p_value for difference in differences])
    differences = [
        dataclasses.replace(difference, q_value=float(q)) for difference, q in zip(differences, q_values, strict=True)
    ]
    dependent = bool(dependence) and not settings.blocks
    return Comparison(
        reference=Side(profile.name, profile.rows),
        current=Side(current.name, current.rows),
        of=settings.of,
        margin=settings.margin,
        level=settings.level,
        differences=tuple(differences),
        schema=schema,
        joint=_joint(profile, sampled, differences, settings, joint, rng, progress, dependent=dependent),
        notes=dependence_notes(dependence, settings),
        rules=rules_of(settings, len(differences)),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        version=VERSION,
    )


def apply_gates(comparison: Comparison, settings: Settings) -> Comparison:
    """Return the comparison, and its segments, with the outcome of every gate."""
    # Within a segment all rows have the same value of the column that makes the segments, and pairs are not counted.
    inner = dataclasses.replace(
        settings,
        gates=tuple(
            gate
            for gate in settings.gates
            if gate.measure != "joint" and (gate.column is None or gate.column != comparison.segmented_by)
        ),
    )
    return dataclasses.replace(
        comparison,
        gates=tuple(gate.apply(comparison) for gate in settings.gates),
        segments={name: apply_gates(segment, inner) for name, segment in comparison.segments.items()},
    )


def unit_of(base: float | None) -> Literal["nats", "bits"]:
    """Return the unit that a base of the logarithm means."""
    if base is None or base == math.e:
        return "nats"
    if base == 2:
        return "bits"
    raise ValueError(f"base is {base}; it must be 2 (bits) or left out (nats)")


def _profile_in(reference: Any) -> Profile | None:
    if isinstance(reference, Profile):
        return reference
    return load_profile(reference) if isinstance(reference, (str, Path)) else None


def _settings_of_profile(profile: Profile, settings: Settings) -> Settings:
    if settings.blocks and settings.blocks != profile.blocks:
        raise ValueError("the profile was not counted in these blocks: make it with the same --blocks")
    if settings.weights and settings.weights != profile.weights:
        raise ValueError("the profile was not counted with these weights: make it with the same --weights")
    return dataclasses.replace(settings, blocks=profile.blocks, weights=profile.weights)


def _read_current(
    profile: Profile, name: str, current: Source, other: str, request: Any
) -> tuple[ColumnPlan, Histogram | Categories, Reading]:
    """Count a column of the current data under the profile's plan; return the plan and the counts of both sides."""
    plan, counts = profile.plan[name], profile.summary.columns[name]
    if plan.kind == "null" and isinstance(counts, Histogram):
        plan, counts = _plan_of_nulls(plan, counts, current, other)
    try:
        return plan, counts, current.read(other, plan, request)
    except TooManyCategories:
        # The current data has too many values to keep all by name: keep the reference's.
        assert isinstance(counts, Categories)
        assert plan.categories is not None
        cut = CategoryCut(plan.categories.limit, tuple(sorted(counts.labels)))
        plan = dataclasses.replace(plan, categories=cut)
        return plan, counts.recut(cut), current.read(other, plan, request)


def _plan_of_nulls(
    plan: ColumnPlan, counts: Histogram, current: Source, other: str
) -> tuple[ColumnPlan, Histogram | Categories]:
    """Return a plan for a column of which the reference has only nulls, of the kind that the current data has."""
    column = current.columns[other]
    if column.kind in ORDERED or column.kind == "null":
        return dataclasses.replace(plan, kind=column.kind, histogram=HistogramCut()), counts
    found = ColumnPlan(plan.name, column.kind, column.type, categories=CategoryCut())
    categories = Categories(CategoryCut())
    nulls = counts.coarse
    last = len(nulls.cells) - 1
    categories.counts = nulls.group(np.zeros(last + 1, np.int64), 1)
    return found, categories


def _joint(
    profile: Profile,
    sampled: Mapping[str, Values],
    differences: Sequence[Difference],
    settings: Settings,
    joint: Joint,
    rng: np.random.Generator | int,
    progress: Progress,
    *,
    dependent: bool,
) -> JointDifference | None:
    if joint == "none" or profile.pairs is None:
        return None
    cells = profile.pair_cells()
    names = [name for name in profile.pairs.sizes if name in sampled]
    first = _only(profile.pairs, names)
    second = cells.count(sampled, names)
    marginals = {difference.name: difference.measures["js"] for difference in differences}
    # Of two bounds the larger is taken: each has half of the error, so that it holds at the level asked for.
    level = settings.level if joint == "pairs" else 1.0 - 0.5 * (1.0 - settings.level)
    found = joint_difference(first, second, marginals, level=level, considered=cells.considered, dependent=dependent)
    if joint == "pairs":
        return found
    from kullback.tables.classifier import classifier_bound

    progress(0, "the sample, again and again: training a classifier", 0)
    kinds: dict[str, Kind] = {name: profile.plan[name].kind for name in sampled}
    bound, shares, notes = classifier_bound(
        {name: profile.sampled[name] for name in sampled}, sampled, kinds, level=level, rng=rng
    )
    if found is None:
        found = JointDifference(bound, "the classifier")
    elif bound.low > found.bound.low:
        found = dataclasses.replace(found, bound=bound, source="the classifier")
    both = (
        f"pairs and classifier each at {100 * level:g} %, so that the larger bound holds at {100 * settings.level:g} %",
    )
    if dependent:
        both += ("the classifier's interval counts sampled rows as independent",)
    return dataclasses.replace(found, classifier=bound, shares=shares, notes=(*found.notes, *notes, *both))


def _only(pairs: Any, names: Sequence[str]) -> Any:
    kept = list(pairs.only(names))
    return dataclasses.replace(
        pairs,
        sizes={name: pairs.sizes[name] for name in names},
        tables={pair: pairs.tables[pair] for pair in kept},
    )


def _nothing_in_common(profile: Profile, current: Source, schema: SchemaDifference) -> str:
    if schema.skipped:
        name, reason = next(iter(schema.skipped.items()))
        return f"{profile.name} and {current.name} have no column that can be compared: {name}: {reason}"
    return (
        f"{profile.name} and {current.name} have no column in common: "
        f"{', '.join(list(profile.columns)[:8])} against {', '.join(list(current.columns)[:8])}"
    )
