"""The rows that changesets have created since a moment, such as that of an export."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bake.changeset.model import Key
from bake.database.ledger import history, row_changes
from bake.database.ledger.absent import execute
from bake.database.ledger.ledger import CHANGESETS


class CreatedSince:
    """Tells which rows were created by changesets that were applied at a moment or later.

    Args:
        connection: sees one state of the database.
        moment: the moment, as a canonical timestamp.
    """

    def __init__(self, connection: sa.Connection, moment: str) -> None:
        self._connection = connection
        chosen = (CHANGESETS.c.at >= moment) & (CHANGESETS.c.state != "failed")
        self._applications = set(execute(connection, sa.select(CHANGESETS.c.id).where(chosen)).scalars())

    def __call__(self, entity: str, rows: Sequence[tuple[Key, str | None]]) -> list[bool]:
        """For each row of an entity, given by its key and uuid, whether it was created since."""
        if not self._applications:
            return [False] * len(rows)
        uuids = [uuid for _, uuid in rows if uuid is not None]
        keys = [key for key, uuid in rows if uuid is None]
        created = {
            change.uuid or row_changes.mark(entity, change.key_after)
            for _, change in history.changes_of_rows(self._connection, entity, uuids, keys, self._applications)
            if change.action == "create"
        }
        return [(uuid or row_changes.mark(entity, key)) in created for key, uuid in rows]
