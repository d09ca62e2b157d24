"""Checks an answer against its question: returns the events that record it, or raises why it does not fit.

The table in `bake.changeset.effects` says which choices a question takes, by its kind, and what each does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from msgspec import UNSET, structs

from bake.catalog.field_types import Reference, Sensitive
from bake.catalog.lookups import frozen
from bake.catalog.model import Catalog
from bake.catalog.values import Json, Misfit, shown
from bake.changeset.events import Answered, Asked
from bake.changeset.model import Candidate, Create, Key, Needs, Question, Uuids
from bake.changeset.runs import numbers
from bake.changeset.single_answers import claiming
from bake.compiler.answers.answer_choices import asking_listed, choice_misfit, choices_of, options_for
from bake.compiler.answers.new_row import new_row, read_value, resolve_named
from bake.compiler.answers.resolution_state import ResolutionState
from bake.compiler.answers.taken_keys import key_is_taken
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.resolved import Found
from bake.compiler.rows.row_keys import uuids_of
from bake.errors import InvalidAnswers, Problem
from bake.resolution.answers import Answer


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer that fits.

    Attributes:
        events: the questions that it opens, then the answer; actor, time and `prev` are empty.
        warnings: sentences for the person who answers.
    """

    events: tuple[Asked | Answered, ...]
    warnings: tuple[str, ...] = ()


def check_answer(answer: Answer, state: ResolutionState) -> Accepted:
    """Check an answer.

    Args:
        answer: the answer as it was given.
        state: the state of the changeset. If the question already has an answer that creates a row, the state must
            have been made for its revision.

    Returns:
        The accepted answer.

    Raises:
        InvalidAnswers: it does not fit; all reasons are among the problems.
    """
    question = state.decisions.questions.get(answer.question)
    if question is None:
        raise _refused(answer.question, ["there is no such question"])
    choices = choices_of(question, state, answer.operation)
    if answer.choice not in choices:
        raise _refused(question.id, [choice_misfit(answer, question, state, choices)])
    accepted = (_for_operation if question.takes_single_answers else _accepted)(answer, question, state)
    _check_chosen_elsewhere(accepted, question, state)
    return replace(accepted, events=tuple(_revising(event, question, state) for event in accepted.events))


def with_tokens(answer: Answer, question: Question, catalog: Catalog) -> Answer:
    """An answer that fits, with tokens in the place of its sensitive values, so that it may be shown."""
    item = catalog.entities[question.entity]
    sensitive = {name: item.fields[name].type for name in item.sensitive}

    def shown_as(name: str, raw: Json) -> Json:
        type_ = sensitive.get(name)
        return read_value(type_, raw, typed=answer.typed) if isinstance(type_, Sensitive) and raw is not None else raw

    if not sensitive:
        return answer
    values = {name: shown_as(name, raw) for name, raw in answer.values.items()} if answer.values else answer.values
    value = answer.value if answer.value is UNSET else shown_as(question.field or "", answer.value)
    return replace(answer, values=values, value=value)


def _revising(event: Asked | Answered, question: Question, state: ResolutionState) -> Asked | Answered:
    """Let an answer name the earlier ones that it replaces; questions are returned as they are."""
    if isinstance(event, Asked):
        return event
    standing = state.decisions.standing(question.id, event.operation if question.takes_single_answers else None)
    return structs.replace(event, revises=tuple(answer.digest for answer in standing if answer.digest))


def _accepted(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    """Check what a choice carries: a key, a value, an option; the choice itself is one that the question takes."""
    match question.kind, answer.choice:
        case (("missing" | "ambiguous"), "create"):
            return _create(answer, question, state)
        case (("missing" | "ambiguous"), "map"):
            return _map(answer, question, state)
        case "identity", "map":
            return _answered(answer, key=_candidate(answer, question).key)
        case "identity", "create":
            return _new_row(answer, question, state)
        case "decision", "choose":
            return _answered(answer, option=_option(answer, question, state))
        case "decision", "value" if answer.operation is None:
            expected = (
                f"one of {asking_listed(question)}, such as {question.id}/{next(numbers(question.asked_by), 1)}=…"
            )
            raise _refused(question.id, [f"a value is for one operation alone; expected {expected}"])
        case _, "value":
            return _value(answer, question, state)
        case ("conflict", "file") | ("invalid", "keep"):
            return _file_value(answer, question, state)
        case "duplicate", "take":
            return _take(answer, question)
        case _:
            return _answered(answer)


def _for_operation(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    """Check an answer to a question that can be answered for all operations that ask, or for one of them."""
    n = answer.operation
    if n is not None and all(n != asking for asking in numbers(question.asked_by)):
        raise _refused(question.id, [f"operation {n} does not ask this; expected one of {asking_listed(question)}"])
    accepted = _accepted(answer, question, state)
    events = tuple(structs.replace(one, operation=n) if isinstance(one, Answered) else one for one in accepted.events)
    if answer.choice != "choose" or n is not None:
        return replace(accepted, events=events)
    left = sum(1 for _ in state.decisions.after(events).undecided(question))
    waiting = [f"{answer.option} does not fit {left:,} of the operations that ask; they wait"] if left else []
    return Accepted(events, (*accepted.warnings, *waiting))


def _option(answer: Answer, question: Question, state: ResolutionState) -> str:
    """The name of the chosen option; it has to be offered, and its row not taken by another operation."""
    offered = [option.name for option in options_for(question, answer.operation, state)]
    if answer.option in offered:
        n = answer.operation
        if n is not None and (other := claiming(state.decisions, question, n, answer.option)) is not None:
            raise _refused(question.id, [f"operation {other} was said to be this row; answer it again first"])
        return answer.option
    asked = shown(answer.option) if answer.option else "no option"
    to = "" if answer.operation is None else f" operation {answer.operation}"
    raise _refused(question.id, [f"{asked} does not fit{to}; expected {' or '.join(offered) or 'skip'}"])


def _create(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    row = new_row(state, question, answer)
    if row.problems:
        raise _refused(question.id, row.problems)
    accepted = _answered(answer, key=row.key, values=row.values, needs=row.needs, uuids=row.uuids)
    asked = tuple(Asked(by="", at="", prev="", question=further) for further in row.asked)
    return Accepted((*asked, *accepted.events), tuple(row.warnings))


def _new_row(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    """Check the answer that a record is about a new row: no other operation may create a row with the same key."""
    create = next((one for one in state.examples(question) if isinstance(one, Create)), None)
    if create is not None and (why := key_is_taken(state, question, create)) is not None:
        raise _refused(question.id, [why])
    return _answered(answer)


def _map(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    if answer.key is None:
        raise _refused(question.id, ["`map` needs the key of a row"])
    row = _named_row(state, question, question.entity, answer.key)
    offered = next((c.uuids for c in question.candidates if frozen(c.key) == frozen(row.key)), {})
    if "" in offered and "" in row.uuids and offered != row.uuids:
        moved = f"{_key_text(row.key)} is another row by now than the one that was offered; build the changeset again"
        raise _refused(question.id, [moved])
    return _answered(answer, key=row.key, needs=row.needs, uuids=row.uuids)


class _NamedRow(NamedTuple):
    """A row that an answer names.

    Attributes:
        key: its key.
        needs: at the place "", the number of the operation that creates it, if one does.
        uuids: at the place "", its uuid, if it is a row of the database with a uuid.
    """

    key: Key
    needs: Needs
    uuids: Uuids


def _named_row(state: ResolutionState, question: Question, entity: str, raw: Json) -> _NamedRow:
    """The row that a key or text names exactly.

    Raises:
        InvalidAnswers: there is none; the message names similar ones.
    """
    try:
        _, hit = resolve_named(state, entity, raw)
    except Misfit as misfit:
        raise _refused(question.id, [str(misfit)]) from None
    match hit:
        case Found(row, key, None):
            return _NamedRow(key, {}, uuids_of("", key, row))
        case CreatedRow(n, key):
            return _NamedRow(key, {"": n}, {})
        case Found(_, key, by):
            near = f"; did you mean {_key_text(key)} ({by})?"
        case _:
            likely = state.ranking.search(entity, _key_text(raw) if isinstance(raw, dict) else str(raw), 3)
            near = f"; did you mean {', '.join(_key_text(candidate.key) for candidate in likely)}?" if likely else ""
    said = _key_text(raw) if isinstance(raw, dict) else str(raw)
    raise _refused(question.id, [f"none of the {entity} is {shown(said)}{near}"])


def _value(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    if answer.value is UNSET:
        raise _refused(question.id, ["`value` needs a value"])
    declared = state.catalog.entities[question.entity].fields[question.field or ""]
    if answer.value is None:
        if not declared.nullable:
            raise _refused(question.id, [f"{declared.name} takes no null"])
        return _answered(answer, value=None)
    if isinstance(declared.type, Reference):
        row = _named_row(state, question, declared.type.entity, answer.value)
        return _answered(answer, value=row.key, needs=row.needs, uuids=row.uuids)
    try:
        value = read_value(declared.type, answer.value, typed=answer.typed)
    except Misfit as misfit:
        raise _refused(question.id, [f"{declared.name}: {misfit}"]) from None
    if mangled := declared.mangled(value):
        raise _refused(question.id, [f"{declared.name}: {mangled}"])
    messages = (check(value) for check in declared.checks)
    return Accepted(_answered(answer, value=value).events, tuple(f"{declared.name}: {m}" for m in messages if m))


def _file_value(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    """Accept the value of the file; the answer needs the operation that creates its row, if one does."""
    declared = state.catalog.entities[question.entity].fields.get(question.field or "")
    if declared is None or declared.target is None or not isinstance(question.value, dict):
        return _answered(answer)
    try:
        _, hit = resolve_named(state, declared.target, question.value)
    except Misfit:
        return _answered(answer)
    return _answered(answer, needs={"": hit.n} if isinstance(hit, CreatedRow) else {})


def _candidate(answer: Answer, question: Question) -> Candidate:
    """The candidate that was chosen, by its key, or by the only value of that."""
    single = {str(part): c for c in question.candidates for part in c.key.values() if len(c.key) == 1}
    for candidate in question.candidates:
        if answer.key is not None and frozen(candidate.key) == frozen(answer.key):
            return candidate
    chosen = single.get(_key_text(answer.key or {}))
    if chosen is None:
        offered = " or ".join(_key_text(candidate.key) for candidate in question.candidates)
        others = " (to mean another row, give its record a whole key, and build again)" if question.more else ""
        raise _refused(question.id, [f"this is none of its candidates; expected {offered}{others}"])
    return chosen


def _take(answer: Answer, question: Question) -> Accepted:
    asking = list(numbers(question.asked_by))
    if answer.operation not in asking:
        offered = " or ".join(map(str, asking))
        raise _refused(question.id, [f"`take` needs the number of the operation that counts; expected {offered}"])
    return _answered(answer, operation=answer.operation)


def _check_chosen_elsewhere(accepted: Accepted, question: Question, state: ResolutionState) -> None:
    """Refuse to change an answer that creates a row, if other answers have chosen this row."""
    earlier, now = state.decisions.answers.get(question.id), accepted.events[-1]
    if earlier is None or earlier.choice != "create" or not isinstance(now, Answered) or now.choice == "skip":
        return
    n = state.made_by(question.id)
    chose = [other.question for other in state.decisions.answers.values() if n in other.needs.values()]
    if chose and (now.choice != "create" or frozen(now.key or {}) != frozen(earlier.key or {})):
        message = f"the row that its answer creates was chosen for {', '.join(chose)}; answer these again first"
        raise _refused(question.id, [message])


def _answered(
    answer: Answer,
    *,
    key: Key | None = None,
    values: Key | None = None,
    value: Json = UNSET,
    option: str | None = None,
    operation: int | None = None,
    needs: Needs | None = None,
    uuids: Uuids | None = None,
) -> Accepted:
    """The event of an answer, with what its choice carries."""
    event = Answered(
        by="",
        at="",
        prev="",
        question=answer.question,
        choice=answer.choice,  # type: ignore[arg-type] # it is among the choices
        key=key,
        values=values,
        value=value,
        option=option,
        operation=operation,
        needs=needs or {},
        uuids=uuids or {},
        origin=answer.origin,
        proposal=answer.proposal,
    )
    return Accepted((event,))


def _key_text(key: Key) -> str:
    return ", ".join(_key_text(part) if isinstance(part, dict) else str(part) for part in key.values())


def _refused(question: str, problems: list[str]) -> InvalidAnswers:
    listed = [Problem(f"{question}: {problem}") for problem in problems]
    return InvalidAnswers(f"the answer to {question} does not fit", problems=listed)
