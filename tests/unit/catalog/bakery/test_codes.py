"""Barcodes that a spreadsheet has taken for numbers: what is still the same code, and what is none any more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from bake.catalog.bakery import BAKERY
from bake.catalog.field import Field

UPC = BAKERY.entities["products"].fields["upc_code"]
BRAND = BAKERY.entities["products"].fields["brand"]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("071012010103", "71012010103", True),
        ("071012010103", "0071012010103", True),
        ("071012010103", "0 71012 01010 3", True),
        ("71012010103", "071012010103", False),  # mends what is there
        ("071012010103", "071012010110", False),
        ("071012010103", None, False),
        (None, "071012010103", False),
        ("none", "NONE", True),
        ("", "000", False),
    ],
)
def test_codes_that_are_the_same(before: str | None, after: str | None, says: bool) -> None:
    """Zeros, blanks and hyphens do not make another code; a code that mends a wrong one is an edit."""
    assert UPC.unchanged(before, after) is says


def test_other_texts_are_the_same_only_if_they_are_equal() -> None:
    """A name in another case is an edit."""
    assert (BRAND.unchanged("Argo", "ARGO"), BRAND.unchanged("Argo", "Argo")) == (False, True)


@given(st.text("0123456789", min_size=11, max_size=11), st.integers(0, 2))
def test_zeros_lost_or_added_never_make_another_code(body: str, more: int) -> None:
    """Law: a good code that is here stays as it is, whatever a program does to its leading zeros."""
    code = body + ean.calc_check_digit(body)
    if code.strip("0"):
        assert UPC.unchanged(code, code.lstrip("0"))
        assert UPC.unchanged(code, "0" * more + code)


@pytest.mark.parametrize("text", ["5.00011E+12", "7.1012E+10", "5,00011E+12", "1e12", " 5.00011E+12 "])
def test_scientific_notation_is_no_code(text: str) -> None:
    """It says how many digits are left."""
    assert "is a number in scientific notation" in (UPC.mangled(text) or "")
    assert BRAND.mangled(text) is None


@pytest.mark.parametrize("field", [UPC, BRAND])
@pytest.mark.parametrize("text", ["5000112637922", "E12", "12E", "12-E+3", "", None, "EAN 5E3"])
def test_what_is_not_mangled(field: Field, text: str | None) -> None:
    """Codes, names and nothing."""
    assert field.mangled(text) is None
