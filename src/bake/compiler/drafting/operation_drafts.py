"""Identified records to operations: an update's patch, a create's values, or nothing to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import assert_never

from msgspec import UNSET

from bake.catalog.entity import ID, Entity
from bake.catalog.lookups import given
from bake.catalog.names import label
from bake.catalog.row import Row
from bake.changeset.model import Create, Key, Operation, Update
from bake.changeset.pointers import pointer, undecided_fields
from bake.compiler.context import Context
from bake.compiler.drafting.applied_before import ChangedSince
from bake.compiler.drafting.drafted_values import (
    OperationDraft,
    ask_about_mangled,
    ask_about_warnings,
    ask_required,
    run_checks,
    write_misfit,
    write_reference,
)
from bake.compiler.drafting.missing_bases import MissingBases
from bake.compiler.drafting.mistakes import warn_of_mistakes
from bake.compiler.drafting.new_keys import key_of
from bake.compiler.drafting.row_difference import Edits, only_by_id, patch_of
from bake.compiler.drafting.warnings import warn_of_jump, warn_of_new_key, warn_of_outliers
from bake.compiler.identity import Doubtful, Equal, Existing, Near, New, SharedDoubt, Varied
from bake.compiler.likeness.doubles import Doubles
from bake.compiler.likeness.doubtful_creates import (
    ask_deleted_since,
    ask_identity,
    ask_shared_doubt,
    ask_spelled_otherwise,
    numbers_deleted_since,
)
from bake.compiler.matching.equal_rows import ALREADY_HERE
from bake.compiler.matching.row_claims import Claim, effect_of
from bake.compiler.matching.row_decisions import RowDecisions, names_row
from bake.compiler.pending_record import PendingRecord
from bake.compiler.questions.operation_counts import OperationCounts
from bake.compiler.questions.question_records import Origin
from bake.compiler.questions.questions import Sides
from bake.compiler.reading.binding import Binding, Reading
from bake.compiler.reading.tidied_texts import warn_of_oddities
from bake.compiler.reading.totals import ask_total, looks_like_total
from bake.compiler.references.shared_codes import SharedCodes
from bake.compiler.rows.resolved import may_come
from bake.compiler.rows.row_keys import uuids_of
from bake.compiler.rows.row_resolver import says_little


class OperationDrafts:
    """Turns records of one batch into operations."""

    def __init__(self, context: Context, counts: OperationCounts) -> None:
        self._context = context
        self._counts = counts
        self._claims = context.claims
        self._doubles = Doubles(context)
        self._rows = RowDecisions(context)
        self._shared: SharedCodes
        self._since: ChangedSince | None = None
        self._deleted: frozenset[int] = frozenset()
        self._missing_bases = MissingBases(context)

    def operations(self, binding: Binding, records: Sequence[PendingRecord]) -> Iterator[Operation]:
        """The operations of these records, creates first; records that need none go to the counts."""
        item = binding.entity
        creates = [pending for pending in records if not isinstance(pending.identity, Existing)]
        drafts = {id(pending): self._new_row(item, pending) for pending in creates}
        resolved = [pending.resolved for pending in creates]
        warn_of_outliers(self._context, item, list(drafts.values()), resolved)
        self._doubles.warn(item, list(drafts.values()), resolved)
        self._shared = SharedCodes(self._context, item, records, drafts)
        if earlier := self._context.earlier:
            self._since = ChangedSince(earlier, self._context.keys, item, _changed(records))
            self._deleted = numbers_deleted_since(earlier, item, [(one, drafts[id(one)]) for one in creates])
        for pending in creates:
            self._shared.warn(item, drafts[id(pending)])
            warn_of_mistakes(self._context, item, drafts[id(pending)])
            yield self._new(binding, pending, drafts[id(pending)])
        for record in records:
            if isinstance(record.identity, Existing) and (
                update := self._existing(binding, record, record.identity.row)
            ):
                yield update

    def _new(self, binding: Binding, pending: PendingRecord, draft: OperationDraft) -> Create:
        create = self._create(binding.entity, pending, draft)
        match pending.identity:
            case Near() | Varied():
                return self._rows.decided(pending, draft, create)
            case New() if pending.alike is not None and pending.rival is None:
                return ask_spelled_otherwise(self._context, pending, create, pending.alike)
            case New() if pending.rival is None and looks_like_total(pending, create):
                return ask_total(self._context, pending, create)
            case New() if draft.n in self._deleted:
                return ask_deleted_since(self._context, pending, create)
            case New() | Existing():
                return create
            case SharedDoubt() as doubt if pending.alike is None:
                return ask_shared_doubt(self._context, pending, draft, create, doubt)
            case Doubtful() as doubt:
                return ask_identity(self._context, pending, draft, create, doubt)
            case _:
                assert_never(pending.identity)

    def _new_row(self, item: Entity, pending: PendingRecord) -> OperationDraft:
        draft = OperationDraft(pending.n, pending.reading)
        bad, resolved, document = pending.reading.bad, pending.resolved, pending.document
        references, is_set = item.references, self._context.source.kind == "set"
        if self._context.options.keep_ids and pending.reading.id is not None:
            draft.values[ID] = pending.reading.id
        for name, declared in item.fields.items():
            if name in bad:
                write_misfit(self._context, item, draft, name)
            elif name in resolved:
                self._new_reference(item, pending, draft, name)
            elif name not in references and (value := document.get(name)) is not None:
                draft.values[name] = value
            elif is_set and self._says_null(item, pending, name):
                draft.values[name] = None
            elif declared.required:
                ask_required(self._context, item, draft, name)
        if bad:
            self._note_misfits(pending.reading, pending.reading.bad.keys() - item.fields.keys())
        if bad or isinstance(pending.identity, Doubtful):
            self._note_unsure(item, pending)
        ask_about_mangled(self._context, item, draft)
        run_checks(item, draft)
        warn_of_oddities(item, draft)
        return draft

    def _note_unsure(self, item: Entity, pending: PendingRecord) -> None:
        """Remember a record that may be about any row: nothing says which, or what should say it does not fit."""
        identifying = {ID, *(name for key in item.identities for name in key)}
        leads_nowhere = isinstance(pending.identity, Doubtful) and not pending.identity.rows
        if leads_nowhere or identifying & pending.reading.bad.keys():
            self._claims.unsure.setdefault(item.name, []).append(pending.reading.number)

    def _note_misfits(self, reading: Reading, names: Iterable[str]) -> None:
        """Note values that do not fit where nothing could be written in any case."""
        for name in sorted(names):
            bad = reading.bad[name]
            message = f"{bad.column} does not fit (expected {bad.misfit.expected}); not editable here, it was ignored"
            self._context.notices.add("misfit_ignored", message, reading.number)

    def _says_null(self, item: Entity, pending: PendingRecord, name: str) -> bool:
        """Whether a record of a set says that a new row has null where the database would put a default."""
        declared = item.fields[name]
        column = item.table.c[declared.column]
        has_default = column.default is not None or column.server_default is not None
        return name in pending.document and declared.nullable and has_default and name not in item.references

    def _new_reference(self, item: Entity, pending: PendingRecord, draft: OperationDraft, name: str) -> None:
        """Write a reference of a new row; what names no row and need not be there is left out, and that is noted."""
        lookup, target = pending.reading.lookups[name], item.references[name]
        if not may_come(pending.resolved[name]) and not item.fields[name].required:
            if only_by_id(lookup):
                self._note_by_id(pending.reading, name)
                return
            if not self._context.references.identifies(target, lookup):
                message = f"what is said of {name} does not name one of the {target}; it was left out"
                self._context.notices.add("reference_unnamed", message, pending.reading.number)
                return
        write_reference(self._context, item, draft, name, pending.resolved[name])

    def _note_by_id(self, reading: Reading, name: str) -> None:
        id_ = reading.lookups[name][ID]
        message = f"{name} is only given as the {ID} {id_}, which proves nothing here; it was left out"
        self._context.notices.add("reference_by_id", message, reading.number)

    def _names_another(self, pending: PendingRecord, name: str, row: Row) -> bool:
        """Whether a reference is to name another row than it does; a bare id that leads nowhere is noted."""
        hit = pending.resolved[name]
        if not may_come(hit) and name in pending.edits.by_id:
            self._note_by_id(pending.reading, name)
            return False
        return not names_row(hit, row.values.get(name))

    def _create(self, item: Entity, pending: PendingRecord, draft: OperationDraft) -> Create:
        ask_about_warnings(self._context, item, draft)
        key = key_of(item, {**pending.document, **draft.values})
        if pending.rival is not None:
            asking = [n for n in (pending.rival.n, pending.n) if n is not None]
            draft.needs[""] = self._contest(item, key, pending.reading, pending.rival, asking)
        if type(pending.identity) is New and pending.reading.id is not None:
            self._missing_bases.ask(pending, draft)  # its row was exported, and is gone or elsewhere
        return Create(
            n=draft.n,
            entity=item.name,
            key=key,
            label=label(item.label, draft.values, "") or None if says_little(key) else None,
            values=draft.values,
            from_=(pending.reading.number,),
            needs=draft.needs,
            outcomes=draft.outcomes,
            warnings=tuple(draft.warnings),
            uuids=draft.uuids,
            derived=_undecided_keys(item, pending, draft) if item.derived and draft.needs else (),
        )

    def _existing(self, binding: Binding, pending: PendingRecord, row: Row) -> Update | None:
        """What becomes of a record about a row of the database; None if it asks for nothing, and that was counted."""
        item, reading = binding.entity, pending.reading
        pending.to_resolve = [name for name in pending.to_resolve if self._names_another(pending, name, row)]
        if self._context.options.mode == "skip-existing":
            self._leave(pending, item)
            return None
        bad = [name for name in reading.bad if name in binding.editable]
        if len(bad) < len(reading.bad):
            self._note_misfits(reading, reading.bad.keys() - binding.editable)
        effect = pending.edits.values
        if pending.to_resolve or bad:
            effect = effect | {name: reading.lookups[name] for name in pending.to_resolve}
            effect |= dict.fromkeys(bad, reading.number)
        claim = Claim(reading.number, effect_of(effect))
        earlier = self._claims.earlier(item.name, row.id, claim)
        if not claim.effect or (earlier and earlier.asks_the_same(claim)):
            self._no_change(item, pending, row, earlier, claim)
            return None
        claim.n = self._counts.number()
        draft = OperationDraft(claim.n, reading, dict(pending.edits.values))
        for name in pending.to_resolve:
            write_reference(self._context, item, draft, name, pending.resolved[name])
        for name in bad:
            write_misfit(self._context, item, draft, name, partial(item.fields[name].unchanged, row.values.get(name)))
        since = self._since.fields(row, draft.values) if self._since else []
        for name in dict.fromkeys((*pending.edits.contested, *since)):
            self._ask_conflict(item, draft, row, name)
        update = self._update(item, pending, draft, row, earlier)
        self._note_turned(item, draft, row, earlier)
        return update

    def _leave(self, pending: PendingRecord, item: Entity) -> None:
        """Leave a row that is here as it is, and name what the record would have changed."""
        reason = ALREADY_HERE if isinstance(pending.identity, Equal) else "exists"
        self._counts.skip(item.name, reason, pending.reading.number)
        editable = pending.reading.bad.keys() & pending.binding.editable
        for name in dict.fromkeys((*pending.edits.values, *pending.to_resolve, *sorted(editable))):
            message = f"{name} is not what it is here, and was not taken: {_LEFT_AS_IT_IS}"
            self._context.notices.add("existing_left", message, pending.reading.number)

    def _note_turned(self, item: Entity, draft: OperationDraft, row: Row, earlier: Claim | None) -> None:
        """Remember the references that an update certainly leads elsewhere: it waits for no answer."""
        turned = item.references.keys() & draft.values.keys()
        if turned and earlier is None and not any(isinstance(need, str) for need in draft.needs.values()):
            for name in turned:
                self._claims.turned[item.name, name].add(row.id)

    def _ask_conflict(self, item: Entity, draft: OperationDraft, row: Row, name: str) -> None:
        """Ask whose edit counts, unless it has to be asked first what the file's edit means."""
        if name not in draft.values or pointer(name) in draft.needs:
            return
        keys, context = self._context.keys, self._context
        current = keys.reference(item.references.get(name), row.values.get(name))
        origin = context.origin(draft.reading, name)
        base = self._since.left(row).get(name, UNSET) if self._since else UNSET
        sides = Sides(current, draft.values[name], base)
        key = keys.key(item.name, row)
        label_ = context.label_beside(item, row, key)
        draft.ask(name, context.questions.conflict(item.name, key, label_, name, sides, draft.n, origin))

    def _no_change(self, item: Entity, pending: PendingRecord, row: Row, earlier: Claim | None, claim: Claim) -> None:
        reading = pending.reading
        if earlier and claim.effect:
            self._counts.skip(item.name, "said twice", reading.number)
            self._context.notices.add("said_twice", "an earlier record says the same of the same row", reading.number)
        elif earlier and earlier.n is not None:
            self._contest(item, self._context.keys.key(item.name, row), reading, earlier, [earlier.n])
            self._counts.skip(item.name, "contradicts another record", reading.number)
        else:
            reason = ALREADY_HERE if isinstance(pending.identity, Equal) else "unchanged"
            self._counts.skip(item.name, reason, reading.number)

    def _update(
        self, item: Entity, pending: PendingRecord, draft: OperationDraft, row: Row, earlier: Claim | None
    ) -> Update:
        ask_about_mangled(self._context, item, draft)
        run_checks(item, draft)
        warn_of_oddities(item, draft)
        for outlier in item.outliers:
            warn_of_jump(outlier, draft, row.values.get(outlier.field))
        key = self._context.keys.key(item.name, row)
        warn_of_new_key(draft, key)
        self._shared.warn(item, draft)
        warn_of_mistakes(self._context, item, draft, row.values)
        ask_about_warnings(self._context, item, draft)
        if earlier:
            asking = [n for n in (earlier.n, draft.n) if n is not None]
            draft.needs[""] = self._contest(item, key, draft.reading, earlier, asking)
        self._missing_bases.ask(pending, draft)
        return Update(
            n=draft.n,
            entity=item.name,
            key=key,
            label=self._context.label_beside(item, row, key),
            patch=patch_of(self._context, item, row, draft),
            from_=(draft.reading.number,),
            needs=draft.needs,
            outcomes=draft.outcomes,
            warnings=tuple(draft.warnings),
            uuids=uuids_of("", key, row) | draft.uuids,
        )

    def _contest(self, item: Entity, key: Key, reading: Reading, earlier: Claim, operations: list[int]) -> str:
        other = f"record {earlier.record} says something else of" if earlier.record is not None else _LEFT
        problem = f"{other} the same row"
        origin = Origin(self._context.origin(reading).where)  # a record that equals its row was not kept
        return self._context.questions.duplicate(item.name, key, operations, problem, origin)


def _undecided_keys(item: Entity, pending: PendingRecord, draft: OperationDraft) -> tuple[str, ...]:
    """The key fields of a new row that were derived from fields of which some wait for an answer."""
    asked = undecided_fields(draft.needs)
    return tuple(
        name
        for name, derivation in item.derived.items()
        if not given(pending.reading.fields, name)
        if any(path[0] in asked for group in derivation.parts for path in group)
    )


_LEFT_AS_IT_IS = "--mode skip-existing leaves rows that are here; to take it, import without that"
_LEFT = "another record asks for no change of"


def _changed(records: Iterable[PendingRecord]) -> Iterator[Row]:
    """The rows of the database that records may change."""
    for record in records:
        if isinstance(record.identity, Existing) and (record.edits != Edits() or record.reading.bad):
            yield record.identity.row
