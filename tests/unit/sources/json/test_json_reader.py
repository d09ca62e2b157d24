"""JSON is read exactly, and what is wrong with it is found where it stands."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from bake.errors import InvalidSource
from bake.sources.json.json_document import JsonDocument, read_json
from bake.sources.model import Section
from bake.sources.texts.text import text_of


def document(text: str) -> JsonDocument:
    """The text, read as the file `in.json`."""
    return read_json(text_of(Path("in.json"), text.encode()))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("6.9900", Decimal("6.9900")),
        ("0.1", Decimal("0.1")),
        ("1e999", Decimal("1e999")),
        ("-0.0", Decimal("-0.0")),
        ("9007199254740993", 9007199254740993),
        ("0", 0),
        ("true", True),
        ("null", None),
        ('"6.99"', "6.99"),
    ],
)
def test_values_are_exact(written: str, value: object) -> None:
    """No number passes through a double: its digits, its trailing zeros and its type are those of the text."""
    found = document(f'{{"a": {written}}}').value("a")
    assert (type(found), str(found)) == (type(value), str(value))


def test_items_stand_where_they_are_written() -> None:
    """Every item of an array, and every part of it, has the line and column at which it begins."""
    text = '{\r\n "a": [\r\n  {"x": [1,\n {"y": 2}]} , 5,\n\t[ ]\n]}\n'
    read = document(text)
    places = [str(read.item("a", index)) for index in range(3)]
    assert places == ["in.json:3:3 (/a/0)", "in.json:4:15 (/a/1)", "in.json:5:2 (/a/2)"]
    assert str(read.item("a", 0, "x", 1, "y")) == "in.json:4:3 (/a/0/x/1/y)"
    assert str(read.member("a")) == "in.json:2:2 (/a)"


def test_a_way_that_leads_nowhere_ends_at_the_last_part_there_is() -> None:
    """A field that a record lacks is located at the record."""
    read = document('{"a": [\n {"x": 1}]}')
    assert str(read.item("a", 0, "z")) == "in.json:2:2 (/a/0/z)"
    assert read.item("a", 0, "x", "z").column == 3
    assert read.item("a", 0, 7).column == 2


@pytest.mark.parametrize(
    ("text", "where", "message", "hint"),
    [
        pytest.param("hello", "in.json:1:1", "not JSON", "Correct", id="not JSON"),
        pytest.param('{"a": [1, 2', "in.json:1:12", "ends in the middle", "cut off", id="cut after a value"),
        pytest.param('{"a": [{"b": "c', "in.json:1:14 (/a/0)", "ends in the middle", "cut off", id="cut in a text"),
        pytest.param('{"a": [{"b": tr', "in.json:1:14 (/a/0)", "ends in the middle", "cut off", id="cut in a word"),
        pytest.param('{"a"', "in.json:1:5", "ends in the middle", "cut off", id="cut after a name"),
        pytest.param("[1]", "in.json:1:1", "a list of 1 item; expected an object", "Give the list a name", id="list"),
        pytest.param("\n []", "in.json:2:2", "an empty list; expected an object", "Give the list", id="empty list"),
        pytest.param("3", "in.json:1:1", "the document is a number", "Begin like this", id="a number"),
        pytest.param("{} {}", "in.json:1:4", "something follows", "nothing else", id="two documents"),
        pytest.param('{"a": 1\n "b": 2}', "in.json:2:2", "expected ',' or '}'", "Correct", id="no comma"),
        pytest.param('{"a": [1 2]}', "in.json:1:10", "expected ',' or ']'", "Correct", id="no comma in a list"),
        pytest.param('{"a": [{},\n]}', "in.json:2:1 (/a/1)", "not JSON", "Remove the comma", id="comma in a list"),
        pytest.param('{"a": [{"b": 1,}]}', "(/a/0)", "not JSON", "Remove the comma", id="comma in a record"),
        pytest.param('{"a": 1,}', "in.json:1:9", "expected a name", "Remove the comma", id="comma in the document"),
        pytest.param("{'a': 1}", "in.json:1:2", "expected a name", "straight double quotes", id="single quotes"),
        pytest.param('{"a": [{“b”: 1}]}', "in.json:1:9 (/a/0)", "not JSON", "straight", id="curly quotes"),
        pytest.param('{"a": None}', "in.json:1:7 (/a)", "not JSON", "JSON writes null", id="Python"),
        pytest.param('{\n// no\n"a": 1}', "in.json:2:1", "expected a name", "no comments", id="comment"),
        pytest.param('```json\n{"a": 1}\n```', "in.json:1:1", "not JSON", "Remove the lines of ```", id="fenced"),
        pytest.param('{"a": ["x\ny"]}', "in.json:1:10 (/a/0)", "control character", "Correct", id="line end in a text"),
        pytest.param('{"a": 1,\n"a": 2}', "in.json:2:1 (/a)", "stands twice", "Keep one", id="twice in the document"),
        pytest.param('{"a": [{},\n{"b": 1,\n "b": 2}]}', "in.json:3:2 (/a/1)", "stands twice", "Keep", id="twice"),
        pytest.param('{"a": {"b": {"c": 1, "\\u0063": 1}}}', "in.json:1:22 (/a)", "twice", "Keep", id="twice, escaped"),
        pytest.param('{"a": [{"b": "NaN", "c": NaN}]}', "in.json:1:26 (/a/0)", "NaN is not", "null", id="NaN"),
        pytest.param('{"a": -Infinity}', "in.json:1:7 (/a)", "-Infinity is not", "null", id="infinity"),
        pytest.param('{"a": [1, ' + "9" * 5000 + "]}", "in.json:1:11 (/a/1)", "too long", "text", id="5,000 digits"),
        pytest.param('{"a": 1e9999999999999999999999}', "in.json:1:7 (/a)", "too large", "text", id="huge exponent"),
        pytest.param('{"a": ' + "[" * 100_000, "in.json:1:108 (/a/0)", "nested more than 100", "", id="abyss"),
        pytest.param('{"a": ' + '{"b":' * 101 + "0" + "}" * 102, "(/a)", "nested more than 100", "", id="101 deep"),
    ],
)
def test_what_is_wrong_is_located(text: str, where: str, message: str, hint: str) -> None:
    """A fault is reported with line, column, what stands there and what to do."""
    with pytest.raises(InvalidSource) as caught:
        document(text)
    assert where in str(caught.value.location)
    assert message in caught.value.message
    assert hint in str(caught.value.hint)


def test_many_brackets_are_not_depth() -> None:
    """A wide record, and one whose text is full of brackets, is read; 100 deep is read too."""
    wide = [{"b": [[]] * 300, "c": "[" * 300}]
    deep: object = 0
    for _ in range(100):
        deep = {"b": deep}
    read = document(json.dumps({"a": wide, "d": deep}))
    assert (read.value("a"), read.value("d")) == (wide, deep)


def test_megabytes_of_text_are_one_value_and_no_message() -> None:
    """A huge text is read; as a repeated name, it does not end up in the message."""
    huge = "x" * 8_000_000
    assert document(f'{{"a": ["{huge}"]}}').value("a") == [huge]
    with pytest.raises(InvalidSource) as caught:
        document(f'{{"{huge}": 1, "{huge}": 2}}')
    assert len(str(caught.value)) < 300


def test_names_are_shared_between_records() -> None:
    """A column name is held once, however many records there are."""
    first, second = document('{"a": [{"title": 1}, {"title": 2}]}').value("a")
    assert next(iter(first)) is next(iter(second))


def test_columns_keep_the_order_that_each_record_has() -> None:
    """Also where many records have the same columns, and are read as a table, and later ones have them otherwise."""
    records = [{"title": n, "note": "x" * 40} for n in range(4000)] + [{"note": "y", "title": n} for n in range(3000)]
    source = document(json.dumps({"a": records}))
    section = Section("a", len(records), 0, None, "/a")
    tables = [table for batch in source.batches(section, 1000) for table in batch.tables()]
    assert {table.names for table in tables} == {("title", "note"), ("note", "title")}
    assert [dict(zip(t.names, row, strict=True)) for t in tables for row in t.rows] == records
    assert [t.names for t in tables for _ in t.rows] == [tuple(record) for record in records]
