"""What the rows of a batch have around them: the values of the rows to which they refer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.compiler.binding import Binding
from bake.compiler.comparison_plan import MISSING, Nulls, ParentColumns, RawValues
from bake.compiler.context import Context

#: How many rows that others refer to are remembered as tuples, and how much of what records say of them.
_REMEMBERED = 20_000


class ParentValues:
    """The rows to which the rows of one entity refer."""

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
        """Make the rows known that rows refer to by these ids, and all to which those refer in turn."""
        target, below = self._entity.references[reference], self._shape.get(reference, {})
        known = {id_ for id_ in ids if id_ is not None}
        self._context.keys.fetch(target, known)
        if below:
            parents = [row for id_ in known if (row := self._context.keys.known(target, id_))]
            self._context.keys.fetch_parents(target, parents, below)

    def disagreeing(self, parent: ParentColumns, stated: Sequence[RawValues], nulls: Nulls) -> Collection[RawValues]:
        """What records say of a row that is referred to and is not so; each begins with that row's id."""
        news = set(stated).difference(parent.agreeing)
        self._read_all(parent, {one[0] for one in news})
        agreeing = {one for one in news if self._agrees(parent, one, nulls)}
        if parent.by_id is None:  # which rows ids of a document stand for may change as it is read
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
        """Whether an id that a document gives is that of its record about the row that is referred to."""
        named = self._context.created_rows.in_document(entity, raw)
        return raw is None or (isinstance(named, int) and named == id_)

    def _read_all(self, parent: ParentColumns, ids: set[int | None]) -> None:
        if len(parent.known) > _REMEMBERED:
            parent.known.clear()
        if unknown := ids.difference(parent.known):
            self._fetch(parent.name, unknown)
            parent.known.update((id_, self._read(parent, id_)) for id_ in unknown)

    def _read(self, parent: ParentColumns, id_: int | None) -> tuple[Json, ...]:
        """What a row that is referred to has at the ends of the paths."""
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
