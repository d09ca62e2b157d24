"""A record read through its view: what it says of which field, in canonical values, and what in it does not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bake.catalog.model import ID, Catalog, Column, Role, View
from bake.catalog.values import Integer, Json, Misfit, Reference, ScalarType, parse
from bake.changeset.model import Key


@dataclass(frozen=True, slots=True)
class BadValue:
    """A value that does not fit: the column it stands in, what it is, and why not."""

    column: str
    raw: Json
    misfit: Misfit


@dataclass(slots=True)
class Reading:
    """One record, understood.

    Attributes:
        number: the record's number in its source.
        value: the record itself.
        id: the surrogate id that it carries.
        fields: its own scalar fields, by name.
        lookups: what it says of the rows it refers to, by reference field: nested field names to canonical values.
        bad: values that do not fit, by field.
        unknown: columns that the view does not have.
    """

    number: int
    value: Mapping[str, Json]
    id: int | None = None
    fields: dict[str, Json] = field(default_factory=dict)
    lookups: dict[str, Key] = field(default_factory=dict)
    bad: dict[str, BadValue] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def _add_to_shape(shape: dict[str, Any], catalog: Catalog, entity: str, path: tuple[str, ...]) -> None:
    for step in path:
        target = catalog.entities[entity].references.get(step)
        if target is None:
            return
        shape, entity = shape.setdefault(step, {}), target


_Put = Callable[[Reading, Json], None]


class Binding:
    """Reads the records of one view. Compiled once a section, then a look-up and a call for each value.

    Attributes:
        view: the view.
        entity: the entity of its records.
        editable: the fields that an existing row's record may change.
        shape: the references that its columns go through (`bake.compiler.keys.Shape`).
    """

    def __init__(self, catalog: Catalog, view: View) -> None:
        self.view = view
        self.entity = catalog.entities[view.entity]
        self._puts = {column.name: _put(catalog, view, column) for column in view.columns}
        editable = {c.path[0] for c in view.columns if c.role is Role.EDITABLE and c.path}
        self.editable = frozenset(name for name in editable if name in self.entity.fields)
        self.shape: dict[str, Any] = {}
        for column in view.columns:
            _add_to_shape(self.shape, catalog, view.entity, column.path)

    def read(self, number: int, value: Mapping[str, Json]) -> Reading:
        """What this record says."""
        reading = Reading(number, value)
        for name, raw in value.items():
            put = self._puts.get(name)
            if put:
                put(reading, raw)
            else:
                reading.unknown.append(name)
        return reading


def _put(catalog: Catalog, view: View, column: Column) -> _Put:
    if column.role is Role.COMPUTED:
        return _ignore
    if column.path == (ID,):
        return _put_id
    entity = catalog.entities[view.entity]
    name, *rest = column.path
    type_ = entity.fields[name].type
    if isinstance(type_, Reference):
        component = _component(catalog, type_.entity, tuple(rest))
        return partial(_put_lookup, column.name, name, tuple(rest), component)
    return partial(_put_scalar, column.name, name, type_)


def _ignore(_reading: Reading, _raw: Json) -> None:
    """Computed columns are for people to look at."""


def _put_id(reading: Reading, raw: Json) -> None:
    try:
        reading.id = parse(Integer(), raw)
    except Misfit as misfit:
        reading.bad[ID] = BadValue(ID, raw, misfit)


def _put_scalar(column: str, name: str, type_: ScalarType, reading: Reading, raw: Json) -> None:
    try:
        reading.fields[name] = parse(type_, raw)
    except Misfit as misfit:
        reading.bad[name] = BadValue(column, raw, misfit)


_Component = Callable[[Json], Json]


def _component(catalog: Catalog, entity: str, path: tuple[str, ...]) -> _Component:
    """What parses the value at a path below a reference; the empty path takes a whole lookup, an object."""
    if not path:
        return partial(parse_lookup, catalog, entity)
    if path[0] == ID:
        return partial(parse, Integer())
    type_ = catalog.entities[entity].fields[path[0]].type
    if isinstance(type_, Reference):
        return _component(catalog, type_.entity, path[1:])
    return partial(parse, type_)


def parse_lookup(catalog: Catalog, entity: str, raw: Json) -> Key | None:
    """A lookup given as one object, such as `{"slug": "costco_waltham_ma"}`; its own references may nest.

    Raises:
        Misfit: it is no object of fields of this entity, or a value in it does not fit.
    """
    if raw is None:
        return None
    fields = catalog.entities[entity].fields
    if not isinstance(raw, dict) or not raw or not raw.keys() <= {ID, *fields}:
        named = ", ".join("/".join(key) for key in catalog.entities[entity].portable_keys)
        raise Misfit("this does not name a row", f"an object of {entity} fields ({named})")
    return {name: _component(catalog, entity, (name,))(value) for name, value in raw.items()}


def _put_lookup(
    column: str, name: str, path: tuple[str, ...], component: _Component, reading: Reading, raw: Json
) -> None:
    try:
        value = component(raw)
    except Misfit as misfit:
        reading.bad[name] = BadValue(column, raw, misfit)
        return
    lookup = reading.lookups.setdefault(name, {})
    if not path:
        lookup.update(value or {})
        return
    for step in path[:-1]:
        lookup = lookup.setdefault(step, {})
    lookup[path[-1]] = value


def says_nothing(lookup: Key) -> bool:
    """Whether all of a lookup is null: the record refers to no row."""
    return all(says_nothing(part) if isinstance(part, dict) else part is None for part in lookup.values())
