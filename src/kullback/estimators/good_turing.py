"""Two-sample Good–Turing: a lower bound on every divergence from counts, by held-out rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kullback.estimators.counting import JointCounts, joint_counts, symbols_of
from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores
from kullback.estimators.empirical_bayes import fit_counts
from kullback.sample import FloatArray, Sample


@dataclass(frozen=True)
class GoodTuringCounts(Learner):
    """How counts are turned into log-ratios; see `good_turing`."""

    @property
    def title(self) -> str:
        """The name."""
        return "Good–Turing"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio of the expected shares of the symbol of a row, given its counts in x and y."""
        del rng
        counts = joint_counts(x, y)
        seen, unseen = fit_counts(counts).log_ratio_by_symbol(), _of_unseen(counts)

        def scores(rows: Sample) -> FloatArray:
            of_x, of_y, of_rows = symbols_of(x, y, rows)
            table = np.full(int(max(of_x.max(), of_y.max(), of_rows.max())) + 1, unseen)
            table[of_x] = seen[counts.of_x]
            table[of_y] = seen[counts.of_y]
            return table[of_rows]

        return scores


def _of_unseen(counts: JointCounts) -> float:
    """Return ln(P/Q) of all symbols without rows: Good and Turing's masses, symbols that one row alone has.

    Half a row is added on both sides, so that neither is 0.
    """
    alone = counts.p + counts.q < 1.5
    of_p = float(np.count_nonzero(alone & (counts.p > 0.0)))
    of_q = float(np.count_nonzero(alone & (counts.q > 0.0)))
    return float(np.log((of_p + 0.5) / counts.rows_p) - np.log((of_q + 0.5) / counts.rows_q))


def good_turing(*, folds: int = FOLDS) -> CrossFitted:
    """Return the held-out log-ratios ln(E[p | a, b] / E[q | a, b]) of symbols with a rows in x and b in y.

    Good and Turing estimate the share of all symbols that came a times by (a + 1) N(a + 1)/n, N being how many symbols
    came so often. Beside a second sample, P's share of the symbols that came (a, b) times is (a + 1) N(a + 1, b)/n and
    Q's is (b + 1) N(a, b + 1)/m; their quotient is the ratio of the next rows. N is smoothed by the law that
    `empirical_bayes` fits; symbols not seen at all have the quotient of the two masses that Good and Turing leave them.
    Learned on all folds but one, the log-ratios give a lower bound on every f-divergence, whatever the alphabet:
    `Fitted.lower`.

    Args:
        folds: of the rows, at least 2.

    Returns:
        A `Method` whose fit is a `LogRatio`.

    Raises:
        ValueError: fewer than two folds.

    Source:
        Good, "The population frequencies of species and the estimation of population parameters", Biometrika 40
        (1953), 237-264, eq. (15), for one sample; Donsker and Varadhan's and Nguyen, Wainwright and Jordan's bounds.

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> from kullback.sample import sample_of
        >>> rng = np.random.default_rng(0)
        >>> x, y = sample_of(rng.integers(0, 500, 1000)), sample_of(rng.integers(0, 1000, 1000))
        >>> bound = good_turing().fit(x, y, rng).lower(kb.kl)
        >>> 0.3 < float(bound.value) < 0.69  # the truth is ln 2
        True
    """
    return CrossFitted(GoodTuringCounts(), folds)
