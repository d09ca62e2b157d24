"""Updates that need no second look: many at once, a field at a time.

Every row is there, found by a text that is its whole key; what is tested is so, and what is written is canonical, no
reference and no part of that key. Then all of them are written, read again and told of together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeAlias

from bake.applier.apply_context import ApplyContext, uuid_of
from bake.applier.bulk import NotBulk, all_or_none, bulk_keys, documents
from bake.applier.document_values import positions_by_value
from bake.applier.keys import is_another
from bake.applier.verify_written import WrittenRows, all_same
from bake.catalog.model import ID
from bake.catalog.values import Json, Misfit
from bake.changeset.model import Replace, Row, Test, Update
from bake.changeset.pointers import field_of

#: What patches that are alike share: the kinds of their steps, and their paths.
_Form: TypeAlias = tuple[tuple[type, ...], tuple[str, ...]]

_path = attrgetter("path")


@dataclass(frozen=True, slots=True)
class _SameShape:
    """The updates of a batch that change the same fields.

    Attributes:
        fields: which.
        positions: of the updates in the batch.
        before: the values that they expect, a field after the other.
        after: those that they write.
    """

    fields: tuple[str, ...]
    positions: list[int]
    before: list[Sequence[Json]]
    after: list[Sequence[Json]]


@dataclass(frozen=True, slots=True)
class _CurrentValues:
    """Rows as they are: the fields that are known of them, and their ids and values, a field after the other."""

    fields: tuple[str, ...]
    ids: Sequence[Json]
    values: Sequence[Sequence[Json]]

    def are(self, alike: _SameShape, expected: Sequence[Sequence[Json]]) -> bool:
        """Whether the rows of some updates have these values in the fields that they change."""
        columns = (self.values[self.fields.index(name)] for name in alike.fields)
        return all(
            all_same([column[position] for position in alike.positions], list(values))
            for column, values in zip(columns, expected, strict=True)
        )

    def are_meant(self, updates: Sequence[Update]) -> bool:
        """Whether the rows are those that the updates mean: they have no other uuid than was said."""
        if "uuid" not in self.fields:
            return True
        uuids = self.values[self.fields.index("uuid")]
        expected = [update.uuids.get("") for update in updates]
        return list(uuids) == expected or not any(map(is_another, uuids, expected))


class BulkUpdates:
    """Carries out batches of updates that need no second look."""

    def __init__(self, context: ApplyContext) -> None:
        self._context = context

    def carry_out(self, entity: str, updates: Sequence[Update]) -> bool:
        """Update rows of one entity, each of them once; False, and nothing is written, if they need a second look."""
        if self._context.rows.any_renamed:
            return False
        try:
            by, keys = bulk_keys(self._context, entity, updates)
            groups = [self._alike(entity, by, form, positions, updates) for form, positions in _forms(updates).items()]
            there = self._there(entity, by, keys, groups)
            if not there.are_meant(updates):
                return False
        except (NotBulk, Misfit):
            return False
        if not all(there.are(alike, alike.before) for alike in groups) or not self._write(entity, there.ids, groups):
            return False
        self._prove(entity, by, keys, groups, there, updates)
        self._tell(groups, there, updates)
        return True

    def _alike(self, entity: str, by: str, form: _Form, positions: list[int], updates: Sequence[Update]) -> _SameShape:
        fields, tested, written = _fields(form)
        item, reading = self._context.catalog.entities[entity], self._context.reading(entity)
        if by in fields or not item.references.keys().isdisjoint(fields):
            raise NotBulk
        values = list(zip(*([step.value for step in updates[position].patch] for position in positions), strict=True))
        before, after = (
            [reading.column(name, values[at]) for name, at in zip(fields, steps, strict=True)]
            for steps in (tested, written)
        )
        return _SameShape(fields, positions, before, after)

    def _there(self, entity: str, by: str, keys: list[str], groups: Sequence[_SameShape]) -> _CurrentValues:
        names = {by, "uuid"}.union(*(alike.fields for alike in groups))
        fields = tuple(name for name in self._context.catalog.entities[entity].fields if name in names)
        found, (ids, *values) = self._context.snapshot.columns(entity, by, keys, fields, lock=True)
        if len(found) < len(keys):
            raise NotBulk
        return _CurrentValues(fields, ids, values)

    def _write(self, entity: str, ids: Sequence[Json], groups: Sequence[_SameShape]) -> bool:
        def write() -> None:
            for alike in groups:
                after = dict(zip(alike.fields, alike.after, strict=True))
                self._context.writer.update_columns(entity, [ids[position] for position in alike.positions], after)

        return all_or_none(self._context, entity, write)

    def _prove(
        self,
        entity: str,
        by: str,
        keys: list[str],
        groups: Sequence[_SameShape],
        before: _CurrentValues,
        updates: Sequence[Update],
    ) -> None:
        """Read the rows again (rule 12).

        Raises:
            NotProven: one is not what was written.
        """
        found, (ids, *values) = self._context.snapshot.columns(entity, ID, before.ids, before.fields)
        there = _CurrentValues(before.fields, ids, values)
        named = len(found) == len(keys) and list(values[before.fields.index(by)]) == keys
        if named and all(there.are(alike, alike.after) for alike in groups):
            return
        rows = self._context.rows.tuples(entity, [update.key for update in updates], before.fields, now=True)
        WrittenRows(before.fields).rows(updates, rows, _documents(groups, attrgetter("after")))

    def _tell(self, groups: Sequence[_SameShape], there: _CurrentValues, updates: Sequence[Update]) -> None:
        before, after = (_documents(groups, attrgetter(side)) for side in ("before", "after"))
        uuids = there.values[there.fields.index("uuid")] if "uuid" in there.fields else [None] * len(updates)
        self._context.report.all_done(updates, before, after, list(map(uuid_of, uuids)))


def _forms(updates: Sequence[Update]) -> dict[_Form, list[int]]:
    if any(update.needs for update in updates):
        raise NotBulk
    return positions_by_value((tuple(map(type, update.patch)), tuple(map(_path, update.patch))) for update in updates)


def _fields(form: _Form) -> tuple[tuple[str, ...], list[int], list[int]]:
    """The fields that patches of a form test and replace, each once; and the places of these steps."""
    steps = [(kind, field_of(path), at) for at, (kind, path) in enumerate(zip(*form, strict=True))]
    tested = {name: at for kind, name, at in steps if kind is Test}
    written = {name: at for kind, name, at in steps if kind is Replace}
    if tested.keys() != written.keys() or len(tested) + len(written) < len(steps):
        raise NotBulk
    return tuple(written), [tested[name] for name in written], list(written.values())


def _documents(groups: Sequence[_SameShape], side: attrgetter[list[Sequence[Json]]]) -> list[Row]:
    """The values of one side of each update, by field."""
    return documents([(alike.positions, dict(zip(alike.fields, side(alike), strict=True))) for alike in groups])
