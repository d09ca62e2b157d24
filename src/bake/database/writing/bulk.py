"""One statement for many rows: compiled once by SQLAlchemy, and then given to the driver as it is.

SQLAlchemy says what the statement is and how each type is bound; it is only kept from looking at each row again.
PostgreSQL takes an array for each column, and is asked once for all rows; other databases, once for each row. Arrays
of texts are given to psycopg's binary form: the other one escapes them text by text, in Python.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from bake.database.arrays import unbounded, unnested
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
        self._takes_arrays = connection.dialect.name == "postgresql" and bool(bound_columns)
        statement = (_of_arrays if self._takes_arrays else _statement)(verb, table, written, named, names)
        compiled: Any = statement.compile(dialect=connection.dialect, for_executemany=not self._takes_arrays)
        self._sql = str(compiled)
        if self._takes_arrays and connection.dialect.driver == "psycopg":
            self._sql = _with_binary_texts(self._sql, bound_columns)
        if any(one.column.identity is not None and one.column.identity.always for one in written):
            self._sql = re.sub(r"\) (VALUES|SELECT) ", r") OVERRIDING SYSTEM VALUE \1 ", self._sql, count=1)
        self._names: list[str] | None = None if compiled.positional else names
        self._order = [names.index(name) for name in compiled.positiontup or names]
        self._bind = [binder(bound_column.type, connection.dialect) for bound_column in bound_columns]

    def execute(self, connection: sa.Connection, columns: Sequence[Sequence[Any]]) -> int:
        """Execute it for all rows; how many rows it met, as far as the driver says so.

        Args:
            connection: within a transaction.
            columns: by place, those that name the row last: a value for each row.
        """
        bound = [
            column if bind is None else [bind(value) for value in column]
            for bind, column in zip(self._bind, columns, strict=True)
        ]
        if self._takes_arrays:
            given = dict(zip(self._names or (), map(list, bound), strict=True))
            return connection.exec_driver_sql(self._sql, given).rowcount
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


def _with_binary_texts(sql: str, bound_columns: Sequence[BoundColumn]) -> str:
    """The statement with arrays of texts in psycopg's binary form."""
    texts = {f"p{n}" for n, one in enumerate(bound_columns) if type(unbounded(one.type)) is sa.Text}
    return re.sub(r"%\((\w+)\)s", lambda found: f"%({found[1]})b" if found[1] in texts else found[0], sql)


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


def _of_arrays(
    verb: Verb, table: sa.Table, written: Sequence[BoundColumn], named: Sequence[BoundColumn], names: Sequence[str]
) -> sa.Insert | sa.Update | sa.Delete:
    """The statement for all rows, with an array as each parameter."""
    bound_columns = [*written, *named]
    types = [unbounded(one.type) for one in bound_columns]
    given = unnested(
        [sa.bindparam(name, type_=sa.ARRAY(type_)) for name, type_ in zip(names, types, strict=True)], types
    )
    values = [_as_stored(one, part) for one, part in zip(bound_columns, given.c, strict=True)]
    if verb == "insert":
        return sa.insert(table).from_select([one.column.name for one in written], sa.select(*values))
    new = {one.column.name: value for one, value in zip(written, values, strict=False)}
    same = (one.column == value for one, value in zip(named, values[len(written) :], strict=True))
    where = sa.and_(*same)
    return sa.delete(table).where(where) if verb == "delete" else sa.update(table).where(where).values(new)


def _as_stored(bound_column: BoundColumn, given: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """What was given as a value of the column, as its type wants it."""
    expression: sa.ColumnElement[Any] | None = bound_column.type.bind_expression(given)  # type: ignore[arg-type]
    return given if expression is None else expression


def _parameter(name: str, bound_column: BoundColumn) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=bound_column.type)
