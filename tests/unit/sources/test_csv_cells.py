"""What a cell says: escaped texts come back, and a number is understood only where it can mean one thing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.field_types import Boolean, Choice, Date, Document, Exact, Integer, Real, ScalarType, Text, Uuid
from bake.catalog.values import Json
from bake.sources.sheets.cells import converter, escaped, unescaped

MONEY, COARSE = Exact(10, 4), Exact(10, 2)


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    """Whatever a text is, its cell is read as that text."""
    assert unescaped(escaped(text)) == text


@given(st.text("'0=\u00a0 a1", max_size=7))
def test_apostrophes_and_blanks_come_back(text: str) -> None:
    """Also texts that look like cells with an apostrophe and blanks around."""
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize("text", ["071012010103", "=1+1", "'=1", "1/2"])
@pytest.mark.parametrize("blanks", ["{} ", " {}", "\u00a0{} "])
def test_blanks_around_a_cell_do_not_hide_its_apostrophe(text: str, blanks: str) -> None:
    """The apostrophe is no part of the text, wherever people have added blanks."""
    assert unescaped(blanks.format(escaped(text))) == blanks.format(text)


@pytest.mark.parametrize("text", ["=1+1", "+49", "-x", "@sum", "\tx", "\rx", "\nx", "\uff1d1", "'=1", "''=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    """A text that a spreadsheet would calculate begins with an apostrophe."""
    assert escaped(text) == f"'{text}"


@pytest.mark.parametrize("text", ["071012010103", "007", "123456789012", "1/2", "3-4", "2024-01-01", "1E5", "true", ""])
def test_no_cell_loses_what_it_says(text: str) -> None:
    """Neither does one that a spreadsheet would turn into a number, a date, a truth value or nothing."""
    assert escaped(text) == f"'{text}"


@pytest.mark.parametrize("text", ["flour", "5 lb", "12345", "'twas", "a=b", "O'Hara", "100% whole", "é"])
def test_ordinary_text_stands_as_it_is(text: str) -> None:
    """What no spreadsheet changes is not touched, on the way out or in."""
    assert escaped(text) == unescaped(text) == text


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("6.99", "6.99"),
        ("$1,234.50", "1234.5"),
        ("1 234,50 €", "1234.5"),
        ("1\u202f234,50\u00a0€", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1,234,567", "1234567"),
        ("12,5", "12.5"),
        ("0,999", "0.999"),
        ("-$5.00", "-5"),
        ("£3", "3"),
        (" 7 ", "7"),
        ("1e2", "100"),
    ],
)
def test_money_is_understood(cell: str, number: str) -> None:
    """A currency sign and separators of thousands and decimals, in every style that can mean one number only."""
    assert converter(MONEY)(cell) == Decimal(number)


@pytest.mark.parametrize("cell", ["1,234", "$1,234", "1,23,456", "5 kg", "$5 €", "(5)", "1 2", "ten", "--5", "5%"])
def test_what_may_mean_several_numbers_stays_text(cell: str) -> None:
    """A cell that is ambiguous, or no number, is left for the compiler to ask about."""
    assert converter(MONEY)(cell) == cell


def test_the_scale_can_decide() -> None:
    """`1,234` in a column of two decimals can only be thousands; with three or more it may be either."""
    assert converter(COARSE)("1,234") == Decimal(1234)
    assert converter(Integer())("1,234") == 1234
    assert converter(Real())("1,234") == "1,234"


@pytest.mark.parametrize(
    ("type_", "cell", "value"),
    [
        (Integer(), "42", 42),
        (Integer(), "$42", "$42"),
        (Boolean(), "TRUE", True),
        (Boolean(), " no ", False),
        (Boolean(), "1", True),
        (Boolean(), "maybe", "maybe"),
        (Date(), "2025-12-20", "2025-12-20"),
        (Date(), "2025-12-20 00:00:00", "2025-12-20"),
        (Date(), "'2025-12-20", "2025-12-20"),
        (Date(), "12/20/2025", "12/20/2025"),
        (Choice(("lb", "oz")), " lb ", "lb"),
        (Uuid(), " x ", "x"),
        (Text(), " x ", " x "),
        (Document(), '{"a": 1.50}', {"a": Decimal("1.5")}),
        (Document(), "{broken", "{broken"),
    ],
)
def test_cells_by_type(type_: ScalarType, cell: str, value: Json) -> None:
    """Each type takes from a cell what is certain, and leaves the rest as text."""
    read = converter(type_)(cell)
    assert (read, type(read)) == (value, type(value))
