"""Writing rows in bulk: one statement for each set of fields, executed many times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from operator import methodcaller
from typing import Any, TypeAlias

import sqlalchemy as sa

from bake.catalog.entity import ID
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.database.bindings import Binding, bindings
from bake.database.bulk import BoundColumn, Bulk, Verb
from bake.database.defaults import defaults
from bake.errors import NotProven

#: How many statements are kept compiled. Sources have few sets of fields, but nothing keeps them from having many.
_KEPT = 200

#: Rows that have the same fields: ids and values.
_Group: TypeAlias = list[tuple[int, Mapping[str, Json]]]


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
    _bindings: dict[str, dict[str, Binding]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _kept: dict[tuple[str, ...], _Write] = field(default_factory=dict, init=False, repr=False, compare=False)

    def savepoint(self) -> AbstractContextManager[object]:
        """A block whose changes are taken back if an error leaves it."""
        return self.connection.begin_nested()

    def insert_columns(self, entity: str, columns: Mapping[str, Sequence[Json]], rows: int) -> None:
        """Insert rows that all have the same fields; others get the default of their column, or else null.

        Args:
            entity: the entity of the rows.
            columns: by field, a value for each row.
            rows: how many rows there are.
        """
        fields = tuple(sorted(columns))
        self._write("insert", entity, fields).columns(self.connection, [columns[name] for name in fields], range(rows))

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

    def _of(self, entity: str) -> dict[str, Binding]:
        if entity not in self._bindings:
            self._bindings[entity] = bindings(self.catalog.entities[entity])
        return self._bindings[entity]

    def _write(self, verb: Verb, entity: str, fields: tuple[str, ...]) -> _Write:
        if (verb, entity, *fields) not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            written = _Write(self.connection, verb, self.catalog.entities[entity].table, self._of(entity), fields)
            self._kept[verb, entity, *fields] = written
        return self._kept[verb, entity, *fields]


class _Write:
    """What is done to rows of one table that have the same fields.

    Args:
        connection: whose dialect the statement is for.
        verb: what is done; to update or delete a row, its id names it.
        table: which.
        everything: how its fields are written.
        fields: those that are.
    """

    def __init__(
        self,
        connection: sa.Connection,
        verb: Verb,
        table: sa.Table,
        everything: Mapping[str, Binding],
        fields: tuple[str, ...],
    ) -> None:
        self._written = [everything[name] for name in fields]
        self._defaults = defaults(table, verb, [binding.column.name for binding in self._written])
        self._named = verb != "insert"
        bound_columns = [
            *map(_bound_column, self._written),
            *(BoundColumn(one.column, one.column.type) for one in self._defaults),
        ]
        self._bulk = Bulk(
            connection, verb, table, bound_columns, _bound_column(everything[ID]) if self._named else None
        )

    def execute(self, connection: sa.Connection, group: _Group) -> int:
        """Write rows; how many there were."""
        rows = [values for _, values in group]
        values = [list(map(methodcaller("get", binding.field), rows)) for binding in self._written]
        return self.columns(connection, values, [id_ for id_, _ in group])

    def columns(self, connection: sa.Connection, values: Sequence[Sequence[Json]], ids: Sequence[int]) -> int:
        """Write rows, a field after the other; how many there were. Rows that are inserted have no ids yet."""
        given = {
            binding.column.name: _outward(binding, column)
            for binding, column in zip(self._written, values, strict=True)
        }
        rows = len(values[0]) if values else len(ids)
        filled = [default.values(given, rows) for default in self._defaults]
        return self._bulk.execute(connection, [*given.values(), *filled, *([ids] if self._named else [])])


def _bound_column(binding: Binding) -> BoundColumn:
    return BoundColumn(binding.column, binding.compared.type)


def _outward(binding: Binding, values: Sequence[Json]) -> Sequence[Any]:
    """The values of a field as SQLAlchemy's type takes them."""
    outward = binding.outward
    return values if outward is None else [None if value is None else outward(value) for value in values]


def _expect(rows: int, met: int, entity: str) -> None:
    if met != rows:
        raise NotProven(
            f"{entity}: {rows} rows were to be changed and {met} were there",
            hint="somebody else changed the database meanwhile; try again",
        )


def _defaults_to_null(binding: Binding) -> bool:
    return bool(binding.column.nullable) and binding.column.default is None and binding.column.server_default is None


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
