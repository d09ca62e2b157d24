"""Columns of uuids: what is seen at once is what is found value by value."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from bake.catalog import declaring
from bake.database.conversions import canonical_uuid
from bake.database.reading.selection import Selection

_THINGS = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("uuid", sa.String(36), info={"uuid": True}),
)
SPELLED = st.uuids().flatmap(
    lambda uuid: st.sampled_from([str(uuid), str(uuid).upper(), uuid.hex, str(uuid)[:35] + "İ", uuid])
)


@given(st.lists(st.none() | SPELLED | st.text(max_size=3)))
def test_a_column_of_uuids_is_what_each_of_them_is(stored: list[Any]) -> None:
    """However programs spelled them, uuids come in the one form, whatever stands beside them."""
    columns = Selection(declaring.entity(_THINGS), ("uuid",), sqlite.dialect()).columns(enumerate(stored))
    assert list(columns[1] if stored else []) == [None if one is None else canonical_uuid(one) for one in stored]


@pytest.mark.parametrize("number", [0, 1, 1000])
def test_canonical_uuids_are_left_as_they_are(number: int) -> None:
    """Nothing is made anew of a column in which all is well."""
    column = [(n, f"00000000-0000-4000-8000-{n:012x}") for n in range(number)]
    columns = Selection(declaring.entity(_THINGS), ("uuid",), sqlite.dialect()).columns(column)
    assert all(one is other for one, (_, other) in zip(columns[1] if number else (), column, strict=True))
