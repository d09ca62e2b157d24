"""Rows of the database by id, and the natural keys by which a changeset names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TypeAlias

from bake.catalog.entity import ID, Entity
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.changeset.model import Key, Uuids
from bake.compiler.snapshot import Snapshot

#: References to follow, each with those to follow from there: `{"product": {"ingredient": {}}}`.
Shape: TypeAlias = "Mapping[str, Shape]"

#: How many rows are remembered before the memory is cleared: parents are few, but a source may name a million.
REMEMBERED = 5_000


class RowKeys:
    """Fetches rows by id in batches, remembers them for a while, and names them by key."""

    def __init__(self, catalog: Catalog, snapshot: Snapshot) -> None:
        self._catalog = catalog
        self._snapshot = snapshot
        self._rows: dict[tuple[str, int], Row] = {}

    def fetch(self, entity: str, ids: Iterable[int]) -> None:
        """Make the rows with these ids known in one batch; those that are not there are passed over."""
        missing = list(dict.fromkeys(id_ for id_ in ids if (entity, id_) not in self._rows))
        if not missing:
            return
        for rows in self._snapshot.find(entity, (ID,), [(id_,) for id_ in missing]).values():
            for row in rows:
                self._rows[entity, row.id] = row

    def trim(self) -> None:
        """Forget rows, if there are many. Only between batches: within one, what was fetched has to stay known."""
        if len(self._rows) > REMEMBERED:
            self._rows.clear()

    def fetch_parents(self, entity: str, rows: Iterable[Row], shape: Shape) -> None:
        """Make the rows known that these rows refer to, along the references of a shape, a batch a reference."""
        rows = list(rows)
        for name, below in shape.items():
            target = self._catalog.entities[entity].references[name]
            ids = [id_ for row in rows if (id_ := row.values.get(name)) is not None]
            self.fetch(target, ids)
            if below:
                parents = (self._rows.get((target, id_)) for id_ in dict.fromkeys(ids))
                self.fetch_parents(target, [row for row in parents if row], below)

    def fetch_referred(self, entity: str, rows: Sequence[Row], names: Iterable[str]) -> None:
        """Fetch the rows to which these fields of some rows refer, and all that is needed to name those by key."""
        references = self._catalog.entities[entity].references
        for name in names:
            if name in references:
                ids = {id_: None for row in rows if (id_ := row.values.get(name)) is not None}
                self.fetch(references[name], ids)
                parents = [row for id_ in ids if (row := self.known(references[name], id_))]
                self.fetch_for_keys(references[name], parents)

    def fetch_for_keys(self, entity: str, rows: Iterable[Row]) -> None:
        """Fetch the rows that occur in the keys of some rows: one query for each reference in a key."""
        item = self._catalog.entities[entity]
        if item.references.keys().isdisjoint(chain.from_iterable(item.naming_keys)):
            return
        by_key: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            by_key.setdefault(_key_fields(item, row), []).append(row)
        for names, those in by_key.items():
            self.fetch_referred(entity, those, names)

    def known(self, entity: str, id_: int) -> Row | None:
        """The row with this id, if it was fetched."""
        return self._rows.get((entity, id_))

    def row(self, entity: str, id_: int) -> Row | None:
        """The row with this id, if there is one."""
        if (entity, id_) not in self._rows:
            self.fetch(entity, [id_])
        return self._rows.get((entity, id_))

    def key(self, entity: str, row: Row) -> Key:
        """The first of the entity's keys whose parts the row has, as changesets write it.

        Raises:
            LookupError: the row has no natural key and no uuid, so that nothing portable names it.
        """
        item = self._catalog.entities[entity]
        if names := _key_fields(item, row):
            return {name: self.reference(item.references.get(name), row.values[name]) for name in names}
        raise LookupError(f"row {row.id} of {entity} has neither a natural key nor a uuid")

    def reference(self, target: str | None, value: object) -> object:
        """A field's value as a row document has it: the id of a reference becomes the key of the row it names."""
        if target is None or not isinstance(value, int):
            return value
        row = self.row(target, value)
        return self.key(target, row) if row else None


def uuids_of(path: str, key: Key, row: Row) -> Uuids:
    """What an operation says beside a key to tell which row it means, at this place: its uuid, if it has one.

    Where the key is the uuid, it says so already.
    """
    uuid = row.values.get("uuid")
    return {path: uuid} if isinstance(uuid, str) and "uuid" not in key else {}


def _key_fields(item: Entity, row: Row) -> tuple[str, ...]:
    """The fields of the first key whose parts a row has; none if it has no whole key."""
    values = row.values
    for key in item.portable_keys:
        for name in key:
            if values.get(name) is None:
                break
        else:
            return key
    return ()
