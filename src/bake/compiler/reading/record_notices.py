"""Notices about records: how they were read, what others have changed since the export, and what was not taken over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bake.catalog.entity import ID
from bake.catalog.names import near
from bake.catalog.values import shown
from bake.catalog.view import View
from bake.compiler.context import Context
from bake.compiler.drafting.row_difference import Edits
from bake.compiler.identity import Equal, Existing
from bake.compiler.pending_record import PendingRecord
from bake.compiler.reading.binding import Reading


def note_unknown(context: Context, view: View, unknown: Sequence[tuple[int, str]]) -> None:
    """Note columns that the view does not have, each with the number of a record, and which may be meant."""
    messages = {column: _unknown(view, column) for column in dict.fromkeys(column for _, column in unknown)}
    for record, column in unknown:
        context.notices.add("unknown_field", messages[column], record)


def _unknown(view: View, column: str) -> str:
    meant = near(column, view.by_name)
    hint = f"; did you mean {meant}?" if meant else ""
    return f"{shown(column)} is no column of {view.name}{hint}"


def note_taken(context: Context, readings: Iterable[Reading]) -> None:
    """Note texts that were taken for an option from which they differ in case or blanks."""
    for reading in readings:
        for name, text, option in reading.taken:
            context.notices.add("option", f"{name}: {shown(text)} was taken for {option}", reading.number)


def note_changed_here(context: Context, pendings: Sequence[PendingRecord]) -> None:
    """Note the records whose row was changed by others since the export."""
    for pending in pendings:
        if isinstance(pending.identity, Existing) and pending.edits.stale:
            context.notices.add("changed_here", _CHANGED_HERE, pending.reading.number)


def note_not_cleared(context: Context, pendings: Sequence[PendingRecord]) -> None:
    """Note the empty cells of exported records without their base: nothing says whether they were emptied."""
    for pending in pendings:
        if pending.edits.empty and context.lacks_base(pending.binding, pending.reading):
            for name in pending.edits.empty:
                message = f"{name} is empty in the file and not here; {_NOT_CLEARED}"
                context.notices.add("empty", message, pending.reading.number)


def leave_unclear(context: Context, pending: PendingRecord) -> None:
    """Drop the edits of a record that equals one of several rows: nothing says which of them they are meant for."""
    match pending.identity:
        case Equal(sole=False) if pending.edits != Edits():
            pending.edits = Edits()
            message = "it equals several rows or records here, so that what else it says was left as it is"
            context.notices.add("equal_several", message, pending.reading.number)


_NOT_CLEARED = "without a usable _base that was left as it is; to clear it, empty it in a new export"
_CHANGED_HERE = (
    "the row was changed here since the export, in fields that the file did not touch; these stay as they are here"
)


def note_misfits(context: Context, reading: Reading, names: Iterable[str]) -> None:
    """Note values that do not fit where nothing could be written in any case."""
    for name in sorted(names):
        bad = reading.bad[name]
        message = f"{bad.column} does not fit (expected {bad.misfit.expected}); not editable here, it was ignored"
        context.notices.add("misfit_ignored", message, reading.number)


def note_by_id(context: Context, reading: Reading, name: str) -> None:
    """Note a reference that is left out, since the record gives nothing but an id of the row."""
    id_ = reading.lookups[name][ID]
    message = f"{name} is only given as the {ID} {id_}, which proves nothing here; it was left out"
    context.notices.add("reference_by_id", message, reading.number)
