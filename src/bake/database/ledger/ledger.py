"""The ledger: what was applied to this database, kept in the database. Entries are added, and never removed.

`bake_changesets` has an entry for each application and each failed attempt; `bake_changes` one for each row that an
application changed (`bake.database.ledger.row_changes`). The state of an entry:

    failed      it was rolled back
    applied     it was applied
    reverted    it was applied, and has been reverted since

An application also changes the states of earlier entries:

    what is applied                  becomes reverted                      becomes applied again
    a changeset                      the revert of it, if that is applied
    the revert of a changeset        the changeset
    the revert of a revert           the revert                            the changeset that it had reverted
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from uuid import uuid4

import msgspec
import sqlalchemy as sa

from bake.changeset.events import PolicyMark
from bake.database.documents import decode_own, encode
from bake.database.ledger.absent import execute

State: TypeAlias = Literal["applied", "reverted", "failed"]

METADATA = sa.MetaData()

#: One row for each application and each attempt. `once` is the digest while the entry's state is applied, else null: it
#: is unique, so that the database itself refuses to apply a changeset twice, even at the same time.
CHANGESETS = sa.Table(
    "bake_changesets",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(80), nullable=False, index=True),
    sa.Column("once", sa.String(80), unique=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("mode", sa.String(20), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_path", sa.Text),
    sa.Column("source_sha256", sa.String(80), nullable=False, index=True),
    sa.Column("counts", sa.Text, nullable=False),
    sa.Column("receipt", sa.String(80), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("file_size", sa.BigInteger),
    sa.Column("file_digest", sa.String(80)),
    sa.Column("reverts", sa.String(80), index=True),
    sa.Column("policy", sa.Text),
)


#: One row: the id of this database, by which exports say where they came from. A copy of the database has the same.
DATABASE = sa.Table(
    "bake_database",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("uuid", sa.String(36), nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One application of a changeset to this database, or one attempt.

    Attributes:
        digest: the digest of the changeset, `sha256:…`.
        state: the state, as in the table of the module.
        mode: the mode of the changeset.
        source: the name of the file from which the changeset was built.
        source_path: the path of that file in the project; None if it was outside.
        source_sha256: the digest of that file.
        counts: how many rows were written, by entity and action.
        receipt: the digest of what was written; "" if it failed.
        actor: the name of the person or program that applied it.
        at: the time, as a canonical Timestamp.
        file: the name of the changeset's file.
        file_size: the size of the whole lines of the file before the application, in bytes; None if it is not known.
        file_digest: the digest of the last event, or of these bytes if there was none (`Changeset.head`).
        reverts: the digest of the changeset that it reverts, if it is a revert.
        policy: the policy that allowed it, with the names of the rules; None if the project had none.
    """

    digest: str
    state: State
    mode: str
    source: str
    source_path: str | None = None
    source_sha256: str
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    receipt: str = ""
    actor: str
    at: str
    file: str
    file_size: int | None = None
    file_digest: str | None = None
    reverts: str | None = None
    policy: PolicyMark | None = None


def identify(connection: sa.Connection) -> None:
    """Give the database an id, unless it has one."""
    if not database_id(connection):
        connection.execute(sa.insert(DATABASE).values(id=1, uuid=str(uuid4())))


def database_id(connection: sa.Connection) -> str:
    """The id of the database; empty if it has none yet, or no ledger."""
    return execute(connection, sa.select(DATABASE.c.uuid)).scalar() or ""


def record(connection: sa.Connection, entry: LedgerEntry) -> int:
    """Add an entry, and return its number, by which changes of rows refer to it.

    Raises:
        sqlalchemy.exc.IntegrityError: this changeset has been applied before.
    """
    values: dict[str, Any] = {name: getattr(entry, name) for name in entry.__slots__}
    values["counts"] = json.dumps(entry.counts, sort_keys=True)
    values["policy"] = encode(msgspec.to_builtins(entry.policy)) if entry.policy else None
    values["once"] = entry.digest if entry.state == "applied" else None
    [number] = connection.execute(sa.insert(CHANGESETS).values(values)).inserted_primary_key or (0,)
    return int(number)


def complete(connection: sa.Connection, number: int, counts: Mapping[str, Mapping[str, int]], receipt: str) -> None:
    """Set the counts and the receipt of an application's entry, at the end of its transaction."""
    values = {"counts": json.dumps(counts, sort_keys=True), "receipt": receipt}
    connection.execute(sa.update(CHANGESETS).where(CHANGESETS.c.id == number).values(values))


def update_states(connection: sa.Connection, entry: LedgerEntry) -> None:
    """Change the states of earlier entries after an application, as in the table of the module."""
    undone = connection.execute(sa.select(CHANGESETS.c.digest).where(_IS_APPLIED, CHANGESETS.c.reverts == entry.digest))
    for digest in undone.scalars().all():
        _mark_reverted(connection, digest)
    if entry.reverts:
        _mark_undone(connection, entry.reverts)


def find(connection: sa.Connection, digest: str) -> LedgerEntry | None:
    """The entry of a changeset whose state is applied, else its last entry, else None."""
    found = _entries(connection, CHANGESETS.c.digest == digest)
    return next((entry for entry in found if entry.state == "applied"), found[-1] if found else None)


def applications(connection: sa.Connection, digest: str) -> list[LedgerEntry]:
    """The applications of a changeset in their order, reverted ones included."""
    return _entries(connection, (CHANGESETS.c.digest == digest) & (CHANGESETS.c.state != "failed"))


def beginning_with(connection: sa.Connection, start: str) -> list[str]:
    """The digests of the changesets whose digest begins with `sha256:` and these hexadecimal digits."""
    chosen = CHANGESETS.c.digest.startswith(f"sha256:{start}", autoescape=True)
    return list(connection.execute(sa.select(CHANGESETS.c.digest).where(chosen).distinct()).scalars())


def applications_of_source(connection: sa.Connection, sha256: str) -> dict[int, LedgerEntry]:
    """By number, the applications of changesets that were built from a source of this digest, in their order."""
    chosen = (CHANGESETS.c.source_sha256 == sha256) & (CHANGESETS.c.state != "failed")
    query = sa.select(CHANGESETS).where(chosen).order_by(CHANGESETS.c.id)
    return {row["id"]: entry_of(row) for row in execute(connection, query).mappings()}


def applied_source(connection: sa.Connection, sha256: str) -> LedgerEntry | None:
    """The last of these applications whose state is applied, if there is one."""
    standing = [entry for entry in applications_of_source(connection, sha256).values() if entry.state == "applied"]
    return standing[-1] if standing else None


def undoing(connection: sa.Connection, digest: str) -> LedgerEntry | None:
    """The last application of a revert of this changeset whose state is applied, if there is one."""
    found = _entries(connection, (CHANGESETS.c.reverts == digest) & _IS_APPLIED)
    return found[-1] if found else None


def entries(connection: sa.Connection) -> list[LedgerEntry]:
    """All entries, in their order."""
    return _entries(connection, sa.true())


def entry_of(row: sa.RowMapping) -> LedgerEntry:
    """The entry that a row of `bake_changesets` holds."""
    fields = {name: row[name] for name in LedgerEntry.__slots__}
    policy = msgspec.convert(decode_own(row["policy"], dict), PolicyMark) if row["policy"] else None
    return LedgerEntry(**fields | {"counts": decode_own(row["counts"], dict), "policy": policy})


_IS_APPLIED = CHANGESETS.c.state == "applied"


def _mark_undone(connection: sa.Connection, digest: str) -> None:
    """Mark a changeset as reverted; if it was a revert itself, what it had reverted is applied again."""
    _mark_reverted(connection, digest)
    found = _entries(connection, CHANGESETS.c.digest == digest)
    target = found[-1].reverts if found else None
    if target:
        _mark_applied_again(connection, target)


def _mark_reverted(connection: sa.Connection, digest: str) -> None:
    stands = _IS_APPLIED & (CHANGESETS.c.digest == digest)
    connection.execute(sa.update(CHANGESETS).where(stands).values(state="reverted", once=None))


def _mark_applied_again(connection: sa.Connection, digest: str) -> None:
    """Mark the last application of a changeset as applied again, and what it reverts as reverted."""
    reverted = (CHANGESETS.c.digest == digest) & (CHANGESETS.c.state == "reverted")
    last = connection.execute(sa.select(sa.func.max(CHANGESETS.c.id)).where(reverted)).scalar()
    if last is not None:
        again = sa.update(CHANGESETS).where(CHANGESETS.c.id == last)
        connection.execute(again.values(state="applied", once=digest))
        [entry] = _entries(connection, CHANGESETS.c.id == last)
        if entry.reverts:
            _mark_undone(connection, entry.reverts)


def _entries(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[LedgerEntry]:
    query = sa.select(CHANGESETS).where(where).order_by(CHANGESETS.c.id)
    return [entry_of(row) for row in execute(connection, query).mappings()]
