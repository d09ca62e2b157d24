"""Compiling a source into a changeset file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from bake.app.actor import now
from bake.app.changeset_place import changeset_place
from bake.app.interruption import Target, stoppable
from bake.app.progress import watched
from bake.app.project import LOG, Project
from bake.app.remembered_answers import Recall, remembered_answers
from bake.app.source_workers import workers_for_source
from bake.catalog.base_digest import BASE
from bake.catalog.names import slug
from bake.changeset.file import Changeset
from bake.changeset.model import BY_RECORDS, FORMAT, CatalogStamp, Header, Line, Section, Source
from bake.changeset.writing import Encoded, write
from bake.compiler.build import compile_source
from bake.compiler.context import Options
from bake.compiler.parallel import no_workers
from bake.database import ledger
from bake.database.snapshot import DatabaseSnapshot
from bake.database.source_history import SourceHistory
from bake.sources.detect import open_source
from bake.sources.model import SourceFile
from bake.sources.streams import as_file

if TYPE_CHECKING:
    from bake.changeset.model import Mode
    from bake.sources.streams import SourceLike

#: How many records are looked up together; only speed and memory depend on it.
BATCH = 1000
#: How many records are looked at for what they were exported with.
_LOOKED_AT = 1000


def build(
    project: Project,
    source: SourceLike,
    *,
    view: str | None = None,
    name: str | None = None,
    mode: Mode = "merge",
    strict: bool = False,
    two_way: bool = False,
    auto_create: Sequence[str] = (),
    output: str | os.PathLike[str] | None = None,
    tell: Callable[[str], None] = LOG.info,
) -> Changeset:
    """Compile a source into a changeset: reads the project's database, never writes to it.

    Answers that the project remembers are given right away; they are events like any other answer.

    Args:
        project: whose database and catalog.
        source: a path (`-` is standard input), the bytes of a file, a binary stream, or records as dictionaries.
        view: the view or entity that records are of; of what does not say so itself, as a sheet made elsewhere.
        name: what the source is called, unless it is a path; by default its stream's name, `upload` or `records`.
        mode: `merge` creates and updates, `skip-existing` only creates, `mirror` also deletes what the source lacks.
        strict: ask about what would otherwise only be warned of.
        two_way: compare with the database alone; of an export, old values count as edits, too.
        auto_create: entities whose missing rows are created without asking, as far as the source says all they need.
        output: the changeset's file; by default `changesets/<date>-<source>-<id>.changeset.jsonl` in the project's
            folder. Without either, the changeset is kept for as long as somebody holds it; `save` keeps it longer.
        tell: is told, in a line an entity, why nothing was created for others of `auto_create`; else it is logged.

    Returns:
        The changeset. Its questions may be open: `bake.resolve` answers them.

    Raises:
        Interrupted: it was cancelled; the changeset is there as a whole or not at all.
        UsageError: a file is not there, or there already.
        InvalidSource: the source cannot be read.
        DamagedExport: the source is a set that is not what was exported.
        DatabaseUnavailable: the database cannot.
    """
    creatable = _creatable(project, auto_create)
    memory = remembered_answers(project)
    options = Options(batch=BATCH, mode=mode, strict=strict, two_way=two_way, distinct=memory.distinct)
    target = Target()
    with stoppable(target.truth), as_file(source, name) as path:
        project.tell(f"reading {path.name}")
        unwatched = open_source(path, project.catalog, view)
        opened = watched(unwatched, "comparing", project.tell)
        with (
            project.connect() as database,
            workers_for_source(project, database, unwatched, options, memory) as crew,
            database.reading() as connection,
        ):
            header = _header(project, opened, options)
            earlier = SourceHistory(connection, opened.sha256) or None
            ahead = (
                crew.results if database.can_be_shared else no_workers
            )  # it may have got a write-ahead log meanwhile
            snapshot = DatabaseSnapshot(connection, project.catalog)
            own = ledger.database_id(connection)
            recall = Recall(memory, project.catalog, snapshot)
            lines = compile_source(
                opened, project.catalog, snapshot, options, database=own, earlier=earlier, ahead=ahead
            )
            stem = slug([Path(opened.name).stem]) or "source"
            path_for = target.noting(changeset_place(project, stem, header, output))
            file = write(recall.watched(_with_header(header, lines)), path_for)
            if recall.answers or creatable:
                from bake.app.auto_resolve import auto_resolved  # few builds need it, and loading it takes its time

                file = auto_resolved(project, snapshot, file, recall.answers, creatable, tell)
    LOG.info("%s: built from %s, %d questions open", file.path.name, opened.name, len(file.decisions.open))
    return file


def _creatable(project: Project, auto_create: Sequence[str]) -> frozenset[str]:
    if not auto_create:
        return frozenset()
    from bake.app.auto_resolve import entities_of

    return entities_of(project.catalog, auto_create)


def _with_header(header: Header, lines: Iterator[Line | Encoded]) -> Iterator[Line | Encoded]:
    yield header
    yield from lines


def _header(project: Project, source: SourceFile, options: Options) -> Header:
    several = len(source.sections) > 1
    sections = [
        Section(name=s.name, records=s.records, entity=s.view.entity if s.view else None) for s in source.sections
    ]
    return Header(
        format=FORMAT,
        source=Source(
            name=source.name,
            path=_relative(project, source.path),
            sha256=source.sha256,
            kind=source.kind,
            view=source.view,
            records=source.size,
            sections=tuple(sections) if several else (),
            export_id=source.export_id,
        ),
        catalog=CatalogStamp(name=project.catalog.name, fingerprint=project.catalog.fingerprint),
        mode=options.mode,
        strict=options.strict,
        base=None if options.two_way else _base(source),
        built_at=now(),
        built_by=project.actor,
    )


def _base(source: SourceFile) -> str | None:
    """By which export edits are told: its id, or `_base` if only the records say that they were exported.

    None where the first records, which may be new ones, do not say what they were exported with.
    """
    views = [section for section in source.sections if section.view and section.view.kind == "view"]
    records = islice(source.records(views[0]), _LOOKED_AT) if views else ()
    if any(record.value.get(BASE) is not None for record in records):
        return source.export_id or BY_RECORDS
    return None


def _relative(project: Project, path: Path) -> str | None:
    """The source's place in the project; None for one outside, whose place is nobody else's business.

    None also for a name that is no text.
    """
    if not project.has_folder:
        return None
    try:
        return path.resolve().relative_to(project.folder.resolve()).as_posix().encode().decode()
    except ValueError:
        return None
