"""Finds the rows that records resemble which would make new ones: those of the database, and those created before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from bake.catalog.lookups import Frozen, frozen, given
from bake.catalog.model import Catalog, Entity
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.model import Key
from bake.compiler.created_rows import CreatedRow
from bake.compiler.likeness import Comparison, Likeness, Resemblance
from bake.compiler.likeness_index import LikenessIndex
from bake.compiler.new_keys import proposed
from bake.compiler.references import Found, References, Resolved
from bake.compiler.row_keys import RowKeys
from bake.compiler.snapshot import Snapshot

#: So many rows are offered for one record.
_MOST_OFFERED = 8


class RecordValues(msgspec.Struct, frozen=True):
    """What a record says of its row, in so far as rows may be recognised by it.

    Attributes:
        values: by field; references as what they name.
        derived: the keys that would be made for the row.
    """

    values: dict[str, Json]
    derived: dict[str, str]


class ResemblingRow(msgspec.Struct, frozen=True):
    """A row of the database, beside a record."""

    row: Row
    comparison: Comparison


class Resembling:
    """The rows of the database by likeness; an entity's are read once, when the first record would make a new one."""

    def __init__(self, catalog: Catalog, snapshot: Snapshot, keys: RowKeys, references: References) -> None:
        self._catalog = catalog
        self._snapshot = snapshot
        self._keys = keys
        self._references = references
        self._likeness: dict[str, Likeness] = {}
        self._indexes: dict[str, LikenessIndex] = {}

    def of(self, item: Entity) -> Likeness:
        """What the rows of an entity are recognised by."""
        if item.name not in self._likeness:
            self._likeness[item.name] = Likeness(item)
        return self._likeness[item.name]

    def record_values(self, item: Entity, lookups: Sequence[Key]) -> list[RecordValues]:
        """What these records say; their references are resolved first, a batch a field."""
        compared = self.of(item).fields
        named: dict[str, dict[Frozen, Resolved]] = {}
        for name, target in item.references.items():
            if name in compared:
                parts = [lookup[name] for lookup in lookups if given(lookup, name)]
                named[name] = self._references.resolve(target, parts)
        return [
            self.resolved_values(
                item, lookup, {n: hits[frozen(lookup[n])] for n, hits in named.items() if given(lookup, n)}
            )
            for lookup in lookups
        ]

    def resolved_values(self, item: Entity, lookup: Key, resolved: Mapping[str, Resolved]) -> RecordValues:
        """What a record says whose references are resolved."""
        values = {
            name: _named_row(resolved.get(name)) if name in item.references else lookup[name]
            for name in self.of(item).fields
            if given(lookup, name)
        }
        return RecordValues(values, derived_keys(item, lookup))

    def rows(self, item: Entity, records: Sequence[RecordValues]) -> list[list[ResemblingRow]]:
        """For each record the rows of the database that it may be about, the likeliest first."""
        ids = [dict.fromkeys(self._ids(item, record)) for record in records]
        self._keys.fetch(item.name, dict.fromkeys(id_ for some in ids for id_ in some))
        return [self._alike(item, record, list(some)) for record, some in zip(records, ids, strict=True)]

    def with_code(self, item: Entity, values: Mapping[str, Json]) -> list[int]:
        """The ids of the rows of the database that have a code which is among these values."""
        return list(dict.fromkeys(self._index(item).ids(self.of(item).traits.codes(values))))

    def _ids(self, item: Entity, record: RecordValues) -> Iterator[int]:
        traits = self.of(item).traits
        yield from self._index(item).ids(traits.of_record(record.values, record.derived.values()))

    def _index(self, item: Entity) -> LikenessIndex:
        if item.name not in self._indexes:
            index, traits = LikenessIndex(), self.of(item).traits
            for ids, *columns in self._snapshot.pages(item.name, traits.fields):
                named = {
                    name: list(map(_database_row, column)) if name in item.references else column
                    for name, column in zip(traits.fields, columns, strict=True)
                }
                for column in traits.of_rows(named):
                    index.add(column, ids)
            self._indexes[item.name] = index
        return self._indexes[item.name]

    def _alike(self, item: Entity, record: RecordValues, ids: Sequence[int]) -> list[ResemblingRow]:
        found = []
        for id_ in ids:
            if row := self._keys.known(item.name, id_):
                compared = self.of(item).compare(record.values, self._row_values(item, row.values), record.derived)
                if compared.result is not Resemblance.APART:
                    found.append(ResemblingRow(row, compared))
        found.sort(key=lambda one: (one.comparison.result is not Resemblance.SAME, -len(one.comparison.common)))
        return found[:_MOST_OFFERED]

    def _row_values(self, item: Entity, values: Mapping[str, Json]) -> dict[str, Json]:
        return {name: _database_row(value) if name in item.references else value for name, value in values.items()}


def _database_row(value: Json) -> Json:
    """What stands for the row to which a reference of a row leads."""
    return None if value is None else ("row", value)


def derived_keys(item: Entity, lookup: Key) -> dict[str, str]:
    """The keys that would be made for a new row of which this is said, before they are made unique."""
    lacking = {name: how for name, how in item.derived.items() if not given(lookup, name)}
    return {name: stem for name, how in lacking.items() if (stem := proposed(how, lookup))}


def _named_row(hit: Resolved | None) -> Json:
    """What stands for the row that a reference names; null where that is still to be asked."""
    match hit:
        case Found(row):
            return ("row", row.id)
        case CreatedRow(n):
            return ("made", n)
        case _:
            return None
