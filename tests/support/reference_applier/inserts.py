"""Carrying out creates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress

import msgspec
from support.reference_applier.apply_context import ApplyContext, awaits
from support.reference_applier.verify_written import WrittenRows
from support.tables import insert

from bake.applier.apply_context import UnresolvedKey, uuid_of
from bake.catalog.entity import Entity
from bake.catalog.lookups import holders
from bake.catalog.values import Json
from bake.changeset.model import Create, Key
from bake.changeset.model import Row as RowDocument


class _New(msgspec.Struct, frozen=True, gc=False):
    """A row to be inserted.

    Attributes:
        create: what asks for it.
        values: its canonical values, references as keys.
        row: the same with references as ids, `UnresolvedKey` where there is no such row.
        lost: the references of which that is so.
    """

    create: Create
    values: RowDocument
    row: dict[str, Json]
    lost: tuple[str, ...]


class Inserts:
    """Checks that new rows are absent and their parents present, inserts, and reads back."""

    def __init__(self, context: ApplyContext) -> None:
        self._context = context
        self.blocked: list[Create] = []

    def _report_blocked(self) -> None:
        """Report the rows whose keys stay taken."""
        fresh = self._new(self.blocked)
        self.blocked = []
        for entity in dict.fromkeys(new.create.entity for new in fresh):
            those = [new for new in fresh if new.create.entity == entity]
            taken = self._taken(entity, those)
            for create in (new.create for new in those if new.create.n in taken):
                key = taken[create.n]
                detail = f"a row has its {' and '.join(key)} already"
                self._context.report.conflict(create, "exists", key=_as_written(create, key), detail=detail)

    def carry_out(self, creates: Sequence[Create]) -> list[Create]:
        """Insert rows of one entity.

        Returns:
            Those that have to wait, because a row that they refer to is to be created and not there yet.
        """
        entity, absent = creates[0].entity, self._context.created.absent(creates)
        fresh = self._new([create for n, create in enumerate(creates) if n not in absent])
        self._insert(entity, self._absent(entity, [new for new in fresh if self._parents_are_there(new)]))
        return [create for n, create in enumerate(creates) if n in absent]

    def insert_with_nulls(self, creates: Sequence[Create]) -> tuple[list[Create], list[Create]]:
        """Insert rows that wait for each other, as far as what they wait for may be null at first.

        Returns:
            Those that were dealt with, to be filled in when all rows are there; and those that still have to wait.
        """
        fresh = self._new(creates)
        loose = {new.create.n: loosened for new in fresh if (loosened := self._loosened(new))}
        ready = [new for new in loose.values() if self._parents_are_there(new)]
        there = []
        for entity in dict.fromkeys(new.create.entity for new in ready):
            there += self._insert(entity, self._absent(entity, [new for new in ready if new.create.entity == entity]))
        return there, [new.create for new in fresh if new.create.n not in loose]

    def insert_cycle_together(self, creates: Sequence[Create]) -> list[Create]:
        """Those that still have to wait: all of them, since no id of the market is known before its row is there."""
        return list(creates)

    def report_remaining(self, creates: Sequence[Create]) -> None:
        """Report the rows whose keys stay taken, and those whose parents never came."""
        self._report_blocked()
        self._context.created.no_more_will_come()
        for new in self._new(creates):
            if self._parents_are_there(new):
                self._absent(new.create.entity, [new])
        self._report_blocked()

    def _loosened(self, new: _New) -> _New | None:
        """With null for the references that a row waits for; None if one of them must not be null."""
        fields = self._context.catalog.entities[new.create.entity].fields
        names = [name for name in new.lost if awaits(new.create, name)]
        if not all(fields[name].nullable for name in names):
            return None
        left = tuple(name for name in new.lost if name not in names)
        return _New(new.create, new.values, {**new.row, **dict.fromkeys(names)}, left)

    def _new(self, creates: Sequence[Create]) -> list[_New]:
        """Those of the creates whose values fit, in their order within each entity."""
        parsed = [self._context.parsed(create, create.values) for create in creates]
        fitting = [(create, values) for create, values in zip(creates, parsed, strict=True) if values is not None]
        result = []
        for entity in dict.fromkeys(create.entity for create, _ in fitting):
            those = [(create, values) for create, values in fitting if create.entity == entity]
            rows = self._context.with_ids(entity, [v for _, v in those], [create for create, _ in those])
            references = self._context.catalog.entities[entity].references
            for (create, values), row in zip(those, rows, strict=True):
                result.append(_New(create, values, row, _lost(row, references)))
        return result

    def _parents_are_there(self, new: _New) -> bool:
        create = new.create
        for name in new.lost:
            lost = new.row[name]
            assert isinstance(lost, UnresolvedKey)
            detail = lost.words(self._context.catalog.entities[create.entity].references[name])
            self._context.report.conflict(create, "reference", name, expected=create.values[name], detail=detail)
        return not new.lost

    def _absent(self, entity: str, fresh: list[_New]) -> list[_New]:
        """Those none of whose keys a row has already, or an earlier one of them; the others wait."""
        taken = self._taken(entity, fresh)
        self.blocked += [new.create for new in fresh if new.create.n in taken]
        return [new for new in fresh if new.create.n not in taken]

    def _taken(self, entity: str, fresh: list[_New]) -> dict[int, tuple[str, ...]]:
        """The numbers of the others, each with the first key that is taken."""
        item = self._context.catalog.entities[entity]
        taken: dict[int, tuple[str, ...]] = {}
        for key in item.identities:
            those, wanted = _with_key(item, key, fresh)
            seen = set(self._context.snapshot.tuples(entity, key, wanted, key) if wanted else ())
            if not seen and len(set(wanted)) == len(wanted):
                continue
            for new, parts in zip(those, wanted, strict=True):
                if parts in seen:
                    taken.setdefault(new.create.n, key)
                seen.add(parts)
        return taken

    def _insert(self, entity: str, fresh: list[_New]) -> list[Create]:
        context, by_number = self._context, {new.create.n: new for new in fresh}
        written = context.try_each(
            [new.create for new in fresh],
            lambda those: insert(context.writer, entity, [by_number[create.n].row for create in those]),
        )
        context.created.carried_out(written)
        fields, rows = self._proven(entity, written, [by_number[create.n].row for create in written])
        after = [by_number[create.n].values for create in written]
        images = [dict(zip(fields, values, strict=True)) for _, *values in rows]
        wholes = context.wholes(entity, images, after)
        uuids = [uuid_of(whole.get("uuid")) for whole in wholes]
        for create, values, uuid, whole in zip(written, after, uuids, wholes, strict=True):
            created = [context.uuids_of_created(create, values)]
            context.report.done([create], [None], [values], [uuid], whole=[whole], created=created)
        return written

    def _proven(
        self, entity: str, creates: Sequence[Create], written: Sequence[Mapping[str, Json]]
    ) -> tuple[tuple[str, ...], list[tuple[Json, ...]]]:
        """All fields, and the rows, read again, as tuples of their ids and these."""
        fields = tuple(self._context.catalog.entities[entity].fields)
        found = self._context.rows.tuples(entity, [create.key for create in creates], fields, current=True)
        return fields, WrittenRows(fields).rows(creates, found, written)

    def fill_in(self, creates: Sequence[Create]) -> None:
        """Write the references of inserted rows that had to be null at first."""
        for entity in dict.fromkeys(create.entity for create in creates):
            self._fill_in(entity, [create for create in creates if create.entity == entity])

    def _fill_in(self, entity: str, creates: Sequence[Create]) -> None:
        context = self._context
        given = [{name: value for name, value in c.values.items() if awaits(c, name)} for c in creates]
        rows = context.with_ids(entity, given, creates)
        fresh = [_New(c, c.values, row, _lost(row, row)) for c, row in zip(creates, rows, strict=True)]
        ready = {new.create.n: new.row for new in fresh if self._parents_are_there(new)}
        filled = [create for create in creates if create.n in ready]
        there = context.rows.by_key(entity, [create.key for create in filled], fields=(), current=True)
        ids = {create.n: found.id for create, [found] in zip(filled, there, strict=True)}
        written = context.try_each(
            filled, lambda those: context.writer.update(entity, [(ids[c.n], ready[c.n]) for c in those])
        )
        self._proven(entity, written, [ready[create.n] for create in written])


def _with_key(item: Entity, key: tuple[str, ...], fresh: Sequence[_New]) -> tuple[list[_New], list[tuple[Json, ...]]]:
    """The rows that hold a natural key, and its parts in each of them."""
    columns = [[new.row.get(name) for new in fresh] for name in key]
    held = holders(item, key, columns)
    return list(compress(fresh, held)), list(compress(zip(*columns, strict=True), held))


def _lost(row: dict[str, Json], names: Iterable[str]) -> tuple[str, ...]:
    return tuple([name for name in names if isinstance(row.get(name), UnresolvedKey)])


def _as_written(create: Create, key: tuple[str, ...]) -> Key:
    return {name: create.values.get(name) for name in key}
