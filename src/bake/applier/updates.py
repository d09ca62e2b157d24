"""Carrying out updates; those that take unique values from each other by a detour (`bake.applier.unique_values`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bake.applier.apply_context import ApplyContext, uuid_of
from bake.applier.blocks import Block, joined, pick, sides
from bake.applier.expected_rows import Standing, report_changed, standing, without
from bake.applier.patch import before_after, key_with
from bake.applier.unique_values import Detour
from bake.applier.verify import read_back
from bake.changeset.model import Key, Row, Update, Uuids
from bake.database.failures import is_duplicate


@dataclass(frozen=True, slots=True)
class _Checked:
    """Updates whose preconditions hold.

    Attributes:
        updates: the operations.
        ids: of their rows.
        keys: what the rows are called afterwards.
        written: what is written of them, references as ids.
        before: their before-values in canonical form, references as keys.
        after: their after-values likewise.
        uuids: those of the rows that the before-values name.
    """

    updates: Sequence[Update]
    ids: Sequence[int]
    keys: Sequence[Key]
    written: Block
    before: Sequence[Row]
    after: Sequence[Row]
    uuids: Sequence[Uuids]

    def only(self, positions: Sequence[int]) -> _Checked:
        """Those at these positions."""
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
        """These, and others after them."""
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
    """Checks that rows are as the changeset saw them in what it touches, updates, and reads back."""

    def __init__(self, context: ApplyContext) -> None:
        self._context = context
        self._waiting: dict[str, _Checked] = {}

    def carry_out(self, entity: str, updates: Sequence[Update]) -> None:
        """Update rows of one entity; where some name a row again, it is looked at again before they are."""
        before, after = sides([update.patch for update in updates])
        there = standing(self._context, entity, updates, {"uuid", *before.names, *after.names})
        first, *later = _apart(there.ids)
        run = there.only(first)
        checked = self._checked(entity, run, before.only(run.positions), after.only(run.positions))
        if checked.updates:
            self._write(entity, checked)
        for again in later:
            self.carry_out(entity, pick(there.changes, again))

    def _checked(self, entity: str, there: Standing[Update], before: Block, after: Block) -> _Checked:
        """Those whose rows are as they were expected to be, and whose values fit and lead somewhere."""
        context = self._context
        (before, after), unfit = context.read(entity, there.changes, before, after)
        fitting = without(len(there.changes), unfit)
        there, before, after = there.only(fitting), before.only(fitting), after.only(fitting)
        expected, _ = context.with_ids(entity, before)
        written, lost = context.with_ids(entity, after, [update.uuids for update in there.changes])
        changed = expected.differing(there.rows)
        report_changed(context, there, changed, lambda update: before_after(update.patch)[0])
        context.report_lost(entity, there.changes, lost)
        idle = [n for group in written.groups if not group.columns for n in group.positions]
        good = without(len(there.changes), {*changed, *lost, *idle})
        there, before, after = there.only(good), before.only(good), after.only(good)
        named, then = context.uuids_named(entity, before), after.documents()
        keys = _keys(there.changes, then, after)
        return _Checked(there.changes, there.ids, keys, written.only(good), before.documents(), then, named)

    def _write(self, entity: str, checked: _Checked) -> None:
        """Write rows, those by a detour that take unique values from each other; or let single ones wait for others."""
        context = self._context
        refusal = context.refusal(entity, lambda: context.update(entity, checked.ids, checked.written))
        if refusal is None:
            self._prove(entity, checked, checked.written)
            return
        if is_duplicate(refusal) and self._by_detour(entity, checked):
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
        """Write what waits for unique values that other operations had to let go of first.

        Args:
            last: nothing lets go of anything any more; what is refused now is a conflict.
        """
        for entity, waiting in list(self._waiting.items()):
            if self._by_detour(entity, waiting):
                del self._waiting[entity]
            elif last:
                self._each_by_detour(entity, waiting)

    def _by_detour(self, entity: str, checked: _Checked) -> bool:
        """Write rows by way of temporary unique values; False, and nothing is written, if the database refuses."""
        context, detour = self._context, self._detour(entity, checked)
        final = detour.final()

        def write() -> None:
            context.writer.update(entity, detour.temporary())
            context.writer.update(entity, final)

        if not detour or context.refusal(entity, write) is not None:
            return False
        self._prove(entity, checked, Block.of([dict(values) for _, values in final]))
        return True

    def _each_by_detour(self, entity: str, waiting: _Checked) -> None:
        """Give all rows temporary values, and find out which of them cannot have their own; each is reported."""
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
        """Read rows again of which this was written, and tell what was done to them."""
        if not checked.updates:
            return
        context, keys = self._context, checked.keys
        there = read_back(context.rows, checked.updates, keys, written, {"uuid"})
        renamed = [None if key == update.key else key for key, update in zip(keys, checked.updates, strict=True)]
        for id_, key, update in zip(checked.ids, renamed, checked.updates, strict=True):
            if key is not None:
                context.rows.renamed(entity, update.key, id_)
        uuids = list(map(uuid_of, there["uuid"])) if "uuid" in there else [None] * len(keys)
        context.report.done(checked.updates, checked.before, checked.after, uuids, renamed=renamed, named=checked.uuids)


def _keys(updates: Sequence[Update], after: Sequence[Row], written: Block) -> list[Key]:
    """What the rows are called afterwards."""
    keys = [update.key for update in updates]
    if set().union(*set(map(tuple, keys))).isdisjoint(written.names):
        return keys
    return [key_with(key, values) for key, values in zip(keys, after, strict=True)]


def _apart(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Runs of positions, in none of which a row comes twice."""
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
