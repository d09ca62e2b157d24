"""Rows read again after writing: they are what was written (rule 12), or nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from bake.catalog.values import Json, same
from bake.changeset.model import Change
from bake.errors import NotProven, Problem

#: A row as it was read: its id, and the values of some fields.
_Row: TypeAlias = tuple[Json, ...]


class WrittenRows:
    """Compares rows with what was written of them.

    Args:
        fields: what rows are read as: tuples of their id and these.
    """

    def __init__(self, fields: Sequence[str]) -> None:
        self._positions = {name: position for position, name in enumerate(fields, 1)}

    def rows(
        self, changes: Sequence[Change], found: Sequence[Sequence[_Row]], written: Sequence[Mapping[str, Json]]
    ) -> list[_Row]:
        """The row of each change as it is after writing.

        Raises:
            NotProven: one is not what was written, or is not there, or not alone; the first of them.
        """
        return [self._row(*one) for one in zip(changes, found, written, strict=True)]

    def _row(self, change: Change, rows: Sequence[_Row], written: Mapping[str, Json]) -> _Row:
        if len(rows) != 1:
            raise _not_proven(change, [f"{len(rows)} rows have its key after writing"])
        [row] = rows
        wrong = [
            f"{name} is {row[self._positions[name]]!r} after writing; expected {value!r}"
            for name, value in written.items()
            if not same(row[self._positions[name]], value)
        ]
        if wrong:
            raise _not_proven(change, wrong)
        return row


def _not_proven(change: Change, wrong: Sequence[str]) -> NotProven:
    name = ", ".join(map(str, change.key.values()))
    return NotProven(
        f"operation {change.n}: {change.entity} {name} did not read back as it was written; nothing was kept",
        problems=[Problem(line) for line in wrong],
        hint="a trigger or a default of the database may change these fields, or a column keep fewer digits than the "
        "file gives (FLOAT, timestamps without fractions of a second); look for one, or give the value that is kept",
    )
