"""A JSON object as a source: its members by name, with what every form of source needs from them."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice

from bake.catalog.values import Json
from bake.errors import InvalidSource, Location, Problem
from bake.sources.json.json_array import Items, Miscounted, index_array, item_offsets, read_items
from bake.sources.json.json_faults import Fault, described, some_items
from bake.sources.json.json_reader import Cursor
from bake.sources.json.json_table import Tables, cuts
from bake.sources.model import Batch, Ignored, Lazily, Section, SourceFile, Table
from bake.sources.texts.text import SourceText, pointer

EXPORT_ID = "export_id"
LEFT_OUT = "left_out"
PART = "part"
DATABASE = "database"
#: The member in which forms of one entity have their records.
RECORDS = "records"

#: How many bytes are read to find a part of a record.
_WINDOW = 2 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the top-level object.

    Attributes:
        start: the offset of its name.
        value: decoded; None for an array, which is not held.
        items: where the items of an array stand; None for anything else.
    """

    start: int
    value: Json = None
    items: Items | None = None


class JsonDocument:
    """A source that was indexed. It is the `Content` of a `SourceFile`, whose sections are its top-level arrays.

    Attributes:
        source: its text.
        members: by name; if the document is a list, that list as `records`.
        is_list: whether the document is a list.
    """

    def __init__(self, source: SourceText, members: Mapping[str, Member], *, is_list: bool = False) -> None:
        self.source = source
        self.members = members
        self.is_list = is_list
        self._near = lru_cache(maxsize=2)(self._offsets)  # questions come in the order of the records
        self._within = lru_cache(maxsize=2)(self._offsets_within)

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The items of a top-level array."""
        return self.records(section.name)

    def batches(self, section: Section, size: int) -> Sequence[Batch]:
        """The items of a top-level array, in batches of at most `size`."""
        return self.batched(section.name, section.first, size)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where an item of a top-level array stands, or the part of it to which the steps lead."""
        return self.item(section.name, index, *steps)

    def records(self, name: str, first: int = 0) -> Iterator[Json]:
        """The items of the array `name`, from one on; a stream.

        Raises:
            InvalidSource: one of them is not JSON, repeats a name within an object, has an invalid number, or is
                nested too deeply.
        """
        items = self.items(name)
        begin = max(items.block_of(first), 0)
        for block in range(begin, len(items.starts)):
            with self._refusing(name):
                read = read_items(self.source, items, block)
                yield from islice(read, first - items.firsts[block], None) if items.firsts[block] < first else read

    def batched(self, name: str, first: int, size: int) -> Sequence[Batch]:
        """The records of the array `name` in batches: whole blocks, or parts of one that has more than `size`.

        Args:
            name: of an array of objects.
            first: the number of its first record in the source.
            size: how many records a batch may have.
        """
        items = self.items(name)
        begins, tables = cuts(items, size), Tables(self.source, items)

        def batch(n: int) -> Batch:
            begin = begins[n]
            end = begins[n + 1] if n + 1 < len(begins) else items.count
            return Batch(first + begin, end - begin, partial(self._read, name, tables, begin, end))

        return Lazily(len(begins), batch)

    def _read(self, name: str, tables: Tables, first: int, last: int) -> Iterator[Table]:
        with self._refusing(name):
            yield from tables.read(first, last)

    @contextmanager
    def _refusing(self, name: str) -> Iterator[None]:
        """Turn faults that are found while the array `name` is read into errors."""
        try:
            yield
        except Fault as fault:
            raise refused(self.source, fault, (*self._way(name), *fault.path)) from None
        except Miscounted:
            _index(self.source, {}, is_list=self.is_list, precisely=True)  # raises the error that says what is wrong
            raise AssertionError("a fault was found once, and not again") from None

    def items(self, name: str) -> Items:
        """Where the items of the array `name` stand."""
        items = self.members[name].items
        assert items is not None, f"{name} is no array"
        return items

    def count(self, name: str) -> int | None:
        """How many items the array `name` has; None if there is no such array."""
        member = self.members.get(name)
        return member.items.count if member and member.items else None

    def value(self, name: str) -> Json:
        """A top-level member, an array as a list of all its items; None if there is no such."""
        member = self.members.get(name)
        return list(self.records(name)) if member and member.items else member.value if member else None

    def described(self, name: str) -> str:
        """What kind of value a top-level member is, for diagnostics."""
        count = self.count(name)
        return described(self.value(name)) if count is None else some_items(count)

    def member(self, name: str) -> Location:
        """Where a top-level member stands; the whole document if there is no such."""
        member = self.members.get(name)
        return self.source.location(member.start, pointer(name)) if member else self.beginning

    @property
    def beginning(self) -> Location:
        """Where the document begins."""
        return self.source.location(self.source.start)

    def item(self, name: str, index: int, *steps: str | int) -> Location:
        """Where item `index` of the array `name` stands, or the part of it to which the steps lead."""
        items = self.items(name)
        block = items.block_of(index)
        with self._refusing(name):
            at = self._near(name, block)[index - items.firsts[block]]
            position, rest = self._item_within(at, steps)
            position = Cursor(self.source, position, _WINDOW).find(rest) if rest else position
        return self.source.location(position, pointer(*self._way(name), index, *steps))

    def _item_within(self, at: int, steps: tuple[str | int, ...]) -> tuple[int, tuple[str | int, ...]]:
        """The offset of an item of an array within an item, and the steps from there; many are asked for in turn."""
        match steps:
            case (str(name), int(index), *rest) if index < len(offsets := self._within(at, name)):
                return offsets[index], tuple(rest)
            case _:
                return at, steps

    def _offsets_within(self, at: int, name: str) -> array[int]:
        return Cursor(self.source, at, _WINDOW).item_offsets(name)

    def _way(self, name: str) -> tuple[str, ...]:
        """The steps from the document to a top-level member."""
        return () if self.is_list else (name,)

    def _offsets(self, name: str, block: int) -> array[int]:
        return item_offsets(self.source, self.items(name), block)

    def invalid(self, name: str, message: str, hint: str) -> InvalidSource:
        """The error that something is wrong with a top-level member."""
        return InvalidSource(message, location=self.member(name), hint=hint)

    def check_objects(self, *names: str) -> None:
        """Check that these arrays hold nothing but objects.

        Raises:
            InvalidSource: they do not; its `problems` are all the items that are none.
        """
        problems = [problem for name in names for problem in self._not_objects(name)]
        if problems:
            what = "a record is not an object" if len(problems) == 1 else f"{len(problems)} records are not objects"
            hint = 'Write each record as an object: {"<field>": <value>, …}.'
            raise InvalidSource(what, location=problems[0].location, hint=hint, problems=problems)

    def _not_objects(self, name: str) -> Iterator[Problem]:
        for index, item in enumerate(() if self.items(name).objects else self.records(name)):
            if not isinstance(item, dict):
                yield Problem(f"{described(item)}; expected an object", self.item(name, index))

    def source_file(
        self, kind: str, sections: tuple[Section, ...], known: frozenset[str] = frozenset(), view: str | None = None
    ) -> SourceFile:
        """This document, recognised. What is neither a section nor known by name is reported as ignored."""
        read = {EXPORT_ID, LEFT_OUT, PART, *known, *(section.name for section in sections)}
        others = [name for name in self.members if name not in read]
        export_id, database, left_out = self.value(EXPORT_ID), self.value(DATABASE), self.value(LEFT_OUT)
        return SourceFile(
            name=self.source.name,
            path=self.source.path,
            sha256=self.source.sha256,
            kind=kind,
            view=view,
            export_id=export_id if isinstance(export_id, str) else None,
            sections=sections,
            ignored=tuple(Ignored(name, self.described(name), self.member(name)) for name in others),
            content=self,
            database=database if isinstance(database, str) else None,
            left_out=left_out if type(left_out) is int else 0,
            part=part if isinstance(part := self.value(PART), str) else "",
        )


def read_json(source: SourceText, *, may_be_list: bool = False) -> JsonDocument:
    """Index a source: the items of its arrays are located, not kept. Records are checked when they are read.

    Args:
        source: its text.
        may_be_list: whether it may be a list of records in place of an object.

    Raises:
        InvalidSource: it is not one JSON object (RFC 8259), repeats a name, has an invalid number, or is nested
            too deeply.
    """
    members: dict[str, Member] = {}
    document = JsonDocument(source, members, is_list=may_be_list and source.first == "[")
    try:
        _index(source, members, is_list=document.is_list)
    except InvalidSource:
        for name in (name for name, member in members.items() if member.items):
            deque(document.records(name), maxlen=0)  # reports the first fault, which may be in a record before
        raise
    return document


def refused(source: SourceText, fault: Fault, path: tuple[str | int, ...]) -> InvalidSource:
    """The error for a fault in the value at a path."""
    where = source.location(fault.offset, pointer(*path) or None)
    return InvalidSource(fault.message, location=where, hint=fault.hint)


def _index(source: SourceText, members: dict[str, Member], *, is_list: bool, precisely: bool = False) -> None:
    """Find the members of a document; `precisely` reads each item of its arrays, so that any fault is found.

    Raises:
        InvalidSource: it is not a JSON document.
    """
    cursor = Cursor(source)
    try:
        if is_list:
            _find_items(source, cursor, members, precisely)
        else:
            _find_members(source, cursor, members, precisely)
        if cursor.peek():
            message = "something follows the document"
            raise Fault(cursor.offset, message, "A source is one JSON document and nothing else.")
    except Fault as fault:
        raise refused(source, fault, cursor.path) from None


def _find_items(source: SourceText, cursor: Cursor, members: dict[str, Member], precisely: bool) -> None:
    cursor.peek()
    items = Items()
    members[RECORDS] = Member(cursor.offset, items=items)
    index_array(source, cursor, items, precisely=precisely)


def _find_members(source: SourceText, cursor: Cursor, members: dict[str, Member], precisely: bool) -> None:
    if cursor.peek() != "{":
        raise _no_object(cursor)
    for name, start in cursor.names():
        cursor.path = (name,)
        if name in members:
            raise Fault(start, "the name stands twice in one object", "Keep one of the two.")
        if cursor.peek() == "[":
            items = Items()
            members[name] = Member(start, items=items)
            index_array(source, cursor, items, precisely=precisely)
        else:
            members[name] = Member(start, cursor.value())
        cursor.path = ()


def _no_object(cursor: Cursor) -> Fault:
    start, value = cursor.offset, cursor.value()  # raises if it is not JSON at all
    advice = "Give the list a name" if isinstance(value, list) else "Begin like this"
    message = f"the document is {described(value)}; expected an object"
    return Fault(start, message, f'{advice}: {{"<entity>": [ … ]}}.')
