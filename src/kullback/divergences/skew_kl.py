"""Skew divergence: KL from a mixture, which is finite whatever is missing from Q.

Lee, "Measures of distributional similarity", Proc. 37th ACL (1999), 25-32, section 2 (whose α is 1 − α here, and whose
arguments are exchanged); the K divergence of Lin, IEEE Trans. Inf. Theory 37 (1991), 145-151, eq. (3.1), is α = ½.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, SupportsFloat

import numpy as np

from kullback.arrays import Array
from kullback.divergence import Deviation, Divergence, Gradient, Law, relative_entropy_cost
from kullback.divergences.jensen_shannon import log_mixture
from kullback.divergences.kl import kl
from kullback.divergences.tsallis import one_order
from kullback.numerics import expm1mx, times


def _textbook(alpha: float, p: Sequence[Any], q: Sequence[Any], mp: Any) -> Any:
    v = mp.mpf(alpha)
    mixture = [v * a + (1 - v) * b for a, b in zip(p, q, strict=True)]
    if any(a > 0 and m == 0 for a, m in zip(p, mixture, strict=True)):
        return mp.inf
    return mp.fsum(a * mp.log(a) - a * mp.log(m) for a, m in zip(p, mixture, strict=True) if a > 0)


def _cost(alpha: float, deviation: Deviation) -> Array:
    w = 1.0 - alpha
    return relative_entropy_cost(deviation.p, w * deviation.difference, log_mixture(alpha, w, deviation.log_ratio))


def _gradient(alpha: float, deviation: Deviation, value: Array) -> Gradient:
    xp = deviation.xp
    w = 1.0 - alpha
    # With y = ln(m/p): −y − α (e^−y − 1) for p and −w (e^−y − 1) for q, written so that nothing cancels at p = q.
    log = log_mixture(alpha, w, deviation.log_ratio)
    known = xp.where(log < math.inf, log, 0.0)
    of_p = -w * times(deviation.p, log) - alpha * deviation.p * expm1mx(-known)
    of_q = -w * deviation.q * xp.expm1(-log)
    return Gradient(of_p, of_q, -math.inf, -w * w / alpha)


def _slopes(alpha: float, p: Array, q: Array) -> tuple[Array, Array, Array, Array]:
    w = 1.0 - alpha
    mixture = alpha * p + w * q
    share, rest = p / mixture, w * q / mixture
    # ∂²/∂p² = (w q/m)²/p.
    return np.log(share) + 1.0 - alpha * share, -w * share, rest * rest / p, w * w * share / mixture


def skew_kl(alpha: SupportsFloat, *misplaced: object) -> Divergence:
    """Return the skew divergence: KL(P ‖ α P + (1 − α) Q).

    It is KL for α = 0 and tends to 0 for α → 1.

    Args:
        alpha: the share of P in the mixture, at least 0 and less than 1.
        misplaced: nothing: the divergence itself is called with P and Q.

    Returns:
        A `Divergence` in [0, −ln α].

    Raises:
        TypeError: α is not one number, as in `kb.skew_kl(p, q)`.
        ValueError: α is not in [0, 1); for α = 1 the divergence of any two distributions would be 0.

    Source:
        Lee 1999, section 2.

    Example:
        >>> import kullback as kb
        >>> round(float(kb.skew_kl(0.01)([1, 0], [0, 1])), 6)
        4.60517
    """
    share = one_order(alpha, misplaced, "skew_kl", "alpha")
    if not 0.0 <= share < 1.0:
        raise ValueError(f"the share α of P in a skew divergence is at least 0 and less than 1, not {share:g}.")
    laws = {Law.ZERO_IFF_EQUAL, Law.JOINTLY_CONVEX, Law.DATA_PROCESSING}
    if share > 0.0:
        laws.add(Law.BOUNDED)
    else:
        laws |= {Law.ADDITIVE_OVER_PRODUCTS, Law.CHAIN_RULE}
    return Divergence(
        name="skew_kl",
        symbol=f"KL{share:g}",
        title=f"skew divergence with α = {share:g}",
        formula=f"Σ p ln(p/({share:g} p + (1−{share:g}) q))",
        range=(0.0, -math.log(share) if share else math.inf),
        laws=frozenset(laws),
        textbook=partial(_textbook, share),
        cost=partial(_cost, share) if share else kl.cost,
        slopes=partial(_slopes, share) if share else kl.slopes,
        gradient=partial(_gradient, share) if share else kl.gradient,
        parameters=(("alpha", share),),
    )
