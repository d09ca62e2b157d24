"""The types of a catalog: entities and their fields, natural keys, and the views in which records are read and written.

A catalog is data, declared once for each schema (`bake.catalog.bakery` is the built-in one). It is all that the engine
knows about the schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from bake.catalog.names import normal_form
from bake.catalog.values import Document, FieldType, Json, Reference, only_blanks_added, same, shown

if TYPE_CHECKING:
    import sqlalchemy as sa

#: Takes a canonical, non-null value of the field's type. Returns one sentence that says what looks wrong, or None.
Check: TypeAlias = Callable[[Any], str | None]

#: The name under which records carry a row's surrogate id. Never written, never enough to identify a row alone.
ID = "id"

#: A number in scientific notation, as spreadsheets write long numbers; the first group is the significand.
_POWER = re.compile(r"([+-]?[0-9]+(?:[.,][0-9]+)?)[eE][+-]?[0-9]+", re.ASCII)

#: The name under which a lookup holds a text that names a row without saying by which field (a key or a name).
TEXT = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entity: one column of its table.

    A field that is a foreign key is named for what it refers to (`supplier`), not for its column (`supplier_id`).

    Attributes:
        name: the name in row documents and changesets.
        type: the type of its values.
        column: the name of the column in the table.
        required: whether a create must give it, because it is not nullable and has no default.
        nullable: whether null may be stored.
        editable: whether an update may change it. A create may set it in any case.
        checks: functions that find values which are of the type but look wrong; each makes a warning.
        normal: gives the normal form of a value, where the field names rows: two spellings of one name have the same.
            A text whose normal form is empty names no row.
        is_code: whether it holds codes of digits, such as barcodes, which spreadsheets change into numbers.
    """

    name: str
    type: FieldType
    column: str
    required: bool = False
    nullable: bool = True
    editable: bool = True
    checks: tuple[Check, ...] = ()
    normal: Callable[[str], str] = normal_form
    is_code: bool = False

    def unchanged(self, before: Json, after: Json) -> bool:
        """Whether writing the canonical value `after` over `before` would be no edit.

        It is none if the values are equal, or if `after` only has blanks added around it. For codes it is also none if
        their normal forms are equal; unless `before` fails a check and `after` does not, which is a correction.
        """
        if same(before, after) or only_blanks_added(before, after):
            return True
        if not (self.is_code and isinstance(before, str) and isinstance(after, str)):
            return False
        alike = self.normal(before) == self.normal(after) != ""
        return alike and not (self._looks_wrong(before) and not self._looks_wrong(after))

    def mangled(self, value: Json) -> str | None:
        """One sentence that says that a spreadsheet has changed a code into a number, if it has; or None."""
        if self.is_code and isinstance(value, str) and (number := _POWER.fullmatch(value.strip())):
            digits = sum(map(str.isdigit, number.group(1)))
            return f"{shown(value)} is a number in scientific notation: of the code only {digits} digits are left"
        return None

    def _looks_wrong(self, value: str) -> bool:
        return any(check(value) for check in self.checks)

    @property
    def target(self) -> str | None:
        """The name of the entity that this field refers to, if it is a reference."""
        return self.type.entity if isinstance(self.type, Reference) else None


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a key field is derived for a new row whose record does not give it.

    The values of the parts are slugified and joined by underscores; a number is added if the result is taken.

    Attributes:
        parts: for each part, the paths at which its value may stand, such as `("brand",)` or `("ingredient", "slug")`;
            the first that is not null is used.
    """

    parts: tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Outlier:
    """A check of a number against an earlier row: a value that is `factor` times larger or smaller is warned of.

    Attributes:
        field: the number.
        by: the reference field that must be equal in both rows.
        order: the field by which the latest of the earlier rows is chosen: that with the greatest value.
        factor: from which ratio on a value looks wrong.
    """

    field: str
    by: str
    order: str
    factor: int = 10


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
        derived: by name, the key fields that can be derived when a new record does not give them.
        leaves: the reference fields that mean rows without children, of a tree; only such rows are offered for them.
        likeness: the fields that are all equal in two rows which may be the same although no key says so.
        codes: the alternates whose values belong to one row only, such as a barcode. A code identifies a row, unless
            something else in the record contradicts it.
        outliers: the numbers that are checked against earlier rows.
        aliases: further column names that its records may have, each to the path that it stands for (see `Column`).
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
    derived: Mapping[str, Derivation] = field(default_factory=dict)
    leaves: tuple[str, ...] = ()
    likeness: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    outliers: tuple[Outlier, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nested: Mapping[str, Nested] = field(default_factory=dict)
    group: str = "catalog"

    @cached_property
    def references(self) -> dict[str, str]:
        """By reference field, the name of the entity that it refers to."""
        return {name: f.target for name, f in self.fields.items() if f.target}

    @cached_property
    def own_references(self) -> tuple[str, ...]:
        """The reference fields that refer to rows of the same entity."""
        return tuple(name for name, target in self.references.items() if target == self.name)

    @cached_property
    def checked(self) -> tuple[str, ...]:
        """The fields that have checks."""
        return tuple(name for name, declared in self.fields.items() if declared.checks)

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """For an entity without natural keys, the fields by which equal rows are found; empty for any other.

        They are those of its likeness or, if it declares none, all but the uuid and JSON documents.
        """
        if self.keys:
            return ()
        whole = tuple(n for n, f in self.fields.items() if n != "uuid" and not isinstance(f.type, Document))
        return self.likeness or whole

    @cached_property
    def coded(self) -> tuple[str, ...]:
        """The fields that hold codes (`Field.is_code`), unique or not."""
        return tuple(name for name, declared in self.fields.items() if declared.is_code)

    @cached_property
    def identities(self) -> tuple[tuple[str, ...], ...]:
        """The keys by which a row is looked up, in order: the uuid if there is one, then the natural keys (rule 1)."""
        return (("uuid",), *self.keys) if "uuid" in self.fields else self.keys

    @cached_property
    def portable_keys(self) -> tuple[tuple[str, ...], ...]:
        """The keys by which a changeset names rows: the natural keys, then the uuid if there is one."""
        return (*self.keys, ("uuid",)) if "uuid" in self.fields else self.keys

    @cached_property
    def naming_keys(self) -> tuple[tuple[str, ...], ...]:
        """The portable keys up to the first in which no field can be null: every row can be named by one of these."""
        whole = (n for n, key in enumerate(self.portable_keys, 1) if not any(self.fields[one].nullable for one in key))
        return self.portable_keys[: next(whole, None)]


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
class Nested:
    """A list of records of another entity (children) within a record (their parent).

    Attributes:
        entity: the name of the children's entity.
        reference: the field of a child that refers to the parent.
        numbered: the field of the children's natural key that numbers children which are otherwise equal (a recipe may
            call for lemon twice), if there is one. People leave it out: see `bake.compiler.child_lines`.
    """

    entity: str
    reference: str
    numbered: str | None = None


@dataclass(frozen=True, slots=True)
class Composite:
    """A text that names a row by several of its fields, with a separator between them.

    Attributes:
        paths: the paths of its parts, in order; all begin with the same reference field.
        loose: the index of the part that may contain the separator: parts before it are split off from the left, parts
            after it from the right.
        separator: the text between the parts.
        null: the text that stands for a part that is null.
    """

    paths: tuple[tuple[str, ...], ...]
    loose: int
    separator: str = ":"
    null: str = "None"

    def split(self, text: str) -> list[str] | None:
        """The parts of a text, as many as there are paths; None if it has too few."""
        after = len(self.paths) - self.loose - 1
        left = text.split(self.separator, self.loose)
        right = left.pop().rsplit(self.separator, after)
        return [*left, *right] if (len(left), len(right)) == (self.loose, after + 1) else None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a view, and the path that it stands for.

    Attributes:
        name: the name of the column in records.
        path: field names from the view's entity through references: `("brand",)`, `("ingredient", "slug")`,
            `("product", "id")`. Empty for a column that is computed or has `parts`.
        role: what it is for.
        computed: how its value is made, for a `COMPUTED` column that Bake can make.
        exported: whether an export writes it; one that is not is only read, in files that other programs wrote.
        parts: the paths it stands for, if it is one text for several.
    """

    name: str
    path: tuple[str, ...] = ()
    role: Role = Role.EDITABLE
    computed: Computed | None = None
    exported: bool = True
    parts: Composite | None = None

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """All paths that the column stands for."""
        return self.parts.paths if self.parts else (self.path,) if self.path else ()


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
    """

    name: str
    entity: str
    columns: tuple[Column, ...]
    kind: str = "view"
    envelope: str = ""
    purpose: str = ""
    example: Mapping[str, Json] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}


@dataclass(frozen=True)
class Catalog:
    """Everything the engine knows about a schema.

    Attributes:
        name: its name in the headers of changesets.
        metadata: the tables, for creating them in an empty database.
        entities: the entities, by name.
        views: the declared views; besides, every entity has a plain one (`plain_view`). A view of an entity without
            natural keys is given a uuid column if it has none: without it, nothing in an exported file would name a
            row in another database, or in a restored copy.
    """

    name: str
    metadata: sa.MetaData
    entities: Mapping[str, Entity]
    views: tuple[View, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "views", tuple(_with_uuid(view, self.entities.get(view.entity)) for view in self.views)
        )

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The names of the entities, each after those that it refers to; within a cycle, as declared."""
        done: dict[str, None] = {}

        def visit(name: str, path: tuple[str, ...]) -> None:
            if name in done or name in path:
                return
            for target in self.entities[name].references.values():
                visit(target, (*path, name))
            done[name] = None

        for name in self.entities:
            visit(name, ())
        return tuple(done)

    @cached_property
    def numbered(self) -> dict[str, Nested]:
        """By the name of the children's entity, the nested lists whose children are numbered (`Nested.numbered`)."""
        nested = [one for entity in self.entities.values() for one in entity.nested.values()]
        return {one.entity: one for one in nested if one.numbered}

    def around(self, entity: str) -> frozenset[str]:
        """The names of an entity and of all entities that it refers to, directly or through others."""
        found, new = {entity}, {entity}
        while new:
            new = {target for name in new for target in self.entities[name].references.values()} - found
            found |= new
        return frozenset(found)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the declarations that decide how records are compiled (see `bake.catalog.fingerprint`)."""
        from bake.catalog.fingerprint import fingerprint

        return fingerprint(self)

    def view(self, kind: str, envelope: str) -> View | None:
        """The declared view that a file names by its kind and envelope; None if there is none."""
        return next((view for view in self.views if (view.kind, view.envelope) == (kind, envelope)), None)

    def plain_view(self, entity: str) -> View:
        """The view for records of an entity that come in no declared view.

        Each field has a column of its own name; a reference has further ones, `<field>_id` and `<field>_<key>`, or is
        an object under the field's name. Fields that are not editable have the role `CONTEXT`.
        """
        return self._plain_views[entity]

    @cached_property
    def _plain_views(self) -> dict[str, View]:
        return {name: _plain_view(self, entity) for name, entity in self.entities.items()}


def _with_uuid(view: View, entity: Entity | None) -> View:
    """A view with an exported uuid column, placed after the id, if the uuid is the only portable key of its entity.

    Any other view is returned as it is.
    """
    needed = entity is not None and entity.portable_keys == (("uuid",),)
    if not needed or view.kind != "view" or any(c.exported and c.path == ("uuid",) for c in view.columns):
        return view
    name = next((column.name for column in view.columns if column.path == ("uuid",)), "uuid")
    others = tuple(column for column in view.columns if column.name != name)
    first = next((n for n, column in enumerate(others) if column.path == (ID,)), -1) + 1
    uuid = Column(name, ("uuid",), Role.IDENTITY)
    return replace(view, columns=(*others[:first], uuid, *others[first:]))


def _plain_view(catalog: Catalog, entity: Entity) -> View:
    columns = {ID: Column(ID, (ID,), Role.IDENTITY)}
    for item in entity.fields.values():
        role = Role.IDENTITY if item.name == "uuid" else Role.EDITABLE if item.editable else Role.CONTEXT
        columns[item.name] = Column(item.name, (item.name,), role)
        if item.target:
            components = [ID, *_single_components(catalog.entities[item.target])]
            for component in components:
                name = f"{item.name}_{component}"
                columns.setdefault(name, Column(name, (item.name, component), role))
    for name, path in entity.aliases.items():
        columns.setdefault(name, Column(name, path, Role.EDITABLE))
    for name in entity.nested:
        columns.setdefault(name, Column(name, (), Role.COMPUTED))
    return View(entity.name, entity.name, tuple(columns.values()), kind="entity", envelope=entity.name)


def _single_components(entity: Entity) -> list[str]:
    single = [key[0] for key in entity.identities if len(key) == 1]
    return [*single, *entity.alternates]
