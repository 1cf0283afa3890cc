"""Matrices of mpmath, for the specs of families whose parameters are matrices."""


def matrix(mp, rows):
    return mp.matrix([list(row) for row in rows])


def column(mp, x):
    return mp.matrix([[one] for one in x])


def trace(mp, a):
    return mp.fsum(a[i, i] for i in range(a.rows))


def quadratic(a, x):
    return (x.T * a * x)[0]


def log_multigamma(mp, a, p):
    return mp.mpf(p * (p - 1)) / 4 * mp.log(mp.pi) + mp.fsum(mp.loggamma(a - mp.mpf(j) / 2) for j in range(p))


def multidigamma(mp, a, p):
    return mp.fsum(mp.digamma(a - mp.mpf(j) / 2) for j in range(p))


def positive_definite(mp, a):
    return min(mp.eigsy(a, eigvals_only=True)) > 0


def scaled(rows, factor):
    """Return a matrix of Python floats times a number."""
    return [[factor * x for x in row] for row in rows]
