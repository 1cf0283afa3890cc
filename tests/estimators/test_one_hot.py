"""Categories as coordinates: the divergence is that of the table, and what cannot be done is told."""

import numpy as np
import pytest

import kullback as kb
from kullback.estimators import linear_logistic, one_hot, shared_radius
from kullback.sample import Model, Sample, sample_of


def table(rows, shares, means, seed):
    rng = np.random.default_rng(seed)
    codes = rng.choice(len(shares), size=(rows, 1), p=shares)
    numbers = rng.normal(size=(rows, 1)) + np.asarray(means)[codes]
    return Sample(numbers, codes, (len(shares),), ("value", "kind"))


P, Q = [0.5, 0.3, 0.2], [0.3, 0.3, 0.4]
TRUTH = float(kb.kl(P, Q)) + float(np.dot(P, [0.0, 0.125, 0.0]))


def pair(rows):
    return table(rows, P, [0.0, 1.0, 3.0], 1), table(rows, Q, [0.0, 0.5, 3.0], 2)


def test_neighbours_take_a_table():
    found = one_hot(shared_radius(k=10, transform=None)).fit(*pair(2000), np.random.default_rng(0))
    # The best estimator has a standard error of 0.02 here.
    assert abs(found.value(kb.kl).value - TRUTH) < 0.06


def test_a_constant_column_is_left_out():
    x, y = pair(300)
    wide = [
        Sample(np.column_stack([side.numbers, np.full(300, 7.0)]), side.codes, side.alphabet, ("a", "b", "c"))
        for side in (x, y)
    ]
    method = one_hot(shared_radius(k=5, transform=None))
    values = [method.fit(*sides, np.random.default_rng(0)).value(kb.kl).value for sides in ((x, y), wide)]
    assert values[0] == values[1]


def test_what_cannot_be_done_is_told():
    x, y = pair(50)
    method = one_hot(linear_logistic())
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="no column of numbers"):
        method.fit(*(Sample(side.numbers[:, :0], side.codes, side.alphabet, ("kind",)) for side in (x, y)), rng)
    with pytest.raises(ValueError, match="density of numbers"):
        method.fit(sample_of(np.arange(20.0)), Model(np.sum, None, "a model"), rng)
    many = Sample(x.numbers, x.codes, (3000,), x.names)
    with pytest.raises(ValueError, match="3,000 categories"):
        method.fit(many, many, rng)
    with pytest.raises(ValueError, match="size is 0"):
        one_hot(linear_logistic(), size=0.0)
