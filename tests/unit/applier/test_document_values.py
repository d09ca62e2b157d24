"""Reading the values of a changeset: many at a time, and the same as one by one."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from support.values import RAW

from bake.applier.blocks import Block
from bake.applier.document_values import DocumentReader
from bake.catalog.entity import Entity
from bake.catalog.field import Field
from bake.catalog.field_types import (
    Boolean,
    Choice,
    Date,
    Document,
    Exact,
    FieldType,
    Integer,
    Real,
    Reference,
    Text,
    Timestamp,
    Uuid,
)
from bake.catalog.values import Json, Misfit, parse, same

TYPES: dict[str, FieldType] = {
    "text": Text(3),
    "long": Text(),
    "integer": Integer(),
    "exact": Exact(6, 2),
    "real": Real(),
    "boolean": Boolean(),
    "date": Date(),
    "timestamp": Timestamp(),
    "choice": Choice(("a", "b")),
    "uuid": Uuid(),
    "document": Document(),
    "reference": Reference("others"),
}
ENTITY = Entity("things", sa.Table("things", sa.MetaData()), {n: Field(n, type_, n) for n, type_ in TYPES.items()})

DOCUMENTS = st.lists(st.dictionaries(st.sampled_from([*TYPES, "unknown"]), RAW, max_size=3), max_size=8)


def one_by_one(document: dict[str, Json]) -> dict[str, Json] | str:
    """A document in canonical form, its fields read one after the other; the first that does not fit."""
    result = {}
    for name, raw in document.items():
        try:
            declared = ENTITY.fields[name].type
            if isinstance(declared, Reference):
                assert raw is None or isinstance(raw, dict)
                result[name] = raw
            else:
                result[name] = parse(declared, raw)
        except (Misfit, KeyError, AssertionError):
            return name
    return result


@given(DOCUMENTS, DOCUMENTS)
def test_documents_read_together_are_what_they_are_read_alone(
    first: list[dict[str, Json]], then: list[dict[str, Json]]
) -> None:
    """Whatever stands beside a document, and whatever was read before; and what does not fit is named."""
    reader = DocumentReader(ENTITY)
    for documents in (first, then):
        block, unfit = reader.read(Block.of(documents))
        read = block.documents()
        for n, document in enumerate(documents):
            alone = one_by_one(document)
            if isinstance(alone, str):
                assert unfit[n].field == alone
                assert same(unfit[n].raw, document[alone])
            else:
                assert n not in unfit
                assert same(read[n], alone)
