"""The other commands: profile, report, info, and the program itself."""

import json
import re
from importlib.metadata import version

import pytest

import kullback as kb
from kullback.cli import run
from tests.cli.command import command, refusal


def columns_only(path):
    return json.loads(path.read_text("utf-8"))["differences"]


class TestProfile:
    def test_replaces_the_reference(self, capsys, flights, tmp_path):
        profile = tmp_path / "first.json"
        ran = command(capsys, "profile", flights[0], "-o", profile)
        assert (ran.code, ran.err) == (0, "")
        assert re.fullmatch(rf"{re.escape(str(profile))}: 166,158 rows, 19 columns, [\d,]+ kB, no raw rows\n", ran.out)
        direct, again = tmp_path / "direct.json", tmp_path / "again.json"
        assert command(capsys, "compare", *flights, "-q", "-o", direct).code == 0
        assert command(capsys, "compare", profile, flights[1], "-q", "-o", again).code == 0
        assert columns_only(again) == columns_only(direct)
        assert kb.Comparison.load(again).joint == kb.Comparison.load(direct).joint
        assert kb.Comparison.load(again).reference == kb.Comparison.load(direct).reference

    def test_gates_and_segments(self, capsys, flights, tmp_path):
        profile = tmp_path / "first.json"
        assert command(capsys, "profile", flights[0], "-o", profile, "--columns", "carrier,month").code == 0
        assert command(capsys, "compare", profile, flights[1], "-q", "--fail-on", "month:js>0.5").code == 1
        assert "a saved profile has no segments" in refusal(
            command(capsys, "compare", profile, flights[1], "--by", "carrier")
        )

    def test_needs_an_output(self, capsys, flights):
        assert "--output requires an argument" in refusal(command(capsys, "profile", flights[0]))

    def test_every_option_stands_in_the_help(self, capsys):
        out = command(capsys, "profile", "--help").out
        for option in ("--output", "-o", "--columns", "--ignore", "--blocks", "--weights", "--db", "--seed"):
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", out), option


class TestReport:
    @pytest.fixture
    def saved(self, capsys, flights, tmp_path):
        path = tmp_path / "saved.json"
        options = ["--columns", "carrier,dest,air_time,month", "-q", "-o", path, "-o", tmp_path / "first.html"]
        command(capsys, "compare", *flights, *options, "-o", tmp_path / "first.md", "-o", tmp_path / "first.xml")
        return path

    def test_renders_the_same_again(self, capsys, saved, tmp_path):
        options = [word for e in ("html", "md", "xml", "json") for word in ("-o", tmp_path / f"again.{e}")]
        ran = command(capsys, "report", saved, *options)
        assert (ran.code, ran.err) == (0, "")
        for extension in ("html", "md", "xml"):
            again, first = ((tmp_path / f"{name}.{extension}").read_text("utf-8") for name in ("again", "first"))
            assert again == first
        assert (tmp_path / "again.json").read_bytes() == saved.read_bytes()

    def test_prints_what_compare_printed(self, capsys, flights, saved, tmp_path):
        shown = command(capsys, "report", saved)
        direct = command(capsys, "compare", *flights, "--columns", "carrier,dest,air_time,month")
        time = re.compile(r"\d{4}-\d\d-\d\d.\d\d:\d\d[^\n]*")
        assert (shown.code, shown.err) == (0, "")
        assert time.sub("", shown.out) == time.sub("", direct.out)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"{", "bad.json: not JSON"),
            (b"[]", "bad.json: not a saved comparison: its format is None"),
            (b'{"format":"kullback.profile/1"}', "its format is 'kullback.profile/1', not 'kullback.comparison/1'"),
            (b'{"format":"kullback.comparison/9"}', "its format is 'kullback.comparison/9'"),
            (b'{"format":"kullback.comparison/1"}', "bad.json: Comparison lacks the field 'reference'"),
            (b"\xff\xfe\x00", "bad.json is not a saved comparison: it is no text"),
        ],
    )
    def test_bad_files(self, capsys, tmp_path, content, says):
        bad = tmp_path / "bad.json"
        bad.write_bytes(content)
        assert says in refusal(command(capsys, "report", bad))

    def test_refusals(self, capsys, saved, tmp_path):
        assert (
            refusal(command(capsys, "report", tmp_path / "nope.json")) == f"there is no file {tmp_path / 'nope.json'}"
        )
        message = refusal(command(capsys, "report", saved, "-o", tmp_path / "ok.html", "-o", tmp_path / "r.pdf"))
        assert ".html, .json, .md or .xml" in message
        assert not (tmp_path / "ok.html").exists()

    def test_help(self, capsys):
        out = command(capsys, "report", "--help").out
        assert "--output" in out
        assert "-o" in out


class TestProgram:
    def test_info(self, capsys):
        ran = command(capsys, "info")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith(f"kullback {version('kullback')}, Python 3.")
        for library in ("numpy", "scipy", "pyarrow", "duckdb", "narwhals", "jinja2", "scikit-learn"):
            assert f"{library} " in ran.out
            assert version(library) in ran.out

    def test_info_names_what_is_missing(self, capsys, monkeypatch):
        from importlib import metadata

        real = metadata.version

        def without_duckdb(name):
            if name == "duckdb":
                raise metadata.PackageNotFoundError(name)
            return real(name)

        monkeypatch.setattr(metadata, "version", without_duckdb)
        monkeypatch.setenv("COLUMNS", "200")
        assert 'missing: pip install "kullback[tables]"' in command(capsys, "info").out

    def test_help_names_the_commands(self, capsys):
        for arguments in ([], ["--help"], ["-h"]):
            ran = command(capsys, *arguments)
            assert ran.code == 0
            for name in ("compare", "profile", "report", "info"):
                assert re.search(rf"\b{name}\b", ran.out)

    def test_version(self, capsys):
        assert command(capsys, "--version").out == f"{version('kullback')}\n"

    def test_info_help(self, capsys):
        assert command(capsys, "info", "--help").code == 0


@pytest.mark.parametrize("text", ["Query interrupted", "INTERRUPT Error: Interrupted!", "read: KeyboardInterrupt"])
def test_ctrl_c_that_a_library_has_turned_into_another_error(monkeypatch, capsys, text):
    import kullback.cli.info

    def info() -> int:
        raise OSError(text)

    monkeypatch.setattr(kullback.cli.info, "info", info)
    assert run(["info"]) == 130
    assert capsys.readouterr().err == "kullback: interrupted; nothing was written\n"


def test_ctrl_c_as_the_cause_of_an_error(monkeypatch, capsys):
    import kullback.cli.info

    def info() -> int:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as interrupt:
            raise ValueError("the stream ended") from interrupt

    monkeypatch.setattr(kullback.cli.info, "info", info)
    assert run(["info"]) == 130
    assert capsys.readouterr().err == "kullback: interrupted; nothing was written\n"
