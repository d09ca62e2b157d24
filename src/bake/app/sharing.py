"""Who helps to compile a source: helpers that see the same state of the database, where that can be had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from bake.app.crew import Crew, hands
from bake.app.project import Project
from bake.compiler.build import helped
from bake.compiler.parts import MANY, Ahead, nobody
from bake.compiler.scope import Options
from bake.database.engine import Database, connect
from bake.database.snapshot import DatabaseSnapshot
from bake.resolution.remembered import Memory
from bake.sources.bases import BaseFile
from bake.sources.model import SourceFile


class Alone:
    """Nobody helps."""

    parts: Ahead = staticmethod(nobody)

    def begin(self) -> None:
        """There is nobody to begin."""


def crew_for(
    project: Project, database: Database, source: SourceFile, options: Options, memory: Memory, base: BaseFile | None
) -> AbstractContextManager[Crew | Alone]:
    """Helpers for a source, waiting for the state of the database to be fixed; nobody where they would be of no use.

    Args:
        project: whose database and catalog.
        database: the same.
        source: what is compiled.
        options: how.
        memory: what is remembered; where that names rows, each new row is looked at as it comes.
        base: what the export wrote, which helpers cannot read at the same time.
    """
    possible = base is None and database.can_be_shared and all(e.means is None for e in memory.entries.values())
    size = min(hands(), project.helpers) if source.size >= MANY and possible else 0
    if size <= 0:
        return nullcontext(Alone())
    project.progress("", 0, None)  # its thread must not be forked

    def share(turn: int, of: int) -> Iterator[bytes]:
        with connect(project.url, wait=project.wait) as own, own.reading() as connection:
            snapshot = DatabaseSnapshot(connection, project.catalog)
            yield from helped(source, project.catalog, snapshot, options, turn, of)

    return Crew(share, size)
