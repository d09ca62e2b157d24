"""What each application did to each row, kept in the database beside the ledger: the table `bake_changes`.

A row is known by its uuid, or, where it has none, by its key, which is followed through changes of the key itself.
Keys are looked up by their *mark*, a digest of fixed length that every database can index, whatever the key is made of.
Digests and uuids come in no order, so that each index of them costs as much as the entry itself: there is one of uuids,
and one of the marks by which something is found that the uuid of a row of today does not lead to.

Images are row documents. A create has the whole row as it was read back, what the database filled in included; a
delete has the whole row as it was; an update has the fields that it changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import msgspec
import sqlalchemy as sa

from bake.changeset.model import Evidence, Key, Row, Runs, Uuids
from bake.database.documents import decode_own, encode, encode_all
from bake.database.ledger.ledger import CHANGESETS, METADATA, LedgerEntry, entry_of
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
#: Where the values of a change come from, for those changes whose operations say it.
EVIDENCE = sa.Table(
    "bake_evidence",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("changeset", sa.Integer, nullable=False, index=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
)
#: Changes of rows without uuid, and those after which no row has the key (any more).
_LEFT = sa.or_(
    CHANGES.c.uuid.is_(None), CHANGES.c.action == sa.literal_column("'delete'"), CHANGES.c.renamed_mark.is_not(None)
)
sa.Index("ix_bake_changes_mark", CHANGES.c.mark, info={"where": _LEFT})
sa.Index("ix_bake_changes_renamed_mark", CHANGES.c.renamed_mark, info={"where": CHANGES.c.renamed_mark.is_not(None)})


@sa.event.listens_for(CHANGES, "before_create")
def _(table: sa.Table, connection: sa.Connection, **_options: object) -> None:
    """Make indexes partial where that can be; to say so above would load each of these dialects for every command."""
    if (dialect := connection.dialect.name) in ("sqlite", "postgresql"):
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_options[dialect]["where"] = index.info["where"]


_SORTED = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_BUFFERED = 2000
_UUIDS = ""
_CHUNK = 500


class RowChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation did to one row.

    Attributes:
        n: the operation's number in its changeset.
        action: what it did.
        entity: the kind of row.
        key: the row's key, as the operation has it (before, if the operation changes it).
        renamed: the key afterwards, if that is another one.
        uuid: the row's, if it has one.
        before: the image before; None for a create.
        after: the image after; None for a delete.
        records: the numbers of the source's records that asked for it.
        uuids: by JSON pointer, those of the rows that references of the image before name.
        uuids_after: the same of the image after, as far as the operation says them.
        evidence: where its values come from, as far as the operation says it.
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
        """The key that the row has afterwards, or had last."""
        return self.renamed or self.key


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """A change, the application that it was a part of, and its place among all changes of this database."""

    sequence: int
    entry: LedgerEntry
    change: RowChange


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
        """Record one more change, now or with those that follow."""
        self._waiting.append(change)
        if len(self._waiting) >= _BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
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


def of_uuid(connection: sa.Connection, entity: str, uuid: str) -> list[LedgerChange]:
    """All that happened to the row of this uuid, in the order in which it happened."""
    return _told(connection, (CHANGES.c.entity == entity) & (CHANGES.c.uuid == uuid))


def of_key(connection: sa.Connection, entity: str, key: Key) -> list[LedgerChange]:
    """All that happened to the row that has, or last had, this key; for rows without a uuid.

    Followed back through changes of the key: what happened to another row, which had the key before, is not among it.
    """
    found: list[LedgerChange] = []
    mine: sa.ColumnElement[bool] = CHANGES.c.uuid.is_(None)
    while True:
        rows = _told(connection, mine & _under(mark(entity, key)))
        began = next((n for n in reversed(range(len(rows))) if rows[n].change.renamed), None)
        found = rows[began or 0 :] + found
        if began is None:
            return found
        key, mine = rows[began].change.key, CHANGES.c.uuid.is_(None) & (CHANGES.c.id < rows[began].sequence)


def uuids_under(connection: sa.Connection, entity: str, key: Key) -> list[str]:
    """The uuids of all rows that changesets knew by this key, in the order in which they first did."""
    wanted = mark(entity, key)
    under = (CHANGES.c.mark == wanted) | (CHANGES.c.renamed_mark == wanted)
    first = sa.func.min(CHANGES.c.id)
    query = sa.select(CHANGES.c.uuid).where(under, CHANGES.c.uuid.is_not(None)).group_by(CHANGES.c.uuid).order_by(first)
    return list(connection.execute(query).scalars())


def known_as(connection: sa.Connection, entity: str, key: Key) -> RowChange | None:
    """The last change of a row that has ever had this key: its uuid, or its key afterwards, leads on.

    Quick if that change took the key away; if not, all that came after the last one that did is gone through.
    """
    wanted = mark(entity, key)
    before, after = CHANGES.c.mark == wanted, CHANGES.c.renamed_mark == wanted
    taken = _last(connection, (before & _LEFT) | after)  # in this form SQLite sees that both have an index
    later = _last(connection, (before | after) & (CHANGES.c.id > (taken["id"] if taken else 0)))
    last = later or taken
    return change_of(last) if last else None


def _last(connection: sa.Connection, where: sa.ColumnElement[bool]) -> sa.RowMapping | None:
    return connection.execute(sa.select(CHANGES).where(where).order_by(CHANGES.c.id.desc()).limit(1)).mappings().first()


def among(
    connection: sa.Connection, entity: str, uuids: Sequence[str], keys: Sequence[Key], applications: Set[int]
) -> Iterator[tuple[int, RowChange]]:
    """What some applications did to some rows, in the order in which it happened to each.

    Rows are found by what has an index, whatever happened to them: one statement for each chunk of rows.

    Args:
        connection: sees one state of the database.
        entity: the kind of row.
        uuids: those of the rows that have one.
        keys: those of the others; what happened under a key that a row had before is not among it.
        applications: the numbers of their ledger entries.
    """
    marks = [mark(entity, key) for key in keys]
    conditions = [(CHANGES.c.uuid, uuids, sa.true()), (CHANGES.c.mark, marks, CHANGES.c.uuid.is_(None))]
    for column, values, further in conditions:
        for start in range(0, len(values), _CHUNK):
            chosen = column.in_(values[start : start + _CHUNK]) & (CHANGES.c.entity == entity) & further
            for row in connection.execute(sa.select(CHANGES).where(chosen).order_by(CHANGES.c.id)).mappings():
                if row["changeset"] in applications:
                    yield row["changeset"], change_of(row)


def renaming(connection: sa.Connection) -> list[RowChange]:
    """The changes of keys, in the order in which they happened."""
    return list(_changes(connection, CHANGES.c.renamed_mark.is_not(None)))


def rows_of(connection: sa.Connection, entity: str) -> Iterator[list[RowChange]]:
    """For each row of an entity that a changeset has ever changed, its changes in the order in which they happened."""
    yield from _rows_with_uuid(connection, entity)
    by_key: dict[str, list[RowChange]] = {}
    for change in _changes(connection, (CHANGES.c.entity == entity) & CHANGES.c.uuid.is_(None)):
        so_far = by_key.pop(mark(entity, change.key), [])
        by_key[mark(entity, change.key_after)] = [*so_far, change]
    yield from by_key.values()


def _rows_with_uuid(connection: sa.Connection, entity: str) -> Iterator[list[RowChange]]:
    """Some hundred rows at a time, however many there are."""
    last, mine = "", CHANGES.c.entity == entity
    while True:
        query = sa.select(CHANGES.c.uuid).where(mine, CHANGES.c.uuid > last).distinct()
        uuids = list(connection.execute(query.order_by(CHANGES.c.uuid).limit(_CHUNK)).scalars())
        rows: dict[str | None, list[RowChange]] = {uuid: [] for uuid in uuids}
        for change in _changes(connection, mine & CHANGES.c.uuid.in_(uuids)) if uuids else ():
            rows[change.uuid].append(change)
        yield from rows.values()
        if len(uuids) < _CHUNK:
            return
        last = uuids[-1]


def evidence_for(connection: sa.Connection, changes: Sequence[LedgerChange]) -> dict[int, tuple[Evidence, ...]]:
    """By their places among all changes, where the values of these come from."""
    places = [change.sequence for change in changes]
    found: dict[int, tuple[Evidence, ...]] = {}
    same = (EVIDENCE.c.changeset == CHANGES.c.changeset) & (EVIDENCE.c.n == CHANGES.c.n)
    for start in range(0, len(places), _CHUNK):
        chosen = CHANGES.c.id.in_(places[start : start + _CHUNK])
        for place, text in connection.execute(sa.select(CHANGES.c.id, EVIDENCE.c.evidence).where(chosen, same)):
            found[place] = tuple(msgspec.convert(decode_own(text, list), list[Evidence]))
    return found


def _under(wanted: str) -> sa.ColumnElement[bool]:
    """Changes after which a row had the key of this mark."""
    return ((CHANGES.c.mark == wanted) & CHANGES.c.renamed_mark.is_(None)) | (CHANGES.c.renamed_mark == wanted)


def _told(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[LedgerChange]:
    changes = sa.select(CHANGES).where(where).order_by(CHANGES.c.id)
    rows = list(connection.execute(changes).mappings())
    numbers = sorted({row["changeset"] for row in rows})
    entries: dict[int, LedgerEntry] = {}
    for start in range(0, len(numbers), _CHUNK):
        query = sa.select(CHANGESETS).where(CHANGESETS.c.id.in_(numbers[start : start + _CHUNK]))
        entries |= {row["id"]: entry_of(row) for row in connection.execute(query).mappings()}
    return [LedgerChange(row["id"], entries[row["changeset"]], change_of(row)) for row in rows]


def _changes(connection: sa.Connection, where: sa.ColumnElement[bool]) -> Iterator[RowChange]:
    query = sa.select(CHANGES).where(where).order_by(CHANGES.c.id)
    return map(change_of, connection.execute(query).mappings())


#: The columns that are given of each change: all but its number.
_WRITTEN = [column for column in CHANGES.c if column is not CHANGES.c.id]


def _written(changes: Sequence[RowChange], changeset: int) -> list[Sequence[Any]]:
    """Changes, a column of `_WRITTEN` after the other."""
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
    """The texts of images; None where there is none."""
    return [None if text == "null" else text for text in encode_all(documents)]


def _with_uuids(image: Row | None, uuids: Uuids) -> Row | None:
    """An image, with the uuids under a name that no field has."""
    return {**(image or {}), _UUIDS: uuids} if uuids else image


def _image(text: str | None) -> tuple[Row | None, Uuids]:
    """An image and its uuids, from its text."""
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
