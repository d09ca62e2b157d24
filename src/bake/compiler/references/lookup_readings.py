"""Reads what a record says of a row that it refers to: a key or a name, an object of fields, or a composite text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bake.catalog.entity import ID, TEXT, Entity
from bake.catalog.field import Composite, Field, Mangled
from bake.catalog.field_types import Integer, Reference, ScalarType, Text
from bake.catalog.lookups import ABSENT, naming_fields
from bake.catalog.model import Catalog
from bake.catalog.values import Json, Misfit, parse, same
from bake.changeset.model import Key

#: Gives the canonical value of a raw one, or a lookup; raises `Misfit`.
Parser = Callable[[Json], Json]


def parser_at(catalog: Catalog, entity: str, path: tuple[str, ...]) -> Parser:
    """The parser for values at a path that starts at this entity; for the empty path, that of whole lookups."""
    if not path:
        return partial(parse_lookup, catalog, entity)
    if path[0] == ID:
        return partial(parse, Integer())
    declared = catalog.entities[entity].fields[path[0]]
    if isinstance(declared.type, Reference):
        return parser_at(catalog, declared.type.entity, path[1:])
    return partial(_parse_part, declared, declared.type)


def _parse_part(declared: Field, type_: ScalarType, raw: Json) -> Json:
    """Parse what is said of a row in one of its fields.

    Raises:
        Misfit: it does not fit; `Mangled`, if a spreadsheet has changed a code into a number.
    """
    value = parse(type_, raw)
    if (problem := declared.mangled(value)) is not None:
        raise Mangled(problem, "a whole code")
    return value


def parse_lookup(catalog: Catalog, entity: str, raw: Json) -> Key | None:
    """Parse a lookup: a text, or an object such as `{"slug": "costco_waltham_ma"}` (its references are objects too).

    A text is a key or a name of the row; which field it belongs to is decided when it is looked up (`TEXT`).

    Raises:
        Misfit: it is neither an object of fields of this entity nor a text, or a value in it cannot be parsed.
    """
    if raw is None:
        return None
    if isinstance(raw, str) and raw.strip() and naming_fields(catalog.entities[entity]):
        return composite_lookup(catalog, catalog.entities[entity], raw) or {TEXT: parse(Text(), raw)}
    fields = catalog.entities[entity].fields
    if not isinstance(raw, dict) or not raw or not raw.keys() <= {ID, *fields}:
        named = ", ".join("/".join(key) for key in catalog.entities[entity].portable_keys)
        raise Misfit("this does not name a row", f"a name, or an object of {entity} fields ({named})")
    lookup = {name: parser_at(catalog, entity, (name,))(value) for name, value in raw.items()}
    key = catalog.entities[entity].composite_key
    parts = composite_lookup(catalog, catalog.entities[entity], raw.get(key)) if key else None
    if parts is not None:
        del lookup[key]
        if not merge(lookup, parts):
            raise Misfit(f"{key} says something else than the fields beside it", "one value")
    return lookup


def named_by(catalog: Catalog, entity: str, path: tuple[str, ...]) -> tuple[Entity, Composite] | None:
    """The entity whose row the text at a path names, and its composite, which may stand there for a key of one field.

    None if nothing but the field itself may stand there. What a row says of itself is no reference, and no composite.
    """
    item = catalog.entities[entity]
    if len(path) < 2:
        return None
    for step in path[:-1]:
        if step not in item.references:
            return None
        item = catalog.entities[item.references[step]]
    return (item, item.composite) if item.composite and path[-1] == item.composite_key else None


def composite_parts(catalog: Catalog, item: Entity, composite: Composite, raw: Json) -> list[Json] | None:
    """The canonical values of the parts of a composite text; None if it is none."""
    parts = composite.split(raw) if isinstance(raw, str) else None
    try:
        return parts and [
            ABSENT if part == composite.null else parser_at(catalog, item.name, path)(part)
            for path, part in zip(composite.paths, parts, strict=True)
        ]
    except Misfit:
        return None


def composite_lookup(catalog: Catalog, item: Entity, raw: Json) -> Key | None:
    """The lookup that a composite text is; None if it is none."""
    parts = composite_parts(catalog, item, item.composite, raw) if item.composite else None
    if item.composite is None or parts is None:
        return None
    lookup: Key = {}
    for path, part in zip(item.composite.paths, parts, strict=True):
        merge(lookup, nested_in(path, part))
    return lookup


def nested_in(path: tuple[str, ...], value: Json) -> Json:
    """The lookup that gives a value at a path; the value itself for the empty path."""
    for step in reversed(path):
        value = {step: value}
    return value


def merge(lookup: Key, said: Key) -> bool:
    """Add the lookup that another column gives; return whether the two agree (null agrees with any value)."""
    agreed = True
    for name, part in said.items():
        there = lookup.get(name)
        if there is None:
            lookup[name] = part
        elif isinstance(part, dict) and isinstance(there, dict):
            agreed = merge(there, part) and agreed
        elif part is not None:
            agreed = same(there, part) and agreed
    return agreed
