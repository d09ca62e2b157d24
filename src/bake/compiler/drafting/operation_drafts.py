"""Makes the operations of identified records: creates, updates, or none where nothing is to be changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import assert_never

from msgspec import UNSET

from bake.catalog.entity import Entity
from bake.catalog.lookups import given
from bake.catalog.names import label
from bake.catalog.row import Row
from bake.changeset.model import Create, Key, Operation, Update
from bake.changeset.pointers import is_undecided, pointer, undecided_fields
from bake.compiler.context import Context
from bake.compiler.drafting.applied_before import ChangedSince
from bake.compiler.drafting.drafted_values import (
    OperationDraft,
    ask_about_mangled,
    ask_about_warnings,
    run_checks,
    write_misfit,
    write_reference,
)
from bake.compiler.drafting.missing_bases import MissingBases
from bake.compiler.drafting.mistakes import warn_of_mistakes
from bake.compiler.drafting.new_keys import key_of
from bake.compiler.drafting.new_row_drafts import NewRowDrafts
from bake.compiler.drafting.row_difference import Edits, patch_of
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
from bake.compiler.reading.record_notices import note_by_id, note_misfits
from bake.compiler.reading.tidied_texts import warn_of_oddities
from bake.compiler.reading.totals import ask_total, looks_like_total
from bake.compiler.references.shared_codes import SharedCodes
from bake.compiler.rows.resolved import may_come
from bake.compiler.rows.row_keys import uuids_of
from bake.compiler.rows.row_resolver import says_little


class OperationDrafts:
    """Makes the operations of one compilation.

    Args:
        context: the compilation.
        counts: the counts of its operations, which also give them their numbers.
    """

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
        self._new_rows = NewRowDrafts(context)

    def operations(self, binding: Binding, records: Sequence[PendingRecord]) -> Iterator[Operation]:
        """The operations of these records, creates first; records that need none go to the counts."""
        item = binding.entity
        creates = [pending for pending in records if not isinstance(pending.identity, Existing)]
        drafts = {id(pending): self._new_rows.draft(item, pending) for pending in creates}
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
            yield self._new_row(binding, pending, drafts[id(pending)])
        for record in records:
            if isinstance(record.identity, Existing) and (
                update := self._existing(binding, record, record.identity.row)
            ):
                yield update

    def _new_row(self, binding: Binding, pending: PendingRecord, draft: OperationDraft) -> Create:
        """The create of a record, with the question whether it is a new row, if that is in doubt."""
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

    def _names_another(self, pending: PendingRecord, name: str, row: Row) -> bool:
        """Whether a reference of the record names another row than that of its row; a bare id of no row is noted."""
        hit = pending.resolved[name]
        if not may_come(hit) and name in pending.edits.by_id:
            note_by_id(self._context, pending.reading, name)
            return False
        return not names_row(hit, row.values.get(name))

    def _create(self, item: Entity, pending: PendingRecord, draft: OperationDraft) -> Create:
        """The create of a draft, with a question if an earlier record creates the same row with other values."""
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
        """The update of a record about a row of the database; None if it needs none, after it was counted."""
        item, reading = binding.entity, pending.reading
        pending.to_resolve = [name for name in pending.to_resolve if self._names_another(pending, name, row)]
        if self._context.options.mode == "skip-existing":
            self._skip_existing(pending, item)
            return None
        bad = [name for name in reading.bad if name in binding.editable]
        if len(bad) < len(reading.bad):
            note_misfits(self._context, reading, reading.bad.keys() - binding.editable)
        effect = pending.edits.values
        if pending.to_resolve or bad:
            effect = effect | {name: reading.lookups[name] for name in pending.to_resolve}
            effect |= dict.fromkeys(bad, reading.number)
        claim = Claim(reading.number, effect_of(effect))
        earlier = self._claims.earlier(item.name, row.id, claim)
        if not claim.effect or (earlier and earlier.asks_the_same(claim)):
            self._count_unchanged(item, pending, row, earlier, claim)
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
        self._note_redirected(item, draft, row, earlier)
        return update

    def _skip_existing(self, pending: PendingRecord, item: Entity) -> None:
        """Count a record whose row exists as skipped, with a notice of each field that it would have changed."""
        reason = ALREADY_HERE if isinstance(pending.identity, Equal) else "exists"
        self._counts.skip(item.name, reason, pending.reading.number)
        editable = pending.reading.bad.keys() & pending.binding.editable
        for name in dict.fromkeys((*pending.edits.values, *pending.to_resolve, *sorted(editable))):
            message = f"{name} is not what it is here, and was not taken: {_LEFT_AS_IT_IS}"
            self._context.notices.add("existing_left", message, pending.reading.number)

    def _note_redirected(self, item: Entity, draft: OperationDraft, row: Row, earlier: Claim | None) -> None:
        """Note the references that an update certainly changes, as it waits for no answer."""
        turned = item.references.keys() & draft.values.keys()
        if turned and earlier is None and not is_undecided(draft.needs):
            for name in turned:
                self._claims.turned[item.name, name].add(row.id)

    def _ask_conflict(self, item: Entity, draft: OperationDraft, row: Row, name: str) -> None:
        """Ask whose edit of a field counts, unless the field has a question about the value of the file already."""
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

    def _count_unchanged(
        self, item: Entity, pending: PendingRecord, row: Row, earlier: Claim | None, claim: Claim
    ) -> None:
        """Count a record that changes nothing of its row, or only what an earlier record changes in the same way.

        If an earlier record asks for a change, and this one for none, they contradict each other, which is asked.
        """
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
        """Make the update of a draft, with warnings and questions about its values.

        Args:
            item: the entity.
            pending: the record.
            draft: the draft.
            row: the row that is updated.
            earlier: the claim of an earlier record on this row, which says something else of it.
        """
        key = self._context.keys.key(item.name, row)
        self._warn_of_values(item, draft, row, key)
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

    def _warn_of_values(self, item: Entity, draft: OperationDraft, row: Row, key: Key) -> None:
        """Add warnings of the values that an update writes, and questions about them."""
        ask_about_mangled(self._context, item, draft)
        run_checks(item, draft)
        warn_of_oddities(self._context, item, draft)
        for outlier in item.outliers:
            warn_of_jump(outlier, draft, row.values.get(outlier.field))
        warn_of_new_key(draft, key)
        self._shared.warn(item, draft)
        warn_of_mistakes(self._context, item, draft, row.values)
        ask_about_warnings(self._context, item, draft)

    def _contest(self, item: Entity, key: Key, reading: Reading, earlier: Claim, operations: list[int]) -> str:
        """Ask which of the operations about one row counts; returns the id of the question."""
        other = f"record {earlier.record} says something else of" if earlier.record is not None else _LEFT
        problem = f"{other} the same row"
        origin = Origin(self._context.origin(reading).where)  # a record that equals its row was not kept
        return self._context.questions.duplicate(item.name, key, operations, problem, origin)


def _undecided_keys(item: Entity, pending: PendingRecord, draft: OperationDraft) -> tuple[str, ...]:
    """The derived key fields of a new row that are derived from fields which wait for an answer."""
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
