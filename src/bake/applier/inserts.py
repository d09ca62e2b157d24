"""Carrying out creates."""

from __future__ import annotations

from collections.abc import Sequence

from bake.applier.tools import Lost, Tools, awaits, uuid_of
from bake.catalog.lookups import Frozen, complete, place
from bake.catalog.values import Json
from bake.changeset.model import Create, Key


class Inserts:
    """Checks that new rows are absent and their parents present, inserts, and reads back."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def carry_out(self, creates: Sequence[Create]) -> list[Create]:
        """Insert rows of one entity.

        Returns:
            Those that have to wait, because a row that they refer to is to be created and not there yet.
        """
        if not creates:
            return []
        entity = creates[0].entity
        rows = self._rows(creates)
        waiting = [create for create in creates if create.n in rows and _waits(create, rows[create.n])]
        for create in waiting:
            del rows[create.n]
        ready = [create for create in creates if create.n in rows and self._parents_are_there(create, rows[create.n])]
        absent = self._absent(entity, ready, rows)
        self._insert(entity, absent, rows)
        return waiting

    def carry_out_knot(self, creates: Sequence[Create]) -> tuple[list[Create], list[Create]]:
        """Insert rows that wait for each other, as far as what they wait for may be null at first.

        Returns:
            Those that were dealt with, to be filled in when all rows are there; and those that still have to wait.
        """
        rows = self._rows(creates)
        waiting = [create for create in creates if create.n in rows and not self._loosened(create, rows[create.n])]
        held = {create.n for create in waiting}
        loose = [create for create in creates if create.n not in held]
        ready = [create for create in loose if create.n in rows and self._parents_are_there(create, rows[create.n])]
        there = []
        for entity in dict.fromkeys(create.entity for create in ready):
            absent = self._absent(entity, [create for create in ready if create.entity == entity], rows)
            there += self._insert(entity, absent, rows)
        return there, waiting

    def refuse(self, creates: Sequence[Create]) -> None:
        """Report rows whose parents never came."""
        rows = self._rows(creates)
        for create in creates:
            if create.n in rows:
                self._parents_are_there(create, rows[create.n])

    def _loosened(self, create: Create, row: dict[str, Json]) -> bool:
        """Write null for the references that a row waits for; whether all of them may be null."""
        fields = self._tools.catalog.entities[create.entity].fields
        names = [name for name, value in row.items() if isinstance(value, Lost) and awaits(create, name)]
        if all(fields[name].nullable for name in names):
            row.update(dict.fromkeys(names))
            return True
        return False

    def _rows(self, creates: Sequence[Create]) -> dict[int, dict[str, Json]]:
        parsed = [(create, self._tools.parsed(create, create.values)) for create in creates]
        fitting = [(create, values) for create, values in parsed if values is not None]
        rows: dict[int, dict[str, Json]] = {}
        for entity in dict.fromkeys(create.entity for create, _ in fitting):
            those = [(create, values) for create, values in fitting if create.entity == entity]
            ids = self._tools.with_ids(entity, [values for _, values in those])
            rows.update({create.n: row for (create, _), row in zip(those, ids, strict=True)})
        return rows

    def _parents_are_there(self, create: Create, row: dict[str, Json]) -> bool:
        lost = [name for name, value in row.items() if isinstance(value, Lost)]
        for name in lost:
            target = self._tools.catalog.entities[create.entity].references[name]
            named = ", ".join(map(str, create.values[name].values()))
            self._tools.report.conflict(
                create, "reference", name, expected=create.values[name], detail=f"{target} has no single row {named}"
            )
        return not lost

    def _absent(self, entity: str, creates: list[Create], rows: dict[int, dict[str, Json]]) -> list[Create]:
        """Those of the creates none of whose keys a row has already, or an earlier one of them."""
        item = self._tools.catalog.entities[entity]
        taken: dict[int, tuple[str, ...]] = {}
        for key in item.identities:
            those = [create for create in creates if complete(item, key, rows[create.n])]
            wanted = [tuple(rows[create.n].get(name) for name in key) for create in those]
            found = self._tools.snapshot.find(entity, key, wanted) if wanted else {}
            seen: set[Frozen] = set()
            for create, parts in zip(those, wanted, strict=True):
                mark = place(key, rows[create.n])
                if parts in found or mark in seen:
                    taken.setdefault(create.n, key)
                seen.add(mark)
        for create in creates:
            if create.n in taken:
                key = taken[create.n]
                self._tools.report.conflict(
                    create, "exists", key=_as_written(create, key), detail=f"a row has its {' and '.join(key)} already"
                )
        return [create for create in creates if create.n not in taken]

    def _insert(self, entity: str, creates: list[Create], rows: dict[int, dict[str, Json]]) -> list[Create]:
        tools = self._tools
        written = tools.try_each(creates, lambda those: tools.writer.insert(entity, [rows[c.n] for c in those]))
        there = tools.rows.by_key(entity, [create.key for create in written], now=True)
        for create, found in zip(written, there, strict=True):
            row = tools.prove(create, found, rows[create.n])
            after = tools.parsed(create, create.values) or {}
            tools.report.done(create, None, after, uuid=uuid_of(row), whole=tools.whole(entity, row, after))
        return written

    def fill_in(self, creates: Sequence[Create]) -> None:
        """Write the references of inserted rows that had to be null at first."""
        for entity in dict.fromkeys(create.entity for create in creates):
            self._fill_in(entity, [create for create in creates if create.entity == entity])

    def _fill_in(self, entity: str, creates: Sequence[Create]) -> None:
        tools = self._tools
        given = [{name: value for name, value in c.values.items() if awaits(c, name)} for c in creates]
        rows = {c.n: row for c, row in zip(creates, tools.with_ids(entity, given), strict=True)}
        ready = [create for create in creates if self._parents_are_there(create, rows[create.n])]
        there = tools.rows.by_key(entity, [create.key for create in ready], now=True)
        ids = {create.n: found.id for create, [found] in zip(ready, there, strict=True)}
        written = tools.try_each(
            ready, lambda those: tools.writer.update(entity, [(ids[c.n], rows[c.n]) for c in those])
        )
        after = tools.rows.by_key(entity, [create.key for create in written], now=True)
        for create, found in zip(written, after, strict=True):
            tools.prove(create, found, rows[create.n])


def _waits(create: Create, row: dict[str, Json]) -> bool:
    return any(isinstance(value, Lost) and awaits(create, name) for name, value in row.items())


def _as_written(create: Create, key: tuple[str, ...]) -> Key:
    return {name: create.values.get(name) for name in key}
