"""An empty view file, with a record as an example that can be imported as it is, and a word on each of its columns.

The columns of the example, and what stands in them:

    column                                          in the example      its value
    of the view's own `example`                     yes                 that
    by which a needed reference names its row       yes, if the view's  a sample of its type
                                                    own has none of it
    of another field that a new row needs           yes                 a sample of its type
    editable                                        yes                 a sample of its type
    any other                                       no
    a list of lines                                 yes                 one line, made in the same way
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, assert_never

from bake.catalog.column_types import column_type
from bake.catalog.entity import ID, Entity
from bake.catalog.field_types import (
    Boolean,
    Bytes,
    Choice,
    Date,
    Document,
    Exact,
    FieldType,
    Integer,
    Real,
    Reference,
    Sensitive,
    Text,
    Timestamp,
    Uuid,
)
from bake.catalog.model import Catalog
from bake.catalog.type_words import describe
from bake.catalog.values import Json, Misfit, parse
from bake.catalog.view import Column, Role, View
from bake.exporter.heading import VERSION, documentation

_UUID = "00000000-0000-4000-8000-000000000001"


def template(catalog: Catalog, view: View, today: date) -> dict[str, Any]:
    """The document of a view without records. JSON has no comments: they stand under `documentation`.

    Args:
        catalog: what the view is of.
        view: which one.
        today: the date of an example that declares none.
    """
    columns = _columns(catalog, view)
    needed = [column.name for column in columns if _needed(catalog, view, column)]
    how_to = "Write records like `example` into `records`, from a receipt, a voice note or a barcode."
    return {
        "export_type": "denormalized_view",
        "view_name": view.envelope,
        "view_version": VERSION,
        "documentation": {
            **documentation(view),
            "how_to": f"{how_to} New records need these: {', '.join(needed)}." if needed else how_to,
            "needed_in_new_records": needed,
            "example": _example(catalog, view, columns, today),
            "example_comments": {
                **{column.name: _comment(catalog, view, column) for column in columns},
                **{name: f"a list of lines of the view {line}; may be left out" for name, line in view.lines.items()},
            },
        },
        "records": [],
    }


def _example(catalog: Catalog, view: View, columns: Iterable[Column], today: date) -> dict[str, Json]:
    """A new record of these columns, with a line in each of its lists; a line need not name the record around it."""
    example = {column.name: _value(catalog, view, column, today) for column in columns}
    for name, line, nested in catalog.lines_of(view):
        own = [column for column in _columns(catalog, line) if column.path[0] != nested.reference]
        example[name] = [_example(catalog, line, own, today)]
    return example


def _columns(catalog: Catalog, view: View) -> list[Column]:
    """The columns of the example: first those that only a new record gives, then those that can be edited."""
    entity = catalog.entities[view.entity]
    chosen = {name: view.by_name[name] for name in view.example}
    editable = {column.name: column for column in view.columns if column.role is Role.EDITABLE}
    given = {column.path[0] for column in (*chosen.values(), *editable.values()) if column.path}
    for name in entity.fields:
        if name not in given and _is_needed(catalog, entity, name):
            chosen |= {column.name: column for column in _naming(catalog, view, name)}
    return [*(column for name, column in chosen.items() if name not in editable), *editable.values()]


def _naming(catalog: Catalog, view: View, name: str) -> list[Column]:
    """The columns in which a record gives a field; for a reference, those of the best key that the view has whole."""
    by_path: dict[tuple[str, ...], Column] = {}
    for column in view.columns:
        by_path.setdefault(column.path, column)
    whole = (paths for paths in _ways(catalog, view, name) if paths and by_path.keys() >= set(paths))
    return [by_path[path] for path in next(whole, ())]


def _ways(catalog: Catalog, view: View, name: str) -> Iterator[tuple[tuple[str, ...], ...]]:
    """The paths that together give a field, best first: keys, then names and codes, the row as a whole, all else."""
    if target := catalog.entities[view.entity].references.get(name):
        row = catalog.entities[target]
        for key in (*row.keys, *((alternate,) for alternate in row.alternates)):
            yield tuple((name, part) for part in key)
    yield ((name,),)
    below = (column.path for column in view.columns if column.path[:1] == (name,) and column.path[-1] != ID)
    yield tuple(dict.fromkeys(below))


def _needed(catalog: Catalog, view: View, column: Column) -> bool:
    """Whether a new row needs the field that a column of the example gives."""
    return _is_needed(catalog, catalog.entities[view.entity], column.path[0])


def _is_needed(catalog: Catalog, entity: Entity, name: str) -> bool:
    """Whether a new row needs a field that nothing else gives it: neither other fields nor its place in a list."""
    numbered = catalog.numbered.get(entity.name)
    made = name in entity.derived or (numbered is not None and numbered.numbered == name)
    return entity.fields[name].required and not made


def _comment(catalog: Catalog, view: View, column: Column) -> str:
    """What a field says, what fits, and whether a new row needs it."""
    name, *rest = column.path
    declared = catalog.entities[view.entity].fields[name]
    what = describe(column_type(catalog, view, column))
    if declared.target and rest:
        what = f"{what}; the {' '.join(rest).replace('_', ' ')} by which the {name} is found"
    return f"{what}; needed" if _needed(catalog, view, column) else f"{what}; may be null or left out"


def _value(catalog: Catalog, view: View, column: Column, today: date) -> Json:
    """What the example says in a column: what the view declares, or else a sample that nothing looks wrong with."""
    if column.name in view.example:
        return view.example[column.name]
    field = catalog.entities[view.entity].fields[column.path[0]]
    sample = _sample(column_type(catalog, view, column), column.name, today)
    doubtful = column.path == (field.name,) and any(check(sample) for check in field.checks)
    return None if doubtful and field.nullable else sample


def _sample(type_: FieldType, name: str, today: date) -> Json:
    """An example of a value of a type.

    Args:
        type_: the type of the column.
        name: the name of the column, which example texts contain.
        today: the date of examples.
    """
    match type_:
        case Text(max_length):
            return f"Example {name.replace('_', ' ')}"[:max_length]
        case Reference():
            return f"Example {name.replace('_', ' ')}"
        case Integer() | Exact() | Real():
            return _number(type_, today)
        case Boolean():
            return False
        case Date():
            return today.isoformat()
        case Timestamp():
            return f"{today.isoformat()}T10:00:00Z"
        case Choice(options):
            return options[0]
        case Uuid():
            return _UUID
        case Bytes():
            return ""
        case Document():
            return {}
        case Sensitive():
            return _sample(type_.inner, name, today)
        case _:
            assert_never(type_)


def _number(type_: Integer | Exact | Real, today: date) -> Decimal | None:
    """A number that fits: 1, else this year, else one at the bounds; None if none of them fits."""
    bounds = type_.range
    above = None if bounds.above is None else bounds.above + 1
    least = Decimal(1).scaleb(-type_.scale) if isinstance(type_, Exact) else None
    for number in (Decimal(1), Decimal(today.year), bounds.minimum, above, bounds.maximum, least):
        try:
            if number is not None:
                parse(type_, number)
                return number
        except Misfit:
            continue
    return None
