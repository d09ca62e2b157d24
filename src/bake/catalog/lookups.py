"""Functions on lookups: nested dicts of field names to canonical values, by which a record refers to a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

from bake.catalog.entity import ID, TEXT, Entity
from bake.catalog.field import Derivation
from bake.catalog.field_types import Text
from bake.catalog.names import slug
from bake.catalog.values import Json, same

#: Field names to canonical values of a row that is referred to; the value of a reference field is a lookup too.
Lookup: TypeAlias = dict[str, Any]

#: A lookup, or values of it, as a key of dictionaries.
Frozen: TypeAlias = tuple[object, ...]


class Absent(Enum):
    """Says in a lookup that a field of the row is null. A null in a lookup says nothing about the field."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


def stored(part: Json) -> Json:
    """The value in the row for a value in a lookup: null for `ABSENT`."""
    return None if part is ABSENT else part


def frozen(lookup: Lookup) -> Frozen:
    """A lookup as a key for dictionaries, in which `1`, `true` and `"1"` differ."""
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
    """The values of these fields, null for those that are absent, as a key for dictionaries."""
    return tuple(_hashable(stored(lookup.get(name))) for name in fields)


def given(lookup: Lookup, name: str) -> bool:
    """Whether a lookup gives a field: its value is not null, and not a lookup of nulls alone."""
    part = lookup.get(name)
    if type(part) is dict:
        return not says_nothing(part)
    return part is not None


def question_lookup(entities: Mapping[str, Entity], entity: str, lookup: Lookup) -> Lookup:
    """A lookup in the form in which a question holds it: only fields that it gives, with null for `ABSENT`.

    The fields are in the order of the entity, as the order of columns in a source must not be seen in the changeset.

    Args:
        entities: the entities of the catalog, by name.
        entity: the name of the entity of the row.
        lookup: the lookup.
    """
    item = entities[entity]
    lookup = spelled_out(item, lookup)
    return {
        name: question_lookup(entities, item.references[name], part) if isinstance(part, dict) else stored(part)
        for name in (ID, *item.fields)
        if given(lookup, name) and (part := lookup[name]) is not None
    }


def lookup_of_question(question: Lookup) -> Lookup:
    """The inverse of `question_lookup`: null becomes `ABSENT` again, so that it can be resolved."""
    return {
        name: lookup_of_question(part) if isinstance(part, dict) else ABSENT if part is None else part
        for name, part in question.items()
    }


def says_nothing(lookup: Lookup) -> bool:
    """Whether all values of a lookup are null, so that it refers to no row."""
    for part in lookup.values():
        if part is not None and (type(part) is not dict or not says_nothing(part)):
            return False
    return True


def complete(item: Entity, key: tuple[str, ...], lookup: Lookup) -> bool:
    """Whether a lookup gives a natural key in full.

    Sources leave nulls out, so fields of the key that are nullable may be missing, and count as null. But at least half
    of the fields must be given: a name alone is not the key (name, city, state).
    """
    if len(key) == 1:
        return given(lookup, key[0])
    missing = [name for name in key if not given(lookup, name)]
    return len(missing) * 2 <= len(key) and all(item.fields[name].nullable for name in missing)


def holders(item: Entity, key: tuple[str, ...], columns: Sequence[Sequence[Json]]) -> list[bool]:
    """Whether each of some rows has a natural key in full (`complete`).

    Args:
        item: the entity.
        key: the fields of the key.
        columns: for each of these fields, its values in all rows.
    """
    there = list(zip(*([part is not None for part in column] for column in columns), strict=True))
    example = dict(zip(there, range(len(there)), strict=True))  # the result depends only on which fields are not null
    held = {
        parts: complete(item, key, {name: column[n] for name, column in zip(key, columns, strict=True)})
        for parts, n in example.items()
    }
    return list(map(held.__getitem__, there))


def contradicts(item: Entity, lookup: Lookup, values: Mapping[str, Json]) -> bool:
    """Whether a lookup gives a value that is not the row's, compared in the normal form of the field.

    A null in the row contradicts no value, except in a field of a natural key, by which rows are told apart. The uuid
    is left out, as it differs between databases, and so are references, which are resolved instead.
    """
    keyed = {name for key in item.keys for name in key}
    return any(
        (name in keyed or values.get(name) is not None)
        and not same(_normalised(item, name, stored(lookup[name])), _normalised(item, name, values.get(name)))
        for name in compared_fields(item, lookup)
    )


def compared_fields(item: Entity, lookup: Lookup) -> tuple[str, ...]:
    """The fields of a lookup that `contradicts` compares."""
    return tuple(
        name
        for name, part in lookup.items()
        if name in item.fields and name not in item.references and name != "uuid" and part is not None
    )


def normal_forms(item: Entity, fields: Iterable[str], values: Mapping[str, Json]) -> Lookup:
    """Some values of a row or of a lookup as `contradicts` compares them."""
    return {name: _normalised(item, name, stored(values.get(name))) for name in fields}


def _normalised(item: Entity, name: str, value: Json) -> Json:
    return item.fields[name].normal(value) or value if isinstance(value, str) else value


def parts(item: Entity, lookup: Lookup) -> tuple[str, ...]:
    """The fields given by a lookup that are alternates, or belong to a key of several fields."""
    naming = {*item.alternates, *(name for key in item.keys if len(key) > 1 for name in key)}
    return tuple(name for name in item.fields if name in naming and given(lookup, name))


def naming_fields(item: Entity) -> tuple[str, ...]:
    """The text fields that can name a row alone: keys of one field, alternates, and the title."""
    single = [key[0] for key in item.keys if len(key) == 1]
    named = dict.fromkeys((*single, *item.alternates, *filter(None, [item.title])))
    return tuple(name for name in named if isinstance(item.fields[name].type, Text))


def spelled_out(item: Entity, lookup: Lookup) -> Lookup:
    """A lookup in which a text alone (`TEXT`) is given for the field that it most probably is: a code, key or name."""
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
    """The values of the naming fields of a row or lookup, in normal form; a text alone, in the forms of all fields."""
    if isinstance(text := values.get(TEXT), str):
        yield from filter(None, dict.fromkeys(item.fields[name].normal(text) for name in naming_fields(item)))
    for name in naming_fields(item):
        if isinstance(value := values.get(name), str) and (plain := item.fields[name].normal(value)):
            yield plain


def value_at(lookup: Lookup, path: tuple[str, ...]) -> Json:
    """The value at a path through nested lookups; None if the path leads nowhere."""
    value: Json = lookup
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def proposed(derivation: Derivation, document: Lookup) -> str:
    """The derived key before it is made unique; empty where its parts are."""
    values = (next(filter(None, (value_at(document, path) for path in group)), None) for group in derivation.parts)
    return slug([str(value) for value in values if value is not None])
