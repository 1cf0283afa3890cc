"""What people do with distributions, as they do it: mixed libraries, training, statistics, and slips."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import kullback as kb
from kullback.distributions.adopt import adopt

d: Any = kb.distributions
D: Any = torch.distributions


def test_a_standard_normal_that_is_moved_keeps_its_batch_and_dtype() -> None:
    policy = D.TransformedDistribution(
        D.Normal(torch.zeros(4, 2, dtype=torch.float64), torch.ones(4, 2, dtype=torch.float64)),
        [D.TanhTransform(cache_size=1)],
    )
    other = D.TransformedDistribution(D.Normal(torch.ones(4, 2, dtype=torch.float64), 1.0), [D.TanhTransform()])
    found = kb.kl(D.Independent(policy, 1), D.Independent(other, 1))
    assert found.shape == (4,) and found.dtype == torch.float64
    assert found.tolist() == pytest.approx([1.0] * 4, rel=1e-14)
    moved: Any = adopt(
        D.TransformedDistribution(D.Normal(torch.zeros(3), torch.ones(3)), [D.AffineTransform(1.0, 2.0)])
    )
    assert moved.batch_shape == (3,) and moved.scale.dtype == torch.float32


def test_equal_pairs_in_traced_programs_have_divergence_zero() -> None:
    jax = pytest.importorskip("jax")
    each = jax.vmap(jax.value_and_grad(lambda m: kb.js(kb.normal(m, 1.0), kb.normal(0.0, 1.0))))
    value, slope = each(jax.numpy.arange(3.0))
    want = [float(kb.js(kb.normal(m, 1.0), kb.normal(0.0, 1.0))) for m in (0.0, 1.0, 2.0)]
    assert value.tolist() == pytest.approx(want, rel=1e-5)
    assert slope[0] == 0.0 and np.isfinite(slope).all()
