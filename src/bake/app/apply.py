"""The function `apply`: writes a changeset to the database, all of it in one transaction, or nothing."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from msgspec import structs

from bake.app.actor import now
from bake.app.answering.entailed import entailed_by_merge, entailed_remarks, was_merged
from bake.app.application_run import ApplicationRun, ApplyOptions
from bake.app.approve import require_approvals
from bake.app.interruption import NOTHING, stoppable
from bake.app.ledger_sync import (
    append_applied,
    applications,
    missing_events,
    reconcile,
    standing,
)
from bake.app.project import LOG, Project
from bake.app.reading import catalog_remarks, intact_for
from bake.app.results import ApplyResult
from bake.changeset.file import Changeset, read
from bake.changeset.place import ChangesetLike, path_of
from bake.changeset.writing import append, holding
from bake.commands import command
from bake.database.engine import Database
from bake.database.ledger import ledger
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.transactions import require_transactions
from bake.errors import BakeError

if TYPE_CHECKING:
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
        result = _apply(project, file, ApplyOptions(dry_run, skip_on_error, given, require_approval, allowed))
        result = replace(result, remarks=(*catalog_remarks(project, file), *entailed_remarks(result.changeset)))
    LOG.info("%s: %s on %s", path.name, result.state, result.database)
    return result


def _as_file(source: SourceLike | None) -> AbstractContextManager[Path | None]:
    if source is None:
        return nullcontext()
    from bake.sources.texts.streams import as_file  # here, since it imports the readers of all source formats

    return as_file(source)


def _apply(project: Project, file: Changeset, how: ApplyOptions) -> ApplyResult:
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


def _apply_held(project: Project, database: Database, file: Changeset, how: ApplyOptions) -> ApplyResult:
    """Apply, while the file is locked against decisions of other processes."""
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
    run = ApplicationRun(project, database, file, how)
    try:
        result = run.dry_run() if how.dry_run else run.apply()
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
