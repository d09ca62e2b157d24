"""Views: the shapes in which records of an entity come and go, and the columns that they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TypeAlias

from bake.catalog.values import Json


class Role(Enum):
    """What a column of a view is for.

    `IDENTITY` says which row a record is about, `CONTEXT` is read-only, `EDITABLE` may be changed, and `COMPUTED` is
    made at the export and never read back.
    """

    IDENTITY = "identity"
    CONTEXT = "context"
    EDITABLE = "editable"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Latest:
    """A computed value: `field` of the row of `entity` that refers to this row by `by` and has the greatest `order`."""

    entity: str
    by: str
    field: str
    order: str


@dataclass(frozen=True, slots=True)
class Total:
    """A computed value: the sum of `field` over the rows of `entity` that refer to this row by `by`; 0 for none."""

    entity: str
    by: str
    field: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A computed value: the values at these paths, those that are null left out, joined by spaces."""

    paths: tuple[tuple[str, ...], ...]


#: How the value of a computed column is made.
Computed: TypeAlias = Latest | Total | Joined


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a view, and the path that it stands for.

    Attributes:
        name: the name of the column in records.
        path: field names from the view's entity through references: `("brand",)`, `("ingredient", "slug")`,
            `("product", "id")`. Empty for a column that is computed.
        role: what it is for.
        computed: how its value is made, for a `COMPUTED` column that Bake can make.
        exported: whether an export writes it; one that is not is only read, in files that other programs wrote.
        synonyms: other names that people give it in sheets of their own, such as "shop" for `supplier_name`; compared
            by their letters and digits alone.
        unit: of a number, the column with its unit: a sheet without that one may have both in one cell, as `5 lb`.
    """

    name: str
    path: tuple[str, ...] = ()
    role: Role = Role.EDITABLE
    computed: Computed | None = None
    exported: bool = True
    synonyms: tuple[str, ...] = ()
    unit: str | None = None


@dataclass(frozen=True)
class View:
    """A form in which records of one entity are exported, edited and read.

    Attributes:
        name: its name on the command line.
        entity: the name of the entity that its records are of.
        columns: in the order in which they are exported.
        kind: the kind of file that it is read from: "view" (an export), "entity" (plain records), or another format.
        envelope: the name by which a file says that it holds this view.
        purpose: one sentence for the person who edits it.
        example: a new record for templates, column name to JSON value. A template has samples (for a date, today's) in
            the columns that this leaves out.
        lines: by the name of a list in records that are JSON, the name of the view of what it holds: rows that refer to
            the record's. A sheet has no lists; the other view is one of its own.
    """

    name: str
    entity: str
    columns: tuple[Column, ...]
    kind: str = "view"
    envelope: str = ""
    purpose: str = ""
    example: Mapping[str, Json] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}
