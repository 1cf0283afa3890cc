"""Steps: how many fits the automatic choice makes, for those who watch its progress."""

from __future__ import annotations

from kullback.estimators.cross_fitting import FOLDS
from kullback.estimators.stack import halvings_of, suitable
from kullback.sample import Sample

OF_REMAINDER = FOLDS + 1
"""Fits of the inner method, and the neighbours of what they leave."""


def of_stack(x: Sample, y: Sample) -> int:
    """Return how many fits a stack of the suitable learners makes: of every one in each fold, and in each half."""
    return len(suitable(x, y)) * (FOLDS + 2 * halvings_of(x, y))
