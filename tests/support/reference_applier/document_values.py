"""The values of a changeset in canonical form: many documents at a time, a field at a time.

A file tells `5` and `5.0` apart less than types do; what a field holds, its type says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import is_
from typing import TypeAlias, TypeVar

from bake.catalog.entity import Entity
from bake.catalog.field_types import Reference
from bake.catalog.reader import Column, Reader
from bake.catalog.values import Json, Misfit, shown
from bake.changeset.model import Row as RowDocument

#: From a raw value to the canonical one.
ReadOne: TypeAlias = Callable[[Json], Json]

_Item = TypeVar("_Item")


class DocumentReader:
    """Reads documents of one entity. Keys stay as they are."""

    def __init__(self, entity: Entity) -> None:
        types = {field.name: field.type for field in entity.fields.values()}
        self._readers = {
            name: _Keys() if isinstance(type_, Reference) else Reader(type_) for name, type_ in types.items()
        }

    def reader(self, name: str) -> ReadOne | None:
        """How the values of a field are read, one by one (raises `Misfit`); None if there is no such field."""
        return self._readers[name].one if name in self._readers else None

    def documents(self, raw: Sequence[RowDocument]) -> list[RowDocument | None]:
        """Documents in canonical form; None for those of which one with the same fields does not fit."""
        result: list[RowDocument | None] = [None] * len(raw)
        for names, positions in positions_by_value(map(tuple, raw)).items():
            read = self._alike(names, [raw[position] for position in positions])
            for position, document in zip(positions, read, strict=False):
                result[position] = document
        return result

    def _alike(self, names: tuple[str, ...], raw: Sequence[RowDocument]) -> Sequence[RowDocument]:
        """Documents of the same fields; none if one of them does not fit."""
        given = list(zip(*(document.values() for document in raw), strict=True))
        try:
            read = [self.column(name, column) for name, column in zip(names, given, strict=True)]
        except Misfit:
            return ()
        if all(map(is_, read, given)):
            return raw
        return [dict(zip(names, values, strict=True)) for values in zip(*read, strict=True)]

    def column(self, name: str, column: Column) -> Column:
        """The values of one field; the same object if they are canonical.

        Raises:
            Misfit: one of them does not fit, or there is no such field.
        """
        if name not in self._readers:
            raise Misfit(f"there is no field {name}", "a field of the catalog")
        return self._readers[name].column(column)


class _Keys:
    """Reads references: keys stay as they are."""

    def one(self, raw: Json) -> Json:
        if raw is not None and not isinstance(raw, dict):
            raise Misfit(f"{shown(raw)} is no key", "a key or null")
        return raw

    def column(self, column: Column) -> Column:
        for raw in column:
            self.one(raw)
        return column


def positions_by_value(items: Iterable[_Item]) -> dict[_Item, list[int]]:
    """Where each item stands, in the order in which they first come."""
    positions: defaultdict[_Item, list[int]] = defaultdict(list)
    for position, item in enumerate(items):
        positions[item].append(position)
    return positions
