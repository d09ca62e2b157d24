"""The types of fields: what their canonical values may be (`bake.catalog.values` reads and compares them)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a number; `above` is exclusive. None is no bound."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    above: Decimal | None = None

    def __str__(self) -> str:
        words = [
            f"at least {self.minimum}" if self.minimum is not None else "",
            f"more than {self.above}" if self.above is not None else "",
            f"at most {self.maximum}" if self.maximum is not None else "",
        ]
        return ", ".join(filter(None, words))

    def holds(self, number: int | Decimal) -> bool:
        """Whether the number lies within the bounds."""
        return (
            (self.minimum is None or number >= self.minimum)
            and (self.above is None or number > self.above)
            and (self.maximum is None or number <= self.maximum)
        )


ANY = Range()


@dataclass(frozen=True, slots=True)
class Text:
    """Characters, at most `max_length` of them (code points, as SQL's VARCHAR counts)."""

    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number of 64 bits."""

    range: Range = ANY


@dataclass(frozen=True, slots=True)
class Exact:
    """A decimal of at most `precision` digits, `scale` of them after the point (SQL's NUMERIC)."""

    precision: int
    scale: int
    range: Range = ANY


@dataclass(frozen=True, slots=True)
class Real:
    """A finite IEEE 754 double."""

    range: Range = ANY


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false; the numbers 0 and 1 are not."""


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar date."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """An instant; without an offset, UTC is meant."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list of words.

    Attributes:
        options: the words.
        spellings: other words that people write, each with the option that it probably means.
    """

    options: tuple[str, ...]
    spellings: tuple[tuple[str, str], ...] = ()

    def named(self, text: str) -> str | None:
        """The only option that a text is, but for case and blanks."""
        wanted = " ".join(text.casefold().split())
        fit = [option for option in self.options if option.casefold() == wanted]
        return fit[0] if len(fit) == 1 else None


@dataclass(frozen=True, slots=True)
class Uuid:
    """A universally unique identifier."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes, at most `max_length` of them."""

    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """Any JSON value."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The row of `entity` that a natural key names."""

    entity: str


ScalarType: TypeAlias = Text | Integer | Exact | Real | Boolean | Date | Timestamp | Choice | Uuid | Bytes | Document

FieldType: TypeAlias = ScalarType | Reference
