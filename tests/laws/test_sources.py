"""Laws of reading: what was written is what is read, in order, and every record is found on its line."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.model import Catalog
from bake.catalog.reflect import entity
from bake.sources.detect import recognise
from bake.sources.text import text_of

METADATA = sa.MetaData()
NOTES = sa.Table("notes", METADATA, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(20)))
CATALOG = Catalog("notebook", METADATA, {"notes": entity(NOTES)})

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
RECORDS = st.lists(st.dictionaries(st.text(), VALUES), max_size=8)
NAMES = st.text().filter(lambda name: name not in {"export_type", "view_name", "entity_type", "view_type"})
SPACES = st.text(" \t\r\n", max_size=3)


@given(sections=st.dictionaries(NAMES, RECORDS, max_size=3), notes=RECORDS, space=SPACES, ascii_only=st.booleans())
def test_reading_undoes_writing(
    sections: dict[str, list[dict[str, Any]]], notes: list[dict[str, Any]], space: str, ascii_only: bool
) -> None:
    """Any records in any sections come back equal, in order and numbered, each located where its text begins."""
    written = sections | {"notes": notes}
    text = json.dumps(written, ensure_ascii=ascii_only, separators=(f"{space},{space}", f"{space}:{space}"))
    source = recognise(text_of(Path("in.json"), text.encode()), CATALOG)
    records = [record for section in source.sections for record in source.records(section)]
    assert [record.value for record in records] == [row for rows in written.values() for row in rows]
    assert [record.number for record in records] == list(range(source.size))
    lines = text.split("\n")
    for record in records:
        place = source.locate(record.number)
        assert place.line is not None
        assert place.column is not None
        rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == record.value


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_keep_every_digit(number: Decimal) -> None:
    """A number is read with the digits and the exponent with which it was written."""
    written = str(number) if "E" in str(number) or "." in str(number) else f"{number}.0"
    source = recognise(text_of(Path("in.json"), f'{{"notes": [{{"n": {written}}}]}}'.encode()), CATALOG)
    (record,) = source.records(source.sections[0])
    assert record.value["n"].as_tuple() == Decimal(written).as_tuple()
