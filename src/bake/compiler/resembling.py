"""Finds rows of the database that resemble a record for which no row was found by key.

Such a record would create a row. If one of the rows found may be the same thing, `identity` takes it, or asks. Rows
that earlier records create are compared in `new_likeness`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from bake.catalog.entity import Entity
from bake.catalog.lookups import Frozen, frozen, given
from bake.catalog.model import Catalog
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

#: How many rows are offered at most for one record.
_MOST_OFFERED = 8


class RecordValues(msgspec.Struct, frozen=True):
    """The values of a record that are compared with rows.

    Attributes:
        values: by field; a reference is `("row", id)` or `("made", operation number)`.
        derived: the key fields that would be derived for a new row, before they are made unique.
    """

    values: dict[str, Json]
    derived: dict[str, str]


class ResemblingRow(msgspec.Struct, frozen=True):
    """A row of the database that resembles a record, and how the two compare."""

    row: Row
    comparison: Comparison


class Resembling:
    """Searches the rows of the database by their traits.

    The rows of an entity are read once, at the first search among them, and indexed in memory.
    """

    def __init__(self, catalog: Catalog, snapshot: Snapshot, keys: RowKeys, references: References) -> None:
        self._catalog = catalog
        self._snapshot = snapshot
        self._keys = keys
        self._references = references
        self._likeness: dict[str, Likeness] = {}
        self._indexes: dict[str, LikenessIndex] = {}

    def of(self, item: Entity) -> Likeness:
        """What compares records with rows of an entity; made once for each entity."""
        if item.name not in self._likeness:
            self._likeness[item.name] = Likeness(item)
        return self._likeness[item.name]

    def record_values(self, item: Entity, lookups: Sequence[Key]) -> list[RecordValues]:
        """The compared values of records that are given as lookups.

        The references among them are resolved first, one call for each reference field.
        """
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
        """The compared values of one record.

        Args:
            item: its entity.
            lookup: what the record says of its row.
            resolved: by reference field, what that reference was resolved to.
        """
        values = {
            name: _named_row(resolved.get(name)) if name in item.references else lookup[name]
            for name in self.of(item).fields
            if given(lookup, name)
        }
        return RecordValues(values, derived_keys(item, lookup))

    def rows(self, item: Entity, records: Sequence[RecordValues]) -> list[list[ResemblingRow]]:
        """For each record the rows that it may be about (not `APART`), those that are the `SAME` first."""
        ids = [dict.fromkeys(self._ids(item, record)) for record in records]
        self._keys.fetch(item.name, dict.fromkeys(id_ for some in ids for id_ in some))
        return [self._alike(item, record, list(some)) for record, some in zip(records, ids, strict=True)]

    def with_code(self, item: Entity, values: Mapping[str, Json]) -> list[int]:
        """The ids of the rows that have one of the codes in `values` (canonical values by field)."""
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
    """A reference of a row of the database (an id or null) in the form in which references are compared."""
    return None if value is None else ("row", value)


def derived_keys(item: Entity, lookup: Key) -> dict[str, str]:
    """The key fields that would be derived for a new row with these values, before they are made unique."""
    lacking = {name: how for name, how in item.derived.items() if not given(lookup, name)}
    return {name: stem for name, how in lacking.items() if (stem := proposed(how, lookup))}


def _named_row(hit: Resolved | None) -> Json:
    """A resolved reference in the form in which references are compared; null if it names no single row yet."""
    match hit:
        case Found(row):
            return ("row", row.id)
        case CreatedRow(n):
            return ("made", n)
        case _:
            return None
