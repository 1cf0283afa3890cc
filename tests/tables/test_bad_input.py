"""Bad input: each is refused in one line that says what is wrong, with values, or compared with a note that says so."""

import datetime
import math
import os
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kullback as kb
from kullback.comparison import Verdict
from tests.cli.command import command, refusal
from tests.close import assert_close

ROWS = 1_000


def good_table(seed=0):
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "x": rng.normal(size=ROWS),
            "k": rng.choice(np.array(["a", "b", "c"], object), ROWS),
            "g": rng.choice(np.array(["u", "v"], object), ROWS),
        }
    )


@pytest.fixture
def good(tmp_path):
    pq.write_table(good_table(1), tmp_path / "good.parquet")
    return tmp_path / "good.parquet"


@pytest.fixture
def refused(capsys, good, tmp_path, monkeypatch):
    """Compare bad data with good data on either side; the message must be the same. Returns it."""
    monkeypatch.chdir(tmp_path)

    def refuse(bad, *options):
        message = refusal(command(capsys, "compare", bad, good, *options))
        assert refusal(command(capsys, "compare", good, bad, *options)) == message.replace("reference:", "current:")
        return message

    return refuse


@pytest.fixture
def refused_options(capsys, good):
    """Compare good data with options that are wrong; returns the message."""
    return lambda *options: refusal(command(capsys, "compare", good, good, *options))


def write(path, table):
    pq.write_table(table, path)
    return path


class TestFiles:
    def test_missing(self, refused, tmp_path):
        assert refused(tmp_path / "nope.parquet") == f"there is no file {tmp_path / 'nope.parquet'}"

    @pytest.mark.parametrize("name", ["empty.parquet", "empty.csv", "empty.json", "empty.arrow"])
    def test_empty(self, refused, tmp_path, name):
        (tmp_path / name).touch()
        assert refused(tmp_path / name) == f"{tmp_path / name} is empty"

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
    def test_truncated(self, refused, good, tmp_path, share):
        content = good.read_bytes()
        bad = tmp_path / "cut.parquet"
        bad.write_bytes(content[: int(share * len(content))])
        assert refused(bad).startswith(f"{bad} is not a readable Parquet file: ")

    def test_footer_without_its_data(self, refused, good, tmp_path):
        content = bytearray(good.read_bytes())
        content[4:600] = b"\xff" * 596
        bad = tmp_path / "damaged.parquet"
        bad.write_bytes(bytes(content))
        assert "damaged in column 'x'" in refused(bad)

    def test_another_format_with_the_name_of_parquet(self, refused, tmp_path):
        bad = tmp_path / "text.parquet"
        bad.write_text("x,k\n1,a\n")
        assert refused(bad).startswith(f"{bad} is not a readable Parquet file: ")

    def test_another_format_with_the_name_of_arrow(self, refused, tmp_path):
        bad = tmp_path / "text.arrow"
        bad.write_text("junk" * 100)
        assert refused(bad).startswith(f"{bad} is not a readable Arrow file: ")

    def test_folder(self, refused, tmp_path):
        assert refused(tmp_path) == f"{tmp_path} is a folder; name its files, such as {tmp_path}/*.parquet"

    def test_pattern_without_files(self, refused, tmp_path):
        message = refused(f"{tmp_path}/none-*.parquet")
        assert "No files found that match the pattern" in message
        assert "none-*.parquet" in message

    def test_unknown_kind_of_url(self, refused):
        assert "nowhere://host/file.parquet" in refused("nowhere://host/file.parquet")

    def test_no_permission(self, refused, good, tmp_path):
        if os.geteuid() == 0:
            pytest.skip("root may read everything")
        good_copy = tmp_path / "locked.parquet"
        good_copy.write_bytes(good.read_bytes())
        good_copy.chmod(0)
        assert "Permission denied" in refused(good_copy)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"a,b\n", "has no rows"),
            (b"hello world\n", "has no rows"),
            (b"a,b\n1,2\n3,4,5\n6\n" + b"7,8\n" * 50, "was read as one column, 'a,b': its lines do not all have as"),
            (bytes(range(256)) * 20, "bad.csv"),
            (b"\x00" * 500, "has no rows"),
        ],
        ids=["header", "line", "ragged", "binary", "zeros"],
    )
    def test_csv(self, refused, tmp_path, content, says):
        bad = tmp_path / "bad.csv"
        bad.write_bytes(content)
        message = refused(bad)
        assert "bad.csv" in message
        assert says in message

    def test_csv_whose_rows_become_longer_far_down(self, refused, tmp_path):
        bad = tmp_path / "late.csv"
        bad.write_text("a,b\n" + "1,2\n" * 30_000 + "1,2,3,4\n")
        assert "30002" in refused(bad)  # the line

    def test_json(self, refused, tmp_path):
        bad = tmp_path / "bad.json"
        bad.write_text("{nope")
        assert "Malformed JSON" in refused(bad)

    def test_not_compressed(self, refused, tmp_path):
        bad = tmp_path / "bad.csv.gz"
        bad.write_bytes(b"a,b\n1,2\n")
        assert "GZIP" in refused(bad)

    def test_saved_results_are_no_data(self, capsys, good, tmp_path):
        saved, profile = tmp_path / "c.json", tmp_path / "p.json"
        assert command(capsys, "compare", good, good, "-q", "-o", saved).code == 0
        assert command(capsys, "profile", good, "-o", profile).code == 0
        for side in ((saved, good), (good, saved)):
            assert "c.json is a saved comparison, not data: 'kullback report' shows it" in refusal(
                command(capsys, "compare", *side)
            )
        only = "p.json is a saved profile, not data: a profile can only be the reference of a comparison"
        assert only in refusal(command(capsys, "compare", good, profile))
        assert only in refusal(command(capsys, "profile", profile, "-o", tmp_path / "pp.json"))

    def test_damaged_profile(self, capsys, good, tmp_path):
        bad = tmp_path / "p.json"
        command(capsys, "profile", good, "-o", bad)
        bad.write_text(bad.read_text()[:-500])
        assert f"{bad} is not a readable profile" in refusal(command(capsys, "compare", bad, good))
        bad.write_text('{"format":"kullback.profile/1"}')
        assert f"{bad} is not a readable profile" in refusal(command(capsys, "compare", bad, good))
        bad.write_text('{"format":"kullback.profile/99"}')
        assert f"{bad} is not a readable profile" in refusal(command(capsys, "compare", bad, good))


class TestSql:
    def test_unreadable(self, refused):
        assert refused("SELECT FROM WHERE") == 'reference: Parser Error: syntax error at or near "WHERE"'

    def test_missing_table(self, refused):
        assert "Table with name nope does not exist" in refused("SELECT * FROM nope")

    def test_missing_column(self, refused, good):
        assert 'Referenced column "nope" not found' in refused(f"SELECT nope FROM '{good}'")

    def test_no_rows(self, capsys, good):
        none = f"SELECT * FROM '{good}' WHERE x > 1e9"
        assert refusal(command(capsys, "compare", none, good)) == "reference has no rows"
        assert refusal(command(capsys, "compare", good, none)) == "current has no rows"

    def test_a_column_named_as_those_of_the_database(self, refused, tmp_path):
        """DuckDB finds rows again by rowid; a column of that name would hide it, and be compared with itself."""
        bad = tmp_path / "exported.csv"
        bad.write_text("rowid,x\n" + "1,2\n" * 50)
        message = refused(bad)
        assert message.startswith("exported.csv has a column 'rowid', a name that DuckDB keeps for itself: rename it")
        assert "SELECT * RENAME (rowid AS row)" in message

    def test_longer_than_any_file_name(self, capsys, good):
        query = f"SELECT * FROM '{good}' WHERE " + " OR ".join(f"x <> {i}" for i in range(200))
        assert command(capsys, "compare", query, good, "-q").code == 0

    def test_changing_the_database_is_refused(self, capsys, good, tmp_path):
        import duckdb

        path = tmp_path / "some.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"CREATE TABLE t AS SELECT * FROM '{good}'")
        ran = command(capsys, "compare", "SELECT * FROM t", good, "--db", path, "-q")
        assert (ran.code, ran.err) == (0, "")
        message = refusal(command(capsys, "compare", "WITH a AS (SELECT 1) DELETE FROM t", good, "--db", path))
        assert "DELETE" in message
        with duckdb.connect(str(path)) as connection:
            assert connection.execute("SELECT count(*) FROM t").fetchall() == [(ROWS,)]

    def test_database_that_is_missing_or_none(self, capsys, good, tmp_path):
        def message(path):
            return refusal(command(capsys, "compare", "SELECT * FROM t", good, "--db", path))

        assert message(tmp_path / "nope.db") == f"there is no database {tmp_path / 'nope.db'}"
        (tmp_path / "text.db").write_text("hello" * 1_000)
        for other in (good, tmp_path / "text.db", tmp_path):
            assert message(other).startswith(f"{other} is not a DuckDB file: ")

    def test_database_without_a_query(self, refused_options, good):
        message = refused_options("--db", good)
        assert message.startswith("--db is for SQL queries, and neither ")
        assert "begins with SELECT" in message


class TestTables:
    """The data can be read, and something in it cannot be compared."""

    def test_no_rows(self, refused, tmp_path):
        bad = write(tmp_path / "none.parquet", good_table().slice(0, 0))
        assert refused(bad) == "none.parquet has no rows"

    def test_no_common_columns(self, capsys, good, tmp_path):
        other = write(tmp_path / "other.parquet", pa.table({"y": [1, 2]}))
        assert refusal(command(capsys, "compare", good, other)) == (
            "good.parquet and other.parquet have no column in common: x, k, g against y"
        )

    @pytest.mark.parametrize("typed", [True, False])
    def test_all_null_on_one_side(self, typed):
        nulls = pa.table(
            {
                name: pa.nulls(ROWS, t if typed else pa.null())
                for name, t in zip("xk", (pa.float64(), pa.string()), strict=True)
            }
        )
        table = good_table().select(["x", "k"])
        for sides in ((table, nulls), (nulls, table)):
            result = kb.compare(*sides)
            assert {d.verdict for d in result} == {Verdict.DRIFT}
            assert {d.name for d in result} == {"x", "k"}
            for difference in result:
                assert_close(difference.estimate.value, math.log(2.0), 1e-2)
                shares = [(fact.reference, fact.current) for fact in difference.facts if fact.name == "null share"]
                assert shares == [(0.0, 1.0) if sides[1] is nulls else (1.0, 0.0)]
            assert bool(result.schema.retyped) is not typed

    @pytest.mark.parametrize("type_", [pa.null(), pa.float64(), pa.string(), pa.timestamp("us"), pa.bool_()])
    def test_all_null_on_both_sides(self, type_):
        result = kb.compare(pa.table({"x": pa.nulls(ROWS, type_)}), pa.table({"x": pa.nulls(2 * ROWS, type_)}))
        assert result["x"].estimate.value == 0.0
        assert result["x"].verdict is Verdict.STABLE

    def test_text_against_numbers(self):
        """ "12" and 12 are not the same: said, skipped, and an error if nothing else is left."""
        text = pa.table({"x": ["12"] * 100, "k": ["a"] * 100})
        numbers = pa.table({"x": [12] * 100, "k": ["a"] * 100})
        result = kb.compare(text, numbers)
        assert [d.name for d in result] == ["k"]
        retyped = result.schema.retyped[0]
        assert (retyped.name, retyped.reference, retyped.current, retyped.compared) == ("x", "string", "int64", None)
        assert "cast one of them" in result.schema.skipped["x"]
        with pytest.raises(KeyError, match="was not compared: categorical in the reference"):
            result["x"]
        with pytest.raises(ValueError, match="no column that can be compared: x: categorical in the reference"):
            kb.compare(text.select(["x"]), numbers.select(["x"]))

    def test_whole_against_broken_numbers(self):
        values = np.random.default_rng(0).integers(0, 5, ROWS)
        result = kb.compare(pa.table({"x": values}), pa.table({"x": values.astype(np.float32)}))
        assert result["x"].estimate.diagnostics["plug-in"] == 0.0
        retyped = result.schema.retyped[0]
        assert (retyped.reference, retyped.current, retyped.compared) == ("int64", "float32", "numeric")
        assert bool(result.schema)

    def test_identifiers(self):
        """A million distinct strings are compared by their length, and that is said."""
        ids = pa.array(np.char.mod("id%07d", np.arange(1_000_000)).astype(object))
        result = kb.compare(pa.table({"id": ids}), pa.table({"id": ids}))
        assert result["id"].kind == "text"
        assert "compared by its length" in " ".join(result["id"].notes)
        assert result["id"].verdict is Verdict.STABLE
        longer = pa.table({"id": pa.array(np.char.mod("id%08d", np.arange(100_000)).astype(object))})
        assert kb.compare(pa.table({"id": ids}), longer)["id"].verdict is Verdict.DRIFT

    @pytest.mark.parametrize("of", ["js", "kl", "tv", "hellinger", "ks", "wasserstein"])
    @pytest.mark.parametrize("current", [[1.0], [2.0], list(range(1_000))])
    def test_one_row_tells_nothing(self, of, current):
        for sides in (([1.0], current), (current, [1.0])):
            before, after = (pa.table({"x": pa.array(side, pa.float64())}) for side in sides)
            difference = kb.compare(before, after, of=of)["x"]
            assert difference.verdict is Verdict.UNSURE
            assert difference.estimate.low == 0.0
            assert difference.rows_to_settle > 1.0

    def test_one_row_of_text_tells_nothing(self):
        for current in ("a", "b"):
            assert kb.compare(pa.table({"k": ["a"]}), pa.table({"k": [current]}))["k"].verdict is Verdict.UNSURE

    def test_few_rows_that_are_all_the_same(self):
        """0 of 10 rows elsewhere allow 31 % elsewhere: no interval of width 0."""
        estimate = kb.compare(pa.table({"x": [5] * 10}), pa.table({"x": [5] * 10}))["x"].estimate
        share = 1.0 - 0.025 ** (1 / 10)
        assert_close(estimate.high, share * math.log(2.0), 1e-9)
        assert estimate.low == estimate.value == 0.0

    @pytest.mark.parametrize("values", [(5.0, 6.0), ("k", "l"), (True, False), (7, 8)])
    def test_constant_columns(self, values):
        same, other = (pa.table({"x": [value] * ROWS}) for value in values)
        assert kb.compare(same, same)["x"].verdict is Verdict.STABLE
        assert kb.compare(same, same)["x"].estimate.value == 0.0
        changed = kb.compare(same, other)["x"]
        assert changed.verdict is Verdict.DRIFT
        assert_close(changed.estimate.value, math.log(2.0), 1e-6)

    def test_time_zones(self):
        """The same moments in other zones are the same; a naive time is taken as UTC; both are noted."""
        start = datetime.datetime(2024, 1, 1)
        hours = [start + datetime.timedelta(hours=i) for i in range(2_000)]

        def times(type_):
            return pa.table({"t": pa.array(hours, type_)})

        utc = times(pa.timestamp("us", "UTC"))
        for other in (pa.timestamp("us", "America/New_York"), pa.timestamp("us"), pa.timestamp("ms", "UTC")):
            result = kb.compare(utc, times(other))
            assert result["t"].estimate.diagnostics["plug-in"] == 0.0
            assert result.schema.retyped[0].compared == "datetime"
        local = pa.table({"t": times(pa.timestamp("us", "UTC"))["t"].cast(pa.timestamp("us", "Asia/Tokyo"))})
        assert kb.compare(utc, local)["t"].verdict is Verdict.STABLE

    def test_duplicate_names(self, refused, tmp_path):
        twice = pa.table([pa.array([1.0]), pa.array([2.0])], names=["x", "x"])
        bad = write(tmp_path / "twice.parquet", twice)
        assert refused(bad) == "twice.parquet has two columns named 'x'; rename one of them"
        frame = pd.DataFrame(np.ones((5, 2)), columns=["x", "x"])
        for table in (twice, frame, pd.DataFrame({0: [1.0], "0": [1.0]})):
            with pytest.raises(ValueError, match=r"two columns named '[x0]'; rename one of them"):
                kb.compare(table, table)

    def test_nan_alone(self):
        for nan in (pa.array([math.nan] * ROWS), pa.array([None] * ROWS, pa.float64())):
            table = pa.table({"x": nan})
            assert kb.compare(table, table)["x"].estimate.value == 0.0
            assert kb.compare(table, good_table().select(["x"]))["x"].verdict is Verdict.DRIFT
            assert kb.compare(good_table().select(["x"]), table)["x"].verdict is Verdict.DRIFT

    def test_infinite_values(self):
        rng = np.random.default_rng(0)
        x, gone = rng.normal(size=ROWS), rng.random(ROWS) < 0.3
        up, down = (pa.table({"x": np.where(gone, sign * np.inf, x)}) for sign in (1, -1))
        assert kb.compare(up, up)["x"].estimate.value == 0.0
        assert kb.compare(up, down)["x"].verdict is Verdict.DRIFT
        # The finite values are the same: what differs is the share of the infinite ones, on each side.
        assert_close(kb.compare(up, down)["x"].estimate.diagnostics["plug-in"], gone.mean() * math.log(2.0), 1e-12)
        all_infinite = pa.table({"x": [math.inf] * ROWS})
        assert kb.compare(all_infinite, all_infinite)["x"].verdict is Verdict.STABLE
        assert kb.compare(all_infinite, up)["x"].verdict is Verdict.DRIFT

    @pytest.mark.parametrize("scale", [1e300, 1.7e308, 5e-324, 1e-300])
    def test_extreme_values(self, scale):
        """No overflow warns, nothing is NaN."""
        rng = np.random.default_rng(0)
        before, after = (pa.table({"x": np.round(rng.normal(size=ROWS), 1).clip(-1, 1) * scale}) for _ in range(2))
        difference = kb.compare(before, after)["x"]
        assert difference.verdict is not Verdict.DRIFT
        for measure in difference.measures.values():
            assert not math.isnan(measure.value)
            assert measure.low <= measure.value <= measure.high

    def test_whole_numbers_at_their_ends(self):
        signed = pa.table({"x": pa.array([2**63 - 1, -(2**63)] * ROWS)})
        unsigned = pa.table({"x": pa.array([2**64 - 1, 0] * ROWS, pa.uint64())})
        assert kb.compare(signed, signed)["x"].estimate.value == 0.0
        assert kb.compare(unsigned, unsigned)["x"].estimate.value == 0.0
        assert kb.compare(signed, unsigned)["x"].verdict is Verdict.DRIFT

    def test_nested_and_binary_columns_are_named_as_skipped(self):
        table = pa.table(
            {
                "list": [[1, 2]] * ROWS,
                "struct": [{"a": 1}] * ROWS,
                "binary": [b"\xff"] * ROWS,
                "map": pa.array([[("a", 1)]] * ROWS, pa.map_(pa.string(), pa.int64())),
                "x": np.arange(ROWS),
            }
        )
        result = kb.compare(table, table)
        assert [d.name for d in result] == ["x"]
        assert set(result.schema.skipped) == {"list", "struct", "binary", "map"}
        assert result.schema.skipped["list"] == "values of type list<item: int64> are not compared"
        assert "Not compared: struct: values of type struct<a: int64>" in str(result)
        with pytest.raises(ValueError, match="no column that can be compared: list: values of type list"):
            kb.compare(table.select(["list"]), table.select(["list"]))


HOSTILE = [
    'double "quotes"', "single 'quotes'", "two\nlines", "x); DROP TABLE counted;--", '"; DROP TABLE counted;--', "😀",
    "<script>alert(1)</script>", "\x1b[31mred", "a,b", "tab\there", "\u202eright to left", "[bold]markup[/bold]",
    "con/x\\y", "%s{0}{column}", "a:js", "--of", "oid", "SELECT", "|pipe|", "&amp;", "]]>", "${x}", "x" * 300,
]  # fmt: skip


class TestHostileNames:
    @pytest.fixture(scope="class")
    @classmethod
    def tables(cls):
        rng = np.random.default_rng(0)
        return tuple(pa.table({name: rng.normal(shift, 1.0, 500) for name in HOSTILE}) for shift in (0.0, 1.0))

    def test_every_engine_compares_them(self, tables, capsys, tmp_path):
        result = kb.compare(*tables, joint="none")
        assert {d.name for d in result} == set(HOSTILE)
        assert {d.verdict for d in result} == {Verdict.DRIFT}
        for name, table in zip(("p", "q"), tables, strict=True):
            write(tmp_path / f"{name}.parquet", table)
        files = kb.compare(tmp_path / "p.parquet", tmp_path / "q.parquet", joint="none")
        queries = kb.compare(*(f"SELECT * FROM '{tmp_path}/{name}.parquet'" for name in "pq"), joint="none")
        frames = kb.compare(*(table.to_pandas() for table in tables), joint="none")
        for other in (files, queries, frames):
            for difference in result:
                assert other[difference.name].measures["js"] == difference.measures["js"]

    def test_every_report_holds_them(self, tables, tmp_path):
        from xml.etree import ElementTree

        result = kb.compare(*tables)
        for extension in ("html", "json", "md", "xml"):
            kb.report(result, tmp_path / f"r.{extension}")
        page = (tmp_path / "r.html").read_text("utf-8")
        assert "<script>alert(1)</script>" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert kb.Comparison.load(tmp_path / "r.json") == result
        cases = ElementTree.parse(tmp_path / "r.xml").iter("testcase")
        assert "<script>alert(1)</script>" in {case.get("name") for case in cases}
        printed = str(result)
        assert "\x1b" not in printed
        assert "\u202e" not in printed
        assert all(len(line) <= 100 for line in printed.splitlines())

    def test_as_categories(self):
        before = pa.table({"k": HOSTILE * 40})
        after = pa.table({"k": HOSTILE[:8] * 100})
        difference = kb.compare(before, after)["k"]
        assert difference.verdict is Verdict.DRIFT
        assert {label for label, _ in difference.vanished} <= set(HOSTILE)

    def test_by_name_on_the_command_line(self, tables, tmp_path, capsys):
        paths = [write(tmp_path / f"{name}.parquet", table) for name, table in zip("pq", tables, strict=True)]
        for name in ("a:js", "%s{0}{column}", "[bold]markup[/bold]", "x); DROP TABLE counted;--"):
            ran = command(capsys, "compare", *paths, "-q", "--columns", name, "--fail-on", f"{name}:js>0.01")
            assert (ran.code, ran.err) == (1, "")
            assert "1 DRIFT" in ran.out


class TestObjects:
    """What Python users pass by mistake."""

    @pytest.mark.parametrize(
        "thing",
        [
            [1, 2], {"x": [1, 2]}, {1, 2}, 3, None, b"bytes", np.ones(4), np.ones((4, 2)), iter([1]), good_table,
            pd.Series([1.0, 2.0]), pl.Series([1.0, 2.0]), pa.array([1.0]), pa.chunked_array([[1.0]]),
        ],
        ids=lambda thing: type(thing).__name__,
    )  # fmt: skip
    def test_are_no_tables(self, thing):
        for sides in ((thing, good_table()), (good_table(), thing)):
            with pytest.raises(TypeError, match=r"is not a table: pass a path.*kb\.estimate\(x, y\)") as caught:
                kb.compare(*sides)
            assert type(thing).__name__ in str(caught.value)

    def test_mixed_types_in_a_pandas_column(self):
        frame = pd.DataFrame({"mixed": [1, "a", None, 2.5] * 100, "y": np.arange(400.0)})
        result = kb.compare(frame, frame)
        assert [d.name for d in result] == ["y"]
        assert "no common type" in result.schema.skipped["mixed"]
        with pytest.raises(ValueError, match="no column that can be compared: mixed: its values have no common type"):
            kb.compare(frame[["mixed"]], frame[["mixed"]])

    def test_columns_that_are_no_strings(self):
        columns = pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])
        frame = pd.DataFrame(np.random.default_rng(0).normal(size=(ROWS, 2)), columns=columns)
        assert {d.name for d in kb.compare(frame, frame)} == {"('a', 'b')", "('a', 'c')"}
        numbered = pd.DataFrame(np.random.default_rng(0).normal(size=(ROWS, 2)))
        assert {d.name for d in kb.compare(numbered, numbered)} == {"0", "1"}

    def test_empty_frames(self):
        with pytest.raises(ValueError, match="reference has no columns"):
            kb.compare(pd.DataFrame(), good_table())
        with pytest.raises(ValueError, match="current has no rows"):
            kb.compare(good_table(), good_table().to_pandas()[:0])

    def test_types_that_only_pandas_has(self):
        frame = pd.DataFrame(
            {
                "period": pd.period_range("2020", periods=400, freq="D"),
                "interval": pd.cut(np.arange(400), 5),
                "complex": np.ones(400) * 1j,
                "category": pd.Categorical(np.arange(400) % 7),
                "span": pd.to_timedelta(np.arange(400), "h"),
                "nullable": pd.array([1, None] * 200, dtype="Int64"),
            }
        )
        result = kb.compare(frame, frame)
        assert {d.name for d in result} | set(result.schema.skipped) == set(frame.columns)
        assert {"category", "span", "nullable"} <= {d.name for d in result}
        assert "complex" in result.schema.skipped

    def test_a_stream_is_read_once(self):
        table = good_table()
        assert kb.compare(table.to_reader(), table.to_reader())["x"].estimate.diagnostics["plug-in"] == 0.0


class TestOptions:
    @pytest.mark.parametrize(
        ("gate", "says"),
        [
            ("js>>1", "'>1' in the gate 'js>>1' is not a number"),
            ("js>", "unknown gate 'js>': write measure>number, such as js>0.05"),
            ("js=0.1", "unknown gate 'js=0.1': write measure>number"),
            ("drifts", "or one of drift, unsure, schema"),
            ("", "'' is no gate"),
            (",", "',' is no gate"),
            ("js>abc", "'abc' in the gate 'js>abc' is not a number"),
            ("js>nan", "nan in the gate 'js>nan' must be finite and at least 0"),
            ("js>-1", "-1 in the gate 'js>-1' must be finite and at least 0"),
            ("js>inf", "inf in the gate 'js>inf' must be finite and at least 0"),
            ("q_value<5", "5 in the gate 'q_value<5' must be between 0 and 1"),
            ("foo>1", "unknown measure 'foo' in the gate 'foo>1': there are js, kl, "),
            ("js<0.1", "the gate 'js<0.1' never fails on a large difference: write js>number"),
            ("q_value>0.1", "write q_value<number"),
            ("nope:js>0.1", "neither good.parquet nor good.parquet has a column 'nope'; good.parquet has x, k, g"),
            ("k:ks>0.1", "the gate 'k:ks>0.1' can never fail: k has no ks"),
            ("x:joint>0.1", "names a column, but joint is about all columns together"),
        ],
    )
    def test_gates(self, refused_options, gate, says):
        assert says in refused_options("--fail-on", gate)

    def test_gates_that_could_never_fail(self, refused_options):
        assert "can never fail: g, k has no wasserstein" in refused_options(
            "--ignore", "x", "--fail-on", "wasserstein>1"
        )
        assert "needs the joint bound" in refused_options("--no-joint", "--fail-on", "joint>0.1")
        assert "needs the joint bound" in refused_options("--columns", "x", "--fail-on", "joint>0.1")
        assert "which was not compared" in refused_options("--ignore", "x", "--fail-on", "x:js>0.1")

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (["--margin", "-1"], "margin is -1.0; it must be finite and at least 0"),
            (["--margin", "nan"], "margin is nan; it must be finite and at least 0"),
            (["--margin", "inf"], "margin is inf; it must be finite and at least 0"),
            (["--margin", "small"], 'Invalid value for --margin: unable to convert "small" into float'),
            (["--level", "95"], "level is 95.0; it must lie between 0.5 and 1, such as 0.95"),
            (["--level", "1"], "level is 1.0; it must lie between 0.5 and 1"),
            (["--level", "nan"], "level is nan"),
            (["--base", "10"], "base is 10.0; it must be 2 (bits) or left out (nats)"),
            (["--of", "foo"], 'Invalid value "foo" for --of. Choose from: "js"'),
            (["--of", "ks"], "k has no order, so ks does not apply: leave it out with ignore=k"),
            (["--columns", "nope"], "good.parquet has no column 'nope'; it has x, k, g"),
            (["--columns", ""], "columns and ignore leave nothing to compare of x, k, g"),
            (["--ignore", "nope"], "neither good.parquet nor good.parquet has a column 'nope'"),
            (["--ignore", "x,k,g"], "columns and ignore leave nothing to compare of x, k, g"),
            (["--rename", "nope=x"], "good.parquet has no column 'nope'; it has x, k, g"),
            (["--rename", "x=nope"], "good.parquet has no column 'nope'; it has x, k, g"),
            (["--rename", "x=k"], "rename says that 'x' became 'k', but good.parquet has a column 'k' too"),
            (["--rename", "x"], "--rename is 'x'; write old=new, several separated by commas"),
            (["--by", "nope"], "good.parquet has no column 'nope'; it has x, k, g"),
            (["--blocks", "nope"], "good.parquet has no column 'nope'; it has x, k, g"),
            (["--blocks", "g:day"], "blocks g:day needs a datetime column, but g is"),
            (["--weights", "nope"], "good.parquet has no column 'nope'; it has x, k, g"),
            (["--weights", "k"], "the weights in 'k' are string, not numbers"),
            (["--weights", "x"], "weights are finite and ≥ 0"),
            (["--settings", "nope.toml"], "nope.toml: No such file or directory"),
            (["--seed", "-1"], "the seed is -1; it must be at least 0"),
            (["--bogus", "1"], "Unknown option: --bogus"),
            (["--fail-on"], "--fail-on requires an argument"),
            (["-o", "report.pdf"], "a report is .html, .json, .md or .xml (JUnit); the extension of 'report.pdf' is"),
            (["-o", "report"], "the extension of 'report' is none"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_values(self, refused_options, options, says):
        assert says in refused_options(*options)

    def test_one_or_two_blocks_tell_nothing(self, good, tmp_path):
        """Neither a failure nor rows counted in silence: UNSURE, whatever the measure, and no p-value."""
        table = good_table().append_column("one", pa.array([1] * ROWS))
        shifted = table.set_column(0, "x", pa.array(table["x"].to_numpy() + 3.0))
        for blocks in ("g", "one"):
            for of in ("js", "kl", "tv", "ks", "wasserstein"):
                difference = kb.compare(table, shifted, columns=["x"], blocks=blocks, of=of)["x"]
                assert difference.verdict is Verdict.UNSURE
                assert difference.p_value == 1.0
                assert "how they vary needs 3 at least" in " ".join(difference.notes)
        assert kb.compare(table, shifted, columns=["x"], blocks="g,k")["x"].verdict is Verdict.DRIFT  # six

    @pytest.mark.parametrize("name", ["columns", "ignore", "blocks", "weights"])
    def test_profiles_name_missing_columns_too(self, capsys, good, tmp_path, name):
        ran = command(capsys, "profile", good, "-o", tmp_path / "p.json", f"--{name}", "nope")
        assert refusal(ran) == "good.parquet has no column 'nope'; it has x, k, g"
        assert not (tmp_path / "p.json").exists()

    def test_reports_that_cannot_be_written_are_refused_before_anything_is_read(self, capsys, tmp_path):
        missing = tmp_path / "nope.parquet"
        assert ".html, .json, .md or .xml" in refusal(command(capsys, "compare", missing, missing, "-o", "r.pdf"))
        folder = tmp_path / "no" / "where"
        assert refusal(command(capsys, "compare", missing, missing, "-o", folder / "r.html")) == (
            f"there is no folder {folder} to write r.html in"
        )
        assert refusal(command(capsys, "profile", missing, "-o", folder / "p.json")) == (
            f"there is no folder {folder} to write p.json in"
        )
        assert "a profile is written as .json" in refusal(command(capsys, "profile", missing, "-o", "p.txt"))

    def test_folder_without_permission(self, capsys, good, tmp_path):
        if os.geteuid() == 0:
            pytest.skip("root may write everywhere")
        locked = tmp_path / "locked"
        locked.mkdir()
        locked.chmod(0o500)
        message = refusal(command(capsys, "compare", good, good, "-q", "-o", locked / "r.json"))
        assert message == f"{locked / 'r.json'}: cannot be written: Permission denied"

    def test_a_folder_in_place_of_the_report(self, capsys, good, tmp_path):
        (tmp_path / "r.html").mkdir()
        message = refusal(command(capsys, "compare", good, good, "-q", "-o", tmp_path / "r.html"))
        assert message == f"{tmp_path / 'r.html'}: cannot be written: Is a directory"
        assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_full_device(self, capsys, good, tmp_path):
        (tmp_path / "r.html").symlink_to("/dev/full")
        message = refusal(command(capsys, "compare", good, good, "-q", "-o", tmp_path / "r.html"))
        assert message == f"{tmp_path / 'r.html'}: cannot be written: No space left on device"
        assert os.path.exists("/dev/full")
        assert not os.path.isfile("/dev/full")  # written to, not replaced

    def test_python_says_the_same(self, good):
        with pytest.raises(ValueError, match=r"level is 95.*; it must lie between 0\.5 and 1"):
            kb.compare(good, good, level=95)
        with pytest.raises(ValueError, match="base is 10; it must be 2"):
            kb.compare(good, good, base=10)
        with pytest.raises(FileNotFoundError, match=r"there is no file nope\.parquet"):
            kb.compare("nope.parquet", good)
        with pytest.raises(ValueError, match="of is 'foo'; it must be one of js, kl"):
            kb.compare(good, good, of="foo")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes")
def test_disk_that_fills_up_keeps_the_old_file(good, tmp_path):
    """A limit on the size of files, as a full disk: one line, exit code 2, nothing half written."""
    import subprocess

    old = tmp_path / "r.html"
    old.write_text("the old report")
    program = (
        "import resource, sys; from kullback.cli import run; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
        f"sys.exit(run(['compare', {str(good)!r}, {str(good)!r}, '-q', '-o', {str(old)!r}]))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert ran.stderr == f"kullback: {old}: cannot be written: File too large\n"
    assert old.read_text() == "the old report"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.parquet", "r.html"]
