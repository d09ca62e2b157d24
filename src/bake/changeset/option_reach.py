"""Which operations the options of decisions fit, and which rows they turn out to be about.

Gathered in a pass over the operations, and only where a decision is asked. What is held of an operation is its number;
its row only where something else of the changeset depends on that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bake.changeset.asked_later import unclear_field
from bake.changeset.effects import every_outcome
from bake.changeset.events import Answered
from bake.changeset.model import OTHERWISE, Candidate, Change, Operation, Question, Skip
from bake.changeset.runs import numbers
from bake.changeset.standing_answers import Slot


@dataclass(slots=True)
class OptionReach:
    """What one option makes of the operations that ask.

    Attributes:
        fits: the operations that have an outcome for it.
        skips: those of them that it skips.
        taken: of these, by number, the operation about the same row that counts instead, as far as one does.
        rows: those of them that it makes updates of a row, with that row, as far as others depend on them, or it is an
            option of single operations.
    """

    fits: set[int] = field(default_factory=set)
    skips: set[int] = field(default_factory=set)
    taken: dict[int, int] = field(default_factory=dict)
    rows: dict[int, Candidate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reach:
    """What the options of all decisions make of the operations that ask.

    Attributes:
        options: by question and name of the option.
        branching: by number, the operations of which decisions hang on others: what becomes of each is the outcome of
            all of them together, and said by no option alone, so that they are not counted among `options`.
        whole: by question, the other operations of which it asks what they are as a whole, and not what a field is.
        unclear: by number, of those that are near rows, the question about the field in which it is unclear whether
            they equal them.
    """

    options: Mapping[tuple[str, str], OptionReach] = field(default_factory=dict)
    branching: Mapping[int, Change] = field(default_factory=dict)
    whole: Mapping[str, set[int]] = field(default_factory=dict)
    unclear: Mapping[int, str] = field(default_factory=dict)

    def option(self, answer: Answered) -> OptionReach:
        """What the option that an answer chose makes of the operations that ask."""
        return self.options.get((answer.question, answer.option or ""), _NOTHING)

    def rows_offered(self, question: str) -> dict[int, tuple[list[Candidate], str]]:
        """By number, the rows that operations may be by a decision, as far as known, and what makes it unclear."""
        offered: dict[int, tuple[list[Candidate], str]] = {}
        for (id_, _), option in self.options.items():
            for n, row in option.rows.items() if id_ == question else ():
                offered.setdefault(n, ([], self.unclear.get(n, "")))[0].append(row)
        return offered

    def row_of(self, question: str, n: int, option: str) -> Candidate | None:
        """The row that an operation would be by an option that is offered to single operations."""
        if n not in self.branching:
            found = self.options.get((question, option))
            return found.rows.get(n) if found is not None else None
        outcomes = self.branching[n].outcomes
        return next((o.same_as for id_, name, o in every_outcome(outcomes) if (id_, name) == (question, option)), None)

    def claimed_twice(
        self, questions: Mapping[str, Question], exceptions: Mapping[str, Mapping[int, Answered]]
    ) -> set[Slot]:
        """The answers for single operations by which several of them would be about the same row: none of these counts.

        Args:
            questions: by id.
            exceptions: by question, the answer for each operation that has one of its own.
        """
        claims: dict[str, list[Slot]] = {}
        for id_, alone in exceptions.items():
            for n, answer in alone.items():
                row = self.row_of(id_, n, answer.option) if answer.option else None
                if row is not None:
                    claims.setdefault(repr((questions[id_].entity, row.key)), []).append((id_, n))
        return {slot for slots in claims.values() if len({n for _, n in slots}) > 1 for slot in slots}

    def fits(self, answer: Answered, n: int) -> bool:
        """Whether an answer to a decision says what becomes of an operation, which is not a branching one."""
        match answer.choice:
            case "choose":
                return n in self.option(answer).fits
            case "value":
                return n not in self.whole.get(answer.question, ())
            case _:
                return True


_NOTHING = OptionReach()


def reach_of(questions: Iterable[Question], operations: Callable[[], Iterable[Operation]]) -> Reach:
    """The reach of all options of these questions.

    Args:
        questions: those of the kind `decision` are looked at.
        operations: gives the operations as they are without answers.
    """
    decisions = {q.id: q for q in questions if q.kind == "decision"}
    offered = {id_: {option.name for option in question.options} for id_, question in decisions.items()}
    asked = offered.keys()
    if not asked:
        return Reach()
    branching: dict[int, Change] = {}
    whole: dict[str, set[int]] = {}
    unclear: dict[int, str] = {}
    reach: dict[tuple[str, str], OptionReach] = {}
    needed: set[int] = set()
    related: set[int] = set()
    for operation in operations():
        if isinstance(operation, Skip):
            continue
        needed.update(need for need in operation.needs.values() if isinstance(need, int))
        if _branches(operation):
            branching[operation.n] = operation
            continue
        for id_ in asked & operation.outcomes.keys() & set(map(str, operation.needs.values())):
            if operation.needs.get("") == id_:
                whole.setdefault(id_, set()).add(operation.n)
                rows = [one.same_as for one in operation.outcomes[id_].values() if one.same_as is not None]
                if after := unclear_field(decisions[id_], rows, operation.needs):
                    unclear[operation.n] = after
            for name, outcome in operation.outcomes[id_].items():
                option = reach.setdefault((id_, name), OptionReach())
                option.fits.add(operation.n)
                if outcome.skip is not None:
                    option.skips.add(operation.n)
                    if outcome.taken is not None:
                        option.taken[operation.n] = outcome.taken
                elif outcome.same_as is not None:
                    related.add(operation.n)
                    if len(operation.needs) > 1 or name not in offered[id_]:
                        option.rows[operation.n] = outcome.same_as
    if needed & related:
        _add_rows(reach, needed & related, operations)
    return Reach(reach, branching, whole, unclear)


def _branches(operation: Change) -> bool:
    """Whether what a decision makes of an operation hangs on others, or on whether it is made for all."""
    return any(
        name == OTHERWISE or one.outcomes or one.for_all
        for options in operation.outcomes.values()
        for name, one in options.items()
    )


def _add_rows(
    reach: Mapping[tuple[str, str], OptionReach], wanted: set[int], operations: Callable[[], Iterable[Operation]]
) -> None:
    """Keep the rows that these operations may turn out to be about: other operations refer to what they create."""
    for operation in operations():
        if operation.n in wanted and not isinstance(operation, Skip):
            for id_, outcomes in operation.outcomes.items():
                for name, outcome in outcomes.items():
                    if outcome.same_as is not None and (id_, name) in reach:
                        reach[id_, name].rows[operation.n] = outcome.same_as


def chosen(
    question: Question,
    answer: Answered | None,
    alone: Mapping[int, Answered],
    reach: Reach,
    contested: Collection[int | None] = (),
) -> Iterable[tuple[Answered, Iterable[int]]]:
    """The answers to a question, each with the operations that it is for; of a decision, but for branching ones.

    Args:
        question: one that takes answers for single operations.
        answer: for all that ask, if there is one.
        alone: for one operation each.
        reach: of its options.
        contested: operations whose own answers contradict each other, so that no answer is for them.
    """
    branching: Collection[int] = reach.branching if question.kind == "decision" else ()
    yield from ((one, (n,)) for n, one in alone.items() if n not in branching)
    if answer is not None:
        those = numbers(question.asked_by) if answer.choice != "choose" else sorted(reach.option(answer).fits)
        yield answer, (n for n in those if n not in alone and n not in contested and n not in branching)
