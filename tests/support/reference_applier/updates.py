"""Carrying out updates; those that take unique values from each other by a detour (`bake.applier.unique_values`)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from support.reference_applier.apply_context import ApplyContext
from support.reference_applier.verify_written import WrittenRows

from bake.applier.apply_context import UnresolvedKey, uuid_of
from bake.applier.keys_by_id import KeysById
from bake.applier.unique_values import Detour, Written
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.model import Key, Update, Uuids
from bake.changeset.model import Row as RowDocument
from bake.changeset.patch import before_after, key_with
from bake.database.failures import is_duplicate


class _Wanted(msgspec.Struct, frozen=True, gc=False):
    """An update, and both sides of it as the file has them."""

    update: Update
    before: RowDocument
    after: RowDocument


class _Checked(msgspec.Struct, frozen=True, gc=False):
    """An update whose preconditions hold.

    Attributes:
        update: the operation.
        id: its row's.
        key: what the row is called afterwards.
        written: what is written of it, references as ids.
        before: its before-values in canonical form, references as keys.
        after: its after-values likewise.
        uuids: those of the rows that its before-values name.
    """

    update: Update
    id: int
    key: Key
    written: dict[str, Json]
    before: RowDocument
    after: RowDocument
    uuids: Uuids


class Updates:
    """Checks that rows are as the changeset saw them in what it touches, updates, and reads back."""

    def __init__(self, context: ApplyContext) -> None:
        self._context = context
        self._waiting: dict[str, list[_Checked]] = {}

    def carry_out(self, entity: str, updates: Sequence[Update]) -> None:
        """Update rows of one entity."""
        wanted = [_Wanted(update, *before_after(update.patch)) for update in updates]
        touched = self._touched(entity, wanted)
        checked = {one.update.n: one for one in self._checked(entity, self._there(entity, wanted, touched))}
        self._write(entity, list(checked.values()), touched)

    def _write(self, entity: str, checked: list[_Checked], touched: tuple[str, ...]) -> None:
        """Write rows, those by a detour that take unique values from each other; or let single ones wait for others."""
        context = self._context
        rows = {one.update.n: one for one in checked}
        refusal = context.refusal(entity, lambda: context.writer.update(entity, map(_row, checked)))
        if refusal is None:
            self._prove(entity, checked, touched)
            return
        if is_duplicate(refusal) and self._by_detour(entity, checked):
            return
        duplicates: list[Update] = []
        written = context.try_each(
            [one.update for one in checked],
            lambda those: context.writer.update(entity, [_row(rows[update.n]) for update in those]),
            duplicates,
        )
        self._prove(entity, [rows[update.n] for update in written], touched)
        self._waiting.setdefault(entity, []).extend(rows[update.n] for update in duplicates)

    def _by_detour(self, entity: str, checked: Sequence[_Checked]) -> bool:
        """Write rows by way of temporary unique values; False, and nothing is written, if the database refuses."""
        context, detour = self._context, self._detour(entity, checked)
        final = detour.final()

        def write() -> None:
            context.writer.update(entity, detour.temporary())
            context.writer.update(entity, final)

        if not detour or context.refusal(entity, write) is not None:
            return False
        self._prove_all(entity, checked, final)
        return True

    def _detour(self, entity: str, checked: Sequence[_Checked]) -> Detour:
        return Detour(self._context.snapshot, self._context.catalog.entities[entity], list(map(_row, checked)))

    def _prove_all(self, entity: str, checked: Sequence[_Checked], written: Sequence[Written]) -> None:
        """Read rows again of which this was written, and tell what was done to them."""
        rows = [
            msgspec.structs.replace(one, written=dict(values))
            for one, (_, values) in zip(checked, written, strict=True)
        ]
        names = {"uuid"}.union(*((*one.written, *one.key) for one in rows))
        self._prove(entity, rows, tuple(n for n in self._context.catalog.entities[entity].fields if n in names))

    def finish(self, *, last: bool) -> None:
        """Write what waits for unique values that other operations had to let go of first.

        Args:
            last: nothing lets go of anything any more; what is refused now is a conflict.
        """
        for entity, waiting in self._waiting.items():
            if waiting and self._by_detour(entity, waiting):
                self._waiting[entity] = []
            elif waiting and last:
                self._each_by_detour(entity, waiting)

    def _each_by_detour(self, entity: str, waiting: list[_Checked]) -> None:
        """Give all rows temporary values, and find out which of them cannot have their own; each is reported."""
        context, detour = self._context, self._detour(entity, waiting)
        numbers = [one.update.n for one in waiting]
        final = dict(zip(numbers, detour.final(), strict=True))
        # If the database refuses temporary values, the updates are tried without them, and the refusals are reported.
        context.refusal(entity, lambda: context.writer.update(entity, detour.temporary()))
        written = context.try_each(
            [one.update for one in waiting],
            lambda those: context.writer.update(entity, [final[update.n] for update in those]),
        )
        done = {update.n for update in written}
        those = [one for one in waiting if one.update.n in done]
        self._prove_all(entity, those, [final[one.update.n] for one in those])

    def _prove(self, entity: str, written: list[_Checked], touched: tuple[str, ...]) -> None:
        """Read rows again and tell what was done to them."""
        context = self._context
        uuid = touched.index("uuid") + 1 if "uuid" in touched else None
        there = context.rows.tuples(entity, [one.key for one in written], touched, current=True)
        rows = WrittenRows(touched).rows([one.update for one in written], there, [one.written for one in written])
        for one, row in zip(written, rows, strict=True):
            if one.key != one.update.key:
                context.rows.add_former_key(entity, one.update.key, row[0])
            known = None if uuid is None else uuid_of(row[uuid])
            renamed = [one.key if one.key != one.update.key else None]
            context.report.done(
                [one.update],
                [one.before],
                [one.after],
                [known],
                renamed=renamed,
                named=[one.uuids],
                created=[context.uuids_of_created(one.update, one.after)],
            )

    def _touched(self, entity: str, wanted: list[_Wanted]) -> tuple[str, ...]:
        """The fields that any of the updates looks at or writes, and what rows and the ledger know them by."""
        forms = {form for one in wanted for form in (tuple(one.before), tuple(one.after), tuple(one.update.key))}
        names = {"uuid"}.union(*forms)
        return tuple(name for name in self._context.catalog.entities[entity].fields if name in names)

    def _there(self, entity: str, wanted: list[_Wanted], touched: Sequence[str]) -> list[tuple[_Wanted, Row]]:
        found = self._context.rows.by_key(entity, [one.update.key for one in wanted], fields=touched, lock=True)
        there = []
        for one, rows in zip(wanted, found, strict=True):
            if self._context.is_meant(one.update, rows):
                there.append((one, rows[0]))
        return there

    def _checked(self, entity: str, there: list[tuple[_Wanted, Row]]) -> list[_Checked]:
        context = self._context
        sides = iter([context.parsed(one.update, side) for one, _ in there for side in (one.before, one.after)])
        fitting = [
            (one, row, before, after)
            for (one, row), before, after in zip(there, sides, sides, strict=True)
            if before is not None and after is not None
        ]
        expected = context.with_ids(entity, [before for _, _, before, _ in fitting])
        becoming = context.with_ids(
            entity, [after for _, _, _, after in fitting], [one.update for one, _, _, _ in fitting]
        )
        named = context.uuids_named(entity, [before for _, _, before, _ in fitting])
        names = context.names_of_changed(
            entity, [(row.values, was) for (_, row, _, _), was in zip(fitting, expected, strict=True)]
        )
        result = []
        today: dict[int, dict[str, Json]] = {}
        for (one, row, before, after), was, becomes, uuids in zip(fitting, expected, becoming, named, strict=True):
            values = today.setdefault(row.id, row.values)
            if self._holds(one, values, was, names) & self._parents_are_there(one.update, becomes) and becomes:
                values.update(becomes)
                key = key_with(one.update.key, one.after)
                result.append(_Checked(one.update, row.id, key, becomes, before, after, uuids))
        return result

    def _holds(self, one: _Wanted, values: dict[str, Json], before: dict[str, Json], keys_by_id: KeysById) -> bool:
        """Whether a row, with what updates of the same batch make of it, is as an update expects it."""
        changed = [name for name, value in before.items() if not same(values[name], value)]
        for name in changed:
            found = self._context.as_key(keys_by_id, one.update.entity, name, values[name])
            self._context.report.conflict(one.update, "changed", name, expected=one.before[name], found=found)
        return not changed

    def _parents_are_there(self, update: Update, after: dict[str, Json]) -> bool:
        lost = {name: value for name, value in after.items() if isinstance(value, UnresolvedKey)}
        for name, value in lost.items():
            detail = value.words(self._context.catalog.entities[update.entity].references[name])
            self._context.report.conflict(update, "reference", name, expected=value.key, detail=detail)
        return not lost


def _row(checked: _Checked) -> tuple[int, dict[str, Json]]:
    return checked.id, checked.written
