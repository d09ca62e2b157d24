"""Deleting what the source lacks (mode `mirror`)."""

from __future__ import annotations

from collections.abc import Iterator

from bake.catalog.model import Entity
from bake.catalog.row import Row
from bake.changeset.model import Delete
from bake.compiler.duplicates import Claims
from bake.compiler.scope import Scope, says_little
from bake.compiler.tally import Tally


def deletes(scope: Scope, tally: Tally, claims: Claims, entity: str) -> Iterator[Delete]:
    """Delete an entity's rows that no record is about, and none may be: parents first, as changesets name them.

    A source without a single record of the entity deletes nothing: an empty list is more likely a mistake.
    """
    item = scope.catalog.entities[entity]
    if not any(section.records for section in scope.source.sections if section.view and section.view.entity == entity):
        scope.notices.add("mirror_empty", f"there are no records of {entity}; none of its rows is deleted")
        return
    doomed = {
        row.id: row for row in scope.snapshot.scan(entity, tuple(item.fields)) if not claims.named(entity, row.id)
    }
    for row in _parents_first(item, doomed):
        key = scope.keys.key(entity, row)
        before = {name: scope.keys.reference(item.references.get(name), row.values[name]) for name in item.fields}
        label = scope.label(item, row) if says_little(key) else None
        yield Delete(n=tally.number(), entity=entity, key=key, label=label, before=before)


def _parents_first(item: Entity, rows: dict[int, Row]) -> Iterator[Row]:
    own = [name for name, target in item.references.items() if target == item.name]
    done: set[int] = set()

    def visit(row: Row, path: frozenset[int]) -> Iterator[Row]:
        if row.id in done or row.id in path:
            return
        for name in own:
            parent = rows.get(row.values[name]) if row.values[name] is not None else None
            if parent is not None:
                yield from visit(parent, path | {row.id})
        done.add(row.id)
        yield row

    for row in rows.values():
        yield from visit(row, frozenset())
