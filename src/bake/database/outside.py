"""Foreign keys of tables that the catalog does not know, to rows that it does: the database itself tells of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity
from bake.catalog.model import Catalog
from bake.database.bindings import bindings
from bake.database.dependents import OutsideTable

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class OutsideKey:
    """A foreign key of a table outside the catalog, or of a column that no field of the catalog stands for.

    Attributes:
        table: the table that refers.
        schema: its schema, where it is not the default one.
        columns: its columns, each with the one that it refers to.
        on_delete: what happens to its rows when the row goes that they refer to; in SQL's words.
    """

    table: str
    schema: str | None
    columns: tuple[tuple[str, str], ...]
    on_delete: str

    def referred(self, connection: sa.Connection, entity: Entity, ids: Sequence[int] | None) -> Iterator[int]:
        """The ids of the rows of an entity, of these or (None) of all, to which rows of the table refer."""
        parent, id_ = entity.table, bindings(entity)[ID]
        child = sa.table(self.table, *(sa.column(name) for name, _ in self.columns), schema=self.schema).alias()
        same = sa.and_(*(child.c[name] == parent.c[referred] for name, referred in self.columns))
        query = sa.select(id_.read).where(sa.exists().where(same).correlate(parent)).order_by(id_.column)
        if ids is None:
            yield from connection.execute(query).scalars()
            return
        for start in range(0, len(ids), _CHUNK):
            among = query.where(id_.compared.in_(ids[start : start + _CHUNK]))
            yield from connection.execute(among).scalars()


def outside_keys(connection: sa.Connection, catalog: Catalog) -> dict[str, list[OutsideKey]]:
    """By entity, the foreign keys that lead to its rows without a field of the catalog telling of it."""
    known = {
        (item.table.schema, item.table.name, item.fields[name].column)
        for item in catalog.entities.values()
        for name in item.references
    }
    by_table = {(item.table.schema, item.table.name): item.name for item in catalog.entities.values()}
    result: dict[str, list[OutsideKey]] = {}
    inspector = sa.inspect(connection)
    for schema in dict.fromkeys(schema for schema, _ in by_table):
        for (_, table), keys in inspector.get_multi_foreign_keys(schema=schema).items():
            for key in keys:
                entity = by_table.get((key["referred_schema"], key["referred_table"]))
                columns = key["constrained_columns"]
                if entity and not (len(columns) == 1 and (schema, table, columns[0]) in known):
                    result.setdefault(entity, []).append(_outside(table, schema, key))
    return result


def tables_referring(
    connection: sa.Connection, entity: Entity, keys: Sequence[OutsideKey], ids: Sequence[int] | None
) -> Iterator[tuple[OutsideTable, int]]:
    """The tables behind some foreign keys, each with the id of a row that it refers to."""
    for key in keys:
        table = OutsideTable(key.table, key.on_delete)
        yield from ((table, id_) for id_ in key.referred(connection, entity, ids))


def _outside(table: str, schema: str | None, key: Any) -> OutsideKey:
    columns = tuple(zip(key["constrained_columns"], key["referred_columns"], strict=True))
    return OutsideKey(table, schema, columns, str(key.get("options", {}).get("ondelete", "")).upper())
