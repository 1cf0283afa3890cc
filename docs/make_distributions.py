"""Find how every ordered pair of families is answered, and write it into docs/distributions.md and .json.

    python docs/make_distributions.py

The members of each family are those of the tests (tests/families/specs). Run from the root of the repository, with
PyTorch, TensorFlow Probability and NumPyro installed for the column of each.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import kullback as kb  # noqa: E402
from kullback.cli.distributions import constructors, signature  # noqa: E402
from kullback.exact.pair import densities  # noqa: E402
from kullback.exact.resolution import resolved  # noqa: E402

PAGE, DATA = ROOT / "docs" / "distributions.md", ROOT / "docs" / "distributions.json"
START, END = "<!-- written by docs/make_distributions.py: {} -->\n", "<!-- end -->\n"
CLOSED = {"same family", "closed form", "exponential family", "expectations", "structure"}
SIGNS = {"closed": "●", "certified": "○", "estimated": "◌", "infinite": "∞", "none": "·"}
WORDS = {
    "closed": "a closed form",
    "certified": "a quadrature or sum with a proved error bound",
    "estimated": "a quadrature or sum whose error is estimated, and said to be",
    "infinite": "infinite",
    "none": "`NotExact`: only an estimate from draws",
}
CLASSES = {
    "Chi2": "chi2",
    "Weibull": "weibull",
    "ContinuousBernoulli": "continuous_bernoulli",
    "FisherSnedecor": "fisher_f",
    "LowRankMultivariateNormal": "multivariate_normal",
    "MultivariateNormalDiag": "multivariate_normal",
    "CategoricalProbs": "categorical",
    "CategoricalLogits": "categorical",
    "OneHotCategorical": "categorical",
    "ExpGamma": "exp_gamma",
    "ExpInverseGamma": "exp_inverse_gamma",
    "LogitNormal": "logit_normal",
}


def members() -> dict[str, tuple[Any, Any]]:
    """Return two members of each family on the line or the whole numbers: P's and Q's."""
    from tests.families.spec import all_specs

    found: dict[str, tuple[Any, Any]] = {}
    for spec in all_specs():
        if spec.univariate and spec.name not in found:
            found[spec.name] = spec.make(**spec.members[0]), spec.make(**spec.members[1])
    return dict(sorted(found.items(), key=lambda item: (type(item[1][0].support).__name__ != "Interval", item[0])))


def answered(p: Any, q: Any) -> str:
    """Return how KL(P‖Q) is found: a key of `SIGNS`."""
    both = densities(p, q)
    try:
        found = resolved(kb.kl, *both.members)
    except kb.NotExact:
        return "none"
    if float(found.value) == float("inf"):
        return "infinite"
    rule = found.parts[-1][0].rule
    return "closed" if rule in CLOSED else "certified" if rule.startswith("certified") else "estimated"


def matrix() -> dict[str, dict[str, str]]:
    """Return how each ordered pair is answered."""
    each = members()
    return {p: {q: answered(each[p][0], each[q][1]) for q in each} for p in each}


def family_of(class_name: str) -> str:
    """Return our name of a class of another library."""
    return CLASSES.get(class_name) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).lower()


def elsewhere() -> dict[str, list[str]]:
    """Return for each pair "p‖q" of families of the matrix the libraries that register a finite KL for it."""
    from tests.adoption import registries

    infinite = set(registries.torch_infinite_pairs())
    found: dict[str, list[str]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        listed = {
            "PyTorch": [pair for pair in registries.torch_pairs() if pair not in infinite],
            "TFP": registries.tensorflow_probability_pairs(),
            "NumPyro": registries.numpyro_pairs(),
        }
    for library, pairs in listed.items():
        for p, q in pairs:
            names = found.setdefault(f"{family_of(p)}‖{family_of(q)}", [])
            if library not in names:
                names.append(library)
    return dict(sorted(found.items()))


def table_of_families() -> str:
    """Return one row per constructor: how it is called and what it is."""
    lines = ["| call | what it is |", "|---|---|"]
    for name, function in constructors().items():
        sentence = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
        meaning = re.sub("^Return (?:the |an? )?", "", sentence).replace("|", "\\|")
        lines.append(f"| `{signature(name)}` | {meaning} |")
    return "\n".join(lines) + "\n"


def table_of_pairs(found: dict[str, dict[str, str]], discrete: list[str]) -> str:
    """Return two matrices as text, P down and Q across, with the key of their signs."""
    rooms = {
        "on the line": [name for name in found if name not in discrete],
        "on the whole numbers": discrete,
    }
    lines = [f"- {SIGNS[key]} {WORDS[key]}" for key in SIGNS]
    for where, names in rooms.items():
        answers = [found[p][q] for p in names for q in names]
        said = ", ".join(f"{SIGNS[key]} {answers.count(key)}" for key in SIGNS if key in answers)
        width = max(map(len, names)) + 4
        numbers = [f"{i + 1:>2}" for i in range(len(names))]
        lines += [
            "",
            f"{len(names)} families {where}, {len(names) ** 2} ordered pairs of KL(P‖Q), P down and Q across: {said}.",
            "",
            "```text",
            " " * width + " ".join(n[0] for n in numbers),
            " " * width + " ".join(n[1] for n in numbers),
        ]
        for number, p in zip(numbers, names, strict=True):
            lines.append(f"{number} {p}".ljust(width) + " ".join(SIGNS[found[p][q]] for q in names))
        lines.append("```")
    return "\n".join(lines) + "\n"


def table_of_libraries(found: dict[str, dict[str, str]], others: dict[str, list[str]]) -> str:
    """Return a row for each pair that another library registers, with how kullback answers it."""
    libraries = ("PyTorch", "TFP", "NumPyro")
    lines = ["| KL(P‖Q) | kullback | " + " | ".join(libraries) + " |", "|---|---|" + "---|" * len(libraries)]
    for pair, have in others.items():
        p, _, q = pair.partition("‖")
        if p not in found or q not in found[p]:
            continue
        ours = {"closed": "closed form", "none": "–"}.get(found[p][q], found[p][q])
        lines.append(f"| {p}‖{q} | {ours} | " + " | ".join("yes" if one in have else "" for one in libraries) + " |")
    closed = sum(row == "closed" for one in found.values() for row in one.values())
    total = {one: sum(one in have for have in others.values()) for one in libraries}
    said = ", ".join(f"{one} {total[one]}" for one in libraries)
    head = (
        f"Ordered pairs with a finite KL by a formula: kullback {closed} of those above (vectors and matrices beside); "
        f"registered by others, vectors and matrices included: {said}.\n\n"
    )
    return head + "\n".join(lines) + "\n"


def updated(page: str, data: dict[str, Any]) -> str:
    """Return the page with its parts written anew."""
    parts = {
        "families": table_of_families(),
        "pairs": table_of_pairs(data["pairs"], data["discrete"]),
        "libraries": table_of_libraries(data["pairs"], data["elsewhere"]),
    }
    for name, text in parts.items():
        start = START.format(name)
        before, rest = page.split(start)
        page = before + start + "\n" + text + "\n" + END + rest.split(END, 1)[1]
    return page


if __name__ == "__main__":
    whole = [name for name, (p, _) in members().items() if type(p.support).__name__ == "Integers"]
    fresh = {"pairs": matrix(), "discrete": whole, "elsewhere": elsewhere()}
    DATA.write_text(json.dumps(fresh, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8"), fresh), encoding="utf-8")
