"""How the columns of records compare with the rows that they are about, worked out once for all records of one form.

A record is a tuple of raw values here, and a row a tuple of its id and canonical values. A raw value that equals the
canonical one, and is of a type that JSON writes it in, says what the row says. Most values of most files are like that,
so that a column of many records is compared at once; only what differs is read. Null says nothing, unless the records
come from an export (`Nulls`).

Whatever is not certainly the same is called differing here; what it asks for is found out later
(`bake.compiler.row_difference`).
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

from bake.catalog.model import ID, Catalog, Column, Entity, Role
from bake.catalog.reader import Reader
from bake.catalog.values import (
    Boolean,
    Choice,
    Date,
    Exact,
    FieldType,
    Integer,
    Json,
    Misfit,
    Real,
    Reference,
    Text,
    Timestamp,
    Uuid,
    same,
)
from bake.compiler.binding import Binding

#: Raw values of a record in the order of its columns; the id and canonical values of a row.
RawValues: TypeAlias = tuple[Json, ...]
RowValues: TypeAlias = tuple[Json, ...]

#: Some types of raw values.
Types: TypeAlias = frozenset[type]

#: Many of them, a column after the other.
Columns: TypeAlias = Sequence[Sequence[Json]]

_TEXTS: Types = frozenset((str, type(None)))
_NUMBERS: Types = frozenset((int, Decimal, type(None)))
_IDS: Types = frozenset((int, type(None)))
_TRUTHS: Types = frozenset((bool, type(None)))

#: Stands for what a row has that is not there: equal to nothing that a record says.
MISSING = object()


class Nulls(Enum):
    """What a null in a record means where its row has a value."""

    SAY_NOTHING = "say nothing"
    COUNT = "may clear the value"


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column of the row's own.

    Attributes:
        position: its place in the record.
        at: that of its field in the row.
        columns: the names of all columns of the record that speak of this field.
        usual: the types of raw values that are canonical if they equal a canonical value.
        read: gives a raw value in canonical form, raises `Misfit`; None where values that differ as they stand are
            different values.
        unchanged: whether two canonical values are the same value of the field.
    """

    position: int
    at: int
    columns: tuple[str, ...]
    usual: Types
    read: Callable[[Json], Json] | None
    unchanged: Callable[[Json, Json], bool] = same

    def differing(self, records: Columns, rows: Columns, nulls: Nulls) -> Iterator[int]:
        """The places of the records that do not certainly say what their row has."""
        mine, theirs = records[self.position], rows[self.at]
        unlike = {*_unusual(mine, self.usual)}
        if mine != theirs:
            unlike.update(compress(count(), map(ne, mine, theirs)))
        return (n for n in unlike if not self._is_same(mine[n], theirs[n], nulls))

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
    """The columns that speak of a row that is referred to.

    Attributes:
        name: of the reference.
        at: its place in the row.
        entity: what it refers to.
        positions: of the columns, in the record.
        columns: the names of all that speak of it.
        paths: what they stand for, from the row that is referred to.
        usual: for each, the types of raw values that are canonical if they equal a canonical value.
        by_id: the place of a column that gives its id, where that means something.
        known: what rows that are referred to have at the ends of the paths, by id; of one that is not there, `MISSING`.
        agreeing: ids, each with what records say at the ends of the paths, that were found to be so.
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
        """The places of the records that do not certainly say what the row is to which theirs refers."""
        columns = list(zip((records[position] for position in self.positions), self.usual, strict=True))
        if self.by_id is not None:
            columns.append((records[self.by_id], _IDS))
        odd = {n for values, usual in columns for n in _unusual(values, usual)}
        told = list(zip(rows[self.at], *(values for values, _ in columns), strict=True))
        wrong = disagreeing(self, [one for n, one in enumerate(told) if n not in odd] if odd else told, nulls)
        return odd.union(n for n, one in enumerate(told) if n not in odd and one in wrong) if wrong else odd


#: Of what records say of a row that is referred to, each time after its id, what is not so.
Disagreeing: TypeAlias = Callable[[ParentColumns, Sequence[RawValues], Nulls], Collection[RawValues]]


@dataclass(frozen=True, slots=True)
class BareId:
    """The only column that speaks of a row that is referred to, by an id that proves nothing (rule 1).

    Attributes:
        position: its place in the record.
        at: that of the reference in the row.
        columns: its name.
    """

    position: int
    at: int
    columns: tuple[str, ...]

    def differing(self, records: Columns, rows: Columns) -> Iterator[int]:
        """The places of the records that give an id where their row refers to none."""
        pairs = enumerate(zip(records[self.position], rows[self.at], strict=True))
        return (n for n, (raw, current) in pairs if raw is not None and current is None)


class UnsupportedColumns(Exception):
    """Records with these columns have to be read to be compared."""


class ComparisonPlan:
    """How records that have the same columns, in one order, are compared with their rows."""

    def __init__(
        self, catalog: Catalog, binding: Binding, fields: tuple[str, ...], names: tuple[str, ...], *, ids: bool
    ) -> None:
        """Compile.

        Args:
            catalog: the entities.
            binding: the view of the records.
            fields: the fields that the tuples of rows hold, after the id.
            names: the columns of the records.
            ids: whether ids of parents mean something.

        Raises:
            UnsupportedColumns: there are columns that cannot be compared before they are read.
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
        """The records that do not certainly say what their rows have: by place, the columns that have to be read.

        Args:
            records: the columns of records of this form.
            rows: the columns of the rows, one for each record.
            disagreeing: tells what is not so of the rows that these refer to.
            nulls: what a null means.
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
            rivals = tuple(other.name for _, other in known if other.path[0] == name)
            if name == ID:
                yield OwnColumn(position, 0, rivals, _NUMBERS, Reader(Integer()).one)
            elif not isinstance(type_ := self._item.fields[name].type, Reference):
                declared = self._item.fields[name]
                read = None if isinstance(type_, Text) and not declared.is_code else Reader(type_).repeated
                yield OwnColumn(position, at[name], rivals, _written_as(type_), read, declared.unchanged)

    def _add_parent(self, name: str, known: list[tuple[int, Column]], at: dict[str, int], ids: bool) -> None:
        """Add how what these columns say of a row that is referred to is compared, if there are any."""
        columns, target = tuple(column.name for _, column in known), self._item.references[name]
        below = {position: column.path[1:] for position, column in known}
        by_id = [position for position, path in below.items() if path == (ID,)]
        named = {position: path for position, path in below.items() if path != (ID,)}
        if len(by_id) > 1:
            raise UnsupportedColumns
        if named or (by_id and ids):
            ends = (_end(self._catalog, self._catalog.entities[target], path) for path in named.values())
            usual, positions, paths = tuple(map(_written_as, ends)), tuple(named), tuple(named.values())
            meant = by_id[0] if by_id and ids else None
            self._parents.append(ParentColumns(name, at[name], target, positions, columns, paths, usual, meant))
        elif by_id:
            self._bare.append(BareId(by_id[0], at[name], columns))


def _unusual(values: Sequence[Json], usual: Types) -> Iterator[int]:
    """The places of values of other types: what is equal need not be the same then; to Python, 1 and true are equal."""
    if usual.issuperset(map(type, values)):
        return iter(())
    return (n for n, value in enumerate(values) if type(value) not in usual)


def _written_as(type_: FieldType) -> Types:
    """The types of raw values that are canonical if they equal a canonical value."""
    match type_:
        case Text() | Choice() | Date() | Timestamp() | Uuid():
            return _TEXTS
        case Exact() | Real() | Integer():
            return _NUMBERS
        case Boolean():
            return _TRUTHS
        case _:
            raise UnsupportedColumns


def _end(catalog: Catalog, item: Entity, path: tuple[str, ...]) -> FieldType:
    """The type of the field at the end of a path."""
    if not path or path[0] == ID:
        raise UnsupportedColumns
    type_ = item.fields[path[0]].type
    return _end(catalog, catalog.entities[type_.entity], path[1:]) if isinstance(type_, Reference) else type_
