"""SciPy: frozen distributions of `scipy.stats`, and its newer distribution objects."""

# The tables below are of functions of what SciPy keeps without types.
# pyright: reportUnknownLambdaType=false

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from kullback import distributions as ours
from kullback.distribution import Distribution
from kullback.distributions.adopt import unknown
from kullback.distributions.adopt.maps import constant, image, moved, power
from kullback.distributions.adopt.parts import expanded, of_library


def adopted(x: Any) -> Distribution | None:
    """Return a SciPy distribution as one of ours; None for what is no distribution."""
    if hasattr(x, "iccdf"):
        return _newer(x)
    if hasattr(x, "_dist"):
        return _several(x)
    if hasattr(x, "dist") and hasattr(x.dist, "_parse_args"):
        return _one(x.dist, x.args, x.kwds, x)
    if hasattr(x, "_parse_args"):
        if x.shapes and not hasattr(x, "xk"):
            raise TypeError(
                f"scipy.stats.{x.name} is a family, and its shape ({x.shapes}) is not given: "
                f"scipy.stats.{x.name}({', '.join(f'{s}=…' for s in x.shapes.split(', '))})."
            )
        return _one(x, (), {}, x())
    if type(x).__name__ == "gaussian_kde":
        return _kernel_density(x)
    return unknown.adopted(x) if hasattr(x, "logpdf") or hasattr(x, "logpmf") else None


def _kernel_density(x: Any) -> Distribution:
    """Return a kernel density estimate as the mixture of normal distributions that it is, one for each point."""
    points, covariance = np.asarray(x.dataset, dtype=float), np.asarray(x.covariance, dtype=float)
    if len(points) == 1:
        return ours.mixture(x.weights, ours.normal(points[0], math.sqrt(covariance[0, 0])))
    return ours.mixture(x.weights, ours.multivariate_normal(points.T, covariance))


def _one(family: Any, args: Any, keywords: Any, frozen: Any) -> Distribution:
    """Return a frozen distribution of one variable."""
    shapes, loc, scale = family._parse_args(*args, **keywords)
    name = type(family).__name__
    # A class of a user's own, or one with other ends than SciPy's, is not known by its name.
    if type(family).__module__.startswith("scipy.stats"):
        if name == "rv_sample":
            return moved(ours.empirical(np.asarray(family.xk, dtype=float), np.asarray(family.pk, dtype=float)), loc)
        if name == "rv_histogram":
            masses = np.diff(family._hbins) * np.asarray(family._hpdf[1:-1])
            return moved(ours.histogram(np.asarray(family._hbins, dtype=float), masses), loc, scale)
        if name in READERS:
            found = READERS[name](loc, scale, *shapes)
            if found is not None:
                batch = np.broadcast_shapes(*map(np.shape, (loc, scale, *shapes)))
                return found if found.batch_shape == batch else expanded(found, batch)
    return _unknown(family, shapes, loc, scale, frozen)


def _unknown(family: Any, shapes: Any, loc: Any, scale: Any, frozen: Any) -> unknown.Unknown:
    """Return a family that is none of ours; one of a batch is frozen again, so that it costs one."""
    found = unknown.adopted(frozen)
    if not found.shape:
        return found
    discrete = hasattr(family, "_pmf")

    def member(index: tuple[int, ...]) -> unknown.Unknown:
        one = [np.broadcast_to(a, found.shape)[index] for a in (*shapes, loc, *(() if discrete else (scale,)))]
        return unknown.adopted(family(*one))

    return replace(found, member=member)


def _half(make: Callable[..., Any]) -> Reader:
    return lambda loc, scale, *shapes: moved(make(*shapes, scale), loc)


def _counted(make: Callable[..., Any]) -> Reader:
    """Whole numbers: SciPy gives them a location and no scale."""
    return lambda loc, scale, *shapes: moved(make(*shapes), loc)


Reader = Callable[..., Any]
"""Takes loc, scale and the shapes, in SciPy's order; None where the parameters make it none of ours."""


def _reflected(make: Callable[..., Any]) -> Reader:
    """The mirror image about `loc` of a family on the positive numbers."""
    return lambda loc, scale, *shapes: moved(image(make(*shapes, scale), "negative"), loc)


def _generalised_gamma(loc: Any, scale: Any, a: Any, c: Any) -> Any:
    if np.all(np.asarray(c) > 0):
        return moved(ours.generalised_gamma(scale, _product(a, c), c), loc)
    if np.all(np.asarray(c) < 0):
        inverse = ours.generalised_gamma(1.0 / np.asarray(scale), -_product(a, c), -np.asarray(c))
        return moved(image(inverse, "reciprocal"), loc)
    return None


def _product(a: Any, b: Any) -> Any:
    return a * b if isinstance(a, (int, float)) and isinstance(b, (int, float)) else np.asarray(a) * np.asarray(b)


def _negative_binomial(n: Any, p: Any) -> Any:
    """SciPy's p is the chance of what ends the count; the odds keep its digits where it is small."""
    p = np.asarray(p, dtype=float)
    with np.errstate(divide="ignore"):
        return ours.negative_binomial(n, logits=np.log1p(-p) - np.log(p))


def _pearson3(loc: Any, scale: Any, skew: Any) -> Any:
    """A shifted gamma variable, mirrored where the skewness is negative."""
    skew = np.asarray(skew, dtype=float)
    if not (np.abs(skew) > 1.6e-5).all():  # below this SciPy takes the normal
        return ours.normal(loc, scale) if not skew.any() else None
    standard = ours.gamma(4.0 / skew**2, 1.0)
    return moved(standard, loc - 2.0 * scale / skew, 0.5 * skew * scale)


def _johnson_bounded(loc: Any, scale: Any, a: Any, b: Any) -> Any:
    return moved(ours.logit_normal(-np.asarray(a) / np.asarray(b), 1.0 / np.asarray(b)), loc, scale)


def _on_symmetric(concentration: Callable[..., Any]) -> Reader:
    """A beta variable with equal shapes, moved from [0, 1] to [−1, 1]."""

    def read(loc: Any, scale: Any, *shapes: Any) -> Any:
        a = concentration(*shapes)
        return moved(ours.beta(a, a), np.asarray(loc) - np.asarray(scale), 2.0 * np.asarray(scale))

    return read


def _wrapped(make: Callable[..., Any]) -> Reader:
    """On the circle a scale has no meaning: with one it is none of ours."""
    return lambda loc, scale, concentration: make(loc, concentration) if constant(scale, 1.0) else None


READERS: Mapping[str, Reader] = {
    "arcsine_gen": lambda loc, scale: moved(ours.beta(0.5, 0.5), loc, scale),
    "beta_gen": lambda loc, scale, a, b: moved(ours.beta(a, b), loc, scale),
    "betaprime_gen": _half(ours.beta_prime),
    "bradford_gen": lambda loc, scale, c: moved(
        ours.log_uniform(1.0, 1.0 + np.asarray(c)), loc - scale / np.asarray(c), scale / np.asarray(c)
    ),
    "cauchy_gen": ours.cauchy,
    "chi_gen": lambda loc, scale, df: moved(ours.chi(df), loc, scale),
    "chi2_gen": lambda loc, scale, df: (
        moved(ours.chi2(df), loc)
        if constant(scale, 1.0)
        else moved(ours.gamma(0.5 * np.asarray(df), scale=2.0 * np.asarray(scale)), loc)
    ),
    "expon_gen": _half(lambda scale: ours.exponential(scale=scale)),
    "f_gen": lambda loc, scale, dfn, dfd: moved(ours.fisher_f(dfn, dfd), loc, scale),
    "fisk_gen": _half(ours.log_logistic),
    "gamma_gen": _half(lambda a, scale: ours.gamma(a, scale=scale)),
    "erlang_gen": _half(lambda a, scale: ours.gamma(a, scale=scale)),
    "genextreme_gen": lambda loc, scale, c: ours.generalised_extreme_value(loc, scale, -np.asarray(c, dtype=float)),
    "gengamma_gen": _generalised_gamma,
    "gennorm_gen": ours.generalised_normal,
    "genpareto_gen": ours.generalised_pareto,
    "gibrat_gen": lambda loc, scale: moved(ours.log_normal(np.log(scale), 1.0), loc),
    "gompertz_gen": lambda loc, scale, c: moved(ours.gompertz(c, scale), loc),
    "gumbel_l_gen": lambda loc, scale: moved(image(ours.gumbel(0.0, scale), "negative"), loc),
    "gumbel_r_gen": ours.gumbel,
    "halfcauchy_gen": _half(ours.half_cauchy),
    "halflogistic_gen": lambda loc, scale: moved(ours.truncated(ours.logistic(0.0, scale), 0.0, np.inf), loc),
    "halfnorm_gen": _half(ours.half_normal),
    "invgamma_gen": _half(ours.inverse_gamma),
    "invgauss_gen": _half(lambda mu, scale: ours.inverse_gaussian(_product(mu, scale), scale)),
    "invweibull_gen": _half(ours.frechet),
    "johnsonsb_gen": _johnson_bounded,
    "laplace_gen": ours.laplace,
    "laplace_asymmetric_gen": ours.asymmetric_laplace,
    "levy_gen": ours.levy,
    "levy_l_gen": lambda loc, scale: moved(image(ours.levy(0.0, scale), "negative"), loc),
    "loggamma_gen": lambda loc, scale, c: moved(ours.exp_gamma(c, 1.0), loc, scale),
    "logistic_gen": ours.logistic,
    "loglaplace_gen": lambda loc, scale, c: moved(image(ours.laplace(np.log(scale), 1.0 / np.asarray(c)), "exp"), loc),
    "lognorm_gen": lambda loc, scale, s: moved(ours.log_normal(np.log(scale), s), loc),
    "reciprocal_gen": lambda loc, scale, a, b: moved(ours.log_uniform(_product(a, scale), _product(b, scale)), loc),
    "lomax_gen": _half(ours.lomax),
    "maxwell_gen": _half(ours.maxwell),
    "moyal_gen": ours.moyal,
    "nakagami_gen": _half(lambda nu, scale: ours.nakagami(nu, _product(scale, scale))),
    "norm_gen": ours.normal,
    "pareto_gen": _half(ours.pareto),
    "pearson3_gen": _pearson3,
    "powerlaw_gen": lambda loc, scale, a: moved(ours.power(a), loc, scale),
    "rayleigh_gen": _half(ours.rayleigh),
    "rdist_gen": _on_symmetric(lambda c: 0.5 * np.asarray(c, dtype=float)),
    "semicircular_gen": _on_symmetric(lambda: 1.5),
    "t_gen": lambda loc, scale, df: ours.student_t(df, loc, scale),
    "triang_gen": lambda loc, scale, c: ours.triangular(loc, loc + _product(c, scale), loc + scale),
    "truncexpon_gen": _half(lambda b, scale: ours.truncated(ours.exponential(scale=scale), 0.0, _product(b, scale))),
    "truncnorm_gen": lambda loc, scale, a, b: ours.truncated_normal(
        loc, scale, loc + _product(a, scale), loc + _product(b, scale)
    ),
    "truncpareto_gen": _half(lambda b, c, scale: ours.truncated(ours.pareto(b, scale), scale, _product(c, scale))),
    "truncweibull_min_gen": _half(
        lambda c, a, b, scale: ours.truncated(ours.weibull(c, scale), _product(a, scale), _product(b, scale))
    ),
    "uniform_gen": lambda loc, scale: ours.uniform(loc, loc + scale),
    "vonmises_gen": _wrapped(ours.von_mises),
    "wald_gen": _half(lambda scale: ours.inverse_gaussian(scale, scale)),
    "weibull_max_gen": _reflected(lambda c, scale: ours.weibull(c, scale)),
    "weibull_min_gen": _half(ours.weibull),
    "wrapcauchy_gen": _wrapped(ours.wrapped_cauchy),
    # Whole numbers.
    "bernoulli_gen": _counted(ours.bernoulli),
    "betabinom_gen": _counted(ours.beta_binomial),
    "binom_gen": _counted(ours.binomial),
    "geom_gen": lambda loc, scale, p: moved(ours.geometric(p), loc + 1),
    "hypergeom_gen": _counted(ours.hypergeometric),
    "logser_gen": _counted(ours.logarithmic),
    "nbinom_gen": _counted(_negative_binomial),
    "planck_gen": _counted(lambda rate: ours.geometric(-np.expm1(-np.asarray(rate, dtype=float)))),
    "poisson_gen": _counted(ours.poisson),
    "randint_gen": _counted(lambda low, high: ours.discrete_uniform(low, np.asarray(high) - 1)),
    "skellam_gen": _counted(ours.skellam),
    "zipf_gen": _counted(ours.zeta),
    "zipfian_gen": _counted(ours.zipf),
}
"""What is made of the families of one variable, by the name of their class."""


def _several(x: Any) -> Distribution:
    """Return a frozen distribution of vectors or matrices."""
    name = type(x).__name__
    if name in VECTORS and type(x).__module__.startswith("scipy.stats"):
        found = VECTORS[name](x)
        if found is not None:
            return found
    return unknown.adopted(x)


def _multivariate_normal(x: Any) -> Any:
    cov: Any = x.cov_object
    kind = type(cov).__name__
    if kind == "CovViaDiagonal":
        return ours.multivariate_normal(x.mean, diagonal=np.diagonal(cov._covariance))
    if kind == "CovViaCholesky":
        return ours.multivariate_normal(x.mean, cholesky=np.asarray(cov._factor))
    if kind == "CovViaPrecision":
        return ours.multivariate_normal(x.mean, precision=np.asarray(cov._precision))
    return ours.multivariate_normal(x.mean, covariance=np.asarray(x.cov))


VECTORS: Mapping[str, Callable[[Any], Any]] = {
    "multivariate_normal_frozen": _multivariate_normal,
    "matrix_normal_frozen": lambda x: ours.matrix_normal(x.mean, x.rowcov, x.colcov),
    "multivariate_t_frozen": lambda x: ours.multivariate_t(x.df, x.loc, x.shape),
    "dirichlet_frozen": lambda x: ours.dirichlet(x.alpha),
    "dirichlet_multinomial_frozen": lambda x: ours.dirichlet_multinomial(x.n, x.alpha),
    "multinomial_frozen": lambda x: ours.multinomial(x.n, x.p),
    "wishart_frozen": lambda x: ours.wishart(x.df, x.scale),
    "invwishart_frozen": lambda x: ours.inverse_wishart(x.df, x.scale),
    "vonmises_fisher_frozen": lambda x: ours.von_mises_fisher(x.mu, x.kappa),
    "uniform_direction_frozen": lambda x: ours.spherical_uniform(x.dim),
    "normal_inverse_gamma_frozen": lambda x: ours.normal_inverse_gamma(*x._shapes),
}
"""What is made of the frozen distributions of vectors and matrices, by the name of their class."""


def _newer(x: Any) -> Distribution:
    """Return one of SciPy's newer distribution objects: `scipy.stats.Normal`, and what is made of others."""
    found: Distribution | None = None
    if type(x).__module__.startswith("scipy.stats"):
        reader = NEWER.get(type(x).__name__)
        found = _remade(x) if reader is None else reader(x)
    return unknown.adopted(x) if found is None else found


def _remade(x: Any) -> Distribution | None:
    """Return what `scipy.stats.make_distribution` made of one of the older families: its methods are the family's."""
    for member in vars(type(x)).values():
        family: Any = getattr(member, "__self__", None)
        if hasattr(family, "_shape_info"):
            name, given = type(family).__name__, x._original_parameters
            shapes = [s.strip() for s in family.shapes.split(",")] if family.shapes else []
            if name not in READERS or set(shapes) != set(given):
                return None
            found: Distribution | None = READERS[name](0.0, 1.0, *(given[s] for s in shapes))
            return found
    return None


def _monotone(x: Any) -> Any:
    """The image under exp, log, 1/x, xⁿ or aˣ; SciPy keeps the function, and a power's exponent in it."""
    base, g = of_library(x._dist), x._g
    if g is np.exp or g is np.log:
        return image(base, "exp" if g is np.exp else "log")
    within = getattr(g, "__qualname__", "")
    kept = inspect.getclosurevars(g).nonlocals if inspect.isfunction(g) else {}
    positive = bool(np.all(np.asarray(x._dist.support()[0]) >= 0))
    if "__rtruediv__" in within and positive:
        return image(base, "reciprocal")
    if "__rpow__" in within and "other" in kept:
        return image(moved(base, 0.0, math.log(kept["other"])), "exp")
    if "__pow__" in within and "other" in kept and positive:
        return power(base, float(kept["other"]))
    return None


def _folded(x: Any) -> Any:
    base: Any = of_library(x._dist)
    if bool(np.all(np.asarray(x._dist.support()[0]) >= 0)):
        return base
    return ours.half_normal(base.scale) if base.name == "normal" and constant(base.loc, 0.0) else None


NEWER: Mapping[str, Callable[[Any], Any]] = {
    "StandardNormal": lambda x: ours.normal(),
    "Normal": lambda x: ours.normal(x.mu, x.sigma),
    "Logistic": lambda x: ours.logistic(0.0, 1.0),
    "Uniform": lambda x: ours.uniform(x.a, x.b),
    "_Gamma": lambda x: ours.gamma(x.a, 1.0),
    "_LogUniform": lambda x: ours.log_uniform(x.a, x.b),
    "Binomial": lambda x: ours.binomial(x.n, x.p),
    "Mixture": lambda x: ours.mixture(np.asarray(x._weights, dtype=float), [of_library(one) for one in x._components]),
    "TruncatedDistribution": lambda x: ours.truncated(of_library(x._dist), x.lb, x.ub),
    "ShiftedScaledDistribution": lambda x: moved(of_library(x._dist), x.loc, x.scale),
    "MonotonicTransformedDistribution": _monotone,
    "FoldedDistribution": _folded,
}
"""What is made of the newer objects, by the name of their class."""
