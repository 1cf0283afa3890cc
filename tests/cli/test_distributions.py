"""Distributions on the command line: what is read, what is refused, how a value was found."""

import json

import pytest

from kullback.cli.distributions import ALIASES, constructors, parse, signature
from tests.cli.command import command, refusal


def test_a_divergence_of_two_distributions(capsys):
    done = command(capsys, "kl", "normal(0, 1)", "normal(1, scale=2)")
    assert done.code == 0
    assert done.out == "KL(P‖Q) = 0.443147 nats\n"


def test_how_says_the_rule_and_its_error(capsys):
    done = command(capsys, "kl", "gamma(2, 1)", "normal(2, 1)", "--how")
    assert done.code == 0
    assert "rule     expectations" in done.out
    assert "formula" in done.out
    assert "at most 1e-13" in done.out


def test_infinity_names_the_set(capsys):
    done = command(capsys, "kl", "normal(0, 1)", "gamma(2, 1)", "--how")
    assert "KL(P‖Q) = ∞ nats" in done.out
    assert "P has mass outside (0, inf)" in done.out


def test_json_has_the_value_and_the_rule(capsys):
    done = command(capsys, "hellinger", "normal(0, 1)", "normal(1/2, 2)", "--json")
    found = json.loads(done.out)
    assert 0.0 < found["value"] < 1.0
    assert found["how"][0]["rule"] == "same family"
    assert found["inputs"] == {"p": "normal(0, 1)", "q": "normal(1/2, 2)"}


def test_a_batch_and_bits(capsys):
    done = command(capsys, "kl", "normal([0, 1], 1)", "normal(0, 1)", "--base", "2")
    assert done.out.splitlines() == ["KL(P‖Q) bits", "0  0", "1  0.721348"]


@pytest.mark.parametrize(
    ("p", "q", "said"),
    [
        ("normal(0, 1)", "gama(1)", "did you mean gamma"),
        ("normal(0, 1)", "normal(__import__('os'))", "there is no distribution '__import__'"),
        ("normal(0, 1)", "normal(loc.real)", "cannot be read"),
        ("normal(0, 1)", "normal(0 if 1 else 2)", "cannot be read"),
        ("normal(0, 1)", "normal(2**9)", "cannot be read"),
        ("normal(0, 1)", "normal(**{})", "** means nothing"),
        ("normal(0, 1)", "normal(1/0)", "divides by zero"),
        ("normal(0, 1)", "normal(0, 1, 2)", "it is normal(loc=0, scale=1)"),
        ("normal(0, 1)", "normal(mean=2)", "it is normal(loc=0, scale=1)"),
        ("normal(0, 1)", "normal(0, -1)", "scale is -1, and a positive number is needed"),
        ("normal(0, 1)", "normal(True)", "cannot be read"),
        ("normal(0, 1)", "normal(0, 1))", "cannot be read at character"),
        ("normal(0, 1)", "0.5,0.5", "give two distributions, or two vectors"),
        ("normal(0, 1)", "normal(" + "[" * 5000 + ")", "cannot be read"),
        ("normal(0, 1)", "normal(" + "-" * 90000 + "1)", "normal("),
    ],
)
def test_what_cannot_be_read_is_said(capsys, p, q, said):
    assert said in refusal(command(capsys, "kl", p, q))


@pytest.mark.parametrize("option", [("--terms",), ("--kind", "counts"), ("--axis", "0")])
def test_options_of_vectors_are_refused(capsys, option):
    assert f"{option[0]} is for vectors" in refusal(command(capsys, "kl", "normal(0, 1)", "normal(1, 1)", *option))


def test_how_of_vectors_is_refused(capsys):
    assert "--how is for distributions" in refusal(command(capsys, "kl", "0.5,0.5", "0.9,0.1", "--how"))


def test_the_list_has_every_family_and_each_can_be_called_as_it_says(capsys):
    done = command(capsys, "list", "distributions", "--json")
    listed = {row["name"]: row for row in json.loads(done.out)}
    assert set(listed) == set(constructors())
    assert listed["normal"]["call"] == signature("normal") == "normal(loc=0, scale=1)"
    assert set(ALIASES.values()) <= set(listed)
    assert "normal(loc=0, scale=1)" in command(capsys, "list", "distributions").out


def test_nested_distributions():
    assert parse("normal([0, 1/4], 2)").batch_shape == (2,)


def test_a_distribution_is_listed_with_its_parameters(capsys):
    shown = command(capsys, "list", "mvn").out
    assert shown.startswith("multivariate_normal(loc, covariance=")
    assert "  cholesky: the lower triangular L" in shown
    assert max(map(len, shown.splitlines()[1:])) <= 80
    assert json.loads(command(capsys, "list", "gamma", "--json").out)["name"] == "gamma"
    assert "There is a distribution of this name too: chi2(df)" in command(capsys, "list", "chi2").out


def test_a_misspelt_name_in_the_list_is_guessed_at(capsys):
    assert "did you mean gamma" in refusal(command(capsys, "list", "gama"))
    assert "did you mean distributions" in refusal(command(capsys, "list", "distribution"))


@pytest.mark.parametrize(
    ("other", "said"),
    [("normal(0, 1", "its brackets do not close"), ("normal", "write normal(loc=0, scale=1) with its parameters")],
)
def test_half_a_distribution(capsys, other, said):
    assert said in refusal(command(capsys, "kl", "normal(0, 1)", other))


def test_names_that_people_type(capsys):
    assert command(capsys, "kl", "N(0, 1)", "gaussian(1, 1)").out == "KL(P‖Q) = 0.5 nats\n"
    assert "did you mean normal" in refusal(command(capsys, "kl", "Normal(0, 1)", "normal(1, 1)"))
    assert "loc is the text 'a'" in refusal(command(capsys, "kl", "normal('a', 1)", "normal(1, 1)"))


def test_entropies_of_distributions(capsys):
    assert command(capsys, "entropy", "normal(0, 1)").out == "H(P) = 1.41894 nats\n"
    found = json.loads(command(capsys, "cross-entropy", "normal(0, 1)", "gamma(2, 1)", "--json").out)
    assert found["value"] == "inf" and found["label"] == "H(P, Q)"
    assert "a number of outcomes" in refusal(command(capsys, "perplexity", "normal(0, 1)"))
    assert "--axis is for vectors" in refusal(command(capsys, "entropy", "normal(0, 1)", "--axis", "0"))
