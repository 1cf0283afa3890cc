"""report(): the extension chooses, and a file appears whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import kullback.report
from kullback.comparison import Comparison
from kullback.report import report
from tests.report import samples

EXTENSIONS = (".html", ".json", ".md", ".xml")

FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from kullback.comparison import Comparison
from kullback.report import report
comparison = Comparison.load(sys.argv[1])
report(comparison, Path(sys.argv[2]).with_name("warm" + Path(sys.argv[2]).suffix))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    report(comparison, sys.argv[2])
except OSError as error:
    sys.exit(f"OSError {error.errno}")
"""


@pytest.mark.parametrize("extension", [*EXTENSIONS, ".HTML"])
def test_the_extension_chooses_the_form(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"drift{extension}"
    assert report(samples.comparison(3), path) == path
    start = {".html": "<!doctype html>", ".json": "{", ".md": "### ", ".xml": "<?xml"}[extension.lower()]
    assert path.read_text(encoding="utf-8").lstrip().startswith(start)
    assert os.listdir(tmp_path) == [path.name]


def test_a_path_may_be_a_text_and_the_package_may_be_called(tmp_path: Path) -> None:
    path = kullback.report(samples.stable(), str(tmp_path / "drift.md"))
    assert path == tmp_path / "drift.md"
    assert path.exists()


@pytest.mark.parametrize("name", ["drift.pdf", "drift", "html", ".html.gz"])
def test_an_unknown_extension_names_the_four(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"\.html, \.json, \.md or \.xml"):
        report(samples.empty(), tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_json_comes_back_as_the_same_comparison(tmp_path: Path) -> None:
    comparison = samples.segmented()
    assert Comparison.load(report(comparison, tmp_path / "drift.json")) == comparison


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("had_one", [True, False])
def test_a_full_disk_leaves_things_as_they_were(tmp_path: Path, extension: str, had_one: bool) -> None:
    saved = report(samples.comparison(20), tmp_path / "saved.json")
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / f"drift{extension}"
    if had_one:
        target.write_text("the old report")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, saved, target], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr.strip().startswith("OSError"), done.stderr
    assert sorted(os.listdir(folder)) == sorted([f"warm{extension}", *([target.name] if had_one else [])])
    if had_one:
        assert target.read_text() == "the old report"


def test_a_failing_renderer_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "drift.md"
    target.write_text("the old report")

    def fail(source: object, destination: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        report(samples.stable(), target)
    assert target.read_text() == "the old report"
    assert os.listdir(tmp_path) == ["drift.md"]


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        report(samples.empty(), tmp_path / "nowhere" / "drift.json")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    # A file where the folder should be: refused for every user, root included.
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError):
        report(samples.empty(), tmp_path / "file" / "drift.json")
    if os.geteuid() != 0:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o555)
        with pytest.raises(PermissionError):
            report(samples.empty(), closed / "drift.json")
        assert os.listdir(closed) == []


def test_the_rights_of_a_file_are_kept_and_links_are_followed(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text("{}")
    real.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(real)
    report(samples.empty(), link)
    assert link.is_symlink()
    assert Comparison.load(real) == samples.empty()
    assert real.stat().st_mode & 0o777 == 0o640
    mask = os.umask(0)
    os.umask(mask)
    assert report(samples.empty(), tmp_path / "new.json").stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_lone_surrogates_in_names_do_not_stop_a_report(tmp_path: Path, extension: str) -> None:
    one = samples.difference("broken \ud800 name", "numeric", 0.5)
    comparison = samples.of(one)
    written = report(comparison, tmp_path / f"drift{extension}").read_text(encoding="utf-8")
    assert "broken" in written and "name" in written


def test_jinja2_is_named_where_it_is_missing(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['jinja2'] = None\n"
        "from kullback.comparison import Comparison\n"
        "import kullback.report\n"
        f"c = Comparison.load({str(report(samples.stable(), tmp_path / 'c.json'))!r})\n"
        f"[kullback.report(c, {str(tmp_path)!r} + '/c' + e) for e in ('.md', '.xml')]\n"
        f"kullback.report(c, {str(tmp_path)!r} + '/c.html')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert 'ImportError: kullback.report.html needs jinja2: pip install "kullback[tables]"' in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["c.json", "c.md", "c.xml"]


def test_importing_the_package_imports_neither_jinja2_nor_rich() -> None:
    code = "import sys, kullback.report, kullback.report.terminal as t; print({'jinja2', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "set()"
