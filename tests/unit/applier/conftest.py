"""A market on SQLite with a few rows, and a project around it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.market import MARKET, uid
from support.tables import seed

from bake.app.project import Project
from bake.database.engine import Database, connect
from bake.database.schema import create_tables

ROWS: dict[str, list[dict[str, Any]]] = {
    "people": [{"id": 1, "uuid": uid(101), "slug": "ada", "name": "Ada"}],
    "shops": [
        {"id": 1, "uuid": uid(201), "slug": "mill", "name": "Mill", "city": "York", "rating": 3, "open": True},
        {"id": 2, "uuid": uid(202), "slug": "barn", "name": "Barn", "rating": 0, "open": False},
    ],
    "grains": [
        {"id": 1, "uuid": uid(301), "slug": "flour", "name": "Flour"},
        {"id": 2, "uuid": uid(302), "slug": "rye", "name": "Rye", "parent": 1},
    ],
    "bags": [{"id": 1, "uuid": uid(401), "grain": 2, "brand": "Hovis", "weight": Decimal("2.5")}],
    "sales": [{"id": 1, "uuid": uid(501), "bag": 1, "shop": 1, "day": "2025-12-20", "price": Decimal("3.99")}],
}


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Database]:
    """The market's database."""
    with connect(f"sqlite:///{tmp_path / 'bake.db'}", wait=0.1, create=True) as made:
        with made.writing() as connection:
            create_tables(connection, MARKET)
            seed(connection, ROWS)
        yield made


@pytest.fixture
def project(market: Database, tmp_path: Path) -> Project:
    """A project of this database."""
    return Project(f"sqlite:///{market.path}", "support.market:MARKET", folder=tmp_path, wait=0.1)
