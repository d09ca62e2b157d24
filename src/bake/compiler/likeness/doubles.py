"""New rows without a natural key that equal another one: the source may mean fewer of them."""

from __future__ import annotations

from collections.abc import Sequence

from bake.catalog.entity import Entity
from bake.catalog.lookups import given
from bake.catalog.values import Json
from bake.changeset.pointers import pointer
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import OperationDraft, warn
from bake.compiler.matching.compared_values import Compared
from bake.compiler.rows.first_seen import FirstSeen
from bake.compiler.rows.resolved import Found, Resolved


class Doubles:
    """Warns of new rows that equal another: there may be more of them than the source means."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._first = FirstSeen()

    def warn(self, item: Entity, drafts: Sequence[OperationDraft], parents: Sequence[dict[str, Resolved]]) -> None:
        """Warn of new rows that equal an earlier record of this source, or a row that another record is about.

        Args:
            item: their entity.
            drafts: what they would be.
            parents: for each, what its references name.
        """
        if not item.compared:
            return
        keys = [
            None if _says_which(item, draft) else _drafted(item, draft, named)
            for draft, named in zip(drafts, parents, strict=True)
        ]
        asked = dict.fromkeys(key for key in keys if key is not None)
        rows = self._context.snapshot.find(item.name, item.compared, list(asked)) if asked else {}
        for draft, key in zip(drafts, keys, strict=True):
            if key is not None:
                first = self._first.first(Compared(item.compared, key).mark, draft.reading.number)
                if first is not None:
                    self._add(item, draft, f"record {first} is the same in " + ", ".join(item.compared))
                elif key in rows:
                    self._add(item, draft, "a row here already is the same in " + ", ".join(item.compared))
        self._first.trim()

    def _add(self, item: Entity, draft: OperationDraft, message: str) -> None:
        warn(draft, item.compared[0], message, code="lookalike")


def _says_which(item: Entity, draft: OperationDraft) -> bool:
    """Whether a record gives the number of its row, so that it is none but that one."""
    return item.counted is not None and given(draft.reading.fields, item.counted)


def _drafted(item: Entity, draft: OperationDraft, parents: dict[str, Resolved]) -> tuple[Json, ...] | None:
    """The values in which new rows are compared, references as ids; None while one waits, or has no parent yet."""
    parts: list[Json] = []
    for name in item.compared:
        parent = parents.get(name)
        if name in item.references and isinstance(parent, Found):
            parts.append(parent.row.id)
        elif pointer(name) in draft.needs or (name in item.references and draft.values.get(name) is not None):
            return None
        else:
            parts.append(draft.values.get(name))
    return tuple(parts)
