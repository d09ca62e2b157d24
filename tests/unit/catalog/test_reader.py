"""Reading many values of one type at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.values import RAW

from bake.catalog.field_types import (
    Boolean,
    Choice,
    Date,
    Document,
    Exact,
    Integer,
    Real,
    ScalarType,
    Text,
    Timestamp,
    Uuid,
)
from bake.catalog.reader import Reader, is_canonical
from bake.catalog.values import Json, Misfit, parse, same

TYPES: st.SearchStrategy[ScalarType] = st.sampled_from(
    [
        Text(3),
        Text(),
        Integer(),
        Exact(6, 2),
        Real(),
        Boolean(),
        Date(),
        Timestamp(),
        Choice(("a", "b")),
        Uuid(),
        Document(),
    ]
)
COLUMNS = st.lists(RAW, max_size=4)


def _parsed(type_: ScalarType, values: list[Json]) -> list[Json] | None:
    try:
        return [parse(type_, value) for value in values]
    except Misfit:
        return None


@given(TYPES, COLUMNS, COLUMNS)
def test_values_read_together_are_what_they_are_read_alone(
    type_: ScalarType, first: list[Json], then: list[Json]
) -> None:
    """Whatever stands beside a value, and whatever was read before: one misfit and none is read, or all are."""
    reader = Reader(type_)
    for values in (first, then):
        expected = _parsed(type_, values)
        if expected is None:
            with pytest.raises(Misfit):
                reader.column(values)
        else:
            assert same(list(reader.column(values)), expected)


@given(TYPES, COLUMNS)
def test_what_is_held_for_canonical_is_what_reading_gives(type_: ScalarType, values: list[Json]) -> None:
    """Values that need not be read are those that would be read as themselves."""
    if is_canonical(type_, set(map(type, values)), values):
        assert same(_parsed(type_, values), values)
