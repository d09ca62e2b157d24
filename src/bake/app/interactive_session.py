"""Asking somebody the open questions of a changeset, one at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import assert_never

from bake.app.answer_session import AnswerSession, stamped
from bake.catalog.model import Catalog
from bake.changeset.file import ChangesetFile, read
from bake.changeset.fold import decide
from bake.changeset.model import Answered, Question
from bake.changeset.runs import count, merged, spans
from bake.changeset.writing import append
from bake.compiler.check_answer import Accepted, check_answer
from bake.compiler.question_prompts import prompt_of
from bake.compiler.resolution_state import ResolutionState, resolution_state
from bake.compiler.snapshot import Snapshot
from bake.errors import InvalidAnswers, UsageError
from bake.renderer.sentences import sentence
from bake.resolution.answers import Answer
from bake.resolution.resolver import Progress, Prompt, Resolver, Step
from bake.resolution.similar_questions import answer_for, similar_questions


class InteractiveSession:
    """One session with one person.

    Attributes:
        file: the changeset as it is by now.
        answered: how many answers were recorded.
    """

    def __init__(self, catalog: Catalog, snapshot: Snapshot, file: ChangesetFile, resolver: Resolver) -> None:
        self._catalog = catalog
        self._snapshot = snapshot
        self._resolver = resolver
        self._passed: list[str] = []
        self._later: set[str] = set()
        self._attempt: Answer | None = None
        self.answered = 0
        self.file = file
        self._state = self._prepare()

    def run(self) -> bool:
        """Ask until nothing is open, or the person wants no more; each answer is recorded as it is given.

        Returns:
            Whether the person stayed to the end.
        """
        question = self._next()
        while question is not None:
            prompt = self._prompt(question)
            match self._resolver.ask(prompt):
                case Answer() as answer:
                    question = self._take(answer, prompt)
                case Step.LATER:
                    self._later.add(question.id)
                    self._passed.append(question.id)
                    question = self._next()
                case Step.BACK:
                    question = self._back(question)
                case Step.QUIT:
                    return False
                case reply:
                    assert_never(reply)
        return True

    def _prepare(self, revising: Collection[str] = ()) -> ResolutionState:
        file = self.file
        operations = map(file.decisions.effective, file.operations())
        return resolution_state(
            self._catalog, self._snapshot, file.digest, file.decisions, operations, revising=revising
        )

    def _next(self) -> Question | None:
        return next((question for question in self._state.ordered() if question.id not in self._later), None)

    def _back(self, question: Question) -> Question | None:
        """The question before this one, to be answered again."""
        if not self._passed:
            self._resolver.tell("this is the first question")
            return question
        earlier = self._passed.pop()
        self._later.discard(earlier)
        self._state = self._prepare(revising=[earlier])
        return self._state.decisions.questions[earlier]

    def _take(self, answer: Answer, prompt: Prompt) -> Question | None:
        """Record an answer; the next question, or the same again if the answer does not fit."""
        try:
            accepted = check_answer(answer, self._state)
        except InvalidAnswers as error:
            for problem in error.problems:
                self._resolver.tell(problem.message)
            self._attempt = answer
            return prompt.question
        if self._record(accepted):
            for warning in accepted.warnings:
                self._resolver.tell(f"note: {warning}")
            self.answered += 1
            self._passed.append(answer.question)
            if answer.alike:
                self._pass_on(answer, prompt.question)
            return self._next()
        following = self._next()
        self._attempt = answer if following and following.id == answer.question else None
        return following

    def _pass_on(self, answer: Answer, question: Question) -> None:
        """Give an answer to all open questions that are like the one it was given to; say where it does not fit."""
        session = AnswerSession(self._state)
        others = similar_questions(question, self._state.ordered())
        session.take([answer_for(answer, other) for other in others])
        if session.events and not self._record(Accepted(tuple(session.events), tuple(session.warnings))):
            return
        self.answered += session.taken
        self._passed.extend(other.id for other in others if other.id in self.file.decisions.answers)
        for message in (*(problem.message for problem in session.problems), *(f"note: {w}" for w in session.warnings)):
            self._resolver.tell(message)
        self._resolver.tell(f"also recorded for {session.taken} of {len(others)} like it")

    def _record(self, accepted: Accepted) -> bool:
        """Append the events; if somebody else wrote to the file meanwhile, read it again and do not."""
        events = stamped(accepted.events)
        revised = any(isinstance(e, Answered) and e.question in self.file.decisions.answers for e in events)
        try:
            self.file = append(self.file, *events)
        except UsageError:
            self.file = read(self.file.path).intact()
            self._state = self._prepare()
            self._resolver.tell("somebody else has answered in the meantime; the changeset was read again")
            return False
        after = None if revised else replace(self._state.after(events), decisions=self.file.decisions)
        self._state = after or self._prepare()
        return True

    def _prompt(self, question: Question) -> Prompt:
        prompt = prompt_of(question, self._state, sentence(question, count(question.asked_by)))
        attempt, self._attempt = self._attempt, None
        return replace(
            prompt,
            progress=self._progress(question),
            alike=len(similar_questions(question, self._state.ordered())),
            falls=lambda: self._falls(question),
            earlier=attempt or self._earlier(question),
        )

    def _earlier(self, question: Question) -> Answer | None:
        given = self.file.decisions.answers.get(question.id)
        if given is None:
            return None
        return Answer(question.id, given.choice, given.key, given.values, given.value, given.operation)

    def _progress(self, question: Question) -> Progress:
        open_ = [other for other in self.file.decisions.open if other.id not in self._later]
        passed = len(set(self._passed))
        total = passed + len(open_) + (question.id not in {other.id for other in open_})
        waiting = merged([span for other in self.file.decisions.open for span in spans(other.asked_by)])
        return Progress(passed + 1, total, sum(last - first + 1 for first, last in waiting))

    def _falls(self, question: Question) -> int:
        """How many operations would be skipped with this question, by the same fold that would skip them."""
        file = self.file
        skip = Answered(by="", at="", prev="", question=question.id, choice="skip")
        skipped = decide(file.total, file.questions, (*file.events, skip), file.operations).skipped
        return len(skipped.keys() - file.decisions.skipped.keys())
