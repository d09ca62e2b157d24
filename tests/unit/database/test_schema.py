from __future__ import annotations

from pathlib import Path

import pytest

import bake
from bake.catalog.bakery import BAKERY
from bake.catalog.model import Catalog
from bake.database.engine import connect
from bake.database.schema import create_tables, missing_tables
from bake.errors import UsageError


def test_tables_are_missing_until_created_and_creating_again_is_fine(tmp_path: Path, pantry: Catalog) -> None:
    """First all tables are missing, Bake's own among them, then none; what is there stays."""
    database = connect(f"sqlite:///{tmp_path / 'new.db'}", create=True)
    with database.writing() as connection:
        assert missing_tables(connection, pantry) == [
            "shelves",
            "jars",
            "bake_changesets",
            "bake_changes",
            "bake_evidence",
            "bake_kept",
            "bake_database",
        ]
        create_tables(connection, pantry)
        connection.execute(pantry.entities["shelves"].table.insert(), [{"name": "top"}])
        assert missing_tables(connection, pantry) == []
        create_tables(connection, pantry)
        assert (
            connection.scalar(
                pantry.entities["shelves"].table.select().with_only_columns(pantry.entities["shelves"].table.c.name)
            )
            == "top"
        )


def test_a_ledger_of_an_earlier_version_gets_what_it_lacks(tmp_path: Path) -> None:
    """A column that may be null is added; where another one is missing, it is said that a new ledger is needed."""
    project = bake.Project(f"sqlite:///{tmp_path / 'new.db'}", BAKERY, folder=tmp_path, actor="ada")
    bake.initialise(project)
    with connect(f"sqlite:///{tmp_path / 'new.db'}").writing() as connection:
        connection.exec_driver_sql("ALTER TABLE bake_changesets DROP COLUMN policy")
    assert bake.initialise(project).added == ("bake_changesets.policy",)
    assert bake.initialise(project).added == ()
    bake.apply(project, bake.build(project, [{"name": "Mill", "city": "Salem", "state": "MA"}], view="suppliers"))
    with connect(f"sqlite:///{tmp_path / 'new.db'}").writing() as connection:
        connection.exec_driver_sql("ALTER TABLE bake_changes DROP COLUMN records")
    with pytest.raises(UsageError, match=r"it lacks bake_changes\.records"):
        bake.initialise(project)
