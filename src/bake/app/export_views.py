"""Exporting views: for people, spreadsheets and AIs to edit; each export keeps a base, so that edits can be told."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias
from uuid import uuid4

import sqlalchemy as sa

from bake.app.actor import now
from bake.app.export import EXPORTS
from bake.app.interruption import NOTHING, stoppable
from bake.app.progress import counted
from bake.app.project import Project
from bake.catalog.model import Catalog, View
from bake.catalog.values import Json, shown
from bake.database import ledger
from bake.database.aggregates import count
from bake.database.schema import missing_tables
from bake.database.snapshot import DatabaseSnapshot
from bake.errors import NotInitialised, UsageError
from bake.exporter import bases
from bake.exporter.atomic_file import atomic_file
from bake.exporter.bases import BaseWriter, keeping_base
from bake.exporter.csv_out import write_csv
from bake.exporter.heading import Heading
from bake.exporter.records import Records
from bake.exporter.schema import schema
from bake.exporter.template import template
from bake.exporter.views import write_json
from bake.sources.detect import open_source

#: How a view is written.
ViewFormat: TypeAlias = Literal["json", "csv"]

VIEWS = EXPORTS / "ai_augmentation"
#: How many bases of a view `prune` keeps unless told otherwise.
KEPT = 10


@dataclass(frozen=True, slots=True)
class ViewExport:
    """What was written: the file, how many records, under which id."""

    path: Path
    view: View
    heading: Heading


def export_view(
    project: Project,
    name: str,
    *,
    output: Path | None = None,
    format_: ViewFormat = "json",
    force: bool = False,
) -> ViewExport:
    """Write a view of the project's database, over an earlier export that nobody has edited since.

    Args:
        project: whose database.
        name: the view.
        output: the file; by default `docs/exports/ai_augmentation/view_<name>.<format>` in the project.
        format_: JSON or a sheet.
        force: overwrite whatever is there.
        progress: is told how far it is.

    Raises:
        Interrupted: it was; what was there stays, or all of it is there.
        UsageError: there is no such view, the file cannot be written, or it holds what no export wrote.
        DatabaseUnavailable: the database cannot be read.
    """
    view = exported_view(project.catalog, name)
    path = output or project.folder / VIEWS / f"view_{view.name}.{format_}"
    with stoppable(_change_of(path)), project.database() as database, database.reading() as connection:
        if missing := missing_tables(connection, project.catalog):
            raise NotInitialised(f"{database.label} has no table {missing[0]}", hint="bake init")
        if not force:
            _check_unedited(project, connection, path)
        heading = Heading(str(uuid4()), now(), count(connection, project.catalog.entities[view.entity]))
        snapshot = DatabaseSnapshot(connection, project.catalog)
        with atomic_file(path) as stream, keeping_base(project.bases, view, heading) as base:
            read = counted(
                Records(snapshot, view), lambda done: project.progress(f"exporting {view.name}", done, heading.count)
            )
            records = _kept(read, base)
            if format_ == "csv":
                write_csv(stream, project.catalog, view, heading, records)
            else:
                write_json(stream, view, heading, records)
            base.exported(stream)
    return ViewExport(path, view, heading)


def exported_view(catalog: Catalog, name: str) -> View:
    """A view that can be exported, by its name.

    Raises:
        UsageError: there is none.
    """
    views = {view.name: view for view in catalog.views if view.kind == "view"}
    if name not in views:
        raise UsageError(f"no view is called {shown(name)}", hint=f"Known are: {', '.join(views)}.")
    return views[name]


def view_schema(project: Project, name: str) -> dict[str, Any]:
    """The JSON Schema of a view's file.

    Raises:
        UsageError: there is no such view.
    """
    return schema(project.catalog, exported_view(project.catalog, name))


def view_template(project: Project, name: str) -> dict[str, Any]:
    """An empty file of a view, with an example.

    Raises:
        UsageError: there is no such view.
    """
    return template(project.catalog, exported_view(project.catalog, name))


def prune(project: Project, *, keep: int | None = None, older_than: int | None = None) -> list[Path]:
    """Remove bases that no import will need any more; the views exported with them are compared two-way then.

    Args:
        project: whose bases.
        keep: how many of each view stay; `KEPT`, if neither is given.
        older_than: those of the last so many days stay.

    Returns:
        The files that were removed.
    """
    if keep is not None and older_than is not None:
        raise UsageError("--keep and --older-than cannot be combined", hint="bake export prune --older-than 90")
    if older_than is not None:
        return bases.prune(project.bases, before=datetime.now(UTC) - timedelta(days=older_than))
    return bases.prune(project.bases, keep=KEPT if keep is None else keep)


def _check_unedited(project: Project, connection: sa.Connection, path: Path) -> None:
    """Refuse to overwrite what somebody may still need: anything but an export as it was written, or one imported."""
    if not path.is_file():
        return
    try:
        sha256 = bases.digest(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read, to tell whether it was edited: {error.strerror}") from None
    imported = ledger.applied_source(connection, sha256) and open_source(path, project.catalog).export_id
    if not imported and not bases.wrote(project.bases, sha256):
        raise UsageError(
            f"{path} is not as an export wrote it; edits in it that were not imported would be lost",
            hint=f"bake changeset build {shlex.quote(str(path))}, or choose another file with --output, "
            "or overwrite it with --force",
        )


def _change_of(path: Path) -> Callable[[], str]:
    """What tells whether a file was replaced since."""

    def state() -> tuple[int, int] | None:
        try:
            return path.stat().st_ino, path.stat().st_mtime_ns
        except OSError:
            return None

    before = state()
    return lambda: NOTHING if state() == before else f"the view was written: {path}"


def _kept(records: Iterable[dict[str, Json]], base: BaseWriter) -> Iterator[dict[str, Json]]:
    for record in records:
        base.add(record)
        yield record
