"""What a person types, by the type of the field."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bake.catalog.field_types import Boolean, Date, Document, Exact, Integer, ScalarType, Text
from bake.catalog.values import Json, Misfit
from bake.resolution.typed_value import from_text


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (Text(), "007", "007"),
        (Text(), " kept ", " kept "),
        (Integer(), "12", 12),
        (Exact(8, 2), "6.990", Decimal("6.99")),
        (Boolean(), "Yes", True),
        (Boolean(), "n", False),
        (Date(), "2025-12-20", "2025-12-20"),
        (Document(), '{"a": 1.50}', {"a": Decimal("1.5")}),
    ],
)
def test_text_becomes_the_value_of_its_type(type_: ScalarType, text: str, value: Json) -> None:
    """A number stays text in a text field, and becomes a number where one is wanted."""
    read = from_text(type_, text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("type_", "text"), [(Boolean(), "maybe"), (Document(), "{"), (Document(), "[" * 5000), (Integer(), "$6")]
)
def test_text_that_does_not_fit_says_what_would(type_: ScalarType, text: str) -> None:
    """The misfit carries what was expected, in words."""
    with pytest.raises(Misfit) as caught:
        from_text(type_, text)
    assert caught.value.expected
