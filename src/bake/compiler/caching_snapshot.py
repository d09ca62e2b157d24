"""A snapshot that asks for each row once: for work that goes through answers one by one in a single transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bake.catalog.entity import ID
from bake.catalog.row import Page, Row
from bake.catalog.values import Json
from bake.compiler.snapshot import Snapshot
from bake.database.constraints.dependents import OutsideTable, Reference
from bake.database.constraints.rules import Rule

_Key = tuple[Json, ...]


class CachingSnapshot:
    """Remembers what `find` gave by a key, also that nothing was found; all else is passed on.

    It holds every row that was found so, which is fit for as many rows as there are answers, not for whole sources.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._found: dict[tuple[str, tuple[str, ...]], dict[tuple[object, ...], list[Row]]] = {}

    def find(self, entity: str, by: tuple[str, ...], keys: Sequence[_Key]) -> dict[_Key, list[Row]]:
        """The rows whose fields equal each key; only keys that were not asked for before go to the database."""
        if by == (ID,):  # `bake.compiler.rows.row_keys` remembers these, and forgets them when there are many
            return self._snapshot.find(entity, by, keys)
        known = self._found.setdefault((entity, by), {})
        wanted = {_typed(key): key for key in keys}
        unknown = [key for typed, key in wanted.items() if typed not in known]
        if unknown:
            found = self._snapshot.find(entity, by, unknown)
            known.update((_typed(key), found.get(key, [])) for key in unknown)
        return {key: rows for typed, key in wanted.items() if (rows := known[typed])}

    def columns(
        self, entity: str, by: str, keys: Sequence[str], fields: tuple[str, ...]
    ) -> tuple[Sequence[int], Sequence[Sequence[Json]]]:
        """As the snapshot has it."""
        return self._snapshot.columns(entity, by, keys, fields)

    def pages(self, entity: str, fields: Sequence[str]) -> Iterator[Page]:
        """As the snapshot has it."""
        return self._snapshot.pages(entity, fields)

    def greatest(self, entity: str, name: str) -> int:
        """As the snapshot has it."""
        return self._snapshot.greatest(entity, name)

    def latest(self, entity: str, field: str, by: str, order: str, ids: Sequence[int]) -> dict[int, Json]:
        """As the snapshot has it."""
        return self._snapshot.latest(entity, field, by, order, ids)

    def referring(self, entity: str, field: str, ids: Sequence[int] | None) -> Iterator[Reference]:
        """As the snapshot has it."""
        return self._snapshot.referring(entity, field, ids)

    def referring_outside(self, entity: str, ids: Sequence[int] | None) -> Iterator[tuple[OutsideTable, int]]:
        """As the snapshot has it."""
        return self._snapshot.referring_outside(entity, ids)

    def rules(self, entity: str) -> Sequence[Rule]:
        """As the snapshot has it."""
        return self._snapshot.rules(entity)

    def broken(self, entity: str, rows: Sequence[Mapping[str, Json]]) -> list[list[Rule]]:
        """As the snapshot has it."""
        return self._snapshot.broken(entity, rows)

    def holds_equal(self, entity: str, field: str, one: str, other: str) -> bool:
        """As the snapshot has it."""
        return self._snapshot.holds_equal(entity, field, one, other)


def _typed(key: _Key) -> tuple[object, ...]:
    """A key in which `1`, `1.0` and `true` differ."""
    return tuple((type(part), part) for part in key)
