"""Known mistakes: each check by itself, what it finds and what it leaves alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bake.catalog.bakery.checks import nobodys_code, size_in_name
from bake.catalog.mistakes import (
    cut_off,
    exchanged,
    gone,
    invented_code,
    leap,
    other_language,
    other_script,
    placeholder,
)


@pytest.mark.parametrize(
    "text", ["N/A", "tbd", "[unknown]", " ? ", "XXX", "As an AI, I do not know", "<your brand here>"]
)
def test_what_stands_for_nothing(text: str) -> None:
    """Words, forms and remarks."""
    assert placeholder(text)


@pytest.mark.parametrize("text", ["Nabisco", "Unknown Brewing Co.", "test kitchen", "5 lb", "String cheese", ""])
def test_what_only_has_such_a_word(text: str) -> None:
    """A name that contains one is a name."""
    assert placeholder(text) is None


@pytest.mark.parametrize("code", ["111111111117", "0000000000", "012345678905", "9876543210", "1234567890128"])
def test_invented_codes(code: str) -> None:
    """One digit, or digits that count up or down, whatever the check digit."""
    assert invented_code(code)


@pytest.mark.parametrize("code", ["071012010103", "12345", "1112", "A12345678", "100000000008"])
def test_other_codes(code: str) -> None:
    """Real ones, and such as are too short to tell."""
    assert invented_code(code) is None


@pytest.mark.parametrize(
    ("before", "after", "is_cut"),
    [
        ("Keep it cold and dry, please", "Keep it cold", True),
        ("Keep it cold", "Keep it…", True),
        ("Keep it cold", "Keep it...", True),
        ("Keep it …", "Keep …", False),
        ("Keep it cold!", "Keep it cold", False),
        ("Keep it cold and dry", "Keep", False),
        ("Keep it cold and dry", "Something else entirely", False),
    ],
)
def test_texts_that_are_cut(before: str, after: str, is_cut: bool) -> None:
    """The beginning of the one before, or a new ellipsis; what is a word less is an edit."""
    assert bool(cut_off(before, after)) is is_cut


@pytest.mark.parametrize(
    ("before", "after", "factor"),
    [
        (5, 50, 10),
        (Decimal("4.79"), Decimal("0.479"), 10),
        (5, 49, None),
        (0, 50, None),
        (None, 50, None),
        (True, 50, None),
        (Decimal("1e99999"), Decimal("1e-99999"), 10**9),
    ],
)
def test_numbers_that_leap(before: Any, after: Any, factor: int | None) -> None:
    """Ten times, up or down; from nothing or from zero is no leap."""
    found = leap(before, after)
    assert (found[0] if found else None) == factor


def test_other_letters() -> None:
    """Of a text that has enough of them."""
    assert other_script("Keep it dry", "Хранить в сухом месте")
    assert other_script("Keep it dry", "Kühl lagern") is None
    assert other_script("12", "Хранить") is None


@pytest.mark.parametrize(
    ("before", "after", "is_other"),
    [
        ("Keep it in the cold", "Kühl und trocken lagern", True),
        ("Keep it in the cold", "À conserver dans le noir", True),
        ("Kühl und trocken lagern", "Keep it in the cold", True),
        ("Keep it in the cold", "Keep it out of the sun", False),
        ("Keep it cold", "Kühl lagern", False),
        ("Keep it in the cold", "Gruyère and Emmental from the Alps", False),
    ],
)
def test_texts_in_another_language(before: str, after: str, is_other: bool) -> None:
    """Where both have small words, each of one language alone; names from elsewhere do not count."""
    assert bool(other_language(before, after)) is is_other


def test_texts_that_are_lost() -> None:
    """A sentence that nothing replaces; a word may go."""
    assert gone("Keep it in the cold", None)
    assert gone("Keep it in the cold", "")
    assert gone("Keep it in the cold", "cold") is None
    assert gone("cold", None) is None


@pytest.mark.parametrize(
    ("code", "is_nobodys"),
    [
        ("036000291452", True),
        ("5901234123457", True),
        ("212345678992", True),
        ("0212345678992", True),
        ("071012010103", False),
        ("41196910117", False),
        ("96385074", False),
        ("2A2345678992", False),
        ("", False),
    ],
)
def test_codes_of_no_product(code: str, is_nobodys: bool) -> None:
    """Examples of textbooks, and what shops give; with or without zeros before it. Short codes have other ranges."""
    assert bool(nobodys_code(code)) is is_nobodys


def test_values_that_changed_places() -> None:
    """Both ways; a value that is only copied is none."""
    row = {"brand": "Mill", "name": "White", "notes": None}
    assert [name for name, _ in exchanged(row, {"brand": "White", "name": "Mill"})] == ["brand"]
    assert list(exchanged(row, {"brand": "White"})) == []
    assert list(exchanged(row, {"brand": None, "notes": "Mill"})) == []


@pytest.mark.parametrize(
    ("name", "amount", "unit", "field"),
    [
        ("Flour 5 lb", 10, "lb", "package_unit_quantity"),
        ("Cider (64 fl. oz.)", 64, "lb", "package_unit"),
        ("Flour 5 lbs", 5, "lb", None),
        ("Flour 16 oz", 1, "lb", None),
        ("Flour 5 lb", 5, "each", None),
        ("00 Flour", 5, "lb", None),
        ("Mix 2 lb and 3 lb", 5, "lb", None),
        (None, 5, "lb", None),
    ],
)
def test_sizes_that_a_name_contradicts(name: Any, amount: Any, unit: str, field: str | None) -> None:
    """Where the name has one size, of weight or volume; other units of the same kind may be the same."""
    found = size_in_name({"product_name": name, "package_unit_quantity": amount, "package_unit": unit})
    assert (found[0] if found else None) == field
