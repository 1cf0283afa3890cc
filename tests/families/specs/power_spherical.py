"""Power spherical."""

import kullback as kb
from tests.families.spec import Spec
from tests.families.specs.von_mises_fisher import ASIDE, NORTH, dot, member, unit


def log_normaliser(mp, d, k):
    b = mp.mpf(d - 1) / 2
    return (2 * b + k) * mp.log(2) + b * mp.log(mp.pi) + mp.loggamma(b + k) - mp.loggamma(2 * b + k)


def log_density(mp, x, mean_direction, concentration):
    along = dot(mp, x, unit(mp, mean_direction))
    return concentration * mp.log(1 + along) - log_normaliser(mp, len(x), concentration)


def kl(mp, p, q):
    """That of equal directions, or of a uniform P or Q."""
    k, new, d = p["concentration"], q["concentration"], len(p["mean_direction"])
    b = mp.mpf(d - 1) / 2
    mean = mp.log(2) + mp.digamma(b + k) - mp.digamma(2 * b + k)
    return log_normaliser(mp, d, new) - log_normaliser(mp, d, k) + (k - new) * mean


SPEC = Spec(
    make=kb.distributions.power_spherical,
    members=(member(NORTH, 2.0), member(NORTH, 5.0), member(NORTH, 0.5)),
    outcomes=((NORTH, ASIDE), ((1.0, 0.0, 0.0),), (ASIDE,)),
    log_density=log_density,
    pairs=(
        (member(NORTH, 2.0), member(NORTH, 5.0)),
        (member(NORTH, 2.0), member(NORTH, 2.0 + 1e-12)),
        (member(NORTH, 1e10), member(NORTH, 1e10 + 1e4)),
        (member(NORTH, 1e-12), member(NORTH, 3e-12)),
        (member(NORTH, 0.0), member(ASIDE, 3.0)),
        (member(NORTH, 3.0), member(ASIDE, 0.0)),
        (member(NORTH, 1e10), member(NORTH, 1.0)),
        (member((1.0, *[0.0] * 99), 30.0), member((1.0, *[0.0] * 99), 31.0)),
    ),
    kl=kl,
    digits=90,
    univariate=False,
)
