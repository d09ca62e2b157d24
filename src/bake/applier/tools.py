"""What inserts, updates and deletes share: reading values by type, resolving references, writing safely, proving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias, TypeVar

from bake.applier.keys import Rows
from bake.applier.report import Report
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.catalog.values import FieldType, Json, Misfit, Reference, parse, same, shown
from bake.changeset.model import Change, Create, Key
from bake.changeset.model import Row as RowDocument
from bake.changeset.pointers import pointer
from bake.database.failures import REFUSALS, constraint_of
from bake.database.snapshot import DatabaseSnapshot
from bake.database.writer import Writer
from bake.errors import NotProven, Problem

_C = TypeVar("_C", bound=Change)

#: From a raw value to the canonical one.
Reader: TypeAlias = Callable[[Json], Json]


@dataclass(frozen=True, slots=True)
class Tools:
    """One application's way to the database, and its report."""

    catalog: Catalog
    snapshot: DatabaseSnapshot
    rows: Rows
    writer: Writer
    report: Report
    _readers: dict[str, dict[str, Reader]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def parsed(self, change: Change, values: RowDocument) -> RowDocument | None:
        """The values in canonical form (a file tells `5` and `5.0` apart less than types do), keys left as they are.

        A value that does not fit is a conflict of the kind `constraint`: the catalog has changed since the build.
        """
        readers = self._reading(change.entity)
        result: RowDocument = {}
        for name, raw in values.items():
            try:
                read = readers.get(name)
                if read is None:
                    raise Misfit(f"{change.entity} has no field {name}", "a field of the catalog")
                result[name] = read(raw)
            except Misfit as misfit:
                self.report.conflict(change, "constraint", name, found=raw, detail=str(misfit))
                return None
        return result

    def _reading(self, entity: str) -> dict[str, Reader]:
        if entity not in self._readers:
            fields = self.catalog.entities[entity].fields.values()
            self._readers[entity] = {item.name: _reader(item.type) for item in fields}
        return self._readers[entity]

    def whole(self, entity: str, row: Row, written: RowDocument) -> RowDocument:
        """The image of a whole row: references as they are written, or else as keys."""
        item = self.catalog.entities[entity]
        image = dict(row.values)
        for name, target in item.references.items():
            if name in written:
                image[name] = written[name]
            elif image[name] is not None:
                image[name] = self.rows.key(target, image[name])
        return image

    def with_ids(self, entity: str, documents: Sequence[RowDocument]) -> list[dict[str, Json]]:
        """Row documents as the database has them: references as ids, `Lost` where a key names no single row.

        A document without references stays the object that it is.
        """
        result = list(documents)
        for name, target in self.catalog.entities[entity].references.items():
            places = [place for place, row in enumerate(documents) if name in row]
            keys = [documents[place][name] for place in places]
            for place, key, id_ in zip(places, keys, self.rows.ids(target, keys), strict=True):
                if result[place] is documents[place]:
                    result[place] = dict(documents[place])
                result[place][name] = Lost(key) if id_ is None and key is not None else id_
        return result

    def try_each(self, changes: Sequence[_C], write: Callable[[Sequence[_C]], None]) -> list[_C]:
        """Write all at once, or, if the database refuses, one by one, to report each refusal; what was written."""
        if not changes:
            return []
        self.rows.forget(changes[0].entity)
        try:
            with self.writer.connection.begin_nested():
                write(changes)
        except REFUSALS as refusal:
            if len(changes) == 1:
                self.report.conflict(changes[0], "constraint", detail=constraint_of(refusal))
                return []
        else:
            return list(changes)
        return [change for one in changes for change in self.try_each([one], write)]

    def prove(self, change: Change, rows: Sequence[Row], expected: dict[str, Json]) -> Row:
        """The row as it is after writing, which must be what was written (rule 12).

        Raises:
            NotProven: it is not, or is not there.
        """
        if len(rows) != 1:
            raise self._not_proven(change, [f"{len(rows)} rows have its key after writing"])
        wrong = [
            f"{name} is {rows[0].values[name]!r} after writing; expected {value!r}"
            for name, value in expected.items()
            if not same(rows[0].values[name], value)
        ]
        if wrong:
            raise self._not_proven(change, wrong)
        return rows[0]

    def _not_proven(self, change: Change, wrong: list[str]) -> NotProven:
        name = ", ".join(map(str, change.key.values()))
        return NotProven(
            f"operation {change.n}: {change.entity} {name} did not read back as it was written; nothing was kept",
            problems=[Problem(line) for line in wrong],
            hint="a trigger or a default of the database may change these fields; look for one",
        )


def _reader(type_: FieldType) -> Reader:
    return _key if isinstance(type_, Reference) else partial(parse, type_)


def _key(raw: Json) -> Json:
    if raw is not None and not isinstance(raw, dict):
        raise Misfit(f"{shown(raw)} is no key", "a key or null")
    return raw


def uuid_of(row: Row) -> str | None:
    """The uuid of a row, if it has one."""
    uuid = row.values.get("uuid")
    return uuid if isinstance(uuid, str) else None


@dataclass(frozen=True, slots=True)
class Lost:
    """Stands for the id of a row that a reference names and that is not there (or not alone)."""

    key: Key


def awaits(create: Create, name: str) -> bool:
    """Whether a reference of a create names a row that another operation creates."""
    return isinstance(create.needs.get(pointer(name)), int)
