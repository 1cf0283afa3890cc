"""Vectors as they are typed or read from files, and every way in which they can be wrong."""

import io
import json
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kullback.cli import vectors
from tests.cli.command import command, refusal
from tests.close import assert_close

HALF = "0.5,0.5"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, content):
    with open(
        name,
        "wb" if isinstance(content, bytes) else "w",
        **({} if isinstance(content, bytes) else {"encoding": "utf-8"}),
    ) as file:
        file.write(content)
    return name


def values(text):
    (vector,) = vectors.read(text)
    return vector.values.tolist()


class TestTyped:
    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("0.1,0.9", [0.1, 0.9]),
            (" 0.1 , .9 ", [0.1, 0.9]),
            ("1/3,2/3", [1 / 3, 2 / 3]),
            ("1e-5,-2.5E+3", [1e-5, -2500.0]),
            ("-inf,inf,-Infinity", [-math.inf, math.inf, -math.inf]),
            ("1", [1.0]),
        ],
    )
    def test_numbers(self, text, numbers):
        assert values(text) == numbers

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("0.5,foo", "'foo' is no number"),
            ("0.5,", "'' is no number"),
            ("1/0,1", "1/0 divides by zero"),
            ("1/2/3,1", "'1/2/3' is no number"),
            ("1_000,1", "'1_000' is no number"),
            ("nowhere", "nowhere is neither numbers nor a file"),
            ("", "a vector is empty"),
            ("a" * 5000, "a…a"),
            ("a\x1b[31mb,1", "a\\x1b[31mb"),
        ],
    )
    def test_what_is_no_number(self, text, says):
        with pytest.raises(ValueError) as error:
            vectors.read(text)
        assert says in str(error.value)
        assert ".npz:name" in str(error.value)  # what can be written instead
        assert len(str(error.value)) < 400

    def test_minus_signs_are_no_options(self, capsys):
        assert command(capsys, "kl", "-1,0", "-inf,0", "--kind", "logits").out == "KL(P‖Q) = ∞ nats\n"
        assert command(capsys, "kl", "--kind", "logits", "-0.5,-0.5", "0,0").out == "KL(P‖Q) = 0 nats\n"


class TestNumPy:
    def test_arrays(self, folder):
        np.save("p.npy", np.array([0.25, 0.75], np.float32))
        np.savez("z.npz", p=[0.5, 0.5], q=[0.9, 0.1])
        np.savez_compressed("one.npz", p=[3, 4])
        assert values("p.npy") == [0.25, 0.75]
        assert values("z.npz:q") == [0.9, 0.1]
        assert values("one.npz") == [3, 4]
        assert vectors.read("p.npy")[0].values.dtype == np.float32

    def test_rows_stay_on_the_disk(self, folder):
        np.save("rows.npy", np.full((1000, 4), 0.25))
        assert isinstance(vectors.read("rows.npy")[0].values, np.memmap)

    def test_pickles_are_never_read(self, folder):
        class Trap:
            def __reduce__(self):
                return (open, ("trapped", "w"))

        np.save("trap.npy", np.array([Trap()], object), allow_pickle=True)
        np.savez("trap.npz", p=np.array([Trap()], object))
        write("junk.npz", b"\x80\x04junk")
        for name in ("trap.npy", "trap.npz:p", "junk.npz:p"):
            with pytest.raises(ValueError, match="can be read"):
                vectors.read(name)
        assert not (folder / "trapped").exists()

    @pytest.mark.parametrize("cut", [0, 4, 20, 100, -1])
    def test_truncated(self, folder, cut):
        np.save("p.npy", np.array([0.5, 0.5]))
        np.savez("p.npz", p=[0.5, 0.5])
        for name in ("p.npy", "p.npz"):
            write(name, (folder / name).read_bytes()[:cut])
            with pytest.raises(ValueError, match=f"{name} is no .npy|{name}.* is no .npz"):
                vectors.read(name)

    def test_a_damaged_archive(self, folder):
        np.savez("p.npz", p=[0.5, 0.5])
        content = bytearray((folder / "p.npz").read_bytes())
        content[content.find(b"NUMPY") + 128] ^= 0xFF
        write("p.npz", bytes(content))
        with pytest.raises(ValueError, match="Bad CRC-32"):
            vectors.read("p.npz:p")

    @pytest.mark.parametrize("array", [np.array(["a"]), np.array([1j]), np.array([True]), np.zeros(1, "M8[s]")])
    def test_what_is_no_real_number(self, folder, array):
        np.save("p.npy", array)
        with pytest.raises(ValueError, match=r"p.npy holds values of dtype .*, and real numbers are needed"):
            vectors.read("p.npy")

    def test_which_array(self, folder):
        np.savez("z.npz", p=[1.0], q=[1.0])
        np.savez("none.npz")
        for text, says in (
            ("z.npz", "z.npz has 2 arrays: write z.npz:NAME; it has p, q"),
            ("z.npz:r", "z.npz has no array r; it has p, q"),
            ("none.npz", "it has no arrays"),
        ):
            with pytest.raises(ValueError) as error:
                vectors.read(text)
            assert says in str(error.value)
        np.save("p.npy", [1.0])
        with pytest.raises(ValueError, match="holds one array"):
            vectors.read("p.npy:p")


class TestCsv:
    @pytest.mark.parametrize(
        ("name", "content", "key", "labels", "numbers"),
        [
            ("a.csv", "name,n\nx,1\ny,2\n", "n", None, [1, 2]),
            ("a.csv", "name,n\nx,1\ny,2\n", "name,n", ("x", "y"), [1, 2]),
            ("a.csv", "name,n\nx,1\ny,2\n", "name, n", ("x", "y"), [1, 2]),
            ("a.CSV", "n\r\n1/4\r\n\r\n3e-1\r\n", "n", None, [0.25, 0.3]),
            ("a.csv", "\ufeffn\n1\n", "n", None, [1]),
            ("a.csv", "name;n\nx;1\n", "name,n", ("x",), [1]),
            ("a.tsv", "name\tn\nx, y\t1\n", "name,n", ("x, y",), [1]),
            ("a.csv", '"a,b","c:d"\n"x\ny",1\n', "a,b,c:d", ("x\ny",), [1]),
            ("a.csv", "größe,n\nß,1\n", "größe,n", ("ß",), [1]),
        ],
    )
    def test_columns(self, folder, name, content, key, labels, numbers):
        write(name, content)
        (vector,) = vectors.read(f"{name}:{key}")
        assert vector.values.tolist() == numbers
        assert vector.labels == labels

    def test_the_only_column_needs_no_name(self, folder):
        write("p.csv", "p\n0.5\n0.5\n")
        assert values("p.csv") == [0.5, 0.5]

    def test_a_file_whose_name_has_a_colon(self, folder):
        write("a.csv:b.csv", "p\n1\n")
        assert values("a.csv:b.csv") == [1.0]

    @pytest.mark.parametrize(
        ("content", "key", "says"),
        [
            ("", "", "p.csv is empty"),
            ("0.5\n0.5\n", "", "p.csv has numbers in its first line"),
            ("p\n", "p", "p.csv:p has no rows"),
            ("p\n0.5\nfoo\n", "p", "value 2 is 'foo', which is no number"),
            ("a,p\nx,0.5\ny,\n", "p", "value 2 is empty"),
            ("a,p\nx,0.5\ny\n", "p", "line 3 has 1 of 2 columns"),
            ("a,p\nx,1\nx,2\n", "a,p", "the label x stands more than once"),
            ("p,p\n1,2\n", "p", "more than one column is called p"),
            ("a,b\n1,2\n", "", "p.csv has 2 columns: write p.csv:NAME or p.csv:LABELS,VALUES; it has a, b"),
            ("a,b\n1,2\n", "c", "p.csv has no column c; it has a, b"),
            ("a,b\n1,2\n", "c,b", "p.csv has no column c; it has a, b"),
            (b"\xff\xfe\x00p", "p", "p.csv:p is no text in UTF-8"),
            (b"p\n0\x00\n", "p", "no number"),
            ("p\n" + "1" * 200_000 + "\n", "p", "field larger than field limit"),
            ("\n".join([",".join(f"c{i}" for i in range(100)), ""]), "zz", "c7 and 92 more"),
        ],
    )
    def test_what_is_wrong(self, folder, content, key, says):
        write("p.csv", content)
        with pytest.raises(ValueError) as error:
            vectors.read("p.csv" + (f":{key}" if key else ""))
        assert says in str(error.value)


class TestParquet:
    @pytest.fixture
    def table(self, folder):
        columns = {
            "name": ["x", "y"],
            "n": [1, 2],
            "f": pa.array([0.5, 0.5], pa.float32()),
            "d": pa.array([1, 2], pa.decimal128(5, 2)),
            "missing": [None, 1.0],
            "list": [[1], [2]],
            "code": pa.array(["x", "y"]).dictionary_encode(),
        }
        pq.write_table(pa.table(columns), "t.parquet")

    @pytest.mark.parametrize(
        ("key", "labels", "numbers"),
        [
            ("n", None, [1, 2]),
            ("name,n", ("x", "y"), [1, 2]),
            ("f", None, [0.5, 0.5]),
            ("d", None, [1, 2]),
            ("code,f", ("x", "y"), [0.5, 0.5]),
            ("n,f", ("1", "2"), [0.5, 0.5]),
        ],
    )
    def test_columns(self, table, key, labels, numbers):
        (vector,) = vectors.read(f"t.parquet:{key}")
        assert vector.values.tolist() == numbers
        assert vector.labels == labels

    @pytest.mark.parametrize(
        ("key", "says"),
        [
            ("", "t.parquet has 7 columns"),
            (":zz", "t.parquet has no column zz; it has name, n, f"),
            (":missing", "1 of 2 values are missing"),
            (":list", "holds values of type list<"),
            (":name", "holds values of type string, and numbers are needed"),
        ],
    )
    def test_what_is_wrong(self, table, key, says):
        with pytest.raises(ValueError) as error:
            vectors.read(f"t.parquet{key}")
        assert says in str(error.value)

    @pytest.mark.parametrize("content", [b"", b"PAR1 and then nothing", b"PAR1" * 100])
    def test_damaged(self, folder, content):
        write("t.parquet", content)
        with pytest.raises(ValueError, match=r"t\.parquet:x is no Parquet file that can be read"):
            vectors.read("t.parquet:x")

    def test_without_pyarrow(self, table, monkeypatch):
        import importlib.util

        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(ImportError, match=r'reading Parquet needs pyarrow: pip install "kullback\[tables\]"'):
            vectors.read("t.parquet:n")


class TestJson:
    @pytest.mark.parametrize(
        ("content", "key", "labels", "numbers"),
        [
            ("[0.5, 0.5]", "", None, [0.5, 0.5]),
            ("[3, 4]", "", None, [3, 4]),
            ("[[0.5, 0.5], [0, 1]]", "", None, [[0.5, 0.5], [0, 1]]),
            ('{"a": 0.25, "b": 0.75}', "", ("a", "b"), [0.25, 0.75]),
            ('{"p": [1], "q": {"a": 1}}', "p", None, [1]),
            ('{"p": [1], "q": {"a": 1}}', "q", ("a",), [1]),
            ('{"x:y": [1]}', "x:y", None, [1]),
            ("[-Infinity, 0]", "", None, [-math.inf, 0]),
            ('\ufeff{"ß": 1}', "", ("ß",), [1]),
        ],
    )
    def test_lists_and_objects(self, folder, monkeypatch, content, key, labels, numbers):
        write("d.json", content)
        monkeypatch.setattr("sys.stdin", io.StringIO(content.lstrip("\ufeff")))
        for text in ("d.json", "-"):
            (vector,) = vectors.read(f"{text}:{key}" if key else text)
            assert vector.values.tolist() == numbers
            assert vector.labels == labels

    @pytest.mark.parametrize(
        ("content", "key", "says"),
        [
            ("", "", "d.json is empty"),
            ("{", "", "d.json is no JSON: "),
            (b"\xff\xfe\xfd", "", "d.json is no JSON"),
            (b"\x80\x81", "", "it is no text"),
            ('{"a": 1, "a": 2}', "", "d.json has a twice"),
            ("[" * 100_000 + "]" * 100_000, "", "nested too deeply"),
            ("[1" + "0" * 400 + "]", "", "[0] is larger than any float64"),
            ('["a"]', "", "[0] is text, and a number is needed"),
            ("[[1], [null]]", "", "[1][0] is null"),
            ('{"a": true}', "", "d.json: a is true or false"),
            ("[[1, 2], [3]]", "", "the rows have different lengths"),
            ("[[1, 2], 3]", "", "the rows have different lengths"),
            ("5", "", "d.json is a number, and a list or an object"),
            ('{"p": [1], "q": [1]}', "", "an object of several: p, q: write d.json:p"),
            ('{"p": [1], "q": [1]}', "r", "there is no key r; there is p, q"),
            ("[1]", "r", "the JSON holds a list, and only an object has keys"),
        ],
    )
    def test_what_is_wrong(self, folder, content, key, says):
        write("d.json", content)
        with pytest.raises(ValueError) as error:
            vectors.read("d.json" + (f":{key}" if key else ""))
        assert says in str(error.value)
        assert len(str(error.value)) < 300

    def test_standard_input_is_read_once(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO('{"p": [0.5, 0.5], "q": {"a": 1}}'))
        p, q = vectors.read("-:p", "-:q")
        assert p.values.tolist() == [0.5, 0.5]
        assert q.labels == ("a",)

    def test_standard_input_twice(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO("[1]"))
        with pytest.raises(ValueError, match="only one vector can be standard input"):
            vectors.read("-", "-")

    def test_no_standard_input(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        with pytest.raises(ValueError, match="standard input is empty"):
            vectors.read("-")
        monkeypatch.setattr("sys.stdin", None)
        with pytest.raises(ValueError, match="standard input is closed"):
            vectors.read("-")


class TestPaths:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("nope.npy", "there is no file nope.npy"),
            ("nope.csv:x", "there is no file nope.csv"),
            ("folder.npy", "folder.npy is a folder, not a file"),
            ("folder", "folder is a folder, not a file"),
            ("notes.txt", "notes.txt is a file of no known kind"),
            ("a" * 5000 + ".npy", "there is no file a"),
        ],
    )
    def test_what_is_no_file(self, folder, text, says):
        for name in ("folder", "folder.npy"):
            (folder / name).mkdir()
        write("notes.txt", "0.5 0.5")
        with pytest.raises(ValueError) as error:
            vectors.read(text)
        assert says in str(error.value)

    def test_numbers_before_files(self, folder):
        """A number is a number, also where a file is called so; ./1 is the file."""
        write("1", "[3]")
        assert values("1") == [1.0]

    def test_what_may_not_be_read(self, folder, capsys):
        write("p.json", "[1]")
        (folder / "p.json").chmod(0)
        try:
            (folder / "p.json").read_bytes()
        except PermissionError:
            assert "Permission denied" in refusal(command(capsys, "kl", "p.json", "1"))
        else:
            pytest.skip("this user may read everything")


class TestAlignment:
    def vector(self, weights):
        return vectors.Vector("x", np.array(list(weights.values()), np.float64), tuple(weights))

    def test_by_label(self):
        p, q = self.vector({"a": 1.0, "b": 2.0, "c": 3.0}), self.vector({"c": 30.0, "d": 40.0, "b": 20.0})
        aligned = vectors.align(p, q, (0.0, -math.inf))
        assert aligned.labels == ("a", "b", "c", "d")
        assert aligned.p.tolist() == [1, 2, 3, 0]
        assert aligned.q.tolist() == [-math.inf, 20, 30, 40]
        assert aligned.notes == ("P lacks d: its mass there is 0", "Q lacks a: its mass there is 0")

    def test_the_order_of_labels_does_not_matter(self, capsys, folder):
        write("d.json", json.dumps({"p": {"a": 0.5, "b": 0.25, "c": 0.25}, "q": {"c": 0.5, "a": 0.125, "b": 0.375}}))
        labelled = json.loads(command(capsys, "kl", "d.json:p", "d.json:q", "--json").out)["value"]
        listed = json.loads(command(capsys, "kl", "0.5,0.25,0.25", "0.125,0.375,0.5", "--json").out)["value"]
        assert_close(labelled, listed, relative=0.0)

    def test_many_labels(self):
        """100,000 labels take no longer than their number: what is quadratic would take minutes."""
        left = self.vector({f"a{i}": 1.0 for i in range(100_000)})
        right = self.vector({f"a{i}": 1.0 for i in range(50_000, 150_000)})
        aligned = vectors.align(left, right, (0.0, 0.0))
        assert len(aligned.labels) == 150_000
        assert aligned.notes[0].endswith("and 49992 more: its mass there is 0")

    def test_nothing_in_common(self):
        with pytest.raises(ValueError, match="no label in common: P has a; Q has b"):
            vectors.align(self.vector({"a": 1.0}), self.vector({"b": 1.0}), (0.0, 0.0))

    def test_labels_on_one_side(self):
        bare = vectors.Vector("y", np.array([0.5, 0.5]))
        p = self.vector({"a": 1.0, "b": 2.0})
        assert vectors.align(p, bare, (0.0, 0.0)).notes == (
            "Q has no labels: its outcomes are taken in the order of those of P",
        )
        assert vectors.align(bare, p, (0.0, 0.0)).labels == ("a", "b")
        with pytest.raises(ValueError, match="P has 3 labelled outcomes and Q has 2 without labels"):
            vectors.align(self.vector({"a": 1.0, "b": 1.0, "c": 1.0}), bare, (0.0, 0.0))
