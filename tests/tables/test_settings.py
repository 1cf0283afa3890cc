"""Settings: the TOML file, what stands above it, and what is refused."""

import math

import pyarrow as pa
import pytest

import kullback as kb
from kullback.engines.source import BlockKey
from kullback.tables.settings import Settings, make_settings, parse_blocks, read_settings
from tests.close import assert_close


@pytest.fixture
def settings_file(tmp_path):
    def write(text):
        path = tmp_path / "drift.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def tables():
    before = pa.table({"x": ["a", "b"] * 500, "y": ["a", "b"] * 500, "g": ["u"] * 1_000})
    after = pa.table({"x": ["a"] * 600 + ["b"] * 400, "y": ["a"] * 600 + ["b"] * 400, "g": ["u"] * 1_000})
    return before, after


def test_everything_in_a_file(settings_file):
    content = read_settings(
        settings_file(
            """
            of = "psi"
            margin = 0.02
            level = 0.9
            ignore = ["id"]
            columns = ["a", "b"]
            blocks = "month,time:day"
            weights = "w"
            fail_on = ["js>0.05", "drift"]
            [rename]
            a = "A"
            [column.a]
            margin = 0.05
            fail_on = "js>0.1, tv>0.2"
            """
        )
    )
    settings = make_settings(content)
    assert settings.of == "jeffreys"
    assert (settings.margin, settings.level) == (0.02, 0.9)
    assert (settings.margin_of("a"), settings.margin_of("b")) == (0.05, 0.02)
    assert (settings.columns, settings.ignore, settings.weights) == (("a", "b"), ("id",), "w")
    assert settings.blocks == (BlockKey("month"), BlockKey("time", "day"))
    assert settings.rename == {"a": "A"}
    assert [(gate.expression, gate.column) for gate in settings.gates] == [
        ("js>0.05", None),
        ("drift", None),
        ("a:js>0.1", "a"),
        ("a:tv>0.2", "a"),
    ]
    assert settings.wants("a")
    assert not any(map(settings.wants, ("id", "w", "c")))


def test_arguments_stand_above_the_file(settings_file):
    content = read_settings(settings_file('margin = 0.02\nlevel = 0.9\nfail_on = "drift"'))
    settings = make_settings(content, margin=0.5, level=None, fail_on=["js>1"])
    assert (settings.margin, settings.level) == (0.5, 0.9)
    assert [gate.expression for gate in settings.gates] == ["js>1"]


def test_an_empty_file_changes_nothing(settings_file):
    assert make_settings(read_settings(settings_file(""))) == Settings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("margn = 1", "unknown key margn; there are of, margin, level"),
        ("[column.a]\nmargn = 1", "unknown key column.a.margn; there are margin, fail_on"),
        ("[column]\na = 1", r"column\.a must be a table, such as \[column\.a\]"),
        ('margin = "small"', "margin is 'small'; it must be int or float"),
        ("margin = true", "margin is True; it must be int or float"),
        ("of = 3", "of is 3; it must be str"),
        ('columns = "x"', "columns is 'x'; it must be list"),
        ("columns = [1]", 'columns holds 1; write it as text: "1"'),
        ("blocks = [1]", 'blocks holds 1; write it as text: "1"'),
        ("fail_on = [1]", 'fail_on holds 1; write it as text: "1"'),
        ("[rename]\nx = 1", 'rename holds 1; write it as text: "1"'),
        ("margin =", "is not a TOML file: Invalid value"),
        ("margin = 1\nmargin = 2", "is not a TOML file: Cannot overwrite a value"),
    ],
)
def test_mistakes_in_the_file(settings_file, text, says):
    path = settings_file(text)
    with pytest.raises(ValueError, match=says) as caught:
        read_settings(path)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "drift.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"drift\.toml is not a TOML file"):
        read_settings(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('of = "foo"', "of is 'foo'; it must be one of js, kl"),
        ("level = 95", "level is 95.0; it must lie between 0.5 and 1"),
        ("margin = -1", "margin is -1.0; it must be finite and at least 0"),
        ("[column.x]\nmargin = nan", "margin is nan; it must be finite and at least 0"),
        ("[column.x]\nmargin = inf", "margin is inf; it must be finite and at least 0"),
        ('fail_on = ""', "'' is no gate"),
        ('fail_on = "js<1"', "never fails on a large difference"),
        ('[column.x]\nfail_on = "y:js>1"', "write it without a column, as js>0.05"),
        ('[column.x]\nfail_on = "joint>1"', "write it without a column, as js>0.05"),
        ("[column.nope]\nmargin = 1", "reference has no column 'nope'; it has x, y, g"),
        ('[column.nope]\nfail_on = "js>1"', "neither reference nor current has a column 'nope'"),
        ('ignore = ["nope"]', "neither reference nor current has a column 'nope'"),
        ('columns = ["nope"]', "reference has no column 'nope'; it has x, y, g"),
        ("base = 10", "base is 10; it must be 2"),
    ],
)
def test_values_that_make_no_sense(settings_file, text, says):
    with pytest.raises(ValueError, match=says):
        kb.compare(*tables(), settings=settings_file(text))


def test_margins_and_gates_by_column(settings_file):
    result = kb.compare(
        *tables(), settings=settings_file('margin = 0.001\n[column.y]\nmargin = 0.1\nfail_on = "tv>0.05"')
    )
    assert result["x"].verdict is kb.Verdict.DRIFT
    assert result["y"].verdict is kb.Verdict.STABLE
    assert (result["x"].margin, result["y"].margin) == (0.001, 0.1)
    assert [(gate.expression, gate.failed) for gate in result.gates] == [("y:tv>0.05", ("y",))]


def test_margins_are_in_the_unit_that_is_asked_for(settings_file):
    """JS is .00504 nats, .00727 bits here: below a margin of .01 in both, around .006 in bits only."""
    bits = kb.compare(*tables(), base=2, margin=0.5)
    nats = kb.compare(*tables(), margin=0.5)
    assert bits.margin == 0.5
    assert bits["x"].margin == 0.5
    assert_close(bits["x"].estimate.value, nats["x"].estimate.value / math.log(2.0), 1e-12)
    assert bits["x"].estimate.unit == "bits"
    assert bits["x"].measures["tv"].unit == ""
    assert bits["x"].measures["tv"] == nats["x"].measures["tv"]
    low = nats["x"].estimate.low
    assert kb.compare(*tables(), margin=1.2 * low)["x"].verdict is kb.Verdict.UNSURE
    assert kb.compare(*tables(), margin=1.2 * low, base=2)["x"].verdict is kb.Verdict.DRIFT
    # A gate is in the unit of the answer too.
    assert kb.compare(*tables(), fail_on=f"x:js>{1.2 * low}").passed
    assert not kb.compare(*tables(), fail_on=f"x:js>{1.2 * low}", base=2).passed
    from_file = kb.compare(*tables(), settings=settings_file("base = 2\nmargin = 0.5"))
    assert from_file["x"].estimate == bits["x"].estimate


def test_segments_from_the_file(settings_file):
    assert set(kb.compare(*tables(), settings=settings_file('by = "g"')).segments) == {"u"}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (None, ()),
        ("day", (BlockKey("day"),)),
        ("month, day", (BlockKey("month"), BlockKey("day"))),
        (["a", "t:hour"], (BlockKey("a"), BlockKey("t", "hour"))),
        ("a:b", (BlockKey("a:b"),)),
        ("a:b:week", (BlockKey("a:b", "week"),)),
    ],
)
def test_blocks(text, keys):
    assert parse_blocks(text) == keys
