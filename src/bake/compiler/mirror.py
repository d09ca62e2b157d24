"""Deleting what the source lacks (mode `mirror`)."""

from __future__ import annotations

from collections.abc import Iterator

from bake.catalog.model import Entity
from bake.catalog.row import Row
from bake.changeset.model import Delete
from bake.compiler.context import Context, says_little
from bake.compiler.operation_counts import OperationCounts


def deletes(context: Context, counts: OperationCounts, entity: str) -> Iterator[Delete]:
    """Delete an entity's rows that no record is about, and none may be: parents first, as changesets name them.

    A file without a single record of the entity deletes nothing: an empty list is more likely a mistake, but in a set,
    whose manifest says so. Nor does one with a record that may be about any row, because what should identify it does
    not fit, or leads nowhere.
    """
    item = context.catalog.entities[entity]
    records = sum(s.records for s in context.source.sections if s.view and s.view.entity == entity)
    if not records and context.source.kind != "set":
        context.notices.add("mirror_empty", f"there are no records of {entity}; none of its rows is deleted")
        return
    for record in context.claims.unsure.get(entity, ()):
        message = f"it is not known which of the {entity} this is; none of them is deleted"
        context.notices.add("mirror_unsure", message, record)
    if entity in context.claims.unsure:
        return
    rows = context.snapshot.scan(entity, tuple(item.fields))
    doomed = {row.id: row for row in rows if not context.claims.named(entity, row.id)}
    for row in _parents_first(item, doomed):
        key = context.keys.key(entity, row)
        before = {name: context.keys.reference(item.references.get(name), row.values[name]) for name in item.fields}
        label = context.label(item, row) if says_little(key) else None
        yield Delete(n=counts.number(), entity=entity, key=key, label=label, before=before)


def _parents_first(item: Entity, rows: dict[int, Row]) -> Iterator[Row]:
    own = [name for name, target in item.references.items() if target == item.name]
    reached: set[int] = set()
    done: set[int] = set()
    stack: list[Row] = []
    for first in rows.values():
        stack.append(first)
        while stack:
            row = stack[-1]
            ahead = [] if row.id in reached else [rows[id_] for name in own if (id_ := row.values[name]) in rows]
            reached.add(row.id)
            ahead = [parent for parent in ahead if parent.id not in reached]  # within a cycle, as they come
            if ahead:
                stack += reversed(ahead)
                continue
            stack.pop()
            if row.id not in done:
                done.add(row.id)
                yield row
