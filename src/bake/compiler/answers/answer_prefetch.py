"""Reads the rows that the checks of many answers will need, with a few queries for all of them.

Nothing is decided here. The rows go into a caching snapshot (`bake.compiler.caching_snapshot`), where the check of each
answer finds them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress

from bake.catalog.entity import Entity
from bake.catalog.field_types import Reference
from bake.catalog.lookups import given, proposed
from bake.catalog.values import Json, Misfit
from bake.changeset.model import Key, Question, Row
from bake.compiler.answers.new_row import lookup_of, read_value, resolve_named, said_of
from bake.compiler.answers.resolution_state import ResolutionState
from bake.compiler.drafting.new_keys import Completion, derived_uuid
from bake.compiler.rows.resolved import Found
from bake.resolution.answers import Answer


def prefetch(state: ResolutionState, answers: Iterable[Answer]) -> None:
    """Read the rows that answers name, and existing rows with the keys of rows that answers create."""
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    named: defaultdict[str, list[Json]] = defaultdict(list)
    for answer in answers:
        question = state.decisions.questions.get(answer.question)
        if question is None or question.entity not in state.catalog.entities:
            continue
        references = state.catalog.entities[question.entity].references
        if answer.choice == "create":
            row = _new_row(state, question, answer)
            rows[question.entity].append(row)
            for name in references.keys() & row.keys():
                named[references[name]].append(row[name])
        elif chosen := _chosen(state, question, answer):
            named[chosen[0]].append(chosen[1])
    for entity, keys in named.items():
        _resolve(state, entity, keys)
    for entity, those in rows.items():
        _look_up_keys(state, state.catalog.entities[entity], those)


def _chosen(state: ResolutionState, question: Question, answer: Answer) -> tuple[str, Json] | None:
    """The entity and the key or lookup of the row that an answer chooses; None if it chooses none."""
    target = state.catalog.entities[question.entity].references.get(question.field or "")
    match question.kind, answer.choice:
        case (("missing" | "ambiguous"), "map") if answer.key is not None:
            return question.entity, answer.key
        case _, "value" if target and isinstance(answer.value, (dict, str)):
            return target, answer.value
        case "conflict", "file" if target and isinstance(question.value, dict):
            return target, question.value
        case _:
            return None


def _resolve(state: ResolutionState, entity: str, named: Sequence[Json]) -> None:
    """Resolve lookups from answers, and then the keys of the rows found, since created rows name them by key."""
    lookups: list[Key] = []
    for raw in named:
        with suppress(Misfit):  # it is reported when the answer is checked
            lookups.append(lookup_of(state, entity, raw))
    references = state.known.references
    hits = references.resolve(entity, lookups)
    references.resolve(entity, [hit.key for hit in hits.values() if isinstance(hit, Found)])


def _new_row(state: ResolutionState, question: Question, answer: Answer) -> Row:
    """The values of the row that an answer creates, without those that cannot be parsed; references as given."""
    item = state.catalog.entities[question.entity]
    said = {**said_of(item, question), **(answer.values or {})}
    row: Row = {}
    if "uuid" in item.fields:
        row["uuid"] = derived_uuid(state.digest, question.id)
    for name in (name for name in item.fields if given(said, name)):
        type_ = item.fields[name].type
        with suppress(Misfit):  # it is reported when the answer is checked
            row[name] = (
                said[name] if isinstance(type_, Reference) else read_value(type_, said[name], typed=answer.typed)
            )
    return row


def _look_up_keys(state: ResolutionState, item: Entity, rows: Sequence[Row]) -> None:
    """Read existing rows with the keys of new rows, both given and derived ones."""
    documents = [_with_keys(state, item, row) for row in rows]
    Completion(state.known, item, documents)  # reads the derived keys of all rows together
    for document in documents:
        for name, derivation in item.derived.items():
            if not given(document, name) and (stem := proposed(derivation, document)):
                document[name] = stem
    state.known.references.stored.exact(item, documents)


def _with_keys(state: ResolutionState, item: Entity, row: Row) -> Row:
    """The values of a new row, its references as keys; those to rows that are not in the database are left out."""
    document = dict(row)
    for name in item.references.keys() & row.keys():
        del document[name]
        with suppress(Misfit):
            _, hit = resolve_named(state, item.references[name], row[name])
            if isinstance(hit, Found):
                document[name] = hit.key
    return document
