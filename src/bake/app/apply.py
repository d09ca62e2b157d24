"""Applying a changeset: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bake.app.actor import actor, now
from bake.app.apply_changeset import apply_changeset
from bake.app.interruption import NOTHING, stoppable
from bake.app.ledger_sync import append_applied, applications, applied_event, missing_events, reconcile, skip_answers
from bake.app.project import Project
from bake.app.remembered_answers import load
from bake.applier.report import Outcome
from bake.changeset.file import ChangesetFile, read
from bake.changeset.model import Failed, Header, Question
from bake.changeset.writing import append, check_writable
from bake.commands import command
from bake.database import history, ledger
from bake.database.engine import Database
from bake.errors import BakeError, Conflict, Conflicts, NotProven, OpenQuestion, OpenQuestions, UsageError
from bake.renderer.sentences import sentence

if TYPE_CHECKING:
    from bake.sources.model import SourceFile

#: The kind of the source of a changeset that undoes another one; that one's digest stands for the source's.
REVERT = "revert"


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What applying came to.

    Attributes:
        file: the changeset as it is now.
        database: which database, as people see it.
        state: `applied`; `already applied`, and nothing was done; or `tried` (a dry run).
        counts: operations done, by entity and action.
        receipt: the digest of the before- and after-images.
        skipped: how many records were left out because of open questions.
        log: where those are.
        repaired: whether an earlier run had applied it without getting to say so in the file, which now says it.
        reverted: when an earlier application of it was undone; None if there was none, or it came back by itself.
    """

    file: ChangesetFile
    database: str
    state: str
    counts: Mapping[str, Mapping[str, int]]
    receipt: str
    skipped: int = 0
    log: Path | None = None
    repaired: bool = False
    reverted: str | None = None


def apply(
    project: Project,
    path: Path,
    *,
    dry_run: bool = False,
    skip_on_error: bool = False,
    source: Path | None = None,
) -> ApplyResult:
    """Apply a changeset to the project's database.

    Args:
        project: whose database.
        path: the changeset file.
        dry_run: do all of it, then roll back; the file and the ledger stay as they are.
        skip_on_error: leave out what open questions hold up, and log those records.
        source: where the source is, for that log; by default where it was when the changeset was built.

    Raises:
        Interrupted: it was; the message says whether it was applied, which nothing but the ledger knows.
        DamagedChangeset: the file is torn or was edited.
        OpenQuestions: questions are open, and `skip_on_error` is not given.
        Conflicts: preconditions failed. All of them are reported, nothing is written, and the try is recorded.
        NotProven: a row did not read back as written; likewise.
        DatabaseUnavailable: the database cannot be used.
    """
    with stoppable(lambda: _whether_applied(project, path)):
        project.progress(f"reading {path.name}", 0, None)
        file = read(path).intact()
        _check_catalog(project, file)
        return _apply(project, file, dry_run=dry_run, skip_on_error=skip_on_error, source=source)


def _apply(
    project: Project, file: ChangesetFile, *, dry_run: bool, skip_on_error: bool, source: Path | None
) -> ApplyResult:
    with project.database() as database:
        entries = applications(database, file)
        lacking = missing_events(file, entries, database.label)
        repaired = bool(lacking) and not dry_run
        if repaired:
            file = append_applied(file, *lacking)
        if done := _state(entries):
            return _already_applied(database, file, done, repaired=repaired)
        undone = _undone(database, file) if entries else None
        run = _Run(project, database, file, skip_on_error, source)
        try:
            result = run.dry() if dry_run else run.real()
        except sa.exc.IntegrityError:  # the ledger takes no changeset twice: was somebody else quicker?
            done = _state(applications(database, file))
            if done is None:
                raise
            return _already_applied(database, reconcile(database, read(file.path).intact()), done)
    return replace(result, repaired=repaired, reverted=undone)


class _Run:
    """One application of one changeset."""

    def __init__(
        self, project: Project, database: Database, file: ChangesetFile, skip_on_error: bool, source: Path | None
    ) -> None:
        if file.decisions.open and not skip_on_error:
            raise open_questions(file)
        self._project = project
        self._database = database
        self._file = file
        self._answers = skip_answers(file)
        self._final = replace(file, events=(*file.events, *self._answers))
        self._source: SourceFile | None = None
        self._records: Mapping[int, str] = {}
        if self._answers:
            from bake.app.skipped import skipped_records, source_of  # it loads all that reads sources

            self._source = source_of(project, file, source)
            self._records = skipped_records(file, self._final.decisions)

    def dry(self) -> ApplyResult:
        """All of it, rolled back."""
        with self._database.writing(keep=False) as connection:
            outcome = _held(self._carry(connection), self._file)
        return self._result("tried", self._file, outcome, None)

    def _carry(self, connection: sa.Connection, keep: Callable[[history.RowChange], None] | None = None) -> Outcome:
        distinct = load(self._project).distinct
        progress = self._project.progress
        return apply_changeset(
            self._final, connection, self._project.catalog, keep, distinct=distinct, progress=progress
        )

    def real(self) -> ApplyResult:
        """All of it, committed, with its ledger row; then the event in the file."""
        check_writable(self._file.path)
        entry = self._entry("applied")
        try:
            with self._database.writing() as connection:
                outcome, log = self._write(connection, entry)
        except (Conflicts, NotProven) as error:
            self._record_failure(error)
            raise
        done = replace(entry, counts=outcome.counts, receipt=outcome.receipt)
        file = append_applied(self._file, applied_event(done, self._database.label))
        return self._result("applied", file, outcome, log)

    def _write(self, connection: sa.Connection, entry: ledger.LedgerEntry) -> tuple[Outcome, Path | None]:
        """All of it, what the ledger says of it, and the log of what is skipped.

        The log is there before its records are passed over. From its ledger row on, nobody else can apply this
        changeset, and so nobody else writes that log or takes it away.
        """
        number = ledger.record(connection, entry)
        with self._logged() as log:
            changes = history.Recorder(connection, number)
            outcome = _held(self._carry(connection, changes.add), self._file)
            changes.flush()
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
            actor=actor(),
            at=now(),
            file=self._file.path.name,
            reverts=reverted_by(header),
        )

    def _record_failure(self, error: BakeError) -> None:
        """Keep the failed try, after its rollback, in the ledger and in the file."""
        with self._database.writing() as connection:
            ledger.record(connection, self._entry("failed"))
        failed = Failed(
            by=actor(), at=now(), prev="", database=self._database.label, code=error.code, message=error.message
        )
        append(read(self._file.path).intact(), failed)  # as it is by now: another run may have failed just before

    @contextmanager
    def _logged(self) -> Iterator[Path | None]:
        """The log of skipped records, if any are; what fails takes it away again."""
        if self._source is None:
            yield None
            return
        from bake.app.skipped import write_log

        log = write_log(self._file, self._final.decisions, self._source, self._project.folder, now())
        try:
            yield log
        except BaseException:
            log.unlink(missing_ok=True)
            raise

    def _result(self, state: str, file: ChangesetFile, outcome: Outcome, log: Path | None) -> ApplyResult:
        return ApplyResult(
            file=file,
            database=self._database.label,
            state=state,
            counts=outcome.counts,
            receipt=outcome.receipt,
            skipped=len(self._records),
            log=log,
        )


def _whether_applied(project: Project, path: Path) -> str:
    """What an interrupted application came to; if it was committed, the file is told."""
    try:
        with project.database() as database:
            file = read(path).intact()
            if _state(applications(database, file)) is None:
                return NOTHING
            reconcile(database, file)
            return f"it was applied all the same: {path}"
    except BakeError:
        return f"to see whether it was applied: {command('changeset', 'check', path)}"


def reverted_by(header: Header) -> str | None:
    """The digest of the changeset that this one undoes, if that is what it was made for."""
    return f"sha256:{header.source.sha256}" if header.source.kind == REVERT else None


def open_questions(file: ChangesetFile) -> OpenQuestions:
    """The error that questions are open, with each of them."""
    questions = [_open_question(file, question) for question in file.decisions.open]
    return OpenQuestions(
        f"{len(questions)} {'question is' if len(questions) == 1 else 'questions are'} open; nothing was written",
        questions=questions,
        hint="\n".join((command("changeset", "resolve", file.path, "--interactive"), *_for_all_conflicts(file))),
    )


def _for_all_conflicts(file: ChangesetFile) -> Iterator[str]:
    """How to answer the conflicts of an entity together, where there are several."""
    contested = Counter(question.entity for question in file.decisions.open if question.kind == "conflict")
    for entity in (entity for entity, n in contested.items() if n > 1):
        resolve = command("changeset", "resolve", file.path, "--take", f"{entity}=database")
        yield f"or, to keep all {contested[entity]} values of {entity} that are here: {resolve} (or {entity}=file)"


def _open_question(file: ChangesetFile, question: Question) -> OpenQuestion:
    waiting = sum(1 for _ in file.decisions.undecided(question))
    labels = tuple(candidate.label for candidate in question.candidates)
    labels += tuple(option.label for option in question.options)
    return OpenQuestion(
        question.id,
        sentence(question, waiting, file.decisions.contradicting(question.id)),
        waiting,
        labels,
        question.where,
    )


def _held(outcome: Outcome, file: ChangesetFile) -> Outcome:
    """An outcome without conflicts.

    Raises:
        Conflicts: it has some; raised within the transaction, so that it is rolled back.
    """
    if not outcome.conflicts:
        return outcome
    n = len(outcome.conflicts)
    raise Conflicts(
        f"{n} {'precondition' if n == 1 else 'preconditions'} failed; nothing was written",
        conflicts=outcome.conflicts,
        hint=way_out(file, outcome.conflicts),
    )


def way_out(file: ChangesetFile, conflicts: Sequence[Conflict], *, rebased: bool = False) -> str:
    """What to do with a changeset that cannot be applied, and the command for it.

        conflicts                               because                         then
        changed, missing, exists; reference     the database has moved          rebase; of a revert, write a new one
        only constraint                         the database refuses values     amend
        any, after a rebase                     nothing that a rebase changes   amend

    Args:
        file: the changeset.
        conflicts: what stands against it.
        rebased: whether it has just been brought up to date.
    """
    name = file.header.source.name
    if rebased or all(conflict.kind == "constraint" for conflict in conflicts):
        n = next((conflict.operation for conflict in conflicts), 1)
        return (
            "the database refuses this as it is, and a rebase changes nothing about that; write another value "
            f"(--set {n}/FIELD=VALUE) or leave it out: bake changeset amend {file.path} --drop {n}"
        )
    if reverted_by(file.header):
        return f"what was edited since is left alone by a new one: {command('changeset', 'revert', name)}"
    return f"bring it up to date, its answers kept: {command('changeset', 'rebase', file.path)}"


def _check_catalog(project: Project, file: ChangesetFile) -> None:
    if file.header.catalog.name != project.catalog.name:
        raise UsageError(
            f"{file.path.name} was built for the catalog {file.header.catalog.name!r}, not {project.catalog.name!r}",
            hint="choose the catalog in bake.toml",
        )


def _state(entries: Sequence[ledger.LedgerEntry]) -> ledger.LedgerEntry | None:
    """The application that stands, if one does."""
    return next((entry for entry in entries if entry.state == "applied"), None)


def _undone(database: Database, file: ChangesetFile) -> str | None:
    """When the last application of a changeset was undone."""
    with database.reading() as connection:
        entry = ledger.undoing(connection, file.digest)
    return entry.at if entry else None


def _already_applied(
    database: Database, file: ChangesetFile, entry: ledger.LedgerEntry, *, repaired: bool = False
) -> ApplyResult:
    """Nothing to do."""
    return ApplyResult(file, database.label, "already applied", entry.counts, entry.receipt, repaired=repaired)
