"""Reads the row changes of one application from the ledger in batches, since they may not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import sqlalchemy as sa

from bake.changeset.runs import RunBuilder
from bake.database.ledger.ledger import CHANGESETS
from bake.database.ledger.row_changes import CHANGES, Action, RowChange, change_of

_BATCH = 1000
_PAGE = 10_000


class AppliedChanges:
    """The row changes of the application of a changeset that is not reverted, numbered from 0 in the order of writing.

    Memory holds only which numbers belong to which action and entity, as ranges.

    Args:
        connection: a transaction that sees one state of the database.
        digest: the digest of the changeset.
    """

    def __init__(self, connection: sa.Connection, digest: str) -> None:
        applied = (CHANGESETS.c.digest == digest) & (CHANGESETS.c.state == "applied")
        last = connection.execute(sa.select(sa.func.max(CHANGESETS.c.id)).where(applied)).scalar()
        self._connection = connection
        self._mine = CHANGES.c.changeset == last
        self._records: dict[tuple[Action, str], RunBuilder] = {}
        self._count = 0
        for action, entity in self._kinds():
            self._records.setdefault((action, entity), RunBuilder()).add(self._count)
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def entities(self, action: Action) -> list[str]:
        """The entities with changes of this action, in the order of their first one."""
        return [entity for done, entity in self._records if done == action]

    def records(self, action: Action, entity: str, *, backwards: bool = False) -> Iterator[int]:
        """The numbers of the changes of this action and entity, ascending or descending."""
        found = self._records.get((action, entity))
        return found.numbers(backwards=backwards) if found else iter(())

    def batches(self, action: Action, entity: str, *, backwards: bool = False) -> Iterator[list[tuple[int, RowChange]]]:
        """The changes of this action and entity, each with its number, in lists of up to 1,000."""
        numbers = self.records(action, entity, backwards=backwards)
        position, order = CHANGES.c.id, CHANGES.c.id.desc() if backwards else CHANGES.c.id
        query = sa.select(CHANGES).where(self._mine, CHANGES.c.action == action, CHANGES.c.entity == entity)
        query, after = query.order_by(order).limit(_BATCH), sa.true()
        while batch := list(islice(numbers, _BATCH)):
            rows = self._connection.execute(query.where(after)).mappings().all()
            yield list(zip(batch, map(change_of, rows), strict=True))
            after = position < rows[-1]["id"] if backwards else position > rows[-1]["id"]

    def _kinds(self) -> Iterator[tuple[Action, str]]:
        query = sa.select(CHANGES.c.id, CHANGES.c.action, CHANGES.c.entity).where(self._mine)
        query = query.order_by(CHANGES.c.id).limit(_PAGE)
        rows = self._connection.execute(query).all()
        while rows:
            yield from ((action, entity) for _, action, entity in rows)
            rows = self._connection.execute(query.where(CHANGES.c.id > rows[-1][0])).all()
