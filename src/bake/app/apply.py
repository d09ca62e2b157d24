"""The function `apply`: writes a changeset to the database, all of it in one transaction, or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from msgspec import structs

from bake.app.actor import now
from bake.app.answering.entailed import entailed_by_merge, entailed_remarks, was_merged
from bake.app.answering.kept import kept_values
from bake.app.answering.open_questions import open_questions
from bake.app.answering.remembered_answers import usable_answers
from bake.app.apply_changeset import apply_changeset
from bake.app.approve import require_approvals
from bake.app.interruption import NOTHING, stoppable
from bake.app.ledger_sync import (
    append_applied,
    applications,
    applied_event,
    missing_events,
    reconcile,
    skip_answers,
    standing,
)
from bake.app.policy import approvals_for, policy_of, require_allowed
from bake.app.project import LOG, Project
from bake.app.reading import catalog_remarks, intact_for
from bake.app.results import ApplyResult
from bake.applier.report import Outcome
from bake.changeset.events import Failed
from bake.changeset.file import Changeset, read
from bake.changeset.place import ChangesetLike, path_of
from bake.changeset.writing import append, holding
from bake.commands import command
from bake.database.engine import Database
from bake.database.ledger import history, ledger
from bake.database.ledger.kept_values import record_kept
from bake.database.ledger.turns import take_turn
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.transactions import require_transactions
from bake.errors import BakeError, Conflicts, NotProven
from bake.renderer.advice import conflict_hint

if TYPE_CHECKING:
    from bake.sources.model import SourceFile
    from bake.sources.texts.streams import SourceLike


def apply(
    project: Project,
    changeset: ChangesetLike,
    *,
    dry_run: bool = False,
    skip_on_error: bool = False,
    source: SourceLike | None = None,
    require_approval: int = 0,
    allowed_signers: str | os.PathLike[str] | None = None,
) -> ApplyResult:
    """Apply a changeset to the project's database: all of it in one transaction, or nothing.

    On a caller's connection, the changes are made in a savepoint of the caller's transaction, which an error leaves as
    it was. The ledger records the application, and the first command after the caller's commit adds it to the file.

    Args:
        project: the project whose database is written.
        changeset: the changeset, or its path.
        dry_run: check and write everything, then roll back; the file and the ledger stay as they are.
        skip_on_error: leave out the operations that wait for open questions, and log their records in the project's
            folder.
        source: the source, from which the log copies the skipped records; by default it is read from the path that the
            changeset was built from.
        require_approval: how many different people have to have approved what is applied, by their signatures.
        allowed_signers: the file that says whose signatures count; by default git's `gpg.ssh.allowedSignersFile`.

    Returns:
        What was written, or that the changeset was applied already.

    Raises:
        Interrupted: it was cancelled; the message says whether the changeset was applied, as the ledger records it.
        DamagedChangeset: the file is torn or was edited.
        UsageError: the changeset was built for another catalog.
        OpenQuestions: questions are open, and `skip_on_error` is not given.
        RefusedByPolicy: the project has a policy that does not allow it.
        NotApproved: fewer people have approved it.
        Conflicts: preconditions failed. All of them are reported, nothing is written, and the failure is recorded in
            the ledger and in the file.
        NotProven: a row did not read back as written. Nothing is written, and the failure is recorded in the same way.
        DatabaseUnavailable: the database cannot be used.
    """
    path = path_of(changeset)
    with stoppable(lambda: _whether_applied(project, path)), _as_file(source) as given:
        project.tell(f"reading {path.name}")
        file = intact_for(project, path)
        allowed = Path(allowed_signers) if allowed_signers else None
        result = _apply(project, file, _How(dry_run, skip_on_error, given, require_approval, allowed))
        result = replace(result, remarks=(*catalog_remarks(project, file), *entailed_remarks(result.changeset)))
    LOG.info("%s: %s on %s", path.name, result.state, result.database)
    return result


def _as_file(source: SourceLike | None) -> AbstractContextManager[Path | None]:
    if source is None:
        return nullcontext()
    from bake.sources.texts.streams import as_file  # here, since it imports the readers of all source formats

    return as_file(source)


@dataclass(frozen=True, slots=True)
class _How:
    """The options of `apply`."""

    dry_run: bool
    skip_on_error: bool
    source: Path | None
    require_approval: int
    allowed_signers: Path | None


def _apply(project: Project, file: Changeset, how: _How) -> ApplyResult:
    """Apply a changeset unless the ledger has it as applied; first add the events that its file lacks."""
    with project.connect() as database:
        require_transactions(database, project.catalog)
        if not how.dry_run and not _nothing_to_do(database, file):
            with holding(file, project.wait) as held:
                return _apply_held(project, database, held, how)
        return _apply_held(project, database, file, how)


def _nothing_to_do(database: Database, file: Changeset) -> bool:
    """Whether a changeset is applied, and its file says so: then the file need not be locked, nor be writable."""
    entries = applications(database, file)
    lacking = missing_events(file, entries, database.label) if database.commits else ()
    return standing(entries) is not None and not lacking


def _apply_held(project: Project, database: Database, file: Changeset, how: _How) -> ApplyResult:
    """The same, while nobody else can decide in the file."""
    entries = applications(database, file)
    lacking = missing_events(file, entries, database.label) if database.commits else ()
    repaired = bool(lacking) and not how.dry_run
    if repaired:
        file = append_applied(file, *lacking)
    if done := standing(entries):
        return _already_applied(database, file, done, repaired=repaired)
    undone = _undone(database, file) if entries else None
    file = _with_entailed(project, database, file, write=not how.dry_run)
    require_approvals(file, how.require_approval, how.allowed_signers)
    run = _Run(project, database, file, how)
    try:
        result = run.dry() if how.dry_run else run.real()
    except sa.exc.IntegrityError:  # the ledger accepts a changeset once: a copy of the file may have been applied first
        done = standing(applications(database, file))
        if done is None:
            raise
        return _already_applied(database, reconcile(database, read(file.path).intact()), done)
    return replace(result, repaired=repaired, reverted=undone)


def _with_entailed(project: Project, database: Database, file: Changeset, *, write: bool) -> Changeset:
    """A changeset of several versions, with what only their answers together entail (`bake.app.answering.entailed`)."""
    if not was_merged(file):
        return file
    from bake.app.answering.state import state_of  # here, since few changesets are merged

    with database.reading() as connection:
        entailed = entailed_by_merge(file, state_of(project, DatabaseSnapshot(connection, project.catalog), file))
    if entailed is None:
        return file
    event = structs.replace(entailed, by=project.actor, at=now(), prev=file.head)
    return append(file, event) if write else replace(file, events=(*file.events, event))


class _Run:
    """One application of one changeset."""

    def __init__(self, project: Project, database: Database, file: Changeset, how: _How) -> None:
        if file.decisions.open and (
            not how.skip_on_error or file.decisions.asked_columns
        ):  # nothing was compiled without them
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

    def dry(self) -> ApplyResult:
        """Check and write all operations, then roll back."""
        with self._database.writing(keep=False) as connection:
            outcome = _held(self._carry(connection), self._file)
        return self._result("tried", self._file, outcome, None)

    def _carry(self, connection: sa.Connection, keep: Callable[[history.RowChange], None] | None = None) -> Outcome:
        """Check and write the operations within the connection's transaction; `keep` receives each row's change."""
        distinct = usable_answers(self._project).distinct
        with self._project.finding(connection):
            return apply_changeset(
                self._final, connection, self._project.catalog, keep, distinct=distinct, tell=self._project.tell
            )

    def real(self) -> ApplyResult:
        """Write all operations and the ledger's entry in one transaction; then append the event to the file."""
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
        """Write the ledger's entry, the log of skipped records, the operations, and each row's change.

        The ledger's entry comes first: from then on no other process can apply this changeset, and so none can write or
        remove its log. The log comes before the operations, so that no record is skipped without being logged.

        Returns:
            What was written, and the path of the log; None if nothing is skipped.

        Raises:
            Conflicts: preconditions failed.
            NotProven: a row did not read back as written.
        """
        number = ledger.record(connection, entry)
        with self._logged() as log:
            changes = history.Recorder(connection, number)
            outcome = _held(self._carry(connection, changes.add), self._file)
            changes.flush()
            record_kept(connection, number, kept_values(self._final))
            ledger.complete(connection, number, outcome.counts, outcome.receipt)
            if outcome.counts:
                ledger.settle(connection, entry)
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
        append(
            read(self._file.path).intact(), failed
        )  # read again: another process may have appended an event meanwhile

    @contextmanager
    def _logged(self) -> Iterator[Path | None]:
        """Write the log of skipped records, if there are any, and give its path; an error in the block removes it."""
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


def _whether_applied(project: Project, path: Path) -> str:
    """Say whether an interrupted application was committed, as the ledger knows; if so, add the event to the file."""
    try:
        with project.connect() as database:
            file = read(path).intact()
            if standing(applications(database, file)) is None:
                return NOTHING
            reconcile(database, file)
            return f"it was applied all the same: {path}"
    except BakeError:
        return f"to see whether it was applied: {command('changeset', 'check', path)}"


def _held(outcome: Outcome, file: Changeset) -> Outcome:
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


def _undone(database: Database, file: Changeset) -> str | None:
    """The time at which the last application of a changeset was reverted; None if it was not."""
    with database.reading() as connection:
        entry = ledger.undoing(connection, file.digest)
    return entry.at if entry else None


def _already_applied(
    database: Database, file: Changeset, entry: ledger.LedgerEntry, *, repaired: bool = False
) -> ApplyResult:
    """The result for a changeset that the ledger has as applied: nothing is written."""
    return ApplyResult(file, database.label, "already applied", entry.counts, entry.receipt, repaired=repaired)
