"""Checks, before the commit, the constraints that a database would check only on commit.

PostgreSQL checks them at once when told to; that is done in a savepoint that is rolled back, so that they stay deferred
in the transaction. SQLite can only list all rows with a foreign key that leads nowhere; those that are listed before
anything is written do not count. MariaDB has no such constraints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from bake.catalog.entity import Entity
from bake.catalog.model import Catalog
from bake.database.failures import constraint_of, is_refusal
from bake.database.reading.selection import Selection, fetched

_ANY = {
    "postgresql": "SELECT 1 FROM pg_constraint WHERE condeferrable LIMIT 1",
    "sqlite": "SELECT 1 FROM sqlite_master WHERE sql LIKE '%DEFERR%' "
    "UNION ALL SELECT 1 FROM pragma_defer_foreign_keys WHERE defer_foreign_keys LIMIT 1",
}

#: What PostgreSQL says of the values that are at fault, in every language.
_KEY = re.compile(r"\(([^()]+)\)=\((.*?)\)")


class Violation(NamedTuple):
    """What would be refused on commit.

    Attributes:
        entity: the entity of the row; None if its table is not in the catalog, or the database does not say.
        ids: the ids of the rows that may be meant.
        words: the message of the database.
    """

    entity: str | None
    ids: tuple[int, ...]
    words: str


class DeferredConstraints:
    """The deferred constraints in one writing transaction; must be made before anything is written."""

    def __init__(self, connection: sa.Connection, catalog: Catalog) -> None:
        self._connection = connection
        self._hides = catalog.has_sensitive
        self._entities = {entity.table.name: entity for entity in catalog.entities.values()}
        query = _ANY.get(connection.dialect.name)
        #: Whether there are any.
        self.exist = bool(query and connection.exec_driver_sql(query).scalar())
        self._before = self._dangling() if self.exist else set()

    def violations(self) -> Iterator[Violation]:
        """What would be refused if the transaction were committed now; PostgreSQL says only the first."""
        if not self.exist:
            return
        if self._connection.dialect.name == "postgresql":
            yield from self._refused()
            return
        for table, row, parent, _ in sorted(self._dangling() - self._before, key=str):
            entity = self._entities.get(table)
            words = f"FOREIGN KEY constraint failed: a row of {table} refers to one of {parent} that is not there"
            yield Violation(entity.name if entity else None, self._of_rowid(entity, row), words)

    def _dangling(self) -> set[tuple[str, int | None, str, int]]:
        """SQLite's rows whose foreign key leads nowhere: table, id, table referred to, number of the foreign key."""
        if self._connection.dialect.name != "sqlite":
            return set()
        return {
            (row[0], row[1], row[2], row[3]) for row in self._connection.exec_driver_sql("PRAGMA foreign_key_check")
        }

    def _of_rowid(self, entity: Entity | None, row: int | None) -> tuple[int, ...]:
        """The id of the row that SQLite numbers so; of a table without such numbers, none."""
        if entity is None or row is None:
            return ()
        selection = Selection(entity, (), self._connection.dialect)
        query = selection.query.where(sa.literal_column("rowid") == row)
        return tuple(*selection.columns(fetched(self._connection, query)))

    def _refused(self) -> Iterator[Violation]:
        refusal: sa.exc.DBAPIError | None = None
        savepoint = self._connection.begin_nested()
        try:
            self._connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        except sa.exc.DBAPIError as error:
            if not is_refusal(error):
                raise
            refusal = error
        finally:
            savepoint.rollback()
        if refusal is not None:
            diagnosis = getattr(refusal.orig, "diag", None)
            entity = self._entities.get(getattr(diagnosis, "table_name", None) or "")
            ids = self._having(entity, getattr(diagnosis, "message_detail", None) or "") if entity else ()
            yield Violation(entity.name if entity else None, ids, constraint_of(refusal, hides=self._hides))

    def _having(self, entity: Entity, detail: str) -> tuple[int, ...]:
        """The ids of the rows that have the values in PostgreSQL's message."""
        found = _KEY.search(detail)
        columns = [entity.table.c.get(name.strip(' "')) for name in found[1].split(",")] if found else []
        known = [sa.cast(column, sa.Text) for column in columns if column is not None]
        if found is None or len(known) != len(columns):
            return ()
        same = sa.func.concat_ws(", ", *known) == found[2]
        selection = Selection(entity, (), self._connection.dialect)
        return tuple(*selection.columns(fetched(self._connection, selection.query.where(same))))
