"""A column of a sheet proves which sign is before its decimals, or leaves it in doubt; nothing is guessed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bake.catalog.model import Catalog
from bake.sources.detect import recognise
from bake.sources.sheets.decimal_marks import DecimalMarks
from bake.sources.texts.text import text_of


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["6,99", "1.234,50", "1.234", "1.234 €"], ["6.99", "1234.5", "1234", "1234"]),
        (["6,99", "0,50", "1.234"], ["6.99", "0.5", "1234"]),
        (["6,99", "1.234"], ["6.99", "1.234 ?"]),
        (["1.234,50", "1.234"], ["1234.5", "1234"]),
        (["1.234.567", "7,5", "1.234"], ["1234567", "7.5", "1234"]),
        (["6,99", "0,5", "1,234"], ["6.99", "0.5", "1,234"]),
        (["6.99", "3.49", "1,234"], ["6.99", "3.49", "1234"]),
        (["6.99", "1,234"], ["6.99", "1,234"]),
        (["1,234.50", "1,234", "1.234"], ["1234.5", "1234", "1.234"]),
        (["6,99", "0,5", "6.99", "1.234", "1,234"], ["6.99", "0.5", "6.99", "1.234 ?", "1,234"]),
        (["1.234", "2"], ["1.234", "2"]),
        (["1,234", "2"], ["1,234", "2"]),
        (["0,5", "0,25", "-1.234", "0.125"], ["0.5", "0.25", "-1.234 ?", "0.125"]),
        (["0,5", "0,25", "-1.234"], ["0.5", "0.25", "-1234"]),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_a_column_is_read_as_a_whole(cells: list[str], read: list[str], turned: bool, catalog: Catalog) -> None:
    """Whatever the order of the rows."""
    cells, read = (cells[::-1], read[::-1]) if turned else (cells, read)
    text = "title;price\n" + "".join(f"Emma {n};{cell}\n" for n, cell in enumerate(cells))
    source = recognise(text_of(Path("in.csv"), text.encode()), catalog, "books")
    found = [record.value["price"] for record in source.records(source.sections[0])]
    doubtful = [text if not text[-1].isdigit() or "," in text else Decimal(text) for text in read]
    assert found == doubtful


def test_what_was_read_between_thousands_is_noticed(catalog: Catalog) -> None:
    """With how many values, and the first of them."""
    text = "title;price\na;6,99\nb;7,99\nc;1.234\nd;2.345\n"
    [remark] = recognise(text_of(Path("in.csv"), text.encode()), catalog, "books").notices
    assert remark.code == "decimal_sign"
    assert 'the point in 2 values, such as "1.234", stands between thousands' in remark.message


@pytest.mark.parametrize(
    ("cells", "several"),
    [
        (("$6.49", "5.99 EUR"), True),
        (("$6.49", "5.99 USD", "7"), False),
        (("6,49 €", "5,99"), False),
        (("1", "2"), False),
    ],
)
def test_several_currencies_in_one_column_are_noticed(cells: tuple[str, ...], several: bool) -> None:
    """Amounts are not converted, so that adding them up would be wrong; a sign and its code are one currency."""
    marks = DecimalMarks()
    for cell in cells:
        marks.see(cell)
    assert (marks.currencies_remark("unit_price") is not None) == several
