"""Densities on the line with an end, where mass may stop or pile up."""

from tests.calibration.laws import beta, exponential, gamma, normal, steps, truncated_normal, uniform, weibull
from tests.calibration.pair import on_line

PAIRS = {
    "exp_kldest": on_line(exponential(1), exponential(1 / 12)),
    "uniform_kldest": on_line(uniform(1, 2), uniform(0, 4)),
    "uniform_in_normal": on_line(uniform(0, 1), normal()),
    "beta_pair": on_line(beta(2, 5), beta(2, 3)),
    "flat_on_u_shape": on_line(uniform(0, 1), beta(0.5, 0.5)),
    "gamma_pair": on_line(gamma(3, 2), gamma(2, 1)),
    "staircase": on_line(steps([4, 1, 3, 2, 5, 1, 2, 6]), uniform(0, 1)),
    "cut_normals": on_line(truncated_normal(0.2, 0.3, 0, 1), truncated_normal(0.6, 0.5, 0, 1)),
    "weibull_pair": on_line(weibull(2.0, 1.0), weibull(1.3, 1.4)),
}
