"""Inference from samples: the verbs `estimate`, `two_sample_test`, `monitor`; nothing is imported before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kullback.lazy_package import make_lazy

if TYPE_CHECKING:
    from kullback.infer.entropy_estimate import entropy_estimate as entropy_estimate
    from kullback.infer.estimating import estimate as estimate
    from kullback.infer.estimating import estimate_samples as estimate_samples
    from kullback.infer.monitor import Monitor as Monitor
    from kullback.infer.monitor import monitor as monitor
    from kullback.infer.mutual_information_estimate import mutual_information_estimate as mutual_information_estimate
    from kullback.infer.two_sample_test import two_sample_test as two_sample_test

_FILES = {
    "entropy_estimate": ("entropy_estimate",),
    "estimating": ("estimate", "estimate_samples"),
    "monitor": ("Monitor", "monitor"),
    "mutual_information_estimate": ("mutual_information_estimate",),
    "two_sample_test": ("two_sample_test",),
}

__all__ = make_lazy(__name__, _FILES)  # pyright: ignore[reportUnsupportedDunderAll]
