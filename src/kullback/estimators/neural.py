"""A neural network as the log-ratio, trained on a variational bound, and judged on rows that it has not seen.

Nguyen, Wainwright and Jordan, IEEE Trans. Inf. Theory 56 (2010), 5847-5861 (NWJ); Donsker and Varadhan, as in Belghazi,
Baratin, Rajeswar, Ozair, Bengio, Courville and Hjelm, "Mutual information neural estimation", ICML 2018 (DV); Song and
Ermon, "Understanding the limitations of variational mutual information estimators", ICLR 2020 (SMILE).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from kullback.estimators.coordinates import Coordinates
from kullback.estimators.cross_fitting import FOLDS, CrossFitted, Learner, Scores, split, weights_of
from kullback.optional import need
from kullback.sample import FloatArray, Sample

Objective: TypeAlias = Literal["nwj", "dv", "smile"]

_OBJECTIVES = ("nwj", "dv", "smile")
_PARTS = 6
"""One of which is held back: it stops the training, and sets the constant that an objective leaves open."""

_BATCH = 256
_STEPS = 3000
"""Of the optimiser, at most."""

_LOOK = 10
"""Steps after which the held-back rows are looked at."""

_PATIENCE = 10
"""Looks without a gain before the training ends."""

_GAIN = 2e-4
"""What counts as a gain, in nats."""

_RATE = 3e-3
_CLIP = 5.0
"""τ: between e^−τ and e^τ the ratio counts in the mean that normalises it (Song and Ermon 2020, section 5)."""


@dataclass(frozen=True)
class NeuralRatio(Learner):
    """A network of some hidden layers.

    Attributes:
        objective: what is maximised.
        hidden: units of each hidden layer.
    """

    objective: Objective = "smile"
    hidden: tuple[int, ...] = (64, 64)

    @property
    def title(self) -> str:
        """The name in words with the settings that matter."""
        return f"neural network ({self.objective.upper()})"

    def learn(self, x: Sample, y: Sample, rng: np.random.Generator) -> Scores:
        """Return the log-ratio of the network as it was when it did best on rows held back, within what so many rows
        can tell: ± ln of the lesser number of rows.

        Raises:
            ImportError: without PyTorch.
        """
        need("torch", "torch", "a neural log-ratio")
        import torch

        where = Coordinates.of(x, y)
        places, weights = [where(side) for side in (x, y)], [weights_of(side) for side in (x, y)]
        back = [fold == 0 for fold in split(x, y, _PARTS, rng)]
        seen = [(_tensor(at[~out]), _tensor(w[~out])) for at, w, out in zip(places, weights, back, strict=True)]
        held = [(_tensor(at[out]), _tensor(w[out])) for at, w, out in zip(places, weights, back, strict=True)]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31 - 1)))
            network = _network(places[0].shape[1], self.hidden)
        _train(network, self.objective, seen, held, rng)
        with torch.no_grad():
            constant = _constant(self.objective, [(network(at)[:, 0].double(), w.double()) for at, w in held])
        most = math.log(min(x.rows, y.rows))

        def scores(rows: Sample) -> FloatArray:
            with torch.no_grad():
                found = network(_tensor(where(rows)))[:, 0].double().numpy()
            return np.clip(found + constant, -most, most)

        return scores


def neural(objective: Objective = "smile", hidden: tuple[int, ...] = (64, 64), folds: int = FOLDS) -> CrossFitted:
    """Return a neural network as the log-ratio, cross-fitted: no row has a part in the fit that judges it.

    Columns are whitened, categories are coordinates of their own. The network starts as 0 everywhere, and of all its
    states the one is kept that does best on rows held back.

    Args:
        objective: "nwj", E_P f − E_Q e^f + 1; "dv", E_P f − ln E_Q e^f, whose constant is set on held-back rows;
            "smile", the log-loss of telling the sides apart, normalised by the mean of e^f cut off at e^±5.
        hidden: units of each hidden layer.
        folds: of the rows; each is judged by a network trained on the others.

    Returns:
        The method; its `fit` raises ImportError without PyTorch.

    Raises:
        ValueError: an unknown objective, a layer without units, fewer than two folds.

    Source:
        Nguyen, Wainwright and Jordan 2010, eq. (16); Belghazi et al. 2018, eq. (5); Song and Ermon 2020, eq. (11).

    Example:
        >>> neural(objective="dv").title
        'neural network (DV), 5 folds'
    """
    if objective not in _OBJECTIVES:
        raise ValueError(f"objective is {objective!r}; it must be 'nwj', 'dv' or 'smile'.")
    if any(units < 1 for units in hidden):
        raise ValueError(f"hidden is {hidden}: every layer has a unit or more, such as hidden=(64, 64).")
    return CrossFitted(NeuralRatio(objective, tuple(hidden)), folds)


def _tensor(array: FloatArray) -> Any:
    import torch

    return torch.as_tensor(np.ascontiguousarray(array), dtype=torch.float32)


def _network(columns: int, hidden: tuple[int, ...]) -> Any:
    from torch import nn

    layers: list[Any] = []
    for before, after in zip((columns, *hidden), hidden, strict=False):
        layers += [nn.Linear(before, after), nn.SiLU()]
    last = nn.Linear(hidden[-1] if hidden else columns, 1)
    # Where nothing tells the samples apart, nothing is learned that would have to be unlearned.
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers, last)


def _train(network: Any, objective: Objective, seen: Any, held: Any, rng: np.random.Generator) -> None:
    """Train the network and leave it in the state that did best on the rows held back.

    Adam (Kingma and Ba, ICLR 2015, algorithm 1) on all parameters as one vector: PyTorch's own takes seconds to import.
    """
    import torch

    parameters = list(network.parameters())
    flat = torch.cat([p.detach().reshape(-1) for p in parameters])
    start = 0
    for p in parameters:
        p.data = flat[start : start + p.numel()].view_as(p)
        start += p.numel()
    mean, square = torch.zeros_like(flat), torch.zeros_like(flat)
    sizes = [len(at) for at, _ in seen]
    rounds = max(1, round(min(sizes) / _BATCH))
    best, state, waited, steps = _loss(network, objective, held).item(), flat.clone(), 0, 0
    while waited < _PATIENCE and steps < _STEPS:
        for _ in range(-(-_LOOK // rounds)):
            orders = [torch.as_tensor(rng.permutation(size)) for size in sizes]
            for k in range(rounds):
                batch = [
                    (at[order[k::rounds]], w[order[k::rounds]]) for (at, w), order in zip(seen, orders, strict=True)
                ]
                slopes = torch.autograd.grad(_loss(network, objective, batch, learn=True), parameters)
                slope = torch.cat([part.reshape(-1) for part in slopes])
                slope /= max(1.0, float(slope.norm()))
                steps += 1
                mean.lerp_(slope, 0.1)
                square.lerp_(slope * slope, 0.001)
                rate = _RATE * math.sqrt(1.0 - 0.999**steps) / (1.0 - 0.9**steps)
                flat.addcdiv_(mean, square.sqrt().add_(1e-8), value=-rate)
        now = _loss(network, objective, held).item()
        if now < best - _GAIN:
            best, state, waited = now, flat.clone(), 0
        else:
            waited += 1
    flat.copy_(state)


def _loss(network: Any, objective: Objective, sides: Any, *, learn: bool = False) -> Any:
    """Return minus the objective, both samples as they are weighted."""
    import torch

    with torch.set_grad_enabled(learn):
        (f_x, w_x), (f_y, w_y) = ((network(at)[:, 0], w) for at, w in sides)
        if objective == "smile":
            soft = torch.nn.functional.softplus
            return (w_x * soft(-f_x)).sum() / w_x.sum() + (w_y * soft(f_y)).sum() / w_y.sum()
        gain = (w_x * f_x).sum() / w_x.sum()
        if objective == "nwj":
            return -gain + (w_y * torch.exp(torch.clamp(f_y, max=50.0))).sum() / w_y.sum() - 1.0
        return -gain + torch.logsumexp(f_y + torch.log(w_y), 0) - torch.log(w_y.sum())


def _constant(objective: Objective, held: Any) -> float:
    """Return what is to be added to the network's values, from rows held back."""
    if objective == "nwj":
        return 0.0
    (f_x, w_x), (f_y, w_y) = ((f.numpy(), w.numpy()) for f, w in held)
    share_x, share_y = w_x / w_x.sum(), w_y / w_y.sum()
    if objective == "smile":
        return -math.log(float(share_y @ np.exp(np.clip(f_y, -_CLIP, _CLIP))))
    # E_P σ(−f − c) = E_Q σ(f + c) holds for the log-ratio: Bennett's acceptance ratio, J. Comput. Phys. 22 (1976), 245,
    # which no single row can move far, as e^f could.
    low, high = -float(max(f_x.max(), f_y.max())) - 50.0, -float(min(f_x.min(), f_y.min())) + 50.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        surplus = float(share_x @ _sigmoid(-f_x - middle)) - float(share_y @ _sigmoid(f_y + middle))
        low, high = (middle, high) if surplus > 0.0 else (low, middle)
    return 0.5 * (low + high)


def _sigmoid(z: FloatArray) -> FloatArray:
    return 0.5 * (1.0 + np.tanh(0.5 * z))
