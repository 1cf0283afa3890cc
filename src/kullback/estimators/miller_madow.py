"""Miller and Madow's correction: the plug-in estimate from counts less its second-order bias."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback.estimators.counting import joint_counts
from kullback.estimators.method import Method
from kullback.estimators.plug_in_counts import PlugInFit
from kullback.sample import Model, Sample


@dataclass(frozen=True)
class MillerMadow(Method):
    """See `miller_madow`."""

    @property
    def title(self) -> str:
        """The name."""
        return "Miller–Madow"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> PlugInFit:
        """Return the observed shares, whose values are corrected."""
        del rng
        return PlugInFit(joint_counts(x, y), corrected=True)


def miller_madow() -> MillerMadow:
    """Return the estimator D(p̂, q̂) − ½ Σ (f_pp Var p̂ + f_qq Var q̂), for counts.

    What Miller and Madow did for the entropy, for any divergence Σ f(p, q): the expected second-order term is taken
    away, with a further term for thin cells (`kullback.intervals.delta`). Where f has kinks (total variation), its
    second differences at one standard deviation take the place of the derivatives. Infinite as the plug-in is.

    Returns:
        A `Method` for every divergence of the catalogue; `renyi(inf)` has no such expansion and is left as it is.

    Source:
        Miller, "Note on the bias of information estimates", Information Theory in Psychology (1955), 95-100; the
        expansion of a function of shares is the delta method's (Serfling 1980, section 3.3).

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> from kullback.sample import sample_of
        >>> fit = miller_madow().fit(sample_of([1, 2] * 50), sample_of([1, 1, 2, 2] * 30), np.random.default_rng(0))
        >>> round(fit.value(kb.kl).value, 6)  # −(k − 1)(1/n + 1/m)/2, and a little for thin cells
        -0.009172
    """
    return MillerMadow()
