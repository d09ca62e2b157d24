"""Creates that wait for a decision, since the row may be there already: in the database, or by an earlier record."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

from msgspec import structs

from bake.catalog.entity import Entity
from bake.changeset.model import Candidate, Create, Option, Outcome
from bake.compiler.context import Context
from bake.compiler.drafting.applied_before import EarlierApplications, deleted_since
from bake.compiler.drafting.drafted_values import OperationDraft
from bake.compiler.drafting.new_keys import key_of
from bake.compiler.identity import Doubtful, New, SharedDoubt
from bake.compiler.matching.row_claims import Claim
from bake.compiler.matching.row_decisions import alternative, deciding
from bake.compiler.pending_record import PendingRecord
from bake.compiler.questions.questions import CANDIDATES


def ask_identity(
    context: Context, pending: PendingRecord, draft: OperationDraft, create: Create, doubt: Doubtful
) -> Create:
    """Ask whether a record is about a new row or one of those that it may be about.

    The new row of an earlier record that resembles it is among those.
    """
    item = pending.binding.entity
    context.claims.possible(item.name, doubt.rows)
    rows = [
        context.candidate(item, row, alternative(context, pending, draft, row), named=draft.uuids)
        for row in doubt.rows[:CANDIDATES]
    ]
    origin, more = context.origin(pending.reading), len(doubt.rows) - len(rows)
    made = [_earlier_new(pending.alike)] if pending.alike is not None else []
    question = context.questions.identity(create, doubt.problem, origin, [*rows, *made], more=more)
    return structs.replace(create, needs={"": question, **create.needs})


def _earlier_new(earlier: Claim) -> Candidate:
    """The new row of an earlier record as a candidate."""
    label_ = f"the new row of record {earlier.record}; this one is left out"
    return Candidate(key=pickle.loads(earlier.key), label=label_, operation=earlier.n)


def ask_shared_doubt(
    context: Context, pending: PendingRecord, draft: OperationDraft, create: Create, doubt: SharedDoubt
) -> Create:
    """Ask, once for all records of the entity with the same doubt, whether they are about new rows."""
    item = pending.binding.entity
    outcomes = {"new": Outcome()}
    offered = [Option(name="new", label="new rows")]
    for row in doubt.rows:
        context.claims.possible(item.name, (row,))
        patch = alternative(context, pending, draft, row)
        same = context.candidate(item, row, patch, named=draft.uuids)
        is_left = context.options.mode == "skip-existing"
        outcomes["same"] = Outcome(skip="exists") if is_left else Outcome(same_as=same)
        label_ = "the rows that are here" + (", left as they are" if is_left else "")
        example = f"record {pending.reading.number} is {same.label}"
        offered.insert(0, Option(name="same", label=label_, example=example))
    question = context.questions.decision(
        ("doubt", item.name, doubt.problem),
        entity=item.name,
        problem=doubt.problem,
        origin=context.origin(pending.reading),
        options=offered,
        n=draft.n,
    )
    return deciding(create, question, outcomes)


def ask_spelled_otherwise(context: Context, pending: PendingRecord, create: Create, earlier: Claim) -> Create:
    """Ask, once for the entity, whether records that spell a key like earlier ones are about the same new rows."""
    number = pending.reading.number
    example = f"record {number} is record {earlier.record}"
    question = context.questions.decision(
        ("spelled otherwise", create.entity),
        entity=create.entity,
        problem="these new rows are almost what earlier records of the file create, or may create",
        origin=context.origin(pending.reading),
        options=[
            Option(name="same", label="the same rows: these records are left out", example=example),
            Option(name="new", label="other rows"),
        ],
        n=create.n,
    )
    outcomes = {"same": Outcome(skip="said twice", taken=earlier.n), "new": Outcome()}
    return deciding(create, question, outcomes)


def ask_deleted_since(context: Context, pending: PendingRecord, create: Create) -> Create:
    """Ask, once for the entity, whether rows are created again that the same source created, and which are gone."""
    if "" in create.needs:
        return create  # which record counts is asked, or whether the file's values do
    question = context.questions.decision(
        ("deleted since", create.entity),
        entity=create.entity,
        problem="this very file made these rows before, and they were deleted since",
        origin=context.origin(pending.reading),
        options=[
            Option(name="gone", label="they stay deleted: these records are left out"),
            Option(name="again", label="they are made again"),
        ],
        n=create.n,
    )
    return deciding(create, question, {"gone": Outcome(skip="deleted since"), "again": Outcome()})


def numbers_deleted_since(
    earlier: EarlierApplications, item: Entity, creates: Sequence[tuple[PendingRecord, OperationDraft]]
) -> frozenset[int]:
    """The numbers of creates whose rows the same source made before, and which are gone by now."""
    new = [(pending, draft) for pending, draft in creates if type(pending.identity) is New]
    keys = [key_of(item, {**pending.document, **draft.values}) for pending, draft in new]
    uuids = [str(draft.values["uuid"]) if draft.values.get("uuid") else None for _, draft in new]
    gone = deleted_since(earlier, item.name, list(zip(keys, uuids, strict=True))) if new else ()
    return frozenset(draft.n for (_, draft), is_gone in zip(new, gone, strict=True) if is_gone)
