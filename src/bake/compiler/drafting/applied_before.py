"""Finds the fields that a source would change back, if the same file was applied before.

If the same file would change a field of an existing row again, then somebody has changed that field since, or an answer
gave it another value at that time:

    the last of its applications            the row has now              what the source would change is
    stands                                  anything                     a question `conflict`
    was reverted, and the revert left V     V                            an edit
    … V                                     something else               a question `conflict`
    was reverted, and changed it not        anything                     an edit
    had the mode `skip-existing`            anything                     an edit

If it would make a row that an application left there, somebody has deleted that since: one question for all such rows.
What a revert took away is made again.

The question `conflict` has as its `base` what the application, or its revert, left there, as far as the ledger knows
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from bake.catalog.entity import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.model import Key
from bake.changeset.model import Row as Document
from bake.compiler.rows.row_keys import RowKeys


class EarlierApplications(Protocol):
    """The earlier applications of the source; `bake.database.ledger.source_history` reads them from the ledger."""

    @property
    def stands(self) -> bool:
        """Whether any of them is not reverted, and had a mode in which existing rows are changed."""
        ...

    @property
    def reverted(self) -> bool:
        """Whether all of them are reverted."""
        ...

    def left(self, entity: str, rows: Sequence[tuple[Key, str | None]]) -> list[Document]:
        """For each row, given by its key and uuid, the values that they and their reverts left; references as keys."""
        ...


def deleted_since(earlier: EarlierApplications, entity: str, rows: Sequence[tuple[Key, str | None]]) -> Iterator[bool]:
    """Tell, for each row that the source would make, whether its applications left that row, which is gone by now.

    Args:
        earlier: the earlier applications.
        entity: the kind of row.
        rows: the key and the uuid of each.
    """
    return map(bool, earlier.left(entity, rows))


class ChangedSince:
    """Tells, for the rows of a batch, which fields were changed since the source was applied.

    Args:
        earlier: the earlier applications.
        keys: the keys of rows.
        item: the entity of the rows.
        rows: the rows that the source may change.
    """

    def __init__(self, earlier: EarlierApplications, keys: RowKeys, item: Entity, rows: Iterable[Row]) -> None:
        self._stands, self._keys, self._item = earlier.stands, keys, item
        by_id = {row.id: row for row in rows}
        keys.fetch_for_keys(item.name, by_id.values())
        named = [(keys.key(item.name, row), row.values.get("uuid")) for row in by_id.values()]
        self._left: Mapping[int, Document] = dict(zip(by_id, earlier.left(item.name, named), strict=True))

    def fields(self, row: Row, names: Iterable[str]) -> list[str]:
        """The names among `names` of the fields that the source would change back in a row."""
        return [name for name in names if self._stands or self._is_changed(row, name)]

    def left(self, row: Row) -> Mapping[str, Json]:
        """The values that the source left in a row, by field; empty if they are not known."""
        return self._left.get(row.id, {})

    def _is_changed(self, row: Row, name: str) -> bool:
        left = self.left(row)
        current = self._keys.reference(self._item.references.get(name), row.values.get(name))
        return name in left and not same(left[name], current)
