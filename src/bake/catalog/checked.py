"""A catalog is checked when it is declared, so that the engine may trust every name in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from string import Formatter
from typing import TypeVar, assert_never

from bake.catalog.column_types import type_at
from bake.catalog.entity import ID, Entity, Nested
from bake.catalog.field import Composite
from bake.catalog.field_types import Sensitive
from bake.catalog.model import Catalog
from bake.catalog.view import Column, Computed, Joined, Latest, Role, Total, View

#: The group that no export leaves out.
ALWAYS_EXPORTED = "catalog"

_T = TypeVar("_T")


def checked(catalog: Catalog) -> Catalog:
    """The catalog itself, if all that it names exists.

    Raises:
        TypeError: it is misdeclared; the message lists everything that is wrong.
    """
    # Paths go through references, so these come first.
    _refuse(catalog, [line for entity in catalog.entities.values() for line in _entity(catalog, entity)])
    views = [line for view in catalog.views for line in _view(catalog, view)]
    _refuse(catalog, [*_paths(catalog), *_nested(catalog), *_groups(catalog), *views, *_doubles(catalog)])
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
    there = catalog.entities[here]
    known = path[-1] in there.fields or (path[-1] == ID and there.has_surrogate)
    return None if known else f"{here} has no field {path[-1]!r}"


def _refuse(catalog: Catalog, problems: list[str]) -> None:
    if problems:
        raise TypeError(f"the catalog {catalog.name!r} is misdeclared: " + "; ".join(problems))


def _entity(catalog: Catalog, entity: Entity) -> Iterator[str]:
    if not entity.table.primary_key.columns:
        yield f"{entity.name}: the table has no primary key"
    if not entity.identities:
        yield f"{entity.name}: nothing identifies a row, neither a key nor a uuid"
    for name in sorted(set(_named(entity)) - entity.fields.keys()):
        yield f"{entity.name} has no field {name!r}"
    for name in sorted(entity.kept.intersection(*[{part for key in entity.keys for part in key}])):
        yield f"{entity.name}.{name} is part of a key, and the database sets it: a new row would not be found by it"
    for name, target in entity.references.items():
        if target not in catalog.entities:
            yield f"{entity.name}.{name} refers to {target!r}, which is no entity"
    for name in entity.sensitive:
        for reason in _shown_as(entity, name):
            yield f"{entity.name}.{name} cannot be sensitive: {reason}"


def _shown_as(entity: Entity, name: str) -> Iterator[str]:
    """Why the values of a field have to be seen, or compared other than for being the same."""
    uses: dict[str, Collection[str | None]] = {
        "it is part of a key, which names rows everywhere": {part for key in entity.identities for part in key},
        "people see rows by it (label, title)": {*_labelled(entity), entity.title},
        "people call rows by it, and by spellings like it (names)": {*entity.alternates},
        "rows are found to be alike by it (likeness)": {*entity.likeness},
        "it is a code, whose spellings are compared": {*entity.coded},
        "numbers are compared with it (outliers)": {
            part for one in entity.outliers for part in (one.field, one.by, one.order)
        },
        "it has checks, which would say what is wrong with it": {*entity.checked},
    }
    return (reason for reason, names in uses.items() if name in names)


def _labelled(entity: Entity) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(entity.label) if name is not None]


def _named(entity: Entity) -> Iterator[str]:
    """All names of fields that the declaration uses."""
    for key in entity.keys:
        yield from key
    yield from (
        *entity.alternates,
        *filter(None, [entity.title]),
        *entity.leaves,
        *entity.codes,
        *entity.likeness,
        *entity.derived,
    )
    for outlier in entity.outliers:
        yield from (outlier.field, outlier.by, outlier.order)
    yield from _labelled(entity)


def _paths(catalog: Catalog) -> Iterator[str]:
    for entity in catalog.entities.values():
        derived = [path for how in entity.derived.values() for group in how.parts for path in group]
        for path in (*derived, *entity.aliases.values()):
            if problem := dead_end(catalog, entity.name, path):
                yield f"{entity.name}: {problem}"
        for path in derived:
            if problem := _hidden(catalog, entity.name, path):
                yield f"{entity.name}: keys cannot be derived: {problem}"
        if entity.composite:
            yield from _composite(catalog, entity, entity.composite)
        shapes = catalog.plain_view(entity.name).by_name
        for name, path in entity.aliases.items():
            if shapes[name].path != path:
                yield f"{entity.name}: the alias {name!r} already is a column"


def _nested(catalog: Catalog) -> Iterator[str]:
    for entity in catalog.entities.values():
        for name, nested in entity.nested.items():
            if problem := _nesting(catalog, entity, name, nested):
                yield f"{entity.name} nests {name!r}: {problem}"


def _nesting(catalog: Catalog, entity: Entity, name: str, nested: Nested) -> str | None:
    child = catalog.entities.get(nested.entity)
    if child is None:
        return f"{nested.entity!r} is no entity"
    if child.references.get(nested.reference) != entity.name:
        return f"{child.name}.{nested.reference} is no reference to {entity.name}"
    if catalog.plain_view(entity.name).by_name[name].path:
        return "it already is a column"
    if child.nested:
        return f"{child.name} nests records itself, and nesting goes one level deep"
    if nested.numbered and not any({nested.reference, nested.numbered} <= {*key} for key in child.keys):
        return f"{nested.numbered!r} is in no key of {child.name} with {nested.reference!r}"
    return None


def _groups(catalog: Catalog) -> Iterator[str]:
    """A group can be left out of an export, so nothing outside of it may need it; only "catalog" always is there."""
    for entity in catalog.entities.values():
        for name, target in entity.references.items():
            group = catalog.entities[target].group
            if entity.fields[name].required and group not in {ALWAYS_EXPORTED, entity.group}:
                yield f"{entity.name} of the group {entity.group!r} needs {name} of the group {group!r}"


def _view(catalog: Catalog, view: View) -> Iterator[str]:
    if view.entity not in catalog.entities:
        yield f"the view {view.name!r} is of {view.entity!r}, which is no entity"
        return
    for name in _repeated(column.name for column in view.columns):
        yield f"the view {view.name!r} has the column {name!r} twice"
    for column in view.columns:
        if problem := _column(catalog, view.entity, column):
            yield f"the view {view.name!r}, column {column.name!r}: {problem}"
    for name, line in view.lines.items():
        if problem := _lines(catalog, view, name, line):
            yield f"the view {view.name!r}, list {name!r}: {problem}"
    for name in view.example:
        if name not in view.by_name or not view.by_name[name].path:
            yield f"the view {view.name!r}: its example has {name!r}, which is no column that is read"


def _lines(catalog: Catalog, view: View, name: str, line: str) -> str | None:
    there = next((one for one in catalog.views if one.kind == view.kind and one.name == line), None)
    if there is None:
        return f"there is no view {line!r} of its kind"
    if there.entity not in {one.entity for one in catalog.entities[view.entity].nested.values()}:
        return f"records of {view.entity} hold none of {there.entity}"
    if view.by_name.get(name, Column(name, ("",))).path or view.by_name[name].exported:
        return "it needs a column that has no path and is not exported"
    return None if any(column.path == (ID,) for column in view.columns) else "the view has no column for the id"


def _column(catalog: Catalog, entity: str, column: Column) -> str | None:
    if column.role is Role.COMPUTED:
        return "it is computed and has a path" if column.path else _computed(catalog, entity, column.computed)
    if problem := dead_end(catalog, entity, column.path):
        return problem
    field = catalog.entities[entity].fields.get(column.path[0])
    if column.role is Role.EDITABLE and not (field and field.editable):
        return f"{column.path[0]!r} cannot be edited"
    return None


def _composite(catalog: Catalog, entity: Entity, composite: Composite) -> Iterator[str]:
    if len(composite.paths) < 2 or not 0 <= composite.loose < len(composite.paths) or not composite.separator:
        yield f"the composite of {entity.name} cannot be taken apart"
    for path in composite.paths:
        if problem := dead_end(catalog, entity.name, path) or _hidden(catalog, entity.name, path):
            yield f"the composite of {entity.name}: {problem}"


def _computed(catalog: Catalog, entity: str, computed: Computed | None) -> str | None:
    match computed:
        case None:
            return None
        case Joined(paths):
            found = (dead_end(catalog, entity, path) or _hidden(catalog, entity, path) for path in paths)
            return next(filter(None, found), None)
        case Latest(of, by, field, order):
            return _counted(catalog, entity, of, by, field, order)
        case Total(of, by, field):
            return _counted(catalog, entity, of, by, field)
        case _:
            assert_never(computed)


def _counted(catalog: Catalog, entity: str, of: str, by: str, *fields: str) -> str | None:
    other = catalog.entities.get(of)
    if other is None:
        return f"{of!r} is no entity"
    if other.references.get(by) != entity:
        return f"{of}.{by} is no reference to {entity}"
    unknown = next((f"{of} has no field {name!r}" for name in fields if name not in other.fields), None)
    return unknown or next((f"{of}.{name} is sensitive" for name in fields if name in other.sensitive), None)


def _hidden(catalog: Catalog, entity: str, path: tuple[str, ...]) -> str | None:
    """Say that a path leads to a sensitive field, if it leads anywhere; else None."""
    if dead_end(catalog, entity, path) or not isinstance(type_at(catalog, entity, path), Sensitive):
        return None
    return f"{'.'.join(path)} is sensitive"


def _doubles(catalog: Catalog) -> Iterator[str]:
    for name in _repeated(view.name for view in catalog.views):
        yield f"two views are called {name!r}"
    for kind, envelope in _repeated((view.kind, view.envelope) for view in catalog.views):
        yield f"two views of the kind {kind!r} say that they are {envelope!r}"


def _repeated(items: Iterable[_T]) -> list[_T]:
    return [item for item, times in Counter(items).items() if times > 1]
