"""kullback list: every divergence, what it is and what it obeys."""

import json
import math
import re
import shlex

import pytest

import kullback as kb
import kullback.divergences
from kullback.cli.members import families
from kullback.divergence import Law
from tests.cli.command import command, refusal


def test_the_table(capsys):
    ran = command(capsys, "list")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].split() == ["name", "laws", "range", "unit", "formula"]
    assert max(map(len, lines)) <= 80
    for family in families():
        (row,) = [line for line in lines if re.match(rf"{family.command}(,|  )", line)]
        assert family.formula.split()[0] in row
        assert (" nats " in row) == (family.unit == "nats")
        for parameter in family.parameters:
            assert f"  --{parameter.name}" in ran.out
    assert re.search(r"^kl +---ACJ +\[0, ∞\] +nats +Σ p ln\(p/q\)$", ran.out, re.MULTILINE)
    assert re.search(r"^js +SB---J +\[0, ln 2\]", ran.out, re.MULTILINE)
    assert re.search(r"^jeffreys, psi +S--A-J", ran.out, re.MULTILINE)
    assert re.search(r"^tv +SBM--J +\[0, 1\] +–", ran.out, re.MULTILINE)


def test_json(capsys):
    listed = json.loads(command(capsys, "list", "--json").out)
    assert [one["name"] for one in listed] == [family.name for family in families()]
    by_name = {one["name"]: one for one in listed}
    kl = by_name["kl"]
    assert kl["range"] == [0, "inf"]
    assert kl["unit"] == "nats"
    assert set(kl["laws"]) == {law.name.lower() for law in kb.kl.laws}
    assert by_name["jeffreys"]["aliases"] == ["psi"]
    assert by_name["renyi"]["parameters"][0]["name"] == "alpha"
    assert "chain_rule" in by_name["renyi"]["laws_of_some"]
    assert "chain_rule" not in by_name["renyi"]["laws"]
    assert by_name["jensen_shannon"]["parameters"][0]["default"] == [0.5, 0.5]
    assert by_name["jensen_shannon"]["range"] is None


@pytest.mark.parametrize("family", families(), ids=lambda f: f.name)
class TestInFull:
    def test_it_says_what_it_is(self, capsys, family):
        out = command(capsys, "list", family.command).out
        assert family.formula in out
        for law in Law:
            said = law.name.lower().replace("_", " ")
            assert (f"  {said}" in out) == (law in family.laws | family.laws_of_some)
        assert max(map(len, out.splitlines())) <= 90
        assert family.source.split("\n")[0].split()[0] in out
        assert len(family.source.split("\n\n")) > 1, "the docstring of its file names no source"

    def test_its_examples_run(self, capsys, family):
        """The call in Python, its result and the line for the shell agree with one another."""
        told = json.loads(command(capsys, "list", family.command, "--json").out)
        value = float(eval(told["python"], {"kb": kb, "inf": math.inf}))
        assert repr(value) in command(capsys, "list", family.command).out
        program, *words = shlex.split(told["shell"])
        assert program == "kullback"
        assert json.loads(command(capsys, *words, "--json").out)["value"] == value

    def test_its_formula_has_no_numbers_of_a_member(self, family):
        """The formula of a family is written with letters."""
        letters = {letter for parameter in family.parameters for letter in parameter.letter}
        if family.parameters and len(letters) == 1:
            assert letters <= set(family.formula), family.formula


def test_names(capsys):
    assert command(capsys, "list", "psi").out == command(capsys, "list", "jeffreys").out
    assert command(capsys, "list", "jensen_shannon").out == command(capsys, "list", "jensen-shannon").out
    said = refusal(command(capsys, "list", "nope"))
    assert said.startswith("there is no divergence 'nope'; there are kl, ")
    assert "jensen-shannon" in said


def test_the_builtin_survives():
    """A module called `list` in the package would take the place of the type in its `__init__`."""
    import kullback.cli

    assert getattr(kullback.cli, "list", list) is list
