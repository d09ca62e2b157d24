"""The keys of new rows: uuids from the record's place (rule 4), the next number, keys derived from other fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID, uuid5

from bake.catalog.entity import Entity
from bake.catalog.lookups import given, proposed
from bake.changeset.model import Key, Row
from bake.compiler.rows.row_resolver import RowResolver

#: The namespace of uuids derived from a source's digest and a record's number (RFC 9562, version 5).
NAMESPACE = UUID("5c6b5f0e-3d1f-5a2c-9d57-0b8c1b6a7e11")

#: How many derived uuids are remembered: a row is looked for by its uuid, and then created with it.
_REMEMBERED = 2_500


@lru_cache(_REMEMBERED)
def derived_uuid(digest: str, origin: object) -> str:
    """The uuid of the new row that something at this place in a source of this digest stands for."""
    return str(uuid5(NAMESPACE, f"{digest}/{origin}"))


class Completion:
    """Gives new rows the uuids and derived key fields that their records lack, one after the other."""

    def __init__(self, known: RowResolver, item: Entity, documents: Sequence[Row]) -> None:
        """Prepare.

        Args:
            known: the rows of the database and the created ones; they decide which keys are taken.
            item: the entity.
            documents: what is said of each row, references as lookups.
        """
        self._has_uuid = "uuid" in item.fields
        self._counting = _Counting(known, item, item.counted) if item.counted else None
        self._numberings = {}
        for name, derivation in item.derived.items():
            stems = Counter(proposed(derivation, document) for document in documents if not given(document, name))
            self._numberings[name] = derivation, _Numbering(known, item, name, stems)

    def complete(self, document: Row, origin: tuple[str, object]) -> None:
        """Complete a row, in place; keys of those before it are taken.

        Args:
            document: what is said of it.
            origin: where it comes from: the digest of a source, or of a changeset whose questions were answered, and
                its place there.
        """
        if self._has_uuid and not given(document, "uuid"):
            document["uuid"] = derived_uuid(*origin)
        if self._counting:
            self._counting.complete(document)
        for name, (derivation, numbering) in self._numberings.items():
            if not given(document, name) and (stem := proposed(derivation, document)):
                document[name] = numbering.free(stem)


def key_of(item: Entity, document: Row) -> Key:
    """The key by which a changeset names a new row: the first of the entity's that the row has in full."""
    for key in item.portable_keys:
        if all(given(document, name) for name in key):
            return {name: document[name] for name in key}
    return {name: document.get(name) for name in item.portable_keys[0]}


class _Counting:
    """Gives new rows the number after the greatest one that any row has."""

    def __init__(self, known: RowResolver, item: Entity, name: str) -> None:
        self._name = name
        self._last = known.numbers.setdefault((item.name, name), {})
        if not self._last:
            self._last[""] = known.snapshot.greatest(item.name, name)

    def complete(self, document: Row) -> None:
        """Give a row its number, unless it says one."""
        said = document.get(self._name)
        if isinstance(said, int):
            self._last[""] = max(self._last[""], said)
        else:
            document[self._name] = self._last[""] = self._last[""] + 1


class _Numbering:
    """Makes keys of stems unique with the first number that is free: `rye`, then `rye_2`, then `rye_3`.

    The database is asked for as many numbers of each stem at once as there are rows to be made of it, and then for
    twice as many each time.
    """

    def __init__(self, known: RowResolver, item: Entity, name: str, rows: Counter[str]) -> None:
        self._known = known
        self._item = item
        self._name = name
        self._last = known.numbers.setdefault((item.name, name), {})
        self._block = {stem: count + 1 for stem, count in rows.items() if stem}
        self._asked = {stem: self._last.get(stem, 1) - 1 for stem in self._block}
        self._taken: set[str] = set()
        self._ask(list(self._block))

    def free(self, stem: str) -> str:
        """The next key of a stem that neither a row of the database nor a created one has."""
        n = self._last.get(stem, 1)
        self._block.setdefault(stem, 2)
        self._asked.setdefault(stem, n - 1)
        while self._is_taken(stem, n):
            n += 1
        if n > 1:
            self._last[stem] = n
        self._taken.add(_numbered(stem, n))
        return _numbered(stem, n)

    def _is_taken(self, stem: str, n: int) -> bool:
        if n > self._asked[stem]:
            self._ask([stem])
        key = _numbered(stem, n)
        return key in self._taken or self._known.is_taken(self._item, self._name, key)

    def _ask(self, stems: list[str]) -> None:
        keys: dict[str, None] = {}
        for stem in stems:
            first = self._asked[stem] + 1
            self._asked[stem] += self._block[stem]
            self._block[stem] *= 2
            keys.update(dict.fromkeys(_numbered(stem, n) for n in range(first, self._asked[stem] + 1)))
        found = self._known.snapshot.find(self._item.name, (self._name,), [(key,) for key in keys]) if keys else {}
        self._taken.update(str(key[0]) for key in found)


def _numbered(stem: str, n: int) -> str:
    return stem if n == 1 else f"{stem}_{n}"
