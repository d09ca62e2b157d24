"""Which rows cannot be exported: those that hold what is no value of its column, and those that refer to such rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity
from bake.catalog.identity import shown_identity
from bake.catalog.model import Catalog
from bake.database.bindings import bindings, referred_table
from bake.database.reading.pages import raw_pages
from bake.database.reading.referring import referring
from bake.database.reading.selection import Selection, no_such_row
from bake.errors import UnreadableValue


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that cannot be exported: its entity, its id, and in words why."""

    entity: str
    id: int
    reason: str


def unreadable_rows(connection: sa.Connection, catalog: Catalog, entities: Iterable[str]) -> list[UnreadableRow]:
    """The rows of some entities, and of those that they refer to, that cannot be exported.

    Without them every value can be read, and every reference leads to a row that is there: a row that refers to one of
    them is one, too.

    Args:
        connection: within a transaction, so that what is exported then shows the same state.
        catalog: the entities.
        entities: the names of those that are to be exported.
    """
    reached = _with_referred(catalog, entities)
    search = _Search(connection, catalog, [catalog.entities[name] for name in catalog.order if name in reached])
    return search.rows()


def by_entity(rows: Iterable[UnreadableRow]) -> Mapping[str, frozenset[int]]:
    """The ids of rows by the name of their entity."""
    ids: dict[str, set[int]] = {}
    for row in rows:
        ids.setdefault(row.entity, set()).add(row.id)
    return {entity: frozenset(those) for entity, those in ids.items()}


def _with_referred(catalog: Catalog, entities: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(entities)
    while waiting:
        if (name := waiting.pop()) not in reached:
            reached.add(name)
            waiting.extend(catalog.entities[name].references.values())
    return reached


@dataclass(frozen=True)
class _Search:
    """Finds the rows of some entities that cannot be exported.

    Attributes:
        connection: within a transaction.
        catalog: its entities.
        items: those that are searched.
    """

    connection: sa.Connection
    catalog: Catalog
    items: list[Entity]
    _reasons: dict[str, dict[int, str]] = field(default_factory=dict, init=False, repr=False)

    def rows(self) -> list[UnreadableRow]:
        """All of them, by the order of entities and by id."""
        for item in self.items:
            reasons = self._reasons.setdefault(item.name, dict(self._unreadable(item)))
            for id_, reason in self._dangling(item):
                reasons.setdefault(id_, reason)
        self._spread()
        return [
            UnreadableRow(item.name, id_, reason)
            for item in self.items
            for id_, reason in sorted(self._reasons[item.name].items())
        ]

    def _unreadable(self, item: Entity) -> Iterator[tuple[int, str]]:
        """The rows that hold what is no value of its column."""
        selection = Selection(item, list(item.fields), self.connection.dialect)
        for page in raw_pages(self.connection, selection):
            try:
                selection.columns(page)
            except UnreadableValue:
                for row in page:
                    try:
                        selection.columns([row])
                    except UnreadableValue as fault:
                        yield selection.identity(row) or 0, fault.message

    def _dangling(self, item: Entity) -> Iterator[tuple[int, str]]:
        """The rows that refer to rows which are not there."""
        own = bindings(item)
        for name in item.references:
            field, reference = item.fields[name], own[name]
            theirs = referred_table(item.table, field).alias()
            pairs = zip(field.refers_to, field.columns, strict=True)
            same = (theirs.c[key] == item.table.c[column] for key, column in pairs)
            lost = sa.and_(~reference.is_null, ~sa.exists().where(*same))
            query = sa.select(own[ID].read, *reference.columns).where(lost)
            inward = own[ID].inward or int
            for id_, *values in self.connection.execute(query):
                here = inward(id_)
                yield here, no_such_row(item, name, here, values[0] if len(values) == 1 else values)

    def _spread(self) -> None:
        """Add the rows that refer to those which were found, and so on."""
        waiting = [(item, list(self._reasons[item.name])) for item in self.items if self._reasons[item.name]]
        while waiting:
            target, ids = waiting.pop()
            for item in self.items:
                names = [name for name, other in item.references.items() if other == target.name]
                found = [id_ for name in names for id_ in self._referring(item, name, target, ids)]
                waiting += [(item, found)] if found else []

    def _referring(self, item: Entity, name: str, target: Entity, ids: list[int]) -> list[int]:
        """The ids of the rows that refer to these, and were not found before."""
        reasons = self._reasons[item.name]
        found = []
        for id_, reference in referring(self.connection, item, name, ids):
            if id_ not in reasons:
                reasons[id_] = (
                    f"{item.table.name}.{item.fields[name].column} of the row with id {shown_identity(id_)} holds "
                    f"{shown_identity(reference)}, and this row of {target.name} is left out"
                )
                found.append(id_)
        return found
