"""A batch of records, up to the point where each has its row, its number and its references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import attrgetter

from bake.catalog.base_digest import BASE
from bake.catalog.lookups import complete, frozen, given
from bake.catalog.model import Entity, View
from bake.catalog.names import near
from bake.catalog.row import Row
from bake.catalog.values import shown
from bake.changeset.model import Key, Operation
from bake.changeset.runs import ranges
from bake.compiler.binding import Binding, Reading
from bake.compiler.context import Context
from bake.compiler.created_rows import CreatedRow
from bake.compiler.identity import Doubtful, Equal, Existing, New, lookup_of
from bake.compiler.new_keys import Completion, key_of
from bake.compiler.new_likeness import earlier_alike
from bake.compiler.operation_counts import OperationCounts
from bake.compiler.operation_drafts import OperationDrafts
from bake.compiler.pending_record import PendingRecord
from bake.compiler.references import Unclear, pin
from bake.compiler.row_claims import Claim, claim_key, effect_of
from bake.compiler.row_difference import Edits, edits, is_unedited
from bake.compiler.row_matching import ComparedBatch, KnownRow
from bake.compiler.table_rules import TableRules
from bake.compiler.unkeyed_records import UnkeyedRecords
from bake.sources.model import Record


class Batches:
    """Compiles batches; remembers from one to the next which rows are created and claimed."""

    def __init__(self, context: Context, counts: OperationCounts, *, alone: bool = False) -> None:
        """Prepare.

        Args:
            context: the compilation.
            counts: of its operations.
            alone: each batch is compiled by itself, so that nothing is counted across batches.
        """
        self._context = context
        self._records = UnkeyedRecords(context, alone=alone)
        self._counts = counts
        self._claims = context.claims
        self._emission = OperationDrafts(context, counts)
        self._rules = TableRules(context)

    def compile(
        self, binding: Binding, records: ComparedBatch, coming: frozenset[str]
    ) -> tuple[Iterator[Operation], list[PendingRecord]]:
        """Compile a batch.

        Args:
            binding: the view of all its records.
            records: told apart.
            coming: the entities of which the document may have more records.

        Returns:
            The operations, and the records that have to wait because what they refer to, other than by key, may still
            come, or turn out to be one of several.
        """
        for number, column in records.unknown:
            self._note_unknown(binding.view, column, number)
        readings = [self._read(binding, record, records.known) for record in records.rest]
        self._note_taken(readings)
        known = {number: one.row for number, one in records.known.items()}
        pendings = [
            PendingRecord(binding, reading, identity)
            for reading, identity in zip(readings, self._records.identify(binding, readings, known), strict=True)
            if identity is not None
        ]
        return self._compile(binding, [one for one in pendings if not self._is_gone(one)], records, coming)

    def settle(
        self, entity: str, coming: frozenset[str]
    ) -> Iterator[tuple[Binding, Iterator[Operation], list[PendingRecord]]]:
        """Compile the records of an entity that could not be identified before all of them were read.

        Args:
            entity: all of whose records were read.
            coming: the entities of which the document may have more records.

        Yields:
            The view of some of them, and what `compile` gives for those.
        """
        for binding, lines in groupby(self._records.settle(entity), key=attrgetter("binding")):
            while some := list(islice(lines, self._context.options.batch)):
                pendings = [PendingRecord(binding, line.reading, line.identity) for line in some]
                yield binding, *self._compile(binding, pendings, ComparedBatch(), coming)

    def _compile(
        self, binding: Binding, pendings: list[PendingRecord], records: ComparedBatch, coming: frozenset[str]
    ) -> tuple[Iterator[Operation], list[PendingRecord]]:
        """Compile records that are identified, and those of a batch that were told apart early."""
        self._want(binding, pendings)
        self._note_others(pendings)
        pendings = self._number(binding, pendings)
        self._resolve(binding.entity, pendings, again=frozenset((binding.entity.name,)))
        waiting = [pending for pending in pendings if self._may_change(pending, coming)]
        held = set(map(id, waiting))
        ready = [pending for pending in pendings if id(pending) not in held]
        again = self._pass_over(binding, records, {row.id for pending in pendings for row in _rows(pending)})
        everything = sorted([*ready, *again], key=_record) if again else ready
        return self._rules.hold(binding.entity, self._emission.operations(binding, everything)), waiting

    def finish(self, binding: Binding, waiting: Sequence[PendingRecord]) -> Iterator[Operation]:
        """Compile records that waited, now that every row is known."""
        self._resolve(binding.entity, waiting, again=frozenset(binding.entity.references.values()))
        return self._rules.hold(binding.entity, self._emission.operations(binding, waiting))

    def _read(self, binding: Binding, record: Record, known: Mapping[int, KnownRow]) -> Reading:
        """What a record says; of one whose row is known, only where the two differ."""
        row = known.get(record.number)
        return binding.read(record.number, record.value, row.columns if row else None)

    def _pass_over(self, binding: Binding, records: ComparedBatch, others: set[int]) -> list[PendingRecord]:
        """Skip the records that change nothing; returned are those on whose row others are, too.

        Args:
            binding: the view of all of them.
            records: the batch.
            others: the rows that other records of the batch are, or may be, about.
        """
        entity, pairs = binding.entity.name, list(zip(records.unchanged, records.rows, strict=True))
        again = self._spoken_of_again(entity, records.rows, others)
        if self._context.ids_are_its_own:
            for row, carried in zip(records.rows, records.carried, strict=True):
                self._context.created_rows.carries(entity, carried, row)
        skipped = [number for number, row in pairs if row not in again] if again else records.unchanged
        for first, last in ranges(sorted(skipped)):
            self._counts.skip_span(entity, "unchanged", first, last)
        self._context.keys.fetch(entity, again)
        return [self._again(binding, number, row) for number, row in pairs if row in again] if again else []

    def _spoken_of_again(self, entity: str, rows: Sequence[int], others: set[int]) -> set[int]:
        """Of the rows that records leave as they are, those of which another record speaks, too; all are noted."""
        once = set(rows)
        again = once & others
        if len(once) < len(rows):
            again |= {row for row, n in Counter(rows).items() if n > 1}
        return again.union(self._claims.leaving(entity, once - again if again else once))

    def _note_taken(self, readings: Sequence[Reading]) -> None:
        """Note texts that were taken for an option from which they differ in case or blanks."""
        for reading in readings:
            for name, text, option in reading.taken:
                self._context.notices.add("option", f"{name}: {shown(text)} was taken for {option}", reading.number)

    def _note_unknown(self, view: View, column: str, record: int) -> None:
        """Note a column that the view does not have, and which may be meant."""
        if column == BASE:
            return
        meant = near(column, view.by_name)
        hint = f"; did you mean {meant}?" if meant else ""
        self._context.notices.add("unknown_field", f"{shown(column)} is no column of {view.name}{hint}", record)

    def _again(self, binding: Binding, number: int, id_: int) -> PendingRecord:
        """A record that changes nothing on a row of which others speak, too."""
        row = self._context.keys.row(binding.entity.name, id_)
        assert row is not None, "a transaction sees no row go"
        return PendingRecord(binding, Reading(number, {}), Existing(row))

    def _is_gone(self, pending: PendingRecord) -> bool:
        """Whether a record is about a row that was exported and is no more: passed over if nobody edited it."""
        reading, entity = pending.reading, pending.binding.entity.name
        base = reading.usable_base
        if isinstance(pending.identity, Existing) or base is None:
            return False
        is_ours = base.is_from(self._context.database)
        if not is_unedited(pending.binding, reading, base):
            rows = pending.identity.rows if isinstance(pending.identity, Doubtful) else ()
            gone = "is gone, or has another key now" if is_ours else "is in another database"
            pending.identity = Doubtful(rows, f"the row that it was exported from {gone}")
            return False
        if is_ours:
            self._counts.skip(entity, "gone since the export", reading.number)
            message = "the row was deleted since the export; the record was not edited, so it stays deleted"
            self._context.notices.add("gone", message, reading.number)
        else:
            self._counts.skip(entity, "not here", reading.number)
            self._context.notices.add("not_here", _NOT_HERE, reading.number)
        return True

    def _note_others(self, pendings: Sequence[PendingRecord]) -> None:
        """Note the records whose row was changed by others since the export, and cells that say nothing."""
        existing = [pending for pending in pendings if isinstance(pending.identity, Existing)]
        for pending in existing:
            if pending.edits.stale:
                self._context.notices.add("changed_here", _CHANGED_HERE, pending.reading.number)
        for pending in existing:
            if self._context.lacks_base(pending.binding, pending.reading):
                for name in pending.edits.empty:
                    message = f"{name} is empty in the file and not here; {_NOT_CLEARED}"
                    self._context.notices.add("empty", message, pending.reading.number)

    def _want(self, binding: Binding, pendings: list[PendingRecord]) -> None:
        """Say which references have to be resolved: all of a new row, the edited ones of an existing row."""
        context, item = self._context, binding.entity
        rows = [row for p in pendings for row in _rows(p)]
        context.keys.fetch_parents(
            item.name, [row for p in pendings if p.reading.lookups for row in _rows(p)], binding.shape
        )
        context.fetch_names(item, rows)
        for pending in pendings:
            match pending.identity:
                case Existing(row):
                    pending.edits = edits(context, binding, pending.reading, row)
                    self._leave_unclear(pending)
                    pending.wanted = [*pending.edits.references, *pending.edits.by_id]
                    if self._context.ids_are_its_own:
                        self._context.created_rows.carries(item.name, pending.reading.id, row.id)
                case New() | Doubtful():
                    pending.wanted = [name for name in pending.reading.lookups if given(pending.reading.lookups, name)]

    def _leave_unclear(self, pending: PendingRecord) -> None:
        """Drop the edits of a record that equals one of several rows: nothing says which of them they are meant for."""
        match pending.identity:
            case Equal(sole=False) if pending.edits != Edits():
                pending.edits = Edits()
                message = "it equals several rows or records here, so that what else it says was left as it is"
                self._context.notices.add("equal_several", message, pending.reading.number)

    def _number(self, binding: Binding, pendings: list[PendingRecord]) -> list[PendingRecord]:
        """Number the rows that are or may be new, complete their keys, and remember them for references.

        A new row that an earlier record already creates in the very same words is dropped here, with a notice.
        """
        new = [pending for pending in pendings if not isinstance(pending.identity, Existing)]
        if not new:
            return pendings
        for pending in new:
            pending.document = lookup_of(pending.reading)
            pending.claim = Claim(pending.reading.number)
        self._resolve(binding.entity, new)
        completion = Completion(self._context, binding.entity, [pending.document for pending in new])
        dropped: set[int] = set()
        for pending in new:
            if self._is_said_already(binding.entity, pending):
                dropped.add(id(pending))
                continue
            completion.complete(pending.document, self._context.source.origin(pending.reading.number))
            pending.n = pending.claim.n = self._counts.number()
            self._remember(binding.entity, pending)
        return [pending for pending in pendings if id(pending) not in dropped]

    def _is_said_already(self, item: Entity, pending: PendingRecord) -> bool:
        """Whether an earlier record creates this row and says the same; if it says something else, it is a rival."""
        if not isinstance(pending.identity, New):
            return False
        pinned = self._pinned(item, pending)
        claim = pending.claim
        claim.effect = effect_of(pinned)
        if not self._context.fixed.issuperset(item.references.values()):  # else the same words always have one effect
            claim.said = effect_of(pending.document)
        for key in _claim_keys(item, pinned):
            earlier = self._claims.earlier_new(key, claim)
            if earlier and earlier.says_the_same(claim):
                self._counts.skip(item.name, "said twice", pending.reading.number)
                message = "an earlier record says the same of the same row"
                self._context.notices.add("said_twice", message, pending.reading.number)
                return True
            pending.rival = pending.rival or earlier
        pending.alike = earlier_alike(self._context, item, pending)
        return False

    def _remember(self, item: Entity, pending: PendingRecord) -> None:
        """Remember a new row: the keys that were made for it, and all of it if anything may refer to it."""
        names = [name for name in item.derived if not given(pending.reading.fields, name)]
        derived = [claim_key(item.name, (name,), pending.document) for name in names if given(pending.document, name)]
        is_new = isinstance(pending.identity, New) and pending.rival is None and pending.alike is None
        for key in derived:
            if is_new:
                self._claims.earlier_new(key, pending.claim)
            else:
                self._claims.reserve(key)
        is_doubtful = isinstance(pending.identity, Doubtful)
        if item.name in self._context.named and (is_new or is_doubtful):
            created = self._context.doubtful_rows if is_doubtful else self._context.created_rows
            scalars = {name: value for name, value in pending.document.items() if name not in item.references}
            parents = {name: hit.key for name, hit in pending.resolved.items() if not isinstance(hit, Unclear)}
            made = CreatedRow(pending.n, key_of(item, {**pending.document, **parents}), scalars)
            created.add(item, made, self._pinned(item, pending))
            if self._context.ids_are_its_own:
                created.carries(item.name, pending.reading.id, made)

    def _pinned(self, item: Entity, pending: PendingRecord) -> Key:
        """What a record says of its row, references as what they name (`References.pinned`), as far as that is known.

        Rows of its own entity are still being added, so that references to those are looked at again.
        """
        pinned = {**pending.document}
        for name, hit in pending.resolved.items():
            if not isinstance(hit, Unclear):
                pinned[name] = pin(hit)
        own = {name: pending.document[name] for name in item.own_references if name in pending.document}
        return pinned | self._context.references.pinned(item, own) if own else pinned

    def _may_change(self, pending: PendingRecord, coming: frozenset[str]) -> bool:
        """Whether rows that the document may still bring can change what a record refers to."""
        targets = pending.binding.entity.references
        return any(
            targets[name] in coming
            and not self._context.references.settled(targets[name], pending.reading.lookups[name])
            for name in pending.wanted
        )

    def _resolve(self, item: Entity, pendings: Sequence[PendingRecord], again: frozenset[str] = frozenset()) -> None:
        """Resolve the references of these records, a batch a field; those to some entities again, as rows have come."""
        for name, target in item.references.items():
            wanting = [p for p in pendings if name in p.wanted and (target in again or name not in p.resolved)]
            if wanting:
                lookups = [pending.reading.lookups[name] for pending in wanting]
                resolved = self._context.references.resolve(target, lookups)
                for pending, lookup in zip(wanting, lookups, strict=True):
                    pending.resolved[name] = resolved[frozen(lookup)]


_NOT_CLEARED = "without a usable _base that was left as it is; to clear it, empty it in a new export"
_NOT_HERE = (
    "the record was exported from another database, and its row is not here; it was not edited, so nothing was done; "
    "--two-way takes such records for new ones"
)
_CHANGED_HERE = (
    "the row was changed here since the export, in fields that the file did not touch; these stay as they are here"
)


def _record(pending: PendingRecord) -> int:
    return pending.reading.number


def _rows(pending: PendingRecord) -> list[Row]:
    match pending.identity:
        case Existing(row):
            return [row]
        case Doubtful(rows):
            return list(rows)
        case New():
            return []


def _claim_keys(item: Entity, pinned: Key) -> list[bytes]:
    """The complete keys of a new row; records that share one are about the same row."""
    return [claim_key(item.name, key, pinned) for key in item.identities if complete(item, key, pinned)]
