"""Laws of reading: what was written is what is read, in order, and every record is found on its line."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st
from support.examples import examples

from bake.catalog.declaring import entity
from bake.catalog.model import Catalog
from bake.errors import InvalidSource
from bake.sources.detect import recognise
from bake.sources.json import json_array
from bake.sources.json.json_document import read_json
from bake.sources.texts.text import BLOCK, text_of

METADATA = sa.MetaData()
NOTES = sa.Table("notes", METADATA, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(20)))
CATALOG = Catalog("notebook", METADATA, {"notes": entity(NOTES)})

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
RECORDS = st.lists(st.dictionaries(st.text(), VALUES), max_size=8)
NAMES = st.text().filter(lambda name: name not in {"export_type", "view_name", "entity_type", "view_type"})
SPACES = st.text(" \t\r\n", max_size=3)


BLOCKS = st.integers(1, 64) | st.just(BLOCK)


@given(
    sections=st.dictionaries(NAMES, RECORDS, max_size=3),
    notes=RECORDS,
    space=SPACES,
    ascii_only=st.booleans(),
    block=BLOCKS,
)
def test_reading_undoes_writing(
    sections: dict[str, list[dict[str, Any]]], notes: list[dict[str, Any]], space: str, ascii_only: bool, block: int
) -> None:
    """Any records in any sections come back equal, in order and numbered, each located where its text begins."""
    written = sections | {"notes": notes}
    text = json.dumps(written, ensure_ascii=ascii_only, separators=(f"{space},{space}", f"{space}:{space}"))
    source = recognise(text_of(Path("in.json"), text.encode(), block), CATALOG)
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


def spaced(*tokens: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Tokens with white space around them, or none."""
    space = st.sampled_from(["", "", "", " ", "\n", "\r\n  ", "\t"])
    parts = [part for token in tokens for part in (st.just(token) if isinstance(token, str) else token, space)]
    return st.tuples(space, *parts).map("".join)


def listed(open_: str, items: st.SearchStrategy[str], close: str) -> st.SearchStrategy[str]:
    """Items with commas between them, in brackets."""
    return spaced(open_, st.lists(items, max_size=4).map(",".join), close)


PIECES = [
    "a",
    "b",
    ":",
    " ",
    "{",
    "}",
    ",",
    "[",
    "}, {",
    "é",
    "😀",
    "\\u00e9",
    '\\"',
    "\\\\",
    '\\": ',
    "\\ud83d",
    "\\ude00",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=4).map(lambda pieces: f'"{"".join(pieces)}"')
TITLES = st.sampled_from(['"a"', '"b"', '"\\u0061"', '"é"', '"\\\\"', '"a:"', '"b\\""'])
NUMBERS = st.sampled_from(["0", "-0", "1.50", "1e5", "-0.0", "12345678901234567890123", "1e999"])
FLAWS = st.sampled_from(["NaN", "-Infinity", "1e99999999999999999999", "9" * 4301, "[" * 101 + "]" * 101, "01", "tru"])
WRITTEN = st.recursive(
    st.sampled_from(["true", "false", "null"]) | NUMBERS | TEXTS,
    lambda inner: listed("[", inner, "]") | listed("{", spaced(TITLES, ":", inner), "}"),
    max_leaves=6,
)
ITEMS = listed("{", spaced(TITLES, ":", WRITTEN), "}")
FLAT = st.lists(st.tuples(TITLES, NUMBERS | TEXTS).map(":".join), max_size=2).map(
    lambda pairs: f"{{{','.join(pairs)}}}"
)
LISTS = (
    listed("[", ITEMS | ITEMS | ITEMS | WRITTEN | FLAWS, "]")
    | st.lists(ITEMS, max_size=12).map(lambda items: f"[{','.join(items)}]")
    | st.lists(FLAT | FLAT | FLAT | ITEMS.map(str.strip), max_size=12).map(
        lambda items: "[\n" + ",\n".join(items) + "\n]"
    )
)
DOCUMENTS = listed("{", spaced(st.sampled_from(['"x"', '"y"', '"\\u0078"']), ":", LISTS | WRITTEN), "}")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A document, mostly whole; sometimes cut off, or with bytes changed."""
    data = bytearray(draw(DOCUMENTS), "utf-8")
    if draw(st.integers(0, 3)) == 0:
        del data[draw(st.integers(0, len(data))) :]
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 2))] = draw(
            st.sampled_from([b"", b'"', b"\\", b"}", b"{", b",", b"\xc3", b"1", b":", b"},\n{", b"}\n{"])
        )
    return bytes(data)


def said(data: bytes, block: int) -> object:
    """All that reading says of a document: each value and where it stands; or what is wrong, and where."""
    try:
        document = read_json(text_of(Path("in.json"), data, block))
        values = {name: document.value(name) for name in document.members}
    except InvalidSource as error:
        return error.message, error.location, error.hint
    places = [
        (document.item(name, index), *(document.item(name, index, step) for step in (steps(value))))
        for name, member in document.members.items()
        for index, value in enumerate(values[name] if member.items else ())
    ]
    return repr(values), [document.member(name) for name in document.members], places


def steps(value: object) -> list[str | int]:
    """The steps into a value."""
    return list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []


@examples(150)
@given(data=damaged(), block=st.integers(1, 64))
@example(data=b'{"x": [{"a": 1}, {"a": 2, "a": 2}]}', block=BLOCK)
@example(data=b'{"x": [{"a": ": ", "b\\\\":1, "b\\\\":1}]}', block=BLOCK)
@example(data=b" " * 300 + b'{"x": [[5], 7], "y": [{"a": "' + b"b" * 300 + b'"}, {"c": -1.5}]}', block=64)
@example(data=b'{"x": -0.5, "y": [1e+7, 12.5e-3, 1e5]}', block=1)
@example(data=b'{"x": [{"a" :1, "b":":", "a" :1}]}', block=BLOCK)
@example(data=b'{"x": [{"a":":", "a" :1}]}', block=BLOCK)
@example(data=b'{"x": [{"a" :":", "a" :1}]}', block=BLOCK)
@example(data=b'{"x": [{"a": "\\": "}, {"b": {"c": 1}}]}', block=BLOCK)
@example(data=b'{"x": [\n{"a":1},\n{"a":2},\n{"a":"},\n{"},\n{"a":3}]}', block=BLOCK)
@example(data=b'{"x": [\n{"a":1}1},\n{"a":2},\n{"a":3}]}', block=BLOCK)
@example(data=b'{"x": [\n{"a":1}]},\n{"a":2},\n{"a":3}]}', block=BLOCK)
@example(data=b'{"x": [\n{"a":1},\n{"a":2}},\n{"a":3},\n{"a":4}]}', block=16)
@example(data=b'{"x": [\n{"a":1},\n{"a":2}x,\n{"a":3},\n{"a":4}]}', block=BLOCK)
@example(data=b'{"x": [\n{"a":1},\n{"a":2}\n"{",\n{"a":3},\n{"a":4}]}', block=BLOCK)
def test_fast_and_precise_reading_agree(data: bytes, block: int) -> None:
    """Blocks of any size, decoded at once or value by value, give the same values, places and faults, for any bytes."""
    fast, usual = said(data, block), said(data, BLOCK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_array, "_pass", lambda *_: None)
        patch.setattr(json_array, "decoded", lambda _: None)
        precise = said(data, BLOCK)
    assert usual == precise
    assert fast == precise


#: Columns of which records have all or most; values in which names might be looked for.
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "a": st.integers(0, 9),
    "b c": st.sampled_from(["", ":", '":', '\\":', "[", "{", "x"]),
    "c": st.none() | st.just(0.5),
    'd"': st.booleans(),
}
ALIKE = st.lists(
    st.fixed_dictionaries(COLUMNS)
    | st.fixed_dictionaries({"a": COLUMNS["a"], "b c": COLUMNS["b c"]}, optional={"c": COLUMNS["c"], "e": VALUES}),
    max_size=12,
)


@given(records=ALIKE, nine=st.booleans(), block=st.integers(1, 200), size=st.integers(1, 5) | st.just(1000))
def test_tables_hold_the_same_records(records: list[dict[str, Any]], nine: bool, block: int, size: int) -> None:
    """Records read as tables, in blocks and batches of any size, are those that are read one by one, in order."""
    records = [{name: value for name, value in record.items() if nine or name != 'd"'} for record in records]
    source = recognise(text_of(Path("in.json"), json.dumps({"notes": records}).encode(), block), CATALOG)
    (section,) = source.sections
    expected, number = [repr(sorted(record.value.items())) for record in source.records(section)], 0
    read: list[str] = []
    for batch in source.batches(section, size):
        there = [zip(names, row, strict=True) for names, rows in batch.tables() for row in rows]
        assert (batch.first, batch.size) == (number, len(there))
        assert 0 < batch.size <= size
        read += [repr(sorted(record)) for record in there]
        number += batch.size
    assert read == expected


@pytest.mark.parametrize(
    "second",
    ['{"a": 1, "b": 2, "a": 3}', '{"a": 1, "z": 3}', '{"a": 1}', '{"a": 1, "b": [2]}', '{"b": ":", "a": 1}'],
)
def test_a_block_is_no_table_of_what_was_before(second: str) -> None:
    """A name that stands twice is found, and one that is new or lacking read, also after blocks of other records."""
    first = ", ".join(['{"a": 1, "b": 2}'] * 9)
    text = f'{{"notes": [{first}, {second}, {first}]}}'
    source = recognise(text_of(Path("in.json"), text.encode(), 90), CATALOG)
    (section,) = source.sections
    if second.count('"a"') > 1:
        with pytest.raises(InvalidSource, match="twice"):
            [list(batch.tables()) for batch in source.batches(section, 2)]
        return
    tables = [table for batch in source.batches(section, 2) for table in batch.tables()]
    records = [dict(zip(names, row, strict=True)) for names, rows in tables for row in rows]
    assert records == json.loads(text)["notes"]
