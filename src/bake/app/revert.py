"""Writing the changeset that undoes another one. The database is read, and not written to: applying it does that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bake.app.actor import actor, now
from bake.app.apply import REVERT
from bake.app.interruption import Target, stoppable
from bake.app.ledger_sync import reconcile
from bake.app.progress import counted
from bake.app.project import Project
from bake.applier.not_reverted import NotReverted, NotRevertedRows
from bake.applier.revert import Undoing
from bake.catalog.names import key_words, slug
from bake.changeset.file import SUFFIX, ChangesetFile, read
from bake.changeset.model import FORMAT, Built, CatalogStamp, Header, Line, Notice, Operation, Skip, Source
from bake.changeset.runs import count
from bake.changeset.writing import write
from bake.database import history, ledger
from bake.database.applied_changes import AppliedChanges
from bake.database.engine import Database
from bake.database.ledger import LedgerEntry
from bake.database.snapshot import DatabaseSnapshot
from bake.errors import UsageError

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{4,64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class RevertResult:
    """A changeset that undoes another one.

    Attributes:
        file: the changeset that undoes.
        reverts: the digest of what it undoes.
        changes: how many rows that one had changed.
        left: what is not undone, and why: the first of it, by the order of the changes.
        more: how much else is left; which records it is stands in the changeset's notices and skips.
        repaired: whether the file of that one did not say yet that it was applied; now it does.
    """

    file: ChangesetFile
    reverts: str
    changes: int
    left: tuple[NotReverted, ...]
    more: int = 0
    repaired: bool = False


def revert(project: Project, what: str, *, output: Path | None = None) -> RevertResult:
    """Write the changeset that undoes another one, as far as nobody has edited what that one did.

    Args:
        project: whose database the other one was applied to.
        what: the file of the other one, or its digest, or the beginning of that, at least four digits. What it did is
            read from the ledger in any case, so that the file need not be there any more.
        output: the file to write; by default it is named for what is undone.

    Raises:
        UsageError: there is no such changeset, or what it did does not stand in this database.
        DamagedChangeset: the file is torn or was edited.
        DatabaseUnavailable: the database cannot be read.
    """
    found = _file(what)
    target = Target()
    with stoppable(target.truth), project.database() as database:
        project.progress("reverting", 0, None)
        file = reconcile(database, found) if found else None
        result = _revert(project, database, what, file, target, output)
    return replace(result, repaired=file is not found)


def _revert(
    project: Project, database: Database, what: str, file: ChangesetFile | None, target: Target, output: Path | None
) -> RevertResult:
    with database.reading() as connection:
        entry = _entry(connection, file.digest if file else _digest(connection, what), what)
        changes = AppliedChanges(connection, entry.digest)
        snapshot = DatabaseSnapshot(connection, project.catalog)
        undoing = Undoing(changes, snapshot, project.catalog, history.renaming(connection))
        header = _header(project, entry, len(changes))
        path_for = target.noting(lambda built: output or _changeset_path(project, entry, header, built))
        tell = partial(_tell, project, len(changes))
        written = write(counted(_lines(header, undoing), tell), path_for)
    left = undoing.left
    return RevertResult(written, entry.digest, len(changes), left.told(), left.more)


def _tell(project: Project, changes: int, lines: int) -> None:
    project.progress("reverting", min(lines, changes), changes)


def _file(what: str) -> ChangesetFile | None:
    """The changeset file that is meant, if a file is."""
    path = Path(what)
    if path.is_file() or what.endswith(SUFFIX):
        return read(path).intact()
    return None


def _digest(connection: sa.Connection, what: str) -> str:
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
    """The application to undo."""
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
        built_by=actor(),
    )


def _lines(header: Header, undoing: Undoing) -> Iterator[Line]:
    yield header
    counts: dict[str, dict[str, int]] = {}
    for operation in undoing.operations():
        _count(counts, operation)
        yield operation
    yield Built(counts=counts, notices=tuple(_notices(undoing.left)), digest="")


def _notices(left: NotRevertedRows) -> Iterator[Notice]:
    for one in left.told():
        if one.why != "undone":
            subject = f"{one.entity} {key_words(one.key)}" + (f", {one.field}" if one.field else "")
            yield Notice(code=one.why, message=f"{subject}: {one.reason}; it is left as it is", from_=(one.record,))
    for others in left.further():
        if others.why != "undone":
            subject = others.entity + (f", {others.field}" if others.field else "")
            yield Notice(code=others.why, message=f"{subject}: further rows are left as they are", from_=others.records)


def _count(counts: dict[str, dict[str, int]], operation: Operation) -> None:
    action = type(operation).__name__.lower()
    those = counts.setdefault(operation.entity, {})
    those[action] = those.get(action, 0) + (count(operation.from_) if isinstance(operation, Skip) else 1)


def _changeset_path(project: Project, entry: LedgerEntry, header: Header, built: Built) -> Path:
    stem = slug(["revert", Path(entry.source.removesuffix(SUFFIX)).stem])
    return project.changesets / f"{header.built_at[:10]}-{stem}-{built.digest.removeprefix('sha256:')[:8]}{SUFFIX}"
