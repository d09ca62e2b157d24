"""Warns of codes that belong to one row only (`Entity.codes`, such as barcodes) and that are another row's.

If a new record gives the code of another row or record, `likeness.likeness` compares their other values. What
follows is in this table; a warning becomes a question under `strict`. For references see `references.foreign_codes`.

    the record with the code      the code's row is             the other values say then
    a row that is not here yet    a row of the database         nothing else         the record is about that row
                                                                something else       a question `identity`
                                                                another whole key    a new row, warned of
                                  a new row of the same file    anything             a question `decision`
                                                                another whole key    a new row, warned of
                                  a row that the file edits     anything             a new row, warned of
    a row of the database         any of these                  anything             an edit, warned of
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from bake.catalog.entity import Entity
from bake.catalog.values import shown
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import OperationDraft, warn
from bake.compiler.identity import Doubtful, Existing
from bake.compiler.matching.row_claims import Claim
from bake.compiler.pending_record import PendingRecord
from bake.compiler.references.foreign_codes import foreign_codes

#: The drafts of creates, by the `id()` of their `PendingRecord`.
Drafts: TypeAlias = Mapping[int, OperationDraft]


class SharedCodes:
    """The warnings about shared codes for one batch. Batches have to come in the order of the source."""

    def __init__(self, context: Context, item: Entity, records: Sequence[PendingRecord], drafts: Drafts) -> None:
        """Look up which other rows and earlier records have the codes that these records write.

        Args:
            context: the compilation.
            item: the entity.
            records: the records of the batch, in the order of the source.
            drafts: the drafts of those that create rows.
        """
        self._messages = foreign_codes(context, item, records)
        if not item.codes:
            return
        written = [(one, name, value) for one in records for name, value in _codes(item, one, drafts)]
        traits = context.resembling.of(item).traits
        marks = [traits.code(name, value) for _, name, value in written]
        there = [
            [id_ for id_ in context.resembling.with_code(item, mark) if id_ not in _own(one)]
            for (one, _, _), mark in zip(written, marks, strict=True)
        ]
        context.keys.fetch(item.name, (ids[0] for ids in there if ids))
        for (one, name, value), mark, ids in zip(written, marks, there, strict=True):
            number = one.reading.number
            first = None if mark is None else context.claims.earlier_new(mark, Claim(number))
            earlier = first.record if first else None
            if ids and (row := context.keys.known(item.name, ids[0])):
                others = f"{context.label(item, row)} has it, too"
            elif earlier not in (None, number, one.alike and one.alike.record):
                others = f"record {earlier} gives it, too"
            else:
                continue
            self._messages[number, name] = f"{shown(value)} belongs to one of the {item.name} only, but {others}"

    def warn(self, item: Entity, draft: OperationDraft) -> None:
        """Add a warning to an operation for each code that it writes, or gives for a reference, and another row has."""
        for name in (*item.codes, *item.references) if self._messages else ():
            message = self._messages.get((draft.reading.number, name))
            if message and name in draft.values:
                warn(draft, name, message, code="duplicate")


def _codes(item: Entity, record: PendingRecord, drafts: Drafts) -> Iterator[tuple[str, str]]:
    values = record.edits.values if isinstance(record.identity, Existing) else drafts[id(record)].values
    codes = ((name, values.get(name)) for name in item.codes)
    return ((name, code) for name, code in codes if isinstance(code, str) and not item.fields[name].mangled(code))


def _own(record: PendingRecord) -> set[int]:
    """The ids of the rows that a record is about, or may be."""
    match record.identity:
        case Existing(row):
            return {row.id}
        case Doubtful(rows):
            return {row.id for row in rows}
        case _:
            return set()
