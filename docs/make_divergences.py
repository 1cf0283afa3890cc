"""Write the tables of docs/divergences.md from the catalogue: python docs/make_divergences.py.

A divergence that is new in the catalogue appears here by itself; a test says when the page is stale.
"""

import math
import re
from collections.abc import Iterable
from pathlib import Path

import kullback as kb
from kullback.divergence import Divergence, Law

PAGE = Path(__file__).resolve().parent / "divergences.md"
START, END = "<!-- written by docs/make_divergences.py: start -->\n", "<!-- end -->\n"
LETTERS = {"alpha": "α", "lam": "λ", "gamma": "γ"}
LIMITS = {-1.0, 0.0, 1.0, math.inf}


def families(catalogue: Iterable[Divergence]) -> dict[str, list[Divergence]]:
    """The members by name, in the order of the catalogue; reverses are what they reverse."""
    found: dict[str, list[Divergence]] = {}
    for member in catalogue:
        if not member.reversed:
            found.setdefault(member.name, []).append(member)
    return found


def example(members: list[Divergence]) -> Divergence:
    """The member whose parameters are the plainest, but no limits and no whole numbers, which formulas have anyway."""

    def plainness(member: Divergence) -> tuple[bool, bool, int]:
        values = [value for _, value in member.parameters if isinstance(value, float)]
        unfit = any(value in LIMITS or float(f"{value:g}") != value for value in values)
        return unfit, any(value < 0.0 or value.is_integer() for value in values), sum(len(f"{v:g}") for v in values)

    return min(members, key=plainness)


def general(text: str, member: Divergence) -> str:
    """A formula or title of one member with the letters of its parameters in place of their values."""
    for name, value in member.parameters:
        letter = LETTERS.get(name, name)
        if isinstance(value, float):
            text = re.sub(rf"(?:\b{letter} = )?(?<![\d.]){re.escape(f'{value:g}')}(?![0-9.])", letter, text)
        text = re.sub(rf" with {letter} = \w+$", "", text)
    return text


def span(members: list[Divergence]) -> str:
    """The range, if it is that of all members."""
    low, high = (number(x) for x in members[0].range)
    if any(member.range != members[0].range for member in members):
        high = "set by " + ", ".join(LETTERS.get(name, name) for name, _ in members[0].parameters)
    return f"[{low}, {high}]"


def call(member: Divergence) -> str:
    """How it is reached, with the names of its parameters: `kb.renyi(alpha)`."""
    where = "kb" if hasattr(kb, member.name) else "kb.divergences"
    names = ", ".join(name for name, _ in member.parameters)
    return f"`{where}.{member.name}{f'({names})' if names else ''}`"


def number(x: float) -> str:
    """Four digits, or the number's name."""
    for value, shown in ((math.inf, "∞"), (math.log(2.0), "ln 2")):
        if x == value:
            return shown
    return f"{x:.4g}"


def cell(text: str) -> str:
    """Text that does not end a cell."""
    return text.replace("|", "\\|")


def tables(catalogue: Iterable[Divergence]) -> str:
    """Both tables: what each member is, and which laws it obeys."""
    found = families(catalogue)
    lines = ["| call | what | formula | range | unit |", "|---|---|---|---|---|"]
    for members in found.values():
        member = example(members)
        what, formula = general(member.title, member), general(member.formula, member)
        cells = [call(member), what, formula, span(members), member.unit or "–"]
        lines.append(f"| {' | '.join(map(cell, cells))} |")
    laws = [law.name.lower().replace("_", " ") for law in Law]
    lines += ["", f"| laws | {' | '.join(laws)} |", f"|---|{':-:|' * len(laws)}"]
    for members in found.values():
        claims = [[law in member.laws for member in members] for law in Law]
        marks = ["●" if all(claim) else "○" if any(claim) else "" for claim in claims]
        lines.append(f"| {call(members[0])} | {' | '.join(marks)} |")
    lines += [""]
    lines += [f"- {name}: {cell(law.value)}" for name, law in zip(laws, Law, strict=True)]
    return "\n".join(lines) + "\n"


def updated(page: str) -> str:
    """The page with its tables as the catalogue has them now."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    if not rest or END not in rest:
        raise SystemExit(f"{PAGE.name} lacks the lines {START.strip()!r} and {END.strip()!r}")
    return before + START + "\n" + tables(kb.divergences.catalogue) + "\n" + END + after


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
