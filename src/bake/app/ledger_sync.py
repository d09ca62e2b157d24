"""Bringing a changeset's file in line with the ledger, where a run was cut off after its commit and before its event.

The ledger's entry is written in the transaction of the changes, the `applied` event after it. So the ledger is right,
and the next command that writes to the file adds the events that are lacking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import structs

from bake.app.actor import now
from bake.app.project import Project
from bake.app.reading import intact_for
from bake.changeset.events import Answered, Applied
from bake.changeset.file import Changeset, read
from bake.changeset.file_lock import held
from bake.changeset.place import ChangesetLike, path_of
from bake.changeset.writing import append
from bake.commands import command
from bake.database.engine import Database
from bake.database.ledger import ledger
from bake.database.ledger.ledger import LedgerEntry
from bake.errors import BakeError, DamagedChangeset, Location, Problem, UsageError
from bake.renderer.words import CUT_OFF

#: What an answered event says of an answer that `--skip-on-error` gave.
SKIPPED_ON_ERROR = "--skip-on-error"


def applied_event(entry: LedgerEntry, database: str) -> Applied:
    """The event that says in a file what an entry says in the ledger.

    Args:
        entry: an application.
        database: which one, as people see it.
    """
    return Applied(
        by=entry.actor,
        at=entry.at,
        prev="",
        database=database,
        counts=entry.counts,
        receipt=entry.receipt,
        policy=entry.policy,
    )


def applications(database: Database, file: Changeset) -> list[LedgerEntry]:
    """What the ledger has of a changeset: its applications, undone ones too.

    Raises:
        DatabaseUnavailable: the database cannot be read.
    """
    with database.reading() as connection:
        return ledger.applications(connection, file.digest)


def standing(entries: Sequence[LedgerEntry]) -> LedgerEntry | None:
    """The application that stands, if one does."""
    return next((entry for entry in entries if entry.state == "applied"), None)


def missing_events(file: Changeset, entries: Sequence[LedgerEntry], database: str) -> tuple[Applied, ...]:
    """The events that the file lacks.

    Args:
        file: the changeset.
        entries: its applications to one database.
        database: which one, as people see it.

    Raises:
        DamagedChangeset: the file does not begin with what was applied: it has lost its end, or is another version.
    """
    if lost := lost_lines(file, entries, database):
        raise DamagedChangeset(
            f"{file.path.name} is not what was applied to {database}",
            problems=lost,
            hint=f"restore it from git; what was applied can be undone by its digest: "
            f"{command('changeset', 'revert', file.digest.removeprefix('sha256:')[:12])}",
        )
    told = Counter(map(_mark, file.decisions.applied))
    lacking = []
    for event in (applied_event(entry, database) for entry in entries):
        told[_mark(event)] -= 1
        if told[_mark(event)] < 0:
            lacking.append(event)
    return tuple(lacking)


def lost_lines(file: Changeset, entries: Sequence[LedgerEntry], database: str) -> tuple[Problem, ...]:
    """What a file lacks of what it was when it was applied: nothing but the ledger knows of lines at its end.

    Args:
        file: the changeset.
        entries: its applications to one database.
        database: which one, as people see it.
    """
    where = Location(str(file.path))
    return tuple(
        Problem(f"{_lost(file, entry.file_size)} (applied to {database} {entry.at} by {entry.actor})", where)
        for entry in entries
        if entry.file_size is not None and not file.was_at(entry.file_digest or "")
    )


def _lost(file: Changeset, size: int) -> str:
    if file.end < size:
        return f"lines at its end are gone: it had {size} bytes when it was applied, and has {file.end}"
    return "what was applied had other answers or amendments than stand here"


def append_applied(file: Changeset, *events: Applied) -> Changeset:
    """The file with these events, which somebody else may be adding just now; questions that are open were skipped.

    Raises:
        DamagedChangeset: the file is damaged.
        UsageError: it cannot be written to, or was changed by somebody else in another way.
    """
    try:
        return append(file, *skip_answers(file, events[0].by), *events)
    except UsageError:
        there = read(file.path).intact()
        if {_mark(event) for event in events} <= {_mark(event) for event in there.decisions.applied}:
            return there
        raise


def reconcile(database: Database, file: Changeset) -> Changeset:
    """The file in line with the ledger: the same one, if it was.

    In a caller's transaction it stays as it is: nobody knows yet whether what the ledger says there will be committed.

    Raises:
        DamagedChangeset, UsageError, DatabaseUnavailable: as `applications` and `append_applied` do.
    """
    if not database.commits:
        return file
    lacking = missing_events(file, applications(database, file), database.label)
    return append_applied(file, *lacking) if lacking else file


@contextmanager
def deciding(project: Project, changeset: ChangesetLike) -> Iterator[Changeset]:
    """A changeset in which something can still be decided; until the end of the block nobody else does, or applies it.

    Raises:
        UsageError: as `unapplied`; or others held the file for longer than the project waits.
        DamagedChangeset, DatabaseUnavailable: as `unapplied`.
    """
    path = path_of(changeset)
    file = intact_for(project, changeset)  # what is wrong with it is said whether or not it can be written to
    with held(path, project.wait):
        try:
            yield unapplied(project, file)
        finally:
            project.keep_values(path)


def unapplied(project: Project, changeset: ChangesetLike) -> Changeset:
    """A changeset in which something can still be decided.

    Raises:
        UsageError: there is no such changeset, or it has been applied; a file that did not say so says it now.
        DamagedChangeset: it is damaged.
        DatabaseUnavailable: the ledger cannot be read.
    """
    path = path_of(changeset)
    found = intact_for(project, changeset)
    with project.connect() as database:
        file = reconcile(database, found)
        applied = file.decisions.applied or (not database.commits and standing(applications(database, file)))
    if applied:
        raise has_been_applied(path, [Problem(CUT_OFF)] if file is not found else [])
    return file


def has_been_applied(path: Path, problems: Sequence[Problem] = ()) -> UsageError:
    """The error for a changeset in which nothing can be decided any more."""
    return UsageError(
        f"{path.name} has been applied; what was decided in it stands",
        problems=problems,
        hint=f"to undo it: {command('changeset', 'revert', path)}",
    )


def reconcile_last(project: Project, sha256: str) -> Path | None:
    """Bring the changeset in line through which a source was last applied, where its file is kept in the project.

    Args:
        project: whose database and changesets.
        sha256: the source's digest.

    Returns:
        The file, if it was not in line; one that is gone, damaged or another by now is left alone.
    """
    with project.connect() as database:
        with database.reading() as connection:
            entry = ledger.applied_source(connection, sha256)
        path = project.changesets / Path(entry.file).name if entry and project.has_folder else None
        if entry is None or path is None or not path.is_file():
            return None
        try:
            file = read(path).intact()
            return path if file.digest == entry.digest and reconcile(database, file) is not file else None
        except BakeError:
            return None


def skip_answers(file: Changeset, by: str) -> tuple[Answered, ...]:
    """An answer to each open question that skips what it holds up, in somebody's name."""
    skip = Answered(by=by, at=now(), prev="", question="", choice="skip", origin=SKIPPED_ON_ERROR)
    answers: list[Answered] = []
    for question in file.decisions.open:
        answer = _revising(structs.replace(skip, question=question.id), file)
        if question.id in file.decisions.answers or question.id in file.decisions.exceptions:  # and that stays so
            those = file.decisions.undecided(question)
            answers += [_revising(structs.replace(answer, operation=n), file) for n in those]
        else:
            answers.append(answer)
    return tuple(answers)


def _revising(answer: Answered, file: Changeset) -> Answered:
    """An answer that takes the place of those which contradict each other."""
    standing = file.decisions.standing(answer.question, answer.operation)
    return structs.replace(answer, revises=tuple(other.digest for other in standing))


def _mark(event: Applied) -> tuple[str, str, str]:
    """What tells one application from another, of the same changeset too."""
    return event.at, event.by, event.receipt
