"""The measures are a closed list that says what kind each unit is of."""

from __future__ import annotations

from bake.catalog.bakery import units


def test_each_unit_is_of_one_kind() -> None:
    """No unit is listed twice, so a unit's kind is never in doubt."""
    assert len(set(units.PACKAGE)) == len(units.PACKAGE) == len(units.WEIGHT) + len(units.VOLUME) + len(units.COUNT)


def test_units_of_groceries_are_known() -> None:
    """The units that real packages and recipes are in."""
    assert {"lb", "oz", "g", "kg", "ml", "l", "fl oz", "qt", "cup", "each"} <= set(units.PACKAGE)
