"""Carrying out deletes: rows go before those that they refer to; where they refer to each other, they let go first."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from support.reference_applier.apply_context import ApplyContext, uuid_of

from bake.applier.names import Names
from bake.catalog.row import Row
from bake.catalog.values import same
from bake.changeset.model import Delete, Uuids
from bake.changeset.model import Row as RowDocument
from bake.database.dependents import RowId, held
from bake.errors import NotProven


@dataclass(frozen=True, slots=True)
class _Checked:
    """A delete whose preconditions hold: its row, and its before-image as written."""

    delete: Delete
    row: Row
    before: RowDocument
    uuids: Uuids


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
        order = _Order(self._context, self._unreferenced(checked))
        for entity, group in groupby(order.leaving(), key=lambda one: one.delete.entity):
            self._delete(entity, list(group))

    def _checked(self, entity: str, deletes: list[Delete]) -> list[_Checked]:
        context = self._context
        found = context.rows.by_key(entity, [delete.key for delete in deletes], lock=True)
        parsed = context.parsed([(delete, delete.before) for delete in deletes])
        with_ids = context.with_ids(entity, [before or {} for before in parsed])
        alone = [(rows[0].values, ids) for rows, ids in zip(found, with_ids, strict=True) if len(rows) == 1]
        names = context.names_of_changed(entity, alone)
        named = context.uuids_named(entity, [before or {} for before in parsed])
        result = []
        for delete, rows, before, ids, uuids in zip(deletes, found, parsed, with_ids, named, strict=True):
            if context.is_meant(delete, rows) and before is not None and self._holds(delete, rows[0], ids, names):
                result.append(_Checked(delete, rows[0], before, uuids))
        return result

    def _unreferenced(self, checked: list[_Checked]) -> list[_Checked]:
        """Those to which no row refers that stays: what the schema would do to such a row, nobody has reviewed."""
        context = self._context
        leaving = {(one.delete.entity, one.row.id): one for one in checked}
        stays = held(context.snapshot, context.catalog, leaving)
        names = context.names()
        names.fetch(stays.values())
        for row_id, holder in stays.items():
            if holder not in leaving:
                context.report.conflict(leaving[row_id].delete, "constraint", detail=names.refers(holder))
        return [one for row_id, one in leaving.items() if row_id not in stays]

    def _holds(self, delete: Delete, row: Row, before: RowDocument, names: Names) -> bool:
        changed = [name for name, value in before.items() if not same(row.values[name], value)]
        for name in changed:
            found = self._context.as_key(names, delete.entity, name, row.values[name])
            self._context.report.conflict(delete, "changed", name, expected=delete.before[name], found=found)
        return not changed

    def _delete(self, entity: str, group: list[_Checked]) -> None:
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
            context.report.done(delete, one.before, None, uuid=uuid, whole=images[delete.n], uuids=one.uuids)


class _Order:
    """The order in which rows can go: none while another of them still refers to it."""

    def __init__(self, context: ApplyContext, checked: list[_Checked]) -> None:
        self._context = context
        self._rows = {(one.delete.entity, one.row.id): one for one in checked}
        self._order_of = {row_id: n for n, row_id in enumerate(self._rows)}
        self._ranks = {name: n for n, name in enumerate(context.catalog.order)}
        self._to = {row_id: self._references(row_id) for row_id in self._rows}
        self._referring = Counter(target for targets in self._to.values() for target in targets.values())

    def leaving(self) -> list[_Checked]:
        """All rows, each after those that refer to it; where they refer to each other, they are let go of first."""
        order = self._free()
        if len(order) < len(self._rows):
            self._let_go()
            order += self._free()
        return [self._rows[row_id] for row_id in [*order, *self._to]]

    def _free(self) -> list[RowId]:
        """Take out, one by one, the rows that no other refers to any more."""
        ready = [self._ranked(row_id) for row_id in self._to if not self._referring[row_id]]
        heapq.heapify(ready)
        order: list[RowId] = []
        while ready:
            row_id = heapq.heappop(ready)[-1]
            order.append(row_id)
            for target in self._to.pop(row_id).values():
                self._referring[target] -= 1
                if not self._referring[target]:
                    heapq.heappush(ready, self._ranked(target))
        return order

    def _let_go(self) -> None:
        """Write null for the references among the rows that are left, where they may be null."""
        for row_id, targets in self._to.items():
            fields = self._context.catalog.entities[row_id[0]].fields
            names = [name for name in targets if fields[name].nullable]
            # If the database refuses, it refuses the deletion too, and that is reported.
            written = [(row_id[1], dict.fromkeys(names))]
            if self._context.refusal(row_id[0], partial(self._context.writer.update, row_id[0], written)) is None:
                for name in names:
                    self._referring[targets[name]] -= 1
                self._to[row_id] = {name: target for name, target in targets.items() if name not in names}

    def _ranked(self, row_id: RowId) -> tuple[int, int, RowId]:
        """Entities that refer to others come first, so that the rows of one stay together; then the last named."""
        return -self._ranks[row_id[0]], -self._order_of[row_id], row_id

    def _references(self, row_id: RowId) -> dict[str, RowId]:
        """By field, the other rows among these that a row refers to."""
        row = self._rows[row_id].row
        references = self._context.catalog.entities[row_id[0]].references.items()
        there = {name: (target, row.values[name]) for name, target in references}
        return {name: target for name, target in there.items() if target in self._rows and target != row_id}
