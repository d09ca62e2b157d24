"""Resolves lookups among the rows of the database and those that a changeset creates, and names rows for people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from bake.catalog.entity import Entity
from bake.catalog.model import Catalog
from bake.catalog.names import label
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.model import Candidate, Key, Patch, Uuids
from bake.compiler.likeness.resembling import Resembling
from bake.compiler.questions.questions import CANDIDATES
from bake.compiler.references.references import References
from bake.compiler.rows.created_rows import CreatedRow, CreatedRows
from bake.compiler.rows.row_keys import RowKeys, uuids_of
from bake.compiler.snapshot import Snapshot

#: Takes an entity's name and a lookup; returns the `repr` of the keys of rows that the lookup never means (`distinct`).
Distinct: TypeAlias = Callable[[str, Key], frozenset[str]]


def nothing_distinct(_entity: str, _lookup: Key) -> frozenset[str]:
    """A `Distinct` that excludes no row."""
    return frozenset()


@dataclass(frozen=True)
class RowResolver:
    """Resolves lookups among the rows of the database and the rows that the changeset creates."""

    catalog: Catalog
    snapshot: Snapshot

    @property
    def distinct(self) -> Distinct:
        """The rows that lookups do not mean."""
        return nothing_distinct

    @property
    def ids_choose(self) -> bool:
        """Whether an id in a lookup may choose among several rows that match the rest of the lookup."""
        return False

    @property
    def fixed(self) -> frozenset[str]:
        """Entities of which nothing is created, nor of any that they refer to, as far as that is known."""
        return frozenset()

    @property
    def rekeyed(self) -> frozenset[str]:
        """Entities whose rows may get other keys."""
        return frozenset()

    @cached_property
    def keys(self) -> RowKeys:
        """Fetches and caches rows by id, and makes their keys."""
        return RowKeys(self.catalog, self.snapshot)

    @cached_property
    def created_rows(self) -> CreatedRows:
        """The rows created so far."""
        return CreatedRows()

    @cached_property
    def doubtful_rows(self) -> CreatedRows:
        """The rows that records may create, or that may turn out to be rows of the database, so far."""
        return CreatedRows()

    @cached_property
    def numbers(self) -> dict[tuple[str, str], dict[str, int]]:
        """By (entity, field) and stem of a derived key, the last number that was added to make it unique.

        Of a field that is counted, the last number is that of the stem "".
        """
        return {}

    @cached_property
    def references(self) -> References:
        """Resolves lookups."""
        return References(
            self.catalog,
            self.snapshot,
            self.keys,
            self.created_rows,
            self.doubtful_rows,
            self.distinct,
            ids_choose=self.ids_choose,
            fixed=self.fixed,
            rekeyed=self.rekeyed,
        )

    @cached_property
    def resembling(self) -> Resembling:
        """Finds rows of the database that resemble a record."""
        return Resembling(self.catalog, self.snapshot, self.keys, self.references)

    def is_taken(self, item: Entity, name: str, value: Json) -> bool:
        """Whether a created row has this in a key of one field."""
        return self.created_rows.by_key(item, {name: value}) is not None

    def trim(self) -> None:
        """Drop cached rows beyond a limit; to be called between batches."""
        self.keys.trim()
        self.references.trim()

    def fetch_names(self, item: Entity, rows: Sequence[Row], fields: Collection[str] = ()) -> None:
        """Fetch the rows that `candidate`, `label` and the keys of some rows need.

        Args:
            item: the entity of the rows.
            rows: the rows.
            fields: further reference fields whose rows will be named, besides those in keys and labels.
        """
        labelled = [name for name in item.references if name in fields or f"{{{name}}}" in item.label]
        self.keys.fetch_referred(item.name, rows, labelled)
        self.keys.fetch_for_keys(item.name, rows)

    def candidate(self, item: Entity, row: Row, patch: Patch = (), named: Uuids | None = None) -> Candidate:
        """A row of the database as a candidate.

        Args:
            item: its entity.
            row: the row.
            patch: the patch that the candidate would get.
            named: uuids by JSON pointer; those at pointers that the patch replaces become the candidate's.
        """
        key, written = self.keys.key(item.name, row), {step.path for step in patch}
        uuids = {path: uuid for path, uuid in (named or {}).items() if path in written}
        return Candidate(key=key, label=self.label(item, row), patch=patch, uuids=uuids_of("", key, row) | uuids)

    def offered(self, item: Entity, rows: Sequence[Row], made: Sequence[CreatedRow] = ()) -> tuple[Candidate, ...]:
        """The first of several rows, of the database and created ones, as candidates of a question."""
        there = [self.candidate(item, row) for row in rows[:CANDIDATES]]
        return (*there, *(self.created_candidate(item, one) for one in made[: CANDIDATES - len(there)]))

    def created_candidate(self, item: Entity, made: CreatedRow) -> Candidate:
        """A row that this changeset creates as a candidate."""
        return Candidate(key=made.key, label=label(item.label, made.values, _named(made.key)), why="created here")

    def label(self, item: Entity, row: Row) -> str:
        """The label of a row of the database, for people."""
        values = {
            name: self.keys.reference(item.references.get(name), value)
            for name, value in row.values.items()
            if f"{{{name}}}" in item.label
        }
        return label(item.label, values, _named(self.keys.key(item.name, row)))

    def label_beside(self, item: Entity, row: Row, key: Key) -> str | None:
        """The label of a row if its key means nothing to people (a uuid), else None."""
        return self.label(item, row) if says_little(key) else None


@dataclass(frozen=True)
class DistinctRowResolver(RowResolver):
    """A `RowResolver` that excludes rows which people have said lookups do not mean."""

    apart: Distinct

    @property
    def distinct(self) -> Distinct:
        """The rows that lookups do not mean."""
        return self.apart


def says_little(key: Key) -> bool:
    """Whether a key tells people nothing, so that an operation carries a label beside it."""
    return tuple(key) == ("uuid",)


def _named(key: Key) -> str:
    return ", ".join(str(part) for part in key.values())
