"""The columns of a source that is no export of ours: what they are, as far as that is known, or the question for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from msgspec import structs

from bake.app.answering.remembered_answers import NAME
from bake.app.project import Project
from bake.catalog.base_digest import BASE
from bake.catalog.lookups import Lookup, frozen
from bake.catalog.model import Catalog
from bake.catalog.sensitive import around
from bake.catalog.values import Json, shown
from bake.catalog.view import View
from bake.changeset.file import Changeset
from bake.changeset.header import ReadAs
from bake.changeset.model import Built, Notice, Question, Runs, Skip
from bake.changeset.runs import RunBuilder
from bake.commands import command
from bake.compiler.reading.column_answers import named_mapping
from bake.compiler.reading.column_claims import CountKnown, Sampled
from bake.compiler.reading.column_proposal import Proposal, columns_question, propose
from bake.compiler.rows.resolved import Found
from bake.compiler.rows.row_resolver import RowResolver
from bake.database.engine import Database
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import UsageError
from bake.resolution.remembered import Memory
from bake.sources import skipped_by_bake_tracker
from bake.sources.detect import named_view, open_source, open_unsealed
from bake.sources.evidence import EVIDENCE
from bake.sources.json import bare_records, documents
from bake.sources.json.json_document import JsonDocument
from bake.sources.model import Section, SourceFile
from bake.sources.sealed import sealed
from bake.sources.sheets import csv_table
from bake.sources.sheets.column_mapping import ColumnMapping

_T = TypeVar("_T")
#: Columns of Bake's own, which no view has.
_OWN = frozenset({BASE, EVIDENCE})
#: How many records are read to see what the columns hold.
SAMPLED = 300
#: Why records are skipped whose columns are not known yet.
WAITING = "waits for its columns"
#: Forms of sources whose view is the one that somebody named.
_UNNAMED = frozenset({csv_table.KIND, bare_records.KIND})
#: Forms of sources that other programs and people make, or fill in.
_FOREIGN = _UNNAMED | {documents.KIND, "view", "entity", skipped_by_bake_tracker.KIND}
#: How long a value for all records may be that is proposed.
_VALUE = 200


@dataclass(frozen=True, slots=True)
class SaidOfColumns:
    """What was said of the columns of a source.

    Attributes:
        columns: by a column of the source, one of the view; None if it is left out (`named_mapping`).
        values: by a column of the view, the value of all records.
        memory: what is remembered; what is said now counts more.
    """

    columns: Mapping[str, str | None] = field(default_factory=dict)
    values: Mapping[str, Json] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)


@dataclass(frozen=True)
class MatchedSource:
    """A source with what is known of its columns.

    Attributes:
        source: read as its mapping says, or as it is while that is not known.
        mapping: how its columns are matched.
        question: what has to be known before anything is compiled; None if nothing has.
        notices: how columns were understood.
    """

    source: SourceFile
    mapping: ColumnMapping | None = None
    question: Question | None = None
    notices: tuple[Notice, ...] = ()

    def unread(self) -> Iterator[Skip | Question | Built]:
        """The lines of a changeset in which nothing is compiled, since the columns are asked for."""
        assert self.question is not None
        records, entity = self.source.size, self.question.entity
        yield Skip(n=1, entity=entity, reason=WAITING, from_=_runs(((0, records - 1),)))
        yield self.question
        remarks = tuple(Notice(code=r.code, message=r.message, from_=_runs(r.records)) for r in self.source.notices)
        yield Built(counts={entity: {"skip": records}}, notices=(*remarks, *self.notices), digest="")


def match_columns(
    catalog: Catalog,
    path: Path,
    view: str | None,
    said: SaidOfColumns | None = None,
    count_known: CountKnown = lambda _entity, _lookups: 0,
    read_as: ReadAs | None = None,
) -> MatchedSource:
    """Read a source, and match its columns.

    Args:
        catalog: the catalog.
        path: the source.
        view: as which its records are read, if somebody said so.
        said: what was said of its columns.
        count_known: counts the rows that lookups find.
        read_as: how the source is to be read, as far as somebody said it.

    Raises:
        UsageError: what was said names no column, or the source has columns that cannot be matched.
        InvalidSource: it cannot be read.
    """
    said = said or SaidOfColumns()
    source = open_unsealed(path, catalog, view, read_as)
    section = _foreign(source)
    if section is None or section.view is None:
        if said.columns or said.values:
            raise UsageError(
                f"the columns of {source.name} cannot be matched: it is an export, or holds several kinds of records",
                hint="leave out --column and --value",
            )
        return MatchedSource(sealed(source, catalog))
    sampled = _sampled(source, section, catalog)
    given, notices = _settled(source, section.view, sampled, said, catalog)
    proposal = propose(sampled, catalog, section.view, count_known, given)
    if proposal.lacking and source.size > SAMPLED:
        later = list(_with_later(source, section, sampled))
        proposal = propose(later, catalog, section.view, count_known, given)
    if _has_to_ask(source, proposal):
        question = columns_question(proposal, catalog, source.name, source.size)
        return MatchedSource(sealed(source, catalog), None, question, notices)
    if synonyms := proposal.synonyms:
        named = ", ".join(f"{shown(name)} as {field}" for name, field in synonyms.items())
        notices = (
            *notices,
            Notice(code="columns", message=f"columns were taken by other names that they have: {named}"),
        )
    notices = (*notices, *_for_all(proposal))
    mapping = proposal.mapping
    return MatchedSource(_read(catalog, path, view, source, mapping), mapping, None, notices)


def known_rows(catalog: Catalog, database: Database) -> CountKnown:
    """Counts the rows of a database that lookups find."""

    def count_known(entity: str, lookups: Sequence[Lookup]) -> int:
        with database.reading() as connection:
            known = RowResolver(catalog, DatabaseSnapshot(connection, catalog))
            hits = known.references.resolve(entity, list(lookups))
            return sum(isinstance(hits[frozen(lookup)], Found) for lookup in lookups)

    return count_known


def _read(catalog: Catalog, path: Path, view: str | None, source: SourceFile, mapping: ColumnMapping) -> SourceFile:
    """The source, read by a mapping; a part of a document that is the value of all records is not left out."""
    if not mapping:
        return sealed(source, catalog)
    taken = [*mapping.values.values()]
    content = source.content
    ignored = tuple(
        one for one in source.ignored if not (isinstance(content, JsonDocument) and content.value(one.name) in taken)
    )
    return replace(open_source(path, catalog, view, source.read_as, mapping), ignored=ignored)


def _foreign(source: SourceFile) -> Section | None:
    """The records whose columns can be matched: the only ones of a source that is no export of ours."""
    filled = [section for section in source.sections if section.records]
    if source.kind not in _FOREIGN or source.is_export or len(filled) != 1 or len(source.sections) != 1:
        return None
    return None if any(name == BASE for _, name in source.titles) else filled[0]


def _has_to_ask(source: SourceFile, proposal: Proposal) -> bool:
    """Whether nothing can be compiled yet.

    A single record that lacks something is asked about as such, unless one of its columns may say it. Of records in
    JSON, whose members are named by programs, an unknown member is only noticed, unless what new rows need hangs on it.
    """
    lacks = bool(proposal.lacking) and (source.size > 1 or any(match.others for match in proposal.matches))
    return lacks or (proposal.doubtful and (source.kind == csv_table.KIND or proposal.fills_lack))


def _runs(spans: Iterable[tuple[int, int]]) -> Runs:
    builder = RunBuilder()
    for first, last in spans:
        builder.add_span(first, last)
    return builder.runs()


def _sampled(source: SourceFile, section: Section, catalog: Catalog) -> list[Sampled]:
    """The columns with what the first records hold; then the values that a document gives for all."""
    values: dict[str, list[Json]] = {name: [] for _, name in source.titles}
    for record in islice(source.records(section), SAMPLED):
        for name, value in record.value.items():
            held = values.setdefault(name, [])
            if value is not None:
                held.append(value)
    titles = {name: title for title, name in source.titles}
    columns = [Sampled(titles.get(name, name), name, tuple(held)) for name, held in values.items() if name not in _OWN]
    hides = section.view is not None and around(catalog, section.view.entity)
    return columns if hides else [*columns, *_constants(source)]


def _constants(source: SourceFile) -> Iterator[Sampled]:
    if not isinstance(source.content, JsonDocument):
        return
    for ignored in source.ignored:
        value = source.content.value(ignored.name)
        text = str(value)
        plain = isinstance(value, str | int) and not isinstance(value, bool)
        if plain and 0 < len(text) <= _VALUE and text == " ".join(text.split()):
            yield Sampled(ignored.name, ignored.name, (value,), constant=True)


def _settled(
    source: SourceFile, view: View, sampled: Sequence[Sampled], said: SaidOfColumns, catalog: Catalog
) -> tuple[ColumnMapping, tuple[Notice, ...]]:
    """What somebody says of the columns, now or when it was remembered."""
    names = [column.name for column in sampled if not column.constant]
    given, problems = named_mapping(catalog, view, names, said.columns, said.values)
    if problems:
        hint = "name columns as in its header: --column Shop=supplier"
        raise UsageError(f"{source.name}: {'; '.join(problems)}", hint=hint)
    entry = said.memory.columns(view, names)
    if entry is None:
        return given, ()
    known, outdated = named_mapping(catalog, view, names, entry.columns, entry.values)
    if outdated:
        message = f"the columns were remembered, but do not fit any more: {'; '.join(outdated)}"
        return given, (Notice(code="remembered_gone", message=message),)
    merged = ColumnMapping({**known.names, **given.names}, {**known.values, **given.values})
    return merged, (_remembered(known),)


def _for_all(proposal: Proposal) -> Iterator[Notice]:
    for name, value in proposal.for_all.items():
        yield Notice(code="columns", message=f"the file gives {name} {shown(value)} for all of its records")


def _remembered(known: ColumnMapping) -> Notice:
    names = (f"{shown(name)} {f'as {field}' if field else 'left out'}" for name, field in known.names.items())
    values = (f"{field} {shown(value)} for all" for field, value in known.values.items())
    message = f"columns were taken as remembered ({NAME}): {', '.join([*names, *values])}"
    return Notice(code="columns_remembered", message=message)


def _with_later(source: SourceFile, section: Section, sampled: Sequence[Sampled]) -> Iterator[Sampled]:
    """The columns, those that say nothing in the first records with what later ones hold."""
    first: dict[str, Json] = {}
    for record in source.records(section):
        for name, value in record.value.items():
            if value is not None:
                first.setdefault(name, value)
    known = {column.reads for column in sampled}
    for column in sampled:
        later = column.reads in first and not column.values
        yield replace(column, values=(first[column.reads],)) if later else column
    yield from (Sampled(name, name, (value,)) for name, value in first.items() if name not in known | _OWN)


def view_of(project: Project, file: Changeset, question: Question) -> View:
    """As which view the records are read whose columns are asked for."""
    catalog, source = project.catalog, file.header.source
    if source.kind in _UNNAMED:
        return named_view(catalog, source.view or question.entity)
    declared = (view for view in catalog.views if (view.kind, view.name) == (source.kind, source.view))
    return next(declared, catalog.plain_view(question.entity))


def noting(notices: Sequence[Notice], lines: Iterable[_T]) -> Iterator[_T | Built]:
    """The lines of a changeset, the last one with further notices before its own."""
    for line in lines:
        yield structs.replace(line, notices=(*notices, *line.notices)) if isinstance(line, Built) else line


def build_command(
    source: str, view: str | None, mapping: ColumnMapping, output: Path, options: Iterable[str] = ()
) -> str:
    """The command that builds a changeset with these columns, for where the source has to be given again."""
    words: list[object] = ["changeset", "build", source]
    words += ["--view", view] if view else []
    for name, meant in mapping.names.items():
        words += ["--column", f"{name}={meant or ''}"]
    for name, value in mapping.values.items():
        words += ["--value", f"{name}={value}"]
    return command(*words, *options, "--output", output)
