"""Relative entropies of large batches of normal, gamma, beta and Dirichlet pairs: compiled, where there are kernels.

A kernel takes the parameters of P and of Q in float64 and returns KL(P‖Q) pair by pair with a relative error of at most
5e-14, or NaN where it promises nothing: far ends of the range, or a value that is small against the parts it is made
of. `kullback.distributions` has the truth, and answers for those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kullback.kernels.native import native

_NAMES = {"normal": "normal_kl", "gamma": "gamma_kl", "beta": "beta_kl", "dirichlet": "dirichlet_kl"}


def lookup(family: str) -> Callable[..., Any] | None:
    """Return the kernel for KL of two members of a family, called with the parameters of P, then those of Q."""
    name = _NAMES.get(family)
    return None if name is None else native().functions.get(name)
