"""Blocks of records as tables, read without making an object of each record where they have the same columns.

What columns records have is learned from those that were read. A block is decoded by what was learned, and that counts
if it is proven that it holds nothing else; otherwise it is read as any block is (`bake.sources.json.json_array`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import compress, count, pairwise, repeat
from operator import is_, itemgetter
from typing import Any

import msgspec
from msgspec import UNSET

from bake.catalog.values import Json
from bake.sources.json.json_array import Items, decoded, listed, number, read_items, written
from bake.sources.model import Table, tables
from bake.sources.texts.text import SourceText

#: How many columns may be lacking now and then, and how many there may be, for a form to be worth learning.
_LACKING, _WIDEST = 8, 500


#: How many bytes of text a batch has at most, unless a single block has more: what is made of them is held at a time.
_TEXT = 512 * 1024


class _Form:
    """Columns that records have, some of them not always."""

    def __init__(self, names: tuple[str, ...], lacking: frozenset[str]) -> None:
        fields = {f"f{n}": name for n, name in enumerate(names)}
        declared = [(field, Any, UNSET) if name in lacking else (field, Any) for field, name in fields.items()]
        type_ = msgspec.defstruct("Row", declared, rename=fields, kw_only=True, gc=False)
        self._names = names
        self._keys = [msgspec.json.encode(name) for name in names]
        self._lacking = [position for position, name in enumerate(names) if name in lacking]
        self._decode = msgspec.json.Decoder(list[type_], float_hook=number).decode  # type: ignore[valid-type]

    def read(self, data: bytes) -> list[Table] | None:
        """The records of a block; None if it is not certain that they have no other columns, and each only once.

        Each name is followed by a colon. Where there are no more colons than values, no name was passed over. In which
        order the columns stand is only for people to see: the first and the last record tell it for the others.
        """
        if not all(map(self._is_in_order, (data[: data.find(b"}")], data[data.rfind(b"{") :]))):
            return None
        try:
            rows = list(map(msgspec.structs.astuple, self._decode(listed(data))))
        except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
            return None
        partial = self._partial(rows)
        values = len(rows) * len(self._names) - sum(len(positions) for positions in partial.values())
        whole = values == data.count(b":") or values == written(data)
        if not whole or b"[" in data or data.count(b"{") != len(rows):
            return None
        return list(self._apart(rows, partial)) if partial else [Table(self._names, rows)]

    def _is_in_order(self, record: bytes) -> bool:
        places = [place for key in self._keys if (place := record.find(key)) >= 0]
        return places == sorted(places)

    def _partial(self, rows: Sequence[tuple[Json, ...]]) -> dict[int, list[int]]:
        """The rows that lack columns, and which."""
        partial: dict[int, list[int]] = {}
        for position in self._lacking:
            for n in compress(count(), map(is_, map(itemgetter(position), rows), repeat(UNSET))):
                partial.setdefault(n, []).append(position)
        return partial

    def _apart(self, rows: Sequence[tuple[Json, ...]], partial: dict[int, list[int]]) -> Iterator[Table]:
        """Whole rows, and those that lack columns by themselves."""
        for before, n in pairwise([-1, *sorted(partial), len(rows)]):
            if before + 1 < n:
                yield Table(self._names, list(rows[before + 1 : n]))
            if n in partial:
                there = [position for position in range(len(self._names)) if position not in partial[n]]
                yield Table(
                    tuple(self._names[position] for position in there), [tuple(rows[n][position] for position in there)]
                )


def cuts(items: Items, size: int) -> array[int]:
    """The numbers of the items with which batches begin that have so many at most.

    Blocks are not taken apart unless they have more; those of a batch have not much more than `_TEXT` bytes.
    """
    result, begun, text = array("Q"), 0, 0
    for block in range(len(items.starts)):
        first = items.firsts[block]
        end = first + items.size(block)
        if first > begun and (end - begun > size or items.ends[block] - text > _TEXT):
            result.append(begun)
            begun = first
        if first == begun:
            text = items.starts[block]
        while end - begun > size:
            result.append(begun)
            begun += size
    if begun < items.count:
        result.append(begun)
    return result


class Tables:
    """The records of an array.

    Args:
        source: the text.
        items: where they stand in it.
    """

    def __init__(self, source: SourceText, items: Items) -> None:
        self._source = source
        self._items = items
        self._form: _Form | None = None
        self._apart: tuple[int, list[Table]] = -1, []

    def read(self, first: int, last: int) -> Iterator[Table]:
        """The records from the first to the last, that one excluded.

        Raises:
            Fault: as `read_items` does.
        """
        block = self._items.block_of(first)
        while first < last:
            before = self._items.firsts[block]
            end = before + self._items.size(block)
            if first == before and end <= last:
                yield from self._block(block)
            else:
                yield from self._part(block, first - before, min(last, end) - before)
            first, block = end, block + 1

    def _part(self, block: int, start: int, end: int) -> Iterator[Table]:
        """Some records of a block, which is kept: the others will be asked for next."""
        if self._apart[0] != block:
            self._apart = block, list(self._block(block))
        at = 0
        for names, rows in self._apart[1]:
            if some := rows[max(start - at, 0) : max(end - at, 0)]:
                yield Table(names, some)
            at += len(rows)

    def _block(self, block: int) -> Iterator[Table]:
        start = self._items.starts[block]
        data = self._source.read(start, self._items.ends[block] - start)
        read = self._form.read(data) if self._form else None
        if read is not None and sum(len(table.rows) for table in read) == self._items.size(block):
            return iter(read)
        records = decoded(data)
        if records is None or len(records) != self._items.size(block):
            self._form = None
            return tables(read_items(self._source, self._items, block))
        self._form = _learned(records)
        return tables(records)


def _learned(records: Sequence[dict[str, Json]]) -> _Form | None:
    """The form of records; None if they differ much, or in the order of columns, or hold more than plain values."""
    forms = dict.fromkeys(map(tuple, records))
    names = dict.fromkeys(name for form in forms for name in form)
    lacking = names.keys() - frozenset.intersection(*map(frozenset, forms)) if forms else frozenset()
    if len(lacking) > _LACKING or len(names) > _WIDEST or len(names) == len(lacking):
        return None
    if any(form != tuple(name for name in names if name in form) for form in forms):
        return None
    try:
        return _Form(tuple(names), frozenset(lacking))
    except ValueError:  # msgspec has no use for some names
        return None
