"""What the first look says of a record: it asks for nothing, some columns differ, or all of it has to be read."""

from __future__ import annotations

from typing import Any

import pytest
from support.compiling import source, view
from support.market import MARKET, uid
from support.memory import MemorySnapshot

from bake.compiler.context import Context, Options
from bake.compiler.matching.row_matching import ComparedBatch, RowMatcher
from bake.compiler.reading.binding import Binding

ADA = {"id": 1, "uuid": uid(101), "slug": "ada", "name": "Ada", "shop": None}
HALL = {
    "id": 1,
    "uuid": uid(201),
    "slug": "hall",
    "name": "Hall",
    "city": "Ely",
    "state": None,
    "owner": 1,
    "rating": 3,
}
ROWS = {"people": [ADA], "shops": [HALL]}


KNOWN = {"uuid": uid(201)}


def compared(*records: dict[str, Any], **options: Any) -> ComparedBatch:
    """Records about shops after the first look."""
    read = source({"entity_type": "shops", "records": list(records)})
    context = Context(MARKET, MemorySnapshot(MARKET, ROWS), read, Options(**options))
    [section] = read.sections
    assert section.view is not None
    [batch] = read.batches(section, 1000)
    return RowMatcher(context, Binding(MARKET, section.view)).compare(batch)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"name": "Hall", "rating": 3, "owner_slug": "ada"},
        {"name": None, "owner_slug": None},
        {"rating": "3"},
        {"no_column": 1},
    ],
    ids=lambda said: "-".join(said) or "nothing",
)
def test_what_says_nothing_new_is_unchanged(said: dict[str, Any]) -> None:
    """Equal values, nulls, another spelling of the same number, and columns that the view does not have."""
    result = compared({**KNOWN, **said})
    assert (result.unchanged, result.rows, result.rest) == ([0], [1], [])


@pytest.mark.parametrize(
    ("said", "columns"),
    [
        ({"name": "Hall", "rating": 4}, {"rating"}),
        ({"rating": "many"}, {"rating"}),
        ({"owner_slug": "bob", "owner_name": "Ada", "city": "Bath"}, {"owner_slug", "owner_name", "city"}),
    ],
    ids=["a number", "a misfit", "a parent and a text"],
)
def test_of_a_record_whose_row_is_known_the_columns_that_differ_are_named(
    said: dict[str, Any], columns: set[str]
) -> None:
    """Those of a row that is referred to together: what they say counts as a whole."""
    result = compared({**KNOWN, **said})
    assert [record.number for record in result.rest] == [0]
    assert result.known[0].row.id == 1
    assert set(result.known[0].columns) == columns


@pytest.mark.parametrize(
    "said",
    [{"uuid": uid(202)}, {"uuid": None}, {"uuid": 5}, {"slug": "other"}, {"id": 9}],
    ids=lambda said: "-".join(map(str, said.values())),
)
def test_what_may_be_about_another_row_is_read_in_full(said: dict[str, Any]) -> None:
    """No key here, none that could be one, or something beside it that may name another row."""
    result = compared({**KNOWN, "name": "Hall", **said})
    assert [record.number for record in result.rest] == [0]
    assert result.known == {}


def test_records_without_uuid_are_compared_by_their_next_key() -> None:
    """A file that gives slugs only; one that also gives uuids goes by those."""
    result = compared({"slug": "hall", "rating": 3}, {"slug": "barn"})
    assert (result.unchanged, [record.number for record in result.rest], result.known) == ([0], [1], {})
    assert compared({"slug": "hall", "uuid": uid(201)}, {"slug": "hall"}).unchanged == [0]


def test_two_records_with_one_key_are_read_in_full() -> None:
    """Which of them counts is asked elsewhere, with all that they say."""
    result = compared(KNOWN, KNOWN)
    assert (len(result.rest), result.known, result.unchanged) == (2, {}, [])


def test_where_existing_rows_are_left_alone_nothing_is_compared() -> None:
    """Of mode skip-existing it only matters which records have a row."""
    assert len(compared(KNOWN, mode="skip-existing").rest) == 1


def test_columns_are_read_in_the_order_of_the_record() -> None:
    """So that notices come in the same order each time."""
    binding = Binding(MARKET, next(one for one in MARKET.views if one.name == "till"))
    names = [column.name for column in binding.view.columns if column.path][:4]
    read = binding.read(0, dict.fromkeys(reversed(names), "?"), frozenset(names))
    whole = binding.read(0, dict.fromkeys(reversed(names), "?"))
    assert list(read.bad) == list(whole.bad)
    assert view("till")["view_name"] == binding.view.envelope
