"""The questions of a changeset and what has been decided, and so what each operation has become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import assert_never

from msgspec import structs

from bake.changeset.amendment import amended_operations
from bake.changeset.asked_later import LEFT_OUT, RowQuestion, asked_later, touches, unclear_field
from bake.changeset.branches import Branch, Waiting, branch_of
from bake.changeset.dependents import waits
from bake.changeset.effects import (
    chosen_candidate,
    created_by,
    created_number,
    with_entailed,
)
from bake.changeset.events import Amended, Answered, Applied, Asked, Entailed, Failed, Proposed
from bake.changeset.model import Candidate, Change, Create, Delete, Operation, Question, Skip, Update
from bake.changeset.operation_edits import with_key, with_reference
from bake.changeset.option_reach import Reach, chosen
from bake.changeset.pointers import pointer
from bake.changeset.proposals import Proposals
from bake.changeset.runs import numbers
from bake.changeset.standing_answers import Slot, only_for


@dataclass(frozen=True)
class Decisions:
    """The questions of a changeset, and what has been decided.

    Attributes:
        total: how many operations were built; rows that answers create are numbered after them.
        questions: by id, those asked later included.
        answers: the answer to each question that has one, for all that ask.
        exceptions: by question, the answer for each operation that has one of its own.
        contradictions: where several answers stand that contradict each other; none of them counts.
        reach: what the options of decisions fit.
        applied: each application, in order.
        failed: each try that was rolled back.
        taken: by the number of an operation that was left out for another one about the same row, that other one.
        derived: by the number of an operation, what answers entail for it.
        derived_questions: the ids of the questions that came with that, each with its operation.
        replaced: operations that were derived again or amended, by number.
        skipped: operation numbers that a decision takes out, and what did: the id of a question, or the number of an
            operation that was dropped.
        amended: each amendment that fits, in order.
        unfit: amendments that do not fit their operation, and why; the operation stays as it was.
        proposals: what was proposed, and what became of it.
    """

    total: int
    questions: Mapping[str, Question]
    answers: Mapping[str, Answered]
    applied: tuple[Applied, ...] = ()
    failed: tuple[Failed, ...] = ()
    exceptions: Mapping[str, Mapping[int, Answered]] = field(default_factory=dict)
    contradictions: Mapping[Slot, tuple[Answered, ...]] = field(default_factory=dict)
    reach: Reach = field(default_factory=Reach)
    skipped: Mapping[int, str] = field(default_factory=dict)
    taken: Mapping[int, Create | Update] = field(default_factory=dict)
    replaced: Mapping[int, Operation] = field(default_factory=dict)
    derived: Mapping[int, Entailed] = field(default_factory=dict)
    derived_questions: Mapping[str, int] = field(default_factory=dict)
    amended: tuple[Amended, ...] = ()
    unfit: tuple[tuple[Amended, str], ...] = ()
    proposals: Proposals = field(default_factory=Proposals)

    @cached_property
    def _edited(self) -> dict[int, Operation]:
        """The operations that were amended, as they are now."""
        return amended_operations(self.replaced, self.amended)

    @cached_property
    def pending(self) -> tuple[Question, ...]:
        """The questions that still matter and are not decided, each after those it depends on."""
        return tuple(q for q in self.questions.values() if self._is_undecided(q) and not self._moot(q))

    @property
    def open(self) -> list[Question]:
        """The questions that are asked now: the pending ones but for those that wait for the answer to another one.

        There is one as long as any is pending.
        """
        return [question for question in self.pending if question.id not in self.later]

    @cached_property
    def later(self) -> dict[str, str]:
        """The pending questions that are not asked yet, each with the one whose answer may make it pointless."""
        return asked_later(self.pending, self._asking, self._row_questions())

    @cached_property
    def proposed(self) -> tuple[Proposed, ...]:
        """The proposals that wait for somebody: neither accepted nor rejected, on what is still to be decided."""
        if not self.proposals.unsettled:
            return ()
        pending = {question.id for question in self.pending}
        return tuple(
            one
            for one in self.proposals.unsettled
            if (one.answer is not None and one.answer.question in pending)
            or (one.amendment is not None and one.amendment.operation not in self.skipped)
        )

    def _asking(self, question: Question) -> Iterator[int]:
        """The operations that still ask a pending question."""
        if question.takes_single_answers:
            return self.undecided(question)
        return (n for n in numbers(question.asked_by) if not self._asks_no_more(n, question))

    def _row_questions(self) -> dict[int, RowQuestion]:
        """By operation, the pending question that asks which row it is about; nothing if that is all that is asked."""
        if len(self.pending) < 2:
            return {}
        ids = {question.id for question in self.pending}
        found: dict[int, RowQuestion] = {}
        for question in self.pending:
            if question.kind == "identity":
                found.update((n, RowQuestion(question.id, question.candidates)) for n in self._asking(question))
            elif question.kind == "decision":
                plain = self.reach.rows_offered(question.id)
                for n in filter(partial(self.is_of_the_row, question), self.undecided(question)):
                    rows, after = self._offered(question, n) if n in self.reach.branching else plain.get(n, ((), ""))
                    may_be_left_out = any(option.name == LEFT_OUT for option in question.options)
                    found[n] = RowQuestion(question.id, tuple(rows), after if after in ids else "", may_be_left_out)
        return found

    def _offered(self, question: Question, n: int) -> tuple[Sequence[Candidate], str]:
        """The rows that a branching operation may be by a decision, and the question that makes it unclear."""
        now = self.waiting(n)
        rows = [one.same_as for one in now.outcomes.get(question.id, {}).values() if one.same_as is not None]
        return rows, unclear_field(question, rows, now.needs)

    @property
    def asked_columns(self) -> Question | None:
        """The open question what the columns of the source are; where it is, nothing was compiled, nor else asked."""
        return next((question for question in self.open if question.kind == "columns"), None)

    def answer_to(self, question: str, n: int) -> Answered | None:
        """The answer to a question as far as it is for this operation."""
        if (question, n) in self.contradictions or (question, n) in self._claimed:
            return None
        return self.exceptions.get(question, {}).get(n) or self.answers.get(question)

    def standing(self, question: str, operation: int | None = None) -> tuple[Answered, ...]:
        """The answers that stand: none, one, or several that contradict each other.

        Args:
            question: its id.
            operation: the one operation that they are for; None for all that ask.
        """
        alone = self.exceptions.get(question, {}).get(operation) if operation is not None else None
        answer = self.answers.get(question) if operation is None else alone
        return self.contradictions.get((question, operation)) or ((answer,) if answer is not None else ())

    def contradicting(self, question: str) -> tuple[Answered, ...]:
        """All answers to a question that contradict others."""
        return tuple(a for (id_, _), answers in self.contradictions.items() if id_ == question for a in answers)

    def undecided(self, question: Question) -> Iterator[int]:
        """The operations that ask a question and have no answer that fits them."""
        for n in numbers(question.asked_by):
            if not self._is_answered(question, n) and not self._asks_no_more(n, question):
                yield n

    def _is_answered(self, question: Question, n: int) -> bool:
        """Whether an operation has an answer that fits; `_asks_no_more` follows the decisions of a branching one."""
        if question.kind == "decision" and n in self.reach.branching:
            return False
        answer = self.answer_to(question.id, n)
        return answer is not None and self.reach.fits(answer, n)

    def _is_undecided(self, question: Question) -> bool:
        if question.takes_single_answers and (question.id in self.answers or question.id in self.exceptions):
            return next(self.undecided(question), None) is not None
        answer = self.answers.get(question.id)
        return answer is None or (question.kind == "columns" and answer.choice != "skip")

    def _moot(self, question: Question) -> bool:
        return bool(question.asked_by) and all(self._asks_no_more(n, question) for n in numbers(question.asked_by))

    def _asks_no_more(self, n: int, question: Question) -> bool:
        if question.kind == "decision" and n in self.reach.branching:
            return n in self.skipped or question.id not in self.waiting(n).needs.values()
        if question.id in self.derived_questions:
            return n in self.skipped or n not in self.derived
        return (
            n in self.skipped
            or self._unmade(n, question)
            or not waits(self._edited.get(n), question)
            or self._freed(n, question)
        )

    def _freed(self, n: int, question: Question) -> bool:
        """Whether an operation asked as a new row, and has become an update that does not touch what it asked about."""
        found = self._identified.get(n)
        if found is None or found[0] == question.id:
            return False
        return not touches(found[1].patch, question)

    @cached_property
    def _identified(self) -> dict[int, tuple[str, Candidate]]:
        """By number, the records that turned out to be about a row: which question said so, and that row."""
        rows: dict[int, tuple[str, Candidate]] = {}
        for question in self.questions.values():
            answer = self.answers.get(question.id)
            if question.kind == "identity" and answer is not None:
                row = chosen_candidate(question, answer)
                if row is not None and row.operation is None:
                    asking = (n for n in numbers(question.asked_by) if waits(self._edited.get(n), question))
                    rows.update(dict.fromkeys(asking, (question.id, row)))
            elif question.kind == "decision":
                alone = self.exceptions.get(question.id, {})
                contested = {n for id_, n in self.contradictions if id_ == question.id}
                for one, those in chosen(question, answer, alone, self.reach, contested):
                    if found := self.reach.option(one).rows:
                        rows.update((n, (question.id, found[n])) for n in those if n in found)
        rows.update((n, branch.row) for n, branch in self._branches.items() if branch.row is not None)
        return rows

    @cached_property
    def _branches(self) -> dict[int, Branch]:
        """What has become of the operations of which decisions hang on others, by number."""
        return {
            n: branch_of(operation, self.answer_to, self.questions, self.total)
            for n, operation in self.reach.branching.items()
        }

    def _branch(self, operation: Change) -> Branch:
        return branch_of(operation, self.answer_to, self.questions, self.total)

    def waiting(self, n: int) -> Waiting:
        """What an operation of which decisions hang on others still waits for, by the answers so far."""
        now = self._branches[n].operation
        return Waiting({}, {}) if isinstance(now, Skip) else Waiting(now.needs, now.outcomes)

    def is_of_the_row(self, question: Question, n: int) -> bool:
        """Whether a decision asks of an operation what it is as a whole, so that no value is an answer."""
        if n in self.reach.branching:
            return self.waiting(n).needs.get("") == question.id
        return n in self.reach.whole.get(question.id, ())

    @cached_property
    def _claimed(self) -> set[Slot]:
        return self.reach.claimed_twice(self.questions, self.exceptions)

    @cached_property
    def left_out(self) -> dict[int, str]:
        """The operations of which decisions hang on others that answers skip, with the question whose answer did."""
        return {
            n: branch.question
            for n, branch in self._branches.items()
            if branch.row is None and isinstance(branch.operation, Skip)
        }

    def _unmade(self, n: int, asked: Question) -> bool:
        """Whether this is the number of a row that an answer created once, and that no operation asks for any more.

        The row's own question came before those that the row asks, so that looking back ends.
        """
        maker = f"q{n - self.total}"
        if n <= self.total or self._positions.get(maker, 0) >= self._positions[asked.id]:
            return False
        answer = self.answers.get(maker)
        return answer is None or answer.choice != "create" or self._moot(self.questions[maker])

    @cached_property
    def _positions(self) -> dict[str, int]:
        """By id, the place of each question in the order in which they came to be asked."""
        return {id_: position for position, id_ in enumerate(self.questions)}

    def after(self, events: Iterable[Asked | Answered]) -> Decisions:
        """These decisions with further answers; a skip is not followed. What stays the same is shared."""
        questions, answers, exceptions = self.questions, self.answers, self.exceptions
        contradictions = self.contradictions
        for event in events:
            match event:
                case Asked():
                    questions = {**questions, event.question.id: event.question}
                case Answered():
                    n = only_for(event, questions)
                    if (slot := (event.question, n)) in contradictions:
                        contradictions = {one: those for one, those in contradictions.items() if one != slot}
                    if n is not None:
                        exceptions = {**exceptions, event.question: {**exceptions.get(event.question, {}), n: event}}
                    else:
                        answers = {**answers, event.question: event}
                case _:
                    assert_never(event)
        return replace(self, questions=questions, answers=answers, exceptions=exceptions, contradictions=contradictions)

    def bare(self, operation: Operation) -> Operation:
        """An operation as an amendment finds it: as built or last replaced, answers left out of account."""
        return self.replaced.get(operation.n, operation)

    def bare_created(self, n: int) -> Operation | None:
        """The row that the answer to a question creates, as an amendment finds it, by its number."""
        question = self.questions.get(f"q{n - self.total}")
        answer = self.answers.get(question.id) if question else None
        if not (question and answer and answer.choice == "create"):
            return None
        return self.bare(created_by(n, question, answer))

    @property
    def change_anything(self) -> bool:
        """Whether there is an operation that is not what it was when it was built."""
        return bool(self.answers or self.exceptions or self.replaced or self.skipped)

    def effective(self, operation: Operation) -> Operation:
        """What an operation as built has become. Open needs stay in its `needs`; a decided one leaves it."""
        operation = self.replaced.get(operation.n, operation)
        match operation:
            case Skip():
                return operation
            case Create() | Update() | Delete() if operation.n in self.skipped:
                if operation.n in self.left_out:
                    return self._branches[operation.n].operation
                return Skip(
                    n=operation.n, entity=operation.entity, reason=self._reason(operation), from_=operation.from_
                )
            case Create() | Update() | Delete():
                return self._decided(operation)
            case _:
                assert_never(operation)

    def _reason(self, operation: Change) -> str:
        """Why an operation is skipped: by an option for the option's reason, or else by what took it out."""
        cause = self.skipped[operation.n]
        answer = self.answer_to(cause, operation.n) if cause in operation.outcomes else None
        outcome = operation.outcomes[cause].get(answer.option or "") if answer else None
        if outcome is not None and outcome.skip is not None:
            return outcome.skip
        return f"answer to {cause}" if cause.startswith("q") else f"operation {cause} was dropped"

    def created(self) -> Iterator[Create]:
        """The rows that answers create, in the order of their questions, with open needs of their own."""
        for question in self.questions.values():
            answer = self.answers.get(question.id)
            if answer and answer.choice == "create" and question.kind in ("missing", "ambiguous"):
                n = created_number(self.total, question.id)
                if n in self.skipped or self._moot(question):
                    continue
                decided = self.effective(created_by(n, question, answer))
                if isinstance(decided, Create):
                    yield decided

    def _decided(self, operation: Change) -> Operation:
        result = self._branch(operation).operation
        if not isinstance(result, Skip):
            for path, need in result.needs.items():
                result = self._referring(result, path, need) if isinstance(need, int) else result
        entailed = self.derived.get(operation.n)
        return result if isinstance(result, Skip) or entailed is None else self._with_entailed(result, entailed)

    def _with_entailed(self, operation: Change, entailed: Entailed) -> Operation:
        """An operation with what its answers entail, and with the answers to what that asked."""
        operation = with_entailed(operation, entailed)
        for id_ in self._asked_of_derived.get(operation.n, ()):
            path = pointer(self.questions[id_].field or "")
            if isinstance(operation.needs.get(path), str):
                continue
            operation = structs.replace(operation, needs={**operation.needs, path: id_})
        return self._branch(operation).operation

    @cached_property
    def _asked_of_derived(self) -> dict[int, list[str]]:
        """By the number of an operation, the questions that came with what answers entail for it."""
        found: dict[int, list[str]] = {}
        for id_, n in self.derived_questions.items():
            found.setdefault(n, []).append(id_)
        return found

    def _referring(self, operation: Change, path: str, n: int) -> Change:
        """An operation whose reference to what another one creates leads to the row that this turned out to be.

        If that one was left out for another one about the same row, it leads to that row.
        """
        if (other := self.taken.get(n)) is not None:
            operation, n = with_reference(operation, path, other.key, other.uuids.get("")), other.n
            operation = structs.replace(operation, needs={**operation.needs, path: n})
        if (entailed := self.derived.get(n)) is not None and entailed.key is not None:
            operation = with_key(operation, path, entailed.key)
        now, found = self.replaced.get(n), self._identified.get(n)
        if isinstance(now, Update):
            return with_reference(operation, path, now.key, now.uuids.get(""))
        return operation if found is None else with_reference(operation, path, found[1].key, found[1].uuids.get(""))
