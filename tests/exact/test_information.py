"""Joint tables against mpmath, and the chain rule."""

import itertools
import math

import numpy as np
import pytest
from mpmath import mp

import kullback as kb
from tests.close import assert_close


def true_information(table, groups):
    """Return KL of a joint table from the product of the marginals of groups of axes."""
    with mp.workdps(80):
        numbers = {index: mp.mpf(float(x)) for index, x in np.ndenumerate(table)}
        whole = mp.fsum(numbers.values())

        def marginal(index, group):
            return mp.fsum(x for other, x in numbers.items() if all(other[a] == index[a] for a in group)) / whole

        terms = []
        for index, x in numbers.items():
            if x > 0:
                product = mp.fprod(marginal(index, group) for group in groups)
                terms.append(x / whole * mp.log(x / whole / product))
        value = mp.fsum(terms)
        return 0.0 if abs(value) < mp.mpf(10) ** -68 else float(value)


@pytest.mark.parametrize("apart", [1.0, 1e-3, 1e-8, 1e-14])
@pytest.mark.parametrize("size", [(2, 2), (3, 5), (2, 3, 4)])
def test_mutual_information(apart, size):
    rng = np.random.default_rng(len(size))
    independent = 1.0
    for axis, n in enumerate(size):
        independent = np.multiply.outer(independent, rng.dirichlet(np.ones(n))) if axis else rng.dirichlet(np.ones(n))
    table = independent * (1.0 + apart * rng.random(size))
    axes = tuple(range(len(size)))
    expected = true_information(table, [(axis,) for axis in axes])
    assert_close(kb.mutual_information(kb.counts(table), *axes), expected, relative=1e-13)
    if len(size) == 3:
        grouped = true_information(table, [(0,), (1, 2)])
        assert_close(kb.mutual_information(kb.counts(table), 0, (1, 2)), grouped, relative=1e-13)
        each = [true_information(part, [(0,), (1,)]) for part in table]
        assert_close(kb.mutual_information(kb.counts(table)), each, relative=1e-13)


def test_counts_that_are_exactly_independent():
    table = np.multiply.outer([3, 50, 10**9], [7, 11, 13])
    assert kb.mutual_information(kb.counts(table)) == 0.0
    moved = table + np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0]])
    assert_close(kb.mutual_information(kb.counts(moved)), true_information(moved, [(0,), (1,)]), relative=1e-13)


def test_a_variable_tells_all_of_its_copy():
    p = np.array([0.2, 0.3, 0.5])
    assert_close(kb.mutual_information(np.diag(p)), kb.entropy(p), relative=1e-14)
    assert_close(kb.mutual_information(np.diag(p), base=2), kb.entropy(p, base=2), relative=1e-14)


def conditional(p, q):
    with mp.workdps(60):
        total = mp.mpf(0)
        whole = mp.fsum(mp.mpf(float(x)) for x in p.ravel())
        for a, b in zip(p, q, strict=True):
            mass, other = mp.fsum(mp.mpf(float(x)) for x in a), mp.fsum(mp.mpf(float(x)) for x in b)
            for x, y in zip(a, b, strict=True):
                if x > 0:
                    x, y = mp.mpf(float(x)), mp.mpf(float(y))
                    total += x / whole * mp.log((x / mass) / (y / other))
        return float(total)


@pytest.mark.parametrize("apart", [1.0, 1e-4, 1e-9, 1e-13])
def test_conditional(apart):
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(12)).reshape(3, 4)
    q = p * (1.0 + apart * rng.random((3, 4)))
    known = kb.counts(p), kb.counts(q)
    assert_close(kb.conditional_kl(*known, 1, given=0), conditional(p, q), relative=1e-13)
    assert_close(kb.conditional_kl(*known, 0, given=1), conditional(p.T, q.T), relative=1e-13)


@pytest.mark.parametrize("apart", [1.0, 1e-6, 1e-12])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_terms_of_the_chain_rule_sum_to_the_joint(apart, order):
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.ones(24), 7).reshape(7, 2, 3, 4)
    q = p * (1.0 + apart * rng.standard_normal(p.shape) / 10)
    known = kb.counts(p), kb.counts(q)
    axes = tuple(axis + 1 for axis in order)
    terms = kb.decompose(*known, *axes)
    assert list(terms) == list(axes)
    for term in terms.values():
        assert term.shape == (7,) and np.all(term >= 0.0)
    assert_close(sum(terms.values()), kb.kl(*known, axis=(1, 2, 3)), relative=1e-13)
    if apart == 1.0:  # else the rounding of these marginals is more than their difference
        first = kb.kl(*(kb.counts(x.sum(tuple({1, 2, 3} - {axes[0]}))) for x in (p, q)))
        assert_close(terms[axes[0]], first, relative=1e-13)


def test_names_and_groups():
    p, q = np.full((2, 2, 2), 0.125), np.arange(1.0, 9.0).reshape(2, 2, 2) / 36
    named = kb.decompose(p, q, names=["a", "b", "c"])
    assert list(named) == ["a", "b", "c"]
    grouped = kb.decompose(p, q, (0, 1), 2)
    assert list(grouped) == [(0, 1), 2]
    assert_close(grouped[(0, 1)], named["a"] + named["b"], relative=1e-14)
    assert_close(sum(named.values()), kb.kl(p, q, axis=(0, 1, 2)), relative=1e-14)
    assert_close(kb.decompose(p, q, base=2)[0], named["a"] / math.log(2.0), relative=1e-15)


def test_zeros_and_infinities():
    p = np.array([[0.5, 0.5], [0.0, 0.0]])
    q = np.array([[0.25, 0.25], [0.5, 0.0]])
    terms = kb.decompose(p, q)
    assert_close(terms[0], math.log(2.0), relative=1e-15)
    assert terms[1] == 0.0
    assert kb.decompose(q, p)[0] == math.inf
    # y = 1 is impossible in q and not in p: what q says of x then is nothing.
    assert kb.conditional_kl(q, p, 1, given=0) == math.inf
    assert kb.conditional_kl([[0.5, 0.5]], [[1.0, 0.0]], 1, given=0) == math.inf


def test_kinds_agree():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(6)).reshape(2, 3), rng.dirichlet(np.ones(6)).reshape(2, 3)
    expected = kb.decompose(p, q)
    for kind in (kb.log_probs, kb.logits):
        found = kb.decompose(kind(np.log(p)), kind(np.log(q)))
        assert_close(list(found.values()), list(expected.values()), relative=1e-13)
        assert_close(kb.mutual_information(kind(np.log(p))), kb.mutual_information(p), relative=1e-13)


@pytest.mark.parametrize("apart", [1.0, 1e-4, 1e-9, 1e-13])
def test_tables_of_logits_keep_their_digits(apart):
    rng = np.random.default_rng(11)
    a = rng.normal(0.0, 3.0, (5, 2, 3, 4))
    b = a + apart * rng.standard_normal(a.shape)
    terms = kb.decompose(kb.logits(a), kb.logits(b), 1, 2, 3)
    assert_close(sum(terms.values()), kb.kl(kb.logits(a), kb.logits(b), axis=(1, 2, 3)), relative=1e-13)
    other = kb.decompose(kb.logits(a), kb.logits(b), 3, 1, 2)
    assert_close(sum(other.values()), sum(terms.values()), relative=1e-13)
    independent = a[..., :1, :1] + a[:, :1, :, :1] + a[:, :1, :1, :]
    assert np.all(kb.mutual_information(kb.logits(independent), 1, 2, 3) < 1e-28)
    mixed = kb.decompose(kb.counts(np.exp(a)), kb.logits(b), 1, 2, 3)
    assert_close(sum(mixed.values()), kb.kl(kb.counts(np.exp(a)), kb.logits(b), axis=(1, 2, 3)), relative=1e-13)


def test_tables_of_logits_against_mpmath():
    rng = np.random.default_rng(12)
    row, column = rng.normal(size=4), rng.normal(size=3)
    for noise in (1.0, 1e-3, 1e-7):
        a = row[:, None] + column + noise * rng.standard_normal((4, 3))
        with mp.workdps(60):
            exact = np.array([[mp.exp(mp.mpf(float(x))) for x in line] for line in a])
            whole = mp.fsum(exact.ravel())
            rows, columns = exact.sum(1) / whole, exact.sum(0) / whole
            value = mp.fsum(
                exact[i, j] / whole * mp.log(exact[i, j] / whole / (rows[i] * columns[j]))
                for i in range(4)
                for j in range(3)
            )
        assert_close(kb.mutual_information(kb.logits(a)), float(value), relative=1e-13)


def test_no_false_infinity_from_underflow():
    a, b = np.zeros((2, 2)), np.array([[0.0, 0.0], [0.0, -800.0]])
    terms = kb.decompose(kb.logits(a), kb.logits(b))
    assert_close(sum(terms.values()), kb.kl(kb.logits(a), kb.logits(b), axis=(0, 1)), relative=1e-14)
    masked = np.array([[0.0, -np.inf], [-np.inf, 0.0]])
    assert_close(kb.mutual_information(kb.logits(masked)), math.log(2.0), relative=1e-15)
    assert kb.decompose(kb.logits(a), kb.logits(masked))[1] == math.inf


def test_other_libraries():
    torch = pytest.importorskip("torch")
    p = torch.tensor([[0.25, 0.25], [0.25, 0.25]])
    found = kb.mutual_information(p)
    assert type(found) is torch.Tensor and found.dtype == torch.float32 and found.item() == 0.0
    with pytest.raises(TypeError, match="no gradient"):
        kb.mutual_information(p.requires_grad_())


def test_errors():
    table = np.full((2, 2), 0.25)
    with pytest.raises(ValueError, match="two at least"):
        kb.mutual_information(table, 0)
    with pytest.raises(ValueError, match="twice"):
        kb.mutual_information(table, 0, (0, 1))
    with pytest.raises(ValueError, match="out of range"):
        kb.mutual_information(table, 0, 2)
    with pytest.raises(ValueError, match="sums to 2"):
        kb.mutual_information(2 * table)
    with pytest.raises(ValueError, match="is negative"):
        kb.decompose(table, [[0.5, 0.75], [-0.25, 0.0]])
    with pytest.raises(ValueError, match="do not match"):
        kb.decompose(table, np.full((2, 3), 1 / 6))
    with pytest.raises(ValueError, match="names"):
        kb.decompose(table, table, names=["a"])
    with pytest.raises(TypeError, match=r"kb\.estimate"):
        kb.mutual_information(kb.samples(table))
    with pytest.raises(TypeError, match="names is 3"):
        kb.decompose(table, table, names=3)
    with pytest.raises(TypeError, match=r"a variable is an axis of the table, or a tuple of its axes, and not 1\.5"):
        kb.mutual_information(table, 0, 1.5)


def test_labels_and_sparse_rows_are_no_tables():
    sparse = pytest.importorskip("scipy.sparse").csr_array(np.full((2, 2), 0.25))
    for said, table in (("is a dict", {"a": 0.5, "b": 0.5}), (r"is a csr_array.*pass [a-z]+\.toarray\(\)", sparse)):
        for call in (
            lambda: kb.mutual_information(table),  # noqa: B023
            lambda: kb.mutual_information(kb.counts(table)),  # noqa: B023
            lambda: kb.decompose(table, table),  # noqa: B023
            lambda: kb.conditional_kl(table, table, given=0),  # noqa: B023
        ):
            with pytest.raises(TypeError, match=said):
                call()


def test_lists_of_axes():
    table = [[0.4, 0.1], [0.1, 0.4]]
    assert kb.mutual_information(table, [0], [1]) == kb.mutual_information(table)
    assert list(kb.decompose(table, [[0.25, 0.25]] * 2, [1], [0])) == [(1,), (0,)]


@pytest.mark.parametrize("scale", [5e307, 1e-305, 2.0**-1064])
def test_totals_may_overflow_or_vanish(scale):
    """Counts are masses up to a factor, whatever the factor: where the numbers stay exact, so does the answer."""
    table, other = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, 1.0], [1.0, 2.0]])
    scaled, other_scaled = kb.counts(table * scale), kb.counts(other * scale)
    assert_close(kb.mutual_information(scaled), kb.mutual_information(kb.counts(table)), relative=1e-14)
    found, expected = kb.decompose(scaled, other_scaled), kb.decompose(kb.counts(table), kb.counts(other))
    assert_close(list(found.values()), list(expected.values()), relative=1e-14)
