"""What each application did to each row: the table `bake_changes`, kept in the database beside the ledger.

A row is known by its uuid, or, where it has none, by its key. Keys are looked up by their *mark*, a digest of fixed
length that every database can index, whatever the key is made of. Digests and uuids come in no order, so that each
index of them costs as much as the entry itself. So there are only two: one of uuids, and a partial one of the marks of
changes that are not found by the uuid of a present row.

Images are row documents. A create has the whole row as it was read back, with values that the database filled in; a
delete has the whole row as it was; an update has the fields that it changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import msgspec
import sqlalchemy as sa

from bake.changeset.model import Evidence, Key, Row, Runs, Uuids
from bake.database.documents import decode_own, encode, encode_all
from bake.database.ledger.ledger import METADATA
from bake.database.writing.bulk import BoundColumn, Bulk

Action: TypeAlias = Literal["create", "update", "delete"]

CHANGES = sa.Table(
    "bake_changes",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("changeset", sa.Integer, nullable=False, index=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("action", sa.String(8), nullable=False),
    sa.Column("entity", sa.String(200), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("mark", sa.String(32), nullable=False),
    sa.Column("renamed", sa.Text),
    sa.Column("renamed_mark", sa.String(32)),
    sa.Column("uuid", sa.String(36), index=True),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("records", sa.Text, nullable=False),
)
#: Where the values of a change come from, if its operation says it.
EVIDENCE = sa.Table(
    "bake_evidence",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("changeset", sa.Integer, nullable=False, index=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
)
#: Changes that are looked up by the mark of their key: of rows without uuid, and those after which no row has the key.
FOUND_BY_KEY = sa.or_(
    CHANGES.c.uuid.is_(None), CHANGES.c.action == sa.literal_column("'delete'"), CHANGES.c.renamed_mark.is_not(None)
)
sa.Index("ix_bake_changes_mark", CHANGES.c.mark, info={"where": FOUND_BY_KEY})
sa.Index("ix_bake_changes_renamed_mark", CHANGES.c.renamed_mark, info={"where": CHANGES.c.renamed_mark.is_not(None)})


@sa.event.listens_for(CHANGES, "before_create")
def _(table: sa.Table, connection: sa.Connection, **_options: object) -> None:
    """Make indexes partial where the database can; `Index(sqlite_where=…)` would load each dialect every time."""
    if (dialect := connection.dialect.name) in ("sqlite", "postgresql"):
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_options[dialect]["where"] = index.info["where"]


_SORTED = msgspec.json.Encoder(decimal_format="number", order="deterministic")
#: How many changes are written at once.
_BUFFERED = 2000
#: The name under which an image has the uuids of the rows that its references name; no field has it.
_UUIDS = ""


class RowChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation did to one row.

    Attributes:
        n: the number of the operation in its changeset.
        action: what it did.
        entity: the name of the row's entity.
        key: the key of the row before the change; of a create, its key.
        renamed: the key afterwards, if that is another one.
        uuid: the uuid of the row, if it has one.
        before: the image before; None for a create.
        after: the image after; None for a delete.
        records: the numbers of the source records that the operation comes from.
        uuids: by JSON pointer, the uuids of the rows that references in `before` name.
        uuids_after: the same for `after`, as far as the operation says or creates them.
        evidence: where the values come from, if the operation says it.
    """

    n: int
    action: Action
    entity: str
    key: Key
    renamed: Key | None = None
    uuid: str | None = None
    before: Row | None = None
    after: Row | None = None
    records: Runs = ()
    uuids: Uuids = {}
    uuids_after: Uuids = {}
    evidence: tuple[Evidence, ...] = ()

    @property
    def key_after(self) -> Key:
        """The key of the row after the change; of a delete, the last one."""
        return self.renamed or self.key


class Recorder:
    """Writes the changes of one application, many at a time, within its transaction.

    Args:
        connection: the transaction that makes the changes.
        changeset: the number of the application's ledger entry.
    """

    def __init__(self, connection: sa.Connection, changeset: int) -> None:
        self._connection = connection
        self._changeset = changeset
        self._bulk = Bulk(connection, "insert", CHANGES, [BoundColumn(column, column.type) for column in _WRITTEN], ())
        self._waiting: list[RowChange] = []

    def add(self, change: RowChange) -> None:
        """Record a change; it is written with others, at the latest by `flush`."""
        self._waiting.append(change)
        if len(self._waiting) >= _BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Write the changes that were not written yet."""
        if self._waiting:
            self._bulk.execute(self._connection, _written(self._waiting, self._changeset))
            told = [
                {"changeset": self._changeset, "n": one.n, "evidence": encode(one.evidence)}
                for one in self._waiting
                if one.evidence
            ]
            if told:
                self._connection.execute(sa.insert(EVIDENCE), told)
            self._waiting = []


def mark(entity: str, key: Key) -> str:
    """The digest by which a key is looked up; the order of its fields does not matter."""
    return _mark(entity, _SORTED.encode(key))


def _mark(entity: str, key: bytes) -> str:
    return hashlib.blake2b(entity.encode() + b"\0" + key, digest_size=16).hexdigest()


#: The columns that are given of each change: all but its number.
_WRITTEN = [column for column in CHANGES.c if column is not CHANGES.c.id]


def _written(changes: Sequence[RowChange], changeset: int) -> list[Sequence[Any]]:
    """Convert changes to columns, in the order of `_WRITTEN`."""
    renamed = [change.renamed for change in changes]
    sorted_keys = _SORTED.encode_lines([change.key for change in changes]).split(b"\n")
    return [
        [changeset] * len(changes),
        [change.n for change in changes],
        [change.action for change in changes],
        [change.entity for change in changes],
        encode_all([change.key for change in changes]),
        [_mark(change.entity, key) for change, key in zip(changes, sorted_keys, strict=False)],
        [encode(key) if key else None for key in renamed],
        [mark(change.entity, key) if key else None for change, key in zip(changes, renamed, strict=True)],
        [change.uuid for change in changes],
        _images([_with_uuids(change.before, change.uuids) for change in changes]),
        _images([_with_uuids(change.after, change.uuids_after) for change in changes]),
        encode_all([change.records for change in changes]),
    ]


def _images(documents: Sequence[Row | None]) -> Sequence[str | None]:
    """Encode images; None for None."""
    return [None if text == "null" else text for text in encode_all(documents)]


def _with_uuids(image: Row | None, uuids: Uuids) -> Row | None:
    """An image together with the uuids (`_UUIDS`), if there are any."""
    return {**(image or {}), _UUIDS: uuids} if uuids else image


def _image(text: str | None) -> tuple[Row | None, Uuids]:
    """Decode an image and its uuids."""
    image = None if text is None else decode_own(text, dict)
    return image, image.pop(_UUIDS, {}) if image else {}


def change_of(row: sa.RowMapping) -> RowChange:
    """The change that a row of `bake_changes` holds."""
    before, uuids = _image(row["before"])
    after, uuids_after = _image(row["after"])
    return RowChange(
        n=row["n"],
        action=row["action"],
        entity=row["entity"],
        key=decode_own(row["key"], dict),
        renamed=decode_own(row["renamed"], dict) if row["renamed"] else None,
        uuid=row["uuid"],
        before=before,
        after=after,
        records=tuple(decode_own(row["records"], list)),
        uuids=uuids,
        uuids_after=uuids_after,
    )
