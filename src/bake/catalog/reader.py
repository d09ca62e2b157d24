"""Many values of one field read at once.

What comes of it is what `bake.catalog.values.parse` gives; but of most columns it can be seen in one look that all of
their values are canonical, and of the others, what was read is remembered: prices and sizes repeat.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from typing import TypeAlias

from bake.catalog.field_types import Document, ScalarType, Text, Uuid
from bake.catalog.values import Json, parse

Column: TypeAlias = Sequence[Json]

#: How many values of one field are remembered.
_REMEMBERED = 4096

_NOTHING = type(None)
#: The types of raw values that can be remembered.
_PLAIN = frozenset((int, float, Decimal, str, bool, _NOTHING))
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Reader:
    """Reads values of one type."""

    def __init__(self, type_: ScalarType) -> None:
        self._type = type_
        #: Reads one value; raises `Misfit`.
        self.one: Callable[[Json], Json] = partial(_text, type_) if isinstance(type_, Text) else partial(parse, type_)
        repeats = not isinstance(type_, Text | Uuid | Document)
        self._remembering = lru_cache(_REMEMBERED, typed=True)(self.one) if repeats else self.one

    def repeated(self, raw: Json) -> Json:
        """The same as `one`, of a value that may come again."""
        return self._remembering(raw) if type(raw) in _PLAIN else self.one(raw)

    def column(self, values: Column) -> Column:
        """Canonical values; the same object if they are canonical already.

        Raises:
            Misfit: one of them does not fit.
        """
        kinds = set(map(type, values))
        if is_canonical(self._type, kinds, values):
            return values
        return list(map(self._remembering if kinds <= _PLAIN else self.one, values))


def is_canonical(type_: ScalarType, kinds: set[type], values: Column) -> bool:
    """Whether it can be seen at once that all of some values are as `parse` would give them.

    Args:
        type_: of the field.
        kinds: the types of the values.
        values: the values.
    """
    match type_:
        case Text() if kinds <= {str, _NOTHING}:
            texts = list(filter(None, values))
            longest = max(map(len, texts), default=0)
            return (type_.max_length is None or longest <= type_.max_length) and _storable("".join(texts))
        case Uuid() if kinds == {str}:
            return all(map(_UUID.fullmatch, values))
        case _:
            return False


def _text(type_: Text, raw: Json) -> Json:
    """What `parse` gives; most texts are printable and short enough, which is seen at once."""
    if type(raw) is str and raw.isprintable() and (type_.max_length is None or len(raw) <= type_.max_length):
        return raw
    return parse(type_, raw)


def _storable(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
