"""Records that have the same columns, read a column at a time.

What comes of it is what `bake.compiler.binding` reads, and what `bake.compiler.references` resolves; a record in which
anything does not fit, or of which a reference is not certain, is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import msgspec

from bake.catalog.lookups import says_nothing
from bake.catalog.model import ID, Column, Role
from bake.catalog.reader import Reader
from bake.catalog.values import Integer, Json, Misfit, Reference, ScalarType
from bake.changeset.model import Key
from bake.compiler.binding import Binding, Reading
from bake.compiler.comparison_plan import UnsupportedColumns
from bake.compiler.context import Context
from bake.compiler.identity import New
from bake.compiler.pending_record import PendingRecord
from bake.compiler.references import Found
from bake.sources.model import Record

#: How many rows that are referred to are remembered.
_REMEMBERED = 5_000

#: Of these types, what is equal is the same, so that they can be remembered by.
_PLAIN: frozenset[type] = frozenset((str, int, type(None)))

Values: TypeAlias = Sequence[Json]

_T = TypeVar("_T")


class _Bad:
    """Stands for a value that does not fit."""


_BAD = _Bad()


class _OwnColumn:
    """A column of the row's own: its place in the record, and its field."""

    def __init__(self, position: int, name: str, type_: ScalarType) -> None:
        self.position = position
        self.name = name
        self._reader = Reader(type_)

    def read(self, values: Values) -> Values:
        """Canonical values, `_BAD` where one does not fit."""
        try:
            return self._reader.column(values)
        except Misfit:
            return [self._value(value) for value in values]

    def _value(self, raw: Json) -> Json:
        try:
            return self._reader.one(raw)
        except Misfit:
            return _BAD


class _Named(msgspec.Struct, frozen=True):
    """What columns say of a row that is referred to: the lookup, and the row that it names, if it says any."""

    lookup: Key
    found: Found | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _ParentColumns:
    """The columns that speak of one row that is referred to; `known` is what some of what they say comes to."""

    name: str
    columns: tuple[tuple[int, str], ...]
    known: dict[Values, _Named | None] = field(default_factory=dict)

    def read(self, context: Context, binding: Binding, columns: Sequence[Values]) -> list[_Named | None]:
        """What each record says of it; None where that is not certain."""
        said = list(zip(*(columns[position] for position, _ in self.columns), strict=True))
        if len(self.known) > _REMEMBERED:
            self.known.clear()
        self._look_up(context, binding, dict.fromkeys(one for one in said if _hashable(one) and one not in self.known))
        return [self.known[one] if _hashable(one) else None for one in said]

    def _look_up(self, context: Context, binding: Binding, unknown: Iterable[Values]) -> None:
        names = [name for _, name in self.columns]
        readings = {said: binding.read(0, dict(zip(names, said, strict=True))) for said in unknown}
        target = binding.entity.references[self.name]
        lookups = {said: reading.lookups[self.name] for said, reading in readings.items() if not reading.bad}
        context.references.resolve(target, [one for one in lookups.values() if not says_nothing(one)])
        for said in readings:
            self.known[said] = _named(context, target, lookups[said]) if said in lookups else None


def _hashable(said: Values) -> bool:
    return _PLAIN.issuperset(map(type, said))


def _named(context: Context, target: str, lookup: Key) -> _Named | None:
    if says_nothing(lookup):
        return _Named(lookup)
    found = context.references.certain(target, lookup)
    return _Named(lookup, found) if found else None


class ColumnReader:
    """How records that have these columns are read."""

    def __init__(self, binding: Binding, names: tuple[str, ...]) -> None:
        """Compile.

        Args:
            binding: the view of the records.
            names: their columns.

        Raises:
            Unfit: there are columns that only the long way understands.
        """
        columns = [(position, binding.view.by_name.get(name)) for position, name in enumerate(names)]
        known = [(position, column) for position, column in columns if column and column.role is not Role.COMPUTED]
        if not all(column.path for _, column in known):
            raise UnsupportedColumns
        self._binding = binding
        self._own = list(_own(binding, known))
        self._fields = [own.name for own in self._own]
        self._parents = list(_parents(binding, known))
        if len(set(self._fields)) < len(self._own):
            raise UnsupportedColumns

    def read(self, context: Context, records: Sequence[Record]) -> list[PendingRecord]:
        """The records in which everything fits and is certain, as if their rows were new.

        Args:
            context: the compilation.
            records: some that have these columns.
        """
        columns = list(zip(*(record.value.values() for record in records), strict=True))
        own = _across([own.read(columns[own.position]) for own in self._own], len(records))
        parents = _across([parent.read(context, self._binding, columns) for parent in self._parents], len(records))
        return [
            self._pending(record, values, [one for one in named if one])
            for record, values, named in zip(records, own, parents, strict=True)
            if _BAD not in values and None not in named
        ]

    def _pending(self, record: Record, values: Values, named: Sequence[_Named]) -> PendingRecord:
        fields = dict(zip(self._fields, values, strict=True))
        id_ = fields.pop(ID, None)
        said = {parent.name: one for parent, one in zip(self._parents, named, strict=True)}
        lookups = {name: one.lookup for name, one in said.items()}
        reading = Reading(record.number, record.value, id_, fields, lookups)
        return PendingRecord(
            self._binding, reading, New(), resolved={name: one.found for name, one in said.items() if one.found}
        )


def _own(binding: Binding, columns: Iterable[tuple[int, Column]]) -> Iterator[_OwnColumn]:
    for position, column in columns:
        name = column.path[0]
        if name == ID:
            yield _OwnColumn(position, ID, Integer())
        elif not isinstance(type_ := binding.entity.fields[name].type, Reference):
            yield _OwnColumn(position, name, type_)


def _parents(binding: Binding, columns: Sequence[tuple[int, Column]]) -> Iterator[_ParentColumns]:
    for name in dict.fromkeys(column.path[0] for _, column in columns):
        if name in binding.entity.references:
            yield _ParentColumns(
                name, tuple((position, column.name) for position, column in columns if column.path[0] == name)
            )


def _across(columns: Sequence[Sequence[_T]], size: int) -> Iterable[tuple[_T, ...]]:
    """Columns as rows; empty ones if there are none."""
    return zip(*columns, strict=True) if columns else ((),) * size
