"""The history of rows: queries for what applications did to them (`row_changes`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from bake.changeset.model import Evidence, Key
from bake.database.documents import decode_own
from bake.database.ledger.ledger import CHANGESETS, LedgerEntry, entry_of
from bake.database.ledger.row_changes import CHANGES, EVIDENCE, FOUND_BY_KEY, RowChange, change_of, mark

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """A change, the ledger entry of its application, and its number in the order of all changes."""

    sequence: int
    entry: LedgerEntry
    change: RowChange


def of_uuid(connection: sa.Connection, entity: str, uuid: str) -> list[LedgerChange]:
    """All changes of the row with this uuid, in their order."""
    return _ledger_changes(connection, (CHANGES.c.entity == entity) & (CHANGES.c.uuid == uuid))


def of_key(connection: sa.Connection, entity: str, key: Key) -> list[LedgerChange]:
    """All changes of the row without a uuid that has, or last had, this key, in their order.

    Changes of the key are followed back; changes of another row, which had the key earlier, are left out.
    """
    found: list[LedgerChange] = []
    mine: sa.ColumnElement[bool] = CHANGES.c.uuid.is_(None)
    while True:
        rows = _ledger_changes(connection, mine & _leaving_key(mark(entity, key)))
        began = next((n for n in reversed(range(len(rows))) if rows[n].change.renamed), None)
        found = rows[began or 0 :] + found
        if began is None:
            return found
        key, mine = rows[began].change.key, CHANGES.c.uuid.is_(None) & (CHANGES.c.id < rows[began].sequence)


def uuids_under(connection: sa.Connection, entity: str, key: Key) -> list[str]:
    """The uuids of all rows that have had this key in a changeset, in the order of their first change with it."""
    wanted = mark(entity, key)
    under = (CHANGES.c.mark == wanted) | (CHANGES.c.renamed_mark == wanted)
    first = sa.func.min(CHANGES.c.id)
    query = sa.select(CHANGES.c.uuid).where(under, CHANGES.c.uuid.is_not(None)).group_by(CHANGES.c.uuid).order_by(first)
    return list(connection.execute(query).scalars())


def last_change_under(connection: sa.Connection, entity: str, key: Key) -> RowChange | None:
    """The last change of a row that had this key before or after it; None if there is none.

    An index serves the changes after which no row has the key; those that came after the last of them are scanned.
    """
    wanted = mark(entity, key)
    before, after = CHANGES.c.mark == wanted, CHANGES.c.renamed_mark == wanted
    taken = _last(connection, (before & FOUND_BY_KEY) | after)  # in this form SQLite sees that both have an index
    later = _last(connection, (before | after) & (CHANGES.c.id > (taken["id"] if taken else 0)))
    last = later or taken
    return change_of(last) if last else None


def _last(connection: sa.Connection, where: sa.ColumnElement[bool]) -> sa.RowMapping | None:
    return connection.execute(sa.select(CHANGES).where(where).order_by(CHANGES.c.id.desc()).limit(1)).mappings().first()


def changes_of_rows(
    connection: sa.Connection, entity: str, uuids: Sequence[str], keys: Sequence[Key], applications: Set[int]
) -> Iterator[tuple[int, RowChange]]:
    """The changes that some applications made to some rows; those of one row in their order.

    It takes one statement for each chunk of rows, which uses an index.

    Args:
        connection: a connection that sees one state of the database.
        entity: the name of the entity.
        uuids: the uuids of the rows that have one.
        keys: the keys of the others; changes under an earlier key of such a row are not found.
        applications: the numbers of the ledger entries.

    Yields:
        The number of the ledger entry, and the change.
    """
    marks = [mark(entity, key) for key in keys]
    conditions = [(CHANGES.c.uuid, uuids, sa.true()), (CHANGES.c.mark, marks, CHANGES.c.uuid.is_(None))]
    for column, values, further in conditions:
        for start in range(0, len(values), _CHUNK):
            chosen = column.in_(values[start : start + _CHUNK]) & (CHANGES.c.entity == entity) & further
            for row in connection.execute(sa.select(CHANGES).where(chosen).order_by(CHANGES.c.id)).mappings():
                if row["changeset"] in applications:
                    yield row["changeset"], change_of(row)


def key_changes(connection: sa.Connection) -> list[RowChange]:
    """All changes that changed the key of a row, in their order."""
    return list(_changes(connection, CHANGES.c.renamed_mark.is_not(None)))


def changes_by_row(connection: sa.Connection, entity: str) -> Iterator[list[RowChange]]:
    """For each row of an entity that a changeset has ever changed, its changes in their order."""
    yield from _rows_with_uuid(connection, entity)
    by_key: dict[str, list[RowChange]] = {}
    for change in _changes(connection, (CHANGES.c.entity == entity) & CHANGES.c.uuid.is_(None)):
        so_far = by_key.pop(mark(entity, change.key), [])
        by_key[mark(entity, change.key_after)] = [*so_far, change]
    yield from by_key.values()


def _rows_with_uuid(connection: sa.Connection, entity: str) -> Iterator[list[RowChange]]:
    """The same for the rows with a uuid, read in chunks."""
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
    """By sequence number of a change, where its values come from."""
    sequences = [change.sequence for change in changes]
    found: dict[int, tuple[Evidence, ...]] = {}
    same = (EVIDENCE.c.changeset == CHANGES.c.changeset) & (EVIDENCE.c.n == CHANGES.c.n)
    for start in range(0, len(sequences), _CHUNK):
        chosen = CHANGES.c.id.in_(sequences[start : start + _CHUNK])
        for sequence, text in connection.execute(sa.select(CHANGES.c.id, EVIDENCE.c.evidence).where(chosen, same)):
            found[sequence] = tuple(msgspec.convert(decode_own(text, list), list[Evidence]))
    return found


def _leaving_key(wanted: str) -> sa.ColumnElement[bool]:
    """Changes after which a row had the key of this mark."""
    return ((CHANGES.c.mark == wanted) & CHANGES.c.renamed_mark.is_(None)) | (CHANGES.c.renamed_mark == wanted)


def _ledger_changes(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[LedgerChange]:
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
