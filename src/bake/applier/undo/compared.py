"""Updates compared with what their rows are now: which fields still are as the changeset left them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bake.applier.current_rows import CurrentRows
from bake.applier.undo.not_reverted import Reason
from bake.catalog.entity import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.database.ledger.row_changes import RowChange

Image: TypeAlias = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Compared:
    """An update and its row: what can be restored, and what is left.

    Attributes:
        record: the number of the change.
        change: the update.
        row: as it is now; None where it is gone.
        values: the fields that can be restored, with their before-values, references as ids.
        reasons: why each of the other fields is left.
    """

    record: int
    change: RowChange
    row: Row | None
    values: Image
    reasons: list[Reason]


def compared(
    present: CurrentRows, entity: Entity, batch: Sequence[tuple[int, RowChange]], fields: Collection[str] = ()
) -> list[Compared]:
    """Compare a batch of updates with their rows.

    Args:
        present: the rows as they are now.
        entity: what they are.
        batch: the updates, each with its number.
        fields: what is to be known of the rows besides the fields that were updated.
    """
    changes = [change for _, change in batch]
    befores = present.befores(entity.name, changes)
    afters = present.afters(entity.name, changes)
    touched = {name for after in afters for name in after} & entity.fields.keys()
    rows = present.rows(entity.name, changes, sorted(touched.union(fields)))
    return [
        _compared(record, change, row, before, after)
        for (record, change), row, before, after in zip(batch, rows, befores, afters, strict=True)
    ]


def _compared(record: int, change: RowChange, row: Row | None, before: Image, after: Image) -> Compared:
    if row is None:
        return Compared(record, change, None, {}, [Reason("kept", "the row is gone since")])
    values: Image = {}
    reasons = []
    for name, value in after.items():
        found = row.values.get(name)
        if same(found, value):
            values[name] = before[name]
        elif same(found, before[name]):
            reasons.append(Reason("undone", "as before already", name))
        else:
            reasons.append(Reason("kept", "edited since", name))
    return Compared(record, change, row, values, reasons)
