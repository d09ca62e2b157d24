"""What the compiler asks of a database. `bake.database.snapshot` answers from a real one, tests from dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from bake.catalog.row import Page, Row, rows
from bake.catalog.values import Json
from bake.database.dependents import OutsideTable, Reference
from bake.database.rules import Rule


class Snapshot(Protocol):
    """One consistent state of the rows, in canonical values; references are surrogate ids."""

    def find(
        self, entity: str, by: tuple[str, ...], keys: Sequence[tuple[Json, ...]]
    ) -> dict[tuple[Json, ...], list[Row]]:
        """The rows whose fields equal each key; keys that nothing equals are left out. The field "id" is allowed."""
        ...

    def tuples(
        self, entity: str, by: tuple[str, ...], keys: Sequence[tuple[Json, ...]], fields: tuple[str, ...]
    ) -> dict[tuple[Json, ...], list[tuple[Json, ...]]]:
        """The same rows as tuples: the id, then these fields, `by` among them; to compare many of them quickly."""
        ...

    def columns(
        self, entity: str, by: str, keys: Sequence[str], fields: tuple[str, ...]
    ) -> tuple[Sequence[int], Sequence[Sequence[Json]]]:
        """The rows that alone have one of some texts, as columns: the quickest way to compare very many.

        Args:
            entity: its name.
            by: the field to look by.
            keys: its values, each once.
            fields: what is to be known, `by` among them.

        Returns:
            The places of the keys that are there, ascending; and of their rows, in this order, the ids and each field.
        """
        ...

    def pages(self, entity: str, fields: Sequence[str]) -> Iterator[Page]:
        """All rows, by id, some at a time, with these fields only."""
        ...

    def latest(self, entity: str, field: str, by: str, order: str, ids: Sequence[int]) -> dict[int, Json]:
        """For each id that `by` refers to: `field` of the row with the greatest `order`."""
        ...

    def referring(self, entity: str, field: str, ids: Sequence[int] | None) -> Iterator[Reference]:
        """The references of one field to rows with these ids, or, for None, all of them."""
        ...

    def referring_outside(self, entity: str, ids: Sequence[int] | None) -> Iterator[tuple[OutsideTable, int]]:
        """The tables outside the catalog that refer to rows of an entity, each with the id of such a row."""
        ...

    def rules(self, entity: str) -> Sequence[Rule]:
        """What the table of an entity requires of a row beyond the catalog, as far as `broken` can tell."""
        ...

    def broken(self, entity: str, rows: Sequence[Mapping[str, Json]]) -> list[list[Rule]]:
        """For each row, as it would be, the rules that it would break; none of which it lacks a field."""
        ...


def scan(snapshot: Snapshot, entity: str, fields: Sequence[str]) -> Iterator[Row]:
    """All rows, by id, with these fields only."""
    return rows(fields, snapshot.pages(entity, fields))
