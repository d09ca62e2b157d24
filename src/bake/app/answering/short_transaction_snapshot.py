"""A snapshot that reads each time in a new transaction, so that a session with a person does not block writers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bake.catalog.model import Catalog
from bake.catalog.row import Page, Row
from bake.catalog.values import Json
from bake.database.constraints.dependents import OutsideTable, Reference
from bake.database.constraints.rules import Rule
from bake.database.engine import Database
from bake.database.reading.snapshot import DatabaseSnapshot


@dataclass(frozen=True, slots=True)
class ShortTransactionSnapshot:
    """A snapshot that opens a transaction for each call, and leaves none open (`bake.compiler.snapshot.Snapshot`).

    What two calls see may differ. That is enough where the applier checks again.
    """

    database: Database
    catalog: Catalog

    def find(
        self, entity: str, by: tuple[str, ...], keys: Sequence[tuple[Json, ...]]
    ) -> dict[tuple[Json, ...], list[Row]]:
        """The rows whose fields equal each key."""
        with self.database.reading() as connection:
            return DatabaseSnapshot(connection, self.catalog).find(entity, by, keys)

    def columns(
        self, entity: str, by: str, keys: Sequence[str], fields: tuple[str, ...]
    ) -> tuple[Sequence[int], Sequence[Sequence[Json]]]:
        """The places of the keys that one row alone has, and the columns of these rows."""
        with self.database.reading() as connection:
            return DatabaseSnapshot(connection, self.catalog).columns(entity, by, keys, fields)

    def pages(self, entity: str, fields: Sequence[str]) -> Iterator[Page]:
        """All rows, by id, with these fields only; all are read before the first is given."""
        with self.database.reading() as connection:
            return iter(list(DatabaseSnapshot(connection, self.catalog).pages(entity, fields)))

    def greatest(self, entity: str, name: str) -> int:
        """The greatest whole number in a field."""
        with self.database.reading() as connection:
            return DatabaseSnapshot(connection, self.catalog).greatest(entity, name)

    def latest(self, entity: str, field: str, by: str, order: str, ids: Sequence[int]) -> dict[int, Json]:
        """For each id that `by` refers to: `field` of the row with the greatest `order`."""
        with self.database.reading() as connection:
            return DatabaseSnapshot(connection, self.catalog).latest(entity, field, by, order, ids)

    def referring(self, entity: str, field: str, ids: Sequence[int] | None) -> Iterator[Reference]:
        """The references of one field to some rows; all are read before the first is given."""
        with self.database.reading() as connection:
            return iter(list(DatabaseSnapshot(connection, self.catalog).referring(entity, field, ids)))

    def referring_outside(self, entity: str, ids: Sequence[int] | None) -> Iterator[tuple[OutsideTable, int]]:
        """The tables outside the catalog that refer to some rows; all are read before the first is given."""
        with self.database.reading() as connection:
            return iter(list(DatabaseSnapshot(connection, self.catalog).referring_outside(entity, ids)))

    def rules(self, entity: str) -> Sequence[Rule]:
        """What the table of an entity requires of a row."""
        with self.database.reading() as connection:
            return DatabaseSnapshot(connection, self.catalog).rules(entity)

    def broken(self, entity: str, rows: Sequence[Mapping[str, Json]]) -> list[list[Rule]]:
        """For each row, as it would be, the rules that it would break."""
        with self.database.reading() as connection:
            return DatabaseSnapshot(connection, self.catalog).broken(entity, rows)

    def holds_equal(self, entity: str, field: str, one: str, other: str) -> bool:
        """Whether the database holds two texts equal in a field, as a unique constraint does."""
        with self.database.reading() as connection:
            return DatabaseSnapshot(connection, self.catalog).holds_equal(entity, field, one, other)
