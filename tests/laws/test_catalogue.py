"""Divergences as values, and the folders as complete lists."""

import copy
import importlib
import inspect
import math
import pickle
import typing
from pathlib import Path

import numpy as np
import pytest

import kullback.distributions
import kullback.divergences
from kullback.distribution import Distribution
from kullback.divergence import Divergence
from kullback.divergences import (
    amari,
    bhattacharyya,
    catalogue,
    chernoff,
    chi2,
    cressie_read,
    hellinger,
    hockey_stick,
    jeffreys,
    jensen_shannon,
    js,
    kl,
    neyman_chi2,
    psi,
    renyi,
    skew_kl,
    triangular,
    tsallis,
    tv,
)
from tests.close import assert_close


def test_every_divergence_is_listed():
    files = {path.stem for path in Path(kullback.divergences.__file__).parent.glob("*.py")} - {"__init__"}
    code = Path(kullback.divergences.__file__).read_text()
    assert files, "no files found"
    for stem in files:
        assert f"from kullback.divergences.{stem} import" in code, f"{stem}.py is not listed in kullback.divergences"


def test_every_family_is_listed():
    """A file that makes distributions has a function called as it is; the others are what several families share."""
    code = Path(kullback.distributions.__file__).read_text()
    found = 0
    for path in Path(kullback.distributions.__file__).parent.glob("*.py"):
        module = importlib.import_module(f"kullback.distributions.{path.stem}")
        makers = [
            name
            for name, thing in vars(module).items()
            if inspect.isfunction(thing)
            and thing.__module__ == module.__name__
            and not name.startswith("_")
            and issubclass(_made_by(thing), Distribution)
        ]
        if path.stem in makers:
            found += 1
            assert f"from kullback.distributions.{path.stem} import {path.stem} as" in code, (
                f"{path.stem} is not listed"
            )
            assert inspect.isfunction(getattr(kullback.distributions, path.stem))
    assert found > 60


def _made_by(function):
    made = typing.get_type_hints(function).get("return")
    return made if inspect.isclass(made) else type(None)


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


@pytest.mark.parametrize(
    ("family", "parameter"),
    [
        (renyi, "alpha"),
        (tsallis, "alpha"),
        (cressie_read, "lam"),
        (amari, "alpha"),
        (skew_kl, "alpha"),
        (hockey_stick, "gamma"),
    ],
)
def test_a_family_called_like_a_divergence(family, parameter):
    name = family.__name__
    for arguments in (([0.5, 0.5], [0.1, 0.9]), (np.array([0.5, 0.5]),), ("2",), (2, 3), (True,), (None,)):
        with pytest.raises(TypeError, match=rf"did you mean kb\.{name}\({parameter}\)\(p, q\)\?"):
            family(*arguments)
    assert family(1 if family is not skew_kl else 0).parameters[0][0] == parameter
    assert getattr(kullback, name) is family


@pytest.mark.parametrize(
    ("family", "parameter"),
    [
        *((tsallis, x) for x in (-0.1, math.inf, math.nan)),
        *((cressie_read, x) for x in (math.inf, -math.inf, math.nan)),
        *((amari, x) for x in (math.inf, math.nan)),
        *((skew_kl, x) for x in (-0.1, 1.0, 1.5, math.nan)),
        *((hockey_stick, x) for x in (0.9, math.inf, math.nan)),
    ],
)
def test_parameters_out_of_range(family, parameter):
    with pytest.raises(ValueError, match=r"not -?(\d|inf|nan)"):
        family(parameter)


def test_relations_between_members():
    p, q = [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]
    assert_close(jeffreys(p, q), kl(p, q) + kl.reverse(p, q))
    assert_close(renyi(0.5)(p, q), -2.0 * math.log(1.0 - hellinger(p, q) ** 2))
    assert_close(bhattacharyya(p, q), 0.5 * renyi(0.5)(p, q))
    assert_close(renyi(1)(p, q), kl(p, q))
    assert_close(renyi(2)(p, q), math.log1p(chi2(p, q)))
    assert_close(tsallis(2)(p, q), chi2(p, q))
    assert_close(tsallis(1)(p, q), kl(p, q))
    assert_close(cressie_read(0)(p, q), kl(p, q))
    assert_close(cressie_read(-1)(p, q), kl.reverse(p, q))
    assert_close(cressie_read(1)(p, q), 0.5 * chi2(p, q))
    assert_close(cressie_read(-2)(p, q), 0.5 * neyman_chi2(p, q))
    assert_close(cressie_read(-0.5)(p, q), 4.0 * hellinger(p, q) ** 2)
    assert_close(amari(-1)(p, q), kl(p, q))
    assert_close(amari(1)(p, q), kl.reverse(p, q))
    assert_close(amari(0.4)(p, q), amari(-0.4)(q, p))
    assert_close(amari(0.4)(p, q), cressie_read(-0.7)(p, q))
    mixture = 0.5 * (np.array(p) + q)
    assert_close(triangular(p, q), 2.0 * chi2(p, mixture))
    assert_close(js(p, q), 0.5 * (skew_kl(0.5)(p, q) + skew_kl(0.5)(q, p)))
    assert_close(skew_kl(0)(p, q), kl(p, q))
    assert_close(hockey_stick(1)(p, q), tv(p, q))
    order = chernoff.order(p, q)
    assert_close(chernoff(p, q), (1.0 - order) * renyi(order)(p, q))
    assert kl(p, q) >= 2.0 * tv(p, q) ** 2 and bhattacharyya(p, q) <= chernoff(p, q) <= min(kl(p, q), kl(q, p))


@pytest.mark.parametrize(
    ("near", "limit"),
    [
        (tsallis(1e-12), tsallis(0)),
        (tsallis(1 - 1e-12), kl),
        (tsallis(1 + 1e-12), kl),
        (cressie_read(1e-12), kl),
        (cressie_read(-1e-12), kl),
        (cressie_read(-1 + 1e-12), kl.reverse),
        (cressie_read(-1 - 1e-12), kl.reverse),
        (cressie_read(-0.5 - 1e-12), cressie_read(-0.5)),
        (amari(-1 + 1e-12), kl),
        (amari(1 + 1e-12), kl.reverse),
        (skew_kl(1e-300), kl),
        (hockey_stick(1 + 1e-12), tv),
    ],
    ids=repr,
)
@pytest.mark.parametrize("apart", [1.0, 1e-3, 1e-7])
def test_families_are_continuous_in_their_parameter(near, limit, apart):
    p = np.array([0.2, 0.3, 0.5])
    q = p * (1.0 + apart * np.array([0.5, -0.7, 0.22]))
    # What jumps to 0 or has a kink at the limit is near it only as far as the parameter is.
    absolute = 1e-11 if limit in (tsallis(0), tv) else 0.0
    assert_close(near(p, q), limit(p, q), relative=1e-10, absolute=absolute)
    if not absolute:
        assert 0.0 < near(p, p + np.array([1e-12, -1e-12, 0.0])) < 1e-22


# ---- where the Chernoff information is


def test_the_order_of_chernoff_is_where_both_are_equally_far():
    rng = np.random.default_rng(1)
    p, q = rng.dirichlet(np.ones(5), (2, 50))
    order = chernoff.order(p, q)
    assert order.shape == (50,) and np.all((order > 0.0) & (order < 1.0))
    between = p ** order[:, None] * q ** (1.0 - order[:, None])
    between /= between.sum(1, keepdims=True)
    assert_close(kl(between, p), kl(between, q), relative=1e-11)
    assert_close(kl(between, p), chernoff(p, q), relative=1e-11)
    assert_close(chernoff.order(q, p), 1.0 - order, relative=1e-13)
    assert_close(chernoff.order(p.T, q.T, axis=0, keepdims=True), order[None])


def test_the_order_of_chernoff_at_its_ends():
    assert chernoff.order([0.5, 0.5], [0.5, 0.5]) == 0.5
    assert chernoff.order([1.0, 0.0], [0.0, 1.0]) == 0.5 and chernoff([1.0, 0.0], [0.0, 1.0]) == math.inf
    # Where P is missing an outcome and is greater on the others, no weight on P is best.
    assert chernoff.order([0.5, 0.5, 0.0], [0.25, 0.25, 0.5]) == 0.0
    assert chernoff.order([0.25, 0.25, 0.5], [0.5, 0.5, 0.0]) == 1.0
    assert_close(chernoff([0.5, 0.5, 0.0], [0.25, 0.25, 0.5]), math.log(2.0))


@pytest.mark.parametrize("apart", [1e-2, 1e-6, 1e-10, 1e-14])
def test_the_order_of_chernoff_of_near_distributions(apart):
    from mpmath import mp

    p = np.array([0.1, 0.2, 0.7])
    q = p * (1.0 + apart * np.array([1.0, -2.0, 3.0 / 7.0]))
    with mp.workdps(80):
        masses = [[mp.mpf(float(x)) for x in row] for row in (p, q)]
        (a, b) = ([x / mp.fsum(row) for x in row] for row in masses)
        ratios = [mp.log(x / y) for x, y in zip(a, b, strict=True)]

        def mean(alpha):
            return mp.fsum(y * mp.exp(alpha * r) * r for y, r in zip(b, ratios, strict=True))

        expected = float(mp.findroot(mean, (0.4, 0.6), solver="anderson", tol=1e-140))
    assert_close(chernoff.order(p, q), expected, relative=1e-13)
