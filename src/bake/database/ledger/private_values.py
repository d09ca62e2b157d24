"""Sensitive values on the side of the database: the table `bake_private`, and the columns themselves.

The ledger holds tokens, as everything does. What an application overwrites or deletes would be gone with it, and could
not be reverted; so the value of each such token is put into `bake_private` before, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from bake.catalog.entity import ID
from bake.catalog.field_types import Sensitive
from bake.catalog.model import Catalog
from bake.catalog.sensitive import opened
from bake.catalog.values import Json
from bake.database.documents import decode, encode
from bake.database.ledger.absent import has_table
from bake.database.ledger.ledger import METADATA
from bake.database.reading.snapshot import DatabaseSnapshot

_CHUNK = 500

PRIVATE = sa.Table(
    "bake_private",
    METADATA,
    sa.Column("token", sa.String(80), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


@dataclass(frozen=True)
class PrivateValues:
    """The sensitive values that a database has, and those that it had.

    Attributes:
        connection: sees one state of the database; to `record`, within a transaction that writes.
        catalog: a project's.
    """

    connection: sa.Connection
    catalog: Catalog

    def recorded(self, texts: Sequence[str]) -> Mapping[str, Json]:
        """By token, the values of some tokens that applications overwrote or deleted."""
        found: dict[str, Json] = {}
        if not self._is_there:
            return found
        for start in range(0, len(texts), _CHUNK):
            chosen = PRIVATE.c.token.in_(texts[start : start + _CHUNK])
            found |= {row.token: decode(row.value) for row in self.connection.execute(sa.select(PRIVATE).where(chosen))}
        return found

    def stored(self, scope: str) -> Iterable[Mapping[str, Json]]:
        """By token, all values of a field, some at a time."""
        entity, _, name = scope.rpartition(".")
        for page in self._opened.pages(entity, [name]):
            yield dict(self._tokens(entity, name, page[1]))

    def record(self, entity: str, ids: Sequence[int], fields: Iterable[str]) -> None:
        """Record what some rows hold in some sensitive fields, before it is overwritten or deleted."""
        names = tuple(fields)
        _, (_, *columns) = self._opened.columns(entity, ID, ids, names)
        values: dict[str, Json] = {}
        for name, column in zip(names, columns, strict=True):
            values.update(self._tokens(entity, name, column))
        there = self.recorded(list(values))
        rows = [{"token": text, "value": encode(value)} for text, value in values.items() if text not in there]
        for start in range(0, len(rows), _CHUNK):
            self.connection.execute(sa.insert(PRIVATE), rows[start : start + _CHUNK])

    def _tokens(self, entity: str, name: str, column: Iterable[Json]) -> Iterator[tuple[str, Json]]:
        type_ = self.catalog.entities[entity].fields[name].type
        assert isinstance(type_, Sensitive)
        return ((type_.bound.token(type_.scope, value), value) for value in column if value is not None)

    @cached_property
    def _is_there(self) -> bool:
        """Whether the database has the table: to build, it needs none of Bake's own."""
        return has_table(self.connection, PRIVATE.name)

    @cached_property
    def _opened(self) -> DatabaseSnapshot:
        return DatabaseSnapshot(self.connection, opened(self.catalog))
