"""Sheets whose barcodes a spreadsheet has taken for numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.shell import Shell, changes, lines, notices, query

FLOUR, RYE = "king_arthur_bread_flour_5_lb", "bobs_rye_flour_20_oz"
UPC = "071012010103"


def sheet(shell: Shell, *codes: tuple[str, str]) -> Path:
    """A sheet of codes."""
    return shell.write("codes.csv", "product_slug,upc_code\n" + "".join(f"{slug},{code}\n" for slug, code in codes))


@pytest.fixture
def coded(bakery: Shell) -> Shell:
    """The bakery, whose flour has a barcode."""
    query(bakery.database, "UPDATE products SET upc_code = ? WHERE slug = ?", (UPC, FLOUR))
    return bakery


def updates(built: Path) -> list[tuple[str, Any]]:
    """Which rows a changeset updates, and what with."""
    return [(one["key"]["slug"], one["patch"][-1]["value"]) for one in changes(built)]


def test_a_code_that_lost_its_zero_is_unchanged(coded: Shell) -> None:
    """As well where the whole record is read by itself, because something in it does not fit."""
    assert updates(coded.built(sheet(coded, (FLOUR, "71012010103")), "--view", "products")) == []
    record = {"product_slug": FLOUR, "upc_code": "71012010103", "brand": 5}
    built = coded.built(coded.write("one.json", [record]), "--view", "products")
    assert [step["path"] for one in changes(built) for step in one["patch"]] == ["/brand"] * 2


def test_a_whole_code_mends_one_that_lost_its_zero(coded: Shell) -> None:
    """What is there looks wrong, what comes does not."""
    query(coded.database, "UPDATE products SET upc_code = '71012010103' WHERE slug = ?", (FLOUR,))
    assert updates(coded.built(sheet(coded, (FLOUR, UPC)), "--view", "products")) == [(FLOUR, UPC)]


def test_an_exported_sheet_that_lost_its_zeros_changes_nothing(coded: Shell) -> None:
    """Nor in a sheet that is compared with what was exported."""
    coded.done("export", "view", "products", "--format", "csv", "--output", "out.csv")
    path = coded.folder / "out.csv"
    text = path.read_text(encoding="utf-8-sig")
    assert f"'{UPC}" in text
    path.write_text(text.replace(f"'{UPC}", UPC.lstrip("0")), encoding="utf-8")
    assert changes(coded.built(path)) == []


def test_scientific_notation_is_asked_about(coded: Shell) -> None:
    """Once for the column; but no value for all of them, as two codes that look the same were two."""
    path = sheet(coded, (FLOUR, "5.00011E+12"), (RYE, "5.00011E+12"))
    built = coded.built(path, "--view", "products")
    [question] = lines(built, "question")
    assert (question["kind"], question["field"], question["asked_by"]) == ("decision", "upc_code", ["1-2"])
    assert [option["name"] for option in question["options"]] == ["nothing"]
    assert updates(built) == [(FLOUR, None), (RYE, None)]
    assert "belongs to one" not in coded.done("changeset", "show", built)
    assert coded.bake("import", path, "--view", "products").status == 3
    refused = coded.bake("changeset", "resolve", built, "--value", "q1/1=5.00011E+12")
    assert (refused.status, "scientific notation" in refused.err) == (5, True)
    assert coded.bake("changeset", "resolve", built, "--value", f"q1={UPC}").status == 5
    coded.done("changeset", "resolve", built, "--value", f"q1/1={UPC}", "--choose", "q1=nothing")
    coded.done("changeset", "apply", built)
    assert query(coded.database, "SELECT upc_code FROM products WHERE slug = ?", (RYE,)) == [(None,)]
    assert query(coded.database, "SELECT upc_code FROM products WHERE slug = ?", (FLOUR,)) == [(UPC,)]


def test_scientific_notation_names_no_row(coded: Shell) -> None:
    """Where it should say which product was bought, each purchase needs its own; beside a slug it is not needed."""
    rows = [f"{slug},5.00011E+12,Costco,2025-12-2{n},9{n},1\n" for n, slug in enumerate(("", "", RYE))]
    text = "product_slug,upc_code,supplier_name,purchase_date,unit_price,quantity_purchased\n" + "".join(rows)
    built = coded.built(coded.write("scanned.csv", text), "--view", "purchases")
    [question] = lines(built, "question")
    assert (question["kind"], question["field"], question["asked_by"]) == ("decision", "product", ["1-2"])
    coded.done("changeset", "resolve", built, "--value", f"q1/1={UPC}", "--value", f"q1/2={RYE}")
    coded.done("changeset", "apply", built)
    bought = "SELECT slug FROM purchases JOIN products ON products.id = product_id WHERE unit_price > 89"
    assert query(coded.database, f"{bought} ORDER BY unit_price") == [(FLOUR,), (RYE,), (RYE,)]


def test_a_mangled_code_that_is_stored_stays(coded: Shell) -> None:
    """What is here already is not written, and so not asked about."""
    query(coded.database, "UPDATE products SET upc_code = '5.00011E+12' WHERE slug = ?", (FLOUR,))
    assert changes(coded.built(sheet(coded, (FLOUR, "5.00011E+12")), "--view", "products")) == []


def test_a_new_code_that_lost_its_zero_is_warned_of(coded: Shell) -> None:
    """With the whole number."""
    built = coded.built(sheet(coded, (RYE, "12000161155")), "--view", "products")
    [update] = changes(built)
    expected = "12000161155 has 11 digits: with its zero it is 012000161155"
    assert [warning["message"] for warning in update["warnings"]] == [expected]


def test_codes_with_a_point_behind_them_are_these_codes(coded: Shell) -> None:
    """As programs write whole numbers where some are missing; in a sheet it is noticed, in JSON numbers are digits."""
    path = sheet(coded, (FLOUR, "71012010103.0"), (RYE, "715141113570.0"))
    built = coded.built(path, "--view", "products")
    assert updates(built) == [(RYE, "715141113570")]
    assert notices(built)["code_point"] == ["the .0 behind 2 codes, which programs add to numbers, was left off"]
    records = '[{"product_slug": "%s", "upc_code": 715141113570.0}, {"product_slug": "%s", "upc_code": 71012010103}]'
    built = coded.built(coded.write("codes.json", records % (RYE, FLOUR)), "--view", "products")
    assert (updates(built), lines(built, "question")) == ([(RYE, "715141113570")], [])
