"""The monitor of a stream: whether its rows still come from the reference's distribution, asked after every batch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from kullback.estimate import figure
from kullback.estimators.logistic import newton
from kullback.sample import FloatArray, Sample
from kullback.testing import bets
from kullback.testing.basis import Basis, basis

LEAST_ROWS = 40
_TRAINING = 4000
_CALIBRATION = 10_000
_FIRST = 32
_STEPS = 4
_WINDOW = 4000
_MOST = 3.0
"""The largest log-ratio that is believed, either way."""
_EXPERTS = 32


@dataclass(frozen=True, slots=True)
class MonitorState:
    """What the rows so far say.

    Attributes:
        e_value: the evidence against "no change". If there is none, P(it is ever 1/α or more) ≤ α, for every α.
        alarm: whether it has reached 1/alpha; once true it stays true.
        lower_limit: the Jensen–Shannon divergence, in nats, between the reference's distribution and the mean of those
            that the rows after row `since` came from is at least this: at all times together with probability
            1 − alpha.
        rows: of the stream, so far.
        first_alarm: after how many rows the alarm was raised, None where it was not.
        since: from where `lower_limit` counts.
        alpha: the probability of a false alarm, ever.
    """

    e_value: float
    alarm: bool
    lower_limit: float
    rows: int
    first_alarm: int | None
    since: int
    alpha: float

    def __str__(self) -> str:
        verdict = "no alarm" if self.first_alarm is None else f"alarm since row {self.first_alarm}"
        limit = f", JS ≥ {figure(self.lower_limit)} nats since row {self.since}" if self.lower_limit > 0.0 else ""
        return f"{verdict}: e = {figure(self.e_value)} of {1.0 / self.alpha:g}{limit}, {self.rows} rows"


@dataclass(eq=False)
class Expert:
    """One log-ratio ln(q/p), fitted to the rows up to some moment, and what betting on it since has won.

    Attributes:
        share: of the wealth at the start.
        since: the rows seen at its start.
        slopes, intercept: of the log-ratio, in the functions of the basis.
        most: how far it goes, either way.
        cuts: of the possible means under the reference, of its payoff.
        reference: the logarithm of the evidence of the reference's rows, by cell.
        stream: the logarithm of what each bet has won, by cell and fraction.
        score_cuts: of the possible means of its score under the reference.
        score_evidence: the logarithm of the reference's evidence that the mean is above each cut, and above 1.
        rows, total, squares: of its score over the stream, for `bets.lowest_means`.
    """

    share: float
    since: int
    slopes: FloatArray
    intercept: float
    most: float
    cuts: FloatArray
    reference: FloatArray
    stream: FloatArray
    score_cuts: FloatArray
    score_evidence: FloatArray
    rows: int = 0
    total: float = 0.0
    squares: float = 0.0

    def log_ratio(self, functions: FloatArray) -> FloatArray:
        """Return ln(q/p) as it is believed."""
        return np.clip(functions @ self.slopes + self.intercept, -self.most, self.most)

    def payoff(self, log_ratio: FloatArray) -> FloatArray:
        """Return t = q/(p + q) on the scale on which its least possible value is 0 and its largest 1.

        q/p itself would win a little more from the stream, but its mean over few rows of the reference is less certain.
        """
        return np.clip(0.5 + 0.5 * np.tanh(0.5 * log_ratio) / math.tanh(0.5 * self.most), 0.0, 1.0)

    def bet(self, functions: FloatArray) -> None:
        """Take new rows of the stream."""
        found = self.log_ratio(functions)
        self.stream += bets.log_gains(self.payoff(found), np.append(self.cuts, 1.0))
        scores = _score(found, self.most)
        self.squares += _squares(scores, self.rows, self.total)
        self.total += float(scores.sum())
        self.rows += len(scores)

    @property
    def log_wealth(self) -> float:
        """The logarithm of its e-value: the least over all means that the payoff may have under the reference."""
        return float((bets.log_mean(self.stream) + self.reference).min())

    def lower_limit(self, alpha: float) -> float:
        """Return ln 2 + ½ E_P ln(1 − t) + ½ E_Q ln t at its lowest, t = q/(p + q) by its log-ratio: a bound on JS.

        The pairs of means that are left are those against which the reference's evidence times the stream's is less
        than 1/(alpha × share): what one leaves open, the other need not pay for again.
        """
        goals = -math.log(alpha * self.share) - self.score_evidence
        of_stream = bets.lowest_means(self.rows, self.total, self.squares, goals)
        # From one cut to the next the mean is at least the one and the evidence at least that at the other. Where that
        # is enough by itself the mean is not in between.
        lows = np.concatenate([[0.0], self.score_cuts])
        lowest = float(np.where(goals > 0.0, lows + of_stream, 2.0).min())
        return math.log(2.0) + 0.5 * lowest * self.most - math.log1p(math.exp(self.most))


def _score(log_ratio: FloatArray, most: float) -> FloatArray:
    """Ln t, t = 1/(1 + e^−s), on the scale from its least value, −ln(1 + e^most), to its largest, `most` above."""
    return np.clip((math.log1p(math.exp(most)) - np.logaddexp(0.0, -log_ratio)) / most, 0.0, 1.0)


def _squares(scores: FloatArray, rows: int, total: float) -> float:
    """Σ (vᵢ − v̂ᵢ)², v̂ᵢ the mean of what came before vᵢ and of one imagined ½."""
    before = total + np.cumsum(scores) - scores
    guesses = (before + 0.5) / (rows + np.arange(len(scores)) + 1.0)
    return float(np.square(scores - guesses).sum())


@dataclass(eq=False)
class StreamMonitor:
    """A test of "the stream comes from the distribution of the reference" that may be looked at after every batch.

    A log-ratio between stream and reference is fitted again and again, to past rows only, and each bets from then on:
    on its payoff f having a larger mean over the stream than over the reference. For every value μ that E_P f may have,
    the new rows' wealth against "E f ≤ μ" times that of the reference's own rows against "E f = μ" is a non-negative
    martingale from its start on if there is no change, so that the least of these products over μ has an expectation of
    at most 1 whenever one stops: an e-process, and so is the sum over the experts by their shares 1/(j(j + 1)).
    (The rows of the reference on which experts are trained are others than those that give this evidence, which is used
    from the start of each expert on.) Ville's inequality bounds the probability that it ever reaches 1/α.

    How rows are dealt into batches makes no difference. The reference's rows are not used up; how small a change can
    ever be found depends on their number.

    Attributes:
        functions: the basis of the log-ratios.
        training, calibration: the rows of the reference.
        alpha: the probability of a false alarm, ever.

    Source: Shekhar and Ramdas, IEEE Trans. Inf. Theory 70 (2024), 1178-1203; Podkopaev and Ramdas, NeurIPS 2023
        (classifiers); Shin, Ramdas and Rinaldo, arXiv:2203.03532 (a sum of e-processes started one after another).
    """

    functions: Basis
    training: Sample
    calibration: Sample
    alpha: float
    rows: int = 0
    steps: int = 0
    next_step: int = _FIRST
    step_starts: list[int] = field(default_factory=lambda: [0])
    recent: Sample | None = None
    experts: list[Expert] = field(default_factory=list[Expert])
    first_alarm: int | None = None

    def update(self, batch: Sample) -> MonitorState:
        """Take new rows, as they came, and return what all rows say."""
        start = 0
        while start < batch.rows:
            size = min(batch.rows - start, self.next_step - self.rows)
            piece = batch.take(np.arange(start, start + size))
            start += size
            if self.experts:
                functions = self.functions(piece)
                for expert in self.experts:
                    expert.bet(functions)
            self.rows += size
            self._remember(piece)
            if self.first_alarm is None and self._e_value() >= 1.0 / self.alpha:
                self.first_alarm = self.rows
            if self.rows == self.next_step:
                self._step()
        return self.state

    @property
    def state(self) -> MonitorState:
        """What the rows so far say."""
        limits = [(expert.lower_limit(self.alpha), expert.since) for expert in self.experts]
        limit, since = max(limits, default=(0.0, 0))
        if limit <= 0.0:
            limit, since = 0.0, self.rows
        alarm = self.first_alarm is not None
        return MonitorState(self._e_value(), alarm, limit, self.rows, self.first_alarm, since, self.alpha)

    def _e_value(self) -> float:
        logs = [math.log(expert.share) + expert.log_wealth for expert in self.experts]
        # Above e^700 it would be no number; it stands for "at least".
        return sum(math.exp(min(log, 700.0)) for log in logs)

    def _remember(self, piece: Sample) -> None:
        if self.recent is not None:
            numbers = np.concatenate([self.recent.numbers, piece.numbers])[-_WINDOW:]
            codes = np.concatenate([self.recent.codes, piece.codes])[-_WINDOW:]
        else:
            numbers, codes = piece.numbers[-_WINDOW:], piece.codes[-_WINDOW:]
        self.recent = Sample(numbers, codes, self.training.alphabet, self.training.names)

    def _step(self) -> None:
        self.steps += 1
        self.step_starts.append(self.rows)
        self.next_step = self.rows + max(_FIRST, self.rows // 12)
        self.experts.append(self._expert())
        if len(self.experts) > _EXPERTS:
            # Leaving out what is least makes the sum smaller, which is safe. The newest have had no time to win.
            old = self.experts[: _EXPERTS // 2]
            least = min(range(len(old)), key=lambda i: math.log(old[i].share) + old[i].log_wealth)
            del self.experts[least]

    def _expert(self) -> Expert:
        # The rows since 4, 8, 4, 16, 4, 8, ... steps ago: a change is soon alone in one of these windows.
        back = _STEPS * (self.steps & -self.steps)
        first = self.step_starts[max(0, len(self.step_starts) - 1 - back)]
        assert self.recent is not None
        window = self.recent.take(np.arange(max(0, self.recent.rows - (self.rows - first)), self.recent.rows))
        training = self.training.take(np.arange(min(self.training.rows, max(1000, 4 * window.rows))))
        design = np.concatenate([self.functions(window), self.functions(training)])
        sides = np.repeat([1.0, 0.0], [window.rows, training.rows])
        slopes, intercept = newton(design, sides, np.ones(len(sides)), self.functions.kinds)
        intercept -= math.log(window.rows / training.rows)
        found = design @ slopes + intercept
        # No log-ratio beyond what so few rows can show.
        most = min(_MOST, math.log(window.rows), max(0.05, float(np.abs(found).max())))
        share = 1.0 / (self.steps * (self.steps + 1.0))
        nothing = np.empty(0)
        expert = Expert(share, self.rows, slopes, intercept, most, nothing, nothing, nothing, nothing, nothing)
        at_reference = expert.log_ratio(self.functions(self.calibration))
        payoffs, scores = expert.payoff(at_reference), _score(-at_reference, most)
        expert.cuts, expert.score_cuts = bets.cells(payoffs), bets.cells(scores)
        expert.reference = bets.reference_evidence(payoffs, expert.cuts)
        expert.stream = np.zeros((len(expert.cuts) + 1, len(bets.FRACTIONS)))
        expert.score_evidence = bets.log_mean(bets.log_gains(scores, np.append(expert.score_cuts, 1.0)))
        return expert


def stream_monitor(reference: Sample, *, alpha: float = 0.01, rng: np.random.Generator) -> StreamMonitor:
    """Return a monitor of whether a stream still comes from the distribution of the reference's rows.

    Args:
        reference: rows from before, at least 40: half of them train, half are evidence.
        alpha: the probability of a false alarm, ever, in a stream without change.
        rng: of which rows do which, and of the directions of the waves.

    Raises:
        ValueError: too few rows, weights or groups, an alpha that is no probability.
    """
    if not 0.0 < alpha < 1.0:
        raise ValueError(f"alpha is {alpha}; it must lie between 0 and 1, such as 0.01")
    if reference.weights is not None:
        raise ValueError(
            "the reference has weights: a monitor bets on single rows, and a row that counts for several is not so "
            "many bets. Rows drawn with probabilities in proportion to their weights can be monitored."
        )
    if reference.groups is not None:
        raise ValueError(
            "the reference has groups: a monitor bets on rows that are independent. One row, or mean, per group can be "
            "monitored."
        )
    if reference.rows < LEAST_ROWS:
        raise ValueError(f"the reference has {reference.rows} rows; a monitor needs at least {LEAST_ROWS}")
    order = rng.permutation(reference.rows)
    half = min(_TRAINING, reference.rows // 2)
    training = reference.take(order[:half])
    calibration = reference.take(order[half : half + _CALIBRATION])
    return StreamMonitor(basis(training, rng), training, calibration, alpha)
