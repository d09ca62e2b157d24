"""Writing rows in bulk: one statement for each set of fields, executed many times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bake.catalog.model import ID, Catalog
from bake.catalog.values import Json
from bake.database.bindings import Binding, bindings
from bake.errors import NotProven

_ROW = "row_id"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes canonical values, references as ids, within the caller's transaction.

    What the database refuses is raised as it is (`bake.database.failures.REFUSALS`).

    Attributes:
        connection: within a transaction (`Database.writing`).
        catalog: says which entities there are.
    """

    connection: sa.Connection
    catalog: Catalog
    _bindings: dict[str, dict[str, Binding]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def insert(self, entity: str, rows: Iterable[Mapping[str, Json]]) -> None:
        """Insert rows; a field that a row lacks gets the default of its column, or else null.

        Rows for which different columns have to take their default go in separately; the ids of the others follow the
        order of `rows`.
        """
        everything, table = self._of(entity), self.catalog.entities[entity].table
        nulls = dict.fromkeys(name for name, binding in everything.items() if name != ID and _defaults_to_null(binding))
        for fields, group in _by_fields((None, {**nulls, **row}) for row in rows).items():
            statement = sa.insert(table).values(_parameters(everything, fields))
            self.connection.execute(statement, [_arguments(everything, row) for _, row in group])

    def update(self, entity: str, changes: Iterable[tuple[int, Mapping[str, Json]]]) -> None:
        """Set fields of rows, which are named by id.

        Raises:
            NotProven: a row was not there.
        """
        everything, table = self._of(entity), self.catalog.entities[entity].table
        where = everything[ID].compared == everything[ID].parameter(_ROW)
        for fields, group in _by_fields((row, values) for row, values in changes if values).items():
            statement = sa.update(table).where(where).values(_parameters(everything, fields))
            arguments = [{_ROW: row, **_arguments(everything, values)} for row, values in group]
            self._expect(len(group), self.connection.execute(statement, arguments), entity)

    def delete(self, entity: str, ids: Sequence[int]) -> None:
        """Delete rows one by one in the order given, so that a tree can go from its leaves.

        Raises:
            NotProven: a row was not there.
        """
        if not ids:
            return
        identifier = self._of(entity)[ID]
        statement = sa.delete(self.catalog.entities[entity].table)
        statement = statement.where(identifier.compared == identifier.parameter(_ROW))
        self._expect(len(ids), self.connection.execute(statement, [{_ROW: row} for row in ids]), entity)

    def _of(self, entity: str) -> dict[str, Binding]:
        if entity not in self._bindings:
            self._bindings[entity] = bindings(self.catalog.entities[entity])
        return self._bindings[entity]

    @staticmethod
    def _expect(rows: int, result: sa.CursorResult[Any], entity: str) -> None:
        if result.rowcount != rows:
            raise NotProven(
                f"{entity}: {rows} rows were to be changed and {result.rowcount} were there",
                hint="somebody else changed the database meanwhile; try again",
            )


def _defaults_to_null(binding: Binding) -> bool:
    return bool(binding.column.nullable) and binding.column.default is None and binding.column.server_default is None


def _by_fields(
    rows: Iterable[tuple[Any, Mapping[str, Json]]],
) -> dict[tuple[str, ...], list[tuple[Any, Mapping[str, Json]]]]:
    """Rows by the set of their fields, so that each set needs one statement."""
    groups: defaultdict[tuple[str, ...], list[tuple[Any, Mapping[str, Json]]]] = defaultdict(list)
    for tag, values in rows:
        groups[tuple(sorted(values))].append((tag, values))
    return groups


def _parameters(everything: Mapping[str, Binding], fields: Iterable[str]) -> dict[str, sa.BindParameter[Any]]:
    """Column name to parameter. Its name differs from the column's, which SQLAlchemy keeps for itself."""
    return {everything[name].column.name: everything[name].parameter(f"after_{name}") for name in fields}


def _arguments(everything: Mapping[str, Binding], values: Mapping[str, Json]) -> dict[str, Any]:
    return {f"after_{name}": everything[name].bound(value) for name, value in values.items()}
