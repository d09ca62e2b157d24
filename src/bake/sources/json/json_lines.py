"""JSON Lines (one object a line): rewritten as a JSON list, whose records keep the lines and columns that they have.

    the file                  what is read
    {"title": "Emma"}         [{"title": "Emma"},
    {"title": "Persuasion"}   {"title": "Persuasion"}]

The bracket at the beginning has no place in the file; a comma stands at the end of a line, where nothing is located.
"""

from __future__ import annotations

from collections.abc import Iterator

from bake.sources.texts.byte_source import Spool
from bake.sources.texts.text import SourceText

_BLANK = b" \t\r\n"


def has_lines(text: SourceText) -> bool:
    """Whether a text is JSON Lines: a line ends with a brace, and the next one begins with one. No JSON does that."""
    if text.first != "{":
        return False
    at, begun, last = text.start, False, b""
    while data := text.read(at, text.block):
        start = 0 if begun else data.find(b"{")
        begun = start >= 0
        end = data.find(b"\n", start) if begun else -1
        if end >= 0:
            following = data[end:].lstrip(_BLANK) or text.read(at + len(data), text.block).lstrip(_BLANK)
            return (last + data[:end]).rstrip(_BLANK)[-1:] == b"}" and following[:1] == b"{"
        last = data.rstrip(_BLANK)[-1:] or last
        at += len(data)
    return False


def as_list(text: SourceText) -> SourceText:
    """The list of the records of a text, or of its only one."""
    return text.rewritten(Spool(_listed(text)), before=1)


def _listed(text: SourceText) -> Iterator[bytes]:
    yield b"["
    at, pending, any_yet = text.start, b"", False
    while data := text.read(at, min(text.block, text.end - at)):
        at += len(data)
        for piece in data.splitlines(keepends=True):
            content = piece.strip(_BLANK)
            if pending and content:
                yield (b"," if any_yet and b"\n" in pending else b"") + pending
                pending = b""
            any_yet = any_yet or bool(content)
            kept = piece.rstrip(_BLANK) if content else b""
            yield kept
            pending += piece[len(kept) :]
    yield b"]" + pending
