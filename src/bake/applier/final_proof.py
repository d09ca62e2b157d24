"""Checks the written rows once more at the end, when everything is written and nothing is committed.

    what is checked                             why                                      if it does not hold
    a row that was written is as it was         a trigger may have changed it since      NotProven
    a row that was deleted is not there         likewise                                 NotProven
    a key that was given belongs to one row     the database does not hold it unique     conflict: exists

Where there are no triggers, nothing but the application itself writes to its rows, which are locked.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bake.applier.blocks import Block
from bake.applier.claimed_keys import ClaimedKeys
from bake.applier.keys_by_id import KeysById
from bake.catalog.entity import ID
from bake.catalog.model import Catalog
from bake.catalog.names import key_words
from bake.catalog.values import Json
from bake.changeset.model import Change, Create, Key
from bake.changeset.model import Row as RowDocument
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.schema import triggers_exist
from bake.database.writing.row_store import Kept, RowStore
from bake.errors import Conflict, NotProven, Problem

_BATCH = 1000
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
#: Kept of a row that was deleted.
_GONE = b""


class FinalProof:
    """Remembers what was written, as far as it has to be checked again, and checks it."""

    def __init__(self, snapshot: DatabaseSnapshot, catalog: Catalog) -> None:
        self._snapshot = snapshot
        self._catalog = catalog
        self._claimed = ClaimedKeys(snapshot, catalog)
        self._values = RowStore() if triggers_exist(snapshot.connection) else None

    def wrote(self, changes: Sequence[Change], keys: Sequence[Key], ids: Sequence[int], written: Block) -> None:
        """Note what was written of rows of one entity, references as ids, and what the rows are called now."""
        entity = changes[0].entity
        given = [n for n, change in enumerate(changes) if isinstance(change, Create) or keys[n] != change.key]
        self._claimed.add(entity, [ids[n] for n in given], [changes[n].n for n in given])
        if self._values is not None:
            before = self._values.get(entity, ids)
            documents = zip(changes, ids, written.documents(), strict=True)
            self._values.put(
                entity, (_kept(change, id_, document, before.get(id_)) for change, id_, document in documents)
            )

    def deleted(self, changes: Sequence[Change], ids: Sequence[int]) -> None:
        """Note which rows of one entity were deleted."""
        if self._values is not None:
            self._values.put(
                changes[0].entity, ((id_, change.n, _GONE) for change, id_ in zip(changes, ids, strict=True))
            )

    def conflicts(self, keys_by_id: KeysById) -> list[Conflict]:
        """The keys that other rows have been given in the meantime."""
        return [
            Conflict(
                "exists", n, entity, keys_by_id.key(entity, id_), detail=f"a row has its {' and '.join(key)} already"
            )
            for n, entity, id_, key in self._claimed.doubled()
        ]

    def prove(self, keys_by_id: KeysById) -> None:
        """Compare what was written with what is there.

        Raises:
            NotProven: a row is something else by now; the first of them.
        """
        for entity in self._values.entities() if self._values is not None else ():
            for batch in self._values.batches(entity, _BATCH) if self._values is not None else ():
                self._prove(entity, batch, keys_by_id)

    def _prove(self, entity: str, batch: Sequence[Kept], keys_by_id: KeysById) -> None:
        there = self._snapshot.find(entity, (ID,), [(id_,) for id_, _, _ in batch])
        for id_, n, document in batch:
            found = there.get((id_,))
            if document == _GONE:
                wrong = ["it is there again"] if found else []
            elif not found:
                wrong = ["it is gone"]
            else:
                wrong = _differing(_decode(document), found[0].values)
            if wrong:
                raise _not_proven(n, f"{entity} {key_words(keys_by_id.key(entity, id_))}", wrong)


def _kept(change: Change, id_: int, document: RowDocument, before: Kept | None) -> Kept:
    """What is kept of a row: what was written last of each field."""
    written: dict[str, object] = dict(document)
    if before is not None and before[2] != _GONE:
        written = {**_decode(before[2]), **written}
    return id_, change.n, _encode(written)


def _differing(written: dict[str, msgspec.Raw], there: dict[str, Json]) -> list[str]:
    return [
        f"{name} is {there[name]!r} at the end; expected {bytes(value).decode()}"
        for name, value in written.items()
        if _encode(there[name]) != bytes(value)
    ]


def _not_proven(n: int, row: str, wrong: Sequence[str]) -> NotProven:
    return NotProven(
        f"operation {n}: {row} is not at the end as it was written; nothing was kept",
        problems=[Problem(line) for line in wrong],
        hint="a trigger of the database changes the row when another one is written; look for one",
    )
