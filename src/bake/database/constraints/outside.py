"""Foreign keys of tables that the catalog does not know, to rows that it does: the database itself tells of them.

Those of all schemas count, as far as the user may see them. What triggers do to other tables cannot be known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity
from bake.catalog.model import Catalog
from bake.catalog.tables import unknown_types
from bake.database.bindings import bindings
from bake.database.constraints.dependents import OutsideTable

_CHUNK = 500

#: The schemas from which foreign keys lead to some others. SQLite's foreign keys never leave their file.
_SCHEMAS = {
    "postgresql": "SELECT DISTINCT n.nspname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid "
    "JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_class p ON p.oid = c.confrelid "
    "JOIN pg_namespace there ON there.oid = p.relnamespace WHERE there.nspname IN :schemas ORDER BY 1",
    "mysql": "SELECT DISTINCT constraint_schema FROM information_schema.referential_constraints "
    "WHERE unique_constraint_schema IN :schemas ORDER BY 1",
}
_SCHEMAS["mariadb"] = _SCHEMAS["mysql"]


@dataclass(frozen=True, slots=True)
class OutsideKey:
    """A foreign key of a table outside the catalog, or of a column that no field of the catalog stands for.

    Attributes:
        table: the table that refers.
        schema: its schema, where it is not the default one.
        columns: its columns, each with the one that it refers to.
        on_delete: what happens to its rows when the row goes that they refer to; in SQL's words.
        on_update: what happens to them when that row gets other values in the columns that they refer to.
    """

    table: str
    schema: str | None
    columns: tuple[tuple[str, str], ...]
    on_delete: str
    on_update: str

    @property
    def name(self) -> str:
        """The table as messages name it."""
        return f"{self.schema}.{self.table}" if self.schema else self.table

    def lets_go(self, columns: Collection[str]) -> bool:
        """Whether its rows refer to nothing, or to another row, after a change of these columns."""
        return self.on_update in ("SET NULL", "SET DEFAULT") and any(name in columns for _, name in self.columns)

    def referred(
        self, connection: sa.Connection, entity: Entity, ids: Sequence[int] | None
    ) -> Iterator[tuple[int, int]]:
        """The rows of an entity to which rows of the table refer.

        Args:
            connection: within a transaction.
            entity: the entity that is referred to.
            ids: the rows that are asked about; None for all.

        Yields:
            The id of each such row, and how many rows refer to it.
        """
        id_, parent = bindings(entity)[ID], entity.table
        child = sa.table(self.table, *(sa.column(name) for name, _ in self.columns), schema=self.schema).alias()
        same = sa.and_(*(child.c[name] == _column(parent, referred) for name, referred in self.columns))
        query = sa.select(id_.read, sa.func.count()).join_from(parent, child, same)
        query = query.group_by(*id_.columns).order_by(*id_.columns)
        chunks = [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)] if ids is not None else [None]
        for chunk in chunks:
            among = query if chunk is None else query.where(id_.among(chunk))
            yield from ((id_.inward(key) if id_.inward else key, rows) for key, rows in connection.execute(among))


def _column(table: sa.Table, name: str) -> sa.ColumnElement[Any]:
    """A column of a table, which may not be declared."""
    return table.c[name] if name in table.c else sa.literal_column(f"{table.name}.{name}")


def outside_keys(connection: sa.Connection, catalog: Catalog) -> dict[str, list[OutsideKey]]:
    """By entity, the foreign keys that lead to its rows without a field of the catalog telling of it."""
    same_name: Callable[[str], str] = str.casefold if connection.dialect.name == "sqlite" else str
    known = {
        (
            _schema(connection, item.table.schema),
            same_name(item.table.name),
            frozenset(map(same_name, item.fields[name].columns)),
        )
        for item in catalog.entities.values()
        for name in item.references
    }
    by_table = {
        (_schema(connection, item.table.schema), same_name(item.table.name)): item for item in catalog.entities.values()
    }
    result: dict[str, list[OutsideKey]] = {}
    for schema, table, key in _foreign_keys(connection, [schema for schema, _ in by_table]):
        entity = by_table.get((_schema(connection, key["referred_schema"]), same_name(key["referred_table"])))
        columns = frozenset(map(same_name, key["constrained_columns"]))
        if entity and (schema, same_name(table), columns) not in known:
            result.setdefault(entity.name, []).append(_outside(table, schema, key, entity))
    return result


def tables_referring(
    connection: sa.Connection, entity: Entity, keys: Sequence[OutsideKey], ids: Sequence[int] | None
) -> Iterator[tuple[OutsideTable, int]]:
    """The tables behind some foreign keys, each with the id of a row that it refers to."""
    for key in keys:
        for id_, rows in key.referred(connection, entity, ids):
            yield OutsideTable(key.name, key.on_delete, rows), id_


def tables_letting_go(
    connection: sa.Connection, entity: Entity, keys: Sequence[OutsideKey], columns: Collection[str], ids: Sequence[int]
) -> Iterator[tuple[OutsideTable, int]]:
    """The tables whose rows would let go of rows of which columns are changed, each with the id of such a row."""
    for key in keys:
        if key.lets_go(columns):
            yield from (
                (OutsideTable(key.name, key.on_update, n), id_) for id_, n in key.referred(connection, entity, ids)
            )


def _foreign_keys(
    connection: sa.Connection, declared: Sequence[str | None]
) -> Iterator[tuple[str | None, str, dict[str, Any]]]:
    """All foreign keys: schema and name of the table that refers, and what is reflected of the key."""
    query = _SCHEMAS.get(connection.dialect.name)
    named = [schema or connection.dialect.default_schema_name for schema in dict.fromkeys(declared)]
    others = (
        connection.execute(sa.text(query).bindparams(sa.bindparam("schemas", named, expanding=True))).scalars().all()
        if query
        else ()
    )
    inspector = sa.inspect(connection)
    for schema in dict.fromkeys((*declared, *(_schema(connection, other) for other in others))):
        with unknown_types():
            found = inspector.get_multi_foreign_keys(schema=schema)
        for (_, table), keys in found.items():
            yield from ((schema, table, dict(key)) for key in keys)


def _schema(connection: sa.Connection, name: str | None) -> str | None:
    """A schema as a catalog names it: the default one has no name."""
    return None if name == connection.dialect.default_schema_name else name


def _outside(table: str, schema: str | None, key: dict[str, Any], entity: Entity) -> OutsideKey:
    parent = entity.table
    spelled = {column.name.casefold(): column.name for column in parent.c}
    named = key["referred_columns"] or [column.name for column in parent.primary_key]  # SQLite may leave them out
    referred = [name if name in parent.c else spelled.get(name.casefold(), name) for name in named]
    columns = tuple(zip(key["constrained_columns"], referred, strict=True))
    on_delete, on_update = (str(key.get("options", {}).get(name, "")).upper() for name in ("ondelete", "onupdate"))
    return OutsideKey(table, schema, columns, on_delete, on_update)
