"""The measures are a closed list that says what kind each unit is of."""

from __future__ import annotations

from bake.catalog.bakery import units


def test_each_unit_is_of_one_kind() -> None:
    """No unit is listed twice, so a unit's kind is never in doubt."""
    assert len(set(units.PACKAGE)) == len(units.PACKAGE) == len(units.WEIGHT) + len(units.VOLUME) + len(units.COUNT)


def test_units_of_groceries_are_known() -> None:
    """The units that real packages and recipes are in."""
    assert {"lb", "oz", "g", "kg", "ml", "l", "fl oz", "qt", "cup", "each"} <= set(units.PACKAGE)


def test_recipes_measure_in_more() -> None:
    """Whatever a package is given in, a recipe can be too, and each unit is there once."""
    assert {*units.PACKAGE, "pinch"} <= set(units.RECIPE)
    assert len(set(units.RECIPE)) == len(units.RECIPE)
