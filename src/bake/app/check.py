"""The function `check`: finds out whether a changeset could be applied, and if not, why. It changes nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from bake.app.answering.entailed import entailed_remarks
from bake.app.answering.open_questions import open_questions
from bake.app.answering.remembered_answers import usable_answers
from bake.app.apply_changeset import apply_changeset
from bake.app.approve import checked_approvals, lacking_approvals
from bake.app.check_results import CheckResult
from bake.app.interruption import NOTHING, stoppable
from bake.app.ledger_sync import lost_lines, skip_answers
from bake.app.policy import judged, others, policy_of
from bake.app.project import Project
from bake.app.reading import catalog_remarks, read_for
from bake.applier.report import Outcome
from bake.changeset.file import Changeset
from bake.changeset.place import ChangesetLike
from bake.database.engine import Database
from bake.database.ledger import ledger
from bake.database.transactions import require_transactions
from bake.errors import OpenQuestion, Problem


def check(
    project: Project,
    changeset: ChangesetLike,
    *,
    offline: bool = False,
    policy: bool = True,
    actor: str | None = None,
    require_approval: int = 0,
    allowed_signers: str | os.PathLike[str] | None = None,
) -> CheckResult:
    """Check a changeset: whether the file is intact, which questions are open, and whether its preconditions hold.

    The database is only read: nothing is written, no lock is taken, and the right to read is enough. Constraints are
    checked, too, on the rows as they would be. A dry run of `apply` also finds what shows only when rows are written:
    triggers, deferred constraints, foreign keys to tables outside the catalog. Operations that wait for an answer are
    left out.

    Args:
        project: the project whose database is used.
        changeset: the changeset, or its path.
        offline: whether to check the file and its questions only, without the database.
        policy: whether to apply the policy of the project, if it has one.
        actor: who is to apply it, as far as the policy is concerned; by default the project's actor.
        require_approval: how many people have to have approved it.
        allowed_signers: the file that says whose signatures count; by default git's `gpg.ssh.allowedSignersFile`.

    Returns:
        The problems of the file, its open questions, and the conflicts with the database. The conflicts are not looked
        for if the file has problems.

    Raises:
        Interrupted: it was cancelled.
        UsageError: there is no such file, or no such file of allowed signers.
        DamagedChangeset: the file is no changeset at all.
        DatabaseUnavailable: the database cannot be used.
    """
    file = read_for(project, changeset)
    problems, questions = _problems(project, file), _questions(file)
    remarks = (*catalog_remarks(project, file), *(() if problems else entailed_remarks(file)))
    known = policy_of(project) if policy else None
    approvals = () if problems else checked_approvals(file, Path(allowed_signers) if allowed_signers else None)
    verdict = (
        None if known is None or problems else judged(known, file, actor or project.actor, others(file, approvals))
    )
    result = CheckResult(
        file,
        problems=problems,
        questions=questions,
        remarks=remarks,
        approvals=approvals,
        lacking=lacking_approvals(approvals, require_approval),
        policy=verdict,
    )
    if offline or result.problems:
        return result
    with stoppable(lambda: NOTHING), project.connect() as database:
        return _with_database(project, database, result)


def _with_database(project: Project, database: Database, result: CheckResult) -> CheckResult:
    """Add to a result of the file alone its entry in the ledger, and its conflicts with the rows."""
    require_transactions(database, project.catalog)
    with database.reading() as connection:
        entry = ledger.find(connection, result.changeset.digest)
        entries = ledger.applications(connection, result.changeset.digest)
    lost = lost_lines(result.changeset, entries, database.label)
    result = replace(result, database=database.label, entry=entry, problems=lost)
    if result.state in ("applied", "damaged"):
        return result
    outcome = foresee(project, database, result.changeset)
    return replace(result, conflicts=outcome.conflicts, counts=outcome.counts)


def apply_and_roll_back(project: Project, database: Database, file: Changeset) -> Outcome:
    """Apply a changeset in a transaction, and roll it back; operations that wait for an answer are skipped.

    Returns:
        The conflicts, and the counts of what would be written.

    Raises:
        NotProven: a row did not read back as written.
    """
    with database.writing(keep=False) as connection:
        return _outcome(project, connection, file, rehearse=False)


def foresee(project: Project, database: Database, file: Changeset) -> Outcome:
    """Find the conflicts and counts as `apply_and_roll_back` does, but by reading alone (see `check`)."""
    with database.reading() as connection:
        return _outcome(project, connection, file, rehearse=True)


def _outcome(project: Project, connection: sa.Connection, file: Changeset, *, rehearse: bool) -> Outcome:
    """Apply a changeset without the operations that wait for an answer."""
    decided = replace(file, events=(*file.events, *skip_answers(file, project.actor)))
    distinct = usable_answers(project).distinct

    def tell(_step: str, done: int, total: int | None) -> None:
        project.tell("checking", done, total)

    with project.finding(connection):
        return apply_changeset(decided, connection, project.catalog, distinct=distinct, tell=tell, rehearse=rehearse)


def _problems(project: Project, file: Changeset) -> tuple[Problem, ...]:
    if file.header.catalog.name == project.catalog.name:
        return file.damage
    mine = f"this project's is {project.catalog.name!r}"
    return (*file.damage, Problem(f"it was built for the catalog {file.header.catalog.name!r}; {mine}"))


def _questions(file: Changeset) -> tuple[OpenQuestion, ...]:
    return open_questions(file).questions if file.decisions.open else ()
