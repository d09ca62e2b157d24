"""The functions `history`, `row_history` and `drift`: what changesets did to a database, and what others did."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec
import sqlalchemy as sa

from bake.app.project import Project
from bake.app.results import FieldChange, RowEvent
from bake.applier.drift import Drift
from bake.applier.drift import drift as differences
from bake.applier.rows_by_key import RowsByKey
from bake.catalog.entity import Entity
from bake.catalog.field_types import Reference
from bake.catalog.model import Catalog
from bake.catalog.sensitive import HIDDEN
from bake.catalog.values import Json, Misfit, is_token, parse
from bake.changeset.model import Evidence, Key
from bake.changeset.runs import numbers
from bake.database.ledger import history as recorded
from bake.database.ledger import ledger
from bake.database.ledger.history import LedgerChange
from bake.database.ledger.ledger import LedgerEntry
from bake.database.ledger.row_changes import mark
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import BakeError, Location, UsageError
from bake.sources.detect import open_source
from bake.sources.model import SourceFile

#: For how many records of one change the location in the source is given: thousands of records may say the same.
_LOCATED = 20
#: The size in bytes up to which a source is read again to locate records; reading 200 MB takes about a second.
_READ_AGAIN = 64 * 1024 * 1024


def history(project: Project) -> list[LedgerEntry]:
    """The ledger of the database: every application of a changeset, failed and reverted ones too, the newest first.

    Args:
        project: the project whose database is read.

    Raises:
        DatabaseUnavailable: the database cannot be read.
    """
    with project.connect() as database, database.reading() as connection:
        return ledger.entries(connection)[::-1]


def row_history(project: Project, entity: str, key: str, *, field: str | None = None) -> list[RowEvent]:
    """The changes that changesets made to one row, or to one field of it, the oldest first.

    If several rows have had the key, one after the other, the changes of each follow those of the one before;
    `RowEvent.uuid` tells the rows apart.

    Args:
        project: the project whose database is read.
        entity: the entity of the row.
        key: the value of a key of one field (a slug, a uuid), or a key as a JSON object; former keys serve as well.
        field: give only the changes of this field.

    Raises:
        UsageError: there is no such entity or field, or neither the database nor the ledger knows the row.
        DatabaseUnavailable: the database cannot be read.
    """
    item = _entity(project, entity)
    if field is not None and field not in item.fields:
        raise UsageError(f"{entity} has no field {field!r}", hint=_nearest(field, item.fields))
    with project.connect() as database, database.reading() as connection:
        told = _changes_of_row(connection, DatabaseSnapshot(connection, project.catalog), item, key)
        evidence = recorded.evidence_for(connection, told)
    located = _Locations(project)
    events = (_event(one, item, field, located, evidence.get(one.sequence, ())) for one in told)
    return [event for event in events if event.fields]


def _changes_of_row(
    connection: sa.Connection, snapshot: DatabaseSnapshot, item: Entity, key: str
) -> list[LedgerChange]:
    """Find the changes of the row that has a key, or that last had it.

    The row is looked up in the database first. If no row has the key, the ledger's last change under this key says
    which row had it; a row without uuid is followed from key to key, since it may have been renamed several times.

    Raises:
        UsageError: neither the database nor the ledger knows a row by the key.
    """
    keys = _possible_keys(snapshot.catalog, item, key)
    for meant in keys:
        [rows] = RowsByKey(snapshot, snapshot.catalog).by_key(item.name, [meant])
        if len(rows) == 1:
            return _all_under(connection, item.name, rows[0].values.get("uuid"), meant)
    known = [one for meant in keys if (one := recorded.last_change_under(connection, item.name, meant))]
    if not known:
        raise UsageError(
            f"there is no row {key} in {item.name}, and no changeset has ever changed one",
            hint=f"type the value of one of its keys, or the key as JSON: {_examples(item)}",
        )
    seen: set[str] = set()
    last = known[0]
    while last.uuid is None and last.renamed and (marked := mark(item.name, last.renamed)) not in seen:
        seen.add(marked)
        last = recorded.last_change_under(connection, item.name, last.renamed) or last
    if last.uuid is not None and "uuid" not in last.key:
        return [one for meant in keys for one in _all_under(connection, item.name, None, meant)]
    return _of(connection, item.name, last.uuid, last.key_after)


def _all_under(connection: sa.Connection, entity: str, uuid: str | None, key: Key) -> list[LedgerChange]:
    """The changes of every row that has had a key; those of the row that has it now (`uuid`) come last."""
    former = [other for other in recorded.uuids_under(connection, entity, key) if other != uuid]
    told = [one for other in former for one in recorded.of_uuid(connection, entity, other)]
    if uuid is None and former:
        return told
    return told + _of(connection, entity, uuid, key)


def _of(connection: sa.Connection, entity: str, uuid: str | None, key: Key) -> list[LedgerChange]:
    """The changes of one row, by its uuid, or by its key if it has none."""
    if uuid is not None:
        return recorded.of_uuid(connection, entity, uuid)
    return recorded.of_key(connection, entity, key)


def _possible_keys(catalog: Catalog, item: Entity, key: str) -> list[Key]:
    """The keys that a text given as `key` may stand for: its JSON object, or its value for each key of one field.

    Raises:
        UsageError: it begins like a JSON object, but is none.
    """
    if key.startswith("{"):
        try:
            return [msgspec.json.decode(key, type=dict)]
        except msgspec.DecodeError as error:
            raise UsageError(f"the key {key} is no JSON object: {error}", hint=_examples(item)) from None
    return list(_as_key(catalog, item, key))


def _as_key(catalog: Catalog, item: Entity, text: str) -> Iterator[Key]:
    """The keys of one field that a text can stand for; of a reference, those of the row that it refers to."""
    for name in (names[0] for names in item.portable_keys if len(names) == 1):
        type_ = item.fields[name].type
        if isinstance(type_, Reference):
            yield from ({name: key} for key in _as_key(catalog, catalog.entities[type_.entity], text))
        else:
            with suppress(Misfit):
                yield {name: parse(type_, text)}


def _event(
    one: LedgerChange, item: Entity, field: str | None, located: _Locations, evidence: Sequence[Evidence]
) -> RowEvent:
    """The event of one recorded change, with the fields that differ, or with `field` only."""
    before, after = one.change.before or {}, one.change.after or {}
    names = [name for name in (*item.fields, *(before | after)) if name in before or name in after]
    sides = [_change(item, name, before.get(name), after.get(name)) for name in dict.fromkeys(names)]
    records = tuple(numbers(one.change.records))
    return RowEvent(
        entry=one.entry,
        action=one.change.action,
        key=one.change.key_after,
        uuid=one.change.uuid,
        fields=tuple(s for s in sides if s.before != s.after and (field is None or s.field == field)),
        records=records,
        locations=tuple(located.of(one.entry, records[:_LOCATED])),
        evidence=tuple(said for said in evidence if field is None or said.field == field),
    )


def _change(item: Entity, name: str, before: Json, after: Json) -> FieldChange:
    """A change of a field; of a sensitive one without values that were recorded before it was one."""
    if name in item.sensitive:
        before, after = (one if one is None or is_token(one) else HIDDEN for one in (before, after))
    return FieldChange(name, before, after)


class _Locations:
    """Locates records in the sources that changesets were built from; opens each source once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._open = cache(self._source)

    def of(self, entry: LedgerEntry, records: tuple[int, ...]) -> Iterator[Location]:
        """The location of each record; none if the source is gone, has changed, or is too large."""
        source = self._open(entry.source_path, entry.source_sha256)
        for record in records if source else ():
            assert source is not None
            yield source.locate(record)

    def _source(self, path: str | None, sha256: str) -> SourceFile | None:
        """Open a source by its path in the project; None if it is gone, has changed, or is too large."""
        source_path = self._project.folder / path if path and self._project.has_folder else None
        if (
            source_path is None
            or not (source_path.is_file() or source_path.is_dir())
            or _size(source_path) > _READ_AGAIN
        ):
            return None
        try:
            source = open_source(source_path, self._project.catalog)
        except BakeError:
            return None
        return source if source.sha256 == sha256 else None


def _size(source_path: Path) -> int:
    """The size in bytes of a file, or of all files of a set's folder."""
    files = source_path.iterdir() if source_path.is_dir() else (source_path,)
    return sum(file.stat().st_size for file in files)


def _entity(project: Project, name: str) -> Entity:
    entities = project.catalog.entities
    if name not in entities:
        raise UsageError(f"the catalog has no {name!r}", hint=_nearest(name, entities))
    return entities[name]


def _nearest(name: str, known: object) -> str:
    """A hint for an unknown name: the known names that are spelled like it, or else all known names."""
    names = list(known)  # type: ignore[call-overload]
    close = difflib.get_close_matches(name, names, 3)
    return f"did you mean {' or '.join(close)}?" if close else "known are " + ", ".join(names)


def _examples(item: Entity) -> str:
    return " or ".join("{" + ", ".join(f'"{name}": …' for name in key) + "}" for key in item.portable_keys)


def drift(project: Project) -> list[Drift]:
    """Every row, and every field, that differs from what the ledger last recorded for it.

    Args:
        project: whose database and catalog.

    Raises:
        DatabaseUnavailable: the database cannot be read.
    """
    with project.connect() as database, database.reading() as connection:
        return list(differences(connection, project.catalog))
