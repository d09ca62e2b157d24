"""Seals a source: each cell that holds a value of a sensitive field becomes its token as it is read.

So no one who works with records, or keeps one, ever has the value itself. In records of an entity that has sensitive
fields, or may say something of a row that has some:

    column                                       its cells become
    of a sensitive field                         tokens; `HIDDEN` and a digest where they do not fit, or are a word for
                                                 nothing: equal ones are asked about once, as others are
    of a reference, as an object                 the object, sealed as a record of what it refers to; so are several
    of a list of records                         the list, each of its records sealed
    of any other field                           stay as they are
    that the view does not know                  what they are of the only field with this name, if that is certain;
                                                 otherwise `HIDDEN`, as they may hold anything
    `_evidence`                                  nothing: it may quote anything

Its digest becomes a keyed one: whoever knows all of a small source but a phone number could find that by trying.

A catalog without sensitive fields costs nothing: its sources are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TypeAlias

from bake.catalog.base_digest import BASE
from bake.catalog.column_types import column_type
from bake.catalog.field_types import Reference, Sensitive, Text
from bake.catalog.model import Catalog
from bake.catalog.names import letters
from bake.catalog.readings import says_nothing
from bake.catalog.sensitive import HIDDEN, around
from bake.catalog.values import TOKEN, Json, Misfit, parse
from bake.catalog.view import View
from bake.errors import Location
from bake.sources.evidence import EVIDENCE
from bake.sources.json.json_document import EXPORT_ID
from bake.sources.model import Batch, Content, Lazily, Origins, Position, Section, SourceFile, Table

#: From a cell to what is shown of it, where that is another one.
Seal: TypeAlias = Callable[[Json], Json]

#: Columns of Bake's own, which hold no values.
_OWN = frozenset((BASE, EXPORT_ID))


def sealed(source: SourceFile, catalog: Catalog) -> SourceFile:
    """A source without any sensitive value."""
    if not catalog.has_sensitive:
        return source
    views = [section.view for section in source.sections]
    if all(view is not None and not around(catalog, view.entity) for view in views):
        return source
    vault = catalog.vault
    assert vault is not None
    sha256 = vault.digest(source.sha256)
    origins = source.origins and _Origins(source.origins, source.sha256, sha256)
    notices = tuple(remark.without_quote() for remark in source.notices)
    return replace(source, content=_Sealed(source.content, catalog), sha256=sha256, origins=origins, notices=notices)


@dataclass(frozen=True)
class _Origins:
    """The origins of a source's records, with its keyed digest for its own."""

    origins: Origins
    plain: str
    keyed: str

    def __getitem__(self, number: int) -> tuple[str, int]:
        sha256, there = self.origins[number]
        return self.keyed if sha256 == self.plain else sha256, there


class RecordSeal:
    """Seals the records of one view.

    Args:
        catalog: knows what is sensitive.
        view: as which they are read; None if nobody knows it.
    """

    def __init__(self, catalog: Catalog, view: View | None) -> None:
        self._catalog = catalog
        self._view = view
        self._entities = frozenset() if view is None else around(catalog, view.entity)
        self._seals: dict[str, Seal | None] = {}

    def record(self, record: Mapping[str, Json]) -> dict[str, Json]:
        """A record, sealed."""
        return {name: seal(cell) if (seal := self.of(name)) else cell for name, cell in record.items()}

    def table(self, table: Table) -> Table:
        """Records of the same columns, sealed."""
        seals = [self.of(name) for name in table.names]
        if not any(seals):
            return table
        columns = zip(*table.rows, strict=True)
        cells = (map(seal, column) if seal else column for seal, column in zip(seals, columns, strict=False))
        return Table(table.names, list(zip(*cells, strict=True)))

    def of(self, name: str) -> Seal | None:
        """How the cells of a column are sealed; None if they stay as they are."""
        if name not in self._seals:
            self._seals[name] = self._seal(name)
        return self._seals[name]

    def _seal(self, name: str) -> Seal | None:
        if self._view is not None and (not self._entities or name in _OWN):
            return None
        if self._view is None or name == EVIDENCE:
            return _hidden if name != EVIDENCE else _nothing
        if name in self._lists:
            return self._lists[name]
        column = self._view.by_name.get(name)
        if column is None or not (column.path or column.computed):
            return self._guessed(letters(name))
        match column_type(self._catalog, self._view, column):
            case Sensitive() as type_:
                return partial(_token, type_)
            case Reference(entity):
                return partial(_object, RecordSeal(self._catalog, self._catalog.plain_view(entity)))
            case _:
                return None

    @cached_property
    def _lists(self) -> dict[str, Seal]:
        assert self._view is not None
        lines = self._catalog.lines_of(self._view)
        return {name: partial(_items, RecordSeal(self._catalog, view)) for name, view, _ in lines}

    def _guessed(self, name: str) -> Seal | None:
        """How a column is sealed that the view does not know: it may say something of a row that is referred to."""
        entities = [self._catalog.entities[one] for one in sorted(self._entities)]
        fields = [f for item in entities for f in item.fields.values() if self._is_called(item.synonyms, f.name, name)]
        types = [declared.type for declared in fields]
        if types and not any(isinstance(type_, Sensitive) for type_ in types):
            return None
        return partial(_token, types[0]) if len(types) == 1 and isinstance(types[0], Sensitive) else _hidden

    @staticmethod
    def _is_called(synonyms: Mapping[str, Iterable[str]], field: str, name: str) -> bool:
        return name in map(letters, (field, *synonyms.get(field, ())))


def _token(type_: Sensitive, cell: Json) -> Json:
    """The token of a cell; of what does not fit, a text by which it is told from others that do not."""
    try:
        if isinstance(type_.inner, Text) and says_nothing(cell):
            raise Misfit("it may be a word for nothing", "a text")
        return parse(type_, cell)
    except Misfit:
        return f"{HIDDEN}{type_.bound.token(type_.scope, ascii(cell)).removeprefix(TOKEN.rstrip(':'))}"


def _hidden(cell: Json) -> Json:
    return cell if cell is None or isinstance(cell, Position) else HIDDEN


def _nothing(_cell: Json) -> None:
    return None


def _object(seal: RecordSeal, cell: Json) -> Json:
    if isinstance(cell, list):  # which is none, and may hold some
        return [_object(seal, item) for item in cell]
    return seal.record(cell) if isinstance(cell, dict) else cell


def _items(seal: RecordSeal, cell: Json) -> Json:
    return _object(seal, cell) if isinstance(cell, list) else _hidden(cell)


@dataclass(frozen=True)
class _Sealed:
    """The records of another content, sealed; the `Content` of a `SourceFile`."""

    content: Content
    catalog: Catalog

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        return map(RecordSeal(self.catalog, section.view).record, self.content.read(section))

    def batches(self, section: Section, size: int) -> Iterable[Batch]:
        seal = RecordSeal(self.catalog, section.view)
        batches = self.content.batches(section, size)
        if isinstance(batches, Sequence):  # they can be read in any order, and still can
            return Lazily(len(batches), lambda n: _batch(seal, batches[n]))
        return (_batch(seal, batch) for batch in batches)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        return self.content.locate(section, index, steps)


def _batch(seal: RecordSeal, batch: Batch) -> Batch:
    return replace(batch, tables=lambda: map(seal.table, batch.tables()))
