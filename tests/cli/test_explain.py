"""kullback explain P Q: what `kb.explain` says, of vectors that are typed or read."""

import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import kullback as kb
from tests.cli.command import command, refusal
from tests.close import assert_close

P, Q = [0.5, 0.3, 0.2], [0.25, 0.25, 0.5]
TYPED = ("0.5,0.3,0.2", "0.25,0.25,0.5")


@pytest.fixture
def labelled(tmp_path):
    path = tmp_path / "weather.csv"
    path.write_text("day,mine,yours\nrain,0.5,0.25\nsun,0.3,0.25\nsnow,0.2,0.5\n")
    return f"{path}:day,mine", f"{path}:day,yours"


def test_it_prints_the_explanation(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "90")
    ran = command(capsys, "explain", *TYPED)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == kb.explain(P, Q).render(90) + "\n"
    assert "KL(P‖Q) = 0.218 nats, KL(Q‖P) = 0.239 nats" in ran.out


def test_options(capsys, labelled):
    told = json.loads(command(capsys, "explain", *TYPED, "--base", "2", "--top", "1", "--json").out)
    assert told["unit"] == "bits"
    assert_close(told["value"], float(kb.kl(P, Q, base=2)), relative=1e-14)
    assert [one["label"] for one in told["contributions"]] == ["2"]
    named = json.loads(command(capsys, "explain", *TYPED, "--labels", "rain, sun,snow", "--json").out)
    assert [one["label"] for one in named["contributions"]] == ["snow", "rain", "sun"]
    assert json.loads(command(capsys, "explain", *labelled, "--json").out) == named
    counted = json.loads(command(capsys, "explain", "5,3,2", "1,1,2", "--kind", "counts", "--json").out)
    assert_close(counted["value"], float(kb.kl(P, Q)), relative=1e-14)


def test_labels_that_one_side_lacks(capsys, tmp_path):
    path = tmp_path / "d.json"
    path.write_text('{"p": {"a": 0.5, "b": 0.5}, "q": {"b": 0.75, "c": 0.25}}')
    ran = command(capsys, "explain", f"{path}:p", f"{path}:q")
    assert ran.out.startswith("KL(P‖Q) = ∞")
    assert ran.out.endswith("(P lacks c: its mass there is 0)\n(Q lacks a: its mass there is 0)\n")
    told = json.loads(command(capsys, "explain", f"{path}:p", f"{path}:q", "--json").out)
    assert told["value"] == "inf"
    assert told["notes"] == ["P lacks c: its mass there is 0", "Q lacks a: its mass there is 0"]


def test_files(capsys, tmp_path):
    paths = {kind: tmp_path / f"e.{kind}" for kind in ("svg", "html", "txt", "json")}
    options = [word for path in paths.values() for word in ("-o", path)]
    ran = command(capsys, "explain", *TYPED, *options)
    assert (ran.code, ran.err) == (0, "")
    for path in paths.values():
        assert f"written: {path}" in ran.out
    assert ElementTree.parse(paths["svg"]).getroot().tag.endswith("svg")
    assert "KL(P‖Q)" in paths["html"].read_text("utf-8")
    assert "KL(P‖Q) = 0.218 nats" in paths["txt"].read_text("utf-8")
    assert_close(json.loads(paths["json"].read_text("utf-8"))["value"], float(kb.kl(P, Q)), relative=1e-14)


def test_refusals(capsys, labelled, tmp_path):
    np.save(tmp_path / "rows.npy", np.full((3, 2), 0.5))
    for arguments, says in (
        ([], "P and Q are missing: kullback explain P Q, or kullback explain --article"),
        ([TYPED[0]], "P and Q are missing"),
        ([*TYPED, "--top", "0"], "--top is 0"),
        ([*TYPED, "--labels", "a,b"], "--labels has 2 names, and P has 3 outcomes"),
        ([*labelled, "--labels", "a,b,c"], "the outcomes have labels: leave out --labels"),
        ([*TYPED, "-o", tmp_path / "e.pdf"], "is written as .svg, .html, .txt or .json"),
        ([*TYPED, "-o", tmp_path / "nowhere" / "e.svg"], "there is no folder"),
        ([tmp_path / "rows.npy", "0.5,0.5"], "P has shape (3, 2), and one pair of distributions"),
        (["0.5,0.6", "0.5,0.5"], "p sums to 1.1"),
        ([*TYPED, "--base", "0"], "base is 0"),
    ):
        assert says in refusal(command(capsys, "explain", *arguments)), arguments


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
def test_the_process():
    words = [sys.executable, "-m", "kullback", "explain", *TYPED]
    ran = subprocess.run(
        words, capture_output=True, env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "KL(P|Q) = 0.218 nats" in ran.stdout.decode("ascii")
