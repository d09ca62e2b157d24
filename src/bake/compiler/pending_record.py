"""Records between identification and drafting: what the steps of a batch have found about each."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bake.catalog.entity import Entity
from bake.changeset.model import Row
from bake.compiler.context import Context
from bake.compiler.drafting.row_difference import Edits
from bake.compiler.identity import Identity
from bake.compiler.matching.row_claims import Claim
from bake.compiler.reading.binding import Binding, Reading
from bake.compiler.rows.resolved import Resolved


class PendingRecord(msgspec.Struct, eq=False):
    """One identified record, to which the following steps add.

    Attributes:
        binding: its view.
        reading: its canonical values.
        identity: which row it is about.
        edits: the changes that it asks for, if it is about a row of the database.
        n: the number of its operation, if that creates a row or may do so; else 0.
        document: in the same case, the values of the row by field, derived keys included; references are lookups.
        to_resolve: the reference fields to resolve.
        resolved: by reference field, the result.
        claim: its claim on a new row.
        rival: the claim of an earlier record on the same new row, with other values.
        alike: the claim of an earlier record that creates, or may create, a row which may be the same, spelled
            otherwise.
    """

    binding: Binding
    reading: Reading
    identity: Identity
    edits: Edits = Edits()
    n: int = 0
    document: Row = msgspec.field(default_factory=dict)
    to_resolve: list[str] = msgspec.field(default_factory=list)
    resolved: dict[str, Resolved] = msgspec.field(default_factory=dict)
    claim: Claim = msgspec.field(default_factory=lambda: Claim(0))
    rival: Claim | None = None
    alike: Claim | None = None


def resolve_references(
    context: Context, item: Entity, pendings: Sequence[PendingRecord], grown: frozenset[str] = frozenset()
) -> None:
    """Resolve the references in `PendingRecord.to_resolve`, one call for each reference field.

    Args:
        context: the compilation.
        item: the entity of the records.
        pendings: the records; their `resolved` is filled.
        grown: the names of the entities whose rows have become more, so that references to them are resolved again.
    """
    for name, target in item.references.items():
        wanting = [p for p in pendings if name in p.to_resolve and (target in grown or name not in p.resolved)]
        if wanting:
            lookups = [pending.reading.lookups[name] for pending in wanting]
            for pending, hit in zip(wanting, context.references.resolve_each(target, lookups), strict=True):
                pending.resolved[name] = hit
