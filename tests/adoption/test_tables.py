"""The tables of adoption: every constructor that they name exists, and nothing that is no distribution is adopted."""

import ast
import sys
import timeit
import types
from pathlib import Path

import numpy as np
import pytest

import kullback as kb
from kullback import distributions as ours
from kullback.distributions import adopt as package
from kullback.distributions.adopt import adopt

FILES = sorted(Path(package.__file__).parent.glob("*.py"))


def _named() -> list[tuple[str, str]]:
    found = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ours":
                found.add((path.stem, node.attr))
    return sorted(found)


def test_the_constructors_exist():
    named = _named()
    missing = sorted({name for _, name in named if not isinstance(getattr(ours, name, None), types.FunctionType)})
    assert len(named) > 100
    assert not missing, f"no such constructors: {', '.join(missing)}"


@pytest.mark.parametrize(
    "x", [np.zeros(3), [0.5, 0.5], 1.0, 3, None, "normal", {"a": 1}, range(3), object()], ids=lambda x: type(x).__name__
)
def test_what_is_no_distribution_is_left_alone(x):
    assert adopt(x) is None


def test_tables_are_no_distributions():
    import pandas
    import scipy.sparse

    assert adopt(pandas.Series([0.5, 0.5])) is None
    assert adopt(pandas.DataFrame({"a": [1]})) is None
    assert adopt(scipy.sparse.csr_array(np.eye(2))) is None


def test_tensors_are_no_distributions():
    torch = pytest.importorskip("torch")
    jax = pytest.importorskip("jax")
    assert adopt(torch.ones(2)) is None
    assert adopt(torch.nn.Linear(2, 2)) is None
    assert adopt(jax.numpy.ones(2)) is None


def test_ours_stay_what_they_are():
    p, q = kb.probs([0.5, 0.5]), ours.normal(0, 1)
    assert adopt(p) is p
    assert adopt(q) is q


@pytest.mark.parametrize("x", [np.zeros(3), [0.5, 0.5], 1.0], ids=["array", "list", "number"])
def test_asking_costs_little(x):
    adopt(x)
    seconds = min(timeit.repeat(lambda: adopt(x), number=2000, repeat=7)) / 2000
    assert seconds < 5e-6  # 0.3 µs on a quiet machine


def test_asking_imports_nothing():
    import subprocess

    code = (
        "import sys; from kullback.distributions.adopt import adopt; adopt([1.0]); "
        "print([m for m in ('scipy', 'torch', 'jax', 'numpyro', 'distrax') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
