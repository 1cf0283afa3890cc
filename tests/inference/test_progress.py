"""Progress of an estimate: the steps that are announced are those that are made, and whoever listens can end them."""

import numpy as np
import pytest

import kullback as kb
from kullback.progress import as_one, begin, expect, heard_by

RNG = np.random.default_rng(0)
KINDS = RNG.choice(["u", "v"], 400), RNG.choice(["u", "v"], 400, p=[0.2, 0.8])


def normal(rows, columns, shift):
    return RNG.normal(shift, 1, (rows, columns))


def heard(x, y, **options):
    """The steps that an estimate tells of, and the estimate."""
    told = []
    found = kb.estimate(x, y, rng=0, progress=lambda *step: told.append(step), **options)
    return told, found


SAMPLES = {
    "a line": (normal(300, 1, 0), normal(300, 1, 1)),
    "five columns": (normal(300, 5, 0), normal(300, 5, 0.5)),
    "more rows, halved once": (normal(5200, 2, 0), normal(5200, 2, 1)),
    "many columns": (normal(100, 22, 0), normal(100, 22, 0.5)),
    "numbers that repeat": tuple(np.where(RNG.random(400) < p, 0.0, RNG.normal(0, 1, 400)) for p in (0.3, 0.6)),
    "a mixed table": tuple(
        {"size": RNG.normal(shift, 1, 400), "kind": kind} for shift, kind in zip((0, 1), KINDS, strict=True)
    ),
}


@pytest.mark.parametrize(("x", "y"), SAMPLES.values(), ids=SAMPLES.keys())
def test_the_steps_are_known_from_the_first_on(x, y):
    told, found = heard(x, y)
    assert found.value > 0.0
    numbers, doing, totals = zip(*told, strict=True)
    assert numbers == tuple(range(1, len(told) + 1))
    assert set(totals) == {len(told)}
    assert all(doing)


def test_fewer_steps_are_made_where_nothing_tells_the_samples_apart():
    told, _ = heard(normal(300, 5, 0), normal(300, 5, 0))
    assert {total for _, _, total in told} == {told[0][2]}
    assert 0 < len(told) <= told[0][2]


def test_of_a_method_that_is_named_no_total_is_known():
    told, _ = heard(normal(100, 2, 0), normal(100, 2, 1), method=kb.estimators.linear_logistic())
    assert told[:5] == [(i, f"linear logistic regression, fold {i} of 5", 0) for i in range(1, 6)]


def test_listening_changes_nothing():
    x, y = normal(100, 2, 0), normal(100, 2, 1)
    assert heard(x, y)[1].value == kb.estimate(x, y, rng=0).value


def test_a_listener_can_end_the_work():
    class Enough(Exception):
        """What nobody else raises."""

    def listen(step, doing, total):
        if step == 3:
            raise Enough

    with pytest.raises(Enough):
        kb.estimate(normal(100, 2, 0), normal(100, 2, 1), progress=listen)
    told, _ = heard(normal(100, 2, 0), normal(100, 2, 1))
    assert told[0][0] == 1  # nothing is left of the work that was ended


def test_who_listens_outside_is_not_told_twice():
    outer, inner = [], []
    with heard_by(lambda *step: outer.append(step)):
        expect(2)
        begin("a")
        with heard_by(lambda *step: inner.append(step)):
            begin("b")
        with heard_by(None):
            begin("c")
    begin("nobody listens")
    assert outer == [(1, "a", 2), (2, "c", 2)]
    assert inner == [(1, "b", 0)]


def test_what_is_one_step_tells_nothing_of_its_parts():
    told = []
    with heard_by(lambda *step: told.append(step)):
        expect(2)
        with as_one("both"):
            begin("a part")
        begin("the last")
    assert told == [(1, "both", 2), (2, "the last", 2)]


def test_more_steps_than_were_expected_never_pass_the_total():
    told = []
    with heard_by(lambda *step: told.append(step)):
        expect(1)
        begin("a")
        begin("b")
        expect(3)
        begin("c")
    assert told == [(1, "a", 1), (2, "b", 2), (3, "c", 5)]
