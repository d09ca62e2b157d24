"""The rows of the database by what they may be recognised by: small in memory, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from bake.catalog.values import Json
from bake.compiler.snapshot import Snapshot
from bake.compiler.spill_store import SpillStore, digest

#: Something that two rows have in common if they may be the same: a kind of key, and values in their loose form.
Trait: TypeAlias = tuple[object, ...]

#: How many traits are kept in memory before they are put on disk.
REMEMBERED = 100_000

#: Of the rows that have one trait, so many are looked at.
MOST = 50


def trait_key(trait: Trait) -> bytes:
    """What stands for a trait."""
    return digest(repr(trait).encode("utf-8", "backslashreplace"))


class LikenessIndex:
    """The ids of rows by trait. Read once, when it is first asked."""

    def __init__(
        self,
        snapshot: Snapshot,
        entity: str,
        fields: Iterable[str],
        traits: Callable[[Mapping[str, Json]], Iterable[Trait]],
    ) -> None:
        """Prepare.

        Args:
            snapshot: the rows.
            entity: whose.
            fields: what has to be known of a row to tell its traits.
            traits: those of a row's values, references as ids.
        """
        self._rows = (
            (row.id, trait) for row in snapshot.scan(entity, tuple(fields)) for trait in set(traits(row.values))
        )
        self._recent: dict[int, int | tuple[int, ...]] | None = None
        self._kept = SpillStore()

    def ids(self, traits: Iterable[Trait]) -> Iterator[int]:
        """The rows that have any of these traits; of very many with one trait, the first."""
        recent = self._read() if self._recent is None else self._recent
        for trait in traits:
            found = recent.get(hash(trait), ())
            yield from (found,) if isinstance(found, int) else found
            yield from (id_ for _, id_, *_ in self._kept.all(trait_key(trait), MOST) if isinstance(id_, int))

    def _read(self) -> dict[int, int | tuple[int, ...]]:
        recent: dict[int, int | tuple[int, ...]] = {}
        for id_, trait in self._rows:
            if len(recent) >= REMEMBERED:
                self._kept.add([(trait_key(trait), id_, None, None, None)])
                continue
            mark = hash(trait)
            there = recent.get(mark)
            if there is None:
                recent[mark] = id_
            elif isinstance(there, int):
                recent[mark] = (there, id_)
            elif len(there) < MOST:
                recent[mark] = (*there, id_)
        self._recent = recent
        return recent
