"""The special functions, where they are tried, and what they are in 50 digits and more."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from mpmath import mp, mpf

from kullback import functions as f


@dataclass(frozen=True, eq=False)
class Case:
    """One function of numbers.

    Attributes:
        function: takes arrays.
        truth: takes mpmath's numbers.
        rows: the arguments tried.
        points: the arguments at which derivatives are tried.
        bound: the relative error allowed.
        absolute: the error allowed next to zeros of the function.
        digits: with which the truth is computed.
    """

    function: Callable[..., Any]
    truth: Callable[..., Any]
    rows: list[tuple[float, ...]]
    points: list[tuple[float, ...]]
    bound: float = 2e-15
    absolute: float = 0.0
    digits: int = 60

    def __repr__(self) -> str:
        return self.function.__name__

    @cached_property
    def columns(self) -> list[np.ndarray]:
        return [np.array(column, dtype=np.float64) for column in zip(*self.rows, strict=True)]

    @cached_property
    def truths(self) -> np.ndarray:
        return self.truths_at(self.rows)

    def truths_at(self, rows) -> np.ndarray:
        """Return the truth of each row, in float64."""
        with mp.workdps(self.digits):
            return np.array([float(self.truth(*(mpf(float(x)) for x in row))) for row in rows])

    def derivatives(self, point) -> tuple[list[float], float]:
        """Return the derivatives after each argument, and the second one along the diagonal."""
        with mp.workdps(self.digits):
            exact = [mpf(float(x)) for x in point]
            first = []
            for i in range(len(exact)):
                before, after = exact[:i], exact[i + 1 :]
                first.append(float(mp.diff(lambda t, b=before, a=after: self.truth(*b, t, *a), exact[i])))
            second = mp.diff(lambda t: self.truth(*(x + t for x in exact)), 0, 2)
            return first, float(second)


def loggamma_tangent(a, d):
    return mp.loggamma(a + d) - mp.loggamma(a) - d * mp.digamma(a)


def log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def beta_tangent(a, b, da, db):
    return loggamma_tangent(a, da) + loggamma_tangent(b, db) - loggamma_tangent(a + b, da + db)


def normal(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def log_normal(x):
    return mp.log1p(-normal(-x)) if x > 0 else mp.log(normal(x))


def log_interval(a, b):
    if a > 0:
        a, b = -b, -a
    inside = normal(b) - normal(a)
    return mp.log(inside) if inside < 0.5 else mp.log1p(-normal(a) - normal(-b))


def log_expm1_over(x):
    return mp.log(mp.expm1(x) / x) if x else mpf(0)


def expm1_slope(x):
    return -1 / mp.expm1(-x) - 1 / x if x else mpf(1) / 2


def softplus(x):
    return x + mp.log1p(mp.exp(-x)) if x > 0 else mp.log1p(mp.exp(x))


@cache
def _log_bessel(v, x, precision):
    with mp.workprec(precision):
        return mp.log(mp.besseli(v, x))


def log_bessel(v, x):
    return _log_bessel(v, x, mp.prec)


def normaliser(v, x):
    return log_bessel(v, x) - v * mp.log(x) if x else -v * mp.log(2) - mp.loggamma(v + 1)


def ratio(v, x):
    return mp.exp(log_bessel(v + 1, x) - log_bessel(v, x)) if x else mpf(0)


def bessel_tangent(v, x, d):
    return normaliser(v, x + d) - normaliser(v, x) - d * ratio(v, x)


def log_zeta(s):
    return mp.log1p(mp.zeta(s) - 1)


def zeta_slope(s):
    return mp.zeta(s, derivative=1) / mp.zeta(s)


POSITIVE = [float(m * 10.0**e) for e in range(-12, 13, 2) for m in (1.0, 6.3)]
POSITIVE += [1.4616321449683622, 1.46, 1 + 1e-10, 1 - 1e-7, 2 + 1e-9, 2 - 1e-5, 1.5, 7.999, 8.0, 11.0]
STEPS = [1e-15, 1e-8, 1e-3, 0.3, 0.99, 1.0, 3.0, 1e3, 1e12, -1e-15, -1e-5, -0.3, -0.49, -0.51, -0.9, -1 + 1e-12]
CHANGES = [(a, a * t) for a in POSITIVE[::2] for t in STEPS]
ONE = [(x,) for x in POSITIVE]

RNG = np.random.default_rng(5)
REAL = [(float(s * x),) for s in (1, -1) for x in [*np.exp(RNG.uniform(-27.0, 3.2, 50)), 0.5, 1.0, 5.0]]
WIDE = [(float(s * x),) for s in (1, -1) for x in [*np.exp(RNG.uniform(-27.0, 5.5, 50)), 1.0, 2.0, 1e6]]


def _beta_rows():
    rows = [
        (1e10, 2.0, 1e4, 0.0),
        (1e6, 1e6, 100.0, 0.0),
        (1e-12, 1e-12, 1e-13, 0.0),
        (1e-12, 1e5, 1e-13, 3.0),
        (1e12, 1e12, 1e3, 1e3),
        (0.23, 9e11, 2e7, 9e19),
        (529.0, 677.0, -525.9, -672.8),
    ]
    steps = [1e-12, 1e-8, 1e-3, 0.1, 0.7, 3.0, 1e3, 1e8, -1e-8, -0.01, -0.3, -0.6, -0.999]
    for kind in itertools.islice(itertools.cycle(range(5)), 300):
        span = (1e-12, 1e12) if RNG.random() < 0.5 else (0.1, 1e3)
        a, b = np.exp(RNG.uniform(*np.log(span), 2))
        s, t = RNG.choice(steps, 2) * RNG.uniform(0.9, 1.0, 2)
        s, t = [(s, s), (s, 0.0), (s, s * (1.0 + RNG.choice([1e-10, 1e-6, 1e-3, 0.1]))), (0.0, t), (s, t)][kind]
        if min(s, t) > -1.0:
            rows.append((float(a), float(b), float(a * s), float(b * t)))
    return rows


BETA = _beta_rows()
PAIRS = [row[:2] for row in BETA]


def _intervals():
    rows = [(-1.0, 1.0), (0.0, 1.0), (0.0, 1e-9), (-1e-9, 0.0), (30.0, 31.0), (-6.0, 7.0), (-9.0, 1.0)]
    for scale in (1e-3, 1.0, 5.0, 25.0):
        for _ in range(25):
            a = float(RNG.normal() * scale)
            rows.append((a, a + float(np.exp(RNG.uniform(-20.0, 2.5)))))
    return rows


def _real_changes():
    rows = [(0.0, 1e-9), (0.0, 3.0), (20.0, -3.0), (4.0, -4.0), (-30.0, 60.0)]
    for _ in range(200):
        x = float(RNG.choice([1, -1]) * np.exp(RNG.uniform(-9.0, 4.5)))
        d = float(x * RNG.choice([-1.5, -0.99, -0.5, -0.1, 1e-3, 1e-8, 0.3, 2.0]))
        rows += [(x, d), (x, float(RNG.choice([1, -1]) * np.exp(RNG.uniform(-9.0, 4.5))))]
    return rows


def _orders():
    rows = []
    for v in (0.0, 0.5, 1.0, 3.0, 7.5, 20.0, 39.0, 41.0, 127.0, 383.0, 2500.0):
        xs = [1e-3, 0.7, 6.0, 15.0, 33.0, 39.9, 47.0, 333.0]
        rows += [(v, x) for x in (xs if v > 300.0 else [*xs, 1e4, 1e9])]
    return rows


ORDERS = _orders()
ORDER_CHANGES = [
    (v, x, x * t)
    for v, x in ORDERS[::2]
    for t in (1e-8, 1e-3, 0.4, 0.84, 2.0, -1e-6, -0.3, -0.49, -0.7, -0.99, -1.0)
    if x * (1.0 + t) < 1e3 or t < 0.5
]
ZETA = [float(1.0 + x) for x in (1e-9, 1e-5, 1e-2, 0.4, 1.0, 3.0, 9.0, 24.0, 45.0)]
ZETA_CHANGES = [(s, (s - 1.0) * t) for s in ZETA for t in (1e-9, 1e-4, 0.3, 5.0, 100.0, -1e-6, -0.5, -0.99)]
CURVE = [(0.7, 0.2), (3.0, -1e-4), (40.0, 30.0), (1e-3, 1e-3), (1e6, -4e5), (2.0, -1.9)]
REAL_POINTS = [(0.3,), (-0.4,), (3.0,), (-7.0,), (1e-6,)]
POINTS = [(0.3,), (1.0,), (1.7,), (30.0,), (1e-4,)]
REAL_CURVE = [(0.3, 0.2), (-3.0, 1e-4), (9.0, -1.0), (-30.0, 2.0), (2.0, 30.0), (1e-3, -1e-3)]


def three(function):
    """Fix p = 3."""

    def fixed(*arguments):
        return function(*arguments, 3)

    fixed.__name__ = function.__name__
    return fixed


ABOVE_ONE = [(a + 1.0, d) for a, d in CHANGES[::3] if d > -0.9 * a]
HALVES = [mpf(j) / 2 for j in range(3)]

CASES = [
    Case(f.log_gamma, mp.loggamma, ONE, POINTS),
    Case(f.digamma, mp.digamma, ONE, POINTS),
    Case(f.trigamma, lambda x: mp.psi(1, x), ONE, POINTS),
    Case(f.log_gamma_remainder, loggamma_tangent, CHANGES, CURVE),
    # The difference has zeros of its own on both sides of the minimum at 1.46.
    Case(f.log_gamma_difference, lambda a, d: mp.loggamma(a + d) - mp.loggamma(a), CHANGES, CURVE, 4e-15, 1e-16),
    Case(f.digamma_difference, lambda a, d: mp.digamma(a + d) - mp.digamma(a), CHANGES, CURVE),
    Case(
        three(f.multivariate_log_gamma),
        lambda a: mpf(3) / 2 * mp.log(mp.pi) + sum(mp.loggamma(a - j) for j in HALVES),
        [(1.0 + x,) for x in POSITIVE if x > 1e-6],
        [(1.3,), (30.0,)],
        4e-15,
        1e-15,
    ),
    Case(
        three(f.multivariate_digamma),
        lambda a: sum(mp.digamma(a - j) for j in HALVES),
        [(1.0 + x,) for x in POSITIVE if x > 1e-6],
        [(1.3,), (30.0,)],
        4e-15,
        1e-15,
    ),
    Case(
        three(f.multivariate_log_gamma_remainder),
        lambda a, d: sum(loggamma_tangent(a - j, d) for j in HALVES),
        ABOVE_ONE,
        [(1.3, 0.1), (30.0, 3.0)],
    ),
    Case(
        three(f.multivariate_digamma_difference),
        lambda a, d: sum(mp.digamma(a - j + d) - mp.digamma(a - j) for j in HALVES),
        ABOVE_ONE,
        [(1.3, 0.1), (30.0, 3.0)],
    ),
    # B(a, b) = 1 on a curve through (1, 1).
    Case(f.log_beta, log_beta, PAIRS, [(0.3, 2.0), (30.0, 0.1), (20.0, 2e5)], 4e-15, 1e-15),
    Case(
        f.log_beta_remainder,
        beta_tangent,
        BETA,
        [(0.3, 2.0, 0.1, -0.5), (30.0, 0.1, 3.0, 0.0), (20.0, 2e5, 1.0, 1e4), (1e6, 2e6, 10.0, 21.0)],
        2.5e-14,
        digits=90,
    ),
    Case(
        f.log_binomial,
        lambda n, k: mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1),
        [(n, k) for n in (1.0, 5.0, 100.0, 1e6, 1e12) for k in (0.0, 1.0, 2.0, 7.0, 9.0, n / 2, n * 0.3) if k <= n],
        [(10.5, 3.25), (100.0, 40.0)],
    ),
    Case(f.digamma_gap, lambda a, b: mp.digamma(a + b) - mp.digamma(a), PAIRS, [(0.3, 2.0), (30.0, 0.1)]),
    Case(f.erf, mp.erf, REAL, REAL_POINTS),
    Case(f.erfc, mp.erfc, REAL, REAL_POINTS),
    Case(f.log_erfc, lambda x: mp.log1p(-mp.erf(x)) if x < 1 else mp.log(mp.erfc(x)), REAL, REAL_POINTS),
    Case(f.ndtr, normal, REAL, REAL_POINTS),
    Case(f.log_ndtr, log_normal, [*REAL, (-1e8,)], REAL_POINTS),
    Case(f.inverse_mills, lambda x: mp.npdf(x) / normal(x), REAL, REAL_POINTS),
    Case(
        f.log_ndtr_interval,
        log_interval,
        _intervals(),
        [(-1.0, 0.5), (1.0, 1.5), (-3.0, -1.0), (10.0, 10.01), (6.0, 9.0)],
        digits=600,
    ),
    Case(
        f.log1mexp,
        lambda x: mp.log1p(-mp.exp(-x)) if x > 1 else mp.log(-mp.expm1(-x)),
        [x for x in WIDE if x[0] > 0.0],
        POINTS[:4],
    ),
    Case(f.log_expm1_over, log_expm1_over, [(0.0,), *WIDE[:-4]], REAL_POINTS),
    Case(f.log_expm1_over_slope, expm1_slope, [(0.0,), *WIDE[:-4]], REAL_POINTS),
    Case(
        f.log_expm1_over_remainder,
        lambda x, d: log_expm1_over(x + d) - log_expm1_over(x) - d * expm1_slope(x),
        _real_changes(),
        REAL_CURVE,
        8e-15,
        digits=90,
    ),
    Case(f.softplus, softplus, WIDE[:-4], REAL_POINTS),
    Case(
        f.softplus_remainder,
        lambda x, d: softplus(x + d) - softplus(x) - d / (1 + mp.exp(-x)),
        _real_changes(),
        REAL_CURVE,
        4e-15,
        digits=120,
    ),
    # ln I has zeros.
    Case(f.log_bessel_i, log_bessel, ORDERS, [(0.5, 2.0), (3.0, 50.0), (100.0, 2.0)], 4e-15, 1e-13),
    Case(f.log_vonmises_normaliser, normaliser, ORDERS, [(0.5, 2.0), (3.0, 50.0), (100.0, 2.0)], 4e-15, 1e-14),
    Case(f.bessel_ratio, ratio, ORDERS, [(0.5, 2.0), (3.0, 50.0), (100.0, 2.0)]),
    Case(
        f.bessel_ratio_complement,
        lambda v, x: 1 - ratio(v, x),
        ORDERS,
        [(0.5, 2.0), (3.0, 50.0), (100.0, 2.0)],
        3e-15,
    ),
    Case(
        f.vonmises_remainder,
        bessel_tangent,
        ORDER_CHANGES,
        [(0.5, 2.0, 1.0), (3.0, 50.0, -5.0), (100.0, 2.0, 1.0), (1.0, 3.0, 20.0), (2.0, 90.0, -70.0)],
        2e-14,
    ),
    Case(
        f.log_bessel_i_remainder,
        lambda v, x, d: bessel_tangent(v, x, d) + v * (mp.log1p(d / x) - d / x),
        [(0.0, 2.0, 1.0), (0.0, 300.0, -20.0), (0.5, 2.0, -0.1), (3.0, 1.0, 1.0)],
        [(0.5, 2.0, 1.0)],
        2e-14,
    ),
    Case(f.log_zeta, log_zeta, [(s,) for s in ZETA], [(1.01,), (2.0,), (30.0,)]),
    Case(f.zeta_minus_one, lambda s: mp.zeta(s) - 1, [(s,) for s in ZETA], [(1.01,), (2.0,), (30.0,)]),
    Case(f.zeta_slope, zeta_slope, [(s,) for s in ZETA], [(1.01,), (2.0,), (30.0,)]),
    Case(
        f.log_zeta_remainder,
        lambda s, d: log_zeta(s + d) - log_zeta(s) - d * zeta_slope(s),
        ZETA_CHANGES,
        [(1.01, 1e-3), (2.0, -0.4), (3.0, 20.0), (20.0, 1.0)],
        4e-15,
        digits=100,
    ),
]
