"""Traits: what two rows have in common if they may be the same.

A trait consists of a kind, such as `name`, and of values in the form in which they are compared: of texts, one of their
forms (`bake.catalog.names.NameForms`). It is represented by its hash, of 64 bits, which is valid in this process and
those forked from it. Traits are computed by columns, since it is done for every row of an entity, and every record that
would create one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from itertools import chain, repeat
from typing import NamedTuple, TypeAlias

from bake.catalog.entity import Entity
from bake.catalog.field_types import Text
from bake.catalog.lookups import complete
from bake.catalog.names import NameForms, name_forms
from bake.catalog.values import Json

#: For each row its trait of one kind; None if it has none.
TraitColumn: TypeAlias = Sequence[int | None]

#: By field, the value of each row; a reference is ("row", id of a row), or ("made", number of a create).
Columns: TypeAlias = Mapping[str, Sequence[Json]]


class Form(IntEnum):
    """A form in which texts are compared: its position in `NameForms`."""

    LOOSE = 0
    BY_WORDS = 1
    BY_LETTERS = 2


class RecordTraits(NamedTuple):
    """The traits of a record, each once: by its keys; by its other names and its likeness; by its codes."""

    keys: Sequence[int]
    others: Sequence[int]
    codes: Sequence[int]


class ComparedColumns:
    """Columns of rows or records in the forms in which they are compared; what forms share is computed once."""

    def __init__(self, item: Entity, columns: Columns) -> None:
        self._item = item
        self._columns = columns
        self._names: dict[str, list[NameForms | None]] = {}
        self._others: dict[str, list[Json]] = {}

    def names(self, name: str, form: Form) -> list[str | None]:
        """The texts of a field in a form; None for a blank text, and for what is no text."""
        return [forms and (forms[form] or None) for forms in self._forms(name)]

    def parts(self, name: str, form: Form) -> list[Json]:
        """The values of a field, in a form if it is a field of texts; None where they are null."""
        if name not in self._others:
            self._others[name] = list(map(_comparable, self._columns[name]))
        others = self._others[name]
        if not isinstance(self._item.fields[name].type, Text):
            return others
        return [other if forms is None else forms[form] for forms, other in zip(self._forms(name), others, strict=True)]

    def words(self, names: Sequence[str]) -> list[str | None]:
        """The words of the texts in some fields, each once, whichever field has it; None where there are none."""
        rows = zip(*(self.names(name, Form.BY_WORDS) for name in names), strict=True)
        return [" ".join(sorted({word for text in row if text for word in text.split()})) or None for row in rows]

    def codes(self, name: str, _form: Form) -> list[Json]:
        """The codes in a field, in their normal form, which is all that they have; None for a blank one."""
        normal = self._item.fields[name].normal
        return [(normal(value) or None) if isinstance(value, str) else None for value in self._columns[name]]

    def _forms(self, name: str) -> list[NameForms | None]:
        if name not in self._names:
            values = self._columns[name]
            self._names[name] = [name_forms(value) if isinstance(value, str) else None for value in values]
        return self._names[name]


#: Gives the values of a field in a form; None where the field says nothing that is compared.
FormedValues: TypeAlias = Callable[[ComparedColumns, str, Form], Sequence[Json]]


class Traits:
    """Computes the traits of rows and records of one entity.

    Attributes:
        single: the keys of one field.
        several: the keys of several fields.
        names: the other fields that name a row.
        worded: the keys with several texts: these texts, which may share words out otherwise, and the other parts.
        compared: all fields from which traits are computed, without codes.
        fields: the same, with codes.
    """

    def __init__(self, item: Entity) -> None:
        self.single = tuple(key[0] for key in item.keys if len(key) == 1)
        self.several = tuple(key for key in item.keys if len(key) > 1)
        self.names = tuple(name for name in item.alternates if name not in item.codes)
        self.compared = tuple(dict.fromkeys(chain(self.single, self.names, *self.several, item.likeness)))
        self.fields = tuple(dict.fromkeys((*self.compared, *item.codes)))
        self._item = item
        self._derived = _Kind(item, "name", ("",), ComparedColumns.names)
        self._keys = (
            *(_Kind(item, "name", (name,), ComparedColumns.names) for name in self.single),
            *(_Kind(item, ("key", *key), key, ComparedColumns.parts, keyed=True) for key in self.several),
        )
        self._others = (
            *(_Kind(item, "name", (name,), ComparedColumns.names) for name in self.names),
            *(_Kind(item, "likeness", key, ComparedColumns.parts) for key in (item.likeness,) if key),
            *(_Kind(item, "title", key, ComparedColumns.parts) for key in self._titled()),
        )
        self.worded = tuple(
            (texts, tuple(name for name in key if name not in texts))
            for key in self.several
            if len(texts := tuple(name for name in key if isinstance(item.fields[name].type, Text))) > 1
        )
        self._codes = {name: _Kind(item, "code", (name,), ComparedColumns.codes) for name in item.codes}

    def _titled(self) -> Iterator[tuple[str, ...]]:
        """The title and the references of each key that it is in: they find a misspelt title where other parts lack."""
        for key in self.several:
            if (title := self._item.title) in key:
                yield tuple(name for name in key if name == title or name in self._item.references)

    def of_rows(self, compared: ComparedColumns) -> Iterator[TraitColumn]:
        """All traits of some rows, a column for each kind and form."""
        for kind in (*self._keys, *self._others):
            yield from kind.of_rows(compared, Form)
        yield from self._by_all_words(compared)
        for kind in self._codes.values():
            yield from kind.of_rows(compared, (Form.LOOSE,))

    def of_records(
        self, columns: Columns, derived: Sequence[Sequence[Json]], forms: Iterable[Form] = (Form.LOOSE,)
    ) -> list[RecordTraits]:
        """The traits of records.

        Args:
            columns: the values of the records.
            derived: for each field with a derived key, the key that would be derived for each record.
            forms: the forms in which texts are compared, the loose one first.
        """
        compared = ComparedColumns(self._item, columns)
        stems = [ComparedColumns(self._item, {"": column}) for column in derived]
        keys = chain(
            *(kind.of_rows(compared, forms) for kind in self._keys),
            *(self._derived.of_rows(stem, forms) for stem in stems),
        )
        others = chain(*(kind.of_rows(compared, forms) for kind in self._others), self._by_all_words(compared))
        codes = chain(
            *(kind.of_rows(compared, (Form.LOOSE,)) for kind in self._codes.values()), self._typed_as_titles(columns)
        )
        return list(map(RecordTraits, _by_row(keys), _by_row(others), _by_row(codes)))

    def _typed_as_titles(self, columns: Columns) -> Iterator[TraitColumn]:
        """The codes that stand where the title does, a column for each kind of codes."""
        titles = columns.get(self._item.title or "", ())
        if any(isinstance(title, str) and is_number(title) for title in titles):
            numbers = [title if isinstance(title, str) and is_number(title) else None for title in titles]
            for name, kind in self._codes.items():
                yield from kind.of_rows(ComparedColumns(self._item, {name: numbers}), (Form.LOOSE,))

    def _by_all_words(self, compared: ComparedColumns) -> Iterator[TraitColumn]:
        """A column of traits for each key with several texts, by the words of all these together."""
        for texts, rest in self.worded:
            words = compared.words(texts)
            parts = list(zip(*(compared.parts(name, Form.LOOSE) for name in rest), strict=True)) or [()] * len(words)
            head = self._item.name, "words", texts
            yield [said and hash((head, said, those)) for said, those in zip(words, parts, strict=True)]  # type: ignore[misc]

    def code(self, name: str, value: Json) -> int | None:
        """The trait of one value in a field of codes; None for a blank one."""
        [[mark]] = self._codes[name].of_rows(ComparedColumns(self._item, {name: (value,)}), (Form.LOOSE,))
        return mark


def is_number(title: str) -> bool:
    """Whether a title has no letter, so that it may be a code, typed in the wrong place."""
    return not any(map(str.isalpha, title))


def _by_row(columns: Iterable[TraitColumn]) -> Iterable[Sequence[int]]:
    """The traits of each row, each once."""
    rows = list(columns)
    if not rows:
        return repeat(())
    return [tuple(dict.fromkeys([one for one in row if one is not None])) for row in zip(*rows, strict=True)]


class _Kind:
    """One kind of traits: rows have one in common if some fields are equal in the form in which they are compared."""

    def __init__(
        self, item: Entity, kind: object, fields: tuple[str, ...], values: FormedValues, *, keyed: bool = False
    ) -> None:
        """Prepare.

        Args:
            item: the entity of the rows.
            kind: distinguishes these traits from others.
            fields: a row that lacks the value of one has no such trait.
            values: gives the values of a field in a form.
            keyed: the fields are a key of the entity: a row may lack those that may be null in a complete key.
        """
        self._item = item
        self._head = item.name, kind
        self._fields = fields
        self._values = values
        self._keyed = keyed
        self._whole: dict[tuple[bool, ...], bool] = {}

    def of_rows(self, compared: ComparedColumns, forms: Iterable[Form]) -> Iterator[TraitColumn]:
        """The traits of some rows, a column for each form; in a later form only where it differs from the first one."""
        head, first = self._head, None
        for form in forms:
            rows = list(zip(*(self._values(compared, name, form) for name in self._fields), strict=True))
            if first is None:
                yield [hash((head, row)) if self._is_whole(row) else None for row in rows]
                first = rows
            elif rows != first:
                yield [
                    hash((head, row)) if row != known and self._is_whole(row) else None
                    for row, known in zip(rows, first, strict=True)
                ]

    def _is_whole(self, values: Sequence[Json]) -> bool:
        """Whether no value is lacking, or, in a key, only such as it is complete without."""
        if None not in values:
            return True
        if not self._keyed:
            return False
        lacking = tuple([value is None for value in values])
        if lacking not in self._whole:
            self._whole[lacking] = complete(self._item, self._fields, dict(zip(self._fields, values, strict=True)))
        return self._whole[lacking]


def _comparable(value: Json) -> Json:
    """A value that is no text in the form in which it is compared: numbers that are equal are the same text."""
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
