"""The rows of the database to which records of the source give other keys, names or codes."""

from __future__ import annotations

from collections.abc import Mapping

from bake.catalog.entity import Entity
from bake.catalog.lookups import naming_fields
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.compiler.rows.created_rows import CreatedRow, CreatedRows


class RenamedRows:
    """Remembers what records make of rows, so that lookups find them by that, too."""

    def __init__(self) -> None:
        self._by_entity: dict[str, CreatedRows] = {}
        self._now: dict[tuple[str, int], Mapping[str, Json]] = {}

    def add(self, item: Entity, row: Row, values: Mapping[str, Json]) -> bool:
        """Remember what a record changes of a row; False if that does not identify it.

        Args:
            item: the entity of the row.
            row: the row.
            values: what the record changes.
        """
        identifying = {*naming_fields(item), *item.codes, *(name for key in item.identities for name in key)}
        if identifying.isdisjoint(values):
            return False
        has = {name: {"row": id_} for name in item.references if (id_ := row.values.get(name)) is not None}
        scalars = {name: value for name, value in row.values.items() if name not in item.references}
        self._now[item.name, row.id] = now = {**scalars, **values}
        renamed = self._by_entity.setdefault(item.name, CreatedRows())
        renamed.add(item, CreatedRow(row.id, {}, now), {**scalars, **has, **values})
        return True

    def of(self, entity: str) -> CreatedRows | None:
        """The renamed rows of an entity, as if they were created: their ids stand for the numbers of operations."""
        return self._by_entity.get(entity)

    def values(self, entity: str, row: Row) -> Mapping[str, Json]:
        """What a row will have; its references are left out if it is renamed."""
        return self._now.get((entity, row.id), row.values)
