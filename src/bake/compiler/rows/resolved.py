"""What a reference was resolved to: a row of the database, one that this changeset creates, or neither."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from bake.catalog.row import Row
from bake.changeset.model import Key
from bake.compiler.rows.created_rows import CreatedRow


class Found(msgspec.Struct, frozen=True):
    """A row of the database. `by` is the name that led to it although its key, or the name as it stands, did not."""

    row: Row
    key: Key
    by: str | None = None


class Unclear(msgspec.Struct, frozen=True):
    """No row, or several: of the database, and created ones."""

    rows: tuple[Row, ...] = ()
    made: tuple[CreatedRow, ...] = ()


class Awaited(Unclear, frozen=True):
    """No row that there is; but the record that says all this (`made`) may create it, or be about one that is here."""


Resolved: TypeAlias = Found | CreatedRow | Unclear


def may_come(resolved: Resolved) -> bool:
    """Whether a reference names one row, even if that is still to be created, or may be."""
    return isinstance(resolved, Awaited) or not isinstance(resolved, Unclear)


def pin(named: Found | CreatedRow) -> Key:
    """What stands for a row in a lookup that is pinned: its id, or the number of the operation that creates it."""
    return {"row": named.row.id} if isinstance(named, Found) else {"made": named.n}
