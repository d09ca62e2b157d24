"""The ledger: what this database has received, kept in the database. It only grows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

State: TypeAlias = Literal["applied", "failed"]

METADATA = sa.MetaData()

#: One row for each application and each attempt. `once` is the digest where the changeset was applied and null where it
#: failed: so the database itself refuses to apply one twice, even to two programs at the same time.
CHANGESETS = sa.Table(
    "bake_changesets",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(80), nullable=False, index=True),
    sa.Column("once", sa.String(80), unique=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("mode", sa.String(20), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_sha256", sa.String(80), nullable=False, index=True),
    sa.Column("counts", sa.Text, nullable=False),
    sa.Column("receipt", sa.String(80), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("file", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One application of a changeset to this database, or one attempt.

    Attributes:
        digest: the changeset's, `sha256:…`.
        state: whether it was applied or failed.
        mode: the changeset's.
        source: the name of the file it was built from.
        source_sha256: the digest of that file.
        counts: rows by entity and action.
        receipt: the digest of what was written; empty for a failed one.
        actor: who did it.
        at: when, as a canonical Timestamp.
        file: the changeset's file name.
    """

    digest: str
    state: State
    mode: str
    source: str
    source_sha256: str
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    receipt: str = ""
    actor: str
    at: str
    file: str


def record(connection: sa.Connection, entry: LedgerEntry) -> None:
    """Add an entry.

    Raises:
        sqlalchemy.exc.IntegrityError: this changeset has been applied before.
    """
    values: dict[str, Any] = {name: getattr(entry, name) for name in entry.__slots__}
    values["counts"] = json.dumps(entry.counts, sort_keys=True)
    values["once"] = entry.digest if entry.state == "applied" else None
    connection.execute(sa.insert(CHANGESETS), [values])


def find(connection: sa.Connection, digest: str) -> LedgerEntry | None:
    """What became of a changeset: its application if there was one, else the last attempt, else None."""
    found = _entries(connection, CHANGESETS.c.digest == digest)
    return next((entry for entry in found if entry.state == "applied"), found[-1] if found else None)


def applied_source(connection: sa.Connection, sha256: str) -> LedgerEntry | None:
    """The last application of a changeset that was built from a source of this digest."""
    found = _entries(connection, (CHANGESETS.c.source_sha256 == sha256) & (CHANGESETS.c.state == "applied"))
    return found[-1] if found else None


def entries(connection: sa.Connection) -> list[LedgerEntry]:
    """Everything, in the order in which it happened."""
    return _entries(connection, sa.true())


def _entries(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[LedgerEntry]:
    query = sa.select(CHANGESETS).where(where).order_by(CHANGESETS.c.id)
    return [_entry(dict(row)) for row in connection.execute(query).mappings()]


def _entry(row: dict[str, Any]) -> LedgerEntry:
    fields = {name: row[name] for name in LedgerEntry.__slots__}
    return LedgerEntry(**fields | {"counts": json.loads(row["counts"])})
