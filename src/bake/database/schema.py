"""The tables that Bake needs, the catalog's and its own, and whether the database has triggers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bake.catalog.model import Catalog
from bake.database.ledger import kept_values, ledger, row_changes
from bake.database.ledger.private_values import PRIVATE

#: Bake's own tables.
OWN = (ledger.CHANGESETS, row_changes.CHANGES, row_changes.EVIDENCE, kept_values.KEPT, ledger.DATABASE, PRIVATE)


def own_tables(catalog: Catalog) -> tuple[sa.Table, ...]:
    """Those that a database of this catalog needs."""
    return tuple(table for table in OWN if table is not PRIVATE or catalog.has_sensitive)


_TRIGGERS = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'trigger' "
    "UNION ALL SELECT 1 FROM sqlite_temp_master WHERE type = 'trigger' LIMIT 1",
    "postgresql": "SELECT 1 WHERE EXISTS (SELECT 1 FROM pg_trigger WHERE NOT tgisinternal) "
    "OR EXISTS (SELECT 1 FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
    "WHERE r.ev_type <> '1' AND c.relnamespace <> 'pg_catalog'::regnamespace)",
}

#: MariaDB shows triggers only to users who may create some.
_MARIADB_TRIGGERS = (
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM information_schema.triggers WHERE trigger_schema NOT IN ('sys', 'mysql')) "
    "OR NOT (EXISTS (SELECT 1 FROM information_schema.user_privileges WHERE privilege_type = 'TRIGGER') "
    "OR EXISTS (SELECT 1 FROM information_schema.schema_privileges "
    "WHERE privilege_type = 'TRIGGER' AND DATABASE() LIKE table_schema))"
)


def create_tables(connection: sa.Connection, catalog: Catalog) -> None:
    """Create the tables that are not there yet; those that are stay as they are.

    On MariaDB, which cannot undo this, each table is there as soon as it is created.
    """
    catalog.metadata.create_all(connection)
    ledger.METADATA.create_all(connection, tables=own_tables(catalog))
    ledger.identify(connection)


def missing_columns(connection: sa.Connection, catalog: Catalog) -> list[sa.Column[Any]]:
    """The columns that Bake's own tables lack, since an earlier version made them."""
    inspector = sa.inspect(connection)
    there = [table for table in own_tables(catalog) if inspector.has_table(table.name, table.schema)]
    return [
        column
        for table in there
        for names in [{one["name"] for one in inspector.get_columns(table.name, table.schema)}]
        for column in table.columns
        if column.name not in names
    ]


def add_columns(connection: sa.Connection, columns: Iterable[sa.Column[Any]]) -> None:
    """Add columns, which may be null, to tables that are there."""
    for column in columns:
        declared = sa.schema.CreateColumn(column).compile(dialect=connection.dialect)
        table = connection.dialect.identifier_preparer.format_table(column.table)
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {declared}")


def missing_tables(connection: sa.Connection, catalog: Catalog) -> list[str]:
    """The names of the tables that are not there: those of the catalog's entities, then Bake's own."""
    return _missing(connection, [*_tables(catalog), *own_tables(catalog)])


def missing_entities(connection: sa.Connection, catalog: Catalog) -> list[str]:
    """The names of the tables of the catalog's entities that are not there."""
    return _missing(connection, _tables(catalog))


def _tables(catalog: Catalog) -> list[sa.Table]:
    return [entity.table for entity in catalog.entities.values()]


def _missing(connection: sa.Connection, tables: Sequence[sa.Table]) -> list[str]:
    inspector = sa.inspect(connection)
    return [table.name for table in tables if not inspector.has_table(table.name, table.schema)]


def other_tables(connection: sa.Connection, catalog: Catalog) -> list[str]:
    """The tables of a database that has none of the catalog's, but some that are no part of it; else none."""
    there = {*sa.inspect(connection).get_table_names()}
    own = {table.name for table in own_tables(catalog)}
    if there & {*own, *(entity.table.name for entity in catalog.entities.values())}:
        return []
    return sorted(there)


def triggers_exist(connection: sa.Connection) -> bool:
    """Whether there is a trigger, or a rule that writes, on any table; True also if that cannot be known."""
    return connection.exec_driver_sql(_TRIGGERS.get(connection.dialect.name, _MARIADB_TRIGGERS)).scalar() is not None
