"""Estimators: from what was seen to a value. One method per file; nothing is imported before it is used.

A new estimator is one file and its line in `_FILES`, with the same names above it for editors and type checkers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kullback.lazy_package import make_lazy

if TYPE_CHECKING:
    from kullback.estimators.add_constant import add_constant as add_constant
    from kullback.estimators.atoms import atoms as atoms
    from kullback.estimators.atoms import atoms_of as atoms_of
    from kullback.estimators.atoms import tied_share as tied_share
    from kullback.estimators.bias_reduced_neighbours import bias_reduced_neighbours as bias_reduced_neighbours
    from kullback.estimators.binned_distances import binned_kolmogorov_smirnov as binned_kolmogorov_smirnov
    from kullback.estimators.binned_distances import binned_wasserstein as binned_wasserstein
    from kullback.estimators.boosting import Boosting as Boosting
    from kullback.estimators.boosting import boosting as boosting
    from kullback.estimators.cell_logistic import CellLogistic as CellLogistic
    from kullback.estimators.cell_logistic import cell_logistic as cell_logistic
    from kullback.estimators.counts_auto import counts as counts
    from kullback.estimators.cross_fitting import CrossFitted as CrossFitted
    from kullback.estimators.cross_fitting import Learner as Learner
    from kullback.estimators.curved_logistic import CurvedLogistic as CurvedLogistic
    from kullback.estimators.curved_logistic import curved_logistic as curved_logistic
    from kullback.estimators.dirichlet_posterior import dirichlet_posterior as dirichlet_posterior
    from kullback.estimators.empirical_bayes import empirical_bayes as empirical_bayes
    from kullback.estimators.gaussian import gaussian as gaussian
    from kullback.estimators.gaussian_mixture import GaussianMixture as GaussianMixture
    from kullback.estimators.gaussian_mixture import gaussian_mixture as gaussian_mixture
    from kullback.estimators.good_turing import good_turing as good_turing
    from kullback.estimators.jackknife import jackknife as jackknife
    from kullback.estimators.kernel_density import KernelDensity as KernelDensity
    from kullback.estimators.kernel_density import kernel_density as kernel_density
    from kullback.estimators.kliep import LikelihoodRatio as LikelihoodRatio
    from kullback.estimators.kliep import kliep as kliep
    from kullback.estimators.leading_directions import OnLeadingDirections as OnLeadingDirections
    from kullback.estimators.leading_directions import on_leading_directions as on_leading_directions
    from kullback.estimators.least_squares_ratio import LeastSquaresRatio as LeastSquaresRatio
    from kullback.estimators.least_squares_ratio import least_squares_ratio as least_squares_ratio
    from kullback.estimators.log_ratio import LogRatio as LogRatio
    from kullback.estimators.logistic import LinearLogistic as LinearLogistic
    from kullback.estimators.logistic import QuadraticLogistic as QuadraticLogistic
    from kullback.estimators.logistic import linear_logistic as linear_logistic
    from kullback.estimators.logistic import quadratic_logistic as quadratic_logistic
    from kullback.estimators.method import Fitted as Fitted
    from kullback.estimators.method import Method as Method
    from kullback.estimators.method import Value as Value
    from kullback.estimators.miller_madow import miller_madow as miller_madow
    from kullback.estimators.minimax import augmented_plug_in as augmented_plug_in
    from kullback.estimators.monte_carlo import monte_carlo as monte_carlo
    from kullback.estimators.nearest_neighbours import nearest_neighbours as nearest_neighbours
    from kullback.estimators.neighbour_ratio import NeighbourRatio as NeighbourRatio
    from kullback.estimators.neighbour_ratio import neighbour_ratio as neighbour_ratio
    from kullback.estimators.neural import NeuralRatio as NeuralRatio
    from kullback.estimators.neural import neural as neural
    from kullback.estimators.one_hot import one_hot as one_hot
    from kullback.estimators.plug_in import plug_in as plug_in
    from kullback.estimators.plug_in_counts import plug_in_counts as plug_in_counts
    from kullback.estimators.projection_pursuit import ProjectionPursuit as ProjectionPursuit
    from kullback.estimators.projection_pursuit import projection_pursuit as projection_pursuit
    from kullback.estimators.quantile_histogram import quantile_histogram as quantile_histogram
    from kullback.estimators.remainder import remainder as remainder
    from kullback.estimators.rows_to_settle import rows_to_settle as rows_to_settle
    from kullback.estimators.shared_radius import shared_radius as shared_radius
    from kullback.estimators.shrunk_gaussian import ShrunkGaussian as ShrunkGaussian
    from kullback.estimators.shrunk_gaussian import shrunk_gaussian as shrunk_gaussian
    from kullback.estimators.stack import Stack as Stack
    from kullback.estimators.stack import stack as stack
    from kullback.estimators.strata import strata as strata
    from kullback.estimators.telescoping import Telescoping as Telescoping
    from kullback.estimators.telescoping import telescoping as telescoping
    from kullback.estimators.thin_cells import thin_cells as thin_cells
    from kullback.estimators.user_log_ratio import user_log_ratio as user_log_ratio
    from kullback.estimators.zhang_grabchak import zhang_grabchak as zhang_grabchak

_FILES = {
    "add_constant": ("add_constant",),
    "atoms": ("atoms", "atoms_of", "tied_share"),
    "bias_reduced_neighbours": ("bias_reduced_neighbours",),
    "binned_distances": ("binned_kolmogorov_smirnov", "binned_wasserstein"),
    "boosting": ("Boosting", "boosting"),
    "cell_logistic": ("CellLogistic", "cell_logistic"),
    "counts_auto": ("counts",),
    "cross_fitting": ("CrossFitted", "Learner"),
    "curved_logistic": ("CurvedLogistic", "curved_logistic"),
    "dirichlet_posterior": ("dirichlet_posterior",),
    "empirical_bayes": ("empirical_bayes",),
    "good_turing": ("good_turing",),
    "jackknife": ("jackknife",),
    "kliep": ("LikelihoodRatio", "kliep"),
    "leading_directions": ("OnLeadingDirections", "on_leading_directions"),
    "least_squares_ratio": ("LeastSquaresRatio", "least_squares_ratio"),
    "gaussian": ("gaussian",),
    "gaussian_mixture": ("GaussianMixture", "gaussian_mixture"),
    "kernel_density": ("KernelDensity", "kernel_density"),
    "log_ratio": ("LogRatio",),
    "logistic": ("LinearLogistic", "QuadraticLogistic", "linear_logistic", "quadratic_logistic"),
    "method": ("Fitted", "Method", "Value"),
    "miller_madow": ("miller_madow",),
    "minimax": ("augmented_plug_in",),
    "monte_carlo": ("monte_carlo",),
    "nearest_neighbours": ("nearest_neighbours",),
    "neighbour_ratio": ("NeighbourRatio", "neighbour_ratio"),
    "neural": ("NeuralRatio", "neural"),
    "one_hot": ("one_hot",),
    "plug_in": ("plug_in",),
    "plug_in_counts": ("plug_in_counts",),
    "quantile_histogram": ("quantile_histogram",),
    "remainder": ("remainder",),
    "projection_pursuit": ("ProjectionPursuit", "projection_pursuit"),
    "rows_to_settle": ("rows_to_settle",),
    "shared_radius": ("shared_radius",),
    "shrunk_gaussian": ("ShrunkGaussian", "shrunk_gaussian"),
    "stack": ("Stack", "stack"),
    "strata": ("strata",),
    "telescoping": ("Telescoping", "telescoping"),
    "thin_cells": ("thin_cells",),
    "user_log_ratio": ("user_log_ratio",),
    "zhang_grabchak": ("zhang_grabchak",),
}

__all__ = make_lazy(__name__, _FILES)  # pyright: ignore[reportUnsupportedDunderAll]
