"""Asking for the rows that have one of many keys, in queries whose number depends on the kinds of keys only.

    SQLite      the keys as one JSON parameter: joined with the table where an index serves the one field of a key, so
                that rows come in the order of keys; else IN, for which SQLite makes an index of the keys
    PostgreSQL  an array of the keys; for keys of several fields, IN what arrays of their parts are unnested to
    MariaDB     IN

So keys that no index serves cost one pass over the table for many of them. SQL only chooses rows; whether their keys
are the same is looked at afterwards. So fractions, of which SQLite may miss the last bit as it reads JSON, are compared
by whole numbers that are the same if the fractions are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress
from typing import Any, TypeAlias

import msgspec
import sqlalchemy as sa

from bake.catalog.values import Json
from bake.database.arrays import unbounded, unnested
from bake.database.bindings import Binding, binder
from bake.database.failures import without_locks
from bake.database.reading.selection import fetched

KeyValues: TypeAlias = tuple[Json, ...]

_KEYS = "keys"
_encode = msgspec.json.Encoder().encode
#: The parts of keys that JSON and SQLite mean the same by.
_PLAIN = frozenset((str, int, type(None)))
_FRACTION = frozenset((float, type(None)))
#: Fractions are compared by how many such parts they have: a power of two, by which doubles are multiplied exactly.
_PARTS = 2.0**16
#: The greatest whole number of SQLite, which a greater fraction becomes there.
_GREATEST = 2**63 - 1


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
        self._fields = compared
        self._compared = [one for binding in compared for one in binding.scalars]
        only = self._compared[0] if len(self._compared) == 1 else None
        self._is_indexed = only is not None and not only.is_looked_up and _is_indexed(only.column)
        self._bind = [_binder(binding, dialect) for binding in self._compared] if dialect.name == "sqlite" else []
        self._joins: dict[bool, sa.Select[Any]] = {}

    def rows(self, connection: sa.Connection, keys: Sequence[KeyValues], *, lock: bool) -> list[Any]:
        """The rows that have one of the keys, and perhaps others, in no certain order; one row perhaps twice.

        Args:
            connection: within a transaction.
            keys: canonical values, at least one key.
            lock: keep others from changing these rows (SQLite's transaction always does).

        Raises:
            DatabaseUnavailable: rows of this table cannot be locked.
        """
        if len(self._compared) > len(self._fields):
            keys = [self._split(key) for key in keys]
        columns = [
            column if bind is None else list(map(bind, column))
            for bind, column in zip(self._bind, zip(*keys, strict=True), strict=False)
        ]
        kinds = [frozenset(map(type, column)) for column in columns]
        if columns and self._is_indexed and kinds[0] <= _PLAIN:
            found = fetched(connection, self._join(type(None) in kinds[0]), {_KEYS: _json(columns)})
            return [row for row in found if row[0] is not None]
        if columns and not self._is_indexed and all(kind <= _PLAIN or kind <= _FRACTION for kind in kinds):
            queries = self._of_json(columns, [float in kind for kind in kinds])
            return list(chain.from_iterable(fetched(connection, query, wanted) for query, wanted in queries))
        query = self._query.where(_any_of(self._compared, keys, connection.dialect))
        return self._locked(connection, query) if lock else fetched(connection, query)

    def _split(self, key: KeyValues) -> KeyValues:
        """A key with the parts of those that have several columns."""
        return tuple(chain.from_iterable(map(Binding.split, self._fields, key)))

    def _locked(self, connection: sa.Connection, query: sa.Select[Any]) -> list[Any]:
        try:
            return fetched(connection, query.with_for_update())
        except sa.exc.DBAPIError as error:
            raise without_locks(error, self._compared[0].column.table.name) or error from None

    def _of_json(
        self, columns: Sequence[Sequence[Any]], fractions: Sequence[bool]
    ) -> Iterator[tuple[sa.Select[Any], dict[str, str]]]:
        """A query for all keys that are null in the same parts, and its parameters."""
        compared = [
            _compared(b.compared, is_fraction) for b, is_fraction in zip(self._compared, fractions, strict=True)
        ]
        parts = [list(map(_whole, column)) if f else column for column, f in zip(columns, fractions, strict=True)]
        for nulls, keys in _by_nulls(zip(*parts, strict=True)).items():
            query = self._query.where(*(b.is_null for b in compress(self._compared, nulls)))
            present = [not is_null for is_null in nulls]
            if not any(present):
                yield query, {}
                continue
            left = list(compress(compared, present))
            wanted = {_KEYS: _json(list(compress(zip(*keys, strict=True), present)))}
            yield query.where((left[0] if len(left) == 1 else sa.tuple_(*left)).in_(_wanted(len(left)))), wanted

    def _join(self, nulls: bool) -> sa.Select[Any]:
        """The keys outside, the table inside, where its index serves, whatever the planner thinks of the table."""
        if nulls not in self._joins:
            wanted, column = _wanted(1).subquery(), self._compared[0].column
            plain, [part] = sa.type_coerce(column, sa.types.NullType()), wanted.c
            same = plain.is_not_distinct_from(part) if nulls else plain == part
            self._joins[nulls] = self._query.select_from(wanted.outerjoin(column.table, same))
        return self._joins[nulls]


def _json(parts: Sequence[Sequence[Any]]) -> str:
    """Keys as SQLite reads them: a list of values, or of lists."""
    return _encode(parts[0] if len(parts) == 1 else list(zip(*parts, strict=True))).decode()


def _is_indexed(column: sa.Column[Any]) -> bool:
    """Whether an index of the table begins with a column, as far as the table says."""
    table = column.table
    unique = [one for one in table.constraints if isinstance(one, sa.PrimaryKeyConstraint | sa.UniqueConstraint)]
    indexes = [*(list(one.columns) for one in unique), *(list(one.columns) for one in table.indexes)]
    return any(columns and columns[0] is column for columns in indexes)


def _wanted(width: int) -> sa.Select[Any]:
    """The keys as rows, a column for each of their parts: what a list of values holds, or a list of lists."""
    each = sa.func.json_each(sa.bindparam(_KEYS, type_=sa.Text())).table_valued("value")
    if width == 1:
        return sa.select(each.c.value)
    return sa.select(*(sa.func.json_extract(each.c.value, f"$[{n}]").label(f"part_{n}") for n in range(width)))


def _compared(column: sa.ColumnElement[Any], is_fraction: bool) -> sa.ColumnElement[Any]:
    """What is compared with the part of a key in JSON."""
    plain: sa.ColumnElement[Any] = sa.type_coerce(column, sa.types.NullType())
    return sa.cast(plain * sa.literal_column(repr(_PARTS)), sa.Integer()) if is_fraction else plain


def _whole(part: float | None) -> int | None:
    """The same of a fraction, as SQLite does it."""
    return None if part is None else max(~_GREATEST, min(int(part * _PARTS), _GREATEST))


def _binder(binding: Binding, dialect: sa.Dialect) -> Callable[[Json], Any] | None:
    """From a canonical value to what the driver is given; None where they are the same."""
    process = binder(binding.compared.type, dialect)
    if process and binding.outward:
        return lambda part: process(binding.bound(part))
    if process:
        return process
    return binding.bound if binding.outward else None


def _any_of(compared: Sequence[Binding], keys: Iterable[KeyValues], dialect: sa.Dialect) -> sa.ColumnElement[bool]:
    bound = (tuple(b.bound(part) for b, part in zip(compared, key, strict=True)) for key in keys)
    return sa.or_(*(_term(compared, nulls, among, dialect) for nulls, among in _by_nulls(bound).items()))


def _by_nulls(keys: Iterable[tuple[Any, ...]]) -> Mapping[tuple[bool, ...], list[tuple[Any, ...]]]:
    """Keys by which of their parts are null, as SQL compares nulls otherwise than values."""
    groups: defaultdict[tuple[bool, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for key in keys:
        groups[tuple(part is None for part in key)].append(key)
    return groups


def _term(
    compared: Sequence[Binding], nulls: tuple[bool, ...], keys: Sequence[KeyValues], dialect: sa.Dialect
) -> sa.ColumnElement[bool]:
    absent = [b.is_null for b in compress(compared, nulls)]
    given = [not is_null for is_null in nulls]
    parts = [list(column) for column in compress(zip(*keys, strict=True), given)]
    match [b.compared for b in compress(compared, given)]:
        case []:
            return sa.and_(*absent)
        case [only] if dialect.name == "postgresql":
            return sa.and_(*absent, only == sa.any_(_array(only, parts[0])))
        case [only]:
            return sa.and_(*absent, only.in_(parts[0]))
        case present if dialect.name == "postgresql":
            arrays = list(map(_array, present, parts))
            rows = unnested(arrays, [unbounded(column.type) for column in present])
            return sa.and_(*absent, sa.tuple_(*present).in_(sa.select(*rows.c)))
        case present:
            return sa.and_(*absent, sa.tuple_(*present).in_(list(zip(*parts, strict=True))))


def _array(column: sa.ColumnElement[Any], values: Sequence[Any]) -> sa.ColumnElement[Any]:
    """Values as an array, to be compared with a column."""
    return sa.literal(list(values), sa.ARRAY(unbounded(column.type)))
