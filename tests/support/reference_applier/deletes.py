"""Carries out deletes: checks each row, and deletes it when no remaining row refers to it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, groupby
from typing import Any

from support.reference_applier.apply_context import ApplyContext

from bake.applier.apply_context import uuid_of
from bake.applier.deletes import CheckedDelete, DeletionOrder
from bake.applier.keys_by_id import KeysById
from bake.catalog.row import Row
from bake.catalog.values import same
from bake.changeset.model import Delete
from bake.changeset.model import Row as RowDocument
from bake.database.constraints.dependents import held
from bake.errors import NotProven


class Deletes:
    """Checks that rows are as the changeset saw them, deletes, and looks that they are gone."""

    def __init__(self, context: ApplyContext) -> None:
        self._context = context

    def carry_out(self, deletes: Sequence[Delete]) -> None:
        """Delete rows of any entities."""
        by_entity: dict[str, list[Delete]] = {}
        for delete in deletes:
            by_entity.setdefault(delete.entity, []).append(delete)
        checked = [one for entity, those in by_entity.items() for one in self._checked(entity, those)]
        context: Any = self._context
        leaving = self._unreferenced(checked)
        rows = {(one.delete.entity, one.row.id): n for n, one in enumerate(leaving)}
        ordered = DeletionOrder(context, leaving.__getitem__, rows).leaving()
        order = [leaving[rows[row]] for row in chain.from_iterable(ordered)]
        for entity, group in groupby(order, key=lambda one: one.delete.entity):
            self._delete(entity, list(group))

    def _checked(self, entity: str, deletes: list[Delete]) -> list[CheckedDelete]:
        context = self._context
        found = context.rows.by_key(entity, [delete.key for delete in deletes], lock=True)
        parsed = [context.parsed(delete, delete.before) for delete in deletes]
        with_ids = context.with_ids(entity, [before or {} for before in parsed])
        alone = [(rows[0].values, ids) for rows, ids in zip(found, with_ids, strict=True) if len(rows) == 1]
        names = context.names_of_changed(entity, alone)
        named = context.uuids_named(entity, [before or {} for before in parsed])
        result = []
        for delete, rows, before, ids, uuids in zip(deletes, found, parsed, with_ids, named, strict=True):
            if context.is_meant(delete, rows) and before is not None and self._holds(delete, rows[0], ids, names):
                result.append(CheckedDelete(delete, rows[0], before, uuids))
        return result

    def _unreferenced(self, checked: list[CheckedDelete]) -> list[CheckedDelete]:
        """Those to which no row refers that stays: what the schema would do to such a row, nobody has reviewed."""
        context = self._context
        leaving = {(one.delete.entity, one.row.id): one for one in checked}
        stays = held(context.snapshot, context.catalog, leaving)
        keys_by_id = context.keys_by_id()
        keys_by_id.fetch(stays.values())
        for row_id, holder in stays.items():
            if holder not in leaving:
                context.report.conflict(leaving[row_id].delete, "constraint", detail=keys_by_id.refers(holder))
        return [one for row_id, one in leaving.items() if row_id not in stays]

    def _holds(self, delete: Delete, row: Row, before: RowDocument, keys_by_id: KeysById) -> bool:
        changed = [name for name, value in before.items() if not same(row.values[name], value)]
        for name in changed:
            found = self._context.as_key(keys_by_id, delete.entity, name, row.values[name])
            self._context.report.conflict(delete, "changed", name, expected=delete.before[name], found=found)
        return not changed

    def _delete(self, entity: str, group: list[CheckedDelete]) -> None:
        context = self._context
        those = {one.delete.n: one for one in group}
        wholes = context.wholes(entity, [dict(one.row.values) for one in group], [one.before for one in group])
        images = dict(zip(those, wholes, strict=True))
        gone = context.try_each(
            [one.delete for one in group],
            lambda some: context.writer.delete(entity, [those[delete.n].row.id for delete in some]),
        )
        for delete, found in zip(gone, context.rows.by_key(entity, [delete.key for delete in gone]), strict=True):
            if found:
                raise NotProven(f"operation {delete.n}: a row of {entity} is still there after its deletion")
            one, uuid = those[delete.n], uuid_of(those[delete.n].row.values.get("uuid"))
            context.report.done([delete], [one.before], [None], [uuid], whole=[images[delete.n]], named=[one.uuids])
