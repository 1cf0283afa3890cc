"""Why a divergence is what it is: the outcomes that make it, what makes it infinite, and what it means."""

from __future__ import annotations

import importlib.util
import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kullback.arrays import AnyArray, Array, to_numpy
from kullback.bounds import bounds
from kullback.callable_module import make_callable
from kullback.distribution import Finite
from kullback.divergence import Deviation, Divergence
from kullback.divergences import bhattacharyya, chi2, hellinger, jeffreys, js, kl, neyman_chi2, renyi, tv
from kullback.exact.companions import entropy
from kullback.records import to_plain

ERROR = 0.05
"""The probability of each of the two errors of the test whose number of draws is stated."""

_ROUNDING = 1e-15


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one outcome, or several together, add to KL(P‖Q).

    Attributes:
        label: of the outcome.
        p: its probability under P.
        q: its probability under Q.
        log_ratio: log(p/q) in the unit of the explanation; infinite where one of them is impossible, NaN for several
            outcomes together.
        value: q − p + p·log(p/q) ≥ 0, in the unit (q − p divided by the logarithm of the base).
        share: of the value in the whole; NaN where the whole is 0 or infinite.
        count: how many outcomes it stands for.
    """

    label: str
    p: float
    q: float
    log_ratio: float
    value: float
    share: float
    count: int = 1

    @property
    def direction(self) -> str:
        """Whether Q makes too much or too little of the outcome: "over", "under" or "equal"; empty for all others.

        Equal is also what differs by the rounding of the numbers as they were given.
        """
        if math.isnan(self.log_ratio):
            return ""
        return "equal" if abs(self.log_ratio) <= _ROUNDING else "over" if self.log_ratio < 0.0 else "under"


@dataclass(frozen=True, slots=True)
class Impossible:
    """The outcomes that one distribution holds possible and the other does not.

    Attributes:
        count: how many there are.
        mass: what they hold under the distribution that holds them possible.
        outcomes: labels and masses of the heaviest, heaviest first.
    """

    count: int
    mass: float
    outcomes: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One measure of the pair, beside what the value of KL(P‖Q) alone says of it.

    Attributes:
        name: of the divergence, as its `repr`.
        label: with its direction, "KL(Q‖P)".
        value: in the unit of the explanation if the measure has one.
        unit: of the value; empty for measures without.
        low: the least value that any pair with this KL(P‖Q) has.
        high: the greatest.
    """

    name: str
    label: str
    value: float
    unit: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Telling:
    """What the divergence means for telling from draws whether P or Q made them.

    Attributes:
        divergence: KL(P‖Q) in nats: the exponent of Stein's lemma.
        chernoff: the Chernoff information in nats, max over α of −ln Σ p^α q^(1−α).
        order: an α that attains it; 0 or 1 where it is approached at an end.
        affinity: Σ √(pq), the Bhattacharyya coefficient.
        log_affinity: its logarithm, finite also where it underflows.
        stein: ln(1/β)/KL(P‖Q): about how many draws bring the probability β of taking Q for P to 5 %, while that of
            taking P for Q stays fixed.
        least: no test has both errors at most 5 % with fewer draws than this.
        enough: the likelihood-ratio test has both errors at most 5 % with this many draws.
        one: the probability that the best guess from one draw is right, ½(1 + TV), both being equally likely.
    """

    divergence: float
    chernoff: float
    order: float
    affinity: float
    log_affinity: float
    stein: float
    least: float
    enough: float
    one: float

    def error_after(self, draws: int) -> tuple[float, float]:
        """Return the two ends between which the error of the best guess after so many draws lies.

        P and Q are equally likely; the error is ½(1 − TV(Pⁿ, Qⁿ)). Below it is ½(1 − √(1 − ρ²ⁿ)) with ρ = Σ √(pq),
        above ½ e^(−nC) with the Chernoff information C, which is at most ½ρⁿ.

        Source:
            Kraft 1955 and Le Cam 1986 below; Chernoff 1952 above.

        Raises:
            ValueError: `draws` is not positive.
        """
        if draws < 1:
            raise ValueError(f"draws is {draws}, and one draw at least is needed.")
        if math.isinf(self.log_affinity):
            return 0.0, 0.0
        square = math.exp(2.0 * draws * self.log_affinity)
        # 1 − √(1 − x) without cancellation.
        return 0.5 * square / (1.0 + math.sqrt(1.0 - square)), 0.5 * math.exp(-draws * self.chernoff)


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """Why KL(P‖Q) is what it is, for one pair. Print it, save it, or take it as a table.

    Attributes:
        unit: of every value that has one: "nats", "bits" …
        base: of the logarithm.
        outcomes: how many outcomes take part.
        possible_p: how many P holds possible.
        possible_q: how many Q holds possible.
        value: KL(P‖Q).
        readings: every measure of the pair, KL(P‖Q) first.
        entropy_p: the entropy of P.
        entropy_q: the entropy of Q.
        cross_entropy: −Σ p log q.
        effective_p: the effective alphabet of P, e to its entropy: as many equally likely outcomes have that entropy.
        effective_q: the same of Q.
        contributions: the outcomes that contribute most, greatest first.
        others: all other outcomes together; None if there are none.
        vanished: outcomes with p > 0 = q: they make KL(P‖Q) infinite.
        appeared: outcomes with q > 0 = p: they make KL(Q‖P) infinite.
        telling: what it means for telling P from Q.
    """

    unit: str
    base: float
    outcomes: int
    possible_p: int
    possible_q: int
    value: float
    readings: tuple[Reading, ...]
    entropy_p: float
    entropy_q: float
    cross_entropy: float
    effective_p: float
    effective_q: float
    contributions: tuple[Contribution, ...]
    others: Contribution | None
    vanished: Impossible
    appeared: Impossible
    telling: Telling
    is_weighted: bool = False

    def __getitem__(self, divergence: Divergence) -> Reading:
        """Return the reading of a divergence, as in `explanation[kb.js].value`."""
        for reading in self.readings:
            if reading.name == repr(divergence):
                return reading
        raise KeyError(
            f"{divergence!r} is not part of an explanation; there are {', '.join(r.name for r in self.readings)}"
        )

    def __repr__(self) -> str:
        shown = f"{self.value:.6g}"
        return f"<Explanation of KL(P‖Q) = {shown} {self.unit} over {self.outcomes} outcomes>"

    def __str__(self) -> str:
        return self.render()

    def render(self, width: int = 100, *, encoding: str = "utf-8") -> str:
        """Return the explanation as text for a terminal.

        Args:
            width: of the longest line, at least 40.
            encoding: of the terminal, as in `sys.stdout.encoding`; what it cannot show is written in ASCII.
        """
        from kullback.report import explanation

        return explanation.render(self, width, encoding)

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists and numbers for JSON; "inf" and "nan" are strings."""
        return to_plain(self)

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict per shown outcome, and one for all others together, so that the values sum to KL(P‖Q)."""
        every = [*self.contributions, *([] if self.others is None else [self.others])]
        return [
            {
                "outcome": one.label,
                "p": one.p,
                "q": one.q,
                "log_ratio": one.log_ratio,
                "contribution": one.value,
                "share": one.share,
                "in_q": one.direction,
            }
            for one in every
        ]

    def to_frame(self) -> Any:
        """Return `rows` as a pandas DataFrame, or as a Polars one where pandas is not installed.

        Raises:
            ImportError: neither is installed.
        """
        # Asked for by name, because either will do.
        if importlib.util.find_spec("pandas") is not None:
            import pandas

            return pandas.DataFrame(self.rows())
        if importlib.util.find_spec("polars") is not None:
            import polars

            return polars.DataFrame(self.rows())
        raise ImportError("a table of contributions needs pandas or polars: pip install pandas; rows() needs neither.")

    def figure(self) -> str:
        """Return a bar chart of the contributions as an SVG picture that needs nothing else, for light and dark."""
        from kullback.report.figures import contributions

        return contributions.contributions(self)

    def save(self, path: str | Path) -> Path:
        """Write the explanation and return the path: `.svg` the chart, `.html` a page, `.txt` the text, `.json` data.

        Raises:
            ValueError: another extension.
            OSError: the file cannot be written.
        """
        from kullback.atomic import write
        from kullback.records import to_json
        from kullback.report import explanation

        target = Path(path)
        writers: dict[str, Callable[[], str]] = {
            ".svg": self.figure,
            ".html": lambda: explanation.render_page(self),
            ".txt": lambda: self.render() + "\n",
            ".json": lambda: to_json(self),
        }
        extension = target.suffix.lower()
        if extension not in writers:
            raise ValueError(
                f"an explanation is saved as .svg, .html, .txt or .json; the extension of {str(target)!r} is "
                f"{extension or 'none'}."
            )
        return write(target, writers[extension]())

    def _repr_html_(self) -> str:
        from kullback.report import explanation

        return explanation.render_html(self)


def explain(
    p: object,
    q: object,
    labels: Sequence[object] | None = None,
    *,
    base: float | None = None,
    where: object = None,
    weights: object = None,
    top: int | None = 10,
) -> Explanation:
    """Return why KL(P‖Q) is what it is: which outcomes make it, what makes it infinite, and what it means.

    The contribution of an outcome is q − p + p ln(p/q): never negative, 0 only where p = q, and summing to KL(P‖Q),
    since Σ (q − p) = 0.

    Args:
        p: the truth, one distribution: probabilities, or `kb.log_probs`, `kb.logits` or `kb.counts`, shape (K,), or a
            mapping or pandas Series from labels to these, or one sparse row.
        q: what is compared with it, of the same or another kind, shape (K,).
        labels: what the K outcomes are called; the default is their position, or the labels that p and q have. They
            may repeat.
        base: of the logarithm: 2 gives bits; the default is nats.
        where: a mask of the outcomes that take part, as in `kb.kl`.
        weights: of the outcomes, as in `kb.kl`.
        top: how many outcomes to name, those that contribute most; None names all.

    Returns:
        `Explanation`.

    Raises:
        ValueError: values that are not a distribution, more than one pair, labels of another length, a bad `top`.
        TypeError: something that is not an array of real numbers, a text as labels, or labels of what has its own.

    Source:
        Csiszár 1967 for the form of the contributions; Cover and Thomas 2006, Theorems 11.8.3 (Stein) and 11.9.1
        (Chernoff).

    Example:
        >>> import kullback as kb
        >>> explanation = kb.explain([0.5, 0.3, 0.2], [0.25, 0.25, 0.5], labels=["rain", "sun", "snow"])
        >>> explanation
        <Explanation of KL(P‖Q) = 0.218012 nats over 3 outcomes>
        >>> [(one.label, round(one.value, 4), one.direction) for one in explanation.contributions]
        [('snow', 0.1167, 'over'), ('rain', 0.0966, 'under'), ('sun', 0.0047, 'under')]
    """
    if top is not None and (isinstance(top, bool) or not isinstance(top, numbers.Integral) or top < 1):
        raise ValueError(f"top is {top!r}, and it is a number of outcomes, at least 1, or None for all.")
    options: dict[str, Any] = {"where": where, "weights": weights}
    p, q = _stored(p), _stored(q)
    whole = to_numpy(kl(p, q, base=base, **options))
    if whole.ndim:
        raise ValueError(
            f"explain takes one pair, and these are {whole.size} (batch shape {whole.shape}): explain one at a time, "
            "as in kb.explain(p[0], q[0])."
        )
    pair = _Pair.of(p, q, options, labels)
    unit, scale = _unit(base)
    value = float(whole)
    terms = pair.terms / scale
    order = np.lexsort((-pair.p, -terms))  # of several infinite ones, those with most of P
    order = order[(pair.p[order] > 0.0) | (pair.q[order] > 0.0) | (terms[order] > 0.0)]
    named, rest = (order, order[:0]) if top is None else (order[:top], order[top:])
    contributions = tuple(
        Contribution(
            pair.label(i),
            float(pair.p[i]),
            float(pair.q[i]),
            float(-pair.log_ratio[i] / scale) + 0.0,
            float(terms[i]),
            _share(float(terms[i]), value),
        )
        for i in named
    )
    others = None
    if len(rest):
        beyond = math.fsum(terms[rest])
        name = f"{len(rest):,} other outcome{'s' * (len(rest) != 1)}"
        sums = math.fsum(pair.p[rest]), math.fsum(pair.q[rest])
        others = Contribution(name, *sums, math.nan, beyond, _share(beyond, value), len(rest))
    values = {divergence: _number(divergence(p, q, **options)) for divergence in _measures()}
    entropy_p, entropy_q = _number(entropy(p, **options)), _number(entropy(q, **options))
    return Explanation(
        unit=unit,
        base=math.exp(scale) if base is None else float(base),
        outcomes=pair.kept(where),
        possible_p=int(np.count_nonzero(pair.log_p > -np.inf)),
        possible_q=int(np.count_nonzero(pair.log_q > -np.inf)),
        value=value,
        readings=_readings(values, scale, unit),
        entropy_p=entropy_p / scale,
        entropy_q=entropy_q / scale,
        cross_entropy=(entropy_p + values[kl]) / scale,
        effective_p=math.exp(entropy_p),
        effective_q=math.exp(entropy_q),
        contributions=contributions,
        others=others,
        vanished=pair.impossible(pair.log_p, pair.log_q, pair.p, top),
        appeared=pair.impossible(pair.log_q, pair.log_p, pair.q, top),
        telling=_telling(values, *_chernoff(p, q, options, pair)),
        is_weighted=weights is not None,
    )


def _stored(x: object) -> object:
    """Return one sparse row of masses with the zeros that it does not store: one pair is small enough for that."""
    known: Any = x.values if isinstance(x, Finite) else x
    # Sparse logarithms are refused by the divergences, with the reason.
    if not hasattr(known, "toarray") or (isinstance(x, Finite) and x.scale != "linear"):
        return x
    array: AnyArray = np.asarray(known.toarray())
    array = array[0] if array.ndim == 2 and len(array) == 1 else array
    return replace(x, values=array) if isinstance(x, Finite) else array


def _number(x: object) -> float:
    return float(to_numpy(x))


def _share(part: float, whole: float) -> float:
    return part / whole if 0.0 < whole < math.inf else math.nan


def _unit(base: float | None) -> tuple[str, float]:
    """Return the name of the unit and how many nats it is."""
    if base is None:
        return "nats", 1.0
    names = {2.0: "bits", 10.0: "hartleys", math.e: "nats"}
    return names.get(float(base), f"units of base {base:g}"), math.log(base)


@dataclass(frozen=True)
class _Witness:
    """A cost that keeps the deviation it was asked about: how a divergence saw P and Q, whatever they were given as."""

    seen: list[Deviation]

    def __call__(self, deviation: Deviation) -> Array:
        self.seen.append(deviation)
        return kl.cost(deviation)


@dataclass(frozen=True)
class _Pair:
    """Two distributions outcome by outcome."""

    p: AnyArray
    q: AnyArray
    log_p: AnyArray
    log_q: AnyArray
    log_ratio: AnyArray
    terms: AnyArray
    names: Sequence[object] | None

    @classmethod
    def of(cls, p: object, q: object, options: Mapping[str, Any], labels: Sequence[object] | None) -> _Pair:
        witness = _Witness([])
        terms = replace(kl, cost=witness).terms(p, q, **options)
        own, seen = _labels(terms), witness.seen[0]
        with np.errstate(all="ignore"):
            parts = (seen.p, seen.q, seen.log_p, seen.log_q, seen.log_ratio)
        arrays = [*(to_numpy(part).astype(np.float64).reshape(-1) for part in parts), _array(terms)]
        if labels is None:
            return cls(*arrays, names=own)
        if isinstance(labels, (str, bytes)):
            raise TypeError(f"labels is the text {labels!r}, and it holds one label per outcome: a list of texts.")
        if own is not None:
            raise TypeError("p and q name their outcomes, and labels would rename them by position: leave labels out.")
        if not isinstance(labels, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"labels is {labels!r}, and it holds one label per outcome: a list of texts.")
        names = list(labels)
        if len(names) != len(arrays[0]):
            raise ValueError(f"labels has {len(names)} entries, and there are {len(arrays[0])} outcomes.")
        return cls(*arrays, names=names)

    def label(self, index: int) -> str:
        return str(index if self.names is None else self.names[index])

    def kept(self, where: object) -> int:
        """Return how many outcomes take part."""
        mask = np.asarray(where) if isinstance(where, (np.ndarray, list, tuple)) else None
        is_mask = mask is not None and mask.shape == self.p.shape
        return int(np.count_nonzero(mask)) if is_mask and mask is not None else len(self.p)

    def impossible(self, here: AnyArray, there: AnyArray, mass: AnyArray, top: int | None) -> Impossible:
        """Return the outcomes that one side holds possible and the other does not."""
        which = np.flatnonzero((here > -np.inf) & (there == -np.inf))
        heaviest = which[np.argsort(-mass[which], kind="stable")][:top]
        return Impossible(
            len(which), math.fsum(mass[which]), tuple((self.label(int(i)), float(mass[i])) for i in heaviest)
        )


def _array(terms: Any) -> AnyArray:
    """Return terms as float64, in whichever form they came: an array of any library, a mapping, a Series."""
    if isinstance(terms, Mapping):
        return np.fromiter(terms.values(), np.float64, len(terms))  # pyright: ignore[reportUnknownArgumentType]
    if hasattr(terms, "index") and hasattr(terms, "to_numpy"):
        terms = terms.to_numpy()
    return to_numpy(terms).astype(np.float64)


def _labels(terms: Any) -> Sequence[object] | None:
    if isinstance(terms, Mapping):
        return list(terms)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return list(terms.index) if hasattr(terms, "index") and hasattr(terms, "to_numpy") else None


def _measures() -> tuple[Divergence, ...]:
    return (
        *(kl, kl.reverse, jeffreys, js, tv, hellinger, bhattacharyya),
        *(chi2, neyman_chi2, renyi(0.5), renyi(2.0), renyi(math.inf)),
    )


def _readings(values: Mapping[Divergence, float], scale: float, unit: str) -> tuple[Reading, ...]:
    implied = bounds({kl: values[kl]})
    readings: list[Reading] = []
    for divergence, value in values.items():
        factor = 1.0 / scale if divergence.unit else 1.0
        low, high = implied[divergence].low * factor, implied[divergence].high * factor
        named = unit if divergence.unit else ""
        readings.append(Reading(repr(divergence), divergence.label(), value * factor, named, low, high))
    return tuple(readings)


def _telling(values: Mapping[Divergence, float], chernoff: float, order: float) -> Telling:
    half = values[renyi(0.5)]
    # Data processing: n KL(P‖Q) is at least the KL between the two outcomes of the test, and likewise reversed.
    binary = (1.0 - 2.0 * ERROR) * math.log((1.0 - ERROR) / ERROR)
    # TV(Pⁿ, Qⁿ) ≥ 1 − 2·0.05 needs √(1 − ρ²ⁿ) at least as large.
    overlap = -math.log1p(-((1.0 - 2.0 * ERROR) ** 2))
    least = max(_quotient(binary, values[kl]), _quotient(binary, values[kl.reverse]), _quotient(overlap, half))
    return Telling(
        divergence=values[kl],
        chernoff=chernoff,
        order=order,
        affinity=math.exp(-0.5 * half),
        log_affinity=-0.5 * half,
        stein=_quotient(-math.log(ERROR), values[kl]),
        least=_draws(least),
        enough=_draws(_quotient(-math.log(ERROR), chernoff)),
        one=0.5 * (1.0 + values[tv]),
    )


def _quotient(a: float, b: float) -> float:
    return a / b if b > 0.0 else math.inf


def _draws(count: float) -> float:
    """Return a number of draws: whole, and one at least."""
    return max(1.0, float(math.ceil(count * (1.0 - 1e-12)))) if math.isfinite(count) else math.inf


def _chernoff(p: object, q: object, options: Mapping[str, Any], pair: _Pair) -> tuple[float, float]:
    """Return the Chernoff information in nats and the order that attains it.

    −ln Σ p^α q^(1−α) is concave in α; it is greatest where the tilted mean of ln(q/p) is 0, found by safeguarded
    Newton steps. There it equals (1 − α) R_α, which is computed without cancellation; an error of the order enters
    squared.
    """
    both = (pair.log_p > -np.inf) & (pair.log_q > -np.inf)
    if not both.any():
        return math.inf, 0.5
    log_p, x = pair.log_p[both], pair.log_ratio[both]
    divergence = _number(kl(p, q, **options))
    is_near = float(np.abs(x).max()) < 1.0 and bool(both.all())

    def slope(order: float) -> tuple[float, float]:
        """Return the tilted mean of ln(q/p), which falls with the order, and its variance."""
        exponents = log_p + (1.0 - order) * x
        weights = np.exp(exponents - exponents.max())
        total = float(weights.sum())
        mean = float(weights @ x) / total
        if is_near:
            # Σ p x is −KL(P‖Q), and what the tilt adds to it is of the same size: a plain mean would cancel.
            mean = (float(pair.p @ (x * np.expm1((1.0 - order) * x))) - divergence) / float(np.exp(exponents).sum())
        return mean, float(weights @ (x - mean) ** 2) / total

    if slope(0.0)[0] <= 0.0:
        return _number(renyi(0.0)(p, q, **options)), 0.0
    if slope(1.0)[0] >= 0.0:
        return _number(renyi(0.0).reverse(p, q, **options)), 1.0
    low, high, order = 0.0, 1.0, 0.5
    for _ in range(100):
        mean, variance = slope(order)
        if mean == 0.0:
            break
        low, high = (order, high) if mean > 0.0 else (low, order)
        # The mean falls at the rate of the variance.
        step = order + mean / variance if variance > 0.0 else 0.5 * (low + high)
        following = step if low < step < high else 0.5 * (low + high)
        if abs(following - order) <= 1e-15:
            break
        order = following
    return (1.0 - order) * _number(renyi(order)(p, q, **options)), order


make_callable(__name__, explain)
