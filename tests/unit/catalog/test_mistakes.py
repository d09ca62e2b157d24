"""Known mistakes: each check by itself, what it finds and what it leaves alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bake.catalog.bakery.checks import codes_differ, nobodys_code, size_in_name, unit_alone
from bake.catalog.leftovers import address, leftover, said_twice, shouted
from bake.catalog.mistakes import (
    cut_off,
    exchanged,
    gone,
    invented_code,
    leap,
    moved,
    other_language,
    other_script,
    placeholder,
    repeats,
)


@pytest.mark.parametrize(
    "text",
    [
        *("N/A", "tbd", "[unknown]", " ? ", "XXX", "As an AI, I do not know", "<your brand here>", "...", '"'),
        *("(unchanged)", "Same as above", "90% sure", "not verified"),
    ],
)
def test_what_stands_for_nothing(text: str) -> None:
    """Words, forms and remarks."""
    assert placeholder(text)


@pytest.mark.parametrize(
    "text", ["Nabisco", "Unknown Brewing Co.", "test kitchen", "5 lb", "String cheese", "", "70% dark", "A"]
)
def test_what_only_has_such_a_word(text: str) -> None:
    """A name that contains one is a name."""
    assert placeholder(text) is None


@pytest.mark.parametrize(
    "code",
    ["111111111117", "0000000000", "012345678905", "9876543210", "1234567890128", "121212121212", "012012012017"],
)
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


@pytest.mark.parametrize(
    "text",
    [
        *("<p>Best</p>", "King &amp; Arthur", "a **bold** word", "[shop](https://x.example)", "```json"),
        *(
            "Dry.【4†source】",
            "Keep it dry [3].",
            "Cr\\u00e8me",
            "Dry.\\nCold",
            "=SUM(A1)",
            "[object Object]",
            '{"a": 1}',
            '["dry"]',
        ),
    ],
)
def test_what_is_left_of_a_page(text: str) -> None:
    """Markup, marks, escapes, formulas and JSON."""
    assert leftover(text)


@pytest.mark.parametrize(
    "text",
    ["5 < 6 & 7 > 2", "2 * 3 * 4", "[Organic]", "{dry}", "C:\\new", "= equal", "A [sic] word", "x**2", "[]", "<3"],
)
def test_what_only_looks_like_it(text: str) -> None:
    """Signs that people use."""
    assert leftover(text) is None


def test_names_and_texts_that_are_odd() -> None:
    """An address as a name, words that stand there twice, capitals alone; other names and changes are left alone."""
    assert address("www.mill.example")
    assert address("Mill, https://mill.example") is None
    assert said_twice("King Arthur king arthur Flour")
    assert said_twice("Baden Baden Bread") is None
    assert shouted("Bread Flour", "BREAD FLOUR")
    assert [shouted("Bread", "BREAD FLOUR"), shouted("KAF", "KAF"), shouted("Bread", "bread")] == [None] * 3


def test_a_text_in_another_field() -> None:
    """One that was taken away and stands elsewhere; one that says what another field says."""
    before = {"brand": "Argo", "name": "Starch"}
    assert list(moved(before, {"brand": None, "name": "Argo Starch"})) == [
        ("brand", '"Argo" is taken away here, and stands in name now')
    ]
    assert list(moved(before, {"brand": None, "name": "Corn Starch"})) == []
    assert list(moved({**before, "name": "Argo Starch"}, {"brand": None, "name": "Argo Corn Starch"})) == []
    assert repeats("Pure corn starch", [("name", "Pure corn starch")]) == "it says the same as name"
    assert repeats("Starch", [("name", "Starch")]) is None


def test_a_unit_without_its_amount() -> None:
    """One that changes alone; not with its amount, nor of a new product."""
    was = {"package_unit": "lb", "package_unit_quantity": 5}
    assert unit_alone({**was, "package_unit": "oz"}, was)
    assert unit_alone({"package_unit": "oz", "package_unit_quantity": 80}, was) is None
    assert unit_alone(was, None) is None


@pytest.mark.parametrize(
    ("upc", "gtin", "differ"),
    [
        ("071012010103", "0071012010103", False),
        ("071012010103", "10071012010100", False),
        ("071012010103", "041196910117", True),
        ("071012010103", None, False),
        ("071012010103", "none", False),
    ],
)
def test_codes_of_two_products(upc: str, gtin: str | None, differ: bool) -> None:
    """A case has its product's code with another first and last digit."""
    assert bool(codes_differ({"upc_code": upc, "gtin": gtin})) == differ
