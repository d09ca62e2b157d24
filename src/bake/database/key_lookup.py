"""Asking for the rows that have one of many keys, in one query whose text does not depend on the keys.

    SQLite      the keys as one JSON parameter, left-joined with the table: keys outside, the table inside, where an
                index serves, whatever the planner thinks of the table
    others      IN, for keys of one field; OR of AND, for keys of several

SQL only chooses rows; whether their keys are the same is looked at afterwards. So SQLite may look for numbers near a
fraction: reading JSON, it may miss the last bit of one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec
import sqlalchemy as sa

from bake.catalog.values import Json
from bake.database.bindings import Binding, binder
from bake.database.selection import fetched

KeyValues: TypeAlias = tuple[Json, ...]

_KEYS = "keys"
_encode = msgspec.json.Encoder().encode
#: The parts of keys that JSON and SQLite mean the same by.
_PLAIN = frozenset((str, int, type(None)))
#: How far a fraction may be from the one that is meant, relatively: SQLite reads JSON less exactly than Python.
_NEAR = 1e-12


class KeyLookup:
    """One look-up: what is selected, and by which fields of a key."""

    def __init__(self, query: sa.Select[Any], compared: Sequence[Binding], dialect: sa.Dialect) -> None:
        """Prepare.

        Args:
            query: selects columns of the table, without conditions.
            compared: the fields of a key.
            dialect: of the database.
        """
        self._query = query
        self._compared = compared
        self._bind = [_binder(binding, dialect) for binding in compared] if dialect.name == "sqlite" else []
        self._joins: dict[tuple[frozenset[type], ...], sa.Select[Any]] = {}

    def rows(self, connection: sa.Connection, keys: Sequence[KeyValues], *, lock: bool) -> list[Any]:
        """The rows that have one of the keys, and perhaps others, in no certain order; one row perhaps twice.

        Args:
            connection: within a transaction.
            keys: canonical values, at least one key.
            lock: keep others from changing these rows (SQLite's transaction always does).
        """
        columns = [
            column if bind is None else list(map(bind, column))
            for bind, column in zip(self._bind, zip(*keys, strict=True), strict=False)
        ]
        kinds = tuple(frozenset(map(type, column)) for column in columns)
        if columns and all(kind <= _PLAIN or kind <= {float, type(None)} for kind in kinds):
            parts = [part for column, kind in zip(columns, kinds, strict=True) for part in _parts(column, kind)]
            text = _encode(parts[0] if len(parts) == 1 else list(zip(*parts, strict=True))).decode()
            found = fetched(connection, self._join(kinds), {_KEYS: text})
            return [row for row in found if row[0] is not None]
        query = self._query.where(_any_of(self._compared, keys))
        return fetched(connection, query.with_for_update() if lock else query)

    def _join(self, kinds: tuple[frozenset[type], ...]) -> sa.Select[Any]:
        if kinds not in self._joins:
            wanted = _wanted(sum(2 if float in kind else 1 for kind in kinds))
            rest = iter(wanted.c)
            same = [_equal(b.column, kind, rest) for b, kind in zip(self._compared, kinds, strict=True)]
            table = self._compared[0].column.table
            self._joins[kinds] = self._query.select_from(wanted.outerjoin(table, sa.and_(*same)))
        return self._joins[kinds]


def _wanted(width: int) -> sa.FromClause:
    """The keys as a table, a column for each of their parts: what a list of values holds, or a list of lists."""
    each = sa.func.json_each(sa.bindparam(_KEYS, type_=sa.Text())).table_valued("value")
    if width == 1:
        return each
    parts = [sa.func.json_extract(each.c.value, f"$[{n}]").label(f"part_{n}") for n in range(width)]
    return sa.select(*parts).subquery()


def _binder(binding: Binding, dialect: sa.Dialect) -> Callable[[Json], Any] | None:
    """From a canonical value to what the driver is given; None where they are the same."""
    process = binder(binding.compared.type, dialect)
    if process and binding.outward:
        return lambda part: process(binding.bound(part))
    if process:
        return process
    return binding.bound if binding.outward else None


def _parts(column: Sequence[Any], kind: frozenset[type]) -> list[Sequence[Any]]:
    """What goes into JSON: a fraction as the bounds around it."""
    if float not in kind:
        return [column]
    return [[None if part is None else part + sign * abs(part) * _NEAR for part in column] for sign in (-1, 1)]


def _equal(column: sa.Column[Any], kind: frozenset[type], parts: Iterable[Any]) -> sa.ColumnElement[bool]:
    """Whether a column has a part of a key; `=` knows no NULL."""
    parts = iter(parts)
    plain = sa.type_coerce(column, sa.types.NullType())
    part = next(parts)
    if float in kind:
        near = plain.between(part, next(parts))
        return sa.or_(near, sa.and_(plain.is_(None), part.is_(None))) if type(None) in kind else near
    return plain.is_not_distinct_from(part) if type(None) in kind else plain == part


def _any_of(compared: Sequence[Binding], keys: Iterable[KeyValues]) -> sa.ColumnElement[bool]:
    by_nulls: defaultdict[tuple[bool, ...], list[KeyValues]] = defaultdict(list)
    for key in keys:
        bound = tuple(b.bound(part) for b, part in zip(compared, key, strict=True))
        by_nulls[tuple(part is None for part in key)].append(bound)
    return sa.or_(*(_term(compared, nulls, among) for nulls, among in by_nulls.items()))


def _term(compared: Sequence[Binding], nulls: tuple[bool, ...], keys: Sequence[KeyValues]) -> sa.ColumnElement[bool]:
    absent = [b.column.is_(None) for b, is_null in zip(compared, nulls, strict=True) if is_null]
    at = [position for position, is_null in enumerate(nulls) if not is_null]
    present = [compared[position] for position in at]
    match present:
        case []:
            return sa.and_(*absent)
        case [only]:
            return sa.and_(*absent, only.compared.in_([key[at[0]] for key in keys]))
        case _:
            parts = (itemgetter(*at)(key) for key in keys)
            each = (sa.and_(*(b.compared == part for b, part in zip(present, key, strict=True))) for key in parts)
            return sa.and_(*absent, sa.or_(*each))
