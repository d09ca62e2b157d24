"""What the database is asked about many answers, asked at once before each of them is checked.

Nothing is decided here. Where the answers are checked against a snapshot that remembers
(`bake.compiler.caching_snapshot`), they find there what was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress

from bake.catalog.lookups import given
from bake.catalog.model import Entity
from bake.catalog.values import Json, Misfit, Reference
from bake.changeset.model import Key, Question, Row
from bake.compiler.new_keys import Completion, derived_uuid, proposed
from bake.compiler.new_row import lookup_of, read_value, resolve_named, said_of
from bake.compiler.references import Found
from bake.compiler.resolution_state import ResolutionState
from bake.resolution.answers import Answer


def prefetch(state: ResolutionState, answers: Iterable[Answer]) -> None:
    """Read the rows that answers name, and those that have the keys of rows which answers create."""
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
    """The entity of the row that an answer chooses, and what it says of that row; None if it chooses none."""
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
    """Resolve what answers say of rows, and then the keys of what was found: new rows are written with those."""
    lookups: list[Key] = []
    for raw in named:
        with suppress(Misfit):  # it is reported when the answer is checked
            lookups.append(lookup_of(state, entity, raw))
    references = state.known.references
    hits = references.resolve(entity, lookups)
    references.resolve(entity, [hit.key for hit in hits.values() if isinstance(hit, Found)])


def _new_row(state: ResolutionState, question: Question, answer: Answer) -> Row:
    """What is said of the new row that an answer creates, as far as it fits; references as they are given."""
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
    """Read who has the keys of new rows: those that are given, and those that will be derived."""
    documents = [_with_keys(state, item, row) for row in rows]
    Completion(state.known, item, documents)  # it asks at once for the derived keys of all of them
    for document in documents:
        for name, derivation in item.derived.items():
            if not given(document, name) and (stem := proposed(derivation, document)):
                document[name] = stem
    state.known.references.exact(item, documents)


def _with_keys(state: ResolutionState, item: Entity, row: Row) -> Row:
    """A new row with the keys of what it refers to, as far as those rows are in the database."""
    document = dict(row)
    for name in item.references.keys() & row.keys():
        del document[name]
        with suppress(Misfit):
            _, hit = resolve_named(state, item.references[name], row[name])
            if isinstance(hit, Found):
                document[name] = hit.key
    return document
