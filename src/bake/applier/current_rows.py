"""Read the present state of rows that changesets changed, and bring recorded images into a comparable form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from bake.applier.keys_by_id import KeysById
from bake.applier.rows_by_key import RowsByKey
from bake.catalog.entity import ID
from bake.catalog.field_types import Reference, Sensitive
from bake.catalog.lookups import Frozen, complete, frozen
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.catalog.sensitive import HINT
from bake.catalog.values import Json, Misfit, is_token, parse
from bake.changeset.model import Key, Uuids
from bake.changeset.model import Row as RowDocument
from bake.changeset.pointers import pointer
from bake.database.ledger.row_changes import RowChange
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import UsageError

#: Takes the place of a value that cannot be converted: the id of a row that does not exist, a value whose field is gone
#: or whose type no longer accepts it.
MISSING = object()


class CurrentRows:
    """Finds the rows of recorded changes, and converts between images, rows and row documents.

    Args:
        snapshot: the rows of the database.
        catalog: describes the entities.
        renames: the present keys of rows by their former keys (see `renames` below), since images may name a row by a
            former key.
    """

    def __init__(
        self, snapshot: DatabaseSnapshot, catalog: Catalog, renames: Mapping[tuple[str, Frozen], Key] | None = None
    ) -> None:
        self.snapshot = snapshot
        self.catalog = catalog
        self.keys_by_id = KeysById(snapshot, catalog)
        self._renames = renames or {}
        self._rows = RowsByKey(snapshot, catalog)

    def rows(self, entity: str, changes: Sequence[RowChange], fields: Sequence[str] | None = None) -> list[Row | None]:
        """Find the row of each change: by its uuid if that was recorded, else by its key after the change.

        A row that lost its uuid since is found by its key (`bake.catalog.moved_keys`).

        Args:
            entity: the entity of the changes.
            changes: the recorded changes.
            fields: the fields to read; None for all.

        Returns:
            For each change its row; None if no row, or more than one, was found.
        """
        by_uuid = "uuid" in self.catalog.entities[entity].fields
        uuids = {change.uuid for change in changes if change.uuid} if by_uuid else set()
        wanted = [(uuid,) for uuid in uuids]
        known = self.snapshot.find(entity, ("uuid",), wanted, fields=fields) if uuids else {}
        rest = [change for change in changes if (change.uuid,) not in known]
        keyed = dict(zip(map(id, rest), self._rows.by_key(entity, [change.key_after for change in rest]), strict=True))
        found = [self._without(c, keyed[id(c)], uuids) if id(c) in keyed else known[c.uuid,] for c in changes]
        return [rows[0] if len(rows) == 1 else None for rows in found]

    def _without(self, change: RowChange, rows: Sequence[Row], uuids: Collection[str]) -> Sequence[Row]:
        """Of the rows with the key of a change whose uuid no row has: those without a uuid; all, if it had none."""
        return rows if change.uuid not in uuids else [row for row in rows if row.values.get("uuid") is None]

    def befores(self, entity: str, changes: Sequence[RowChange]) -> list[dict[str, Json]]:
        """The images before some changes, converted by `images`."""
        return self.images(entity, [change.before or {} for change in changes], [change.uuids for change in changes])

    def afters(self, entity: str, changes: Sequence[RowChange]) -> list[dict[str, Json]]:
        """The images after some changes, converted by `images`."""
        return self.images(entity, [c.after or {} for c in changes], [change.uuids_after for change in changes])

    def images(
        self, entity: str, documents: Sequence[RowDocument], uuids: Sequence[Uuids] = ()
    ) -> list[dict[str, Json]]:
        """Convert recorded images to the form of a row's values: canonical values, references as ids.

        Args:
            entity: the entity of the images.
            documents: the images as they were recorded: references as keys.
            uuids: for each image, the recorded uuids of the rows that its references name, by JSON pointer. A uuid
                finds a row even if its key has changed since.

        Returns:
            For each image the values by field; `MISSING` for a value that cannot be converted.
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
        """In images whose reference `name` has a recorded uuid, set it to the id of the row with that uuid.

        Args:
            target: the entity that the reference refers to.
            name: the field of the reference.
            images: changed in place; `MISSING` is set if no row has the uuid, unless the row of the key lost it.
            uuids: as for `images`.
        """
        path = pointer(name)
        meant = {n: those[path] for n, those in enumerate(uuids) if path in those and images[n].get(name) is not None}
        wanted = [(uuid,) for uuid in dict.fromkeys(meant.values())]
        found = self.snapshot.find(target, ("uuid",), wanted, fields=()) if wanted else {}
        lost = [(id_,) for n, uuid in meant.items() if (uuid,) not in found and type(id_ := images[n][name]) is int]
        keyed = self.snapshot.find(target, (ID,), dict.fromkeys(lost), fields=("uuid",)) if lost else {}
        for n, uuid in meant.items():
            rows = found.get((uuid,)) or [
                row for row in keyed.get((images[n][name],), ()) if row.values["uuid"] is None
            ]
            images[n][name] = rows[0].id if len(rows) == 1 else MISSING

    def named(self, entity: str, name: str, value: Json) -> Json:
        """The value of a row's field as it stands in row documents: a reference as a key, any other value as it is."""
        target = self.catalog.entities[entity].references.get(name)
        return self.keys_by_id.key(target, value) if target and isinstance(value, int) else value

    def fetch_named(self, entity: str, rows: Sequence[tuple[Row, Collection[str]]]) -> None:
        """Look up the keys that later calls of `named` need, with one query for each reference field.

        Args:
            entity: the entity of the rows.
            rows: each row, and the names of its fields for which `named` will be called.
        """
        for name, target in self.catalog.entities[entity].references.items():
            ids = [row.values.get(name) for row, fields in rows if name in fields]
            self.keys_by_id.keys(target, [id_ for id_ in ids if id_ is not None])

    def documents(self, entity: str, rows: Sequence[Row]) -> list[RowDocument]:
        """Convert rows to row documents, with references as keys; they hold the fields that were read."""
        return self.keys_by_id.documents(entity, rows)

    def forget(self) -> None:
        """Discard the keys looked up so far, to free their memory."""
        self.keys_by_id = KeysById(self.snapshot, self.catalog)

    def taken(self, entity: str, images: Sequence[dict[str, Json]]) -> list[bool]:
        """For each image, whether a row in the database has one of its keys."""
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
        """The canonical value of a field that is no reference; references are returned as they are."""
        declared = self.catalog.entities[entity].fields.get(name)
        if declared is None:
            return MISSING
        if isinstance(declared.type, Reference):
            return raw
        if isinstance(declared.type, Sensitive) and is_token(raw) and declared.type.bound.is_foreign(raw):
            raise UsageError(f"{entity}.{name}: {raw} was made with another key than this project's", hint=HINT)
        try:
            return parse(declared.type, raw)
        except Misfit:
            return MISSING

    def _ids(self, target: str, keys: Sequence[Key]) -> list[int | None]:
        """The ids of the rows with these keys, or with the keys that they were renamed to; None if there is none."""
        ids = self._rows.ids(target, keys)
        lost = [n for n, id_ in enumerate(ids) if id_ is None and (target, frozen(keys[n])) in self._renames]
        later = [self._renames[target, frozen(keys[n])] for n in lost]
        for n, id_ in zip(lost, self._rows.ids(target, later), strict=True):
            ids[n] = id_
        return ids


def renames(changes: Iterable[RowChange]) -> dict[tuple[str, Frozen], Key]:
    """Map former keys of rows to their last keys, by following all changes of keys.

    Args:
        changes: recorded changes, the oldest first.

    Returns:
        The last key by entity and former key. If several rows have had a former key, it is that of the last of them.
    """
    result: dict[tuple[str, Frozen], Key] = {}
    former: defaultdict[tuple[str, Frozen], set[tuple[str, Frozen]]] = defaultdict(set)  # former keys, by last key
    for change in (change for change in changes if change.renamed):
        before, after = (change.entity, frozen(change.key)), (change.entity, frozen(change.key_after))
        if before in result:  # another row had this key earlier; from now on, it leads to this row
            former[change.entity, frozen(result[before])].discard(before)
        moved = former.pop(before, set()) | {before}
        result |= dict.fromkeys(moved, change.key_after)
        former[after] |= moved
    return result
