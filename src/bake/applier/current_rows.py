"""What the database has now of the rows that a changeset changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from bake.applier.keys import Rows
from bake.applier.names import Names
from bake.catalog.lookups import Frozen, complete, frozen
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.catalog.values import Json, Misfit, Reference, parse
from bake.changeset.model import Key, Uuids
from bake.changeset.model import Row as RowDocument
from bake.changeset.pointers import pointer
from bake.database.history import RowChange
from bake.database.snapshot import DatabaseSnapshot

#: Stands for a value that cannot be had here: the id of a row that is not there, a value that fits no more.
MISSING = object()


class CurrentRows:
    """Finds rows and compares them with recorded images.

    Args:
        snapshot: the rows of the database.
        catalog: the entities.
        renames: keys that changesets changed, to what became of them: images name those rows by any of them.
    """

    def __init__(
        self, snapshot: DatabaseSnapshot, catalog: Catalog, renames: Mapping[tuple[str, Frozen], Key] | None = None
    ) -> None:
        self.snapshot = snapshot
        self.catalog = catalog
        self.names = Names(snapshot, catalog)
        self._renames = renames or {}
        self._rows = Rows(snapshot, catalog)

    def rows(self, entity: str, changes: Sequence[RowChange], fields: Sequence[str] | None = None) -> list[Row | None]:
        """The row of each change as it is now: the one with its uuid, or else with its key afterwards.

        Args:
            entity: the kind of row.
            changes: what happened to them.
            fields: what the rows are to hold at least; None is all of it.
        """
        by_uuid = "uuid" in self.catalog.entities[entity].fields
        uuids = {change.uuid for change in changes if change.uuid} if by_uuid else set()
        wanted = [(uuid,) for uuid in uuids]
        known = self.snapshot.find(entity, ("uuid",), wanted, fields=fields) if uuids else {}
        rest = [change for change in changes if change.uuid not in uuids]
        keyed = dict(zip(map(id, rest), self._rows.by_key(entity, [change.key_after for change in rest]), strict=True))
        found = [keyed[id(c)] if id(c) in keyed else known.get((c.uuid,), []) for c in changes]
        return [rows[0] if len(rows) == 1 else None for rows in found]

    def befores(self, entity: str, changes: Sequence[RowChange]) -> list[dict[str, Json]]:
        """The images before some changes; references lead to the rows that were meant, whatever they are called now."""
        return self.images(entity, [change.before or {} for change in changes], [change.uuids for change in changes])

    def afters(self, entity: str, changes: Sequence[RowChange]) -> list[dict[str, Json]]:
        """The images after some changes, likewise."""
        return self.images(entity, [c.after or {} for c in changes], [change.uuids_after for change in changes])

    def images(
        self, entity: str, documents: Sequence[RowDocument], uuids: Sequence[Uuids] = ()
    ) -> list[dict[str, Json]]:
        """Images in the form in which rows are read: canonical, references as ids, `MISSING` where there is none.

        Args:
            entity: whose.
            documents: the images as they were recorded.
            uuids: of each, those of the rows that its references name, by JSON pointer, if they were recorded.
        """
        item = self.catalog.entities[entity]
        result = [{name: self._scalar(entity, name, raw) for name, raw in image.items()} for image in documents]
        for name, target in item.references.items():
            having = [image for image in result if image.get(name) is not None]
            for image, id_ in zip(having, self._ids(target, [image[name] for image in having]), strict=True):
                image[name] = MISSING if id_ is None else id_
            self._by_uuid(target, name, result, uuids)
        return result

    def _by_uuid(self, target: str, name: str, images: Sequence[dict[str, Json]], uuids: Sequence[Uuids]) -> None:
        """Let a reference lead to the row whose uuid was recorded, or nowhere."""
        path = pointer(name)
        meant = {n: those[path] for n, those in enumerate(uuids) if path in those and images[n].get(name) is not None}
        wanted = [(uuid,) for uuid in dict.fromkeys(meant.values())]
        found = self.snapshot.find(target, ("uuid",), wanted, fields=()) if wanted else {}
        for n, uuid in meant.items():
            rows = found.get((uuid,), ())
            images[n][name] = rows[0].id if len(rows) == 1 else MISSING

    def named(self, entity: str, name: str, value: Json) -> Json:
        """The value of a field as changesets write it: a reference as the key of the row it names."""
        target = self.catalog.entities[entity].references.get(name)
        return self.names.keys(target, [value])[value] if target and value is not None else value

    def fetch_named(self, entity: str, rows: Sequence[tuple[Row, Collection[str]]]) -> None:
        """Look up at once what `named` will be asked for: what some rows refer to in these of their fields."""
        for name, target in self.catalog.entities[entity].references.items():
            ids = [row.values.get(name) for row, fields in rows if name in fields]
            self.names.keys(target, [id_ for id_ in ids if id_ is not None])

    def documents(self, entity: str, rows: Sequence[Row]) -> list[RowDocument]:
        """Rows as row documents, as far as they were read: references as keys."""
        result = [dict(row.values) for row in rows]
        for name, target in self.catalog.entities[entity].references.items():
            having = [values for values in result if values.get(name) is not None]
            named = self.names.keys(target, [values[name] for values in having]) if having else {}
            for values in having:
                values[name] = named[values[name]]
        return result

    def forget(self) -> None:
        """Forget the names of rows, of which there may be very many."""
        self.names = Names(self.snapshot, self.catalog)

    def taken(self, entity: str, images: Sequence[dict[str, Json]]) -> list[bool]:
        """Whether a row has one of the keys of each image."""
        item = self.catalog.entities[entity]
        result = [False] * len(images)
        for key in item.identities:
            those = [n for n, image in enumerate(images) if complete(item, key, image)]
            wanted = {n: tuple(images[n].get(name) for name in key) for n in those}
            known = {n: parts for n, parts in wanted.items() if MISSING not in parts}
            found = self.snapshot.find(entity, key, list(known.values())) if known else {}
            for n, parts in known.items():
                result[n] = result[n] or parts in found
        return result

    def _scalar(self, entity: str, name: str, raw: Json) -> Json:
        declared = self.catalog.entities[entity].fields.get(name)
        if declared is None:
            return MISSING
        if isinstance(declared.type, Reference):
            return raw
        try:
            return parse(declared.type, raw)
        except Misfit:
            return MISSING

    def _ids(self, target: str, keys: Sequence[Key]) -> list[int | None]:
        ids = self._rows.ids(target, keys)
        lost = [n for n, id_ in enumerate(ids) if id_ is None and (target, frozen(keys[n])) in self._renames]
        later = [self._renames[target, frozen(keys[n])] for n in lost]
        for n, id_ in zip(lost, self._rows.ids(target, later), strict=True):
            ids[n] = id_
        return ids


def renames(changes: Iterable[RowChange]) -> dict[tuple[str, Frozen], Key]:
    """Keys that were changed, each to the one that became of it in the end."""
    result: dict[tuple[str, Frozen], Key] = {}
    came: defaultdict[tuple[str, Frozen], set[tuple[str, Frozen]]] = defaultdict(set)  # by what became of them
    for change in (change for change in changes if change.renamed):
        before, after = (change.entity, frozen(change.key)), (change.entity, frozen(change.key_after))
        if before in result:  # it was another row's
            came[change.entity, frozen(result[before])].discard(before)
        became = came.pop(before, set()) | {before}
        result |= dict.fromkeys(became, change.key_after)
        came[after] |= became
    return result
