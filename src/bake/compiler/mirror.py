"""Deletes the rows that no record of the source is about (mode `mirror`).

    a row of the source's entities that no record is about             result
    nothing that is kept refers to it                                  a `Delete`
    something that is kept refers to it (`constraints.dependents`)     kept, with a notice that names what refers to it

Deleting a row of the second kind would fail when the changeset is applied, so it is not planned.

A row that was added after a file was exported is lacking there, too:

    an export lacks a row, and                                         result
    a changeset has created it since the export                        asked, once an entity: delete, or keep
    all records that were exported are in the file                     the same
    neither is known                                                   a `Delete`, with a notice that counts these
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from msgspec import structs

from bake.catalog.entity import ID, Entity
from bake.catalog.names import key_words
from bake.catalog.row import Row
from bake.changeset.coverage import Coverage
from bake.changeset.model import Delete, Option, Outcome
from bake.compiler.context import Context
from bake.compiler.questions.operation_counts import OperationCounts
from bake.compiler.questions.question_records import Origin
from bake.compiler.rows.row_keys import uuids_of
from bake.compiler.snapshot import scan
from bake.database.constraints.dependents import Dependents, Holder

#: How many of the rows that are kept a notice names.
_EXAMPLES = 3


def deletes(context: Context, counts: OperationCounts, entities: Sequence[str]) -> Iterator[Delete]:
    """The deletes of a compilation: of the rows that no record is about, or may be.

    No row of an entity is deleted if the source has no record of it, since an empty list is more likely a mistake
    (unless the source is a set, whose manifest declares it); or if it is unknown which row some record is about.

    Args:
        context: the compilation, after all records were compiled.
        counts: gives the operations their numbers.
        entities: the names of the source's entities, in the order of `Catalog.order`.
    """
    items = [context.catalog.entities[name] for name in entities if _may_delete(context, name)]
    unclaimed = {item.name: _unclaimed(context, item) for item in items}
    dependents = Dependents(context.snapshot, context.catalog, unclaimed, context.claims.turned, context.claims.used)
    for item in items:
        kept = _KeptRows(context, item)
        rows = _rows_to_delete(context, item, unclaimed[item.name])
        deleted = 0
        while chunk := list(islice(rows, context.options.batch)):
            context.trim()
            holders = dependents.holders(item.name, [row.id for row in chunk])
            context.fetch_names(item, chunk, item.references)
            kept.add([row for row in chunk if row.id in holders], holders)
            doomed = [row for row in chunk if row.id not in holders]
            added = _added_since(context, counts, item, doomed)
            deleted += added.count(False)
            for row, is_new in zip(doomed, added, strict=True):
                delete = _delete(context, counts, item, row)
                yield _ask_about_added(context, delete) if is_new else delete
        kept.notice()
        _note_added_since(context, item, deleted)


def _added_since(context: Context, counts: OperationCounts, item: Entity, rows: Sequence[Row]) -> list[bool]:
    """For each row that an export lacks, whether it is known to have been added since (see above)."""
    if not context.source.is_export:
        return [False] * len(rows)
    there = sum(section.records for section in context.source.sections)
    if context.source.declared == there and not counts.creates(item.name):
        return [True] * len(rows)
    if context.created_since is None:
        return [False] * len(rows)
    named = [(context.keys.key(item.name, row), row.values.get("uuid")) for row in rows]
    return context.created_since(item.name, named)


def _ask_about_added(context: Context, delete: Delete) -> Delete:
    """Ask, once for the entity, whether rows are deleted that were added since the export."""
    question = context.questions.decision(
        ("added since", delete.entity),
        entity=delete.entity,
        problem="these rows were added since the file was exported, and so are lacking in it",
        origin=Origin(context.source.name),
        options=[
            Option(name="keep", label="they stay", example=delete.label or key_words(delete.key)),
            Option(name="delete", label="they are deleted, too"),
        ],
        n=delete.n,
    )
    outcomes = {"keep": Outcome(skip="added since the export"), "delete": Outcome()}
    return structs.replace(delete, needs={"": question}, outcomes={question: outcomes})


def _note_added_since(context: Context, item: Entity, deleted: int) -> None:
    """Note that rows may be deleted which the file could not have: those that were added since it was exported."""
    if deleted and context.source.is_export:
        rows, are = ("1 row", "is") if deleted == 1 else (f"{deleted} rows", "are")
        message = (
            f"{item.name}: {rows} that the export lacks {are} to be deleted; what was added since the export by other "
            "programs is lacking there, too, and it is not known of these when they were added: look at each"
        )
        context.notices.add("mirror_export", message)


def _may_delete(context: Context, entity: str) -> bool:
    """Whether rows of an entity may be deleted at all (see `deletes`); if not, a notice says why."""
    records = sum(s.records for s in context.source.sections if s.view and s.view.entity == entity)
    if not records and context.source.kind != "set":
        context.notices.add("mirror_empty", f"there are no records of {entity}; none of its rows is deleted")
        return False
    if context.source.left_out:
        rows = f"{context.source.left_out} rows that could not be read"
        context.notices.add("mirror_incomplete", f"the export left out {rows}; none of the {entity} is deleted")
        return False
    for record in context.claims.unsure.get(entity, ()):
        message = f"it is not known which of the {entity} this is; none of them is deleted"
        context.notices.add("mirror_unsure", message, record)
    return entity not in context.claims.unsure


@dataclass(slots=True)
class _KeptRows:
    """Gathers, for one notice, the rows of an entity that are kept because something refers to them.

    Attributes:
        context: the compilation.
        item: the entity.
        count: how many rows are kept.
        by: how many of them each table refers to.
        examples: the first of them, in words.
    """

    context: Context
    item: Entity
    count: int = 0
    by: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, rows: Sequence[Row], holders: Mapping[int, Holder]) -> None:
        """Add rows that are kept; `holders` has, by the id of each, what refers to it."""
        self.count += len(rows)
        self.by.update(_table(holders[row.id]) for row in rows)
        for row in rows[: _EXAMPLES - len(self.examples)]:
            self.examples.append(f"{_described(self.context, self.item, row)} (by {self._named(holders[row.id])})")

    def notice(self) -> None:
        """Add the notice, if any row is kept."""
        if not self.count:
            return
        rows, them = ("1 row", "it") if self.count == 1 else (f"{self.count} rows", "them")
        tables = ", ".join(f"{table} ({n})" for table, n in self.by.most_common())
        named = ", ".join(self.examples) + (" …" if self.count > len(self.examples) else "")
        why = f"since rows that stay refer to {them}: {tables}; {named}"
        message = (
            f"{self.item.name}: {rows} that the source lacks {'is' if self.count == 1 else 'are'} not deleted, {why}"
        )
        self.context.notices.add("blocked", message)

    def _named(self, holder: Holder) -> str:
        if not isinstance(holder, tuple):
            return str(holder)
        entity, id_ = holder
        item, row = self.context.catalog.entities[entity], self.context.keys.row(entity, id_)
        return f"{entity} {_described(self.context, item, row)}" if row else entity


def _table(holder: Holder) -> str:
    return holder[0] if isinstance(holder, tuple) else str(holder)


def _described(context: Context, item: Entity, row: Row) -> str:
    """A row in words: its label if its key means nothing to people (a uuid), else its key."""
    key = context.keys.key(item.name, row)
    return context.label_beside(item, row, key) or key_words(key)


def _unclaimed(context: Context, item: Entity) -> Coverage:
    """The ids of the rows that no record is about, or may be."""
    ids = Coverage()
    for row in scan(context.snapshot, item.name, ()):
        if not context.claims.named(item.name, row.id):
            ids.add(row.id)
    return ids


def _delete(context: Context, counts: OperationCounts, item: Entity, row: Row) -> Delete:
    key = context.keys.key(item.name, row)
    before = {name: context.keys.reference(item.references.get(name), row.values[name]) for name in item.fields}
    label = context.label_beside(item, row, key)
    uuids = uuids_of("", key, row)
    return Delete(n=counts.number(), entity=item.name, key=key, label=label, before=before, uuids=uuids)


def _rows_to_delete(context: Context, item: Entity, unclaimed: Coverage) -> Iterator[Row]:
    """The unclaimed rows of an entity, read in pages. For a tree, parents come first, and all ids are in memory."""
    if not item.own_references:
        rows = scan(context.snapshot, item.name, tuple(item.fields))
        yield from (row for row in rows if row.id in unclaimed)
        return
    rows = scan(context.snapshot, item.name, tuple(item.own_references))
    ids = _parents_first({row.id: tuple(row.values.values()) for row in rows if row.id in unclaimed})
    while chunk := [(id_,) for id_ in islice(ids, context.options.batch)]:
        found = context.snapshot.find(item.name, (ID,), chunk)
        yield from (found[key][0] for key in chunk)


def _parents_first(parents: Mapping[int, tuple[int | None, ...]]) -> Iterator[int]:
    """The ids of rows, each after those of its parents; within a cycle, in the order given.

    Args:
        parents: by the id of each row, the ids that its references to its own entity hold.
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
