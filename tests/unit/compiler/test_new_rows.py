"""Which records are told early to be about new rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from support.compiling import compiled, view
from support.market import uid

from bake.catalog.bakery import BAKERY
from bake.compiler.new_rows import NewRows
from bake.compiler.row_matching import ClassifiedBatch

ADA = {"id": 1, "uuid": uid(101), "slug": "ada", "name": "Ada", "shop": None}
HALL = {"id": 1, "uuid": uid(201), "slug": "hall", "name": "Hall", "city": "Ely", "state": None, "owner": 1}


@pytest.fixture
def early() -> Iterator[list[int]]:
    """The numbers of the records that are told early to be new."""
    told: list[int] = []
    sort = NewRows.sort

    def noting(self: NewRows, records: ClassifiedBatch) -> ClassifiedBatch:
        result = sort(self, records)
        told.extend(pending.reading.number for pending in result.new)
        return result

    with patch.object(NewRows, "sort", noting):
        yield told


def _shops(*records: dict[str, Any]) -> None:
    compiled({"shops": [{"slug": f"new{n}", "name": f"New {n}", **one} for n, one in enumerate(records)]}, ROWS)


ROWS = {"people": [ADA], "shops": [HALL]}


def test_a_record_with_a_new_key_is_new(early: list[int]) -> None:
    """So is each of several, whatever other columns they have, and with a parent named by key."""
    _shops({}, {"owner_slug": "ada"}, {"city": None, "rating": 3}, {"no_column": 1})
    assert sorted(early) == [0, 1, 2, 3]


def test_a_parent_may_be_named_by_name_where_no_other_can_come(early: list[int]) -> None:
    """Of a file of products alone, the suppliers are those of the database, whatever its other records say."""
    rows = {
        "ingredients": [{"id": 1, "uuid": uid(1), "slug": "rye", "display_name": "Rye"}],
        "suppliers": [{"id": 1, "uuid": uid(2), "slug": "mill", "name": "The Mill"}],
    }
    record = {"product_slug": "bag", "ingredient_slug": "rye", "preferred_supplier_name": "The Mill"}
    compiled(view("products_complete", record), rows, catalog=BAKERY)
    assert early == [0]


@pytest.mark.parametrize(
    "record",
    [
        {"slug": "hall"},
        {"uuid": uid(201)},
        {"name": "Hall", "city": "Ely"},
        {"id": 1},
        {"rating": 9},
        {"slug": 5},
        {"slug": None},
        {"owner_slug": "bob"},
        {"owner": {"slug": "ada"}},
    ],
    ids=lambda record: "-".join(map(str, record)),
)
def test_what_is_known_doubtful_or_unusual_is_looked_at_closely(early: list[int], record: dict[str, Any]) -> None:
    """A key of a row here, an id, a misfit, no key, an unknown parent, a nested value: the long way decides."""
    _shops(record)
    assert early == []


def test_a_parent_that_may_still_change_is_looked_at_closely(early: list[int]) -> None:
    """A name leads to one row here, but the same file brings people: one of them may have that name, too."""
    compiled(
        {"people": [{"slug": "bea", "name": "Bea"}], "shops": [{"slug": "new", "name": "New", "owner_name": "Ada"}]},
        ROWS,
    )
    assert early == [0]


def test_records_without_a_key_of_one_field_are_looked_at_closely(early: list[int]) -> None:
    """Parts of their keys may name rows."""
    compiled(view("till", {"price": 1, "day": "2025-01-01"}))
    assert early == []
