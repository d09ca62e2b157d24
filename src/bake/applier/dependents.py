"""Which rows cannot go because rows that stay refer to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from bake.catalog.model import ID, Catalog, Entity
from bake.changeset.coverage import Coverage
from bake.database.referring import Reference, all_referring, referring
from bake.database.snapshot import DatabaseSnapshot

#: A row of this database: entity and id.
RowId: TypeAlias = tuple[str, int]

#: How many rows are asked after one by one; of more, all references are read.
_ASKED = 20_000
_CHUNK = 1000


def held(snapshot: DatabaseSnapshot, catalog: Catalog, leaving: Collection[RowId]) -> dict[RowId, RowId]:
    """The rows among these, which are to be deleted, that have to stay, each with one that refers to it and stays."""
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
    """

    def __init__(
        self,
        snapshot: DatabaseSnapshot,
        catalog: Catalog,
        leaving: Mapping[str, Coverage],
        turned: Mapping[tuple[str, str], Coverage],
    ) -> None:
        self._snapshot = snapshot
        self._catalog = catalog
        self._leaving = dict(leaving)
        self._turned = dict(turned)
        self._stay: defaultdict[str, Coverage] = defaultdict(Coverage)
        self._look()

    def holders(self, entity: str, ids: Sequence[int]) -> dict[int, RowId]:
        """Of these rows those that have to stay, each with a row that refers to it and stays."""
        staying = [id_ for id_ in ids if id_ in self._stay[entity]] if entity in self._stay else []
        outside: dict[int, RowId] = {}
        inside: dict[int, RowId] = {}
        for item, name in self._referring_to(entity) if staying else ():
            for child, parent in referring(self._snapshot.connection, item, name, staying):
                if self._stays(item.name, name, child):
                    outside.setdefault(parent, (item.name, child))
                elif child in self._stay[item.name] and not self._is_turned(item.name, name, child):
                    inside.setdefault(parent, (item.name, child))
        return inside | outside

    def _look(self) -> None:
        found: list[RowId] = []
        for target in self._leaving:
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
                rows = self._snapshot.find(entity, (ID,), wanted, fields=tuple(references))
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
        ids = self._leaving[target]
        if ids.count > _ASKED:
            return all_referring(self._snapshot.connection, item, name)
        return referring(self._snapshot.connection, item, name, list(ids.numbers()))
