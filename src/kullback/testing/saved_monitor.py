"""A monitor as one line of JSON and back, to the same bits: one process after another may watch a stream."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, cast

import numpy as np

from kullback.records import load_plain
from kullback.sample import Sample
from kullback.testing.basis import Basis
from kullback.testing.monitor import Expert, StreamMonitor

FORMAT = "kullback monitor 1"
_KINDS = {kind.__name__: kind for kind in (Basis, Expert, Sample, StreamMonitor)}


def save_monitor(monitor: StreamMonitor) -> str:
    """Return the monitor as JSON text."""
    return json.dumps({"format": FORMAT, "monitor": _plain(monitor)}, allow_nan=False, separators=(",", ":"))


def load_monitor(text: str) -> StreamMonitor:
    """Return the monitor that `save_monitor` wrote.

    Raises:
        ValueError: other text.
    """
    found = _built(load_plain(FORMAT, text, "monitor").get("monitor"))
    if not isinstance(found, StreamMonitor):
        raise ValueError("a saved monitor without its content")
    return found


def _plain(value: object) -> Any:
    if isinstance(value, np.ndarray):
        return {"array": value.dtype.name, "shape": value.shape, "values": value.ravel().tolist()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
        return {"kind": type(value).__name__, "fields": fields}
    if isinstance(value, tuple):
        return {"tuple": [_plain(one) for one in cast("tuple[object, ...]", value)]}
    if isinstance(value, list):
        return [_plain(one) for one in cast("list[object]", value)]
    return value


def _built(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_built(one) for one in cast("list[object]", plain)]
    if not isinstance(plain, dict):
        return plain
    content = cast("dict[str, Any]", plain)
    if "array" in content:
        return np.array(content["values"], dtype=content["array"]).reshape(content["shape"])
    if "tuple" in content:
        return tuple(_built(one) for one in content["tuple"])
    kind = _KINDS.get(content.get("kind", ""))
    if kind is None:
        raise ValueError(f"a saved monitor holds {content.get('kind')!r}, which is none of {', '.join(_KINDS)}")
    return kind(**{name: _built(one) for name, one in content["fields"].items()})
