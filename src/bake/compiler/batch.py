"""Compiles a batch of records, after row matching (`row_matching`), to operations.

    read ▶ identify ▶ differ ▶ number ▶ resolve ▶ draft

    read       parses records into canonical values; if the row is known, only the columns that differ (`binding`)
    identify   finds the row of each: `Existing`, `New`, or `Doubtful` (`identity`, `unkeyed_records`)
    differ     finds the changes that each asks for on its row (`row_difference`)
    number     gives operation numbers and derived keys to new rows, and drops repeated ones (`numbering`)
    resolve    finds the rows that references name (`references`)
    draft      makes creates and updates, with their needs and warnings (`operation_drafts`)

Records that need no operation are counted on the way (`passed_over`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby, islice
from operator import attrgetter

from bake.catalog.entity import Entity
from bake.catalog.lookups import given
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.model import Operation
from bake.compiler.context import Context
from bake.compiler.drafting.numbering import Numbering
from bake.compiler.drafting.operation_drafts import OperationDrafts
from bake.compiler.drafting.row_difference import edits
from bake.compiler.drafting.table_rules import TableRules
from bake.compiler.identity import Doubtful, Existing, New
from bake.compiler.matching.passed_over import PassedOver
from bake.compiler.matching.row_matching import ComparedBatch
from bake.compiler.matching.unkeyed_records import UnkeyedRecords
from bake.compiler.pending_record import PendingRecord, resolve_references
from bake.compiler.questions.operation_counts import OperationCounts
from bake.compiler.reading.binding import Binding, Reading
from bake.compiler.reading.record_notices import (
    leave_unclear,
    note_changed_here,
    note_not_cleared,
    note_taken,
    note_unknown,
)


class Batches:
    """Compiles the batches of one compilation; created rows and claims are kept from one batch to the next."""

    def __init__(self, context: Context, counts: OperationCounts, *, alone: bool = False) -> None:
        """Prepare.

        Args:
            context: the compilation.
            counts: the counts of its operations, which also give them their numbers.
            alone: whether each batch is compiled independently of the others, in a worker (see `UnkeyedRecords`).
        """
        self._context = context
        self._records = UnkeyedRecords(context, alone=alone)
        self._numbering = Numbering(context, counts)
        self._passed_over = PassedOver(context, counts)
        self._drafts = OperationDrafts(context, counts)
        self._rules = TableRules(context)

    def compile(
        self, binding: Binding, records: ComparedBatch, unread: frozenset[str]
    ) -> tuple[Iterator[Operation], list[PendingRecord]]:
        """Compile a batch.

        Args:
            binding: the view of its records.
            records: the batch after row matching.
            unread: the names of the entities of which the source may have more records.

        Returns:
            The operations, and the records that are held back, since a later record may change which row one of their
            references names; `finish` compiles them.
        """
        note_unknown(self._context, binding.view, records.unknown)
        readings = self._read(binding, records)
        note_taken(self._context, readings)
        known = {number: one.row for number, one in records.known.items()}
        pendings = [
            PendingRecord(binding, reading, identity)
            for reading, identity in zip(readings, self._records.identify(binding, readings, known), strict=True)
            if identity is not None
        ]
        pendings = [pending for pending in pendings if not self._passed_over.pass_over_gone(pending)]
        return self._compile(binding, pendings, records, unread)

    def compile_deferred(
        self, entity: str, unread: frozenset[str]
    ) -> Iterator[tuple[Binding, Iterator[Operation], list[PendingRecord]]]:
        """Compile the deferred records of an entity, which can only be identified once all its records are known.

        Args:
            entity: the name of the entity; all its records were read.
            unread: the names of the entities of which the source may have more records.

        Yields:
            For each batch of these records: their view, and the two results of `compile`.
        """
        for binding, lines in groupby(self._records.identify_deferred(entity), key=attrgetter("binding")):
            while some := list(islice(lines, self._context.options.batch)):
                pendings = [PendingRecord(binding, line.reading, line.identity) for line in some]
                yield binding, *self._compile(binding, pendings, ComparedBatch(), unread)

    def finish(self, binding: Binding, waiting: Sequence[PendingRecord]) -> Iterator[Operation]:
        """Compile the records that were held back, after all other records of the source."""
        item = binding.entity
        resolve_references(self._context, item, waiting, grown=frozenset(item.references.values()))
        return self._drafted(binding, waiting)

    def _compile(
        self, binding: Binding, pendings: list[PendingRecord], records: ComparedBatch, unread: frozenset[str]
    ) -> tuple[Iterator[Operation], list[PendingRecord]]:
        """Compile identified records, and count the unchanged ones of the batch (`records`); returns as `compile`."""
        self._differ(binding, pendings)
        note_changed_here(self._context, pendings)
        note_not_cleared(self._context, pendings)
        pendings = self._numbering.number(binding, pendings)
        resolve_references(self._context, binding.entity, pendings, grown=frozenset((binding.entity.name,)))
        waiting = [pending for pending in pendings if self._may_change(pending, unread)]
        held = set(map(id, waiting))
        ready = [pending for pending in pendings if id(pending) not in held]
        again = self._passed_over.unchanged(binding, records, {row.id for row in _distinct(pendings)})
        ready = sorted([*ready, *again], key=_number) if again else ready
        return self._drafted(binding, ready), waiting

    def _drafted(self, binding: Binding, records: Sequence[PendingRecord]) -> Iterator[Operation]:
        return self._rules.asked(binding.entity, self._drafts.operations(binding, records))

    def _read(self, binding: Binding, records: ComparedBatch) -> list[Reading]:
        """Parse the records; if the row is known, only the columns that may differ from it."""
        known = records.known
        return [
            binding.read(one.number, one.value, row.columns if (row := known.get(one.number)) else None)
            for one in records.rest
        ]

    def _differ(self, binding: Binding, pendings: list[PendingRecord]) -> None:
        """Set `edits` and `to_resolve`: of a row that is or may be new all references, else those that are edited."""
        context, item = self._context, binding.entity
        referring = [pending for pending in pendings if pending.reading.lookups]
        context.keys.fetch_parents(item.name, _distinct(referring), binding.shape)
        context.fetch_names(item, _distinct(pendings))
        for pending in pendings:
            match pending.identity:
                case Existing(row):
                    pending.edits = edits(context, binding, pending.reading, row)
                    leave_unclear(context, pending)
                    pending.to_resolve = [*pending.edits.references, *pending.edits.by_id]
                    self._note_renamed(item, row, pending.edits.values)
                    if context.ids_are_of_source:
                        context.created_rows.map_id(item.name, pending.reading.id, row.id)
                case New() | Doubtful():
                    pending.to_resolve = [
                        name for name in pending.reading.lookups if given(pending.reading.lookups, name)
                    ]
                    fields = pending.reading.fields
                    for row in _rows(pending) if given(fields, "uuid") else ():
                        if fields["uuid"] == row.values.get("uuid"):  # of two rows; it may get the other one's key
                            self._note_renamed(item, row, fields)

    def _note_renamed(self, item: Entity, row: Row, values: Mapping[str, Json]) -> None:
        """Let references name a row by the key or name that a record gives it, too."""
        if values and item.name in self._context.named:
            self._context.references.rename(item, row, values)

    def _may_change(self, pending: PendingRecord, unread: frozenset[str]) -> bool:
        """Whether later records can change which rows the references of this record name."""
        targets = pending.binding.entity.references
        return any(
            targets[name] in unread
            and not self._context.references.is_final(targets[name], pending.reading.lookups[name])
            for name in pending.to_resolve
        )


def _number(pending: PendingRecord) -> int:
    return pending.reading.number


def _rows(pending: PendingRecord) -> tuple[Row, ...]:
    match pending.identity:
        case Existing(row):
            return (row,)
        case Doubtful(rows):
            return rows
        case New():
            return ()


def _distinct(pendings: Iterable[PendingRecord]) -> list[Row]:
    """The rows that records are or may be about; a tuple of rows that several records share is taken once."""
    shared = {id(rows): rows for rows in map(_rows, pendings)}
    return list(chain.from_iterable(shared.values()))
