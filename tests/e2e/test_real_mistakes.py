"""How often the known mistakes are found, and how often wrongly, in the files of a real application; as a page says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import pytest

from bake.catalog.bakery.checks import check_digit, nobodys_code, size_in_name
from bake.catalog.misspellings import SLIPS, misspelt
from bake.catalog.mistakes import cut_off, invented_code, other_language, other_script, placeholder
from bake.catalog.texts import oddities

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
        "a check digit that is wrong, or zeros that are lost": [check_digit(code) for code in codes],
        "an invented code": [invented_code(code) for code in codes],
        "a code that is no product's": [nobodys_code(code) for code in codes],
        "a placeholder": [placeholder(text) for text in texts()],
        "a text decoded wrongly, or that cannot be seen": [list(oddities(text)) for text in texts()],
        "a size that the name contradicts": [size_in_name(row) for row in products],
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
