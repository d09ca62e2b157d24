"""Whether the rows of updates and deletes are there, and as the changeset saw them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from bake.applier.apply_context import ApplyContext
from bake.applier.blocks import Columns, pick
from bake.applier.keys_by_id import KeysById
from bake.changeset.model import Delete, Row, Update

_C = TypeVar("_C", Update, Delete)


class Standing(NamedTuple, Generic[_C]):
    """Changes whose rows are there, where they stood in their block, and these rows as they are now."""

    positions: Sequence[int]
    changes: Sequence[_C]
    ids: Sequence[int]
    rows: Columns

    def only(self, positions: Sequence[int]) -> Standing[_C]:
        """Those at these positions."""
        rows = {name: pick(column, positions) for name, column in self.rows.items()}
        if len(positions) == len(self.changes):
            return self
        return Standing(pick(self.positions, positions), pick(self.changes, positions), pick(self.ids, positions), rows)


def standing(context: ApplyContext, entity: str, changes: Sequence[_C], fields: Collection[str]) -> Standing[_C]:
    """Lock the rows of some changes; those that are not there, not alone, or not meant are reported as missing.

    Args:
        context: finds them.
        entity: what they are.
        changes: name them by key, and by uuid, if they know it.
        fields: what is to be known of them.
    """
    found = context.rows.columns(entity, [change.key for change in changes], fields, lock=True)
    for position, count in found.counts.items():
        context.report.conflict(changes[position], "missing", detail=f"{count} rows have this key")
    there = Standing(found.positions, pick(changes, found.positions), found.ids, found.columns)
    others = _others(context, entity, there)
    for position, expected, uuid in others:
        detail = f"another row has this key by now: its uuid is {uuid or 'none'}, not {expected}, as was meant"
        context.report.conflict(there.changes[position], "missing", expected=expected, found=uuid, detail=detail)
    return there.only(without(len(there.changes), [position for position, *_ in others]))


def _others(context: ApplyContext, entity: str, there: Standing[_C]) -> list[tuple[int, str | None, object]]:
    """Where the row that has a key is not the one that was meant: positions, and which uuids were meant and found."""
    if "uuid" not in there.rows:
        return []
    expected, uuids = [change.uuids.get("") for change in there.changes], there.rows["uuid"]
    others = context.rows.are_others(entity, uuids, expected)
    return [(n, expected[n], uuids[n]) for n, other in enumerate(others) if other]


def report_changed(
    context: ApplyContext,
    there: Standing[_C],
    changed: dict[int, list[str]],
    before: Callable[[_C], Row],
) -> None:
    """Report rows that are not as they were expected to be.

    Args:
        context: gets the conflicts.
        there: the rows.
        changed: by position, the fields that differ.
        before: what a change expects, as it is in the file.
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
    """All positions of a block but some."""
    left = set(positions)
    return [n for n in range(size) if n not in left] if left else range(size)
