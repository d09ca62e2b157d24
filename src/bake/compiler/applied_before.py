"""What a source may change back whose very bytes were applied before.

It says nothing now that it did not say then. So where it would change a field of a row that is here, somebody has
changed that since, or has decided then that it is something else:

    the last of its applications            the row has now              what the source would change is
    stands                                  anything                     a question `conflict`
    was reverted, and the revert left V     V                            an edit
    … V                                     something else               a question `conflict`
    was reverted, and changed it not        anything                     an edit
    had the mode `skip-existing`            anything                     an edit

The question has as its `base` what the application, or its revert, left there, as far as the ledger knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bake.catalog.model import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.model import Key
from bake.changeset.model import Row as Document
from bake.compiler.row_keys import RowKeys


class EarlierApplications(Protocol):
    """The applications of the source; `bake.database.source_history` has them from the ledger."""

    @property
    def stands(self) -> bool:
        """Whether one stands that has changed rows which were here."""
        ...

    def left(self, entity: str, rows: Sequence[tuple[Key, str | None]]) -> list[Document]:
        """By the key and the uuid of rows, the values that they and their reverts left; references as keys."""
        ...


class ChangedSince:
    """Of the rows of a batch, what others have changed since the source was applied to them.

    Args:
        earlier: the applications.
        keys: names rows.
        item: the entity of the rows.
        rows: those that the source may change.
    """

    def __init__(self, earlier: EarlierApplications, keys: RowKeys, item: Entity, rows: Iterable[Row]) -> None:
        self._stands, self._keys, self._item = earlier.stands, keys, item
        by_id = {row.id: row for row in rows}
        keys.fetch_for_keys(item.name, by_id.values())
        named = [(keys.key(item.name, row), row.values.get("uuid")) for row in by_id.values()]
        self._left: Mapping[int, Document] = dict(zip(by_id, earlier.left(item.name, named), strict=True))

    def fields(self, row: Row, names: Iterable[str]) -> list[str]:
        """Those of some fields of a row that the source would change back."""
        return [name for name in names if self._stands or self._is_changed(row, name)]

    def left(self, row: Row) -> Mapping[str, Json]:
        """What the source left in a row, as far as it is known."""
        return self._left.get(row.id, {})

    def _is_changed(self, row: Row, name: str) -> bool:
        left = self.left(row)
        current = self._keys.reference(self._item.references.get(name), row.values.get(name))
        return name in left and not same(left[name], current)
