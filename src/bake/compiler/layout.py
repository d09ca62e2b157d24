"""How the columns of a record compare with the row that it is about, worked out once for all records of one form.

A record is a tuple of raw values here, and a row a tuple of its id and canonical values. A raw value that equals the
canonical one, and is of a type that JSON writes it in, says what the row says; null says nothing. Whatever cannot be
told that way is left to the long way (`bake.compiler.batch`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import add, eq, itemgetter
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

_TEXTS: frozenset[type] = frozenset((str, type(None)))
_NUMBERS: frozenset[type] = frozenset((int, Decimal, type(None)))
_TRUTHS: frozenset[type] = frozenset((bool, type(None)))

#: Stands for what a row has that is not there: equal to nothing that a record says.
NOWHERE = object()


@dataclass(frozen=True, slots=True)
class Own:
    """A column of the row's own: its place in the record and in the row, and what an edit of it is."""

    place: int
    at: int
    name: str
    type: ScalarType
    editable: bool

    def edit(self, raw: Json, current: Json) -> Json:
        """The canonical value that a record asks for; None for none.

        Raises:
            Misfit: the value does not fit, or the field cannot be edited this way.
        """
        after = parse(self.type, raw)
        if same(after, current):
            return None
        if not self.editable:
            raise Misfit("this cannot be edited", "what it is")
        return after


@dataclass(frozen=True, slots=True, eq=False)
class Parent:
    """The columns that speak of a row that is referred to.

    Attributes:
        at: the place of the reference in the row.
        entity: what it refers to.
        places: of the columns, in the record.
        paths: what they stand for, from the row that is referred to.
        types: what is at the end of those.
        by_id: the place of a column that gives its id, where that means something.
        known: what rows that are referred to have at the ends of the paths, by id; of one that is not there, `NOWHERE`.
    """

    at: int
    entity: str
    places: tuple[int, ...]
    paths: tuple[tuple[str, ...], ...]
    types: tuple[FieldType, ...]
    by_id: int | None = None
    known: dict[int | None, tuple[Json, ...]] = field(default_factory=dict)


class Unfit(Exception):
    """Records with these columns go the long way."""


class Layout:
    """The columns of records, in one order.

    Attributes:
        parents: what they say of rows that are referred to.
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
        columns = [(place, binding.view.by_name.get(name)) for place, name in enumerate(names)]
        known = [(place, column) for place, column in columns if column and column.role is not Role.COMPUTED]
        if not all(column.path for _, column in known):
            raise Unfit
        at = {name: n for n, name in enumerate((ID, *fields))}
        self._own = tuple(self._owned(known, at))
        self.parents = tuple(self._parents(known, at, ids))
        there = [place for parent in self.parents for place in parent.places]
        self._said = _getter([*(own.place for own in self._own), *there])
        self._row = _getter([own.at for own in self._own])
        ends = [type_ for parent in self.parents for type_ in parent.types]
        self._types = [_written_as(type_) for type_ in (*(own.type for own in self._own), *ends)]

    def alike(self, said: Sequence[Said], rows: Sequence[Known], around: Sequence[Known]) -> list[bool]:
        """Of records with these columns, which certainly ask for nothing; the others have to be looked at (`edits`).

        Args:
            said: the records.
            rows: the row that each of them is about.
            around: what the rows that it refers to have, in the order of the parents and their columns.
        """
        mine = list(map(self._said, said))
        equal = list(map(eq, mine, map(add, map(self._row, rows), around)))
        # Of other types, what is equal need not be the same: to Python, 1 and true are equal.
        columns = zip(*mine, strict=True)
        usual = all(types.issuperset(map(type, column)) for column, types in zip(columns, self._types, strict=False))
        return equal if usual else [False] * len(mine)

    def edits(self, said: Said, row: Known, around: Known) -> dict[str, Json] | None:
        """What a record asks to change in the row's own fields; None where only the long way can tell.

        Args:
            said: the record.
            row: the row.
            around: what the rows that it refers to have.
        """
        if NOWHERE in around:
            return None
        mine, theirs, result = self._said(said), self._row(row) + around, dict[str, Json]()
        try:
            for n, (raw, current, types) in enumerate(zip(mine, theirs, self._types, strict=True)):
                if raw is None or (type(raw) in types and raw == current):
                    continue
                own = self._own[n]
                if (after := own.edit(raw, current)) is not None:
                    result[own.name] = after
        except (IndexError, Misfit):  # what is said of another row differs, or a value does not fit
            return None
        return result

    def _owned(self, known: list[tuple[int, Column]], at: dict[str, int]) -> Iterator[Own]:
        for place, column in known:
            name = column.path[0]
            if name == ID:
                yield Own(place, 0, ID, Integer(), editable=False)
            elif not isinstance(type_ := self._item.fields[name].type, Reference):
                others = sum(other.path[0] == name for _, other in known)
                yield Own(place, at[name], name, type_, name in self._editable and others == 1)

    def _parents(self, known: list[tuple[int, Column]], at: dict[str, int], ids: bool) -> Iterator[Parent]:
        for name, target in self._item.references.items():
            below = {place: column.path[1:] for place, column in known if column.path[0] == name}
            by_id = [place for place, path in below.items() if path == (ID,)]
            named = {place: path for place, path in below.items() if path != (ID,)}
            if len(by_id) > 1:
                raise Unfit
            if named or (by_id and ids):
                types = tuple(_end(self._catalog, self._catalog.entities[target], path) for path in named.values())
                places, paths = tuple(named), tuple(named.values())
                yield Parent(at[name], target, places, paths, types, by_id[0] if by_id and ids else None)


def _getter(places: list[int]) -> Any:
    """What takes values at these places, always as a tuple."""
    match places:
        case []:
            return lambda _: ()
        case [only]:
            return lambda values: (values[only],)
        case _:
            return itemgetter(*places)


def _written_as(type_: FieldType) -> frozenset[type]:
    """The types of raw values that are canonical if they equal a canonical value."""
    match type_:
        case Text() | Choice() | Date() | Timestamp() | Uuid():
            return _TEXTS
        case Exact() | Real() | Integer():
            return _NUMBERS
        case Boolean():
            return _TRUTHS
        case _:
            raise Unfit


def _end(catalog: Catalog, item: Entity, path: tuple[str, ...]) -> FieldType:
    """The type of the field at the end of a path."""
    if not path or path[0] == ID:
        raise Unfit
    type_ = item.fields[path[0]].type
    return _end(catalog, catalog.entities[type_.entity], path[1:]) if isinstance(type_, Reference) else type_
