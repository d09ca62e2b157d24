"""Finds, for a record that would create a row, an earlier one that creates a similar row.

They may be two spellings of one thing, so that only one row should be created.
"""

from __future__ import annotations

import pickle

from bake.catalog.entity import Entity
from bake.catalog.lookups import given
from bake.compiler.context import Context
from bake.compiler.likeness import Likeness, Resemblance
from bake.compiler.pending_record import PendingRecord
from bake.compiler.resembling import RecordValues
from bake.compiler.row_claims import Claim
from bake.compiler.traits import Trait, trait_key


def earlier_alike(context: Context, item: Entity, pending: PendingRecord) -> int | None:
    """The number of an earlier record that creates a row which may be this record's; None if there is none.

    The traits of this record are remembered for later ones. Two records with keys (or with uuids) of their own, none
    of them in common, are about two rows, whatever else they share.
    """
    if not item.keys:
        return None
    likeness = context.resembling.of(item)
    said = context.resembling.resolved_values(item, pending.document, pending.resolved)
    keyed = given(said.values, "uuid") or any(len(key) == 1 and given(said.values, key[0]) for key in item.keys)
    claim = Claim(
        pending.reading.number, said=pickle.dumps(({**said.derived, **said.values}, keyed), pickle.HIGHEST_PROTOCOL)
    )
    found: int | None = None
    for trait in dict.fromkeys(likeness.traits.keys(said.values, said.derived.values())):
        earlier = context.claims.earlier_new(_claim_key(item, trait), claim)
        if found is None and earlier and _is_alike(likeness, said, earlier, both_keyed=False):
            found = earlier.record
    for trait in dict.fromkeys(likeness.traits.others(said.values)):
        earlier = context.claims.earlier_named(_claim_key(item, trait), claim, keyed=keyed)
        if found is None and earlier and _is_alike(likeness, said, earlier, both_keyed=keyed):
            found = earlier.record
    for trait in dict.fromkeys(likeness.traits.codes(said.values)):
        earlier = context.claims.earlier_new(_claim_key(item, ("new", *trait)), claim)
        if found is None and earlier and _is_alike(likeness, said, earlier, both_keyed=keyed):
            found = earlier.record
    return found


def _claim_key(item: Entity, trait: Trait) -> bytes:
    return trait_key((item.name, *trait))


def _is_alike(likeness: Likeness, said: RecordValues, earlier: Claim, *, both_keyed: bool) -> bool:
    values, keyed = pickle.loads(earlier.said)
    if (keyed and both_keyed) or (given(said.values, "uuid") and given(values, "uuid")):
        return False
    return likeness.compare(said.values, values, said.derived).result is not Resemblance.APART
