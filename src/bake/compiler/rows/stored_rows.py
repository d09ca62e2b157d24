"""Finds the rows of the database that lookups speak of: by key, by parts of keys, and by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bake.catalog.entity import ID, TEXT, Entity
from bake.catalog.field_types import Uuid
from bake.catalog.lookups import complete, given, naming_fields, parts, plain_names, stored
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.catalog.texts import only_blanks_added
from bake.catalog.values import Json, Misfit, parse, same
from bake.changeset.model import Key
from bake.compiler.rows.resolved import Found, Resolved
from bake.compiler.rows.row_keys import RowKeys, Shape
from bake.compiler.snapshot import Snapshot, scan

#: What the reference of each of some records names: takes their entity, the field, and what each says of its own row.
ResolveField = Callable[[Entity, str, Sequence[Key]], Sequence[Resolved | None]]


class StoredRows:
    """Finds rows for many lookups at once: queries grow with kinds of key, never with lookups."""

    def __init__(self, catalog: Catalog, snapshot: Snapshot, keys: RowKeys, resolve_field: ResolveField) -> None:
        """Prepare.

        Args:
            catalog: the entities.
            snapshot: the rows of the database.
            keys: those by id.
            resolve_field: what references within lookups name.
        """
        self._catalog = catalog
        self._snapshot = snapshot
        self._keys = keys
        self._resolve_field = resolve_field
        self._names: dict[str, dict[str, list[int]]] = {}

    def exact(self, item: Entity, lookups: Sequence[Key]) -> list[list[Row]]:
        """For each lookup the rows of the database that have its uuid, or else its first natural key that any has."""
        result: list[list[Row]] = [[] for _ in lookups]
        for key in item.identities:
            positions = [n for n, lookup in enumerate(lookups) if not result[n] and complete(item, key, lookup)]
            for n, rows in zip(positions, self.having(item, key, [lookups[n] for n in positions]), strict=True):
                result[n] = rows
        return result

    def by_parts(self, item: Entity, lookups: Sequence[Key]) -> list[list[Row]]:
        """For each lookup the rows that have all the parts of keys and the names which it gives."""
        groups: dict[tuple[str, ...], list[int]] = {}
        for n, lookup in enumerate(lookups):
            groups.setdefault(parts(item, lookup), []).append(n)
        result: list[list[Row]] = [[] for _ in lookups]
        for fields, positions in groups.items():
            found = self.having(item, fields, [lookups[n] for n in positions]) if fields else [[] for _ in positions]
            for n, rows in zip(positions, found, strict=True):
                result[n] = rows
        return result

    def having(self, item: Entity, fields: tuple[str, ...], lookups: Sequence[Key]) -> list[list[Row]]:
        """For each lookup the rows that equal it in these fields; references in it are resolved first."""
        columns = [
            self._parents(item, name, lookups) if name in item.references else
            [stored(lookup.get(name)) for lookup in lookups]
            for name in fields
        ]  # fmt: skip
        keys = list(zip(*columns, strict=True))
        known = dict.fromkeys(key for key in keys if _MISSING not in key)
        rows = self._snapshot.find(item.name, fields, list(known)) if known else {}
        return [rows.get(key, []) for key in keys]

    def _parents(self, item: Entity, name: str, lookups: Sequence[Key]) -> list[Json]:
        """The ids of the rows that a reference within lookups names; null for none, `_MISSING` if it is unclear."""
        hits = self._resolve_field(item, name, lookups)
        return [hit.row.id if isinstance(hit, Found) else _MISSING if hit else None for hit in hits]

    def by_text(self, item: Entity, lookups: Sequence[Key]) -> list[list[Row]]:
        """For each lookup the rows that have its text as a key of one field or as another name, as it stands."""
        result: list[dict[int, Row]] = [{} for _ in lookups]
        texts = {n: text for n, lookup in enumerate(lookups) if isinstance(text := lookup.get(TEXT), str)}
        for name in (*naming_fields(item), *(["uuid"] if "uuid" in item.fields else [])):
            said = {n: part for n, text in texts.items() if (part := _as_field(name, text))}
            found = self.having(item, (name,), [{name: part} for part in said.values()]) if said else []
            for n, rows in zip(said, found, strict=True):
                result[n] |= {row.id: row for row in rows}
        return [list(rows.values()) for rows in result]

    def by_name(self, item: Entity, lookups: Sequence[Key]) -> dict[tuple[str, ...], list[Row]]:
        """The rows that have one of the names of these lookups in its normal form, in one query for all of them."""
        if not lookups:
            return {}
        index = self._index(item)
        ids = {
            names: list(dict.fromkeys(id_ for plain in names for id_ in index.get(plain, [])))
            for names in {tuple(plain_names(item, lookup)) for lookup in lookups}
        }
        self._keys.fetch(item.name, sorted(set().union(*ids.values())))
        found = {
            names: [row for id_ in those if (row := self._keys.known(item.name, id_))] for names, those in ids.items()
        }
        rows = list({row.id: row for those in found.values() for row in those}.values())
        self._keys.fetch_for_keys(item.name, rows)
        self.fetch_parents(item, lookups, rows)
        return found

    def fetch_parents(self, item: Entity, lookups: Sequence[Key], rows: Sequence[Row]) -> None:
        """Fetch the rows that these refer to and that lookups say something of, for comparing them."""
        said: Shape = {name: {} for name in item.references if any(given(lookup, name) for lookup in lookups)}
        self._keys.fetch_parents(item.name, rows, said)

    def agrees(self, entity: str, values: Key, lookup: Key) -> bool:
        """Whether a row (its references as ids) is all that a lookup says, its own id left out of account."""
        return next(self.differing(entity, values, lookup), None) is None

    def differing(self, entity: str, values: Key, lookup: Key) -> Iterator[tuple[str, ...]]:
        """The paths of a lookup in which a row is not what it says; null says nothing, nor do surrogate ids."""
        item = self._catalog.entities[entity]
        for name, part in lookup.items():
            if part is None or name == ID:
                continue
            if name == TEXT:
                if not set(plain_names(item, {TEXT: part})) & set(plain_names(item, values)):
                    yield ()
                continue
            target = item.references.get(name)
            if target is None:
                if not same(has := values.get(name), said := stored(part)) and not only_blanks_added(has, said):
                    yield (name,)
                continue
            parent = self._keys.row(target, values[name]) if values.get(name) is not None else None
            if parent is not None:
                yield from ((name, *path) for path in self.differing(target, parent.values, part))
            elif given(lookup, name):
                yield (name,)

    def _index(self, item: Entity) -> dict[str, list[int]]:
        """The ids of rows by their names in normal form; read once, when a name is first not found as it stands."""
        if item.name not in self._names:
            index: dict[str, list[int]] = {}
            for row in scan(self._snapshot, item.name, naming_fields(item)):
                for plain in set(plain_names(item, row.values)):
                    index.setdefault(plain, []).append(row.id)
            self._names[item.name] = index
        return self._names[item.name]


def _as_field(name: str, text: str) -> Json:
    """A text as the value of a field that may name a row; None if it can be none."""
    if name != "uuid":
        return text
    try:
        return parse(Uuid(), text)
    except Misfit:
        return None


class _Missing:
    """Stands for the id of a parent that is not a row of the database: equal to no id."""


_MISSING = _Missing()
