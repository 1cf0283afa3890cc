"""What other libraries get wrong, row by row, and that docs/peers.md says so."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp

from kullback.distributions import counts, logits
from kullback.divergences import js, kl
from tests.close import assert_close
from tests.truth import peers
from tests.truth.exact import truth

ROWS = [row for row in peers.rows() if "ours" in row]


def name_of(row):
    return f"{row['row']}-{row['peer'].split('(')[0]}"


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_answer_is_the_truth(row):
    expected = np.asarray(row["truth"], dtype=np.float64)
    value = peers.answer(row)
    narrow = np.asarray(value).dtype == np.float32
    assert_close(value, expected, relative=1e-6 if narrow else 1e-13, absolute=row["ours"].get("absolute", 0.0))


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_truth_is_what_mpmath_says(row):
    with mp.workdps(peers.DIGITS):
        found = peers.true_values(row)
        for value, written in zip(
            *((x if isinstance(x, list) else [x]) for x in (found, row["truth"])),
            strict=True,
        ):
            assert value == mp.mpf(written) or abs(value - mp.mpf(written)) <= abs(value) * mp.mpf(10) ** -18


def test_the_page_is_what_the_rows_say():
    assert peers.PAGE.read_text(encoding="utf-8") == peers.page(), "stale: python -m tests.truth.peers"


def test_every_row_is_tested():
    own = Path(__file__).read_text(encoding="utf-8")
    for row in peers.rows():
        if "ours" in row:
            continue
        file, _, function = row["tested"].rpartition("::")
        text = (Path(__file__).parent / file).read_text(encoding="utf-8") if file else own
        assert re.search(rf"^def {function}\(", text, re.MULTILINE), row["tested"]


def test_1_near_equal_pairs_are_never_nan():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(5), 20_000)
    q = p * (1.0 + 1e-9 * rng.standard_normal(p.shape))
    q /= q.sum(-1, keepdims=True)
    distance = np.sqrt(js(p, q))
    assert np.all(distance > 0.0) and np.all(distance < 1e-8)
    assert_close(distance[:20], [math.sqrt(truth(js, a, b)) for a, b in zip(p[:20], q[:20], strict=True)])


def test_2_and_4_float32_pairs_are_neither_nan_nor_negative():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(50), 20_000)
    q = p * (1.0 + 1e-4 * rng.standard_normal(p.shape))
    p, q = p.astype(np.float32), (q / q.sum(-1, keepdims=True)).astype(np.float32)
    assert np.all(js(p, q) > 0.0) and np.all(kl(p, q) > 0.0)
    for divergence in (js, kl):
        expected = [truth(divergence, a, b) for a, b in zip(p[:20], q[:20], strict=True)]
        assert_close(divergence(p[:20], q[:20]), expected, relative=1e-6)


def test_no_silent_normalisation():
    with pytest.raises(ValueError, match="p sums to 30"):
        kl([10.0, 20.0], [1.0, 1.0])
    assert_close(kl(counts([10, 20]), counts([1, 1])), math.log(2.0) - (math.log(27.0) - 2.0 * math.log(2.0)) / 3.0)


def test_14_terms_of_masked_tokens_are_zero():
    masked = logits([0.0, 0.0, -math.inf])
    assert kl.terms(masked, logits([0.0, 1.0, -math.inf]))[2] == 0.0
