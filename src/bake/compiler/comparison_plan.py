"""How the columns of records compare with the rows that they are about, worked out once for all records of one form.

A record is a tuple of raw values here, and a row a tuple of its id and canonical values. A raw value that equals the
canonical one, and is of a type that JSON writes it in, says what the row says; null says nothing. Most values of most
files are like that, so that many records are compared at once, a column after the other. Whatever cannot be told that
way is left to the long way (`bake.compiler.batch`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import compress, count
from operator import itemgetter, ne
from typing import Any, TypeAlias

from bake.catalog.model import ID, Catalog, Column, Entity, Role
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
    ScalarType,
    Text,
    Timestamp,
    Uuid,
    parse,
    same,
)
from bake.compiler.binding import Binding

#: Raw values of a record in the order of its columns; the id and canonical values of a row.
Said: TypeAlias = tuple[Json, ...]
Known: TypeAlias = tuple[Json, ...]

#: Some types of raw values.
Types: TypeAlias = frozenset[type]

#: Many of them, a column after the other.
Columns: TypeAlias = Sequence[Sequence[Json]]

#: Of what records say of a row that is referred to, each time after its id, what is not so.
Disagreeing: TypeAlias = Callable[["ParentColumns", Sequence[Said]], Collection[Said]]

_TEXTS: Types = frozenset((str, type(None)))
_NUMBERS: Types = frozenset((int, Decimal, type(None)))
_IDS: Types = frozenset((int, type(None)))
_TRUTHS: Types = frozenset((bool, type(None)))

#: Stands for what a row has that is not there: equal to nothing that a record says.
MISSING = object()


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column of the row's own: its place in the record and in the row, and what an edit of it is.

    `usual` are the types of raw values that are canonical if they equal a canonical value.
    """

    position: int
    at: int
    name: str
    type: ScalarType
    usual: Types
    editable: bool
    unchanged: Callable[[Json, Json], bool] = same

    def edit(self, raw: Json, current: Json) -> Json:
        """The canonical value that a record asks for; None for none.

        Raises:
            Misfit: the value does not fit, or the field cannot be edited this way.
        """
        after = parse(self.type, raw)
        if self.unchanged(current, after):
            return None
        if not self.editable:
            raise Misfit("this cannot be edited", "what it is")
        return after


def edits(said: Said, row: Known, columns: Iterable[OwnColumn]) -> dict[str, Json] | None:
    """What a record asks to change in some columns of its row's own; None where only the long way can tell."""
    result: dict[str, Json] = {}
    try:
        for own in columns:
            if (raw := said[own.position]) is not None and (after := own.edit(raw, row[own.at])) is not None:
                result[own.name] = after
    except Misfit:
        return None
    return result


@dataclass(frozen=True, slots=True)
class Differing:
    """The places of records that may ask for something.

    Attributes:
        own: by place, the columns that differ from what the row has.
        elsewhere: of those that may say something else of rows that their row refers to.
    """

    own: dict[int, list[OwnColumn]]
    elsewhere: set[int]


@dataclass(frozen=True, slots=True, eq=False)
class ParentColumns:
    """The columns that speak of a row that is referred to.

    Attributes:
        name: of the reference.
        at: its place in the row.
        entity: what it refers to.
        positions: of the columns, in the record.
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
    paths: tuple[tuple[str, ...], ...]
    usual: tuple[Types, ...]
    by_id: int | None = None
    known: dict[int | None, tuple[Json, ...]] = field(default_factory=dict)
    agreeing: set[Said] = field(default_factory=set)


class UnsupportedColumns(Exception):
    """Records with these columns go the long way."""


class ComparisonPlan:
    """The columns of records, in one order.

    Attributes:
        own: those of the row's own.
        parents: what the others say of rows that are referred to.
        usual: of the place of each, the types of raw values that are canonical if they equal a canonical value.
    """

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
            Unfit: there are columns that only the long way understands.
        """
        self._catalog, self._item = catalog, binding.entity
        self._editable = binding.editable - {key[0] for key in binding.entity.identities if len(key) == 1}
        columns = [(position, binding.view.by_name.get(name)) for position, name in enumerate(names)]
        known = [(position, column) for position, column in columns if column and column.role is not Role.COMPUTED]
        if not all(column.path for _, column in known):
            raise UnsupportedColumns
        at = {name: n for n, name in enumerate((ID, *fields))}
        self.own = tuple(self._owned(known, at))
        self.parents = tuple(self._parents(known, at, ids))
        there = [position for parent in self.parents for position in parent.positions]
        self._there = _getter(there)
        self._usual = [usual for parent in self.parents for usual in parent.usual]
        self.usual = {own.position: own.usual for own in self.own} | dict(zip(there, self._usual, strict=True))

    def differing(self, said: Columns, rows: Columns, disagreeing: Disagreeing) -> Differing:
        """The records that do not certainly ask for nothing, and so have to be looked at.

        Args:
            said: the columns of records of this form.
            rows: the columns of the rows, one for each record.
            disagreeing: tells what is not so of the rows that these refer to.
        """
        own: dict[int, list[OwnColumn]] = {}
        for column in self.own:
            mine, theirs = said[column.position], rows[column.at]
            for n in _unusual(mine, column.usual):
                own.setdefault(n, []).append(column)
            if mine != theirs:
                for n in compress(count(), map(ne, mine, theirs)):
                    own.setdefault(n, []).append(column)
        elsewhere = (_elsewhere(parent, said, rows[parent.at], disagreeing) for parent in self.parents)
        return Differing(own, set().union(*elsewhere))

    def agrees(self, said: Said, around: Known) -> bool:
        """Whether a record says nothing of other rows but what they are; null says nothing.

        Args:
            said: the record.
            around: what the rows that its row refers to have, in the order of the parents and their columns.
        """
        if MISSING in around:
            return False
        each = zip(self._there(said), around, self._usual, strict=True)
        return all(raw is None or (type(raw) in usual and raw == current) for raw, current, usual in each)

    def _owned(self, known: list[tuple[int, Column]], at: dict[str, int]) -> Iterator[OwnColumn]:
        for position, column in known:
            name = column.path[0]
            if name == ID:
                yield OwnColumn(position, 0, ID, Integer(), _NUMBERS, editable=False)
            elif not isinstance(type_ := self._item.fields[name].type, Reference):
                others = sum(other.path[0] == name for _, other in known)
                editable = name in self._editable and others == 1
                unchanged = self._item.fields[name].unchanged
                yield OwnColumn(position, at[name], name, type_, _written_as(type_), editable, unchanged)

    def _parents(self, known: list[tuple[int, Column]], at: dict[str, int], ids: bool) -> Iterator[ParentColumns]:
        for name, target in self._item.references.items():
            below = {position: column.path[1:] for position, column in known if column.path[0] == name}
            by_id = [position for position, path in below.items() if path == (ID,)]
            named = {position: path for position, path in below.items() if path != (ID,)}
            if len(by_id) > 1:
                raise UnsupportedColumns
            if named or (by_id and ids):
                ends = (_end(self._catalog, self._catalog.entities[target], path) for path in named.values())
                usual, positions, paths = tuple(map(_written_as, ends)), tuple(named), tuple(named.values())
                yield ParentColumns(
                    name, at[name], target, positions, paths, usual, by_id[0] if by_id and ids else None
                )


def _elsewhere(parent: ParentColumns, said: Columns, ids: Sequence[Json], disagreeing: Disagreeing) -> Iterable[int]:
    """The places of the records that say of a row that is referred to what is not certainly so."""
    columns = list(zip((said[position] for position in parent.positions), parent.usual, strict=True))
    if parent.by_id is not None:
        columns.append((said[parent.by_id], _IDS))
    odd = {n for values, usual in columns for n in _unusual(values, usual)}
    told = list(zip(ids, *(values for values, _ in columns), strict=True))
    wrong = disagreeing(parent, [one for n, one in enumerate(told) if n not in odd] if odd else told)
    return odd.union(n for n, one in enumerate(told) if n not in odd and one in wrong) if wrong else odd


def _unusual(values: Sequence[Json], usual: Types) -> Iterator[int]:
    """The places of values of other types: what is equal need not be the same then; to Python, 1 and true are equal."""
    if usual.issuperset(map(type, values)):
        return iter(())
    return (n for n, value in enumerate(values) if type(value) not in usual)


def _getter(positions: list[int]) -> Any:
    """What takes values at these places, always as a tuple."""
    match positions:
        case []:
            return lambda _: ()
        case [only]:
            return lambda values: (values[only],)
        case _:
            return itemgetter(*positions)


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
