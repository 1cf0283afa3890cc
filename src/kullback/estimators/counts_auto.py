"""Counts: the estimator for discrete alphabets that chooses by what was seen, and draws what is no difference to 0."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kullback.divergence import Divergence
from kullback.divergences.kl import kl
from kullback.estimators.counting import CountsFit, JointCounts, joint_counts
from kullback.estimators.empirical_bayes import EmpiricalBayesFit, fit_counts, quarters
from kullback.estimators.good_turing import good_turing
from kullback.estimators.log_ratio import derivatives, finished
from kullback.estimators.method import Fitted, Method, Value
from kullback.estimators.plug_in import plug_in
from kullback.estimators.symbol_mixture import FULL
from kullback.estimators.symbol_profile import Profile, SymbolProfile
from kullback.estimators.zhang_grabchak import ZhangGrabchakFit
from kullback.intervals.sampling import Independent
from kullback.sample import FloatArray, Model, Sample
from kullback.special import normal_quantile

_LEAST_THIN = 20
"""Symbols with few rows from which a law of them can be learned."""
_UNSURE = 0.25
"""Part of the law's correction of the plain series that may be wrong: a standard error of its own."""
_LEVEL, _MIDDLE = 0.95, 1.645
"""The level of what the rare symbols leave open, and how many of its standard errors an estimate may lie from the value
of highest likelihood."""
_ALONE = 0.8
"""Share of rows with a symbol of their own from which hardly any counts meet, so that an upper end would be a guess."""
_ALL = 0.99
"""Part of the value that is kept above which nothing is said of it."""

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
    _profiles: dict[tuple[Divergence, float], Profile | None] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        thin = int((self.counts.p + self.counts.q < FULL).sum())
        notes, p_value = list(self.counts.notes()), self.p_value
        if self.law is not None:
            notes.append(f"{thin} symbols with fewer than {FULL:g} rows: their ratios were learned together")
        if self.kept < _ALL:
            notes.append(f"the samples hardly differ (p = {p_value:.2g}): {100 * self.kept:.0f} % of the value is kept")
        if not self.two_sided:
            notes.append("nearly every row has a symbol of its own: only the lower limit can be trusted")
        elif self.open is not None:
            notes.append(f"upper ends hold if no ratio p/q of a rare symbol is beyond {self.open.bound:.2g}")
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
        """Whether an interval can be trusted on both sides: not where nearly every row has a symbol of its own."""
        shares = (self.counts.diagnostics().get(f"singletons of {side}", 0.0) for side in "PQ")
        return max(shares) < _ALONE

    @cached_property
    def open(self) -> SymbolProfile | None:
        """What the counts leave open; None beside a model, and where every symbol has rows in both samples."""
        counts = self.counts
        if counts.known or (self.law is None and counts.unseen_in_p == counts.unseen_in_q == 0.0):
            return None
        trend = () if self.law is None or self.law.law is None else self.law.law.trend
        few = 0.0 if self.law is None else FULL
        return SymbolProfile(quarters(counts.p), quarters(counts.q), counts.rows_p, counts.rows_q, trend, few)

    @cached_property
    def p_value(self) -> float:
        """The smaller p-value of two tests that P = Q: chi-squared, and KL over its standard error."""
        if self.counts.known:
            return 0.0
        found = self.learned(kl)
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

        Where all symbols have rows enough, that of the tables, which holds at 0 too (`kullback.estimators.plug_in`).
        With many rare symbols the upper end is the highest that the counts leave open (`SymbolProfile`), for ratios up
        to its bound; the lower end is the lower of its least and that of the influences.
        """
        if not self.two_sided:
            return None
        if self.law is None and not self.counts.known and divergence.slopes is not None:
            p, q = Independent(self.counts.p), Independent(self.counts.q)
            found = plug_in(divergence, p, q, level=level)
            if math.isfinite(found.high):
                return found.low, found.high
        found = self.learned(divergence)
        if not math.isfinite(found.value):
            return None
        half = normal_quantile(0.5 + 0.5 * level) * math.sqrt(variance_of(found, self.counts))
        low, high = found.value - half, found.value + half
        if self.open is not None:
            profile = self._profile(divergence, level)
            if profile is None or profile.high is None:
                return None
            # Where few rows tell the law, that of highest likelihood spreads more than the truth: what it says is the
            # least of the divergence is believed only as far as the estimate, which is 0 without a difference.
            centre = self.unshrunk(divergence).value if self.kept > _ALL else found.value
            low = min(centre - half, centre if profile.low is None else profile.low)
            high = max(centre, profile.high)
        least, most = divergence.range
        return max(least, low), min(most, max(least, high))

    def unshrunk(self, divergence: Divergence) -> Value:
        """Return the chosen estimate before it is drawn to 0: learned, or the nearest that is left open."""
        found = self.learned(divergence)
        profile = self._profile(divergence, _LEVEL) if self.law is not None and math.isfinite(found.value) else None
        if profile is None:
            return found
        part = _MIDDLE / normal_quantile(0.5 + 0.5 * _LEVEL)
        low, high = (
            sign * math.inf if end is None else profile.value + part * (end - profile.value)
            for end, sign in ((profile.low, -1.0), (profile.high, 1.0))
        )
        moved = min(max(found.value, low), high) - found.value
        variance = variance_of(found, self.counts)
        wider = math.sqrt(1.0 + moved**2 / variance) if variance > 0.0 else 1.0
        return Value(found.value + moved, wider * found.influence_x, wider * found.influence_y)

    def _profile(self, divergence: Divergence, level: float) -> Profile | None:
        """Return the estimate and the ends that the counts leave open; None where they do not say."""
        if (divergence, level) not in self._profiles:
            self._profiles[divergence, level] = self._found_profile(divergence, level)
        return self._profiles[divergence, level]

    def _found_profile(self, divergence: Divergence, level: float) -> Profile | None:
        counts, alone = self.counts, self.law or EmpiricalBayesFit(self.counts, None)
        if self.open is None or divergence.name == "chernoff":
            return None
        try:
            of_p, of_q = alone.means_of_slopes(divergence)
        except NotImplementedError:
            return None

        def slopes(log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
            by_p, by_q = derivatives(divergence, log_ratio)
            return by_p - of_p, by_q - of_q

        full = self.open.a + self.open.b >= self.open.few
        masses = of_p * float(counts.shares_p[full].sum()) + of_q * float(counts.shares_q[full].sum())
        drop = 0.5 * normal_quantile(0.5 + 0.5 * level) ** 2
        found = self.open.profile(slopes, alone.of_symbols(divergence, full) - masses, drop)
        value, slope = finished(divergence, found.value + of_p + of_q)
        ends = [None if end is None else finished(divergence, end + of_p + of_q)[0] for end in (found.low, found.high)]
        return Profile(value, *(ends if slope > 0.0 else ends[::-1]))

    def learned(self, divergence: Divergence) -> Value:
        """Return the series, corrected by what the rare symbols say if one law with a trend holds for all of them."""
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
    - That presumes one law with a trend. Where the counts themselves speak against the value, because some of the rare
      symbols differ and others do not, it is moved to the nearest that they leave open: into the 90 % interval of
      the profile likelihood over all laws. The upper end of the interval is found in the same way; it holds for ratios
      p/q up to a bound that a note states, as nothing bounds a ratio from above where q shows no row.
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
