"""The values of a changeset in canonical form: a block of documents at a time, a field at a time.

A file tells `5` and `5.0` apart less than types do; what a field holds, its type says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bake.applier.blocks import Block, Group, pick
from bake.catalog.entity import ID, Entity
from bake.catalog.field_types import FieldType, Integer, Reference, Sensitive
from bake.catalog.reader import Column, Reader
from bake.catalog.sensitive import HINT
from bake.catalog.values import Json, Misfit, is_token, shown


class Unfit(NamedTuple):
    """A value that does not fit its field: which, and why."""

    field: str
    raw: Json
    why: str


class DocumentReader:
    """Reads documents of one entity. Keys stay as they are."""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity.name
        self._readers = {name: _reader(declared.type) for name, declared in entity.fields.items()}
        if entity.has_surrogate:
            self._readers[ID] = Reader(Integer())

    def read(self, block: Block) -> tuple[Block, dict[int, Unfit]]:
        """The documents in canonical form; and, by position, those that do not fit, which have no document any more."""
        unfit: dict[int, Unfit] = {}
        groups = [self._group(group, unfit) for group in block.groups]
        return Block(block.size, groups), unfit

    def _group(self, group: Group, unfit: dict[int, Unfit]) -> Group:
        try:
            columns = {name: self._reader(name).column(column) for name, column in group.columns.items()}
        except Misfit:
            return self._group(self._fitting(group, unfit), unfit)
        return Group(group.positions, columns)

    def _fitting(self, group: Group, unfit: dict[int, Unfit]) -> Group:
        """The documents that fit; the first field of each of the others that does not is noted."""
        fitting = []
        for n, position in enumerate(group.positions):
            wrong = self._unfit({name: column[n] for name, column in group.columns.items()})
            if wrong is None:
                fitting.append(n)
            else:
                unfit[position] = wrong
        columns = {name: pick(column, fitting) for name, column in group.columns.items()} if fitting else {}
        return Group([group.positions[n] for n in fitting], columns)

    def _unfit(self, document: dict[str, Json]) -> Unfit | None:
        for name, raw in document.items():
            try:
                self._reader(name).one(raw)
            except Misfit as misfit:
                return Unfit(name, raw, str(misfit))
        return None

    def _reader(self, name: str) -> Reader | _Keys | _Tokens:
        if name not in self._readers:
            raise Misfit(f"{self._entity} has no field {name}", "a field of the catalog")
        return self._readers[name]


def _reader(type_: FieldType) -> Reader | _Keys | _Tokens:
    match type_:
        case Reference():
            return _Keys()
        case Sensitive():
            return _Tokens(type_)
        case _:
            return Reader(type_)


class _Tokens:
    """Reads sensitive values: tokens stay as they are."""

    def __init__(self, type_: Sensitive) -> None:
        self._vault = type_.bound

    def one(self, raw: Json) -> Json:
        """A token that was made with the project's key, or null; raises `Misfit`."""
        if raw is not None and not is_token(raw):
            raise Misfit("the value, which is not shown, is no token", "a token")
        if raw is not None and self._vault.is_foreign(raw):
            raise Misfit(f"{raw} was made with another key than this project's", f"the key of whoever built it; {HINT}")
        return raw

    def column(self, column: Column) -> Sequence[Json]:
        """The same column, if it holds nothing else; raises `Misfit`."""
        for raw in column:
            self.one(raw)
        return column


class _Keys:
    """Reads references: keys stay as they are."""

    def one(self, raw: Json) -> Json:
        """A key, or null; raises `Misfit`."""
        if raw is not None and not isinstance(raw, dict):
            raise Misfit(f"{shown(raw)} is no key", "a key or null")
        return raw

    def column(self, column: Column) -> Sequence[Json]:
        """The same column, if it holds nothing else; raises `Misfit`."""
        for raw in column:
            self.one(raw)
        return column
