"""kullback kl P Q and the others: values, options, output and errors."""

import inspect
import json
import math
import re
import subprocess
import sys
import typing

import mpmath
import numpy as np
import pytest

import kullback as kb
import kullback.divergences
from kullback.cli.kinds import as_options
from kullback.cli.members import families
from kullback.divergence import Divergence
from tests.cli.command import command, refusal
from tests.close import assert_close

P, Q = [0.5, 0.25, 0.25], [0.125, 0.375, 0.5]
TYPED = ("0.5,0.25,0.25", "0.125,0.375,0.5")
MEMBERS = [(family, member) for family in families() for member in family.members]


def options_of(family, member):
    values = dict(member.parameters)
    if not values:
        return []
    return [
        f"--{name}=" + (",".join(map(repr, value)) if isinstance(value, tuple) else repr(value))
        for name, value in values.items()
    ]


def computed(capsys, *arguments):
    ran = command(capsys, *arguments, "--json")
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


def makes_divergences(function):
    made = typing.get_type_hints(function)["return"]
    return isinstance(made, type) and issubclass(made, Divergence)


class TestEveryDivergence:
    def test_all_are_there(self):
        """Whatever `kullback.divergences` has is a command, but for what takes something else than numbers."""
        called = {name for family in families() for name in (family.name, *family.aliases)}
        for name, thing in vars(kullback.divergences).items():
            if isinstance(thing, Divergence):
                assert name in called, name
            elif inspect.isfunction(thing) and makes_divergences(thing):
                needs = {p.name for p in inspect.signature(thing).parameters.values() if p.kind is not p.VAR_POSITIONAL}
                assert name in called or needs & {"f", "function", "generator"}, name
        assert {"kl", "js", "jensen_shannon", "psi", "renyi"} <= called

    @pytest.mark.parametrize(("family", "member"), MEMBERS, ids=lambda x: repr(x) if isinstance(x, Divergence) else "")
    def test_value(self, capsys, family, member):
        """The number on the command line is that of the library, to the last bit, and the mathematics'."""
        found = computed(capsys, family.command, *TYPED, *options_of(family, member))
        with mpmath.workdps(50):
            truth = float(member.textbook([mpmath.mpf(x) for x in P], [mpmath.mpf(x) for x in Q], mpmath.mp))
        assert_close(found["value"], float(member(P, Q)), relative=0.0)
        assert_close(found["value"], truth, relative=1e-12)
        assert found["label"] == member.label()
        assert found["unit"] == member.unit
        assert found["direction"] == "P‖Q"

    @pytest.mark.parametrize("family", families(), ids=lambda f: f.name)
    def test_reverse_and_printed(self, capsys, family):
        member = family.members[0]
        options = options_of(family, member)
        swapped = computed(capsys, family.command, *TYPED, *options, "--reverse")["value"]
        assert_close(swapped, float(member(Q, P)), relative=1e-15)
        line = command(capsys, family.command, *TYPED, *options).out
        unit = re.escape(member.unit or "(no unit)")
        assert re.fullmatch(rf"{re.escape(member.label())} = (∞|[\d.e+-]+) {unit}\n", line), line

    @pytest.mark.parametrize("family", families(), ids=lambda f: f.name)
    def test_help(self, capsys, family):
        for name in (family.name, *family.aliases):
            out = command(capsys, name.replace("_", "-"), "--help").out
            for option in ("--kind", "--base", "--axis", "--reverse", "--terms", "--json"):
                assert option in out
            for parameter in family.parameters:
                assert f"--{parameter.name}" in out
                assert parameter.words, f"{family.name} does not say what {parameter.name} is"
            assert "The truth or reference" in out

    def test_the_help_of_the_program(self, capsys):
        out = command(capsys, "--help").out
        assert out.index("─ Tables ") < out.index("─ Divergences ") < out.index("─ Entropies ") < out.index("─ More ")
        for family in families():
            assert re.search(rf"^│ {family.command}( \(|\s{{2,}})", out, re.MULTILINE), family.command
        assert max(map(len, out.splitlines())) <= 80


class TestParameters:
    def test_a_parameter_is_needed(self, capsys):
        assert "--alpha requires an argument" in refusal(command(capsys, "renyi", *TYPED))

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["renyi", "--alpha", "x"], 'unable to convert "x" into float'),
            (["renyi", "--alpha", "nan"], "--alpha is no number"),
            (["renyi", "--alpha", "-1"], "at least 0, not -1"),
            (["jensen-shannon", "--weights", "1,2"], "two positive numbers that sum to 1"),
            (["jensen-shannon", "--weights", "0.5"], "two positive numbers that sum to 1"),
            (["jensen-shannon", "--weights", "x,y"], "--weights is 'x,y', and 'x' is no number"),
            (["kl", "--alpha", "2"], "Unknown option: --alpha"),
            (["kl", "--base", "x"], "--base is 'x'; it is e for nats, 2 for bits"),
            (["kl", "--base", "1"], "a base above 1 is needed"),
            (["tv", "--base", "2"], "tv has no unit, so a base means nothing for it: leave --base out"),
            (["kl", "--kind", "foo"], "--kind is 'foo'; it is one of probs, log-probs, logits, counts"),
            (["kl", "--kind", "logits,probs,counts"], "one for P and one for Q"),
            (["kl", "--axis", "x"], "--axis is 'x'; it is a whole number"),
            (["kl", "--axis", "3"], "axis 3 is out of range"),
            (["renyi", "--alpha", "inf", "--terms"], "it has no terms"),
            (["kl", "0.5,0.5"], "Unused Tokens"),
            (["kl", "--bogus"], "Unknown option: --bogus"),
        ],
    )
    def test_wrong(self, capsys, arguments, says):
        assert says in refusal(command(capsys, arguments[0], *TYPED, *arguments[1:]))

    def test_weights_may_be_left_out(self, capsys):
        assert command(capsys, "jensen-shannon", *TYPED).out == command(capsys, "js", *TYPED).out

    @pytest.mark.parametrize(
        ("base", "unit", "scale"),
        [
            ("e", "nats", 1.0),
            ("2", "bits", math.log(2)),
            ("10", "hartleys", math.log(10)),
            ("3", "units of base 3", math.log(3)),
        ],
    )
    def test_bases(self, capsys, base, unit, scale):
        found = computed(capsys, "kl", *TYPED, "--base", base)
        assert found["unit"] == unit
        assert_close(found["value"], float(kb.kl(P, Q)) / scale, relative=1e-15)
        assert command(capsys, "kl", *TYPED, "--base", base).out.endswith(f" {unit}\n")


class TestKinds:
    def test_each(self, capsys):
        logs = ",".join(repr(math.log(x)) for x in P), ",".join(repr(math.log(x)) for x in Q)
        for kind, texts in (
            ("probs", TYPED),
            ("counts", ("4,2,2", "1,3,4")),
            ("log-probs", logs),
            ("log_probs", logs),
            ("logits", logs),
            ("logits,probs", (logs[0], TYPED[1])),
            ("counts,log-probs", ("4,2,2", logs[1])),
        ):
            found = computed(capsys, "kl", *texts, "--kind", kind)
            assert_close(found["value"], float(kb.kl(P, Q)), relative=1e-14)
        assert found["inputs"]["p"]["kind"] == "counts"
        assert found["inputs"]["q"]["kind"] == "log-probs"

    def test_far_logits(self, capsys):
        out = command(capsys, "kl", "0,0", "0,-800", "--kind", "logits").out
        assert out == "KL(P‖Q) = 399.307 nats\n"

    @pytest.mark.parametrize("command_", ["kl", "entropy", "cross-entropy", "perplexity", "explain"])
    def test_counts_are_named_as_an_option(self, capsys, command_):
        said = refusal(command(capsys, command_, "3,5,2", *(["1,1,1"] if command_ != "entropy" else [])))
        assert said.startswith("p sums to 10 ")
        assert "Counts? --kind counts." in said
        assert "kb." not in said

    def test_messages_name_the_pair_where_kinds_differ(self, capsys):
        said = refusal(command(capsys, "kl", "0,0", "1,1", "--kind", "logits,probs"))
        assert "Counts? --kind logits,counts." in said

    def test_every_advice_has_an_option(self):
        """No message of an input kind names Python where the command line has an option."""
        for kind in (kb.probs, kb.log_probs, kb.logits, kb.counts):
            for name in "pq":
                advice = type(kind([0.5])).advice.format(name=name)
                assert "kb." not in as_options(advice, ("probs", "probs")), advice

    def test_labels_missing_from_logits(self, capsys, tmp_path):
        path = tmp_path / "d.json"
        path.write_text('{"p": {"a": 0, "b": 0}, "q": {"a": 1, "b": 1, "c": 1}}')
        ran = command(capsys, "kl", f"{path}:p", f"{path}:q", "--kind", "logits")
        assert ran.out == f"KL(P‖Q) = {math.log(1.5):.6g} nats\n(P lacks c: its mass there is 0)\n"


class TestValues:
    @pytest.mark.parametrize(
        ("p", "q", "says"),
        [
            ("0.5,0.5", "0.3,0.8", "q sums to 1.1 "),
            ("0.1,0.2,0.7", "0.5,0.5", "p has 3 and q has 2"),
            ("0.5,nan", "0.5,0.5", "p is NaN at index (1,)"),
            ("1.5,-0.5", "0.5,0.5", "p is negative at index (1,)"),
            ("inf,0", "0.5,0.5", "p is infinite at index (0,)"),
        ],
    )
    def test_what_is_no_distribution(self, capsys, p, q, says):
        assert says in refusal(command(capsys, "kl", p, q))

    def test_infinite(self, capsys):
        assert command(capsys, "kl", "0.5,0.5", "1,0").out == "KL(P‖Q) = ∞ nats\n"
        assert computed(capsys, "kl", "0.5,0.5", "1,0")["value"] == "inf"

    def test_close_distributions(self, capsys):
        """P and Q that differ in the twelfth digit."""
        q = [0.2 + 1e-12, 0.3 - 1e-12, 0.5]
        found = computed(capsys, "kl", "0.2,0.3,0.5", ",".join(map(repr, q)))
        assert_close(found["value"], float(kb.kl([0.2, 0.3, 0.5], q)), relative=0.0)
        assert 4e-24 < found["value"] < 4.5e-24


class TestRows:
    @pytest.fixture
    def files(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        rng = np.random.default_rng(0)
        rows, other = rng.dirichlet(np.ones(4), 3), rng.dirichlet(np.ones(4))
        np.save("rows.npy", rows)
        np.save("other.npy", other)
        np.save("columns.npy", np.ascontiguousarray(rows.T))
        np.save("cube.npy", rng.dirichlet(np.ones(4), (2, 3)))
        return rows, other

    def test_one_value_per_row(self, capsys, files):
        found = computed(capsys, "kl", "rows.npy", "other.npy")
        assert_close(found["values"], kb.kl(*files), relative=0.0)
        assert found["inputs"]["p"]["shape"] == [3, 4]
        lines = command(capsys, "kl", "rows.npy", "other.npy").out.splitlines()
        assert lines[0].split() == ["row", "KL(P‖Q)", "nats"]
        assert [line.split()[0] for line in lines[1:]] == ["0", "1", "2"]
        assert_close([float(line.split()[1]) for line in lines[1:]], kb.kl(*files), relative=1e-5)

    def test_axis(self, capsys, files):
        by_row = computed(capsys, "kl", "rows.npy", "rows.npy")["values"]
        by_column = computed(capsys, "js", "columns.npy", "columns.npy", "--axis", "0")["values"]
        assert by_row == by_column == [0, 0, 0]
        found = computed(capsys, "entropy", "columns.npy", "--axis", "0")
        assert_close(found["values"], kb.entropy(files[0]), relative=1e-15)

    def test_several_axes_and_batches(self, capsys, files):
        cube = np.load("cube.npy")
        found = computed(capsys, "kl", "cube.npy", "other.npy")
        assert_close(found["values"], kb.kl(cube, files[1]), relative=0.0)
        assert command(capsys, "kl", "cube.npy", "other.npy").out.splitlines()[2].startswith("0,1  ")
        joint = computed(capsys, "entropy", "cube.npy", "--kind", "counts", "--axis", "1,2")
        assert_close(joint["values"], kb.entropy(kb.counts(cube), axis=(1, 2)), relative=1e-15)


class TestTerms:
    def test_they_sum_to_the_value(self, capsys):
        found = computed(capsys, "kl", *TYPED, "--terms")
        assert_close(sum(found["terms"]), found["value"], relative=1e-15)
        lines = command(capsys, "kl", *TYPED, "--terms").out.splitlines()
        assert lines[1].split() == ["outcome", "term"]
        assert_close([float(line.split()[1]) for line in lines[2:]], found["terms"], relative=1e-5)

    def test_labels(self, capsys, tmp_path):
        path = tmp_path / "d.json"
        path.write_text('{"p": {"rain": 0.5, "su\\nn": 0.5}, "q": {"su\\nn": 1}}')
        ran = command(capsys, "tv", f"{path}:p", f"{path}:q", "--terms")
        assert ran.out.splitlines() == [
            "TV(P‖Q) = 0.5 (no unit)",
            "outcome  term",
            "rain     0.25",
            "su\\nn    0.25",
            "(Q lacks rain: its mass there is 0)",
        ]
        found = computed(capsys, "tv", f"{path}:p", f"{path}:q", "--terms")
        assert found["labels"] == ["rain", "su\nn"]
        assert found["notes"] == ["Q lacks rain: its mass there is 0"]

    def test_of_a_root(self, capsys):
        ran = command(capsys, "hellinger", *TYPED, "--terms")
        assert "before its root or logarithm" in ran.out


class TestEntropies:
    def test_values(self, capsys):
        assert command(capsys, "entropy", "0.5,0.5", "--base", "2").out == "H(P) = 1 bits\n"
        assert command(capsys, "perplexity", "1/4,1/4,1/4,1/4").out == "perplexity(P) = 4 (no unit)\n"
        found = computed(capsys, "cross-entropy", *TYPED)
        assert (found["label"], found["unit"]) == ("H(P, Q)", "nats")
        assert_close(found["value"], float(kb.cross_entropy(P, Q)), relative=0.0)
        found = computed(capsys, "perplexity", *TYPED)
        assert_close(found["value"], math.exp(float(kb.cross_entropy(P, Q))), relative=1e-14)
        assert found["label"] == "perplexity(P, Q)"

    def test_wrong(self, capsys):
        assert "--kind" in refusal(command(capsys, "entropy", "0.5,0.5", "--kind", "probs,probs"))
        assert "Unused Tokens" in refusal(command(capsys, "entropy", *TYPED))
        assert "Q requires an argument" in refusal(command(capsys, "cross-entropy", "0.5,0.5"))
        assert "no option --base" in refusal(command(capsys, "perplexity", "0.5,0.5", "--base=2"))


class TestProcess:
    def run(self, *arguments, **options):
        words = [sys.executable, "-m", "kullback", *arguments]
        return subprocess.run(words, capture_output=True, text=True, encoding="utf-8", timeout=60, **options)

    def test_one_line(self):
        ran = self.run("kl", "0.5,0.5", "0.9,0.1")
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "KL(P‖Q) = 0.510826 nats\n", "")

    def test_standard_input(self):
        ran = self.run("kl", "-:p", "-:q", input='{"p": [0.5, 0.5], "q": [0.9, 0.1]}')
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "KL(P‖Q) = 0.510826 nats\n", "")
        ran = self.run("kl", "-", "0.9,0.1", input="")
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr == "kullback: standard input is empty, and JSON is expected\n"

    @pytest.mark.parametrize("source", ["typed", "npy", "npz", "json", "csv"])
    def test_nothing_heavy_is_imported(self, tmp_path, source):
        np.save(tmp_path / "p.npy", P)
        np.savez(tmp_path / "p.npz", p=P)
        (tmp_path / "p.json").write_text(json.dumps(P))
        (tmp_path / "p.csv").write_text("p\n0.5\n0.25\n0.25\n")
        text = TYPED[0] if source == "typed" else f"p.{source}"
        code = (
            "import sys; from kullback.cli import run\n"
            f"code = run(['kl', {text!r}, {TYPED[1]!r}])\n"
            "heavy = {'pandas', 'pyarrow', 'duckdb', 'polars', 'narwhals', 'scipy', 'torch', 'jax', 'rich'}\n"
            "print(sorted(heavy & set(sys.modules)), code)"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, timeout=60
        )
        assert ran.stdout.splitlines()[-1] == "[] 0", ran

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
    @pytest.mark.parametrize(
        "arguments",
        [
            "kl 0.5,0.5 1,0 --terms",
            "chi2 0.5,0.5 1,0 --json",
            "list",
            "list renyi",
            "list --json",
            "explain --article",
            *(f"{name} --help" for name in ("kl", "renyi", "jensen-shannon", "entropy", "list", "explain")),
        ],
    )
    def test_ascii(self, arguments):
        """An output that has only ASCII gets all of it, without a traceback and without escapes."""
        from os import environ

        plain = {**environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
        words = [sys.executable, "-m", "kullback", *arguments.split()]
        ran = subprocess.run(words, capture_output=True, env=plain, timeout=60)
        assert (ran.returncode, ran.stderr) == (0, b"")
        out = ran.stdout.decode("ascii")
        assert out
        if "--json" in arguments:
            json.loads(out)
        else:
            assert not re.search(r"\\[xu][0-9a-f]{2}", out), out

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
    def test_pipes_that_close(self, tmp_path):
        np.save(tmp_path / "rows.npy", np.full((200_000, 2), 0.5))
        program = f"'{sys.executable}' -m kullback"
        for line, code in (
            (f"{program} kl rows.npy 0.5,0.5 | head -n 1", 0),
            (f"{program} kl 0.5,0.5 0.9,0.1 >&-", 0),
            (f"{program} explain --article | true", 0),
            (f"{program} kl - 0.5,0.5 <&-", 2),
        ):
            words = ["bash", "-c", f"set -o pipefail; {line}"]
            ran = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, timeout=60)
            assert ran.returncode == code, (line, ran)
            assert ran.stderr.count("\n") == (code != 0), (line, ran)

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
    def test_interrupted(self):
        """Ctrl-C while it waits for standard input."""
        import signal
        import time

        words = [sys.executable, "-m", "kullback", "kl", "-", "0.5,0.5"]
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        time.sleep(2.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (130, "")
        assert err == "kullback: interrupted; nothing was written\n"
