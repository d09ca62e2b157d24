"""An operation as it is shown: field by field, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec import structs

from bake.changeset.model import Change, Create, Delete, Needs, Patch, Row, Test, Update
from bake.changeset.pointers import field_of
from bake.commands import quoted
from bake.renderer.document_parts import ChangeAction, Chosen, FieldChange, Step


def step(operation: Change) -> Step:
    """An operation with all that is shown of it."""
    return Step(
        n=operation.n,
        action=action_of(operation),
        entity=operation.entity,
        key=operation.key,
        label=operation.label,
        fields=tuple(_fields(operation)),
        waits_for=operation.needs.get(""),
        perhaps=tuple(_rows(operation)),
        from_=operation.from_,
        warnings=operation.warnings,
        evidence=() if isinstance(operation, Delete) else operation.evidence,
    )


def _rows(operation: Change) -> Iterator[Chosen]:
    """The rows that it may turn out to be by the decision that it waits for."""
    question = str(operation.needs.get(""))
    for name, outcome in operation.outcomes.get(question, {}).items():
        if (row := outcome.same_as) is not None and not outcome.for_all:
            option = f"--choose {quoted(f'{question}/{operation.n}={name}')}"
            yield Chosen(key=row.key, label=row.label, option=option)


def action_of(operation: Change) -> ChangeAction:
    """What an operation does, in a word."""
    match operation:
        case Create():
            return "create"
        case Update():
            return "update"
        case Delete():
            return "delete"
        case _:
            assert_never(operation)


def _fields(operation: Change) -> Iterator[FieldChange]:
    match operation:
        case Create():
            yield from _created(operation.values, operation.needs)
        case Update():
            yield from _patched(operation.patch, operation.needs)
        case Delete():
            yield from (FieldChange(field=name, before=value) for name, value in operation.before.items())
        case _:
            assert_never(operation)


def _created(values: Row, needs: Needs) -> Iterator[FieldChange]:
    waiting = {field_of(pointer): need for pointer, need in needs.items() if pointer}
    for name, value in values.items():
        yield FieldChange(field=name, after=value, waits_for=waiting.pop(name, None))
    for name, need in waiting.items():
        yield FieldChange(field=name, waits_for=need)


def _patched(patch: Patch, needs: Needs) -> Iterator[FieldChange]:
    sides: dict[str, FieldChange] = {}
    for path in [step.path for step in patch] + [pointer for pointer in needs if pointer]:
        sides.setdefault(path, FieldChange(field=field_of(path), waits_for=needs.get(path)))
    for part in patch:
        side = {"before": part.value} if isinstance(part, Test) else {"after": part.value}
        sides[part.path] = structs.replace(sides[part.path], **side)
    yield from sides.values()
