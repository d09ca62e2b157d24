"""Finds rows of the database that resemble a record for which no row was found by key.

Such a record would create a row. If one of the rows found may be the same thing, `identity` takes it, or asks. Rows
that earlier records create are compared in `new_likeness`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from bake.catalog.entity import Entity
from bake.catalog.field import Derivation
from bake.catalog.identity import IdentityPlaces
from bake.catalog.lookups import given, proposed
from bake.catalog.model import Catalog
from bake.catalog.names import name_forms
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.model import Key
from bake.compiler.likeness.likeness import Comparison, Likeness, Resemblance
from bake.compiler.likeness.traits import ComparedColumns, Form, RecordTraits
from bake.compiler.likeness.vocabulary import Vocabulary
from bake.compiler.references.references import References
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.mark_index import MarkIndex
from bake.compiler.rows.resolved import Found, Resolved
from bake.compiler.rows.row_keys import RowKeys
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


class ComparedRecords(msgspec.Struct, frozen=True):
    """The values of some records that are compared with rows, in columns.

    Attributes:
        columns: as in `RecordValues.values`; null for what a record does not give.
        derived: as in `RecordValues.derived`; null where nothing would be derived.
        traits: of each record.
        misspelt: the further traits that each would have if words of its names were misspelt.
    """

    columns: Mapping[str, Sequence[Json]]
    derived: Mapping[str, Sequence[str | None]]
    traits: list[RecordTraits]
    misspelt: list[Sequence[int]]

    def values(self, n: int) -> RecordValues:
        """The values of the record at a position."""
        derived = {name: stem for name, column in self.derived.items() if (stem := column[n])}
        return RecordValues(
            {name: value for name, column in self.columns.items() if (value := column[n]) is not None}, derived
        )


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
        self._indexes: dict[str, MarkIndex] = {}
        self._vocabularies: defaultdict[str, Vocabulary] = defaultdict(Vocabulary)
        self._places: dict[str, IdentityPlaces] = {}

    def of(self, item: Entity) -> Likeness:
        """What compares records with rows of an entity; made once for each entity."""
        if item.name not in self._likeness:
            self._likeness[item.name] = Likeness(item)
        return self._likeness[item.name]

    def compared(
        self,
        item: Entity,
        lookups: Sequence[Key],
        resolved: Mapping[str, Sequence[Resolved | None]],
        *,
        in_all_forms: bool = True,
    ) -> ComparedRecords:
        """The compared values of records.

        Args:
            item: their entity.
            lookups: what each says of its row.
            resolved: by reference field, what the reference of each was resolved to; None where it gives none.
            in_all_forms: as `Likeness.record_traits` takes it.
        """
        likeness = self.of(item)
        columns: dict[str, Sequence[Json]] = {
            name: list(map(_named_row, resolved[name]))
            if name in item.references
            else [lookup.get(name) for lookup in lookups]
            for name in likeness.fields
        }
        derived = {name: [_stem(name, how, lookup) for lookup in lookups] for name, how in item.derived.items()}
        traits = likeness.record_traits(columns, list(derived.values()), in_all_forms=in_all_forms)
        misspelt = likeness.misspelt_traits(columns, self._vocabularies[item.name], traits)
        return ComparedRecords(columns, derived, traits, misspelt)

    def misspelt(self, item: Entity, documents: Sequence[Mapping[str, Json]]) -> list[Sequence[int]]:
        """The further traits that new rows would have if words of their names were misspelt."""
        likeness = self.of(item)
        columns = {name: [document.get(name) for document in documents] for name in likeness.fields}
        return likeness.misspelt_traits(columns, self._vocabularies[item.name], likeness.record_traits(columns, ()))

    def learn(self, item: Entity, documents: Iterable[Mapping[str, Json]]) -> None:
        """Have records compared with the names of these new rows, too, of which words may be misspelt."""
        said = (document.get(name) for document in documents for name in self.of(item).texts)
        self._vocabularies[item.name].add(name_forms(text).loose for text in said if isinstance(text, str))

    def rows(self, item: Entity, lookups: Sequence[Key]) -> list[list[ResemblingRow]]:
        """For each record the rows that it may be about (not `APART`), those that are the `SAME` first.

        Args:
            item: the entity of the records.
            lookups: what each says of its row; references among them are resolved, one call for each reference field.
        """
        index = self._index(item)
        if not index:
            return [[] for _ in lookups]
        names = [name for name in item.references if name in self.of(item).fields]
        resolved = {name: self._references.resolve_field(item, name, lookups) for name in names}
        records = self.compared(item, lookups, resolved)
        ids = [
            dict.fromkeys(
                self._places[item.name].of(
                    n for some in (*traits, misspelt) for mark in some for n in index.numbers(mark)
                )
            )
            for traits, misspelt in zip(records.traits, records.misspelt, strict=True)
        ]
        self._keys.fetch(item.name, dict.fromkeys(id_ for some in ids for id_ in some))
        return [self._alike(item, records.values(n), list(some)) if some else [] for n, some in enumerate(ids)]

    def with_code(self, item: Entity, code: int | None) -> list[int]:
        """The ids of the rows that have a code (`Traits.code`)."""
        numbers = [] if code is None else self._index(item).numbers(code)
        return self._places[item.name].of(numbers) if numbers else []

    def _index(self, item: Entity) -> MarkIndex:
        if item.name not in self._indexes:
            index, likeness = MarkIndex(), self.of(item)
            names, places = likeness.traits.fields, IdentityPlaces()
            for ids, *columns in self._snapshot.pages(item.name, names):
                named = {
                    name: list(map(_database_row, column)) if name in item.references else column
                    for name, column in zip(names, columns, strict=True)
                }
                compared = ComparedColumns(item, named)
                for name in likeness.texts:
                    self._vocabularies[item.name].add(filter(None, compared.names(name, Form.LOOSE)))
                numbers = places.add(ids)
                for column in likeness.traits.of_rows(compared):
                    index.add(column, numbers)
            self._indexes[item.name], self._places[item.name] = index, places
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


def _stem(name: str, how: Derivation, lookup: Key) -> str | None:
    """The key field that would be derived for a new row with these values, before it is made unique."""
    return None if given(lookup, name) else proposed(how, lookup) or None


def _named_row(hit: Resolved | None) -> Json:
    """A resolved reference in the form in which references are compared; null if it names no single row yet."""
    match hit:
        case Found(row):
            return ("row", row.id)
        case CreatedRow(n):
            return ("made", n)
        case _:
            return None
