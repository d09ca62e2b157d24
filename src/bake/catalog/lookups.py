"""Lookups: what a record says of a row that it refers to, as nested field names to canonical values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

from bake.catalog.model import ID, TEXT, Entity
from bake.catalog.names import slug
from bake.catalog.values import Json, Text, same

#: Field names of one row to canonical values; what it says of a row it refers to is a lookup itself.
Lookup: TypeAlias = dict[str, Any]

Frozen: TypeAlias = tuple[object, ...]


class Absent(Enum):
    """A field that the row has not: unlike null in a lookup, which says nothing, it tells rows apart."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


def stored(part: Json) -> Json:
    """What a row has in a field of which a lookup says this."""
    return None if part is ABSENT else part


def frozen(lookup: Lookup) -> Frozen:
    """A lookup as something that a dictionary can be keyed by, in which `1`, `true` and `"1"` differ."""
    return tuple((name, _hashable(part)) for name, part in sorted(lookup.items()))


def _hashable(part: Json) -> object:
    match part:
        case dict():
            return frozen(part)
        case list():
            return tuple(map(_hashable, part))
        case _:
            return type(part).__name__, part


def frozen_values(fields: tuple[str, ...], lookup: Lookup) -> Frozen:
    """The values of these fields, absent ones as null, as something that a dictionary can be keyed by."""
    return tuple(_hashable(stored(lookup.get(name))) for name in fields)


def given(lookup: Lookup, name: str) -> bool:
    """Whether a lookup says something about a field, null being nothing."""
    part = lookup.get(name)
    return part is not None and (type(part) is not dict or not says_nothing(part))


def question_lookup(entities: Mapping[str, Entity], entity: str, lookup: Lookup) -> Lookup:
    """A lookup as a question holds it: what it says, with null for what the row has not.

    The parts stand in the order of the entity's fields: a source may give its columns in any order, and how it was read
    must not be seen in the changeset.

    Args:
        entities: of the catalog, by name.
        entity: the name of the entity that the lookup is about.
        lookup: what a record says of the row.
    """
    item = entities[entity]
    lookup = spelled_out(item, lookup)
    return {
        name: question_lookup(entities, item.references[name], part) if isinstance(part, dict) else stored(part)
        for name in (ID, *item.fields)
        if given(lookup, name) and (part := lookup[name]) is not None
    }


def lookup_of_question(question: Lookup) -> Lookup:
    """The lookup that a question holds, as it was resolved."""
    return {
        name: lookup_of_question(part) if isinstance(part, dict) else ABSENT if part is None else part
        for name, part in question.items()
    }


def says_nothing(lookup: Lookup) -> bool:
    """Whether all of a lookup is null: the record refers to no row."""
    for part in lookup.values():
        if part is not None and (type(part) is not dict or not says_nothing(part)):
            return False
    return True


def complete(item: Entity, key: tuple[str, ...], lookup: Lookup) -> bool:
    """Whether a lookup holds a natural key.

    Documents leave nulls out, so parts that can be null may be absent, and then are null. But most of the key must be
    there: a name alone is not the key (name, city, state).
    """
    if len(key) == 1:
        return given(lookup, key[0])
    missing = [name for name in key if not given(lookup, name)]
    return len(missing) * 2 <= len(key) and all(item.fields[name].nullable for name in missing)


def holders(item: Entity, key: tuple[str, ...], columns: Sequence[Sequence[Json]]) -> list[bool]:
    """Which of some rows hold a natural key; what they have in its fields is given a field after the other."""
    there = list(zip(*([part is not None for part in column] for column in columns), strict=True))
    example = dict(zip(there, range(len(there)), strict=True))  # which parts are there decides
    held = {
        parts: complete(item, key, {name: column[n] for name, column in zip(key, columns, strict=True)})
        for parts, n in example.items()
    }
    return list(map(held.__getitem__, there))


def contradicts(item: Entity, lookup: Lookup, values: Mapping[str, Json]) -> bool:
    """Whether a row is not what a lookup says of it, however that is written.

    A field that the row does not have contradicts nothing, but for a part of a natural key, which may be what tells it
    from others. The uuid does not count, as that of another database's row is another, nor do references, which are
    looked up themselves.
    """
    keyed = {name for key in item.keys for name in key}
    return any(
        (name in keyed or values.get(name) is not None)
        and not same(_normalised(item, name, stored(part)), _normalised(item, name, values.get(name)))
        for name, part in lookup.items()
        if name in item.fields and name not in item.references and name != "uuid" and part is not None
    )


def _normalised(item: Entity, name: str, value: Json) -> Json:
    return item.fields[name].normal(value) or value if isinstance(value, str) else value


def parts(item: Entity, lookup: Lookup) -> tuple[str, ...]:
    """What a lookup gives of names and of keys of several fields."""
    naming = {*item.alternates, *(name for key in item.keys if len(key) > 1 for name in key)}
    return tuple(name for name in item.fields if name in naming and given(lookup, name))


def naming_fields(item: Entity) -> tuple[str, ...]:
    """The text fields that alone may name a row: keys of one field, alternates, and the title."""
    single = [key[0] for key in item.keys if len(key) == 1]
    named = dict.fromkeys((*single, *item.alternates, *filter(None, [item.title])))
    return tuple(name for name in named if isinstance(item.fields[name].type, Text))


def spelled_out(item: Entity, lookup: Lookup) -> Lookup:
    """A lookup with a text that names the row in the field that it most probably is: a key, a code, or a name."""
    if not isinstance(text := lookup.get(TEXT), str):
        return lookup
    said = {name: part for name, part in lookup.items() if name != TEXT}
    return said | ({} if given(said, name := _field_of(item, text)) else {name: text})


def _field_of(item: Entity, text: str) -> str:
    names = naming_fields(item)
    keys = [name for name in names if (name,) in item.keys]
    called = [name for name in names if name not in keys and name not in item.codes]
    codes = item.codes if item.codes and text.isdigit() else ()
    return next(iter((*codes, *(keys if slug([text]) == text else called), *called, *names)))


def plain_names(item: Entity, values: Mapping[str, Json]) -> Iterator[str]:
    """The names that a row or a lookup has, each in the normal form of its field; a text alone in those of all."""
    if isinstance(text := values.get(TEXT), str):
        yield from filter(None, dict.fromkeys(item.fields[name].normal(text) for name in naming_fields(item)))
    for name in naming_fields(item):
        if isinstance(value := values.get(name), str) and (plain := item.fields[name].normal(value)):
            yield plain


def value_at(lookup: Lookup, path: tuple[str, ...]) -> Json:
    """The value at a path through nested lookups, or None where it ends early."""
    value: Json = lookup
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
