"""Sources that stand within other text: in a Markdown fence, as a table, or with prose around them.

    the text                                     what is looked at
    fences (``` or ~~~)                          what stands within each of them
    no fence; lines that begin with { or [       each JSON value that begins so, to its end
    tables of Markdown, outside of those         each of them, as a sheet (`sheets.markdown_tables`)
    none of them                                 nothing: the text is what it is

Nothing else is copied: a block is the same text between two offsets, so that lines and columns stay those of the file.
The text is passed over in bounded memory, whatever the length of its lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bake.sources.sheets.markdown_tables import as_csv, begins_as_table, tables
from bake.sources.texts.text import SourceText

#: How much of a line is looked at, in bytes.
_HEAD = 256
#: How many blocks are looked at; a text with more is no source with something around it.
MOST = 50
_FENCE = re.compile(rb"[ \t]*(`{3,}|~{3,})([^`\r\n]*)\r?$")
_JSON = re.compile(rb'[ \t]*(?=[{\[])(?:\{\s*(?:["}]|$)|\[\s*(?:[{\]]|$))')
_MARK = re.compile(rb'["\\{}\[\]]')


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text.

    Attributes:
        text: the part, with the locations of the whole.
        line: on which it begins.
    """

    text: SourceText
    line: int


def blocks(text: SourceText) -> list[Block]:
    """The blocks of a text that may be sources, `MOST` at most, and one more if there are more."""
    found: list[Block] = []
    spans = list(islice(_fenced(text), MOST + 1)) or list(islice(_bare(text), MOST + 1))
    outside = (one for one in tables(_lines(text)) if not any(start < one[1] and one[0] < end for start, end in spans))
    for start, end in sorted([*spans, *islice(outside, MOST + 1)]):
        part = text.part(start, end)
        if part.first:
            block = as_csv(part) if is_table(part) else part
            found.append(Block(block, text.location(start).line or 1))
        if len(found) > MOST:
            break
    return found


def is_table(text: SourceText) -> bool:
    """Whether a text begins as a table of Markdown."""
    return "|" in text.head and begins_as_table(_lines(text))


def _fenced(text: SourceText) -> Iterator[tuple[int, int]]:
    """Where the contents of fences begin and end; one that is not closed goes to the end of the text."""
    opened, start = b"", 0
    for at, head, following in _lines(text):
        fence = _FENCE.match(head)
        if fence is None:
            continue
        mark, said = fence.groups()
        if not opened:
            opened, start = mark, following
        elif mark.startswith(opened) and not said.strip():
            yield start, at
            opened = b""
    if opened:
        yield start, text.end


def _bare(text: SourceText) -> Iterator[tuple[int, int]]:
    """Where JSON values that begin a line begin and end; one that is cut off goes to the end, whatever is in it."""
    behind = text.start
    for at, head, _ in _lines(text):
        if at >= behind and (begin := _JSON.match(head)):
            start = at + len(begin.group()) - len(begin.group().lstrip())
            behind = _end(text, start)
            yield start, behind


def _end(text: SourceText, start: int) -> int:
    """The offset behind the JSON value that begins with a bracket here; the end of the text if it is cut off."""
    depth, quoted, escaped = 0, False, -1
    at = start
    while data := text.read(at, text.block):
        for found in _MARK.finditer(data):
            mark, here = found.group(), at + found.start()
            if here == escaped:
                continue
            if mark == b"\\":
                escaped = here + 1 if quoted else -1
            elif mark == b'"':
                quoted = not quoted
            elif not quoted:
                depth += 1 if mark in b"{[" else -1
                if depth == 0:
                    return here + 1
        at += len(data)
    return text.end


def _lines(text: SourceText) -> Iterator[tuple[int, bytes, int]]:
    """Of each line its offset, how it begins, and the offset of the next one; only a line feed ends a line."""
    at = line = text.start
    head = b""
    while data := text.read(at, text.block):
        begin = 0
        while (end := data.find(b"\n", begin)) >= 0:
            yield line, (head + data[begin : min(end, begin + _HEAD)])[:_HEAD], at + end + 1
            head, begin = b"", end + 1
            line = at + begin
        head = (head + data[begin : begin + _HEAD])[:_HEAD]
        at += len(data)
    if head:
        yield line, head, at
