"""The records of a base, which are not held: where they stand, by what they have in an identity column.

Those that are asked for mostly stand one behind the other, and right behind those that were asked for before. So a few
blocks are looked through before the index is asked.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from bake.catalog.values import Json
from bake.sources.byte_source import Spool
from bake.sources.json_array import number

if TYPE_CHECKING:
    from _typeshed import SupportsRead

Record: TypeAlias = Mapping[str, Json]

#: How many bytes of lines are read at a time, about; how many such blocks are kept for what is asked next.
_BLOCK, _KEPT = 128 * 1024, 2
#: How many records of a block are asked for, at least, for all of it to be read.
_MANY = 16
#: How many values one query asks for; SQLite takes 999 at least.
_CHUNK = 500
#: KiB of the index that are kept to be asked again.
_CACHE = 512
#: Nothing of the index has to outlive its process.
_TABLE = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "BEGIN",
    "CREATE TABLE names (place, key, start, end, PRIMARY KEY (place, key)) WITHOUT ROWID",
)
_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=number)


@dataclass(frozen=True, slots=True)
class Index:
    """Where the records of a base stand.

    Attributes:
        path: of the database that tells it, which nobody writes to any more.
        columns: those by which records are found, each with its number in that.
        text: of all records, a line each.
        starts: where blocks of whole lines begin in it, and its end.
        count: how many records there are.
    """

    path: Path
    columns: Mapping[str, int]
    text: Spool
    starts: array[int]
    count: int


def index(identity: Sequence[str], lines: SupportsRead[bytes], path: Path) -> Index:
    """Read records to the end of a stream, and note where they stand.

    Args:
        identity: the columns by which they are to be found.
        lines: of JSON, one a record.
        path: of the database that is to tell it.

    Raises:
        ValueError: a line is no record.
        sqlite3.IntegrityError: two records have the same in one of these columns.
    """
    columns, text = {name: position for position, name in enumerate(identity)}, Spool(lines, _BLOCK)
    starts, count = array("Q", [0]), 0
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in _TABLE:
            database.execute(statement)
        for block in _blocks(text):
            count += _add(database, columns, block, starts[-1])
            starts.append(starts[-1] + len(block))
        database.execute("COMMIT")
    return Index(path, columns, text, starts, count)


def _blocks(text: Spool) -> Iterator[bytes]:
    """Text in blocks of whole lines."""
    at, size = 0, _BLOCK
    while block := text.read(at, size):
        end = block.rfind(b"\n") + 1 or (len(block) if len(block) < size else 0)
        if end:
            yield block[:end]
            at, size = at + end, _BLOCK
        else:
            size *= 2


def _add(database: sqlite3.Connection, columns: Mapping[str, int], block: bytes, begin: int) -> int:
    """Note where the records of a block stand; how many there are."""
    records = _decoded(block)
    lines = block.removesuffix(b"\n").split(b"\n")
    spans = list(pairwise(accumulate((len(line) + 1 for line in lines), initial=begin)))
    for name, position in columns.items():
        keys = (record.get(name) for record in records)
        rows = ((position, key, *span) for key, span in zip(keys, spans, strict=True) if _is_key(key))
        database.executemany("INSERT INTO names VALUES (?, ?, ?, ?)", rows)
    return len(records)


class BaseRecords:
    """Finds the records of one base, for one process."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._database = sqlite3.connect(index.path)
        self._database.execute(f"PRAGMA cache_size = -{_CACHE}")
        self._next = dict.fromkeys(index.columns, 0)
        self._near = lru_cache(_KEPT)(self._by_key)

    def find(self, column: str, values: Iterable[Json]) -> dict[Json, Record]:
        """The records that have one of these values in an identity column, by the value.

        Args:
            column: its name; one that does not identify records finds none.
            values: texts or whole numbers; others find none.
        """
        if column not in self._index.columns:
            return {}
        missing = dict.fromkeys(value for value in values if _is_key(value))
        found: dict[Json, Record] = {}
        for block in range(self._next[column], len(self._index.starts) - 1):
            near = self._near(column, block)
            there = missing.keys() & near.keys()
            if not there and block > self._next[column]:
                break
            self._take(column, block, there, missing, found)
        for block, spans in self._indexed(column, list(missing)).items():
            if len(spans) >= _MANY:
                self._take(column, block, spans.keys(), missing, found)
            else:
                found.update((key, self._record(*span)) for key, span in spans.items())
        return found

    def close(self) -> None:
        """Be done."""
        self._database.close()

    def _take(
        self, column: str, block: int, keys: Iterable[Json], missing: dict[Json, None], found: dict[Json, Record]
    ) -> None:
        """Take some records of a block."""
        near = self._near(column, block)
        for key in keys:
            found[key] = near[key]
            del missing[key]
            self._next[column] = block

    def _by_key(self, column: str, block: int) -> dict[Json, Record]:
        """The records of a block, by what they have in an identity column."""
        begin, end = self._index.starts[block : block + 2]
        records = _decoded(self._index.text.read(begin, end - begin))
        return {key: record for record in records if _is_key(key := record.get(column))}

    def _indexed(self, column: str, values: Sequence[Json]) -> dict[int, dict[Json, tuple[int, int]]]:
        """Where records stand that have one of some values in a column: by block and value, begin and end."""
        spans: defaultdict[int, dict[Json, tuple[int, int]]] = defaultdict(dict)
        for start in range(0, len(values), _CHUNK):
            chunk = values[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT key, start, end FROM names WHERE place = ? AND key IN ({marks})"
            for key, begin, end in self._database.execute(query, (self._index.columns[column], *chunk)):
                spans[bisect_right(self._index.starts, begin) - 1][key] = begin, end
        return spans

    def _record(self, begin: int, end: int) -> Record:
        [record] = _decoded(self._index.text.read(begin, end - begin))
        return record


def _decoded(lines: bytes) -> Sequence[Record]:
    records = _DECODER.decode_lines(lines)
    if len(records) != lines.removesuffix(b"\n").count(b"\n") + 1:
        raise ValueError("a line is empty")
    return records


def _is_key(value: Json) -> bool:
    """Whether it can name a record: a text that can be stored, or a whole number that has room in a column."""
    if type(value) is str:
        return value.isprintable() or _can_be_encoded(value)
    return type(value) is int and -(2**63) <= value < 2**63


def _can_be_encoded(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
