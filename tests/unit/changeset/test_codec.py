"""Lines to bytes and back. The laws are in tests/laws."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from bake.changeset.codec import OPERATION, decode, encode, encoded, numbered
from bake.changeset.model import Create, Skip, Update


def test_an_operation_is_recognised_before_it_is_parsed() -> None:
    """Its line begins with the same bytes whatever it does, so that a reader can stream only these."""
    skip = Skip(n=3, entity="products", reason="unchanged", from_=("1-6",))
    assert encode(skip) == (
        b'{"type":"operation","action":"skip","entity":"products","reason":"unchanged","from":["1-6"],"n":3}\n'
    )
    assert encode(skip).startswith(OPERATION)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("3.99"), b"3.99"),
        (Decimal(5), b"5"),
        (Decimal("1E-7"), b"1E-7"),
        (Decimal("12345678901234567890.1234567890"), b"12345678901234567890.1234567890"),
        (10**30, b"1" + b"0" * 30),
        ("Wilson\u2019s \u00fc\U0001f35e", '"Wilson\u2019s \u00fc\U0001f35e"'.encode()),
        ('a"\\/\n\x1f', b'"a\\"\\\\/\\n\\u001f"'),
        (None, b"null"),
        (False, b"false"),
    ],
)
def test_values_are_canonical(value: object, written: bytes) -> None:
    """Exact decimals are numbers, text is UTF-8 with the least escapes, and null is written where it is a value."""
    create = Create(n=1, entity="e", key={"a": 1}, values={"v": value})
    assert b'"values":{"v":' + written + b"}" in encode(create)
    again = decode(encode(create))
    assert again == create


def test_numbers_never_become_doubles() -> None:
    """A fraction is read as the decimal that stands there."""
    raw = b'{"type":"operation","action":"create","n":1,"entity":"e","key":{"a":0.10},"values":{"b":1e2}}'
    line = decode(raw)
    assert isinstance(line, Create)
    assert str(line.key["a"]) == "0.10"
    assert type(line.values["b"]) is Decimal


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="torn"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"type":"merge"}', id="another line"),
        pytest.param(b'{"type":"operation","action":"merge","n":1,"entity":"e"}', id="another action"),
        pytest.param(b'{"type":"operation","action":"skip","n":"1","entity":"e","reason":"r"}', id="another type"),
        pytest.param(b'{"type":"operation","action":"skip","n":1,"entity":"e"}', id="a field is lacking"),
        pytest.param(b'{"type":"operation","action":"skip","n":1,"entity":"\xff","reason":"r"}', id="no UTF-8"),
        pytest.param(
            b'{"type":"operation","action":"create","n":1,"entity":"e","key":{},"values":{"a":1e' + b"9" * 30 + b"}}",
            id="an exponent that no decimal has",
        ),
        pytest.param(
            b'{"type":"operation","action":"create","n":1,"entity":"e","key":{},"values":' + b'{"a":' * 100_000,
            id="nesting",
        ),
    ],
)
def test_what_is_no_line_is_one_kind_of_error(raw: bytes) -> None:
    """Whatever is wrong with the bytes, readers have one error to catch."""
    with pytest.raises(msgspec.DecodeError):
        decode(raw)


def test_key_order_is_kept() -> None:
    """The parts of keys and values stand in the order in which they were given."""
    update = Update(n=1, entity="e", key={"b": 1, "a": 2}, patch=())
    line = decode(encode(update))
    assert isinstance(line, Update)
    assert list(line.key) == ["b", "a"]


def test_a_reader_takes_the_fields_in_any_order() -> None:
    """Where a field stands is for people who read the line; it says nothing."""
    raw = b'{"type":"operation","action":"skip","n":3,"from":["1-6"],"reason":"unchanged","entity":"products"}'
    assert decode(raw) == Skip(n=3, entity="products", reason="unchanged", from_=("1-6",))


def test_lines_are_numbered_after_they_were_encoded() -> None:
    """Lines that were made without knowing their numbers are the same as those that had them, whatever is in them."""
    values = {"n": 1, "s": ',"n":1}\n'}
    operations = [Create(n=n, entity="e", key={"n": n}, values=values) for n in (1, 2, 30)]
    again = [Create(n=n, entity="e", key={"n": one.key["n"]}, values=values) for n, one in enumerate(operations, 9)]
    assert numbered(map(encoded, operations), 9) == b"".join(map(encode, again))
