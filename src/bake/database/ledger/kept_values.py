"""What people kept as it is here although a file said otherwise: the table `bake_kept` beside the ledger.

Each entry is one field of one row, with what the file said and what stood here, or a row that was to stay deleted. An
entry counts as long as the application that it came with stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from bake.catalog.values import Json
from bake.changeset.model import Key
from bake.database.documents import decode, encode
from bake.database.ledger.absent import execute
from bake.database.ledger.ledger import CHANGESETS, METADATA, LedgerEntry, entry_of
from bake.database.ledger.row_changes import mark

#: The field of an entry that is about a row as a whole, which stays deleted.
WHOLE = ""

_CHUNK = 500

KEPT = sa.Table(
    "bake_kept",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("changeset", sa.Integer, nullable=False),
    sa.Column("entity", sa.String(200), nullable=False),
    sa.Column("row", sa.String(40), nullable=False, index=True),
    sa.Column("field", sa.String(200), nullable=False),
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("here", sa.Text, nullable=False),
)


class KeptValue(NamedTuple):
    """One field of a row that was kept as it is.

    Attributes:
        entity: the kind of row.
        row: what the row is known by (`row_name`).
        field: the field; `WHOLE` for a row that stays deleted.
        said: what the file said; a reference as a key.
        here: what stood here.
    """

    entity: str
    row: str
    field: str
    said: Json
    here: Json


def row_name(entity: str, key: Key, uuid: str | None) -> str:
    """What a row is known by: its uuid, or, where it has none, the mark of its key."""
    return uuid or (str(key["uuid"]) if key.get("uuid") else mark(entity, key))


def record_kept(connection: sa.Connection, changeset: int, values: Iterable[KeptValue]) -> None:
    """Add entries in the transaction of an application.

    Args:
        connection: the transaction.
        changeset: the number of the application's ledger entry.
        values: what was kept.
    """
    rows = [
        {**value._asdict(), "changeset": changeset, "said": encode(value.said), "here": encode(value.here)}
        for value in values
    ]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(sa.insert(KEPT), rows[start : start + _CHUNK])


def anything_kept(connection: sa.Connection) -> bool:
    """Whether there is any entry."""
    return execute(connection, sa.select(KEPT.c.id).limit(1)).scalar() is not None


def kept_in(connection: sa.Connection, rows: Sequence[str]) -> Iterator[tuple[KeptValue, LedgerEntry]]:
    """The entries about rows that still count, each with the application that it came with.

    Args:
        connection: sees one state of the database.
        rows: what the rows are known by.
    """
    entries: dict[int, LedgerEntry] = {}
    for start in range(0, len(rows), _CHUNK):
        chosen = KEPT.c.row.in_(rows[start : start + _CHUNK])
        found = connection.execute(sa.select(KEPT).where(chosen).order_by(KEPT.c.id)).mappings().all()
        unknown = {row["changeset"] for row in found} - entries.keys()
        if unknown:
            query = sa.select(CHANGESETS).where(CHANGESETS.c.id.in_(unknown), CHANGESETS.c.state == "applied")
            entries |= {row["id"]: entry_of(row) for row in connection.execute(query).mappings()}
        for row in found:
            if (entry := entries.get(row["changeset"])) is not None:
                said, here = decode(row["said"]), decode(row["here"])
                yield KeptValue(row["entity"], row["row"], row["field"], said, here), entry
