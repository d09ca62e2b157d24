"""Which records of a view are meant: a small language of conditions, of which all have to hold.

    conditions   a condition, or several with `and` between them
    condition    COLUMN is null          COLUMN is not null
                 COLUMN = VALUE          COLUMN != VALUE
                 COLUMN < VALUE          COLUMN > VALUE        of numbers, dates and times
    VALUE        one word, such as 5, 2026-01-31, true or lb; or a text in quotes, a quote in it twice: 'Trader Joe''s'

A value is one of its column's type, and is compared as all values are (`bake.catalog.values`). Null is different from
every value, and neither less nor more than any. There are no other words, and no parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias, assert_never

from bake.catalog.column_types import column_type
from bake.catalog.field_types import (
    Boolean,
    Date,
    Document,
    Exact,
    FieldType,
    Integer,
    Real,
    Reference,
    Sensitive,
    Timestamp,
)
from bake.catalog.model import Catalog
from bake.catalog.names import near
from bake.catalog.values import Json, Misfit, parse, same, shown
from bake.catalog.view import Column, View
from bake.errors import UsageError

Comparison: TypeAlias = Literal["is null", "is not null", "=", "!=", "<", ">"]

_TOKEN = re.compile(r"""\s*(?:('(?:[^']|'')*'|"(?:[^"]|"")*")|(!=|=|<|>)|([^\s=!<>'"]+)|(\S))""")
_EXAMPLE = "Write it as in: upc_code is null and unit_price > 5 and brand != 'King Arthur'"
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to hold of one column of a record.

    Attributes:
        column: the column.
        type: what it holds.
        comparison: how it is compared.
        value: with what, in canonical form; None for null.
    """

    column: Column
    type: FieldType
    comparison: Comparison
    value: Json = None

    def holds(self, record: Mapping[str, Json]) -> bool:
        """Whether a record of canonical values is one that is meant."""
        found = record[self.column.name]
        match self.comparison:
            case "is null":
                return found is None
            case "is not null":
                return found is not None
            case "=":
                return self._equals(found)
            case "!=":
                return not self._equals(found)
            case "<":
                return found is not None and self._rank(found) < self._rank(self.value)
            case ">":
                return found is not None and self._rank(found) > self._rank(self.value)
            case _:
                assert_never(self.comparison)

    def _equals(self, value: Json) -> bool:
        """Whether a value is that of the condition; a sum of whole numbers is a decimal, and compared as a number."""
        if isinstance(self.type, Integer | Exact | Real):
            return value is not None and value == self.value
        return same(value, self.value)

    def _rank(self, value: Json) -> Any:
        return datetime.fromisoformat(value) if isinstance(self.type, Timestamp) else value


class _Token(NamedTuple):
    """A word, a sign or a text in quotes, and the number of its first character, from 1."""

    text: str
    at: int
    quoted: bool = False

    @property
    def word(self) -> str:
        """The word, as those of the language are compared."""
        return "" if self.quoted else self.text.casefold()


def conditions(text: str, catalog: Catalog, view: View) -> tuple[Condition, ...]:
    """Read conditions on the records of a view.

    Args:
        text: the conditions.
        catalog: says what columns hold.
        view: whose exported columns they may name.

    Raises:
        UsageError: it is none of the language, names no column, or a value does not fit; with the character.
    """
    tokens = _tokens(text)
    found: list[Condition] = []
    while True:
        found.append(_condition(tokens, catalog, view))
        following = tokens.pop(0)
        if not following.text and not following.quoted:
            return tuple(found)
        if following.word != "and":
            raise _refused(following, "expected “and”, or nothing more", "A text of several words stands in quotes.")


def _tokens(text: str) -> list[_Token]:
    """What the text is made of; the last one, which is empty, stands for its end."""
    tokens = []
    for found in _TOKEN.finditer(text):
        quoted, sign, word, other = found.groups()
        at = found.end() - len(found.group().lstrip()) + 1
        if quoted:
            tokens.append(_Token(quoted[1:-1].replace(quoted[0] * 2, quoted[0]), at, quoted=True))
            continue
        tokens.append(_Token(sign or word or other, at))
        if other:
            raise _refused(tokens[-1], "a quote that does not end" if other in "'\"" else "expected =, !=, < or >")
    return [*tokens, _Token("", len(text) + 1)]


def _condition(tokens: list[_Token], catalog: Catalog, view: View) -> Condition:
    name = tokens.pop(0)
    column = _column(name, view)
    type_ = column_type(catalog, view, column)
    sign = tokens.pop(0) if tokens[0].text else tokens[0]
    match sign.word:
        case "is":
            return Condition(column, type_, _null(tokens))
        case "=" | "!=" | "<" | ">" as comparison:
            value = tokens.pop(0) if tokens[0].text else tokens[0]
            return Condition(column, type_, comparison, _value(value, type_, sign))
        case _:
            raise _refused(sign, "expected is null, is not null, =, !=, < or >")


def _column(name: _Token, view: View) -> Column:
    columns = {column.name: column for column in view.columns if column.exported}
    if name.quoted or name.text not in columns:
        meant = near(name.text, columns) if name.text else None
        suggestion = f"Did you mean {meant}? " if meant else ""
        raise _refused(name, f"expected a column of {view.name}", f"{suggestion}Its columns are {', '.join(columns)}.")
    return columns[name.text]


def _null(tokens: list[_Token]) -> Comparison:
    first = tokens.pop(0) if tokens[0].text else tokens[0]
    second = first
    if first.word == "not":
        second = tokens.pop(0) if tokens[0].text else tokens[0]
    if second.word != "null":
        raise _refused(second, "expected null" if first.word == "not" else "expected null, or not null")
    return "is not null" if first.word == "not" else "is null"


def _value(token: _Token, type_: FieldType, sign: _Token) -> Json:
    if not token.text and not token.quoted:
        raise _refused(token, "expected a value")
    if token.word == "null":
        raise _refused(token, "expected a value", "Of null, say: is null, or: is not null.")
    if isinstance(type_, Document | Reference | Sensitive):
        raise _refused(sign, "this column can only be compared with null")
    if sign.text in "<>" and not isinstance(type_, Integer | Exact | Real | Date | Timestamp):
        raise _refused(sign, "only numbers, dates and times are less or more than others", "Use =, or !=.")
    raw = _TRUTHS.get(token.word, token.text) if isinstance(type_, Boolean) else token.text
    try:
        return parse(type_, raw)
    except Misfit as misfit:
        raise _refused(token, f"expected {misfit.expected}") from None


def _refused(token: _Token, problem: str, hint: str = _EXAMPLE) -> UsageError:
    found = shown(token.text) if token.text or token.quoted else "the end"
    return UsageError(f"where: character {token.at}, {found}: {problem}", hint=hint)
