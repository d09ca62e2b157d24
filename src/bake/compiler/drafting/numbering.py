"""Prepares the records that create a row, or may do so: operation numbers, derived keys, claims on the new rows."""

from __future__ import annotations

import pickle

from bake.catalog.entity import Entity
from bake.catalog.lookups import complete, given
from bake.changeset.model import Key
from bake.compiler.context import Context
from bake.compiler.drafting.new_keys import Completion, key_of
from bake.compiler.identity import Doubtful, Existing, New, lookup_of
from bake.compiler.likeness.new_likeness import EarlierAlike
from bake.compiler.matching.row_claims import Claim, claim_key, doubtful_key, effect_of
from bake.compiler.pending_record import PendingRecord, resolve_references
from bake.compiler.questions.operation_counts import OperationCounts
from bake.compiler.reading.binding import Binding
from bake.compiler.reading.tidied_texts import tidy_row
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.resolved import Unclear, pin


class Numbering:
    """Numbers the creates of one compilation; the claims on new rows last from one batch to the next."""

    def __init__(self, context: Context, counts: OperationCounts) -> None:
        self._context = context
        self._counts = counts
        self._claims = context.claims

    def number(self, binding: Binding, pendings: list[PendingRecord]) -> list[PendingRecord]:
        """Number the creates of a batch, derive their missing keys, and make their rows known to references.

        Args:
            binding: the view of the records.
            pendings: the records of the batch; those that create a row, or may, are changed.

        Returns:
            The records, without those that repeat an earlier create with equal values; these are counted and noted.
        """
        new = [pending for pending in pendings if not isinstance(pending.identity, Existing)]
        if not new:
            return pendings
        for pending in new:
            reading = pending.reading
            pending.document = tidy_row(self._context, binding.entity, lookup_of(reading), reading.number)
            pending.claim = Claim(pending.reading.number)
        resolve_references(self._context, binding.entity, new)
        completion = Completion(self._context, binding.entity, [pending.document for pending in new])
        alike = EarlierAlike(self._context, binding.entity, new) if _is_called(binding.entity) else None
        dropped: set[int] = set()
        for n, pending in enumerate(new):
            if self._is_repeated(binding.entity, pending):
                dropped.add(id(pending))
                continue
            said = Claim(pending.reading.number)
            pending.alike = alike.find(n, said) if alike else None
            completion.complete(pending.document, self._context.source.origin(pending.reading.number))
            pending.n = pending.claim.n = said.n = self._counts.number()
            key = self._remember(binding.entity, pending)
            said.key = pickle.dumps(key, pickle.HIGHEST_PROTOCOL) if alike else b""
        return [pending for pending in pendings if id(pending) not in dropped]

    def _is_repeated(self, item: Entity, pending: PendingRecord) -> bool:
        """Whether an earlier record says the same of the same row; else it may be a `rival`.

        A rival creates the row with other values. Doubtful records are only compared with each other, and have no
        rivals: what each of them is about is asked.
        """
        is_doubtful = isinstance(pending.identity, Doubtful)
        pinned = self._pinned(item, pending)
        claim = pending.claim
        claim.effect = effect_of(pinned)
        if not self._context.fixed.issuperset(item.references.values()):  # equal lookups may resolve differently later
            claim.said = effect_of(pending.document)
        for key in _claim_keys(item, pinned):
            earlier = self._claims.earlier_new(doubtful_key(key) if is_doubtful else key, claim)
            if earlier and earlier.says_the_same(claim):
                self._counts.skip(item.name, "said twice", pending.reading.number)
                message = "an earlier record says the same of the same row"
                self._context.notices.add("said_twice", message, pending.reading.number)
                return True
            pending.rival = pending.rival or (None if is_doubtful else earlier)
        return False

    def _remember(self, item: Entity, pending: PendingRecord) -> Key:
        """Claim the derived keys of a new row, and add it to the created rows if records may refer to its entity.

        Returns:
            The key of the row.
        """
        filled = (*item.derived, *([item.counted] if item.counted else []))
        names = [name for name in filled if not given(pending.reading.fields, name)]
        derived = [claim_key(item.name, (name,), pending.document) for name in names if given(pending.document, name)]
        is_new = isinstance(pending.identity, New) and pending.rival is None and pending.alike is None
        is_doubtful = isinstance(pending.identity, Doubtful) or (pending.alike is not None and pending.rival is None)
        for key in derived:
            if is_new:
                self._claims.earlier_new(key, pending.claim)
            else:
                self._claims.reserve(key)
        parents = {name: hit.key for name, hit in pending.resolved.items() if not isinstance(hit, Unclear)}
        row_key = key_of(item, {**pending.document, **parents})
        if item.name in self._context.named and (is_new or is_doubtful):
            created = self._context.doubtful_rows if is_doubtful else self._context.created_rows
            scalars = {name: value for name, value in pending.document.items() if name not in item.references}
            made = CreatedRow(pending.n, row_key, scalars)
            created.add(item, made, self._pinned(item, pending))
            if self._context.ids_are_of_source:
                created.map_id(item.name, pending.reading.id, made)
        return row_key

    def _pinned(self, item: Entity, pending: PendingRecord) -> Key:
        """The values of a new row, references resolved, in the form of `References.pinned`; unclear ones stay lookups.

        References to the row's own entity are resolved again, as rows of this batch have been added to it.
        """
        pinned = {**pending.document}
        for name, hit in pending.resolved.items():
            if not isinstance(hit, Unclear):
                pinned[name] = pin(hit)
        own = {name: pending.document[name] for name in item.own_references if name in pending.document}
        return pinned | self._context.references.pinned(item, own) if own else pinned


def _is_called(item: Entity) -> bool:
    """Whether people call rows by something, so that two records may mean one."""
    return bool(item.keys or item.alternates)


def _claim_keys(item: Entity, pinned: Key) -> list[int]:
    """The claim keys of all keys that a new row has in full; records with a common one are about the same row."""
    return [claim_key(item.name, key, pinned) for key in item.identities if complete(item, key, pinned)]
