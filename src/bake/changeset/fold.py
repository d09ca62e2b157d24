"""What a changeset is now: the fold of its lines.

`decide` folds questions and events into `Decisions`, which is small; `Decisions.effective` then maps each operation as
built to what it has become, so that a changeset of any size is folded as a stream.

Which answers stand: `bake.changeset.standing_answers`; what they do to the operations: `bake.changeset.effects`.

`fold(decode(encode(c))) == fold(c)`; the laws are in tests/laws.
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
        questions: as built.
        events: in the order of the file.
        operations: gives the operations again, to follow a skip to what depends on it, and to amend them; read only if
            one was skipped or amended.
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
    """The decisions so far, while events are taken in."""

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
        """Take in the next event."""
        self._proposals = self._proposals.after(event)
        match event:
            case Asked():
                self._ask(event.question)
            case Answered():
                slot = (event.question, only_for(event, self._questions))
                self._standing.add(slot, event)
                self._settle(slot)
            case Withdrawn():
                self._standing.withdraw(event.answers)
                for slot in self._standing.slots(event.question):
                    self._settle(slot)
            case Derived():
                self._derive(event)
            case Rebased():
                self._replaced.update((operation.n, operation) for operation in event.operations)
                self._questions.update((question.id, question) for question in event.questions)
                for reopened in event.reopened:
                    self._take_back(reopened)
                    self._forget(reopened)
            case Amended():
                self._amend(event)
            case Sealed() | Merged() | Approved():
                pass  # they are about the lines, and about what comes of them, not about what they say
            case Proposed() | Rejected():
                pass  # they decide nothing; an acceptance is an answer or an amendment
            case Applied():
                self._applied.append(event)
            case Failed():
                self._failed.append(event)
            case _:
                assert_never(event)

    def _ask(self, question: Question) -> None:
        """Take in a question that an answer opened, or that another new row joins, perhaps on another branch."""
        if (known := self._questions.get(question.id)) is not None:
            asking = sorted({*numbers(known.asked_by), *numbers(question.asked_by)})
            question = structs.replace(question, asked_by=runs(asking))
        self._questions[question.id] = question

    def _settle(self, slot: Slot) -> None:
        """Take over what stands of the answers to a question, or for one operation of a decision."""
        question, n = slot
        standing = self._standing.at(slot)
        self._contradictions.pop(slot, None)
        if len(standing) > 1:
            self._contradictions[slot] = standing
        only = standing[0] if len(standing) == 1 else None
        if n is not None:
            alone = self._exceptions.setdefault(question, {}).pop(n, None)
            if alone is not None and (only is None or not same_answer(alone, only)):
                self._unbase(question, (n,))
            if only is not None:
                self._exceptions[question][n] = only
            return
        before = self._answers.get(question)
        if before is not None and (only is None or not same_answer(before, only)):
            self._take_back(question)
        if only is not None:
            self._answers[question] = only

    def _take_back(self, question: str) -> None:
        """Forget an answer, and what was amended in the row that it created, or came of it in a rebase."""
        if self._answers.pop(question, None) is None:
            return
        n = created_number(self._total, question)
        self._replaced.pop(n, None)
        self._dropped.pop(n, None)
        self._unbase(question, numbers(self._questions[question].asked_by))

    def _derive(self, event: Derived) -> None:
        """Take in what answers entail, but for operations of which an answer is contested by now."""
        contested = {n for id_, _ in self._contradictions for n in numbers(self._questions[id_].asked_by)}
        self._derived |= {n: one for n, one in event.operations.items() if n not in contested}
        for question in event.questions:
            self._ask_derived(question)

    def _ask_derived(self, question: Question) -> None:
        """Take in a question that came with what answers entail; if further operations ask it by now, it is open."""
        before = self._derived_questions.get(question.id, ())
        asking = sorted({*numbers(question.asked_by), *(n for n in before if n in self._derived)})
        if before and asking != list(before):
            self._forget(question.id)
        self._questions[question.id] = structs.replace(question, asked_by=runs(asking))
        self._derived_questions[question.id] = tuple(asking)

    def _underive(self, n: int, *, by: str = "") -> None:
        """Forget what the answers to what an operation asked entailed, and what was answered to that."""
        if by in self._derived_questions or self._derived.pop(n, None) is None:
            return
        for question, asking in list(self._derived_questions.items()):
            if n in asking:
                self._forget(question)
                self._leave(question, n)

    def _leave(self, id_: str, n: int) -> None:
        """An operation is not what it was when it was asked, with others, which of them counts."""
        question, left = self._questions[id_], tuple(one for one in self._derived_questions[id_] if one != n)
        if question.kind == "duplicate" and left:
            self._questions[id_] = structs.replace(question, asked_by=runs(left))
            self._derived_questions[id_] = left

    def _forget(self, question: str) -> None:
        """Forget all answers to a question."""
        self._answers.pop(question, None)
        self._contradictions.pop((question, None), None)
        self._standing.forget(question)

    def _unbase(self, question: str, operations: Iterable[int]) -> None:
        """Forget what followed for these operations from an answer that stands no more."""
        operations = list(operations)
        for n in operations:
            self._underive(n, by=question)
        edited = amended_operations(self._replaced, self._amended)
        for n in operations:
            if n in self._replaced and n not in edited and not waits(self._replaced[n], self._questions[question]):
                del self._replaced[n]

    def _amend(self, event: Amended) -> None:
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
        self._underive(after.n)
        self._dropped.pop(after.n, None)
        if isinstance(after, Skip):
            self._dropped[after.n] = str(after.n)

    def _current(self, n: int) -> Operation:
        operation = self._replaced.get(n) or self._built.get(n)
        maker = f"q{n - self._total}"
        creating = [answer for answer in self._standing.at((maker, None)) if answer.choice == "create"]
        if operation is None and creating:
            return created_by(n, self._questions[maker], creating[0])
        if operation is None:
            raise Unfit("there is no such operation")
        return operation

    def decisions(self, operations: Operations) -> Decisions:
        """What has been decided, skips followed to what depends on them."""

        def today() -> Iterator[Operation]:
            return (self._replaced.get(operation.n, operation) for operation in operations())

        def asking() -> Iterator[Operation]:
            return (edited.get(operation.n, operation) for operation in operations())

        edited = amended_operations(self._replaced, self._amended)
        reach = reach_of(self._questions.values(), asking)
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
        now = {one.n: one for one in today() if one.n in wanted} if wanted else {}
        kept = {n: one for n, other in taken.items() if isinstance(one := now.get(other), Create | Update)}
        return replace(decisions, skipped=cascade(skipped, answered.dependents(today)), taken=kept)
