"""Columns of numbers beside columns of categories."""

import numpy as np

from tests.calibration.laws import exponential, log_normal, normal
from tests.calibration.pair import beside, columns_of, in_cells, normal_line, of_normals, on_line, same, shifted

_RNG = np.random.default_rng(7)
_TABLE_P = _RNG.dirichlet(np.full(120, 2.0)).reshape(4, 5, 6)
_TABLE_Q = 0.7 * _TABLE_P + 0.3 * _TABLE_P[::-1]
_MEANS = _RNG.standard_normal((120, 4))


def _shifted_in(cells, pair_of):
    return [pair_of(i) for i in range(cells)]


PAIRS = {
    "table_3cat_4cont": in_cells(
        _TABLE_P,
        _TABLE_Q,
        _shifted_in(120, lambda i: of_normals(_MEANS[i], np.eye(4), _MEANS[i] + [0.3, 0, 0.2 * (i % 2), 0], np.eye(4))),
    ),
    "mixed_cat3_cont1": in_cells(
        [5, 3, 2], [3, 3, 4], [normal_line(0, 1, 0.5, 1), normal_line(2, 1, 2, 1.5), normal_line(4, 0.5, 4, 0.5)]
    ),
    "binary_d3": in_cells(
        [1, 1], [1, 2], [shifted(3, 0.5), of_normals(np.ones(3), np.eye(3), np.zeros(3), 1.5 * np.eye(3))]
    ),
    "sign_flips": in_cells(
        [[1, 1], [1, 1]], [[1, 1], [1, 1]], [normal_line(s, 1, -s, 1) for s in (0.5, -0.5, -0.5, 0.5)]
    ),
    "rare_d2": in_cells(
        [50, 20, 10, 5, 2, 1],
        [40, 25, 8, 10, 1, 4],
        [beside(normal_line(k, 1, k + 0.3, 1.2), same(1)) for k in range(6)],
    ),
    "apart_d5": beside(columns_of(4, normal(), normal(0.3, 1.1)), same(1), in_cells(_TABLE_P.sum(2), _TABLE_P.sum(2))),
    "incomes": beside(
        in_cells([[3, 1], [2, 4], [1, 2]], [[2, 2], [2, 3], [2, 1]]),
        on_line(log_normal(0, 0.8), log_normal(0.3, 0.9)),
        on_line(exponential(1), exponential(0.8)),
    ),
}
