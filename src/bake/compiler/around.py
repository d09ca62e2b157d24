"""What the rows of a batch have around them: the values of the rows to which they refer, which records repeat."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import add

from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.compiler.binding import Binding
from bake.compiler.layout import NOWHERE, Known, Parent, Said
from bake.compiler.scope import Scope

#: How many rows that others refer to are remembered as tuples.
_REMEMBERED = 20_000


class Around:
    """The rows to which the rows of one entity refer."""

    def __init__(self, scope: Scope, binding: Binding, fields: tuple[str, ...]) -> None:
        """Prepare.

        Args:
            scope: the compilation.
            binding: the view of the records.
            fields: what the tuples of rows hold, after the id.
        """
        self._scope = scope
        self._entity = binding.entity
        self._shape = {name: (fields.index(name) + 1, below) for name, below in binding.shape.items()}

    def fetch(self, rows: Collection[Known]) -> None:
        """Make known what these rows refer to; a query a reference."""
        for name, (at, below) in self._shape.items():
            target = self._entity.references[name]
            ids = {row[at] for row in rows} - {None}
            self._scope.keys.fetch(target, ids)
            if below:
                parents = [row for id_ in ids if (row := self._scope.keys.known(target, id_))]
                self._scope.keys.fetch_parents(target, parents, below)

    def of(self, parents: Sequence[Parent], said: Sequence[Said], rows: Sequence[Known]) -> list[tuple[Json, ...]]:
        """What is around each of some rows, in the order of the parents and their columns.

        `NOWHERE` is in it where a row is not there, or is not the one whose id the record gives.

        Args:
            parents: of the layout that the records have.
            said: the records.
            rows: their rows.
        """
        around: list[tuple[Json, ...]] = [()] * len(rows)
        for parent in parents:
            around = list(map(add, around, self._values(parent, said, [row[parent.at] for row in rows])))
        return around

    def _values(self, parent: Parent, said: Sequence[Said], ids: Sequence[int | None]) -> Sequence[tuple[Json, ...]]:
        if len(parent.known) > _REMEMBERED:
            parent.known.clear()
        for id_ in set(ids).difference(parent.known):
            parent.known[id_] = self._read(parent, id_)
        values = [parent.known[id_] for id_ in ids]
        if (place := parent.by_id) is None:
            return values
        meant = (self._is_meant(parent.entity, one[place], id_) for one, id_ in zip(said, ids, strict=True))
        return [those if known else (NOWHERE,) for those, known in zip(values, meant, strict=True)]

    def _is_meant(self, entity: str, raw: Json, id_: int | None) -> bool:
        """Whether an id that a document gives is that of its record about the row that is referred to."""
        named = self._scope.fresh.in_document(entity, raw)
        return raw is None or (isinstance(named, int) and named == id_)

    def _read(self, parent: Parent, id_: int | None) -> tuple[Json, ...]:
        """What a row that is referred to has at the ends of the paths."""
        if id_ is None:
            return (None,) * len(parent.paths)
        row = self._scope.keys.known(parent.entity, id_)
        return (NOWHERE,) if row is None else tuple(self._end(parent.entity, row, path) for path in parent.paths)

    def _end(self, entity: str, row: Row, path: tuple[str, ...]) -> Json:
        value, below = row.values.get(path[0]), path[1:]
        if not below or value is None:
            return value
        target = self._scope.catalog.entities[entity].references[path[0]]
        parent = self._scope.keys.known(target, value)
        return None if parent is None else self._end(target, parent, below)
