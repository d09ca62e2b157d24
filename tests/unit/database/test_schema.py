from __future__ import annotations

from pathlib import Path

from bake.catalog.model import Catalog
from bake.database.engine import connect
from bake.database.schema import create_tables, missing_tables


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
