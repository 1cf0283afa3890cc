"""Quantile functions in mpmath, of both tails: x with P(X ≤ x) = u and P(X > x) = s = 1 − u."""

import mpmath as mp


def _normal(u, s, loc, scale):
    side, sign = (u, -1) if u < s else (s, 1)
    if side < mp.mpf(10) ** -30:
        z = mp.sqrt(-2 * mp.log(side))
        for _ in range(60):  # Newton's iteration for ln of the tail
            log_tail = mp.log(mp.erfc(z / mp.sqrt(2)) / 2)
            slope = -mp.exp(-z * z / 2 - log_tail) / mp.sqrt(2 * mp.pi)
            step = (log_tail - mp.log(side)) / slope
            z -= step
            if abs(step) < mp.mpf(10) ** (5 - mp.mp.dps):
                break
    else:
        z = mp.sqrt(2) * mp.erfinv(1 - 2 * side)
    return loc + scale * sign * z


def _laplace(u, s, loc, scale):
    return loc + scale * (mp.log(2 * u) if u < s else -mp.log(2 * s))


QUANTILES = {
    "normal": _normal,
    "laplace": _laplace,
    "logistic": lambda u, s, loc, scale: loc + scale * (mp.log(u) - mp.log(s)),
    "gumbel": lambda u, s, loc, scale: loc - scale * mp.log(-(mp.log(u) if u < s else mp.log1p(-s))),
    "exponential": lambda u, s, rate: -(mp.log(s) if s < u else mp.log1p(-u)) / rate,
    "weibull": lambda u, s, k, scale: scale * (-(mp.log(s) if s < u else mp.log1p(-u))) ** (1 / mp.mpf(k)),
    "frechet": lambda u, s, k, scale: scale * (-(mp.log(u) if u < s else mp.log1p(-s))) ** (-1 / mp.mpf(k)),
    "uniform": lambda u, s, low, high: low + (mp.mpf(high) - low) * u if u < s else high - (mp.mpf(high) - low) * s,
    "pareto": lambda u, s, alpha, scale: scale * s ** (-1 / mp.mpf(alpha)),
    "log_logistic": lambda u, s, k, scale: scale * (u / s) ** (1 / mp.mpf(k)),
    "log_normal": lambda u, s, loc, scale: mp.exp(_normal(u, s, loc, scale)),
}


def truth(p, q, order, cuts=()):
    """Return (∫ |F⁻¹ − G⁻¹|^order du)^(1/order), by tanh-sinh quadrature over t = ln(u/(1 − u)).

    Args:
        p: (family, parameters).
        q: likewise.
        order: ≥ 1.
        cuts: t where the quantile functions have kinks; where they cross is found.
    """

    def gap(t):
        u, s = 1 / (1 + mp.exp(-t)), 1 / (1 + mp.exp(t))
        return QUANTILES[p[0]](u, s, *p[1]) - QUANTILES[q[0]](u, s, *q[1])

    def integrand(t):
        return abs(gap(t)) ** order / ((1 + mp.exp(-t)) * (1 + mp.exp(t)))

    grid = [mp.mpf(t) / 4 for t in range(-160, 161)]
    values = [gap(t) for t in grid]
    crossings = [
        mp.findroot(gap, (a, b), solver="anderson") if x * y < 0 else a
        for a, b, x, y in zip(grid, grid[1:], values, values[1:], strict=False)
        if x * y < 0 or x == 0
    ]
    ends = [-600, -200, -80, -40, -16, -6, 0, 6, 16, 40, 80, 200, 600]
    whole = mp.quad(integrand, sorted({*map(mp.mpf, ends), *map(mp.mpf, cuts), *crossings}))
    return whole ** (1 / mp.mpf(order))
