"""What a prompt is made of."""

from __future__ import annotations

from bake.catalog.field_types import Boolean, Reference, Text
from bake.resolution.resolver import Blank, Progress


def test_a_blank_says_what_does_not_fit() -> None:
    """A text is judged by the field's type; whether a reference exists is for the compiler to know."""
    assert Blank("open", Boolean()).problem("yes") is None
    assert "true or false" in str(Blank("open", Boolean()).problem("perhaps"))
    assert "at most 3" in str(Blank("name", Text(3)).problem("Wilson"))
    assert Blank("shop", Reference("shops")).problem("anything") is None
    assert Blank("shop", Reference("shops")).target == "shops"


def test_progress_counts_in_words() -> None:
    """One record waits, several wait."""
    assert str(Progress(2, 7, 1)) == "2 of 7, 1 operation waiting"
    assert str(Progress(2, 7, 1200)) == "2 of 7, 1,200 operations waiting"
