"""Deleting what the source lacks (mode `mirror`)."""

from __future__ import annotations

from collections.abc import Iterator

from bake.catalog.model import Entity
from bake.catalog.row import Row
from bake.changeset.model import Delete
from bake.compiler.scope import Scope, says_little
from bake.compiler.tally import Tally


def deletes(scope: Scope, tally: Tally, entity: str) -> Iterator[Delete]:
    """Delete an entity's rows that no record is about, and none may be: parents first, as changesets name them.

    A file without a single record of the entity deletes nothing: an empty list is more likely a mistake, but in a set,
    whose manifest says so. Nor does one with a record that may be about any row, because what should identify it does
    not fit, or leads nowhere.
    """
    item = scope.catalog.entities[entity]
    records = sum(s.records for s in scope.source.sections if s.view and s.view.entity == entity)
    if not records and scope.source.kind != "set":
        scope.notices.add("mirror_empty", f"there are no records of {entity}; none of its rows is deleted")
        return
    for record in scope.claims.unsure.get(entity, ()):
        message = f"it is not known which of the {entity} this is; none of them is deleted"
        scope.notices.add("mirror_unsure", message, record)
    if entity in scope.claims.unsure:
        return
    rows = scope.snapshot.scan(entity, tuple(item.fields))
    doomed = {row.id: row for row in rows if not scope.claims.named(entity, row.id)}
    for row in _parents_first(item, doomed):
        key = scope.keys.key(entity, row)
        before = {name: scope.keys.reference(item.references.get(name), row.values[name]) for name in item.fields}
        label = scope.label(item, row) if says_little(key) else None
        yield Delete(n=tally.number(), entity=entity, key=key, label=label, before=before)


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
