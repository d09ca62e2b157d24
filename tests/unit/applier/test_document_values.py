"""Reading the values of a changeset: many at a time, and the same as one by one."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from support.values import RAW

from bake.applier.document_values import DocumentReader, positions_by_value
from bake.applier.verify_written import all_same
from bake.catalog.model import Entity, Field
from bake.catalog.values import (
    Boolean,
    Choice,
    Date,
    Document,
    Exact,
    FieldType,
    Integer,
    Json,
    Misfit,
    Real,
    Reference,
    Text,
    Timestamp,
    Uuid,
    same,
)

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


def one_by_one(reading: DocumentReader, document: dict[str, Json]) -> dict[str, Json] | None:
    """A document in canonical form, its fields read one after the other; None if one does not fit."""
    result = {}
    for name, raw in document.items():
        reader = reading.reader(name)
        try:
            if reader is None:
                return None
            result[name] = reader(raw)
        except Misfit:
            return None
    return result


@given(DOCUMENTS, DOCUMENTS)
def test_documents_read_together_are_what_they_are_read_alone(
    first: list[dict[str, Json]], then: list[dict[str, Json]]
) -> None:
    """Whatever stands beside a document, and whatever was read before: it is the same, or is left to be read alone."""
    reading = DocumentReader(ENTITY)
    for documents in (first, then):
        alone = [one_by_one(reading, document) for document in documents]
        misfits = {tuple(document) for document, read in zip(documents, alone, strict=True) if read is None}
        for document, read, expected in zip(documents, reading.documents(documents), alone, strict=True):
            assert (read is None) == (tuple(document) in misfits)
            assert read is None or same(read, expected)


@given(st.lists(st.tuples(RAW, RAW), max_size=4))
def test_lists_are_the_same_if_each_value_is(pairs: list[tuple[Json, Json]]) -> None:
    """`all_same` is `same`, value by value."""
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    assert all_same(before, after) == all(map(same, before, after))


def test_the_places_of_equal_items_stand_together_in_the_order_of_the_first() -> None:
    """Groups keep the order in which they began."""
    assert list(positions_by_value("abac").items()) == [("a", [0, 2]), ("b", [1]), ("c", [3])]
