"""The nouns of a catalog: what can be changed, how rows are named, and the shapes that sources come in.

A catalog is data. Whoever brings a schema declares it (`bake.catalog.bakery` is the built-in one); the engine reads
it and knows nothing else of the domain.
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

#: Looks at a canonical, non-null value that fits; says in one sentence what looks wrong with it, or None.
Check: TypeAlias = Callable[[Any], str | None]

#: The name under which records carry a row's surrogate id. Never written, never enough to identify a row alone.
ID = "id"

#: What spreadsheets make of long numbers; its first group are the digits that are left.
_POWER = re.compile(r"([+-]?[0-9]+(?:[.,][0-9]+)?)[eE][+-]?[0-9]+", re.ASCII)

#: Under this name a lookup holds a text that a source gives for a row without saying what of it: its key, or a name.
TEXT = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A column as a person edits it. A reference is named for what it refers to (`supplier`), not for its column.

    Attributes:
        name: the name in row documents and changesets.
        type: what it holds.
        column: the name of the column in the table.
        required: a create must give it: it takes no null and has no default.
        nullable: whether null may be stored.
        editable: whether an update may change it; a create may give it in any case.
        checks: what would look wrong though it fits.
        normal: where it names rows, the form in which two ways of writing one name are equal; an empty one names none.
        is_code: whether it holds codes of digits, such as barcodes, which spreadsheets take for numbers.
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
        """Whether two canonical values say the same.

        Two texts do if the second one only has blanks added around it. Two codes do if their normal forms are equal,
        unless the second one mends the first: what was there looks wrong, and what comes does not.
        """
        if same(before, after) or only_blanks_added(before, after):
            return True
        if not (self.is_code and isinstance(before, str) and isinstance(after, str)):
            return False
        alike = self.normal(before) == self.normal(after) != ""
        return alike and not (self._looks_wrong(before) and not self._looks_wrong(after))

    def mangled(self, value: Json) -> str | None:
        """What a spreadsheet has made of a code, in one sentence: it cannot be the code any more."""
        if self.is_code and isinstance(value, str) and (number := _POWER.fullmatch(value.strip())):
            digits = sum(map(str.isdigit, number.group(1)))
            return f"{shown(value)} is a number in scientific notation: of the code only {digits} digits are left"
        return None

    def _looks_wrong(self, value: str) -> bool:
        return any(check(value) for check in self.checks)

    @property
    def target(self) -> str | None:
        """The entity that this field refers to, if it is a reference."""
        return self.type.entity if isinstance(self.type, Reference) else None


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a key field that a new record lacks is made: its parts, slugified and joined by an underscore, made unique.

    `parts` are paths such as `("brand",)` or `("ingredient", "slug")`; of each group the first that is not null counts.
    """

    parts: tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Outlier:
    """A number that is `factor` times larger or smaller than the last one for the same row of `by` looks wrong.

    The last one is that with the greatest value in the field `order`.
    """

    field: str
    by: str
    order: str
    factor: int = 10


@dataclass(frozen=True)
class Entity:
    """One kind of row.

    Attributes:
        name: the plural that sources and changesets use; it is the table's name too unless `table` says otherwise.
        fields: by name, in the order in which they are written.
        keys: natural keys, tried in this order; each is a tuple of field names and identifies at most one row.
        alternates: fields by which people refer to rows although they need not be unique (a name).
        title: the text that people call a row by where none of the alternates is a name: a product's, which others of
            other brands have too.
        label: a format string over field names, for people.
        derived: key fields that can be made when a new record lacks them.
        leaves: references that mean a row of a tree which no other row stands below.
        likeness: the fields in which two rows equal each other if they may be the same although no key says so.
        codes: those of the alternates that belong to one row only, such as a barcode: where nothing that a record says
            contradicts a row, its code identifies it.
        outliers: numbers to compare with earlier ones.
        aliases: further column names of this entity's records, to a path (see `Column`).
        nested: column names under which its records hold records of other entities.
        group: the export group that it belongs to: an export can leave a whole group out.
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
        """Field name to the name of the entity it refers to."""
        return {name: f.target for name, f in self.fields.items() if f.target}

    @cached_property
    def own_references(self) -> tuple[str, ...]:
        """The fields that refer to rows of this very entity."""
        return tuple(name for name, target in self.references.items() if target == self.name)

    @cached_property
    def checked(self) -> tuple[str, ...]:
        """The fields that have checks."""
        return tuple(name for name, declared in self.fields.items() if declared.checks)

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """The fields in which rows are compared that no natural key tells apart: those of its likeness, or else all."""
        if self.keys:
            return ()
        whole = tuple(n for n, f in self.fields.items() if n != "uuid" and not isinstance(f.type, Document))
        return self.likeness or whole

    @cached_property
    def coded(self) -> tuple[str, ...]:
        """The fields that hold codes."""
        return tuple(name for name, declared in self.fields.items() if declared.is_code)

    @cached_property
    def identities(self) -> tuple[tuple[str, ...], ...]:
        """Every way to name a row, best first: by uuid where there is one, then by the natural keys (rule 1)."""
        return (("uuid",), *self.keys) if "uuid" in self.fields else self.keys

    @cached_property
    def portable_keys(self) -> tuple[tuple[str, ...], ...]:
        """The keys that changesets name rows by, most readable first."""
        return (*self.keys, ("uuid",)) if "uuid" in self.fields else self.keys

    @cached_property
    def naming_keys(self) -> tuple[tuple[str, ...], ...]:
        """Those of them by which any row may have to be named: none after the first that every row has in full."""
        whole = (n for n, key in enumerate(self.portable_keys, 1) if not any(self.fields[one].nullable for one in key))
        return self.portable_keys[: next(whole, None)]


class Role(Enum):
    """What a column of a view is for."""

    IDENTITY = "identity"
    CONTEXT = "context"
    EDITABLE = "editable"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Latest:
    """Computed: `field` of the row of `entity` that refers to this row by `by` and has the greatest `order`."""

    entity: str
    by: str
    field: str
    order: str


@dataclass(frozen=True, slots=True)
class Total:
    """Computed: the sum of `field` over the rows of `entity` that refer to this row by `by`; 0 if there are none."""

    entity: str
    by: str
    field: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Computed: the values at several paths that are not null, as one text with spaces between."""

    paths: tuple[tuple[str, ...], ...]


#: How a column that is there to be looked at gets its value.
Computed: TypeAlias = Latest | Total | Joined


@dataclass(frozen=True, slots=True)
class Nested:
    """Records of another entity that stand within a record, in a list.

    Attributes:
        entity: what they are.
        reference: their field that refers to the record around them.
        numbered: the part of their natural key that tells equals apart, if it has one. Whoever writes such a list does
            not count (a recipe may call for lemon twice): see `bake.compiler.child_lines`.
    """

    entity: str
    reference: str
    numbered: str | None = None


@dataclass(frozen=True, slots=True)
class Composite:
    """A text that says several fields of one row that is referred to, with a separator between them.

    Attributes:
        paths: what its parts are, in order; all begin with the same reference.
        loose: which of them may hold the separator itself: those before it are read from the left, those after it from
            the right.
        separator: what stands between.
        null: the word for a part that the row does not have.
    """

    paths: tuple[tuple[str, ...], ...]
    loose: int
    separator: str = ":"
    null: str = "None"

    def split(self, text: str) -> list[str] | None:
        """The parts of a text, or None if it has too few."""
        after = len(self.paths) - self.loose - 1
        left = text.split(self.separator, self.loose)
        right = left.pop().rsplit(self.separator, after)
        return [*left, *right] if (len(left), len(right)) == (self.loose, after + 1) else None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a view, and the path it stands for.

    The path starts at the view's entity and goes through references: `("brand",)`, `("ingredient", "slug")`,
    `("product", "id")`. A column that is computed for people to look at has the role COMPUTED and an empty path; its
    values are never read back; `computed` says how it is made, where Bake can make it. One that is not `exported` is
    understood in files that somebody else wrote. One with `parts` has an empty path too, and stands for several.
    """

    name: str
    path: tuple[str, ...] = ()
    role: Role = Role.EDITABLE
    computed: Computed | None = None
    exported: bool = True
    parts: Composite | None = None

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """All that it stands for."""
        return self.parts.paths if self.parts else (self.path,) if self.path else ()


@dataclass(frozen=True)
class View:
    """A shape in which records of one entity come and go.

    Attributes:
        name: what it is called on the command line.
        entity: the entity that its records change.
        columns: in the order in which they are exported.
        kind: the envelope it travels in: "view", or another format of the same data.
        envelope: how a file says that it holds this view.
        purpose: one sentence for whoever edits it.
        example: what a new record might say, column name to JSON value; of the columns that it leaves out, a template
            gives samples (today, for a date).
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
        """Columns by their name."""
        return {column.name: column for column in self.columns}


@dataclass(frozen=True)
class Catalog:
    """Everything the engine knows about a schema.

    Attributes:
        name: what headers of changesets call it.
        metadata: the tables, for creating them in an empty database.
        entities: by name.
        views: the shapes of files besides the plain one that every entity has. Those that are exported have the uuid
            among their columns where rows have no natural key: without it, nothing in the file would name a row in
            another database, or in a restored copy.
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
        """The entities, each after those that its references name; within a cycle, as declared."""
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
        """By entity, the lists of its records in which a number tells equal ones apart."""
        nested = [one for entity in self.entities.values() for one in entity.nested.values()]
        return {one.entity: one for one in nested if one.numbered}

    def around(self, entity: str) -> frozenset[str]:
        """An entity, and all that it refers to, directly or through others."""
        found, new = {entity}, {entity}
        while new:
            new = {target for name in new for target in self.entities[name].references.values()} - found
            found |= new
        return frozenset(found)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of all that decides how records compile: it changes when the catalog does."""
        from bake.catalog.fingerprint import fingerprint

        return fingerprint(self)

    def view(self, kind: str, envelope: str) -> View | None:
        """The view that a file of this kind says it holds."""
        return next((view for view in self.views if (view.kind, view.envelope) == (kind, envelope)), None)

    def plain_view(self, entity: str) -> View:
        """The shape of an entity's own records: each field by its name, references as `<field>_id`, `<field>_<key>`.

        A reference may also stand as an object under the field's own name. Fields that are not editable are context.
        """
        return self._plain_views[entity]

    @cached_property
    def _plain_views(self) -> dict[str, View]:
        return {name: _plain_view(self, entity) for name, entity in self.entities.items()}


def _with_uuid(view: View, entity: Entity | None) -> View:
    """A view with the uuid as an exported column, the first after the id, if nothing else names a row everywhere."""
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
