"""Compares the values that records give of the rows they refer to (parents) with those rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.compiler.context import Context
from bake.compiler.matching.comparison_plan import MISSING, Nulls, ParentColumns, RawValues
from bake.compiler.reading.binding import Binding

#: How many parents, and how many agreeing tuples of values, are cached.
_REMEMBERED = 20_000


class ParentValues:
    """The parents of the rows of one entity, fetched and cached as they are needed."""

    def __init__(self, context: Context, binding: Binding) -> None:
        """Prepare.

        Args:
            context: the compilation.
            binding: the view of the records.
        """
        self._context = context
        self._entity = binding.entity
        self._shape = binding.shape

    def _fetch(self, reference: str, ids: Iterable[int | None]) -> None:
        """Fetch the parents with these ids, and the rows that the columns of the view reach through them."""
        target, below = self._entity.references[reference], self._shape.get(reference, {})
        known = {id_ for id_ in ids if id_ is not None}
        self._context.keys.fetch(target, known)
        if below:
            parents = [row for id_ in known if (row := self._context.keys.known(target, id_))]
            self._context.keys.fetch_parents(target, parents, below)

    def disagreeing(self, parent: ParentColumns, stated: Sequence[RawValues], nulls: Nulls) -> Collection[RawValues]:
        """Those of the tuples that do not agree with the parent.

        Args:
            parent: the columns that the values come from.
            stated: (id of the parent, raw values...), with the id that the record gives last if `parent.by_id` is set.
            nulls: what a null means.
        """
        news = set(stated).difference(parent.agreeing)
        self._read_all(parent, {one[0] for one in news})
        agreeing = {one for one in news if self._agrees(parent, one, nulls)}
        if parent.by_id is None:  # an id of the document may come to stand for another row as it is read
            if len(parent.agreeing) + len(agreeing) > _REMEMBERED:
                parent.agreeing.clear()
            parent.agreeing.update(agreeing)
        return news - agreeing

    def _agrees(self, parent: ParentColumns, stated: RawValues, nulls: Nulls) -> bool:
        id_, *values = stated
        if parent.by_id is not None and not self._is_meant(parent.entity, values.pop(), id_):
            return False
        there = parent.known[id_]
        if nulls is Nulls.COUNT or MISSING in there:
            return there == tuple(values)
        return all(raw is None or raw == current for raw, current in zip(values, there, strict=True))

    def _is_meant(self, entity: str, raw: Json, id_: int | None) -> bool:
        """Whether an id of the document is null, or that of its record about the row `id_`."""
        named = self._context.created_rows.in_document(entity, raw)
        return raw is None or (isinstance(named, int) and named == id_)

    def _read_all(self, parent: ParentColumns, ids: set[int | None]) -> None:
        if len(parent.known) > _REMEMBERED:
            parent.known.clear()
        if unknown := ids.difference(parent.known):
            self._fetch(parent.name, unknown)
            parent.known.update((id_, self._read(parent, id_)) for id_ in unknown)

    def _read(self, parent: ParentColumns, id_: int | None) -> tuple[Json, ...]:
        """The values of a parent at the paths of its columns."""
        if id_ is None:
            return (None,) * len(parent.paths)
        row = self._context.keys.known(parent.entity, id_)
        return (MISSING,) if row is None else tuple(self._end(parent.entity, row, path) for path in parent.paths)

    def _end(self, entity: str, row: Row, path: tuple[str, ...]) -> Json:
        value, below = row.values.get(path[0]), path[1:]
        if not below or value is None:
            return value
        target = self._context.catalog.entities[entity].references[path[0]]
        parent = self._context.keys.known(target, value)
        return None if parent is None else self._end(target, parent, below)
