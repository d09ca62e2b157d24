"""Writing rows in bulk: one statement for each set of fields, executed many times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from operator import methodcaller
from typing import Any, TypeAlias

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.database.bindings import Binding, bindings
from bake.database.savepoint import savepoint
from bake.database.writing.bulk import BoundColumn, Bulk, Verb
from bake.database.writing.defaults import defaults
from bake.database.writing.reference_columns import referred_values
from bake.database.writing.sequences import advance, is_numbered
from bake.database.writing.together import expect_parents, in_one_statement, unchecked_references
from bake.errors import NotProven

#: How many statements are kept compiled. Sources have few sets of fields, but nothing keeps them from having many.
_KEPT = 200

#: Rows that have the same fields: ids and values.
_Group: TypeAlias = list[tuple[int, Mapping[str, Json]]]

#: New rows of one entity: by field, a value for each.
NewRows: TypeAlias = tuple[str, Mapping[str, Sequence[Json]]]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes canonical values, references as ids, within the caller's transaction.

    What the database refuses is raised as it is (`bake.database.failures.is_refusal`).

    Attributes:
        connection: within a transaction (`Database.writing`).
        catalog: says which entities there are.
    """

    connection: sa.Connection
    catalog: Catalog
    _kept: dict[tuple[str, ...], _Write] = field(default_factory=dict, init=False, repr=False, compare=False)

    def savepoint(self) -> AbstractContextManager[object]:
        """A block whose changes are taken back if an error leaves it."""
        return savepoint(self.connection)

    def insert_columns(self, entity: str, columns: Mapping[str, Sequence[Json]], rows: int) -> None:
        """Insert rows that all have the same fields; others get the default of their column, or else null.

        Args:
            entity: the entity of the rows.
            columns: by field, a value for each row.
            rows: how many rows there are.
        """
        fields = tuple(sorted(columns))
        self._write("insert", entity, fields).columns(self.connection, [columns[name] for name in fields], range(rows))
        self._advance(entity, columns)

    def insert_together(self, parts: Sequence[NewRows]) -> None:
        """Insert rows that refer to each other, whose ids are known before they are there.

        Args:
            parts: by entity, the columns of its rows as of `insert_columns`; all ids among them, or of rows that are
                there.

        Raises:
            NotProven: a row that is referred to is not there.
        """
        if self.connection.dialect.name == "postgresql":
            in_one_statement(self.connection, [self._insert(entity, columns) for entity, columns in parts])
            for entity, columns in parts:
                self._advance(entity, columns)
            return
        with unchecked_references(self.connection):
            for entity, columns in parts:
                self.insert_columns(entity, columns, len(next(iter(columns.values()))))
        if self.connection.dialect.name != "sqlite":
            for item, columns in ((self.catalog.entities[entity], columns) for entity, columns in parts):
                for name in item.references.keys() & columns.keys():
                    expect_parents(self.connection, item, item.fields[name], columns[name])

    def _insert(self, entity: str, columns: Mapping[str, Sequence[Json]]) -> sa.Insert:
        fields = tuple(sorted(columns))
        return self._write("insert", entity, fields).insert(self.connection, [columns[name] for name in fields])

    def _advance(self, entity: str, columns: Mapping[str, Sequence[Json]]) -> None:
        """Let the sequences of PostgreSQL go on after the numbers that were written; others see to that themselves."""
        if self.connection.dialect.name != "postgresql":
            return
        item = self.catalog.entities[entity]
        for column in item.table.columns:
            written = columns.get(item.by_column.get(column.name, ID if column.primary_key else ""), ())
            if is_numbered(column) and any(written):
                advance(self.connection, column, max(filter(None, written)))

    def left_null(self, entity: str) -> frozenset[str]:
        """The fields that are null in a new row that lacks them."""
        everything = self._of(entity).items()
        return frozenset(name for name, binding in everything if name != ID and _defaults_to_null(binding))

    def update(self, entity: str, changes: Iterable[tuple[int, Mapping[str, Json]]]) -> None:
        """Set fields of rows, which are named by id.

        Raises:
            NotProven: a row was not there.
        """
        for fields, group in _by_fields((row, values) for row, values in changes if values).items():
            met = self._write("update", entity, fields).execute(self.connection, group)
            _expect(len(group), met, entity)

    def update_columns(self, entity: str, ids: Sequence[int], columns: Mapping[str, Sequence[Json]]) -> None:
        """The same of rows that all have the same fields set: by field, a value for each row.

        Raises:
            NotProven: a row was not there.
        """
        fields = tuple(sorted(columns))
        met = self._write("update", entity, fields).columns(self.connection, [columns[name] for name in fields], ids)
        _expect(len(ids), met, entity)

    def delete(self, entity: str, ids: Sequence[int]) -> None:
        """Delete rows one by one in the order given, so that a tree can go from its leaves.

        Raises:
            NotProven: a row was not there.
        """
        if ids:
            group: _Group = [(row, {}) for row in ids]
            _expect(len(ids), self._write("delete", entity, ()).execute(self.connection, group), entity)

    def delete_together(self, ids: Mapping[str, Sequence[int]]) -> None:
        """Delete rows that refer to each other, by entity.

        Raises:
            NotProven: a row was not there.
        """
        if self.connection.dialect.name == "postgresql":
            those = ((self._of(entity)[ID], rows) for entity, rows in ids.items())
            parts = [sa.delete(id_.column.table).where(id_.among(rows)) for id_, rows in those]
            in_one_statement(self.connection, parts)
            return
        with unchecked_references(self.connection):
            for entity, rows in ids.items():
                self.delete(entity, rows)

    def _of(self, entity: str) -> Mapping[str, Binding]:
        return bindings(self.catalog.entities[entity])

    def _write(self, verb: Verb, entity: str, fields: tuple[str, ...]) -> _Write:
        if (verb, entity, *fields) not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            written = _Write(self.connection, verb, self.catalog.entities[entity], self._of(entity), fields)
            self._kept[verb, entity, *fields] = written
        return self._kept[verb, entity, *fields]


class _Write:
    """What is done to rows of one table that have the same fields.

    Args:
        connection: whose dialect the statement is for.
        verb: what is done; to update or delete a row, its id names it.
        entity: whose table.
        everything: how its fields are written.
        fields: those that are.
    """

    def __init__(
        self,
        connection: sa.Connection,
        verb: Verb,
        entity: Entity,
        everything: Mapping[str, Binding],
        fields: tuple[str, ...],
    ) -> None:
        self._entity = entity
        self._written = [everything[name] for name in fields]
        self._named = () if verb == "insert" else (everything[ID],)
        written = [one for binding in self._written for one in _bound_columns(binding)]
        self._columns = [one.column.name for one in written]
        self._defaults = defaults(entity.table, verb, self._columns)
        filled = [BoundColumn(one.column, one.column.type) for one in self._defaults]
        named = [one for binding in self._named for one in _bound_columns(binding)]
        self._bulk = Bulk(connection, verb, entity.table, [*written, *filled], named)

    def execute(self, connection: sa.Connection, group: _Group) -> int:
        """Write rows; how many there were."""
        rows = [values for _, values in group]
        values = [list(map(methodcaller("get", binding.field), rows)) for binding in self._written]
        return self.columns(connection, values, [id_ for id_, _ in group])

    def columns(self, connection: sa.Connection, values: Sequence[Sequence[Json]], ids: Sequence[int]) -> int:
        """Write rows, a field after the other; how many there were. Rows that are inserted have no ids yet."""
        return self._bulk.execute(connection, self._by_place(connection, values, ids))

    def insert(self, connection: sa.Connection, values: Sequence[Sequence[Json]]) -> sa.Insert:
        """The insert of rows, a field after the other, as a part of another statement."""
        return self._bulk.insert(self._by_place(connection, values, ()))

    def _by_place(
        self, connection: sa.Connection, values: Sequence[Sequence[Json]], ids: Sequence[int]
    ) -> list[Sequence[Any]]:
        """The values of each column of the statement, as SQLAlchemy's types take them."""
        outward = [
            column
            for binding, those in zip(self._written, values, strict=True)
            for column in self._outward(connection, binding, those)
        ]
        given = dict(zip(self._columns, outward, strict=True))
        rows = len(values[0]) if values else len(ids)
        filled = [default.values(given, rows) for default in self._defaults]
        named = [column for binding in self._named for column in self._outward(connection, binding, ids)]
        return [*outward, *filled, *named]

    def _outward(self, connection: sa.Connection, binding: Binding, values: Sequence[Json]) -> list[Sequence[Any]]:
        """The values of the columns of a field as SQLAlchemy's types take them."""
        if binding.is_looked_up:
            field = self._entity.fields[binding.field]
            found = referred_values(connection, self._entity, field, values)
            return list(zip(*found, strict=True)) or [()] * len(binding.columns)
        if not binding.parts:
            return [_bound(binding, values)]
        parts = list(zip(*map(binding.split, values), strict=True)) or [()] * len(binding.parts)
        return [_bound(part, column) for part, column in zip(binding.parts, parts, strict=True)]


def _bound_columns(binding: Binding) -> list[BoundColumn]:
    if binding.is_looked_up:
        return [BoundColumn(column, column.type) for column in binding.columns]
    return [BoundColumn(one.column, one.written or one.compared.type) for one in binding.scalars]


def _bound(binding: Binding, values: Sequence[Json]) -> Sequence[Any]:
    """The values of one column as SQLAlchemy's type takes them."""
    outward = binding.outward
    return values if outward is None else [None if value is None else outward(value) for value in values]


def _expect(rows: int, met: int, entity: str) -> None:
    if met != rows:
        raise NotProven(
            f"{entity}: {rows} rows were to be changed and {met} were there",
            hint="somebody else changed the database meanwhile; try again",
        )


def _defaults_to_null(binding: Binding) -> bool:
    return all(
        column.nullable and column.default is None and column.server_default is None for column in binding.columns
    )


def _by_fields(rows: Iterable[tuple[int, Mapping[str, Json]]]) -> dict[tuple[str, ...], _Group]:
    """Rows by the set of their fields, so that each set needs one statement."""
    groups: dict[tuple[str, ...], _Group] = {}
    as_given: dict[tuple[str, ...], _Group] = {}
    for row in rows:
        names = tuple(row[1])
        if names not in as_given:
            as_given[names] = groups.setdefault(tuple(sorted(names)), [])
        as_given[names].append(row)
    return groups
