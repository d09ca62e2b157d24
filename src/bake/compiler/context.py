"""What the steps of one compilation share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TypeAlias

from bake.catalog.entity import Entity
from bake.catalog.model import Catalog
from bake.catalog.names import key_words
from bake.catalog.values import Json
from bake.catalog.view import View
from bake.changeset.model import Key, Mode
from bake.compiler.drafting.applied_before import EarlierApplications
from bake.compiler.drafting.whole_source import WholeSource
from bake.compiler.matching.row_claims import Claims, claim_key
from bake.compiler.questions.notices import Notices
from bake.compiler.questions.question_records import Origin, columns_of, joined_columns
from bake.compiler.questions.questions import Questions
from bake.compiler.reading.binding import Binding, Reading
from bake.compiler.rows.row_resolver import Distinct, RowResolver, nothing_distinct
from bake.compiler.snapshot import scan
from bake.sources.model import Section, SourceFile

#: If there are more rows than this, a question does not list them.
_FEW = 8

#: Takes an entity's name, and the key and uuid of rows; returns whether each was created since an export.
CreatedSince: TypeAlias = Callable[[str, Sequence[tuple[Key, str | None]]], list[bool]]


@dataclass(frozen=True, slots=True)
class Options:
    """How to compile.

    Attributes:
        mode: `merge` creates and updates; `skip-existing` only creates; `mirror` also deletes rows of the source's
            entities that no record is about.
        strict: whether warnings become questions.
        batch: how many records a batch has; only speed and memory depend on it.
        distinct: gives the rows that a lookup does not mean, according to earlier answers.
        two_way: whether bases are ignored, so that records are compared with the database alone.
        keep_ids: whether new rows get the surrogate ids that their records have.
    """

    mode: Mode = "merge"
    strict: bool = False
    batch: int = 1000
    distinct: Distinct = nothing_distinct
    two_way: bool = False
    keep_ids: bool = False


@dataclass(frozen=True)
class Context(RowResolver):
    """The context of one compilation: its inputs, caches, claims, questions and notices.

    Attributes:
        source: the source.
        options: the options.
        database: the id of the database; an export that has another id is from another database.
        earlier: the earlier applications of the same source, if there are any.
        created_since: tells which rows were created since the source was exported, if it is known when that was.
    """

    source: SourceFile
    options: Options
    database: str = ""
    earlier: EarlierApplications | None = None
    created_since: CreatedSince | None = None

    @cached_property
    def tidies(self) -> bool:
        """Whether texts are tidied before they are written: not those of a set, and not with `--as-is`."""
        return self.source.kind != "set" and not (self.source.read_as and self.source.read_as.as_is)

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
        return frozenset(name for name in self.catalog.entities if there.isdisjoint(self.catalog.reachable_from(name)))

    @cached_property
    def rekeyed(self) -> frozenset[str]:
        """Entities whose rows records may give other keys: their views find a row by one field, and change another."""
        views = [section.view for section in self.source.sections if section.view]
        return frozenset(view.entity for view in views if Binding(self.catalog, view).can_change_keys)

    def binding(self, view: View) -> Binding:
        """The binding of a view. In a sheet of somebody's own, a text may be a word for nothing, which is asked."""
        is_own = bool(self.source.titles) and not self.source.is_export and self.tidies
        return Binding(self.catalog, view, two_way=self.options.two_way, asks_words=is_own)

    def lacks_base(self, binding: Binding, reading: Reading) -> bool:
        """Whether a record comes from an export, and does not say what it was exported with."""
        if binding.base is None or reading.usable_base is not None:
            return False
        return reading.base is not None or self.source.is_export

    @property
    def ids_are_of_source(self) -> bool:
        """Whether ids in the source name rows of the source (rule 1)."""
        return has_own_ids(self.source)

    def known_here(self, entity: str) -> str:
        """The keys of all rows of an entity, in words; "" if there are more than a few."""
        if entity not in self._few:
            rows = list(islice(scan(self.snapshot, entity, tuple(self.catalog.entities[entity].fields)), _FEW + 1))
            self.keys.fetch_for_keys(entity, rows)
            named = [key_words(self.keys.key(entity, row)) for row in rows]
            self._few[entity] = f" ({', '.join(named)})" if 0 < len(named) <= _FEW else ""
        return self._few[entity]

    @cached_property
    def _begins(self) -> dict[str, str | None]:
        """What `begins_with` said of each field."""
        return {}

    @cached_property
    def _few(self) -> dict[str, str]:
        """What `known_here` said of each entity."""
        return {}

    def fork(self) -> Context:
        """The same compilation, with nothing gathered yet; what is known of the database is known to both."""
        other = replace(self)
        known = {"keys": self.keys, "references": self.references, "resembling": self.resembling}
        other.__dict__.update(known, fixed=self.fixed, named=self.named, rekeyed=self.rekeyed)
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
        return Questions({name: title for title, name in self.source.titles if title != name})

    @cached_property
    def whole_source(self) -> WholeSource:
        """What was written so far, as far as it is looked at when all is."""
        return WholeSource(self.catalog, self._unique, filled_in=self.source.kind != "set")

    def _unique(self, entity: str) -> Iterator[tuple[str, ...]]:
        """The fields of the unique constraints whose texts the database compares more loosely than we do."""
        return (rule.fields for rule in self.snapshot.rules(entity) if rule.is_unique)

    @cached_property
    def notices(self) -> Notices:
        """What was noticed so far."""
        return Notices()

    def origin(self, reading: Reading, field: str | None = None, column: str = "") -> Origin:
        """Where a question comes up: the record, and what of it is in doubt.

        Args:
            reading: the record.
            field: the field that is asked about.
            column: the column that says it, if that is known; the place is then that of its value.
        """
        where = str(self.source.locate(reading.number, *filter(None, [column])))
        return Origin(where, reading.value, (column,) if column else self._columns_of(reading.number, field))

    @cached_property
    def _doubtful(self) -> dict[tuple[str, str, str], tuple[str, ...]]:
        """By view, its kind and a field, the columns that say something of that field."""
        return {}

    def _columns_of(self, record: int, field: str | None) -> tuple[str, ...]:
        view = self.view_of(record)
        if view is None or field is None:
            return ()
        known = self._doubtful.get((view.name, view.kind, field))
        if known is None:
            known = self._doubtful[view.name, view.kind, field] = columns_of(view, field)
        return known

    def begins_with(self, record: int, field: str) -> str | None:
        """The title of the column for a field, where it has a value in the first row of a sheet; it may hold below.

        Args:
            record: the number of a record that has no value there.
            field: the field.
        """
        section = self.source.section_of(record)
        if section.view is None or not self.source.titles:
            return None
        if field not in self._begins:
            columns = set(columns_of(section.view, field))
            first = next((one.value for one in self.source.records(section)), {})
            titles = (title for title, name in self.source.titles if name in columns and first.get(name) is not None)
            self._begins[field] = next(titles, None)
        return self._begins[field]

    def joined_columns(self, record: int, reference: str) -> Sequence[tuple[str, tuple[str, ...]]]:
        """The computed columns of a record's view in which several fields of the row of a reference are joined."""
        view = self.view_of(record)
        if view is None:
            return ()
        known = self._joined.get((view.name, view.kind, reference))
        if known is None:
            known = self._joined[view.name, view.kind, reference] = joined_columns(view, reference)
        return known

    @cached_property
    def _joined(self) -> dict[tuple[str, str, str], Sequence[tuple[str, tuple[str, ...]]]]:
        """By view, its kind and a reference, what `joined_columns` gives."""
        return {}

    def lacking_in(self, record: int, field: str) -> Section | None:
        """The list that a record stands in, if it has several records, and none of them a column for a field.

        It is read once for each such field, up to the first record that has one. A sheet has a column for all it says.
        """
        section = self.source.section_of(record)
        if section.view is None or section.records < 2 or self.source.titles:
            return None
        asked = section.pointer, field
        if asked not in self._lacking:
            columns = set(columns_of(section.view, field))
            records = self.source.records(section)
            self._lacking[asked] = all(columns.isdisjoint(record.value) for record in records)
        return section if self._lacking[asked] else None

    @cached_property
    def _lacking(self) -> dict[tuple[str, str], bool]:
        """By the pointer of a list and a field, whether none of its records has a column for it."""
        return {}

    def view_of(self, record: int) -> View | None:
        """The view by which a record is read."""
        return self.source.section_of(record).view


def has_own_ids(source: SourceFile) -> bool:
    """Whether ids in a source name rows of the source (rule 1)."""
    return source.kind in ("document", "set")


def named_by(catalog: Catalog, source: SourceFile) -> frozenset[str]:
    """The entities that records of a source may refer to."""
    views = [section.view for section in source.sections if section.view]
    return frozenset(target for view in views for target in catalog.entities[view.entity].references.values())
