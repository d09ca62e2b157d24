"""What the engine names rows by: one number for each, whatever the primary key of the table is made of.

A primary key of one column of whole numbers is that number. Any other primary key is a text, and the number is made of
the bytes of the text: it is greater than all numbers of 64 bits, and the text can be made of it again, so that nothing
has to be remembered. The text of one column is its canonical value; of several columns, a JSON list of theirs.

So sets, arrays and references hold numbers only. Where the number is shown to people, it is shown as the key that it
stands for (`shown_identity`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from bake.catalog.values import shown

#: Before the bytes of a text: a number that begins with these is greater than any of 64 bits, and none becomes shorter.
_MARK = b"\1" + bytes(8)

#: Stands for the first text; less than any number that a database gives to rows.
_FIRST_PLACE = -(2**63)


def identity_of(text: str) -> int:
    """The number that stands for the text of a primary key."""
    return int.from_bytes(_MARK + text.encode("utf-8", "surrogatepass"))


def is_text(identity: int) -> bool:
    """Whether a number stands for a text, rather than for itself."""
    return identity.bit_length() > 64


def text_of(identity: int) -> str:
    """The text that a number stands for; of a number that stands for itself, its digits."""
    if not is_text(identity):
        return str(identity)
    return identity.to_bytes((identity.bit_length() + 7) // 8)[len(_MARK) :].decode("utf-8", "surrogatepass")


def shown_identity(identity: int) -> str:
    """A primary key as a diagnostic quotes it."""
    return shown(text_of(identity)) if is_text(identity) else str(identity)


def as_stored(identity: int) -> int | str:
    """A number as stores keep it that have whole numbers of 64 bits only; `int` makes it of that again."""
    return str(identity) if _is_long(identity) else identity


def _is_long(identity: int) -> bool:
    """Whether a number has more than 64 bits with its sign: that of a text, or of the greatest unsigned ones."""
    return identity.bit_length() > 63


class IdentityList:
    """Many of these numbers in their order: 8 bytes for each, as long as none stands for a text."""

    def __init__(self) -> None:
        self._numbers: array[int] | list[int] = array("q")

    def extend(self, numbers: Iterable[int]) -> None:
        """Add numbers at the end."""
        numbers = list(numbers)
        if isinstance(self._numbers, array) and any(map(_is_long, numbers)):
            self._numbers = list(self._numbers)
        self._numbers.extend(numbers)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)


class IdentityPlaces:
    """Numbers of 64 bits in the place of these numbers: a text's number is remembered, and stands for its place."""

    def __init__(self) -> None:
        self._texts: list[int] = []

    def add(self, identities: Iterable[int]) -> list[int]:
        """What stands for each of some numbers, none of which was added before."""
        return [self._place(one) if _is_long(one) else one for one in identities]

    def _place(self, identity: int) -> int:
        self._texts.append(identity)
        return _FIRST_PLACE + len(self._texts) - 1

    def of(self, numbers: Iterable[int]) -> list[int]:
        """The numbers that these stand for."""
        texts = self._texts
        return [texts[n - _FIRST_PLACE] if n - _FIRST_PLACE < len(texts) else n for n in numbers]
