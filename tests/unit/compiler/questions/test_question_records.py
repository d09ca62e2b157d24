"""The record that asks a question: what is shown of it, and what a row that is made for it takes over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.compiling import Compiled, compiled_source
from support.memory import MemorySnapshot

from bake.catalog.bakery import BAKERY
from bake.changeset.model import Question
from bake.compiler.answers.new_row import said_of
from bake.compiler.questions.question_records import Origin
from bake.sources.detect import recognise
from bake.sources.model import Position
from bake.sources.sheets.column_mapping import ColumnMapping
from bake.sources.texts.text import text_of

ROWS = {"suppliers": [{"id": 1, "uuid": "s1", "slug": "wegmans", "name": "Wegmans"}]}
HEADER = "Shop,purchase_date,unit_price,quantity_purchased,product,Brand,Size,Unit,notes"


def compiled(*lines: str) -> Compiled:
    """Compile a sheet of purchases, whose column "Shop" is matched, against one supplier."""
    mapping = ColumnMapping({"Shop": "supplier_name"})
    source = recognise(text_of(Path("in.csv"), "\n".join([HEADER, *lines]).encode()), BAKERY, "purchases", mapping)
    return compiled_source(source, MemorySnapshot(BAKERY, ROWS), BAKERY)


def of(result: Compiled, entity: str) -> Question:
    """The question about a row of an entity."""
    [question] = [one for one in result.questions if one.entity == entity]
    return question


def test_the_record_is_shown_as_the_source_has_it() -> None:
    """By the titles of the sheet, in their order, also columns that are not read; empty cells are left out."""
    result = compiled("Costco,2026-01-13,3.49,2,Cider,Wilson,64,fl oz,")
    product, supplier = of(result, "products"), of(result, "suppliers")
    assert list(product.record) == ["Shop", "purchase_date", "unit_price", "quantity_purchased", "product", *_MORE]
    assert product.record["Brand"] == "Wilson"
    assert (product.doubt, supplier.doubt) == (("product",), ("Shop",))


_MORE = ["Brand", "Size", "Unit"]


def test_a_new_row_takes_over_what_the_record_says() -> None:
    """By the names and synonyms of its fields, as they fit; the record's own notes are not the product's."""
    result = compiled("Wegmans,2026-01-13,3.49,2,Cider,Wilson,64,FL OZ,cold")
    question = of(result, "products")
    assert question.told == {"brand": "Wilson", "package_unit_quantity": 64, "package_unit": "fl oz"}
    said = said_of(BAKERY.entities["products"], question)
    assert said == {"product_name": "Cider", **question.told}


@pytest.mark.parametrize(("size", "unit"), [("big", "oz"), ("", "handful")])
def test_what_does_not_fit_is_not_taken_over(size: str, unit: str) -> None:
    """It is for the person to read in the record."""
    told = of(compiled(f"Wegmans,2026-01-13,3.49,2,Cider,Wilson,{size},{unit},"), "products").told
    assert told == ({"brand": "Wilson"} if unit == "handful" else {"brand": "Wilson", "package_unit": "oz"})


def test_only_what_all_records_agree_in_is_taken_over() -> None:
    """Records that ask for the same row and say different things of it leave that open."""
    rows = [f"Wegmans,2026-01-1{n},3.49,2,Cider,Wilson,{size},fl oz," for n, size in enumerate([64, 32, 64])]
    question = of(compiled(*rows), "products")
    assert question.told == {"brand": "Wilson", "package_unit": "fl oz"}
    assert question.record["Size"] == "64"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 500, "x" * 120 + "…"),
        ([1, 2], "(2 items)"),
        ({"slug": "cake", "id": 1}, "cake, 1"),
        ({"a": []}, "(1 item)"),
        (2**70, str(2**70)),
        ("\ud800", "?"),
    ],
)
def test_a_record_is_shown_in_bounds(value: Any, shown: Any) -> None:
    """Whatever it holds, a line of the changeset can."""
    record, doubt = Origin("", {"a": value, "b": None, "c": Position(1)}, ("a", "b", "c")).shown({})
    assert (record, doubt) == ({"a": shown}, ("a",))
