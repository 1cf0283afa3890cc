"""What reports say in words: the verdict in one sentence, why it was reached, what each measure means."""

from __future__ import annotations

import datetime
import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from kullback.comparison import Verdict
from kullback.report.numbers import number, with_unit
from kullback.report.safe import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kullback.comparison import Comparison, Difference


class Meaning(NamedTuple):
    """A measure in words: its full name, what it says, and its unit where it is neither nats nor bits."""

    title: str
    says: str
    unit: str = ""


GLYPHS: Final[Mapping[Verdict, str]] = MappingProxyType({Verdict.DRIFT: "▲", Verdict.UNSURE: "◐", Verdict.STABLE: "●"})

MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "js": Meaning(
            "Jensen–Shannon",
            "how well one row tells which side it came from: 0 if both sides are the same, ln 2 = 0.693 nats = 1 bit "
            "if they share nothing",
        ),
        "kl": Meaning(
            "Kullback–Leibler, P‖Q",
            "what is lost by describing the reference with the current data; ∞ where an outcome of P is missing in Q",
        ),
        "kl_reverse": Meaning(
            "Kullback–Leibler, Q‖P",
            "what is lost by describing the current data with the reference; ∞ where an outcome of Q is missing in P",
        ),
        "jeffreys": Meaning("Jeffreys", "KL(P‖Q) + KL(Q‖P); over the bins of monitoring tools it is called PSI"),
        "hellinger": Meaning("Hellinger", "a distance between 0 (the same) and 1 (nothing shared)", "0–1"),
        "tv": Meaning("Total variation", "the share of rows that would have to move to another outcome", "0–1"),
        "chi2": Meaning("χ²", "the squared difference of shares, relative to one side", "no unit"),
        "ks": Meaning("Kolmogorov–Smirnov", "the largest gap between the two distribution functions", "0–1"),
        "wasserstein": Meaning("Wasserstein", "how far the values moved on average", "unit of the column"),
        "new_mass": Meaning("New mass", "the share of the current data in outcomes the reference lacks", "0–1"),
        "vanished_mass": Meaning(
            "Vanished mass", "the share of the reference in outcomes the current data lack", "0–1"
        ),
    }
)


def unit_of(name: str, unit: str) -> str:
    """Return what to print as the unit of the measure ``name``."""
    meaning = MEANINGS.get(name)
    return unit or (meaning.unit if meaning else "") or "no unit"


def primary(comparison: Comparison) -> str:
    """Return the ranked measure with its direction: ``JS(P‖Q)``."""
    for difference in comparison.differences:
        if difference.of == comparison.of:
            return difference.estimate.name
    return {"js": "JS(P‖Q)", "kl": "KL(P‖Q)", "kl_reverse": "KL(Q‖P)"}.get(comparison.of, comparison.of)


def primary_unit(comparison: Comparison) -> str:
    """Return the unit of the ranked measure, ``""`` if it has none."""
    for difference in comparison.differences:
        if difference.of == comparison.of:
            return difference.estimate.unit
    return comparison.unit if comparison.of in {"js", "kl", "kl_reverse", "jeffreys"} else ""


def created(comparison: Comparison) -> str:
    """Return when the comparison was made, to the minute: ``2026-03-14 09:26 UTC``."""
    try:
        moment = datetime.datetime.fromisoformat(comparison.created)
    except ValueError:
        return printable(comparison.created)
    zone = moment.strftime(" %Z") if moment.utcoffset() is not None else ""
    return f"{moment:%Y-%m-%d %H:%M}{zone}"


def margin(comparison: Comparison) -> str:
    """Return the margin with its unit."""
    return with_unit(comparison.margin, primary_unit(comparison))


def verdict_line(comparison: Comparison) -> str:
    """Return the result in one plain sentence."""
    total = len(comparison)
    drift, unsure, stable = (comparison.count(verdict) for verdict in Verdict)
    segments = [segment.verdict for segment in comparison.segments.values()]
    if not total:
        return "No columns were compared."
    if drift == total == 1:
        return f"The only column drifts beyond the margin of {margin(comparison)}."
    if drift:
        rest = _joined([_are(unsure, "unsure"), _are(stable, "stable")])
        return f"{drift} of {columns(total)} {'drifts' if drift == 1 else 'drift'} beyond the margin{rest}."
    if Verdict.DRIFT in segments:
        rest = _joined([_are(unsure, "unsure"), _are(stable, "stable")], start="; of all rows together, ")
        return f"{segments.count(Verdict.DRIFT)} of {_count(len(segments), 'segment')} show drift{rest}."
    if unsure:
        rest = _joined([_are(stable, "stable")])
        need = "needs" if unsure == 1 else "need"
        return f"{unsure} of {columns(total)} {need} more rows to be settled{rest}."
    if Verdict.UNSURE in segments:
        return f"{columns(total)} stable; some segments need more rows to be settled."
    if total == 1:
        return f"The only column is stable: its interval lies below the margin of {margin(comparison)}."
    return f"All {columns(total)} are stable: every interval lies below the margin of {margin(comparison)}."


def reason(difference: Difference) -> str:
    """Return why the verdict was reached, and what would settle it."""
    limit = with_unit(difference.margin, difference.estimate.unit)
    if difference.verdict is Verdict.DRIFT:
        return f"The interval lies above the margin of {limit}."
    if difference.verdict is Verdict.STABLE:
        return f"The interval lies below the margin of {limit}."
    return f"The interval holds the margin of {limit}. {settle(difference)}".rstrip()


def settle(difference: Difference) -> str:
    """Return what would settle an UNSURE verdict, ``""`` where that is not known or not needed."""
    times = difference.rows_to_settle
    if times is None or difference.verdict is not Verdict.UNSURE:
        return ""
    if math.isinf(times):
        return "The value lies on the margin, so no number of rows would settle it."
    return f"About {number(times)} times the rows would settle it."


def gates_line(comparison: Comparison) -> str:
    """Return how many gates passed, ``""`` where there are none."""
    if not comparison.gates:
        return ""
    failed = sum(not gate.passed for gate in comparison.gates)
    if failed:
        return f"{failed} of {_count(len(comparison.gates), 'gate')} failed"
    return "the gate passed" if len(comparison.gates) == 1 else f"all {len(comparison.gates)} gates passed"


def columns(count: int) -> str:
    """Return ``1 column`` or ``20 columns``."""
    return _count(count, "column")


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _are(count: int, what: str) -> str:
    return f"{count} {'is' if count == 1 else 'are'} {what}" if count else ""


def _joined(parts: list[str], start: str = "; ") -> str:
    present = [part for part in parts if part]
    return start + ", ".join(present) if present else ""
