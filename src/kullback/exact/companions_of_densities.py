"""Entropy and cross-entropy of distributions known by formulas: stated by the family, else a quadrature or a sum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.arrays import namespace, to_numpy
from kullback.distribution import Density
from kullback.distributions.parameters import readable
from kullback.exact.companions import CROSS_ENTROPY, ENTROPY
from kullback.exact.not_exact import NotExact
from kullback.exact.pair import densities
from kullback.exact.rules import expectations, numeric


def entropy(p: Density, base: float | None) -> Any:
    """Return −E ln p; see `kullback.exact.companions.entropy`."""
    known = densities(p)
    one = known.members[0]
    with np.errstate(all="ignore"):
        stated = next((found for way in (one, *one.forms()) if (found := way.entropy()) is not None), None)
        value = _completed(stated, ENTROPY, one, one, known.shape)
    return known.returned(value if base is None else value / math.log(base))


def cross_entropy(p: Density, q: Density, base: float | None) -> Any:
    """Return −E_P ln q; see `kullback.exact.companions.cross_entropy`."""
    known = densities(p, q)
    first, second = known.members
    with np.errstate(all="ignore"):
        stated = expectations.cross_terms(first, second)
        value = _completed(stated and stated[0], CROSS_ENTROPY, first, second, known.shape)
    return known.returned(value if base is None else value / math.log(base))


def _completed(stated: Any, measure: Any, p: Density, q: Density, shape: tuple[int, ...]) -> Any:
    """Return what the formulas give, and where they give nothing the sum or integral."""
    if stated is not None:
        xp = namespace(stated)
        stated = xp.broadcast_to(stated, shape)
        if not readable(stated) or not np.isnan(to_numpy(stated)).any():
            return stated
    open_ = None if stated is None else namespace(stated).isnan(stated)
    found = numeric.fill(measure, p, q, open_)
    if found is None:
        raise NotExact(
            f"there is no formula for this, and outcomes in {p.support} are not ones that can be summed or integrated: "
            "draw from P and take the mean of −ln q."
        )
    return found.value if stated is None else namespace(stated, found.value).where(open_, found.value, stated)
