"""A source as the rest of Bake sees it: sections of numbered records, each with a location."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, groupby, islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar, overload

import msgspec

from bake.catalog.values import Json
from bake.catalog.view import View
from bake.changeset.header import ReadAs
from bake.errors import Location


class Record(msgspec.Struct, frozen=True):
    """One row as a source has it. A struct, because a source has a million of them.

    Attributes:
        number: from 0, through the whole source, in the order of the document.
        value: column name to decoded JSON value; numbers with a fraction or exponent are `Decimal`. Shared: not to be
            changed by whoever reads it.
    """

    number: int
    value: dict[str, Json]


class Position(int):
    """The position of a record in the list that holds it, from 1: the reader counted, nobody wrote it."""


class Table(NamedTuple):
    """Records that follow one another and have the same columns: the names of those, and each record's values."""

    names: tuple[str, ...]
    rows: list[tuple[Json, ...]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a section that follow one another. To pass one over costs little or nothing.

    Attributes:
        first: the number of the first record, through the whole source.
        size: how many there are.
        tables: reads them, once; raises `InvalidSource`.
        passed: to be called if somebody else has read them.
    """

    first: int
    size: int
    tables: Callable[[], Iterable[Table]]
    passed: Callable[[], None] = lambda: None


_Item = TypeVar("_Item")


class Lazily(Sequence[_Item]):
    """A sequence whose items are made when they are asked for."""

    def __init__(self, size: int, make: Callable[[int], _Item]) -> None:
        self._positions = range(size)
        self._make = make

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, n: int) -> _Item: ...

    @overload
    def __getitem__(self, n: slice) -> Sequence[_Item]: ...

    def __getitem__(self, n: int | slice) -> _Item | Sequence[_Item]:
        positions = self._positions[n]
        return self._make(positions) if isinstance(positions, int) else list(map(self._make, positions))


@dataclass(frozen=True, slots=True)
class Section:
    """One array of records.

    Attributes:
        name: what the source calls it.
        records: how many there are.
        first: the number of its first record.
        view: how its records are to be read; None if the catalog does not know them.
        pointer: the JSON pointer of the array.
    """

    name: str
    records: int
    first: int
    view: View | None
    pointer: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A part of a source that holds no records: its name, what it is ("text", "a list of 3 items") and where."""

    name: str
    what: str
    location: Location


@dataclass(frozen=True, slots=True)
class Remark:
    """How something in a source was understood that could have been meant otherwise.

    Attributes:
        code: stable, for programs.
        message: one sentence for people.
        records: the first and the last number of each run of records that it concerns; none if it is the whole source.
        quote: the part of the message that quotes a cell, if one does.
    """

    code: str
    message: str
    records: tuple[tuple[int, int], ...] = ()
    quote: str = ""

    def without_quote(self) -> Remark:
        """The same, where cells are shown to nobody."""
        return replace(self, message=self.message.replace(self.quote, ""), quote="") if self.quote else self


class Content(Protocol):
    """What a format gives for its bytes: the records of a section, and where each of them stands."""

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The records in order. May be called again, and then begins again."""

    def batches(self, section: Section, size: int) -> Iterable[Batch]:
        """The same, so many at a time at most.

        A sequence, if they can be read in any order; else each is to be read before the next one is asked for.
        """

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where the section's record number `index` stands, or the part of it to which the steps lead."""


class Origins(Protocol):
    """Where records that were copied first stood: the digest of that source, and the number there."""

    def __getitem__(self, number: int, /) -> tuple[str, int]: ...


@dataclass(frozen=True)
class SourceFile:
    """A recognised source.

    Attributes:
        name: the file's name, without its folder.
        path: where it was read from.
        sha256: of its bytes, in hexadecimal.
        kind: the form it has: "view", "entity", "bake-tracker-view" or "document".
        view: the name of the view that it says it holds; None for a document of several entities.
        export_id: which export it came from, if it says so.
        database: the id of the database that was exported, if it says so.
        sections: in the order of the document.
        ignored: what else stands in it.
        content: the reader of its format.
        origins: of records that were copied from another source, where they stood in it; None if none was.
        notices: what was noticed while it was recognised.
        read_as: what somebody said of how it is to be read; None if nothing.
        titles: of a sheet, its header: each title as it stands there, and the name that its values have in records.
        left_out: how many rows its export left out because they could not be read, if it says so.
        part: which of the records its export wrote, in words, if it says that it did not write all; else empty.
        declared: how many records its export wrote, if it says so.
    """

    name: str
    path: Path
    sha256: str
    kind: str
    view: str | None
    export_id: str | None
    sections: tuple[Section, ...]
    ignored: tuple[Ignored, ...]
    content: Content = field(repr=False, compare=False)
    origins: Origins | None = None
    notices: tuple[Remark, ...] = ()
    database: str | None = None
    read_as: ReadAs | None = None
    titles: tuple[tuple[str, str], ...] = ()
    left_out: int = 0
    part: str = ""
    declared: int | None = None

    @property
    def is_export(self) -> bool:
        """Whether it says that it was exported from a database."""
        return self.export_id is not None or self.database is not None

    @property
    def size(self) -> int:
        """How many records there are in all sections."""
        return sum(section.records for section in self.sections)

    def origin(self, number: int) -> tuple[str, int]:
        """The digest of the source that a record first stood in, and its number there: what its uuid is made of.

        So a record that was skipped, and comes again in the log of skipped ones, is the same record.
        """
        return self.origins[number] if self.origins is not None else (self.sha256, number)

    def records(self, section: Section) -> Iterator[Record]:
        """The records of a section, in order and with their numbers; a stream, to be read once a call.

        Raises:
            InvalidSource: the rest of the section cannot be read.
        """
        return map(Record, count(section.first), self.content.read(section))

    def batches(self, section: Section, size: int) -> Iterable[Batch]:
        """The records of a section in batches of so many at most; see `Content.batches`."""
        return self.content.batches(section, size)

    def section_of(self, number: int) -> Section:
        """The section that holds a record.

        Raises:
            IndexError: the source has no record of this number.
        """
        if not 0 <= number < self.size:
            raise IndexError(f"{self.name} has no record {number}")
        return self.sections[bisect_right(self.sections, number, key=lambda section: section.first) - 1]

    def locate(self, number: int, *steps: str | int) -> Location:
        """Where a record stands, or a part of it: `locate(7, "upc_code")`.

        Raises:
            IndexError: the source has no record of this number.
        """
        section = self.section_of(number)
        return self.content.locate(section, number - section.first, steps)


def tables(records: Iterable[dict[str, Any]]) -> Iterator[Table]:
    """Records as tables."""
    for names, alike in groupby(records, tuple):
        yield Table(names, list(map(tuple, map(dict.values, alike))))


def streamed(records: Iterator[dict[str, Json]], section: Section, size: int) -> Iterator[Batch]:
    """The records of a section in batches, where they can only be read one after the other."""
    for first in count(section.first, size):
        some = list(islice(records, size))
        if not some:
            return
        yield Batch(first, len(some), lambda some=some: tables(some))  # type: ignore[misc]
