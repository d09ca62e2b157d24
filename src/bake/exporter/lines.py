"""The lines of records, written within these: a recipe with what it calls for, an event with what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from bake.catalog.base_digest import BASE, BaseFormat
from bake.catalog.entity import ID
from bake.catalog.values import Json
from bake.catalog.view import View
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.exporter.records import Records

#: The lines of how many records are read at a time.
_TOGETHER = 500


@dataclass(frozen=True)
class _Lines:
    """The lines of one list: its name, the records of its view, their bases, and the reference to the record around."""

    name: str
    records: Records
    base: BaseFormat
    reference: str

    def of(self, ids: list[Json], database: str) -> dict[Json, list[dict[str, Json]]]:
        """By the id of the row around, its lines in the order of their ids, without what says the same of all."""
        entity, snapshot = self.records.view.entity, self.records.snapshot
        by_id = snapshot.find(entity, (self.reference,), [(id_,) for id_ in ids])
        around = {column.name for column in self.records.view.columns if column.path[:1] == (self.reference,)}
        lines: dict[Json, list[dict[str, Json]]] = {}
        for (id_,), rows in by_id.items():
            made = self.records.of(sorted(rows, key=lambda row: row.id))
            lines[id_] = [
                {**{name: value for name, value in line.items() if name not in around}, BASE: written}
                for line in made
                for written in [self.base.write(line, database)]
            ]
        return lines


def with_lines(
    snapshot: DatabaseSnapshot, view: View, records: Iterable[dict[str, Json]], database: str
) -> Iterator[dict[str, Json]]:
    """Records with the lists of lines that their view declares.

    Args:
        snapshot: the rows.
        view: that of the records.
        records: as they are without their lines.
        database: the id of the database, for the bases of the lines.
    """
    every = [
        _Lines(name, Records(snapshot, line), BaseFormat(snapshot.catalog, line), nested.reference)
        for name, line, nested in snapshot.catalog.lines_of(view)
    ]
    id_column = next((column.name for column in view.columns if column.path == (ID,)), ID)
    rest = iter(records)
    while some := list(islice(rest, _TOGETHER)) if every else []:
        ids = [record[id_column] for record in some]
        found = [(lines.name, lines.of(ids, database)) for lines in every]
        for record in some:
            base = record.pop(BASE)
            lists = {name: by_id.get(record[id_column], []) for name, by_id in found}
            yield {**record, **lists, BASE: base}
    yield from rest
