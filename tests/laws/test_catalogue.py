"""Divergences as values, and the folders as complete lists."""

import copy
import math
import pickle
from pathlib import Path

import numpy as np
import pytest

import kullback.distributions
import kullback.divergences
from kullback.divergence import Divergence
from kullback.divergences import catalogue, hellinger, jeffreys, jensen_shannon, js, kl, psi, renyi, tv
from tests.close import assert_close


@pytest.mark.parametrize("folder", [kullback.divergences, kullback.distributions], ids=lambda x: x.__name__)
def test_every_file_is_listed(folder):
    files = {path.stem for path in Path(folder.__file__).parent.glob("*.py")} - {"__init__"}
    named = {getattr(thing, "__module__", "").rpartition(".")[2] for thing in vars(folder).values()}
    code = Path(folder.__file__).read_text()
    assert files, "no files found"
    for stem in files:
        assert f"from {folder.__name__}.{stem} import" in code, f"{stem}.py is not listed in {folder.__name__}"
    assert named


def test_every_divergence_is_in_the_catalogue():
    listed = {thing.name for thing in vars(kullback.divergences).values() if isinstance(thing, Divergence)}
    assert listed <= {divergence.name for divergence in catalogue}
    assert len(set(catalogue)) == len(catalogue)


@pytest.mark.parametrize("divergence", catalogue, ids=repr)
def test_members_are_values(divergence):
    assert pickle.loads(pickle.dumps(divergence)) == divergence == copy.copy(divergence)
    assert hash(pickle.loads(pickle.dumps(divergence))) == hash(divergence)
    assert divergence.symbol and divergence.title and divergence.formula and divergence.laws
    assert divergence.unit in ("", "nats") and divergence.range[0] == 0.0
    with pytest.raises(AttributeError):
        divergence.name = "other"


def test_equality():
    assert renyi(2) == renyi(2.0) and renyi(2) != renyi(3) and hash(renyi(2)) == hash(renyi(2))
    assert jensen_shannon() == js == jensen_shannon(weights=(0.5, 0.5)) != jensen_shannon(weights=(0.4, 0.6))
    assert kl.reverse != kl and kl.reverse.reverse == kl and js.reverse is js and psi is jeffreys
    assert repr(kl.reverse) == "kl.reverse" and repr(renyi(math.inf)) == "renyi(alpha=inf)"
    assert kl.label() == "KL(P‖Q)" and kl.reverse.label() == "KL(Q‖P)" and renyi(2).label("a", "b") == "R2(a‖b)"
    assert kl.reverse.formula == "Σ q ln(q/p)"


def test_factories_called_with_distributions():
    with pytest.raises(TypeError, match=r"did you mean kb\.renyi\(alpha\)\(p, q\)\?"):
        renyi([0.5, 0.5], [0.1, 0.9])
    with pytest.raises(TypeError, match=r"did you mean kb\.renyi\(alpha\)\(p, q\)\?"):
        renyi(np.array([0.5, 0.5]))
    with pytest.raises(TypeError, match=r"did you mean kb\.js\(p, q\)"):
        jensen_shannon([0.5, 0.5], [0.1, 0.9])
    for alpha in (-1, math.nan):
        with pytest.raises(ValueError, match="at least 0"):
            renyi(alpha)
    for weights in ((0.5, 0.6), (1.0, 0.0), (0.2, 0.3, 0.5)):
        with pytest.raises(ValueError, match="sum to 1"):
            jensen_shannon(weights=weights)


def test_relations_between_members():
    p, q = [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]
    assert_close(jeffreys(p, q), kl(p, q) + kl.reverse(p, q))
    assert_close(renyi(0.5)(p, q), -2.0 * math.log(1.0 - hellinger(p, q) ** 2))
    assert_close(renyi(1)(p, q), kl(p, q))
    assert_close(renyi(2)(p, q), math.log1p(kullback.divergences.chi2(p, q)))
    assert kl(p, q) >= 2.0 * tv(p, q) ** 2
