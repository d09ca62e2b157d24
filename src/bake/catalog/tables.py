"""Tables as entities are made of them: how a database tells of them, what is unique, and which can be one."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from bake.catalog.check_constraints import check_constraints, narrow
from bake.catalog.field_types import Bytes, Document, Real
from bake.catalog.kept_columns import Trigger, filled_tables, kept_columns
from bake.catalog.sql_types import scalar_type
from bake.catalog.unreflected import add_keys_of_partitions, name_types


@contextmanager
def unknown_types() -> Iterator[None]:
    """Let SQLAlchemy meet types that it does not know without a warning: what becomes of them is said elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        yield


def read_tables(source: sa.Connection, triggers: Iterable[Trigger], schema: str | None = None) -> dict[str, sa.Table]:
    """The tables of a schema of a database, by name; by default, of the one that needs not be named.

    Args:
        source: a connection to the database.
        triggers: those of the schema.
        schema: its name.
    """
    metadata = sa.MetaData()
    with unknown_types():
        metadata.reflect(source, schema=schema)
    tables = {str(one.name): one for one in metadata.tables.values() if one.schema == schema}
    name_types(source, tables, schema)
    add_keys_of_partitions(source, tables, schema)
    for name, column in kept_columns(source, triggers, schema):
        if name in tables and column in tables[name].c:
            tables[name].c[column].info["kept"] = True
    compares_exactly = source.dialect.name in ("sqlite", "postgresql")
    for check in check_constraints(source, schema, list(tables)) if tables else ():
        narrow(tables[check.table], [check.sql], words=compares_exactly)
    if source.dialect.name == "sqlite":
        inspector = sa.inspect(source)
        numbered = set(source.execute(_NUMBERED).scalars())
        for table in tables.values():
            _complete(table, inspector)
            if table.name not in numbered:
                table.info["numbered"] = False
    return dict(sorted(tables.items()))


#: The tables of SQLite that number their rows: their primary key is declared as `INTEGER`, and as no other type.
_NUMBERED = sa.text(
    "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk = 1 "
    "AND upper(c.type) = 'INTEGER' AND upper(m.sql) NOT LIKE '%WITHOUT ROWID%'"
)


def makes_numbers(table: sa.Table) -> bool:
    """Whether the database gives a new row its primary key, a number, as far as is known."""
    [column] = table.primary_key
    is_set = column.server_default is not None or column.identity is not None or bool(column.info.get("kept"))
    return is_set or (column is table.autoincrement_column and bool(table.info.get("numbered", True)))


#: The tables of PostgreSQL that are parts of others.
_PARTITIONS = sa.text(
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relispartition "
    "AND c.relkind IN ('r', 'p') "
    "AND n.nspname = coalesce(:schema, current_schema())"
)


def no_tables(source: sa.Connection, triggers: Iterable[Trigger], schema: str | None = None) -> dict[str, str]:
    """What looks like a table and is none that can be written by itself, each with the reason.

    Args:
        source: a connection to the database.
        triggers: those of the schema.
        schema: its name; by default, the one that needs not be named.
    """
    inspector = sa.inspect(source)
    filled = filled_tables(triggers)
    names = [name for name in inspector.get_table_names(schema) if name.casefold() in filled]
    found = {name: f"a trigger of {filled[name.casefold()]} writes its rows" for name in names}
    found |= dict.fromkeys(inspector.get_view_names(schema), "a view of the database")
    if source.dialect.name == "postgresql":
        parts = source.execute(_PARTITIONS, {"schema": schema}).scalars().all()
        found |= dict.fromkeys(map(str, parts), "a part of another table")
        found |= dict.fromkeys(inspector.get_materialized_view_names(schema), "a view of the database")
    return found


def _complete(table: sa.Table, inspector: sa.Inspector) -> None:
    """Add what SQLite tells in its own way: most UNIQUE clauses only by the index that it makes for each.

    It takes decimals of any scale into columns that are declared with none.
    """
    for index in inspector.get_indexes(table.name, include_auto_indexes=True):
        if index["unique"] and index["name"] not in {known.name for known in table.indexes}:
            table.append_constraint(sa.UniqueConstraint(*(name for name in index["column_names"] if name)))
    for column in table.columns:
        if isinstance(column.type, sa.Numeric) and not isinstance(column.type, sa.Float) and column.type.scale is None:
            column.type = sa.Numeric()


def unique_columns(table: sa.Table) -> Iterator[tuple[str, ...]]:
    """The columns that are unique together, none of which takes null, in the order of the table."""
    constraints = [c.columns.keys() for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    indexes = [i.columns.keys() for i in table.indexes if i.unique and _covers_all(i)]
    found = {tuple(str(c.name) for c in table.columns if c.name in names) for names in (*constraints, *indexes)}
    yield from sorted(names for names in found if names and not any(_takes_null(table.c[name]) for name in names))


def _takes_null(column: sa.Column[Any]) -> bool:
    return bool(column.nullable) and not column.primary_key


def _covers_all(index: sa.Index) -> bool:
    """Whether an index is of columns as they are, and of all rows."""
    partial = any(options.get("where") is not None for options in index.dialect_options.values())
    return not partial and all(isinstance(one, sa.Column) for one in index.expressions)


def not_an_entity(table: sa.Table) -> str | None:
    """Why no entity can be made of a table, as far as its primary key is concerned; None if one can."""
    if not table.primary_key.columns:
        return "it has no primary key"
    for column in table.primary_key:
        try:
            type_ = scalar_type(column)
        except TypeError as error:
            return f"its primary key cannot be read: {error}"
        if isinstance(type_, Real | Document | Bytes):
            return f"its primary key {column.name} is of the type {column.type!r}, by which no row can be named"
    return None


def unreadable_columns(table: sa.Table) -> dict[str, str]:
    """The columns of which no field can be made, each with the reason."""
    found: dict[str, str] = {}
    for column in table.columns:
        if column.computed is not None:
            found[str(column.name)] = f"{column}: the database makes its values"
            continue
        try:
            scalar_type(column)
        except TypeError as error:
            needed = not column.nullable and column.server_default is None and column.default is None
            more = ", and no new row can lack it unless a trigger makes it" if needed else ""
            found[str(column.name)] = f"{error}{more}"
    return found
