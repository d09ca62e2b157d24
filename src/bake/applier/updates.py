"""Carrying out updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bake.applier.done import images
from bake.applier.tools import Lost, Tools, uuid_of
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.invert import key_after
from bake.changeset.model import Row as RowDocument
from bake.changeset.model import Update


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An update, and both sides of it as the file has them."""

    update: Update
    before: RowDocument
    after: RowDocument


@dataclass(frozen=True, slots=True)
class _Checked:
    """An update whose preconditions hold: its row, what is written, and the before- and after-values with keys."""

    update: Update
    row: Row
    written: dict[str, Json]
    before: RowDocument
    after: RowDocument


class Updates:
    """Checks that rows are as the changeset saw them in what it touches, updates, and reads back."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def carry_out(self, entity: str, updates: Sequence[Update]) -> None:
        """Update rows of one entity."""
        tools = self._tools
        wanted = [_Wanted(update, *images(update.patch)) for update in updates]
        touched = self._touched(entity, wanted)
        checked = {one.update.n: one for one in self._checked(entity, self._there(entity, wanted, touched))}
        done = tools.try_each(
            [one.update for one in checked.values()],
            lambda those: tools.writer.update(entity, [(checked[u.n].row.id, checked[u.n].written) for u in those]),
        )
        keys = [key_after(update.key, update.patch) for update in done]
        there = tools.rows.by_key(entity, keys, fields=touched, now=True)
        for update, key, found in zip(done, keys, there, strict=True):
            one = checked[update.n]
            row = tools.prove(update, found, one.written)
            if key != update.key:
                tools.rows.renamed(entity, update.key, row.id)
            tools.report.done(update, one.before, one.after, uuid=uuid_of(row), renamed=key)

    def _touched(self, entity: str, wanted: list[_Wanted]) -> tuple[str, ...]:
        """The fields that any of the updates looks at or writes, and what the ledger knows rows by."""
        names = {"uuid"}.union(*(one.before for one in wanted), *(one.after for one in wanted))
        return tuple(name for name in self._tools.catalog.entities[entity].fields if name in names)

    def _there(self, entity: str, wanted: list[_Wanted], touched: Sequence[str]) -> list[tuple[_Wanted, Row]]:
        found = self._tools.rows.by_key(entity, [one.update.key for one in wanted], fields=touched, lock=True)
        there = []
        for one, rows in zip(wanted, found, strict=True):
            if len(rows) == 1:
                there.append((one, rows[0]))
            else:
                self._tools.report.conflict(one.update, "missing", detail=f"{len(rows)} rows have this key")
        return there

    def _checked(self, entity: str, there: list[tuple[_Wanted, Row]]) -> list[_Checked]:
        tools = self._tools
        parsed = [
            (one, row, tools.parsed(one.update, one.before), tools.parsed(one.update, one.after)) for one, row in there
        ]
        fitting = [
            (one, row, before, after) for one, row, before, after in parsed if before is not None and after is not None
        ]
        expected = tools.with_ids(entity, [before for _, _, before, _ in fitting])
        becoming = tools.with_ids(entity, [after for _, _, _, after in fitting])
        result = []
        today: dict[int, dict[str, Json]] = {}
        for (one, row, before, after), was, becomes in zip(fitting, expected, becoming, strict=True):
            values = today.setdefault(row.id, row.values)
            if self._holds(one, values, was) & self._parents_are_there(one.update, becomes) and becomes:
                values.update(becomes)
                result.append(_Checked(one.update, row, becomes, before, after))
        return result

    def _holds(self, one: _Wanted, values: dict[str, Json], before: dict[str, Json]) -> bool:
        """Whether a row, with what updates of the same batch make of it, is as an update expects it."""
        changed = [name for name, value in before.items() if not same(values[name], value)]
        for name in changed:
            found = self._as_key(one.update.entity, name, values[name])
            self._tools.report.conflict(one.update, "changed", name, expected=one.before[name], found=found)
        return not changed

    def _parents_are_there(self, update: Update, after: dict[str, Json]) -> bool:
        lost = {name: value.key for name, value in after.items() if isinstance(value, Lost)}
        for name, key in lost.items():
            named = ", ".join(map(str, key.values()))
            detail = f"{self._tools.catalog.entities[update.entity].references[name]} has no single row {named}"
            self._tools.report.conflict(update, "reference", name, expected=key, detail=detail)
        return not lost

    def _as_key(self, entity: str, name: str, value: Json) -> Json:
        target = self._tools.catalog.entities[entity].references.get(name)
        return self._tools.rows.key(target, value) if target and value is not None else value
