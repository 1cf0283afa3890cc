"""Special functions of any array library, accurate in their differences.

Everything takes arrays of NumPy, PyTorch, JAX or any array-API library (plain numbers among them are taken along),
works elementwise with broadcasting, and is differentiable by the library's own means.
"""

from kullback.functions.bessel import (
    bessel_ratio,
    bessel_ratio_complement,
    log_bessel_i,
    log_bessel_i_remainder,
    log_vonmises_normaliser,
    vonmises_remainder,
)
from kullback.functions.beta import (
    digamma_gap,
    log_beta,
    log_beta_remainder,
    log_beta_remainder_to,
    log_binomial,
    log_dirichlet_remainder,
    log_dirichlet_remainder_to,
)
from kullback.functions.error import (
    erf,
    erfc,
    inverse_mills,
    log_erfc,
    log_ndtr,
    log_ndtr_interval,
    ndtr,
)
from kullback.functions.exponential import (
    log1mexp,
    log_expm1_over,
    log_expm1_over_remainder,
    log_expm1_over_slope,
    softplus,
    softplus_remainder,
)
from kullback.functions.gamma import (
    digamma,
    digamma_difference,
    log_gamma,
    log_gamma_difference,
    log_gamma_remainder,
    multivariate_digamma,
    multivariate_digamma_difference,
    multivariate_log_gamma,
    multivariate_log_gamma_remainder,
    trigamma,
)
from kullback.functions.zeta import (
    log_zeta,
    log_zeta_remainder,
    zeta_minus_one,
    zeta_slope,
)

__all__ = [
    "bessel_ratio",
    "bessel_ratio_complement",
    "digamma",
    "digamma_difference",
    "digamma_gap",
    "erf",
    "erfc",
    "inverse_mills",
    "log1mexp",
    "log_bessel_i",
    "log_bessel_i_remainder",
    "log_beta",
    "log_beta_remainder",
    "log_beta_remainder_to",
    "log_binomial",
    "log_dirichlet_remainder",
    "log_dirichlet_remainder_to",
    "log_erfc",
    "log_expm1_over",
    "log_expm1_over_remainder",
    "log_expm1_over_slope",
    "log_gamma",
    "log_gamma_difference",
    "log_gamma_remainder",
    "log_ndtr",
    "log_ndtr_interval",
    "log_vonmises_normaliser",
    "log_zeta",
    "log_zeta_remainder",
    "multivariate_digamma",
    "multivariate_digamma_difference",
    "multivariate_log_gamma",
    "multivariate_log_gamma_remainder",
    "ndtr",
    "softplus",
    "softplus_remainder",
    "trigamma",
    "vonmises_remainder",
    "zeta_minus_one",
    "zeta_slope",
]
