"""All decisions about a changeset: what its events make of its operations, and which questions are still to be asked.

A question is *pending* while it is undecided and some operation still asks it. It is *open* if it is asked now; another
pending one is asked *later*, since the answer to an open question may make it pointless.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import assert_never

from msgspec import structs

from bake.changeset.amendment import amended_operations
from bake.changeset.asked_later import LEFT_OUT, RowQuestion, asked_later, touches, unclear_field
from bake.changeset.dependents import waits
from bake.changeset.effects import (
    chosen_candidate,
    created_by,
    created_number,
    with_entailed,
)
from bake.changeset.events import Amended, Applied, Entailed, Failed, Proposed
from bake.changeset.given_answers import GivenAnswers
from bake.changeset.model import Candidate, Change, Create, Delete, Operation, Question, Skip, Update
from bake.changeset.operation_edits import skip_of, with_key, with_reference
from bake.changeset.option_reach import chosen
from bake.changeset.pointers import pointer
from bake.changeset.proposals import Proposals
from bake.changeset.runs import numbers


@dataclass(frozen=True)
class Decisions(GivenAnswers):
    """The answers of a changeset, and all else that was decided about it.

    Attributes:
        applied: the applications, in order.
        failed: the applications that were rolled back, in order.
        skipped: the numbers of operations that decisions skip, each with its cause: the id of a question, or the number
            of an operation that was dropped.
        taken: by number of an operation that was skipped for another one about the same row, that other one.
        replaced: by number, the operations that a rebase or an amendment replaced.
        derived: by number of an operation, the values and warnings that answers entail for it.
        derived_questions: the questions that were asked with these: by id, the numbers of the operations.
        amended: the amendments that fit, in order.
        unfit: the amendments that do not fit their operation, which stays as it was, each with the reason.
        proposals: what was proposed, and what became of it.
    """

    applied: tuple[Applied, ...] = ()
    failed: tuple[Failed, ...] = ()
    skipped: Mapping[int, str] = field(default_factory=dict)
    taken: Mapping[int, Create | Update] = field(default_factory=dict)
    replaced: Mapping[int, Operation] = field(default_factory=dict)
    derived: Mapping[int, Entailed] = field(default_factory=dict)
    derived_questions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    amended: tuple[Amended, ...] = ()
    unfit: tuple[tuple[Amended, str], ...] = ()
    proposals: Proposals = field(default_factory=Proposals)

    @cached_property
    def _edited(self) -> dict[int, Operation]:
        """The operations that were amended, as they are now."""
        return amended_operations(self.replaced, self.amended)

    @cached_property
    def pending(self) -> tuple[Question, ...]:
        """The pending questions, each after those that it depends on."""
        return tuple(q for q in self.questions.values() if self._is_undecided(q) and not self._is_moot(q))

    @property
    def open(self) -> list[Question]:
        """The questions that are asked now; there is one as long as any is pending."""
        return [question for question in self.pending if question.id not in self.later]

    @cached_property
    def later(self) -> dict[str, str]:
        """The ids of the pending questions that are not asked yet, each with that of the question it waits for."""
        return asked_later(self.pending, self._asking, self._row_questions())

    @cached_property
    def proposed(self) -> tuple[Proposed, ...]:
        """The proposals that wait: neither accepted nor rejected, and about a pending question or an operation."""
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
        """The numbers of the operations that still ask a pending question."""
        if question.takes_single_answers:
            return self.undecided(question)
        return (n for n in numbers(question.asked_by) if not self._no_longer_asks(n, question))

    def _row_questions(self) -> dict[int, RowQuestion]:
        """By number of an operation, its pending row question; empty if only one question is pending."""
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
        """The rows that a branching operation may be about by a decision, and the id of the question asked before."""
        now = self.waiting(n)
        rows = [one.same_as for one in now.outcomes.get(question.id, {}).values() if one.same_as is not None]
        return rows, unclear_field(question, rows, now.needs)

    @property
    def asked_columns(self) -> Question | None:
        """The open question what the columns of the source mean; while there is one, it is the only question."""
        return next((question for question in self.open if question.kind == "columns"), None)

    def undecided(self, question: Question) -> Iterator[int]:
        """The numbers of the operations that still ask a question and have no answer that fits them."""
        for n in numbers(question.asked_by):
            if not self.is_answered(question, n) and not self._no_longer_asks(n, question):
                yield n

    def _is_undecided(self, question: Question) -> bool:
        if question.takes_single_answers and (question.id in self.answers or question.id in self.exceptions):
            return next(self.undecided(question), None) is not None
        answer = self.answers.get(question.id)
        return answer is None or (question.kind == "columns" and answer.choice != "skip")

    def _is_moot(self, question: Question) -> bool:
        """Whether no operation asks a question any more."""
        return bool(question.asked_by) and all(self._no_longer_asks(n, question) for n in numbers(question.asked_by))

    def _no_longer_asks(self, n: int, question: Question) -> bool:
        """Whether other decisions than its answer have freed an operation from a question that it asked."""
        if question.kind == "decision" and n in self.reach.branching:
            return n in self.skipped or question.id not in self.waiting(n).needs.values()
        if question.id in self.derived_questions:
            return n in self.skipped or not self._is_asked_of_derived(question)
        return (
            n in self.skipped
            or self._is_of_withdrawn_row(n, question)
            or not waits(self._edited.get(n), question)
            or self._became_other_update(n, question)
        )

    def _became_other_update(self, n: int, question: Question) -> bool:
        """Whether another answer made an operation an update that does not change the field in question."""
        found = self._identified.get(n)
        if found is None or found[0] == question.id:
            return False
        return not touches(found[1].patch, question)

    @cached_property
    def _identified(self) -> dict[int, tuple[str, Candidate]]:
        """By number, the operations that turned out to be about a row: the id of the question, and the row."""
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
        rows.update((n, branch.row) for n, branch in self.branches.items() if branch.row is not None)
        return rows

    def _is_of_withdrawn_row(self, n: int, asked: Question) -> bool:
        """Whether a number is that of a row which an answer was to create, but the answer or its question is gone.

        The question that creates the row comes before those that the row asks, so that this recursion ends.
        """
        maker = f"q{n - self.total}"
        if n <= self.total or self._positions.get(maker, 0) >= self._positions[asked.id]:
            return False
        answer = self.answers.get(maker)
        return answer is None or answer.choice != "create" or self._is_moot(self.questions[maker])

    @cached_property
    def _positions(self) -> dict[str, int]:
        """By id, the position of each question in the order in which they were asked."""
        return {id_: position for position, id_ in enumerate(self.questions)}

    def bare(self, operation: Operation) -> Operation:
        """An operation without answers: as it was built, or last replaced by a rebase or an amendment."""
        return self.replaced.get(operation.n, operation)

    def bare_created(self, n: int) -> Operation | None:
        """The create with this number that the answer to a question makes, without further answers, or None."""
        question = self.questions.get(f"q{n - self.total}")
        answer = self.answers.get(question.id) if question else None
        if not (question and answer and answer.choice == "create"):
            return None
        return self.bare(created_by(n, question, answer))

    @property
    def change_anything(self) -> bool:
        """Whether any operation may differ from what was built."""
        return bool(self.answers or self.exceptions or self.replaced or self.skipped)

    def effective(self, operation: Operation) -> Operation:
        """What an operation has become by all decisions; its `needs` are those that are still open.

        Args:
            operation: the operation as built, or as `created_by` makes it.
        """
        operation = self.replaced.get(operation.n, operation)
        match operation:
            case Skip():
                return operation
            case Create() | Update() | Delete() if operation.n in self.skipped:
                if operation.n in self.left_out:
                    return self.branches[operation.n].operation
                return skip_of(operation, self._reason(operation))
            case Create() | Update() | Delete():
                return self._decided(operation)
            case _:
                assert_never(operation)

    def _reason(self, operation: Change) -> str:
        """Why an operation is skipped: the reason that the chosen option gives, or else the cause."""
        cause = self.skipped[operation.n]
        answer = self.answer_to(cause, operation.n) if cause in operation.outcomes else None
        outcome = operation.outcomes[cause].get(answer.option or "") if answer else None
        if outcome is not None and outcome.skip is not None:
            return outcome.skip
        return f"answer to {cause}" if cause.startswith("q") else f"operation {cause} was dropped"

    def created(self) -> Iterator[Create]:
        """The rows that answers create, in the order of their questions, with open needs of their own."""
        made = map(self._created, self.questions.values())
        yield from (row for row in made if row is not None)

    def created_row(self, n: int) -> Create | None:
        """The row that an answer creates, by its number, as `created` gives it; None if none does."""
        question = self.questions.get(f"q{n - self.total}")
        return None if question is None else self._created(question)

    def _created(self, question: Question) -> Create | None:
        answer = self.answers.get(question.id)
        if answer is None or answer.choice != "create" or question.kind not in ("missing", "ambiguous"):
            return None
        n = created_number(self.total, question.id)
        if n in self.skipped or self._is_moot(question):
            return None
        decided = self.effective(created_by(n, question, answer))
        return decided if isinstance(decided, Create) else None

    def _decided(self, operation: Change) -> Operation:
        """What answers make of an operation that is not skipped, with what they entail."""
        result = self.branch(operation).operation
        if not isinstance(result, Skip):
            for path, need in result.needs.items():
                result = self._referring(result, path, need) if isinstance(need, int) else result
        entailed = self.derived.get(operation.n)
        return result if isinstance(result, Skip) or entailed is None else self._with_entailed(result, entailed)

    def _with_entailed(self, operation: Change, entailed: Entailed) -> Operation:
        """Add what answers entail for an operation, and carry out the answers to the questions that came with it."""
        operation = with_entailed(operation, entailed)
        for id_ in self._asked_of_derived.get(operation.n, ()):
            field = self.questions[id_].field
            path = pointer(field) if field else ""
            if isinstance(operation.needs.get(path), str):
                continue
            operation = structs.replace(operation, needs={**operation.needs, path: id_})
        return self.branch(operation).operation

    @cached_property
    def _asked_of_derived(self) -> dict[int, list[str]]:
        """By number of an operation, the ids of the questions that came with what answers entail for it."""
        found: dict[int, list[str]] = {}
        for id_, asking in self.derived_questions.items():
            for n in asking if self._is_asked_of_derived(self.questions[id_]) else ():
                found.setdefault(n, []).append(id_)
        return found

    def _is_asked_of_derived(self, question: Question) -> bool:
        """Whether a question that came with what answers entail still matters: all its operations are what they were.

        Where it asks which of them counts, that is if there are several.
        """
        asking = self.derived_questions[question.id]
        several = question.kind != "duplicate" or sum(n not in self.skipped for n in asking) > 1
        return several and all(n in self.derived for n in asking)

    def _referring(self, operation: Change, path: str, n: int) -> Change:
        """Update a reference that needs operation `n`, if that creates another row, or none, by now.

        If `n` was skipped for another operation about the same row, the reference needs that one; if `n` is an update
        by now, the reference names its row; if answers entail another key for `n`, it names the row by that key.
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
