"""Decisions that stand: what somebody kept as it is here is not asked again while both sides are what they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from bake.catalog.values import Json, same
from bake.changeset.file import Changeset
from bake.changeset.model import Change, Create, Question, Skip, Update
from bake.changeset.patch import before_after
from bake.changeset.runs import numbers
from bake.database.ledger.kept_values import WHOLE, KeptValue, anything_kept, kept_in, row_name
from bake.database.ledger.ledger import LedgerEntry
from bake.resolution.answers import Answer

#: The options of decisions by which what is here is kept: the values of a row, and that a row is gone.
_KEEPING = ("database", "gone")


def kept_values(file: Changeset) -> Iterator[KeptValue]:
    """What the answers of a changeset keep as it is: conflicts, and decisions for what is here."""
    decisions = file.decisions
    asked: dict[int, list[Question]] = {}
    for question in decisions.questions.values():
        given = [decisions.answers.get(question.id), *decisions.exceptions.get(question.id, {}).values()]
        if any(one is not None and _keeps(one.choice, one.option) for one in given):
            for n in numbers(question.asked_by):
                asked.setdefault(n, []).append(question)
    for operation in file.operations() if asked else ():
        for question in asked.get(operation.n, ()):
            answer = decisions.answer_to(question.id, operation.n)
            if answer is not None and _keeps(answer.choice, answer.option):
                yield from _asked_about(decisions.bare(operation), question)


def _keeps(choice: str, option: str | None) -> bool:
    return choice == "database" or (choice == "choose" and option in _KEEPING)


def standing_answers(connection: sa.Connection, file: Changeset) -> list[Answer]:
    """The answers to questions of a changeset that ask what was decided before, by what the ledger keeps of that.

    Args:
        connection: sees one state of the database.
        file: the changeset, just built.
    """
    asking = [question for question in file.decisions.pending if _may_stand(question)]
    if not asking or not anything_kept(connection):
        return []
    wanted = {n for question in asking for n in numbers(question.asked_by)}
    operations = {one.n: one for one in file.operations() if one.n in wanted and not isinstance(one, Skip)}
    about = {
        (question.id, n): list(_asked_about(operations[n], question))
        for question in asking
        for n in numbers(question.asked_by)
        if n in operations
    }
    rows = dict.fromkeys(value.row for values in about.values() for value in values)
    known: dict[tuple[str, str, str], list[tuple[KeptValue, LedgerEntry]]] = {}
    for value, entry in kept_in(connection, list(rows)):
        known.setdefault(value[:3], []).append((value, entry))
    return [
        answer
        for question in asking
        for answer in _answers(
            question, {n: _stands(about.get((question.id, n), ()), known) for n in numbers(question.asked_by)}
        )
    ]


def _may_stand(question: Question) -> bool:
    match question.kind:
        case "conflict":
            return question.field is not None
        case "decision":
            return any(option.name in _KEEPING for option in question.options)
        case _:
            return False


def _answers(question: Question, stands: dict[int, LedgerEntry | None]) -> Iterator[Answer]:
    """The answers to one question; to a decision that stands for some only, one for each of these."""
    entries = [entry for entry in stands.values() if entry is not None]
    if not entries:
        return
    origin = f"decided before: {entries[-1].file}, {entries[-1].at} by {entries[-1].actor}"
    if question.kind == "conflict":
        yield Answer(question.id, "database", origin=origin)
        return
    option = next(one.name for one in question.options if one.name in _KEEPING)
    if len(entries) == len(stands):
        yield Answer(question.id, "choose", option=option, origin=origin)
        return
    for n, entry in stands.items():
        if entry is not None:
            yield Answer(question.id, "choose", option=option, operation=n, origin=origin)


def _stands(
    values: Iterable[KeptValue], known: dict[tuple[str, str, str], list[tuple[KeptValue, LedgerEntry]]]
) -> LedgerEntry | None:
    """The application by which all of these values were kept, with the same on both sides; None if any was not."""
    found: LedgerEntry | None = None
    for value in values:
        before = known.get(value[:3], [])
        same_sides = (one for one in before if _equal(one[0].said, value.said) and _equal(one[0].here, value.here))
        found = next((entry for _, entry in same_sides), None)
        if found is None:
            return None
    return found


def _equal(one: Json, other: Json) -> bool:
    return one == other if isinstance(one, dict) or isinstance(other, dict) else same(one, other)


def _asked_about(operation: Change | Skip, question: Question) -> Iterator[KeptValue]:
    """What a question asks of an operation: the fields that would change, with both sides."""
    match operation:
        case Update(entity=entity, key=key, patch=patch, uuids=uuids):
            row = row_name(entity, key, uuids.get(""))
            if question.kind == "conflict":
                yield KeptValue(entity, row, question.field or WHOLE, question.value, question.current)
                return
            before, after = before_after(patch)
            yield from (KeptValue(entity, row, name, said, before.get(name)) for name, said in after.items())
        case Create(entity=entity, key=key, values=values) if question.kind == "decision":
            yield KeptValue(entity, row_name(entity, key, values.get("uuid")), WHOLE, None, None)
        case _:
            return
