"""The rows that this changeset creates, so that references may name them (rule 3) and doubles are seen (rule 10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import chain

import msgspec

from bake.catalog.entity import ID, TEXT, Entity
from bake.catalog.lookups import Frozen, complete, frozen_values, given, naming_fields, parts, plain_names, stored
from bake.catalog.values import Json, same
from bake.changeset.coverage import Coverage
from bake.changeset.model import Key


class CreatedRow(msgspec.Struct, frozen=True):
    """A row that operation `n` creates. `values` are its scalar fields."""

    n: int
    key: Key
    values: Mapping[str, Json]


class _PartIndex:
    """Created rows of one entity by some of their fields; follows the growing list of rows."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self._fields = fields
        self._seen = 0
        self._rows: dict[Frozen, list[CreatedRow]] = {}

    def get(self, rows: list[tuple[CreatedRow, Key]], lookup: Key) -> list[CreatedRow]:
        for made, pinned in rows[self._seen :]:
            self._rows.setdefault(frozen_values(self._fields, pinned), []).append(made)
        self._seen = len(rows)
        return self._rows.get(frozen_values(self._fields, lookup), [])


class CreatedRows:
    """An index over created rows by uuid, natural key, part of a key, name, and the id that they carry in a document.

    Lookups come *pinned*: references in them already are whatever the row's identity is (`References.pinned`).
    """

    def __init__(self) -> None:
        self._by_key: defaultdict[tuple[str, tuple[str, ...]], dict[Frozen, CreatedRow]] = defaultdict(dict)
        self._by_name: defaultdict[str, dict[str, CreatedRow | list[CreatedRow]]] = defaultdict(dict)
        self._contested: set[int] = set()
        self._in_document: dict[tuple[str, int], CreatedRow | int | None] = {}
        self._same_ids: defaultdict[str, Coverage] = defaultdict(Coverage)
        self._parents: dict[int, Key] = {}
        self._entities: set[str] = set()
        self._rows: dict[str, list[tuple[CreatedRow, Key]]] = {}
        self._by_parts: dict[tuple[str, tuple[str, ...]], _PartIndex] = {}

    def add(self, item: Entity, made: CreatedRow, pinned: Key) -> None:
        """Remember a created row, of which this much is known."""
        self._entities.add(item.name)
        if parents := {name: pinned[name] for name in item.references if given(pinned, name)}:
            self._parents[made.n] = parents
        for key in item.identities:
            if complete(item, key, pinned):
                first = self._by_key[item.name, key].setdefault(frozen_values(key, pinned), made)
                self._contested |= {first.n} - {made.n}
        for plain in plain_names(item, pinned):
            self._name(self._by_name[item.name], plain, made)
        if any(len(key) > 1 for key in item.keys):
            self._rows.setdefault(item.name, []).append((made, pinned))

    @staticmethod
    def _name(rows: dict[str, CreatedRow | list[CreatedRow]], plain: str, made: CreatedRow) -> None:
        """Remember a row by a name: most names are of one row, for which no list is kept."""
        match rows.setdefault(plain, made):
            case list() as several:
                several.append(made)
            case first if first is not made:
                rows[plain] = [first, made]

    def map_id(self, entity: str, id_: int | None, row: CreatedRow | int) -> None:
        """Remember which row a document's record with this id stands for; an id of two rows stands for neither.

        Args:
            entity: whose record it is.
            id_: what it carries.
            row: what it is about: a created row, or the id of one of the database.
        """
        if id_ is None:
            return
        if row == id_ and (entity, id_) not in self._in_document:
            self._same_ids[entity].add(id_)  # a document often goes back to where it came from
            return
        first = id_ if id_ in self._same_ids[entity] else self._in_document.setdefault((entity, id_), row)
        if first is not row and _identity(first) != _identity(row):
            self._in_document[entity, id_] = None

    def has_any(self, entity: str) -> bool:
        """Whether there are rows of an entity."""
        return entity in self._entities

    def by_key(self, item: Entity, pinned: Key) -> CreatedRow | None:
        """The created row that has the uuid or a natural key of this lookup."""
        for key in item.identities:
            if complete(item, key, pinned) and (made := self._by_key[item.name, key].get(frozen_values(key, pinned))):
                return made
        return None

    def is_contested(self, made: CreatedRow) -> bool:
        """Whether another created row has one of its keys, too."""
        return made.n in self._contested

    def by_parts(self, item: Entity, pinned: Key) -> list[CreatedRow]:
        """The created rows that have all the parts of keys and the names which this lookup gives."""
        fields = parts(item, pinned)
        if not fields:
            return []
        index = self._by_parts.setdefault((item.name, fields), _PartIndex(fields))
        return index.get(self._rows.get(item.name, []), pinned)

    def by_name(self, item: Entity, lookup: Key) -> list[CreatedRow]:
        """The created rows one of whose names is a name of this lookup, in its normal form."""
        hits: dict[int, CreatedRow] = {}
        for plain in plain_names(item, lookup):
            there = self._by_name[item.name].get(plain, [])
            hits.update((made.n, made) for made in (there if isinstance(there, list) else (there,)))
        return list(hits.values())

    def by_text(self, item: Entity, text: str) -> list[CreatedRow]:
        """The created rows one of whose names is this text as it stands."""
        return [
            made
            for made in self.by_name(item, {TEXT: text})
            if any(made.values.get(name) == text for name in naming_fields(item))
        ]

    def in_document(self, entity: str, id_: Json) -> CreatedRow | int | None:
        """The row that this document's record with this id stands for, if it is one; that of the database by its id."""
        if type(id_) is not int:
            return None
        if (entity, id_) in self._in_document:
            return self._in_document[entity, id_]
        return id_ if id_ in self._same_ids[entity] else None

    def all_of(self, entity: str) -> list[CreatedRow]:
        """Every created row of an entity that has a natural key."""
        those = (rows.values() for (name, _), rows in self._by_key.items() if name == entity)
        return list({made.n: made for made in chain.from_iterable(those)}.values())

    def agrees(self, item: Entity, made: CreatedRow, pinned: Key) -> bool:
        """Whether a created row is all that a lookup says, the id and what the row does not say left out."""
        said = made.values
        return self.has_parents(item, made, pinned) and all(
            same(said[name], stored(part))
            for name, part in pinned.items()
            if name != ID and name in said and given(pinned, name)
        )

    def has_key(self, key: tuple[str, ...], made: CreatedRow, pinned: Key) -> bool:
        """Whether a created row has all parts of a key as a lookup says them, nulls too."""
        has: Key = {**made.values, **self._parents.get(made.n, {})}
        return frozen_values(key, has) == frozen_values(key, pinned)

    def has_parents(self, item: Entity, made: CreatedRow, pinned: Key) -> bool:
        """Whether a created row refers to the rows that a lookup says, as far as either says so."""
        parents = self._parents.get(made.n, {})
        return all(
            frozen_values((name,), parents) == frozen_values((name,), pinned)
            for name in item.references
            if name in parents and given(pinned, name)
        )


def _identity(row: CreatedRow | int | None) -> tuple[str, int | None]:
    return ("made", row.n) if isinstance(row, CreatedRow) else ("row", row)
