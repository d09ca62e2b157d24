"""One statement that is executed many times: compiled once by SQLAlchemy, and then given to the driver as it is.

SQLAlchemy says what the statement is and how each type is bound; it is only kept from looking at each row again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from bake.database.bindings import binder

Verb: TypeAlias = Literal["insert", "update", "delete"]


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """Where a value goes: the column that is written or compared, and the type that the value is bound as."""

    column: sa.Column[Any]
    type: sa.types.TypeEngine[Any]


class Bulk:
    """A compiled statement.

    Args:
        connection: whose dialect it is for.
        verb: what it does.
        table: with the rows of which table.
        written: what it writes of each row.
        named: what names the row: the columns of its primary key; none for an insert.
    """

    def __init__(
        self,
        connection: sa.Connection,
        verb: Verb,
        table: sa.Table,
        written: Sequence[BoundColumn],
        named: Sequence[BoundColumn],
    ) -> None:
        bound_columns = [*written, *named]
        self._table, self._written = table, written
        names = [f"p{n}" for n in range(len(bound_columns))]
        compiled: Any = _statement(verb, table, written, named, names).compile(
            dialect=connection.dialect, for_executemany=True
        )
        self._sql = str(compiled)
        if any(one.column.identity is not None and one.column.identity.always for one in written):
            self._sql = self._sql.replace(") VALUES (", ") OVERRIDING SYSTEM VALUE VALUES (", 1)
        self._names: list[str] | None = None if compiled.positional else names
        self._order = [names.index(name) for name in compiled.positiontup or names]
        self._bind = [binder(bound_column.type, connection.dialect) for bound_column in bound_columns]

    def execute(self, connection: sa.Connection, columns: Sequence[Sequence[Any]]) -> int:
        """Execute it for each row; how many rows it met, as far as the driver says so.

        Args:
            connection: within a transaction.
            columns: by place, those that name the row last: a value for each row.
        """
        bound = [
            column if bind is None else [bind(value) for value in column]
            for bind, column in zip(self._bind, columns, strict=True)
        ]
        rows = zip(*(bound[bound_column] for bound_column in self._order), strict=True)
        if self._names is None:
            return connection.exec_driver_sql(self._sql, list(rows)).rowcount
        names = self._names
        return connection.exec_driver_sql(self._sql, [dict(zip(names, row, strict=True)) for row in rows]).rowcount

    def insert(self, columns: Sequence[Sequence[Any]]) -> sa.Insert:
        """One insert of all rows, to be a part of another statement; values by place."""
        named = [
            [sa.literal(value, one.type) for value in column]
            for one, column in zip(self._written, columns, strict=True)
        ]
        names = [one.column.name for one in self._written]
        return sa.insert(self._table).values([dict(zip(names, row, strict=True)) for row in zip(*named, strict=True)])


def _statement(
    verb: Verb, table: sa.Table, written: Sequence[BoundColumn], named: Sequence[BoundColumn], names: Sequence[str]
) -> sa.Insert | sa.Update | sa.Delete:
    """The statement with parameters of these names."""
    values = {
        bound_column.column.name: _parameter(name, bound_column)
        for name, bound_column in zip(names, written, strict=False)
    }
    if verb == "insert":
        return sa.insert(table).values(values)
    last = zip(named, names[len(written) :], strict=True)
    where = sa.and_(*(one.column == _parameter(name, one) for one, name in last))
    return sa.delete(table).where(where) if verb == "delete" else sa.update(table).where(where).values(values)


def _parameter(name: str, bound_column: BoundColumn) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=bound_column.type)
