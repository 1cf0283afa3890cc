"""Which pairs of classes other libraries have a KL divergence for, read from the libraries themselves."""

from __future__ import annotations

import importlib.util
import warnings


def torch_pairs() -> tuple[tuple[str, str], ...]:
    """The ordered pairs of PyTorch's registry, by the names of the classes."""
    import torch.distributions.kl as kl

    return _sorted((p.__name__, q.__name__) for p, q in kl._KL_REGISTRY)


def torch_infinite_pairs() -> tuple[tuple[str, str], ...]:
    """Those of them that are answered with infinity alone: one function serves them all."""
    import torch.distributions.kl as kl

    return _sorted((p.__name__, q.__name__) for (p, q), f in kl._KL_REGISTRY.items() if "infinity" in f.__name__)


def tensorflow_probability_pairs() -> tuple[tuple[str, str], ...]:
    """The ordered pairs of TensorFlow Probability's registry, on JAX."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import tensorflow_probability.substrates.jax.distributions  # noqa: F401
        from tensorflow_probability.substrates.jax.distributions import kullback_leibler as kl

    return _sorted(_registered_by("tensorflow_probability", kl._DIVERGENCES))


def numpyro_pairs() -> tuple[tuple[str, str], ...]:
    """The ordered pairs that NumPyro's `kl_divergence` dispatches on."""
    from numpyro.distributions.kl import kl_divergence

    return _sorted((p.__name__, q.__name__) for p, q in kl_divergence.funcs)


def distrax_pairs() -> tuple[tuple[str, str], ...]:
    """The ordered pairs that Distrax registers with TensorFlow Probability, of its own classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import distrax  # noqa: F401
        from tensorflow_probability.substrates.jax.distributions import kullback_leibler as kl

    return _sorted(_registered_by("distrax", kl._DIVERGENCES))


def _registered_by(library, pairs):
    # Distrax writes its own classes into the registry of TensorFlow Probability as soon as it is imported.
    for p, q in pairs:
        if p.__module__.startswith(library) and q.__module__.startswith(library):
            yield p.__name__.lstrip("_"), q.__name__.lstrip("_")


REGISTRIES = {
    "torch": torch_pairs,
    "tensorflow_probability": tensorflow_probability_pairs,
    "numpyro": numpyro_pairs,
    "distrax": distrax_pairs,
}


def registered() -> dict[str, tuple[tuple[str, str], ...]]:
    """What each installed library registers: {"torch": (("Bernoulli", "Bernoulli"), …), …}."""
    return {name: pairs() for name, pairs in REGISTRIES.items() if importlib.util.find_spec(name) is not None}


def _sorted(pairs) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(set(pairs)))
