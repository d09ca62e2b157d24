"""Ask a person the open questions of a changeset, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, assert_never

from bake.app.answering.answer_session import AnswerSession, stamped
from bake.app.answering.entailed import entailed_by, entailed_warnings
from bake.app.answering.question_facts import earlier_answer, falls, operation_now, waiting_operations
from bake.app.ledger_sync import has_been_applied
from bake.catalog.model import Catalog
from bake.changeset.events import Answered, Asked, Withdrawn
from bake.changeset.file import Changeset, read
from bake.changeset.model import Question
from bake.changeset.runs import count
from bake.changeset.writing import append
from bake.compiler.answers.check_answer import Accepted, check_answer
from bake.compiler.answers.resolution_state import ResolutionState, resolution_state
from bake.compiler.questions.question_prompts import prompt_of
from bake.compiler.snapshot import Snapshot
from bake.errors import InvalidAnswers, UsageError
from bake.renderer.sentences import sentence
from bake.renderer.words import counted
from bake.resolution.answers import Answer
from bake.resolution.resolver import Progress, Prompt, Resolver, Step
from bake.resolution.similar_questions import answer_for, recipients, similar_questions


class Turn(NamedTuple):
    """What is asked at one time: a question for all its operations, or for a single one (`operation`)."""

    question: str
    operation: int | None = None


class InteractiveSession:
    """Asks questions through a resolver, and appends each answer to the changeset file at once.

    Attributes:
        file: the changeset with the answers recorded so far.
        answered: how many answers were recorded and not withdrawn.
    """

    def __init__(self, catalog: Catalog, snapshot: Snapshot, file: Changeset, resolver: Resolver, actor: str) -> None:
        self._catalog = catalog
        self._snapshot = snapshot
        self._resolver = resolver
        self._actor = actor
        self._passed: list[Turn] = []
        self._later: set[Turn] = set()
        self._singly: set[str] = set()
        self._recorded: set[str] = set()
        self._attempt: Answer | None = None
        self.answered = 0
        self.file = file
        self._state = self._prepare()

    def run(self) -> bool:
        """Ask until no question is left, or the person quits.

        Returns:
            False if the person quit.
        """
        turn = self._next()
        while turn is not None:
            prompt = self._prompt(turn)
            match self._resolver.ask(prompt):
                case Answer() as answer:
                    turn = self._take(answer, turn, prompt)
                case Step.LATER:
                    self._later.add(turn)
                    self._passed.append(turn)
                    turn = self._next()
                case Step.SINGLY:
                    self._singly.add(turn.question)
                    turn = self._next()
                case Step.BACK:
                    turn = self._back(turn)
                case Step.QUIT:
                    return False
                case reply:
                    assert_never(reply)
        return True

    def _prepare(self) -> ResolutionState:
        """Compute the resolution state of the changeset file anew."""
        file = self.file
        return resolution_state(self._catalog, self._snapshot, file.digest, file.decisions, file)

    def _next(self) -> Turn | None:
        """What to ask next; None if everything is answered or put off."""
        turns = (self._turn(question) for question in self._state.ordered())
        return next((turn for turn in turns if turn is not None), None)

    def _turn(self, question: Question) -> Turn | None:
        """What to ask of an open question: the question itself, or its next operation.

        Its operations are asked about singly if the person chose that, or if it has an answer that does not fit all of
        them. None if what is left was put off.
        """
        if Turn(question.id) in self._later:
            return None
        if question.id not in self._singly and question.id not in self._state.decisions.answers:
            return Turn(question.id)
        singles = (Turn(question.id, n) for n in self._state.decisions.undecided(question))
        return next((turn for turn in singles if turn not in self._later), None)

    def _back(self, turn: Turn) -> Turn:
        """Go back to what was asked before, and withdraw its answer.

        From the first single operation of a question, go back to the question itself.
        """
        if turn.question in self._singly and (not self._passed or self._passed[-1].question != turn.question):
            self._singly.discard(turn.question)
            return Turn(turn.question)
        if not self._passed:
            self._resolver.tell("this is the first question")
            return turn
        earlier = self._passed.pop()
        self._later.discard(earlier)
        self._withdraw(earlier)
        return earlier

    def _withdraw(self, turn: Turn) -> None:
        """Withdraw the answers that this session recorded for a turn; the next prompt offers them as a default."""
        given = [answer for answer in self.file.decisions.standing(*turn) if answer.digest in self._recorded]
        attempt = earlier_answer(self.file.decisions, *turn)
        if given and self._append([Withdrawn(by="", at="", prev="", question=turn.question, answers=_digests(given))]):
            self.answered -= 1
            self._attempt = attempt
        self._state = self._prepare()

    def _take(self, answer: Answer, turn: Turn, prompt: Prompt) -> Turn | None:
        """Record an answer, and return what to ask next: the same turn if the answer is not valid."""
        try:
            accepted = check_answer(answer, self._state)
        except InvalidAnswers as error:
            for problem in error.problems:
                self._resolver.tell(problem.message)
            self._attempt = answer
            return turn
        if self._record(accepted):
            for warning in accepted.warnings:
                self._resolver.tell(f"note: {warning}")
            self.answered += 1
            self._passed.append(turn)
            if answer.alike:
                self._pass_on(answer, prompt)
            return self._next()
        following = self._next()
        self._attempt = answer if following == turn else None
        return following

    def _pass_on(self, answer: Answer, prompt: Prompt) -> None:
        """Record an answer for similar open questions as well, and tell the person for which it is not valid."""
        session = AnswerSession(self._state)
        others = recipients(answer, prompt.question, self._state.ordered(), prompt.blanks)
        session.take([answer_for(answer, other) for other in others])
        if session.events and not self._record(Accepted(tuple(session.events), tuple(session.warnings))):
            return
        self.answered += session.taken
        self._passed.extend(Turn(other.id) for other in others if other.id in self.file.decisions.answers)
        for message in (*(problem.message for problem in session.problems), *(f"note: {w}" for w in session.warnings)):
            self._resolver.tell(message)
        self._resolver.tell(
            f"the same answer was recorded for {session.taken} of {counted(len(others), 'other question')}"
        )

    def _record(self, accepted: Accepted) -> bool:
        """Append the events of an answer to the file, and update the state; False if they could not be appended."""
        revised = any(isinstance(e, Answered) and self.file.decisions.standing(e.question) for e in accepted.events)
        if not self._append(accepted.events):
            self._state = self._prepare()
            return False
        after = None if revised else replace(self._state.after(accepted.events), decisions=self.file.decisions)
        self._state = after or self._prepare()
        return True

    def _append(self, events: Sequence[Asked | Answered | Withdrawn]) -> bool:
        """Append events to the file; if another process has written to it, read it again instead and return False.

        What the answers entail is appended with them, and warnings among that are told.
        """
        entailed = entailed_by(self.file, self._state, events)
        try:
            self.file = append(self.file, *stamped([*events, *([entailed] if entailed else [])], self._actor))
        except UsageError:
            there = read(self.file.path).intact()
            if there.decisions.applied:
                raise has_been_applied(there.path) from None
            if there.tail == self.file.tail:
                raise
            self.file = there
            self._resolver.tell("somebody else has answered in the meantime; the changeset was read again")
            return False
        written = len(events) + (entailed is not None)
        self._recorded.update(event.digest for event in self.file.events[-written:])
        for warning in entailed_warnings(entailed):
            self._resolver.tell(f"note: {warning}")
        return True

    def _prompt(self, turn: Turn) -> Prompt:
        """What the resolver is to ask."""
        question = self._state.decisions.questions[turn.question]
        waiting = count(question.asked_by) if turn.operation is None else 0
        contradicting = self._state.decisions.contradicting(question.id)
        asked = sentence(question, waiting, contradicting)
        prompt = prompt_of(question, self._state, asked, operation_now(self.file, turn.operation))
        attempt, self._attempt = self._attempt, None
        return replace(
            prompt,
            progress=self._progress(question),
            alike=tuple(similar_questions(question, self._state.ordered())),
            falls=lambda: falls(self.file, *turn),
            earlier=attempt or earlier_answer(self.file.decisions, *turn),
        )

    def _progress(self, question: Question) -> Progress:
        """The number of the question, of all questions, and of the operations that still wait.

        A question that is answered for single operations counts once, until it is answered for all.
        """
        open_ = self.file.decisions.open
        ahead = {other.id for other in open_ if self._turn(other) is not None} | {question.id}
        passed = {turn.question for turn in self._passed} - ahead
        waiting = waiting_operations(self.file.decisions, open_)
        return Progress(len(passed) + 1, len(passed) + len(ahead), waiting)


def _digests(answers: Iterable[Answered]) -> tuple[str, ...]:
    return tuple(answer.digest for answer in answers)
