"""How one probability distribution differs from another: relative entropy (Kullback–Leibler) and its family.

>>> import kullback as kb
>>> float(kb.kl([0.5, 0.5], [0.9, 0.1]))  # doctest: +ELLIPSIS
0.5108256237659...
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from kullback.version import VERSION

if TYPE_CHECKING:
    from kullback import divergences as divergences
    from kullback import summaries as summaries
    from kullback import tables as tables
    from kullback.bounds import bounds as bounds
    from kullback.comparison import Comparison as Comparison
    from kullback.comparison import Verdict as Verdict
    from kullback.distances.fisher_rao import fisher_rao as fisher_rao
    from kullback.distances.transport import wasserstein as wasserstein
    from kullback.distributions import counts as counts
    from kullback.distributions import log_probs as log_probs
    from kullback.distributions import logits as logits
    from kullback.distributions import normal as normal
    from kullback.distributions import probs as probs
    from kullback.distributions import samples as samples
    from kullback.divergences import amari as amari
    from kullback.divergences import bhattacharyya as bhattacharyya
    from kullback.divergences import chernoff as chernoff
    from kullback.divergences import chi2 as chi2
    from kullback.divergences import cressie_read as cressie_read
    from kullback.divergences import f_divergence as f_divergence
    from kullback.divergences import hellinger as hellinger
    from kullback.divergences import hockey_stick as hockey_stick
    from kullback.divergences import jeffreys as jeffreys
    from kullback.divergences import jensen_shannon as jensen_shannon
    from kullback.divergences import js as js
    from kullback.divergences import kl as kl
    from kullback.divergences import neyman_chi2 as neyman_chi2
    from kullback.divergences import psi as psi
    from kullback.divergences import renyi as renyi
    from kullback.divergences import skew_kl as skew_kl
    from kullback.divergences import triangular as triangular
    from kullback.divergences import tsallis as tsallis
    from kullback.divergences import tv as tv
    from kullback.estimate import Estimate as Estimate
    from kullback.exact.companions import cross_entropy as cross_entropy
    from kullback.exact.companions import entropy as entropy
    from kullback.exact.companions import perplexity as perplexity
    from kullback.exact.not_exact import NotExact as NotExact
    from kullback.exact.rules.mixtures import mixture_bounds as mixture_bounds
    from kullback.exact.rules.mixtures import variational_approximation as variational_approximation
    from kullback.explain import Explanation as Explanation
    from kullback.explain import explain as explain
    from kullback.how import How as How
    from kullback.how import how as how
    from kullback.infer import Monitor as Monitor
    from kullback.infer import entropy_estimate as entropy_estimate
    from kullback.infer import estimate as estimate
    from kullback.infer import monitor as monitor
    from kullback.infer import mutual_information_estimate as mutual_information_estimate
    from kullback.infer import two_sample_test as two_sample_test
    from kullback.information import conditional_kl as conditional_kl
    from kullback.information import decompose as decompose
    from kullback.information import mutual_information as mutual_information
    from kullback.report import report as report
    from kullback.tables import Profile as Profile
    from kullback.tables import compare as compare
    from kullback.tables import profile as profile

__version__ = VERSION

# Where each name lives: nothing is imported before it is used.
_NAMES = {
    **dict.fromkeys(
        [
            *("kl", "js", "jensen_shannon", "jeffreys", "psi", "tv", "hellinger", "chi2", "neyman_chi2", "renyi"),
            *("bhattacharyya", "tsallis", "cressie_read", "amari", "triangular", "skew_kl", "hockey_stick", "chernoff"),
            "f_divergence",
        ],
        "kullback.divergences",
    ),
    **dict.fromkeys(["probs", "log_probs", "logits", "counts", "samples", "normal"], "kullback.distributions"),
    **dict.fromkeys(["entropy", "cross_entropy", "perplexity"], "kullback.exact.companions"),
    **dict.fromkeys(["compare", "profile", "Profile"], "kullback.tables"),
    **dict.fromkeys(["Comparison", "Verdict"], "kullback.comparison"),
    "Estimate": "kullback.estimate",
    **dict.fromkeys(["estimate", "entropy_estimate", "mutual_information_estimate"], "kullback.infer"),
    **dict.fromkeys(["two_sample_test", "monitor", "Monitor"], "kullback.infer"),
    **dict.fromkeys(["explain", "Explanation"], "kullback.explain"),
    "bounds": "kullback.bounds",
    **dict.fromkeys(["mutual_information", "conditional_kl", "decompose"], "kullback.information"),
    "report": "kullback.report",
    "NotExact": "kullback.exact.not_exact",
    **dict.fromkeys(["mixture_bounds", "variational_approximation"], "kullback.exact.rules.mixtures"),
    **dict.fromkeys(["how", "How"], "kullback.how"),
    "wasserstein": "kullback.distances.transport",
    "fisher_rao": "kullback.distances.fisher_rao",
}
_MODULES = ("divergences", "distributions", "estimators", "intervals", "summaries", "engines", "tables")

__all__ = sorted([*_NAMES, *_MODULES, "__version__"])  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"kullback.{name}")
    if name not in _NAMES:
        raise AttributeError(f"kullback has no attribute {name!r}", name=name, obj=sys.modules[__name__])
    value = getattr(importlib.import_module(_NAMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
