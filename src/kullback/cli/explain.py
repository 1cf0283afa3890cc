"""kullback explain P Q, and kullback explain --article."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

_Vector = Annotated[str | None, Parameter(allow_leading_hyphen=True)]
_Flag = Annotated[bool, Parameter(negative=())]


def explain(
    p: _Vector = None,
    q: _Vector = None,
    /,
    *,
    kind: str = "probs",
    base: str = "e",
    labels: str | None = None,
    top: int = 10,
    output: Annotated[list[Path] | None, Parameter(name=["--output", "-o"], negative=())] = None,
    json: _Flag = False,
    article: _Flag = False,
) -> int:
    """Explain a divergence: which outcomes make it, both directions, and what it means.

    Parameters
    ----------
    p
        The truth, written or read as for 'kullback kl'.
    q
        What is compared with it.
    kind
        What the numbers are: probs, log-probs, logits or counts; one for P and one for Q as in logits,probs.
    base
        Base of the logarithm: e for nats, 2 for bits, or any other.
    labels
        What the outcomes are called, separated by commas, where the inputs have no labels.
    top
        How many outcomes to name, those that contribute most.
    output
        Write the explanation: .svg (a chart), .html, .txt or .json. May be given several times.
    json
        Print JSON.
    article
        Instead of P and Q: go through the article behind kullback, with every number computed now.
    """
    if article:
        if p is not None or q is not None:
            raise ValueError("--article takes no vectors: leave out P and Q, or --article")
        return _article()
    if p is None or q is None:
        raise ValueError("P and Q are missing: kullback explain P Q, or kullback explain --article")
    return _explain(p, q, kind, base, labels, top, output or [], json=json)


def _explain(
    p: str, q: str, kind: str, base: str, labels: str | None, top: int, outputs: list[Path], *, json: bool
) -> int:
    import shutil
    import sys

    from kullback.cli import vectors
    from kullback.cli.kinds import absent, kinds, known, options_in_messages
    from kullback.cli.output import say, say_json
    from kullback.cli.values import base_and_unit
    from kullback.explain import explain as explain_pair

    if top < 1:
        raise ValueError(f"--top is {top}; it is a number of outcomes, at least 1")
    for path in outputs:  # before anything is written
        if path.suffix.lower() not in (".svg", ".html", ".txt", ".json"):
            raise ValueError(f"an explanation is written as .svg, .html, .txt or .json, and {path} is none")
        if not path.absolute().parent.is_dir():
            raise FileNotFoundError(f"there is no folder {path.absolute().parent} to write {path.name} in")
    named = kinds(kind, 2)
    base_, _ = base_and_unit(base, "nats")
    first, second = vectors.read(p, q)
    aligned = vectors.align(first, second, (absent(named[0]), absent(named[1])))
    for letter, values in (("P", aligned.p), ("Q", aligned.q)):
        if values.ndim > 1:
            raise ValueError(f"{letter} has shape {values.shape}, and one pair of distributions is explained at a time")
    names = aligned.labels
    if labels is not None:
        if names is not None:
            raise ValueError("the outcomes have labels: leave out --labels")
        names = tuple(label.strip() for label in labels.split(","))
        if len(names) != aligned.p.size:
            raise ValueError(f"--labels has {len(names)} names, and P has {aligned.p.size} outcomes")
    with options_in_messages(named):
        pair = known(aligned.p, named[0]), known(aligned.q, named[1])
        explanation = explain_pair(*pair, names, base=base_, top=top)
    for path in outputs:
        explanation.save(path)
    if json:
        say_json(explanation.to_dict() | ({"notes": list(aligned.notes)} if aligned.notes else {}))
        return 0
    width = max(shutil.get_terminal_size().columns, 40)
    say(explanation.render(width, encoding=sys.stdout.encoding or "utf-8"))
    for note in aligned.notes:
        say(f"({note})")
    for path in outputs:
        say(f"written: {path}")
    return 0


def _article() -> int:
    import shutil

    from kullback.cli.article import lines
    from kullback.cli.output import say, spelled

    width = max(40, min(80, shutil.get_terminal_size().columns))
    say("\n".join(lines(width, spelled)).rstrip())
    return 0
