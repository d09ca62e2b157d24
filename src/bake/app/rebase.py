"""Bringing a changeset up to date with the database, instead of building it again and losing its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from msgspec import structs

from bake.app.actor import now
from bake.app.answering.remembered_answers import usable_answers
from bake.app.check import apply_and_roll_back
from bake.app.interruption import recorded, stoppable
from bake.app.ledger_sync import deciding
from bake.app.project import LOG, Project
from bake.app.reading import catalog_remarks
from bake.app.results import RebaseResult
from bake.changeset.effects import created_number
from bake.changeset.events import Rebased
from bake.changeset.file import Changeset
from bake.changeset.model import Operation, Question, Skip
from bake.changeset.place import ChangesetLike
from bake.changeset.writing import append
from bake.compiler.answers.rebase import Rebase
from bake.compiler.answers.stale_answers import stale_answers
from bake.compiler.rows.row_resolver import DistinctRowResolver, RowResolver
from bake.database.engine import Database
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.transactions import require_transactions


def rebase(project: Project, changeset: ChangesetLike) -> RebaseResult:
    """Derive a changeset's operations again against the database as it is today; what changed becomes an event.

    If nothing waits for an answer then, applying is tried, and rolled back: what it would be refused for although the
    database has not moved (a constraint, say) is said here, too.

    Args:
        project: whose database.
        changeset: the changeset, or its path.

    Raises:
        Interrupted: it was cancelled; the message says whether the file was told.
        UsageError: there is no such changeset, it has been applied, or it was built for another catalog.
        DamagedChangeset: it is damaged.
        DatabaseUnavailable: the database cannot be read.
    """
    with deciding(project, changeset) as file, stoppable(recorded(file)), project.connect() as database:
        require_transactions(database, project.catalog)
        result = replace(_rebased(project, database, file), remarks=catalog_remarks(project, file))
        if result.changeset.decisions.open:
            return result
        conflicts = apply_and_roll_back(project, database, result.changeset).conflicts
    LOG.info("%s: rebased on %s, %d conflicts", file.path.name, database.label, len(conflicts))
    return replace(result, conflicts=conflicts)


def _rebased(project: Project, database: Database, file: Changeset) -> RebaseResult:
    """The changeset with what its operations have become, before anybody tries to apply it."""
    with database.reading() as connection, project.finding(connection):
        snapshot = DatabaseSnapshot(connection, project.catalog)
        known = DistinctRowResolver(project.catalog, snapshot, usable_answers(project).distinct)
        reopened = tuple(_reopened(known, file))
        questions = [*reopened]
        operations: list[Operation] = []
        for line in Rebase(known, _last_question(file)).run(_state(file, {q.id for q in reopened})):
            if isinstance(line, Question):
                questions.append(line)
            else:
                operations.append(line)
        label = database.label
    if not operations and not questions:
        return RebaseResult(file, {}, 0, 0, ())
    event = Rebased(
        by=project.actor,
        at=now(),
        prev="",
        database=label,
        operations=tuple(operations),
        questions=tuple(questions),
        reopened=tuple(question.id for question in reopened),
    )
    return _result(append(file, event), event)


def _state(file: Changeset, reopened: set[str]) -> Iterator[tuple[Operation, Operation]]:
    """The operations that stand, each without and with what was answered.

    Those that wait for a reopened question will be looked at when it is answered.
    """
    decisions = file.decisions
    created = {created_number(file.total, question) for question in reopened}
    yield from ((decisions.bare_created(row.n) or row, row) for row in decisions.created() if row.n not in created)
    for operation in file.operations():
        bare = decisions.bare(operation)
        if isinstance(bare, Skip) or reopened.isdisjoint(map(str, bare.needs.values())):
            yield bare, decisions.effective(operation)


def _reopened(known: RowResolver, file: Changeset) -> Iterator[Question]:
    for lost in stale_answers(known, file.decisions):
        yield structs.replace(lost.question, kind="ambiguous", candidates=lost.candidates, more=lost.more)


def _last_question(file: Changeset) -> int:
    return max((int(id_.removeprefix("q")) for id_ in file.decisions.questions), default=0)


def _result(file: Changeset, event: Rebased) -> RebaseResult:
    dropped: dict[str, int] = {}
    for operation in event.operations:
        if isinstance(operation, Skip):
            dropped[operation.reason] = dropped.get(operation.reason, 0) + 1
    changed = len(event.operations) - sum(dropped.values())
    return RebaseResult(file, dropped, changed, len(event.questions) - len(event.reopened), event.reopened)
