"""The ways in which a distribution may be known, one per file. Nothing is imported before it is used.

A new family is one file and its line in `_FILES`, with the same names above it for editors and type checkers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kullback.lazy_package import make_lazy

if TYPE_CHECKING:
    from kullback.distributions.adopt.unknown import Unknown as Unknown
    from kullback.distributions.adopt.unknown import from_log_prob as from_log_prob
    from kullback.distributions.affine import Affine as Affine
    from kullback.distributions.affine import affine as affine
    from kullback.distributions.asymmetric_laplace import AsymmetricLaplace as AsymmetricLaplace
    from kullback.distributions.asymmetric_laplace import asymmetric_laplace as asymmetric_laplace
    from kullback.distributions.bernoulli import Bernoulli as Bernoulli
    from kullback.distributions.bernoulli import bernoulli as bernoulli
    from kullback.distributions.beta import Beta as Beta
    from kullback.distributions.beta import arcsine as arcsine
    from kullback.distributions.beta import beta as beta
    from kullback.distributions.beta_binomial import BetaBinomial as BetaBinomial
    from kullback.distributions.beta_binomial import beta_binomial as beta_binomial
    from kullback.distributions.beta_prime import BetaPrime as BetaPrime
    from kullback.distributions.beta_prime import beta_prime as beta_prime
    from kullback.distributions.binomial import Binomial as Binomial
    from kullback.distributions.binomial import binomial as binomial
    from kullback.distributions.categorical import categorical as categorical
    from kullback.distributions.categorical import one_hot_categorical as one_hot_categorical
    from kullback.distributions.cauchy import Cauchy as Cauchy
    from kullback.distributions.cauchy import cauchy as cauchy
    from kullback.distributions.chi import Chi as Chi
    from kullback.distributions.chi import chi as chi
    from kullback.distributions.chi2 import ChiSquare as ChiSquare
    from kullback.distributions.chi2 import chi2 as chi2
    from kullback.distributions.continuous_bernoulli import ContinuousBernoulli as ContinuousBernoulli
    from kullback.distributions.continuous_bernoulli import continuous_bernoulli as continuous_bernoulli
    from kullback.distributions.counts import Counts as Counts
    from kullback.distributions.counts import counts as counts
    from kullback.distributions.delta import Delta as Delta
    from kullback.distributions.delta import delta as delta
    from kullback.distributions.dirichlet import Dirichlet as Dirichlet
    from kullback.distributions.dirichlet import dirichlet as dirichlet
    from kullback.distributions.dirichlet_multinomial import DirichletMultinomial as DirichletMultinomial
    from kullback.distributions.dirichlet_multinomial import dirichlet_multinomial as dirichlet_multinomial
    from kullback.distributions.discrete_uniform import DiscreteUniform as DiscreteUniform
    from kullback.distributions.discrete_uniform import discrete_uniform as discrete_uniform
    from kullback.distributions.empirical import Empirical as Empirical
    from kullback.distributions.empirical import empirical as empirical
    from kullback.distributions.exp_gamma import ExpGamma as ExpGamma
    from kullback.distributions.exp_gamma import exp_gamma as exp_gamma
    from kullback.distributions.exp_inverse_gamma import ExpInverseGamma as ExpInverseGamma
    from kullback.distributions.exp_inverse_gamma import exp_inverse_gamma as exp_inverse_gamma
    from kullback.distributions.exponential import Exponential as Exponential
    from kullback.distributions.exponential import exponential as exponential
    from kullback.distributions.fisher_f import FisherF as FisherF
    from kullback.distributions.fisher_f import fisher_f as fisher_f
    from kullback.distributions.frechet import Frechet as Frechet
    from kullback.distributions.frechet import frechet as frechet
    from kullback.distributions.gamma import Gamma as Gamma
    from kullback.distributions.gamma import gamma as gamma
    from kullback.distributions.generalised_extreme_value import GeneralisedExtremeValue as GeneralisedExtremeValue
    from kullback.distributions.generalised_extreme_value import generalised_extreme_value as generalised_extreme_value
    from kullback.distributions.generalised_gamma import GeneralisedGamma as GeneralisedGamma
    from kullback.distributions.generalised_gamma import generalised_gamma as generalised_gamma
    from kullback.distributions.generalised_normal import GeneralisedNormal as GeneralisedNormal
    from kullback.distributions.generalised_normal import generalised_normal as generalised_normal
    from kullback.distributions.generalised_pareto import GeneralisedPareto as GeneralisedPareto
    from kullback.distributions.generalised_pareto import generalised_pareto as generalised_pareto
    from kullback.distributions.geometric import Geometric as Geometric
    from kullback.distributions.geometric import geometric as geometric
    from kullback.distributions.gompertz import Gompertz as Gompertz
    from kullback.distributions.gompertz import gompertz as gompertz
    from kullback.distributions.gumbel import Gumbel as Gumbel
    from kullback.distributions.gumbel import gumbel as gumbel
    from kullback.distributions.half_cauchy import HalfCauchy as HalfCauchy
    from kullback.distributions.half_cauchy import half_cauchy as half_cauchy
    from kullback.distributions.half_normal import HalfNormal as HalfNormal
    from kullback.distributions.half_normal import half_normal as half_normal
    from kullback.distributions.histogram import Histogram as Histogram
    from kullback.distributions.histogram import histogram as histogram
    from kullback.distributions.hypergeometric import Hypergeometric as Hypergeometric
    from kullback.distributions.hypergeometric import hypergeometric as hypergeometric
    from kullback.distributions.independent import Independent as Independent
    from kullback.distributions.independent import Product as Product
    from kullback.distributions.independent import independent as independent
    from kullback.distributions.independent import independent_of as independent_of
    from kullback.distributions.inverse_gamma import InverseGamma as InverseGamma
    from kullback.distributions.inverse_gamma import inverse_gamma as inverse_gamma
    from kullback.distributions.inverse_gaussian import InverseGaussian as InverseGaussian
    from kullback.distributions.inverse_gaussian import inverse_gaussian as inverse_gaussian
    from kullback.distributions.inverse_wishart import InverseWishart as InverseWishart
    from kullback.distributions.inverse_wishart import inverse_wishart as inverse_wishart
    from kullback.distributions.kumaraswamy import Kumaraswamy as Kumaraswamy
    from kullback.distributions.kumaraswamy import kumaraswamy as kumaraswamy
    from kullback.distributions.laplace import Laplace as Laplace
    from kullback.distributions.laplace import laplace as laplace
    from kullback.distributions.levy import Levy as Levy
    from kullback.distributions.levy import levy as levy
    from kullback.distributions.lkj import Lkj as Lkj
    from kullback.distributions.lkj import LkjCholesky as LkjCholesky
    from kullback.distributions.lkj import lkj as lkj
    from kullback.distributions.lkj import lkj_cholesky as lkj_cholesky
    from kullback.distributions.log_logistic import LogLogistic as LogLogistic
    from kullback.distributions.log_logistic import log_logistic as log_logistic
    from kullback.distributions.log_normal import LogNormal as LogNormal
    from kullback.distributions.log_normal import log_normal as log_normal
    from kullback.distributions.log_probabilities import LogProbabilities as LogProbabilities
    from kullback.distributions.log_probabilities import log_probs as log_probs
    from kullback.distributions.log_uniform import LogUniform as LogUniform
    from kullback.distributions.log_uniform import log_uniform as log_uniform
    from kullback.distributions.logarithmic import Logarithmic as Logarithmic
    from kullback.distributions.logarithmic import logarithmic as logarithmic
    from kullback.distributions.logistic import Logistic as Logistic
    from kullback.distributions.logistic import logistic as logistic
    from kullback.distributions.logit_normal import LogitNormal as LogitNormal
    from kullback.distributions.logit_normal import logit_normal as logit_normal
    from kullback.distributions.logits import Logits as Logits
    from kullback.distributions.logits import logits as logits
    from kullback.distributions.lomax import Lomax as Lomax
    from kullback.distributions.lomax import lomax as lomax
    from kullback.distributions.matrix_normal import MatrixNormal as MatrixNormal
    from kullback.distributions.matrix_normal import matrix_normal as matrix_normal
    from kullback.distributions.maxwell import Maxwell as Maxwell
    from kullback.distributions.maxwell import maxwell as maxwell
    from kullback.distributions.mixture import Mixture as Mixture
    from kullback.distributions.mixture import mixture as mixture
    from kullback.distributions.moyal import Moyal as Moyal
    from kullback.distributions.moyal import moyal as moyal
    from kullback.distributions.multinomial import Multinomial as Multinomial
    from kullback.distributions.multinomial import multinomial as multinomial
    from kullback.distributions.multivariate_normal import MultivariateNormal as MultivariateNormal
    from kullback.distributions.multivariate_normal import multivariate_normal as multivariate_normal
    from kullback.distributions.multivariate_t import MultivariateT as MultivariateT
    from kullback.distributions.multivariate_t import multivariate_t as multivariate_t
    from kullback.distributions.nakagami import Nakagami as Nakagami
    from kullback.distributions.nakagami import nakagami as nakagami
    from kullback.distributions.negative_binomial import NegativeBinomial as NegativeBinomial
    from kullback.distributions.negative_binomial import negative_binomial as negative_binomial
    from kullback.distributions.normal import Normal as Normal
    from kullback.distributions.normal import normal as normal
    from kullback.distributions.normal_gamma import NormalGamma as NormalGamma
    from kullback.distributions.normal_gamma import normal_gamma as normal_gamma
    from kullback.distributions.normal_inverse_gamma import NormalInverseGamma as NormalInverseGamma
    from kullback.distributions.normal_inverse_gamma import normal_inverse_gamma as normal_inverse_gamma
    from kullback.distributions.normal_inverse_wishart import NormalInverseWishart as NormalInverseWishart
    from kullback.distributions.normal_inverse_wishart import normal_inverse_wishart as normal_inverse_wishart
    from kullback.distributions.normal_wishart import NormalWishart as NormalWishart
    from kullback.distributions.normal_wishart import normal_wishart as normal_wishart
    from kullback.distributions.pareto import Pareto as Pareto
    from kullback.distributions.pareto import pareto as pareto
    from kullback.distributions.poisson import Poisson as Poisson
    from kullback.distributions.poisson import poisson as poisson
    from kullback.distributions.power import Power as Power
    from kullback.distributions.power import power as power
    from kullback.distributions.power_spherical import PowerSpherical as PowerSpherical
    from kullback.distributions.power_spherical import power_spherical as power_spherical
    from kullback.distributions.probabilities import Probabilities as Probabilities
    from kullback.distributions.probabilities import probs as probs
    from kullback.distributions.rayleigh import Rayleigh as Rayleigh
    from kullback.distributions.rayleigh import rayleigh as rayleigh
    from kullback.distributions.samples import Samples as Samples
    from kullback.distributions.samples import samples as samples
    from kullback.distributions.shifted import Shifted as Shifted
    from kullback.distributions.shifted import shifted as shifted
    from kullback.distributions.skellam import Skellam as Skellam
    from kullback.distributions.skellam import skellam as skellam
    from kullback.distributions.spherical_uniform import SphericalUniform as SphericalUniform
    from kullback.distributions.spherical_uniform import spherical_uniform as spherical_uniform
    from kullback.distributions.student_t import StudentT as StudentT
    from kullback.distributions.student_t import student_t as student_t
    from kullback.distributions.transformed import Transformed as Transformed
    from kullback.distributions.transformed import transformed as transformed
    from kullback.distributions.triangular import Triangular as Triangular
    from kullback.distributions.triangular import triangular as triangular
    from kullback.distributions.truncated import Truncated as Truncated
    from kullback.distributions.truncated import truncated as truncated
    from kullback.distributions.truncated_normal import TruncatedNormal as TruncatedNormal
    from kullback.distributions.truncated_normal import truncated_normal as truncated_normal
    from kullback.distributions.uniform import Uniform as Uniform
    from kullback.distributions.uniform import uniform as uniform
    from kullback.distributions.von_mises import VonMises as VonMises
    from kullback.distributions.von_mises import von_mises as von_mises
    from kullback.distributions.von_mises_fisher import VonMisesFisher as VonMisesFisher
    from kullback.distributions.von_mises_fisher import von_mises_fisher as von_mises_fisher
    from kullback.distributions.weibull import Weibull as Weibull
    from kullback.distributions.weibull import weibull as weibull
    from kullback.distributions.wishart import Wishart as Wishart
    from kullback.distributions.wishart import wishart as wishart
    from kullback.distributions.wrapped_cauchy import WrappedCauchy as WrappedCauchy
    from kullback.distributions.wrapped_cauchy import wrapped_cauchy as wrapped_cauchy
    from kullback.distributions.zeta import Zeta as Zeta
    from kullback.distributions.zeta import zeta as zeta
    from kullback.distributions.zipf import Zipf as Zipf
    from kullback.distributions.zipf import zipf as zipf

_FILES: dict[str, tuple[str, ...]] = {
    "adopt.unknown": ("Unknown", "from_log_prob"),
    "affine": ("Affine", "affine"),
    "asymmetric_laplace": ("AsymmetricLaplace", "asymmetric_laplace"),
    "bernoulli": ("Bernoulli", "bernoulli"),
    "beta": ("Beta", "arcsine", "beta"),
    "beta_binomial": ("BetaBinomial", "beta_binomial"),
    "beta_prime": ("BetaPrime", "beta_prime"),
    "binomial": ("Binomial", "binomial"),
    "categorical": ("categorical", "one_hot_categorical"),
    "cauchy": ("Cauchy", "cauchy"),
    "chi": ("Chi", "chi"),
    "chi2": ("ChiSquare", "chi2"),
    "continuous_bernoulli": ("ContinuousBernoulli", "continuous_bernoulli"),
    "counts": ("Counts", "counts"),
    "delta": ("Delta", "delta"),
    "dirichlet": ("Dirichlet", "dirichlet"),
    "dirichlet_multinomial": ("DirichletMultinomial", "dirichlet_multinomial"),
    "discrete_uniform": ("DiscreteUniform", "discrete_uniform"),
    "empirical": ("Empirical", "empirical"),
    "exp_gamma": ("ExpGamma", "exp_gamma"),
    "exp_inverse_gamma": ("ExpInverseGamma", "exp_inverse_gamma"),
    "exponential": ("Exponential", "exponential"),
    "fisher_f": ("FisherF", "fisher_f"),
    "frechet": ("Frechet", "frechet"),
    "gamma": ("Gamma", "gamma"),
    "generalised_extreme_value": ("GeneralisedExtremeValue", "generalised_extreme_value"),
    "generalised_gamma": ("GeneralisedGamma", "generalised_gamma"),
    "generalised_normal": ("GeneralisedNormal", "generalised_normal"),
    "generalised_pareto": ("GeneralisedPareto", "generalised_pareto"),
    "geometric": ("Geometric", "geometric"),
    "gompertz": ("Gompertz", "gompertz"),
    "gumbel": ("Gumbel", "gumbel"),
    "half_cauchy": ("HalfCauchy", "half_cauchy"),
    "half_normal": ("HalfNormal", "half_normal"),
    "histogram": ("Histogram", "histogram"),
    "hypergeometric": ("Hypergeometric", "hypergeometric"),
    "independent": ("Independent", "Product", "independent", "independent_of"),
    "inverse_gamma": ("InverseGamma", "inverse_gamma"),
    "inverse_gaussian": ("InverseGaussian", "inverse_gaussian"),
    "inverse_wishart": ("InverseWishart", "inverse_wishart"),
    "kumaraswamy": ("Kumaraswamy", "kumaraswamy"),
    "laplace": ("Laplace", "laplace"),
    "levy": ("Levy", "levy"),
    "lkj": ("Lkj", "LkjCholesky", "lkj", "lkj_cholesky"),
    "log_logistic": ("LogLogistic", "log_logistic"),
    "log_normal": ("LogNormal", "log_normal"),
    "log_probabilities": ("LogProbabilities", "log_probs"),
    "log_uniform": ("LogUniform", "log_uniform"),
    "logarithmic": ("Logarithmic", "logarithmic"),
    "logistic": ("Logistic", "logistic"),
    "logit_normal": ("LogitNormal", "logit_normal"),
    "logits": ("Logits", "logits"),
    "lomax": ("Lomax", "lomax"),
    "matrix_normal": ("MatrixNormal", "matrix_normal"),
    "maxwell": ("Maxwell", "maxwell"),
    "mixture": ("Mixture", "mixture"),
    "moyal": ("Moyal", "moyal"),
    "multinomial": ("Multinomial", "multinomial"),
    "multivariate_normal": ("MultivariateNormal", "multivariate_normal"),
    "multivariate_t": ("MultivariateT", "multivariate_t"),
    "nakagami": ("Nakagami", "nakagami"),
    "negative_binomial": ("NegativeBinomial", "negative_binomial"),
    "normal": ("Normal", "normal"),
    "normal_gamma": ("NormalGamma", "normal_gamma"),
    "normal_inverse_gamma": ("NormalInverseGamma", "normal_inverse_gamma"),
    "normal_inverse_wishart": ("NormalInverseWishart", "normal_inverse_wishart"),
    "normal_wishart": ("NormalWishart", "normal_wishart"),
    "pareto": ("Pareto", "pareto"),
    "poisson": ("Poisson", "poisson"),
    "power": ("Power", "power"),
    "power_spherical": ("PowerSpherical", "power_spherical"),
    "probabilities": ("Probabilities", "probs"),
    "rayleigh": ("Rayleigh", "rayleigh"),
    "samples": ("Samples", "samples"),
    "shifted": ("Shifted", "shifted"),
    "skellam": ("Skellam", "skellam"),
    "spherical_uniform": ("SphericalUniform", "spherical_uniform"),
    "student_t": ("StudentT", "student_t"),
    "transformed": ("Transformed", "transformed"),
    "triangular": ("Triangular", "triangular"),
    "truncated": ("Truncated", "truncated"),
    "truncated_normal": ("TruncatedNormal", "truncated_normal"),
    "uniform": ("Uniform", "uniform"),
    "von_mises": ("VonMises", "von_mises"),
    "von_mises_fisher": ("VonMisesFisher", "von_mises_fisher"),
    "weibull": ("Weibull", "weibull"),
    "wishart": ("Wishart", "wishart"),
    "wrapped_cauchy": ("WrappedCauchy", "wrapped_cauchy"),
    "zeta": ("Zeta", "zeta"),
    "zipf": ("Zipf", "zipf"),
}

__all__ = make_lazy(__name__, _FILES)  # pyright: ignore[reportUnsupportedDunderAll]
