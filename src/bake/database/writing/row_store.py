"""A temporary store of row documents: in memory, and in a temporary file once there are many."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from bake.catalog.identity import as_stored

#: A row as it is stored: its id, the number of the operation that wrote it last, and its document.
Kept: TypeAlias = tuple[int, int, bytes]


class RowStore:
    """Rows by entity and id, in a private SQLite database, which is deleted with the object."""

    def __init__(self) -> None:
        self._store = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._store.execute("PRAGMA journal_mode = OFF")
        self._store.execute("PRAGMA synchronous = OFF")
        self._store.execute(
            "CREATE TABLE kept (entity TEXT, id, n INTEGER, document BLOB, PRIMARY KEY (entity, id)) WITHOUT ROWID"
        )

    def __del__(self) -> None:
        self._store.close()

    def put(self, entity: str, rows: Iterable[Kept]) -> None:
        """Store rows; they replace stored rows with the same ids."""
        self._store.execute("BEGIN")
        self._store.executemany(
            "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)",
            ((entity, as_stored(id_), n, document) for id_, n, document in rows),
        )
        self._store.execute("COMMIT")

    def get(self, entity: str, ids: Sequence[int]) -> dict[int, Kept]:
        """The stored rows with these ids, by id."""
        query = "SELECT kept.id, n, document FROM json_each(?) AS a CROSS JOIN kept ON entity = ? AND kept.id = a.value"
        found = self._store.execute(query, (json.dumps(list(map(as_stored, ids))), entity))
        return {row[0]: row for row in map(_kept, found)}

    def entities(self) -> list[str]:
        """The entities of the stored rows."""
        return [name for (name,) in self._store.execute("SELECT DISTINCT entity FROM kept ORDER BY 1")]

    def batches(self, entity: str, size: int) -> Iterator[list[Kept]]:
        """All rows of an entity in the order of their ids, in lists of at most `size`."""
        cursor = self._store.execute("SELECT id, n, document FROM kept WHERE entity = ? ORDER BY id", (entity,))
        while rows := cursor.fetchmany(size):
            yield list(map(_kept, rows))


def _kept(row: tuple[int | str, int, bytes]) -> Kept:
    return int(row[0]), row[1], row[2]
