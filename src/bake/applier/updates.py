"""Carries out updates. Where rows exchange unique values, temporary values are written first (`unique_values`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bake.applier.apply_context import ApplyContext, uuid_of
from bake.applier.blocks import Block, joined, pick, sides
from bake.applier.expected_rows import LockedRows, lock_rows, report_changed, without
from bake.applier.unique_values import Detour
from bake.applier.verify import read_back
from bake.changeset.model import Key, Row, Update, Uuids
from bake.changeset.patch import before_after, key_with
from bake.database.constraints.uniqueness import unique_fields
from bake.database.failures import is_duplicate


@dataclass(frozen=True, slots=True)
class _Checked:
    """Updates of one entity whose preconditions hold; all members have the same order.

    Attributes:
        updates: the operations.
        ids: the ids of their rows.
        keys: the keys of the rows after the update.
        written: the values to write, references as ids.
        before: the values before, in canonical form, references as keys.
        after: the values after, likewise.
        uuids: the uuids of the rows that references in `before` name, by JSON pointer.
    """

    updates: Sequence[Update]
    ids: Sequence[int]
    keys: Sequence[Key]
    written: Block
    before: Sequence[Row]
    after: Sequence[Row]
    uuids: Sequence[Uuids]

    def only(self, positions: Sequence[int]) -> _Checked:
        """The updates at these positions."""
        return _Checked(
            pick(self.updates, positions),
            pick(self.ids, positions),
            pick(self.keys, positions),
            self.written.only(positions),
            pick(self.before, positions),
            pick(self.after, positions),
            pick(self.uuids, positions),
        )

    def and_then(self, others: _Checked) -> _Checked:
        """These updates, followed by others."""
        return _Checked(
            [*self.updates, *others.updates],
            [*self.ids, *others.ids],
            [*self.keys, *others.keys],
            joined([self.written, others.written]),
            [*self.before, *others.before],
            [*self.after, *others.after],
            [*self.uuids, *others.uuids],
        )


class Updates:
    """Checks that the fields of updates have the values that were there at the build, writes, and reads them back."""

    def __init__(self, context: ApplyContext) -> None:
        self._context = context
        self._waiting: dict[str, _Checked] = {}

    def carry_out(self, entity: str, updates: Sequence[Update]) -> None:
        """Update rows of one entity. A second update of a row is checked after the first one was written."""
        before, after = sides([update.patch for update in updates])
        there = lock_rows(self._context, entity, updates, {"uuid", *before.names, *after.names})
        first, *later = _runs_without_repeats(there.ids)
        run = there.only(first)
        checked = self._checked(entity, run, before.only(run.positions), after.only(run.positions))
        if checked.updates:
            self._write(entity, checked)
        for again in later:
            self.carry_out(entity, pick(there.changes, again))

    def _checked(self, entity: str, there: LockedRows[Update], before: Block, after: Block) -> _Checked:
        """Check preconditions, and report conflicts.

        Args:
            entity: the entity.
            there: the updates whose rows exist, and these rows.
            before: the values that the updates expect, one document for each.
            after: the values that they write, likewise.

        Returns:
            The updates without conflicts that write at least one value.
        """
        context = self._context
        (before, after), unfit = context.read(entity, there.changes, before, after)
        unfit |= context.without_values(entity, there.changes, after)
        fitting = without(len(there.changes), unfit)
        there, before, after = there.only(fitting), before.only(fitting), after.only(fitting)
        expected, _ = context.with_ids(entity, before)
        written, unresolved = context.with_ids(entity, after, there.changes)
        changed = expected.differing(there.rows)
        report_changed(context, there, changed, lambda update: before_after(update.patch)[0])
        context.report_unresolved(entity, there.changes, unresolved)
        idle = [n for group in written.groups if not group.columns for n in group.positions]
        context.report.idle += len({*idle}.difference(changed, unresolved))
        good = without(len(there.changes), {*changed, *unresolved, *idle, *self._let_go(entity, there, after)})
        there, before, after = there.only(good), before.only(good), after.only(good)
        named, then = context.uuids_named(entity, before), after.documents()
        keys = _keys(there.changes, then, after)
        return _Checked(there.changes, there.ids, keys, written.only(good), before.documents(), then, named)

    def _let_go(self, entity: str, there: LockedRows[Update], after: Block) -> list[int]:
        """Report updates of values to which tables outside the catalog refer that would then refer to nothing."""
        context = self._context
        unique = {name for names in unique_fields(context.catalog.entities[entity]) for name in names}
        held: list[int] = []
        for group in (group for group in after.groups if not unique.isdisjoint(group.columns)):
            position = {there.ids[n]: n for n in group.positions}
            for table, id_ in context.snapshot.letting_go(entity, unique.intersection(group.columns), [*position]):
                held.append(position[id_])
                context.report.conflict(there.changes[position[id_]], "constraint", detail=str(table))
        return held

    def _write(self, entity: str, checked: _Checked) -> None:
        """Write updates, by way of temporary values if unique ones are exchanged.

        Updates that still break a unique constraint are kept for `finish`; other refusals are reported.
        """
        context = self._context
        context.record_private(entity, checked.ids, checked.written.names)
        refusal = context.refusal(entity, lambda: context.update(entity, checked.ids, checked.written))
        if refusal is None:
            self._prove(entity, checked, checked.written)
            return
        if is_duplicate(refusal) and self._by_temporary_values(entity, checked):
            return
        duplicates: list[int] = []
        written = context.try_each(
            checked.updates,
            lambda those: context.update(entity, pick(checked.ids, those), checked.written.only(those)),
            duplicates,
        )
        self._prove(entity, checked.only(written), checked.written.only(written))
        if duplicates:
            waiting, more = self._waiting.get(entity), checked.only(duplicates)
            self._waiting[entity] = waiting.and_then(more) if waiting else more

    def finish(self, *, last: bool) -> None:
        """Write the updates that were kept because another row still had one of their unique values.

        Args:
            last: no operation will free another value, so updates that are refused now are reported as conflicts; if
                not, they are kept.
        """
        for entity, waiting in list(self._waiting.items()):
            if self._by_temporary_values(entity, waiting):
                del self._waiting[entity]
            elif last:
                self._each_by_temporary_values(entity, waiting)

    def _by_temporary_values(self, entity: str, checked: _Checked) -> bool:
        """Write updates by way of temporary unique values; if the database refuses, write nothing and return False."""
        context, detour = self._context, self._detour(entity, checked)
        final = detour.final()

        def write() -> None:
            context.writer.update(entity, detour.temporary())
            context.writer.update(entity, final)

        if not detour or context.refusal(entity, write) is not None:
            return False
        self._prove(entity, checked, Block.of([dict(values) for _, values in final]))
        return True

    def _each_by_temporary_values(self, entity: str, waiting: _Checked) -> None:
        """Give all rows temporary values, then write them one by one where need be, and report each refusal."""
        context, detour = self._context, self._detour(entity, waiting)
        final = detour.final()
        # If the database refuses temporary values, the updates are tried without them, and the refusals are reported.
        context.refusal(entity, lambda: context.writer.update(entity, detour.temporary()))
        done = context.try_each(waiting.updates, lambda those: context.writer.update(entity, [final[n] for n in those]))
        self._prove(entity, waiting.only(done), Block.of([dict(final[n][1]) for n in done]))

    def _detour(self, entity: str, checked: _Checked) -> Detour:
        rows = list(zip(checked.ids, checked.written.documents(), strict=True))
        return Detour(self._context.snapshot, self._context.catalog.entities[entity], rows)

    def _prove(self, entity: str, checked: _Checked, written: Block) -> None:
        """Read the rows back, compare them with what was written, and report the updates as done.

        Raises:
            NotProven: a row is not what was written.
        """
        if not checked.updates:
            return
        context, keys = self._context, checked.keys
        there = read_back(context, checked.updates, keys, written, {"uuid"})
        renamed = [None if key == update.key else key for key, update in zip(keys, checked.updates, strict=True)]
        for id_, key, update in zip(checked.ids, renamed, checked.updates, strict=True):
            if key is not None:
                context.rows.add_former_key(entity, update.key, id_)
        uuids = list(map(uuid_of, there["uuid"])) if "uuid" in there else [None] * len(keys)
        created = context.uuids_of_created(entity, checked.updates, checked.after)
        context.report.done(
            checked.updates,
            checked.before,
            checked.after,
            uuids,
            renamed=renamed,
            named=checked.uuids,
            created=created,
        )


def _keys(updates: Sequence[Update], after: Sequence[Row], written: Block) -> list[Key]:
    """The keys of the rows after the update."""
    keys = [update.key for update in updates]
    if set().union(*set(map(tuple, keys))).isdisjoint(written.names):
        return keys
    return [key_with(key, values) for key, values in zip(keys, after, strict=True)]


def _runs_without_repeats(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Split the positions of ids into consecutive runs, none of which contains an id twice."""
    if len(set(ids)) == len(ids):
        yield range(len(ids))
        return
    start, seen = 0, set[int]()
    for n, id_ in enumerate(ids):
        if id_ in seen:
            yield range(start, n)
            start, seen = n, set()
        seen.add(id_)
    yield range(start, len(ids))
