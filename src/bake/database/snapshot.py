"""Reading rows: by key in batches, the whole table as a stream, and the last one of each group.

Everything here counts its queries by batches, never by records, and answers in canonical values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa

from bake.catalog.model import ID, Catalog
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.database.bindings import Binding, bindings

KeyValues = tuple[Json, ...]

_PAGE = 2000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class DatabaseSnapshot:
    """The rows of a catalog as one transaction sees them.

    Attributes:
        connection: within a transaction (`Database.reading` or `writing`).
        catalog: says which entities there are.
        chunk: how many keys one query asks for; times the fields of a key, at most 30,000 (SQLite's limit).
    """

    connection: sa.Connection
    catalog: Catalog
    chunk: int = 500
    _bindings: dict[str, dict[str, Binding]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def find(
        self, entity: str, fields: tuple[str, ...], keys: Iterable[KeyValues], *, lock: bool = False
    ) -> dict[KeyValues, list[Row]]:
        """The rows whose fields are the same as a key, by key; a key without rows is left out.

        SQL may hold values equal that are not the same (without regard to case, trailing blanks, or type); it only
        chooses, and `bake.catalog.values.same` decides. `None` is the same as SQL's NULL.

        Args:
            entity: its name.
            fields: what to look by; `id` may be one of them.
            keys: canonical values in the order of `fields`; references as ids.
            lock: also keep others from changing these rows until the transaction ends (SQLite's always does).
        """
        wanted = {key: key for key in keys}
        everything = self._of(entity)
        compared = [everything[name] for name in fields]
        found: defaultdict[KeyValues, list[Row]] = defaultdict(list)
        for chunk in _chunks(list(wanted), self.chunk):
            query = sa.select(*(b.read for b in everything.values())).where(_any_of(compared, chunk))
            query = query.order_by(everything[ID].column)
            for row in self._rows(query.with_for_update() if lock else query, list(everything.values())):
                key = tuple(row.id if name == ID else row.values[name] for name in fields)
                asked = wanted.get(key)
                if asked is not None and all(map(same, asked, key)):
                    found[asked].append(row)
        return dict(found)

    def scan(self, entity: str, fields: Sequence[str]) -> Iterator[Row]:
        """All rows by ascending id, with only these fields in their values.

        Reads page after page, so that other queries may run in between, on every driver.
        """
        everything = self._of(entity)
        chosen = [everything[ID], *(everything[name] for name in fields if name != ID)]
        query = sa.select(*(b.read for b in chosen)).order_by(chosen[0].column).limit(_PAGE)
        page = list(self._rows(query, chosen))
        while page:
            yield from page
            after = chosen[0].compared > page[-1].id
            page = list(self._rows(query.where(after), chosen)) if len(page) == _PAGE else []

    def latest(self, entity: str, field: str, by: str, order: str, ids: Iterable[int]) -> dict[int, Json]:
        """For each row that `by` refers to, the value of `field` where `order` is greatest; of several, the greatest.

        Rows without a value in `order` do not count.

        Args:
            entity: whose rows are looked at.
            field: what is asked for.
            by: a reference field.
            order: a field that sorts, such as a date.
            ids: ids of the rows that `by` refers to; those nothing refers to are left out of the answer.
        """
        everything = self._of(entity)
        value, group, rank = everything[field], everything[by], everything[order].column
        greatest = (rank.desc(), value.column.is_(None), value.read.desc(), everything[ID].column.desc())
        newest = sa.func.row_number().over(partition_by=group.column, order_by=greatest)
        answer: dict[int, Json] = {}
        for chunk in _chunks(list(dict.fromkeys(ids)), self.chunk):
            among = group.compared.in_(chunk) & rank.is_not(None)
            ranked = sa.select(group.read.label("g"), value.read.label("v"), newest.label("n")).where(among).subquery()
            for row in self.connection.execute(sa.select(ranked.c.g, ranked.c.v).where(ranked.c.n == 1)):
                answer[row[0]] = _inward(value, row[1])
        return answer

    def _of(self, entity: str) -> dict[str, Binding]:
        if entity not in self._bindings:
            self._bindings[entity] = bindings(self.catalog.entities[entity])
        return self._bindings[entity]

    def _rows(self, query: sa.Select[Any], chosen: Sequence[Binding]) -> Iterator[Row]:
        """The rows of a query whose first column is the id."""
        names = [binding.field for binding in chosen[1:]]
        conversions = [(b.field, b.inward) for b in chosen[1:] if b.inward is not None]
        for identifier, *raw in self.connection.execute(query).all():
            values = dict(zip(names, raw, strict=True))
            for name, inward in conversions:
                if values[name] is not None:
                    values[name] = inward(values[name])
            yield Row(identifier, values)


def _inward(binding: Binding, raw: Any) -> Json:
    return raw if raw is None or binding.inward is None else binding.inward(raw)


def _chunks(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _any_of(compared: Sequence[Binding], keys: Sequence[KeyValues]) -> sa.ColumnElement[bool]:
    """Whether a row has one of the keys: one term for each set of components that are null, as IN knows no NULL."""
    by_nulls: defaultdict[tuple[bool, ...], list[KeyValues]] = defaultdict(list)
    for key in keys:
        by_nulls[tuple(value is None for value in key)].append(key)
    return sa.or_(*(_term(compared, nulls, among) for nulls, among in by_nulls.items()))


def _term(compared: Sequence[Binding], nulls: tuple[bool, ...], keys: Sequence[KeyValues]) -> sa.ColumnElement[bool]:
    absent = [b.column.is_(None) for b, is_null in zip(compared, nulls, strict=True) if is_null]
    at = [place for place, is_null in enumerate(nulls) if not is_null]
    present = [compared[place] for place in at]
    match present:
        case []:
            return sa.and_(*absent)
        case [only]:
            values = [only.bound(key[at[0]]) for key in keys]
            return sa.and_(*absent, only.compared.in_(values))
        case _:
            tuples = [
                tuple(b.bound(value) for b, value in zip(present, itemgetter(*at)(key), strict=True)) for key in keys
            ]
            # Key by key: SQLite looks each of these up by index, and a list of tuples by reading the whole table.
            each = (sa.and_(*(b.compared == part for b, part in zip(present, key, strict=True))) for key in tuples)
            return sa.and_(*absent, sa.or_(*each))
