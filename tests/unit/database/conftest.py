"""A pantry of two tables, on SQLite, that knows nothing of any built-in catalog."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bake.catalog.columns import ExactDecimal
from bake.catalog.declaring import entity
from bake.catalog.model import Catalog
from bake.database.engine import Database, connect
from bake.database.schema import create_tables


@pytest.fixture
def pantry() -> Catalog:
    """Shelves, and jars that stand on them."""
    metadata = sa.MetaData()
    shelves = sa.Table(
        "shelves",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False, unique=True),
    )
    jars = sa.Table(
        "jars",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("shelf_id", sa.ForeignKey("shelves.id")),
        sa.Column("label", sa.Text),
        sa.Column("price", ExactDecimal(10, 4)),
        sa.Column("weight", ExactDecimal(30, 10)),
        sa.Column("filled", sa.Date),
        sa.Column("sealed", sa.Boolean, nullable=False, default=True),
    )
    return Catalog("pantry", metadata, {"shelves": entity(shelves), "jars": entity(jars)})


@pytest.fixture
def database(tmp_path: Path, pantry: Catalog) -> Iterator[Database]:
    """An SQLite database with the tables of the pantry and no rows."""
    with connect(f"sqlite:///{tmp_path / 'pantry.db'}", wait=0.1, create=True) as made:
        with made.writing() as connection:
            create_tables(connection, pantry)
        yield made
