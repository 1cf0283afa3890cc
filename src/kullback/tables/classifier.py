"""Classifier: a lower bound on the joint JS from how well a classifier tells the sides apart on rows new to it."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kullback.engines.source import Values
from kullback.estimate import Estimate
from kullback.optional import need
from kullback.special import normal_quantile
from kullback.summaries import Kind
from kullback.summaries.counts import FloatArray, IntArray

FOLDS = 5
BINS = 254
"""Bins of a column of numbers: the trees tell 255 apart, and one is for the nulls."""
NAMED = 253
"""Values of a string column with a code of their own; all others share one, and the nulls have one."""
_LN2 = math.log(2.0)
_HELD_BACK = 0.15  # of the training rows: they stop the training and set the calibration
_LEAST_ROWS = 50  # per side: below it a fold holds back fewer than six
_PREDICTIONS = 1.5e8  # of one row by one tree, for the shares
_SHARE_ROWS = 2_000
_IMPUTED = 6  # even: rows from which a column outside a coalition takes its values
_ORDERS = 8
_NUMBERS_AT_ONCE = 1 << 22

Progress = Callable[[float], None]


def classifier_bound(
    reference: Mapping[str, Values],
    current: Mapping[str, Values],
    kinds: Mapping[str, Kind],
    *,
    level: float,
    rng: int | np.random.Generator | None,
    progress: Progress | None = None,
) -> tuple[Estimate, dict[str, float], tuple[str, ...]]:
    """Return a lower bound on the joint JS of all columns, what each column adds to it, and notes.

    For any function s(x) in (0, 1), JS ≥ ln 2 + ½ E_P[ln(1 − s)] + ½ E_Q[ln s], with equality where s is the posterior
    probability of Q. Here s is a gradient-boosted classifier, cross-fitted: every row is judged by a model that never
    saw its fold. Part of the training rows stops the training and sets the temperature and the largest log-odds of the
    model, so that no single confident mistake costs more than the held-back rows could have shown.

    The lower end is one-sided, from the variance of the held-out log-losses within folds and sides: it is valid for the
    mean over the folds of what each model reaches (Bayle, Bayle, Janson and Mackey, 2020), each of which is at most JS.
    One imagined row per side and fold that is as wrong as the calibration allows is added, as no mistake among n rows
    does not mean that there are none.

    Shares are Shapley values of the bound where the columns outside a coalition take their values from other rows and
    the probabilities are averaged (SAGE; Covert, Lundberg and Lee, 2020), over random orders, each with its reverse, on
    a sub-sample, scaled to sum to the value.

    Arguments
    ---------
    reference, current : sampled values of the columns, those of one column aligned by row with those of the others.
    kinds : column → its kind; only columns in all three are used.
    level : of the lower end.
    rng : seed or generator; only one number is drawn from a generator.
    progress : called with the part done, from 0 to 1.

    Returns
    -------
    The bound (``high`` is ln 2), the shares by column (they sum to ``value``), and notes.

    Raises
    ------
    ImportError : without scikit-learn.
    ValueError : if there is no common column, or columns of one side differ in length.

    Source: the bound is that of Nguyen, Wainwright and Jordan 2010 and Goodfellow et al. 2014 for the JS; cross-fitting
    Chernozhukov et al. 2018.
    """
    need("sklearn", "estimation", "the classifier bound")
    names = [name for name in reference if name in current and kinds.get(name, "skipped") != "skipped"]
    if not names:
        raise ValueError("the two sides share no column that a classifier could use")
    n, m = (_rows(side, names) for side in (reference, current))
    if min(n, m) < _LEAST_ROWS:
        note = f"too few rows for a classifier: {n} and {m}, and {_LEAST_ROWS} on each side are needed"
        return _estimate(0.0, 0.0, level, (n, m), {}), dict.fromkeys(names, 0.0), (note,)
    # Threads that share busy cores wait for each other, up to 200 times as long as one alone needs.
    # The limit reaches only what is loaded already.
    import sklearn.ensemble
    from threadpoolctl import threadpool_limits

    seed = int((rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)).integers(2**31))
    # Streams of their own, so that the shares do not change the bound.
    fitting, sharing = (np.random.default_rng((seed, stream)) for stream in (0, 1))
    report = progress or _silent
    table, categorical = _encode([(reference[name], current[name]) for name in names])
    sides = np.repeat([0, 1], [n, m])
    folds = _folds(sides, fitting)
    maker: Any = sklearn.ensemble.HistGradientBoostingClassifier  # its types are those of the defaults
    with threadpool_limits(1, user_api="openmp"):
        models: list[_Model] = []
        for fold in range(FOLDS):
            models.append(_fit(maker, table[folds != fold], sides[folds != fold], categorical, fitting))
            report(0.8 * (fold + 1) / FOLDS)
        gains = np.empty(n + m)
        for fold, model in enumerate(models):
            held = folds == fold
            gains[held] = _gain(model.log_odds(table[held]), sides[held])
        value, low = _mean_and_low(gains, sides, folds, models, level)
        sample = _sub_sample(sides, folds, sharing)
        shares, orders = _shares(table[sample], sides[sample], folds[sample], models, max(0.0, value), sharing, report)
    report(1.0)
    if orders:
        how = f"shares from {orders} orders of {len(names)} columns on {len(sample):,} rows"
    else:
        how = "the classifier does no better than chance" + (": equal shares" if value > 0.0 else "")
    notes = (
        f"{FOLDS} folds of gradient-boosted trees on {n:,} and {m:,} rows; every row is judged by a model that has not "
        "seen it",
        how,
    )
    diagnostics = {"held-out": value, "trees": float(np.mean([model.trees for model in models]))}
    return _estimate(max(0.0, value), low, level, (n, m), diagnostics), dict(zip(names, shares, strict=True)), notes


def _estimate(
    value: float, low: float, level: float, sizes: tuple[int, int], diagnostics: Mapping[str, float]
) -> Estimate:
    return Estimate(
        min(value, _LN2),
        low,
        _LN2,
        level=level,
        divergence="JS",
        method="lower bound by a cross-fitted classifier",
        sizes=sizes,
        diagnostics=diagnostics,
    )


@dataclass(frozen=True)
class _Model:
    """A trained classifier with its calibration.

    Attributes
    ----------
    classifier : of scikit-learn.
    temperature : what its log-odds are multiplied by.
    most : the largest log-odds that are believed.
    """

    classifier: Any
    temperature: float
    most: float

    def log_odds(self, table: FloatArray) -> FloatArray:
        """Return ln(s/(1 − s)) of every row, calibrated."""
        if self.most == 0.0:
            return np.zeros(len(table))
        plain: FloatArray = self.classifier.decision_function(table)
        return np.clip(self.temperature * plain, -self.most, self.most)

    @property
    def worst(self) -> float:
        """The gain of a row that is as wrong as the calibration allows."""
        return _LN2 - math.log1p(math.exp(self.most))

    @property
    def trees(self) -> int:
        """How many trees were grown before the held-back rows stopped it."""
        return int(self.classifier.n_iter_)


def _fit(
    maker: Any, table: FloatArray, sides: IntArray, categorical: Sequence[bool], rng: np.random.Generator
) -> _Model:
    # Both sides weigh the same whatever their rows: the bound is on the equal-weight JS.
    weights = _weights(sides)
    back = np.zeros(len(sides), bool)
    for side in (0, 1):
        rows = np.flatnonzero(sides == side)
        back[rng.permutation(rows)[: max(2, round(_HELD_BACK * len(rows)))]] = True
    seen = ~back
    classifier = maker(
        learning_rate=0.15,
        max_iter=200,
        # Small trees, each split among a random half of the columns: a drift of the dependence alone gives a greedy
        # first split nothing to find, and chance finds it (20 columns: 0.303 of a true 0.313, by the defaults 0.284).
        max_leaf_nodes=15,
        max_features=0.5,
        min_samples_leaf=max(2, min(40, int(seen.sum()) // 20)),
        l2_regularization=10.0,
        early_stopping=True,
        n_iter_no_change=20,
        categorical_features=list(categorical) if any(categorical) else None,
        random_state=int(rng.integers(2**31)),
    )
    classifier.fit(
        table[seen],
        sides[seen],
        sample_weight=weights[seen],
        X_val=table[back],
        y_val=sides[back],
        sample_weight_val=weights[back],
    )
    plain: FloatArray = classifier.decision_function(table[back])
    temperature = _temperature(plain, sides[back], weights[back])
    # No rate of mistakes below about one in the held-back rows has been seen.
    seen_most = float(np.abs(temperature * plain).max())
    return _Model(classifier, temperature, min(seen_most, math.log(len(plain) + 1.0)))


def _temperature(log_odds: FloatArray, sides: IntArray, weights: FloatArray) -> float:
    """The factor in [0, 1.5] that gives the held-back rows the smallest log-loss (Guo et al., 2017): it is convex."""
    sign = np.where(sides == 1, 1.0, -1.0) * log_odds
    below, above = 0.0, 1.5

    def slope(factor: float) -> float:
        return -float(weights @ (sign * 0.5 * (1.0 - np.tanh(0.5 * factor * sign))))

    if slope(below) >= 0.0:
        return 0.0
    if slope(above) <= 0.0:
        return above
    for _ in range(30):
        middle = 0.5 * (below + above)
        below, above = (middle, above) if slope(middle) < 0.0 else (below, middle)
    return below


def _gain(log_odds: FloatArray, sides: IntArray) -> FloatArray:
    """ln 2 minus the log-loss of every row: what it adds to the bound."""
    return _LN2 - np.logaddexp(0.0, np.where(sides == 1, -log_odds, log_odds))


def _weights(sides: IntArray) -> FloatArray:
    counts = np.bincount(sides, minlength=2)
    return (0.5 * len(sides) / counts)[sides]


def _folds(sides: IntArray, rng: np.random.Generator) -> IntArray:
    """The fold of every row; each has its part of both sides."""
    folds = np.empty(len(sides), np.int64)
    for side in (0, 1):
        rows = rng.permutation(np.flatnonzero(sides == side))
        folds[rows] = np.arange(len(rows)) % FOLDS
    return folds


def _mean_and_low(
    gains: FloatArray, sides: IntArray, folds: IntArray, models: Sequence[_Model], level: float
) -> tuple[float, float]:
    """The mean gain, each side with weight ½, and its one-sided lower end."""
    value = mean = variance = 0.0
    for side, (fold, model) in itertools.product((0, 1), enumerate(models)):
        found = gains[(sides == side) & (folds == fold)]
        value += 0.5 * float(found.mean()) / FOLDS
        with_worst = np.append(found, model.worst)
        mean += 0.5 * float(with_worst.mean()) / FOLDS
        variance += 0.25 * float(with_worst.var(ddof=1)) / len(with_worst) / FOLDS**2
    return value, min(_LN2, max(0.0, mean - normal_quantile(level) * math.sqrt(variance)))


def _sub_sample(sides: IntArray, folds: IntArray, rng: np.random.Generator) -> IntArray:
    """Rows for the shares, as many of each side and fold."""
    each = _SHARE_ROWS // (2 * FOLDS)
    parts: list[IntArray] = []
    for side, fold in itertools.product((0, 1), range(FOLDS)):
        rows = np.flatnonzero((sides == side) & (folds == fold))
        parts.append(rng.permutation(rows)[:each])
    return np.concatenate(parts)


def _shares(
    table: FloatArray,
    sides: IntArray,
    folds: IntArray,
    models: Sequence[_Model],
    value: float,
    rng: np.random.Generator,
    report: Progress,
) -> tuple[list[float], int]:
    """The Shapley value of every column, and from how many orders.

    A coalition's worth is the gain of the mean probability where the other columns take the values of other rows; it is
    0 for the empty one, whose best probability is ½. Worths along one order telescope, so the shares sum to the worth
    of all columns.
    """
    columns = table.shape[1]
    if value <= 0.0:
        return [0.0] * columns, 0
    weights = _weights(sides) / len(sides)
    others = _other_rows(sides, folds, rng)
    trees = sum(model.trees for model in models) / FOLDS

    def worths(coalitions: Sequence[NDArray[np.bool_]]) -> tuple[FloatArray, FloatArray]:
        """The worth of every coalition, and (coalitions, rows) the probabilities behind it."""
        found = np.empty((len(coalitions), len(table)))
        # A call of the classifier costs as much as a thousand rows: many coalitions share one.
        step = max(1, _NUMBERS_AT_ONCE // (table.size * _IMPUTED))
        for start in range(0, len(coalitions), step):
            some = np.array(coalitions[start : start + step])
            for fold, model in enumerate(models):
                held = np.flatnonzero(folds == fold)
                mixed = np.where(some[:, None, None, :], table[held], table[others[:, held]])
                odds = model.log_odds(mixed.reshape(-1, columns)).reshape(mixed.shape[:3])
                found[start : start + step, held] = (1.0 / (1.0 + np.exp(-odds))).mean(axis=1)
        return (_LN2 + np.log(np.where(sides == 1, found, 1.0 - found))) @ weights, found

    everything = np.ones(columns, bool)
    found, probabilities = worths([everything, *(np.arange(columns) != c for c in range(columns))])
    full = float(found[0])
    # A column that no tree looks at adds nothing to any coalition.
    used = np.flatnonzero(np.any(probabilities[1:] != probabilities[0], axis=1))
    if not len(used) or full <= 0.0:
        return [value / columns] * columns, 0
    each = max(1.0, len(used) * others.size * trees)
    orders = min(_ORDERS, max(2, 2 * int(_PREDICTIONS / (2.0 * each))))
    shares = np.zeros(columns)
    for pair in range(orders // 2):
        order = rng.permutation(used)
        for direction in (order, order[::-1]):
            coalitions: list[NDArray[np.bool_]] = []
            present = np.ones(columns, bool)
            present[used] = False
            for column in direction[:-1].tolist():
                present[column] = True
                coalitions.append(present.copy())
            along = worths(coalitions)[0] if coalitions else np.empty(0)
            shares[direction] += np.diff(along, prepend=0.0, append=full)
        report(0.8 + 0.2 * (pair + 1) / (orders // 2))
    # The sub-sample's bound is a little off the bound of all rows.
    shares *= value / shares.sum()
    return shares.tolist(), orders


def _other_rows(sides: IntArray, folds: IntArray, rng: np.random.Generator) -> IntArray:
    """Other rows of the fold of every row, (imputations, rows), in turn from one side and the other.

    With both sides in equal parts the mean probability of a coalition that knows nothing is near ½, whatever the draw;
    drawn at random, few rows are often all of one side, and the mean is wrong and sure of it.
    """
    others = np.empty((_IMPUTED, len(sides)), np.int64)
    for fold in range(FOLDS):
        rows = np.flatnonzero(folds == fold)
        by_side = [rows[sides[rows] == side] for side in (0, 1)]
        for turn in range(_IMPUTED):
            others[turn, rows] = rng.choice(by_side[turn % 2], len(rows))
    return others


def _rows(side: Mapping[str, Values], names: Sequence[str]) -> int:
    sizes = {len(side[name].nulls) for name in names}
    if len(sizes) != 1:
        raise ValueError(f"the columns have different numbers of sampled rows: {sorted(sizes)}")
    return sizes.pop()


def _encode(columns: Sequence[tuple[Values, Values]]) -> tuple[FloatArray, list[bool]]:
    """Both sides as one table of small whole numbers, and which columns are codes of categories."""
    encoded: list[FloatArray] = []
    categorical: list[bool] = []
    for first, second in columns:
        if first.numbers is not None and second.numbers is not None:
            encoded.append(_ranks(np.concatenate([first.numbers, second.numbers])))
            categorical.append(False)
        elif first.strings is not None and second.strings is not None:
            encoded.append(_codes([*first.strings, *second.strings]))
            categorical.append(True)
        else:
            raise ValueError("a column was sampled as numbers on one side and as strings on the other")
    return np.column_stack(encoded), categorical


def _ranks(numbers: FloatArray) -> FloatArray:
    """The bin of every number among bins of about equal mass, infinities included, −1 where null.

    The trees would cut the same bins, but in every fold anew and, with weights, 100 times as slowly.
    """
    known = np.sort(numbers[~np.isnan(numbers)])
    if not len(known):
        return np.zeros(len(numbers))
    distinct = np.unique(known)
    # Few distinct values keep a bin each.
    edges = distinct if len(distinct) <= BINS else np.unique(known[(np.arange(1, BINS) * len(known)) // BINS])
    ranks = np.searchsorted(edges, numbers, "left").astype(np.float64)
    # Not NaN: the trees fail on a column of which a fold has nothing but nulls.
    ranks[np.isnan(numbers)] = -1.0
    return ranks


def _codes(strings: Sequence[str | None]) -> FloatArray:
    """Codes of the most frequent values, one for all others, one for null. The sides are not looked at."""
    frequent = sorted(Counter(s for s in strings if s is not None).items(), key=lambda found: (-found[1], found[0]))
    codes: dict[str | None, float] = {value: float(i) for i, (value, _) in enumerate(frequent[:NAMED])}
    codes[None] = NAMED + 1.0
    return np.fromiter(map(codes.get, strings, itertools.repeat(float(NAMED))), np.float64, len(strings))


def _silent(done: float) -> None:
    """Take note of the part done, and do nothing."""
