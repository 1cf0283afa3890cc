"""Intervals: how far an estimate from counts may be from the truth."""

from kullback.intervals.sampling import Blocks, Independent, Sampling, Weighted

__all__ = ["Blocks", "Independent", "Sampling", "Weighted"]
