"""Find rows that differ from what the ledger last recorded of them, since they were edited by other means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

import sqlalchemy as sa

from bake.applier.current_rows import MISSING, CurrentRows, renames
from bake.catalog.model import Catalog
from bake.catalog.values import Json, same
from bake.changeset.model import Key, Row, Uuids
from bake.changeset.pointers import field_of, pointer
from bake.database.ledger import history
from bake.database.ledger.row_changes import RowChange
from bake.database.reading.snapshot import DatabaseSnapshot

Kind: TypeAlias = Literal["changed", "missing", "there"]

#: How many rows are compared at a time.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between the ledger and the database.

    Attributes:
        kind: `changed`: a field has another value; `missing`: the row does not exist; `there`: the row exists, although
            a changeset deleted it.
        entity: the entity of the row.
        key: the last key of the row that the ledger recorded.
        field: for `changed`, the field; else None.
        recorded: for `changed`, the value in the ledger.
        found: for `changed`, the value in the database.
    """

    kind: Kind
    entity: str
    key: Key
    field: str | None = None
    recorded: Json = None
    found: Json = None


def drift(connection: sa.Connection, catalog: Catalog) -> Iterator[Drift]:
    """Compare all rows that changesets changed with the ledger; rows that none ever changed are not looked at.

    A reference differs if it refers to another row than the one recorded. That one is found by its uuid if the ledger
    has it, else by its key.

    Yields:
        The differences, entity by entity.
    """
    renamed = renames(history.key_changes(connection))
    present = CurrentRows(DatabaseSnapshot(connection, catalog), catalog, renamed)
    for entity in catalog.entities:
        rows = history.changes_by_row(connection, entity)
        while batch := list(islice(rows, _BATCH)):
            yield from _compared(present, entity, batch)


def _compared(present: CurrentRows, entity: str, batch: Sequence[list[RowChange]]) -> Iterator[Drift]:
    """The differences of some rows; `batch` has the recorded changes of each, the oldest first."""
    recorded = [_folded(changes) for changes in batch]
    lasts = [changes[-1] for changes in batch]
    uuids = [_uuids(changes) for changes in batch]
    images = present.images(entity, [image or {} for image in recorded], uuids)
    found = present.rows(entity, lasts)
    documents = iter(present.keys_by_id.documents(entity, [row for row in found if row]))
    for last, image, named, ids, row in zip(lasts, recorded, uuids, images, found, strict=True):
        document = next(documents) if row else {}
        if row is None and image is not None:
            yield Drift("missing", entity, last.key_after)
        elif row is not None and image is None:
            yield Drift("there", entity, last.key_after)
        elif row is not None and image is not None:
            compared = row.values.keys() - present.catalog.entities[entity].kept
            for name, value in ids.items():
                known = None if pointer(name) in named else image[name]
                if name in compared and not _is(value, row.values[name], known, document[name]):
                    yield Drift("changed", entity, last.key_after, name, image[name], document[name])


def _is(recorded: Json, found: Json, recorded_key: Json, found_key: Json) -> bool:
    """Whether a value is the one recorded.

    A reference to a row whose recorded key finds no row (`MISSING`) is compared by the key alone.
    """
    return same(recorded, found) or (recorded is MISSING and recorded_key is not None and recorded_key == found_key)


def _uuids(changes: Sequence[RowChange]) -> Uuids:
    """The recorded uuids of the rows that the references of `_folded(changes)` name, by JSON pointer."""
    uuids: Uuids = {}
    for change in changes:
        uuids = {path: uuid for path, uuid in uuids.items() if field_of(path) not in (change.after or {})}
        uuids |= change.uuids_after
    return uuids


def _folded(changes: Sequence[RowChange]) -> Row | None:
    """The last recorded state of a row: the fields that the ledger knows; None if the last change deleted the row."""
    image: Row | None = None
    for change in changes:
        match change.action:
            case "delete":
                image = None
            case "create":
                image = change.after
            case "update":
                image = {**(image or {}), **(change.after or {})}
    return image
