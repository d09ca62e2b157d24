"""Carry out deletes: each row before the rows it refers to; in cycles, references are set to null first."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from types import MappingProxyType

from bake.applier.apply_context import ApplyContext, uuid_of
from bake.applier.blocks import Block, pick
from bake.applier.expected_rows import lock_rows, report_changed, without
from bake.applier.keys_by_id import KeysById
from bake.applier.spilled import Spilled
from bake.catalog.row import Row
from bake.changeset.model import Delete, Uuids
from bake.changeset.model import Row as RowDocument
from bake.database.constraints.dependents import RowId, held
from bake.errors import NotProven

#: How many rows are checked, and deleted, at a time.
_BATCH = 2000
#: What most rows refer to among those that are to be deleted.
_NOTHING: Mapping[str, RowId] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CheckedDelete:
    """A delete whose preconditions hold.

    Attributes:
        delete: the operation.
        row: the row that it deletes.
        before: its before-image in canonical form, references as keys.
        uuids: the uuids of the rows that references in `before` name, by JSON pointer.
    """

    delete: Delete
    row: Row
    before: RowDocument
    uuids: Uuids


class Deletes:
    """Checks that rows are as they were at the build, deletes them, and checks that they are gone."""

    def __init__(self, context: ApplyContext) -> None:
        self._context = context

    def carry_out(self, deletes: Iterable[Delete]) -> None:
        """Delete the rows of all entities together, since they may refer to each other.

        They are checked, and later deleted, some at a time; between that only their ids and references are in memory.

        Raises:
            NotProven: a row is still there after its deletion.
        """
        checked: Spilled[CheckedDelete] = Spilled()
        positions: dict[RowId, int] = {}
        waiting = iter(deletes)
        while some := list(islice(waiting, _BATCH)):
            for one in self._all_checked(some):
                position = positions.setdefault((one.delete.entity, one.row.id), len(checked))
                if position == len(checked):
                    checked.append(one)
                else:
                    detail = f"operation {checked[position].delete.n} deletes it already"
                    self._context.report.conflict(one.delete, "missing", detail=detail)
        order = DeletionOrder(self._context, checked.__getitem__, self._unreferenced(checked, positions))
        first, cyclic, last = order.leaving()
        self._delete_all(first, checked, positions)
        self._delete_together(
            {name: checked.some([positions[one] for one in rows]) for name, rows in _by_entity(cyclic)}
        )
        self._delete_all(last, checked, positions)

    def _delete_all(
        self, rows: Sequence[RowId], checked: Spilled[CheckedDelete], positions: Mapping[RowId, int]
    ) -> None:
        """Delete rows in their order, those of one entity together that follow each other."""
        for entity, group in groupby(rows, key=itemgetter(0)):
            while some := list(islice(group, _BATCH)):
                self._delete(entity, checked.some([positions[row_id] for row_id in some]))

    def _all_checked(self, deletes: Sequence[Delete]) -> Iterator[CheckedDelete]:
        by_entity: dict[str, list[Delete]] = {}
        for delete in deletes:
            by_entity.setdefault(delete.entity, []).append(delete)
        for entity, those in by_entity.items():
            yield from self._checked(entity, those)

    def _checked(self, entity: str, deletes: list[Delete]) -> list[CheckedDelete]:
        """Check the deletes of one entity, report conflicts, and return the deletes without any."""
        context = self._context
        there = lock_rows(context, entity, deletes, context.catalog.entities[entity].fields)
        [before], unfit = context.read(entity, deletes, Block.of([delete.before for delete in deletes]))
        there = there.only([n for n, position in enumerate(there.positions) if position not in unfit])
        before = before.only(there.positions)
        compared = before.without(context.catalog.entities[entity].kept)
        changed = context.with_ids(entity, compared)[0].differing(there.rows)
        report_changed(context, there, changed, attrgetter("before"))
        good = without(len(there.changes), changed)
        there, before = there.only(good), before.only(good)
        rows = [dict(zip(there.rows, values, strict=True)) for values in zip(*there.rows.values(), strict=True)]
        images = zip(before.documents(), context.uuids_named(entity, before), strict=True)
        return [
            CheckedDelete(delete, Row(id_, values), *image)
            for delete, id_, values, image in zip(there.changes, there.ids, rows, images, strict=True)
        ]

    def _unreferenced(self, checked: Spilled[CheckedDelete], positions: dict[RowId, int]) -> dict[RowId, int]:
        """Report deletes of rows that a remaining row refers to, and return the others.

        The schema might delete or change the remaining row in turn, which would not be in the reviewed changeset.
        """
        context = self._context
        holders = held(context.snapshot, context.catalog, positions)
        keys_by_id = KeysById(context.snapshot, context.catalog)
        keys_by_id.fetch(holders.values())
        for row_id, holder in holders.items():
            if holder not in positions:
                context.report.conflict(
                    checked[positions[row_id]].delete, "constraint", detail=keys_by_id.refers(holder)
                )
        return {row_id: position for row_id, position in positions.items() if row_id not in holders}

    def _delete(self, entity: str, group: list[CheckedDelete]) -> None:
        """Delete rows of one entity, check that they are gone, and report them as done."""
        context, wholes = self._context, self._recorded(entity, group)
        gone = context.try_each(
            [one.delete for one in group],
            lambda those: context.writer.delete(entity, [group[n].row.id for n in those]),
        )
        self._report_done(entity, pick(group, gone), pick(wholes, gone))

    def _delete_together(self, groups: Mapping[str, list[CheckedDelete]]) -> None:
        """Delete rows that must refer to each other, all or none."""
        context, wholes = self._context, {entity: self._recorded(entity, group) for entity, group in groups.items()}
        ids = {entity: [one.row.id for one in group] for entity, group in groups.items()}
        refusal = context.refusal(next(iter(ids)), lambda: context.writer.delete_together(ids)) if ids else None
        for entity, group in groups.items():
            context.rows.forget(entity)
            if refusal is None:
                self._report_done(entity, group, wholes[entity])
            else:
                context.report_refused([one.delete for one in group], refusal)

    def _recorded(self, entity: str, group: Sequence[CheckedDelete]) -> Sequence[RowDocument]:
        """Rows that will be deleted, whole, as the ledger has them; their sensitive values are recorded."""
        ids, fields = [one.row.id for one in group], self._context.catalog.entities[entity].sensitive
        self._context.record_private(entity, ids, fields)
        rows = {name: [one.row.values[name] for one in group] for name in self._context.catalog.entities[entity].fields}
        return self._context.wholes(entity, Block.of([one.before for one in group]), rows)

    def _report_done(self, entity: str, group: Sequence[CheckedDelete], wholes: Sequence[RowDocument]) -> None:
        """Check that rows are gone, and report them as done."""
        context, done = self._context, [one.delete for one in group]
        for delete, found in zip(done, context.rows.by_key(entity, [delete.key for delete in done]), strict=True):
            if found:
                raise NotProven(f"operation {delete.n}: a row of {entity} is still there after its deletion")
        if done:
            ids = [one.row.id for one in group]
            context.report.written.add(done, ids)
            context.proof.deleted(done, ids)
            uuids = [uuid_of(one.row.values.get("uuid")) for one in group]
            before, named = [one.before for one in group], [one.uuids for one in group]
            context.report.done(done, before, [None] * len(done), uuids, whole=wholes, named=named)


def _by_entity(rows: Iterable[RowId]) -> Iterator[tuple[str, Iterator[RowId]]]:
    return groupby(sorted(rows, key=itemgetter(0)), key=itemgetter(0))


class DeletionOrder:
    """Sorts rows for deletion: a row comes after all rows that refer to it."""

    def __init__(
        self, context: ApplyContext, checked: Callable[[int], CheckedDelete], rows: Mapping[RowId, int]
    ) -> None:
        """Prepare.

        Args:
            context: the application.
            checked: gives the delete at a position.
            rows: the rows that are to be deleted, each with the position of its delete, ascending.
        """
        self._context = context
        self._rows = rows
        self._ranks = {name: n for n, name in enumerate(context.catalog.order)}
        self._leaving = {entity for entity, _ in rows}
        self._to = {row_id: self._references(row_id, checked, position) for row_id, position in rows.items()}
        self._referring = Counter(target for targets in self._to.values() for target in targets.values())

    def leaving(self) -> tuple[list[RowId], list[RowId], list[RowId]]:
        """All rows in the order of deletion; if some refer to each other in a cycle, nulls are written first.

        Returns:
            Those that can go one by one; those that refer to each other and must not be null, which can only go
            together; and those to which only these refer.
        """
        order = self._free()
        if len(order) < len(self._rows):
            self._break_cycles()
            order += self._free()
        last = self._only_referred_to()
        return order, list(self._to), last

    def _only_referred_to(self) -> list[RowId]:
        """Remove the rows that refer to none of the remaining ones, and return them in the order of deletion."""
        found: list[RowId] = []
        while roots := [one for one, targets in self._to.items() if self._to.keys().isdisjoint(targets.values())]:
            found += roots
            for one in roots:
                del self._to[one]
        return found[::-1]

    def _free(self) -> list[RowId]:
        """Remove, one by one, the rows to which no remaining row refers, and return them in this order."""
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

    def _break_cycles(self) -> None:
        """Write null to the references between the remaining rows that may be null."""
        for row_id, targets in self._to.items():
            fields = self._context.catalog.entities[row_id[0]].fields
            names = [name for name in targets if fields[name].nullable]
            # A refusal is ignored here: the database will then refuse the deletion, too, which is reported.
            written = [(row_id[1], dict.fromkeys(names))]
            if self._context.refusal(row_id[0], partial(self._context.writer.update, row_id[0], written)) is None:
                for name in names:
                    self._referring[targets[name]] -= 1
                self._to[row_id] = {name: target for name, target in targets.items() if name not in names}

    def _ranked(self, row_id: RowId) -> tuple[int, int, RowId]:
        """A sort key: rows of later entities in the order of import first, so that an entity's rows stay together."""
        return -self._ranks[row_id[0]], -self._rows[row_id], row_id

    def _references(self, row_id: RowId, checked: Callable[[int], CheckedDelete], position: int) -> Mapping[str, RowId]:
        """The rows to be deleted that a row refers to, by field; itself among them, as MariaDB lets no such row go."""
        references = self._context.catalog.entities[row_id[0]].references.items()
        possible = [(name, target) for name, target in references if target in self._leaving]
        if not possible:
            return _NOTHING
        values = checked(position).row.values
        targets = {name: (target, values[name]) for name, target in possible}
        found = {name: target for name, target in targets.items() if target in self._rows}
        return found or _NOTHING
