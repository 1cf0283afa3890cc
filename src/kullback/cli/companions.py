"""kullback entropy P, kullback cross-entropy P Q and kullback perplexity P [Q]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

_Vector = Annotated[str, Parameter(allow_leading_hyphen=True)]
_Axis = Annotated[str, Parameter(allow_leading_hyphen=True)]
_Flag = Annotated[bool, Parameter(negative=())]


def entropy(p: _Vector, /, *, kind: str = "probs", base: str = "e", axis: _Axis = "-1", json: _Flag = False) -> int:
    """Entropy: −Σ p ln p.

    Parameters
    ----------
    p
        The distribution, written or read as for 'kullback kl': numbers, a file, or 'normal(0, 1)'.
    kind
        What the numbers are: probs, log-probs, logits or counts.
    base
        Base of the logarithm: e for nats, 2 for bits, 10 for hartleys, or any other.
    axis
        The axis along which the outcomes lie.
    json
        Print JSON.
    """
    from kullback.exact.companions import entropy as compute

    return _print(compute, "H(P)", "−Σ p ln p", "nats", [p], kind, base, axis, json=json)


def cross_entropy(
    p: _Vector, q: _Vector, /, *, kind: str = "probs", base: str = "e", axis: _Axis = "-1", json: _Flag = False
) -> int:
    """Cross-entropy: −Σ p ln q, the entropy of P plus KL(P‖Q).

    Parameters
    ----------
    p
        The truth, written or read as for 'kullback kl'.
    q
        What is compared with it.
    kind
        What the numbers are: probs, log-probs, logits or counts; one for P and one for Q as in logits,probs.
    base
        Base of the logarithm: e for nats, 2 for bits, 10 for hartleys, or any other.
    axis
        The axis along which the outcomes lie.
    json
        Print JSON.
    """
    from kullback.exact.companions import cross_entropy as compute

    return _print(compute, "H(P, Q)", "−Σ p ln q", "nats", [p, q], kind, base, axis, json=json)


def perplexity(
    p: _Vector, q: _Vector | None = None, /, *, kind: str = "probs", axis: _Axis = "-1", json: _Flag = False
) -> int:
    """Perplexity: exp of the entropy of P, or of the cross-entropy of P and Q.

    Parameters
    ----------
    p
        The truth, written or read as for 'kullback kl'.
    q
        The model, if there is one.
    kind
        What the numbers are: probs, log-probs, logits or counts; one for P and one for Q as in logits,probs.
    axis
        The axis along which the outcomes lie.
    json
        Print JSON.
    """
    from kullback.exact.companions import perplexity as compute

    if q is None:
        return _print(compute, "perplexity(P)", "exp(−Σ p ln p)", "", [p], kind, "e", axis, json=json)
    label, formula = "perplexity(P, Q)", "exp(−Σ p ln q)"
    return _print(compute, label, formula, "", [p, q], kind, "e", axis, json=json)


def _print(
    compute: Callable[..., Any],
    label: str,
    formula: str,
    unit: str,
    texts: list[str],
    kind: str,
    base: str,
    axis: str,
    *,
    json: bool,
) -> int:
    import numpy as np

    from kullback.cli import formulas, vectors
    from kullback.cli.kinds import absent, kinds, known, options_in_messages
    from kullback.cli.values import Value, axes, base_and_unit, print_value

    if formulas.named(texts[0], texts[-1]):
        formulas.only_for_vectors(kind=kind, axis=axis, terms=False)
        formulas.companion(compute, label, formula, unit, texts, base, json=json)
        return 0
    named = kinds(kind, len(texts))
    base_, unit = base_and_unit(base, unit)
    given = vectors.read(*texts)
    values, notes = [given[0].values], ()
    if len(given) == 2:
        aligned = vectors.align(given[0], given[1], (absent(named[0]), absent(named[1])))
        values, notes = [aligned.p, aligned.q], aligned.notes
    with options_in_messages(named):
        options = {"axis": axes(axis)} | ({} if base_ is None else {"base": base_})
        value = np.asarray(compute(*map(known, values, named), **options))
    inputs = dict(zip("pq", zip(given, named, strict=True), strict=False))
    print_value(Value(label, value, unit, formula, {}, inputs, notes=notes), json=json)
    return 0
