"""Folds the events of a changeset into its decisions.

`decide` folds questions and events into `Decisions`, which is small. `Decisions.effective` then maps each operation as
built to what it has become, so that the operations of a changeset of any size can be streamed.

`bake.changeset.standing_answers` decides which answers count, and `bake.changeset.effects` what they do to operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias, assert_never

from msgspec import structs

from bake.changeset.amendment import Unfit, amended, amended_operations, same_operation
from bake.changeset.decisions import Decisions
from bake.changeset.dependents import AnsweredQuestions, cascade, waits
from bake.changeset.effects import created_by, created_number
from bake.changeset.events import (
    Amended,
    Answered,
    Applied,
    Approved,
    Asked,
    Derived,
    Entailed,
    Event,
    Failed,
    Merged,
    Proposed,
    Rebased,
    Rejected,
    Sealed,
    Withdrawn,
)
from bake.changeset.model import Create, Operation, Question, Skip, Update
from bake.changeset.option_reach import reach_of
from bake.changeset.proposals import Proposals
from bake.changeset.runs import numbers, runs
from bake.changeset.standing_answers import Slot, StandingAnswers, only_for, same_answer

Operations: TypeAlias = Callable[[], Iterable[Operation]]


def decide(
    total: int, questions: Iterable[Question], events: Iterable[Event], operations: Operations | None = None
) -> Decisions:
    """Fold questions and events.

    Args:
        total: the number of operations.
        questions: the questions of the build.
        events: the events, in the order of the file.
        operations: gives the operations as built. It is called if there are decisions, skips or amendments: to gather
            the reach of options, to find the operations that depend on skipped ones, and to amend.
    """
    events = list(events)
    built = _built(events, operations or tuple)
    folding = _Folding(total, {question.id: question for question in questions}, built)
    for event in events:
        folding.add(event)
    return folding.decisions(operations or tuple)


def _built(events: Iterable[Event], operations: Operations) -> dict[int, Operation]:
    """The operations that are amended, as built."""
    wanted = {event.operation for event in events if isinstance(event, Amended)} - {None}
    return {operation.n: operation for operation in operations() if operation.n in wanted} if wanted else {}


class _Folding:
    """The decisions after the events so far."""

    def __init__(self, total: int, questions: dict[str, Question], built: Mapping[int, Operation]) -> None:
        self._total = total
        self._questions = questions
        self._built = built
        self._answers: dict[str, Answered] = {}
        self._exceptions: dict[str, dict[int, Answered]] = {}
        self._contradictions: dict[Slot, tuple[Answered, ...]] = {}
        self._standing = StandingAnswers()
        self._replaced: dict[int, Operation] = {}
        self._derived: dict[int, Entailed] = {}
        self._derived_questions: dict[str, tuple[int, ...]] = {}
        self._dropped: dict[int, str] = {}
        self._amended: list[Amended] = []
        self._unfit: list[tuple[Amended, str]] = []
        self._proposals = Proposals()
        self._applied: list[Applied] = []
        self._failed: list[Failed] = []

    def add(self, event: Event) -> None:
        """Fold the next event."""
        self._proposals = self._proposals.after(event)
        match event:
            case Asked():
                self._ask(event.question)
            case Answered():
                slot = (event.question, only_for(event, self._questions))
                self._standing.add(slot, event)
                self._update_answer(slot)
            case Withdrawn():
                self._standing.withdraw(event.answers)
                for slot in self._standing.slots(event.question):
                    self._update_answer(slot)
            case Derived():
                self._add_entailed(event)
            case Rebased():
                self._replaced.update((operation.n, operation) for operation in event.operations)
                self._questions.update((question.id, question) for question in event.questions)
                for reopened in event.reopened:
                    self._remove_answer(reopened)
                    self._forget_answers(reopened)
            case Amended():
                self._amend(event)
            case Sealed() | Merged() | Approved():
                pass  # they change no operation and no question
            case Proposed() | Rejected():
                pass  # they decide nothing; an acceptance is an answer or an amendment
            case Applied():
                self._applied.append(event)
            case Failed():
                self._failed.append(event)
            case _:
                assert_never(event)

    def _ask(self, question: Question) -> None:
        """Add a question that an answer opened; if it is there, its operations are added to those that ask it."""
        if (known := self._questions.get(question.id)) is not None:
            asking = sorted({*numbers(known.asked_by), *numbers(question.asked_by)})
            question = structs.replace(question, asked_by=runs(asking))
        self._questions[question.id] = question

    def _update_answer(self, slot: Slot) -> None:
        """Update the answer to a question, or for one operation of it, to those that stand by now."""
        question, n = slot
        standing = self._standing.at(slot)
        self._contradictions.pop(slot, None)
        if len(standing) > 1:
            self._contradictions[slot] = standing
        only = standing[0] if len(standing) == 1 else None
        if n is not None:
            alone = self._exceptions.setdefault(question, {}).pop(n, None)
            if alone is not None and (only is None or not same_answer(alone, only)):
                self._undo_consequences(question, (n,))
            if only is not None:
                self._exceptions[question][n] = only
            return
        before = self._answers.get(question)
        if before is not None and (only is None or not same_answer(before, only)):
            self._remove_answer(question)
        if only is not None:
            self._answers[question] = only

    def _remove_answer(self, question: str) -> None:
        """Remove an answer, with the amendments of the row that it created, and its consequences."""
        if self._answers.pop(question, None) is None:
            return
        n = created_number(self._total, question)
        self._replaced.pop(n, None)
        self._dropped.pop(n, None)
        self._undo_consequences(question, numbers(self._questions[question].asked_by))

    def _add_entailed(self, event: Derived) -> None:
        """Add what answers entail, except for operations with an answer that contradicts another one by now."""
        contested = {n for id_, _ in self._contradictions for n in numbers(self._questions[id_].asked_by)}
        self._derived |= {n: one for n, one in event.operations.items() if n not in contested}
        for question in event.questions:
            self._ask_derived(question)

    def _ask_derived(self, question: Question) -> None:
        """Add a question that came with what answers entail; it is open again if further operations ask it by now."""
        before = self._derived_questions.get(question.id, ())
        asking = sorted({*numbers(question.asked_by), *(n for n in before if n in self._derived)})
        if before and asking != list(before):
            self._forget_answers(question.id)
        self._questions[question.id] = structs.replace(question, asked_by=runs(asking))
        self._derived_questions[question.id] = tuple(asking)

    def _remove_entailed(self, n: int, *, by: str = "") -> None:
        """Remove what answers entailed for an operation, and the answers to questions that came with it.

        Args:
            n: the number of the operation.
            by: the question whose answer changed; what one that came with it decides is kept.
        """
        if by in self._derived_questions or self._derived.pop(n, None) is None:
            return
        for question, asking in list(self._derived_questions.items()):
            if n in asking:
                self._forget_answers(question)
                self._stop_asking(question, n)

    def _stop_asking(self, id_: str, n: int) -> None:
        """Take an operation out of a `duplicate` question that was asked of it and others."""
        question, left = self._questions[id_], tuple(one for one in self._derived_questions[id_] if one != n)
        if question.kind == "duplicate" and left:
            self._questions[id_] = structs.replace(question, asked_by=runs(left))
            self._derived_questions[id_] = left

    def _forget_answers(self, question: str) -> None:
        """Forget all answers to a question."""
        self._answers.pop(question, None)
        self._contradictions.pop((question, None), None)
        self._standing.forget(question)

    def _undo_consequences(self, question: str, operations: Iterable[int]) -> None:
        """Remove what an answer that does not count any more led to for these operations."""
        operations = list(operations)
        for n in operations:
            self._remove_entailed(n, by=question)
        edited = amended_operations(self._replaced, self._amended)
        for n in operations:
            if n in self._replaced and n not in edited and not waits(self._replaced[n], self._questions[question]):
                del self._replaced[n]

    def _amend(self, event: Amended) -> None:
        """Fold an amendment; one that does not fit its operation is kept apart, and changes nothing."""
        if event.operation is None:
            self._amended.append(event)
            return
        try:
            after = amended(self._current(event.operation), event.patch)
        except Unfit as unfit:
            self._unfit.append((event, str(unfit)))
            return
        built = self._built.get(after.n)
        if built is not None and same_operation(built, after):
            self._replaced.pop(after.n, None)
        else:
            self._replaced[after.n] = after
        self._amended.append(event)
        self._remove_entailed(after.n)
        self._dropped.pop(after.n, None)
        if isinstance(after, Skip):
            self._dropped[after.n] = str(after.n)

    def _current(self, n: int) -> Operation:
        """The operation that an amendment changes: as built, replaced, or created by an answer; raises `Unfit`."""
        operation = self._replaced.get(n) or self._built.get(n)
        maker = f"q{n - self._total}"
        creating = [answer for answer in self._standing.at((maker, None)) if answer.choice == "create"]
        if operation is None and creating:
            return created_by(n, self._questions[maker], creating[0])
        if operation is None:
            raise Unfit("there is no such operation")
        return operation

    def decisions(self, operations: Operations) -> Decisions:
        """The decisions; operations that depend on skipped ones are skipped, too."""

        def replaced() -> Iterator[Operation]:
            return (self._replaced.get(operation.n, operation) for operation in operations())

        def amended_ones() -> Iterator[Operation]:
            return (edited.get(operation.n, operation) for operation in operations())

        edited = amended_operations(self._replaced, self._amended)
        reach = reach_of(self._questions.values(), amended_ones)
        answered = AnsweredQuestions(
            self._total,
            self._questions,
            self._answers,
            self._exceptions,
            frozenset(self._contradictions),
            reach,
            edited,
        )
        decisions = Decisions(
            total=self._total,
            questions=self._questions,
            answers=self._answers,
            exceptions={question: alone for question, alone in self._exceptions.items() if alone},
            contradictions=self._contradictions,
            reach=reach,
            applied=tuple(self._applied),
            failed=tuple(self._failed),
            replaced=self._replaced,
            derived=self._derived,
            derived_questions=self._derived_questions,
            amended=tuple(self._amended),
            unfit=tuple(self._unfit),
            proposals=self._proposals,
        )
        skipped = self._dropped | answered.skipped() | decisions.left_out
        if not skipped:
            return decisions
        taken = answered.taken()
        wanted = set(taken.values())
        now = {one.n: one for one in replaced() if one.n in wanted} if wanted else {}
        kept = {n: one for n, other in taken.items() if isinstance(one := now.get(other), Create | Update)}
        return replace(decisions, skipped=cascade(skipped, answered.dependents(replaced)), taken=kept)
