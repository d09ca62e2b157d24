"""Recognised edits to updates, where an update is all that becomes of them: nothing is checked, asked or warned of."""

from __future__ import annotations

from dataclasses import dataclass

from bake.catalog.model import Entity
from bake.changeset.model import Replace, Test, Update
from bake.changeset.pointers import pointer
from bake.compiler.context import says_little
from bake.compiler.row_matching import MatchedRecord


@dataclass(frozen=True, slots=True)
class Naming:
    """How rows of which some fields are known are named, and their fields written.

    Attributes:
        key: the fields of the key that a changeset names such rows by, if it is made of values of their own; each with
            its place among what is known. Empty if it is not.
        steps: of each field, in the order of the catalog, the pointer to it and its place.
        looked_at: the fields of which an edit needs a closer look.
        uuid: the place of the uuid; None if rows have none.
    """

    key: tuple[tuple[str, int], ...]
    steps: dict[str, tuple[str, int]]
    looked_at: frozenset[str]
    uuid: int | None


def naming(item: Entity, fields: tuple[str, ...]) -> Naming:
    """How rows of an entity are named of which, after the id, these fields are known."""
    positions = {name: at for at, name in enumerate(fields, 1)}
    key = item.portable_keys[0] if item.portable_keys else ()
    own = all(name in positions and name not in item.references for name in key) and not says_little(dict.fromkeys(key))
    return Naming(
        key=tuple((name, positions[name]) for name in key) if own else (),
        steps={name: (pointer(name), positions[name]) for name in item.fields if name in positions},
        looked_at=frozenset(
            (
                *item.checked,
                *item.coded,
                *item.codes,
                *key,
                *(outlier.field for outlier in item.outliers),
                *item.references,
            )
        ),
        uuid=positions.get("uuid"),
    )


def update_of(item: Entity, how: Naming, edited: MatchedRecord, n: int) -> Update | None:
    """The update with this number that an edit is; None if it needs a closer look."""
    known, edits = edited.known, edited.edits
    key = {name: known[at] for name, at in how.key}
    if not key or None in key.values() or not how.looked_at.isdisjoint(edits):
        return None
    patch: list[Test | Replace] = []
    for name in edits if len(edits) == 1 else [name for name in how.steps if name in edits]:
        path, at = how.steps[name]
        patch += (Test(path=path, value=known[at]), Replace(path=path, value=edits[name]))
    uuids = {} if how.uuid is None or (uuid := known[how.uuid]) is None else {"": uuid}
    return Update(n=n, entity=item.name, key=key, patch=tuple(patch), from_=(edited.number,), uuids=uuids)
