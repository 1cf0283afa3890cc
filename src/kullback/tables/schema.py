"""Schema: which columns both sides have, and which were added, removed, retyped or cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kullback.comparison import Retyped, SchemaDifference
from kullback.summaries.columns import common_kind
from kullback.tables.settings import Settings


def compare_schemas(
    reference: Mapping[str, Any], current: Mapping[str, Any], settings: Settings, first: str, second: str
) -> tuple[SchemaDifference, dict[str, str]]:
    """Return how the columns differ, and those to compare: name in the reference → name in the current data."""
    for name in (*(settings.columns or ()), *settings.rename, *settings.margins):
        if name not in reference:
            raise ValueError(f"{first} has no column {name!r}; it has {', '.join(reference)}")
    for name in settings.rename.values():
        if name not in current:
            raise ValueError(f"{second} has no column {name!r}; it has {', '.join(current)}")
    for name in (*settings.ignore, *(gate.column for gate in settings.gates if gate.column is not None)):
        if name not in reference and name not in current:
            raise ValueError(f"neither {first} nor {second} has a column {name!r}; {first} has {', '.join(reference)}")
    names = {name: settings.rename.get(name, name) for name in reference}
    considered = [name for name in reference if settings.wants(name)]
    if not considered:
        raise ValueError(f"columns and ignore leave nothing to compare of {', '.join(reference)}")
    for old, new in settings.rename.items():
        if old != new and new in considered and names[new] == new:
            raise ValueError(
                f"rename says that {old!r} became {new!r}, but {first} has a column {new!r} too: "
                f"rename or ignore that one as well"
            )
    retyped: list[Retyped] = []
    skipped: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for name in considered:
        if names[name] not in current:
            continue
        before, after = reference[name], current[names[name]]
        kind = common_kind(before, after)
        if before.type != after.type:
            retyped.append(Retyped(name, before.type, after.type, kind))
        if kind is None:
            skipped[name] = (
                before.reason
                or after.reason
                or (
                    f"{before.kind} in the reference ({before.type}), {after.kind} in the current data ({after.type}); "
                    "cast one of them"
                )
            )
        else:
            wanted[name] = names[name]
    targets = set(names.values())
    schema = SchemaDifference(
        added=tuple(n for n in current if n not in targets and n not in settings.ignore and settings.columns is None),
        removed=tuple(name for name in considered if names[name] not in current),
        retyped=tuple(retyped),
        skipped=skipped,
    )
    return schema, wanted
