"""Rows that lie over those of a database: what they would be after changes that are not written to it.

They are kept in a private database of SQLite, in memory and in a temporary file once there are many, which goes with
the object. There is an index for each set of fields that somebody looks by.
"""

from __future__ import annotations

import json
import pickle
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TypeAlias

import msgspec

from bake.catalog.entity import ID
from bake.catalog.identity import as_stored
from bake.catalog.values import Json
from bake.database.reading.key_lookup import KeyValues

#: The values of a row by field, references as ids; None for a row that is gone.
Values: TypeAlias = dict[str, Json] | None

#: The id of the first row that is made here: greater than any that a database gives.
FIRST_ID = 1 << 62

_BATCH = 1000
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Layer:
    """The changed, the new and the deleted rows, by entity and id."""

    def __init__(self) -> None:
        self._store = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA synchronous = OFF",
            "CREATE TABLE layer (entity TEXT, id, row BLOB, PRIMARY KEY (entity, id)) WITHOUT ROWID",
            "CREATE TABLE keys (entity TEXT, by TEXT, key BLOB, id, PRIMARY KEY (entity, by, key, id))",
            "CREATE INDEX keys_of ON keys (entity, id)",
        ):
            self._store.execute(statement)
        self._indexes: dict[str, set[tuple[str, ...]]] = {}
        self._last = FIRST_ID - 1

    def __del__(self) -> None:
        self._store.close()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is put within the block is taken back if an error leaves it."""
        indexes = {entity: set(those) for entity, those in self._indexes.items()}
        self._store.execute("SAVEPOINT block")
        try:
            yield
        except BaseException:
            self._store.execute("ROLLBACK TO block")
            self._indexes = indexes
            raise
        finally:
            self._store.execute("RELEASE block")

    def new_ids(self, rows: int) -> range:
        """Ids for so many new rows."""
        first = self._last + 1
        self._last += rows
        return range(first, self._last + 1)

    def covers(self, entity: str) -> bool:
        """Whether any row of an entity lies here."""
        return self._store.execute("SELECT 1 FROM layer WHERE entity = ? LIMIT 1", (entity,)).fetchone() is not None

    def put(self, entity: str, rows: Mapping[int, Values]) -> None:
        """Lay rows over those of the database."""
        with self.savepoint():
            gone = ((entity, as_stored(id_)) for id_ in rows)
            self._store.executemany("DELETE FROM keys WHERE entity = ? AND id = ?", gone)
            self._store.executemany(
                "INSERT OR REPLACE INTO layer VALUES (?, ?, ?)",
                (
                    (entity, as_stored(id_), None if values is None else pickle.dumps(values))
                    for id_, values in rows.items()
                ),
            )
            for by in self._indexes.get(entity, ()):
                self._index(entity, by, rows.items())

    def get(self, entity: str, ids: Iterable[int]) -> dict[int, Values]:
        """Those of some rows that lie here."""
        query = "SELECT l.id, l.row FROM json_each(?) AS a CROSS JOIN layer l ON l.entity = ? AND l.id = a.value"
        found = self._store.execute(query, (json.dumps(list(map(as_stored, ids))), entity))
        return {int(id_): None if row is None else pickle.loads(row) for id_, row in found}

    def having(self, entity: str, by: tuple[str, ...], keys: Iterable[KeyValues]) -> dict[KeyValues, dict[int, Values]]:
        """The rows here that have a key, by key and id; by a null, rows without value are found."""
        wanted = list(keys)
        if by == (ID,):
            there = {id_: values for id_, values in self.get(entity, (key[0] for key in wanted)).items() if values}
            return {key: {key[0]: there[key[0]]} for key in wanted if key[0] in there}
        if by not in self._indexes.setdefault(entity, set()):
            self._indexes[entity].add(by)
            self._index(entity, by, self.rows(entity))
        query = "SELECT id FROM keys WHERE entity = ? AND by = ? AND key = ?"
        name = "\0".join(by)
        ids = {
            key: [int(id_) for (id_,) in self._store.execute(query, (entity, name, _encode_key(key)))] for key in wanted
        }
        rows = self.get(entity, {id_ for those in ids.values() for id_ in those})
        return {key: {id_: rows[id_] for id_ in those} for key, those in ids.items() if those}

    def rows(self, entity: str) -> Iterator[tuple[int, Values]]:
        """All rows of an entity that lie here, in the order of their ids; more may be put meanwhile."""
        last: int | str = -1
        while True:
            query = "SELECT id, row FROM layer WHERE entity = ? AND id > ? ORDER BY id LIMIT ?"
            found = self._store.execute(query, (entity, last, _BATCH)).fetchall()
            if not found:
                return
            yield from ((int(id_), None if row is None else pickle.loads(row)) for id_, row in found)
            last = found[-1][0]

    def _index(self, entity: str, by: tuple[str, ...], rows: Iterable[tuple[int, Values]]) -> None:
        name, items = "\0".join(by), iter(rows)
        while batch := list(islice(items, _BATCH)):
            self._store.executemany(
                "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)",
                (
                    (entity, name, _encode_key([id_ if part == ID else values[part] for part in by]), as_stored(id_))
                    for id_, values in batch
                    if values is not None
                ),
            )


def _encode_key(key: Iterable[Json]) -> bytes:
    """A key, in which references may be numbers of more than 64 bits."""
    return _encode([as_stored(part) if type(part) is int else part for part in key])
