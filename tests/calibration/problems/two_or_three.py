"""Two and three columns: mixtures, curves, edges, correlation."""

import math

import numpy as np

from tests.calibration import truth
from tests.calibration.laws import normal
from tests.calibration.pair import (
    Pair,
    Rows,
    beside,
    bumps,
    in_plane,
    mapped,
    of_normals,
    on_line,
    same,
    shifted,
    turned,
)

_CORNERS = 1.5 * np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
_ANGLES = np.linspace(0.5, 3.5, 60) * math.pi
_SPIRAL = np.column_stack([_ANGLES * np.cos(_ANGLES), _ANGLES * np.sin(_ANGLES)]) / 5
_CIRCLE = np.column_stack([np.cos(np.arange(24) * math.pi / 12), np.sin(np.arange(24) * math.pi / 12)])

GMM_D2 = in_plane(
    bumps(_CORNERS, 0.6, [1, 2, 3, 4]), bumps(_CORNERS[::-1], 0.8, [1, 1.2, 1.4, 2]), half_width=9, steps=120
)


def banana(bend):
    """Bend the second column by the square of the first; volume stays."""
    return (
        lambda x: np.column_stack([x[:, 0], x[:, 1] + bend * x[:, 0] ** 2, x[:, 2:]]),
        lambda x: np.column_stack([x[:, 0], x[:, 1] - bend * x[:, 0] ** 2, x[:, 2:]]),
    )


def _board(p, q):
    """Densities that are constant on each of 4 by 4 squares."""
    p, q = p.ravel() / p.sum(), q.ravel() / q.sum()

    def drawn(shares):
        def rows(n, rng):
            corner = np.column_stack(np.unravel_index(rng.choice(16, n, p=shares), (4, 4)))
            return Rows((corner + rng.random((n, 2))) / 4, np.empty((n, 0), np.int64))

        return rows

    def log_ratio(rows):
        square = np.minimum((rows.numbers * 4).astype(np.int64), 3)
        return np.log(p / q)[square[:, 0] * 4 + square[:, 1]]

    return Pair(drawn(p), drawn(q), log_ratio, lambda: truth.atoms(p, q), 2)


PAIRS = {
    "kldest2d_same": of_normals([0, 0], np.eye(2), [1, 1], np.eye(2)),
    "kldest2d_correlated": of_normals([0, 0], np.eye(2), [0.5, -0.5], [[2, 0.9], [0.9, 1.5]]),
    "corr_d2": of_normals([0, 0], [[1, 0.7], [0.7, 1]], [0, 0], np.eye(2)),
    "gmm_d2": GMM_D2,
    "spiral_d2": in_plane(bumps(_SPIRAL, 0.25), bumps([[0.0, 0.0]], 1.3), half_width=9.5, steps=200),
    "ring_d2": in_plane(bumps(1.5 * _CIRCLE, 0.3), bumps([[0.0, 0.0]], 1.2), half_width=9, steps=300),
    "banana_d2": mapped(of_normals([0, 0], [[1, 0], [0, 0.09]], [0.3, 0.2], [[1.2, 0], [0, 0.2]]), *banana(0.7), 2),
    "board_d2": _board(np.where(np.add.outer(range(4), range(4)) % 2, 0.8, 0.2), np.ones((4, 4))),
    "shift_d3": shifted(3, 1.0),
    "gmm_d3": turned(beside(GMM_D2, same(1)), 31),
    "humps_d3": beside(on_line(normal(), normal(0.4, 1.3)), GMM_D2),
}
