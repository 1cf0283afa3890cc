"""Divergences of densities by mpmath: adaptive quadrature and sums with 30 digits, textbook integrands."""

import mpmath as mp

COSTS = {
    "kl": lambda p, q: (p * mp.log(p / q) if p else 0) - p + q,
    "js": lambda p, q: (p * mp.log(2 * p / (p + q)) if p else 0) / 2 + (q * mp.log(2 * q / (p + q)) if q else 0) / 2,
    "tv": lambda p, q: abs(p - q) / 2,
    "hellinger": lambda p, q: (mp.sqrt(p) - mp.sqrt(q)) ** 2 / 2,
    "triangular": lambda p, q: (p - q) ** 2 / (p + q) if p + q else mp.mpf(0),
    "bhattacharyya": lambda p, q: mp.sqrt(p * q),
    "chi2": lambda p, q: (p - q) ** 2 / q if q else mp.mpf(0),
}
FINISH = {"hellinger": mp.sqrt, "bhattacharyya": lambda s: -mp.log(s)}


def integral(name, p, q, points, digits=30):
    """Return a divergence of two densities given as functions, cut at points; and an error."""
    with mp.workdps(digits):
        total, error = mp.quad(lambda x: COSTS[name](p(x), q(x)), [mp.mpf(x) for x in points], error=True, maxdegree=8)
        return FINISH.get(name, lambda s: s)(total), error


def series(name, p, q, first, last, digits=30):
    """Return a divergence of masses, summed from the first to the last whole number."""
    with mp.workdps(digits):
        total = mp.fsum(COSTS[name](p(mp.mpf(k)), q(mp.mpf(k))) for k in range(first, last + 1))
        return FINISH.get(name, lambda s: s)(total)


def normal(loc, scale):
    """Return the density of a normal distribution."""
    return lambda x: mp.exp(-(((x - mp.mpf(loc)) / scale) ** 2) / 2) / (scale * mp.sqrt(2 * mp.pi))


def laplace(loc, scale):
    """Return the density of a Laplace distribution."""
    return lambda x: mp.exp(-abs(x - mp.mpf(loc)) / scale) / (2 * mp.mpf(scale))


def gamma(concentration, rate):
    """Return the density of a gamma distribution."""
    a, b = mp.mpf(concentration), mp.mpf(rate)
    return lambda x: b**a * x ** (a - 1) * mp.exp(-b * x) / mp.gamma(a) if x > 0 else mp.mpf(0)


def student(df):
    """Return the density of Student's distribution."""
    v = mp.mpf(df)
    c = mp.gamma((v + 1) / 2) / (mp.gamma(v / 2) * mp.sqrt(v * mp.pi))
    return lambda x: c * (1 + x * x / v) ** (-(v + 1) / 2)


def uniform(low, high):
    """Return the density of a uniform distribution."""
    return lambda x: 1 / (mp.mpf(high) - low) if low < x < high else mp.mpf(0)


def mixed(weights, densities):
    """Return the density of a mixture."""
    return lambda x: mp.fsum(w * p(x) for w, p in zip(weights, densities, strict=True))
