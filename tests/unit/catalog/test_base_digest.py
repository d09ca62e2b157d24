"""What a record was exported with, as digests that travel in it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.market import MARKET, uid

from bake.catalog.base_digest import BASE, BaseFormat, RecordBase, Unusable, value_digest
from bake.sources.sheets.cells import escaped

TILL = next(view for view in MARKET.views if view.name == "till")
SHELF = next(view for view in MARKET.views if view.name == "shelf")
FORMAT = BaseFormat(MARKET, TILL)
RECORD: dict[str, Any] = {
    "id": 9,
    "uuid": uid(9),
    "grain": "wheat",
    "brand": None,
    "weight": Decimal(5),
    "shop_name": "Coop",
    "shop_city": "Basel",
    "day": "2025-12-01",
    "price": Decimal("4.5"),
    "note": None,
}
VALUES = st.none() | st.booleans() | st.integers(-5, 5) | st.decimals(-9, 9, places=2) | st.text(max_size=4)


def _read(record: dict[str, Any], text: Any) -> RecordBase:
    base = FORMAT.read(text, record)
    assert isinstance(base, RecordBase)
    return base


def test_a_value_is_told_from_any_other() -> None:
    """Null, zero, false and an empty text are four; the same number is one, however it is written."""
    base = _read(RECORD, FORMAT.write(RECORD, "db"))
    assert base.wrote("note", None)
    assert not any(base.wrote("note", value) for value in ("", "0", "null", "n"))
    assert base.wrote("price", FORMAT.canonical("price", "4.50"))
    assert not base.wrote("price", Decimal("4.51"))
    assert base.is_from("db")
    assert not base.is_from("another")


@given(VALUES, VALUES)
def test_digests_are_equal_where_values_are(one: Any, other: Any) -> None:
    """Two scalars have one digest if they are one number, or the same value of the same type."""
    numbers = all(isinstance(value, (int, Decimal)) and not isinstance(value, bool) for value in (one, other))
    equal = one == other and (numbers or type(one) is type(other))
    assert (value_digest("column", one) == value_digest("column", other)) == equal


@given(st.dictionaries(st.sampled_from(["note", "shop_name", "brand"]), st.none() | st.text(max_size=9)))
def test_no_spreadsheet_takes_it_for_something_else(values: dict[str, Any]) -> None:
    """It begins with a letter, and has only such characters as no program changes or has to escape."""
    text = FORMAT.write({**RECORD, **values}, "db")
    assert re.fullmatch(r"b1[A-Za-z0-9_-]+", text)
    assert escaped(text) == text


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_what_was_cut_off_is_told(cut: int) -> None:
    """A base that lost its end says nothing."""
    text = FORMAT.write(RECORD, "db")
    assert FORMAT.read(text[:cut], RECORD) == Unusable("it was cut off or altered")


@given(st.integers(2, 60), st.sampled_from("Aa0_-"))
def test_what_was_altered_is_told(at: int, by: str) -> None:
    """A base of which a character changed says nothing."""
    text = FORMAT.write(RECORD, "db")
    altered = text[:at] + by + text[at + 1 :]
    assert isinstance(FORMAT.read(altered, RECORD), Unusable) == (altered != text)


def test_it_belongs_to_one_row_of_one_view() -> None:
    """Swapped between rows, or brought into another view, it says nothing; an identity that is left out is no other."""
    text = FORMAT.write(RECORD, "db")
    assert FORMAT.read(text, {**RECORD, "id": 10}) == Unusable("it is that of another row")
    assert FORMAT.read(text, {**RECORD, "id": None, "uuid": None}) == Unusable("it is that of another row")
    assert isinstance(FORMAT.read(text, {**RECORD, "id": None}), RecordBase)
    other = BaseFormat(MARKET, SHELF).read(text, {"id": 9})
    assert other == Unusable("it is that of another view or of other columns")


def test_a_record_is_unedited_if_it_says_what_was_exported() -> None:
    """A column that is gone says nothing; one that was added, or a value that changed, is an edit."""
    record = {**RECORD, BASE: FORMAT.write(RECORD, "db")}
    assert FORMAT.is_unedited(record)
    assert FORMAT.is_unedited({name: value for name, value in record.items() if name != "note"})
    assert not FORMAT.is_unedited({**record, "note": ""})
    assert not FORMAT.is_unedited({**record, "aisle": 7})
    assert not FORMAT.is_unedited(RECORD)
