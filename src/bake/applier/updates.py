"""Carrying out updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bake.applier.done import images
from bake.applier.tools import Lost, Tools, uuid_of
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.invert import key_after
from bake.changeset.model import Update


@dataclass(frozen=True, slots=True)
class _Checked:
    """An update whose preconditions hold: its row, and the before- and after-values, with ids and with keys."""

    update: Update
    row: Row
    after: dict[str, Json]
    images: tuple[dict[str, Json], dict[str, Json]]


class Updates:
    """Checks that rows are as the changeset saw them in what it touches, updates, and reads back."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def carry_out(self, entity: str, updates: Sequence[Update]) -> None:
        """Update rows of one entity."""
        tools = self._tools
        there = self._there(entity, updates)
        checked = {c.update.n: c for c in self._checked(entity, there)}
        written = tools.try_each(
            [c.update for c in checked.values()],
            lambda those: tools.writer.update(entity, [(checked[u.n].row.id, checked[u.n].after) for u in those]),
        )
        keys = [key_after(update.key, update.patch) for update in written]
        for update, key, found in zip(written, keys, tools.rows.by_key(entity, keys, now=True), strict=True):
            row = tools.prove(update, found, checked[update.n].after)
            if key != update.key:
                tools.rows.renamed(entity, update.key, row.id)
            tools.report.done(update, *checked[update.n].images, uuid=uuid_of(row))

    def _there(self, entity: str, updates: Sequence[Update]) -> list[tuple[Update, Row]]:
        found = self._tools.rows.by_key(entity, [update.key for update in updates], lock=True)
        there = []
        for update, rows in zip(updates, found, strict=True):
            if len(rows) == 1:
                there.append((update, rows[0]))
            else:
                self._tools.report.conflict(update, "missing", detail=f"{len(rows)} rows have this key")
        return there

    def _checked(self, entity: str, there: list[tuple[Update, Row]]) -> list[_Checked]:
        tools = self._tools
        sides = [(update, row, *images(update.patch)) for update, row in there]
        parsed = [(u, row, tools.parsed(u, before), tools.parsed(u, after)) for u, row, before, after in sides]
        fitting = [(u, row, before, after) for u, row, before, after in parsed if before is not None is not after]
        before_ids = tools.with_ids(entity, [before or {} for _, _, before, _ in fitting])
        after_ids = tools.with_ids(entity, [after or {} for _, _, _, after in fitting])
        result = []
        today: dict[int, dict[str, Json]] = {}
        for (update, row, before, after), was, becomes in zip(fitting, before_ids, after_ids, strict=True):
            values = today.setdefault(row.id, dict(row.values))
            if self._holds(update, values, was) & self._parents_are_there(update, becomes) and becomes:
                values.update(becomes)
                result.append(_Checked(update, row, becomes, (before or {}, after or {})))
        return result

    def _holds(self, update: Update, values: dict[str, Json], before: dict[str, Json]) -> bool:
        """Whether a row, with what updates of the same batch make of it, is as an update expects it."""
        changed = [name for name, value in before.items() if not same(values[name], value)]
        written = images(update.patch)[0]
        for name in changed:
            found = self._as_key(update.entity, name, values[name])
            self._tools.report.conflict(update, "changed", name, expected=written[name], found=found)
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
