"""The tables that Bake needs: the catalog's, and its own."""

from __future__ import annotations

import sqlalchemy as sa

from bake.catalog.model import Catalog
from bake.database import history, ledger

#: Bake's own tables.
OWN = (ledger.CHANGESETS, history.CHANGES, ledger.DATABASE)


def create_tables(connection: sa.Connection, catalog: Catalog) -> None:
    """Create the tables that are not there yet; those that are stay as they are.

    On MariaDB, which cannot undo this, each table is there as soon as it is created.
    """
    catalog.metadata.create_all(connection)
    ledger.METADATA.create_all(connection, tables=OWN)
    ledger.identify(connection)


def missing_tables(connection: sa.Connection, catalog: Catalog) -> list[str]:
    """The names of the tables that are not there: those of the catalog's entities, then Bake's own."""
    tables = [entity.table for entity in catalog.entities.values()] + list(OWN)
    inspector = sa.inspect(connection)
    return [table.name for table in tables if not inspector.has_table(table.name, table.schema)]
