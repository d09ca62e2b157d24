"""What two rows have in common if they may be the same: their traits.

A trait is a kind, and values in the form in which they are compared; names in their loose form (`bake.catalog.names`).
Every row of an entity is read for its traits, so that they can be made of columns, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import TypeAlias

from bake.catalog.entity import Entity, Field
from bake.catalog.field_types import Text
from bake.catalog.lookups import complete
from bake.catalog.names import loose_form, normal_form
from bake.catalog.values import Json
from bake.compiler.spill_store import digest

Trait: TypeAlias = tuple[object, ...]

#: For each row its trait of one kind, if it has one.
TraitColumn: TypeAlias = Sequence[Trait | None]

#: Values by field, row after row; a reference is what it names: ("row", id) or ("made", number).
Columns: TypeAlias = Mapping[str, Sequence[Json]]

#: Of a value what is equal in values that may be the same; None of what says nothing.
Form: TypeAlias = Callable[[Json], Json]


def trait_key(trait: Trait) -> bytes:
    """What stands for a trait in this process and those forked from it."""
    return digest(b"%d %d" % (hash(trait), hash((trait,))))


class Traits:
    """The traits that rows of one entity have.

    Attributes:
        single: the keys of one field.
        several: those of several.
        names: the other fields that name a row.
        compared: all fields that traits are made of, but for codes.
        fields: and with codes.
    """

    def __init__(self, item: Entity) -> None:
        self.single = tuple(key[0] for key in item.keys if len(key) == 1)
        self.several = tuple(key for key in item.keys if len(key) > 1)
        self.names = tuple(name for name in item.alternates if name not in item.codes)
        self.compared = tuple(dict.fromkeys(chain(self.single, self.names, *self.several, item.likeness)))
        self.fields = tuple(dict.fromkeys((*self.compared, *item.codes)))
        self._single = [_Kind(("name",), {name: _name}) for name in self.single]
        self._several = [_Kind(("key", *key), _forms(item, key), item) for key in self.several]
        self._names = [_Kind(("name",), {name: _name}) for name in self.names]
        self._likeness = [_Kind(("likeness",), _forms(item, item.likeness))] if item.likeness else []
        self._codes = [_Kind(("code",), {name: _code(item.fields[name])}) for name in item.codes]

    def of_rows(self, columns: Columns) -> Iterator[TraitColumn]:
        """All traits of some rows, a column for each kind."""
        kinds = (*self._single, *self._several, *self._names, *self._likeness, *self._codes)
        return (kind.of_rows(columns) for kind in kinds)

    def of_record(self, values: Mapping[str, Json], derived: Iterable[str]) -> Iterator[Trait]:
        """All traits of a record, those of keys first.

        Args:
            values: what it says.
            derived: the keys that would be made for it.
        """
        return chain(self.keys(values, derived), self.others(values), self.codes(values))

    def keys(self, values: Mapping[str, Json], derived: Iterable[str]) -> Iterator[Trait]:
        """Those that keys are."""
        return chain(_present(self._single, values), map(named, derived), _present(self._several, values))

    def others(self, values: Mapping[str, Json]) -> Iterator[Trait]:
        """Those that names and the declared likeness are."""
        return chain(_present(self._names, values), _present(self._likeness, values))

    def codes(self, values: Mapping[str, Json]) -> Iterator[Trait]:
        """Those that codes are."""
        return _present(self._codes, values)


def named(text: str) -> Trait:
    """The trait of what has this name."""
    return "name", loose(text)


@lru_cache(20_000)
def loose(text: str) -> str:
    """The loose form of a text that has one, or else its normal form."""
    return loose_form(text) or normal_form(text)


class _Kind:
    """Traits of one kind: what rows have in common of which some fields are equal in some form."""

    def __init__(self, head: Trait, forms: Mapping[str, Form], keyed: Entity | None = None) -> None:
        """Prepare.

        Args:
            head: what such a trait begins with.
            forms: by field. A row that lacks one has no such trait;
            keyed: but if the fields are a key of this entity, it may lack as much as a whole key may.
        """
        self._head = head
        self._forms = forms
        self._keyed = keyed
        self._whole: dict[tuple[bool, ...], bool] = {}

    def of_row(self, values: Mapping[str, Json]) -> Trait | None:
        """The trait of one row; what is not given is null."""
        return self._trait([form(values.get(name)) for name, form in self._forms.items()])

    def of_rows(self, columns: Columns) -> TraitColumn:
        """Those of some rows."""
        forms = (map(form, columns[name]) for name, form in self._forms.items())
        return list(map(self._trait, zip(*forms, strict=True)))

    def _trait(self, forms: Sequence[Json]) -> Trait | None:
        return (*self._head, *forms) if None not in forms or self._is_whole(forms) else None

    def _is_whole(self, forms: Sequence[Json]) -> bool:
        """Whether a key is, parts of which are null: which, decides."""
        if self._keyed is None:
            return False
        lacking = tuple([form is None for form in forms])
        if lacking not in self._whole:
            fields = tuple(self._forms)
            self._whole[lacking] = complete(self._keyed, fields, dict(zip(fields, forms, strict=True)))
        return self._whole[lacking]


def _present(kinds: Iterable[_Kind], values: Mapping[str, Json]) -> Iterator[Trait]:
    return (trait for kind in kinds if (trait := kind.of_row(values)) is not None)


def _forms(item: Entity, fields: Iterable[str]) -> dict[str, Form]:
    return {name: _text if isinstance(item.fields[name].type, Text) else _other for name in fields}


def _name(value: Json) -> str | None:
    return (loose(value) or None) if isinstance(value, str) else None


def _code(field: Field) -> Form:
    return lambda value: (field.normal(value) or None) if isinstance(value, str) else None


def _text(value: Json) -> Json:
    return loose(value) if isinstance(value, str) else _other(value)


def _other(value: Json) -> Json:
    match value:
        case str() | None | tuple() | bool():
            return value
        case int() | float() | Decimal():
            return _number(value)
        case _:
            return repr(value)


@lru_cache(20_000, typed=True)
def _number(value: float | Decimal) -> str:
    return format(Decimal(str(value)).normalize(), "f")
