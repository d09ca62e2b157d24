"""UTF-8 that was read as Windows-1252: mended where somebody says that this is the encoding of the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workbooks import gzipped, xlsx

from bake.catalog.model import Catalog
from bake.catalog.texts import MOJIBAKE
from bake.changeset.header import ReadAs
from bake.errors import InvalidSource, UsageError
from bake.sources.detect import open_source
from bake.sources.texts.mojibake import MojibakeDecoder

TABLE = "title,author_name,price\nCrème “brûlée”,Brontë,5\nÁgua à la “Málaga”,Café,6.5\n"
RECORDS = [
    {"title": "Crème “brûlée”", "author_name": "Brontë", "price": 5},
    {"title": "Água à la “Málaga”", "author_name": "Café", "price": 6.5},
]


def mangled(data: bytes) -> str:
    """What a program shows that takes bytes for Windows-1252; the five that mean nothing there, as browsers do."""
    return "".join(bytes([one]).decode("cp1252", "ignore") or chr(one) for one in data)


@pytest.mark.parametrize(
    "data",
    [
        mangled(TABLE.encode()).encode(),
        mangled(TABLE.encode("utf-8-sig")).encode(),
        mangled(TABLE.encode("utf-8-sig")).encode("utf-8-sig"),
        mangled(TABLE.encode()).replace("\n", "\r").encode(),
        gzipped(mangled(TABLE.encode()).encode()),
        mangled(TABLE.encode()).replace("CafÃ©", "Café").encode(),
        TABLE.encode(),
    ],
    ids=["plain", "a mark that was mangled", "and another one", "returns", "packed", "not all of it", "none of it"],
)
def test_a_whole_file_is_mended(tmp_path: Path, catalog: Catalog, data: bytes) -> None:
    """Whatever its marks, line ends and packing; what is right in it stays, and it is kept how the file was read."""
    (tmp_path / "in.csv").write_bytes(data)
    source = open_source(tmp_path / "in.csv", catalog, "books", ReadAs(encoding=MOJIBAKE))
    assert [record.value for record in source.records(source.sections[0])] == RECORDS
    assert source.read_as == ReadAs(encoding=MOJIBAKE)


def test_parts_end_anywhere() -> None:
    """A byte at a time gives the same text, and a run of characters without an end does not grow in memory."""
    data = mangled(TABLE.encode()).encode()
    decoder = MojibakeDecoder()
    assert "".join(decoder.decode(bytes([one])) for one in data) + decoder.decode(b"", final=True) == TABLE
    long = MojibakeDecoder()
    block = "ж".encode() * 128 * 1024
    text = "".join(long.decode(block) for _ in range(12))
    assert len(text) >= 1024 * 1024
    assert text + long.decode(b"", final=True) == "ж" * 12 * 128 * 1024


def test_what_cannot_be_read_so(tmp_path: Path, catalog: Catalog) -> None:
    """Bytes that are not UTF-8 are refused with their line; a workbook, with what to do instead."""
    (tmp_path / "in.csv").write_bytes(b"title,price\nCaf\xe9,5\n")
    (tmp_path / "in.xlsx").write_bytes(xlsx({"Books": [["title"], ["CafÃ©"]]}))
    with pytest.raises(InvalidSource) as torn:
        open_source(tmp_path / "in.csv", catalog, "books", ReadAs(encoding=MOJIBAKE))
    assert "mean nothing in utf-8-as-windows-1252" in torn.value.message
    assert torn.value.location is not None
    assert torn.value.location.line == 2
    with pytest.raises(UsageError) as workbook:
        open_source(tmp_path / "in.xlsx", catalog, "books", ReadAs(encoding=MOJIBAKE))
    assert workbook.value.hint == "Save the sheet as CSV in UTF-8, and read that."
