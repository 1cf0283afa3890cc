"""An explanation of one divergence, and the bounds that follow from known ones: in a terminal and as HTML."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from kullback.report import numbers
from kullback.report.figures.contributions import contributions
from kullback.report.lines import NARROWEST, Line, ascii_text, cells, fit, is_unicode, print_lines, spaced, wrapped
from kullback.report.safe import printable

if TYPE_CHECKING:
    from rich.console import Console

    from kullback.bounds import Bounds, Inequality, Interval, Reason
    from kullback.explain import Contribution, Explanation, Impossible

_DIM, _HEAD = "dim", "bold"
_IN_Q: Final = {"over": "dark_orange", "under": "blue"}
_DRAWS: Final = (10, 100, 1000)
_FEWEST_NAMES = 5


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a printed table: a higher ``rank`` is dropped earlier on a narrow terminal."""

    title: str
    texts: Sequence[str]
    rank: int = 0
    right: bool = True
    styles: Sequence[str] = ()


def render(explanation: Explanation, width: int, encoding: str) -> str:
    """Return the explanation as plain text, no line wider than ``width`` (40 at least)."""
    return _text(_lines(explanation, width, _translator(encoding)), encoding)


def print_explanation(explanation: Explanation, console: Console) -> None:
    """Print the explanation on ``console``, as wide as it is, in colour if it shows colours."""
    print_lines(_lines(explanation, console.width, _translator(console.encoding)), console)


def render_bounds(bounds: Bounds, width: int, encoding: str) -> str:
    """Return bounds as plain text: a table, and the inequalities that set its ends."""
    return _text(_bound_lines(bounds, width, _translator(encoding)), encoding)


def print_bounds(bounds: Bounds, console: Console) -> None:
    """Print bounds on ``console``, as wide as it is."""
    print_lines(_bound_lines(bounds, console.width, _translator(console.encoding)), console)


def _translator(encoding: str) -> Callable[[str], str]:
    # Before lines are laid out, because the ASCII for a character may be longer than it.
    return str if is_unicode(encoding) else ascii_text


def _text(lines: Sequence[Line], encoding: str) -> str:
    text = "\n".join("".join(part for part, _ in line).rstrip() for line in lines)
    return text if is_unicode(encoding) else ascii_text(text)


def _lines(explanation: Explanation, width: int, say: Callable[[str], str]) -> list[Line]:
    width = max(width, NARROWEST)
    lines = _wrapped(say(headline(explanation)), width, _HEAD)
    for sentence in summary(explanation):
        lines += _wrapped(say(sentence), width)
    if sentences := infinite(explanation):
        lines += [(), *wrapped("What makes it infinite", width, _HEAD), *_points(sentences, width, say)]
    lines += [(), *wrapped(say("What contributes to KL(P‖Q)"), width, _HEAD), *_contributions(explanation, width, say)]
    lines += [(), *wrapped("The same pair in other measures", width, _HEAD), *_readings(explanation, width, say)]
    lines += [(), *wrapped("Telling P from Q by draws", width, _HEAD), *_points(telling(explanation), width, say)]
    return lines


def _points(sentences: Sequence[str], width: int, say: Callable[[str], str]) -> list[Line]:
    return [line for sentence in sentences for line in _wrapped(say(f"· {sentence}"), width)]


def _wrapped(text: str, width: int, style: str = "") -> list[Line]:
    """Return text broken at spaces, but not before a percent sign or around an equals sign."""
    glued = text.replace(" %", "\u2007%").replace(" = ", "\u2007=\u2007")
    return [tuple((part.replace("\u2007", " "), style) for part, _ in line) for line in wrapped(glued, width)]


# Sentences: every number in them is a field of the explanation or follows from one.


def headline(explanation: Explanation) -> str:
    """Return both directions in one line."""
    forward, backward = explanation.readings[0], explanation.readings[1]
    return f"{_equation(forward.label, forward.value, forward.unit)}, " + _equation(
        backward.label, backward.value, backward.unit
    )


def summary(explanation: Explanation) -> list[str]:
    """Return how many outcomes there are, what a code would lose, and the entropies."""
    unit = explanation.unit
    sentences = [_counted(explanation)]
    if explanation.value == 0.0:
        sentences.append("P and Q are the same.")
    elif math.isinf(explanation.value):
        sentences.append("A code made for Q cannot express some outcomes of P.")
    else:
        cost = numbers.with_unit(explanation.value, unit)
        sentences.append(f"A code made for Q spends {cost} more per outcome of P than a code made for P.")
    entropies = f"{numbers.number(explanation.entropy_p)} and {numbers.with_unit(explanation.entropy_q, unit)}"
    crossed = numbers.with_unit(explanation.cross_entropy, unit)
    effective = f"{numbers.number(explanation.effective_p)} and {numbers.number(explanation.effective_q)}"
    if explanation.is_weighted:
        alphabet = f"Entropy of P and Q to the weights: {entropies}; effective size: {effective}"
    else:
        alphabet = f"Entropy of P and Q: {entropies}, as of {effective} equally likely outcomes"
    return [*sentences, f"{alphabet}; cross-entropy: {crossed}."]


def _counted(explanation: Explanation) -> str:
    whole = explanation.outcomes
    outcomes = f"{whole:,} outcome{'s' * (whole != 1)}"
    if explanation.possible_p == explanation.possible_q == whole:
        return f"{outcomes}, {'all' if whole > 1 else 'it is'} possible under both."
    return f"{outcomes}: {explanation.possible_p:,} possible under P, {explanation.possible_q:,} under Q."


def infinite(explanation: Explanation) -> list[str]:
    """Return which outcomes make the divergences infinite, what stays finite, and what smoothing would do."""
    sentences: list[str] = []
    for symbol, missing, here, there in (
        ("KL(P‖Q)", explanation.vanished, "P", "q"),
        ("KL(Q‖P)", explanation.appeared, "Q", "p"),
    ):
        if missing.count:
            many = f"{missing.count:,} outcomes hold" if missing.count > 1 else "1 outcome holds"
            have = "have" if missing.count > 1 else "has"
            named = _named(missing)
            sentences.append(
                f"{symbol} is infinite: {many} {numbers.share(missing.mass)} of {here} and {have} {there} = 0: {named}"
            )
    if not sentences:
        return []
    by_label = {reading.label: reading for reading in explanation.readings}
    finite = [by_label[label] for label in ("JS(P‖Q)", "TV(P‖Q)", "H(P‖Q)") if label in by_label]
    listed = ", ".join(_equation(reading.label, reading.value, reading.unit) for reading in finite)
    sentences.append(f"Finite all the same: {listed}.")
    scale = math.log(10.0) / math.log(explanation.base)
    grows = [
        f"{symbol} by {numbers.with_unit(missing.mass * scale, explanation.unit)}"
        for symbol, missing in (("KL(P‖Q)", explanation.vanished), ("KL(Q‖P)", explanation.appeared))
        if missing.count
    ]
    sentences.append(
        "Nothing was smoothed. Mixing both with a share ε of the uniform distribution would make every value finite, "
        f"but ε would choose it: each factor of ten by which a small ε shrinks raises {' and '.join(grows)}."
    )
    return sentences


def telling(explanation: Explanation) -> list[str]:
    """Return what it means for telling from draws which of P and Q made them."""
    it = explanation.telling
    if explanation.value == 0.0:
        return ["P and Q are the same: no number of draws tells them apart."]
    if math.isinf(it.log_affinity):
        return ["P and Q share no outcome: one draw settles which of them made it."]
    odds = ""
    if math.isfinite(explanation.value):
        odds = f" A draw from P favours P over Q by a factor of {_factor(it.divergence)} on geometric average."
    sentences = [f"One draw: the best guess which of the two made it is right with {_probability(it.one)}.{odds}"]
    for symbol, missing, here, there in (("P", explanation.vanished, "P", "Q"), ("Q", explanation.appeared, "Q", "P")):
        if missing.count and missing.mass > 0.0:
            draws = max(1, math.ceil(math.log(0.05) / math.log1p(-missing.mass))) if missing.mass < 1.0 else 1
            within = f", and {_draws(draws)} hold one with 95 %" if draws > 1 else ""
            sentences.append(
                f"An outcome that {there} holds impossible proves {symbol} at once: a draw from {here} is one with "
                f"probability {numbers.share(missing.mass)}{within}."
            )
    if math.isfinite(explanation.value):
        sentences.append(
            f"Stein: about {_draws(it.stein)} bring the chance of taking Q for P to 5 % while that of taking P "
            "for Q stays fixed (ln 20 over KL(P‖Q) in nats)."
        )
    information = numbers.with_unit(it.chernoff / math.log(explanation.base), explanation.unit)
    sentences.append(
        f"Both errors at most 5 %: no test does with fewer than {_draws(it.least)}, the likelihood-ratio test does "
        f"with {_draws(it.enough)} (Chernoff information {information} at α = {numbers.number(it.order)})."
    )
    errors = ", ".join(f"{n:,}: {_between(*it.error_after(n))}" for n in _DRAWS)
    sentences.append(f"Chance that the best guess is wrong after n draws, P and Q equally likely: {errors}.")
    return sentences


def _between(low: float, high: float) -> str:
    # A chance below one in 1e300 is not worth its digits.
    if high < 1e-300:
        return "next to none"
    return f"{numbers.number(low)} to {numbers.number(high)}"


def _equation(label: str, value: float, unit: str) -> str:
    return f"{label} = {numbers.number(value)}" if math.isinf(value) else f"{label} = {numbers.with_unit(value, unit)}"


def _factor(logarithm: float) -> str:
    return numbers.number(math.exp(logarithm)) if logarithm < 700.0 else f"e^{numbers.number(logarithm)}"


def _probability(value: float) -> str:
    return f"probability {numbers.share(value)}"


def _draws(count: float) -> str:
    if math.isinf(count):
        return "infinitely many draws"
    whole = math.ceil(count)
    return "1 draw" if whole == 1 else f"{numbers.number(whole) if whole >= 1e9 else f'{whole:,}'} draws"


def _named(missing: Impossible) -> str:
    shown = missing.outcomes[:_FEWEST_NAMES]
    listed = ", ".join(f"{printable(label)} ({numbers.share(mass)})" for label, mass in shown)
    beyond = missing.count - len(shown)
    return f"{listed}, and {beyond:,} more." if beyond else f"{listed}."


# Tables.


def _contributions(explanation: Explanation, width: int, say: Callable[[str], str]) -> list[Line]:
    shown = [*explanation.contributions, *([explanation.others] if explanation.others is not None else [])]
    # All others together have no bar: of a vocabulary they are most of the value, and would leave none to be seen.
    top = max((one.value for one in explanation.contributions if math.isfinite(one.value)), default=0.0)
    longest = 20 if width >= 100 else 10
    ratio = {"nats": "ln p/q", "bits": "log2 p/q"}.get(explanation.unit, "log p/q")
    columns = [
        _Column("outcome", [say(printable(one.label)) for one in shown], right=False),
        _Column("P", [numbers.share(one.p) for one in shown], rank=2),
        _Column("Q", [numbers.share(one.q) for one in shown], rank=2),
        _Column(ratio, [say(_logarithm(one)) for one in shown], rank=4),
        _Column(explanation.unit, [say(numbers.number(_seen(one))) for one in shown]),
        _Column("share", ["" if math.isnan(one.share) else _share(one.share) for one in shown], rank=3),
        _Column("", [say(_bar(one, top, longest)) for one in shown], rank=5, right=False),
        _Column(
            "in Q", [one.direction for one in shown], right=False, styles=[_IN_Q.get(o.direction, "") for o in shown]
        ),
    ]
    return _table(columns, width)


def _logarithm(one: Contribution) -> str:
    if math.isnan(one.log_ratio):
        return ""
    return "0" if one.direction == "equal" else numbers.number(one.log_ratio)


def _seen(one: Contribution) -> float:
    """Return the contribution, or 0 where P and Q differ by no more than the rounding of what was given."""
    return 0.0 if one.direction == "equal" else one.value


def _share(part: float) -> str:
    return "<0.01 %" if 0.0 < part < 1e-4 else numbers.share(part)


def _bar(one: Contribution, top: float, longest: int) -> str:
    value = _seen(one) if one.direction else 0.0
    if math.isinf(value):
        return "█" * longest
    return "█" * max(1 if value > 0.0 else 0, round(longest * value / top)) if top > 0.0 else ""


def _readings(explanation: Explanation, width: int, say: Callable[[str], str]) -> list[Line]:
    readings = explanation.readings
    columns = [
        _Column("measure", [say(reading.label) for reading in readings], right=False),
        _Column("value", [say(numbers.number(reading.value)) for reading in readings]),
        _Column("", [reading.unit for reading in readings], right=False, rank=1),
        _Column(
            say("what KL(P‖Q) alone implies"),
            [say(_span(reading.low, reading.high)) if i else "" for i, reading in enumerate(readings)],
            rank=2,
            right=False,
        ),
    ]
    return _table(columns, width)


def _span(low: float, high: float) -> str:
    if low == high:
        return f"= {numbers.number(low)}"
    if math.isinf(high):
        return f"≥ {numbers.number(low)}" if low > 0.0 else "nothing"
    return f"{numbers.number(low)} to {numbers.number(high)}"


def _bound_lines(bounds: Bounds, width: int, say: Callable[[str], str]) -> list[Line]:
    width = max(width, NARROWEST)
    given = ", ".join(
        f"{divergence.label()} = {ends[0]:g}" if ends[0] == ends[1] else f"{divergence.label()} from {_span(*ends)}"
        for divergence, ends in bounds.known.items()
    )
    lines = [*_wrapped(say(f"What follows from {given}"), width, _HEAD), ()]
    used: dict[Inequality, int] = {}
    for interval in bounds.values():
        for reason in (interval.low_from, interval.high_from):
            if reason is not None:
                used.setdefault(reason.inequality, len(used) + 1)

    def end(value: float, reason: Reason | None) -> str:
        return say(numbers.number(value)) + (f" [{used[reason.inequality]}]" if reason is not None else "")

    def unit(interval: Interval, of: str) -> str:
        return of if math.isfinite(interval.high) or interval.low > 0.0 else ""

    columns = [
        _Column("measure", [say(divergence.label()) for divergence in bounds], right=False),
        _Column("at least", [end(interval.low, interval.low_from) for interval in bounds.values()], right=False),
        _Column("at most", [end(interval.high, interval.high_from) for interval in bounds.values()], right=False),
        _Column("", [unit(i, d.unit) for d, i in bounds.items()], right=False),
    ]
    lines += [*_table(columns, width), ()]
    for inequality, index in used.items():
        lines += wrapped(say(f"[{index}] {inequality.name}: {inequality.statement} ({inequality.source})"), width, _DIM)
    return lines


def _table(columns: Sequence[_Column], width: int) -> list[Line]:
    """Return a table no wider than ``width``: columns of high rank go first, then the first column is cut."""
    kept = [column for column in columns if any(column.texts)]
    while True:
        widths = [max(cells(column.title), *map(cells, column.texts)) for column in kept]
        others = sum(widths[1:]) + 2 * (len(kept) - 1)
        least = max(cells(kept[0].title), min(widths[0], 14))
        dropped = max(column.rank for column in kept)
        if width - others >= least or not dropped:
            break
        kept = [column for column in kept if column.rank < dropped]
    widths[0] = max(min(widths[0], width - others), 6)
    lines: list[Line] = [spaced([(fit(c.title, w, right=c.right), _DIM) for c, w in zip(kept, widths, strict=True)])]
    for i in range(len(kept[0].texts)):
        lines.append(
            spaced(
                [
                    (fit(c.texts[i], w, right=c.right), c.styles[i] if c.styles else "")
                    for c, w in zip(kept, widths, strict=True)
                ]
            )
        )
    return lines


# HTML.

_COLOURS: Final = "--bg:#fff;--ink:#1c2024;--soft:#5d656e;--line:#e2e3df"
_DARK_COLOURS: Final = "--bg:#1b1f23;--ink:#e8eaec;--soft:#9aa3ac;--line:#2e343a"
_STYLE: Final = (
    f".kb-x{{{_COLOURS};background:var(--bg);color:var(--ink);max-width:760px;border:1px solid var(--line);"
    "border-radius:12px;padding:20px;box-sizing:border-box;overflow-wrap:anywhere;font-variant-numeric:tabular-nums;"
    "font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
    f"@media (prefers-color-scheme:dark){{.kb-x{{{_DARK_COLOURS}}}}}"
    ".kb-x h2{font-size:19px;font-weight:650;margin:0 0 6px;color:inherit}"
    ".kb-x h3{font-size:15px;font-weight:650;margin:20px 0 6px;color:inherit}"
    ".kb-x p,.kb-x ul{margin:0}.kb-x ul{padding-left:18px}.kb-x svg.kb-c{margin-top:14px}"
    ".kb-x table{border-collapse:collapse;background:none;color:inherit;font-size:14px}"
    ".kb-x th,.kb-x td{text-align:left;padding:3px 18px 3px 0;border:0;border-top:1px solid var(--line)}"
    ".kb-x tr{background:none}.kb-x table{overflow-wrap:normal}"
    ".kb-x th{color:var(--soft);font-weight:400;border-top:0}.kb-x td.n{text-align:right}"
)


def render_html(explanation: Explanation) -> str:
    """Return the explanation as a piece of HTML that needs nothing else, for light and dark."""
    parts = [f"<h2>{escape(headline(explanation))}</h2>", f"<p>{escape(' '.join(summary(explanation)))}</p>"]
    if sentences := infinite(explanation):
        parts += ["<h3>What makes it infinite</h3>", _list(sentences)]
    parts += [contributions(explanation), "<h3>The same pair in other measures</h3>", _reading_table(explanation)]
    parts += ["<h3>Telling P from Q by draws</h3>", _list(telling(explanation))]
    return f'<div class="kb-x"><style>{_STYLE}</style>{"".join(parts)}</div>'


def render_page(explanation: Explanation) -> str:
    """Return the explanation as a page of its own."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(headline(explanation))}</title>'
        f"<body>{render_html(explanation)}</body></html>\n"
    )


def _list(sentences: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"


def _reading_table(explanation: Explanation) -> str:
    rows = "".join(
        f'<tr><td>{escape(reading.label)}</td><td class="n">{numbers.number(reading.value)}</td>'
        f"<td>{escape(reading.unit)}</td><td>{_span(reading.low, reading.high) if i else ''}</td></tr>"
        for i, reading in enumerate(explanation.readings)
    )
    head = "<tr><th>measure</th><th>value</th><th></th><th>what KL(P‖Q) alone implies</th></tr>"
    return f"<table>{head}{rows}</table>"
