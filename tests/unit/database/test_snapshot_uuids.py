"""Uuids that another program stored as text, in its own spelling."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from support.market import MARKET, uid

from bake.database.reading.snapshot import DatabaseSnapshot


@pytest.mark.parametrize(
    "spelled", [str, str.upper, lambda text: text.replace("-", "")], ids=["as is", "upper", "bare"]
)
def test_a_uuid_is_found_whatever_its_spelling(spelled: object) -> None:
    """The row is found by the canonical form, and has it in what is read; another uuid is not taken for it."""
    assert callable(spelled)
    there = "abcdef00-0000-4000-8000-00000000000f"
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        MARKET.metadata.create_all(connection)
        table = MARKET.entities["grains"].table
        connection.execute(table.insert().values(id=1, uuid=spelled(there), slug="rye", name="Rye"))
        rows = DatabaseSnapshot(connection, MARKET).find("grains", ("uuid",), [(there,), (uid(2),)])
    assert {key: [row.values["uuid"] for row in some] for key, some in rows.items()} == {(there,): [there]}
