"""Writes values into the draft of an operation, with questions about unclear ones and warnings about suspect ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from bake.catalog import readings
from bake.catalog.entity import Entity
from bake.catalog.field import Mangled
from bake.catalog.lookups import naming_fields, question_lookup
from bake.catalog.names import enumerated, name_forms
from bake.catalog.readings import NOTHING, Meaning, says_nothing
from bake.catalog.row import Row
from bake.catalog.type_words import describe
from bake.catalog.values import Json, shown
from bake.changeset.model import Needs, Outcome, Uuids, Warn, WarningCode
from bake.changeset.pointers import pointer
from bake.changeset.warnings import rank
from bake.commands import quoted
from bake.compiler.context import Context
from bake.compiler.questions.question_records import told_of_new_row
from bake.compiler.questions.questions import Asking
from bake.compiler.reading.binding import BadValue, Reading
from bake.compiler.reading.column_decisions import ColumnDecision, column_decision, options_of
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.resolved import Awaited, Found, Resolved, Unclear
from bake.compiler.rows.row_keys import uuids_of


class OperationDraft(msgspec.Struct):
    """An operation that is being put together.

    Attributes:
        n: the number of the operation.
        reading: the record that it comes from.
        values: after-values by field.
        needs: by JSON pointer of a field, the question or operation that it waits for.
        warnings: the warnings about its values.
        uuids: by JSON pointer of a reference, the uuid of the row that it names.
        outcomes: by question and option, what that option makes of the operation.
    """

    n: int
    reading: Reading
    values: dict[str, Json] = msgspec.field(default_factory=dict)
    needs: Needs = msgspec.field(default_factory=dict)
    warnings: list[Warn] = msgspec.field(default_factory=list)
    uuids: Uuids = msgspec.field(default_factory=dict)
    outcomes: dict[str, dict[str, Outcome]] = msgspec.field(default_factory=dict)

    def ask(self, name: str, question: str | int) -> None:
        """Let a field wait for a question's answer or for another operation."""
        self.needs[pointer(name)] = question


def write_reference(context: Context, item: Entity, draft: OperationDraft, name: str, resolved: Resolved) -> None:
    """Write the key of the row that a reference was resolved to, or else its lookup, with a question."""
    target = item.references[name]
    lookup = draft.reading.lookups[name]
    match resolved:
        case Found(row, key, by):
            draft.values[name] = key
            context.claims.used[target].add(row.id)
            draft.uuids |= uuids_of(pointer(name), key, row)
            if by is not None:
                said = ", ".join(map(str, key.values()))
                context.notices.add("normalised", f"{name}: {by!r} was taken for {said}", draft.reading.number)
            elif others := context.references.contradicted(target, lookup, row):
                message = f"{name}: its key was used; {enumerated(others)} of that row is not what the record says"
                context.notices.add("reference_differs", message, draft.reading.number)
            _warn_of_other_names(context, draft, name, row)
        case CreatedRow(n, key) | Awaited(made=(CreatedRow(n, key),)):
            draft.values[name] = key
            draft.ask(name, n)
        case Unclear():
            wanted = question_lookup(context.catalog.entities, target, lookup)
            draft.values[name] = wanted
            entity = context.catalog.entities[target]
            rows, made = resolved.rows, resolved.made
            context.claims.use(target, rows)
            origin = context.origin(draft.reading, name)
            view = context.view_of(draft.reading.number)
            told = told_of_new_row(entity, view, draft.reading.value, wanted) if view else {}
            asking = Asking(item.name, {**draft.reading.fields, **draft.reading.lookups}, name)
            several, offered = len(rows) + len(made), partial(context.offered, entity, rows, made)
            draft.ask(
                name, context.questions.reference(target, wanted, draft.n, origin, several, offered, asking, told)
            )


def _warn_of_other_names(context: Context, draft: OperationDraft, name: str, row: Row) -> None:
    """Warn of a computed name in a record that is not that of the row which is referred to: neither has all its words.

    Such a name, of several fields of the row, is only shown, and the row is found by something else, such as a barcode.
    """
    for column, fields in context.joined_columns(draft.reading.number, name):
        said = draft.reading.value.get(column)
        parts = [part for field in fields if isinstance(part := row.values.get(field), str)]
        if isinstance(said, str) and parts:
            ours, theirs = (set(name_forms(text).by_words.split()) for text in (said, " ".join(parts)))
            if ours and not ours <= theirs and not theirs <= ours:
                message = f"{column} says {shown(said)}, but the row that is meant is {shown(' '.join(parts))}"
                warn(draft, name, message)


def write_misfit(
    context: Context,
    item: Entity,
    draft: OperationDraft,
    name: str,
    unchanged: Callable[[Json], bool] = lambda _: False,
) -> None:
    """Write null for a value that cannot be parsed, and ask for the value, or for the way to read the whole column.

    Args:
        context: the compilation.
        item: the entity.
        draft: the draft; the null and the question are added to it.
        name: the name of the field.
        unchanged: whether a canonical value is the row's already.
    """
    bad = draft.reading.bad[name]
    draft.values[name] = None
    decision = column_decision(context, item, name, bad, draft.reading)
    if decision is not None:
        clears = draft.reading.usable_base is not None and item.fields[name].nullable
        _ask_decision(
            context, draft, name, decision, bad, lambda one: unchanged(one.value) or (one is NOTHING and not clears)
        )
    else:
        problem, cause = str(bad.misfit), ""
        if says_nothing(bad.raw):
            what = f"{readings.quoted(bad.raw)} and the like say nothing, and {name} is needed"
            problem = f"{what}; expected {bad.misfit.expected}"
            cause = NOTHING.name
        origin = context.origin(draft.reading, name, bad.column)
        draft.ask(name, context.questions.invalid(item.name, name, bad.raw, problem, draft.n, origin, cause=cause))


def _ask_decision(
    context: Context,
    draft: OperationDraft,
    name: str,
    decision: ColumnDecision,
    bad: BadValue,
    is_left: Callable[[Meaning], bool],
) -> None:
    """Ask how a value is to be read; by a reading that `is_left`, the field is left alone."""
    question = decision.ask(context, draft.n, options_of(decision, bad))
    draft.ask(name, question)
    draft.outcomes[question] = {
        one.name: Outcome(omit=(name,)) if is_left(one) else Outcome(values={name: one.value})
        for one in decision.meanings
    }


def ask_required(context: Context, item: Entity, draft: OperationDraft, name: str) -> None:
    """Write null, and ask for the value of a field that a new row needs and the record does not give.

    All such records share one question, but for a name or key, of which each needs its own. If no record of a list has
    a column for it, the question says so.
    """
    expected = describe(item.fields[name].type)
    if target := item.references.get(name):
        expected += f"{context.known_here(target)}; a new one: write its name in the file, and build again"
    problem = f"a new row of {item.name} needs {name}; expected {expected}"
    cause = "" if name in naming_fields(item) else "lacking"
    if cause and (section := context.lacking_in(draft.reading.number, name)):
        none_says = f"none of the {section.records} records of {section.name} says {name}"
        problem = f"{none_says}, which new rows of {item.name} need: one value for all; expected {expected}"
        cause = f"lacking in {section.name}"
    elif title := context.begins_with(draft.reading.number, name):
        problem += f"; if a blank cell says what stands above it: build again with --fill-down {quoted(title)}"
    origin = context.origin(draft.reading, name)
    draft.values[name] = None
    draft.ask(name, context.questions.invalid(item.name, name, None, problem, draft.n, origin, cause=cause))


def warn(
    draft: OperationDraft, name: str, message: str, *, code: WarningCode = "check", factor: int | None = None
) -> None:
    """Add a warning about a value that looks wrong; under `strict`, `ask_about_warnings` makes a question of it."""
    draft.warnings.append(Warn(field=name, message=message, code=code, factor=factor))


def ask_about_warnings(context: Context, item: Entity, draft: OperationDraft) -> None:
    """Under `strict`, ask one question for each field with warnings, unless a question about the field exists already.

    To be called after all warnings have been added.
    """
    if not context.options.strict:
        return
    for name in dict.fromkeys(warning.field for warning in draft.warnings):
        if isinstance(draft.needs.get(pointer(name)), str):
            continue
        about = sorted((one for one in draft.warnings if one.field == name), key=rank)
        problem = "; ".join(one.message for one in about)
        origin = context.origin(draft.reading, name)
        value, code = draft.values.get(name), about[0].code
        draft.ask(name, context.questions.invalid(item.name, name, value, problem, draft.n, origin, warning=code))


def ask_about_mangled(context: Context, item: Entity, draft: OperationDraft) -> None:
    """Write null for codes that a spreadsheet has changed into numbers, and ask once for all: each has its own."""
    for name in item.coded:
        value = draft.values.get(name)
        problem = item.fields[name].mangled(value)
        if problem and pointer(name) not in draft.needs:
            bad = BadValue(name, value, Mangled(problem, "a whole code"))
            decision = column_decision(context, item, name, bad, draft.reading)
            draft.values[name] = None
            if decision is not None:
                _ask_decision(context, draft, name, decision, bad, lambda one: one is NOTHING)


def run_checks(item: Entity, draft: OperationDraft) -> None:
    """Run the checks of the catalog on all values of a draft that are decided, and add their warnings."""
    for name in item.checked:
        value = draft.values.get(name)
        if value is None or pointer(name) in draft.needs:
            continue
        for check in item.fields[name].checks:
            message = check(value)
            if message:
                warn(draft, name, message)
