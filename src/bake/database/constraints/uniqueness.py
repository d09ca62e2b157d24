"""What is unique in a table: by its declaration, and by the constraints and indexes that the database has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from bake.catalog.entity import Entity
from bake.catalog.model import Catalog
from bake.catalog.tables import unknown_types


def unique_fields(item: Entity) -> list[tuple[str, ...]]:
    """The fields of each unique constraint and index that a table declares, and of its primary key.

    Columns without a field are left out, and constraints of which a reference of several columns has only some.
    """
    constraints = [one for one in item.table.constraints if isinstance(one, sa.UniqueConstraint)]
    unique = [list(one.columns) for one in (item.table.primary_key, *constraints)]
    unique += [list(index.columns) for index in item.table.indexes if index.unique]
    named = ([column.name for column in columns if column.name in item.by_column] for columns in unique)
    return list(dict.fromkeys(filter(None, map(item.of_columns, named))))


def keys_not_held(connection: sa.Connection, catalog: Catalog, entity: str) -> list[tuple[str, ...]]:
    """The natural keys of an entity that two rows could have.

    A key is held by a unique index whose columns are all part of the key, and may not be null: of nulls, no index sees
    that they are the same.
    """
    item = catalog.entities[entity]
    required = _required(connection, item.table)
    unique = [set(columns) for columns in unique_columns(connection, item) if required.issuperset(columns)]
    return [key for key in item.identities if not any(columns <= _columns(item, key) for columns in unique)]


def _required(connection: sa.Connection, table: sa.Table) -> set[str]:
    """The columns that take no null."""
    with unknown_types():
        columns = sa.inspect(connection).get_columns(table.name, schema=table.schema)
    required = {one["name"] for one in columns if not one["nullable"]}
    return required | {str(column.name) for column in table.primary_key}  # a null there is an unreadable value


def _columns(item: Entity, key: tuple[str, ...]) -> set[str]:
    return {column for name in key if name in item.fields for column in item.fields[name].columns}


def unique_columns(connection: sa.Connection, item: Entity) -> Iterator[list[str]]:
    """The columns of each unique constraint and index of an entity's table; partial and computed ones are left out."""
    inspector, table = sa.inspect(connection), item.table
    with unknown_types():
        indexes = [index for index in inspector.get_indexes(table.name, schema=table.schema) if index["unique"]]
    constraints = inspector.get_unique_constraints(table.name, schema=table.schema)
    candidates: list[Sequence[str | None]] = [
        inspector.get_pk_constraint(table.name, schema=table.schema)["constrained_columns"],
        *(index["column_names"] for index in indexes if not _is_partial(index)),
        *(constraint["column_names"] for constraint in constraints),
    ]
    for columns in candidates:
        names = [name for name in columns if name is not None]
        if columns and len(names) == len(columns):
            yield names


def _is_partial(index: sa.engine.interfaces.ReflectedIndex) -> bool:
    options = index.get("dialect_options", {})
    return any(name.endswith("_where") and given is not None for name, given in options.items())
