"""Deleting what the source lacks (mode `mirror`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from bake.catalog.model import ID, Entity
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
    doomed = _doomed(context, item)
    while chunk := list(islice(doomed, context.options.batch)):
        context.trim()
        context.fetch_names(item, chunk, item.references)
        for row in chunk:
            yield _delete(context, counts, item, row)


def _delete(context: Context, counts: OperationCounts, item: Entity, row: Row) -> Delete:
    key = context.keys.key(item.name, row)
    before = {name: context.keys.reference(item.references.get(name), row.values[name]) for name in item.fields}
    label = context.label(item, row) if says_little(key) else None
    return Delete(n=counts.number(), entity=item.name, key=key, label=label, before=before)


def _doomed(context: Context, item: Entity) -> Iterator[Row]:
    """The rows to be deleted, read in pages; where they refer to each other, only their ids are held to order them."""
    if not item.own_references:
        rows = context.snapshot.scan(item.name, tuple(item.fields))
        yield from (row for row in rows if not context.claims.named(item.name, row.id))
        return
    rows = context.snapshot.scan(item.name, tuple(item.own_references))
    parents = {row.id: tuple(row.values.values()) for row in rows if not context.claims.named(item.name, row.id)}
    ids = _parents_first(parents)
    while chunk := [(id_,) for id_ in islice(ids, context.options.batch)]:
        found = context.snapshot.find(item.name, (ID,), chunk)
        yield from (found[key][0] for key in chunk)


def _parents_first(parents: Mapping[int, tuple[int | None, ...]]) -> Iterator[int]:
    """The ids of rows, each after those of its parents; within a cycle, as they come.

    Args:
        parents: by the id of each row, what its references to its own entity hold.
    """
    reached: set[int] = set()
    done: set[int] = set()
    stack: list[int] = []
    for first in parents:
        stack.append(first)
        while stack:
            id_ = stack[-1]
            ahead = [] if id_ in reached else [up for up in parents[id_] if up is not None and up in parents]
            reached.add(id_)
            ahead = [up for up in ahead if up not in reached]
            if ahead:
                stack += reversed(ahead)
                continue
            stack.pop()
            if id_ not in done:
                done.add(id_)
                yield id_
