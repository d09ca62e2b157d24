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
        (Date(), "12/31/2025", "2025-12-31"),
        (Date(), "3 Jan 2026", "2026-01-03"),
        (Exact(8, 2), "$6.99", Decimal("6.99")),
        (Exact(8, 2), "6,99", Decimal("6.99")),
        (Exact(8, 2), "1,234.50", Decimal("1234.5")),
        (Document(), '{"a": 1.50}', {"a": Decimal("1.5")}),
    ],
)
def test_text_becomes_the_value_of_its_type(type_: ScalarType, text: str, value: Json) -> None:
    """A number stays text in a text field, and becomes a number where one is wanted."""
    read = from_text(type_, text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Boolean(), "maybe"),
        (Document(), "{"),
        (Document(), "[" * 5000),
        (Integer(), "$6"),
        (Exact(8, 2), "1/2"),
        (Exact(8, 2), "3 cups"),
        (Date(), "46000"),
    ],
)
def test_text_that_does_not_fit_says_what_would(type_: ScalarType, text: str) -> None:
    """The misfit carries what was expected, in words."""
    with pytest.raises(Misfit) as caught:
        from_text(type_, text)
    assert caught.value.expected


@pytest.mark.parametrize(
    ("type_", "text", "said"),
    [
        (Exact(8, 3), "1,234", '"1,234" may be 1234 or 1.234'),
        (Date(), "01/02/2025", '"01/02/2025" may be 2025-01-02 or 2025-02-01'),
    ],
)
def test_what_can_be_two_values_is_refused_with_both(type_: ScalarType, text: str, said: str) -> None:
    """Nothing is guessed, and the values to choose from are named."""
    with pytest.raises(Misfit) as caught:
        from_text(type_, text)
    assert str(caught.value).startswith(said)
