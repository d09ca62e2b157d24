"""How a record differs from the row that it is about (rules 5, 6 and 8, two-way)."""

from __future__ import annotations

from collections.abc import Iterator

from bake.catalog.model import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.model import Patch, Replace, Test
from bake.compiler.binding import Binding, Reading
from bake.compiler.scope import Scope
from bake.compiler.values import Writing, pointer


def edited_references(scope: Scope, binding: Binding, reading: Reading, row: Row) -> list[str]:
    """The reference fields in which a record asks for another row than the current one.

    A lookup that the current row satisfies is no edit, even if others would satisfy it too; nor is null (two-way). An
    edit of what is read-only is noted.
    """
    edited = []
    for name, lookup in reading.lookups.items():
        differing = list(scope.references.differing(binding.entity.name, row.values, {name: lookup}))
        if differing and name in binding.editable:
            edited.append(name)
        elif differing:
            for path in differing:
                _note_read_only(scope, reading, " ".join(path))
    return edited


def edited_fields(scope: Scope, binding: Binding, reading: Reading, row: Row) -> Iterator[tuple[str, Json]]:
    """The editable fields in which a record differs from the row, with the after-value; null is no edit (two-way)."""
    for name, after in reading.fields.items():
        if after is None or same(row.values.get(name), after):
            continue
        if name in binding.editable:
            yield name, after
        elif name != "uuid":
            _note_read_only(scope, reading, name)


def patch_of(scope: Scope, item: Entity, row: Row, writing: Writing) -> Patch:
    """The RFC 6902 patch from the row to what is to be written: for each field a `test` of its before-value first."""
    steps: list[Test | Replace] = []
    for name in item.fields:
        if name in writing.values:
            before = scope.keys.reference(item.references.get(name), row.values.get(name))
            steps += [
                Test(path=pointer(name), value=before),
                Replace(path=pointer(name), value=writing.values[name]),
            ]
    return tuple(steps)


def _note_read_only(scope: Scope, reading: Reading, name: str) -> None:
    scope.notices.add(
        "read_only",
        f"{name} is not what it is here, and cannot be edited this way; it was left as it is",
        reading.number,
    )
