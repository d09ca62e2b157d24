"""A writer for rehearsals: it keeps rows in a layer instead of the database, and raises what the database would refuse.

what the database refuses by                             is known without writing
NOT NULL, unique constraints and indexes, CHECK          yes, as its tables have them
a collation that takes different texts for the same      only for texts that rows have already, not among new ones
foreign keys to tables outside the catalog, triggers,    no
CHECK that cannot be evaluated in a query
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.database.constraints.uniqueness import unique_columns, unique_fields
from bake.database.failures import foreseen
from bake.database.reading.key_lookup import KeyValues
from bake.database.reading.layered_snapshot import LayeredSnapshot
from bake.database.writing.defaults import defaults
from bake.database.writing.writer import NewRows, Writer


@dataclass(frozen=True, slots=True)
class RehearsingWriter(Writer):
    """Takes what a `Writer` takes, and raises what the database would raise, as far as that is known by reading.

    Attributes:
        snapshot: the rows; its layer receives what is written.
    """

    snapshot: LayeredSnapshot = field(kw_only=True)
    _unique: dict[str, list[tuple[str, ...]]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def savepoint(self) -> AbstractContextManager[object]:
        """A block whose changes are taken back if an error leaves it."""
        return self.snapshot.layer.savepoint()

    def insert_columns(self, entity: str, columns: Mapping[str, Sequence[Json]], rows: int) -> None:
        """Insert rows that all have the same fields."""
        item = self.catalog.entities[entity]
        given = {name: values for name, values in columns.items() if name != ID}
        filled = {**_defaults(item, given, rows), **given}
        new = {
            id_: {name: filled[name][n] if name in filled else None for name in item.fields}
            for n, id_ in enumerate(columns.get(ID) or self.snapshot.layer.new_ids(rows))
        }
        unknown = {
            name
            for name, declared in item.fields.items()
            if name not in filled and any(item.table.c[column].server_default for column in declared.columns)
        }
        self._put(item, {}, new, unknown)

    def insert_together(self, parts: Sequence[NewRows]) -> None:
        """Insert rows that refer to each other, which is not looked at here."""
        for entity, columns in parts:
            self.insert_columns(entity, columns, len(next(iter(columns.values()))))

    def update(self, entity: str, changes: Iterable[tuple[int, Mapping[str, Json]]]) -> None:
        """Set fields of rows, which are named by id."""
        given = [(id_, values) for id_, values in changes if values]
        before = self.snapshot.whole(entity, [id_ for id_, _ in given])
        after = {id_: {**before[id_], **values} for id_, values in given}
        self._put(self.catalog.entities[entity], before, after, set())

    def update_columns(self, entity: str, ids: Sequence[int], columns: Mapping[str, Sequence[Json]]) -> None:
        """Set the same fields of rows."""
        rows = zip(*columns.values(), strict=True)
        self.update(entity, [(id_, dict(zip(columns, row, strict=True))) for id_, row in zip(ids, rows, strict=True)])

    def delete(self, entity: str, ids: Sequence[int]) -> None:
        """Delete rows."""
        self.snapshot.layer.put(entity, dict.fromkeys(ids))

    def delete_together(self, ids: Mapping[str, Sequence[int]]) -> None:
        """Delete rows that refer to each other."""
        for entity, rows in ids.items():
            self.delete(entity, rows)

    def _put(
        self,
        item: Entity,
        before: Mapping[int, Mapping[str, Json]],
        after: Mapping[int, dict[str, Json]],
        unknown: set[str],
    ) -> None:
        """Put rows into the layer, or raise what the database would refuse them by.

        Args:
            item: the entity of the rows.
            before: by id, the rows as they are; without those that are new.
            after: by id, the rows as they are to be.
            unknown: fields that the database fills in.
        """
        for row in after.values():
            for name, value in row.items():
                column = item.table.c[item.fields[name].column]
                if value is None and not column.nullable and name not in unknown:
                    raise foreseen(f"NOT NULL constraint: {item.table.name}.{column.name}")
        for fields in self._unique_of(item):
            self._check_unique(item, fields, before, after)
        asked = [{name: value for name, value in row.items() if name not in unknown} for row in after.values()]
        for rules in self.snapshot.broken(item.name, asked):
            for rule in rules:
                if not rule.is_unique:
                    raise foreseen(f"CHECK constraint: {rule}")
        self.snapshot.layer.put(item.name, dict(after))

    def _unique_of(self, item: Entity) -> list[tuple[str, ...]]:
        if item.name not in self._unique:
            found = map(item.of_columns, unique_columns(self.connection, item))
            there = list(filter(None, found))
            self._unique[item.name] = list(dict.fromkeys((*there, *unique_fields(item))))
        return self._unique[item.name]

    def _check_unique(
        self,
        item: Entity,
        fields: tuple[str, ...],
        before: Mapping[int, Mapping[str, Json]],
        after: Mapping[int, Mapping[str, Json]],
    ) -> None:
        """Check row by row, as databases do: a value that a later row would give up is still taken."""
        keys = {id_: tuple(row[name] for name in fields) for id_, row in after.items()}
        wanted = [key for key in dict.fromkeys(keys.values()) if None not in key]
        owners: defaultdict[KeyValues, set[int]] = defaultdict(set)
        for key, ids in self.snapshot.holders(item.name, fields, wanted).items():
            owners[key].update(ids)
        for id_, key in keys.items():
            if id_ in before:
                owners[tuple(before[id_][name] for name in fields)].discard(id_)
            if None not in key and owners[key] - {id_}:
                columns = ", ".join(f"{item.table.name}.{item.fields[name].column}" for name in fields)
                raise foreseen(f"UNIQUE constraint: {columns}", is_duplicate=True)
            owners[key].add(id_)


def rehearsal(connection: sa.Connection, catalog: Catalog) -> tuple[LayeredSnapshot, RehearsingWriter]:
    """A snapshot and a writer that do not change the database; the transaction may be read-only."""
    snapshot = LayeredSnapshot(connection, catalog)
    return snapshot, RehearsingWriter(connection, catalog, snapshot=snapshot)


def _defaults(item: Entity, given: Mapping[str, Sequence[Json]], rows: int) -> dict[str, Sequence[Json]]:
    """The defaults that SQLAlchemy fills in; an empty text for those whose type is not that of a canonical value."""
    columns = {column: values for name, values in given.items() for column in item.fields[name].columns}
    names = {declared.column: name for name, declared in item.fields.items() if not declared.further}
    filled: dict[str, Sequence[Json]] = {}
    for default in defaults(item.table, "insert", list(columns)):
        if default.column.name in names:
            values = default.values(columns, rows)
            known = all(isinstance(value, str | bool | int | float | Decimal | None) for value in values)
            filled[names[default.column.name]] = values if known else [""] * rows
    return filled
