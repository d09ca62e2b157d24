"""How often the known mistakes are found, and how often wrongly, in the files of a real application; as a page says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import pytest

from bake.catalog.bakery.checks import check_digit, codes_differ, nobodys_code, same_code, size_in_name, unit_alone
from bake.catalog.leftovers import address, leftover, said_twice, shouted
from bake.catalog.misspellings import SLIPS, misspelt
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
from bake.catalog.texts import oddities
from bake.compiler.drafting.common_mistakes import CopiedNames, CountingCodes, Kind, Place, SharedTexts, Written

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "bake-tracker" / "sample_data_all.json"
PAGE = ROOT / "docs" / "reference" / "mistakes.md"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_file(), reason="the real files are not in ../shared/data/bake-tracker"),
]


def rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """All records, each with the name of its list."""
    document = json.loads(DATA.read_text(encoding="utf-8"))
    return (
        (name, one)
        for name, those in document.items()
        if isinstance(those, list)
        for one in those
        if isinstance(one, dict)
    )


def texts(*fields: str) -> list[str]:
    """The different texts in some fields of all records; in all fields if none is named."""
    found = (value for _, row in rows() for name, value in row.items() if not fields or name in fields)
    return sorted({text for text in found if isinstance(text, str) and text})


def slip(name: str) -> str:
    """A name of which two letters in the middle of the longest word changed places."""
    word = max(name.split(), key=len)
    half = len(word) // 2
    return name.replace(word, word[: half - 1] + word[half] + word[half - 1] + word[half + 1 :])


#: The fields of a product, of which another one of its ingredient may have others.
OWN = ("brand", "product_name", "package_unit", "package_unit_quantity")

Row = dict[str, Any]


def together(kind: Kind, sink: CountingCodes | CopiedNames | SharedTexts, rows_: list[Row], *fields: str) -> list[bool]:
    """Of each row whether something is said of it when all of them are edited, one after the other."""
    for n, row in enumerate(rows_, 1):
        for name in fields:
            if row.get(name):
                sink.add(Written(kind, Place("rows", "Update", name), n, row[name], row.get(f"before {name}")))
    spans = [span for _, found in sink.findings() for span in found.operations.spans()]
    return [any(first <= n <= last for first, last in spans) for n in range(1, len(rows_) + 1)]


def shifted(products: list[Row]) -> list[Row]:
    """Products of which each has the names of the one before."""
    names = ("brand", "product_name")
    return [
        {name: last.get(name) for name in names} | {f"before {name}": here.get(name) for name in names}
        for last, here in zip([products[-1], *products], products, strict=False)
    ]


def of_many(products: list[Row], own: list[str]) -> dict[str, list[Any]]:
    """What only many records show: in the real ones, as if all were edits, and in spoiled ones."""
    coded = [row | {"code": row.get("upc_code") or row.get("gtin")} for row in products]
    coded = [row for row in coded if row["code"]]
    known = [same_code(row["code"]) for row in coded]
    count = [{"code": f"{71012000000 + n}0"} for n in range(len(coded))]
    every = [row for _, row in rows()]
    return {
        "a code that another product has": [known.count(code) > 1 for code in known],
        "codes that count": together("code", CountingCodes(), coded, "code"),
        "names of the record beside": together("name", CopiedNames(), products, "brand", "product_name"),
        "one text for many": together("text", SharedTexts(), every, "notes", "description"),
        "spoiled: codes that count": together("code", CountingCodes(), count, "code"),
        "spoiled: names of the record before": together(
            "name", CopiedNames(), shifted(products), "brand", "product_name"
        ),
        "spoiled: one of the texts for all products": together(
            "text", SharedTexts(), [{"notes": max(own, key=len)}] * len(products), "notes"
        ),
    }


def of_changes(products: list[Row], own: list[str]) -> dict[str, list[Any]]:
    """What a change shows: of a product into another one of its ingredient, and spoiled."""
    edits = [
        ({name: row.get(name) for name in OWN}, {name: other.get(name) for name in OWN})
        for row, other in permutations(products, 2)
        if row["ingredient_slug"] == other["ingredient_slug"]
    ]
    named = [row for row in products if row.get("brand") and row.get("product_name")]
    return {
        "swapped columns": [list(exchanged(*edit)) for edit in edits],
        "a text in another field": [list(moved(*edit)) for edit in edits],
        "a unit without its amount": [unit_alone(after, before) for before, after in edits],
        "a number that leaps": [leap(*(row["package_unit_quantity"] for row in edit)) for edit in edits],
        "capitals alone": [shouted(*(row["product_name"] or "" for row in edit)) for edit in edits],
        "spoiled: brand and name exchanged": [
            list(exchanged(row, {"brand": row["product_name"], "product_name": row["brand"]})) for row in named
        ],
        "spoiled: the brand put into the name": [
            list(moved(row, {"brand": None, "product_name": f"{row['brand']} {row['product_name']}"})) for row in named
        ],
        "spoiled: ten times the quantity": [
            leap(Decimal(str(row["package_unit_quantity"])), Decimal(str(row["package_unit_quantity"])) * 10)
            for row in products
        ],
        "spoiled: a text taken away": [gone(text, None) for text in own],
    }


def measured() -> dict[str, tuple[int, int]]:
    """By what is looked for, of how many real or spoiled values it is said."""
    products = [row for name, row in rows() if name == "products"]
    codes = [row[name] for row in products for name in ("upc_code", "gtin") if row.get(name)]
    own = texts("notes", "description")
    edits = list(permutations(own, 2))
    long = [text for text in own if len(text) >= 36]
    names = [name for row in products if (name := row.get("product_name"))]
    spoiled = [(name, slip(name)) for name in names if slip(name) != name]
    likely = [
        (one["product_name"] or "", other["product_name"] or "")
        for one, other in combinations(products, 2)
        if (one["ingredient_slug"], one["brand"]) == (other["ingredient_slug"], other["brand"])
    ]
    looked: dict[str, list[Any]] = {
        **of_many(products, own),
        **of_changes(products, own),
        "a check digit that is wrong, or zeros that are lost": [check_digit(code) for code in codes],
        "an invented code": [invented_code(code) for code in codes],
        "a code that is no product's": [nobodys_code(code) for code in codes],
        "a placeholder": [placeholder(text) for text in texts()],
        "a text decoded wrongly, or that cannot be seen": [list(oddities(text)) for text in texts()],
        "a size that the name contradicts": [size_in_name(row) for row in products],
        "what is left of a page": [leftover(text) for text in texts()],
        "words that stand there twice": [said_twice(text) for text in texts()],
        "an address as a name": [address(name) for name in texts("product_name", "brand", "display_name", "name")],
        "codes of two products": [codes_differ(row) for row in products],
        "what another field says": [
            repeats(row[name], ((other, value) for other, value in row.items() if other != name))
            for _, row in rows()
            for name in ("notes", "description")
            if row.get(name)
        ],
        "a text that was cut off": [cut_off(*edit) for edit in edits],
        "another language": [other_language(*edit) for edit in edits],
        "other letters": [other_script(*edit) for edit in edits],
        "a product that is here, misspelt": [misspelt(*pair, SLIPS) for pair in likely],
        "spoiled: a text of which a third is cut off": [cut_off(text, text[: len(text) * 2 // 3]) for text in long],
        "spoiled: a name with two letters exchanged": [misspelt(*pair) for pair in spoiled],
    }
    return {what: (len(said), sum(map(bool, said))) for what, said in looked.items()}


def test_the_page_says_how_often() -> None:
    """Its table has what is measured here: of how many it is said."""
    lines = [line.strip("|").split("|") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    told = {cells[0].strip(): tuple(cells[1:3]) for cells in lines if len(cells) == 4}
    for what, (of, said) in measured().items():
        assert told[what] == (f" {of:,} ", f" {said:,} "), (what, of, said)
