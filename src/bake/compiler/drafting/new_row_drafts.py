"""Drafts of new rows: the values that a record gives for the fields of its entity."""

from __future__ import annotations

from bake.catalog.entity import ID, Entity
from bake.compiler.context import Context
from bake.compiler.drafting.drafted_values import (
    OperationDraft,
    ask_about_mangled,
    ask_required,
    run_checks,
    write_misfit,
    write_reference,
)
from bake.compiler.drafting.row_difference import only_by_id
from bake.compiler.identity import Doubtful
from bake.compiler.pending_record import PendingRecord
from bake.compiler.reading.record_notices import note_by_id, note_misfits
from bake.compiler.reading.tidied_texts import warn_of_oddities
from bake.compiler.rows.resolved import may_come


class NewRowDrafts:
    """Drafts the creates of one compilation.

    Args:
        context: the compilation.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def draft(self, item: Entity, pending: PendingRecord) -> OperationDraft:
        """Draft the row of a record that creates one, or may do so, with questions about values and their warnings."""
        draft = OperationDraft(pending.n, pending.reading)
        bad, resolved, document = pending.reading.bad, pending.resolved, pending.document
        references, is_set = item.references, self._context.source.kind == "set"
        if self._context.options.keep_ids and pending.reading.id is not None:
            draft.values[ID] = pending.reading.id
        for name, declared in item.fields.items():
            if name in bad:
                write_misfit(self._context, item, draft, name)
            elif name in resolved:
                self._write_reference(item, pending, draft, name)
            elif name not in references and (value := document.get(name)) is not None:
                draft.values[name] = value
            elif is_set and self._says_null(item, pending, name):
                draft.values[name] = None
            elif declared.required:
                ask_required(self._context, item, draft, name)
        if bad:
            note_misfits(self._context, pending.reading, pending.reading.bad.keys() - item.fields.keys())
        if bad or isinstance(pending.identity, Doubtful):
            self._note_without_identity(item, pending)
        ask_about_mangled(self._context, item, draft)
        run_checks(item, draft)
        warn_of_oddities(self._context, item, draft)
        return draft

    def _note_without_identity(self, item: Entity, pending: PendingRecord) -> None:
        """Note a record that may be about any row: it is doubtful without candidates, or a key field does not fit."""
        identifying = {ID, *(name for key in item.identities for name in key)}
        has_no_candidates = isinstance(pending.identity, Doubtful) and not pending.identity.rows
        if has_no_candidates or identifying & pending.reading.bad.keys():
            self._context.claims.unsure.setdefault(item.name, []).append(pending.reading.number)

    def _says_null(self, item: Entity, pending: PendingRecord, name: str) -> bool:
        """Whether a record says null for a field of a new row in which the database would put a default."""
        declared = item.fields[name]
        column = item.table.c[declared.column]
        has_default = column.default is not None or column.server_default is not None
        return name in pending.document and declared.nullable and has_default and name not in item.references

    def _write_reference(self, item: Entity, pending: PendingRecord, draft: OperationDraft, name: str) -> None:
        """Write a reference of a new row; one that names no row is left out with a notice, if it is not required."""
        lookup, target = pending.reading.lookups[name], item.references[name]
        if not may_come(pending.resolved[name]) and not item.fields[name].required:
            if only_by_id(lookup):
                note_by_id(self._context, pending.reading, name)
                return
            if not self._context.references.identifies(target, lookup):
                message = f"what is said of {name} does not name one of the {target}; it was left out"
                self._context.notices.add("reference_unnamed", message, pending.reading.number)
                return
        write_reference(self._context, item, draft, name, pending.resolved[name])
