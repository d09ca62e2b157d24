"""Bake's tables beside migrations that somebody else writes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import bake
from bake.database.schema import OWN


def test_autogenerate_leaves_the_tables_of_bake() -> None:
    """Alembic finds the tables that models lack, and would drop them; those of Bake it is told to leave."""
    api = pytest.importorskip("alembic.autogenerate")
    migration = pytest.importorskip("alembic.runtime.migration")
    with sa.create_engine("sqlite://").connect() as connection:
        for table in (*OWN, sa.Table("notes", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))):
            table.create(connection)
        options = {"include_object": bake.include_object}
        context = migration.MigrationContext.configure(connection, opts=options)
        found = api.compare_metadata(context, sa.MetaData())
    assert [(what, table.name) for what, table in found] == [("remove_table", "notes")]
