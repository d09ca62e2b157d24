"""The catalog: the entities and views of a schema, and what follows from them together.

A catalog is data, declared once for each schema (`bake.catalog.bakery` is the built-in one). It is all that the engine
knows about the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bake.catalog.entity import ID, Entity, Nested
from bake.catalog.field_types import Sensitive, Vault
from bake.catalog.fingerprint import fingerprint
from bake.catalog.plain_view import plain_view
from bake.catalog.view import Column, Role, View

if TYPE_CHECKING:
    import sqlalchemy as sa


@dataclass(frozen=True)
class Catalog:
    """Everything the engine knows about a schema.

    Attributes:
        name: its name in the headers of changesets.
        metadata: the tables, for creating them in an empty database.
        entities: the entities, by name.
        views: the declared views; besides, every entity has a plain one (`plain_view`). A view of an entity without
            natural keys gets a uuid column if it has none: only a uuid names such a row in another database.
        left_out: tables and columns of the database that it does not have, with the reasons, as sentences.
    """

    name: str
    metadata: sa.MetaData
    entities: Mapping[str, Entity]
    views: tuple[View, ...] = ()
    left_out: tuple[str, ...] = ()

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

    def reachable_from(self, entity: str) -> frozenset[str]:
        """The names of an entity and of all entities that it refers to, directly or through others."""
        found, new = {entity}, {entity}
        while new:
            new = {target for name in new for target in self.entities[name].references.values()} - found
            found |= new
        return frozenset(found)

    @cached_property
    def has_sensitive(self) -> bool:
        """Whether any field is sensitive."""
        return any(entity.sensitive for entity in self.entities.values())

    @cached_property
    def vault(self) -> Vault | None:
        """The store of the values of sensitive fields; None if there are no such fields.

        Raises:
            TypeError: there are, but the catalog is not that of a project, which provides the store.
        """
        types = (field.type for entity in self.entities.values() for field in entity.fields.values())
        return next((type_.bound for type_ in types if isinstance(type_, Sensitive)), None)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the declarations that decide how records are compiled (see `bake.catalog.fingerprint`)."""
        return fingerprint(self.entities, self.views)

    def view(self, kind: str, envelope: str) -> View | None:
        """The declared view that a file names by its kind and envelope; None if there is none."""
        return next((view for view in self.views if (view.kind, view.envelope) == (kind, envelope)), None)

    def lines_of(self, view: View) -> list[tuple[str, View, Nested]]:
        """The nested lists in records of a view: the name of each, the view of its records, and its declaration.

        Plain records have the lists of the entity, whose records are plain, too.
        """
        entity = self.entities[view.entity]
        if view.kind == "entity":
            return [(name, self.plain_view(one.entity), one) for name, one in entity.nested.items()]
        declared = {one.name: one for one in self.views if one.kind == view.kind}
        by_entity = {one.entity: one for one in entity.nested.values()}
        return [(name, declared[line], by_entity[declared[line].entity]) for name, line in view.lines.items()]

    def plain_view(self, entity: str) -> View:
        """The view for records of an entity that come in no declared view.

        Each field has a column of its own name; a reference has further ones, `<field>_id` and `<field>_<key>`, or is
        an object under the field's name. Fields that are not editable have the role `CONTEXT`.
        """
        return self._plain_views[entity]

    @cached_property
    def by_list(self) -> dict[str, str]:
        """By the name of a list in a document of several entities, the name of the entity of its records."""
        return {called: name for name, entity in self.entities.items() for called in (*entity.lists, name)}

    @cached_property
    def _plain_views(self) -> dict[str, View]:
        return {name: plain_view(self.entities, entity) for name, entity in self.entities.items()}


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
