"""What other libraries answer: peers.json, and docs/peers.md made from it by `python -m tests.truth.peers`.

A row of peers.json says which peer in which version was asked what, what it `gave`, and the `truth`. With `ours`, it
also says how kullback is asked the same (`divergence`, `p` and `q`, or the name of a `large` case; `term` picks one
outcome, `then` is applied to the value), and the truth is a number that mpmath confirms. Without, `tested` names the
test. `rerun` tells whether the peer was run again, with these very numbers, when the page was written.
"""

import json
import math
from pathlib import Path

import numpy as np
from mpmath import mp

from kullback import divergences
from kullback.distributions import counts, log_probs, logits, probs
from tests.truth import large
from tests.truth.exact import masses

ROWS = Path(__file__).with_name("peers.json")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "peers.md"
DIGITS = 400  # for 20 digits of 1e-83, which is what is left of numbers near 1
KEPT = 20

_NAMES = {"logits": logits, "log_probs": log_probs, "probs": probs, "counts": counts, "inf": math.inf, "log": math.log}
_NAMES["float32"] = lambda x: np.array(x, np.float32)


def rows():
    return json.loads(ROWS.read_text(encoding="utf-8"))


def divergence_of(row):
    return eval(row["ours"]["divergence"], vars(divergences).copy())


def asked(row):
    """Return P and Q of a row, as kullback is given them."""
    ours = row["ours"]
    if "large" in ours:
        return large.known(next(case for case in large.CASES if case.name == ours["large"]))
    return eval(ours["p"], dict(_NAMES)), eval(ours["q"], dict(_NAMES))


def answer(row):
    """Return what kullback answers."""
    ours, divergence = row["ours"], divergence_of(row)
    value = divergence.terms(*asked(row))[ours["term"]] if "term" in ours else divergence(*asked(row))
    return eval(ours.get("then", "x"), {"x": value, "sqrt": np.sqrt, "mean": np.mean})


def true_values(row):
    """Return the truth of a row as mpmath numbers: one, or one per pair."""
    ours, divergence = row["ours"], divergence_of(row)
    if "large" in ours:
        return mp.mpf(large.truths()[ours["large"]]["truths"][repr(divergence)])
    p, q = asked(row)
    if np.ndim(getattr(p, "values", p)) == 2:
        value = [divergence.textbook(masses(a), masses(b), mp) for a, b in zip(p, q, strict=True)]
    elif "term" in ours:
        # The term of an outcome is that of the Bregman divergence, p ln(p/q) − p + q.
        a, b = (masses(x)[ours["term"]] for x in (p, q))
        assert divergence is divergences.kl
        value = a * mp.log(a / b) - a + b
    else:
        value = divergence.textbook(masses(p), masses(q), mp)
    return eval(ours.get("then", "x"), {"x": value, "sqrt": mp.sqrt, "mean": lambda x: mp.fsum(x) / len(x)})


def decimal(value):
    if isinstance(value, list):
        return [decimal(x) for x in value]
    return "inf" if mp.isinf(value) else mp.nstr(value, KEPT)


def shown(text):
    """Return a truth as the page shows it: numbers to six digits."""
    if isinstance(text, list):
        return "[" + ", ".join(shown(x) for x in text) + "]"
    try:
        with mp.workdps(30):
            return mp.nstr(mp.mpf(text), 6, min_fixed=-4, max_fixed=7).removesuffix(".0").replace("+inf", "inf")
    except ValueError:
        return text


def typed(row):
    """Return what is typed to ask kullback."""
    ours = row.get("ours")
    if ours is None:
        return ""
    inside = "logits(a), logits(b)" if "large" in ours else f"{ours['p']}, {ours['q']}"
    text = f"{ours['divergence']}({inside})"
    if "term" in ours:
        text = f"{ours['divergence']}.terms({inside})[{ours['term']}]"
    return f"`{ours.get('then', 'x').replace('x', text, 1)}`"


HEAD = """# What other libraries answer

<!-- Written by `python -m tests.truth.peers` from tests/truth/peers.json. Do not edit. -->

Each row is a regression test: `tests/truth/test_peers.py` asks kullback what the peer was asked, and holds the answer
to the truth, which mpmath confirms. The relative error allowed is 1e-13, for float32 and narrower input 1e-6.
The truth is that of the numbers as stored, not of the decimals in the table. A row with ✓ was run again with these
numbers when the page was written; the others are outputs recorded from the version named. The last column has the
names of kullback and NumPy; a and b are the arrays asked about.

| row | peer | asked | it answers | truth | in kullback |
|---|---|---|---|---|---|
"""


def page():
    """Return docs/peers.md."""
    lines = []
    for row in rows():
        number = row["row"] if row["row"] != "footgun" else "–"
        checked = " ✓" if row["rerun"] else ""
        cells = (
            number,
            f"{row['peer']} ({row['version']})",
            row["input"],
            row["gave"] + checked,
            shown(row["truth"]),
            typed(row),
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return HEAD + "".join(lines)


def main():
    """Fill in truths that are missing, and write the page."""
    found = rows()
    with mp.workdps(DIGITS):
        for row in found:
            if row["truth"] is None:
                row["truth"] = decimal(true_values(row))
    listed = ",\n".join(" " + json.dumps(row, ensure_ascii=False) for row in found)
    ROWS.write_text(f"[\n{listed}\n]\n", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
