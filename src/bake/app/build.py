"""The function `build`: compiles a source into a changeset file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from bake.app.answering.kept import standing_answers
from bake.app.answering.proven_readings import ProvenReadings
from bake.app.answering.remembered_answers import Recall, usable_answers
from bake.app.changeset_header import header_of
from bake.app.changeset_place import changeset_place
from bake.app.columns import SaidOfColumns, known_rows, match_columns, noting
from bake.app.interruption import Target, stoppable
from bake.app.progress import watched
from bake.app.project import LOG, Project
from bake.app.provenance import provenance_of
from bake.app.workers.source_workers import SingleProcess, workers_for_source
from bake.catalog.export_id import exported_at
from bake.catalog.names import slug
from bake.catalog.values import Json
from bake.changeset.events import Line
from bake.changeset.file import Changeset
from bake.changeset.header import Header
from bake.changeset.writing import Encoded, Revision, write
from bake.compiler.build import compile_source
from bake.compiler.context import Options
from bake.compiler.parallel import no_workers
from bake.database.ledger import ledger
from bake.database.ledger.created_since import CreatedSince
from bake.database.ledger.source_history import SourceHistory
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import UsageError
from bake.renderer.words import counted
from bake.sources.model import SourceFile
from bake.sources.texts.streams import as_file

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bake.changeset.header import ReadAs
    from bake.changeset.model import Mode
    from bake.sources.texts.streams import SourceLike

#: How many records are compiled together; only speed and memory depend on it.
BATCH = 1000


class BuildOptions(TypedDict, total=False):
    """Options of `build` that say how a source is read and compared, for functions that build and do more."""

    view: str | None
    read_as: ReadAs | None
    mode: Mode
    strict: bool
    two_way: bool
    auto_create: Sequence[str]
    columns: Mapping[str, str | None] | None
    values: Mapping[str, Json] | None
    tell: Callable[[str], None]


def build(
    project: Project,
    source: SourceLike,
    *,
    view: str | None = None,
    read_as: ReadAs | None = None,
    name: str | None = None,
    mode: Mode = "merge",
    strict: bool = False,
    two_way: bool = False,
    auto_create: Sequence[str] = (),
    columns: Mapping[str, str | None] | None = None,
    values: Mapping[str, Json] | None = None,
    output: str | os.PathLike[str] | None = None,
    tell: Callable[[str], None] = LOG.info,
) -> Changeset:
    """Compile a source into a changeset. The project's database is read, never written.

    Questions whose answers the project remembers are answered at once; these answers are recorded like all others.

    Args:
        project: the project with the database to compare with, and the catalog.
        source: a path (`-` is standard input), the bytes of a file, a binary stream, or records as dictionaries.
        view: the view or entity by which to read records that do not name one themselves, as in a CSV file.
        read_as: how to read the source, where it does not say it: encoding, sheet of a workbook, line of the header.
        name: the source's name, unless it is a path; by default its stream's name, `upload` or `records`.
        mode: `merge` creates and updates, `skip-existing` only creates, `mirror` also deletes rows that the source
            lacks.
        strict: ask a question wherever a warning would do.
        two_way: ignore the bases that an export carries: every value that differs from the database counts as an edit.
        auto_create: entities whose missing rows are created without asking, if the source has all required values.
        columns: of a sheet, or of records, that are no export: by the source's name of a column, the column of the view
            that it is, or None to leave it out. Others are matched by their names; what is not certain is a question.
        values: by a column of the view, the value of all records that give none.
        output: the changeset's file; by default `changesets/<date>-<source>-<id>.changeset.jsonl` in the project's
            folder. If the project has no folder, a temporary file, which lasts as long as the changeset object; `save`
            copies it.
        tell: called for each entity of `auto_create` with a line that says why some rows were not created.

    Returns:
        The changeset. Its questions may be open: `bake.resolve` answers them.

    Raises:
        Interrupted: it was cancelled; the changeset file is complete, or does not exist.
        UsageError: the source does not exist, or is a part of an export and the mode is `mirror`, or the output exists
            already.
        InvalidSource: the source cannot be read.
        DamagedExport: the source is a set whose files are not those that were exported.
        DatabaseUnavailable: the database cannot be read.
    """
    creatable = _creatable(project, auto_create)
    memory = usable_answers(project)
    options = Options(batch=BATCH, mode=mode, strict=strict, two_way=two_way, distinct=memory.distinct)
    target = Target()
    with stoppable(target.truth), as_file(source, name) as path:
        project.tell(f"reading {path.name}")
        with ExitStack() as stack:
            database = stack.enter_context(project.connect())
            said = SaidOfColumns(columns or {}, values or {}, memory)
            matched = match_columns(project.catalog, path, view, said, known_rows(project.catalog, database), read_as)
            stem = slug([Path(matched.source.name).stem]) or "source"
            header = header_of(project, matched, options)
            path_for = target.noting(changeset_place(project, stem, header, output))
            if matched.question is not None:
                if creatable:
                    tell("auto-create: nothing was created, since the columns of the source are asked for first")
                return write(_with_header(header, matched.unread()), path_for)
            _check_mirror(matched.source, mode)
            opened = watched(matched.source, "comparing", project.tell)
            provenance = provenance_of(matched.source)
            if provenance is not None:
                opened = provenance.taken_from(opened)
            crew = stack.enter_context(
                workers_for_source(project, database, matched.source, options, memory)
                if provenance is None  # workers do not read it
                else nullcontext(SingleProcess())
            )
            connection = stack.enter_context(database.reading())
            stack.enter_context(project.finding(connection))
            earlier = SourceHistory(connection, opened.sha256) or None
            # Asked again, since another process may have switched on the write-ahead log after the workers were forked.
            ahead = crew.results if database.can_be_shared else no_workers
            snapshot = DatabaseSnapshot(connection, project.catalog)
            own = ledger.database_id(connection)
            recall = Recall(memory, project.catalog, snapshot)
            lines = compile_source(
                opened,
                project.catalog,
                snapshot,
                options,
                database=own,
                earlier=earlier,
                created_since=_created_since(connection, opened, own) if mode == "mirror" else None,
                ahead=ahead,
            )
            lines = noting(matched.notices, provenance.attached(lines) if provenance else lines)
            proven = ProvenReadings(project.catalog, strict=strict)
            file = write(proven.watched(recall.watched(_with_header(header, lines))), path_for)
            standing = standing_answers(connection, file)
            answers = [*recall.answers, *standing, *proven.answers]
            if standing:
                questions = counted(len({answer.question for answer in standing}), "question")
                tell(f"{questions} answered as it was decided before; the changeset says when")
            if answers or creatable:
                from bake.app.answering.auto_resolve import auto_resolved  # loads slowly, and few builds need it

                file = auto_resolved(project, snapshot, file, answers, creatable, tell)
            project.keep_values(file.path)
    LOG.info("%s: built from %s, %d questions open", file.path.name, opened.name, len(file.decisions.open))
    return file


def _created_since(connection: sa.Connection, source: SourceFile, database: str) -> CreatedSince | None:
    """Tells which rows were created since an export of this database, if it is known when that was made."""
    moment = exported_at(source.export_id)
    return CreatedSince(connection, moment) if moment and source.database in (None, database) else None


def _check_mirror(source: SourceFile, mode: Mode) -> None:
    """Refuse to delete what an export lacks that was not to have all rows.

    Raises:
        UsageError: the source says that it is a part.
    """
    if mode == "mirror" and source.part:
        message = f"{source.name} holds only a part of the records ({source.part}), and a mirror deletes all others"
        raise UsageError(message, hint="Import it without --mode mirror, or export all records.")


def _creatable(project: Project, auto_create: Sequence[str]) -> frozenset[str]:
    if not auto_create:
        return frozenset()
    from bake.app.answering.auto_resolve import entities_of

    return entities_of(project.catalog, auto_create)


def _with_header(header: Header, lines: Iterator[Line | Encoded | Revision]) -> Iterator[Line | Encoded | Revision]:
    yield header
    yield from lines
