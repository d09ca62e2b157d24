"""The function `build`: compiles a source into a changeset file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from bake.app.answering.remembered_answers import usable_answers
from bake.app.changeset_header import header_of
from bake.app.changeset_place import changeset_place
from bake.app.columns import SaidOfColumns, known_rows, match_columns
from bake.app.compilation import Compilation
from bake.app.interruption import Target, stoppable
from bake.app.project import LOG, Project
from bake.catalog.model import Catalog
from bake.catalog.names import slug
from bake.catalog.values import Json
from bake.changeset.file import Changeset
from bake.changeset.writing import write
from bake.compiler.context import Options, has_own_ids
from bake.database.engine import Database
from bake.database.reading.aggregates import count
from bake.errors import UsageError
from bake.renderer.words import counted
from bake.sources.model import SourceFile
from bake.sources.texts.streams import as_file

if TYPE_CHECKING:
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
    keep_ids: bool
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
    keep_ids: bool = False,
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
        keep_ids: new rows get the numbers that are the primary keys of their records, of a set or a document of several
            entities; the tables have to be empty.
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
    options = Options(
        batch=BATCH, mode=mode, strict=strict, two_way=two_way, distinct=memory.distinct, keep_ids=keep_ids
    )
    target = Target()
    with stoppable(target.truth), as_file(source, name) as path:
        project.tell(f"reading {path.name}")
        with project.connect() as database:
            said = SaidOfColumns(columns or {}, values or {}, memory)
            matched = match_columns(project.catalog, path, view, said, known_rows(project.catalog, database), read_as)
            header = header_of(project, matched, options)
            path_for = target.noting(changeset_place(project, _stem(matched.source), header, output))
            if matched.question is not None:
                if creatable:
                    tell("auto-create: nothing was created, since the columns of the source are asked for first")
                return write(chain((header,), matched.unread()), path_for)
            _check_mirror(matched.source, mode)
            if keep_ids:
                _check_empty(project.catalog, database, matched.source)
            file = Compilation(project, database, matched, header, options, memory, creatable, tell).write(path_for)
    LOG.info("%s: built from %s, %d questions open", file.path.name, matched.source.name, len(file.decisions.open))
    return file


def _stem(source: SourceFile) -> str:
    """The beginning of the changeset's name: the source's name without its extension, as a slug."""
    return slug([Path(source.name).stem]) or "source"


def _check_mirror(source: SourceFile, mode: Mode) -> None:
    """Refuse to mirror an export of some rows only, since that would delete all others.

    Raises:
        UsageError: the mode is `mirror`, and the source says that it is a part.
    """
    if mode == "mirror" and source.part:
        message = f"{source.name} holds only a part of the records ({source.part}), and a mirror deletes all others"
        raise UsageError(message, hint="Import it without --mode mirror, or export all records.")


def _check_empty(catalog: Catalog, database: Database, source: SourceFile) -> None:
    """Refuse to keep ids if a table has rows, which may have the same ids, or if the ids are not those of the source.

    Raises:
        UsageError: it is so.
    """
    if not has_own_ids(source):
        message = f"{source.name} is no set, and primary keys are kept of whole sets only"
        raise UsageError(message, hint="bake export complete writes one; without --keep-ids, new rows get new numbers")
    entities = [catalog.entities[section.view.entity] for section in source.sections if section.view]
    with database.reading() as connection:
        for entity in entities:
            if entity.has_surrogate and (rows := count(connection, entity)):
                message = f"{entity.name} have {counted(rows, 'row')}, and primary keys are kept in empty tables only"
                raise UsageError(message, hint="without --keep-ids, rows are matched by their keys")


def _creatable(project: Project, auto_create: Sequence[str]) -> frozenset[str]:
    if not auto_create:
        return frozenset()
    from bake.app.answering.auto_resolve import entities_of

    return entities_of(project.catalog, auto_create)
