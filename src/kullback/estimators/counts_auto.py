"""Counts: the estimator for discrete alphabets that chooses by what was seen, and draws what is no difference to 0."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kullback.divergence import Divergence
from kullback.divergences.kl import kl
from kullback.estimators.counting import CountsFit, JointCounts, joint_counts
from kullback.estimators.empirical_bayes import EmpiricalBayesFit, fit_counts
from kullback.estimators.good_turing import good_turing
from kullback.estimators.method import Fitted, Method, Value
from kullback.estimators.plug_in import plug_in
from kullback.estimators.symbol_mixture import FULL
from kullback.estimators.zhang_grabchak import ZhangGrabchakFit
from kullback.intervals.sampling import Independent
from kullback.sample import FloatArray, Model, Sample
from kullback.special import normal_quantile

_LEAST_THIN = 20
"""Symbols with few rows from which a law of them can be learned."""
_UNSURE = 0.25
"""Part of the law's correction of the plain series that may be wrong: a standard error of its own."""
_DOMINATED = 0.25
"""Share of rows with a symbol of their own from which no two-sided interval is claimed."""

_DISTANCES = frozenset({"tv", "hellinger", "hockey_stick"})


@dataclass(frozen=True, eq=False)
class CountsChoice(CountsFit):
    """What was chosen for the counts.

    Attributes:
        law: empirical Bayes, where there are enough symbols with few rows to learn from.
        seed: of the folds of the lower bound.
    """

    law: EmpiricalBayesFit | None
    seed: int

    def __post_init__(self) -> None:
        super().__post_init__()
        thin = int((self.counts.p + self.counts.q < FULL).sum())
        notes, p_value = list(self.counts.notes()), self.p_value
        if self.law is not None:
            notes.append(f"{thin} symbols with fewer than {FULL:g} rows: their ratios were learned together")
        if self.kept < 0.99:
            notes.append(f"the samples hardly differ (p = {p_value:.2g}): {100 * self.kept:.0f} % of the value is kept")
        if not self.two_sided:
            notes.append("many symbols were seen only once: only the lower limit can be trusted")
        object.__setattr__(self, "notes", tuple(notes))
        object.__setattr__(self, "diagnostics", {**self.counts.diagnostics(), "p-value of P = Q": p_value})

    @cached_property
    def plain(self) -> ZhangGrabchakFit:
        """Zhang and Grabchak's fit."""
        return ZhangGrabchakFit(self.counts)

    @cached_property
    def bound(self) -> Fitted | None:
        """The held-out log-ratios; None beside a model."""
        if isinstance(self.y, Model):
            return None
        return good_turing().fit(self.x, self.y, np.random.default_rng(self.seed))

    @property
    def two_sided(self) -> bool:
        """Whether an interval can be trusted on both sides: not where rows with a symbol of their own abound."""
        shares = (self.counts.diagnostics().get(f"singletons of {side}", 0.0) for side in "PQ")
        return max(shares) < _DOMINATED

    @cached_property
    def p_value(self) -> float:
        """The smaller p-value of two tests that P = Q: chi-squared, and KL over its standard error."""
        if self.counts.known:
            return 0.0
        found = self.unshrunk(kl)
        variance = variance_of(found, self.counts)
        apart = 1.0 if variance <= 0.0 else 0.5 * math.erfc(found.value / math.sqrt(2.0 * variance))
        return min(apart, p_value_of(self.counts))

    @property
    def kept(self) -> float:
        """What part of the estimate is kept: 1 − min(1, −e p ln p), p the p-value of P = Q.

        −e p ln p is the least factor in favour of P = Q that any such test can have left (Sellke, Bayarri and Berger,
        "Calibration of p values for testing precise null hypotheses", Am. Statist. 55 (2001), 62-71, eq. (2)).
        """
        p = self.p_value
        return 1.0 if p <= 0.0 else 0.0 if p >= math.exp(-1.0) else 1.0 + math.e * p * math.log(p)

    def value(self, divergence: Divergence) -> Value:
        """Return the chosen estimate, drawn towards 0 by `kept` where the samples hardly differ."""
        found = self.unshrunk(divergence)
        if not math.isfinite(found.value):
            return found
        # Distances are roots of divergences near P = Q.
        kept = math.sqrt(self.kept) if divergence.name in _DISTANCES else self.kept
        return Value(kept * found.value, found.influence_x, found.influence_y)

    def interval(self, divergence: Divergence, level: float = 0.95) -> tuple[float, float] | None:
        """Return an interval of the divergence; None where none can be trusted on both sides.

        Where all symbols have rows enough, that of the tables, which holds at 0 too (`kullback.estimators.plug_in`);
        else the unshrunk value and its influences.
        """
        if not self.two_sided:
            return None
        if self.law is None and not self.counts.known and divergence.slopes is not None:
            p, q = Independent(self.counts.p), Independent(self.counts.q)
            found = plug_in(divergence, p, q, level=level)
            if math.isfinite(found.high):
                return found.low, found.high
        found = self.unshrunk(divergence)
        if not math.isfinite(found.value):
            return None
        half = normal_quantile(0.5 + 0.5 * level) * math.sqrt(variance_of(found, self.counts))
        low, high = divergence.range
        return max(low, found.value - half), min(high, max(low, found.value + half))

    def unshrunk(self, divergence: Divergence) -> Value:
        """Return the chosen estimate as it is."""
        plain = self.plain.value(divergence)
        if self.law is None:
            return plain
        try:
            learned = self.law.value(divergence)
        except NotImplementedError:
            return plain
        if not math.isfinite(plain.value):
            return learned
        correction, variance = learned.value - plain.value, variance_of(plain, self.counts)
        if correction == 0.0 or variance <= 0.0:
            return plain
        # Both errors are of the size of the other's noise where they nearly agree.
        taken = correction**2 / (correction**2 + variance)
        more = (_UNSURE * correction) ** 2 + _of_thin(divergence, self.counts)
        wider = math.sqrt(1.0 + more / variance)
        return Value(plain.value + taken * correction, wider * plain.influence_x, wider * plain.influence_y)

    def lower(self, divergence: Divergence) -> Value | None:
        """Return the held-out Good–Turing bound."""
        return None if self.bound is None else self.bound.lower(divergence)

    def log_ratio(self) -> tuple[FloatArray, FloatArray] | None:
        """Return the held-out log-ratios."""
        return None if self.bound is None else self.bound.log_ratio()


def variance_of(value: Value, counts: JointCounts) -> float:
    """Return the variance of a value by its influences, for as many rows as the counts know."""
    of_y = counts.y.mean(np.square(value.influence_y)) / counts.rows_q if isinstance(counts.y, Sample) else 0.0
    return counts.x.mean(np.square(value.influence_x)) / counts.rows_p + of_y


def _of_thin(divergence: Divergence, counts: JointCounts) -> float:
    """Return the variance of the second-order term ½ f''(1) (1/n + 1/m) Σ (z² − 1), over the symbols with few rows.

    z² is a symbol's term of the chi-squared test, whose variance is 2 (1 − 1/c) at c rows.
    """
    if divergence.slopes is None:
        return 0.0
    one = np.ones(1)
    bend = float(divergence.slopes(one, one)[2][0])
    both = counts.p + counts.q
    thin = both < FULL
    step = bend * (1.0 / counts.rows_p + 1.0 / counts.rows_q)
    return 0.5 * step * step * float(np.maximum(1.0 - 1.0 / np.maximum(both[thin], 1.0), 0.0).sum())


def p_value_of(counts: JointCounts) -> float:
    """Return the p-value of the chi-squared test that two samples have one law, for counts thin or full.

    Given the c rows of a symbol in both samples, those of x are binomial under P = Q. X² = Σ (a − cθ)²/(cθ(1 − θ)) is
    held to be a multiple of χ² with its mean and variance: a symbol adds 2 + (1 − 6θ(1 − θ))/(cθ(1 − θ)) to the
    variance (Haldane, "The mean and variance of χ² when used as a test of homogeneity", Biometrika 33 (1945), 346-355).
    """
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
        thin = int((counts.p + counts.q < FULL).sum())
        law = fit_counts(counts) if thin >= _LEAST_THIN and not counts.known else None
        return CountsChoice(counts, law, int(rng.integers(0, 2**63)))


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
