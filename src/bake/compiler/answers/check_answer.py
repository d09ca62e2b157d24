"""An answer checked against its question: the events that record it, or why it does not fit.

What may be answered to which kind of question, and what it does, is the table of `bake.changeset.effects`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from msgspec import UNSET, structs

from bake.catalog.field_types import Reference, Sensitive
from bake.catalog.lookups import frozen
from bake.catalog.model import Catalog
from bake.catalog.values import Json, Misfit, shown
from bake.changeset.effects import CHOICES, may_be_anothers_row
from bake.changeset.events import Answered, Asked
from bake.changeset.model import Candidate, Change, Choice, Create, Key, Needs, Option, Question, Uuids
from bake.changeset.runs import numbers
from bake.changeset.single_answers import claiming, options_of, takes_value
from bake.compiler.answers.new_row import new_row, read_value, resolve_named
from bake.compiler.answers.resolution_state import BlockedOperations, ResolutionState
from bake.compiler.answers.taken_keys import key_is_taken
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.resolved import Found
from bake.compiler.rows.row_keys import uuids_of
from bake.errors import InvalidAnswers, Problem
from bake.resolution.answers import Answer

#: How many of the operations that ask are listed where another one was named.
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer that fits: its events, without actor and time, and what is worth telling the person."""

    events: tuple[Asked | Answered, ...]
    warnings: tuple[str, ...] = ()


def check_answer(answer: Answer, state: ResolutionState) -> Accepted:
    """Check an answer.

    Args:
        answer: as it was given.
        state: the changeset. If the question already has an answer that creates a row, it must have been prepared
            for this question to be revised.

    Returns:
        The events: further questions that the answer opens, then the answer.

    Raises:
        InvalidAnswers: it does not fit; all reasons are among the problems.
    """
    question = state.decisions.questions.get(answer.question)
    if question is None:
        raise _refused(answer.question, ["there is no such question"])
    choices = choices_of(question, state, answer.operation)
    if answer.choice not in choices:
        raise _refused(question.id, [_misfit(answer, question, state, choices)])
    accepted = (_for_operation if question.takes_single_answers else _checked)(answer, question, state)
    _keep_promises(accepted, question, state)
    return replace(accepted, events=tuple(_revising(event, question, state) for event in accepted.events))


def with_tokens(answer: Answer, question: Question, catalog: Catalog) -> Answer:
    """An answer that fits, as it may be shown: with the tokens of its sensitive values."""
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


def _misfit(answer: Answer, question: Question, state: ResolutionState, choices: tuple[Choice, ...]) -> str:
    """Why an answer does not fit a question, and what would."""
    n, now = answer.operation, state.decisions.reach.branching.get(answer.operation or 0)
    if answer.choice == "value" and now is not None and may_be_anothers_row(now, question.id):
        what = f"other records may be about the row of operation {n}, by how their column is read"
        return f"{what}: choose for all that ask, or set the value in the file, and build that again"
    return f"{shown(answer.choice)} does not fit; expected {' or '.join(choices)}"


def _revising(event: Asked | Answered, question: Question, state: ResolutionState) -> Asked | Answered:
    """An answer that names those that it takes the place of."""
    if isinstance(event, Asked):
        return event
    standing = state.decisions.standing(question.id, event.operation if question.takes_single_answers else None)
    return structs.replace(event, revises=tuple(answer.digest for answer in standing if answer.digest))


def choices_of(question: Question, state: ResolutionState, operation: int | None = None) -> tuple[Choice, ...]:
    """The answers that fit a question, or a decision for one operation.

    What a new row needs cannot be left out of it, what does not fit cannot stay; and a row is no value.
    """
    choices: tuple[Choice, ...] = CHOICES[question.kind]  # type: ignore[assignment]
    if question.warning is None:
        choices = tuple(choice for choice in choices if choice != "keep")
    declared = state.catalog.entities[question.entity].fields.get(question.field or "")
    takes_none = operation is not None and not takes_value(state.decisions, question, operation)
    if question.kind == "decision" and (declared is None or takes_none):
        choices = tuple(choice for choice in choices if choice != "value")
    if declared and declared.required and state.waiting.get(question.id, BlockedOperations()).creates:
        return tuple(choice for choice in choices if choice != "omit")
    return choices


def _checked(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    match question.kind, answer.choice:
        case (("missing" | "ambiguous"), "create"):
            return _create(answer, question, state)
        case (("missing" | "ambiguous"), "map"):
            return _map(answer, question, state)
        case "identity", "map":
            return _answered(answer, key=_candidate(answer, question).key)
        case "identity", "create":
            return _new(answer, question, state)
        case "decision", "choose":
            return _answered(answer, option=_option(answer, question, state))
        case "decision", "value" if answer.operation is None:
            expected = f"one of {_listed(question)}, such as {question.id}/{next(numbers(question.asked_by), 1)}=…"
            raise _refused(question.id, [f"a value is for one operation alone; expected {expected}"])
        case _, "value":
            return _value(answer, question, state)
        case ("conflict", "file") | ("invalid", "keep"):
            return _as_in_the_file(answer, question, state)
        case "duplicate", "take":
            return _take(answer, question)
        case _:
            return _answered(answer)


def _for_operation(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    """An answer for all operations that ask, or for the one that it names."""
    n = answer.operation
    if n is not None and all(n != asking for asking in numbers(question.asked_by)):
        raise _refused(question.id, [f"operation {n} does not ask this; expected one of {_listed(question)}"])
    accepted = _checked(answer, question, state)
    events = tuple(structs.replace(one, operation=n) if isinstance(one, Answered) else one for one in accepted.events)
    if answer.choice != "choose" or n is not None:
        return replace(accepted, events=events)
    left = sum(1 for _ in state.decisions.after(events).undecided(question))
    waiting = [f"{answer.option} does not fit {left:,} of the operations that ask; they wait"] if left else []
    return Accepted(events, (*accepted.warnings, *waiting))


def _option(answer: Answer, question: Question, state: ResolutionState) -> str:
    """The name of the option that was chosen, which fits the operation that the answer is for."""
    offered = [option.name for option in options_for(question, answer.operation, state)]
    if answer.option in offered:
        n = answer.operation
        if n is not None and (other := claiming(state.decisions, question, n, answer.option)) is not None:
            raise _refused(question.id, [f"operation {other} was said to be this row; answer it again first"])
        return answer.option
    asked = shown(answer.option) if answer.option else "no option"
    to = "" if answer.operation is None else f" operation {answer.operation}"
    raise _refused(question.id, [f"{asked} does not fit{to}; expected {' or '.join(offered) or 'skip'}"])


def options_for(question: Question, operation: int | None, state: ResolutionState) -> tuple[Option, ...]:
    """The options of a decision; of one operation alone, those that fit it, without what they say of other records."""
    if operation is None:
        return question.options
    names = options_of(state.decisions, question, operation)
    offered = {option.name: structs.replace(option, records=1, example=None) for option in question.options}
    rows = {name: state.decisions.reach.row_of(question.id, operation, name) for name in names if name not in offered}
    alone = {name: Option(name=name, label=row.label) for name, row in rows.items() if row is not None}
    return tuple(option for name, option in (offered | alone).items() if name in names)


def _listed(question: Question) -> str:
    """The numbers of the operations that ask, the first few of many."""
    first = [str(n) for n in islice(numbers(question.asked_by), _LISTED + 1)]
    return ", ".join(first[:_LISTED]) + (", …" if len(first) > _LISTED else "")


def _create(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    row = new_row(state, question, answer)
    if row.problems:
        raise _refused(question.id, row.problems)
    accepted = _answered(answer, key=row.key, values=row.values, needs=row.needs, uuids=row.uuids)
    asked = tuple(Asked(by="", at="", prev="", question=further) for further in row.asked)
    return Accepted((*asked, *accepted.events), tuple(row.warnings))


def _new(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    """A record is about a new row: no other record may make a row with the same key."""
    create = next((one for one in _blocked(state, question) if isinstance(one, Create)), None)
    if create is not None and (why := key_is_taken(state, question, create)) is not None:
        raise _refused(question.id, [why])
    return _answered(answer)


def _blocked(state: ResolutionState, question: Question) -> list[Change]:
    blocked = state.waiting.get(question.id)
    return blocked.examples if blocked is not None else []


def _map(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    if answer.key is None:
        raise _refused(question.id, ["`map` needs the key of a row"])
    row = _row(state, question, question.entity, answer.key)
    offered = next((c.uuids for c in question.candidates if frozen(c.key) == frozen(row.key)), {})
    if "" in offered and "" in row.uuids and offered != row.uuids:
        moved = f"{_said(row.key)} is another row by now than the one that was offered; build the changeset again"
        raise _refused(question.id, [moved])
    return _answered(answer, key=row.key, needs=row.needs, uuids=row.uuids)


class _Row(NamedTuple):
    """A row that an answer names: its key, and what it waits for, or else its uuid, both at the place ""."""

    key: Key
    needs: Needs
    uuids: Uuids


def _row(state: ResolutionState, question: Question, entity: str, raw: Json) -> _Row:
    """The row that is named exactly."""
    try:
        _, hit = resolve_named(state, entity, raw)
    except Misfit as misfit:
        raise _refused(question.id, [str(misfit)]) from None
    match hit:
        case Found(row, key, None):
            return _Row(key, {}, uuids_of("", key, row))
        case CreatedRow(n, key):
            return _Row(key, {"": n}, {})
        case Found(_, key, by):
            near = f"; did you mean {_said(key)} ({by})?"
        case _:
            likely = state.ranking.search(entity, _said(raw) if isinstance(raw, dict) else str(raw), 3)
            near = f"; did you mean {', '.join(_said(candidate.key) for candidate in likely)}?" if likely else ""
    said = _said(raw) if isinstance(raw, dict) else str(raw)
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
        row = _row(state, question, declared.type.entity, answer.value)
        return _answered(answer, value=row.key, needs=row.needs, uuids=row.uuids)
    try:
        value = read_value(declared.type, answer.value, typed=answer.typed)
    except Misfit as misfit:
        raise _refused(question.id, [f"{declared.name}: {misfit}"]) from None
    if mangled := declared.mangled(value):
        raise _refused(question.id, [f"{declared.name}: {mangled}"])
    messages = (check(value) for check in declared.checks)
    return Accepted(_answered(answer, value=value).events, tuple(f"{declared.name}: {m}" for m in messages if m))


def _as_in_the_file(answer: Answer, question: Question, state: ResolutionState) -> Accepted:
    """The value of the file counts; if it is a row that another operation creates, that one is waited for."""
    declared = state.catalog.entities[question.entity].fields.get(question.field or "")
    if declared is None or declared.target is None or not isinstance(question.value, dict):
        return _answered(answer)
    try:
        _, hit = resolve_named(state, declared.target, question.value)
    except Misfit:
        return _answered(answer)
    return _answered(answer, needs={"": hit.n} if isinstance(hit, CreatedRow) else {})


def _candidate(answer: Answer, question: Question) -> Candidate:
    """The candidate that was chosen: a record that may be one of several rows is one of these, or new."""
    single = {str(part): c for c in question.candidates for part in c.key.values() if len(c.key) == 1}
    for candidate in question.candidates:
        if answer.key is not None and frozen(candidate.key) == frozen(answer.key):
            return candidate
    chosen = single.get(_said(answer.key or {}))
    if chosen is None:
        offered = " or ".join(_said(candidate.key) for candidate in question.candidates)
        others = " (to mean another row, give its record a whole key, and build again)" if question.more else ""
        raise _refused(question.id, [f"this is none of its candidates; expected {offered}{others}"])
    return chosen


def _take(answer: Answer, question: Question) -> Accepted:
    asking = list(numbers(question.asked_by))
    if answer.operation not in asking:
        offered = " or ".join(map(str, asking))
        raise _refused(question.id, [f"`take` needs the number of the operation that counts; expected {offered}"])
    return _answered(answer, operation=answer.operation)


def _keep_promises(accepted: Accepted, question: Question, state: ResolutionState) -> None:
    """Refuse to take back a new row that other answers chose."""
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


def _said(key: Key) -> str:
    return ", ".join(_said(part) if isinstance(part, dict) else str(part) for part in key.values())


def _refused(question: str, problems: list[str]) -> InvalidAnswers:
    listed = [Problem(f"{question}: {problem}") for problem in problems]
    return InvalidAnswers(f"the answer to {question} does not fit", problems=listed)
