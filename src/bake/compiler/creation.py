"""The keys of new rows: uuids from the record's place (rule 4), keys derived from other fields, made unique."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from bake.catalog.lookups import given, value_at
from bake.catalog.model import Derivation, Entity
from bake.catalog.names import slug
from bake.changeset.model import Key, Row
from bake.compiler.scope import Known

#: The namespace of uuids derived from a source's digest and a record's number (RFC 9562, version 5).
NAMESPACE = UUID("5c6b5f0e-3d1f-5a2c-9d57-0b8c1b6a7e11")


def derived_uuid(digest: str, place: object) -> str:
    """The uuid of the new row that something at this place in a source of this digest stands for."""
    return str(uuid5(NAMESPACE, f"{digest}/{place}"))


def complete_keys(known: Known, item: Entity, digest: str, documents: Sequence[Row], places: Sequence[object]) -> None:
    """Give new rows the uuids and derived key fields that their records lack, in place.

    Args:
        known: the rows of the database and the created ones; they decide which keys are taken.
        item: the entity.
        digest: of what the rows come from: a source, or a changeset whose questions were answered.
        documents: what each record says of its row, references as lookups.
        places: where in it each row stands.
    """
    for document, place in zip(documents, places, strict=True):
        if "uuid" in item.fields and not given(document, "uuid"):
            document["uuid"] = derived_uuid(digest, place)
    for name, derivation in item.derived.items():
        _derive(known, item, name, derivation, [doc for doc in documents if not given(doc, name)])


def key_of(item: Entity, document: Row) -> Key:
    """The key by which a changeset names a new row: the first of the entity's that the row has in full."""
    for key in item.portable_keys:
        if all(given(document, name) for name in key):
            return {name: document[name] for name in key}
    return {name: document.get(name) for name in item.portable_keys[0]}


def _derive(known: Known, item: Entity, name: str, derivation: Derivation, documents: list[Row]) -> None:
    stems = [proposed(derivation, document) for document in documents]
    taken = _taken(known, item, name, [stem for stem in stems if stem])
    for document, stem in zip(documents, stems, strict=True):
        if not stem:
            continue
        candidate, n = stem, 1
        while candidate in taken or known.fresh.by_key(item, {name: candidate}):
            n += 1
            candidate = f"{stem}_{n}"
            if n > 2 and candidate not in taken:
                taken |= _taken(known, item, name, [candidate])
        taken.add(candidate)
        document[name] = candidate


def proposed(derivation: Derivation, document: Row) -> str:
    """The derived key before it is made unique; empty where its parts are."""
    values = (next(filter(None, (value_at(document, path) for path in group)), None) for group in derivation.parts)
    return slug([str(value) for value in values if value is not None])


def _taken(known: Known, item: Entity, name: str, stems: list[str]) -> set[str]:
    """Those of these keys, and of the first ones with a number, that rows of the database have."""
    asked = dict.fromkeys(candidate for stem in stems for candidate in (stem, f"{stem}_2"))
    found = known.snapshot.find(item.name, (name,), [(candidate,) for candidate in asked])
    return {str(key[0]) for key in found}
