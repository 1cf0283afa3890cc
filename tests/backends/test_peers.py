"""Rows of docs/peers.md about gradients."""

import math

import numpy as np
import pytest

from kullback.distributions import log_probs, logits
from kullback.divergences import kl
from tests.close import assert_close

torch = pytest.importorskip("torch")


def test_15_the_gradient_of_masked_logits_is_finite():
    a = torch.tensor([0.0, 1.0, -math.inf], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([0.0, 0.5, 0.2], dtype=torch.float64, requires_grad=True)
    value = kl(logits(a), logits(b))
    value.backward()
    p = np.exp([0.0, 1.0, -math.inf])
    p /= p.sum()
    q = np.exp([0.0, 0.5, 0.2])
    q /= q.sum()
    log_ratio = np.array([math.log(p[0] / q[0]), math.log(p[1] / q[1]), 0.0])
    # d KL/d a_i = p_i (ln(p_i/q_i) − KL), and 0 where p_i = 0; d KL/d b_i = q_i − p_i.
    assert_close(value.item(), float(np.sum(p * log_ratio)), 1e-14)
    assert_close(a.grad.numpy(), p * (log_ratio - value.item()), 1e-12, absolute=1e-16)
    assert_close(b.grad.numpy(), q - p, 1e-12, absolute=1e-16)
    assert a.grad[2] == 0.0


def test_32_the_gradient_where_p_is_zero_is_finite():
    p = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64)
    log_q = torch.log(torch.tensor([0.25, 0.25, 0.5], dtype=torch.float64)).requires_grad_()
    kl(p, log_probs(log_q)).backward()
    # Of the normalised expression: q_i − p_i.
    assert_close(log_q.grad.numpy(), [-0.25, -0.25, 0.5], 1e-12)
