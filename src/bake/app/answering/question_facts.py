"""Facts about a question for its prompt: the operations that wait, earlier answers, and what a skip would take out."""

from __future__ import annotations

from collections.abc import Iterable

from bake.changeset.decisions import Decisions
from bake.changeset.events import Answered
from bake.changeset.file import Changeset
from bake.changeset.fold import decide
from bake.changeset.model import Change, Question, Skip
from bake.changeset.runs import merged, runs, spans
from bake.resolution.answers import Answer


def operation_now(file: Changeset, n: int | None) -> Change | None:
    """The operation with this number as answers have made it; None if it is skipped, or no number is given."""
    found = None if n is None else next(file.numbered((n,)), None)
    now = file.decisions.effective(found) if found is not None else None
    return None if isinstance(now, Skip) else now


def earlier_answer(decisions: Decisions, question: str, operation: int | None) -> Answer | None:
    """The answer that a question has already: the one for all that ask, or that for one operation."""
    alone = decisions.exceptions.get(question, {}).get(operation) if operation is not None else None
    given = alone if operation is not None else decisions.answers.get(question)
    if given is None:
        return None
    return Answer(
        given.question,
        given.choice,
        given.key,
        given.values,
        given.value,
        option=given.option,
        operation=given.operation,
    )


def waiting_operations(decisions: Decisions, questions: Iterable[Question]) -> int:
    """How many operations wait for these questions; one that waits for several counts once."""
    waiting = merged([span for one in questions for span in _waiting(decisions, one)])
    return sum(last - first + 1 for first, last in waiting)


def _waiting(decisions: Decisions, question: Question) -> Iterable[tuple[int, int]]:
    """The numbers of the operations that wait for a question, as spans of first and last."""
    return spans(runs(decisions.undecided(question)) if question.takes_single_answers else question.asked_by)


def falls(file: Changeset, question: str, operation: int | None = None) -> int:
    """How many operations the answer `skip` would skip, found by folding the events with that answer."""
    standing = tuple(answer.digest for answer in file.decisions.standing(question, operation))
    skip = Answered(by="", at="", prev="", question=question, choice="skip", operation=operation, revises=standing)
    skipped = decide(file.total, file.questions, (*file.events, skip), file.operations).skipped
    return len(skipped.keys() - file.decisions.skipped.keys())


def answered_since(file: Changeset, head: str) -> dict[str, Answered]:
    """What was answered after the file had this `head`, the last answer to each question; all, if it never had it."""
    digests = [event.digest for event in file.events]
    later = file.events[digests.index(head) + 1 :] if head in digests else file.events
    return {event.question: event for event in later if isinstance(event, Answered)}
