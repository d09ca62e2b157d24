"""Looking whether a changeset could be applied, and what stands against it. Nothing is changed."""

from __future__ import annotations

from dataclasses import replace

from bake.app.apply import open_questions
from bake.app.apply_changeset import apply_changeset
from bake.app.interruption import NOTHING, stoppable
from bake.app.ledger_sync import skip_answers
from bake.app.project import Project
from bake.app.remembered_answers import remembered_answers
from bake.app.results import CheckResult
from bake.applier.report import Outcome
from bake.changeset.file import Changeset, read
from bake.changeset.place import ChangesetLike, path_of
from bake.database import ledger
from bake.database.engine import Database
from bake.errors import OpenQuestion, Problem


def check(project: Project, changeset: ChangesetLike, *, offline: bool = False) -> CheckResult:
    """Check a changeset: the file, its questions, and whether what it expects of the database holds.

    Preconditions are checked as applying does it, in a transaction that is rolled back. Operations that wait for an
    answer are left out of that.

    Args:
        project: whose database.
        changeset: the changeset, or its path.
        offline: leave the database out.

    Raises:
        Interrupted: it was cancelled.
        UsageError: there is no such file.
        DamagedChangeset: the file is no changeset at all.
        NotProven: rows do not read back as they are written.
        DatabaseUnavailable: the database cannot be used.
    """
    file = read(path_of(changeset))
    result = CheckResult(file, problems=_problems(project, file), questions=_questions(file))
    if offline or result.problems:
        return result
    with stoppable(lambda: NOTHING), project.connect() as database:
        return _against(project, database, result)


def _against(project: Project, database: Database, result: CheckResult) -> CheckResult:
    with database.reading() as connection:
        entry = ledger.find(connection, result.changeset.digest)
    result = replace(result, database=database.label, entry=entry)
    if result.state == "applied":
        return result
    outcome = tried(project, database, result.changeset)
    return replace(result, conflicts=outcome.conflicts, counts=outcome.counts)


def tried(project: Project, database: Database, file: Changeset) -> Outcome:
    """What applying a changeset would come to, without what waits for an answer; all of it is rolled back."""
    decided = replace(file, events=(*file.events, *skip_answers(file, project.actor)))
    with database.writing(keep=False) as connection:
        return apply_changeset(
            decided, connection, project.catalog, distinct=remembered_answers(project).distinct, tell=project.tell
        )


def _problems(project: Project, file: Changeset) -> tuple[Problem, ...]:
    if file.header.catalog.name == project.catalog.name:
        return file.damage
    mine = f"this project's is {project.catalog.name!r}"
    return (*file.damage, Problem(f"it was built for the catalog {file.header.catalog.name!r}; {mine}"))


def _questions(file: Changeset) -> tuple[OpenQuestion, ...]:
    return open_questions(file).questions if file.decisions.open else ()
