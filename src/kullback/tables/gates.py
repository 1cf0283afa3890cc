"""Gates: conditions such as ``js>0.05`` under which a comparison fails."""

from __future__ import annotations

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
        if text.lower() in _WORDS:
            return cls(text, text.lower())
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
        return cls(text, measure, limit, match["column"])

    def apply(self, comparison: Comparison) -> GateResult:
        """Return what of a comparison fails this gate."""
        if self.measure == "schema":
            return self._schema(comparison)
        if self.measure == "joint":
            return self._joint(comparison)
        if self.column is not None and self.column not in {d.name for d in comparison.differences}:
            raise ValueError(f"the gate {self.expression!r} is about {self.column!r}, which was not compared")
        failed: list[str] = []
        reasons: list[str] = []
        for difference in comparison.ranked():
            if self.column in (None, difference.name):
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
            return GateResult(self.expression)
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
        return GateResult(self.expression, tuple(name for name, _ in reasons), tuple(text for _, text in reasons))


def parse_gates(expressions: Sequence[str]) -> tuple[Gate, ...]:
    """Return the gates of several expressions; one expression may hold several, separated by commas."""
    return tuple(Gate.parse(part) for text in expressions for part in text.split(",") if part.strip())
