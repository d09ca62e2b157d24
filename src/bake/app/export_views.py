"""Exports views, to be edited by people, in spreadsheets or by AIs; the base in each record tells what was edited."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias, assert_never

import sqlalchemy as sa

from bake.app.actor import now
from bake.app.export import EXPORTS
from bake.app.interruption import NOTHING, stoppable
from bake.app.progress import counted
from bake.app.project import LOG, Project
from bake.app.written_files import ViewExport
from bake.catalog.base_digest import BASE, BaseFormat
from bake.catalog.export_id import new_export_id
from bake.catalog.model import Catalog
from bake.catalog.values import Json, shown
from bake.catalog.view import Role, View
from bake.commands import command
from bake.database.ledger import ledger
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.reading.unreadable import by_entity, unreadable_rows
from bake.database.schema import missing_entities
from bake.errors import InvalidSource, NotInitialised, UsageError
from bake.exporter.atomic_file import atomic_file
from bake.exporter.heading import Heading
from bake.exporter.lines import with_lines
from bake.exporter.part import part_of
from bake.exporter.prompt import prompt
from bake.exporter.records import Records, read_entities
from bake.exporter.schema import schema
from bake.exporter.template import template
from bake.exporter.view_files import write_csv, write_json
from bake.sources.detect import open_source
from bake.sources.model import SourceFile

#: How a view is written.
ViewFormat: TypeAlias = Literal["json", "csv", "xlsx"]

VIEWS = EXPORTS / "ai_augmentation"


def export_view(
    project: Project,
    name: str,
    *,
    output: str | os.PathLike[str] | None = None,
    format_: ViewFormat | None = None,
    columns: Sequence[str] = (),
    where: str | None = None,
    limit: int | None = None,
    force: bool = False,
    skip_on_error: bool = False,
) -> ViewExport:
    """Write a view of the project's database, over an earlier export that nobody has edited since.

    Args:
        project: whose database.
        name: the view.
        output: the file; by default `docs/exports/ai_augmentation/view_<name>.<format>` in the project.
        format_: JSON, a sheet (CSV), or a workbook (XLSX); by default what `output` ends with, else JSON.
        columns: the columns to write, besides those that identify a record; none for all.
        where: conditions on the records, such as `upc_code is null and last_purchase_price > 5`; see
            `bake.catalog.conditions`.
        limit: how many records to write at most.
        force: overwrite whatever is there.
        skip_on_error: leave out rows that hold what is no value of its column, and all that refer to such rows; the
            result names them, of all entities that the view reads.

    Raises:
        Interrupted: it was cancelled; what was there stays, or all of it is there.
        UsageError: there is no such view or column, the conditions cannot be read, the file cannot be written, or it
            holds what no export wrote.
        UnreadableValue: a row cannot be read, and is not to be left out.
        DatabaseUnavailable: the database cannot be read.
    """
    view = exported_view(project.catalog, name)
    part = part_of(project.catalog, view, columns, where, limit)
    format_ = format_ or _format_of(output)
    path = project.place(output, f"{VIEWS}/view_{view.name}.{format_}")
    with stoppable(_change_of(path)), project.connect() as database, database.reading() as connection:
        if missing := missing_entities(connection, project.catalog):
            raise NotInitialised(f"{database.label} has no table {missing[0]}", hint="bake init")
        if not force:
            _check_unedited(project, connection, path)
        read = [*read_entities(view), *(line.entity for _, line, _ in project.catalog.lines_of(view))]
        left_out = unreadable_rows(connection, project.catalog, read) if skip_on_error else ()
        snapshot = DatabaseSnapshot(connection, project.catalog, without=by_entity(left_out))
        own = ledger.database_id(connection)
        heading = Heading(new_export_id(), now(), snapshot.count(view.entity), own, len(left_out), part.said)
        with atomic_file(path) as stream:
            rows = counted(
                Records(snapshot, view, part.where),
                lambda done: project.tell(f"exporting {view.name}", done, heading.count),
            )
            records = _with_base(rows, BaseFormat(project.catalog, view), own)
            if format_ == "json":
                records = with_lines(snapshot, part.view, records, own)
            count = _write(stream, project.catalog, part.view, heading, part.of(records), format_)
    LOG.info("%s: exported, %d records", path.name, count)
    return ViewExport(path, part.view, replace(heading, count=count), tuple(left_out))


def _format_of(output: str | os.PathLike[str] | None) -> ViewFormat:
    """The format that the name of a file asks for."""
    match Path(output or "").suffix.casefold():
        case ".csv":
            return "csv"
        case ".xlsx":
            return "xlsx"
        case _:
            return "json"


def _write(
    stream: IO[bytes],
    catalog: Catalog,
    view: View,
    heading: Heading,
    records: Iterable[dict[str, Json]],
    format_: ViewFormat,
) -> int:
    """Write a view in a format, and give the number of its records."""
    match format_:
        case "json":
            return write_json(stream, view, heading, records)
        case "csv":
            return write_csv(stream, catalog, view, heading, records)
        case "xlsx":
            from bake.exporter.view_workbook import write_xlsx  # here, since it loads what only workbooks need

            return write_xlsx(stream, catalog, view, heading, records)
        case _:
            assert_never(format_)


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

    Args:
        project: whose catalog.
        name: the view.

    Raises:
        UsageError: there is no such view.
    """
    return schema(project.catalog, exported_view(project.catalog, name))


def view_prompt(project: Project, name: str, *, columns: Sequence[str] = ()) -> str:
    """What to tell an assistant that is to fill in a view, in Markdown.

    Args:
        project: whose catalog.
        name: the view.
        columns: the columns that are to be filled in; none for all that can be.

    Raises:
        UsageError: there is no such view, or a column is not one that can be edited.
    """
    view = exported_view(project.catalog, name)
    editable = [column.name for column in view.columns if column.role is Role.EDITABLE]
    if unknown := [one for one in columns if one not in editable]:
        raise UsageError(
            f"{shown(unknown[0])} is no column of {name} that can be filled in", hint=f"it has {', '.join(editable)}"
        )
    return prompt(project.catalog, view, [view.by_name[one] for one in columns])


def view_template(project: Project, name: str) -> dict[str, Any]:
    """An empty file of a view, with an example.

    Args:
        project: whose catalog.
        name: the view.

    Raises:
        UsageError: there is no such view.
    """
    return template(project.catalog, exported_view(project.catalog, name), date.fromisoformat(now()[:10]))


def _check_unedited(project: Project, connection: sa.Connection, path: Path) -> None:
    """Refuse to overwrite what somebody may still need: anything but an unedited export, or one that was imported.

    An export is unedited if each of its records has the values that it was exported with, as its base tells.
    """
    if not path.is_file():
        return
    try:
        source = open_source(path, project.catalog)
        imported = source.export_id and ledger.applied_source(connection, source.sha256)
        if imported or _is_unedited(project.catalog, source):
            return
    except InvalidSource:
        pass  # whatever it is, no export wrote it like this
    raise UsageError(
        f"{path} is not as an export wrote it; edits in it that were not imported would be lost",
        hint=f"{command('changeset', 'build', path)}, or choose another file with --output, "
        "or overwrite it with --force",
    )


def _is_unedited(catalog: Catalog, source: SourceFile) -> bool:
    views = [section.view for section in source.sections if section.view and section.view.kind == "view"]
    if source.export_id is None or len(views) != len(source.sections):
        return False
    return all(
        BaseFormat(catalog, view).is_unedited(_without(record.value, _lists_and_references(catalog, view)))
        for section, view in zip(source.sections, views, strict=True)
        for record in source.records(section)
    )


def _without(record: dict[str, Json], names: Collection[str]) -> dict[str, Json]:
    return {name: value for name, value in record.items() if name not in names}


def _lists_and_references(catalog: Catalog, view: View) -> set[str]:
    """What a record of an export holds that no base tells of: its lists, and of a line in them the record around it."""
    references = catalog.entities[view.entity].references
    understood = {column.name for column in view.columns if not column.exported and column.name in references}
    return {*view.lines, *understood}


def _change_of(path: Path) -> Callable[[], str]:
    """What tells whether a file was replaced since."""

    def state() -> tuple[int, int] | None:
        try:
            return path.stat().st_ino, path.stat().st_mtime_ns
        except OSError:
            return None

    before = state()
    return lambda: NOTHING if state() == before else f"the view was written: {path}"


def _with_base(records: Iterable[dict[str, Json]], base: BaseFormat, database: str) -> Iterator[dict[str, Json]]:
    for record in records:
        record[BASE] = base.write(record, database)
        yield record
