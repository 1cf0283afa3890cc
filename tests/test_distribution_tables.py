"""The tables of docs/distributions.md: every family is there, and pairs are answered as they say."""

import importlib.util
import json

import numpy as np

from kullback.cli.distributions import constructors
from tests.conftest import ROOT


def made():
    spec = importlib.util.spec_from_file_location("make_distributions", ROOT / "docs" / "make_distributions.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_that_of_its_data():
    module = made()
    data = json.loads(module.DATA.read_text(encoding="utf-8"))
    page = module.PAGE.read_text(encoding="utf-8")
    assert module.updated(page, data) == page, "run python docs/make_distributions.py"
    assert all(f"| `{name}(" in page for name in constructors())


def test_pairs_are_answered_as_the_page_says():
    module = made()
    pairs = json.loads(module.DATA.read_text(encoding="utf-8"))["pairs"]
    members = module.members()
    assert list(pairs) == list(members), "run python docs/make_distributions.py"
    names = list(members)
    rng = np.random.default_rng(0)
    for i, j in rng.integers(len(names), size=(120, 2)):
        p, q = names[i], names[j]
        assert module.answered(members[p][0], members[q][1]) == pairs[p][q], (p, q)


def test_at_least_two_hundred_ordered_pairs_are_closed():
    pairs = json.loads(made().DATA.read_text(encoding="utf-8"))["pairs"]
    assert sum(answer == "closed" for row in pairs.values() for answer in row.values()) >= 200
    # Every pair on the line or on the whole numbers is answered.
    assert not [(p, q) for p, row in pairs.items() for q, answer in row.items() if answer == "none"]
