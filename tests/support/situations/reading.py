"""Files of each kind, packed, encoded and spelled as they come: `import`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from support.kitchen import Kitchen, uid
from support.situations.watching import Outcome, Situation, Watch
from support.workbooks import gzipped, ods, xlsx, xlsx_by_hand, zipped

_OPENED = {"notes": "opened"}


def _read(
    name: str, content: bytes | str, *options: str, view: str = "products", edited: Mapping[str, Any] = _OPENED
) -> Situation:
    """Import a file, which edits fields of the product `king`."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        before, watch = kitchen.contents(), Watch(kitchen)
        products = before["products"]
        meant = {**before, "products": {**products, uid(21): {**products[uid(21)], **edited}}}
        file = kitchen.shell.write(name, content)
        said = kitchen.shell.bake("import", file, "--view", view, *options, "--format", "json")
        return watch.outcome(said, {"what was edited": lambda: meant})

    return situation


def _says(view: str = "products", *options: str, **values: Any) -> Situation:
    """Import a record of the product `king`, or of another view, with these texts."""
    record = {"product_slug": "king", **values} if view == "products" else values
    written = {name: value.strip() for name, value in values.items()}
    return _read("texts.json", json.dumps({"records": [record]}), *options, view=view, edited=written)


def _hidden(name: str, content: str) -> Situation:
    """The same of a field that the catalog marks as sensitive; what is written there stands in no changeset."""
    read = _read(name, content, edited={"notes": "opened-0815"})

    def situation(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        kitchen.shell.write("bake.toml", 'catalog = "support.situations.declared:HIDING"')
        assert kitchen.shell.bake("init").status == 0
        outcome = read(kitchen, twin)
        assert not any("opened-0815" in path.read_text() for path in kitchen.shell.changesets)
        return outcome

    return situation


_SHEET = "product_slug,notes\nking,opened\n"
_ROWS = (("product_slug", "notes"), ("king", "opened"))
_LINE = '{"product_slug": "king", "notes": "opened"}\n'
_FORMULA = (
    '<row><c t="inlineStr"><is><t>product_slug</t></is></c><c t="inlineStr"><is><t>notes</t></is></c></row>'
    '<row><c t="inlineStr"><is><t>king</t></is></c><c><f>A1&amp;A2</f></c></row>'
)
_TITLED = f"What is open,\n,\n{_SHEET}"
_PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"

KINDS: dict[str, Situation] = {
    "it is a workbook (.xlsx)": _read("prices.xlsx", xlsx({"Prices": _ROWS})),
    "it is an OpenDocument spreadsheet (.ods)": _read("prices.ods", ods({"Prices": _ROWS})),
    "it is a workbook, and a formula stands there without its result": _read("prices.xlsx", xlsx_by_hand(_FORMULA)),
    "it is a sheet in UTF-16": _read("prices.csv", _SHEET.encode("utf-16")),
    "it is a sheet in Windows-1252": _read(
        "prices.csv", _SHEET.replace("opened", "crème").encode("cp1252"), edited={"notes": "crème"}
    ),
    "it is JSON Lines": _read("prices.jsonl", _LINE),
    "it is a gzip": _read("prices.csv.gz", gzipped(_SHEET.encode())),
    "it is a ZIP of one file": _read("prices.zip", zipped({"prices.csv": _SHEET})),
    "it is a ZIP of two files": _read("prices.zip", zipped({"prices.csv": _SHEET, "more.csv": _SHEET})),
    "a title stands above the header of its sheet": _read("prices.csv", _TITLED),
    "a title stands above the header of its sheet, and --header says where that is": _read(
        "prices.csv", _TITLED, "--header", "3"
    ),
    "it edits a field that is sensitive": _hidden("prices.csv", _SHEET.replace("opened", "opened-0815")),
    "it is no text, such as a picture": _read("prices.csv", _PICTURE),
}

#: Texts that are warned of, and what is taken for what they say.
_ODD: dict[str, dict[str, str]] = {
    "a text has a character that cannot be seen": {"notes": "ope\u200bned"},
    "a word has letters of two scripts": {"notes": "\N{CYRILLIC SMALL LETTER O}pened"},
    "a text is UTF-8 that was read as Windows-1252": {"notes": "crÃ¨me"},
}
TEXTS: dict[str, Situation] = {
    "blanks stand around a text": _says(notes=" opened\u00a0"),
    "a text is that of the row, but for blanks": _says(brand="King\u00a0 Arthur "),
    **{
        f"{odd}{how}": _says("products", *options, **values)
        for odd, values in _ODD.items()
        for how, options in {"": (), ", with --strict": ("--strict",)}.items()
    },
    "a name is that of a row, but for what cannot be seen": _says(
        "suppliers", supplier_name="Cost\u00adco", city="Waltham", state="MA"
    ),
}
