"""A cheap test whether an operation certainly fits a catalog, which nearly all operations pass.

It looks at names and Python types only. `bake.resolution.catalog_fit` examines the operations that do not pass, and
says what is wrong with them, if anything is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

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
from bake.catalog.values import Json
from bake.changeset.model import Create, Delete, Key, Operation, Patch, Row, Skip, Update
from bake.changeset.pointers import pointer

_NULL = type(None)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the keys and values of an entity may look like.

    Attributes:
        kinds: by field, the Python types whose values all fit in a key.
        references: by reference field, the name of the entity that it refers to.
        fields: by JSON pointer, the field; "" is the whole row.
    """

    kinds: Mapping[str, frozenset[type]]
    references: Mapping[str, str]
    fields: Mapping[str, str]


class CertainFit:
    """The test, for one catalog.

    Args:
        catalog: the catalog that operations have to fit.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._shapes = {name: _shape(item) for name, item in catalog.entities.items()}

    def __call__(self, operation: Operation) -> bool:
        """Whether an operation certainly fits; False means that it has to be examined."""
        if isinstance(operation, Skip):
            return True
        shape = self._shapes.get(operation.entity)
        if shape is None or operation.outcomes or not self._key(shape, operation.key):
            return False
        if not (operation.needs.keys() <= shape.fields.keys() and operation.uuids.keys() <= shape.fields.keys()):
            return False
        match operation:
            case Create():
                return self._values(shape, operation.values)
            case Update():
                return self._patch(shape, operation.patch)
            case Delete():
                return self._values(shape, operation.before)
            case _:
                assert_never(operation)

    def _key(self, shape: _Shape, key: Key) -> bool:
        kinds = shape.kinds
        for name, part in key.items():
            if name not in kinds or type(part) not in kinds[name]:
                return False
        return bool(key)

    def _values(self, shape: _Shape, values: Row) -> bool:
        return all(self._value(shape, name, value) for name, value in values.items())

    def _value(self, shape: _Shape, name: str, value: Json) -> bool:
        kind, target = type(value), shape.references.get(name)
        if target is None:
            return kind is not dict and kind is not list
        return value is None or (kind is dict and self._key(self._shapes[target], value))

    def _patch(self, shape: _Shape, patch: Patch) -> bool:
        fields = shape.fields
        return all(
            step.path and step.path in fields and self._value(shape, fields[step.path], step.value) for step in patch
        )


def _shape(item: Entity) -> _Shape:
    of_fields = {name: kinds(field.type) for name, field in item.fields.items()}
    fields = {"": "", **{pointer(name): name for name in item.fields}}
    return _Shape({ID: frozenset((int,)), **of_fields}, item.references, fields)


def kinds(type_: FieldType) -> frozenset[type]:
    """The Python types, null's among them, whose values are all of the right kind for a field type.

    Only null for types whose values have to be parsed to be checked, such as dates.
    """
    match type_:
        case Text() | Choice() | Uuid() | Bytes() | Sensitive():
            return frozenset((str, _NULL))
        case Integer():
            return frozenset((int, _NULL))
        case Exact() | Real():
            return frozenset((int, float, Decimal, _NULL))
        case Boolean():
            return frozenset((bool, _NULL))
        case Date() | Timestamp() | Document() | Reference():
            return frozenset((_NULL,))
        case _:
            assert_never(type_)
