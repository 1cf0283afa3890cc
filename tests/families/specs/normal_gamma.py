"""Normal-gamma and normal-inverse-gamma; normal-Wishart and normal-inverse-Wishart."""

import kullback as kb
from tests.families.matrices import column, matrix, quadratic, scaled
from tests.families.spec import Spec
from tests.families.specs.wishart import THREE, U, V, divergence, gap, inverse_log_density
from tests.families.specs.wishart import log_density as wishart_log_density


def log_density(mp, x, loc, precision_factor, concentration, rate):
    value, tau = x
    precision = precision_factor * tau
    conditional = mp.log(precision / (2 * mp.pi)) / 2 - precision * (value - loc) ** 2 / 2
    return (
        conditional
        + concentration * mp.log(rate)
        - mp.loggamma(concentration)
        + ((concentration - 1) * mp.log(tau) - rate * tau)
    )


def inverse_log_density_of_pair(mp, x, loc, precision_factor, concentration, scale):
    value, v = x
    return log_density(mp, (value, 1 / v), loc, precision_factor, concentration, scale) - 2 * mp.log(v)


def numbers(p):
    return p["loc"], p["precision_factor"], p["concentration"], p.get("rate", p.get("scale"))


def kl(mp, p, q):
    (m, f, a, b), (n, g, c, d) = numbers(p), numbers(q)
    inner = (a - c) * mp.digamma(a) - mp.loggamma(a) + mp.loggamma(c) + c * mp.log(b / d) + a * (d - b) / b
    return inner + (g / f - 1 - mp.log(g / f)) / 2 + g * (m - n) ** 2 * a / b / 2


def renyi(mp, alpha, p, q):
    (m, f, a, b), (n, g, c, d) = numbers(p), numbers(q)
    t = 1 - alpha
    factor, shape = alpha * f + t * g, alpha * a + t * c
    if factor <= 0 or shape <= 0:
        return mp.inf
    rate = alpha * b + t * d + alpha * t * f * g * (m - n) ** 2 / (2 * factor)
    if rate <= 0 or alpha * b + t * d <= 0:
        return mp.inf
    logs = mp.log(factor) / 2 - alpha * mp.log(f) / 2 - t * mp.log(g) / 2
    logs += alpha * (mp.loggamma(a) - a * mp.log(b)) + t * (mp.loggamma(c) - c * mp.log(d))
    return (logs - mp.loggamma(shape) + shape * mp.log(rate)) / t


def with_rate(*values):
    return dict(zip(("loc", "precision_factor", "concentration", "rate"), values, strict=True))


def with_scale(*values):
    return dict(zip(("loc", "precision_factor", "concentration", "scale"), values, strict=True))


PLAIN = (0.0, 1.0, 2.0, 1.0)
PAIRS = (
    (PLAIN, (1.0, 2.0, 2.5, 0.75)),
    (PLAIN, (1e-12, 1.0, 2.0, 1.0)),
    (PLAIN, (0.0, 1.0 + 1e-12, 2.0, 1.0)),
    (PLAIN, (0.0, 1.0, 2.0 + 1e-9, 1.0 + 1e-9)),
    ((0.0, 1e10, 1e10, 1.0), (1e-6, 1e10, 1e10 * (1.0 + 1e-6), 1.0 + 1e-6)),
    ((0.0, 1e-12, 1e-12, 1e-12), (1.0, 3e-12, 2e-12, 1e-12)),
    (PLAIN, (0.0, 1e20, 2.0, 1.0)),
    (PLAIN, (0.0, 1e-20, 2.0, 1.0)),
    ((5.0, 2.0, 3.0, 4.0), (-5.0, 0.5, 0.25, 9.0)),
)


def normal_wishart_log_density(mp, x, loc, precision_factor, df, scale):
    p = len(loc)
    inner = mp.matrix([[x[i, j + 1] for j in range(p)] for i in range(p)])
    gap_of_means = column(mp, [x[i, 0] - loc[i] for i in range(p)])
    logs = p * mp.log(precision_factor / (2 * mp.pi)) + mp.log(mp.det(inner))
    conditional = (logs - precision_factor * quadratic(inner, gap_of_means)) / 2
    return conditional + wishart_log_density(mp, inner, df, scale=scale)


def normal_inverse_wishart_log_density(mp, x, loc, precision_factor, df, scale):
    p = len(loc)
    inner = mp.matrix([[x[i, j + 1] for j in range(p)] for i in range(p)])
    gap_of_means = column(mp, [x[i, 0] - loc[i] for i in range(p)])
    logs = p * mp.log(precision_factor / (2 * mp.pi)) - mp.log(mp.det(inner))
    conditional = (logs - precision_factor * quadratic(inner**-1, gap_of_means)) / 2
    return conditional + inverse_log_density(mp, inner, df, scale)


def wishart_kl(mp, p, q, inverted):
    v, u = (matrix(mp, one["scale"]) ** (-1 if inverted else 1) for one in (p, q))
    f, g, n = p["precision_factor"], q["precision_factor"], p["df"]
    apart = column(mp, [a - b for a, b in zip(p["loc"], q["loc"], strict=True)])
    conditional = len(p["loc"]) * (g / f - 1 - mp.log(g / f)) / 2
    return divergence(mp, n, v, q["df"], u) + conditional + g * n * quadratic(v, apart) / 2


def wishart_renyi(mp, alpha, p, q, inverted):
    v, u = (matrix(mp, one["scale"]) ** (-1 if inverted else 1) for one in (p, q))
    f, g, t = p["precision_factor"], q["precision_factor"], 1 - alpha
    factor, df = alpha * f + t * g, alpha * p["df"] + t * q["df"]
    inner = gap(mp, alpha, p["df"], v, q["df"], u)
    if factor <= 0 or inner is None:
        return mp.inf
    apart = column(mp, [a - b for a, b in zip(p["loc"], q["loc"], strict=True)])
    mixed = (alpha * v**-1 + t * u**-1) ** -1
    share = 1 + alpha * t * f * g / factor * quadratic(mixed, apart)
    if share <= 0:
        return mp.inf
    logs = len(p["loc"]) * (mp.log(factor) - alpha * mp.log(f) - t * mp.log(g)) / 2
    return (inner + logs + df * mp.log(share) / 2) / t


def matrices(loc, precision_factor, df, scale):
    return {"loc": loc, "precision_factor": precision_factor, "df": df, "scale": scale}


ZERO = [0.0, 0.0]
MATRIX_PAIRS = (
    (matrices(ZERO, 1.0, 3.0, V), matrices([1.0, 2.0], 2.0, 4.5, U)),
    (matrices(ZERO, 1.0, 3.0, V), matrices([1e-9, 0.0], 1.0, 3.0, V)),
    (matrices(ZERO, 1.0, 3.0, V), matrices(ZERO, 1.0 + 1e-12, 3.0, V)),
    (matrices(ZERO, 1.0, 3.0, V), matrices(ZERO, 1.0, 3.0 + 1e-9, scaled(V, 1.0 + 2.0**-30))),
    (matrices(ZERO, 1e-12, 1e10, V), matrices([1.0, 0.0], 1e-10, 1e10 + 1.0, V)),
    (matrices(ZERO, 1.0, 1.0 + 2.0**-20, V), matrices(ZERO, 2.0, 1e6, U)),
    (matrices([0.0] * 3, 1.0, 3.5, THREE), matrices([0.0] * 3, 1.25, 3.75, scaled(THREE, 1.25))),
    (matrices(ZERO, 1.0, 3.0, scaled(V, 1e10)), matrices(ZERO, 1.0, 3.0, V)),
)
OUTCOME = [[0.5, *V[0]], [-1.0, *V[1]]]
MEMBERS = tuple(matrices(*x) for x in ((ZERO, 1.0, 3.0, V), ([1.0, 2.0], 2.0, 4.5, U), ([1.0, 0.0], 0.5, 3.5, V)))
SPECS = (
    Spec(
        make=kb.distributions.normal_gamma,
        members=tuple(with_rate(*x) for x in (PLAIN, (1.0, 2.0, 2.5, 0.75), (-1.0, 0.5, 1.5, 2.0))),
        outcomes=(([0.0, 1.0], [2.0, 0.25]), ([1.0, 3.0],), ([0.0, 1.0],)),
        log_density=log_density,
        pairs=tuple((with_rate(*a), with_rate(*b)) for a, b in PAIRS),
        kl=kl,
        digits=90,
        renyi=renyi,
        univariate=False,
    ),
    Spec(
        make=kb.distributions.normal_inverse_gamma,
        members=tuple(with_scale(*x) for x in (PLAIN, (1.0, 2.0, 2.5, 0.75), (-1.0, 0.5, 1.5, 2.0))),
        outcomes=(([0.0, 1.0], [2.0, 0.25]), ([1.0, 3.0],), ([0.0, 1.0],)),
        log_density=inverse_log_density_of_pair,
        pairs=tuple((with_scale(*a), with_scale(*b)) for a, b in PAIRS),
        kl=kl,
        digits=90,
        renyi=renyi,
        univariate=False,
    ),
    Spec(
        make=kb.distributions.normal_wishart,
        members=MEMBERS,
        outcomes=((OUTCOME,), (OUTCOME,), (OUTCOME,)),
        log_density=normal_wishart_log_density,
        pairs=MATRIX_PAIRS,
        kl=lambda mp, p, q: wishart_kl(mp, p, q, False),
        digits=90,
        renyi=lambda mp, alpha, p, q: wishart_renyi(mp, alpha, p, q, False),
        univariate=False,
    ),
    Spec(
        make=kb.distributions.normal_inverse_wishart,
        members=MEMBERS,
        outcomes=((OUTCOME,), (OUTCOME,), (OUTCOME,)),
        log_density=normal_inverse_wishart_log_density,
        pairs=MATRIX_PAIRS,
        kl=lambda mp, p, q: wishart_kl(mp, p, q, True),
        digits=90,
        renyi=lambda mp, alpha, p, q: wishart_renyi(mp, alpha, p, q, True),
        univariate=False,
    ),
)
