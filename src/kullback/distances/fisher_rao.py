"""The Fisher–Rao distance of distributions.

Rao, "Information and the accuracy attainable in the estimation of statistical parameters", Bull. Calcutta Math. Soc. 37
(1945), 81-91; Atkinson and Mitchell, "Rao's distance measure", Sankhyā A 43 (1981), 345-365.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kullback.arrays import Axis, library, namespace
from kullback.distances.stated import Known, complete, first_known, stated, two_densities
from kullback.distances.transport import root
from kullback.distribution import Density
from kullback.distributions.independent import Independent, Product
from kullback.distributions.parameters import readable
from kullback.divergences.hellinger import hellinger
from kullback.exact import formulas
from kullback.exact.not_exact import NotExact
from kullback.exact.pair import densities

_EXISTS = (
    "normal, log-normal, logit-normal, Laplace, Cauchy, logistic, log-logistic, Gumbel, Fréchet, Weibull, Student's t "
    "of equal degrees of freedom, exponential, Rayleigh, Maxwell, half-normal, Pareto of equal scale, inverse "
    "Gaussian, Poisson, Bernoulli, geometric, binomial, negative binomial and multinomial of equal counts, normal "
    "distributions of vectors of equal means or of equal covariances, products of these, and probabilities of listed "
    "outcomes"
)


def fisher_rao(p: object, q: object, *, axis: Axis = -1) -> Any:
    """Return the Fisher–Rao distance: the least length of a path from P to Q within their family.

    Length is measured by the Fisher information, ds² = Σ I_ij dθ_i dθ_j, so that ½ ds² is KL of neighbours. The
    distance does not depend on how the family is parametrised, and is a metric without a unit. Probabilities of listed
    outcomes lie on a sphere: 2 arccos Σ √(p q). Independent components stay independent on the way.

    Args:
        p: a distribution of kullback, SciPy, PyTorch, NumPyro, TensorFlow Probability or Distrax; or probabilities of
            outcomes along `axis`, `kb.log_probs`, `kb.logits` or `kb.counts`.
        q: another one of the same family; batches broadcast.
        axis: the axis or axes of listed outcomes.

    Returns:
        A number or an array of the library of the parameters, with gradients.

    Raises:
        NotExact: there is no closed form for the pair; the message says for which there is one.
        ValueError: values that are not a distribution, shapes that do not fit.
        TypeError: something that is no distribution.

    Example:
        >>> import kullback as kb
        >>> kb.fisher_rao(kb.distributions.exponential(1), kb.distributions.exponential(2)).round(12)
        np.float64(0.69314718056)
        >>> kb.fisher_rao([1.0, 0.0], [0.0, 1.0]).round(12)
        np.float64(3.14159265359)
    """
    first, second = formulas.adopted(p), formulas.adopted(q)
    if not isinstance(first, Density) and not isinstance(second, Density):
        return _of_listed(hellinger(first, second, axis=axis))
    formulas.only_for_arrays("fisher_rao", axis=axis)
    pair = two_densities(first, second, "fisher_rao", "")
    both = densities(*pair)
    with np.errstate(all="ignore"):
        known = _known(*both.members)
        if known is None or not (complete(known) or _traced(known)):
            raise NotExact(_no_answer(*pair, known))
        value = namespace(known.value).broadcast_to(known.value, both.shape)
        return both.returned(value)


def _of_listed(distance: Any) -> Any:
    """Return 2 arccos(1 − h²) = 4 arcsin(h/√2), h the Hellinger distance, which is accurate where P ≈ Q."""
    return 4.0 * namespace(distance).asin(math.sqrt(0.5) * distance)


def _traced(known: Known) -> bool:
    """Return whether the values cannot be seen: what is not known stays NaN in a program that JAX traces."""
    return library(known.value) == "jax" and not readable(known.value)


def _known(p: Density, q: Density) -> Known | None:
    def ways() -> Any:
        yield _products(p, q)
        yield stated("fisher_rao", p, q)
        yield _image(p, q)

    return first_known(ways())


def _image(p: Density, q: Density) -> Known | None:
    """Return the distance of what both are images of under one map, which changes no information."""
    for a in (p, *p.forms()):
        for b in (q, *q.forms()):
            first, second = a.image_of(), b.image_of()
            if first is not None and second is not None and first[0] == second[0]:
                return _known(first[1], second[1])
    return None


def _products(p: Density, q: Density) -> Known | None:
    """Return √Σ d² over independent components, whose information adds up."""
    if isinstance(p, Product) and isinstance(q, Product) and len(p.components) == len(q.components):
        each = [_known(a, b) for a, b in zip(p.components, q.components, strict=True)]
        known = [one for one in each if one is not None]
        if len(known) < len(each):
            return None
        squares = sum((one.value * one.value for one in known[1:]), known[0].value * known[0].value)
        return Known(root(squares), all(one.everywhere for one in known))
    if isinstance(p, Independent) and isinstance(q, Independent) and p.event_shape == q.event_shape:
        found = _known(p.base, q.base)
        if found is None:
            return None
        squares = namespace(found.value).sum(found.value * found.value, axis=tuple(range(-p.dimensions, 0)))
        return Known(root(squares), found.everywhere)
    return None


def _no_answer(p: Density, q: Density, known: Known | None) -> str:
    names = " and ".join(one.name or type(one).__name__ for one in (p, q))
    what = "their distance has no closed form here" if known is None else "there is none for these parameters"
    return f"fisher_rao: {names}: {what}. It exists for pairs of one family: {_EXISTS}."
