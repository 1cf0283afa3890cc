"""Every member, kind and dtype against mpmath, in every array library."""

from functools import cache

import numpy as np
import pytest

from kullback.divergences import catalogue, hellinger, js, kl, renyi
from tests.backends.libraries import LIBRARIES, OTHERS, installed
from tests.backends.stacks import errors, stacks
from tests.truth import large

members = pytest.mark.parametrize("divergence", catalogue, ids=repr)


@cache
def some(dtype):
    return stacks(dtype, every=7)


@members
@pytest.mark.parametrize(
    ("library", "dtype"),
    [(library, dtype) for library in OTHERS for dtype in library.dtypes],
    ids=lambda x: str(x),
)
def test_short_pairs(library, dtype, divergence):
    with library.setting():
        for stack in some(dtype):
            value = divergence(*stack.known(library.make))
            assert library.is_own(value), type(value)
            assert library.dtype_of(value) == library.answers_in(dtype)
            error = errors(library.back(value), stack.truths(divergence), library.answers_in(dtype), library.subnormal)
            worst = int(np.argmax(error))
            assert error[worst] <= library.bounds[dtype], (
                f"{divergence!r} of {stack.pairs[worst].name}: {library.back(value)[worst]}, "
                f"not {stack.truths(divergence)[worst]}: relative error {error[worst]:.3g}"
            )


LONG = [
    case
    for case in large.CASES
    if case.size < large.MILLION
    and (
        "softmax" in case.name
        or "vocabulary" in case.name
        or case.name in ("1e5 probs, 1e-09 apart", "logits, 1e-09 apart")
    )
]


@pytest.mark.parametrize("library", OTHERS, ids=repr)
@pytest.mark.parametrize("case", LONG, ids=lambda case: case.name)
def test_vocabularies(library, case):
    if case.dtype not in library.dtypes:
        pytest.skip(f"{library} has no {case.dtype}")
    truths = large.truths()[case.name]["truths"]
    with library.setting():
        p, q = large.known(case, library.make)
        for divergence in (kl, js, hellinger, renyi(2.0)):
            value = library.back(divergence(p, q))
            error = errors(value, np.float64(truths[repr(divergence)]), library.answers_in(case.dtype))
            assert error <= library.bounds[case.dtype], f"{divergence!r}: {value}, relative error {error:.3g}"


def test_the_matrix_has_the_libraries_that_are_installed():
    names = {repr(library) for library in LIBRARIES}
    for module, name in (("torch", "torch"), ("jax", "jax with x64"), ("array_api_strict", "array-api-strict")):
        assert (name in names) == installed(module)
