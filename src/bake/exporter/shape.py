"""How the records of an entity's file look: each field by its name, each reference as an id and a portable name.

A reference is written as `<field>_id`, where rows have a surrogate id, and as what names the row in every database:
`<field>_<key>` where a key of one field does (a slug, or else the uuid), or else an object under the field's own name.
This is the plain view of the entity (`Catalog.plain_view`), by which the records come back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bake.catalog.entity import ID, Entity
from bake.catalog.model import Catalog


@dataclass(frozen=True, slots=True)
class Link:
    """One reference in a file.

    Attributes:
        field: its name.
        target: the entity that it refers to.
        key: the fields that name a row of that entity.
        id_column: the column that holds its surrogate id; None if it has none, or another field has that name.
        lookup_column: the column that holds its key.
    """

    field: str
    target: str
    key: tuple[str, ...]
    id_column: str | None
    lookup_column: str

    @property
    def whole(self) -> bool:
        """Whether the key stands as an object under the field's own name."""
        return self.lookup_column == self.field


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of one entity's records.

    Attributes:
        entity: the entity.
        fields: the fields that are written, in the order of the catalog.
        links: the references among them, by field.
    """

    entity: Entity
    fields: tuple[str, ...]
    links: dict[str, Link]

    @property
    def columns(self) -> list[str]:
        """The names of a record's members, in order."""
        names = [ID] if self.entity.has_surrogate else []
        for name in self.fields:
            link = self.links.get(name)
            names += [name] if link is None else [c for c in (link.id_column, link.lookup_column) if c is not None]
        return names

    @property
    def slug_field(self) -> str | None:
        """The single field that names a row everywhere."""
        return next((key[0] for key in self.entity.portable_keys if len(key) == 1), None)


def shape_of(catalog: Catalog, entity: Entity, included: Collection[str]) -> Shape:
    """The shape of an entity's records in a set of these entities; references to others are not written."""
    fields = tuple(
        name for name in entity.fields if entity.references.get(name, entity.name) in {entity.name, *included}
    )
    links = {name: _link(catalog, entity, name) for name in fields if name in entity.references}
    return Shape(entity, fields, links)


def naming_key(entity: Entity) -> tuple[str, ...]:
    """The key by which sets name a row: of one field that is never null if there is such, readable before uuid."""
    single = (key for key in entity.portable_keys if len(key) == 1 and not entity.fields[key[0]].nullable)
    return next(single, None) or entity.portable_keys[0]


def _link(catalog: Catalog, entity: Entity, field: str) -> Link:
    target = entity.references[field]
    key = naming_key(catalog.entities[target])
    is_value = len(key) == 1 and key[0] not in catalog.entities[target].references
    lookup = f"{field}_{key[0]}" if is_value else field
    if not _stands_for(catalog, entity, lookup, (field, *key)):
        lookup = field
    id_column = f"{field}_{ID}" if _stands_for(catalog, entity, f"{field}_{ID}", (field, ID)) else None
    return Link(field, target, key, id_column, lookup)


def _stands_for(catalog: Catalog, entity: Entity, column: str, path: tuple[str, ...]) -> bool:
    """Whether a column of the entity's records is read as this path: another field may have its name."""
    declared = catalog.plain_view(entity.name).by_name.get(column)
    return declared is not None and declared.path == path
