"""Warns of references that name one row by its key or name, and also give a code that belongs to another row.

    the row that the reference names       the code that it gives       then
    has that code                          whatever                     nothing
    has another code                       whatever                     not that row (`references.references`)
    has none, or is created without one    nobody's                     a notice that it differs
                                           another row's                a warning; a question under `strict`

The other row may be one of the database or one that this changeset creates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bake.catalog.entity import Entity
from bake.catalog.lookups import given
from bake.catalog.names import key_words
from bake.catalog.values import Json, shown
from bake.compiler.context import Context
from bake.compiler.pending_record import PendingRecord
from bake.compiler.rows.resolved import Found, Resolved, Unclear


class _Given(NamedTuple):
    """A code that a reference gives, and that the row which it names does not have.

    Attributes:
        record: the number of the record.
        reference: the name of the reference.
        target: the entity that it names a row of.
        named: the key of that row.
        own: the id of that row, or the number of the operation that creates it.
        code: the field of the code.
        value: the code.
    """

    record: int
    reference: str
    target: Entity
    named: Mapping[str, Json]
    own: tuple[str, int]
    code: str
    value: str


def foreign_codes(context: Context, item: Entity, records: Sequence[PendingRecord]) -> dict[tuple[int, str], str]:
    """By record number and reference, a sentence that says whose the code is which the reference gives.

    Args:
        context: the compilation.
        item: the entity of the records.
        records: the records of a batch, their references resolved.
    """
    codes = [one for record in records for one in _given(context, item, record)]
    rows = [_rows_with(context, one) for one in codes]
    for target in {one.target.name for one in codes}:
        ids = (there[0] for one, there in zip(codes, rows, strict=True) if there and one.target.name == target)
        context.keys.fetch(target, ids)
    return {
        (one.record, one.reference): f"{shown(one.value)} is the {one.code} of {owner}, not of {key_words(one.named)}"
        for one, there in zip(codes, rows, strict=True)
        if (owner := _owner(context, one, there))
    }


def _given(context: Context, item: Entity, record: PendingRecord) -> Iterator[_Given]:
    for name, hit in record.resolved.items():
        target = context.catalog.entities[item.references[name]]
        if not target.codes or isinstance(hit, Unclear):
            continue
        lookup, (own, values) = record.reading.lookups[name], _row_of(hit)
        for code in target.codes:
            if given(lookup, code) and isinstance(value := lookup[code], str) and values.get(code) is None:
                yield _Given(record.reading.number, name, target, hit.key, own, code, value)


def _row_of(hit: Resolved) -> tuple[tuple[str, int], Mapping[str, Json]]:
    """An identifier of the row that was found, and its values."""
    assert not isinstance(hit, Unclear)
    return (("row", hit.row.id), hit.row.values) if isinstance(hit, Found) else (("made", hit.n), hit.values)


def _rows_with(context: Context, one: _Given) -> list[int]:
    """The ids of the rows of the database that have a code."""
    code = context.resembling.of(one.target).traits.code(one.code, one.value)
    ids = context.resembling.with_code(one.target, code)
    return [id_ for id_ in ids if ("row", id_) != one.own]


def _owner(context: Context, one: _Given, ids: Sequence[int]) -> str | None:
    """The row that has the code, in words; None if no other row has it."""
    if ids and (row := context.keys.known(one.target.name, ids[0])):
        return context.label(one.target, row)
    created = context.created_rows.by_name(one.target, {one.code: one.value})
    others = (made for made in created if made.values.get(one.code) is not None and ("made", made.n) != one.own)
    return next((f"{key_words(made.key)}, which is created here" for made in others), None)
