"""The protocol by which the compiler reads rows. `reading.snapshot` implements it; tests do with dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from bake.catalog.row import Page, Row, rows
from bake.catalog.values import Json
from bake.database.constraints.dependents import OutsideTable, Reference
from bake.database.constraints.rules import Rule


class Snapshot(Protocol):
    """One consistent state of the rows, in canonical values; references are surrogate ids."""

    def find(
        self, entity: str, by: tuple[str, ...], keys: Sequence[tuple[Json, ...]]
    ) -> dict[tuple[Json, ...], list[Row]]:
        """By key, the rows whose fields `by` equal it; keys without rows are left out. `by` may be the id."""
        ...

    def columns(
        self, entity: str, by: str, keys: Sequence[str], fields: tuple[str, ...]
    ) -> tuple[Sequence[int], Sequence[Sequence[Json]]]:
        """As `find`, by columns, for keys of one text field that exactly one row has: the quickest way for very many.

        Args:
            entity: the name of the entity.
            by: the name of the field.
            keys: values of the field, all different.
            fields: the names of the fields to read, `by` included.

        Returns:
            The positions of the keys that were found, ascending; and the columns of their rows, in the same order: the
            ids, then each field.
        """
        ...

    def pages(self, entity: str, fields: Sequence[str]) -> Iterator[Page]:
        """All rows with these fields, in the order of their ids, in pages."""
        ...

    def greatest(self, entity: str, name: str) -> int:
        """The greatest whole number in a field; 0 if there is none."""
        ...

    def latest(self, entity: str, field: str, by: str, order: str, ids: Sequence[int]) -> dict[int, Json]:
        """By each of the ids: `field` of the row that refers to it by `by` and has the greatest `order`."""
        ...

    def referring(self, entity: str, field: str, ids: Sequence[int] | None) -> Iterator[Reference]:
        """The references of one field to rows with these ids, or, for None, all of them."""
        ...

    def referring_outside(self, entity: str, ids: Sequence[int] | None) -> Iterator[tuple[OutsideTable, int]]:
        """The tables outside the catalog that refer to rows of an entity, each with the id of such a row."""
        ...

    def rules(self, entity: str) -> Sequence[Rule]:
        """The constraints of the table that the catalog does not express and `broken` can check."""
        ...

    def broken(self, entity: str, rows: Sequence[Mapping[str, Json]]) -> list[list[Rule]]:
        """For each row as it would be written, the rules that it breaks, except rules on fields that it lacks."""
        ...

    def holds_equal(self, entity: str, field: str, one: str, other: str) -> bool:
        """Whether the database holds two texts equal in a field, as a unique constraint does."""
        ...


def scan(snapshot: Snapshot, entity: str, fields: Sequence[str]) -> Iterator[Row]:
    """All rows with these fields, one by one, in the order of their ids."""
    return rows(fields, snapshot.pages(entity, fields))
