"""What only a process of its own can show: pipes, signals, encodings, terminals."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

KULLBACK = [sys.executable, "-m", "kullback"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("process")
    rng = np.random.default_rng(0)
    for name, shift in (("before", 0.0), ("après", 1.0)):
        table = {f"naïve {i}": rng.normal(shift, 1.0, 500) for i in range(3)} | {"k": ["ä", "b"] * 250}
        pq.write_table(pa.table(table), folder / f"{name}.parquet")
    return folder / "before.parquet", folder / "après.parquet"


def run(*arguments, env=(), **options):
    words = [*KULLBACK, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, timeout=60, env={**os.environ, **dict(env)}, **options)


def shell(line, *arguments):
    """Run a shell line in which $K is kullback and $1, $2 … the arguments; the exit code is that of kullback."""
    program = " ".join(KULLBACK)
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; K='{program}'; {line}", "bash", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("reader", ["head -n 1", "true"])
@pytest.mark.parametrize(("gate", "code"), [("", 0), ("--fail-on drift", 1)])
def test_a_reader_that_leaves(files, reader, gate, code):
    """``| head``: no traceback, and the exit code is still that of the comparison."""
    ran = shell(f'$K compare "$1" "$2" {gate} | {reader}', *files)
    assert (ran.returncode, ran.stderr) == (code, "")


@pytest.mark.parametrize("command", ["--help", "compare --help", "info"])
def test_a_reader_that_leaves_the_help(command):
    ran = shell(f"$K {command} | true")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("quiet", ["", "-q"])
def test_output_on_a_full_device(files, quiet):
    ran = shell(f'$K compare "$1" "$2" {quiet} > /dev/full', *files)
    assert ran.returncode == 2
    assert ran.stderr == "kullback: No space left on device\n"


def test_closed_output(files):
    ran = shell('$K compare "$1" "$2" --fail-on drift >&-', *files)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert shell("$K compare nope nope 2>&-").returncode == 2


@pytest.mark.parametrize("arguments", [[], ["-q"], ["--by", "k"]])
def test_ascii(files, tmp_path, arguments):
    """A C locale and an ASCII output: what it lacks is written in ASCII, and the reports are UTF-8 all the same."""
    report = tmp_path / "ö.html"
    environment = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    ran = run("compare", *files, *arguments, "-o", report, env=environment)
    assert (ran.returncode, ran.stderr) == (0, b"")
    text = ran.stdout.decode("ascii")
    assert "JS(P|Q)" in text
    assert "DRIFT" in text
    assert "naïve" in report.read_text("utf-8")


def test_ascii_errors_and_help(files):
    environment = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    ran = run("compare", "größe.parquet", files[0], env=environment)
    assert ran.returncode == 2
    assert ran.stderr.decode("ascii").startswith("kullback: there is no file gr")
    for command in (["--help"], ["compare", "--help"], ["info"]):
        ran = run(*command, env=environment)
        assert (ran.returncode, ran.stderr) == (0, b"")


def test_latin_1(files):
    ran = run("compare", *files, "-q", env={"PYTHONIOENCODING": "latin-1"})
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "JS(P|Q)" in ran.stdout.decode("latin-1")


def test_colour(files):
    """FORCE_COLOR colours a pipe, NO_COLOR takes the colours away; bold is no colour."""
    plain = run("compare", *files, env={"FORCE_COLOR": "", "NO_COLOR": ""}).stdout
    coloured = run("compare", *files, env={"FORCE_COLOR": "1", "NO_COLOR": "", "TERM": "xterm-256color"}).stdout
    without = run("compare", *files, env={"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm-256color"}).stdout
    assert b"\x1b" not in plain
    assert b"\x1b[1;31m" in coloured or b"\x1b[31m" in coloured
    assert b"31m" not in without
    assert b"32m" not in without


@pytest.mark.parametrize("width", [40, 60])
def test_narrow(files, width):
    ran = run("compare", *files, env={"COLUMNS": str(width)})
    lines = ran.stdout.decode("utf-8").splitlines()
    assert max(map(len, lines)) <= width
    assert sum("▲ DRIFT" in line for line in lines) >= 4


@pytest.fixture(scope="module")
def long_read(tmp_path_factory):
    """A CSV file that takes seconds to read."""
    path = tmp_path_factory.mktemp("long") / "long.parquet"
    rng = np.random.default_rng(0)
    table = pa.table({f"x{i:02d}": rng.normal(size=500_000) for i in range(4)})
    pq.write_table(table, path, compression="none")
    return path


def test_interrupted(long_read, tmp_path):
    """Ctrl-C during a long read: one line, exit code 130, nothing written."""
    report = tmp_path / "r.html"
    query = f"SELECT * FROM '{long_read}', range(40)"
    process = subprocess.Popen(
        [*KULLBACK, "compare", query, str(long_read), "-o", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(2.5)
    assert process.poll() is None, "it was over before it could be interrupted"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err == "kullback: interrupted; nothing was written\n"
    assert list(tmp_path.iterdir()) == []
