"""What is imported, and when: nothing heavy before it is used."""

import subprocess
import sys

import pytest

import kullback as kb

HEAVY = ("pyarrow", "duckdb", "narwhals", "scipy", "rich", "cyclopts", "jinja2", "sklearn", "pandas", "polars", "torch")


def imported(program, *arguments):
    """The modules that a program has imported at its end, in a fresh interpreter."""
    tail = "\nimport sys; print('\\n', *sorted(sys.modules), file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", program + tail, *map(str, arguments)], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.split())


def test_import_takes_nothing_heavy():
    modules = imported("import kullback")
    assert "kullback" in modules
    assert modules & {*HEAVY, "numpy"} == set()


def test_the_core_takes_nothing_heavy():
    modules = imported("import kullback as kb; print(kb.kl([0.5, 0.5], [0.9, 0.1]), kb.js, kb.Estimate, kb.Comparison)")
    assert "numpy" in modules
    assert modules & set(HEAVY) == set()


@pytest.mark.parametrize("command", ["compare", "profile", "report"])
def test_help_takes_no_engine(command):
    modules = imported(f"from kullback.cli import run; assert run([{command!r}, '--help']) == 0")
    assert "cyclopts" in modules
    assert modules & {"pyarrow", "duckdb", "narwhals", "scipy", "jinja2", "sklearn", "pandas", "numpy"} == set()


@pytest.mark.parametrize("options", [[], ["-q"], ["-o", "report.json"]])
def test_comparing_parquet_takes_what_it_needs_only(flights, tmp_path, options):
    options = [str(tmp_path / option) if "." in option else option for option in options]
    modules = imported(
        "import sys; from kullback.cli import run; assert run(['compare', *sys.argv[1:]]) == 0", *flights, *options
    )
    assert "pyarrow" in modules
    assert modules & {"scipy.stats", "pandas", "duckdb", "sklearn", "narwhals", "polars", "jinja2", "torch"} == set()


def test_comparing_csv_takes_no_pandas(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,k\n" + "1,a\n2,b\n" * 100)
    modules = imported("import sys, kullback as kb; kb.compare(*2 * sys.argv[1:])", path)
    assert "duckdb" in modules
    assert modules & {"scipy.stats", "pandas", "sklearn", "polars"} == set()


def test_every_public_name_resolves():
    assert kb.__all__ == sorted(kb.__all__)
    for name in kb.__all__:
        assert getattr(kb, name) is not None
    assert set(kb.__all__) <= set(dir(kb))
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        kb.nope  # noqa: B018


@pytest.mark.parametrize("name", [n for n in kb.__all__ if not n[0].isupper()])
def test_every_public_name_resolves_first(name):
    """Each in a fresh namespace, since importing one module may bind another's name to the package."""
    saved = {key: module for key, module in sys.modules.items() if key.split(".")[0] == "kullback"}
    for key in saved:
        del sys.modules[key]
    try:
        import kullback

        assert getattr(kullback, name) is not None
        if name in ("compare", "profile", "report", "js", "kl", "tv"):
            assert callable(getattr(kullback, name))
    finally:
        for key in [key for key in sys.modules if key.split(".")[0] == "kullback"]:
            del sys.modules[key]
        sys.modules.update(saved)


def test_names_stay_what_they_are_after_their_modules_are_imported():
    """``kullback.report`` is a package and a function; ``kullback.tables.compare`` hides no ``kullback.compare``."""
    modules = imported(
        "import kullback as kb, kullback.report.html, kullback.tables.compare, kullback.tables.profile\n"
        "assert callable(kb.report) and callable(kb.compare) and callable(kb.profile)\n"
        "from kullback.tables import compare, profile\n"
        "assert compare is kb.compare and profile is kb.profile and callable(compare)"
    )
    assert "kullback.report.html" in modules
