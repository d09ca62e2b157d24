"""What a source has done to a database before: its applications, and the values that they left in rows."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bake.changeset.model import Key, Row
from bake.database.ledger import history, ledger, row_changes
from bake.database.ledger.row_changes import RowChange


class SourceHistory:
    """The applications of changesets that were built from a source of this digest.

    Args:
        connection: sees one state of the database.
        sha256: the digest of the source.
    """

    def __init__(self, connection: sa.Connection, sha256: str) -> None:
        self._connection = connection
        self._entries = ledger.applications_of_source(connection, sha256)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._entries)

    @property
    def stands(self) -> bool:
        """Whether one of them stands, and had a mode in which rows that are here are changed."""
        return any(one.state == "applied" and one.mode != "skip-existing" for one in self._entries.values())

    @property
    def reverted(self) -> bool:
        """Whether all of them are reverted."""
        return bool(self._entries) and all(one.state != "applied" for one in self._entries.values())

    def __str__(self) -> str:
        """When it was applied, as the end of a sentence; the last application that stands, else the last of all."""
        standing = [one for one in self._entries.values() if one.state == "applied"]
        last = (standing or list(self._entries.values()))[-1]
        return f"{last.at} by {last.actor}, as {last.file}" + ("" if standing else ", and reverted since")

    def left(self, entity: str, rows: Sequence[tuple[Key, str | None]]) -> list[Row]:
        """The values that these applications, and reverts of them, left in rows; as far as the ledger knows them.

        Args:
            entity: the kind of row.
            rows: the key and the uuid of each row, as they are now.

        Returns:
            For each row the fields that were changed, references as keys.
        """
        uuids = list(dict.fromkeys(uuid for _, uuid in rows if uuid is not None))
        keys = [key for key, uuid in rows if uuid is None]
        by_row: dict[str, Row] = {}
        for application, change in history.changes_of_rows(self._connection, entity, uuids, keys, set(self._entries)):
            name = change.uuid or row_changes.mark(entity, change.key_after)
            by_row.setdefault(name, {}).update(self._left(application, change))
        return [by_row.get(uuid or row_changes.mark(entity, key), {}) for key, uuid in rows]

    def _left(self, application: int, change: RowChange) -> Row:
        """What one change of an application left: what it wrote, or what was there before if it was reverted."""
        stands = self._entries[application].state == "applied"
        return (change.after if stands else change.before) or {}
