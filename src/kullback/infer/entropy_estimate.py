"""Entropy from a sample: minus the divergence of P from the measure against which its density is taken."""

from __future__ import annotations

import math

import numpy as np

from kullback.divergences.kl import kl
from kullback.estimate import Estimate
from kullback.estimators.method import Method
from kullback.infer.choice import entropy_method
from kullback.infer.estimating import check_level
from kullback.infer.reading import read_sample
from kullback.infer.regime import model_regime
from kullback.intervals import influence_function
from kullback.sample import Model


def _nothing(rows: np.ndarray) -> np.ndarray:
    return np.zeros(len(rows))


def entropy_estimate(
    x: object,
    *,
    method: Method | None = None,
    level: float = 0.95,
    categorical: object = None,
    weights: object = None,
    groups: object = None,
    rng: int | np.random.Generator | None = None,
) -> Estimate:
    """Return the entropy of the distribution of x: −E ln p, with p a probability for categories, else a density.

    It is −KL(P‖μ) with μ the counting measure or Lebesgue's, so that the methods for a sample against a model apply:
    Zhang and Grabchak's for categories, neighbours (Kozachenko and Leonenko) for numbers.

    Args:
        x: a sample, as for `kb.estimate`: categories or numbers, not both.
        method: an estimator that takes a model; None chooses.
        level: of the interval.
        categorical, weights, groups: as for `kb.estimate`.
        rng: seed or generator.

    Returns:
        An `Estimate` in nats, named H(P). The entropy of numbers, a differential one, may be negative and depends on
        their unit.

    Raises:
        ValueError: a sample that cannot be read, or numbers beside categories.

    Source:
        Kozachenko and Leonenko (1987); Zhang and Grabchak (2014).

    Example:
        >>> import numpy as np
        >>> import kullback as kb
        >>> rng = np.random.default_rng(1)
        >>> found = kb.entropy_estimate(rng.normal(size=1000))
        >>> found.low < 1.4189 < found.high  # ½ ln 2πe
        True
    """
    check_level(level)
    sample = read_sample(x, categorical=categorical, weights=weights, groups=groups)
    if sample.dimension and sample.codes.shape[1]:
        raise ValueError(
            "x has numbers beside categories, and there is no common unit for their entropies: give them one after the "
            "other, or ask for kb.mutual_information_estimate of the two"
        )
    found_kind = model_regime(sample, Model(_nothing, None, ""))
    counted = found_kind.kind == "counts" or not sample.dimension
    # Counts are held against even masses on the symbols that were seen: ln K less that KL is the entropy.
    symbols = len(np.unique(np.column_stack((sample.numbers, sample.codes)), axis=0)) if counted else 1
    base = math.log(symbols)
    flat = Model(lambda rows: np.full(len(rows), -base), None, "the measure itself")
    chosen = method if method is not None else entropy_method(found_kind, sample)
    fitted = chosen.fit(sample, flat, np.random.default_rng(rng))
    found = fitted.value(kl)
    low, high = influence_function.interval(found, sample, flat, level=level)
    return Estimate(
        base - found.value,
        base - high,
        base - low,
        level=level,
        divergence="H(P)",
        direction="",
        unit="nats",
        method=chosen.title,
        sizes=(sample.rows,),
        notes=fitted.notes,
        diagnostics=dict(fitted.diagnostics),
    )
