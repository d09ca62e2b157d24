"""Finds, for a record that would create a row, an earlier one that creates a similar row.

They may be two spellings of one thing, so that only one row should be created.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence

from bake.catalog.entity import Entity
from bake.catalog.lookups import given
from bake.compiler.context import Context
from bake.compiler.likeness.likeness import Likeness, Resemblance
from bake.compiler.likeness.resembling import RecordValues
from bake.compiler.matching.row_claims import Claim, Claims
from bake.compiler.pending_record import PendingRecord


class EarlierAlike:
    """Compares the records of a batch that would create rows with earlier ones of the source."""

    def __init__(self, context: Context, item: Entity, pendings: Sequence[PendingRecord]) -> None:
        """Prepare.

        Args:
            context: the compilation.
            item: the entity of the records.
            pendings: the records, with the references that they give resolved.
        """
        self._claims = context.claims
        self._counts = not item.keys
        self._likeness = context.resembling.of(item)
        names = [name for name in item.references if name in self._likeness.fields]
        resolved = {name: [one.resolved.get(name) for one in pendings] for name in names}
        documents = [one.document for one in pendings]
        context.resembling.learn(item, documents)
        self._compared = context.resembling.compared(item, documents, resolved, in_all_forms=False)

    def find(self, n: int, claim: Claim) -> Claim | None:
        """The claim of an earlier record that creates, or may create, a row which may be that of a record, if any does.

        The traits of the record are remembered for later ones. Two records with keys (or with uuids) of their own, none
        of them in common, nor misspelt, are about two rows, whatever else they share.

        Args:
            n: the position of the record in the batch.
            claim: its claim; what it says is added.
        """
        said = self._compared.values(n)
        keyed = self._likeness.is_keyed(said.values)
        claim.said = pickle.dumps(({**said.derived, **said.values}, keyed), pickle.HIGHEST_PROTOCOL)
        keys, others, codes = self._compared.traits[n]
        found = [(self._claims.earlier_new(mark, claim), False) for mark in keys]
        found += [(self._claims.earlier_named(mark, claim, keyed=keyed), keyed) for mark in others]
        found += [(self._claims.earlier_new(hash(("new", mark)), claim), keyed) for mark in codes]
        if alike := self._first_alike(said, found):
            return None if self._counts else alike  # equal rows without a key are counted
        return self._first_alike(said, [(self._claims.found_new(mark), keyed) for mark in self._compared.misspelt[n]])

    def _first_alike(self, said: RecordValues, found: Sequence[tuple[Claim | None, bool]]) -> Claim | None:
        """The first claim whose row may be that of a record; with each, whether their own keys tell the two apart."""
        for earlier, both_keyed in found:
            if earlier and _is_alike(self._likeness, said, earlier, both_keyed=both_keyed):
                return earlier
        return None


def are_like_earlier(context: Context, item: Entity, others: Claims) -> bool:
    """Whether new rows of a batch that was compiled by itself may be those of earlier ones, but for a slip."""
    documents = [pickle.loads(claim.said)[0] for claim in others.new_rows]
    context.resembling.learn(item, documents)
    marks = context.resembling.misspelt(item, documents)
    return any(context.claims.found_new(mark) for those in marks for mark in those)


def _is_alike(likeness: Likeness, said: RecordValues, earlier: Claim, *, both_keyed: bool) -> bool:
    values, keyed = pickle.loads(earlier.said)
    if given(said.values, "uuid") and given(values, "uuid"):
        return False
    compared = likeness.compare(said.values, values, said.derived)
    if keyed and both_keyed:  # only the keys themselves may be misspelt
        slipped = [likeness.slipped(said.values, values, name) for name in compared.differing]
        return compared.result is Resemblance.MISSPELT and bool(slipped) and all(slipped)
    return compared.result is not Resemblance.APART
