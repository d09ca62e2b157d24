"""The function `revert`: writes the changeset that undoes another one. Only applying that changes the database."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bake.app.actor import now
from bake.app.changeset_place import changeset_place
from bake.app.interruption import Target, stoppable
from bake.app.ledger_sync import reconcile
from bake.app.progress import counted
from bake.app.project import LOG, Project
from bake.app.results import RevertResult
from bake.applier.undo.not_reverted import NotRevertedRows
from bake.applier.undo.plan import Undoing
from bake.catalog.names import key_words, slug
from bake.changeset.events import Line
from bake.changeset.file import SUFFIX, Changeset, read
from bake.changeset.header import FORMAT, REVERT, CatalogStamp, Header, Source
from bake.changeset.model import Built, Notice, Operation, Skip
from bake.changeset.place import ChangesetLike, path_of
from bake.changeset.runs import count
from bake.changeset.writing import write
from bake.database.engine import Database
from bake.database.ledger import history, ledger
from bake.database.ledger.applied_changes import AppliedChanges
from bake.database.ledger.ledger import LedgerEntry
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.transactions import require_transactions
from bake.errors import UsageError

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{4,64})", re.ASCII)


def revert(project: Project, what: ChangesetLike, *, output: str | os.PathLike[str] | None = None) -> RevertResult:
    """Write a changeset that undoes an applied one, except where its rows or fields have been edited since.

    The changes to undo are read from the ledger, so the file of the applied changeset need not exist any more.

    Args:
        project: the project to whose database the changeset was applied.
        what: the applied changeset: itself, its path, its digest, or at least the first four digits of that.
        output: the file to write; by default it is named after the source of the applied changeset.

    Returns:
        The changeset written, and what it does not undo, with the reasons.

    Raises:
        UsageError: there is no such changeset, or it was not applied to this database, or was reverted already.
        DamagedChangeset: the file is torn or was edited.
        DatabaseUnavailable: the database cannot be read.
    """
    what = str(path_of(what))
    found = _file(what)
    target = Target()
    with stoppable(target.truth), project.connect() as database:
        require_transactions(database, project.catalog)
        project.tell("reverting")
        file = reconcile(database, found) if found else None
        result = _revert(project, database, what, file, target, output)
    LOG.info("%s: written, it undoes %s", result.changeset.path.name, result.reverts)
    return replace(result, repaired=file is not found)


def _revert(
    project: Project,
    database: Database,
    what: str,
    file: Changeset | None,
    target: Target,
    output: str | os.PathLike[str] | None,
) -> RevertResult:
    """Write the changeset; `file` is the applied one if `what` is its path, else None and `what` is its digest."""
    with database.reading() as connection, project.finding(connection):
        entry = _entry(connection, file.digest if file else _digest(connection, what), what)
        changes = AppliedChanges(connection, entry.digest)
        snapshot = DatabaseSnapshot(connection, project.catalog)
        undoing = Undoing(changes, snapshot, project.catalog, history.key_changes(connection))
        header = _header(project, entry, len(changes))
        stem = slug(["revert", Path(entry.source.removesuffix(SUFFIX)).stem])
        path_for = target.noting(changeset_place(project, stem, header, output))
        tell = partial(_tell, project, len(changes))
        written = write(counted(_lines(header, undoing), tell), path_for)
    project.keep_values(written.path)
    left = undoing.left
    return RevertResult(written, entry.digest, len(changes), left.told(), left.more)


def _tell(project: Project, changes: int, lines: int) -> None:
    project.tell("reverting", min(lines, changes), changes)


def _file(what: str) -> Changeset | None:
    """Read the changeset file, if `what` is the path of one and not a digest.

    Raises:
        UsageError: there is no such file.
        DamagedChangeset: the file is torn or was edited.
    """
    path = Path(what)
    if path.is_file() or what.endswith(SUFFIX):
        return read(path).intact()
    return None


def _digest(connection: sa.Connection, what: str) -> str:
    """Find the whole digest of a changeset in the ledger by its first digits.

    Raises:
        UsageError: no digest begins with them, or several do.
    """
    match = _ID.fullmatch(what.lower())
    found = ledger.beginning_with(connection, match[1]) if match else []
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{what} is the beginning of {len(found)} changesets' digests", hint="give more digits: bake history"
        )
    raise UsageError(f"{what} is neither a changeset file nor the digest of one", hint="bake history lists them")


def _entry(connection: sa.Connection, digest: str, what: str) -> LedgerEntry:
    """The ledger's entry of the application to undo; `what` names it in errors.

    Raises:
        UsageError: the changeset was not applied to this database, or was reverted already.
    """
    entry = ledger.find(connection, digest)
    match entry.state if entry else None:
        case "applied":
            assert entry is not None
            return entry
        case "reverted":
            raise UsageError(f"{what} was reverted already", hint="bake history shows by what")
        case _:
            raise UsageError(f"{what} was not applied to this database", hint="bake history lists what was")


def _header(project: Project, entry: LedgerEntry, changes: int) -> Header:
    return Header(
        format=FORMAT,
        source=Source(
            name=entry.file,
            sha256=entry.digest.removeprefix("sha256:"),
            kind=REVERT,
            records=changes,
        ),
        catalog=CatalogStamp(name=project.catalog.name, fingerprint=project.catalog.fingerprint),
        mode="merge",
        built_at=now(),
        built_by=project.actor,
    )


def _lines(header: Header, undoing: Undoing) -> Iterator[Line]:
    """The lines of the new changeset: its header, the operations, and the end with counts and notices."""
    yield header
    counts: dict[str, dict[str, int]] = {}
    for operation in undoing.operations():
        _count(counts, operation)
        yield operation
    yield Built(counts=counts, notices=tuple(_notices(undoing.left)), digest="")


def _notices(left: NotRevertedRows) -> Iterator[Notice]:
    """Notices of the rows and fields that are not undone, except where they already are as they were before."""
    for one in left.told():
        if one.why != "undone":
            subject = f"{one.entity} {key_words(one.key)}" + (f", {one.field}" if one.field else "")
            yield Notice(code=one.why, message=f"{subject}: {one.reason}; it is left as it is", from_=(one.record,))
    for others in left.further():
        if others.why != "undone":
            subject = others.entity + (f", {others.field}" if others.field else "")
            yield Notice(code=others.why, message=f"{subject}: further rows are left as they are", from_=others.records)


def _count(counts: dict[str, dict[str, int]], operation: Operation) -> None:
    """Add an operation to the counts by entity and action; a skip counts once for each of its records."""
    action = type(operation).__name__.lower()
    by_action = counts.setdefault(operation.entity, {})
    by_action[action] = by_action.get(action, 0) + (count(operation.from_) if isinstance(operation, Skip) else 1)
