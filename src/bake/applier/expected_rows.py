"""Checks that the rows of updates and deletes exist, and have the values that the changeset expects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from bake.applier.apply_context import ApplyContext
from bake.applier.blocks import Columns, pick
from bake.applier.keys_by_id import KeysById
from bake.changeset.model import Delete, Row, Update

_C = TypeVar("_C", Update, Delete)


class LockedRows(NamedTuple, Generic[_C]):
    """Changes whose rows exist and were locked; all members have the same order.

    Attributes:
        positions: the positions of the changes in their block.
        changes: the changes.
        ids: the ids of the rows.
        rows: the values of the rows now, by field.
    """

    positions: Sequence[int]
    changes: Sequence[_C]
    ids: Sequence[int]
    rows: Columns

    def only(self, positions: Sequence[int]) -> LockedRows[_C]:
        """The changes at these positions."""
        rows = {name: pick(column, positions) for name, column in self.rows.items()}
        if len(positions) == len(self.changes):
            return self
        return LockedRows(
            pick(self.positions, positions), pick(self.changes, positions), pick(self.ids, positions), rows
        )


def lock_rows(context: ApplyContext, entity: str, changes: Sequence[_C], fields: Collection[str]) -> LockedRows[_C]:
    """Find and lock the rows of changes; where there is no row, or several, or another one, a conflict is reported.

    Args:
        context: the application.
        entity: the name of the entity.
        changes: the changes, which name the rows by key, and by uuid, if that was known.
        fields: the fields to read.
    """
    found = context.rows.columns(entity, [change.key for change in changes], fields, lock=True)
    for position, count in found.counts.items():
        context.report.conflict(changes[position], "missing", detail=f"{count} rows have this key")
    there = LockedRows(found.positions, pick(changes, found.positions), found.ids, found.columns)
    others = _others(context, entity, there)
    for position, expected, uuid in others:
        detail = f"another row has this key by now: its uuid is {uuid or 'none'}, not {expected}, as was meant"
        context.report.conflict(there.changes[position], "missing", expected=expected, found=uuid, detail=detail)
    return there.only(without(len(there.changes), [position for position, *_ in others]))


def _others(context: ApplyContext, entity: str, there: LockedRows[_C]) -> list[tuple[int, str | None, object]]:
    """The positions of rows that have the key of the change but another uuid; each with the expected and found one."""
    if "uuid" not in there.rows:
        return []
    expected, uuids = [change.uuids.get("") for change in there.changes], there.rows["uuid"]
    others = context.rows.are_others(entity, uuids, expected)
    return [(n, expected[n], uuids[n]) for n, other in enumerate(others) if other]


def report_changed(
    context: ApplyContext,
    there: LockedRows[_C],
    changed: dict[int, list[str]],
    before: Callable[[_C], Row],
) -> None:
    """Report a conflict for each field of a row that has not the expected value.

    Args:
        context: the application.
        there: the changes and their rows.
        changed: by position, the fields that differ.
        before: gives the values that a change expects, as in the file.
    """
    if not changed:
        return
    entity = there.changes[0].entity
    keys_by_id = KeysById(context.snapshot, context.catalog)
    references = context.catalog.entities[entity].references
    for name in references.keys() & there.rows.keys():
        ids = {there.rows[name][position] for position, fields in changed.items() if name in fields}
        keys_by_id.keys(references[name], ids - {None})
    for position in sorted(changed):
        change = there.changes[position]
        for name in changed[position]:
            found = there.rows[name][position]
            if name in references and found is not None:
                found = keys_by_id.key(references[name], found)
            context.report.conflict(change, "changed", name, expected=before(change)[name], found=found)


def without(size: int, positions: Iterable[int]) -> Sequence[int]:
    """The positions of a block of this size, without some."""
    left = set(positions)
    return [n for n in range(size) if n not in left] if left else range(size)
