"""Warns of known mistakes (`bake.catalog.mistakes`): in one value, in a change of a row, and in a batch of records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bake.catalog.entity import Entity
from bake.catalog.mistakes import (
    copied,
    counting,
    cut_off,
    exchanged,
    invented_code,
    leap,
    other_script,
    pasted,
    placeholder,
)
from bake.catalog.values import Json
from bake.changeset.pointers import pointer
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import OperationDraft, warn
from bake.compiler.identity import Existing
from bake.compiler.pending_record import PendingRecord

#: The drafts of creates, by the `id()` of their `PendingRecord`.
Drafts = Mapping[int, OperationDraft]


class Mistakes:
    """The warnings of known mistakes for one batch; a set is a copy of a database, and nobody filled it in.

    Args:
        context: the compilation.
        item: the entity.
        records: the records of the batch, in the order of the source.
        drafts: the drafts of those that create rows.
    """

    def __init__(self, context: Context, item: Entity, records: Sequence[PendingRecord], drafts: Drafts) -> None:
        self._messages: dict[int, list[tuple[str, str]]] = defaultdict(list)
        self._looks = context.source.kind != "set"
        self._own = tuple(sorted(item.texts - item.naming - {*item.coded, *item.codes}))
        if not self._looks or len(records) < 2:
            return
        written = [
            one.edits.values if isinstance(one.identity, Existing) else drafts[id(one)].values for one in records
        ]
        edits = [
            values if isinstance(one.identity, Existing) else {} for one, values in zip(records, written, strict=True)
        ]
        names = sorted(item.naming & item.texts - {"uuid"})
        for place, name, message in (
            *pasted(edits, self._own),
            *counting(written, item.coded),
            *copied(edits, names),
        ):
            self._messages[records[place].reading.number].append((name, message))

    def warn(self, item: Entity, draft: OperationDraft, before: Mapping[str, Json] | None = None) -> None:
        """Add the warnings about what an operation writes.

        Args:
            item: the entity.
            draft: the operation.
            before: the row, if it is there.
        """
        if not self._looks:
            return
        for name, message in self._messages.get(draft.reading.number, ()):
            warn(draft, name, message, code="mistake")
        decided = {name: value for name, value in draft.values.items() if pointer(name) not in draft.needs}
        for name, value in decided.items():
            if isinstance(value, str) and name in item.texts:
                _warn_of_text(item, draft, name, value, before)
        if before is not None:
            for name, message in exchanged(before, decided):
                warn(draft, name, message, code="mistake")
            _warn_of_leaps(item, draft, before, decided)
        for check in item.row_checks:
            if found := check({**(before or {}), **decided}):
                name, message = found
                if name in decided or before is None:
                    warn(draft, name, message, code="mistake")


def _warn_of_text(
    item: Entity, draft: OperationDraft, name: str, value: str, before: Mapping[str, Json] | None
) -> None:
    found = [placeholder(value)]
    if name in item.coded:
        found.append(invented_code(value))
    elif before is not None and isinstance(was := before.get(name), str):
        found += [cut_off(was, value), other_script(was, value)]
    for message in filter(None, found):
        warn(draft, name, message, code="mistake")


def _warn_of_leaps(
    item: Entity, draft: OperationDraft, before: Mapping[str, Json], decided: Mapping[str, Json]
) -> None:
    """Warn of numbers that leap, but for those that the catalog compares with an earlier row."""
    compared = {outlier.field for outlier in item.outliers}
    for name, value in decided.items():
        if name not in compared and name not in item.references and (found := leap(before.get(name), value)):
            factor, message = found
            warn(draft, name, message, code="outlier", factor=factor)
