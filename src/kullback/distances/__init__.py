"""Distances between distributions that are not divergences of densities."""

from kullback.distances.certified import Certified
from kullback.distances.kolmogorov_smirnov import kolmogorov_smirnov
from kullback.distances.wasserstein import wasserstein

__all__ = ["Certified", "kolmogorov_smirnov", "wasserstein"]
