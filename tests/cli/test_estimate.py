"""kullback estimate X Y: what is read, what is printed, exit codes, and one line for whatever is wrong."""

import io
import json
import math
import os
import sys
import time

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kullback as kb
from kullback.cli import progress
from kullback.cli.calls import parse
from kullback.cli.methods import constructors, divergence, method
from tests.cli.command import command, refusal
from tests.close import assert_close

FAST = ("--method", "nearest_neighbours(k=3)")
COUNTED = ("--method", "plug_in_counts")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("samples")
    rng = np.random.default_rng(0)
    for name, shift in (("a", 0.0), ("b", 0.5)):
        rows = rng.normal(shift, 1, (200, 2))
        np.save(path / f"{name}.npy", rows)
        np.save(path / f"{name}1.npy", rows[:, 0])
        table = pd.DataFrame(
            {
                "size": rows[:, 0],
                "width": rows[:, 1],
                "kind": rng.choice(["u", "v"], 200, p=[0.5 - 0.7 * shift, 0.5 + 0.7 * shift]),
                "grade": rng.integers(0, 3, 200),
                "w": rng.random(200) + 0.5,
                "day": np.arange(200) // 10,
            }
        )
        table.to_csv(path / f"{name}.csv", index=False)
        table.to_csv(path / f"{name}.tsv", index=False, sep="\t")
        table.to_parquet(path / f"{name}.parquet")
    np.savez(path / "both.npz", a=np.load(path / "a.npy"), b=np.load(path / "b.npy"))
    return path


@pytest.fixture(autouse=True)
def there(folder, monkeypatch):
    monkeypatch.chdir(folder)


def value(capsys, *arguments):
    """The JSON that an estimate prints."""
    ran = command(capsys, "estimate", *arguments, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_a_line_of_text(capsys):
    ran = command(capsys, "estimate", "a1.npy", "b1.npy", *FAST)
    assert ran.code == 0
    found = kb.estimate(np.load("a1.npy"), np.load("b1.npy"), method=kb.estimators.nearest_neighbours(k=3), rng=0)
    assert ran.out.splitlines()[0] == str(found)
    assert ran.out.splitlines()[1:] == [f"({note})" for note in found.notes]


def test_every_kind_of_file_is_the_same_sample(capsys):
    expected = kb.estimate(np.load("a.npy"), np.load("b.npy"), method=kb.estimators.nearest_neighbours(k=3), rng=0)
    pairs = [("a.npy", "b.npy"), ("both.npz:a", "both.npz:b")]
    for pair in pairs:
        assert value(capsys, *pair, *FAST)["value"] == expected.value
    for suffix in ("csv", "tsv", "parquet"):
        found = value(capsys, f"a.{suffix}", f"b.{suffix}", "--columns", "width,size", *FAST)
        assert_close(found["value"], expected.value, relative=1e-9)
        assert found["sizes"] == [200, 200]


def test_json_has_every_figure(capsys):
    found = value(capsys, "a1.npy", "b1.npy", *FAST, "--level", "0.9")
    expected = kb.estimate(
        np.load("a1.npy"), np.load("b1.npy"), method=kb.estimators.nearest_neighbours(k=3), level=0.9, rng=0
    )
    for name in ("value", "low", "high", "lower_limit"):
        assert_close(float(found[name]), getattr(expected, name), relative=1e-15)
    assert (found["label"], found["unit"], found["direction"], found["level"]) == ("KL(P‖Q)", "nats", "P‖Q", 0.9)
    assert found["inputs"] == {"x": "a1.npy", "y": "b1.npy"}
    assert {"method", "diagnostics", "contributions", "notes", "outcome", "sizes"} <= set(found)


def test_columns_categories_weights_and_groups(capsys):
    both = value(capsys, "a.parquet", "b.parquet", "--columns", "kind", *COUNTED)
    tables = [pl.read_parquet(f"{name}.parquet") for name in "ab"]
    counted = kb.estimators.plug_in_counts()
    expected = kb.estimate(*(table.select("kind") for table in tables), method=counted, rng=0)
    assert both["value"] == expected.value
    graded = value(capsys, "a.csv", "b.csv", "--columns", "grade", "--categorical", "grade", *COUNTED)
    expected = kb.estimate(*(table["grade"] for table in tables), method=counted, categorical=True, rng=0)
    assert graded["value"] == expected.value
    arguments = ("--columns", "size", "--weights", "w", "--groups", "day", *FAST)
    for suffix in ("csv", "parquet"):
        weighted = value(capsys, f"a.{suffix}", f"b.{suffix}", *arguments)
        expected = kb.estimate(
            *(table.select("size", "w", "day") for table in tables),
            weights="w",
            groups="day",
            method=kb.estimators.nearest_neighbours(k=3),
            rng=0,
        )
        assert_close(weighted["value"], expected.value, relative=1e-9)
        assert_close(weighted["low"], expected.low, relative=1e-6)
    by_position = value(capsys, "a.npy", "b.npy", "--columns", "0", *FAST)
    assert by_position["value"] == value(capsys, "a1.npy", "b1.npy", *FAST)["value"]


def test_other_divergences_directions_and_units(capsys):
    forward = value(capsys, "a1.npy", "b1.npy", *FAST)
    backward = value(capsys, "b1.npy", "a1.npy", *FAST)
    assert value(capsys, "a1.npy", "b1.npy", *FAST, "--reverse")["direction"] == "Q‖P"
    for of in ("kl.reverse", "kl_reverse"):
        found = value(capsys, "a1.npy", "b1.npy", *FAST, "--of", of)
        assert found["label"] == "KL(Q‖P)"
        assert_close(found["value"], backward["value"], relative=1e-9)
    in_bits = value(capsys, "a1.npy", "b1.npy", *FAST, "--base", "2")
    assert in_bits["unit"] == "bits"
    for name in ("value", "low", "high", "lower_limit"):
        assert_close(in_bits[name], forward[name] / math.log(2), relative=1e-12)
    share = value(capsys, "a.csv", "b.csv", "--columns", "kind", *COUNTED, "--of", "tv")
    assert share["unit"] == ""
    assert 0.0 < share["value"] < 1.0


def test_against_a_distribution(capsys):
    found = value(capsys, "a1.npy", "normal(0, 1)", *FAST)
    assert found["sizes"] == [200]
    assert found["low"] <= 0.1
    exact = value(capsys, "normal(0, 1)", "normal(1, 1)")
    assert (exact["value"], exact["low"], exact["high"], exact["method"]) == (0.5, 0.5, 0.5, "exact")


def test_the_same_seed_prints_the_same(capsys):
    lines = {command(capsys, "estimate", "a1.npy", "b1.npy", *FAST, "--seed", "3").out for _ in range(2)}
    assert len(lines) == 1


def test_full_is_the_whole_text(capsys):
    ran = command(capsys, "estimate", "a1.npy", "b1.npy", *FAST, "--full")
    assert "\n  lower limit  " in ran.out
    assert "\n  diagnostics\n" in ran.out


def test_a_figure(capsys, tmp_path):
    pytest.importorskip("matplotlib")
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
        path = tmp_path / f"out{suffix}"
        ran = command(capsys, "estimate", "a1.npy", "b1.npy", *FAST, "--plot", path)
        assert ran.code == 0, ran.err
        assert ran.out.endswith(f"written: {path}\n")
        assert path.read_bytes().startswith(start)
    assert sorted(os.listdir(tmp_path)) == ["out.pdf", "out.png", "out.svg"]


def test_a_figure_that_cannot_be_written_is_told_before_the_work(capsys, tmp_path):
    said = refusal(command(capsys, "estimate", "absent.npy", "b.npy", "--plot", tmp_path / "out.gif"))
    assert "--plot writes .png, .svg or .pdf" in said
    said = refusal(command(capsys, "estimate", "absent.npy", "b.npy", "--plot", tmp_path / "no" / "out.png"))
    assert "there is no folder" in said


def test_exit_codes(capsys):
    pair = ("estimate", "a.csv", "b.csv", "--columns", "kind", *COUNTED)
    found = value(capsys, *pair[1:])
    assert found["outcome"] == "interval"
    low, high = found["low"], found["high"]
    assert 0.0 < low < high
    assert command(capsys, *pair, "--fail-above", low / 2).code == 1
    between = (low + high) / 2
    assert command(capsys, *pair, "--fail-above", between).code == 0
    assert command(capsys, *pair, "--fail-above", between, "--strict").code == 3
    assert command(capsys, *pair, "--fail-above", 2 * high, "--strict").code == 0
    assert command(capsys, *pair, "--strict").code == 0


WRONG = {
    "no file": (("absent.npy", "b.npy"), "there is no file absent.npy"),
    "no sample": (("0.5,0.5", "b.npy"), "0.5,0.5 is no sample; what is read is .npy"),
    "a folder": ((".", "b.npy"), ". is a folder"),
    "which array": (("both.npz", "b.npy"), "both.npz: say which array, as in both.npz:a; it has a, b"),
    "no such array": (("both.npz:c", "b.npy"), "there is no array 'c'"),
    "an array of .npy": (("a.npy:x", "b.npy"), "only an .npz archive has arrays by name; columns? --columns x"),
    "no column": (("a.csv", "b.csv", "--columns", "sise"), "a.csv has no column sise; it has size, width"),
    "no column of Parquet": (("a.parquet", "b.parquet", "--columns", "q"), "has no column q"),
    "no weights": (("a.csv", "b.csv", "--weights", "ww"), "a.csv has no column ww"),
    "names of an array": (("a.npy", "b.npy", "--columns", "size"), "are positions from 0, not size"),
    "positions": (("a.npy", "b.npy", "--columns", "0,2"), "has columns 0 to 1, and none at 2"),
    "columns of a vector": (("a1.npy", "b1.npy", "--columns", "0"), "--columns is for arrays of rows and columns"),
    "categories of an array": (("a.npy", "b.npy", "--categorical", "kind"), "columns of an array are positions"),
    "dimensions": (("a.npy", "b1.npy"), "x has 2 columns and y has 1"),
    "the same file": (("a.npy", "./a.npy"), "x and y are the same file, a.npy"),
    "the same rows": (("a.npy", "both.npz:a"), "x and y hold the same rows"),
    "a seed": (("a1.npy", "b1.npy", "--seed", "-1"), "--seed is -1"),
    "names on one side": (("a.csv", "b.npy"), "x has named columns"),
    "a distribution first": (("normal(0, 1)", "a1.npy"), "the sample comes first"),
    "no divergence": (("a1.npy", "b1.npy", "--of", "kll"), "there is no divergence 'kll'"),
    "a parameter missing": (("a1.npy", "b1.npy", "--of", "renyi"), "--of renyi needs alpha, as in --of 'renyi(2)'"),
    "a parameter unknown": (("a1.npy", "b1.npy", "--of", "renyi(beta=2)"), "it is renyi(alpha), without 'beta'"),
    "parameters of none": (("a1.npy", "b1.npy", "--of", "kl(2)"), "kl has no more parameters"),
    "a parameter of text": (("a1.npy", "b1.npy", "--of", "renyi('2')"), "'2' is no number"),
    "no integral": (("a1.npy", "b1.npy", "--method", "linear_logistic()", "--of", "renyi(inf)"), "is no integral"),
    "no method": (("a1.npy", "b1.npy", "--method", "nearest"), "there is no method 'nearest': did you mean"),
    "a setting": (("a1.npy", "b1.npy", "--method", "nearest_neighbours(q=5)"), "its settings are k=5"),
    "code": (("a1.npy", "b1.npy", "--method", "__import__('os').getcwd()"), "cannot be read"),
    "an expression": (("a1.npy", "b1.npy", "--method", "nearest_neighbours(k=[].append(1))"), "cannot be read"),
    "brackets": (("a1.npy", "b1.npy", "--method", "nearest_neighbours(k=5"), "cannot be read"),
    "an interval": (("a1.npy", "b1.npy", *FAST, "--interval", "bootstrap"), "interval is 'bootstrap'"),
    "a level": (("a1.npy", "b1.npy", *FAST, "--level", "95"), "level is 95"),
    "a base": (("a1.npy", "b1.npy", "--base", "10"), "in nats (e) or in bits (2)"),
    "a base of a share": (("a1.npy", "b1.npy", "--of", "tv", "--base", "2"), "has no unit"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_one_line(arguments, message, capsys):
    assert message in refusal(command(capsys, "estimate", *arguments))


BAD_FILES = {
    "cut.npy": (b"\x93NUMPY\x01\x00", "is no .npy file that can be read"),
    "cut.npz": (b"PK\x03\x04nonsense", "is no .npz file that can be read"),
    "cut.parquet": (b"PAR1 and no more", "is no Parquet file that can be read"),
    "empty.csv": (b"", "is empty: its first line must name its columns"),
    "latin.csv": ("näme\n1\n".encode("latin-1"), "is no text in UTF-8"),
    "headless.csv": (b"1,2\n3,4\n", "has numbers in its first line"),
    "ragged.csv": (b"a,b\n1,2\n3\n", "is no CSV file that can be read"),
    "text.txt": (b"1\n2\n", "text.txt is a file of no known kind"),
    "header.csv": (b"size,width\n", "is empty"),
    "twice.csv": (b"a,a\n1,2\n", "twice.csv has two columns named 'a'"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(name, capsys, tmp_path):
    content, message = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    assert message in refusal(command(capsys, "estimate", tmp_path / name, "b.csv"))


def test_missing_values_of_files(capsys, tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("size\n" + "1.5\n" * 20 + "NaN\n")
    said = refusal(command(capsys, "estimate", path, "b.csv", "--columns", "size"))
    assert "x: column 'size'" in said
    path.write_text("size,w\n" + "".join(f"{i / 7},1\n" for i in range(20)) + ",1\n")
    said = refusal(command(capsys, "estimate", path, "b.csv", "--columns", "size"))
    assert "x: column 'size' has 1 missing value (the first in row 20)" in said


def test_nothing_between_separators_is_no_category(capsys, tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("kind,size\n" + "u,1.5\nv,2.5\n" * 10 + ",3.5\n")
    said = refusal(command(capsys, "estimate", path, "b.csv", "--columns", "kind"))
    assert "x: column 'kind' has 1 missing value (the first in row 20)" in said


def test_decimal_commas(capsys, tmp_path):
    rows = np.load("a.npy")
    for name, separator in (("comma.csv", ";"), ("comma.tsv", "\t")):
        text = "".join(f"{size:.9g}{separator}{width:.9g}\n" for size, width in rows).replace(".", ",")
        path = tmp_path / name
        path.write_text(f"size{separator}width\n{text}")
        found = value(capsys, path, "b.csv", "--columns", "size,width", *FAST)
        expected = value(capsys, "a.csv", "b.csv", "--columns", "size,width", *FAST)
        assert_close(found["value"], expected["value"], relative=1e-6)
    for name, codes in (("c.csv", "1,2;0\nx;0\n"), ("d.csv", "1,2;0\nx;0\nx;0\n")):  # not numbers alone
        (tmp_path / name).write_text("code;n\n" + codes * 10)
    found = value(capsys, tmp_path / "c.csv", tmp_path / "d.csv", "--columns", "code", *COUNTED)
    assert_close(found["value"], 0.5 * np.log(9 / 8), absolute=0.05)


def test_pickles_are_never_opened(capsys, tmp_path):
    path = tmp_path / "objects.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert "allow_pickle" in refusal(command(capsys, "estimate", path, "b.npy"))


def test_files_whose_names_look_like_something_else(capsys, folder):
    for name in ("normal(0, 1)", "a:b.npy"):
        path = folder / (name if name.endswith(".npy") else f"{name}.npy")
        np.save(path, np.load("a1.npy"))
        found = value(capsys, path.name, "b1.npy", *FAST)
        assert found["sizes"] == [200, 200]


def test_names_of_divergences():
    assert divergence("kl") is kb.kl
    assert divergence("jensen-shannon(weights=[0.3, 0.7])") == kb.jensen_shannon(weights=(0.3, 0.7))
    assert divergence("renyi(1/2)") == kb.renyi(0.5)
    assert divergence("renyi(alpha=2).reverse") == kb.renyi(2).reverse
    assert divergence("psi") is kb.jeffreys
    assert divergence("renyi(inf)") == kb.renyi(math.inf)


def test_every_method_is_made_by_its_name():
    assert method("auto") == "auto"
    assert {"nearest_neighbours", "plug_in_counts"} <= set(constructors())
    assert "plug_in" not in constructors()  # of counted columns, not of samples
    for name, made in constructors().items():
        if name != "user_log_ratio" and not name.startswith("_"):
            try:
                expected = made()
            except TypeError:  # settings that must be given
                continue
            assert method(name) == expected
            assert method(f"{name}()") == expected


def test_literals():
    call = parse("f(-1, 1/4, 'a', [True, None], x=inf, y=(1, 2))")
    assert call.positional == (-1, 0.25, "a", (True, None))
    assert call.named == {"x": math.inf, "y": (1, 2)}
    for text in ("f(x)", "f(1/0)", "f(**{})", "f(lambda: 1)", "f(-'a')", "f(g(1))", "1", "f(1)(2)", "a.b.c", "f(", ""):
        with pytest.raises(ValueError, match="cannot be read"):
            parse(text)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_work_that_takes_long_is_shown_on_a_terminal(monkeypatch):
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    for shown in (True, False):
        monkeypatch.setattr(sys, "stderr", Terminal())
        with progress.Waiting("reading", shown=shown) as waiting:
            time.sleep(0.3)
            waiting.say("estimating")
            time.sleep(0.3)
        said = sys.stderr.getvalue()
        assert ("reading" in said, "estimating" in said) == (shown, shown)
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.Waiting("reading", shown=True) as waiting:
        waiting(3, "the third [bold]fit, fold 1 of 5", 7)
        time.sleep(0.3)
    assert "step 3 of 7" in sys.stderr.getvalue()
    assert "the third [bold]fit, fold 1 of 5" in sys.stderr.getvalue()
    monkeypatch.setattr(sys, "stderr", io.StringIO())  # no terminal
    with progress.Waiting("reading", shown=True):
        time.sleep(0.2)
    assert sys.stderr.getvalue() == ""
