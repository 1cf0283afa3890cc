"""The Jensen–Shannon divergence of many distributions, against the definition in mpmath."""

import math

import numpy as np
import pytest
from mpmath import mp

from kullback.distributions import counts, logits, probs, samples
from kullback.divergences import jensen_shannon, js
from tests.close import assert_close

RNG = np.random.default_rng(5)


def truth(rows, weights):
    with mp.workdps(80):
        masses = [[mp.mpf(float(x)) for x in row] for row in rows]
        masses = [[x / mp.fsum(row) for x in row] for row in masses]
        shares = [mp.mpf(float(w)) for w in weights]
        shares = [w / mp.fsum(shares) for w in shares]
        mixture = [mp.fsum(w * row[k] for w, row in zip(shares, masses, strict=True)) for k in range(len(masses[0]))]

        def entropy(x):
            return -mp.fsum(a * mp.log(a) for a in x if a > 0)

        return float(entropy(mixture) - mp.fsum(w * entropy(row) for w, row in zip(shares, masses, strict=True)))


@pytest.mark.parametrize("apart", [1.0, 1e-1, 1e-3, 1e-6, 1e-9, 1e-12, 1e-14])
def test_accurate_however_close_the_rows_are(apart):
    p = RNG.dirichlet(np.ones(6))
    rows = np.abs(p * (1.0 + apart * RNG.standard_normal((5, 6))))
    weights = RNG.dirichlet(np.ones(5))
    assert_close(js.many(counts(rows), weights), truth(rows, weights), relative=1e-13)
    rows[1, 2] = rows[3, 4] = rows[0, 4] = 0.0
    assert_close(js.many(counts(rows)), truth(rows, np.ones(5)), relative=1e-13)


def test_logarithms():
    a = RNG.normal(0.0, 3.0, 6)
    near = a + 1e-9 * RNG.standard_normal((4, 6))
    with mp.workdps(80):
        masses = [[mp.exp(mp.mpf(float(x))) for x in row] for row in near]
        masses = [[x / mp.fsum(row) for x in row] for row in masses]
        mixture = [mp.fsum(column) / 4 for column in zip(*masses, strict=True)]
        terms = (x * mp.log(x / m) for row in masses for x, m in zip(row, mixture, strict=True))
        expected = float(mp.fsum(terms) / 4)
    assert_close(js.many(logits(near)), expected)
    assert_close(js.many(logits([[0.0, -800.0], [-800.0, 0.0], [0.0, 0.0]])), truth([[1, 0], [0, 1], [1, 1]], [1] * 3))
    assert_close(js.many(logits([[0.0, -math.inf], [1.0, 1.0]])), truth([[1, 0], [1, 1]], [1, 1]))


def test_of_two_it_is_the_divergence_of_two():
    p, q = RNG.dirichlet(np.ones(5), (2, 3))
    assert_close(js.many([p, q]), js(p, q))
    assert_close(js.many([p, q], (0.2, 0.8)), jensen_shannon(weights=(0.2, 0.8))(p, q))
    assert_close(js.many([p, q], base=2), js(p, q, base=2))
    assert_close(js.many([p.T, q.T], axis=0, keepdims=True), js(p, q)[None])


def test_laws():
    rows = RNG.dirichlet(np.ones(5), 4)
    value = js.many(rows)
    assert_close(js.many(rows[::-1]), value)
    assert_close(js.many(np.concatenate([rows, rows])), value)
    assert_close(js.many(rows, [0.5, 0.5, 0.0, 0.0]), js(rows[0], rows[1]))
    assert_close(js.many(np.eye(7)), math.log(7.0), relative=1e-15)
    assert js.many(np.eye(7)) <= math.log(7.0)
    assert js.many([rows[0]] * 3) == 0.0 and js.many(rows[:1]) == 0.0
    # First which half, then which of the half.
    halves = [rows[:2].mean(0), rows[2:].mean(0)]
    assert_close(value, js(*halves) + 0.5 * (js(rows[0], rows[1]) + js(rows[2], rows[3])), relative=1e-12)


def test_kinds_mix_and_masks_restrict():
    rows = RNG.dirichlet(np.ones(4), 3)
    mixed = [probs(rows[0]), logits(np.log(rows[1]) + 2.0), counts(7.0 * rows[2])]
    assert_close(js.many(mixed), js.many(rows), relative=1e-12)
    wide = np.concatenate([rows, np.full((3, 1), 9.0)], axis=1)
    assert_close(js.many(wide, where=[True] * 4 + [False]), js.many(rows))
    assert js.many(rows.astype(np.float32)).dtype == np.float32


def test_another_library():
    torch = pytest.importorskip("torch")
    rows = RNG.dirichlet(np.ones(4), 3)
    known = torch.tensor(rows, requires_grad=True)
    value = js.many(known)
    assert_close(value.detach().numpy(), js.many(rows))
    value.backward()
    slope = np.log(rows / rows.mean(0)) / 3.0
    assert_close(known.grad.numpy(), slope - (slope * rows).sum(1, keepdims=True), relative=1e-12, absolute=1e-15)


def test_bad_input():
    rows = RNG.dirichlet(np.ones(4), 3)
    for weights in ([0.5, 0.5], [0.5, 0.5, 0.5], [1.5, -0.5, 0.0], [math.nan] * 3, 1.0):
        with pytest.raises(ValueError, match="weights"):
            js.many(rows, weights)
    with pytest.raises(ValueError, match=r"rows\[1\] sums to 2"):
        js.many([rows[0], 2.0 * rows[1]])
    with pytest.raises(ValueError, match="per entry of its first axis"):
        js.many(rows[0])
    with pytest.raises(ValueError, match="at least one"):
        js.many([])
    with pytest.raises(ValueError, match="outcomes do not match"):
        js.many([[0.5, 0.5], [1.0]])
    for wrong in (3.0, "rows", {"a": 1.0}):
        with pytest.raises(TypeError, match="sequence of distributions"):
            js.many(wrong)
    with pytest.raises(TypeError, match="estimate"):
        js.many([samples([1.0, 2.0]), rows[0]])
    with pytest.raises(TypeError, match=r"js\.many\(rows, weights\)"):
        jensen_shannon(weights=(0.2, 0.8)).many(rows)


def test_labelled_rows_meet_by_label():
    rows = [{"a": 0.5, "b": 0.5}, {"b": 0.75, "a": 0.25}, {"c": 1.0}]
    assert_close(js.many(rows), js.many([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0]]), relative=1e-15)


def test_rows_that_are_not_dense_arrays():
    pandas, sparse = pytest.importorskip("pandas"), pytest.importorskip("scipy.sparse")
    rows = np.eye(2)
    for given in (sparse.csr_array(rows), [sparse.csr_array(rows[:1]), rows[:1]]):
        with pytest.raises(TypeError, match=r"toarray\(\)"):
            js.many(given)
    with pytest.raises(TypeError, match=r"rows\.to_numpy\(\)"):
        js.many(pandas.DataFrame(rows))
    with pytest.raises(TypeError, match="takes a sequence"):
        js.many({"a": 0.5, "b": 0.5})
