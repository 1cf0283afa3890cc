"""The answer itself: units, outcomes, the whole text, other divergences from the same fit, and its record."""

import dataclasses
import json
import math
import pickle
from types import SimpleNamespace

import pytest
from tests.close import assert_close

import kullback as kb
from kullback.estimate import Estimate
from kullback.records import from_plain, to_json, to_plain

WHOLE = Estimate(
    0.4,
    0.3,
    0.5,
    method="nearest neighbours (k=5)",
    sizes=(1000, 900),
    lower_limit=0.32,
    diagnostics={"plug-in": 0.44, "by boosting": 0.41, "ties": 0.5, "log m": 6.8},
    contributions={"a": 0.3, "b": 0.1},
    notes=("few rows",),
)
INFINITE = dataclasses.replace(
    WHOLE,
    value=math.inf,
    high=math.inf,
    outcome="infinite",
    notes=("few rows", "infinite: 3.1 % of P lies where Q has none (width above 0.8)"),
)


def test_it_is_one_line_that_says_when_there_is_no_interval():
    assert str(WHOLE) == "KL(P‖Q) = 0.4 nats  [0.3, 0.5] at 95 %  nearest neighbours (k=5), n=1000, m=900"
    assert str(INFINITE) == (
        "KL(P‖Q) = ∞ nats  ≥ 0.32 at 97.5 %  nearest neighbours (k=5), n=1000, m=900; "
        "infinite: 3.1 % of P lies where Q has none"
    )
    bound = dataclasses.replace(WHOLE, divergence="JS", high=math.log(2), outcome="lower bound only", level=0.9)
    assert "JS(P‖Q) = 0.4 nats  ≥ 0.32 at 95 %  " in str(bound)
    assert str(bound).endswith("; lower bound only")
    slow = dataclasses.replace(
        WHOLE, outcome="no root-n interval", notes=("no root-n interval exists (ratio tail index 1.6)",)
    )
    assert str(slow).endswith("m=900; no root-n interval exists (ratio tail index 1.6)")
    assert str(Estimate(0.4, 0.3, math.inf)) == "KL(P‖Q) = 0.4 nats  ≥ 0.3 at 95 %"


def test_the_whole_text_has_everything():
    text = INFINITE.full().splitlines()
    assert text[0] == str(INFINITE)
    assert "  lower limit  0.32 nats, one-sided at 97.5 %" in text
    assert "  outcome  infinite: 3.1 % of P lies where Q has none" in text
    for name in ("plug-in", "by boosting", "ties", "log m", "a", "b", "few rows"):
        assert any(line.strip().startswith(name) for line in text)
    assert "    infinite: 3.1 % of P lies where Q has none (width above 0.8)" in text


def test_bits():
    bits = WHOLE.to("bits")
    for name in ("value", "low", "high", "lower_limit"):
        assert_close(getattr(bits, name), getattr(WHOLE, name) / math.log(2), relative=1e-15)
    for name in ("plug-in", "by boosting", "log m"):
        assert_close(bits.diagnostics[name], WHOLE.diagnostics[name] / math.log(2), relative=1e-15)
    assert bits.diagnostics["ties"] == 0.5
    back = bits.to("nats")
    assert_close(back.lower_limit, WHOLE.lower_limit, relative=1e-15)
    assert Estimate(0.4, 0.3, 0.5).to("bits").lower_limit is None
    assert INFINITE.to("bits").value == math.inf


def test_another_divergence_from_the_same_fit():
    asked = []

    def answer(divergence):
        asked.append(divergence)
        return Estimate(0.1, 0.05, 0.2, divergence=divergence.symbol, unit="nats" if divergence is kb.js else "")

    found = dataclasses.replace(WHOLE, fit=SimpleNamespace(answer=answer))
    assert found.of(kb.js).name == "JS(P‖Q)"
    assert_close(found.to("bits").of(kb.js).value, 0.1 / math.log(2), relative=1e-15)
    assert found.to("bits").of(kb.tv).unit == ""
    assert asked == [kb.js, kb.js, kb.tv]
    with pytest.raises(ValueError, match=r"holds no fit .*kb.estimate\(x, y, of=js\)"):
        WHOLE.of(kb.js)


def test_the_fit_is_neither_saved_nor_compared_nor_printed():
    fitted = dataclasses.replace(INFINITE, fit=SimpleNamespace(answer=None))
    assert fitted == INFINITE
    assert "fit=" not in repr(fitted)
    assert "fit" not in json.loads(to_json(fitted))
    for one in (WHOLE, INFINITE, fitted, Estimate(0.4, 0.3, 0.5)):
        assert from_plain(Estimate, json.loads(to_json(one))) == one
    # What older versions wrote, without the fields that came later, is still read.
    old = {name: content for name, content in to_plain(WHOLE).items() if name not in ("lower_limit", "outcome")}
    assert from_plain(Estimate, old).outcome == "interval"
    unpicklable = dataclasses.replace(INFINITE, fit=lambda: None)
    for one in (WHOLE, unpicklable):
        back = pickle.loads(pickle.dumps(one))
        assert back == one
        assert back.fit is None


def test_the_module_is_the_verb_too():
    import kullback.estimate

    assert callable(kb.estimate)
    with pytest.raises(ValueError, match="x has 3 rows"):
        kullback.estimate([1.0, 2.0, 3.0], [1.5, 2.5, 3.5])
    with pytest.raises(ValueError, match="x has 3 rows"):
        kb.estimate([1.0, 2.0, 3.0], [1.5, 2.5, 3.5])
