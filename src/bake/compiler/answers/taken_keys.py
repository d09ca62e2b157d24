"""Whether a record can be a new row: another row may have its key, here or in the same changeset."""

from __future__ import annotations

from collections.abc import Iterator

from bake.catalog.lookups import frozen
from bake.catalog.names import enumerated, key_words
from bake.changeset.model import Create, Key, Question
from bake.changeset.runs import numbers
from bake.compiler.answers.resolution_state import ResolutionState, pinned_values
from bake.compiler.rows.rows_today import RowsToday


def key_is_taken(state: ResolutionState, question: Question, create: Create) -> str | None:
    """Why the record that asks which row it is cannot be a new one, and what to do instead; None if it can."""
    if (taken := same_key(state, create)) is not None:
        fields, other = taken
        chosen = next((c for c in question.candidates if c.operation == other), None)
        to = "map it to that row, or skip it" if chosen else "skip it, or give another key in the file, and build again"
        return f"operation {other} makes a new row with the same {enumerated(fields)} already; {to}"
    if (key := _kept_key(state, create)) is not None:
        return f"{key_words(key)} has a key of it, and is here; map it to that row, skip it, or give it another key"
    return None


def same_key(state: ResolutionState, create: Create) -> tuple[tuple[str, ...], int] | None:
    """The operation of another new row with a natural key of a new row, nulls included, and that key; None if none is.

    Rows of which it is still asked whether they are new do not count.
    """
    item, rows = state.catalog.entities[create.entity], state.known.created_rows
    pinned = pinned_values(state.known, item, create)
    for key in item.keys:
        said = {name: pinned.get(name) for name in key}
        made = rows.by_parts(item, said) if len(key) > 1 else [one for one in (rows.by_key(item, said),) if one]
        numbers_ = [one.n for one in made if rows.has_key(key, one, said)]
        for n in (*numbers_, *_said_to_be_new(state, create, key)):
            if n != create.n and _is_new(state, n):
                return key, n
    return None


def _kept_key(state: ResolutionState, create: Create) -> Key | None:
    """The key of the row of the database that has a key of a new row, and keeps it; None if there is none."""
    item = state.catalog.entities[create.entity]
    row = RowsToday(state.known).holders(item, [create]).get(create.n)
    if row is None:
        return None
    state.known.fetch_names(item, [row])
    key = state.known.keys.key(item.name, row)
    return None if (item.name, frozen(key)) in state.freed else key


def _said_to_be_new(state: ResolutionState, create: Create, key: tuple[str, ...]) -> Iterator[int]:
    """The operations with the key of a create of which it was asked which row they are."""
    if create.key.keys() == set(key):
        for question in state.doubted.get((create.entity, frozen(create.key)), ()):
            yield from numbers(question.asked_by)


def _is_new(state: ResolutionState, n: int) -> bool:
    """Whether an operation still creates a row, by the answers to which row it is about."""
    asked = (one for one in state.decisions.questions.values() if one.kind == "identity" and n in numbers(one.asked_by))
    answers = [state.decisions.answers.get(question.id) for question in asked]
    new = all(answer is not None and answer.choice == "create" for answer in answers)
    return new and n not in state.decisions.skipped
