"""Amends operations: sets a field to another value, with the checks that an answer gets, or drops the operation."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import assert_never

from msgspec import structs

from bake.catalog.entity import Entity
from bake.catalog.field import Field
from bake.catalog.field_types import Reference
from bake.catalog.type_words import describe
from bake.catalog.values import Json, Misfit, same, shown
from bake.changeset.effects import may_be_anothers_row
from bake.changeset.model import (
    Change,
    Create,
    Delete,
    Operation,
    Outcome,
    Outcomes,
    Patch,
    Replace,
    Row,
    Skip,
    Test,
    Update,
    Uuids,
    Warn,
)
from bake.changeset.operation_edits import skip_of
from bake.changeset.pointers import pointer
from bake.compiler.answers.new_row import resolve_named
from bake.compiler.answers.resolution_state import ResolutionState
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.resolved import Found
from bake.compiler.rows.row_keys import uuids_of
from bake.resolution.json_text import parsed_object
from bake.resolution.typed_value import from_text

#: The text that stands for null.
NULL = "null"


class NotAmendable(ValueError):
    """An operation cannot be amended like this; the message says why, and what is expected."""


@dataclass(frozen=True, slots=True)
class _Value:
    """The new value of a field.

    Attributes:
        declared: the field.
        value: its canonical value; for a reference, the key of a row, or null.
        made_by: for a reference to a created row, the number of the operation that creates it.
        uuid: for a reference to a row of the database, its uuid, if it has one.
    """

    declared: Field
    value: Json
    made_by: int | None = None
    uuid: str | None = None

    def uuids(self, known: Uuids) -> Uuids:
        """The `uuids` of an operation after its field is set to this value.

        Args:
            known: its `uuids` before.
        """
        path = pointer(self.declared.name)
        rest = {place: uuid for place, uuid in known.items() if place != path}
        return rest if self.uuid is None else {**rest, path: self.uuid}


def with_value(state: ResolutionState, operation: Operation, name: str, text: str, *, referred_to: bool) -> Operation:
    """The operation after one of its fields is set.

    Args:
        state: the state of the changeset.
        operation: the operation without answers applied (`Changeset.bare`).
        name: the name of the field.
        text: the value as typed: `null`, for a reference a key or a JSON object, else a text that can be parsed.
        referred_to: whether other operations name the row that this one creates by its key.

    Raises:
        NotAmendable: the operation has no such field, or it cannot be set to this value.
    """
    match operation:
        case Skip():
            raise NotAmendable("it leaves records out; nothing in it can be set")
        case Delete():
            raise NotAmendable("it deletes a row; nothing in it can be set, but it can be dropped")
        case Create() | Update():
            item = state.catalog.entities[operation.entity]
            declared = _declared(item, name)
            if name in item.compared and may_be_anothers_row(operation):
                raise NotAmendable(_ENTANGLED.format(name=name))
            wanted = _read(state, declared, text)
            result = (
                _create(state, item, operation, declared, wanted, referred_to)
                if isinstance(operation, Create)
                else _update(state, item, operation, declared, wanted)
            )
            return _checked(declared, wanted, structs.replace(result, outcomes=_outcomes(state, item, result, wanted)))
        case _:
            assert_never(operation)


_ENTANGLED = (
    "{name} tells which row this is, and other records may be about that row, by how columns are read: "
    "set it in the file, and build that again"
)


def dropped(operation: Operation, reason: str) -> Skip:
    """The skip that an operation becomes when it is dropped.

    Raises:
        NotAmendable: it is a skip already.
    """
    if isinstance(operation, Skip):
        raise NotAmendable("it leaves records out already")
    return skip_of(operation, reason)


def _declared(item: Entity, name: str) -> Field:
    if name in item.fields:
        return item.fields[name]
    near = get_close_matches(name, item.fields, n=1)
    hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(item.fields)}"
    raise NotAmendable(f"{item.name} have no field {shown(name)}; {hint}")


def _read(state: ResolutionState, declared: Field, text: str) -> _Value:
    if text == NULL:
        if not declared.nullable or declared.required:
            raise NotAmendable(f"{declared.name} takes no null; expected {describe(declared.type)}")
        return _Value(declared, None)
    try:
        if not isinstance(declared.type, Reference):
            return _Value(declared, from_text(declared.type, text))
        _, hit = resolve_named(state, declared.type.entity, parsed_object(text) or text)
    except Misfit as misfit:
        raise NotAmendable(f"{declared.name}: {misfit}") from None
    match hit:
        case Found(row, key, None):
            return _Value(declared, key, uuid=uuids_of("", key, row).get(""))
        case CreatedRow(n, key):
            return _Value(declared, key, n)
        case _:
            likely = state.ranking.search(declared.type.entity, text, 3)
            near = ", ".join(" ".join(map(str, candidate.key.values())) for candidate in likely)
            raise NotAmendable(
                f"{declared.name}: none of the {declared.type.entity} is {shown(text)}"
                + (f"; did you mean {near}?" if near else "")
            )


def _create(
    state: ResolutionState, item: Entity, create: Create, declared: Field, wanted: _Value, referred_to: bool
) -> Create:
    name = declared.name
    given: Row = {**create.values, name: wanted.value}
    values = {
        field: given[field] for field in item.fields if field in given and (given[field] is not None or field != name)
    }
    if name in create.key and referred_to:
        raise NotAmendable(
            f"{name} is part of the key by which other operations name the row; drop it, and create another"
        )
    key = {part: values.get(part) if part == name else value for part, value in create.key.items()}
    rows = state.known.references.stored.exact(item, [values])[0] if _is_key(item, name) else []
    if rows:
        taken = state.known.candidate(item, rows[0])
        raise NotAmendable(f"{taken.label} is there already under this key")
    needs, uuids = _needs(create, name, wanted), wanted.uuids(create.uuids)
    return structs.replace(create, values=values, key=key, needs=needs, uuids=uuids)


def _update(state: ResolutionState, item: Entity, update: Update, declared: Field, wanted: _Value) -> Update:
    if not declared.editable:
        raise NotAmendable(f"{declared.name} of {item.name} cannot be edited")
    path = pointer(declared.name)
    tests = [step for step in update.patch if isinstance(step, Test) and step.path == path]
    before = tests[0].value if tests else _current(state, item, update, declared)
    rest: Patch = tuple(step for step in update.patch if step.path != path)
    pair = (Test(path=path, value=before), Replace(path=path, value=wanted.value))
    if same(before, wanted.value):
        patch = rest
    elif tests:
        patch = tuple(pair[1] if isinstance(s, Replace) and s.path == path else s for s in update.patch)
    else:
        patch = (*update.patch, *pair)
    needs, uuids = _needs(update, declared.name, wanted), wanted.uuids(update.uuids)
    return structs.replace(update, patch=patch, needs=needs, uuids=uuids)


def _current(state: ResolutionState, item: Entity, update: Update, declared: Field) -> Json:
    known = state.known
    rows = known.references.stored.exact(item, [update.key])[0]
    if len(rows) != 1:
        raise NotAmendable("its row is not in the database, so nothing more can be changed in it")
    return known.keys.reference(declared.target, rows[0].values[declared.name])


def _needs(change: Change, name: str, wanted: _Value) -> dict[str, str | int]:
    needs = {position: need for position, need in change.needs.items() if position != pointer(name)}
    return needs if wanted.made_by is None else {**needs, pointer(name): wanted.made_by}


def _outcomes(state: ResolutionState, item: Entity, change: Create | Update, wanted: _Value) -> Outcomes:
    """The outcomes of the decisions that an operation still needs, after a field of it was set.

    The new value replaces what any outcome does with that field, also in the row that the operation may be about. An
    option is removed if the value cannot be set there.
    """
    asked = set(map(str, change.needs.values()))
    outcomes = {question: options for question, options in change.outcomes.items() if question in asked}
    return _set_in(state, item, outcomes, wanted)


def _set_in(state: ResolutionState, item: Entity, outcomes: Outcomes, wanted: _Value) -> Outcomes:
    """Outcomes with the value set, in nested outcomes too."""
    found: Outcomes = {}
    for question, options in outcomes.items():
        for name, outcome in options.items():
            with suppress(NotAmendable):
                found.setdefault(question, {})[name] = _outcome(state, item, outcome, wanted)
    return found


def _outcome(state: ResolutionState, item: Entity, outcome: Outcome, wanted: _Value) -> Outcome:
    name, row = wanted.declared.name, outcome.same_as
    if row is not None:
        update = Update(n=0, entity=item.name, key=row.key, patch=row.patch, uuids=row.uuids)
        update = _update(state, item, update, wanted.declared, wanted)
        row = structs.replace(row, patch=update.patch, uuids=update.uuids)
    values = {field: value for field, value in outcome.values.items() if field != name}
    omit = tuple(field for field in outcome.omit if field != name)
    further = _set_in(state, item, outcome.outcomes, wanted)
    return structs.replace(outcome, same_as=row, values=values, omit=omit, outcomes=further)


def _checked(declared: Field, wanted: _Value, change: Create | Update) -> Create | Update:
    """The operation, with the warnings about the field replaced by those about its new value."""
    messages = (
        [] if wanted.value is None else [message for check in declared.checks if (message := check(wanted.value))]
    )
    kept = [warning for warning in change.warnings if warning.field != declared.name]
    evidence = tuple(one for one in change.evidence if one.field != declared.name)
    warnings = (*kept, *(Warn(field=declared.name, message=text) for text in messages))
    return structs.replace(change, warnings=warnings, evidence=evidence)


def _is_key(item: Entity, name: str) -> bool:
    return any(name in key for key in item.identities)
