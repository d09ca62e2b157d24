"""The reach of options: which operations each option of a decision fits, and which rows it makes them be about.

It is gathered in a pass over the operations, if there are decisions at all. Of most operations only the number is kept;
the row of one only if other operations depend on it, or the option is one of single operations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bake.changeset.asked_later import unclear_field
from bake.changeset.effects import every_outcome
from bake.changeset.events import Answered
from bake.changeset.model import OTHERWISE, Candidate, Change, Operation, Outcome, Question, Skip
from bake.changeset.runs import numbers
from bake.changeset.standing_answers import Slot


@dataclass(slots=True)
class OptionReach:
    """What one option makes of the operations that ask.

    Attributes:
        fits: the operations that have an outcome for it.
        skips: those of them that it skips.
        taken: by number of a skipped one, the number of the operation about the same row that counts instead, if any.
        rows: by number, the row of which the option makes an operation the update; see the module for which are kept.
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
        branching: by number, the operations whose decisions depend on each other. What becomes of them follows from all
            answers together, so that they are left out of `options`.
        whole: by question, the numbers of the other operations of which it asks what they are as a whole, and not what
            a field is.
        unclear: by number of an operation with a row question, the question about the one field that keeps it from
            being equal to a row.
    """

    options: Mapping[tuple[str, str], OptionReach] = field(default_factory=dict)
    branching: Mapping[int, Change] = field(default_factory=dict)
    whole: Mapping[str, set[int]] = field(default_factory=dict)
    unclear: Mapping[int, str] = field(default_factory=dict)

    def option(self, answer: Answered) -> OptionReach:
        """What the option that an answer chose makes of the operations that ask."""
        return self.options.get((answer.question, answer.option or ""), _NOTHING)

    def rows_offered(self, question: str) -> dict[int, tuple[list[Candidate], str]]:
        """By number, the rows that operations may be about by a decision, as far as kept, and their `unclear`."""
        offered: dict[int, tuple[list[Candidate], str]] = {}
        for (id_, _), option in self.options.items():
            for n, row in option.rows.items() if id_ == question else ():
                offered.setdefault(n, ([], self.unclear.get(n, "")))[0].append(row)
        return offered

    def row_of(self, question: str, n: int, option: str) -> Candidate | None:
        """The row that an operation would be about by an option of single operations."""
        if n not in self.branching:
            found = self.options.get((question, option))
            return found.rows.get(n) if found is not None else None
        outcomes = self.branching[n].outcomes
        return next((o.same_as for id_, name, o in every_outcome(outcomes) if (id_, name) == (question, option)), None)

    def claimed_twice(
        self, questions: Mapping[str, Question], exceptions: Mapping[str, Mapping[int, Answered]]
    ) -> set[Slot]:
        """The answers for single operations that name one row for several of them; none of these answers counts.

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
        """Whether an answer to a decision can be carried out on an operation; not for branching ones."""
        match answer.choice:
            case "choose":
                return n in self.option(answer).fits
            case "value":
                return n not in self.whole.get(answer.question, ())
            case _:
                return True


_NOTHING = OptionReach()


def reach_of(questions: Iterable[Question], operations: Callable[[], Iterable[Operation]]) -> Reach:
    """The reach of all options of decisions; a second pass over the operations is only made if it is needed.

    Args:
        questions: the questions; those of another kind than `decision` are ignored.
        operations: gives the operations as they are without answers.
    """
    decisions = {q.id: q for q in questions if q.kind == "decision"}
    if not decisions:
        return Reach()
    pass_ = _Pass(decisions)
    for operation in operations():
        if not isinstance(operation, Skip):
            pass_.add(operation)
    reach = Reach(pass_.options, pass_.branching, pass_.whole, pass_.unclear)
    if needed := pass_.needed & pass_.may_be_rows:
        _add_rows(reach.options, needed, operations)
    return reach


class _Pass:
    """A pass over the operations of a changeset, which fills the parts of a `Reach`.

    Attributes:
        options, branching, whole, unclear: as in `Reach`.
        needed: the numbers of the operations that references need.
        may_be_rows: the numbers of the operations that an option makes the update of a row.
    """

    def __init__(self, decisions: Mapping[str, Question]) -> None:
        self._decisions = decisions
        self._offered = {id_: {option.name for option in question.options} for id_, question in decisions.items()}
        self.options: dict[tuple[str, str], OptionReach] = {}
        self.branching: dict[int, Change] = {}
        self.whole: dict[str, set[int]] = {}
        self.unclear: dict[int, str] = {}
        self.needed: set[int] = set()
        self.may_be_rows: set[int] = set()

    def add(self, operation: Change) -> None:
        """Add an operation."""
        self.needed.update(need for need in operation.needs.values() if isinstance(need, int))
        if _branches(operation):
            self.branching[operation.n] = operation
            return
        for id_ in self._decisions.keys() & operation.outcomes.keys() & set(map(str, operation.needs.values())):
            if operation.needs.get("") == id_:
                self._add_row_question(operation, id_)
            for name, outcome in operation.outcomes[id_].items():
                self._add_outcome(operation, id_, name, outcome)

    def _add_row_question(self, operation: Change, id_: str) -> None:
        """Add an operation of which a decision asks what it is as a whole."""
        self.whole.setdefault(id_, set()).add(operation.n)
        rows = [one.same_as for one in operation.outcomes[id_].values() if one.same_as is not None]
        if after := unclear_field(self._decisions[id_], rows, operation.needs):
            self.unclear[operation.n] = after

    def _add_outcome(self, operation: Change, id_: str, name: str, outcome: Outcome) -> None:
        """Add what an option of a decision makes of an operation."""
        option = self.options.setdefault((id_, name), OptionReach())
        option.fits.add(operation.n)
        if outcome.skip is not None:
            option.skips.add(operation.n)
            if outcome.taken is not None:
                option.taken[operation.n] = outcome.taken
        elif outcome.same_as is not None:
            self.may_be_rows.add(operation.n)
            if len(operation.needs) > 1 or name not in self._offered[id_]:
                option.rows[operation.n] = outcome.same_as


def _branches(operation: Change) -> bool:
    """Whether what a decision makes of an operation depends on another one, or on whether it is answered for all."""
    return any(
        name == OTHERWISE or one.outcomes or one.for_all
        for options in operation.outcomes.values()
        for name, one in options.items()
    )


def _add_rows(
    reach: Mapping[tuple[str, str], OptionReach], wanted: set[int], operations: Callable[[], Iterable[Operation]]
) -> None:
    """Keep the rows that these operations may turn out to be about, since other operations refer to them."""
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
    """The answers to a question, each with the numbers of the operations that it is for, branching ones left out.

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
