"""What a changeset is now: the fold of its lines.

`decide` folds questions and events into `Decisions`, which is small. `Decisions.effective` then maps each operation as
built to what it has become, so that a changeset of any size is folded as a stream.

What an answer does to the operations that asked: `bake.changeset.effects`.

`fold(decode(encode(c))) == fold(c)`; the laws are in tests/laws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, assert_never

from bake.changeset.amendment import Unfit, amended
from bake.changeset.effects import created_number, with_answer
from bake.changeset.model import (
    Amended,
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
    Patch,
    Question,
    Rebased,
    Sealed,
    Skip,
    Update,
)
from bake.changeset.pointers import pointer
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
        replaced: operations that were derived again or amended, by number.
        skipped: operation numbers that a decision takes out, and what did: the id of a question, or the number of an
            operation that was dropped.
        amended: each amendment that fits, in order.
        unfit: amendments that do not fit their operation, and why; the operation stays as it was.
    """

    total: int
    questions: Mapping[str, Question]
    answers: Mapping[str, Answered]
    applied: tuple[Applied, ...] = ()
    failed: tuple[Failed, ...] = ()
    skipped: Mapping[int, str] = field(default_factory=dict)
    replaced: Mapping[int, Operation] = field(default_factory=dict)
    amended: tuple[Amended, ...] = ()
    unfit: tuple[tuple[Amended, str], ...] = ()

    @cached_property
    def _edited(self) -> dict[int, Operation]:
        """The operations that were amended, as they are now."""
        return _edited(self.replaced, self.amended)

    @property
    def open(self) -> list[Question]:
        """The questions that still matter and have no answer, each after those it depends on."""
        return [q for q in self.questions.values() if q.id not in self.answers and not self._moot(q)]

    def _moot(self, question: Question) -> bool:
        return bool(question.asked_by) and all(
            n in self.skipped
            or self._unmade(n, question)
            or not _waits(self._edited.get(n), question)
            or self._freed(n, question)
            for n in numbers(question.asked_by)
        )

    def _freed(self, n: int, question: Question) -> bool:
        """Whether an operation asked as a new row, and has become an update that does not touch what it asked about."""
        patch = self._identified.get(n)
        if patch is None or question.kind == "identity":
            return False
        path = pointer(question.field) if question.field else None
        return not any(step.path == path or (path is None and step.value == question.lookup) for step in patch)

    @cached_property
    def _identified(self) -> dict[int, Patch]:
        """By number, what the records that turned out to be about a row would change on it."""
        patches: dict[int, Patch] = {}
        for answer in self.answers.values():
            question = self.questions.get(answer.question)
            if question and question.kind == "identity" and answer.choice == "map":
                patch = next((c.patch for c in question.candidates if c.key == answer.key), ())
                patches.update(dict.fromkeys(numbers(question.asked_by), patch))
        return patches

    def _unmade(self, n: int, asked: Question) -> bool:
        """Whether this is the number of a row that an answer created once, and that no operation asks for any more.

        The row's own question came before those that the row asks, so that looking back ends.
        """
        if not self.total < n < created_number(self.total, asked.id):
            return False
        maker = f"q{n - self.total}"
        answer = self.answers.get(maker)
        return answer is None or answer.choice != "create" or self._moot(self.questions[maker])

    def bare(self, operation: Operation) -> Operation:
        """An operation as an amendment finds it: as built or last replaced, answers left out of account."""
        return self.replaced.get(operation.n, operation)

    def bare_created(self, n: int) -> Operation | None:
        """The row that the answer to a question creates, as an amendment finds it, by its number."""
        question = self.questions.get(f"q{n - self.total}")
        answer = self.answers.get(question.id) if question else None
        if not (question and answer and answer.choice == "create"):
            return None
        return self.bare(_made(n, question, answer))

    @property
    def change_anything(self) -> bool:
        """Whether there is an operation that is not what it was when it was built."""
        return bool(self.answers or self.replaced or self.skipped)

    def effective(self, operation: Operation) -> Operation:
        """What an operation as built has become. Open needs stay in its `needs`; a decided one leaves it."""
        operation = self.replaced.get(operation.n, operation)
        match operation:
            case Skip():
                return operation
            case Create() | Update() | Delete() if operation.n in self.skipped:
                return Skip(
                    n=operation.n,
                    entity=operation.entity,
                    reason=_reason(self.skipped[operation.n]),
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
                decided = self.effective(_made(n, question, answer))
                if isinstance(decided, Create):
                    yield decided

    def _decided(self, operation: Change) -> Operation:
        for path, need in operation.needs.items():
            answer = self.answers.get(need) if isinstance(need, str) else None
            if answer is None:
                continue
            assert isinstance(need, str)
            result = with_answer(operation, path, self.questions[need], answer, self.total)
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
        self._replaced: dict[int, Operation] = {}
        self._dropped: dict[int, str] = {}
        self._amended: list[Amended] = []
        self._unfit: list[tuple[Amended, str]] = []
        self._applied: list[Applied] = []
        self._failed: list[Failed] = []

    def add(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case Asked():
                self._questions[event.question.id] = event.question
            case Answered():
                self._take_back(event.question)
                self._answers[event.question] = event
            case Rebased():
                self._replaced.update((operation.n, operation) for operation in event.operations)
                self._questions.update((question.id, question) for question in event.questions)
                for reopened in event.reopened:
                    self._take_back(reopened)
            case Amended():
                self._amend(event)
            case Sealed():
                pass  # it is about the lines, not about what they say
            case Applied():
                self._applied.append(event)
            case Failed():
                self._failed.append(event)
            case _:
                assert_never(event)

    def _take_back(self, question: str) -> None:
        """Forget an answer, and what was amended in the row that it created."""
        if self._answers.pop(question, None) is not None:
            n = created_number(self._total, question)
            self._replaced.pop(n, None)
            self._dropped.pop(n, None)

    def _amend(self, event: Amended) -> None:
        if event.operation is None:
            self._amended.append(event)
            return
        try:
            after = amended(self._current(event.operation), event.patch)
        except Unfit as unfit:
            self._unfit.append((event, str(unfit)))
            return
        self._replaced[after.n] = after
        self._amended.append(event)
        self._dropped.pop(after.n, None)
        if isinstance(after, Skip):
            self._dropped[after.n] = str(after.n)

    def _current(self, n: int) -> Operation:
        operation = self._replaced.get(n) or self._built.get(n)
        maker = f"q{n - self._total}"
        if operation is None and maker in self._answers and self._answers[maker].choice == "create":
            return _made(n, self._questions[maker], self._answers[maker])
        if operation is None:
            raise Unfit("there is no such operation")
        return operation

    def decisions(self, operations: Operations) -> Decisions:
        """What has been decided, skips followed to what depends on them."""

        def today() -> Iterator[Operation]:
            return (self._replaced.get(operation.n, operation) for operation in operations())

        edited = _edited(self._replaced, self._amended)
        skipped = self._dropped | _skipped_by_answers(self._questions, self._answers, edited)
        if skipped:
            skipped = cascade(skipped, _dependencies(self._total, self._questions, self._answers, edited, today))
        return Decisions(
            total=self._total,
            questions=self._questions,
            answers=self._answers,
            applied=tuple(self._applied),
            failed=tuple(self._failed),
            skipped=skipped,
            replaced=self._replaced,
            amended=tuple(self._amended),
            unfit=tuple(self._unfit),
        )


def _made(n: int, question: Question, answer: Answered) -> Create:
    """The row that an answer creates."""
    return Create(n=n, entity=question.entity, key=answer.key or {}, values=answer.values or {}, needs=answer.needs)


def _reason(cause: str) -> str:
    return f"answer to {cause}" if cause.startswith("q") else f"operation {cause} was dropped"


def _edited(replaced: Mapping[int, Operation], amended: Iterable[Amended]) -> dict[int, Operation]:
    return {n: replaced[n] for event in amended if (n := event.operation) is not None and n in replaced}


def _waits(edited: Operation | None, question: Question) -> bool:
    """Whether an operation that asked a question still waits for the answer: an amendment may have given it."""
    if edited is None:
        return True
    if isinstance(edited, Skip):
        return False
    return question.kind == "duplicate" or question.id in edited.needs.values()


def _skipped_by_answers(
    questions: Mapping[str, Question], answers: Mapping[str, Answered], edited: Mapping[int, Operation]
) -> dict[int, str]:
    skipped: dict[int, str] = {}
    for answer in answers.values():
        question = questions.get(answer.question)
        if question and answer.choice in ("skip", "take"):
            keep = answer.operation if answer.choice == "take" else None
            asking = (n for n in numbers(question.asked_by) if n != keep and _waits(edited.get(n), question))
            skipped.update(dict.fromkeys(asking, question.id))
    return skipped


def _dependencies(
    total: int,
    asked: Mapping[str, Question],
    answers: Mapping[str, Answered],
    edited: Mapping[int, Operation],
    operations: Operations,
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
        question = asked.get(answer.question)
        if answer.choice == "create":
            note(makes[answer.question], answer.needs)
        elif answer.choice in ("map", "value", "file") and question:
            for n in numbers(question.asked_by):
                if _waits(edited.get(n), question):
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
