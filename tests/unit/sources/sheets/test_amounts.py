"""Cells with an amount and its unit are two values where a sheet has no column for the unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from bake.catalog.bakery import BAKERY
from bake.sources.detect import recognise
from bake.sources.model import SourceFile
from bake.sources.texts.text import text_of


def read(text: str) -> SourceFile:
    """A sheet of lines of recipes."""
    return recognise(text_of(Path("in.csv"), text.encode()), BAKERY, "recipe_lines")


def test_amounts_with_units_are_two_values() -> None:
    """The unit as it stands, since other words for it are read as in any column; what has no known unit stays whole."""
    source = read("recipe,quantity\nScones,2 1/2 cups\nScones,5lb\nScones,2\nScones,2 bags\n")
    assert [
        {k: str(v) for k, v in record.value.items() if k != "recipe"} for record in source.records(source.sections[0])
    ] == [
        {"quantity": "2 1/2", "unit": "cups"},
        {"quantity": "5", "unit": "lb"},
        {"quantity": "2"},
        {"quantity": "2 bags"},
    ]
    assert [remark.message for remark in source.notices] == [
        'quantity and unit were read from one column: 2 cells, such as "2 1/2 cups"'
    ]
    assert (source.locate(1, "unit").line, source.locate(1, "unit").column) == (3, 2)


@pytest.mark.parametrize("text", ["quantity,unit\n2 cups,\n", "quantity\n2 bags\n"])
def test_other_sheets_are_read_as_they_stand(text: str) -> None:
    """Those that have a column for the unit, and those without any unit."""
    source = read(text)
    [record] = source.records(source.sections[0])
    assert "unit" not in record.value
    assert source.notices == ()
