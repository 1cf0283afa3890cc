"""The tables of docs/divergences.md are those of the catalogue."""

import importlib.util

import kullback as kb
from kullback.divergence import Law
from tests.conftest import ROOT


def made():
    spec = importlib.util.spec_from_file_location("make_divergences", ROOT / "docs" / "make_divergences.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_not_stale():
    module = made()
    page = module.PAGE.read_text(encoding="utf-8")
    assert module.updated(page) == page, "run python docs/make_divergences.py"


def test_every_name_has_its_rows():
    module = made()
    text = module.tables(kb.divergences.catalogue)
    names = {member.name for member in kb.divergences.catalogue}
    assert names
    for name in names:
        rows = [line for line in text.splitlines() if line.startswith((f"| `kb.{name}", f"| `kb.divergences.{name}"))]
        assert len([row for row in rows if row.partition(name)[2][:1] in "`("]) == 2, name


def test_a_law_that_only_some_members_claim_is_marked_so():
    text = made().tables([kb.renyi(0.5), kb.renyi(2.0), kb.tv])
    laws = next(line for line in text.splitlines() if line.startswith("| laws"))
    renyi, tv = (
        next(line for line in text.splitlines()[5:] if name in line).split("|") for name in ("kb.renyi", "kb.tv")
    )
    column = laws.split("|").index(f" {Law.SYMMETRIC.name.lower()} ")
    assert renyi[column].strip() == "○" and tv[column].strip() == "●"
    assert renyi[laws.split("|").index(" bounded ")].strip() == ""


def test_a_letter_stands_for_the_value_and_for_nothing_else():
    module = made()
    seen = 0
    for members in module.families(kb.divergences.catalogue).values():
        member = module.example(members)
        formula = module.general(member.formula, member)
        for name, value in member.parameters:
            if isinstance(value, float):
                seen += 1
                assert value not in module.LIMITS and float(f"{value:g}") == value, repr(member)
                letter = module.LETTERS.get(name, name)
                assert letter in formula and f"{value:g}" not in formula, formula
                assert formula.replace(letter, f"{value:g}") == member.formula
    assert seen
