"""Counts: the estimator for discrete alphabets that chooses by what was seen, and draws what is no difference to 0."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kullback.divergence import Divergence
from kullback.estimators.count_functional import relative_entropy
from kullback.estimators.counting import CountsFit, JointCounts, joint_counts
from kullback.estimators.empirical_bayes import EmpiricalBayesFit, fit_counts
from kullback.estimators.good_turing import good_turing
from kullback.estimators.method import Fitted, Method, Value
from kullback.estimators.symbol_mixture import FULL
from kullback.estimators.zhang_grabchak import ZhangGrabchakFit
from kullback.sample import FloatArray, Model, Sample

_LEAST_THIN = 20
"""Symbols with few rows from which a law of them can be learned."""
_UNSURE = 0.25
"""Part of the law's correction of the plain series that may be wrong: a standard error of its own."""
_DOMINATED = 0.35
"""Share of rows with a symbol of their own from which no two-sided interval is claimed."""


@dataclass(frozen=True, eq=False)
class CountsChoice(Fitted):
    """What was chosen for the counts.

    Attributes:
        x, y: the samples.
        plain: Zhang and Grabchak's fit.
        law: empirical Bayes, where there are enough symbols with few rows to learn from.
        bound: the held-out log-ratios; None beside a model.
        p_value: of the chi-squared test that P = Q, on the counts; 1 beside a model.
        notes, diagnostics: as in `Fitted`.
    """

    x: Sample
    y: Sample | Model
    plain: ZhangGrabchakFit
    law: EmpiricalBayesFit | None
    bound: Fitted | None
    p_value: float
    notes: tuple[str, ...] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def two_sided(self) -> bool:
        """Whether an interval from the influences can be trusted on both sides."""
        names = ("singletons of P", "singletons of Q")
        return max(self.diagnostics.get(name, 0.0) for name in names) < _DOMINATED

    def value(self, divergence: Divergence) -> Value:
        """Return the chosen estimate, drawn towards 0 by `kept` where the samples hardly differ."""
        found = self.unshrunk(divergence)
        return Value(self.kept * found.value, found.influence_x, found.influence_y)

    @property
    def kept(self) -> float:
        """What part of the estimate is kept: 1 − min(1, −e p ln p), p the p-value of P = Q.

        −e p ln p is the least factor in favour of P = Q that any such test can have left (Sellke, Bayarri and Berger,
        "Calibration of p values for testing precise null hypotheses", Am. Statist. 55 (2001), 62-71, eq. (2)).
        """
        p = self.p_value
        return 1.0 if p <= 0.0 else 0.0 if p >= math.exp(-1.0) else 1.0 + math.e * p * math.log(p)

    def unshrunk(self, divergence: Divergence) -> Value:
        """Return the chosen estimate as it is."""
        plain = self._plain(divergence)
        if self.law is None:
            return plain
        try:
            learned = self.law.value(divergence)
        except NotImplementedError:
            return plain
        if relative_entropy(divergence) is None and divergence.name != "jeffreys":
            return learned
        correction, variance = learned.value - plain.value, _variance(plain, self.plain)
        if correction == 0.0 or variance <= 0.0:
            return plain
        # Both errors are of the size of the other's noise where they nearly agree.
        taken = correction**2 / (correction**2 + variance)
        wider = math.sqrt(1.0 + ((_UNSURE * correction) ** 2 + _of_thin(self.plain.counts)) / variance)
        return Value(plain.value + taken * correction, wider * plain.influence_x, wider * plain.influence_y)

    def lower(self, divergence: Divergence) -> Value | None:
        """Return the held-out Good–Turing bound."""
        return None if self.bound is None else self.bound.lower(divergence)

    def log_ratio(self) -> tuple[FloatArray, FloatArray] | None:
        """Return the held-out log-ratios."""
        return None if self.bound is None else self.bound.log_ratio()

    def _plain(self, divergence: Divergence) -> Value:
        return self.plain.value(divergence)


def _variance(value: Value, fit: CountsFit) -> float:
    counts = fit.counts
    of_y = counts.y.mean(np.square(value.influence_y)) / counts.rows_q if isinstance(counts.y, Sample) else 0.0
    return counts.x.mean(np.square(value.influence_x)) / counts.rows_p + of_y


def _of_thin(counts: JointCounts) -> float:
    """Return the variance of the second-order term ½ (1/n + 1/m) Σ (z² − 1) of KL, over the symbols with few rows.

    z² is a symbol's term of the chi-squared test, whose variance is 2 (1 − 1/c) at c rows.
    """
    both = counts.p + counts.q
    thin = both < FULL
    step = 1.0 / counts.rows_p + 1.0 / counts.rows_q
    return 0.5 * step * step * float(np.maximum(1.0 - 1.0 / np.maximum(both[thin], 1.0), 0.0).sum())


def p_value_of(counts: JointCounts) -> float:
    """Return the p-value of the chi-squared test that two samples have one law, for counts thin or full.

    Given the c rows of a symbol in both samples, those of x are binomial under P = Q. X² = Σ (a − cθ)²/(cθ(1 − θ)) is
    held to be a multiple of χ² with its mean and variance: a symbol adds 2 + (1 − 6θ(1 − θ))/(cθ(1 − θ)) to the
    variance (Haldane, "The mean and variance of χ² when used as a test of homogeneity", Biometrika 33 (1945), 346-355).
    """
    if counts.known:
        return 0.0
    from scipy.special import gammaincc

    both = counts.p + counts.q
    theta = counts.rows_p / (counts.rows_p + counts.rows_q)
    spread = theta * (1.0 - theta)
    statistic = float((np.square(counts.p - both * theta) / (both * spread)).sum())
    degrees = len(both) - 1.0
    if degrees <= 0.0:
        return 1.0
    total = counts.rows_p + counts.rows_q
    mean = degrees * total / (total - 1.0)
    variance = float((2.0 + (1.0 - 6.0 * spread) / (both * spread)).sum()) * degrees / len(both)
    if variance <= 1e-9 * mean:
        return 1.0
    return float(gammaincc(mean * mean / variance, statistic * mean / variance))


@dataclass(frozen=True)
class Counts(Method):
    """See `counts`."""

    @property
    def title(self) -> str:
        """The name."""
        return "counts"

    def fit(self, x: Sample, y: Sample | Model, rng: np.random.Generator) -> CountsChoice:
        """Return what is chosen."""
        counts = joint_counts(x, y)
        plain, thin = ZhangGrabchakFit(counts), counts.p + counts.q < FULL
        law = None
        if not counts.known and int(thin.sum()) >= _LEAST_THIN:
            law = fit_counts(counts)
        bound = None if counts.known else good_turing().fit(x, y, rng)
        p_value = p_value_of(counts)
        notes = list(counts.notes())
        if law is not None:
            notes.append(f"{int(thin.sum())} symbols with fewer than {FULL:g} rows: their ratios were learned together")
        diagnostics = {**counts.diagnostics(), "p-value of P = Q": p_value}
        made = CountsChoice(x, y, plain, law, bound, p_value, tuple(notes), diagnostics)
        if made.kept < 0.99:
            notes.append(f"the samples hardly differ (p = {p_value:.2g}): {100 * made.kept:.0f} % of the value is kept")
        if not made.two_sided:
            notes.append("most symbols were seen once: only the lower limit can be trusted")
        return CountsChoice(x, y, plain, law, bound, p_value, tuple(notes), diagnostics)


def counts() -> Counts:
    """Return the estimator for discrete alphabets of any size, by what was seen of them.

    - Fewer than 20 symbols have fewer than 40 rows: Zhang and Grabchak's series for KL, the plug-in less its bias for
      other divergences (`zhang_grabchak`).
    - Otherwise the ratios of rare symbols are learned together (`empirical_bayes`). With c the difference of the two
      values and s the standard error of the series, c²/(c² + s²) of the difference is added to the series; the
      influences are those of the series, wider by c/4 as a further standard error.
    - What hardly differs is drawn to 0 (`CountsChoice.kept`).
    - The lower bound is that of `good_turing`.

    Returns:
        A `Method` for every divergence of the catalogue.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> from kullback.sample import sample_of
        >>> rng = np.random.default_rng(0)
        >>> same = [sample_of(rng.integers(0, 1000, 1000)) for _ in range(2)]
        >>> abs(counts().fit(*same, rng).value(kb.kl).value) < 0.01
        True
    """
    return Counts()
