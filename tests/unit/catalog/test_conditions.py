"""Conditions on the records of a view: what they say, and what is said of those that are wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bake.catalog.bakery import BAKERY
from bake.catalog.conditions import conditions
from bake.errors import UsageError

VIEWS = {view.name: view for view in BAKERY.views}

RECORD: dict[str, Any] = {
    "unit_price": Decimal("6.5"),
    "purchase_date": "2026-01-13",
    "supplier_name": "Trader Joe's",
    "notes": None,
    "inventory_quantity": Decimal(0),
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("notes is null", True),
        ("notes IS NULL", True),
        ("unit_price is not null", True),
        ("notes is not null", False),
        ("unit_price = 6.50", True),
        ("unit_price=6.5 and unit_price!=6.51", True),
        ("unit_price < 6.5", False),
        ("unit_price > 6.49", True),
        ("purchase_date > 2025-12-31 and purchase_date < '2026-02-01'", True),
        ("supplier_name = 'Trader Joe''s'", True),
        ('supplier_name = "Trader Joe\'s"', True),
        ("supplier_name = \"trader joe's\"", False),
        ("notes = x", False),
        ("notes != x", True),
        ("inventory_quantity = 0", True),
        ("notes is null and unit_price > 7", False),
    ],
)  # fmt: skip
def test_what_conditions_say(text: str, holds: bool) -> None:
    """All have to hold; values are those of their columns, words may be in any case, and null is no value."""
    found = conditions(text, BAKERY, VIEWS["purchases"])
    assert all(condition.holds(RECORD) for condition in found) is holds


def test_times_are_compared_as_times() -> None:
    """A time with microseconds is later than the same without, although its text sorts before."""
    [condition] = conditions("last_produced_at > 2026-01-01T10:00:00Z", BAKERY, VIEWS["recipes"])
    assert condition.holds({"last_produced_at": "2026-01-01T10:00:00.500000Z"})
    assert not condition.holds({"last_produced_at": None})


@pytest.mark.parametrize(
    ("text", "at", "problem"),
    [
        ("", 1, "expected a column of purchases"),
        ("price is null", 1, "expected a column of purchases"),
        ("'notes' is null", 1, "expected a column of purchases"),
        ("product is null", 1, "expected a column of purchases"),
        ("notes", 6, "expected is null, is not null, =, !=, < or >"),
        ("notes like x", 7, "expected is null, is not null, =, !=, < or >"),
        ("notes is", 9, "expected null, or not null"),
        ("notes is not", 13, "expected null"),
        ("notes is not x", 14, "expected null"),
        ("notes =", 8, "expected a value"),
        ("notes = null", 9, "expected a value"),
        ("notes < b", 7, "only numbers, dates and times are less or more than others"),
        ("unit_price > x", 14, "expected a number with at most 4 decimals, at least 0"),
        ("purchase_date = 1/13/2026", 17, "expected a date such as 2025-12-20"),
        ("notes = two words", 13, "expected “and”, or nothing more"),
        ("notes is null or notes = x", 15, "expected “and”, or nothing more"),
        ("notes is null and", 18, "expected a column of purchases"),
        ("notes = 'x", 9, "a quote that does not end"),
        ("notes ! x", 7, "expected =, !=, < or >"),
    ],
)
def test_what_is_wrong_is_located(text: str, at: int, problem: str) -> None:
    """Each fault is named with its character; a suggestion follows."""
    with pytest.raises(UsageError) as caught:
        conditions(text, BAKERY, VIEWS["purchases"])
    assert caught.value.message.startswith(f"where: character {at}, ")
    assert problem in caught.value.message
    assert caught.value.hint
