"""Lines and columns of byte offsets: the text is counted through once, as far as somebody asks; marks stay."""

from __future__ import annotations

import codecs
from array import array
from bisect import bisect_left, bisect_right

from bake.sources.byte_source import ByteSource

#: How many bytes lie between marks, at least: what has to be counted again for each question.
STEP = 32 * 1024
#: The longest character, in bytes.
CHARACTER = 4


class Lines:
    """Where lines begin in UTF-8 text. Only a line feed ends a line.

    Args:
        stored: the text; valid as far as anybody asks.
        start: the offset at which it begins.
        step: how many bytes lie between marks.
    """

    def __init__(self, stored: ByteSource, start: int, step: int = STEP) -> None:
        self._stored = stored
        self._step = max(step, CHARACTER)
        # Of each mark: its offset, how many lines end before it, how many characters of its line stand before it.
        self._offsets, self._ended, self._columns = array("Q", [start]), array("Q", [0]), array("Q", [0])

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at an offset, from 1."""
        while self._offsets[-1] + self._step <= offset and self._mark():
            pass
        mark = bisect_right(self._offsets, offset) - 1
        data = self._stored.read(self._offsets[mark], offset - self._offsets[mark])
        ended, column = self._after(mark, data.decode())
        return ended + 1, column + 1

    def start(self, line: int) -> int:
        """The offset at which a line begins; `line` counts from 1 and must not lie behind the end."""
        wanted = line - 1
        while self._ended[-1] < wanted and self._mark():
            pass
        mark = max(bisect_left(self._ended, wanted) - 1, 0)
        data = self._stored.read(self._offsets[mark], self._step)
        at = 0
        for _ in range(wanted - self._ended[mark]):
            at = data.index(b"\n", at) + 1
        return self._offsets[mark] + at

    def _mark(self) -> bool:
        """Set one more mark; False at the end of the text."""
        text, used = codecs.utf_8_decode(self._stored.read(self._offsets[-1], self._step), "strict", False)
        if used:
            ended, column = self._after(-1, text)
            self._offsets.append(self._offsets[-1] + used)
            self._ended.append(ended)
            self._columns.append(column)
        return used > 0

    def _after(self, mark: int, text: str) -> tuple[int, int]:
        """How many lines end before what follows a text behind a mark, and how much of its own line stands before."""
        ended = text.count("\n")
        before = 0 if ended else self._columns[mark]
        return self._ended[mark] + ended, before + len(text) - (text.rfind("\n") + 1)
