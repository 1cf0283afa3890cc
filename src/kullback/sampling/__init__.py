"""Sampling: rows drawn from a distribution that is known by a formula. One kind of outcome per file."""

from __future__ import annotations

from kullback.sampling.draw import draw as draw
from kullback.sampling.model import model_of as model_of

__all__ = ["draw", "model_of"]
