"""Fields whose values are shown to nobody, such as a salary or a phone number.

A token stands for such a value: `sensitive:KEYKEY:DIGEST`, where DIGEST is a keyed BLAKE2b of the field and the
canonical value under the project's key, and KEYKEY are digits that tell which key that was. The value itself exists at
two borders only, which parse it and give its token, or take a token and write its value:

    sources (`bake.sources.sealed`)         each cell of a sensitive field becomes its token as it is read
    database (`bake.database.bindings`)     each value becomes its token as it is read, and its value as it is written

To all between them (compiler, changeset, questions, renderer, ledger, exports) a token is a text like any other: it is
compared, shown, and carried on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b

import msgspec

from bake.catalog.entity import Entity
from bake.catalog.field_types import FieldType, PlainType, Reference, Sensitive, Vault
from bake.catalog.model import Catalog
from bake.catalog.type_words import describe
from bake.catalog.values import TOKEN, Json, Misfit

#: Stands where a value may be a sensitive one, and has no token: it does not fit, or nobody knows of what it is.
HIDDEN = f"{TOKEN}not-shown"

#: Finds the tokens in a text or a file.
TOKENS = re.compile(rb"sensitive:[0-9a-f]{6}:[0-9a-f]{24}")

#: What to do about a token whose value is not known, or that was made with another key.
HINT = "copy .bake/private of the project that built the changeset, or build it again from its source"

_ENCODER = msgspec.json.Encoder(decimal_format="string", order="deterministic")
_OF_KEY, _OF_VALUE = 3, 12


def key_name(key: bytes) -> str:
    """The digits by which tokens name their key."""
    return blake2b(b"key", key=key, digest_size=_OF_KEY).hexdigest()


def token(key: bytes, name: str, scope: str, value: Json) -> str:
    """The token of a canonical value.

    Args:
        key: at most 64 bytes that nobody else knows.
        name: its `key_name`.
        scope: the entity and the field.
        value: the value.
    """
    digest = blake2b(_ENCODER.encode([scope, value]), key=key, digest_size=_OF_VALUE)
    return f"{TOKEN}{name}:{digest.hexdigest()}"


def made_with(text: str) -> str:
    """The name of the key that a token was made with."""
    return text.split(":")[1]


def plain_type(type_: FieldType) -> PlainType | Reference:
    """The type of the values themselves."""
    return type_.inner if isinstance(type_, Sensitive) else type_


def known(type_: FieldType, value: Json) -> Json:
    """The value, if it is none of a sensitive field, or a token whose value can be written.

    Raises:
        Misfit: it cannot.
    """
    if isinstance(type_, Sensitive) and value is not None:
        why = type_.bound.why_unknown(type_.scope, value)
        if why:
            raise Misfit(f"{value}: {why}", describe(type_))
    return value


def around(catalog: Catalog, entity: str) -> frozenset[str]:
    """The entities that records of an entity may say something of, if any of these has a sensitive field; else none."""
    nested = (one.entity for one in catalog.entities[entity].nested.values())
    names = catalog.reachable_from(entity).union(*map(catalog.reachable_from, nested))
    return names if any(catalog.entities[name].sensitive for name in names) else frozenset()


def bound(catalog: Catalog, vault: Vault) -> Catalog:
    """The catalog with a vault for its sensitive fields."""
    return _with_types(catalog, lambda type_: replace(type_, vault=vault))


def opened(catalog: Catalog) -> Catalog:
    """The catalog as if nothing in it were sensitive: what is read by it are the values themselves."""
    return _with_types(catalog, lambda type_: type_.inner)


def _with_types(catalog: Catalog, change: Callable[[Sensitive], FieldType]) -> Catalog:
    entities = {name: _changed(item, change) for name, item in catalog.entities.items()}
    return replace(catalog, entities=entities)


def _changed(item: Entity, change: Callable[[Sensitive], FieldType]) -> Entity:
    fields = {
        name: replace(one, type=change(one.type)) if isinstance(one.type, Sensitive) else one
        for name, one in item.fields.items()
    }
    return replace(item, fields=fields) if item.sensitive else item
