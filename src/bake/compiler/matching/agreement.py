"""Decides whether the id in a record means the row that has this id now.

The identifying fields of an entity are those of its natural keys and likeness, and its required references. A record
must give at least one. The row must agree in all of the given ones that are read-only, and in at least half of the
editable ones; in all editable ones if no read-only one is given. A uuid in the record must be the row's. An editable
field agrees also if the row still has the value that the record was exported with, according to its base: then the
record edits it.

A database may give the id of a deleted row to a new one. So the id of a row that agrees may still have been reused:

    the record gives a uuid                                        no: the uuid decides
    its view has no uuid column                                    no: the record could not give one
    the row has the identifying values that the base was made of   no
    otherwise                                                      yes: an edit becomes a question
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain

from bake.catalog.entity import ID, Entity
from bake.catalog.lookups import frozen, given, says_nothing
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.catalog.view import Role
from bake.compiler.context import Context
from bake.compiler.drafting.row_difference import as_exported, is_touched, only_by_id
from bake.compiler.reading.binding import Binding, Reading
from bake.compiler.rows.resolved import Found


def may_be_reused(context: Context, binding: Binding, reading: Reading, row: Row) -> bool:
    """Whether the id of a record may have been reused since it was exported, by the table above.

    Args:
        context: the compilation.
        binding: the view of the record.
        reading: the record.
        row: the row that has the record's id and agrees with the record.
    """
    identifying = [column for column in binding.view.columns if column.role is Role.IDENTITY]
    if given(reading.fields, "uuid") or not any(column.path == ("uuid",) for column in identifying):
        return False
    exported = {column.path[0] for column in identifying if column.exported and column.path != (ID,)}
    return not exported or not all(as_exported(context, binding, reading, row, name) for name in exported)


def changes_nothing(context: Context, binding: Binding, reading: Reading, row: Row) -> bool:
    """Whether a record asks for no change of a row, by the tables of `bake.compiler.drafting.row_difference`.

    Args:
        context: the compilation.
        binding: the view of the record.
        reading: the record.
        row: the row.
    """
    fields = [name for name in reading.fields if name in binding.editable]
    lookups = [name for name in reading.lookups if name in binding.editable]
    return (
        not any(name in binding.editable for name in reading.bad)
        and all(_leaves_field(binding, reading, row, name) for name in fields)
        and all(_leaves_reference(context, binding, reading, row, name) for name in lookups)
    )


def _leaves_field(binding: Binding, reading: Reading, row: Row, name: str) -> bool:
    said, base, column = reading.fields[name], reading.usable_base, binding.exported.get((name,))
    if binding.entity.fields[name].unchanged(row.values.get(name), said):
        return True
    return base.wrote(column, said) if base and column is not None else said is None


def _leaves_reference(context: Context, binding: Binding, reading: Reading, row: Row, name: str) -> bool:
    said, base = reading.lookups[name], reading.usable_base
    if base:
        return not is_touched(binding, reading, base, name)
    if says_nothing(said) or (only_by_id(said) and not context.ids_are_of_source and row.values.get(name) is not None):
        return True
    return _fits(context, binding.entity, row, name, said)


def is_of(context: Context, binding: Binding, reading: Reading, row: Row) -> bool:
    """Whether a record that gives the id of a row is about it: they agree, and have no different uuids."""
    uuid = reading.fields.get("uuid")
    return uuid in (None, row.values.get("uuid")) and agrees(context, binding, reading, row)


def agrees(context: Context, binding: Binding, reading: Reading, row: Row, but: Collection[str] = ()) -> bool:
    """Whether a row agrees with a record in the identifying fields (see above); uuids are not compared.

    Args:
        context: the compilation.
        binding: the view of the record.
        reading: the record.
        row: the row.
        but: fields that are not compared.
    """
    fixed, free = _agreement(context, binding, reading, row, but)
    least = len(free) / 2 if fixed else len(free)
    return bool(fixed or free) and all(fixed) and sum(free) >= least


def contradicts(context: Context, binding: Binding, reading: Reading, row: Row, but: Collection[str]) -> bool:
    """Whether a row is another one than a record is about, by the identifying fields beside some.

    That is so if it differs in one that nobody can edit in the record, or in all that it gives.
    """
    fixed, free = _agreement(context, binding, reading, row, but)
    return not all(fixed) or (bool(fixed or free) and not any((*fixed, *free)))


def _agreement(
    context: Context, binding: Binding, reading: Reading, row: Row, but: Collection[str]
) -> tuple[list[bool], list[bool]]:
    """Whether a row fits a record in each of the identifying fields that it gives: the read-only ones, the others."""
    item = binding.entity
    lookup = {**reading.fields, **reading.lookups}
    identifying = {*item.likeness, *(name for key in item.keys for name in key)}
    identifying |= {name for name in item.references if item.fields[name].required}
    said = [name for name in identifying if name in lookup and name not in reading.bad and name not in but]
    fits = {name: as_exported(context, binding, reading, row, name) for name in said if name in binding.editable}
    fits = {name: fits.get(name) or _fits(context, item, row, name, lookup[name]) for name in said}
    fixed = [fits[name] for name in said if name not in binding.editable]
    return fixed, [fits[name] for name in said if name in binding.editable]


def _fits(context: Context, item: Entity, row: Row, name: str, said: Json) -> bool:
    """Whether a row has the value or lookup `said` in a field, which for a lookup is resolved if need be."""
    if agrees_in(context, item.name, row, name, said):
        return True
    target = item.references.get(name)
    if target is None or not given({name: said}, name):
        return False
    named = context.references.resolve(target, [said])[frozen(said)]
    return isinstance(named, Found) and named.row.id == row.values[name]


def agrees_in(context: Context, entity: str, row: Row, name: str, said: Json) -> bool:
    """Whether a row has the value or lookup `said` in a field, compared without resolving the lookup.

    A lookup by id alone never agrees if the ids of the source name rows of the source (`Context.ids_are_of_source`).
    """
    if isinstance(said, dict) and only_by_id(said) and context.ids_are_of_source:
        return False
    return context.references.stored.agrees(entity, row.values, {name: said})


def fetch_by_id(context: Context, binding: Binding, ids: list[int]) -> None:
    """Fetch the rows that have these ids, and the rows to which they refer, to compare them with records."""
    context.keys.fetch(binding.entity.name, ids)
    rows = [row for id_ in ids if (row := context.keys.known(binding.entity.name, id_))]
    context.keys.fetch_parents(binding.entity.name, rows, binding.shape)


def resolve_parents(context: Context, binding: Binding, pairs: Sequence[tuple[Reading, Sequence[Row]]]) -> None:
    """Look up at once what `_fits` would look up for each: the parents that records name and their rows do not have.

    Records that are looked up by the same key have the same list of rows: each list is looked through once.
    """
    entity = binding.entity.name
    shared = {id(rows): rows for _, rows in pairs}
    context.keys.fetch_parents(entity, list(chain.from_iterable(shared.values())), binding.shape)
    for name, target in binding.entity.references.items():
        parents = {mark: {row.values.get(name): row for row in rows}.items() for mark, rows in shared.items()}
        said = {
            (id(reading.lookups[name]), parent): (reading.lookups[name], row)
            for reading, rows in pairs
            if given(reading.lookups, name)
            for parent, row in parents[id(rows)]
        }
        wanted = [lookup for lookup, row in said.values() if not agrees_in(context, entity, row, name, lookup)]
        context.references.resolve(target, wanted)
