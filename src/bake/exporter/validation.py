"""Whether a set is in order by itself: all that an import checks, and references that lead nowhere.

References are judged by what the files say of themselves (`schema.foreign_keys`), so that a set of any catalog can be
checked. Those whose names are objects are judged by id alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import msgspec

from bake.catalog.entity import ID
from bake.catalog.values import Json, shown
from bake.errors import InvalidSource, Location, Problem
from bake.sources.normalized.manifest import FileEntry
from bake.sources.normalized.set_files import SetFiles
from bake.sources.normalized.verification import RECORDS, Contents, Inspection, inspect
from bake.sources.texts.text import pointer

_SUFFIX = f"_{ID}"

#: The names of rows by their surrogate id (by their place, if they have none): of one entity, by one field.
_Index: TypeAlias = dict[Json, Json]


class _ForeignKey(msgspec.Struct, frozen=True):
    references: str
    lookup_field: str | None = None


@dataclass(frozen=True, slots=True)
class _Reference:
    """A reference of one file: the entity, the columns that name a row of it, and the field that the second holds."""

    target: str
    id_column: str
    lookup_column: str | None
    key: str


@dataclass
class _Survey:
    """The files that are as the manifest says and can be read, and what each refers to."""

    files: dict[str, Contents] = field(default_factory=dict)
    references: dict[str, list[_Reference]] = field(default_factory=dict)

    def look(self, entry: FileEntry, contents: Contents) -> Iterator[Problem]:
        """Read a file and note it."""
        try:
            contents.document.check_objects(RECORDS)
            deque(contents.records, maxlen=0)
        except InvalidSource as error:
            yield from error.problems or (Problem(error.message, error.location),)
            return
        self.files[entry.entity_type] = contents
        try:
            declared = msgspec.convert(contents.schema.get("foreign_keys", {}), dict[str, _ForeignKey])
        except msgspec.ValidationError as error:
            yield Problem(f"its schema cannot be understood: {error}", Location(entry.filename, "/schema"))
            return
        self.references[entry.entity_type] = [_reference(column, key) for column, key in declared.items()]

    def indexes(self) -> dict[tuple[str, str], _Index]:
        """For each entity and field by which others refer to it, the names of its rows by id."""
        wanted = {(ref.target, ref.key) for refs in self.references.values() for ref in refs}
        indexes: dict[tuple[str, str], _Index] = {pair: {} for pair in wanted if pair[0] in self.files}
        for entity in sorted({target for target, _ in indexes}):
            here = [(key, index) for (target, key), index in indexes.items() if target == entity]
            for n, record in enumerate(self.files[entity].records):
                id_ = _plain(record.get(ID))
                for key, index in here:
                    index[(n,) if id_ is None else id_] = _plain(record.get(key))
        return indexes


def validate(files: SetFiles) -> Inspection:
    """Check a set: everything that is wrong with it.

    Raises:
        DamagedExport: the set or its manifest cannot be opened.
        InvalidSource: its manifest cannot be understood.
    """
    survey = _Survey()
    inspection = inspect(files, survey.look)
    known = {entry.entity_type for entry in inspection.manifest.files}
    indexes = survey.indexes()
    faults = [
        problem
        for entity, contents in survey.files.items()
        for problem in _lost(contents, survey.references.get(entity, []), indexes, known)
    ]
    return replace(inspection, faults=(*inspection.faults, *faults))


def _reference(column: str, declared: _ForeignKey) -> _Reference:
    """What a foreign key means: `product_id` and `product_slug` name a product, the second by its slug."""
    lookup = declared.lookup_field
    prefix = column.removesuffix(_SUFFIX) + "_"
    key = lookup.removeprefix(prefix) if lookup is not None and lookup.startswith(prefix) else ID
    return _Reference(declared.references.partition(".")[0], column, lookup if key != ID else None, key)


def _lost(
    contents: Contents,
    references: list[_Reference],
    indexes: dict[tuple[str, str], _Index],
    known: set[str],
) -> Iterator[Problem]:
    """The references of a file that lead nowhere, or to two rows at once."""
    filename = contents.document.source.name
    for ref in references:
        if ref.target not in known:
            where = Location(filename, pointer("schema", "foreign_keys", ref.id_column))
            yield Problem(f"{ref.id_column} refers to {shown(ref.target)}, which is not in the set", where)
    checked = [
        (ref, index, set(index.values()))
        for ref in references
        if (index := indexes.get((ref.target, ref.key))) is not None
    ]
    for n, record in enumerate(contents.records if checked else ()):
        for ref, index, names in checked:
            if problem := _problem(record, ref, index, names):
                yield Problem(problem, Location(filename, pointer(RECORDS, n, ref.id_column)))


def _problem(record: dict[str, Json], ref: _Reference, index: _Index, names: set[Json]) -> str | None:
    id_ = _plain(record.get(ref.id_column))
    name = _plain(record.get(ref.lookup_column)) if ref.lookup_column else None
    if name is not None and name not in names:
        return f"{ref.lookup_column} {shown(name)} is none of the {ref.target} of the set"
    if id_ is not None and id_ not in index:
        return f"{ref.id_column} {shown(id_)} is none of the {ref.target} of the set"
    if id_ is not None and name is not None and index[id_] != name:
        return f"{ref.id_column} {shown(id_)} is {shown(index[id_])}, not {shown(name)}"
    return None


def _plain(value: Json) -> Json:
    """A value that can be looked up; what cannot name a row is shown as text."""
    return str(value) if isinstance(value, list | dict) else value
