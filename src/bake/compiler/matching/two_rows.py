"""Records whose key is that of one row, while their uuid or id is that of another: which of the two is asked.

A key may have moved on since a record was exported: its row was renamed, and another row got the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bake.catalog.entity import Entity
from bake.catalog.lookups import frozen, given
from bake.catalog.row import Row
from bake.catalog.values import same
from bake.changeset.model import Key
from bake.compiler.context import Context
from bake.compiler.identity import Doubtful
from bake.compiler.matching.agreement import agrees, contradicts, fetch_by_id, resolve_parents
from bake.compiler.reading.binding import Binding, Reading
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.resolved import Found, Resolved, Unclear

_MOVED_ON = "the row that has its key now is not what else it says, and has another id: the key may have moved on"
_TWO_ROWS = "the uuid is that of one row, the natural key that of another"


def doubts_by_id(
    context: Context, binding: Binding, readings: Sequence[Reading], rows: Sequence[list[Row]]
) -> dict[int, Doubtful]:
    """By place, the doubt of a record whose key is that of a row with another id, which is not what the record says."""
    if binding.view.kind == "entity":
        return {}
    found = {
        n: (one.id, some[0])
        for n, (one, some) in enumerate(zip(readings, rows, strict=True))
        if len(some) == 1 and one.id is not None and one.id != some[0].id and not given(one.fields, "uuid")
    }
    fetch_by_id(context, binding, [id_ for id_, _ in found.values()])
    resolve_parents(context, binding, [(readings[n], [row]) for n, (_, row) in found.items()])
    keys, doubts = {name for key in binding.entity.keys if len(key) == 1 for name in key}, {}
    for n, (id_, row) in found.items():
        if contradicts(context, binding, readings[n], row, keys):
            other = context.keys.known(binding.entity.name, id_)
            is_other = other is not None and agrees(context, binding, readings[n], other, keys)
            doubts[n] = Doubtful((row, other) if other is not None and is_other else (row,), _MOVED_ON)
    return doubts


def doubts_by_natural_key(
    context: Context, item: Entity, lookups: Sequence[Key], rows: Sequence[list[Row]]
) -> dict[int, Doubtful]:
    """By place, the doubt of a record whose uuid is that of a row, and its natural key, or nearly, that of another."""
    keys: dict[int, Key] = {}
    for n, (lookup, found) in enumerate(zip(lookups, rows, strict=True)):
        if len(found) == 1 and given(lookup, "uuid") and found[0].values.get("uuid") == lookup["uuid"]:
            single = next((key[0] for key in item.keys if len(key) == 1 and given(lookup, key[0])), None)
            if single is not None and not same(found[0].values.get(single), lookup[single]):
                keys[n] = {single: lookup[single]}
    others = context.references.resolve(item.name, list(keys.values())) if keys else {}
    named = {n: [row for row in _found(others[frozen(key)]) if row.id != rows[n][0].id] for n, key in keys.items()}
    return {n: Doubtful((rows[n][0], those[0]), _TWO_ROWS) for n, those in named.items() if those}


def _found(hit: Resolved) -> Sequence[Row]:
    """The rows of the database that a lookup finds."""
    match hit:
        case Found(row):
            return [row]
        case CreatedRow():
            return []
        case Unclear():
            return hit.rows
        case _:
            assert_never(hit)
