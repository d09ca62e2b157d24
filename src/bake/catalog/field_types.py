"""The types of fields: what their canonical values may be (`bake.catalog.values` reads and compares them)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, TypeAlias


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
    """Characters, at most `max_length` of them (code points, as SQL's VARCHAR counts).

    `code` tells that they are digits, such as those of a barcode, so that a whole number stands for them.
    """

    max_length: int | None = None
    code: bool = field(default=False, repr=False)


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


PlainType: TypeAlias = Text | Integer | Exact | Real | Boolean | Date | Timestamp | Choice | Uuid | Bytes | Document


class Vault(Protocol):
    """Keeps the values of sensitive fields, each under the token that stands for it (`bake.catalog.sensitive`)."""

    def digest(self, text: str) -> str:
        """A keyed digest, as 64 hexadecimal digits."""
        ...

    def token(self, scope: str, value: Any) -> str:
        """The token of a canonical value; equal values of one scope have the same."""
        ...

    def seal(self, scope: str, value: Any) -> str:
        """The same of a value that is not in the database yet: what the token stands for is remembered."""
        ...

    def reveal(self, scope: str, text: str) -> Any:
        """The canonical value that a token stands for; raises `bake.errors.UsageError` if it is not known."""
        ...

    def load(self, texts: Iterable[str]) -> None:
        """Have the values of many tokens ready."""
        ...

    def is_foreign(self, text: str) -> bool:
        """Whether a token was made with another key, so that it cannot be compared."""
        ...

    def why_unknown(self, scope: str, text: str) -> str | None:
        """Why the value of a token is not known, as the end of a sentence; None if it is known."""
        ...


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A value that is shown to nobody: everywhere but in its source and its column, a token stands for it.

    Attributes:
        inner: the type of the value.
        scope: the entity and the field; equal values of two fields have different tokens.
        vault: keeps the values; a project gives one to its catalog, since the key of the tokens is the project's.
    """

    inner: PlainType
    scope: str
    vault: Vault | None = field(default=None, compare=False, repr=False)

    @property
    def bound(self) -> Vault:
        """The vault; raises `TypeError` if no project has given one."""
        if self.vault is None:
            raise TypeError(f"{self.scope} is sensitive, and its catalog is not that of a project")
        return self.vault


ScalarType: TypeAlias = PlainType | Sensitive

FieldType: TypeAlias = ScalarType | Reference
