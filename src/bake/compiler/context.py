"""What the steps of one compilation share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from bake.catalog.model import Catalog, Entity
from bake.catalog.names import label
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.model import Candidate, Key, Mode, Patch, Uuids
from bake.compiler.applied_before import EarlierApplications
from bake.compiler.binding import Binding, Reading
from bake.compiler.created_rows import CreatedRow, CreatedRows
from bake.compiler.notices import Notices
from bake.compiler.questions import Questions
from bake.compiler.references import References
from bake.compiler.resembling import Resembling
from bake.compiler.row_claims import Claims, claim_key
from bake.compiler.row_keys import RowKeys, uuids_of
from bake.compiler.snapshot import Snapshot
from bake.sources.model import SourceFile

#: Of an entity and a lookup, the keys (in their `repr`) of rows that somebody said it does not mean.
Distinct: TypeAlias = Callable[[str, Key], frozenset[str]]


def nothing_distinct(_entity: str, _lookup: Key) -> frozenset[str]:
    """Nobody said anything."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class Options:
    """How to compile.

    Attributes:
        mode: `merge` creates and updates; `skip-existing` only creates; `mirror` also deletes rows of the source's
            entities that no record is about.
        strict: ask about what looks wrong, too.
        batch: how many records are looked up together; only speed and memory depend on it.
        distinct: rows that lookups do not mean, although they look like it.
        two_way: compare with the database alone, whatever records were exported with.
    """

    mode: Mode = "merge"
    strict: bool = False
    batch: int = 1000
    distinct: Distinct = nothing_distinct
    two_way: bool = False


@dataclass(frozen=True)
class RowResolver:
    """The rows that a lookup may name: those of the database, and those that the changeset creates."""

    catalog: Catalog
    snapshot: Snapshot

    @property
    def distinct(self) -> Distinct:
        """The rows that lookups do not mean."""
        return nothing_distinct

    @property
    def ids_choose(self) -> bool:
        """Whether the id that a lookup gives may choose among the rows that are what the rest of it says."""
        return False

    @property
    def fixed(self) -> frozenset[str]:
        """Entities of which nothing is created, nor of any that they refer to, as far as that is known."""
        return frozenset()

    @cached_property
    def keys(self) -> RowKeys:
        """Rows by id, and their keys."""
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
        """By entity and field, and stem of a derived key, the number that it was last made unique with."""
        return {}

    @cached_property
    def references(self) -> References:
        """What lookups name."""
        return References(
            self.catalog,
            self.snapshot,
            self.keys,
            self.created_rows,
            self.doubtful_rows,
            self.distinct,
            ids_choose=self.ids_choose,
            fixed=self.fixed,
        )

    @cached_property
    def resembling(self) -> Resembling:
        """The rows of the database by their likeness."""
        return Resembling(self.catalog, self.snapshot, self.keys, self.references)

    def is_taken(self, item: Entity, name: str, value: Json) -> bool:
        """Whether a created row has this in a key of one field."""
        return self.created_rows.by_key(item, {name: value}) is not None

    def trim(self) -> None:
        """Forget what is remembered of the database beyond a limit; to be called between batches."""
        self.keys.trim()
        self.references.trim()

    def fetch_names(self, item: Entity, rows: Sequence[Row], fields: Collection[str] = ()) -> None:
        """Fetch all that `candidate`, `label` and the keys of some rows, and of what they refer to, need.

        Args:
            item: the entity of the rows.
            rows: the rows.
            fields: references that will be named, besides those in keys and labels.
        """
        labelled = [name for name in item.references if name in fields or f"{{{name}}}" in item.label]
        self.keys.fetch_referred(item.name, rows, labelled)
        self.keys.fetch_for_keys(item.name, rows)

    def candidate(self, item: Entity, row: Row, patch: Patch = (), named: Uuids | None = None) -> Candidate:
        """A row of the database as a candidate.

        Args:
            item: its entity.
            row: the row.
            patch: what would change on it.
            named: uuids of rows by JSON pointer; of those, the ones that the patch names are its own, too.
        """
        key, written = self.keys.key(item.name, row), {step.path for step in patch}
        uuids = {path: uuid for path, uuid in (named or {}).items() if path in written}
        return Candidate(key=key, label=self.label(item, row), patch=patch, uuids=uuids_of("", key, row) | uuids)

    def created_candidate(self, item: Entity, made: CreatedRow) -> Candidate:
        """A row that this changeset creates as a candidate."""
        return Candidate(key=made.key, label=label(item.label, made.values, _named(made.key)), why="created here")

    def label(self, item: Entity, row: Row) -> str:
        """What people call a row."""
        values = {
            name: self.keys.reference(item.references.get(name), value)
            for name, value in row.values.items()
            if f"{{{name}}}" in item.label
        }
        return label(item.label, values, _named(self.keys.key(item.name, row)))

    def label_beside(self, item: Entity, row: Row, key: Key) -> str | None:
        """What people call a row, where its key tells them nothing."""
        return self.label(item, row) if says_little(key) else None


@dataclass(frozen=True)
class DistinctRowResolver(RowResolver):
    """The same, where somebody said of rows that lookups do not mean them."""

    apart: Distinct

    @property
    def distinct(self) -> Distinct:
        """The rows that lookups do not mean."""
        return self.apart


@dataclass(frozen=True)
class Context(RowResolver):
    """One compilation: what it reads, and what it gathers.

    Attributes:
        source: the records.
        options: how they are compiled.
        database: the id of the database, by which exports of it are told from those of another one.
        earlier: the applications of this very source before, if there are any.
    """

    source: SourceFile
    options: Options
    database: str = ""
    earlier: EarlierApplications | None = None

    @property
    def distinct(self) -> Distinct:
        """The rows that lookups do not mean."""
        return self.options.distinct

    @property
    def ids_choose(self) -> bool:
        """They do in views, which came from a database; elsewhere ids are another database's."""
        return self.source.view is not None

    @cached_property
    def fixed(self) -> frozenset[str]:
        """Entities that no record is about, and none that they refer to."""
        there = {section.view.entity for section in self.source.sections if section.view}
        return frozenset(name for name in self.catalog.entities if there.isdisjoint(self.catalog.around(name)))

    def lacks_base(self, binding: Binding, reading: Reading) -> bool:
        """Whether a record comes from an export, and does not say what it was exported with."""
        if binding.base is None or reading.usable_base is not None:
            return False
        return reading.base is not None or self.source.is_export

    @property
    def ids_are_its_own(self) -> bool:
        """Whether ids in the source name rows of the source (rule 1)."""
        return has_ids_of_its_own(self.source)

    def fork(self) -> Context:
        """The same compilation, with nothing gathered yet; what is known of the database is known to both."""
        other = replace(self)
        known = {"keys": self.keys, "references": self.references, "resembling": self.resembling}
        other.__dict__.update(known, fixed=self.fixed, named=self.named)
        return other

    def is_taken(self, item: Entity, name: str, value: Json) -> bool:
        """Whether a created row has this in a key of one field."""
        return self.claims.is_taken(claim_key(item.name, (name,), {name: value}))

    def trim(self) -> None:
        """Forget, or put on disk, what is remembered beyond a limit; to be called between batches."""
        super().trim()
        self.claims.trim()

    @cached_property
    def claims(self) -> Claims:
        """Which record was first to be about each row."""
        return Claims()

    @cached_property
    def named(self) -> frozenset[str]:
        """The entities that records of the source may refer to."""
        return named_by(self.catalog, self.source)

    @cached_property
    def questions(self) -> Questions:
        """What is asked so far."""
        return Questions()

    @cached_property
    def notices(self) -> Notices:
        """What was noticed so far."""
        return Notices()

    def where(self, record: int, *steps: str) -> str:
        """The location of a record, or of a column in it, as text."""
        return str(self.source.locate(record, *steps))


def has_ids_of_its_own(source: SourceFile) -> bool:
    """Whether ids in a source name rows of the source (rule 1)."""
    return source.kind in ("document", "set")


def named_by(catalog: Catalog, source: SourceFile) -> frozenset[str]:
    """The entities that records of a source may refer to."""
    views = [section.view for section in source.sections if section.view]
    return frozenset(target for view in views for target in catalog.entities[view.entity].references.values())


def says_little(key: Key) -> bool:
    """Whether a key tells people nothing, so that an operation carries a label beside it."""
    return tuple(key) == ("uuid",)


def _named(key: Key) -> str:
    return ", ".join(str(part) for part in key.values())
