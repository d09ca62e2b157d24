"""A record that is identified and not yet an operation."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bake.catalog.lookups import frozen
from bake.catalog.model import Entity
from bake.changeset.model import Row
from bake.compiler.binding import Binding, Reading
from bake.compiler.context import Context
from bake.compiler.identity import Identity
from bake.compiler.references import Resolved
from bake.compiler.row_claims import Claim
from bake.compiler.row_difference import Edits


class PendingRecord(msgspec.Struct, eq=False):
    """One record on its way.

    Attributes:
        binding: its view.
        reading: what it says.
        identity: which row it is about.
        edits: what it asks to change, if it is about a row of the database.
        n: the operation's number, for rows that are or may be new.
        document: for those, what the record says of its row, keys completed; references are lookups.
        wanted: the reference fields that have to be resolved.
        resolved: what they name.
        claim: that it is about a new row.
        rival: an earlier record for the same new row that says something else.
        alike: the number of an earlier record for a new row that this one may be about, spelled otherwise.
    """

    binding: Binding
    reading: Reading
    identity: Identity
    edits: Edits = msgspec.field(default_factory=Edits)
    n: int = 0
    document: Row = msgspec.field(default_factory=dict)
    wanted: list[str] = msgspec.field(default_factory=list)
    resolved: dict[str, Resolved] = msgspec.field(default_factory=dict)
    claim: Claim = msgspec.field(default_factory=lambda: Claim(0))
    rival: Claim | None = None
    alike: int | None = None


def resolve_references(
    context: Context, item: Entity, pendings: Sequence[PendingRecord], again: frozenset[str] = frozenset()
) -> None:
    """Resolve the references that records want resolved, a batch a field.

    Args:
        context: the compilation.
        item: the entity of the records.
        pendings: the records; changed.
        again: the entities references to which are resolved anew, since rows have come.
    """
    for name, target in item.references.items():
        wanting = [p for p in pendings if name in p.wanted and (target in again or name not in p.resolved)]
        if wanting:
            lookups = [pending.reading.lookups[name] for pending in wanting]
            resolved = context.references.resolve(target, lookups)
            for pending, lookup in zip(wanting, lookups, strict=True):
                pending.resolved[name] = resolved[frozen(lookup)]
