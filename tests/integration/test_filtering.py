"""Conditions on records: what the database is asked leaves out no record of which they hold, on each database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from bake.catalog.conditions import conditions
from bake.catalog.model import Catalog
from bake.catalog.reflect import reflect
from bake.database.engine import Database
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.exporter.records import Records

_METADATA = sa.MetaData()
_JARS = sa.Table(
    "jars",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.String(8), nullable=False, unique=True),
    sa.Column("name", sa.String(40)),
    sa.Column("shelf", sa.Integer),
    sa.Column("filled", sa.Date),
    sa.Column("weight", sa.Numeric(20, 4)),
    sa.Column("sealed", sa.Boolean),
    sa.Column("unit", sa.Enum("g", "lb", name="unit")),
)
CONDITIONS = {
    "name = Jam": {1},
    "name != Jam": {2, 3, 4},
    "shelf is null": {2},
    "shelf is not null and shelf < 2": {1, 4},
    "shelf != 1": {2, 3},
    "filled > 2026-01-01": {3},
    "filled = 2026-01-01 and sealed = true": {1},
    "weight > 0.3": {2},
    "weight = 0.30": {1},
    "unit = lb": {3},
    "id > 2 and unit is null": {4},
}


@pytest.fixture
def catalog() -> Catalog:
    """A shelf of jars."""
    return reflect(_METADATA, name="shelf")


def test_no_record_is_lost(database: Database, catalog: Catalog) -> None:
    """The records that an export gets are those of which the conditions hold; the database reads no more than all."""
    with database.writing() as connection:
        _METADATA.create_all(connection)
        day = date(2026, 1, 1)
        jars = [
            (1, "A", "Jam", 1, day, Decimal("0.3"), True, "g"),
            (2, "B", "jam ", None, None, Decimal("0.3001"), False, "g"),
            (3, "C", "Mustard", 3, date(2026, 5, 1), None, None, "lb"),
            (4, "D", "Relish", 1, date(2025, 1, 1), Decimal(0), True, None),
        ]
        names = [column.name for column in _JARS.columns]
        connection.execute(_JARS.insert(), [dict(zip(names, jar, strict=True)) for jar in jars])
    view = next(view for view in catalog.views if view.entity == "jars")
    with database.reading() as connection:
        snapshot = DatabaseSnapshot(connection, catalog)
        for text, ids in CONDITIONS.items():
            where = conditions(text, catalog, view)
            assert {record["id"] for record in Records(snapshot, view, where)} == ids, text
            read = {row.id for row in snapshot.scan("jars", ("name",), where)}
            assert ids <= read
            assert read < {1, 2, 3, 4} or text.startswith(("weight", "name !=")), text
