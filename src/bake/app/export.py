"""Exporting everything as a normalized set, and checking sets."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from bake.app.actor import now
from bake.app.interruption import NOTHING, stoppable
from bake.app.project import LOG, Project
from bake.app.written_files import ExportResult, ValidationResult
from bake.catalog.export_id import new_export_id
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.reading.unreadable import by_entity, unreadable_rows
from bake.database.schema import missing_entities
from bake.errors import NotInitialised, UsageError
from bake.exporter.archive import write_archive
from bake.exporter.entity_file import Stamp
from bake.exporter.sets import check_free, plan, write_set
from bake.exporter.validation import validate
from bake.sources.normalized.manifest import MANIFEST, ExportOptions
from bake.sources.normalized.set_files import set_files

EXPORTS = Path("docs/exports")
ARCHIVES = "archives"


def export_complete(
    project: Project,
    *,
    output: str | os.PathLike[str] | None = None,
    archive: bool = False,
    transactional: bool = True,
    events: bool = True,
    skip_on_error: bool = False,
) -> ExportResult:
    """Write all rows of the project's database as a normalized set.

    Args:
        project: whose database.
        output: the folder of the set; by default `docs/exports/<time>_<id>` in the project.
        archive: also write a ZIP, into `archives` beside the folder.
        transactional: whether purchases, stock and the like are in it: the entities of the group `transactional`.
        events: whether those of the group `events` are in it.
        skip_on_error: leave out rows that hold what is no value of its column, and all that refer to such rows; the
            result names them.

    Raises:
        Interrupted: it was cancelled; the set is there as a whole or not at all.
        UsageError: the folder holds something already, or what is left out is needed.
        UnreadableValue: a row cannot be read, and is not to be left out.
        DatabaseUnavailable: the database cannot be read.
    """
    stamp = Stamp(new_export_id(), now())
    at = datetime.fromisoformat(stamp.exported_at)
    folder = project.place(output, f"{EXPORTS}/{at:%Y-%m-%d_%H%M%S}_{stamp.export_id[-6:]}")
    zipped = folder.parent / ARCHIVES / f"{folder.resolve().name}.zip" if archive else None
    planned = plan(project.catalog, ExportOptions(include_transactional=transactional, include_events=events))
    check_free(folder)
    if zipped and zipped.exists():
        raise UsageError(f"{zipped} is there already", hint="Give another folder: --output DIR")
    with stoppable(lambda: _written(folder)):
        with project.connect() as database, database.reading() as connection:
            if missing := missing_entities(connection, project.catalog):
                raise NotInitialised(f"{database.label} has no table {missing[0]}", hint="bake init")
            left_out = unreadable_rows(connection, project.catalog, planned.entities) if skip_on_error else ()
            snapshot = DatabaseSnapshot(connection, project.catalog, without=by_entity(left_out))
            manifest = write_set(folder, snapshot, planned, stamp, project.tell)
        project.tell("packing")
        archived = write_archive(folder, zipped, at) if zipped else None
    LOG.info("%s: exported, %d files", folder.name, len(manifest.files))
    return ExportResult(folder, archived, manifest, tuple(left_out), project.catalog.left_out)


def _written(folder: Path) -> str:
    return f"the set was written: {folder}" if (folder / MANIFEST).exists() else NOTHING


def validate_export(path: str | os.PathLike[str]) -> ValidationResult:
    """Check a set: a folder, a `manifest.json` or a ZIP.

    Args:
        path: where it is.

    Raises:
        UsageError: there is nothing there.
        DamagedExport: it is not what was exported; the error has everything that is wrong.
        InvalidSource: it is no set, or what was exported cannot be read.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder", hint="bake export complete")
    files = set_files(path)
    if files is None:
        raise UsageError(f"{path} is no set", hint="Name a folder with a manifest.json, that file, or a ZIP of them.")
    inspection = validate(files).passed()
    return ValidationResult(inspection.name, inspection.manifest)
