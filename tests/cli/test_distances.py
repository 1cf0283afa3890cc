"""Distances of distributions on the command line."""

import json
import math

import pytest

from tests.cli.command import command, refusal


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["wasserstein", "normal(0, 1)", "normal(3, 5)"], "W2(P, Q) = 5"),
        (["wasserstein", "poisson(2)", "poisson(3.5)", "--order", "1"], "W1(P, Q) = 1.5"),
        (["wasserstein", "t(2)", "normal(0, 1)"], "W2(P, Q) = ∞"),
        (["fisher-rao", "exponential(1)", "exponential(2)"], "Fisher–Rao(P, Q) = 0.693147"),
        (["wasserstein", "normal([0, 1], 1)", "normal(0, 1)"], "W2(P, Q)\n0  0\n1  1"),
    ],
)
def test_a_distance_of_two_distributions(capsys, arguments, out):
    done = command(capsys, *arguments)
    assert (done.code, done.out, done.err) == (0, f"{out}\n", "")


def test_json(capsys):
    found = json.loads(command(capsys, "fisher-rao", "poisson(1)", "poisson(4)", "--json").out)
    assert math.isclose(found["value"], 2.0, rel_tol=1e-15)
    assert found["distance"] == "fisher_rao"
    assert found["inputs"] == {"p": "poisson(1)", "q": "poisson(4)"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["wasserstein", "normal(0, 1)", "normal(0, 1)", "--order", "0.5"], "order is 0.5"),
        (["wasserstein", "normal(0, 1)", "0.5,0.5"], "cannot be read"),
        (["fisher-rao", "gamma(1, 1)", "gamma(2, 1)"], "exists for pairs of one family"),
    ],
)
def test_what_is_refused_in_one_line(capsys, arguments, said):
    assert said in refusal(command(capsys, *arguments))
