"""Entities: the rows of one table as changesets speak of them, their fields, keys and references."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bake.catalog.field import Composite, Derivation, Dialect, Field, Outlier, RowCheck
from bake.catalog.field_types import Document, Sensitive, Text

if TYPE_CHECKING:
    import sqlalchemy as sa


#: The name under which records have the surrogate id of a row: a primary key that is no field. It is never written, and
#: does not identify a row by itself.
ID = "id"

#: The name under which a lookup holds a text that names a row without saying by which field (a key or a name).
TEXT = ""


@dataclass(frozen=True)
class Entity:
    """One kind of row: a table, and how its rows are named and edited.

    Attributes:
        name: the plural that sources and changesets use; it is the table's name too unless `table` says otherwise.
        fields: by name, in the order in which they are written.
        keys: natural keys, tried in this order; each is a tuple of field names and identifies at most one row.
        alternates: further fields by which people refer to rows, such as a name; they need not be unique.
        title: the field that holds a row's name, where that is too ambiguous to be one of the alternates: products of
            several brands have the same name.
        label: a format string over field names; it makes the text by which a row is shown to people.
        composite: a text by which other programs name its rows; read like a key, never written.
        counted: the field that is the primary key, a whole number, if rows have no other key; a new row gets the next
            number, unless its record gives one.
        derived: by name, the key fields that can be derived when a new record does not give them.
        leaves: the reference fields to rows of a tree that have no children; only such rows are offered for them.
        likeness: the fields by which two rows may be the same although no key says so: if all of them are equal.
        codes: the alternates whose values belong to one row only, such as a barcode. A code identifies a row, unless
            another value of the record contradicts it.
        outliers: the numbers that are checked against earlier rows.
        row_checks: checks of fields that may contradict each other; each makes a warning.
        aliases: further column names in its records, each with the path that it stands for (see `Column`).
        synonyms: by column name in its plain records, other names that people use for it (`Column.synonyms`).
        dialects: column names that mean something else in records of another origin.
        lists: further names for lists of its records in documents of several entities.
        updates: by the name of a list, the reference by which its records say what became of rows that are here.
        nested: by column name, the lists of records of other entities that its records hold.
        group: the export group that it belongs to; an export can leave out whole groups.
    """

    name: str
    table: sa.Table
    fields: Mapping[str, Field]
    keys: tuple[tuple[str, ...], ...] = ()
    alternates: tuple[str, ...] = ()
    title: str | None = None
    label: str = ""
    composite: Composite | None = None
    derived: Mapping[str, Derivation] = field(default_factory=dict)
    leaves: tuple[str, ...] = ()
    likeness: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    outliers: tuple[Outlier, ...] = ()
    row_checks: tuple[RowCheck, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dialects: tuple[Dialect, ...] = ()
    lists: tuple[str, ...] = ()
    updates: Mapping[str, str] = field(default_factory=dict)
    nested: Mapping[str, Nested] = field(default_factory=dict)
    group: str = "catalog"
    counted: str | None = None

    @cached_property
    def references(self) -> dict[str, str]:
        """By reference field, the name of the entity that it refers to."""
        return {name: f.target for name, f in self.fields.items() if f.target}

    @cached_property
    def by_column(self) -> dict[str, str]:
        """By the name of a column, the field that it belongs to."""
        return {column: name for name, declared in self.fields.items() for column in declared.columns}

    @cached_property
    def has_surrogate(self) -> bool:
        """Whether the primary key is no field, so that records carry it under the name `ID` beside what they say."""
        return self.by_column.keys().isdisjoint(str(column.name) for column in self.table.primary_key)

    def of_columns(self, columns: Collection[str]) -> tuple[str, ...] | None:
        """The fields that these columns belong to, in their order; None if they are not whole fields."""
        fields = tuple(dict.fromkeys(self.by_column[column] for column in columns if column in self.by_column))
        whole = {column for name in fields for column in self.fields[name].columns}
        return fields if fields and whole == set(columns) else None

    @cached_property
    def own_references(self) -> tuple[str, ...]:
        """The reference fields that refer to rows of the same entity."""
        return tuple(name for name, target in self.references.items() if target == self.name)

    @cached_property
    def composite_key(self) -> str | None:
        """The field in whose place a composite text may stand: that of the first key of one field."""
        single = (key[0] for key in self.keys if len(key) == 1)
        return next(single, None) if self.composite else None

    @cached_property
    def texts(self) -> frozenset[str]:
        """The fields that hold texts."""
        return frozenset(name for name, declared in self.fields.items() if isinstance(declared.type, Text))

    @cached_property
    def sensitive(self) -> tuple[str, ...]:
        """The fields whose values are never shown (`bake.catalog.sensitive`)."""
        return tuple(name for name, declared in self.fields.items() if isinstance(declared.type, Sensitive))

    @cached_property
    def naming(self) -> frozenset[str]:
        """The fields by which rows are called, so that doubled blanks in them say nothing."""
        return frozenset((*self.alternates, *(name for key in self.keys for name in key), self.title or ""))

    @cached_property
    def own_texts(self) -> tuple[str, ...]:
        """The fields that hold texts of their own, neither codes nor names."""
        return tuple(sorted(self.texts - self.naming - {*self.coded, *self.codes}))

    @cached_property
    def checked(self) -> tuple[str, ...]:
        """The fields that have checks."""
        return tuple(name for name, declared in self.fields.items() if declared.checks)

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """For an entity without natural keys, the fields by which equal rows are found; empty for any other.

        They are those of its likeness or, if it declares none, all but the uuid, the number that is counted, what the
        database keeps, JSON documents, and what is sensitive.
        """
        if self.keys:
            return ()
        others = {"uuid", self.counted, *self.kept, *self.sensitive}
        whole = tuple(n for n, f in self.fields.items() if n not in others and not isinstance(f.type, Document))
        return self.likeness or whole

    @cached_property
    def kept(self) -> frozenset[str]:
        """The fields to which the database gives their values."""
        return frozenset(name for name, declared in self.fields.items() if declared.kept)

    @cached_property
    def coded(self) -> tuple[str, ...]:
        """The fields that hold codes (`Field.is_code`), unique or not."""
        return tuple(name for name, declared in self.fields.items() if declared.is_code)

    @cached_property
    def identities(self) -> tuple[tuple[str, ...], ...]:
        """The keys by which a row is looked up: the uuid if there is one, the natural keys, the number (rule 1)."""
        uuid = (("uuid",),) if "uuid" in self.fields else ()
        return (*uuid, *self.keys, *(((self.counted,),) if self.counted else ()))

    @cached_property
    def portable_keys(self) -> tuple[tuple[str, ...], ...]:
        """The keys by which a changeset names rows: the natural keys, the uuid, the number that is counted."""
        uuid = (("uuid",),) if "uuid" in self.fields else ()
        return (*self.keys, *uuid, *(((self.counted,),) if self.counted else ()))

    @cached_property
    def naming_keys(self) -> tuple[tuple[str, ...], ...]:
        """The portable keys up to the first in which no field can be null: every row can be named by one of these."""
        whole = (n for n, key in enumerate(self.portable_keys, 1) if not any(self.fields[one].nullable for one in key))
        return self.portable_keys[: next(whole, None)]


@dataclass(frozen=True, slots=True)
class Nested:
    """A list of records of another entity (children) within a record (their parent).

    Attributes:
        entity: the name of the children's entity.
        reference: the field of a child that refers to the parent.
        numbered: the field of the children's natural key that numbers children which are otherwise equal (a recipe may
            call for lemon twice), if there is one. People leave it out: see `bake.compiler.matching.child_lines`.
    """

    entity: str
    reference: str
    numbered: str | None = None
