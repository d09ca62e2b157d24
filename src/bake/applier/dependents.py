"""Which rows cannot go because rows that stay refer to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.database.snapshot import DatabaseSnapshot

#: A row of this database: entity and id.
Place: TypeAlias = tuple[str, int]


def held(
    snapshot: DatabaseSnapshot,
    catalog: Catalog,
    leaving: Mapping[Place, Row],
    turned: Collection[tuple[Place, str]],
) -> dict[Place, Place]:
    """The rows among these that have to stay, each with one that refers to it and stays.

    Args:
        snapshot: the rows of the database.
        catalog: which entities refer to which.
        leaving: rows that are to be deleted together.
        turned: references, as row and field, that will lead elsewhere by then.
    """
    stays: dict[Place, Place] = {}
    for referring, name, place in _references(snapshot, catalog, leaving):
        if referring not in leaving and (referring, name) not in turned:
            stays.setdefault(place, referring)
    queue = list(stays)
    while queue:
        place = queue.pop()
        for name, target in catalog.entities[place[0]].references.items():
            parent = (target, leaving[place].values[name])
            if parent in leaving and parent not in stays and (place, name) not in turned:
                stays[parent] = place
                queue.append(parent)
    return stays


def _references(
    snapshot: DatabaseSnapshot, catalog: Catalog, leaving: Mapping[Place, Row]
) -> Iterator[tuple[Place, str, Place]]:
    """Every reference to these rows: the row that refers, its field, and the row that it refers to."""
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for entity, id_ in leaving:
        ids[entity].append(id_)
    for entity, item in catalog.entities.items():
        for name, target in item.references.items():
            for (id_,), rows in snapshot.find(entity, (name,), [(id_,) for id_ in ids.get(target, ())]).items():
                for row in rows:
                    yield (entity, row.id), name, (target, id_)
