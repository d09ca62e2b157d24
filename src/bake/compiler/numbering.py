"""Numbers for the rows that are or may be new: their keys completed and remembered, doubles among them found."""

from __future__ import annotations

from bake.catalog.lookups import complete, given
from bake.catalog.model import Entity
from bake.changeset.model import Key
from bake.compiler.binding import Binding
from bake.compiler.context import Context
from bake.compiler.created_rows import CreatedRow
from bake.compiler.identity import Doubtful, Existing, New, lookup_of
from bake.compiler.new_keys import Completion, key_of
from bake.compiler.new_likeness import earlier_alike
from bake.compiler.operation_counts import OperationCounts
from bake.compiler.pending_record import PendingRecord, resolve_references
from bake.compiler.references import Unclear, pin
from bake.compiler.row_claims import Claim, claim_key, effect_of


class Numbering:
    """Numbers new rows; remembers from one batch to the next which there are."""

    def __init__(self, context: Context, counts: OperationCounts) -> None:
        self._context = context
        self._counts = counts
        self._claims = context.claims

    def number(self, binding: Binding, pendings: list[PendingRecord]) -> list[PendingRecord]:
        """Number the rows that are or may be new, complete their keys, and remember them for references.

        A new row that an earlier record already creates in the very same words is dropped here, with a notice.
        """
        new = [pending for pending in pendings if not isinstance(pending.identity, Existing)]
        if not new:
            return pendings
        for pending in new:
            pending.document = lookup_of(pending.reading)
            pending.claim = Claim(pending.reading.number)
        resolve_references(self._context, binding.entity, new)
        completion = Completion(self._context, binding.entity, [pending.document for pending in new])
        dropped: set[int] = set()
        for pending in new:
            if self._is_repeated(binding.entity, pending):
                dropped.add(id(pending))
                continue
            completion.complete(pending.document, self._context.source.origin(pending.reading.number))
            pending.n = pending.claim.n = self._counts.number()
            self._remember(binding.entity, pending)
        return [pending for pending in pendings if id(pending) not in dropped]

    def _is_repeated(self, item: Entity, pending: PendingRecord) -> bool:
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


def _claim_keys(item: Entity, pinned: Key) -> list[bytes]:
    """The complete keys of a new row; records that share one are about the same row."""
    return [claim_key(item.name, key, pinned) for key in item.identities if complete(item, key, pinned)]
