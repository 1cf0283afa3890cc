"""Gates: conditions such as ``js>0.05`` under which a comparison fails."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kullback.comparison import Comparison, Difference, GateResult, Verdict
from kullback.estimate import figure

MEASURES = (
    "js", "kl", "kl_reverse", "jeffreys", "hellinger", "tv", "chi2", "ks", "wasserstein", "new_mass", "vanished_mass",
)  # fmt: skip
"""The measures of a column, as gates and ``--of`` name them."""
ALIASES = {"psi": "jeffreys", "jensen_shannon": "js"}
_FORM = re.compile(r"(?:(?P<column>.+?)\s*[.:]\s*)?(?P<measure>\w+)\s*(?P<sign>>=|>|<=|<)\s*(?P<number>\S+)")
_WORDS = ("drift", "unsure", "schema")
_WORD_FORM = re.compile(r"(?:(?P<column>.+?)\s*[.:]\s*)?(?P<word>drift|unsure|schema)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition. It fails only where the data leave no doubt: the lower end of the interval is compared.

    Attributes
    ----------
    expression : as it was written.
    measure : a measure, ``q_value``, ``p_value``, ``joint``, or one of the words ``drift``, ``unsure``, ``schema``.
    limit : the number that must not be exceeded (for p and q: undershot).
    column : the only column it is about, None for all.
    """

    expression: str
    measure: str
    limit: float = 0.0
    column: str | None = None

    @classmethod
    def parse(cls, expression: str) -> Gate:
        """Return the gate that ``expression`` describes; ``ValueError`` says what is wrong and what would be right.

        >>> Gate.parse("carrier:js > 0.05")
        Gate(expression='carrier:js > 0.05', measure='js', limit=0.05, column='carrier')
        """
        text = expression.strip()
        word = _WORD_FORM.fullmatch(text)
        if word is not None:
            return cls(text, word["word"].lower(), column=word["column"])
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError(
                f"unknown gate {expression!r}: write measure>number, such as js>0.05 or carrier:tv>0.1, "
                f"or one of {', '.join(_WORDS)}"
            )
        measure = ALIASES.get(match["measure"].lower(), match["measure"].lower())
        if measure not in (*MEASURES, "joint", "p_value", "q_value"):
            raise ValueError(
                f"unknown measure {match['measure']!r} in the gate {expression!r}: there are "
                f"{', '.join(MEASURES)}, joint, p_value and q_value"
            )
        wanted = "<" if measure in ("p_value", "q_value") else ">"
        if not match["sign"].startswith(wanted):
            raise ValueError(
                f"the gate {expression!r} never fails on a large difference: write {measure}{wanted}number"
            )
        try:
            limit = float(match["number"])
        except ValueError:
            raise ValueError(f"{match['number']!r} in the gate {expression!r} is not a number") from None
        most = 1.0 if wanted == "<" else math.inf
        if not (0.0 <= limit <= most and math.isfinite(limit)):
            bounds = "between 0 and 1" if wanted == "<" else "finite and at least 0"
            raise ValueError(f"{match['number']} in the gate {expression!r} must be {bounds}")
        if measure == "joint" and match["column"]:
            raise ValueError(f"the gate {expression!r} names a column, but joint is about all columns together")
        return cls(text, measure, limit, match["column"])

    def apply(self, comparison: Comparison) -> GateResult:
        """Return what of a comparison fails this gate."""
        if self.measure == "schema":
            return self._schema(comparison)
        if self.measure == "joint":
            return self._joint(comparison)
        considered = [d for d in comparison.ranked() if self.column in (None, d.name)]
        if self.column is not None and not considered:
            reason = comparison.schema.skipped.get(self.column, "leave the gate out, or the column in")
            raise ValueError(f"the gate {self.expression!r} is about {self.column!r}, which was not compared: {reason}")
        if self.measure in MEASURES and not any(self.measure in d.measures for d in considered):
            names = ", ".join(d.name for d in considered[:5])
            raise ValueError(f"the gate {self.expression!r} can never fail: {names} has no {self.measure}")
        failed: list[str] = []
        reasons: list[str] = []
        for difference in considered:
            reason = self._reason(difference)
            if reason:
                failed.append(difference.name)
                reasons.append(reason)
        return GateResult(self.expression, tuple(failed), tuple(reasons))

    def _reason(self, difference: Difference) -> str:
        if self.measure in ("drift", "unsure"):
            failed = difference.verdict is Verdict(self.measure.upper())
            return f"{difference.name} is {difference.verdict.value}: {difference.estimate}" if failed else ""
        if self.measure in ("p_value", "q_value"):
            value = difference.p_value if self.measure == "p_value" else difference.q_value
            return f"{difference.name} has {self.measure} {figure(value)}" if value < self.limit else ""
        estimate = difference.measures.get(self.measure)
        if estimate is None or not estimate.low > self.limit:
            return ""
        return f"{difference.name}: {estimate}"

    def _joint(self, comparison: Comparison) -> GateResult:
        if comparison.joint is None:
            raise ValueError(
                f"the gate {self.expression!r} needs the joint bound: compare two columns or more, without --no-joint"
            )
        best = comparison.joint.bound
        if comparison.joint.classifier is not None and comparison.joint.classifier.low > best.low:
            best = comparison.joint.classifier
        if best.low > self.limit:
            return GateResult(self.expression, ("all columns together",), (f"all columns together: {best}",))
        return GateResult(self.expression)

    def _schema(self, comparison: Comparison) -> GateResult:
        schema = comparison.schema
        reasons = [
            *((name, f"{name} was added") for name in schema.added),
            *((name, f"{name} was removed") for name in schema.removed),
            *((r.name, f"{r.name} changed from {r.reference} to {r.current}") for r in schema.retyped),
        ]
        reasons = [(name, text) for name, text in reasons if self.column in (None, name)]
        return GateResult(self.expression, tuple(name for name, _ in reasons), tuple(text for _, text in reasons))


def parse_gates(expressions: Sequence[str]) -> tuple[Gate, ...]:
    """Return the gates of several expressions; one expression may hold several, separated by commas."""
    gates: list[Gate] = []
    for text in expressions:
        parts = [part for part in text.split(",") if part.strip()]
        if not parts:
            raise ValueError(f"{text!r} is no gate: write measure>number, such as js>0.05")
        gates += map(Gate.parse, parts)
    return tuple(gates)
