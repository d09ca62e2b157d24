"""Which rows cannot be deleted because rows that stay refer to them.

what refers to a row that is to be deleted            that row
a row of the catalog that stays                       stays
a row that is to be deleted too                       is deleted, unless the one that refers to it has to stay
a reference that leads elsewhere by then (`turned`)   is deleted
something that is still to be written (`used`)        stays
a row of a table that the catalog does not know       stays, whatever its ON DELETE says: nobody has reviewed that
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bake.catalog.entity import ID, Entity
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.coverage import Coverage

#: A row of this database: entity and id.
RowId: TypeAlias = tuple[str, int]

#: The id of a row, and of the one that it refers to.
Reference: TypeAlias = tuple[int, int]

#: How many rows are asked after one by one; of more, all references are read.
_ASKED = 20_000
_CHUNK = 1000


_ACTIONS = {
    "CASCADE": "would be deleted with it",
    "SET NULL": "would let go of it",
    "SET DEFAULT": "would let go of it",
}


@dataclass(frozen=True, slots=True)
class OutsideTable:
    """A table outside the catalog whose rows refer to one of it.

    Attributes:
        name: its name.
        action: what its foreign key does to them when that row goes or gets another key, such as `CASCADE`.
        rows: how many of them refer to it.
    """

    name: str
    action: str
    rows: int

    def __str__(self) -> str:
        """As messages name it."""
        does = _ACTIONS.get(self.action)
        rows = f"{self.rows} {'row' if self.rows == 1 else 'rows'}"
        return f"{rows} of table {self.name}, which the catalog does not know{f' (its rows {does})' if does else ''}"


@dataclass(frozen=True, slots=True)
class OfTheSource:
    """A record of the source that is compiled: its row will refer to one that was to be deleted."""

    def __str__(self) -> str:
        """As messages name it."""
        return "a record of this source"


#: What refers to a row and stays.
Holder: TypeAlias = RowId | OutsideTable | OfTheSource


class Referring(Protocol):
    """What is asked of a database."""

    def find(
        self, entity: str, by: tuple[str, ...], keys: Sequence[tuple[Json, ...]]
    ) -> dict[tuple[Json, ...], list[Row]]:
        """The rows whose fields equal each key."""
        ...

    def referring(self, entity: str, field: str, ids: Sequence[int] | None) -> Iterator[Reference]:
        """The references of one field to rows with these ids; None for all references."""
        ...

    def referring_outside(self, entity: str, ids: Sequence[int] | None) -> Iterator[tuple[OutsideTable, int]]:
        """The tables outside the catalog that refer to rows of an entity, each with the id of such a row."""
        ...


def held(snapshot: Referring, catalog: Catalog, leaving: Collection[RowId]) -> dict[RowId, Holder]:
    """The rows among these, which are to be deleted, that have to stay, each with what refers to it and stays."""
    ids: defaultdict[str, Coverage] = defaultdict(Coverage)
    for entity, id_ in leaving:
        ids[entity].add(id_)
    dependents = Dependents(snapshot, catalog, ids, {})
    return {
        (entity, id_): holder
        for entity, those in ids.items()
        for id_, holder in dependents.holders(entity, list(those.numbers())).items()
    }


class Dependents:
    """The rows that have to stay: those that rows refer to which stay, and so on upwards.

    Args:
        snapshot: the rows of the database.
        catalog: which entities refer to which.
        leaving: by entity, the ids of the rows that are to be deleted together.
        turned: references that will lead elsewhere by then, by entity and field: the ids of the rows that refer.
        used: by entity, the ids of the rows to which something refers that is still to be written.
    """

    def __init__(
        self,
        snapshot: Referring,
        catalog: Catalog,
        leaving: Mapping[str, Coverage],
        turned: Mapping[tuple[str, str], Coverage],
        used: Mapping[str, Coverage] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._catalog = catalog
        self._leaving = dict(leaving)
        self._turned = dict(turned)
        self._used = dict(used or {})
        self._stay: defaultdict[str, Coverage] = defaultdict(Coverage)
        self._look()

    def holders(self, entity: str, ids: Sequence[int]) -> dict[int, Holder]:
        """Of these rows those that have to stay, each with what refers to it and stays."""
        staying = [id_ for id_ in ids if id_ in self._stay[entity]] if entity in self._stay else []
        if not staying:
            return {}
        outside: dict[int, Holder] = {}
        inside: dict[int, Holder] = {}
        for item, name in self._referring_to(entity):
            for child, parent in self._snapshot.referring(item.name, name, staying):
                if self._stays(item.name, name, child):
                    outside.setdefault(parent, (item.name, child))
                elif child in self._stay[item.name] and not self._is_turned(item.name, name, child):
                    inside.setdefault(parent, (item.name, child))
        for table, parent in self._snapshot.referring_outside(entity, staying):
            outside.setdefault(parent, table)
        used: dict[int, Holder] = {id_: OfTheSource() for id_ in staying if self._is_used(entity, id_)}
        return inside | used | outside

    def _look(self) -> None:
        found: list[RowId] = []
        for target, ids in self._leaving.items():
            found += [(target, parent) for parent in self._held_directly(target, ids) if self._keep(target, parent)]
            for item, name in self._referring_to(target):
                for child, parent in self._references(item, name, target):
                    if self._stays(item.name, name, child) and self._keep(target, parent):
                        found.append((target, parent))
        while found:
            found = list(self._above(found))

    def _above(self, staying: Sequence[RowId]) -> Iterator[RowId]:
        """The rows that rows refer to which have to stay, as far as they were to be deleted."""
        by_entity: defaultdict[str, list[int]] = defaultdict(list)
        for entity, id_ in staying:
            by_entity[entity].append(id_)
        for entity, ids in by_entity.items():
            references = self._catalog.entities[entity].references
            for start in range(0, len(ids), _CHUNK):
                wanted = [(id_,) for id_ in ids[start : start + _CHUNK]]
                rows = self._snapshot.find(entity, (ID,), wanted) if references else {}
                for row in (row for some in rows.values() for row in some):
                    for name, target in references.items():
                        parent = row.values[name]
                        turned = parent is None or self._is_turned(entity, name, row.id)
                        if not turned and self._keep(target, parent):
                            yield target, parent

    def _keep(self, entity: str, id_: int) -> bool:
        """Let a row stay; whether that is news."""
        if entity not in self._leaving or id_ not in self._leaving[entity] or id_ in self._stay[entity]:
            return False
        self._stay[entity].add(id_)
        return True

    def _stays(self, entity: str, name: str, id_: int) -> bool:
        """Whether a row, and this reference of it, was not to go in the first place."""
        leaves = entity in self._leaving and id_ in self._leaving[entity]
        return not leaves and not self._is_turned(entity, name, id_)

    def _is_turned(self, entity: str, name: str, id_: int) -> bool:
        return (entity, name) in self._turned and id_ in self._turned[entity, name]

    def _referring_to(self, target: str) -> Iterator[tuple[Entity, str]]:
        for item in self._catalog.entities.values():
            yield from ((item, name) for name, referred in item.references.items() if referred == target)

    def _references(self, item: Entity, name: str, target: str) -> Iterator[Reference]:
        """The references of a field to the rows that are to be deleted, and perhaps others."""
        return self._snapshot.referring(item.name, name, self._asked(target))

    def _held_directly(self, target: str, ids: Coverage) -> Iterator[int]:
        """The rows to which something refers that no reference of the catalog tells of."""
        yield from (id_ for id_ in ids.numbers() if self._is_used(target, id_))
        yield from (parent for _, parent in self._snapshot.referring_outside(target, self._asked(target)))

    def _asked(self, target: str) -> list[int] | None:
        """The ids to ask after; None for all, where that is quicker."""
        ids = self._leaving[target]
        return None if ids.count > _ASKED else list(ids.numbers())

    def _is_used(self, entity: str, id_: int) -> bool:
        return entity in self._used and id_ in self._used[entity]
