"""The columns of records of an entity that come in no declared view, and of the view that a reflected entity has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bake.catalog.entity import ID, Entity
from bake.catalog.field import Field
from bake.catalog.view import Column, Role, View

#: The entities of a catalog, by name.
Entities = Mapping[str, Entity]


def plain_view(entities: Entities, entity: Entity) -> View:
    """The view for records of an entity that come in no declared view (`bake.catalog.model.Catalog.plain_view`)."""
    columns = {ID: Column(ID, (ID,), Role.IDENTITY)} if entity.has_surrogate else {}
    for item in entity.fields.values():
        role = role_of(entity, item)
        columns[item.name] = Column(item.name, (item.name,), role)
        if item.target:
            for component in _components(entities[item.target]):
                name = f"{item.name}_{component}"
                columns.setdefault(name, Column(name, (item.name, component), role))
    for column in (own for item in entity.fields.values() for own in own_columns(entities, entity, item)):
        columns.setdefault(column.name, column)
    for name, path in entity.aliases.items():
        head = entity.fields.get(path[0]) if path else None
        columns.setdefault(name, Column(name, path, Role.EDITABLE if head is None or head.editable else Role.CONTEXT))
    for name in entity.nested:
        columns.setdefault(name, Column(name, (), Role.COMPUTED))
    named = (replace(column, synonyms=entity.synonyms.get(name, ())) for name, column in columns.items())
    return View(entity.name, entity.name, tuple(named), kind="entity", envelope=entity.name)


def automatic_view(entities: Entities, entity: Entity) -> View:
    """The view that a reflected entity has: its fields, and for each reference what names the row in every database.

    Columns have the names that they have in the table, as far as they hold the same. What the plain view has besides is
    read and not exported.
    """
    columns: dict[str, Column] = {}
    for name in (*([ID] if entity.has_surrogate else []), *entity.fields):
        for column in columns_of(entities, entity, name):
            columns.setdefault(column.name, column)
    others = (one for one in plain_view(entities, entity).columns if one.name not in columns and one.path != (ID,))
    hidden = [replace(one, exported=False) for one in others]
    return View(entity.name, entity.name, (*columns.values(), *hidden), kind="view", envelope=entity.name)


def columns_of(entities: Entities, entity: Entity, name: str) -> list[Column]:
    """The columns of a field, or of the surrogate id: by their names in the table, or else what names the other row."""
    if name == ID:
        return [Column(str(next(iter(entity.table.primary_key)).name), (ID,), Role.IDENTITY)]
    field = entity.fields[name]
    return own_columns(entities, entity, field) or list(_naming_columns(entities, entity, field))


def role_of(entity: Entity, field: Field) -> Role:
    """What the columns of a field are for: a uuid, and a field of the primary key, say which row is meant."""
    is_key = field.name == "uuid" or field.column in entity.table.primary_key.columns
    return Role.IDENTITY if is_key else Role.EDITABLE if field.editable else Role.CONTEXT


def own_columns(entities: Entities, entity: Entity, field: Field) -> list[Column]:
    """The columns of a field by the names that they have in the table; none if they hold a surrogate id."""
    paths = [_path(entities, entity, column) for column in field.columns]
    if None in paths:
        return []
    named = zip(field.columns, paths, strict=True)
    return [Column(column, path, role_of(entity, field)) for column, path in named if path is not None]


def _path(entities: Entities, entity: Entity, column: str) -> tuple[str, ...] | None:
    """The path from an entity to the field that holds what a column holds; None if that is a surrogate id."""
    name = entity.by_column.get(column)
    if name is None:
        return None
    field = entity.fields[name]
    if field.target is None:
        return (name,)
    target = entities[field.target]
    below = _path(entities, target, field.refers_to[field.columns.index(column)])
    return None if below is None else (name, *below)


def _naming_columns(entities: Entities, entity: Entity, field: Field) -> Iterator[Column]:
    """The columns of the key by which the rows are named that a reference leads to."""
    target = entities[field.target or ""]
    for path in paths_of(entities, target, target.naming_keys[-1]):
        yield Column("_".join((field.name, *path)), (field.name, *path), role_of(entity, field))


def paths_of(entities: Entities, entity: Entity, key: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths to the values of a key; a reference in it is said by what names the other row."""
    for name in key:
        target = entities.get(entity.references.get(name, ""))
        if target is None:
            yield (name,)
        else:
            yield from ((name, *path) for path in paths_of(entities, target, target.naming_keys[-1]))


def _components(entity: Entity) -> list[str]:
    """The id, and what else names a row by one value."""
    single = [key[0] for key in entity.identities if len(key) == 1 and key[0] not in entity.references]
    return [*([ID] if entity.has_surrogate else []), *single, *entity.alternates]
