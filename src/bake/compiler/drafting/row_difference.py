"""How a record differs from the row that it is about (rules 5, 6 and 8), field by field.

What a record was exported with is known as a digest of each value (`bake.catalog.base_digest`): of two values it can be
told whether they are the exported one, and not which that was.

    file, row           the record carries its base: exported was     what the record asks for
    the same            any                                           nothing
    different           the file's                                    nothing; it is noted that others changed the row
    different           the row's                                     the file's value; null clears
    different           neither                                       the file's value, and a question `conflict`

    file, row           the record carries no base                    what the record asks for
    the same            -                                             nothing
    different, null     -                                             nothing; noted if the file is an export
    different           the file is no export, or `two_way`           the file's value
    different           the file is an export                         the file's value, and a question for the file

What cannot be edited is noted instead, wherever the table asks for something.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

from bake.catalog.base_digest import RecordBase
from bake.catalog.entity import ID, Entity
from bake.catalog.lookups import frozen, given, says_nothing, stored, value_at
from bake.catalog.row import Row
from bake.catalog.type_words import describe
from bake.catalog.values import Json, Misfit
from bake.catalog.view import Column
from bake.changeset.model import Key, Patch, Replace, Test
from bake.changeset.pointers import pointer
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import OperationDraft
from bake.compiler.reading.binding import BadValue, Binding, Reading
from bake.compiler.reading.tidied_texts import tidy
from bake.compiler.rows.resolved import Found


class Edits(msgspec.Struct, frozen=True):
    """What a record asks to change on a row.

    Attributes:
        values: after-values of scalar fields; null clears, also a reference.
        references: the reference fields that are to name another row.
        by_id: the reference fields that are given by a bare id, which may come to name another row.
        contested: fields that somebody else has changed since the export, too.
        stale: editable fields that only somebody else has changed since the export.
        empty: editable fields that are null in a record that does not carry its base, and not in the row.
    """

    values: dict[str, Json] = msgspec.field(default_factory=dict)
    references: list[str] = msgspec.field(default_factory=list)
    by_id: list[str] = msgspec.field(default_factory=list)
    contested: list[str] = msgspec.field(default_factory=list)
    stale: list[str] = msgspec.field(default_factory=list)
    empty: list[str] = msgspec.field(default_factory=list)


def edits(context: Context, binding: Binding, reading: Reading, row: Row, *, noted: bool = True) -> Edits:
    """What a record asks to change, by the table above.

    Args:
        context: the compilation.
        binding: the view of the record.
        reading: the record.
        row: the row.
        noted: whether the record is about the row, so that what cannot be edited is noted.
    """
    result = Edits()
    fields = binding.entity.fields
    fixed: list[tuple[str, ...]] = []
    for name, after in reading.fields.items():
        before = row.values.get(name)
        if fields[name].unchanged(before, after):
            continue
        if not fields[name].unchanged(before, tidy(context, binding.entity, name, after)):
            fixed += _edit_field(context, binding, reading, row, result, name)
    for name in reading.lookups:
        if name not in reading.bad:
            fixed += _edit_reference(context, binding, reading, row, result, name)
    if noted:
        for path in fixed:
            _note_read_only(context, binding, reading, path)
        if reading.usable_base:
            _note_computed(context, binding, reading, reading.usable_base)
    return result


#: The paths of what a record says otherwise than the row, and what cannot be edited.
_Fixed: TypeAlias = Sequence[tuple[str, ...]]


def _edit_field(context: Context, binding: Binding, reading: Reading, row: Row, result: Edits, name: str) -> _Fixed:
    """A field that is not in the record what it is in the row."""
    base, after, column = reading.usable_base, reading.fields[name], binding.exported.get((name,))
    if base and column is not None:
        if base.wrote(column, after):
            if name in binding.editable:
                result.stale.append(name)
            return ()
    elif after is None:
        if name in binding.editable:
            result.empty.append(name)
        return ()
    if name not in binding.editable:
        is_theirs = name == "uuid" or (name in binding.entity.kept and not base)
        return () if is_theirs else ((name,),)
    _edit(binding.entity, reading, result, name, tidy(context, binding.entity, name, after, reading.number))
    if base and column is not None and not base.wrote(column, row.values.get(name)):
        result.contested.append(name)
    return ()


def _edit(item: Entity, reading: Reading, result: Edits, name: str, after: Json) -> None:
    declared = item.fields[name]
    if after is None and not declared.nullable:
        misfit = Misfit(f"{name} cannot be cleared", describe(declared.type))
        reading.bad[name] = BadValue("", None, misfit)
    else:
        result.values[name] = after


def _edit_reference(context: Context, binding: Binding, reading: Reading, row: Row, result: Edits, name: str) -> _Fixed:
    """A reference that is not in the record what it is in the row."""
    item, base, lookup = binding.entity, reading.usable_base, reading.lookups[name]
    is_null = says_nothing(lookup) and row.values.get(name) is not None
    differing = list(context.references.stored.differing(item.name, row.values, {name: lookup}))
    if base:
        differing = [path for path in differing if not _untouched(binding, base, lookup, path)]
        if not is_touched(binding, reading, base, name):
            if name in binding.editable and not _is_exported(context, binding, base, row, name):
                result.stale.append(name)
            return ()
    if only_by_id(lookup) and name in binding.editable:
        if context.ids_are_of_source or row.values.get(name) is None:
            result.by_id.append(name)
        return ()
    if is_null and base is None and name in binding.editable:
        result.empty.append(name)
    cleared = is_null and base is not None
    if not cleared and not differing:
        return ()
    if name not in binding.editable:
        if not cleared and base is None and _names_row(context, item.references[name], lookup, row.values.get(name)):
            return ()  # with a base, what it says otherwise was edited, and has to be told
        return differing or [(name,)]
    if cleared:
        _edit(item, reading, result, name, None)
    else:
        result.references.append(name)
    if base and not _is_exported(context, binding, base, row, name):
        result.contested.append(name)
    return ()


def _names_row(context: Context, target: str, lookup: Key, id_: Json) -> bool:
    """Whether a lookup names the row with this id, by whatever else it says of it than what stands there."""
    hit = context.references.resolve(target, [lookup])[frozen(lookup)]
    return isinstance(hit, Found) and hit.row.id == id_


def _columns(binding: Binding, reading: Reading, name: str) -> Iterator[Column]:
    """The columns by which a record speaks of a row that it refers to."""
    for column in binding.view.columns:
        if column.name in reading.value and column.path[:1] == (name,):
            yield column


def is_touched(binding: Binding, reading: Reading, base: RecordBase, name: str) -> bool:
    """Whether a record says anything of a row that it refers to which it was not exported with."""
    lookup = reading.lookups[name]
    for column in _columns(binding, reading, name):
        if not column.exported or not column.path:
            if reading.value[column.name] is not None:
                return True
        elif not base.wrote(column.name, stored(value_at(lookup, column.path[1:]))):
            return True
    return False


def _untouched(binding: Binding, base: RecordBase, lookup: Key, path: tuple[str, ...]) -> bool:
    """Whether a record says at a path what it was exported with."""
    column = binding.exported.get(path)
    return column is not None and base.wrote(column, stored(value_at(lookup, path[1:])))


def as_exported(context: Context, binding: Binding, reading: Reading, row: Row, name: str) -> bool:
    """Whether a row still has what the record was exported with in one of its fields, as far as that is known."""
    base = reading.usable_base
    return base is not None and _is_exported(context, binding, base, row, name)


def _is_exported(context: Context, binding: Binding, base: RecordBase, row: Row, name: str) -> bool:
    columns = {path: column for path, column in binding.exported.items() if path[0] == name}
    item = binding.entity.name
    return bool(columns) and all(
        base.wrote(column, _value(context, item, row, path)) for path, column in columns.items()
    )


def _value(context: Context, entity: str, row: Row, path: tuple[str, ...]) -> Json:
    """What stands at a path from a row; null where a reference on the way is."""
    name, *rest = path
    if name == ID:
        return row.id
    value = row.values.get(name)
    if not rest or value is None:
        return value
    target = context.catalog.entities[entity].references[name]
    parent = context.keys.row(target, value)
    return None if parent is None else _value(context, target, parent, tuple(rest))


def is_unedited(binding: Binding, reading: Reading, base: RecordBase) -> bool:
    """Whether a record says nothing but what it was exported with; columns that it lacks say nothing."""
    exported = {column.name for column in binding.view.columns if column.exported}
    known = ((name, raw) for name, raw in reading.value.items() if name in binding.view.by_name)
    return all(binding.wrote(base, name, raw) if name in exported else raw is None for name, raw in known)


def only_by_id(lookup: Key) -> bool:
    """Whether a lookup says nothing of a row but its surrogate id."""
    return [name for name in lookup if given(lookup, name)] == [ID]


def patch_of(context: Context, item: Entity, row: Row, draft: OperationDraft) -> Patch:
    """The RFC 6902 patch from the row to what is to be written: for each field a `test` of its before-value first."""
    steps: list[Test | Replace] = []
    for name in draft.values if len(draft.values) == 1 else filter(draft.values.__contains__, item.fields):
        before = context.keys.reference(item.references.get(name), row.values.get(name))
        path = pointer(name)
        steps += Test(path=path, value=before), Replace(path=path, value=draft.values[name])
    return tuple(steps)


def _note_read_only(context: Context, binding: Binding, reading: Reading, path: tuple[str, ...]) -> None:
    column = binding.exported.get(path, " ".join(path))
    if reading.usable_base:
        message = f"{column} was edited, but cannot be edited in this view; it was left as it is"
    else:
        message = f"{column} differs from what is here, and cannot be edited this way; it was left as it is"
    context.notices.add("read_only", message, reading.number)


def _note_computed(context: Context, binding: Binding, reading: Reading, base: RecordBase) -> None:
    for column in binding.computed:
        if column in reading.value and not binding.wrote(base, column, reading.value[column]):
            message = f"{column} was edited, but is computed; it was left as it is"
            context.notices.add("read_only", message, reading.number)
