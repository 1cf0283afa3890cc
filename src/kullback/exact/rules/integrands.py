"""Integrands: how large what a divergence integrates can be where the densities lie in given discs.

With ln p, ln q and l = ln q − ln p in discs, each kind of divergence bounds its cost on the complex neighbourhood of a
panel, which is what bounds the error of Gauss–Legendre quadrature there. All bounds are logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kullback.divergence import Divergence
from kullback.exact.rules.enclosures import Enclosure

Term = tuple[float, float, str]
"""p^a q^b, times "", or one of the logarithms "p", "q" and "l" (−ln p, −ln q, ln q − ln p): (a, b, which)."""


@dataclass(frozen=True, eq=False)
class Discs:
    """Discs that contain ln p, ln q and ln q − ln p near some panels."""

    log_p: Enclosure
    log_q: Enclosure
    log_ratio: Enclosure


@dataclass(frozen=True, eq=False)
class Alone:
    """Bounds on real panels on which one density is almost all there is.

    Attributes:
        greater: of the logarithm of that density, from above.
        smaller: of the other's.
        size: of the absolute value of their difference times the smaller density, divided by exp(smaller).
        weight: of α ln p + β ln q, given the two exponents.
        turned: whether it is Q that is almost all.
    """

    greater: Any
    smaller: Any
    size: Any
    weight: Callable[[float, float], Any]
    turned: bool


@dataclass(frozen=True)
class Integrand:
    """A kind of cost, as a function of ln p and ln q.

    Attributes:
        terms: what its convergence depends on.
    """

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return the summands that may not be integrable; none where it is bounded by p + q."""
        return ()

    def analytic(self, discs: Discs) -> Any:
        """Return the logarithm of a bound of the cost on the discs; +inf where it need not be analytic."""
        return np.full(discs.log_ratio.shape, math.inf)

    def greatest(self, discs: Discs) -> Any:
        """Return the logarithm of a bound of the cost on the real panels inside the discs."""
        return np.logaddexp(discs.log_p.greatest_real, discs.log_q.greatest_real)

    def rest(self, alone: Alone) -> Any:
        """Return the logarithm of a bound, on real panels with q < p, of what the cost is beside that of p alone.

        +inf where there is none: where that does not vanish with q. With P and Q exchanged where that is said.
        """
        return np.full(np.shape(alone.greater), math.inf)

    def level(self) -> float:
        """Return the value of ln q − ln p at which the cost has a kink; NaN for none."""
        return math.nan

    def steepness(self) -> float:
        """Return by how much relative changes of p and q are magnified."""
        return 2.0


@dataclass(frozen=True)
class Relative(Integrand):
    """q − p − p l: relative entropy of P."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """p l."""
        return ((1.0, 0.0, "l"),)

    def analytic(self, discs: Discs) -> Any:
        """As for real arguments: the absolute value of each summand."""
        return self.greatest(discs)

    def rest(self, alone: Alone) -> Any:
        """p + p |l| where Q is almost all."""
        return alone.smaller + np.log1p(alone.size) if alone.turned else super().rest(alone)

    def greatest(self, discs: Discs) -> Any:
        """|q| + |p| (1 + |l|), or |p| |l|² exp|l| / 2."""
        a, b, size = discs.log_p.greatest_real, discs.log_q.greatest_real, discs.log_ratio.size
        return np.fmin(np.logaddexp(b, a + np.log1p(size)), a + 2.0 * np.log(size) - math.log(2.0) + size)


@dataclass(frozen=True)
class Symmetric(Integrand):
    """(q − p) l: Jeffreys."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """p l and q l."""
        return (1.0, 0.0, "l"), (0.0, 1.0, "l")

    def analytic(self, discs: Discs) -> Any:
        """As for real arguments."""
        return self.greatest(discs)

    def greatest(self, discs: Discs) -> Any:
        """(|q| + |p|) |l|, or |p| |l|² exp|l|."""
        a, b, size = discs.log_p.greatest_real, discs.log_q.greatest_real, discs.log_ratio.size
        return np.fmin(np.logaddexp(a, b) + np.log(size), a + 2.0 * np.log(size) + size)


@dataclass(frozen=True)
class Power(Integrand):
    """p (u − ((1 + u)^β − 1)/β), u = q/p − 1: all that is made of p^α q^β, α + β = 1.

    Attributes:
        alpha: the exponent of p.
        beta: that of q.
    """

    alpha: float
    beta: float

    @property
    def terms(self) -> tuple[Term, ...]:
        """p^α q^β."""
        return () if min(self.alpha, self.beta) >= 0.0 else ((self.alpha, self.beta, ""),)

    def weight(self, discs: Discs) -> Any:
        """Return a bound of the real part of α ln p + β ln q."""
        p, q, ratio = discs.log_p, discs.log_q, discs.log_ratio
        forms = (p + self.beta * ratio, q - self.alpha * ratio, self.alpha * p + self.beta * q)
        return np.fmin(np.fmin(forms[0].greatest_real, forms[1].greatest_real), forms[2].greatest_real)

    def log_weight(self, log_p: Any, log_q: Any, log_ratio: Any) -> Any:
        """Return α ln p + β ln q of real numbers."""
        return log_p + self.beta * log_ratio if abs(self.beta) <= abs(self.alpha) else log_q - self.alpha * log_ratio

    def analytic(self, discs: Discs) -> Any:
        """As for real arguments."""
        return self.greatest(discs)

    def greatest(self, discs: Discs) -> Any:
        """The absolute value of each summand, or |α| |p| |l|² exp(max(1, |β|) |l|) / 2."""
        a, b, size = discs.log_p.greatest_real, discs.log_q.greatest_real, discs.log_ratio.size
        beta = abs(self.beta)
        plain = np.logaddexp(b, a + math.log1p(1.0 / beta))
        plain = np.logaddexp(plain, self.weight(discs) - math.log(beta))
        small = a + 2.0 * np.log(size) + math.log(0.5 * abs(self.alpha)) + max(1.0, beta) * size
        # Up to twice as much where the divergence divides by the greater exponent.
        return math.log(2.0) + np.fmin(plain, small)

    def rest(self, alone: Alone) -> Any:
        """A multiple of p^α q^β, and q."""
        if min(self.alpha, self.beta) <= 0.0:
            return super().rest(alone)
        scale = math.log(4.0 / (self.alpha * self.beta))
        return scale + np.logaddexp(alone.weight(self.alpha, self.beta), alone.smaller)

    def steepness(self) -> float:
        """|α| + |β|."""
        return 1.0 + abs(self.alpha) + abs(self.beta)


@dataclass(frozen=True)
class Mixture(Integrand):
    """v KL(p‖m) + w KL(q‖m), m = v p + w q, or one of the two: Jensen–Shannon, skew divergences.

    Attributes:
        v: the weight of p.
        w: that of q.
    """

    v: float
    w: float

    def analytic(self, discs: Discs) -> Any:
        """Bounds of the logarithms, analytic where v + w exp(l) keeps away from the cut; their double zero at l = 0."""
        a, b, ratio = discs.log_p.greatest_real, discs.log_q.greatest_real, discs.log_ratio
        plain = self._plain(a, b, ratio.least_real, ratio.greatest_real, ratio.radius)
        # p h(l) with a double zero of h: by the maximum principle |h| ≤ |l|² max over |l| = 2 of |h|/4.
        two = np.asarray(2.0)
        near = a + 2.0 * np.log(ratio.size) + self._plain(0.0 * two, two, -two, two, two) - math.log(4.0)
        return np.where(ratio.size <= 2.0, np.fmin(plain, near), plain)

    def rest(self, alone: Alone) -> Any:
        """q times (the logarithm of the ratio, and constants of the weights)."""
        v, w = (self.w, self.v) if alone.turned else (self.v, self.w)
        constants = 4.0 + 2.0 * w / v - math.log(v) - math.log(w)
        return alone.smaller + np.log(constants + alone.size)

    def _plain(self, a: Any, b: Any, least: Any, most: Any, angle: Any) -> Any:
        from_cut = distance_to_cut(least + math.log(self.w / self.v), most + math.log(self.w / self.v), angle)
        high = np.logaddexp(math.log(self.v), math.log(self.w) + most)
        low = np.log(from_cut) + np.maximum(math.log(self.v), math.log(self.w) + least)
        size = np.maximum(abs(high), abs(low)) + math.pi + angle
        span = np.maximum(abs(least), abs(most)) + angle
        bound = np.logaddexp(a + np.log1p(size), b + np.log1p(size + span))
        return np.where(from_cut > 0.0, bound, math.inf)

    def greatest(self, discs: Discs) -> Any:
        """What one outcome costs at most: p ln(1/v) + q ln(1/w) and their differences."""
        a, b, size = discs.log_p.greatest_real, discs.log_q.greatest_real, discs.log_ratio.size
        most = np.logaddexp(a + math.log(1.0 - math.log(self.v)), b + math.log(1.0 - math.log(self.w)))
        return np.fmin(most, a + 2.0 * np.log(size) + 2.0 * size)


def distance_to_cut(least: Any, most: Any, angle: Any) -> Any:
    """Return a lower bound of |1 + e^z| / max(1, |e^z|) where Re z and |Im z| are bounded; 0 where it may vanish."""
    sine = np.where(angle <= 0.5 * math.pi, 1.0, np.sin(np.minimum(angle, math.pi)))
    apart = 1.0 - np.exp(-np.maximum(np.maximum(least, -most), 0.0))
    return np.maximum(np.maximum(sine, 0.0), np.where(angle < math.pi, 0.0, np.where(apart >= 0.5, apart, 0.0)))


@dataclass(frozen=True)
class Triangular(Integrand):
    """(p − q)²/(p + q)."""

    def analytic(self, discs: Discs) -> Any:
        """(|p| + |q|)²/|p + q|, and its double zero."""
        a, b, ratio = discs.log_p.greatest_real, discs.log_q.greatest_real, discs.log_ratio
        from_cut = distance_to_cut(ratio.least_real, ratio.greatest_real, ratio.radius)
        plain = np.where(from_cut > 0.0, np.logaddexp(a, b) - np.log(from_cut) + math.log(2.0), math.inf)
        # |1 − e^l|²/|1 + e^l| ≤ (1 + e²)²/sin 2 on |l| = 2.
        near = a + 2.0 * np.log(ratio.size) + math.log((1.0 + math.exp(2.0)) ** 2 / math.sin(2.0) / 4.0)
        return np.where(ratio.size <= 2.0, np.fmin(plain, near), plain)

    def rest(self, alone: Alone) -> Any:
        """−3 q and what is smaller."""
        return alone.smaller + math.log(4.0)

    def greatest(self, discs: Discs) -> Any:
        """At most p + q, and |p| |l|² e^|l|."""
        a, b, size = discs.log_p.greatest_real, discs.log_q.greatest_real, discs.log_ratio.size
        return np.fmin(np.logaddexp(a, b), a + 2.0 * np.log(size) + 2.0 * size)


@dataclass(frozen=True)
class Excess(Integrand):
    """A multiple of |p − γ q|, or its positive part: total variation, hockey-stick.

    Attributes:
        gamma: the factor of q.
        flat: whether it is 0 where p < γ q.
    """

    gamma: float
    flat: bool

    def analytic(self, discs: Discs) -> Any:
        """As for real arguments: the driver sees that p − γ q has one sign on the panel."""
        return self.greatest(discs)

    def greatest(self, discs: Discs) -> Any:
        """|p| + γ |q|, or |p| (exp|l + ln γ| − 1)."""
        a, b = discs.log_p.greatest_real, discs.log_q.greatest_real
        size = (discs.log_ratio + math.log(self.gamma)).size
        return np.fmin(np.logaddexp(a, b + math.log(self.gamma)), a + np.log(np.expm1(size)))

    def rest(self, alone: Alone) -> Any:
        """A multiple of q."""
        return alone.smaller + max(math.log(self.gamma), 0.0)

    def level(self) -> float:
        """−ln γ."""
        return -math.log(self.gamma)


@dataclass(frozen=True)
class Outside(Integrand):
    """0 where both have mass: order 0."""

    def analytic(self, discs: Discs) -> Any:
        """Nothing."""
        return np.full(discs.log_ratio.shape, -math.inf)

    def greatest(self, discs: Discs) -> Any:
        """Nothing."""
        return np.full(discs.log_ratio.shape, -math.inf)


@dataclass(frozen=True)
class Surprise(Integrand):
    """−p ln p or −p ln q: entropy and cross-entropy.

    Attributes:
        of: "p" or "q".
    """

    of: str

    @property
    def terms(self) -> tuple[Term, ...]:
        """p ln p or p ln q."""
        return ((1.0, 0.0, self.of),)

    def analytic(self, discs: Discs) -> Any:
        """As for real arguments."""
        return self.greatest(discs)

    def greatest(self, discs: Discs) -> Any:
        """|p| |ln p| or |p| |ln q|."""
        log = discs.log_p if self.of == "p" else discs.log_q
        return discs.log_p.greatest_real + np.log(log.size)


@dataclass(frozen=True)
class Swapped(Integrand):
    """Another with P and Q exchanged."""

    inner: Integrand

    @property
    def terms(self) -> tuple[Term, ...]:
        """Those of the other."""
        names = {"": "", "l": "l", "p": "q", "q": "p"}
        return tuple((b, a, names[which]) for a, b, which in self.inner.terms)

    def analytic(self, discs: Discs) -> Any:
        """That of the other."""
        return self.inner.analytic(_exchanged(discs))

    def greatest(self, discs: Discs) -> Any:
        """That of the other."""
        return self.inner.greatest(_exchanged(discs))

    def rest(self, alone: Alone) -> Any:
        """That of the other, with P and Q exchanged."""
        return self.inner.rest(replace(alone, turned=not alone.turned))

    def level(self) -> float:
        """Minus that of the other."""
        return -self.inner.level()

    def steepness(self) -> float:
        """That of the other."""
        return self.inner.steepness()


def _exchanged(discs: Discs) -> Discs:
    return Discs(discs.log_q, discs.log_p, -discs.log_ratio)


ENTROPY, CROSS_ENTROPY = Surprise("p"), Surprise("q")


def integrand_of(divergence: Divergence) -> Integrand | None:
    """Return the kind of a divergence, or None for one of which nothing is known (a user's f, Chernoff, order ∞)."""
    found = _forward(divergence)
    return Swapped(found) if found is not None and divergence.reversed else found


def _forward(divergence: Divergence) -> Integrand | None:
    parameters = dict(divergence.parameters)
    alpha = float(parameters.get("alpha", math.nan))
    match divergence.name:
        case "kl":
            return Relative()
        case "jeffreys":
            return Symmetric()
        case "js" | "jensen_shannon":
            return Mixture(*parameters.get("weights", (0.5, 0.5)))
        case "skew_kl":
            return Mixture(alpha, 1.0 - alpha) if alpha > 0.0 else Relative()
        case "tv":
            return Excess(1.0, flat=False)
        case "hockey_stick":
            return Excess(float(parameters["gamma"]), flat=True)
        case "triangular":
            return Triangular()
        case "hellinger" | "bhattacharyya":
            return Power(0.5, 0.5)
        case "chi2":
            return Power(2.0, -1.0)
        case "neyman_chi2":
            return Swapped(Power(2.0, -1.0))
        case "renyi" | "tsallis" if alpha < math.inf:
            return _power(alpha, 1.0 - alpha)
        case "cressie_read":
            lam = float(parameters["lam"])
            return _even_power(lam + 1.0, -lam)
        case "amari":
            return _even_power(0.5 * (1.0 - alpha), 0.5 * (1.0 + alpha))
        case _:
            return None


def _power(alpha: float, beta: float) -> Integrand:
    if beta == 0.0:
        return Relative()
    if alpha == 0.0:
        return Outside()
    return Power(alpha, beta)


def _even_power(alpha: float, beta: float) -> Integrand:
    """Return the kind of what treats P and Q alike: written with the greater exponent first."""
    return _power(alpha, beta) if alpha >= beta else Swapped(_power(beta, alpha))
