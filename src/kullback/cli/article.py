"""The article behind kullback, claim by claim: what it says, what is right, and the numbers, computed when asked.

One text, two readers: `lines` gives it to a terminal, `markdown` to docs/article.md (a test holds the two together).
What follows `>>>` is run, so that no number here can differ from what the library says.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kullback.cli.values import figure


@dataclass(frozen=True)
class Claim:
    """What the article says, whether it is right, and why.

    Attributes:
        title: what it is about.
        says: the article, in other words.
        verdict: whether it is right, in a few words.
        why: paragraphs; one that begins with `>>>` is code.
    """

    title: str
    says: str
    verdict: str
    why: tuple[str, ...]


_TITLE = "Relative entropy, claim by claim"
_INTRODUCTION = (
    "An article about relative entropy and the Kullback–Leibler divergence is where kullback began. Some of what it "
    "says is right, some is not, and both of its programs print numbers that no divergence can have. This goes "
    "through it in its order. Every number is computed as you read.",
    "P is the truth, Q what is compared with it, and KL(P‖Q) = Σ p ln(p/q), here in nats.",
    ">>> import kullback as kb\n>>> import numpy as np\n"
    ">>> P = np.array([0.1, 0.2, 0.3, 0.4])\n>>> Q = np.array([0.2, 0.2, 0.3, 0.3])",
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "Never negative",
        "Relative entropy is at least 0, and 0 exactly where P and Q are equal.",
        "True",
        (
            "This is Gibbs' inequality: −ln is convex, so the mean of −ln(q/p) under P is at least −ln of the mean of "
            "q/p, which is −ln 1 or more. A program that prints a negative value is wrong; remember this for below.",
            ">>> kb.kl(P, Q)\n>>> kb.kl(P, P)",
        ),
    ),
    Claim(
        "Symmetry",
        "It does not matter which of the two distributions comes first.",
        "False",
        (
            "P weights the logarithms, so the two directions ask different questions: what it costs to use Q where P "
            "is true, and the reverse.",
            ">>> A, B = [0.5, 0.5], [0.9, 0.1]\n>>> kb.kl(A, B)\n>>> kb.kl.reverse(A, B)",
            "Where a symmetric measure is wanted there are Jeffreys (the sum of both), Jensen–Shannon and others.",
            ">>> kb.jeffreys(A, B)\n>>> kb.js(A, B)",
        ),
    ),
    Claim(
        "A distance",
        "Relative entropy measures a distance between distributions.",
        "False",
        (
            "A distance is symmetric and no detour is shorter than the straight way. Both fail: from A over M to B is "
            "less than half of the direct way.",
            ">>> M = [0.7, 0.3]\n>>> kb.kl(A, B)\n>>> kb.kl(A, M) + kb.kl(M, B)",
            "The root of the Jensen–Shannon divergence is a metric, and so are Hellinger and total variation.",
            ">>> kb.js(A, B) ** 0.5\n>>> kb.js(A, M) ** 0.5 + kb.js(M, B) ** 0.5",
        ),
    ),
    Claim(
        "Two names",
        "The KL divergence is the relative entropy in the special case that one distribution is standard normal.",
        "False",
        (
            "They are two names of one quantity, for distributions of any kind. That one of two normals is standard "
            "is a special case of a special case: the regulariser of a variational autoencoder.",
        ),
    ),
    Claim(
        "Continuity",
        "Relative entropy is continuous.",
        "Only half",
        (
            "It is lower semi-continuous: at a limit it may be less than on all the way there, never more. However "
            "little mass P has on an outcome that Q rules out, the value is infinite; with none it is 0.",
            ">>> kb.kl([1 - 1e-12, 1e-12], [1, 0])\n>>> kb.kl([1, 0], [1, 0])",
        ),
    ),
    Claim(
        "Sub-additivity",
        "The relative entropy of a whole is at most the sum of those of its parts.",
        "False",
        (
            "For independent parts it is their sum, no less.",
            ">>> kb.kl(np.outer(A, P).ravel(), np.outer(B, Q).ravel())\n>>> kb.kl(A, B) + kb.kl(P, Q)",
            "Otherwise the chain rule holds: that of the first part, plus the mean of that of the second given the "
            "first. Below, both parts are fair coins under both, so that the parts differ by 0; but under P the "
            "coins agree four times out of five, and the whole shows it.",
            ">>> coins = np.array([[0.4, 0.1], [0.1, 0.4]])\n>>> kb.kl(coins.sum(axis=0), [0.5, 0.5])\n"
            ">>> kb.kl(coins, np.full((2, 2), 0.25), axis=(0, 1))",
        ),
    ),
    Claim(
        "The first program",
        "Relative entropy is computed as sum(log(P / Q)).",
        "Wrong",
        (
            "It prints a negative number, which cannot be: the weight p in front of the logarithm is missing.",
            ">>> np.sum(np.log(P / Q))",
            "With the weight, and as the library has it:",
            ">>> np.sum(P * np.log(P / Q))\n>>> kb.kl(P, Q)",
        ),
    ),
    Claim(
        "The second program",
        "The KL divergence is ½ (ln(σ²/σ₀²) + (μ₀ − μ)²/(σ² − σ₀²)), with the mean μ and the standard deviation σ of "
        "the numbers in P, and with μ₀ = 0 and σ₀ = 1.",
        "Wrong, twice",
        (
            "Again it prints a negative number:",
            ">>> mu, sigma = P.mean(), P.std()\n"
            ">>> 0.5 * (np.log(sigma**2 / 1**2) + (0 - mu) ** 2 / (sigma**2 - 1**2))",
            "First, the formula is another. Between normals, KL(N(μ, σ²)‖N(μ₀, σ₀²)) = ln(σ₀/σ) + (σ² + (μ − μ₀)²)/"
            "(2σ₀²) − ½.",
            ">>> np.log(1 / sigma) + (sigma**2 + mu**2) / 2 - 0.5",
            "The library agrees when it sums the two densities over narrow cells:",
            ">>> x = np.arange(-10, 10, 0.01)\n>>> normal = kb.logits(-(((x - mu) / sigma) ** 2) / 2)\n"
            ">>> standard = kb.logits(-(x**2) / 2)\n>>> kb.kl(normal, standard)",
            "Second, the mean and deviation of the probabilities say nothing about the distribution. Meant are those "
            "of its outcomes: if they are 0, 1, 2 and 3, the mean is 2 and the variance 1, and the normal with these "
            "moments is farther from the standard one.",
            ">>> outcomes = np.arange(4)\n>>> mean = P @ outcomes\n>>> variance = P @ (outcomes - mean) ** 2\n"
            ">>> round(-0.5 * np.log(variance) + (variance + mean**2) / 2 - 0.5, 9)",
        ),
    ),
    Claim(
        "Two ways to compute it",
        "One goes by the definition, one by a transformed formula; neither formula is given.",
        "There are more",
        (
            "By the definition, and as cross-entropy minus entropy. Both cancel where P and Q are close: what is "
            "left is rounding, and often negative. Here R differs from S in the tenth digit.",
            ">>> R = np.array([0.1, 0.2, 0.7])\n>>> S = R + [1e-10, 0, -1e-10]\n"
            ">>> np.sum(R * np.log(R / S))  # rounding\n"
            ">>> kb.cross_entropy(R, S) - kb.entropy(R)  # rounding",
            "As a Bregman residual: Σ p ln(p/q) − p + q has the same sum and no negative term, so that nothing can "
            "cancel. That is how kullback sums.",
            ">>> kb.kl(R, S)\n>>> bool((kb.kl.terms(R, S) >= 0).all())",
            "As a supremum (Donsker and Varadhan): the greatest value of E_P f − ln E_Q exp f over functions f. Any f "
            "gives a lower bound, ln(p/q) the value; neural estimators search for it.",
            ">>> f = np.log(P / Q)\n>>> P @ f - np.log(Q @ np.exp(f))\n>>> P @ (f / 2) - np.log(Q @ np.exp(f / 2))",
            "From the normaliser of an exponential family. A Poisson law with mean m has θ = ln m and A(θ) = exp θ, "
            "and KL is A(θ₀) − A(θ) − (θ₀ − θ) A′(θ). For means 3 and 5, first by that, then summed:",
            ">>> 5 - 3 - 3 * np.log(5 / 3)\n"
            ">>> n = np.arange(200)\n>>> log_factorial = np.cumsum(np.log(np.maximum(n, 1)))\n"
            ">>> three, five = (kb.logits(n * np.log(m) - log_factorial) for m in (3, 5))\n>>> kb.kl(three, five)",
        ),
    ),
    Claim(
        "What it is for",
        "Comparing and choosing language models, transfer and zero-shot learning, regularising and stabilising "
        "training, distillation, judging generative adversarial networks, and classifying, detecting and segmenting "
        "images.",
        "True",
        (
            "In each there are two distributions, and it matters which is P. In distillation, P is the teacher and Q "
            "the student, both known by their logits:",
            ">>> kb.kl(kb.logits([2.0, 1.0, 0.1]), kb.logits([1.5, 1.2, 0.3]))",
            "A classifier, detector or segmenter is trained on the cross-entropy of a label that is certain, and "
            "that is a KL divergence, as the entropy of certainty is 0:",
            ">>> kb.cross_entropy([0, 1, 0], [0.2, 0.7, 0.1])\n>>> kb.kl([0, 1, 0], [0.2, 0.7, 0.1])",
            "A regulariser holds a policy or a code (P) near a reference (Q). Language models are compared by what "
            "they give the next token, generated images by what a classifier sees in them, and a shift between the "
            "data of two tasks by comparing tables: kullback compare A B.",
        ),
    ),
)


def lines(width: int = 80, spelled: Callable[[str], str] = str) -> Iterator[str]:
    """Yield the article line by line, its code run.

    Args:
        width: of the longest line; code takes what it needs.
        spelled: what writes a paragraph with the characters that there are.

    >>> next(lines())
    'Relative entropy, claim by claim'
    """
    known: dict[str, Any] = {}
    yield from (_TITLE, "=" * len(_TITLE), "")
    yield from _paragraphs(_INTRODUCTION, known, lambda text: _wrapped(spelled(text), width))
    for number, claim in enumerate(CLAIMS, 1):
        title = f"{number}. {claim.title}"
        texts = f"The article: {claim.says}", f"{claim.verdict}. {claim.why[0]}", *claim.why[1:]
        yield from (title, "-" * len(title), "")
        yield from _paragraphs(texts, known, lambda text: _wrapped(spelled(text), width))


def markdown() -> str:
    """Return the article as Markdown, with results that a doctest takes on any machine."""
    known: dict[str, Any] = {}
    parts = [f"# {_TITLE}"]
    parts += [_marked(part, known) for part in _INTRODUCTION]
    parts += ["The same in a terminal:", "```console\n$ kullback explain --article\n...\n```"]
    for number, claim in enumerate(CLAIMS, 1):
        first, *others = claim.why
        parts += [f"## {number}. {claim.title}", _filled(f"> {claim.says}", "> ")]
        parts += [_filled(f"**{claim.verdict}.** {first}"), *(_marked(part, known) for part in others)]
    return "\n\n".join(parts) + "\n"


def _paragraphs(parts: Sequence[str], known: dict[str, Any], wrapped: Callable[[str], Iterable[str]]) -> Iterator[str]:
    for part in parts:
        if part.startswith(">>>"):
            for code in part.splitlines():
                yield f"    {code}"
                result = _run(code, known)
                if result is not None:
                    yield f"    {result if isinstance(result, bool) else figure(float(result))}"
        else:
            yield from wrapped(part)
        yield ""


def _marked(part: str, known: dict[str, Any]) -> str:
    if not part.startswith(">>>"):
        return _filled(part)
    shown: list[str] = []
    for code in part.splitlines():
        shown.append(code)
        result = _run(code, known)
        if result is not None:
            shown.append("np.float64(...)" if "# rounding" in code else _shortened(repr(result)))
    return "\n".join(["```pycon", *shown, "```"])


def _run(code: str, known: dict[str, Any]) -> Any:
    """Run one line that stands behind `>>>`, and return its value if it has one."""
    statement = code.removeprefix(">>> ")
    if re.match(r"import |[A-Za-z_0-9, ]+ = ", statement):
        exec(statement, known)
        return None
    return eval(statement, known)


def _shortened(text: str) -> str:
    """Return a number with all but its first digits left to the reader's machine.

    >>> _shortened("np.float64(5.714285268845878e-20)"), _shortened("0.0457575")
    ('np.float64(5.7142...e-20)', '0.0457575')
    """
    return re.sub(r"(?<![\d.])(-?0\.0*[1-9]\d{3}|-?[1-9]\d*\.\d{4})\d{4,}(e-?\d+)?", r"\1...\2", text)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _filled(text: str, indent: str = "") -> str:
    return "\n".join(textwrap.wrap(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))
