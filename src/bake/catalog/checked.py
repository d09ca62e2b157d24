"""A catalog is checked when it is declared, so that the engine may trust every name in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from string import Formatter
from typing import TypeVar

from bake.catalog.model import ID, Catalog, Column, Entity, Role, View

_T = TypeVar("_T")


def checked(catalog: Catalog) -> Catalog:
    """The catalog itself, if all that it names exists.

    Raises:
        TypeError: it is misdeclared; the message lists everything that is wrong.
    """
    # Paths go through references, so these come first.
    _refuse(catalog, [line for entity in catalog.entities.values() for line in _entity(catalog, entity)])
    views = [line for view in catalog.views for line in _view(catalog, view)]
    _refuse(catalog, [*_paths(catalog), *views, *_doubles(catalog)])
    return catalog


def dead_end(catalog: Catalog, entity: str, path: tuple[str, ...]) -> str | None:
    """Say where a path from an entity leaves the catalog, or None if it leads to a field or a surrogate id."""
    here = entity
    for step in path[:-1]:
        field = catalog.entities[here].fields.get(step)
        if field is None or field.target is None:
            return f"{here} has no reference {step!r}"
        here = field.target
    if not path:
        return "the path is empty"
    return None if path[-1] in {ID, *catalog.entities[here].fields} else f"{here} has no field {path[-1]!r}"


def _refuse(catalog: Catalog, problems: list[str]) -> None:
    if problems:
        raise TypeError(f"the catalog {catalog.name!r} is misdeclared: " + "; ".join(problems))


def _entity(catalog: Catalog, entity: Entity) -> Iterator[str]:
    if ID not in entity.table.primary_key.columns or len(entity.table.primary_key.columns) != 1:
        yield f"{entity.name}: the table's primary key is not {ID!r} alone"
    if not entity.identities:
        yield f"{entity.name}: nothing identifies a row, neither a key nor a uuid"
    for name in sorted(set(_named(entity)) - entity.fields.keys()):
        yield f"{entity.name} has no field {name!r}"
    for name, target in entity.references.items():
        if target not in catalog.entities:
            yield f"{entity.name}.{name} refers to {target!r}, which is no entity"


def _named(entity: Entity) -> Iterator[str]:
    """All names of fields that the declaration uses."""
    for key in entity.keys:
        yield from key
    yield from (*entity.alternates, *entity.lookalike, *entity.derived)
    for outlier in entity.outliers:
        yield from (outlier.field, outlier.by, outlier.order)
    yield from (name for _, name, _, _ in Formatter().parse(entity.label) if name is not None)


def _paths(catalog: Catalog) -> Iterator[str]:
    for entity in catalog.entities.values():
        derived = [path for how in entity.derived.values() for group in how.parts for path in group]
        for path in (*derived, *entity.aliases.values()):
            if problem := dead_end(catalog, entity.name, path):
                yield f"{entity.name}: {problem}"
        shapes = catalog.plain_view(entity.name).by_name
        for name, path in entity.aliases.items():
            if shapes[name].path != path:
                yield f"{entity.name}: the alias {name!r} already is a column"


def _view(catalog: Catalog, view: View) -> Iterator[str]:
    if view.entity not in catalog.entities:
        yield f"the view {view.name!r} is of {view.entity!r}, which is no entity"
        return
    for name in _repeated(column.name for column in view.columns):
        yield f"the view {view.name!r} has the column {name!r} twice"
    for column in view.columns:
        if problem := _column(catalog, view.entity, column):
            yield f"the view {view.name!r}, column {column.name!r}: {problem}"


def _column(catalog: Catalog, entity: str, column: Column) -> str | None:
    if column.role is Role.COMPUTED:
        return "it is computed and has a path" if column.path else None
    if problem := dead_end(catalog, entity, column.path):
        return problem
    field = catalog.entities[entity].fields.get(column.path[0])
    if column.role is Role.EDITABLE and not (field and field.editable):
        return f"{column.path[0]!r} cannot be edited"
    return None


def _doubles(catalog: Catalog) -> Iterator[str]:
    for name in _repeated(view.name for view in catalog.views):
        yield f"two views are called {name!r}"
    for kind, envelope in _repeated((view.kind, view.envelope) for view in catalog.views):
        yield f"two views of the kind {kind!r} say that they are {envelope!r}"


def _repeated(items: Iterable[_T]) -> list[_T]:
    return [item for item, times in Counter(items).items() if times > 1]
