"""Fifty columns and more, some of which lie on a surface of few directions, as embeddings do."""

import numpy as np

from tests.calibration.pair import beside, mapped, of_normals, rotation, same, shifted, t_columns, turned

_TURN = rotation(64, 641)
_MIX = np.random.default_rng(642).standard_normal((4, 56)) / 2


def _embed(u):
    return np.hstack([u, np.zeros((len(u), 4)), np.tanh(u @ _MIX)]) @ _TURN


def _back(x):
    return (x @ _TURN.T)[:, :4]


_PAIRS = np.kron(np.eye(25), [[1.0, 0.3], [0.3, 1.0]])

PAIRS = {
    "shift_d50": shifted(50, 1.0),
    "corr_d50": of_normals(np.zeros(50), _PAIRS, np.zeros(50), np.eye(50)),
    "embed_d64": mapped(
        of_normals(np.zeros(4), np.eye(4), [0.6, 0.3, 0, 0], np.diag([1.3, 1.0, 1.5, 1.2])), _embed, _back, 64
    ),
    "sparse_d100": turned(beside(shifted(2, 1.0), same(98)), 1001),
    "t5_d50": t_columns(50, 5, 1.0),
    "few_scales_d60": beside(of_normals(np.zeros(5), np.eye(5), np.full(5, 0.2), 2 * np.eye(5)), same(55)),
}
