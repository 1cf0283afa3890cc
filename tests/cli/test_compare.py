"""kullback compare: exit codes, options, and what is printed and written."""

import json
import math
import re
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kullback as kb
from tests.cli.command import command, refusal

ROWS = 1_000


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """before; same: nothing moved; moved: x drifts; few: 30 rows."""
    folder = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)

    def write(name, shift=0.0, rows=ROWS, **others):
        table = {"x": rng.normal(shift, 1.0, rows), "k": rng.choice(["a", "b"], rows).tolist(), **others}
        pq.write_table(pa.table(table), folder / f"{name}.parquet")
        return folder / f"{name}.parquet"

    return {
        "before": write("before"),
        "same": write("same"),
        "moved": write("moved", 1.0),
        "few": write("few", rows=30),
    }


@pytest.fixture
def compare(capsys, files):
    return lambda first, second, *options: command(capsys, "compare", files[first], files[second], *options)


class TestExitCodes:
    @pytest.mark.parametrize(
        ("first", "second", "options", "code"),
        [
            ("before", "same", [], 0),
            ("before", "moved", [], 0),  # drift alone is no failure: a gate makes it one
            ("before", "moved", ["--fail-on", "drift"], 1),
            ("before", "same", ["--fail-on", "drift"], 0),
            ("before", "moved", ["--fail-on", "js>0.05"], 1),
            ("before", "moved", ["--fail-on", "js>0.5"], 0),
            ("before", "moved", ["--fail-on", "k:js>0.01"], 0),
            ("before", "moved", ["--fail-on", "js>0.5", "--fail-on", "x:ks>0.2"], 1),
            ("before", "moved", ["--fail-on", "js>0.5,x:ks>0.2"], 1),
            ("before", "few", [], 0),
            ("before", "few", ["--strict"], 3),
            ("before", "same", ["--strict"], 0),
            ("before", "few", ["--fail-on", "unsure"], 1),
            ("before", "few", ["--fail-on", "unsure", "--strict"], 1),
            ("before", "moved", ["--strict"], 0),  # a drift is no doubt
            ("before", "few", ["--fail-on", "js>0.001"], 0),
        ],
    )
    def test_of_comparisons(self, compare, first, second, options, code):
        ran = compare(first, second, *options)
        assert (ran.code, ran.err) == (code, "")
        assert ran.out

    def test_a_gate_is_tested_on_the_lower_end(self, compare, files):
        estimate = kb.compare(files["before"], files["moved"])["x"].estimate
        between = 0.5 * (estimate.low + estimate.value)
        assert estimate.low < between < estimate.value
        assert compare("before", "moved", "--fail-on", f"js>{between}").code == 0
        assert compare("before", "moved", "--fail-on", f"js>{0.99 * estimate.low}").code == 1

    def test_failed_gates_are_said(self, compare):
        ran = compare("before", "moved", "--fail-on", "js>0.05", "--fail-on", "tv>0.99")
        assert "✗ gate js>0.05 failed by x" in ran.out
        assert "✓ gate tv>0.99 passed" in ran.out

    def test_errors(self, compare, capsys):
        assert "there is no file nope" in refusal(command(capsys, "compare", "nope", "nope"))
        assert "requires an argument" in refusal(command(capsys, "compare"))
        assert 'Unknown command "bogus"' in refusal(command(capsys, "bogus"))
        assert "Unused Tokens" in refusal(compare("before", "same", "third"))

    def test_an_unforeseen_failure_is_one_line_too(self, compare, monkeypatch):
        def break_down(*_, **__):
            raise ZeroDivisionError("no\nrows")

        monkeypatch.setattr("kullback.tables.compare", break_down)
        ran = compare("before", "same")
        assert refusal(ran) == (
            "unexpected ZeroDivisionError: no rows; please report it with what KULLBACK_TRACEBACK=1 shows"
        )
        monkeypatch.setenv("KULLBACK_TRACEBACK", "1")
        with pytest.raises(ZeroDivisionError):
            compare("before", "same")

    def test_memory_and_interruption(self, compare, monkeypatch):
        def fail(error):
            def raise_it(*_, **__):
                raise error

            monkeypatch.setattr("kullback.tables.compare", raise_it)
            return compare("before", "same")

        assert "not enough memory; compare fewer columns" in refusal(fail(MemoryError()))
        stopped = fail(KeyboardInterrupt())
        assert (stopped.code, stopped.out) == (130, "")
        assert stopped.err == "kullback: interrupted; nothing was written\n"


class TestOutput:
    def test_several_at_once(self, compare, tmp_path):
        paths = {extension: tmp_path / f"r.{extension}" for extension in ("html", "json", "md", "xml")}
        options = [word for path in paths.values() for word in ("-o", path)]
        ran = compare("before", "moved", *options, "--fail-on", "js>0.05")
        assert (ran.code, ran.err) == (1, "")  # reports are written when a gate fails, too
        for path in paths.values():
            assert f"written: {path}" in ran.out
        assert paths["html"].read_text("utf-8").lower().startswith("<!doctype html>")
        assert kb.Comparison.load(paths["json"])["x"].verdict is kb.Verdict.DRIFT
        assert "DRIFT" in paths["md"].read_text("utf-8")
        assert ElementTree.parse(paths["xml"]).getroot().get("failures") == "1"
        assert len(list(tmp_path.iterdir())) == 4

    def test_names_of_one_letter_and_full(self, compare, tmp_path):
        assert compare("before", "same", "--output", tmp_path / "a.json", "-q").code == 0
        assert compare("before", "same", f"-o={tmp_path / 'b.json'}", "--quiet").code == 0
        assert len(list(tmp_path.iterdir())) == 2

    def test_quiet_prints_one_line(self, compare, tmp_path):
        ran = compare("before", "moved", "-q", "-o", tmp_path / "r.json")
        assert ran.out.count("\n") == 1
        assert ran.out.startswith("DRIFT: 2 columns compared, 1 DRIFT, 1 STABLE; largest: x, JS(P‖Q) = 0.1")

    def test_printed_table(self, compare):
        out = compare("before", "moved").out
        assert out.startswith("▲ DRIFT  1 of 2 columns drifts beyond the margin; 1 is stable.\n")
        assert "reference P: before.parquet, 1,000 rows" in out
        assert "current Q:   moved.parquet, 1,000 rows" in out
        assert "JS(P‖Q), margin 0.01 nats · intervals at 95 %" in out
        assert re.search(r"^▲ DRIFT   x .* 0\.1\d+ +\[0\.0?\d+, 0\.1\d+\]", out, re.MULTILINE)

    def test_no_escape_codes_where_there_is_no_terminal(self, compare):
        assert "\x1b" not in compare("before", "moved").out

    @pytest.mark.parametrize("columns", [40, 60, 80, 200])
    def test_width(self, compare, monkeypatch, columns):
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = compare("before", "moved").out.splitlines()
        assert max(map(len, lines)) <= columns
        assert any("x" in line and "0.1" in line for line in lines)

    def test_old_reports_are_replaced(self, compare, tmp_path):
        path = tmp_path / "r.json"
        path.write_text("old")
        assert compare("before", "same", "-q", "-o", path).code == 0
        assert kb.Comparison.load(path).reference.name == "before.parquet"


class TestOptions:
    def load(self, compare, tmp_path, first, second, *options):
        ran = compare(first, second, "-q", "-o", tmp_path / "r.json", *options)
        assert ran.err == ""
        return kb.Comparison.load(tmp_path / "r.json")

    def test_bits(self, compare, files, tmp_path):
        bits = self.load(compare, tmp_path, "before", "moved", "--base", "2", "--margin", "0.2")
        nats = kb.compare(files["before"], files["moved"])["x"].estimate
        assert bits.unit == bits["x"].estimate.unit == "bits"
        assert bits.margin == pytest.approx(0.2, abs=1e-15)
        assert bits["x"].estimate.value == pytest.approx(nats.value / math.log(2.0), rel=1e-12)
        # The margin is in bits: .2 bits is .139 nats, above the value in nats, below that in bits at its upper end.
        assert bits["x"].verdict is not kb.Verdict.DRIFT
        assert "nats" not in compare("before", "moved", "-q", "--base", "2").out
        assert "0.2 bits" in compare("before", "moved", "--base", "2", "--margin", "0.2").out

    def test_columns_and_ignore(self, compare, tmp_path):
        assert {d.name for d in self.load(compare, tmp_path, "before", "same", "--columns", "x")} == {"x"}
        assert {d.name for d in self.load(compare, tmp_path, "before", "same", "--columns", " x , k ")} == {"x", "k"}
        assert {d.name for d in self.load(compare, tmp_path, "before", "same", "--ignore", "x")} == {"k"}

    def test_segments(self, compare, tmp_path):
        result = self.load(compare, tmp_path, "before", "moved", "--by", "k")
        assert set(result.segments) == {"a", "b"}
        out = compare("before", "moved", "--by", "k", "--fail-on", "x:js>0.05").out
        assert "Segments by k" in out

    def test_segments_with_a_gate_on_their_own_column(self, compare):
        ran = compare("before", "moved", "--by", "k", "--fail-on", "k:js>0.05", "--fail-on", "joint>0.6")
        assert (ran.code, ran.err) == (0, "")

    def test_rename(self, compare, capsys, files, tmp_path):
        renamed = tmp_path / "renamed.parquet"
        pq.write_table(pq.read_table(files["same"]).rename_columns(["y", "k"]), renamed)
        ran = command(capsys, "compare", files["before"], renamed, "--rename", "x=y", "-q")
        assert ran.out.startswith("STABLE: 2 columns")
        assert "1 column compared" in command(capsys, "compare", files["before"], renamed, "-q").out

    def test_settings(self, compare, tmp_path):
        settings = tmp_path / "drift.toml"
        settings.write_text('margin = 0.5\nfail_on = "k:js>0.1"\n[column.x]\nmargin = 0.02\nfail_on = "js>0.05"\n')
        ran = compare("before", "moved", "--settings", settings, "-o", tmp_path / "r.json")
        assert ran.code == 1
        assert "✗ gate x:js>0.05 failed by x" in ran.out
        assert "✓ gate k:js>0.1 passed" in ran.out
        result = kb.Comparison.load(tmp_path / "r.json")
        assert (result["x"].margin, result["k"].margin) == (0.02, 0.5)
        # An option replaces the same setting of the file; the gates of single columns are others.
        again = compare("before", "moved", "--settings", settings, "--fail-on", "js>0.6")
        assert again.code == 1
        assert "✓ gate js>0.6 passed" in again.out
        assert "gate k:js>0.1" not in again.out

    @pytest.mark.parametrize("of", ["js", "kl", "kl_reverse", "jeffreys", "psi", "hellinger", "tv", "chi2"])
    def test_of(self, compare, tmp_path, of):
        result = self.load(compare, tmp_path, "before", "moved", "--of", of)
        assert result.of == {"psi": "jeffreys"}.get(of, of)

    def test_level(self, compare, tmp_path):
        assert self.load(compare, tmp_path, "before", "same", "--level", "0.8")["x"].estimate.level == 0.8

    def test_blocks_and_weights(self, compare, capsys, tmp_path):
        rng = np.random.default_rng(0)
        paths = [tmp_path / f"{name}.parquet" for name in "pq"]
        for path in paths:
            table = {"x": rng.normal(size=ROWS), "w": rng.random(ROWS), "b": np.repeat(np.arange(50), ROWS // 50)}
            pq.write_table(pa.table(table), path)
        out = command(capsys, "compare", *paths, "--blocks", "b", "--columns", "x").out
        assert "blocks (b), not rows" in out
        out = command(capsys, "compare", *paths, "--weights", "w", "--columns", "x").out
        assert "rows weighted by w" in out

    def test_joint(self, compare, tmp_path):
        assert self.load(compare, tmp_path, "before", "moved").joint is not None
        assert self.load(compare, tmp_path, "before", "moved", "--no-joint").joint is None
        assert self.load(compare, tmp_path, "before", "moved", "--joint").joint.classifier.low > 0.05

    def test_seed(self, compare, tmp_path):
        def differences(seed):
            self.load(compare, tmp_path, "before", "same", "--seed", seed)
            return json.loads((tmp_path / "r.json").read_text())["differences"]

        assert differences("1") == differences("2")

    def test_every_option_stands_in_the_help(self, capsys):
        helped = command(capsys, "compare", "--help")
        assert helped.code == 0
        options = """--of --columns --ignore --by --margin --level --fail-on --output -o --base --blocks --weights
            --rename --settings --joint --no-joint --db --strict --quiet -q --seed"""
        missing = [option for option in options.split() if not re.search(rf"(?<![\w-]){option}(?![\w-])", helped.out)]
        assert missing == []
        assert "Exit codes: 0 passed, 1 a gate failed, 2 wrong usage or data, 3 unsure" in " ".join(helped.out.split())
