"""What inserts, updates and deletes share: reading values by type, resolving references, writing in savepoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa

from bake.applier.apply_context import UnresolvedKey
from bake.applier.created_numbers import CreatedNumbers
from bake.applier.keys_by_id import KeysById
from bake.applier.report import Report
from bake.applier.rows_by_key import RowsByKey
from bake.catalog.field_types import Reference
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.catalog.values import Json, Misfit, parse, same, shown
from bake.changeset.model import Change, Create, Delete, Update, Uuids
from bake.changeset.model import Row as RowDocument
from bake.changeset.pointers import pointer
from bake.database.failures import constraint_of, is_duplicate, is_refusal
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.writing.writer import Writer

_C = TypeVar("_C", bound=Change)


@dataclass(frozen=True, slots=True)
class ApplyContext:
    """One application's way to the database, and its report."""

    catalog: Catalog
    snapshot: DatabaseSnapshot
    rows: RowsByKey
    writer: Writer
    report: Report
    created: CreatedNumbers = field(default_factory=CreatedNumbers)

    def parsed(self, change: Change, values: RowDocument) -> RowDocument | None:
        """The values of a change in canonical form, references as keys; None if one does not fit, which is reported."""
        fields = self.catalog.entities[change.entity].fields
        result: RowDocument = {}
        for name, raw in values.items():
            try:
                if name not in fields:
                    raise Misfit(f"{change.entity} has no field {name}", "a field of the catalog")
                type_ = fields[name].type
                result[name] = _key(raw) if isinstance(type_, Reference) else parse(type_, raw)
            except Misfit as misfit:
                self.report.conflict(change, "constraint", name, found=raw, detail=str(misfit))
                return None
        return result

    def wholes(
        self, entity: str, images: Sequence[RowDocument], written: Sequence[RowDocument]
    ) -> Sequence[RowDocument]:
        """The images of whole rows, made of their values in place: references as they are written, or else as keys."""
        keys_by_id = self.keys_by_id()
        for name, target in self.catalog.entities[entity].references.items():
            ids = [image[name] for image, said in zip(images, written, strict=True) if name not in said]
            keys_by_id.keys(target, [id_ for id_ in ids if id_ is not None])
            for image, said in zip(images, written, strict=True):
                if name in said:
                    image[name] = said[name]
                elif image[name] is not None:
                    image[name] = keys_by_id.key(target, image[name])
        return images

    def keys_by_id(self) -> KeysById:
        """What rows are called now."""
        return KeysById(self.snapshot, self.catalog)

    def names_of_changed(self, entity: str, rows: Sequence[tuple[RowDocument, RowDocument]]) -> KeysById:
        """What the rows are called to which some rows refer, where they were expected to refer to others.

        Args:
            entity: whose rows.
            rows: the values of each row, and those that are expected of it; references as ids.
        """
        keys_by_id = self.keys_by_id()
        for name, target in self.catalog.entities[entity].references.items():
            pairs = [(values[name], expected[name]) for values, expected in rows if name in expected]
            keys_by_id.keys(target, [id_ for id_, wanted in pairs if id_ is not None and not same(id_, wanted)])
        return keys_by_id

    def as_key(self, keys_by_id: KeysById, entity: str, name: str, value: Json) -> Json:
        """The value of a field as changesets write it: a reference as the key of the row it names."""
        target = self.catalog.entities[entity].references.get(name)
        return keys_by_id.key(target, value) if target and value is not None else value

    def with_ids(
        self, entity: str, documents: Sequence[RowDocument], changes: Sequence[Create | Update] = ()
    ) -> list[dict[str, Json]]:
        """Row documents as the database has them: references as ids, `UnresolvedKey` where a key names no single row.

        A document without references stays the object that it is.

        Args:
            entity: whose rows.
            documents: the documents.
            changes: that write them; a row of another uuid than they say is none of those that are meant, and a row
                that another operation creates is named by the key that it has now, once it is there.
        """
        result = list(documents)
        for name, target in self.catalog.entities[entity].references.items():
            positions = [position for position, row in enumerate(documents) if name in row]
            keys = [documents[position][name] for position in positions]
            path = pointer(name)
            needs = [changes[position].needs.get(path) if changes else None for position in positions]
            for position, key, need in zip(positions, keys, needs, strict=True):
                [found] = self.rows.identified(target, [key], current=self.created.is_there(need))
                found = None if self.created.awaits(need) else found
                row = result[position]
                if row is documents[position]:
                    row = result[position] = dict(row)
                expected = changes[position].uuids.get(path) if changes else None
                if found is not None and self.rows.are_others(target, [found.uuid], [expected])[0]:
                    row[name] = UnresolvedKey(key, f"{found.uuid or 'none'}, not {expected}, as was meant")
                else:
                    row[name] = UnresolvedKey(key) if found is None and key is not None else found and found.id
        return result

    def uuids_named(self, entity: str, documents: Sequence[RowDocument]) -> list[Uuids]:
        """The uuids of the rows that the references of row documents name, by pointer; they were looked up before."""
        result: list[Uuids] = [{} for _ in documents]
        for name, target in self.catalog.entities[entity].references.items():
            found = self.rows.identified(target, [document.get(name) for document in documents])
            for uuids, row in zip(result, found, strict=True):
                if row is not None and isinstance(row.uuid, str):
                    uuids[pointer(name)] = row.uuid
        return result

    def uuids_of_created(self, change: Create | Update, document: RowDocument) -> Uuids:
        """The uuids of the rows that the references of a change name and that other operations created, by pointer."""
        result: dict[str, str] = {}
        for name, target in self.catalog.entities[change.entity].references.items():
            if name in document and self.created.is_there(change.needs.get(pointer(name))):
                [row] = self.rows.identified(target, [document[name]], current=True)
                if row is not None and isinstance(row.uuid, str):
                    result[pointer(name)] = row.uuid
        return result

    def is_meant(self, change: Update | Delete, rows: Sequence[Row]) -> bool:
        """Whether one row has the key of a change, and is the one that was meant; if not, that is reported."""
        expected = change.uuids.get("")
        if len(rows) != 1:
            self.report.conflict(change, "missing", detail=f"{len(rows)} rows have this key")
            return False
        found = rows[0].values.get("uuid")
        if self.rows.are_others(change.entity, [found], [expected])[0]:
            detail = f"another row has this key by now: its uuid is {found or 'none'}, not {expected}, as was meant"
            self.report.conflict(change, "missing", expected=expected, found=found, detail=detail)
            return False
        return True

    def try_each(
        self, changes: Sequence[_C], write: Callable[[Sequence[_C]], None], duplicates: list[_C] | None = None
    ) -> list[_C]:
        """Write all at once, or, if the database refuses, one by one, to report each refusal; what was written.

        Args:
            changes: of one entity.
            write: writes some of them.
            duplicates: gets those that are refused because another row has a unique value, which is then not reported.
        """
        if not changes:
            return []
        refusal = self.refusal(changes[0].entity, lambda: write(changes))
        if refusal is None:
            return list(changes)
        if len(changes) > 1:
            return [change for one in changes for change in self.try_each([one], write, duplicates)]
        if duplicates is not None and is_duplicate(refusal):
            duplicates.append(changes[0])
        else:
            self.report.conflict(changes[0], "constraint", detail=constraint_of(refusal))
        return []

    def refusal(self, entity: str, write: Callable[[], None]) -> sa.exc.DBAPIError | None:
        """Write rows of an entity; if the database refuses one, why, and nothing is written."""
        self.rows.forget(entity)
        try:
            with self.writer.savepoint():
                write()
        except sa.exc.DBAPIError as error:
            if not is_refusal(error):
                raise
            return error
        return None


def _key(raw: Json) -> Json:
    if raw is not None and not isinstance(raw, dict):
        raise Misfit(f"{shown(raw)} is no key", "a key or null")
    return raw


def awaits(create: Create, name: str) -> bool:
    """Whether a reference of a create names a row that another operation creates."""
    return isinstance(create.needs.get(pointer(name)), int)
