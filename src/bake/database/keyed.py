"""Asking for the rows that have one of many keys, in one query of constant text where that can be had.

    SQLite, keys of texts and whole numbers   the keys as one JSON parameter, joined with the table: each is looked up
                                              by index, whatever the planner thinks of the table
    all else, keys of one field               IN
    all else, keys of several                 OR of AND: SQLite reads the whole table for an IN of tuples

`IN` and `=` know no NULL, so keys that have the same parts null are asked for together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec
import sqlalchemy as sa

from bake.catalog.values import Json
from bake.database.bindings import Binding

KeyValues: TypeAlias = tuple[Json, ...]

#: The parts of keys that JSON and SQLite mean the same by.
_PLAIN = frozenset((str, int, type(None)))


def having(
    query: sa.Select[Any], compared: Sequence[Binding], keys: Sequence[KeyValues], dialect: str
) -> sa.Select[Any]:
    """A query of a table for the rows whose columns equal one of the keys; it may give rows of nothing but nulls too.

    Args:
        query: selects columns of the table, without conditions.
        compared: the fields of a key.
        keys: canonical values of these fields, at least one key.
        dialect: SQLAlchemy's name of it.
    """
    bound = [tuple(b.bound(part) for b, part in zip(compared, key, strict=True)) for key in keys]
    if dialect == "sqlite" and all(type(part) in _PLAIN for key in bound for part in key):
        return _joined(query, compared, bound)
    return query.where(_any_of(compared, bound))


def _joined(query: sa.Select[Any], compared: Sequence[Binding], keys: Sequence[KeyValues]) -> sa.Select[Any]:
    """A left join keeps the keys outside and the table inside, where an index serves."""
    each = sa.func.json_each(msgspec.json.encode(keys).decode(), type_=sa.Text()).table_valued("value")
    parts = [sa.func.json_extract(each.c.value, f"$[{n}]").label(f"part_{n}") for n in range(len(compared))]
    wanted = sa.select(*parts).subquery()
    same = [
        b.column.is_not_distinct_from(part) if any(key[n] is None for key in keys) else b.column == part
        for n, (b, part) in enumerate(zip(compared, wanted.c, strict=True))
    ]
    return query.select_from(wanted.outerjoin(compared[0].column.table, sa.and_(*same)))


def _any_of(compared: Sequence[Binding], keys: Iterable[KeyValues]) -> sa.ColumnElement[bool]:
    by_nulls: defaultdict[tuple[bool, ...], list[KeyValues]] = defaultdict(list)
    for key in keys:
        by_nulls[tuple(part is None for part in key)].append(key)
    return sa.or_(*(_term(compared, nulls, among) for nulls, among in by_nulls.items()))


def _term(compared: Sequence[Binding], nulls: tuple[bool, ...], keys: Sequence[KeyValues]) -> sa.ColumnElement[bool]:
    absent = [b.column.is_(None) for b, is_null in zip(compared, nulls, strict=True) if is_null]
    at = [place for place, is_null in enumerate(nulls) if not is_null]
    present = [compared[place] for place in at]
    match present:
        case []:
            return sa.and_(*absent)
        case [only]:
            return sa.and_(*absent, only.compared.in_([key[at[0]] for key in keys]))
        case _:
            parts = (itemgetter(*at)(key) for key in keys)
            each = (sa.and_(*(b.compared == part for b, part in zip(present, key, strict=True))) for key in parts)
            return sa.and_(*absent, sa.or_(*each))
