"""Find rows of this database by the natural keys that changesets write; a batch at a time.

In a key, a reference is the key of the row referred to. A changeset names an existing row by the key that the row had
before the changeset, even if an operation of it has changed that key since; and a row that it creates by its new key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from bake.applier.blocks import positions_by_value
from bake.catalog.entity import ID
from bake.catalog.field_types import Reference, Text, Uuid
from bake.catalog.lookups import Frozen, frozen
from bake.catalog.model import Catalog
from bake.catalog.moved_keys import are_others
from bake.catalog.reader import is_canonical
from bake.catalog.row import Row
from bake.catalog.values import Json, Misfit, parse
from bake.changeset.model import Key
from bake.database.reading.snapshot import DatabaseSnapshot

#: How many rows of an entity are cached by key at most.
_CACHED = 20_000
_ENCODER = msgspec.json.Encoder(decimal_format="number")

#: Stands for a part of a key that no row can have: the id of a missing parent, or a value that does not fit the field.
_NO_VALUE = object()


class Identified(NamedTuple):
    """A row that a key names: its id, and its uuid, if it has one."""

    id: int
    uuid: Json


class FoundRows(NamedTuple):
    """Rows that were found by key, in columns.

    Attributes:
        positions: those of the keys that one row alone has, in ascending order.
        ids: of these rows.
        columns: their values, by field.
        counts: how many rows have each of the other keys, by position.
    """

    positions: Sequence[int]
    ids: Sequence[int]
    columns: Mapping[str, Sequence[Json]]
    counts: Mapping[int, int]


class RowsByKey:
    """Finds rows by key.

    Args:
        snapshot: the rows of the database, those written so far included.
        catalog: the entities.
    """

    def __init__(self, snapshot: DatabaseSnapshot, catalog: Catalog) -> None:
        self._snapshot = snapshot
        self._catalog = catalog
        self._former_keys: dict[tuple[str, Frozen], int] = {}
        self._renamed_ids: defaultdict[str, set[int]] = defaultdict(set)
        self._cached: defaultdict[tuple[str, bool], dict[bytes, Identified]] = defaultdict(dict)

    def by_key(
        self,
        entity: str,
        keys: Sequence[Key],
        *,
        fields: Sequence[str] | None = None,
        lock: bool = False,
        current: bool = False,
    ) -> list[list[Row]]:
        """For each key the rows that have it: one, none, or, where the schema lets it happen, several.

        Args:
            entity: the name of their entity.
            keys: natural keys.
            fields: the fields to read beside those of the keys; None for all.
            lock: whether to keep others from changing the rows until the transaction ends.
            current: whether the keys are those that the rows have now; else those that they had before the changeset.
        """
        declared = self._catalog.entities[entity].fields
        of_keys = (name for form in dict.fromkeys(map(tuple, keys)) for name in form if name in declared)
        names = tuple(declared if fields is None else dict.fromkeys((*of_keys, *fields)))
        found = self.tuples(entity, keys, names, lock=lock, current=current)
        return [[Row(id_, dict(zip(names, values, strict=True))) for id_, *values in rows] for rows in found]

    def columns(
        self, entity: str, keys: Sequence[Key], fields: Collection[str], *, lock: bool = False, current: bool = False
    ) -> FoundRows:
        """Find rows as `by_key` does, and return those that are the only one with their key, in columns.

        Keys of one text field are looked up at once; keys that this does not find go through `tuples`.
        """
        shapes = set(map(tuple, keys))
        wanted = set(fields).union(*shapes)
        names = tuple(name for name in self._catalog.entities[entity].fields if name in wanted)
        positions: Sequence[int] = ()
        columns: Sequence[Sequence[Json]] = [()] * (len(names) + 1)
        if current or not self._former_keys:
            positions, columns = self._by_text(entity, shapes, keys, names, lock) or (positions, columns)
        if len(positions) == len(keys):
            return FoundRows(positions, columns[0], dict(zip(names, columns[1:], strict=True)), {})
        rows = dict(zip(positions, zip(*columns, strict=True), strict=True))
        rest = [n for n in range(len(keys)) if n not in rows]
        found = dict(
            zip(rest, self.tuples(entity, [keys[n] for n in rest], names, lock=lock, current=current), strict=True)
        )
        rows |= {n: some[0] for n, some in found.items() if len(some) == 1}
        positions = sorted(rows)
        columns = list(zip(*(rows[n] for n in positions), strict=True)) or columns
        counts = {n: len(some) for n, some in found.items() if len(some) != 1}
        return FoundRows(positions, columns[0], dict(zip(names, columns[1:], strict=True)), counts)

    def _by_text(
        self, entity: str, shapes: set[tuple[str, ...]], keys: Sequence[Key], names: tuple[str, ...], lock: bool
    ) -> tuple[Sequence[int], Sequence[Sequence[Json]]] | None:
        """Look up keys of one text field, all different and in canonical form; None if they are not.

        Returns:
            The positions of the keys that were found, and the columns of their rows: ids first, then the fields.
        """
        declared = self._catalog.entities[entity].fields
        match list(shapes):
            case [(by,)] if by in declared:
                type_, parts = declared[by].type, [key[by] for key in keys]
            case _:
                return None
        if not isinstance(type_, Text | Uuid) or set(map(type, parts)) != {str} or len(set(parts)) < len(parts):
            return None
        if not is_canonical(type_, {str}, parts):
            return None
        return self._snapshot.columns(entity, by, parts, names, lock=lock)

    def tuples(
        self,
        entity: str,
        keys: Sequence[Key],
        fields: tuple[str, ...],
        *,
        lock: bool = False,
        current: bool = False,
    ) -> list[list[tuple[Json, ...]]]:
        """Find rows as `by_key` does: each as a tuple of its id and the given fields, those of the keys included."""
        result: list[list[tuple[Json, ...]]] = [[] for _ in keys]
        for names, positions in positions_by_value(map(tuple, keys)).items():
            if not names or not set(names) <= self._catalog.entities[entity].fields.keys():
                continue
            wanted = self._canonical(entity, names, [keys[n] for n in positions])
            known = dict.fromkeys([parts for parts in wanted if _NO_VALUE not in parts])
            found = self._snapshot.tuples(entity, names, known, fields, lock=lock) if known else {}
            for n, parts in zip(positions, wanted, strict=True):
                result[n] = found.get(parts, [])
        if self._former_keys and not current:
            self._add_renamed(entity, keys, result, fields)
        return result

    def add_former_key(self, entity: str, before: Key, id_: int) -> None:
        """Note that an operation changed the key of a row; other operations still name the row by the former key."""
        self._former_keys[entity, frozen(before)] = id_
        self._renamed_ids[entity].add(id_)

    def _add_renamed(
        self, entity: str, keys: Sequence[Key], result: list[list[tuple[Json, ...]]], fields: tuple[str, ...]
    ) -> None:
        """Add to the result the rows that had one of the keys, and take out those that got the key since."""
        ids = {
            n: id_ for n, key in enumerate(keys) if (id_ := self._former_keys.get((entity, frozen(key)))) is not None
        }
        wanted = [(id_,) for id_ in dict.fromkeys(ids.values())]
        found = self._snapshot.tuples(entity, (ID,), wanted, fields) if ids else {}
        for n, id_ in ids.items():
            others = self._renamed_ids[entity]  # a row that got this key meanwhile is named by its former one
            result[n] = [*found.get((id_,), []), *(row for row in result[n] if row[0] not in others)]

    def ids(self, entity: str, keys: Sequence[Key | None]) -> list[int | None]:
        """The id of the row that each key names; None for null, and for a key that does not name exactly one row.

        What is found is cached until rows of the entity are written (`forget`).
        """
        return [None if one is None else one.id for one in self.identified(entity, keys)]

    def identified(self, entity: str, keys: Sequence[Key | None], *, current: bool = False) -> list[Identified | None]:
        """The id and uuid of the row that each key names; None as in `ids`. The arguments are those of `by_key`."""
        current = current and bool(self._renamed_ids.get(entity))
        cached = self._cached[entity, current]
        encoded = [_ENCODER.encode(key) if key is not None else b"" for key in keys]
        missing = {text: key for text, key in zip(encoded, keys, strict=True) if key is not None and text not in cached}
        fields = ("uuid",) if "uuid" in self._catalog.entities[entity].fields else ()
        rows_of = self.by_key(entity, list(missing.values()), fields=fields, current=current) if missing else ()
        found = zip(missing, rows_of, strict=True)
        ids = {text: Identified(rows[0].id, rows[0].values.get("uuid")) for text, rows in found if len(rows) == 1}
        result = [cached.get(text, ids.get(text)) for text in encoded] if ids else list(map(cached.get, encoded))
        if len(cached) + len(ids) > _CACHED:
            cached.clear()
        cached.update(ids)
        return result

    def are_others(self, entity: str, found: Sequence[Json], expected: Sequence[str | None]) -> Sequence[bool]:
        """Whether rows with these uuids are not those that were meant (`bake.catalog.moved_keys`)."""
        return are_others(self._snapshot, self._catalog.entities[entity], found, expected)

    def forget(self, entity: str) -> None:
        """Empty the cache of an entity whose rows were written, since its keys may name other rows now."""
        for current in (False, True):
            self._cached.pop((entity, current), None)

    def _canonical(self, entity: str, fields: tuple[str, ...], keys: list[Key]) -> list[tuple[Json, ...]]:
        """The values of keys as rows have them: references as ids, and `_NO_VALUE` where no row can have the value."""
        columns: list[list[Json]] = []
        for name in fields:
            type_ = self._catalog.entities[entity].fields[name].type
            raw = [key[name] for key in keys]
            if isinstance(type_, Reference):
                ids = self.ids(type_.entity, [part if isinstance(part, dict) else None for part in raw])
                columns.append([_NO_VALUE if id_ is None and part else id_ for id_, part in zip(ids, raw, strict=True)])
            else:
                kinds = set(map(type, raw))
                columns.append(raw if is_canonical(type_, kinds, raw) else [_parsed(type_, part) for part in raw])
        return list(zip(*columns, strict=True))


def _parsed(type_: object, raw: Json) -> Json:
    try:
        return parse(type_, raw)  # type: ignore[arg-type]
    except Misfit:
        return _NO_VALUE
