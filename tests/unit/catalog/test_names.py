"""Names as people write them: labels without dangling words, and the name that was probably meant."""

from __future__ import annotations

import pytest

from bake.catalog.names import label, near

SALE = "{product}: {quantity} at {price} on {date}"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"product": "Rye", "quantity": 1, "price": 5, "date": "2025-12-20"}, "Rye: 1 at 5 on 2025-12-20"),
        ({"product": "Rye", "quantity": 1, "price": 5, "date": None}, "Rye: 1 at 5"),
        ({"product": "Rye", "quantity": 1, "date": "2025-12-20"}, "Rye: 1 on 2025-12-20"),
    ],
)
def test_no_word_dangles(values: dict[str, str | int | None], said: str) -> None:
    """A word before a field goes where that is null."""
    assert label(SALE, values, "row") == said


def test_brackets_go_with_what_they_hold() -> None:
    """Empty brackets and lone commas are left out; of a row of which nothing is left, the fallback is said."""
    assert label("{name} ({city}, {state})", {"name": "Costco"}, "row") == "Costco"
    assert label("{name} ({city}, {state})", {"name": "Costco", "state": "MA"}, "row") == "Costco (MA)"
    assert label("{name}", {}, "row") == "row"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("UPC", "upc_code"), ("Brnad", "brand"), ("unit", None), ("unit price", "unit_price"), ("x", None), ("", None)],
)
def test_the_name_that_was_meant(typed: str, meant: str | None) -> None:
    """Case and underscores do not matter; the beginning of only one name is that name."""
    assert near(typed, ["upc_code", "brand", "unit_price", "unit_weight_of_the_package"]) == meant
