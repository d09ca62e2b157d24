"""Values in a list that take memory only while they are few: further ones lie in a temporary file."""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import IO, Generic, TypeVar

from bake.temporary import temporary_file

_T = TypeVar("_T")

#: How many values are kept in memory, and how many lie together in the file.
KEPT = 2000
TOGETHER = 100
#: How many blocks of the file are in memory: the values of several entities may be asked for in turn.
_BLOCKS = 4


class Spilled(Generic[_T]):
    """Values by position, best asked for in their order or in reverse.

    Only what this process has written is read back; the file has no name, and goes with the object.
    """

    def __init__(self) -> None:
        self._kept: list[_T] = []
        self._last: list[_T] = []
        self._ends = array("q", [0])
        self._blocks: dict[int, list[_T]] = {}

    def __len__(self) -> int:
        return len(self._kept) + TOGETHER * (len(self._ends) - 1) + len(self._last)

    def append(self, value: _T) -> None:
        """Add a value at the end."""
        if len(self._kept) < KEPT:
            self._kept.append(value)
            return
        self._last.append(value)
        if len(self._last) == TOGETHER:
            self._file.seek(self._ends[-1])
            self._ends.append(self._ends[-1] + self._file.write(pickle.dumps(self._last)))
            self._last = []

    def __getitem__(self, position: int) -> _T:
        if position < len(self._kept):
            return self._kept[position]
        block, place = divmod(position - len(self._kept), TOGETHER)
        return self._last[place] if block == len(self._ends) - 1 else self._block(block)[place]

    def __iter__(self) -> Iterator[_T]:
        return map(self.__getitem__, range(len(self)))

    def some(self, positions: Sequence[int]) -> list[_T]:
        """The values at some positions."""
        return [self[position] for position in positions]

    @cached_property
    def _file(self) -> IO[bytes]:
        return temporary_file(self)

    def _block(self, number: int) -> list[_T]:
        if number not in self._blocks:
            if len(self._blocks) == _BLOCKS:
                self._blocks.pop(next(iter(self._blocks)))
            self._file.seek(self._ends[number])
            self._blocks[number] = pickle.loads(self._file.read(self._ends[number + 1] - self._ends[number]))
        return self._blocks[number]
