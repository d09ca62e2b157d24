"""Carrying out deletes."""

from __future__ import annotations

from collections.abc import Sequence

from bake.applier.tools import Tools
from bake.catalog.row import Row
from bake.catalog.values import same
from bake.changeset.model import Delete
from bake.errors import NotProven


class Deletes:
    """Checks that rows are as the changeset saw them, deletes, and looks that they are gone."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def carry_out(self, entity: str, deletes: Sequence[Delete]) -> None:
        """Delete rows of one entity, the last one first: a changeset names parents before children."""
        tools = self._tools
        keys = [delete.key for delete in deletes]
        rows: dict[int, Row] = {}
        for delete, found in zip(deletes, tools.rows.by_key(entity, keys, lock=True), strict=True):
            if len(found) != 1:
                tools.report.conflict(delete, "missing", detail=f"{len(found)} rows have this key")
            elif self._holds(delete, found[0]):
                rows[delete.n] = found[0]
        last_first = [delete for delete in reversed(deletes) if delete.n in rows]
        gone = tools.try_each(last_first, lambda those: tools.writer.delete(entity, [rows[d.n].id for d in those]))
        for delete, found in zip(gone, tools.rows.by_key(entity, [delete.key for delete in gone]), strict=True):
            if found:
                raise NotProven(f"operation {delete.n}: a row of {entity} is still there after its deletion")
            tools.report.done(delete, tools.parsed(delete, delete.before), None)

    def _holds(self, delete: Delete, row: Row) -> bool:
        parsed = self._tools.parsed(delete, delete.before)
        if parsed is None:
            return False
        [before] = self._tools.with_ids(delete.entity, [parsed])
        changed = [name for name, value in before.items() if not same(row.values[name], value)]
        for name in changed:
            found = row.values[name]
            self._tools.report.conflict(delete, "changed", name, expected=delete.before[name], found=found)
        return not changed
