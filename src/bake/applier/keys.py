"""Natural keys, as changesets write them, to rows of this database."""

from __future__ import annotations

from collections.abc import Sequence

from bake.applier.names import Names
from bake.catalog.lookups import Frozen, frozen
from bake.catalog.model import ID, Catalog
from bake.catalog.row import Row
from bake.catalog.values import Json, Misfit, Reference, parse
from bake.changeset.model import Key
from bake.database.snapshot import DatabaseSnapshot

#: Stands for a part of a key that no row can have: a parent that is not there, a value that does not fit.
_NOWHERE = object()


class Rows:
    """Finds rows by key, a batch at a time. Keys are those that rows had before the changeset, new ones aside."""

    def __init__(self, snapshot: DatabaseSnapshot, catalog: Catalog) -> None:
        self._snapshot = snapshot
        self._catalog = catalog
        self._renamed: dict[tuple[str, Frozen], int] = {}

    def by_key(self, entity: str, keys: Sequence[Key], *, lock: bool = False, now: bool = False) -> list[list[Row]]:
        """For each key the rows that have it: one, none, or, where the schema lets it happen, several.

        Args:
            entity: its name.
            keys: natural keys; references in them are keys themselves.
            lock: keep others from changing the rows until the transaction ends.
            now: the keys are those that the rows have now.
        """
        result: list[list[Row]] = [[] for _ in keys]
        groups: dict[tuple[str, ...], list[int]] = {}
        for n, key in enumerate(keys):
            groups.setdefault(tuple(key), []).append(n)
        for fields, places in groups.items():
            if not fields or not set(fields) <= self._catalog.entities[entity].fields.keys():
                continue
            wanted = self._parts(entity, fields, [keys[n] for n in places])
            known = dict.fromkeys(parts for parts in wanted if _NOWHERE not in parts)
            found = self._snapshot.find(entity, fields, list(known), lock=lock) if known else {}
            for n, parts in zip(places, wanted, strict=True):
                result[n] = found.get(parts, []) if _NOWHERE not in parts else []
        if self._renamed and not now:
            self._add_renamed(entity, keys, result)
        return result

    def renamed(self, entity: str, before: Key, id_: int) -> None:
        """Let a row be found by the key that it had until now: the rest of the changeset names it so."""
        self._renamed[entity, frozen(before)] = id_

    def _add_renamed(self, entity: str, keys: Sequence[Key], result: list[list[Row]]) -> None:
        ids = {n: id_ for n, key in enumerate(keys) if (id_ := self._renamed.get((entity, frozen(key)))) is not None}
        found = self._snapshot.find(entity, (ID,), [(id_,) for id_ in ids.values()]) if ids else {}
        for n, id_ in ids.items():
            result[n] = [*found.get((id_,), []), *(row for row in result[n] if row.id != id_)]

    def ids(self, entity: str, keys: Sequence[Key | None]) -> list[int | None]:
        """The id of the row that each key names; None for null, and for a key that does not name exactly one row."""
        distinct = {frozen(key): key for key in keys if key is not None}
        rows = dict(zip(distinct, self.by_key(entity, list(distinct.values())), strict=True))
        hits = [rows[frozen(key)] if key is not None else [] for key in keys]
        return [hit[0].id if len(hit) == 1 else None for hit in hits]

    def key(self, entity: str, id_: int) -> Key:
        """The key of the row with this id, as changesets write it; the bare id if nothing portable names the row."""
        return Names(self._snapshot, self._catalog).keys(entity, [id_]).get(id_, {ID: id_})

    def _parts(self, entity: str, fields: tuple[str, ...], keys: list[Key]) -> list[tuple[Json, ...]]:
        columns: list[list[Json]] = []
        for name in fields:
            type_ = self._catalog.entities[entity].fields[name].type
            raw = [key[name] for key in keys]
            if isinstance(type_, Reference):
                ids = self.ids(type_.entity, [part if isinstance(part, dict) else None for part in raw])
                columns.append([_NOWHERE if id_ is None and part else id_ for id_, part in zip(ids, raw, strict=True)])
            else:
                columns.append([_parsed(type_, part) for part in raw])
        return list(zip(*columns, strict=True))


def key_words(key: Key) -> str:
    """A key in words: its values, those of keys within it too."""
    parts = (key_words(part) if isinstance(part, dict) else str(part) for part in key.values() if part is not None)
    return ", ".join(parts)


def _parsed(type_: object, raw: Json) -> Json:
    try:
        return parse(type_, raw)  # type: ignore[arg-type]
    except Misfit:
        return _NOWHERE
