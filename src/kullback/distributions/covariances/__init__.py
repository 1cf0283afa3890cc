"""Covariances: the ways in which a positive definite matrix may be known, one per file."""

from kullback.distributions.covariances.cholesky import Cholesky as Cholesky
from kullback.distributions.covariances.covariance import Covariance as Covariance
from kullback.distributions.covariances.diagonal import Diagonal as Diagonal
from kullback.distributions.covariances.full import Full as Full
from kullback.distributions.covariances.kronecker import Kronecker as Kronecker
from kullback.distributions.covariances.low_rank import LowRank as LowRank
from kullback.distributions.covariances.precision import Precision as Precision
