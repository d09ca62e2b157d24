"""Who helps to compile a source: helpers that see the same state of the database, where that can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from bake.app.project import Project
from bake.app.workers.worker_pool import Task, WorkerPool, has_threads, usable_cpus
from bake.compiler.build import batch_compiler
from bake.compiler.context import Options
from bake.compiler.parallel import BatchExecutor, can_run_in_parallel, no_workers
from bake.database.engine import Database, connect
from bake.database.ledger import ledger
from bake.database.ledger.source_history import SourceHistory
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.resolution.remembered import Memory
from bake.sources.model import SourceFile


class SingleProcess:
    """Nobody helps."""

    results: BatchExecutor = staticmethod(no_workers)


def workers_for_source(
    project: Project, database: Database, source: SourceFile, options: Options, memory: Memory
) -> AbstractContextManager[WorkerPool | SingleProcess]:
    """The workers for a source, or none if they would be of no use. A worker opens the database with its first task.

    Args:
        project: the project, with its catalog.
        database: the database.
        source: the source to compile.
        options: how to compile it.
        memory: what is remembered; where that names rows, each new row is looked at as it comes.
    """
    worth_it = any(can_run_in_parallel(project.catalog, source, section) for section in source.sections)
    possible = database.can_be_shared and all(e.means is None for e in memory.entries.values())
    size = min(usable_cpus(), project.helpers) if worth_it and possible else 0
    if size <= 0 or project.url is None:
        return nullcontext(SingleProcess())
    project.tell("")  # the thread of a progress bar, which has to end before anything is forked
    if has_threads():
        return nullcontext(SingleProcess())
    url = project.url

    @contextmanager
    def start() -> Iterator[Callable[[Task], bytes]]:
        with (
            connect(url, wait=project.wait) as own,
            own.reading() as connection,
        ):
            snapshot = DatabaseSnapshot(connection, project.catalog)
            earlier = SourceHistory(connection, source.sha256) or None
            yield batch_compiler(source, project.catalog, snapshot, options, ledger.database_id(connection), earlier)

    return WorkerPool(start, size)
