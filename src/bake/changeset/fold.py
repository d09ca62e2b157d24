"""What a changeset is now: the fold of its lines.

`decide` folds questions and events into `Decisions`, which is small. `Decisions.effective` then maps each operation as
built to what it has become, so that a changeset of any size is folded as a stream.

What an answer does to the operations that asked: `bake.changeset.effects`.

`fold(decode(encode(c))) == fold(c)`; the laws are in tests/laws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from bake.changeset.effects import created_number, with_answer
from bake.changeset.model import (
    Answered,
    Applied,
    Asked,
    Change,
    Create,
    Delete,
    Event,
    Failed,
    Needs,
    Operation,
    Question,
    Skip,
    Update,
)
from bake.changeset.runs import numbers

Operations: TypeAlias = Callable[[], Iterable[Operation]]


@dataclass(frozen=True)
class Decisions:
    """The questions of a changeset, and what has been decided.

    Attributes:
        total: how many operations were built; rows that answers create are numbered after them.
        questions: by id, those asked later included.
        answers: the last answer to each question that has one.
        applied: each application, in order.
        failed: each try that was rolled back.
        skipped: operation numbers that a decision takes out, and the id of the question that did.
    """

    total: int
    questions: Mapping[str, Question]
    answers: Mapping[str, Answered]
    applied: tuple[Applied, ...] = ()
    failed: tuple[Failed, ...] = ()
    skipped: Mapping[int, str] = field(default_factory=dict)

    @property
    def open(self) -> list[Question]:
        """The questions that still matter and have no answer, each after those it depends on."""
        return [q for q in self.questions.values() if q.id not in self.answers and not self._moot(q)]

    def _moot(self, question: Question) -> bool:
        asking = list(numbers(question.asked_by))
        return bool(asking) and all(n in self.skipped or self._unmade(n) for n in asking)

    def _unmade(self, n: int) -> bool:
        """Whether this is the number of a row that an answer created once, and that a later answer took back."""
        if n <= self.total:
            return False
        question_id = f"q{n - self.total}"
        answer = self.answers.get(question_id)
        return answer is None or answer.choice != "create"

    def effective(self, operation: Operation) -> Operation:
        """What an operation as built has become. Open needs stay in its `needs`; a decided one leaves it."""
        match operation:
            case Skip():
                return operation
            case Create() | Update() | Delete() if operation.n in self.skipped:
                return Skip(
                    n=operation.n,
                    entity=operation.entity,
                    reason=f"answer to {self.skipped[operation.n]}",
                    from_=operation.from_,
                )
            case Create() | Update() | Delete():
                return self._decided(operation)
            case _:
                assert_never(operation)

    def created(self) -> Iterator[Create]:
        """The rows that answers create, in the order of their questions, with open needs of their own."""
        for question in self.questions.values():
            answer = self.answers.get(question.id)
            if answer and answer.choice == "create" and question.kind in ("missing", "ambiguous"):
                n = created_number(self.total, question.id)
                if n in self.skipped or self._moot(question):
                    continue
                made = Create(
                    n=n,
                    entity=question.entity,
                    key=answer.key or {},
                    values=answer.values or {},
                    needs=answer.needs,
                )
                decided = self._decided(made)
                if isinstance(decided, Create):
                    yield decided

    def _decided(self, operation: Change) -> Operation:
        for pointer, need in operation.needs.items():
            answer = self.answers.get(need) if isinstance(need, str) else None
            if answer is None:
                continue
            assert isinstance(need, str)
            result = with_answer(operation, pointer, self.questions[need], answer, self.total)
            if isinstance(result, Skip):
                return result
            operation = result
        return operation


def decide(
    total: int, questions: Iterable[Question], events: Iterable[Event], operations: Operations | None = None
) -> Decisions:
    """Fold questions and events.

    Args:
        total: the number of operations.
        questions: as built.
        events: in the order of the file.
        operations: gives the operations again, to follow a skip to what depends on it; read only if one was skipped.
    """
    asked = {question.id: question for question in questions}
    answers: dict[str, Answered] = {}
    applied: list[Applied] = []
    failed: list[Failed] = []
    for event in events:
        match event:
            case Asked():
                asked[event.question.id] = event.question
            case Answered():
                answers.pop(event.question, None)
                answers[event.question] = event
            case Applied():
                applied.append(event)
            case Failed():
                failed.append(event)
            case _:
                assert_never(event)
    skipped = _skipped(total, asked, answers, operations or (lambda: ()))
    return Decisions(total, asked, answers, tuple(applied), tuple(failed), skipped)


def _skipped(
    total: int, questions: Mapping[str, Question], answers: Mapping[str, Answered], operations: Operations
) -> dict[int, str]:
    skipped: dict[int, str] = {}
    for answer in answers.values():
        question = questions.get(answer.question)
        if question and answer.choice in ("skip", "take"):
            keep = answer.operation if answer.choice == "take" else None
            skipped.update({n: question.id for n in numbers(question.asked_by) if n != keep})
    return cascade(skipped, _dependencies(total, questions, answers, operations)) if skipped else {}


def _dependencies(
    total: int, asked: Mapping[str, Question], answers: Mapping[str, Answered], operations: Operations
) -> dict[int, list[int]]:
    """What needs what: number of an operation to the numbers of those that need the row it makes."""
    makes = {a.question: created_number(total, a.question) for a in answers.values() if a.choice == "create"}
    dependents: dict[int, list[int]] = {}

    def note(n: int, needs: Needs) -> None:
        for need in needs.values():
            maker = need if isinstance(need, int) else makes.get(need)
            if maker is not None and maker != n:
                dependents.setdefault(maker, []).append(n)

    for operation in operations():
        if not isinstance(operation, Skip):
            note(operation.n, operation.needs)
    for answer in answers.values():
        if answer.choice == "create":
            note(makes[answer.question], answer.needs)
        elif answer.choice in ("map", "value") and answer.question in asked:
            for n in numbers(asked[answer.question].asked_by):
                note(n, answer.needs)
    return dependents


def cascade(skipped: Mapping[int, str], dependents: Mapping[int, Iterable[int]]) -> dict[int, str]:
    """All that falls with what is skipped, each with the reason of what it fell with."""
    result = dict(skipped)
    queue = list(skipped)
    while queue:
        fallen = queue.pop()
        for n in dependents.get(fallen, ()):
            if n not in result:
                result[n] = result[fallen]
                queue.append(n)
    return result
