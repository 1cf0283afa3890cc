"""NotExact: what is raised where no exact answer is to be had."""

from __future__ import annotations


class NotExact(ValueError):
    """There is neither a closed form nor a sum or quadrature with a stated error; the message names the way out."""
