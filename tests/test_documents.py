"""Every example runs: README.md, docs/, the docstrings of kullback, and the scripts in examples/.

In a Markdown file the Python blocks share one namespace, from top to bottom, and all blocks one working folder, in
which `examples/` is the repository's. What a block shows is checked:

- a block with `>>>` is a doctest, in which `...` stands for anything;
- `$ kullback ...` in a console block runs, and must exit with 0 or with the code in a comment behind it (`# exit 1`) or
  printed by `$ echo $?` below it; lines shown under it must be what it prints, where `...` stands for anything and
  the width of a space does not count; other `$` commands do not run;
- a block inside `<!-- ... -->` runs without being shown; `<!-- not run: why -->` above a block leaves it out.

A block that needs a library which is not installed is skipped, by name.
"""

import contextlib
import doctest
import importlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
# docs/design.md is the plan: it names p, q and tables that no example makes.
DOCUMENTS = [p for p in (ROOT / "README.md", ROOT / "CONTRIBUTING.md") if p.exists()]
DOCUMENTS += [p for p in sorted((ROOT / "docs").rglob("*.md")) if p != ROOT / "docs" / "design.md"]
MODULES = sorted(SOURCE.rglob("*.py"))
SCRIPTS = [p for p in sorted((ROOT / "examples").glob("*.py")) if p.name != "make_data.py"]
FLAGS = doctest.ELLIPSIS

FENCE = re.compile(
    r"^(?P<why><!-- not run: [^\n]+-->\n\s*)?"
    r"(?P<indent>[ ]*)```(?P<language>\w+)[^\n]*\n(?P<body>.*?)^(?P=indent)```[ ]*$",
    re.MULTILINE | re.DOTALL,
)
EXIT = re.compile(r"\s+#.*?\bexits?(?: with)?(?: code)? (\d+).*$")


@dataclass(frozen=True)
class Block:
    """A fenced block of a Markdown file."""

    language: str
    body: str
    line: int


def blocks(text: str) -> Iterator[Block]:
    for match in FENCE.finditer(text):
        if match["why"]:
            continue
        body = "".join(line.removeprefix(match["indent"]) for line in match["body"].splitlines(keepends=True))
        yield Block(match["language"], body, text.count("\n", 0, match.start("body")) + 1)


def run_doctest(test: doctest.DocTest) -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    runner.run(test, out=said.append, clear_globs=False)
    if runner.failures:
        pytest.fail("".join(said), pytrace=False)


def run_python(block: Block, namespace: dict[str, object], where: str) -> None:
    if ">>>" in block.body:
        test = doctest.DocTestParser().get_doctest(block.body, namespace, where, where, block.line - 1)
        run_doctest(test)
        namespace.update(test.globs)
    else:
        code = compile("\n" * (block.line - 1) + block.body, where, "exec")
        exec(code, namespace)


@dataclass
class Command:
    """A command of a console block, the exit code that is stated and the lines shown under it."""

    text: str
    exit_code: int = 0
    shown: str = ""


def commands(body: str) -> list[Command]:
    found: list[Command] = []
    for line in body.replace("\\\n", " ").splitlines():
        if line.startswith("$ echo $?"):
            found.append(Command("echo $?"))
        elif line.startswith("$ "):
            stated = EXIT.search(line)
            found.append(Command(EXIT.sub("", line[2:]), int(stated[1]) if stated else 0))
        elif found and found[-1].text == "echo $?" and line.strip():
            if len(found) > 1:
                found[-2].exit_code = int(line)
        elif found:
            found[-1].shown += line + "\n"
    return [c for c in found if c.text.split()[0] == "kullback"]


def run_command(command: Command, folder: Path, line: int, where: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    plain = {"PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"}
    run = subprocess.run(
        command.text, shell=True, cwd=folder, env=os.environ | plain, capture_output=True, text=True, timeout=300
    )
    at = f"{where}:{line}: $ {command.text}\n"
    if run.returncode != command.exit_code:
        pytest.fail(
            f"{at}exited with {run.returncode}, not {command.exit_code}\n{run.stdout}{run.stderr}", pytrace=False
        )
    shown, printed = command.shown.strip() + "\n", (run.stdout + run.stderr).strip() + "\n"
    flags = FLAGS | doctest.NORMALIZE_WHITESPACE
    if shown.strip() and not doctest.OutputChecker().check_output(shown, printed, flags):
        pytest.fail(f"{at}printed\n{printed}where the document shows\n{shown}", pytrace=False)


@contextlib.contextmanager
def missing_is_skipped() -> Iterator[None]:
    """Skip where a library is absent that is not part of kullback."""
    try:
        yield
    except ImportError as error:
        absent = error.name and error.name.split(".")[0]
        known = absent and (absent == "kullback" or importlib.util.find_spec(absent) is not None)
        if "pip install" in str(error) or (absent and not known):
            pytest.skip(str(error))
        raise


def run_document(
    text: str, where: str, folder: Path, subtests: Callable[..., contextlib.AbstractContextManager]
) -> int:
    """Run all examples of a document; the number that ran."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    count = 0
    for block in blocks(text):
        if block.language in {"python", "pycon"}:
            count += 1
            with subtests(msg=f"{where}:{block.line}"), missing_is_skipped():
                run_python(block, namespace, where)
        elif block.language in {"console", "shell", "bash", "sh"}:
            for command in commands(block.body):
                count += 1
                with subtests(msg=f"{where}:{block.line}: {command.text}"):
                    run_command(command, folder, block.line, where)
    return count


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_document(document: Path, folder: Path, subtests: pytest.Subtests) -> None:
    run_document(document.read_text(encoding="utf-8"), str(document.relative_to(ROOT)), folder, subtests.test)


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_docstrings(module: Path, folder: Path) -> None:
    parts = module.relative_to(SOURCE).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    if ">>>" not in module.read_text(encoding="utf-8"):
        return
    with missing_is_skipped():
        imported = importlib.import_module(name)
    globs = {"kb": importlib.import_module("kullback"), "np": importlib.import_module("numpy")}
    tests = [t for t in doctest.DocTestFinder().find(imported, name, extraglobs=globs) if t.examples]
    assert tests, f"{name} has >>> in no docstring that doctest finds"
    for test in tests:
        run_doctest(test)


def test_scripts(folder: Path, subtests: pytest.Subtests) -> None:
    for script in SCRIPTS:
        with subtests.test(msg=script.name):
            run = subprocess.run([sys.executable, str(script)], cwd=folder, capture_output=True, text=True, timeout=300)
            if "pip install" in run.stderr:
                pytest.skip(run.stderr.strip().splitlines()[-1])
            assert run.returncode == 0, run.stderr


TRUE = """
```python
x = 1
```

    text between

```pycon
>>> x + 1
2
>>> x / 3
0.333...
>>> y = [x, x]
```

```python
assert len(y) == 2
```

```console
$ kullback-is-not-this
$ pip install nothing-at-all
```

<!-- not run: it is a sketch -->
```python
undefined_name
```
"""
FALSE = {
    "wrong value": "```pycon\n>>> 1 + 1\n3\n```\n",
    "exception": "```python\n1 / 0\n```\n",
    "wrong digits": "```pycon\n>>> 1 / 3\n0.33\n```\n",
    "wrong exit code": "```console\n$ kullback no-such-command\n```\n",
    "wrong output": "```console\n$ kullback --help\nnot what it prints\n```\n",
}


@contextlib.contextmanager
def directly(msg: str) -> Iterator[None]:
    yield


def test_a_true_document_passes(folder: Path) -> None:
    assert run_document(TRUE, "true.md", folder, directly) == 3


@pytest.mark.parametrize("text", FALSE.values(), ids=FALSE.keys())
def test_a_false_document_fails(text: str, folder: Path) -> None:
    with pytest.raises((ZeroDivisionError, pytest.fail.Exception)):
        run_document(text, "false.md", folder, directly)


def test_what_a_console_block_states() -> None:
    body = "$ kullback compare a \\\n    b --fail-on 'js > 0.1'  # exit 1\nfailed\n$ kullback x\n$ echo $?\n2\n$ make\n"
    first, second = commands(body)
    assert first.text.split() == ["kullback", "compare", "a", "b", "--fail-on", "'js", ">", "0.1'"]
    assert (first.exit_code, first.shown, second.exit_code) == (1, "failed\n", 2)
