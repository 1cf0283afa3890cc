"""Special functions of any array library, accurate in their differences.

Everything takes arrays of NumPy, PyTorch, JAX or any array-API library (plain numbers among them are taken along),
works elementwise with broadcasting, and is differentiable by the library's own means.
"""

from kullback.functions.beta import (
    digamma_gap,
    log_beta,
    log_beta_remainder,
    log_beta_remainder_to,
    log_binomial,
    log_dirichlet_remainder,
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

__all__ = [
    "digamma",
    "digamma_difference",
    "digamma_gap",
    "log_beta",
    "log_beta_remainder",
    "log_beta_remainder_to",
    "log_binomial",
    "log_dirichlet_remainder",
    "log_gamma",
    "log_gamma_difference",
    "log_gamma_remainder",
    "multivariate_digamma",
    "multivariate_digamma_difference",
    "multivariate_log_gamma",
    "multivariate_log_gamma_remainder",
    "trigamma",
]
