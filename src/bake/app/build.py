"""Compiling a source into a changeset file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bake.app.actor import actor, now
from bake.app.gc_freeze import gc_frozen
from bake.app.interruption import Target, stoppable
from bake.app.progress import watched
from bake.app.project import Project
from bake.app.remembered_answers import Recall, load
from bake.app.source_workers import workers_for_source
from bake.catalog.base_digest import BASE
from bake.catalog.names import slug
from bake.changeset.file import SUFFIX, ChangesetFile
from bake.changeset.model import BY_RECORDS, FORMAT, Built, CatalogStamp, Header, Line, Section, Source
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


def build(
    project: Project,
    path: Path,
    options: Options,
    *,
    view: str | None = None,
    output: Path | None = None,
    auto_create: Sequence[str] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> ChangesetFile:
    """Compile a source against the project's database; reads the database, never writes to it.

    Remembered answers (`bake.app.remembered_answers`) are given right away; they are events like any other answer.

    Args:
        project: whose database and catalog.
        path: the source; `-` is standard input.
        options: mode, strictness.
        view: what the records of a sheet are that does not say so itself.
        output: the changeset file; by default `changesets/<date>-<source>-<id>.changeset.jsonl`.
        auto_create: entities whose missing rows are created without asking, as far as the source says all they need.
        tell: is told why nothing was created for others of these.

    Raises:
        Interrupted: it was; the changeset is there as a whole or not at all.
        UsageError: a file is not there, or there already.
        InvalidSource: the source cannot be read.
        DamagedExport: the source is a set that is not what was exported.
        DatabaseUnavailable: the database cannot.
    """
    creatable = _creatable(project, auto_create)
    memory = load(project)
    options = replace(options, distinct=memory.distinct)
    target = Target()
    with stoppable(target.truth), gc_frozen(), as_file(path) as path:
        project.progress(f"reading {path.name}", 0, None)
        unwatched = open_source(path, project.catalog, view)
        source = watched(unwatched, "comparing", project.progress)
        with (
            project.database() as database,
            workers_for_source(project, database, unwatched, options, memory) as crew,
            database.reading() as connection,
        ):
            header = _header(project, source, options)
            earlier = SourceHistory(connection, source.sha256) or None
            ahead = (
                crew.results if database.can_be_shared else no_workers
            )  # it may have got a write-ahead log meanwhile
            snapshot = DatabaseSnapshot(connection, project.catalog)
            own = ledger.database_id(connection)
            recall = Recall(memory, project.catalog, snapshot)
            lines = compile_source(
                source, project.catalog, snapshot, options, database=own, earlier=earlier, ahead=ahead
            )
            path_for = target.noting(lambda built: output or _changeset_path(project, source, header, built))
            written = write(recall.watched(_with_header(header, lines)), path_for)
            if not (recall.answers or creatable):
                return written
            from bake.app.auto_resolve import auto_resolved  # what few builds need would take as long as a small build

            return auto_resolved(project, snapshot, written, recall.answers, creatable, tell)


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
        built_by=actor(),
    )


def _base(source: SourceFile) -> str | None:
    """By which export edits are told: its id, or `_base` if only the records say that they were exported."""
    views = [section for section in source.sections if section.view and section.view.kind == "view"]
    if not views or source.export_id:
        return source.export_id if views else None
    first = next(source.records(views[0]), None)
    return BY_RECORDS if first and first.value.get(BASE) is not None else None


def _relative(project: Project, path: Path) -> str | None:
    """The source's place in the project; None for one outside, whose place is nobody else's business.

    None also for a name that is no text.
    """
    try:
        return path.resolve().relative_to(project.folder.resolve()).as_posix().encode().decode()
    except ValueError:
        return None


def _changeset_path(project: Project, source: SourceFile, header: Header, built: Built) -> Path:
    stem = slug([Path(source.name).stem]) or "source"
    return project.changesets / f"{header.built_at[:10]}-{stem}-{built.digest.removeprefix('sha256:')[:8]}{SUFFIX}"
