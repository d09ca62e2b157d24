"""Compares records with the rows that they are about, column by column.

A plan is made once for all records with the same columns. A record is a tuple of raw values (as in JSON), a row a tuple
of its id and canonical values. In most files most raw values equal the canonical ones, so whole columns are compared
with `==`, and only values that differ are parsed.

The result is cautious: a value that is not certainly the same is reported as differing. Whether it is an edit is
decided later (`bake.compiler.drafting.row_difference`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from itertools import compress, count
from operator import ne
from typing import TypeAlias

from bake.catalog.entity import ID, Entity
from bake.catalog.field_types import (
    Boolean,
    Bytes,
    Choice,
    Date,
    Exact,
    FieldType,
    Integer,
    Real,
    Reference,
    Sensitive,
    Text,
    Timestamp,
    Uuid,
)
from bake.catalog.model import Catalog
from bake.catalog.reader import Reader
from bake.catalog.values import Json, Misfit, same
from bake.catalog.view import Column, Role
from bake.compiler.reading.binding import Binding

#: The raw values of a record, in the order of its columns.
RawValues: TypeAlias = tuple[Json, ...]

#: The id of a row, and canonical values of it.
RowValues: TypeAlias = tuple[Json, ...]

#: A set of Python types of raw values.
Types: TypeAlias = frozenset[type]

#: Many records or rows by columns: for each column, its values, all in the same order.
Columns: TypeAlias = Sequence[Sequence[Json]]

_TEXTS: Types = frozenset((str, type(None)))
_NUMBERS: Types = frozenset((int, Decimal, type(None)))
_IDS: Types = frozenset((int, type(None)))
_TRUTHS: Types = frozenset((bool, type(None)))

#: The value of a row that does not exist: it equals no value of a record.
MISSING = object()


class Nulls(Enum):
    """What a null in a record means if the row has a value; it may clear the value in records of an export."""

    SAY_NOTHING = "say nothing"
    COUNT = "may clear the value"


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """How the column of the id, or of a field that is no reference, is compared.

    Attributes:
        position: the position of the column in the record.
        at: the position of the field in the row.
        columns: the names of all columns of the record for this field.
        usual: the types in which a raw value that equals the canonical value is certainly the same value.
        read: parses a raw value into the canonical one, raises `Misfit`; None if unequal values always differ.
        unchanged: whether two canonical values are the same value of the field (`Field.unchanged`).
    """

    position: int
    at: int
    columns: tuple[str, ...]
    usual: Types
    read: Callable[[Json], Json] | None
    unchanged: Callable[[Json, Json], bool] = same

    def differing(self, records: Columns, rows: Columns, nulls: Nulls) -> Iterator[int]:
        """The positions of the records whose value is not certainly that of their row."""
        values, current = records[self.position], rows[self.at]
        candidates = {*_unusual(values, self.usual)}
        if values != current:
            candidates.update(compress(count(), map(ne, values, current)))
        return (n for n in candidates if not self._is_same(values[n], current[n], nulls))

    def _is_same(self, raw: Json, current: Json, nulls: Nulls) -> bool:
        if raw is None:
            return current is None or nulls is Nulls.SAY_NOTHING
        if self.read is None:
            return False
        try:
            return self.unchanged(current, self.read(raw))
        except Misfit:
            return False


@dataclass(frozen=True, slots=True, eq=False)
class ParentColumns:
    """How the columns with values of one row that is referred to (the parent) are compared.

    Attributes:
        name: the name of the reference field.
        at: its position in the row.
        entity: the name of the parent's entity.
        positions: the positions of the columns in the record, without that of the id.
        columns: the names of all columns for this reference.
        paths: for each position, the path of the column from the parent on.
        usual: for each position, types as in `OwnColumn`.
        by_id: the position of the column with the parent's id, if ids are to be compared.
        known: a cache: by id of a parent, its values at the paths; `(MISSING,)` if there is no such row.
        agreeing: a cache: the tuples (id, raw values…) whose values were found to be those of the parent.
    """

    name: str
    at: int
    entity: str
    positions: tuple[int, ...]
    columns: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    usual: tuple[Types, ...]
    by_id: int | None = None
    known: dict[int | None, tuple[Json, ...]] = field(default_factory=dict)
    agreeing: set[RawValues] = field(default_factory=set)

    def differing(self, records: Columns, rows: Columns, disagreeing: Disagreeing, nulls: Nulls) -> Collection[int]:
        """The positions of the records whose values are not certainly those of the parent of their row."""
        columns = list(zip((records[position] for position in self.positions), self.usual, strict=True))
        if self.by_id is not None:
            columns.append((records[self.by_id], _IDS))
        unusual = {n for values, usual in columns for n in _unusual(values, usual)}
        combined = list(zip(rows[self.at], *(values for values, _ in columns), strict=True))
        usual = [one for n, one in enumerate(combined) if n not in unusual] if unusual else combined
        if differ := disagreeing(self, usual, nulls):
            unusual.update(n for n, one in enumerate(combined) if one in differ)
        return unusual


#: Takes tuples of a parent's id and the raw values that a record has for it; returns those that do not agree.
Disagreeing: TypeAlias = Callable[[ParentColumns, Sequence[RawValues], Nulls], Collection[RawValues]]


@dataclass(frozen=True, slots=True)
class BareId:
    """How the column of a parent's id is compared if it is the only one of that parent: an id proves nothing (rule 1).

    Attributes:
        position: the position of the column in the record.
        at: the position of the reference field in the row.
        columns: the name of the column, as the only item.
    """

    position: int
    at: int
    columns: tuple[str, ...]

    def differing(self, records: Columns, rows: Columns) -> Iterator[int]:
        """The positions of the records that give an id where their row has null."""
        pairs = enumerate(zip(records[self.position], rows[self.at], strict=True))
        return (n for n, (raw, current) in pairs if raw is not None and current is None)


class UnsupportedColumns(Exception):
    """Raised if columns cannot be compared as raw values, so that the records have to be parsed."""


class ComparisonPlan:
    """Compares records that have the same columns, in the same order, with their rows."""

    def __init__(
        self, catalog: Catalog, binding: Binding, fields: tuple[str, ...], names: tuple[str, ...], *, ids: bool
    ) -> None:
        """Make the plan.

        Args:
            catalog: the catalog.
            binding: the view of the records.
            fields: the names of the fields in the tuples of rows, after the id.
            names: the names of the columns in the tuples of records.
            ids: whether ids of parents are compared, since they are ids of the source.

        Raises:
            UnsupportedColumns: a column has to be parsed to be compared.
        """
        self._catalog, self._item = catalog, binding.entity
        columns = [(position, binding.view.by_name.get(name)) for position, name in enumerate(names)]
        known = [(position, column) for position, column in columns if column and column.role is not Role.COMPUTED]
        if not all(column.path for _, column in known):
            raise UnsupportedColumns
        at = {name: n for n, name in enumerate((ID, *fields))}
        self._own = tuple(self._own_columns(known, at))
        self._parents: list[ParentColumns] = []
        self._bare: list[BareId] = []
        for name in self._item.references:
            self._add_parent(name, [one for one in known if one[1].path[0] == name], at, ids)

    def differing(
        self, records: Columns, rows: Columns, disagreeing: Disagreeing, nulls: Nulls
    ) -> defaultdict[int, set[str]]:
        """Find the records that are not certainly equal to their row.

        Args:
            records: the records, by columns.
            rows: the row of each record, by columns.
            disagreeing: compares values with those of the rows referred to (`ParentValues.disagreeing`).
            nulls: what a null in a record means.

        Returns:
            By position of the record, the names of the columns that differ and have to be parsed.
        """
        result: defaultdict[int, set[str]] = defaultdict(set)
        for own in self._own:
            for n in own.differing(records, rows, nulls):
                result[n].update(own.columns)
        for parent in self._parents:
            for n in parent.differing(records, rows, disagreeing, nulls):
                result[n].update(parent.columns)
        for bare in self._bare:
            for n in bare.differing(records, rows):
                result[n].update(bare.columns)
        return result

    def _own_columns(self, known: list[tuple[int, Column]], at: dict[str, int]) -> Iterator[OwnColumn]:
        for position, column in known:
            name = column.path[0]
            names = tuple(other.name for _, other in known if other.path[0] == name)
            if name == ID:
                yield OwnColumn(position, 0, names, _NUMBERS, Reader(Integer()).one)
            elif not isinstance(type_ := self._item.fields[name].type, Reference):
                declared = self._item.fields[name]
                read = None if isinstance(type_, Text | Sensitive) and not declared.is_code else Reader(type_).repeated
                yield OwnColumn(position, at[name], names, _written_as(type_), read, declared.unchanged)

    def _add_parent(self, name: str, known: list[tuple[int, Column]], at: dict[str, int], ids: bool) -> None:
        """Add the comparison of the columns (`known`) for a reference field, if there are any."""
        columns, target = tuple(column.name for _, column in known), self._item.references[name]
        below = {position: column.path[1:] for position, column in known}
        by_id = [position for position, path in below.items() if path == (ID,)]
        named = {position: path for position, path in below.items() if path != (ID,)}
        if len(by_id) > 1:
            raise UnsupportedColumns
        if named or (by_id and ids):
            types = (_type_at(self._catalog, self._catalog.entities[target], path) for path in named.values())
            usual, positions, paths = tuple(map(_written_as, types)), tuple(named), tuple(named.values())
            meant = by_id[0] if by_id and ids else None
            self._parents.append(ParentColumns(name, at[name], target, positions, columns, paths, usual, meant))
        elif by_id:
            self._bare.append(BareId(by_id[0], at[name], columns))


def _unusual(values: Sequence[Json], usual: Types) -> Iterator[int]:
    """The positions of values of other types, which can be equal in Python and yet differ: `1 == True`."""
    if usual.issuperset(map(type, values)):
        return iter(())
    return (n for n, value in enumerate(values) if type(value) not in usual)


def _written_as(type_: FieldType) -> Types:
    """The Python types of raw values that are certainly the same value if they equal the canonical one."""
    match type_:
        case Text() | Choice() | Date() | Timestamp() | Uuid() | Bytes() | Sensitive():
            return _TEXTS
        case Exact() | Real() | Integer():
            return _NUMBERS
        case Boolean():
            return _TRUTHS
        case _:
            raise UnsupportedColumns


def _type_at(catalog: Catalog, item: Entity, path: tuple[str, ...]) -> FieldType:
    """The type of the field at the end of a path."""
    if not path or path[0] == ID:
        raise UnsupportedColumns
    type_ = item.fields[path[0]].type
    return _type_at(catalog, catalog.entities[type_.entity], path[1:]) if isinstance(type_, Reference) else type_
