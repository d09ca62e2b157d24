"""What is wrong with a text that is not the JSON Bake reads, where exactly, and what to do about it.

The scanner that reads sources is fast and says little. Once it has refused a value, the value is walked a second time,
token by token, to find the place.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation

from bake.catalog.values import Json

#: How deep values may nest. Far more than data does, far less than what Python can follow.
MAX_DEPTH = 100

_TRAILING_COMMA = re.compile(r",[ \t\n\r]*[}\]]")
_TOKEN = re.compile(
    r"""
      (?P<name>"[^"\\]*(?:\\.[^"\\]*)*"(?=[ \t\n\r]*:))
    | (?P<string>"[^"\\]*(?:\\.[^"\\]*)*")
    | (?P<constant>NaN|-?Infinity)
    | (?P<number>-?[0-9][0-9.eE+-]*)
    | (?P<open>[{\[])
    | (?P<close>[}\]])
    """,
    re.VERBOSE | re.DOTALL,
)


#: What is said of a text that ends too early.
CUT_OFF = "the JSON ends in the middle"
#: How far behind a fault the text is looked at, to advise.
BEHIND = 200


class Fault(Exception):
    """Something at an offset that cannot stand there. Becomes an `InvalidSource` once the file is known.

    Its `path` leads to the value in which it stands, as far as whoever raises it knows that.
    """

    def __init__(self, offset: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.path: tuple[str | int, ...] = ()
        self.offset = offset
        self.message = message
        self.hint = hint


def described(value: Json) -> str:
    """What kind of JSON value it is, for diagnostics."""
    match value:
        case None | bool():
            return json.dumps(value)
        case str():
            return "text"
        case int() | Decimal():
            return "a number"
        case list():
            return some_items(len(value))
        case _:
            return "an object"


def some_items(count: int) -> str:
    """What a list of so many items is called."""
    return f"a list of {count} {'item' if count == 1 else 'items'}" if count else "an empty list"


def syntax(text: str, offset: int, problem: str, head: str) -> Fault:
    """The fault of a text that breaks the grammar of JSON at an offset.

    Args:
        text: around the offset.
        offset: in the text.
        problem: what the grammar expects there.
        head: how the whole document begins.
    """
    rest = text[offset : offset + 10].strip()
    cut_off = any(word.startswith(rest) for word in ("true", "false", "null", "-"))
    if cut_off or problem.startswith("Unterminated string"):
        return Fault(offset, CUT_OFF, "The file is cut off; write or download it again.")
    return Fault(offset, f"not JSON: {problem[:1].lower()}{problem[1:]}", _advice(text, offset, head))


def _advice(text: str, offset: int, head: str) -> str:
    ahead, before = text[offset : offset + 3], text[max(offset - BEHIND, 0) : offset].rstrip()[-1:]
    match ahead[:1], before:
        case _ if head.lstrip().startswith("```"):
            return "Remove the lines of ``` around the JSON."
        case "/" | "#", _:
            return "JSON has no comments; remove this one."
        case (("}" | "]" | ","), ("," | "[" | "{")):
            return "Remove the comma that nothing follows."
        case _ if _TRAILING_COMMA.match(text, offset):
            return "Remove the comma that nothing follows."
        case (("'" | "\u2018" | "\u2019" | "\u201c" | "\u201d"), _):
            return 'Write names and text in straight double quotes: "…".'
        case _ if ahead in {"Non", "Tru", "Fal"}:
            return "JSON writes null, true and false."
        case _:
            return "Correct the text at this place, or write the file again."


def refused(text: str, start: int) -> Fault | None:
    """The first fault in a grammatical value that begins at an offset, or None if there is none.

    Faults are: a name that stands twice in one object, `NaN` and infinities, numbers beyond what can be held, and
    nesting deeper than `MAX_DEPTH`.
    """
    open_names: list[set[str]] = []
    for token in _TOKEN.finditer(text, start):
        if fault := _fault(token, open_names):
            return fault
        if not open_names:
            break
    return None


def _fault(token: re.Match[str], open_names: list[set[str]]) -> Fault | None:
    offset = token.start()
    match token.lastgroup:
        case "name":
            name = json.loads(token.group(), strict=False)
            if name in open_names[-1]:
                return Fault(offset, "the name stands twice in one object", "Keep one of the two.")
            open_names[-1].add(name)
        case "constant":
            return Fault(offset, f"{token.group()} is not a JSON number", "Write null where there is no number.")
        case "number" if not _can_be_held(token.group()):
            return Fault(offset, "this number is too long or too large to be held", "Was it meant to be text?")
        case "open" if len(open_names) == MAX_DEPTH:
            return Fault(
                offset, f"nested more than {MAX_DEPTH} deep", "No record nests like that; was another file meant?"
            )
        case "open":
            open_names.append(set())
        case "close":
            open_names.pop()
        case _:
            pass
    return None


def _can_be_held(number: str) -> bool:
    read = int if number.lstrip("-").isdigit() else Decimal
    try:
        read(number)
    except (ValueError, InvalidOperation):
        return False
    return True
