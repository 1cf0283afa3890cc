"""Estimators: from what was seen to a value with its interval."""

from kullback.estimators.binned_distances import binned_kolmogorov_smirnov, binned_wasserstein
from kullback.estimators.plug_in import plug_in
from kullback.estimators.rows_to_settle import rows_to_settle
from kullback.estimators.thin_cells import thin_cells

__all__ = ["binned_kolmogorov_smirnov", "binned_wasserstein", "plug_in", "rows_to_settle", "thin_cells"]
