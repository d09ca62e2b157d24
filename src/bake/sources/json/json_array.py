"""An array of a document that is not held: where its items stand, and reading them again.

There are two ways to read. The fast one decodes a block of records at once, but keeps the last of two equal names in
silence, and says little of what is wrong. So its result counts only where it is proven that nothing was lost; wherever
that fails, and wherever something is wrong, the block is read the precise way, which decides.

To know where records stand, flat ones that are written in lines of their own need only be counted.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from bake.catalog.values import Json
from bake.sources.json.json_faults import MAX_DEPTH, Fault
from bake.sources.json.json_reader import Cursor
from bake.sources.texts.text import SourceText

#: How many different numbers are remembered, so that a price that stands in a thousand records is made once.
_NUMBERS = 10_000
#: How many record borders of a block are tried, from its end, before it is read the precise way.
_BORDERS = 4
_BORDER = re.compile(rb"\}[ \t\n\r]*,[ \t\n\r]*(?=\{)")
_SPACES = b" \t\n\r"
#: With how many blanks a record begins, at most, that is looked for by them.
_INDENTED = 1024


class Miscounted(Exception):
    """What stands in a block are not the records that were counted there, as it is no JSON."""


class _Passed(msgspec.Struct):
    """An object of which nothing is kept; the decoder checks its grammar all the same."""


class _Numbers(dict[str, Decimal]):
    """Numbers by their text."""

    def __missing__(self, text: str) -> Decimal:
        if len(self) == _NUMBERS:
            self.clear()
        self[text] = number = Decimal(text)
        return number


_PASS = msgspec.json.Decoder(list[_Passed])
#: Makes a number of its text.
number = _Numbers().__getitem__
_READ = msgspec.json.Decoder(list[dict[str, Any]], float_hook=number)
_CUT = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass
class Items:
    """Where the items of an array stand, a block at a time: a few bytes for each, however many items it has.

    Attributes:
        starts: the offset of each block's first item.
        ends: the offset behind each block's last item.
        firsts: the number of each block's first item.
        count: how many items there are.
        objects: whether all of them are objects.
    """

    starts: array[int] = field(default_factory=lambda: array("Q"), repr=False)
    ends: array[int] = field(default_factory=lambda: array("Q"), repr=False)
    firsts: array[int] = field(default_factory=lambda: array("Q"), repr=False)
    count: int = 0
    objects: bool = True

    def add(self, start: int, end: int, count: int) -> None:
        """Add a block behind the others."""
        self.starts.append(start)
        self.ends.append(end)
        self.firsts.append(self.count)
        self.count += count

    def size(self, block: int) -> int:
        """How many items a block has."""
        following = self.firsts[block + 1] if block + 1 < len(self.firsts) else self.count
        return following - self.firsts[block]

    def block_of(self, index: int) -> int:
        """The block in which an item stands."""
        return bisect_right(self.firsts, index) - 1


def index_array(source: SourceText, cursor: Cursor, items: Items, *, precisely: bool = False) -> None:
    """Pass over the array at the cursor, and note where its items stand.

    Args:
        source: the text.
        cursor: a place in it.
        items: takes what is found.
        precisely: read each of them for it.

    Raises:
        Fault: it is not JSON; or, if its records had to be read for that, what reading them would raise.
    """
    path = cursor.path
    cursor.expect("[")
    begin = cursor.offset
    more = cursor.peek() != "]"
    border = b"},%b{" % source.read(begin, min(cursor.offset - begin, _INDENTED))
    while more:
        passed = None if precisely else _pass(source, cursor.offset, border)
        if passed:
            count, end, following = passed
            items.add(cursor.offset, end, count)
            cursor.jump(following)
        else:
            more = _walk(cursor, items, path, source.block)
    cursor.path = path
    cursor.expect("]", ",")


def _pass(source: SourceText, at: int, border: bytes) -> tuple[int, int, int] | None:
    """Pass over most of a block: how many records it has, where they end, and where the next one begins.

    A cut in the wrong place leaves something that cannot be decoded, so that what can be was cut between records.
    """
    data = source.read(at, source.block)
    if (end := data.rfind(border) + 1) and (counted := _counted(data, border, end)):
        return counted, at + end, at + end + len(border) - 2
    for end, following in _cuts(data, border):
        try:
            return len(_PASS.decode(listed(data, end))), at + end, at + following
        except (msgspec.MsgspecError, RecursionError):
            continue
    return None


def _counted(data: bytes, border: bytes, end: int) -> int | None:
    """How many records stand before a border that is one of them or nothing; None if that cannot be counted.

    No text holds a line feed as such (RFC 8259, section 7), so that a border with one stands between objects of a list.
    Where there is no other list, and no other brace opens, all of them are records. Whatever is no JSON is found when
    the records are read.
    """
    count = data.count(border, 0, end) + 1
    flat = b"\n" in border and data.count(b"{", 0, end) == count and data.find(b"[", 0, end) < 0
    return count if flat else None


def listed(data: bytes, end: int | None = None) -> bytes:
    """The records of a block, up to an offset, as a list."""
    return b"".join((b"[", memoryview(data)[:end], b"]"))


def _cuts(data: bytes, border: bytes) -> Iterator[tuple[int, int]]:
    """Where the last record may end and the next begin: as after the array's bracket, else as anywhere."""
    alike = data.rfind(border)
    if alike > 0:
        yield alike + 1, alike + len(border) - 1
    end, tries = len(data), 0
    while tries < _BORDERS and (end := data.rfind(b"}", 0, end)) > 0:
        if end != alike and (found := _BORDER.match(data, end)):
            tries += 1
            yield end + 1, found.end()


def _walk(cursor: Cursor, items: Items, path: tuple[str | int, ...], block: int) -> bool:
    """Read about a block of items the precise way; whether there are more."""
    start, count, more = cursor.offset, 0, True
    while more and cursor.offset - start < block:
        cursor.path = (*path, items.count + count)
        items.objects &= isinstance(cursor.value(), dict)
        end, count, more = cursor.offset, count + 1, cursor.take(",")
        cursor.peek()
    items.add(start, end, count)
    return more


def read_items(source: SourceText, items: Items, block: int) -> Iterator[Json]:
    """The items of a block.

    Raises:
        Fault: one of them repeats a name within an object, holds a number that is none, or nests too deep; its
            `path` is the number of that item.
        Miscounted: it is no JSON.
    """
    start = items.starts[block]
    records = decoded(source.read(start, items.ends[block] - start))
    if records is None or len(records) != items.size(block):
        return _read_precisely(Cursor(source, start), items, block)
    return iter(records)


def _read_precisely(cursor: Cursor, items: Items, block: int) -> Iterator[Json]:
    first = items.firsts[block]
    for index in range(first, first + items.size(block)):
        if index > first and not cursor.take(","):
            raise Miscounted
        cursor.peek()
        try:
            yield cursor.value()
        except Fault as fault:
            fault.path = (index,)
            raise
    if cursor.offset != items.ends[block]:
        raise Miscounted


def item_offsets(source: SourceText, items: Items, block: int) -> array[int]:
    """The offset of each item of a block."""
    start = items.starts[block]
    data = source.read(start, items.ends[block] - start)
    try:
        texts = _CUT.decode(listed(data))
    except (msgspec.MsgspecError, RecursionError):
        return _walked_offsets(Cursor(source, start), items.size(block))
    offsets, end = array("Q"), 0
    for text in texts:
        while data[end] in b", \t\n\r":
            end += 1
        offsets.append(start + end)
        end += len(text)
    return offsets


def _walked_offsets(cursor: Cursor, count: int) -> array[int]:
    offsets = array("Q")
    for _ in range(count):
        offsets.append(cursor.offset)
        cursor.value()
        cursor.take(",")
        cursor.peek()
    return offsets


def decoded(data: bytes) -> list[dict[str, Json]] | None:
    """The records of a block; None if they have to be read the precise way."""
    try:
        records = _READ.decode(listed(data))
        return records if _is_whole(data, records) else None
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return None


def _is_whole(data: bytes, records: list[dict[str, Json]]) -> bool:
    """Whether the records have every name that stands in their text, and do not nest too deep.

    Each name is followed by a colon, so there are at most as many names as colons; of two equal names in one object
    the decoder keeps one. So where there are as many names in the records as colons in the text, no name was lost.
    Where texts hold colons, too, only those are counted that may follow a name: see `written`.

    Raises:
        ValueError: they nest too deep.
    """
    names, colons = sum(map(len, records)), data.count(b":")
    if b"[" in data or (names != colons and data.count(b"{") != len(records)):
        names = sum(_names(record, MAX_DEPTH) for record in records)
    return names == colons or names == written(data)


def _names(value: Json, room: int) -> int:
    """How many names stand in a value; `room` is how deep it may nest."""
    if not isinstance(value, dict | list):
        return 0
    if not room:
        raise ValueError("it nests too deep")
    inner = value.values() if isinstance(value, dict) else value
    names = len(value) if isinstance(value, dict) else 0
    return names + sum(_names(one, room - 1) for one in inner if type(one) in (dict, list))


def written(data: bytes) -> int:
    r"""At least as many as there are names in the text of a block, and exactly as many unless texts imitate names.

    Without white space every name ends with `":`. Within a text that can stand only as `\":`, which is not counted. But
    a name may end with a backslash itself, which is written as two: then -1, since nothing is known.
    """
    close = data.translate(None, _SPACES)
    if b"\\" not in close:
        return close.count(b'":')
    return -1 if b'\\\\":' in close else close.count(b'":') - close.count(b'\\":')
