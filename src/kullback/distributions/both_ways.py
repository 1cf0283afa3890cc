"""Both ways: Jeffreys' divergence of a family that states its relative entropy."""

from __future__ import annotations

from typing import Any

from kullback.distribution import closed_form

_SOURCE = "Jeffreys, An invariant form for the prior probability in estimation problems (1946)"


class BothWays:
    """A family whose relative entropy is known for all its members."""

    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q)."""
        raise NotImplementedError

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P), each in closed form", source=_SOURCE)
    def jeffreys(self, other: Any) -> Any:
        """Return KL(P‖Q) + KL(Q‖P)."""
        return self.relative_entropy(other) + other.relative_entropy(self)


class SometimesBothWays:
    """A family whose relative entropy is known for some pairs of its members."""

    def relative_entropy(self, other: Any) -> Any:
        """Return KL(P‖Q), NaN where it is not known."""
        raise NotImplementedError

    @closed_form("jeffreys", formula="KL(P‖Q) + KL(Q‖P), each in closed form", source=_SOURCE, everywhere=False)
    def jeffreys(self, other: Any) -> Any:
        """Return KL(P‖Q) + KL(Q‖P), NaN where it is not known."""
        return self.relative_entropy(other) + other.relative_entropy(self)
