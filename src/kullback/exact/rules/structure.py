"""Structure: images under one map, products, points and histograms lead a pair back to simpler ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kullback.arrays import like, namespace, to_numpy
from kullback.distribution import Density
from kullback.distributions.affine import Affine
from kullback.distributions.histogram import Histogram
from kullback.distributions.independent import Independent, Product
from kullback.distributions.log_probabilities import LogProbabilities
from kullback.distributions.parameters import readable
from kullback.distributions.probabilities import Probabilities
from kullback.divergence import Divergence, Law
from kullback.divergences import kl, renyi
from kullback.exact.answer import Answer, Ask
from kullback.exact.not_exact import NotExact
from kullback.exact.rules import numeric
from kullback.exact.rules.closed_forms import written
from kullback.support import Integers, Points


def answer(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    """Return what follows from the divergence of simpler densities, asked for with `ask`."""
    for rule in (_points, _histograms):
        found = rule(divergence, p, q)
        if found is not None:
            return found
    for first, second in written(p, q):
        for lead_back in (_images, _affine, _products):
            found = lead_back(divergence, first, second, ask)
            if found is not None:
                return found
    return _both_ways(divergence, p, q, ask)


def _both_ways(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    if divergence.name != "jeffreys" or numeric.method_for(divergence, p, q) is not None:
        return None  # a sum or an integral over the outcomes takes one pass
    try:
        value = ask(kl, p, q) + ask(kl, q, p)
    except NotExact:
        return None
    return Answer(value, "structure", "KL(P‖Q) + KL(Q‖P), each in closed form")


def _images(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    first, second = p.image_of(), q.image_of()
    if first is None or second is None or first[0] != second[0]:
        return None
    value = ask(divergence, first[1], second[1])
    return Answer(value, "structure", f"both are images under {first[0]}: the divergence of what they are images of")


def _affine(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    if not (isinstance(p, Affine) and isinstance(q, Affine)):
        return None
    pairs = ((p.loc, q.loc), (p.scale, q.scale))
    if not all(a is b or (readable(a) and readable(b) and np.all(to_numpy(a) == to_numpy(b))) for a, b in pairs):
        return None
    value = ask(divergence, p.base, q.base)
    return Answer(value, "structure", "both are images under one affine map: the divergence of what they are images of")


# Products.


def _products(divergence: Divergence, p: Density, q: Density, ask: Ask) -> Answer | None:
    """Return sums over the independent components: KL and Rényi divergences add up, and what follows from them."""
    if isinstance(p, Product) and isinstance(q, Product):
        if len(p.components) != len(q.components):
            raise ValueError(
                f"P has outcomes with {len(p.components)} components and Q with {len(q.components)}: "
                "no divergence compares them."
            )

        def added(one: Divergence) -> Any:
            values = [ask(one, a, b) for a, b in zip(p.components, q.components, strict=True)]
            return sum(values[1:], values[0])

    elif isinstance(p, Independent) and isinstance(q, Independent):
        if p.dimensions != q.dimensions or p.event_shape != q.event_shape:
            raise ValueError(
                f"P has outcomes of shape {p.event_shape} and Q of shape {q.event_shape}: "
                "no divergence compares them. Do the dimensions differ by a batch axis?"
            )
        first, second, axes = p.base, q.base, tuple(range(-p.dimensions, 0))

        def added(one: Divergence) -> Any:
            value = ask(one, first, second)
            return namespace(value).sum(value, axis=axes)

    else:
        return None
    found = _of_sums(divergence, added)
    if found is None:
        return None
    value, what = found
    return Answer(
        value,
        "structure",
        f"independent components: {what}",
        "the chain rule, as of van Erven and Harremoës (2014), Theorem 28",
    )


def _of_sums(divergence: Divergence, added: Callable[[Divergence], Any]) -> tuple[Any, str] | None:
    """Return the divergence of products from the sums over their components of one that is additive."""
    if Law.ADDITIVE_OVER_PRODUCTS in divergence.laws:
        return added(divergence), f"the sum of {divergence.symbol} over them"
    powers = divergence.powers
    if powers is None:
        return None
    if powers.of != "gap":
        return powers.finish(added(kl if powers.of == "kl" else kl.reverse)), "from the sum of KL over them"
    order = powers.order
    # −ln ∫ p^α q^(1−α) = (1 − α) R_α(P‖Q) = α R_(1−α)(Q‖P)
    if order > 0.0:
        return powers.finish((1.0 - order) * added(renyi(order))), f"from the sum of R_{order:g} over them"
    return powers.finish(order * added(renyi(1.0 - order).reverse)), f"from the sum of R_{1.0 - order:g} over them"


# Points.


def _points(divergence: Divergence, p: Density, q: Density) -> Answer | None:
    """Return the divergence of distributions of which one has mass on finitely many points only."""
    first, second = p.support, q.support
    if not (isinstance(first, Points) or isinstance(second, Points)):
        return None
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    if not all(isinstance(one, (Points, Integers)) for one in (first, second)):
        formula = f"P on {first}, Q on {second}: a density gives points no mass, so P and Q share nothing"
        value = np.asarray(divergence([1.0, 0.0], [0.0, 1.0]))
        example = next(x for one in (p, q) for x, _ in one.leaves())
        return Answer(namespace(example).broadcast_to(like(value, example), shape), "support", formula)
    sets = [one.values for one in (first, second) if isinstance(one, Points)]
    points, again = _together(sets, shape)
    logs: list[Any] = []
    for one, support in ((p, first), (q, second)):
        example = next(x for x, _ in one.leaves())
        at = like(points, example)
        xp = namespace(at)
        found = xp.where(like(again, example), -math.inf, one.log_prob(at))
        if isinstance(second if one is p else first, Points) and not isinstance(support, Points):
            rest = 1.0 - xp.sum(xp.exp(found), axis=0, keepdims=True)
            positive = rest > 0.0
            last = xp.where(positive, xp.log(xp.where(positive, rest, 1.0)), -math.inf)
        else:
            last = xp.full_like(found[:1], -math.inf)
        logs.append(xp.concat([found, last], axis=0))
    value = divergence(LogProbabilities(logs[0]), LogProbabilities(logs[1]), axis=0, check=False)
    value = np.asarray(value) if isinstance(value, float) else value
    return Answer(value, "sum over points", f"{divergence.formula}, over the points that have mass")


def _together(sets: list[Any], shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Return all points along a first axis, and which of them are there already."""
    if all(readable(x) for x in sets):
        wide = [np.broadcast_to(np.asarray(to_numpy(x)), (*shape, x.shape[-1])) for x in sets]
        points = np.moveaxis(np.sort(np.concatenate(wide, axis=-1), axis=-1), -1, 0)
        return points, np.concatenate([np.zeros((1, *shape), bool), points[1:] == points[:-1]])
    xp = namespace(*sets)
    wide = [xp.broadcast_to(x, (*shape, x.shape[-1])) for x in sets]
    points = xp.moveaxis(xp.concat(wide, axis=-1), -1, 0)
    count = points.shape[0]
    before = like(np.tril(np.ones((count, count), bool), -1).reshape(count, count, *(1,) * len(shape)), points)
    return points, xp.any((points[:, None] == points[None, :]) & before, axis=1)


# Histograms.


def _histograms(divergence: Divergence, p: Density, q: Density) -> Answer | None:
    """Return the divergence of the masses of the cells between all edges: within each both densities are constant."""
    if not (isinstance(p, Histogram) and isinstance(q, Histogram)):
        return None
    if p.edges.ndim != 1 or q.edges.ndim != 1 or not (readable(p.edges) and readable(q.edges)):
        return None
    own, other = np.asarray(to_numpy(p.edges)), np.asarray(to_numpy(q.edges))
    xp = namespace(p.edges, q.edges)
    order = np.concatenate([own, other])
    _, index = np.unique(order, return_index=True)
    edges = xp.take(xp.concat([p.edges, q.edges], axis=0), like(index, p.edges), axis=0)
    widths = edges[1:] - edges[:-1]
    middles = np.unique(order)
    middles = 0.5 * middles[1:] + 0.5 * middles[:-1]
    masses = [_cells(one, numbers, middles, widths) for one, numbers in ((p, own), (q, other))]
    value = divergence(Probabilities(masses[0]), Probabilities(masses[1]), check=False)
    value = np.asarray(value) if isinstance(value, float) else value
    return Answer(
        value, "structure", f"{divergence.formula}, over the cells between all edges, where both are constant"
    )


def _cells(one: Histogram, edges: Any, middles: Any, widths: Any) -> Any:
    """Return the masses that a histogram has in cells with given middles and widths."""
    xp = namespace(one.masses, widths)
    index = np.searchsorted(edges, middles) - 1
    inside = (index >= 0) & (index < len(edges) - 1)
    where = like(np.where(inside, index, 0), one.masses)
    share = widths / xp.take(one.widths, where, axis=0)
    # A cell that is not divided keeps its mass to the last digit.
    return xp.where(like(inside, one.masses), xp.take(one.masses, where, axis=-1) * share, 0.0)
