"""A digest of a catalog, which shows whether two changesets were built with the same declarations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial

from bake.catalog.entity import Entity
from bake.catalog.field import Field
from bake.catalog.view import View


def fingerprint(entities: Mapping[str, Entity], views: Iterable[View]) -> str:
    """The first sixteen hexadecimal digits of the SHA-256 over the entities and views of a catalog, as sorted JSON.

    Functions of the catalog (checks, normal forms) count by their names and what they are bound to, not by their code.
    """
    declared = {
        "entities": [_entity(entities[name]) for name in sorted(entities)],
        "views": [_view(view) for view in views],
    }
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()[:16]


def _entity(entity: Entity) -> list[object]:
    fields = [_field(declared) for declared in entity.fields.values()]
    derived = {name: repr(how) for name, how in entity.derived.items()}
    nested = {name: repr(nested) for name, nested in entity.nested.items()}
    return [
        entity.name, fields, entity.keys, entity.alternates, entity.title, entity.leaves, derived,
        entity.likeness, entity.codes, dict(entity.aliases), nested, [repr(outlier) for outlier in entity.outliers],
        dict(entity.synonyms), repr(entity.composite), repr(entity.dialects),
        *([entity.counted] if entity.counted else []),
        *([dict(entity.updates)] if entity.updates else []),
        *([[_named(check.find) for check in entity.row_checks]] if entity.row_checks else []),
    ]  # fmt: skip


def _field(declared: Field) -> list[object]:
    called = [_named(function) for function in (declared.normal, *declared.checks)]
    return [
        declared.name, repr(declared.type), declared.required, declared.nullable, declared.editable, declared.is_code,
        called, *(["kept"] if declared.kept else []),
    ]  # fmt: skip


def _named(function: Callable[..., object]) -> list[object]:
    """A function by its name and what it is bound to; an object that can be called by that of its class."""
    if isinstance(function, partial):
        bound = [*function.args, *sorted(function.keywords.items())]
        return [*_named(function.func), *map(_bound, bound)]
    cells = getattr(function, "__closure__", None) or ()
    name = getattr(function, "__qualname__", type(function).__qualname__)
    module = getattr(function, "__module__", None) or "builtins"
    return [f"{module}.{name}", *(_bound(cell.cell_contents) for cell in cells)]


def _bound(value: object) -> object:
    """A value that a function is bound to: plain ones as they are written, others by the name of their class."""
    match value:
        case None | bool() | int() | float() | str() | Decimal():
            return repr(value)
        case tuple() | list():
            return list(map(_bound, value))
        case _ if callable(value):
            return _named(value)
        case _:
            return type(value).__qualname__


def _view(view: View) -> list[object]:
    columns = [[c.name, c.path, c.role.value, c.synonyms] for c in view.columns]
    return [view.kind, view.envelope, view.entity, columns, *([dict(view.lines)] if view.lines else [])]
