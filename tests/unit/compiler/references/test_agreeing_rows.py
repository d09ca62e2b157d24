"""Rows that a lookup does not contradict, found by groups."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.bakery import BAKERY
from bake.catalog.lookups import ABSENT, contradicts
from bake.catalog.row import Row
from bake.compiler.references.agreeing_rows import AgreeingRows

SUPPLIERS = BAKERY.entities["suppliers"]
NAMES = st.sampled_from(["Farm", "farm ", "The Farm", "Mill"])
TOWNS = st.none() | st.sampled_from(["Boston", "BOSTON", "Salem"])
CODES = st.none() | st.sampled_from(["1", "2"])
VALUES = st.fixed_dictionaries({"name": NAMES, "city": TOWNS, "zip_code": CODES, "is_active": st.booleans()})
ROWS = st.lists(VALUES, max_size=30).map(lambda some: [Row(n, values) for n, values in enumerate(some, 1)])
LOOKUPS = st.fixed_dictionaries(
    {"name": NAMES},
    optional={"city": TOWNS | st.just(ABSENT), "zip_code": CODES, "is_active": st.booleans(), "uuid": st.just("a")},
)


@given(ROWS, st.lists(LOOKUPS, max_size=5))
def test_groups_find_what_a_look_at_each_row_finds(rows: list[Row], lookups: list[dict[str, Any]]) -> None:
    """For any lookups, the rows that agree are those that contradict nothing, in their order."""
    agreeing = AgreeingRows(SUPPLIERS)
    for lookup in lookups:
        found = agreeing.of(lookup, rows)
        assert list(found) == [row for row in rows if not contradicts(SUPPLIERS, lookup, row.values)]
