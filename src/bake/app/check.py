"""Looking whether a changeset could be applied, and what stands against it. Nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from bake.app.apply import open_questions
from bake.app.apply_changeset import apply_changeset
from bake.app.ledger_sync import skip_answers
from bake.app.project import Project
from bake.app.remembered_answers import load
from bake.applier.report import Outcome
from bake.changeset.file import ChangesetFile, read
from bake.database import ledger
from bake.database.engine import Database
from bake.database.ledger import LedgerEntry
from bake.errors import Conflict, Conflicts, DamagedChangeset, OpenQuestion, OpenQuestions, Problem

State: TypeAlias = Literal["ready", "applied", "damaged", "open", "stale"]

_STATUS: Mapping[State, int] = {
    "ready": 0,
    "applied": 0,
    "damaged": DamagedChangeset.exit_status,
    "open": OpenQuestions.exit_status,
    "stale": Conflicts.exit_status,
}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a changeset is worth now.

    Attributes:
        file: the changeset.
        database: what it was checked against; None if that was left out.
        problems: what is wrong with the file: torn, edited, records that no operation or two of them have.
        questions: those that are open.
        conflicts: preconditions that do not hold, of what does not wait for an answer.
        entry: what the ledger says of it, if anything.
        counts: what applying would do, by entity and action.
    """

    file: ChangesetFile
    database: str | None = None
    problems: tuple[Problem, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    entry: LedgerEntry | None = None
    counts: Mapping[str, Mapping[str, int]] | None = None

    @property
    def state(self) -> State:
        """What counts most: damage, then that it was applied, then open questions, then conflicts."""
        if self.problems:
            return "damaged"
        if self.entry and self.entry.state == "applied":
            return "applied"
        if self.questions:
            return "open"
        return "stale" if self.conflicts else "ready"

    @property
    def exit_status(self) -> int:
        """The exit status of the command line."""
        return _STATUS[self.state]


def check(project: Project, path: Path, *, offline: bool = False) -> CheckResult:
    """Check a changeset: the file, its questions, and whether what it expects of the database holds.

    Preconditions are checked as applying does it, in a transaction that is rolled back. Operations that wait for an
    answer are left out of that.

    Args:
        project: whose database.
        path: the changeset file.
        offline: leave the database out.

    Raises:
        UsageError: there is no such file.
        DamagedChangeset: the file is no changeset at all.
        NotProven: rows do not read back as they are written.
        DatabaseUnavailable: the database cannot be used.
    """
    file = read(path)
    result = CheckResult(file, problems=_problems(project, file), questions=_questions(file))
    if offline or result.problems:
        return result
    with project.database() as database:
        return _against(project, database, result)


def _against(project: Project, database: Database, result: CheckResult) -> CheckResult:
    with database.reading() as connection:
        entry = ledger.find(connection, result.file.digest)
    result = replace(result, database=database.label, entry=entry)
    if result.state == "applied":
        return result
    outcome = tried(project, database, result.file)
    return replace(result, conflicts=outcome.conflicts, counts=outcome.counts)


def tried(project: Project, database: Database, file: ChangesetFile) -> Outcome:
    """What applying a changeset would come to, without what waits for an answer; all of it is rolled back."""
    decided = replace(file, events=(*file.events, *skip_answers(file)))
    with database.writing(keep=False) as connection:
        return apply_changeset(decided, connection, project.catalog, distinct=load(project).distinct)


def _problems(project: Project, file: ChangesetFile) -> tuple[Problem, ...]:
    if file.header.catalog.name == project.catalog.name:
        return file.damage
    mine = f"this project's is {project.catalog.name!r}"
    return (*file.damage, Problem(f"it was built for the catalog {file.header.catalog.name!r}; {mine}"))


def _questions(file: ChangesetFile) -> tuple[OpenQuestion, ...]:
    return open_questions(file).questions if file.decisions.open else ()
