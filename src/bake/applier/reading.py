"""The values of a changeset in canonical form: many documents at a time, a field at a time.

A file tells `5` and `5.0` apart less than types do; what a field holds, `bake.catalog.values.parse` says. Here what is
canonical already is told from what has to be read, and what was read is remembered: prices and sizes repeat.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from operator import is_
from typing import TypeAlias, TypeVar

from bake.catalog.model import Entity
from bake.catalog.values import Document, FieldType, Json, Misfit, Reference, Text, Uuid, parse, shown
from bake.changeset.model import Row as RowDocument

#: From a raw value to the canonical one.
Reader: TypeAlias = Callable[[Json], Json]

_Column: TypeAlias = Sequence[Json]
_Item = TypeVar("_Item")

#: How many values of one field are remembered.
_REMEMBERED = 4096

_NOTHING = type(None)
#: The types of raw values that can be remembered.
_PLAIN = frozenset((int, float, Decimal, str, bool, _NOTHING))
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Reading:
    """Reads documents of one entity. Keys stay as they are."""

    def __init__(self, entity: Entity) -> None:
        self._types = {field.name: field.type for field in entity.fields.values()}
        self._readers = {name: _reader(type_) for name, type_ in self._types.items()}
        self._remembering = {name: _remembering(type_) for name, type_ in self._types.items()}

    def reader(self, name: str) -> Reader | None:
        """How the values of a field are read, one by one (raises `Misfit`); None if there is no such field."""
        return self._readers.get(name)

    def documents(self, raw: Sequence[RowDocument]) -> list[RowDocument | None]:
        """Documents in canonical form; None for those of which one with the same fields does not fit."""
        result: list[RowDocument | None] = [None] * len(raw)
        for names, places in places_of(map(tuple, raw)).items():
            read = self._alike(names, [raw[place] for place in places])
            for place, document in zip(places, read, strict=False):
                result[place] = document
        return result

    def _alike(self, names: tuple[str, ...], raw: Sequence[RowDocument]) -> Sequence[RowDocument]:
        """Documents of the same fields; none if one of them does not fit."""
        given = list(zip(*(document.values() for document in raw), strict=True))
        try:
            read = [self._column(name, column) for name, column in zip(names, given, strict=True)]
        except Misfit:
            return ()
        if all(map(is_, read, given)):
            return raw
        return [dict(zip(names, values, strict=True)) for values in zip(*read, strict=True)]

    def _column(self, name: str, column: _Column) -> _Column:
        """The values of one field; the same object if they are canonical."""
        if name not in self._types:
            raise Misfit(f"there is no field {name}", "a field of the catalog")
        kinds = set(map(type, column))
        if is_canonical(self._types[name], kinds, column):
            return column
        readers = self._remembering if kinds <= _PLAIN else self._readers
        return list(map(readers[name], column))


def places_of(items: Iterable[_Item]) -> dict[_Item, list[int]]:
    """Where each item stands, in the order in which they first come."""
    places: defaultdict[_Item, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        places[item].append(place)
    return places


def is_canonical(type_: FieldType, kinds: set[type], column: _Column) -> bool:
    """Whether it can be seen at once that all values of a column are as `parse` would give them.

    Args:
        type_: of the field.
        kinds: the types of the values.
        column: the values.
    """
    match type_:
        case Reference():
            return kinds <= {dict, _NOTHING}
        case Text() if kinds <= {str, _NOTHING}:
            texts = list(filter(None, column))
            longest = max(map(len, texts), default=0)
            return (type_.max_length is None or longest <= type_.max_length) and _storable("".join(texts))
        case Uuid() if kinds == {str}:
            return all(map(_UUID.fullmatch, column))
        case _:
            return False


def _storable(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _remembering(type_: FieldType) -> Reader:
    reader, seldom_twice = _reader(type_), isinstance(type_, Text | Uuid | Document | Reference)
    return reader if seldom_twice else lru_cache(_REMEMBERED, typed=True)(reader)


def _reader(type_: FieldType) -> Reader:
    return _key if isinstance(type_, Reference) else partial(parse, type_)


def _key(raw: Json) -> Json:
    if raw is not None and not isinstance(raw, dict):
        raise Misfit(f"{shown(raw)} is no key", "a key or null")
    return raw
