"""Assign the rows that a query selected to the keys that were asked for.

SQL may hold keys equal that are not the same (without regard to case, trailing blanks, or type), so each row's key is
compared again here. If all keys are of a type that Python compares exactly, and none comes twice, all rows are assigned
at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import eq, itemgetter

from bake.catalog.values import Json
from bake.database.reading.key_lookup import KeyValues

_ID_OF = itemgetter(0)


class KeyMatches:
    """The rows found so far, by key; a row is a tuple that begins with its id."""

    def __init__(self, wanted: Mapping[KeyValues, KeyValues], plain: type) -> None:
        """Start without rows.

        Args:
            wanted: the keys that were asked for, each mapped to itself, to find the one that equals a row's key.
            plain: a type whose equal values are always the same value, such as `str`; where other types compare equal
                (`1`, `True`, `1.0`), the types are compared as well.
        """
        self._wanted = wanted
        self._certain = set(map(type, chain.from_iterable(wanted))) <= {plain}
        self._rows: dict[KeyValues, list[tuple[Json, ...]]] = {}

    def add(self, keys: Sequence[KeyValues], rows: Sequence[tuple[Json, ...]]) -> None:
        """Assign rows to keys; a row whose key was not asked for is ignored.

        Args:
            keys: the keys of the rows, in the same order.
            rows: the rows.
        """
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
        """The keys for which no row was found so far."""
        return [key for key in self._wanted if key not in self._rows]

    def rows(self) -> dict[KeyValues, list[tuple[Json, ...]]]:
        """The rows of each key, by id, each once: the query gives a row again for each key that SQL holds equal."""
        for key, rows in self._rows.items():
            if len(rows) > 1:
                self._rows[key] = sorted({row[0]: row for row in rows}.values(), key=_ID_OF)
        return self._rows


def in_order(
    keys: Sequence[Json], columns: Sequence[Sequence[Json]], at: int
) -> tuple[Sequence[int], Sequence[Sequence[Json]]]:
    """Sort rows into the order of the keys that were asked for, and drop rows whose key several rows have.

    Args:
        keys: the keys, each once.
        columns: the columns of the rows, that of their ids first.
        at: the index of the key's column in `columns`.

    Returns:
        The positions in `keys` of those that exactly one row has, and the columns of these rows in the same order.
    """
    if not columns:
        return [], columns
    if len(columns[at]) == len(keys) and all(map(eq, columns[at], keys)):
        return range(len(keys)), columns
    found = set(columns[at])
    positions = [n for n, key in enumerate(keys) if key in found]
    if len(columns[at]) == len(positions) and all(map(eq, columns[at], map(keys.__getitem__, positions))):
        return positions, columns
    ids: dict[Json, set[Json]] = {}
    rows: dict[Json, int] = {}
    for n, (id_, key) in enumerate(zip(columns[0], columns[at], strict=True)):
        ids.setdefault(key, set()).add(id_)
        rows[key] = n
    positions = [n for n, key in enumerate(keys) if len(ids.get(key, ())) == 1]
    chosen = [rows[keys[n]] for n in positions]
    return positions, [[column[n] for n in chosen] for column in columns]
