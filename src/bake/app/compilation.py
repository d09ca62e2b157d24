"""Compiles a source to a changeset file, and answers its questions as far as the answers are known already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import sqlalchemy as sa

from bake.app.answering.kept import standing_answers
from bake.app.answering.proven_readings import ProvenReadings
from bake.app.answering.remembered_answers import Recall
from bake.app.columns import MatchedSource, noting
from bake.app.progress import watched
from bake.app.project import Project
from bake.app.provenance import Provenance, provenance_of
from bake.app.workers.source_workers import SingleProcess, workers_for_source
from bake.catalog.export_id import exported_at
from bake.changeset.events import Line
from bake.changeset.file import Changeset
from bake.changeset.header import Header
from bake.changeset.model import Built
from bake.changeset.writing import Encoded, Revision, write
from bake.compiler.build import compile_source
from bake.compiler.context import Options
from bake.compiler.parallel import BatchExecutor, no_workers
from bake.database.engine import Database
from bake.database.ledger import ledger
from bake.database.ledger.created_since import CreatedSince
from bake.database.ledger.source_history import SourceHistory
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.renderer.words import counted
from bake.resolution.answers import Answer
from bake.resolution.remembered import Memory
from bake.sources.model import SourceFile

_Lines: TypeAlias = Iterator[Line | Encoded | Revision]


@dataclass(frozen=True)
class Compilation:
    """The compilation of one source.

    Attributes:
        project: the project, with its catalog, and the receiver of progress events.
        database: the database that records are compared with.
        matched: the source, its columns matched to those of a view.
        header: the header of the changeset.
        options: how records are compared.
        memory: the answers that the project remembers.
        creatable: the names of the entities whose missing rows are created without asking.
        tell: is called with sentences for the user: which questions were answered, and why rows of `creatable`
            entities were not created.
    """

    project: Project
    database: Database
    matched: MatchedSource
    header: Header
    options: Options
    memory: Memory
    creatable: frozenset[str]
    tell: Callable[[str], None]

    def write(self, path_for: Callable[[Built], Path]) -> Changeset:
        """Compile the source into a file, and answer the questions whose answers are known.

        Args:
            path_for: gives the path of the file; called once the last line is known.

        Raises:
            InvalidSource: the source cannot be read.
            DatabaseUnavailable: the database cannot be read.
        """
        opened = watched(self.matched.source, "comparing", self.project.tell)
        provenance = provenance_of(self.matched.source)
        if provenance is not None:
            opened = provenance.taken_from(opened)
        with self._snapshot(parallel=provenance is None) as (snapshot, executor):
            recall = Recall(self.memory, self.project.catalog, snapshot)
            proven = ProvenReadings(self.project.catalog, strict=self.options.strict)
            lines = chain((self.header,), self._compiled(opened, provenance, snapshot, executor))
            file = write(proven.watched(recall.watched(lines)), path_for)
            standing = self._standing(snapshot.connection, file)
            return self._answered(file, snapshot, [*recall.answers, *standing, *proven.answers])

    @contextmanager
    def _snapshot(self, *, parallel: bool) -> Iterator[tuple[DatabaseSnapshot, BatchExecutor]]:
        """A snapshot of the database, and the executor that compiles batches in workers, which see the same rows."""
        pool = workers_for_source(self.project, self.database, self.matched.source, self.options, self.memory)
        with ExitStack() as stack:
            workers = stack.enter_context(pool if parallel else nullcontext(SingleProcess()))
            connection = stack.enter_context(self.database.reading())
            stack.enter_context(self.project.finding(connection))
            # Asked again, since another process may have switched on the write-ahead log after the workers were forked.
            executor = workers.results if self.database.can_be_shared else no_workers
            yield DatabaseSnapshot(connection, self.project.catalog), executor

    def _compiled(
        self, opened: SourceFile, provenance: Provenance | None, snapshot: DatabaseSnapshot, executor: BatchExecutor
    ) -> _Lines:
        own = ledger.database_id(snapshot.connection)
        lines = compile_source(
            opened,
            self.project.catalog,
            snapshot,
            self.options,
            database=own,
            earlier=SourceHistory(snapshot.connection, opened.sha256) or None,
            created_since=_created_since(snapshot.connection, opened, own) if self.options.mode == "mirror" else None,
            executor=executor,
        )
        return noting(self.matched.notices, provenance.attached(lines) if provenance else lines)

    def _standing(self, connection: sa.Connection, file: Changeset) -> list[Answer]:
        """The answers to the same questions in earlier changesets, which the ledger has."""
        standing = standing_answers(connection, file)
        if standing:
            questions = counted(len({answer.question for answer in standing}), "question")
            self.tell(f"{questions} answered as it was decided before; the changeset says when")
        return standing

    def _answered(self, file: Changeset, snapshot: DatabaseSnapshot, answers: list[Answer]) -> Changeset:
        if answers or self.creatable:
            from bake.app.answering.auto_resolve import auto_resolved  # loads slowly, and few builds need it

            file = auto_resolved(self.project, snapshot, file, answers, self.creatable, self.tell)
        self.project.keep_values(file.path)
        return file


def _created_since(connection: sa.Connection, source: SourceFile, database: str) -> CreatedSince | None:
    """What tells the rows created since the source was exported; None if time or database of the export is unknown."""
    moment = exported_at(source.export_id)
    return CreatedSince(connection, moment) if moment and source.database in (None, database) else None
