"""Find the natural keys of rows, by which changesets name them, by id; a batch at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from bake.catalog.entity import ID
from bake.catalog.model import Catalog
from bake.catalog.names import key_words
from bake.catalog.row import Row
from bake.changeset.model import Key
from bake.changeset.model import Row as RowDocument
from bake.database.constraints.dependents import Holder, OutsideTable
from bake.database.reading.snapshot import DatabaseSnapshot


class KeysById:
    """Looks up the keys of rows, and caches them."""

    def __init__(self, snapshot: DatabaseSnapshot, catalog: Catalog) -> None:
        self._snapshot = snapshot
        self._catalog = catalog
        self._keys: defaultdict[str, dict[int, Key]] = defaultdict(dict)

    def keys(self, entity: str, ids: Iterable[int]) -> dict[int, Key]:
        """The keys of rows, by id; the result may hold more rows than were asked for.

        A row is named by the first portable key of its entity in which it has no null. A row without such a key is
        named by its id, and so is an id without a row, which a column without a foreign key can hold.
        """
        known = self._keys[entity]
        missing = [id_ for id_ in dict.fromkeys(ids) if id_ not in known]
        if missing:
            found = self._snapshot.find(entity, (ID,), [(id_,) for id_ in missing])
            self.remember(entity, [row for rows in found.values() for row in rows])
            known.update((id_, {ID: id_}) for id_ in missing if id_ not in known)
        return known

    def key(self, entity: str, id_: int) -> Key:
        """The key of one row; its id if it has no portable key, or does not exist."""
        return self.keys(entity, [id_])[id_]

    def fetch(self, holders: Iterable[Holder]) -> None:
        """Cache the keys that calls of `refers` will need, with one query for each entity."""
        by_entity: defaultdict[str, list[int]] = defaultdict(list)
        for entity, id_ in (holder for holder in holders if isinstance(holder, tuple)):
            by_entity[entity].append(id_)
        for entity, ids in by_entity.items():
            self.keys(entity, ids)

    def refers(self, holder: Holder) -> str:
        """Say why a row cannot be deleted: the row, or the table, that still refers to it."""
        if isinstance(holder, tuple):
            entity, id_ = holder
            return f"{entity} {key_words(self.key(entity, id_))} refers to it"
        several = isinstance(holder, OutsideTable) and holder.rows > 1
        return f"{holder} {'refer' if several else 'refers'} to it"

    def remember(self, entity: str, rows: Sequence[Row]) -> dict[int, Key]:
        """Cache the keys of rows that were read already, and return all cached keys of the entity, by id."""
        chosen = {row.id: self._chosen(entity, row) for row in rows}
        parts = {row.id: [row.values[name] for name in chosen[row.id]] for row in rows}
        for name, target in self._catalog.entities[entity].references.items():
            positions = [(id_, key.index(name)) for id_, key in chosen.items() if name in key]
            named = self.keys(target, [parts[id_][position] for id_, position in positions]) if positions else {}
            for id_, position in positions:
                parts[id_][position] = named.get(parts[id_][position], {ID: parts[id_][position]})
        self._keys[entity] |= {
            id_: dict(zip(key, parts[id_], strict=True)) if key else {ID: id_} for id_, key in chosen.items()
        }
        return self._keys[entity]

    def documents(self, entity: str, rows: Sequence[Row]) -> list[RowDocument]:
        """Convert rows to row documents, with references as keys; a reference to no row becomes `{"id": …}`."""
        result = [dict(row.values) for row in rows]
        for name, target in self._catalog.entities[entity].references.items():
            having = [row for row in result if row.get(name) is not None]
            named = self.keys(target, [row[name] for row in having]) if having else {}
            for row in having:
                row[name] = named.get(row[name], {ID: row[name]})
        return result

    def _chosen(self, entity: str, row: Row) -> tuple[str, ...]:
        """The fields of the first portable key whose values the row has; empty if there is none."""
        keys = self._catalog.entities[entity].portable_keys
        return next((key for key in keys if all(row.values.get(name) is not None for name in key)), ())
