"""What a look-up found, put to the keys that were asked for.

SQL only chose the rows. Where each has another key, one of those that were asked for, and equal values of its type are
the same, they are put there all at once; otherwise row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import eq, itemgetter

from bake.catalog.values import Json
from bake.database.key_lookup import KeyValues

_ID_OF = itemgetter(0)


class KeyMatches:
    """Rows, as tuples that begin with their id, by key."""

    def __init__(self, wanted: Mapping[KeyValues, KeyValues], plain: type) -> None:
        """Nothing is found yet.

        Args:
            wanted: the keys that were asked for, each by itself.
            plain: a type of which what is equal is the same.
        """
        self._wanted = wanted
        self._certain = set(map(type, chain.from_iterable(wanted))) <= {plain}
        self._rows: dict[KeyValues, list[tuple[Json, ...]]] = {}

    def add(self, keys: Sequence[KeyValues], rows: Sequence[tuple[Json, ...]]) -> None:
        """Put rows to their keys, given in the same order."""
        each = dict(zip(keys, map(list, zip(rows, strict=True)), strict=True))
        apart = self._certain and len(each) == len(rows) and self._rows.keys().isdisjoint(each)
        if apart and each.keys() <= self._wanted.keys():
            self._rows.update(each)
            return
        for key, row in zip(keys, rows, strict=True):
            asked = self._wanted.get(key)
            if asked is not None and (self._certain or list(map(type, asked)) == list(map(type, key))):
                self._rows.setdefault(asked, []).append(row)

    def missing(self) -> list[KeyValues]:
        """The keys that nothing was found for so far."""
        return [key for key in self._wanted if key not in self._rows]

    def rows(self) -> dict[KeyValues, list[tuple[Json, ...]]]:
        """The rows by id, each once: several keys that SQL holds equal give the same row."""
        for key, rows in self._rows.items():
            if len(rows) > 1:
                self._rows[key] = sorted({row[0]: row for row in rows}.values(), key=_ID_OF)
        return self._rows


def in_order(
    keys: Sequence[Json], columns: Sequence[Sequence[Json]], at: int
) -> tuple[Sequence[int], Sequence[Sequence[Json]]]:
    """Rows put in the order of the keys that were asked for.

    Args:
        keys: each once.
        columns: of the rows: their ids first.
        at: the place of the column that is the key.

    Returns:
        The places of the keys that a single row has, and the columns of these rows.
    """
    if not columns:
        return [], columns
    if len(columns[at]) == len(keys) and all(map(eq, columns[at], keys)):
        return range(len(keys)), columns
    theirs = set(columns[at])
    there = [n for n, key in enumerate(keys) if key in theirs]
    if len(columns[at]) == len(there) and all(map(eq, columns[at], map(keys.__getitem__, there))):
        return there, columns
    ids: dict[Json, set[Json]] = {}
    rows: dict[Json, int] = {}
    for n, (id_, key) in enumerate(zip(columns[0], columns[at], strict=True)):
        ids.setdefault(key, set()).add(id_)
        rows[key] = n
    positions = [n for n, key in enumerate(keys) if len(ids.get(key, ())) == 1]
    chosen = [rows[keys[n]] for n in positions]
    return positions, [[column[n] for n in chosen] for column in columns]
