"""Applies one changeset: as a dry run, or for good, with an entry in the ledger and an event in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from bake.app.actor import now
from bake.app.answering.kept import kept_values
from bake.app.answering.open_questions import open_questions
from bake.app.answering.remembered_answers import usable_answers
from bake.app.apply_changeset import apply_changeset
from bake.app.ledger_sync import (
    append_applied,
    applied_event,
    skip_answers,
)
from bake.app.policy import approvals_for, policy_of, require_allowed
from bake.app.project import LOG, Project
from bake.app.results import ApplyResult
from bake.applier.report import Outcome
from bake.changeset.events import Failed
from bake.changeset.file import Changeset, read
from bake.changeset.writing import append
from bake.database.engine import Database
from bake.database.ledger import ledger, row_changes
from bake.database.ledger.kept_values import record_kept
from bake.database.ledger.turns import take_turn
from bake.errors import BakeError, Conflicts, Deadlocked, NotProven
from bake.renderer.advice import conflict_hint

if TYPE_CHECKING:
    from bake.sources.model import SourceFile


#: How many times an application is begun, as long as the database takes its transaction back.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """The options of `bake.app.apply.apply`, where they are described."""

    dry_run: bool
    skip_on_error: bool
    source: Path | None
    require_approval: int
    allowed_signers: Path | None


class ApplicationRun:
    """One application of one changeset.

    Args:
        project: the project; its actor applies.
        database: the database.
        file: the changeset.
        how: the options.

    Raises:
        OpenQuestions: questions are open, and `skip_on_error` does not allow to skip the operations that ask them.
        RefusedByPolicy: the policy of the project does not allow it.
        InvalidSource, UsageError: the source, of which skipped records are logged, cannot be read.
    """

    def __init__(self, project: Project, database: Database, file: Changeset, how: ApplyOptions) -> None:
        can_skip = how.skip_on_error and not file.decisions.asked_columns  # without columns nothing was compiled
        if file.decisions.open and not can_skip:
            raise open_questions(file)
        self._project = project
        self._database = database
        self._file = file
        self._answers = skip_answers(file, project.actor)
        self._final = replace(file, events=(*file.events, *self._answers))
        policy = policy_of(project)
        if policy is None:
            self._allowed = None
        else:
            approvals = approvals_for(policy, file, how.allowed_signers)
            self._allowed = require_allowed(policy, self._final, project.actor, approvals)
        self._folder = Path()
        self._source: SourceFile | None = None
        self._records: Mapping[int, str] = {}
        if self._answers:
            from bake.app.skipped import skipped_records, source_of  # here, since it imports all readers of sources

            self._folder = project.folder
            self._source = source_of(project, file, how.source)
            self._records = skipped_records(file, self._final.decisions)

    def dry_run(self) -> ApplyResult:
        """Check and write all operations, then roll back; raises as `apply` does."""
        with self._database.writing(keep=False) as connection:
            outcome = _without_conflicts(self._check_and_write(connection), self._file)
        return self._result("tried", self._file, outcome, None)

    def _check_and_write(
        self, connection: sa.Connection, keep: Callable[[row_changes.RowChange], None] | None = None
    ) -> Outcome:
        """Check and write the operations within the connection's transaction; `keep` receives each row's change."""
        distinct = usable_answers(self._project).distinct
        with self._project.finding(connection):
            return apply_changeset(
                self._final, connection, self._project.catalog, keep, distinct=distinct, tell=self._project.tell
            )

    def apply(self) -> ApplyResult:
        """Write all operations and the ledger's entry in one transaction; then append the event to the file.

        It is begun again if the database takes the transaction back; one of the caller's cannot be.

        Raises:
            Conflicts: preconditions failed; the failure is recorded, too.
            NotProven: a row did not read back as written; the failure is recorded, too.
            Deadlocked: the database took the transaction back each time.
        """
        for _ in range(_TRIES - 1 if self._database.commits else 0):
            try:
                return self._applied()
            except Deadlocked as error:
                LOG.info("%s: begun again: %s", self._file.path.name, error.message)
        return self._applied()

    def _applied(self) -> ApplyResult:
        entry = self._entry("applied")
        try:
            with self._database.writing() as connection:
                take_turn(connection)
                outcome, log = self._write(connection, entry)
        except (Conflicts, NotProven) as error:
            self._record_failure(error)
            raise
        done = replace(entry, counts=outcome.counts, receipt=outcome.receipt)
        event = applied_event(done, self._database.label)
        file = append_applied(self._file, event) if self._database.commits else self._file
        return self._result("applied", file, outcome, log)

    def _write(self, connection: sa.Connection, entry: ledger.LedgerEntry) -> tuple[Outcome, Path | None]:
        """Write the ledger's entry, the log of skipped records, the operations, and the change of each row.

        The ledger's entry is first, since with it no other process can apply this changeset, or write its log. The log
        is written before the operations, so that no record is skipped without being logged.

        Returns:
            What was written, and the path of the log; None if nothing is skipped.

        Raises:
            Conflicts: preconditions failed.
            NotProven: a row did not read back as written.
        """
        number = ledger.record(connection, entry)
        with self._logged() as log:
            changes = row_changes.Recorder(connection, number)
            outcome = _without_conflicts(self._check_and_write(connection, changes.add), self._file)
            changes.flush()
            record_kept(connection, number, kept_values(self._final))
            ledger.complete(connection, number, outcome.counts, outcome.receipt)
            if outcome.counts:
                ledger.update_states(connection, entry)
        return outcome, log

    def _entry(self, state: ledger.State) -> ledger.LedgerEntry:
        header = self._file.header
        return ledger.LedgerEntry(
            digest=self._file.digest,
            state=state,
            mode=header.mode,
            source=header.source.name,
            source_path=header.source.path,
            source_sha256=header.source.sha256,
            actor=self._project.actor,
            at=now(),
            file=self._file.path.name,
            file_size=self._file.end,
            file_digest=self._file.head,
            reverts=header.reverts,
            policy=self._allowed,
        )

    def _record_failure(self, error: BakeError) -> None:
        """Record a failed application, after its rollback, in the ledger and in the file."""
        LOG.info("%s: not applied to %s: %s", self._file.path.name, self._database.label, error.code)
        with self._database.writing() as connection:
            ledger.record(connection, self._entry("failed"))
        failed = Failed(
            by=self._project.actor,
            at=now(),
            prev="",
            database=self._database.label,
            code=error.code,
            message=error.message,
        )
        now_there = read(self._file.path).intact()  # again: another process may have appended an event meanwhile
        append(now_there, failed)

    @contextmanager
    def _logged(self) -> Iterator[Path | None]:
        """Write the log of skipped records; if the block raises, it is removed. Yields its path, or None if none is."""
        if self._source is None:
            yield None
            return
        from bake.app.skipped import write_log

        log = write_log(self._file, self._final.decisions, self._source, self._folder, now())
        self._project.keep_values(log)
        try:
            yield log
        except BaseException:
            log.unlink(missing_ok=True)
            raise

    def _result(
        self, state: Literal["applied", "tried"], file: Changeset, outcome: Outcome, log: Path | None
    ) -> ApplyResult:
        return ApplyResult(
            changeset=file,
            database=self._database.label,
            state=state,
            counts=outcome.counts,
            receipt=outcome.receipt,
            skipped=len(self._records),
            log=log,
        )


def _without_conflicts(outcome: Outcome, file: Changeset) -> Outcome:
    """Return the outcome if it has no conflicts.

    Raises:
        Conflicts: it has some. It must be called within the transaction, which the error rolls back.
    """
    if not outcome.conflicts:
        return outcome
    n = len(outcome.conflicts)
    raise Conflicts(
        f"{n} {'precondition' if n == 1 else 'preconditions'} failed; nothing was written",
        conflicts=outcome.conflicts,
        hint=conflict_hint(file, outcome.conflicts),
    )
