"""Reading rows: by key in batches, the whole table as a stream, and the last one of each group.

Everything here counts its queries by batches, never by records, and answers in canonical values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import TypeVar

import sqlalchemy as sa

from bake.catalog.conditions import Condition
from bake.catalog.entity import ID
from bake.catalog.model import Catalog
from bake.catalog.row import Page, Row, rows
from bake.catalog.values import Json
from bake.database.bindings import Binding, bindings, is_text_of_uuid
from bake.database.constraints.dependents import OutsideTable, Reference
from bake.database.constraints.outside import OutsideKey, outside_keys, tables_letting_go, tables_referring
from bake.database.constraints.rules import Rule, Rules
from bake.database.constraints.unique_rules import UniqueRules
from bake.database.reading.aggregates import count, totals
from bake.database.reading.filtering import sql_condition
from bake.database.reading.key_lookup import KeyLookup, KeyValues
from bake.database.reading.key_matches import KeyMatches, in_order
from bake.database.reading.pages import pages
from bake.database.reading.referring import all_referring, referring
from bake.database.reading.selection import Selection, Values, fetched

_T = TypeVar("_T")

#: How many selections a compound one has at most: fewer than any database takes.
_COMPOUND = 100


@dataclass(frozen=True, slots=True)
class DatabaseSnapshot:
    """The rows of a catalog as one transaction sees them.

    Attributes:
        connection: within a transaction (`Database.reading` or `writing`).
        catalog: says which entities there are.
        chunk: how many keys one query asks for; times the fields of a key, at most 30,000 (SQLite's limit).
        without: by entity, the ids of rows that are as if they were not there.
    """

    connection: sa.Connection
    catalog: Catalog
    chunk: int = 1000
    without: Mapping[str, frozenset[int]] = field(default_factory=dict)
    _look_ups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], tuple[Selection, KeyLookup]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _outside: list[dict[str, list[OutsideKey]]] = field(default_factory=list, init=False, repr=False, compare=False)
    _rules: list[Rules] = field(default_factory=list, init=False, repr=False, compare=False)
    _unique: list[UniqueRules] = field(default_factory=list, init=False, repr=False, compare=False)

    def find(
        self,
        entity: str,
        by: tuple[str, ...],
        keys: Iterable[KeyValues],
        *,
        fields: Sequence[str] | None = None,
        lock: bool = False,
    ) -> dict[KeyValues, list[Row]]:
        """The rows whose fields are the same as a key, by key; a key without rows is left out.

        Args:
            entity: its name.
            by: what to look by; `id` may be one of them.
            keys: canonical values in the order of `by`; references as ids.
            fields: what the rows are to hold at least; None is all of it.
            lock: also keep others from changing these rows until the transaction ends (SQLite's always does).
        """
        declared = self.catalog.entities[entity].fields
        names = tuple(declared if fields is None else dict.fromkeys((*(name for name in by if name != ID), *fields)))
        return {
            key: [Row(id_, dict(zip(names, values, strict=True))) for id_, *values in rows]
            for key, rows in self.tuples(entity, by, keys, names, lock=lock).items()
        }

    def tuples(
        self,
        entity: str,
        by: tuple[str, ...],
        keys: Iterable[KeyValues],
        fields: tuple[str, ...],
        *,
        lock: bool = False,
    ) -> dict[KeyValues, list[tuple[Json, ...]]]:
        """The same rows as tuples of their id and these fields, `by` among them: quicker, where many are compared.

        SQL may hold values equal that are not the same (without regard to case, trailing blanks, or type); it only
        chooses, and `KeyMatches` decides (keys are no lists or objects). `None` is the same as SQL's NULL.
        """
        wanted = {key: key for key in keys}
        selection, keyed = self._look_up(entity, by, fields)
        positions = [0 if name == ID else fields.index(name) + 1 for name in by]
        found = KeyMatches(wanted, int if by == (ID,) else str)
        for again in (False, True):
            asked = self._spelled(entity, by, found.missing()) if again else list(wanted)
            for chunk in _chunks(asked, self.chunk):
                columns = selection.columns(keyed.rows(self.connection, chunk, lock=lock))
                if columns:
                    theirs = zip(*(columns[position] for position in positions), strict=True)
                    found.add(list(theirs), list(zip(*columns, strict=True)))
        return found.rows()

    def _spelled(self, entity: str, by: tuple[str, ...], keys: Sequence[KeyValues]) -> list[KeyValues]:
        """Keys with a uuid as other programs may have stored it as text: in upper case, without hyphens, or both."""
        kept = [bound for name, bound in self._of(entity).items() if name in by and is_text_of_uuid(bound)]
        if len(kept) != 1:
            return []
        at = by.index(kept[0].field)
        return [
            (*key[:at], spelling, *key[at + 1 :])
            for key in keys
            if isinstance(uuid := key[at], str)
            for spelling in (uuid.upper(), uuid.replace("-", ""), uuid.replace("-", "").upper())
        ]

    def columns(
        self, entity: str, by: str, keys: Sequence[Json], fields: tuple[str, ...], *, lock: bool = False
    ) -> tuple[Sequence[int], Sequence[Values]]:
        """The places of the keys that one row alone has, and the columns of these rows: the ids, and each field.

        Args:
            entity: its name.
            by: a field of text, or the id.
            keys: its values, each once.
            fields: what is to be known, `by` among them.
            lock: also keep others from changing these rows until the transaction ends (SQLite's always does).
        """
        selection, keyed = self._look_up(entity, (by,), fields)
        at = 0 if by == ID else fields.index(by) + 1
        positions: list[int] = []
        parts: list[Sequence[Values]] = []
        for start in range(0, len(keys), self.chunk):
            chunk = keys[start : start + self.chunk]
            rows = keyed.rows(self.connection, [(key,) for key in chunk], lock=lock)
            there, columns = in_order(chunk, selection.columns(rows), at)
            positions += [start + n for n in there] if start else there
            parts += [columns] if there else []
        match parts:
            case []:
                return [], [()] * (len(fields) + 1)
            case [only]:
                return positions, only
            case _:
                return positions, [list(chain.from_iterable(some)) for some in zip(*parts, strict=True)]

    def holders(self, entity: str, by: tuple[str, ...], keys: Iterable[KeyValues]) -> dict[KeyValues, list[int]]:
        """The ids of the rows that SQL holds equal to each key: those that a unique constraint says have it already.

        A collation may hold values equal that differ in case, accents or trailing blanks. Which of the keys such a row
        equals only the database knows: it is asked again where there is one.
        """
        wanted = list(dict.fromkeys(keys))
        found: dict[KeyValues, list[int]] = {}
        asked = set(wanted)
        selection, keyed = self._look_up(entity, by, by)
        others = False
        for chunk in _chunks(wanted, self.chunk):
            for id_, *values in zip(*selection.columns(keyed.rows(self.connection, chunk, lock=False)), strict=True):
                found.setdefault(tuple(values), []).append(id_)
                others = others or tuple(values) not in asked
        return self._equal(entity, by, wanted) if others else found

    def _equal(self, entity: str, by: tuple[str, ...], keys: Sequence[KeyValues]) -> dict[KeyValues, list[int]]:
        """For each key the ids of the rows that SQL holds equal to it; a null equals nothing."""
        everything = self._of(entity)
        found: dict[KeyValues, list[int]] = {}
        for chunk in _chunks([key for key in keys if None not in key], _COMPOUND):
            queries = [
                sa.select(sa.literal_column(str(n)), everything[ID].read).where(
                    *(everything[name].equals(part) for name, part in zip(by, key, strict=True))
                )
                for n, key in enumerate(chunk)
            ]
            inward = everything[ID].inward or int
            for n, id_ in self.connection.execute(sa.union_all(*queries)):
                found.setdefault(chunk[n], []).append(inward(id_))
        return found

    def any_near(self, entity: str, by: tuple[str, ...], keys: Sequence[KeyValues]) -> bool:
        """Whether SQL holds a key of any row equal to one of these: False is certain, True wants a look at the rows."""
        _, keyed = self._look_up(entity, by, ())
        return any(keyed.rows(self.connection, chunk, lock=False) for chunk in _chunks(keys, self.chunk))

    def greatest(self, entity: str, name: str) -> int:
        """The greatest whole number in a field; 0 if there is none."""
        column = self._of(entity)[name].column
        return self.connection.execute(sa.select(sa.func.max(column))).scalar() or 0

    def pages(self, entity: str, fields: Sequence[str], where: Iterable[Condition] = ()) -> Iterator[Page]:
        """All rows by ascending id, some at a time as columns, so that other queries may run in between.

        Rows of which a condition does not hold may be lacking, as far as the database can be asked (`sql_condition`).
        """
        item = self.catalog.entities[entity]
        asked = [sql for condition in where if (sql := sql_condition(item, condition)) is not None]
        return pages(self.connection, item, fields, without=self._left_out(entity), where=asked)

    def count(self, entity: str) -> int:
        """How many rows there are."""
        return count(self.connection, self.catalog.entities[entity]) - len(self._left_out(entity))

    def scan(self, entity: str, fields: Sequence[str], where: Iterable[Condition] = ()) -> Iterator[Row]:
        """The same rows one by one, with only these fields in their values."""
        return rows(fields, self.pages(entity, fields, where))

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
        last = (column.desc() for column in everything[ID].columns)
        greatest = (rank.desc(), value.is_null, value.read.desc(), *last)
        newest = sa.func.row_number().over(partition_by=group.columns, order_by=greatest)
        selection = self._selection(entity, (by, field))
        there: sa.ColumnElement[bool] = rank.is_not(None)
        if without := self._left_out(entity):
            there = there & ~everything[ID].among(sorted(without))
        answer: dict[int, Json] = {}
        for chunk in _chunks(list(dict.fromkeys(ids)), self.chunk):
            among = group.among(chunk) & there
            ranked = selection.query.add_columns(newest.label("n")).where(among).subquery()
            query = sa.select(*list(ranked.c)[:-1]).where(ranked.c.n == 1)
            if columns := selection.columns(fetched(self.connection, query)):
                answer.update(zip(columns[1], columns[2], strict=True))
        return answer

    def totals(self, entity: str, field: str, by: str, ids: Sequence[int]) -> dict[int, Decimal]:
        """For each row that `by` refers to, the exact sum of a field (`bake.database.reading.aggregates.totals`)."""
        item = self.catalog.entities[entity]
        return totals(self.connection, item, field, by, ids, self._left_out(entity))

    def referring(self, entity: str, field: str, ids: Sequence[int] | None) -> Iterator[Reference]:
        """The references of one field to rows with these ids, or, for None, all of them."""
        item = self.catalog.entities[entity]
        if ids is None:
            return all_referring(self.connection, item, field)
        return referring(self.connection, item, field, ids)

    def referring_outside(self, entity: str, ids: Sequence[int] | None) -> Iterator[tuple[OutsideTable, int]]:
        """The tables outside the catalog that refer to rows of an entity, each with the id of such a row."""
        return tables_referring(self.connection, self.catalog.entities[entity], self._outside_keys(entity), ids)

    def letting_go(self, entity: str, fields: Iterable[str], ids: Sequence[int]) -> Iterator[tuple[OutsideTable, int]]:
        """The outside tables that would let go of rows of which fields are changed, each with the id of such a row."""
        item = self.catalog.entities[entity]
        columns = {column for name in fields for column in item.fields[name].columns}
        return tables_letting_go(self.connection, item, self._outside_keys(entity), columns, ids)

    def _outside_keys(self, entity: str) -> Sequence[OutsideKey]:
        if not self._outside:
            self._outside.append(outside_keys(self.connection, self.catalog))
        return self._outside[0].get(entity, [])

    def rules(self, entity: str) -> Sequence[Rule]:
        """What the table of an entity requires of a row, and can be asked about."""
        return [*self._asking_rules().of(entity), *self._unique_rules().of(entity)]

    def broken(self, entity: str, rows: Sequence[Mapping[str, Json]]) -> list[list[Rule]]:
        """For each row, as it would be, the rules that it would break; see `Rules.broken` and `UniqueRules.broken`."""
        checks, unique = self._asking_rules().broken(entity, rows), self._unique_rules().broken(entity, rows)
        return [[*some, *others] for some, others in zip(checks, unique, strict=True)]

    def holds_equal(self, entity: str, field: str, one: str, other: str) -> bool:
        """Whether the database holds two texts equal in a field, as a unique constraint does."""
        return self._asking_rules().holds_equal(entity, field, one, other)

    def _asking_rules(self) -> Rules:
        if not self._rules:
            self._rules.append(Rules(self.connection, self.catalog))
        return self._rules[0]

    def _unique_rules(self) -> UniqueRules:
        if not self._unique:
            self._unique.append(UniqueRules(self.catalog, self._asking_rules(), self.holders))
        return self._unique[0]

    def _of(self, entity: str) -> Mapping[str, Binding]:
        return bindings(self.catalog.entities[entity])

    def _left_out(self, entity: str) -> frozenset[int]:
        return self.without.get(entity, frozenset())

    def _selection(self, entity: str, fields: Sequence[str]) -> Selection:
        item = self.catalog.entities[entity]
        return Selection(item, fields, self.connection.dialect, self._left_out(entity))

    def _look_up(self, entity: str, by: tuple[str, ...], fields: tuple[str, ...]) -> tuple[Selection, KeyLookup]:
        wanted = entity, by, fields
        if wanted not in self._look_ups:
            everything = self._of(entity)
            selection = self._selection(entity, fields)
            keyed = KeyLookup(selection.query, [everything[name] for name in by], self.connection.dialect)
            self._look_ups[wanted] = selection, keyed
        return self._look_ups[wanted]


def _chunks(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
