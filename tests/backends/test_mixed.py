"""Two libraries in one call: the answer is in that of the argument with gradients, else in that of P."""

import numpy as np
import pytest

from kullback.distributions import logits
from kullback.divergences import js, kl
from tests.backends.libraries import LIBRARIES, installed
from tests.close import assert_close

P, Q = np.array([0.2, 0.3, 0.5]), np.array([0.25, 0.25, 0.5])
PAIRS = [(a, b) for a in LIBRARIES for b in LIBRARIES if a is not b and {a.name, b.name} != {"jax", "jax with x64"}]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=repr)
def test_the_answer_is_in_the_library_of_p(first, second):
    # A setting of JAX holds for both.
    with first.setting(), second.setting():
        narrow = "float32" if "float32" in (first.wide, second.wide) else "float64"
        p, q = first.make(P, narrow), second.make(Q, narrow)
        for divergence in (kl, js):
            value = divergence(p, q)
            assert first.is_own(value), type(value)
            assert first.dtype_of(value) == narrow
            assert_close(first.back(value), divergence(P, Q), 1e-13 if narrow == "float64" else 1e-6)
        value = kl(logits(p), q)
        assert first.is_own(value)
        assert_close(first.back(value), kl(logits(P), Q), 1e-13 if narrow == "float64" else 1e-6)


@pytest.mark.skipif(not installed("torch"), reason="needs PyTorch")
@pytest.mark.parametrize("other", [x for x in LIBRARIES if "torch" not in x.name], ids=repr)
def test_the_argument_with_gradients_decides(other):
    import torch

    with other.setting():
        p = other.make(P, other.wide)
        q = torch.tensor(Q, requires_grad=True)
        value = kl(p, q)
        assert isinstance(value, torch.Tensor) and value.requires_grad
        value.backward()
        assert_close(value.detach().numpy(), kl(P, Q), 1e-13 if other.wide == "float64" else 1e-6)
        expected = -P / Q + 1.0
        assert_close(q.grad.numpy(), expected, 1e-6, absolute=1e-6)
