"""Traits: what two rows have in common if they may be the same.

A trait consists of a kind, such as `name`, and of values in the form in which they are compared: of texts, their loose
form or a fingerprint (`bake.catalog.names`). It is represented by its hash, of 64 bits, which is valid in this
process and those forked from it. Traits are computed by columns, since it is done for every row of an entity, and every
record that would create one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from itertools import chain, repeat
from typing import NamedTuple, TypeAlias

from bake.catalog.entity import Entity
from bake.catalog.field import Field
from bake.catalog.field_types import Text
from bake.catalog.lookups import complete
from bake.catalog.names import letter_fingerprint, loose_form, normal_form, word_fingerprint
from bake.catalog.values import Json

#: For each row its trait of one kind; None if it has none.
TraitColumn: TypeAlias = Sequence[int | None]

#: By field, the value of each row; a reference is ("row", id of a row), or ("made", number of a create).
Columns: TypeAlias = Mapping[str, Sequence[Json]]

#: Gives a value in the form in which it is compared; None for a value that is not compared, such as a blank text.
Form: TypeAlias = Callable[[Json], Json]


class RecordTraits(NamedTuple):
    """The traits of a record, each once: by its keys; by its other names and its likeness; by its codes."""

    keys: Sequence[int]
    others: Sequence[int]
    codes: Sequence[int]


class Traits:
    """Computes the traits of rows and records of one entity, with texts in one of the forms below.

    Attributes:
        single: the keys of one field.
        several: the keys of several fields.
        names: the other fields that name a row.
        compared: all fields from which traits are computed, without codes.
        fields: the same, with codes.
    """

    def __init__(self, item: Entity, form: Callable[[str], str]) -> None:
        self.single = tuple(key[0] for key in item.keys if len(key) == 1)
        self.several = tuple(key for key in item.keys if len(key) > 1)
        self.names = tuple(name for name in item.alternates if name not in item.codes)
        self.compared = tuple(dict.fromkeys(chain(self.single, self.names, *self.several, item.likeness)))
        self.fields = tuple(dict.fromkeys((*self.compared, *item.codes)))
        named, forms = partial(_name, form), partial(_forms, item, form)
        self._named = _Kind(item, "name", {"": named})
        self._single = [_Kind(item, "name", {name: named}) for name in self.single]
        self._several = [_Kind(item, ("key", *key), forms(key), keyed=True) for key in self.several]
        self._names = [_Kind(item, "name", {name: named}) for name in self.names]
        self._likeness = [_Kind(item, "likeness", forms(item.likeness))] if item.likeness else []
        self._codes = {name: _Kind(item, "code", {name: _code(item.fields[name])}) for name in item.codes}

    def of_rows(self, columns: Columns) -> list[TraitColumn]:
        """All traits of some rows, a column for each kind."""
        kinds = (*self._single, *self._several, *self._names, *self._likeness, *self._codes.values())
        return [kind.of_rows(columns) for kind in kinds]

    def of_records(self, columns: Columns, derived: Sequence[Sequence[Json]]) -> list[RecordTraits]:
        """The traits of records.

        Args:
            columns: the values of the records.
            derived: for each field with a derived key, the key that would be derived for each record.
        """
        keys = _by_row(
            [
                *(kind.of_rows(columns) for kind in self._single),
                *(self._named.of_rows({"": column}) for column in derived),
                *(kind.of_rows(columns) for kind in self._several),
            ]
        )
        others = _by_row([kind.of_rows(columns) for kind in (*self._names, *self._likeness)])
        codes = _by_row([kind.of_rows(columns) for kind in self._codes.values()])
        return list(map(RecordTraits, keys, others, codes))

    def code(self, name: str, value: Json) -> int | None:
        """The trait of one value in a field of codes; None for a blank one."""
        return self._codes[name].of_rows({name: (value,)})[0]


def _by_row(columns: Sequence[TraitColumn]) -> Iterable[Sequence[int]]:
    """The traits of each row, each once."""
    if not columns:
        return repeat(())
    return [tuple(dict.fromkeys([one for one in row if one is not None])) for row in zip(*columns, strict=True)]


@lru_cache(4_000)
def loose(text: str) -> str:
    """The loose form of a text that has one, or else its normal form."""
    return loose_form(text) or normal_form(text)


@lru_cache(4_000)
def by_words(text: str) -> str:
    """The words of a text in the order of the alphabet; texts with the same loose form have the same."""
    return word_fingerprint(text) or normal_form(text)


@lru_cache(4_000)
def by_letters(text: str) -> str:
    """The words of a text put together; texts with the same loose form have the same."""
    return letter_fingerprint(text) or normal_form(text)


class _Kind:
    """One kind of traits: rows have one in common if some fields are equal in the form in which they are compared."""

    def __init__(self, item: Entity, kind: object, forms: Mapping[str, Form], *, keyed: bool = False) -> None:
        """Prepare.

        Args:
            item: the entity of the rows.
            kind: distinguishes these traits from others.
            forms: by field, gives the form in which its value is compared. A row that lacks one has no such trait.
            keyed: the fields are a key of the entity: a row may lack those that may be null in a complete key.
        """
        self._item = item
        self._head = item.name, kind
        self._forms = forms
        self._keyed = keyed
        self._whole: dict[tuple[bool, ...], bool] = {}

    def of_rows(self, columns: Columns) -> TraitColumn:
        """The traits of some rows."""
        head, forms = self._head, [map(form, columns[name]) for name, form in self._forms.items()]
        return [
            hash((head, row)) if None not in row or self._is_whole(row) else None for row in zip(*forms, strict=True)
        ]

    def _is_whole(self, forms: Sequence[Json]) -> bool:
        """Whether a key is complete although parts of it are null; that depends only on which parts are."""
        if not self._keyed:
            return False
        lacking = tuple([form is None for form in forms])
        if lacking not in self._whole:
            fields = tuple(self._forms)
            self._whole[lacking] = complete(self._item, fields, dict(zip(fields, forms, strict=True)))
        return self._whole[lacking]


def _forms(item: Entity, form: Callable[[str], str], fields: Iterable[str]) -> dict[str, Form]:
    return {name: partial(_text, form) if isinstance(item.fields[name].type, Text) else _other for name in fields}


def _name(form: Callable[[str], str], value: Json) -> str | None:
    return (form(value) or None) if isinstance(value, str) else None


def _code(field: Field) -> Form:
    return lambda value: (field.normal(value) or None) if isinstance(value, str) else None


def _text(form: Callable[[str], str], value: Json) -> Json:
    return form(value) if isinstance(value, str) else _other(value)


def _other(value: Json) -> Json:
    match value:
        case str() | None | tuple() | bool():
            return value
        case int() | float() | Decimal():
            return _number(value)
        case _:
            return repr(value)


@lru_cache(4_000, typed=True)
def _number(value: float | Decimal) -> str:
    return format(Decimal(str(value)).normalize(), "f")
