"""Prompts: questions with all that is needed to answer them, for a terminal, a web page or a file of answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeAlias

from bake.catalog.field_types import Boolean, Choice, Date, Exact, FieldType, Integer, Real, Reference
from bake.catalog.type_words import describe
from bake.catalog.values import Json, Misfit
from bake.changeset.events import Proposed
from bake.changeset.model import Candidate, Change, Option, Question
from bake.resolution.answers import Answer
from bake.resolution.typed_value import from_text

#: Finds rows of an entity by a text, which may be the beginning of a name.
Search: TypeAlias = Callable[[str, str], Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class Blank:
    """A field that an answer fills in.

    Attributes:
        name: the field.
        type: what it holds.
        required: whether the answer must give it.
        default: the value that is taken if the answer gives none, if there is one.
    """

    name: str
    type: FieldType
    required: bool = False
    default: Json = None

    @property
    def expected(self) -> str:
        """What to type, in words."""
        return describe(self.type)

    @property
    def target(self) -> str | None:
        """The entity that the field refers to, if it is a reference."""
        return self.type.entity if isinstance(self.type, Reference) else None

    @property
    def options(self) -> tuple[str, ...]:
        """All values that it can have, as they are typed, if these are a closed list; else empty."""
        match self.type:
            case Choice(options):
                return options
            case Boolean():
                return ("true", "false")
            case _:
                return ()

    @property
    def is_number(self) -> bool:
        """Whether it holds a number."""
        return isinstance(self.type, Integer | Exact | Real)

    def problem(self, text: str) -> str | None:
        """Say why a typed text does not fit, or None if it does; references are not looked up."""
        if isinstance(self.type, Reference):
            return None
        try:
            from_text(self.type, text)
        except Misfit as misfit:
            return str(misfit)
        return None

    def reading(self, text: str) -> str:
        """The value that a typed number, date or truth value is read as; "" if the text is that value itself."""
        if not isinstance(self.type, Boolean | Date | Exact | Real):
            return ""
        value = from_text(self.type, text)
        said = str(value).lower() if isinstance(value, bool) else str(value)
        return "" if said == text else said


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a session.

    Attributes:
        number: the number of this question.
        total: how many questions there are.
        waiting: how many operations wait for answers.
    """

    number: int
    total: int
    waiting: int

    def __str__(self) -> str:
        return f"{self.number} of {self.total}, {self.waiting:,} operation{'' if self.waiting == 1 else 's'} waiting"


def _nothing_found(_entity: str, _text: str) -> Sequence[Candidate]:
    return ()


def _nothing_falls() -> int:
    return 0


@dataclass(frozen=True)
class Prompt:
    """Everything that somebody needs to answer one question.

    Attributes:
        question: the question itself.
        sentence: what it asks, in words, safe to show.
        choices: the answers that fit it here.
        candidates: rows that it may mean, best first; rows created by earlier answers among them.
        blanks: for `create`: the fields of the new row.
        blank: for `value`: the field.
        examples: some of the operations that wait for the answer.
        waiting: how many of them there are.
        progress: how far the session has come.
        alike: the other open questions that are like it (`bake.resolution.similar_questions`).
        search: finds rows by a text.
        falls: counts the operations that `skip` would take out, with all that depend on them.
        earlier: the answer that is being revised, if there is one.
        options: for `choose`: the ways to decide.
        operation: the only operation that is asked about; None for all that ask.
        proposals: the answers that were proposed to it, and wait.
    """

    question: Question
    sentence: str
    choices: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()
    blanks: tuple[Blank, ...] = ()
    blank: Blank | None = None
    examples: tuple[Change, ...] = ()
    waiting: int = 0
    progress: Progress = Progress(1, 1, 0)
    alike: tuple[Question, ...] = ()
    search: Search = field(default=_nothing_found, compare=False)
    falls: Callable[[], int] = field(default=_nothing_falls, compare=False)
    earlier: Answer | None = None
    options: tuple[Option, ...] = ()
    operation: int | None = None
    proposals: tuple[Proposed, ...] = ()


class Step(Enum):
    """What somebody may do instead of answering."""

    LATER = "later"
    SINGLY = "decide one by one"
    BACK = "back"
    QUIT = "quit"


Reply: TypeAlias = Answer | Step


class Resolver(Protocol):
    """Whoever answers questions."""

    def ask(self, prompt: Prompt) -> Reply:
        """The answer, unchecked; or what to do instead."""
        ...

    def agree(self, question: str, lines: Sequence[str]) -> bool:
        """Whether the person says yes to something about these lines."""
        ...

    def tell(self, message: str) -> None:
        """Say something about the last answer: what does not fit in it, or looks wrong."""
        ...
