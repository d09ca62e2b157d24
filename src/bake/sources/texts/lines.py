"""Convert byte offsets to lines and columns.

The text is scanned only as far as an offset needs. Marks at regular distances keep the counts reached there, so that a
later scan begins at the nearest mark.
"""

from __future__ import annotations

import codecs
from array import array
from bisect import bisect_left, bisect_right

from bake.sources.texts.byte_source import ByteSource

#: About how many bytes lie between marks; so much is scanned again for each offset.
STEP = 32 * 1024
#: The length of the longest UTF-8 character, in bytes.
CHARACTER = 4


class Lines:
    """Lines and columns of UTF-8 text. Only a line feed ends a line.

    Args:
        stored: the text, which must be valid UTF-8 as far as it is scanned.
        start: the offset at which the text begins.
        step: about how many bytes lie between marks.
    """

    def __init__(self, stored: ByteSource, start: int, step: int = STEP) -> None:
        self._stored = stored
        self._step = max(step, CHARACTER)
        # For each mark: its offset, how many lines end before it, how many characters of its line precede it.
        self._offsets, self._ended, self._columns = array("Q", [start]), array("Q", [0]), array("Q", [0])

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of the character at an offset, both counted from 1."""
        while self._offsets[-1] + self._step <= offset and self._mark():
            pass
        mark = bisect_right(self._offsets, offset) - 1
        data = self._stored.read(self._offsets[mark], offset - self._offsets[mark])
        ended, column = self._after(mark, data.decode())
        return ended + 1, column + 1

    def find(self, line: int) -> int | None:
        """The offset at which a line begins; None if there is no such line. Lines are counted from 1."""
        while self._ended[-1] < line - 1 and self._mark():
            pass
        return self.start(line) if 1 <= line <= self._ended[-1] + 1 else None

    def start(self, line: int) -> int:
        """The offset at which a line begins; lines are counted from 1, and the line must exist."""
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
        """Add a mark after the last one; False if that is at the end of the text."""
        text, used = codecs.utf_8_decode(self._stored.read(self._offsets[-1], self._step), "strict", False)
        if used:
            ended, column = self._after(-1, text)
            self._offsets.append(self._offsets[-1] + used)
            self._ended.append(ended)
            self._columns.append(column)
        return used > 0

    def _after(self, mark: int, text: str) -> tuple[int, int]:
        """The counts at the end of a text that begins at a mark: lines ended, and characters of the last line."""
        ended = text.count("\n")
        before = 0 if ended else self._columns[mark]
        return self._ended[mark] + ended, before + len(text) - (text.rfind("\n") + 1)
