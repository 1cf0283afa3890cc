"""Plug-in estimate from counts: the divergence of the observed shares."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.count_functional import plug_in_value
from kullback.estimators.counting import CountsFit, JointCounts, joint_counts
from kullback.estimators.method import Method, Value
from kullback.sample import Model, Sample


@dataclass(frozen=True, eq=False)
class PlugInFit(CountsFit):
    """The observed shares of two samples.

    Attributes:
        corrected: whether the second-order bias is taken away.
    """

    corrected: bool

    def value(self, divergence: Divergence) -> Value:
        """Return the divergence of the observed shares; ∞ where they have no common support, if it says so."""
        return plug_in_value(divergence, self.counts, corrected=self.corrected)

    def infinite(self, divergence: Divergence) -> str | None:
        """Return why the divergence of the observed shares is infinite, as "infinite: 3.1 % of P lies where Q has
        none"; None where it is finite."""
        if not math.isinf(self.value(divergence).value):
            return None
        counts = self.counts
        terms = [np.flatnonzero(counts.shares_q == 0.0), np.flatnonzero(counts.shares_p == 0.0)]
        parts: list[str] = []
        for cells, share, of, other in (
            (terms[0], counts.unseen_in_q, "P", "Q"),
            (terms[1], counts.unseen_in_p, "Q", "P"),
        ):
            if share > 0.0 and _alone_infinite(divergence, counts, cells):
                parts.append(f"{100.0 * share:.3g} % of {of} lies where {other} has none")
        return "infinite: " + " and ".join(parts)


def _alone_infinite(divergence: Divergence, counts: JointCounts, cells: np.ndarray) -> bool:
    """Say whether what only one side has makes the divergence infinite, were the other side's own symbols left out."""
    p, q = counts.shares_p.copy(), counts.shares_q.copy()
    others = ((p == 0.0) | (q == 0.0)) & ~np.isin(np.arange(len(p)), cells)
    kept = ~others
    if not (p[kept].sum() > 0.0 and q[kept].sum() > 0.0):
        return True
    return math.isinf(float(divergence(p[kept] / p[kept].sum(), q[kept] / q[kept].sum(), check=False)))


@dataclass(frozen=True)
class PlugInCounts(Method):
    """See `plug_in_counts`."""

    @property
    def title(self) -> str:
        """The name."""
        return "plug-in of counts"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> PlugInFit:
        """Return the observed shares."""
        del rng
        return PlugInFit(joint_counts(x, y), corrected=False)


def plug_in_counts() -> PlugInCounts:
    """Return the estimator D(p̂, q̂): the divergence of the observed shares.

    Too large where cells are thin, about (k − 1)(1/n + 1/m)/2 for KL near P = Q, and infinite where a sample of P has
    a symbol that the one of Q lacks. The influences are ∂D/∂p̂ and ∂D/∂q̂ (delta method).

    Returns:
        A `Method` for every divergence of the catalogue.

    Source:
        Antos and Kontoyiannis, "Convergence properties of functional estimates for discrete distributions", Random
        Structures & Algorithms 19 (2001), 163-193, eq. (2).

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> from kullback.sample import sample_of
        >>> fit = plug_in_counts().fit(sample_of([1, 1, 2, 2]), sample_of([1, 1, 1, 2]), np.random.default_rng(0))
        >>> round(fit.value(kb.kl).value, 6)
        0.143841
    """
    return PlugInCounts()
