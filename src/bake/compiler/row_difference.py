"""How a record differs from the row that it is about (rules 5, 6 and 8).

    file against base     row against base   row against file    what the record asks for
    the same              any                any                 nothing
    different             the same           different           the file's value; null clears
    different             different          the same            nothing: it is so already
    different             different          different           the file's value, and a question `conflict`
    no base, null         -                  any                 nothing
    no base, not null     -                  different           the file's value

What cannot be edited is noted instead, wherever the table asks for something.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bake.catalog.lookups import frozen, given, says_nothing
from bake.catalog.model import ID, Entity
from bake.catalog.row import Row
from bake.catalog.values import Json, Misfit, describe, same
from bake.changeset.model import Key, Patch, Replace, Test
from bake.changeset.pointers import pointer
from bake.compiler.binding import BadValue, Binding, Reading
from bake.compiler.context import Context
from bake.compiler.drafted_values import OperationDraft


class Edits(msgspec.Struct):
    """What a record asks to change on a row.

    Attributes:
        values: after-values of scalar fields; null clears, also a reference.
        references: the reference fields that are to name another row.
        by_id: the reference fields that are given by a bare id, which may come to name another row.
        contested: fields that somebody else has changed since the export, with what the export had.
    """

    values: dict[str, Json] = msgspec.field(default_factory=dict)
    references: list[str] = msgspec.field(default_factory=list)
    by_id: list[str] = msgspec.field(default_factory=list)
    contested: dict[str, Json] = msgspec.field(default_factory=dict)


def edits(context: Context, binding: Binding, reading: Reading, row: Row, base: Reading | None) -> Edits:
    """What a record asks to change, by the table above."""
    result = Edits()
    for name, after in _edited_fields(binding.entity, reading, row, base):
        if name in binding.editable:
            _edit(binding.entity, reading, result, name, after)
            if base and name in base.fields and not same(base.fields[name], row.values.get(name)):
                result.contested[name] = base.fields[name]
        elif name != "uuid":
            _note_read_only(context, reading, name)
    for name, lookup in reading.lookups.items():
        if name not in reading.bad:
            _edit_reference(context, binding, reading, row, base, result, name, lookup)
    return result


def _edited_fields(item: Entity, reading: Reading, row: Row, base: Reading | None) -> Iterator[tuple[str, Json]]:
    for name, after in reading.fields.items():
        unchanged, current = item.fields[name].unchanged, row.values.get(name)
        if base and name in base.fields:
            if not unchanged(base.fields[name], after) and not unchanged(current, after):
                yield name, after
        elif after is not None and not unchanged(current, after):
            yield name, after


def _edit(item: Entity, reading: Reading, result: Edits, name: str, after: Json) -> None:
    declared = item.fields[name]
    if after is None and not declared.nullable:
        misfit = Misfit(f"{name} cannot be cleared", describe(declared.type))
        reading.bad[name] = BadValue("", None, misfit)
    else:
        result.values[name] = after


def _edit_reference(
    context: Context,
    binding: Binding,
    reading: Reading,
    row: Row,
    base: Reading | None,
    result: Edits,
    name: str,
    lookup: Key,
) -> None:
    origin = base.lookups.get(name) if base else None
    if origin is not None and frozen(origin) == frozen(lookup):
        return
    if only_by_id(lookup) and name in binding.editable:
        if context.ids_are_its_own or row.values.get(name) is None:
            result.by_id.append(name)
        return
    cleared = says_nothing(lookup) and origin is not None and row.values.get(name) is not None
    item = binding.entity
    differing = list(context.references.differing(item.name, row.values, {name: lookup}))
    if not cleared and not differing:
        return
    if name not in binding.editable:
        for path in differing or [(name,)]:
            _note_read_only(context, reading, " ".join(path))
        return
    if cleared:
        _edit(item, reading, result, name, None)
    else:
        result.references.append(name)
    if origin is not None and not context.references.agrees(item.name, row.values, {name: origin}):
        result.contested[name] = origin


def only_by_id(lookup: Key) -> bool:
    """Whether a lookup says nothing of a row but its surrogate id."""
    return [name for name in lookup if given(lookup, name)] == [ID]


def patch_of(context: Context, item: Entity, row: Row, draft: OperationDraft) -> Patch:
    """The RFC 6902 patch from the row to what is to be written: for each field a `test` of its before-value first."""
    steps: list[Test | Replace] = []
    for name in item.fields:
        if name in draft.values:
            before = context.keys.reference(item.references.get(name), row.values.get(name))
            steps += [
                Test(path=pointer(name), value=before),
                Replace(path=pointer(name), value=draft.values[name]),
            ]
    return tuple(steps)


def _note_read_only(context: Context, reading: Reading, name: str) -> None:
    context.notices.add(
        "read_only",
        f"{name} is not what it is here, and cannot be edited this way; it was left as it is",
        reading.number,
    )
