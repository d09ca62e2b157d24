"""Rows that are called by a name, which is no key: a number is all that the database tells them apart by."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from support.compiling import Compiled, compiled

from bake.catalog.reflect import reflect

_METADATA = sa.MetaData()
sa.Table(
    "tracks",
    _METADATA,
    sa.Column("track_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80)),
    sa.Column("seconds", sa.Integer),
)
CATALOG = reflect(_METADATA)
ROWS = {"tracks": [{"id": 1, "track_id": 1, "name": "Cold Gin", "seconds": 262}]}


def _compiled(*records: dict[str, Any], batch: int = 1000) -> Compiled:
    return compiled({"tracks": list(records)}, ROWS, catalog=CATALOG, batch=batch)


@pytest.mark.parametrize("batch", [1, 1000])
@pytest.mark.parametrize("name", ["COLD GIN", "Cold-Gin", "Gin, Cold", "The Coldgin"])
def test_a_name_that_is_spelled_otherwise_is_asked_about(name: str, batch: int) -> None:
    """A record that says no more than a row does, but for the spelling of the name, makes no row unasked."""
    result = _compiled({"name": name}, batch=batch)
    [question] = result.questions
    assert question.kind == "identity"
    assert [candidate.key for candidate in question.candidates] == [{"track_id": 1}]


def test_what_equals_a_row_is_that_row() -> None:
    """Equality comes first: such a record is here already."""
    result = _compiled({"name": "Cold Gin", "seconds": 262})
    assert (result.questions, result.creates, result.updates) == ([], [], [])


def test_a_row_of_the_same_name_may_be_another_one() -> None:
    """What differs in anything else that both say is another row."""
    result = _compiled({"name": "COLD GIN", "seconds": 300})
    assert result.questions == []
    assert [create.values["name"] for create in result.creates] == ["COLD GIN"]


@pytest.mark.parametrize("batch", [1, 1000])
def test_a_misspelt_name_is_asked_about(batch: int) -> None:
    """Whether the row is here or an earlier record makes it; equal records are counted, and others are other rows."""
    names = ["Detroit Rock City", "Detriot Rock City", "Detroit Rock City", "Calling Doctor Love"]
    result = _compiled(*({"name": name} for name in names), {"name": "Calling Dr Love"}, batch=batch)
    assert ["" in create.needs for create in result.creates] == [False, True, False, False, False]
    other = {"name": "Detriot Rock City", "seconds": 200}
    assert not _compiled({"name": names[0], "seconds": 100}, other, batch=batch).questions
