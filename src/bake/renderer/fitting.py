"""Fitting a text of several sections into a number of bytes: what does not fit is left out whole, and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property


class Held:
    """Items of a section: only as many are held as could be shown.

    Args:
        budget: bytes; what goes beyond it is only counted.
    """

    def __init__(self, budget: int) -> None:
        self._left = budget
        self.items: list[str] = []
        self.total = 0

    def add(self, make: Callable[[], str]) -> None:
        """Count an item, and make it if there is room for it."""
        self.total += 1
        if self._left > 0:
            self.items.append(make())
            self._left -= size(self.items[-1])


@dataclass(frozen=True)
class Section:
    """A part of a text.

    Attributes:
        head: what stands above the items.
        items: its items, the first ones if they are not all.
        total: how many there are.
        left: says of how many items that they were left out, or are not shown.
        shorter: instead of items that are too long, shorter ones, by position.
    """

    head: str
    items: Sequence[str]
    total: int
    left: Callable[[int], str]
    shorter: Callable[[int], str] | None = None

    @cached_property
    def least(self) -> int:
        """What it takes at least."""
        return min(self.whole, self._nothing)

    @cached_property
    def _nothing(self) -> int:
        """What it takes to say no more than how much is left out."""
        return size(self.head) + size(self.left(self.total))

    @cached_property
    def whole(self) -> int:
        """What all of it takes, as far as it is held."""
        if not self.total:
            return 0
        more = self.total - len(self.items)
        return size(self.head) + sum(map(size, self.items)) + (size(self.left(more)) if more else 0)

    def within(self, room: int) -> str:
        """As much of it as there is room for, but no less than what it takes to say how much is left out."""
        if not self.total:
            return ""
        shown = list(self.items) if self.whole <= room else self._first(room - self._nothing)
        more = self.total - len(shown)
        return self.head + "".join(shown) + (self.left(more) if more else "")

    def _first(self, room: int) -> list[str]:
        shown: list[str] = []
        for position, item in enumerate(self.items):
            fits = size(item) <= room
            text = item if fits or self.shorter is None else self.shorter(position)
            if size(text) <= room:
                room -= size(text)
                shown.append(text)
        return shown


def size(text: str) -> int:
    """The bytes of a text in UTF-8."""
    return len(text.encode())


def fitted(sections: Sequence[Section], budget: int) -> str:
    """The sections in their order, within a number of bytes.

    A section may take what the later ones leave; where that is too little for it, half of what there is. What is left
    of a share goes to the sections after it.

    Args:
        sections: what matters most comes first.
        budget: how many bytes; as long as there is room for saying what is left out of each section, no more are used.
    """
    told = []
    for position, section in enumerate(sections):
        later = sections[position + 1 :]
        spare = budget - sum(one.least for one in later)
        room = max(budget - sum(one.whole for one in later), min(spare, budget // 2), section.least)
        told.append(section.within(min(room, max(spare, section.least))))
        budget -= size(told[-1])
    return "".join(told)
