"""The types of the columns of a view."""

from __future__ import annotations

from typing import assert_never

from bake.catalog.entity import ID
from bake.catalog.field_types import FieldType, Integer, Text
from bake.catalog.model import Catalog
from bake.catalog.view import Column, Joined, Latest, Total, View


def type_at(catalog: Catalog, entity: str, path: tuple[str, ...]) -> FieldType:
    """The type of the last field of a path, whose other steps are references, from an entity."""
    here = catalog.entities[entity]
    for step in path[:-1]:
        here = catalog.entities[here.references[step]]
    return Integer() if path[-1] == ID else here.fields[path[-1]].type


def column_type(catalog: Catalog, view: View, column: Column) -> FieldType:
    """The type of a column; text for a computed one that does not say how it is computed."""
    match column.computed:
        case Latest() | Total():
            return catalog.entities[column.computed.entity].fields[column.computed.field].type
        case Joined():
            return Text()
        case None if not column.path:
            return Text()
        case None:
            return type_at(catalog, view.entity, column.path)
        case _:
            assert_never(column.computed)
