"""Pareto."""

import kullback as kb
from tests.families.spec import Spec


def log_density(mp, x, alpha, scale):
    return mp.log(alpha) + alpha * mp.log(scale) - (alpha + 1) * mp.log(x)


def kl(mp, p, q):
    if q["scale"] > p["scale"]:
        return mp.inf
    ratio = q["alpha"] / p["alpha"]
    return ratio - 1 - mp.log(ratio) + q["alpha"] * mp.log(p["scale"] / q["scale"])


def renyi(mp, alpha, p, q):
    a, b, s, t = p["alpha"], q["alpha"], p["scale"], q["scale"]
    start, mixed = max(s, t), alpha * a + (1 - alpha) * b
    if mixed <= 0 or (alpha > 1 and t > s):
        return mp.inf
    total = alpha * mp.log(a) + (1 - alpha) * mp.log(b) - mp.log(mixed)
    return (total + alpha * a * mp.log(s / start) + (1 - alpha) * b * mp.log(t / start)) / (alpha - 1)


PLAIN = {"alpha": 2.5, "scale": 1.0}
SPEC = Spec(
    make=kb.distributions.pareto,
    members=({"alpha": 2.5, "scale": 1.0}, {"alpha": 0.7, "scale": 0.2}, {"alpha": 6.0, "scale": 0.9}),
    outcomes=((1.01, 3.0, 40.0), (0.21, 5.0), (0.91, 1.4)),
    log_density=log_density,
    pairs=(
        (PLAIN, {"alpha": 0.7, "scale": 0.2}),
        ({"alpha": 0.7, "scale": 0.2}, PLAIN),
        (PLAIN, {"alpha": 2.5 * (1 + 1e-6), "scale": 1.0}),
        (PLAIN, {"alpha": 2.5 + 1e-12, "scale": 1.0}),
        (PLAIN, {"alpha": 2.5, "scale": 1.0 - 1e-12}),
        ({"alpha": 1e10, "scale": 1e10}, {"alpha": 1e10 + 1e4, "scale": 1e10}),
        ({"alpha": 1e-12, "scale": 1e-12}, {"alpha": 3e-12, "scale": 1e-12}),
        ({"alpha": 1e10, "scale": 3.0}, {"alpha": 1e-12, "scale": 1e-12}),
        ({"alpha": 1e-12, "scale": 3.0}, {"alpha": 1e10, "scale": 2.0}),
    ),
    kl=kl,
    renyi=renyi,
)
