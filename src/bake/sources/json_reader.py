"""JSON, exactly: numbers keep their digits, items know where they stand, and what is wrong is found where it is.

A source is one JSON object. Its members are walked here, so that each item of a top-level array has an offset; the
items themselves are decoded by the standard library's scanner, which passes over the text once.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder
from typing import Any, NoReturn

from bake.catalog.values import Json
from bake.sources.json_faults import MAX_DEPTH, Fault, described, refused, syntax

_SPACE = re.compile(r"[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the top-level object.

    Attributes:
        value: decoded.
        start: the offset of its name.
        items: the offsets of its items, if the value is an array.
    """

    value: Json
    start: int
    items: array[int] = field(default_factory=lambda: array("Q"), repr=False)


def _decoder() -> JSONDecoder:
    names: dict[str, str] = {}

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # The scanner makes new strings for every record; sharing them halves what a large source takes.
        members = {names.setdefault(name, name): value for name, value in pairs}
        if len(members) != len(pairs):
            raise ValueError("a name twice")
        return members

    def no_number(constant: str) -> NoReturn:
        raise ValueError(constant)

    return JSONDecoder(object_pairs_hook=unique, parse_float=Decimal, parse_constant=no_number)


class Cursor:
    """A place in the text that moves on as values are read; `path` leads to the one being read.

    Its methods raise `Fault` where the text is not JSON (RFC 8259), repeats a name within an object, holds a number
    that is none, or nests deeper than anything that Bake keeps.
    """

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at
        self.path: tuple[str | int, ...] = ()
        self._decode = _decoder().raw_decode

    def document(self) -> dict[str, Member]:
        """The members of the object that is the whole text; integers are `int`, all other numbers `Decimal`."""
        members: dict[str, Member] = {}
        if self.peek() != "{":
            start, value = self.at, self.value()  # what is not JSON at all is told just that
            advice = "Give the list a name" if isinstance(value, list) else "Begin like this"
            raise Fault(
                start, f"the document is {described(value)}; expected an object", f'{advice}: {{"<entity>": [ … ]}}.'
            )
        for name, start in self.names():
            self.path = (name,)
            if name in members:
                raise Fault(start, "the name stands twice in one object", "Keep one of the two.")
            members[name] = self.array(start) if self.peek() == "[" else Member(self.value(), start)
            self.path = ()
        if self.peek():
            raise Fault(self.at, "something follows the document", "A source is one JSON object and nothing else.")
        return members

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]  # it matches nothing, too
        return self.text[self.at : self.at + 1]

    def take(self, char: str) -> bool:
        """Go past the next character if it is this one."""
        taken = self.peek() == char
        self.at += taken
        return taken

    def expect(self, char: str, *alternatives: str) -> None:
        """Go past the next character, which must be this one; the alternatives are for the message."""
        if not self.take(char):
            raise syntax(self.text, self.at, "expected " + " or ".join(f"'{c}'" for c in (*alternatives, char)))

    def value(self) -> Json:
        """Decode the value that begins here."""
        start = self.at
        try:
            value, self.at = self._decode(self.text, start)
        except JSONDecodeError as error:
            raise syntax(self.text, error.pos, error.msg) from None
        except (ValueError, ArithmeticError, RecursionError):
            raise refused(self.text, start) or Fault(start, "nested too deep to be read") from None
        brackets = self.text.count("{", start, self.at) + self.text.count("[", start, self.at)
        if brackets > MAX_DEPTH and (fault := refused(self.text, start)):
            raise fault
        return value

    def names(self) -> Iterator[tuple[str, int]]:
        """The names of an object and their offsets; the caller reads the value after each."""
        self.expect("{")
        more = self.peek() != "}"
        while more:
            if self.peek() != '"':
                raise syntax(self.text, self.at, "expected a name in double quotes")
            start, name = self.at, self.value()
            self.expect(":")
            self.peek()
            yield name, start
            more = self.take(",")
        self.expect("}", ",")

    def array(self, start: int) -> Member:
        """Decode the array that begins here, item by item; `start` is the offset of its name."""
        self.expect("[")
        values: list[Json] = []
        starts: array[int] = array("Q")
        more = self.peek() != "]"
        while more:
            starts.append(self.at)
            try:
                values.append(self.value())
            except Fault:
                self.path = (*self.path, len(values))
                raise
            comma = _COMMA.match(self.text, self.at)
            self.at = comma.end() if comma else self.at
            more = comma is not None
        self.expect("]", ",")
        return Member(values, start, starts)

    def find(self, steps: tuple[str | int, ...]) -> int:
        """The offset of what the steps lead to; of the last part of the way that exists, if they lead nowhere."""
        start = self.at
        for step in steps:
            match step, self.peek():
                case str(), "{":
                    found = self._find_name(step)
                case int(), "[":
                    starts = self.array(start).items
                    found = starts[step] if step < len(starts) else None
                    self.at = found or start
                case _:
                    found = None
            if found is None:
                break
            start = found
        return start

    def _find_name(self, wanted: str) -> int | None:
        for name, start in self.names():
            if name == wanted:
                return start
            self.value()
        return None
