"""JSON, exactly: numbers keep their digits, values know where they stand, and what is wrong is found where it is.

The structure around values is walked here, so that each value has an offset; the values themselves are decoded by the
standard library's scanner. The text is not held: a window of it moves along, and grows where a value is longer.
"""

from __future__ import annotations

import codecs
import re
from array import array
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from json import JSONDecodeError, JSONDecoder
from typing import Any, NoReturn

from bake.catalog.values import Json
from bake.sources.json.json_faults import BEHIND, CUT_OFF, MAX_DEPTH, Fault, refused, syntax
from bake.sources.texts.lines import CHARACTER
from bake.sources.texts.text import SourceText

_SPACE = re.compile(r"[ \t\n\r]*")
#: How much text behind a fault settles what it is. The longest word of the scanner is `-Infinity`.
_AHEAD = 32
#: How many bytes a value may have that is no array of the document: all of it is held while it is decoded.
LONGEST_VALUE = 8 * 1024**2


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
    """A place in a source that moves on as values are read; `path` leads to the one being read.

    Its methods raise `Fault`, with the offset in the source, where the text is not JSON (RFC 8259), repeats a name
    within an object, holds a number that is none, nests deeper than anything that Bake keeps, or has a value that is
    longer than `LONGEST_VALUE`.

    Args:
        source: the text.
        at: the offset of the place; by default that of the first character.
        window: how many bytes are read at a time, at least; by default a block.
    """

    def __init__(self, source: SourceText, at: int | None = None, window: int | None = None) -> None:
        self.path: tuple[str | int, ...] = ()
        self._source = source
        self._window = max(min(window or source.block, source.block), CHARACTER)
        self._decode = _decoder().raw_decode
        self.jump(source.start if at is None else at)

    def jump(self, offset: int) -> None:
        """Go to an offset, at which a character begins."""
        self._text, self._at = "", 0
        self._known = (0, offset)
        self._end = offset

    @property
    def offset(self) -> int:
        """The offset of this place in the source."""
        self._known = (self._at, self._offset(self._at))
        return self._known[1]

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def take(self, char: str) -> bool:
        """Go past the next character if it is this one."""
        taken = self.peek() == char
        self._at += taken
        return taken

    def expect(self, char: str, *alternatives: str) -> None:
        """Go past the next character, which must be this one; the alternatives are for the message."""
        if not self.take(char):
            raise self._unexpected("expected " + " or ".join(f"'{c}'" for c in (*alternatives, char)))

    def value(self) -> Json:
        """Decode the value that begins here; integers become `int`, all other numbers `Decimal`."""
        while True:
            try:
                value, end = self._value()
            except Fault as fault:
                if self._is_open(fault) and self._more():
                    continue
                fault.offset = self._offset(fault.offset)
                raise
            # A number that ends with the window may go on behind it, and so may one before `.`, `e` or `e+` there.
            if len(self._text) - end > len("e+") or not self._more():
                self._at = end
                return value

    def names(self) -> Iterator[tuple[str, int]]:
        """The names of an object and their offsets; the caller reads the value after each."""
        self.expect("{")
        more = self.peek() != "}"
        while more:
            if self.peek() != '"':
                raise self._unexpected("expected a name in double quotes")
            start, name = self.offset, self.value()
            self.expect(":")
            self.peek()
            yield name, start
            more = self.take(",")
        self.expect("}", ",")

    def find(self, steps: tuple[str | int, ...]) -> int:
        """The offset of what the steps lead to; of the last part of the way that exists, if they lead nowhere."""
        start = self.offset
        for step in steps:
            match step, self.peek():
                case str(), "{":
                    found = self._find_name(step)
                case int(), "[":
                    found = self._find_item(step)
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

    def _find_item(self, wanted: int) -> int | None:
        return next(islice(self._items(), wanted, None), None)

    def item_offsets(self, name: str) -> array[int]:
        """The offsets of all items of an array that an object has by this name; none if it has no such array."""
        found = self._find_name(name) if self.peek() == "{" else None
        return array("Q", self._items() if found is not None and self.peek() == "[" else ())

    def _items(self) -> Iterator[int]:
        """The offset of each item of an array."""
        self.expect("[")
        more = self.peek() != "]"
        while more:
            yield self.offset
            self.value()
            more = self.take(",")
            self.peek()

    def _value(self) -> tuple[Json, int]:
        text, start = self._text, self._at
        try:
            value, end = self._decode(text, start)
        except JSONDecodeError as error:
            raise syntax(text, error.pos, error.msg, self._source.head) from None
        except (ValueError, ArithmeticError, RecursionError):
            raise refused(text, start) or Fault(start, "nested too deep to be read") from None
        brackets = text.count("{", start, end) + text.count("[", start, end)
        if brackets > MAX_DEPTH and (fault := refused(text, start)):
            raise fault
        return value, end

    def _unexpected(self, problem: str) -> Fault:
        while True:
            fault = syntax(self._text, self._at, problem, self._source.head)
            if not (self._is_open(fault) and self._more()):
                fault.offset = self._offset(self._at)
                return fault

    def _is_open(self, fault: Fault) -> bool:
        """Whether more text might show another fault, or none; the offset is still one in the window."""
        ahead = self._text[fault.offset + 1 :]
        return fault.message == CUT_OFF or len(ahead) < _AHEAD or not ahead.lstrip()

    def _more(self) -> bool:
        """Let the window take in more of the source, and forget what is behind; False at the end of the source."""
        if self._end - self.offset > LONGEST_VALUE:
            message = f"a value has more than {LONGEST_VALUE:,} bytes, which no record has"
            raise Fault(self.offset, message, "Is this the right file, and is a quotation mark missing?")
        size = max(self._window, len(self._text) - self._at)  # doubled, so that tries stay few
        text, used = codecs.utf_8_decode(self._source.read(self._end, size), "strict", False)
        if not used:
            return False
        kept = max(self._at - BEHIND, 0)
        self._known = (0, self._offset(kept))
        self._text = self._text[kept:] + text
        self._at -= kept
        self._end += used
        return True

    def _offset(self, index: int) -> int:
        """The offset in the source of a character of the window."""
        known, offset = self._known
        between = self._text[min(index, known) : max(index, known)]
        size = len(between) if between.isascii() else len(between.encode())
        return offset + size if index >= known else offset - size
