"""Questions answered at a terminal: one at a time, with the keyboard alone.

Everything is written to stderr. What comes from files is shown printable and never interpreted.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from bake.changeset.events import Proposed
from bake.changeset.model import Candidate, Change, Create, Json, Key, Replace, Update
from bake.changeset.pointers import undecided_fields
from bake.changeset.proposals import proposal_id
from bake.changeset.runs import count
from bake.cli.columns_menu import ColumnsMenu
from bake.cli.entry import Entry, Menu, candidate_text
from bake.renderer.printable import printable
from bake.renderer.proposals import offer_texts
from bake.renderer.sentences import option_text, record_text, sentence
from bake.renderer.words import key_text, value_text
from bake.resolution.answers import Answer
from bake.resolution.proposal import Decision, accepted_answer
from bake.resolution.resolver import Blank, Prompt, Reply, Step
from bake.resolution.similar_questions import recipients

_ORIGIN = "terminal"
_SHOWN_VALUES = 6
#: How many other questions are listed that an answer can be given to.
_LISTED = 5

_Act: TypeAlias = Callable[[], Reply | None]


@dataclass(frozen=True, slots=True)
class Option:
    """A line of the menu: the key that jumps to it, what it says, and what it does."""

    key: str
    title: str
    act: _Act


class Terminal:
    """Asks in a terminal (`bake.resolution.resolver.Resolver`)."""

    def __init__(self) -> None:
        self._entry = Entry(self._width)

    def ask(self, prompt: Prompt) -> Reply:
        """Put one question; Ctrl-C and a closed terminal end the session, and what was answered stays."""
        try:
            self._introduce(prompt)
            return self._menu(prompt)
        except (KeyboardInterrupt, EOFError):
            self.tell("stopped; the answers so far are kept")
            return Step.QUIT

    def agree(self, question: str, lines: Sequence[str]) -> bool:
        """Ask for a yes; to leave is a no."""
        try:
            for line in lines:
                self._say(f"  {printable(line)}", indent="    ")
            return self._yes(question)
        except (KeyboardInterrupt, EOFError, Menu):
            return False

    def decide(self, lines: Sequence[str]) -> Decision:
        """Put a proposal; Ctrl-C and a closed terminal end the session, and what was decided stays."""
        choices = {"a": Decision.ACCEPT, "r": Decision.REJECT, "l": Decision.LATER, "q": Decision.QUIT}
        try:
            self._say("")
            for line in lines:
                self.tell(line)
            picked = self._entry.pick([(key, choice.value) for key, choice in choices.items()], start="l")
        except (KeyboardInterrupt, EOFError):
            return Decision.QUIT
        return choices[picked]

    def tell(self, message: str) -> None:
        """Say something, wrapped to the width of the terminal."""
        self._say(f"  {printable(message)}", indent="    ")

    def _introduce(self, prompt: Prompt) -> None:
        self._say("")
        self._say(str(prompt.progress))
        self._say(prompt.sentence)
        if prompt.question.where and prompt.operation is None:  # else it is where another record stands
            self._say(f"  {printable(prompt.question.where)}", indent="    ")
            if record := record_text(prompt.question):
                self._say(f"  {record}", indent="    ")
        if prompt.examples:
            self._say(f"  {described(prompt.examples[0])}", indent="    ")
        if prompt.waiting > 1:
            self._say(f"  and {prompt.waiting - 1:,} more")
        for proposal in prompt.proposals[:_LISTED]:
            for line in offer_texts(proposal):
                self.tell(line)

    def _menu(self, prompt: Prompt) -> Reply:
        if prompt.question.kind == "columns":
            return ColumnsMenu(self._entry, self._width).ask(prompt)
        while True:
            options = self._options(prompt)
            # Enter alone decides nothing: a likely row is an offer, not a default.
            picked = self._entry.pick([(option.key, option.title) for option in options], start="l")
            act = next(option.act for option in options if option.key == picked)
            try:
                if (reply := act()) is not None:
                    return self._for_all(prompt, reply)
            except Menu:
                continue

    def _for_all(self, prompt: Prompt, reply: Reply) -> Reply:
        """An answer; also for the questions it can be given to, which are listed first, if the person says so."""
        if not isinstance(reply, Answer) or reply.proposal:
            return reply
        others = recipients(reply, prompt.question, prompt.alike, prompt.blanks)
        if not others:
            return reply
        for other in others[:_LISTED]:
            self.tell(f"{other.id}: {sentence(other, count(other.asked_by))}")
        if len(others) > _LISTED:
            self.tell(f"and {len(others) - _LISTED:,} more")
        these = "this question" if len(others) == 1 else f"these {len(others):,} questions"
        return replace(reply, alike=self._yes(f"Give the same answer to {these}, too?"))

    def _options(self, prompt: Prompt) -> list[Option]:
        """All that can be typed at a prompt, in the order in which it is listed."""
        question = prompt.question
        options = [Option("a", f"accept {proposal_id(one)}", partial(_accept, one)) for one in prompt.proposals[:1]]
        options += [*self._numbered(prompt), *_plain_choices(prompt)]
        if "value" in prompt.choices and prompt.blank:
            options.append(Option("v", f"type the value: {prompt.blank.expected}", partial(self._value, prompt)))
        if question.takes_single_answers and prompt.operation is None and prompt.waiting > 1:
            options.append(Option("e", "decide one by one", partial(_step, Step.SINGLY)))
        if "create" in prompt.choices:
            options.append(Option("c", "create a new one", partial(self._create, prompt)))
        if "map" in prompt.choices and question.kind != "identity":
            options.append(Option("m", "search for another", partial(self._search, prompt)))
        skip = Option("s", "skip what needs this", partial(self._skip, prompt))
        steps = [(Step.LATER, "l", "later"), (Step.BACK, "b", "back"), (Step.QUIT, "q", "quit, and keep the answers")]
        return [*options, skip, *(Option(key, title, partial(_step, step)) for step, key, title in steps)]

    def _numbered(self, prompt: Prompt) -> Iterator[Option]:
        """The candidates, operations or options to choose from, by number; the first nine of them."""
        if "map" in prompt.choices:
            for n, candidate in enumerate(prompt.candidates[:9], 1):
                yield Option(str(n), _offer(candidate), partial(self._mapped, prompt, candidate.key))
        if "take" in prompt.choices:
            for n, change in enumerate(prompt.examples[:9], 1):
                yield Option(str(n), described(change), partial(_answer, prompt, "take", operation=change.n))
        if "choose" in prompt.choices:
            for n, option in enumerate(prompt.options[:9], 1):
                yield Option(str(n), option_text(option), partial(_answer, prompt, "choose", option=option.name))

    def _mapped(self, prompt: Prompt, key: Key) -> Reply:
        return Answer(prompt.question.id, "map", key=key, origin=_ORIGIN)

    def _search(self, prompt: Prompt) -> Reply:
        found = self._entry.search(
            "search: ", lambda text: prompt.search(prompt.question.entity, text), must_match=True
        )
        assert isinstance(found, Candidate)
        return self._mapped(prompt, found.key)

    def _value(self, prompt: Prompt) -> Reply:
        assert prompt.blank is not None
        value = self._field(prompt, prompt.blank, prompt.earlier.value if prompt.earlier else None)
        return _answer(prompt, "value", value=value, typed=True)

    def _create(self, prompt: Prompt) -> Reply:
        """Ask for the required fields, then offer the others."""
        if not prompt.blanks:
            return _answer(prompt, "create")
        earlier = (prompt.earlier.values if prompt.earlier else None) or {}
        values: dict[str, Json] = {}
        for blank in prompt.blanks:
            if blank.required:
                values[blank.name] = self._field(prompt, blank, earlier.get(blank.name, blank.default))
            elif blank.name in earlier:
                values[blank.name] = earlier[blank.name]
        self._more(prompt, values)
        return Answer(prompt.question.id, "create", values=values, origin=_ORIGIN, typed=True)

    def _more(self, prompt: Prompt, values: dict[str, Json]) -> None:
        blanks = {blank.name: blank for blank in prompt.blanks}
        known = [
            f"{name}: {_plain(values.get(name, blank.default))}"
            for name, blank in blanks.items()
            if values.get(name, blank.default) is not None
        ]
        self._say("  " + ", ".join(printable(text) for text in known), indent="    ")
        while name := self._entry.word("another field? (Enter: no) ", list(blanks)):
            values[name] = self._field(prompt, blanks[name], values.get(name, blanks[name].default))

    def _field(self, prompt: Prompt, blank: Blank, default: Json) -> Json:
        """What is typed for a field; None if it is left empty."""
        label = f"{blank.name}: "
        self._say(f"  {blank.expected}{'' if blank.required else ', or nothing'}", indent="    ")
        if blank.target:
            found = self._entry.search(label, lambda text: prompt.search(str(blank.target), text), _plain(default))
            return found.key if isinstance(found, Candidate) else found or None
        return self._entry.text(label, blank, _plain(default)) or None

    def _skip(self, prompt: Prompt) -> Reply | None:
        falls = prompt.falls()
        if falls > 1 and not self._yes(f"this leaves out {falls:,} operations; skip them?"):
            return None
        return _answer(prompt, "skip")

    def _yes(self, question: str) -> bool:
        self._say(question)
        return self._entry.yes("y/N: ")

    @staticmethod
    def _width() -> int:
        return max(20, shutil.get_terminal_size().columns)

    def _say(self, text: str, indent: str = "") -> None:
        lines = textwrap.wrap(text, self._width() - 1, subsequent_indent=indent, drop_whitespace=True)
        sys.stderr.write("\n".join(lines or [""]) + "\n")
        sys.stderr.flush()


def _plain_choices(prompt: Prompt) -> Iterator[Option]:
    """The choices that need nothing beside the letter."""
    plain = {
        "file": ("f", f"take the file's value, {value_text(prompt.question.value)}"),
        "database": ("d", f"keep the database's value, {value_text(prompt.question.current)}"),
        "keep": ("k", "keep it as it is"),
        "omit": ("o", "leave the field out"),
    }
    for choice, (key, title) in plain.items():
        if choice in prompt.choices:
            yield Option(key, title, partial(_answer, prompt, choice))


def _accept(proposal: Proposed) -> Reply | None:
    return accepted_answer(proposal.answer, proposal.digest, _ORIGIN) if proposal.answer else None


def _step(step: Step) -> Reply:
    return step


def described(change: Change) -> str:
    """An operation on one line: what it is about, and the first of its values."""
    match change:
        case Create():
            asked = undecided_fields(change.needs)
            said = {name: value for name, value in change.values.items() if name != "uuid"}
            unknown = [name for name, value in said.items() if value is None and name in asked]
            values = [f"{name} {'asked' if name in unknown else value_text(value)}" for name, value in said.items()]
            about = "new"
        case Update():
            steps = [step for step in change.patch if isinstance(step, Replace)]
            values = [f"{step.path.removeprefix('/')} {value_text(step.value)}" for step in steps]
            about = key_text(change.key)
        case _:
            values, about = [], key_text(change.key)
    more = ", …" if len(values) > _SHOWN_VALUES else ""
    return printable(f"{change.entity}, {about}: {', '.join(values[:_SHOWN_VALUES])}{more}")


def _offer(candidate: Candidate) -> str:
    score = f" {candidate.score:.0%}" if candidate.score is not None else ""
    why = f", {candidate.why}" if candidate.why else ""
    return printable(f"{candidate.label}{score}{why}")


def _plain(value: Json) -> str:
    """A value as a person would type it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict():
            return candidate_text(Candidate(key=value, label=key_text(value)))
        case _:
            return str(value)


def _answer(
    prompt: Prompt,
    choice: str,
    *,
    value: Json = None,
    option: str | None = None,
    operation: int | None = None,
    typed: bool = False,
) -> Answer:
    n = prompt.operation if operation is None else operation
    if choice == "value":
        return Answer(prompt.question.id, choice, value=value, operation=n, origin=_ORIGIN, typed=typed)
    return Answer(prompt.question.id, choice, option=option, operation=n, origin=_ORIGIN)
