"""The problems: one file per group, each with its pairs by name; the names of `evidence` where they are known.

Half of each group, picked by a hash of the names, is for tuning; the rest is held out.
"""

from __future__ import annotations

import hashlib
import importlib
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kullback.sample import Sample
from tests.calibration.pair import Pair, Rows
from tests.calibration.truth import Known

GROUPS = {
    "1-D smooth": "line_smooth",
    "1-D bounded": "line_bounded",
    "1-D heavy": "line_heavy",
    "1-D ties": "line_ties",
    "d=2-3": "two_or_three",
    "d=5": "five",
    "d=10": "ten",
    "d=20": "twenty",
    "d>=50": "fifty_and_more",
    "null": "null",
    "mixed": "mixed",
    "disc small": "few_categories",
    "disc large": "many_categories",
    "disc unlike": "unlike_categories",
    "beyond": "beyond",
    "infinite": "infinite",
}
"""The groups and their files. "disc unlike" (which no peer has been run on), "beyond" (ratios with infinite or huge
variance) and "infinite" stand outside the means over groups."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A pair of distributions with known divergence, and samples from them."""

    name: str
    group: str
    split: str
    pair: Pair

    @cached_property
    def known(self) -> Known:
        """Every truth that is worked out."""
        return self.pair.known()

    @property
    def truth(self) -> float:
        """KL(P‖Q) in nats."""
        return self.known.kl

    def efficient_error(self, n: int, m: int) -> float:
        """sqrt(Var_P(ln r)/n + Var_Q(r)/m); infinite where a moment is."""
        return math.inf if math.isinf(self.truth) else self.known.efficient_error(n, m)

    def log_ratio(self, rows: Rows) -> np.ndarray:
        """The exact ln(p/q) of rows as the pair draws them."""
        return self.pair.log_ratio(rows)

    def draw(self, n: int, m: int, rng: np.random.Generator) -> tuple[Sample, Sample]:
        """Samples of P and Q; categories that neither holds are unknown, as in a table read from a file."""
        x, y = self.pair.draw_p(n, rng), self.pair.draw_q(m, rng)
        codes = np.vstack([x.codes, y.codes])
        alphabet: list[int] = []
        for i in range(codes.shape[1]):
            seen, codes[:, i] = np.unique(codes[:, i], return_inverse=True)
            alphabet.append(len(seen))
        names = tuple(f"column {i + 1}" for i in range(x.numbers.shape[1] + codes.shape[1]))
        return (
            Sample(x.numbers, codes[:n], tuple(alphabet), names),
            Sample(y.numbers, codes[n:], tuple(alphabet), names),
        )


def _rank(name: str) -> str:
    return hashlib.sha256(f"kullback test bed, split 1: {name}".encode()).hexdigest()


def _all() -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for group, file in GROUPS.items():
        pairs: dict[str, Pair] = importlib.import_module(f"{__name__}.{file}").PAIRS
        ranked = sorted(pairs, key=_rank)
        # Where the number is odd, the hash of the group says which half gets one more.
        tuning = ranked[: (len(ranked) + int(_rank(group), 16) % 2) // 2]
        problems += [Problem(n, group, "tuning" if n in tuning else "held-out", pair) for n, pair in pairs.items()]
    names = [problem.name for problem in problems]
    if len(names) != len(set(names)):
        raise ValueError(f"two problems share a name: {sorted(n for n in names if names.count(n) > 1)}")
    return tuple(problems)


PROBLEMS = _all()
BY_NAME = {problem.name: problem for problem in PROBLEMS}
