"""The rows of a database as they would be if the changes in a layer were written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter

from bake.catalog.entity import ID
from bake.catalog.values import Json
from bake.database.constraints.dependents import Reference
from bake.database.reading.key_lookup import KeyValues
from bake.database.reading.layer import Layer
from bake.database.reading.selection import Values
from bake.database.reading.snapshot import DatabaseSnapshot

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class LayeredSnapshot(DatabaseSnapshot):
    """A `DatabaseSnapshot` in which the rows of a layer replace those of the database with the same ids; without locks.

    Attributes:
        layer: the rows that would be created, changed or deleted.
    """

    layer: Layer = field(default_factory=Layer, kw_only=True)

    def tuples(
        self,
        entity: str,
        by: tuple[str, ...],
        keys: Iterable[KeyValues],
        fields: tuple[str, ...],
        *,
        lock: bool = False,  # noqa: ARG002
    ) -> dict[KeyValues, list[tuple[Json, ...]]]:
        """The rows by key, as tuples of their id and these fields."""
        wanted = list(keys)
        found = DatabaseSnapshot.tuples(self, entity, by, wanted, fields)
        if not self.layer.covers(entity):
            return found
        over = self.layer.get(entity, {row[0] for rows in found.values() for row in rows})
        below = {key: [row for row in rows if row[0] not in over] for key, rows in found.items()}
        for key, rows in self.layer.having(entity, by, wanted).items():
            layered = [(id_, *(values[name] for name in fields)) for id_, values in rows.items() if values is not None]
            below[key] = sorted([*below.get(key, ()), *layered], key=itemgetter(0))
        return {key: rows for key, rows in below.items() if rows}

    def columns(
        self,
        entity: str,
        by: str,
        keys: Sequence[Json],
        fields: tuple[str, ...],
        *,
        lock: bool = False,  # noqa: ARG002
    ) -> tuple[Sequence[int], Sequence[Values]]:
        """The positions of the keys that exactly one row has, and the columns of these rows."""
        if not self.layer.covers(entity):
            return DatabaseSnapshot.columns(self, entity, by, keys, fields)
        found = self.tuples(entity, (by,), [(key,) for key in keys], fields)
        positions = [n for n, key in enumerate(keys) if len(found.get((key,), ())) == 1]
        rows = [found[keys[n],][0] for n in positions]
        return positions, list(zip(*rows, strict=True)) or [()] * (len(fields) + 1)

    def any_near(self, entity: str, by: tuple[str, ...], keys: Sequence[KeyValues]) -> bool:
        """Whether any row may have one of these keys."""
        return self.layer.covers(entity) or DatabaseSnapshot.any_near(self, entity, by, keys)

    def holders(self, entity: str, by: tuple[str, ...], keys: Iterable[KeyValues]) -> dict[KeyValues, list[int]]:
        """The ids of the rows that have each key: in the database, as SQL compares; in the layer, if equal."""
        wanted = list(keys)
        found = DatabaseSnapshot.holders(self, entity, by, wanted)
        if not self.layer.covers(entity):
            return found
        over = self.layer.get(entity, {id_ for ids in found.values() for id_ in ids})
        result = {key: [id_ for id_ in ids if id_ not in over] for key, ids in found.items()}
        for key, rows in self.layer.having(entity, by, wanted).items():
            result[key] = [*result.get(key, ()), *rows]
        return {key: ids for key, ids in result.items() if ids}

    def referring(self, entity: str, field: str, ids: Sequence[int] | None) -> Iterator[Reference]:
        """The references of one field to rows with these ids, or, for None, all of them."""
        pairs = iter(DatabaseSnapshot.referring(self, entity, field, ids))
        while batch := list(islice(pairs, _CHUNK)):
            over = self.layer.get(entity, {child for child, _ in batch})
            yield from (pair for pair in batch if pair[0] not in over)
        if ids is None:
            rows = self.layer.rows(entity)
            yield from (
                (id_, values[field]) for id_, values in rows if values is not None and values[field] is not None
            )
            return
        for (parent,), children in self.layer.having(entity, (field,), [(id_,) for id_ in ids]).items():
            yield from ((child, parent) for child in children)

    def greatest(self, entity: str, name: str) -> int:
        """The greatest whole number in a field; 0 if there is none."""
        layered = (values[name] or 0 for _, values in self.layer.rows(entity) if values is not None)
        return max(DatabaseSnapshot.greatest(self, entity, name), *layered, 0)

    def whole(self, entity: str, ids: Sequence[int]) -> dict[int, dict[str, Json]]:
        """Rows as they would be, by id."""
        fields = tuple(self.catalog.entities[entity].fields)
        found = self.tuples(entity, (ID,), [(id_,) for id_ in ids], fields)
        return {rows[0][0]: dict(zip(fields, rows[0][1:], strict=True)) for rows in found.values()}
