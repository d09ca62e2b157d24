"""Ways to enter something at a terminal: a line of a menu, a text, a row searched for while typing."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence

import questionary
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, WordCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.utils import is_dumb_terminal
from prompt_toolkit.validation import ValidationError, Validator

from bake.changeset.model import Candidate
from bake.renderer.printable import printable
from bake.renderer.words import json_text
from bake.resolution.resolver import Blank

#: Finds rows by a text.
Find = Callable[[str], Sequence[Candidate]]


class Menu(Exception):
    """The person wants back to the menu."""


class Entry:
    """Entering things, one at a time. Escape leads back to the menu, Ctrl-C and the end of input leave altogether.

    Args:
        width: tells the width of the terminal in cells.
    """

    def __init__(self, width: Callable[[], int]) -> None:
        self._width = width
        self._output = create_output(stdout=sys.stderr)

    def pick(self, lines: Sequence[tuple[str, str]], start: str) -> str:
        """The key of the line that is chosen: by arrows or by its key, and Enter.

        Args:
            lines: key (one character) and title of each.
            start: the key of the line that Enter alone chooses.
        """
        if is_dumb_terminal():
            return self._pick_by_key(lines)
        room = self._width() - len(" » 1) ") - 1
        choices = [questionary.Choice(_clipped(title, room), value=key, shortcut_key=key) for key, title in lines]
        question = questionary.select(
            "",
            choices,
            default=start,
            qmark="",
            instruction=" ",
            use_shortcuts=True,
            use_jk_keys=False,
            output=self._output,
        )
        return str(question.unsafe_ask())

    def text(self, label: str, blank: Blank, default: str) -> str:
        """A text that fits a field, or nothing where nothing is needed."""
        return self._prompt(label, default, validator=_Fits(blank))

    def word(self, label: str, words: Iterable[str]) -> str:
        """One of these words, or nothing."""
        known = list(words)
        return self._prompt(label, "", completer=WordCompleter(known, sentence=True), validator=_OneOf(known))

    def search(self, label: str, find: Find, default: str = "", *, must_match: bool = False) -> Candidate | str:
        """A row, searched for while its name is typed, or the name itself where no row need match."""
        rows = _Rows(find)
        text = self._prompt(label, default, completer=rows, validator=_Matches(rows, must_match))
        return rows.named(text) or text

    def yes(self, question: str) -> bool:
        """Whether a question is answered with yes; Enter alone is no."""
        return self._prompt(question, "").strip().casefold() in ("y", "yes")

    def _pick_by_key(self, lines: Sequence[tuple[str, str]]) -> str:
        """A menu for terminals that can only print."""
        for key, title in lines:
            self._print(f"  {key}) {title}", indent="     ")
        return self._prompt("> ", "", validator=_OneOf([key for key, _ in lines], empty=False))

    def _prompt(
        self, label: str, default: str, *, completer: Completer | None = None, validator: Validator | None = None
    ) -> str:
        if is_dumb_terminal():
            return self._line(label, default, validator)
        session: PromptSession[str] = PromptSession(output=self._output, key_bindings=_escape())
        return session.prompt(
            label,
            default=printable(default),
            completer=completer,
            complete_while_typing=True,
            validator=validator,
            validate_while_typing=False,
        ).strip()

    def _line(self, label: str, default: str, validator: Validator | None) -> str:
        """A line on a terminal that can only print."""
        while True:
            self._output.write(f"{label}[{printable(default)}] " if default else label)
            self._output.flush()
            line = sys.stdin.readline()
            if not line:
                raise EOFError
            text = line.strip() or default
            try:
                if validator:
                    validator.validate(Document(text))
                return text
            except ValidationError as error:
                self._print(error.message)

    def _print(self, text: str, indent: str = "") -> None:
        lines = textwrap.wrap(text, self._width() - 1, subsequent_indent=indent, drop_whitespace=True)
        self._output.write("\n".join(lines or [""]) + "\n")
        self._output.flush()


def candidate_text(candidate: Candidate) -> str:
    """What is typed for a row: its key where that is one text, else the whole key as JSON."""
    match list(candidate.key.values()):
        case [str() as only] if printable(only) == only:
            return only
        case _:
            return json_text(candidate.key)


class _Rows(Completer):
    """Rows that what is typed so far may mean."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._found: dict[str, Candidate] = {}

    def get_completions(self, document: Document, _event: CompleteEvent) -> Iterable[Completion]:
        """The rows most like the text, best first."""
        for candidate in self._search(document.text):
            text = candidate_text(candidate)
            label = printable(candidate.label)
            yield Completion(text, start_position=-len(document.text), display=label, display_meta=text)

    def named(self, text: str) -> Candidate | None:
        """The row whose key or label this is."""
        wanted = text.strip()
        self._search(wanted)
        labelled = [c for c in self._found.values() if printable(c.label) == wanted]
        return self._found.get(wanted) or (labelled[0] if len(labelled) == 1 else None)

    def likely(self, text: str) -> list[str]:
        """The first few rows that a text may mean, as they can be typed."""
        return [candidate_text(candidate) for candidate in self._search(text)[:3]]

    def _search(self, text: str) -> Sequence[Candidate]:
        found = self._find(text) if text.strip() else ()
        self._found.update((candidate_text(candidate), candidate) for candidate in found)
        return found


class _Fits(Validator):
    def __init__(self, blank: Blank) -> None:
        self._blank = blank

    def validate(self, document: Document) -> None:
        text = document.text.strip()
        problem = (
            self._blank.problem(text) if text else f"{self._blank.name} is needed" if self._blank.required else None
        )
        if problem:
            raise ValidationError(len(document.text), printable(problem))


class _OneOf(Validator):
    def __init__(self, words: Sequence[str], *, empty: bool = True) -> None:
        self._words = words
        self._empty = empty

    def validate(self, document: Document) -> None:
        text = document.text.strip()
        if text not in self._words and (text or not self._empty):
            raise ValidationError(len(document.text), "expected one of " + ", ".join(self._words))


class _Matches(Validator):
    def __init__(self, rows: _Rows, must_match: bool) -> None:
        self._rows = rows
        self._must_match = must_match

    def validate(self, document: Document) -> None:
        if self._must_match and self._rows.named(document.text) is None:
            likely = ", ".join(self._rows.likely(document.text)) or "nothing like it"
            raise ValidationError(len(document.text), f"no row is called so; there is {likely}")


def _escape() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("escape", eager=True)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=Menu())

    return bindings


def _clipped(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(1, room - 1)] + "…"
