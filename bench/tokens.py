"""What an assistant reads and writes for each product that lacks a code: bytes, characters, and tokens.

    python bench/tokens.py [FILE]

FILE is imported into an empty bakery first; without one, it is the demonstration. With the package `bpe-openai`, which
holds its vocabularies, tokens are those of `o200k_base`. Without it they are estimated by what tokenizers have in
common: the pieces into which they cut a text before they look anything up, and of these, long words as several.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bake
from bake import demo_files

#: A word with the blank or mark before it, up to three digits, a run of marks, or a run of blanks.
_PIECE = re.compile(r"[^\r\n\w]?[^\W\d_]+|\d{1,3}| ?[^\s\w]+|_+|\s+")
#: How many letters of a word are one token, about.
_LETTERS = 6
_COLUMNS = ["brand", "product_name", "upc_code"]
_CODE = "071012010103"
_ENCODING = "o200k_base"
_EVIDENCE = {"upc_code": {"url": "https://shop.example/flour", "quote": "UPC 0 71012 01010 3", "confidence": 0.95}}


def tokens(text: str) -> int:
    """How many tokens a text is, about: one for each piece, and of a word one for each six letters that are begun."""
    return sum(-(-len(piece.strip()) // _LETTERS) if piece[-1:].isalpha() else 1 for piece in _PIECE.findall(text))


def counter() -> tuple[str, Callable[[str], int]]:
    """What counts tokens, and what it is called."""
    try:
        encoding = import_module("bpe_openai").get_encoding(_ENCODING)
    except ImportError:
        return "estimated", tokens
    return _ENCODING, lambda text: len(encoding.encode(text))


@dataclass(frozen=True)
class Size:
    """How much a text is for each of some products."""

    what: str
    text: str
    products: int

    def row(self, count: Callable[[str], int]) -> str:
        """It as a row of a table."""
        counts = len(self.text.encode()), len(self.text), count(self.text)
        return f"| {self.what} | " + " | ".join(f"{number / self.products:,.0f}" for number in counts) + " |"


def sizes(project: bake.Project) -> Iterator[Size]:
    """What is read and written, whole and in part."""
    whole = exported(project)
    part = exported(project, columns=_COLUMNS, where="upc_code is null")
    sheet = exported(project, format_="csv", columns=_COLUMNS, where="upc_code is null")
    records, lacking = json.loads(whole)["records"], json.loads(part)["records"]
    filled = [{**record, "upc_code": _CODE} for record in records]
    named = [{name: one[name] for name in ("product_slug", "_base")} | {"upc_code": _CODE} for one in lacking]
    yield Size("reads the whole view, JSON", whole, len(records))
    yield Size("reads three columns of what is lacking, JSON", part, len(lacking))
    yield Size("reads three columns of what is lacking, CSV", sheet, len(lacking))
    yield Size("writes all of it again", compact(filled), len(records))
    yield Size("writes what names it, and the code", compact(named), len(lacking))
    yield Size("the same, with `_evidence`", compact([{**one, "_evidence": _EVIDENCE} for one in named]), len(lacking))


def exported(project: bake.Project, **options: Any) -> str:
    """The view of products, as a file has it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "view"
        bake.export_view(project, "products", output=path, **{"format_": "json", **options})
        return path.read_text(encoding="utf-8")


def compact(records: list[dict[str, Any]]) -> str:
    """Records without blanks between them, as programs write them."""
    return json.dumps(records, ensure_ascii=False, separators=(",", ":"))


def main(source: Path | None, say: Callable[[str], object] = print) -> None:
    """Measure, in an empty bakery into which a file is imported."""
    with TemporaryDirectory() as folder:
        project = bake.Project(f"sqlite:///{folder}/bake.db", "bake.catalog.bakery:BAKERY", folder=folder)
        bake.initialise(project)
        if source is None:
            demo_files.write_files(Path(folder) / "demo")
            source = Path(folder) / "demo" / demo_files.BAKERY
        bake.apply(project, bake.build(project, source), skip_on_error=True)
        how, count = counter()
        say(f"| for each product, an assistant | bytes | characters | tokens, {how} |\n|---|---:|---:|---:|")
        for one in sizes(project):
            say(one.row(count))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
