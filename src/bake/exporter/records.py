"""Export the rows of an entity as records of a view, page by page; parents are looked up by id, not joined in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias, assert_never

from bake.catalog.conditions import Condition
from bake.catalog.entity import ID
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.catalog.view import Column, Joined, Latest, Total, View
from bake.database.reading.selection import check_parents
from bake.database.reading.snapshot import DatabaseSnapshot

#: How many rows are read at a time.
_PAGE = 1000
#: How many parents of one entity are kept in memory for the following pages.
_KEPT = 20_000

#: Computes a column's value for a row of the current page.
_Get: TypeAlias = Callable[[Row], Json]


def exported(view: View) -> tuple[Column, ...]:
    """The columns that an export writes, in order."""
    return tuple(column for column in view.columns if column.exported)


def read_entities(view: View) -> list[str]:
    """The entities whose rows a view is made of, besides those that these refer to."""
    computed = (column.computed for column in exported(view))
    return [view.entity, *(one.entity for one in computed if isinstance(one, Latest | Total))]


@dataclass(frozen=True)
class Records:
    """Iterates over the records of one view.

    Attributes:
        snapshot: the rows of the database.
        view: the view, with its entity and columns.
        where: conditions that have to hold of a record.
    """

    snapshot: DatabaseSnapshot
    view: View
    where: tuple[Condition, ...] = ()
    _parents: dict[str, dict[int, Row]] = field(default_factory=dict, init=False, repr=False)
    _computed: dict[str, dict[int, Json]] = field(default_factory=dict, init=False, repr=False)

    @property
    def catalog(self) -> Catalog:
        """The catalog."""
        return self.snapshot.catalog

    def __iter__(self) -> Iterator[dict[str, Json]]:
        """The records in the order of the rows' ids: canonical values by the names of the exported columns."""
        entity = self.view.entity
        rows = self.snapshot.scan(entity, list(self.catalog.entities[entity].fields), self.where)
        while page := list(islice(rows, _PAGE)):
            for record in self.of(page):
                if all(condition.holds(record) for condition in self.where):
                    yield record

    def of(self, rows: Sequence[Row]) -> Iterator[dict[str, Json]]:
        """The records of some rows, of which all fields are known."""
        columns = exported(self.view)
        gets = [(column.name, self._get(column)) for column in columns]
        self._forget_if_many()
        self._fetch_parents(self.view.entity, rows, self._shape(columns))
        for column in columns:
            self._compute(column, rows)
        for row in rows:
            yield {name: get(row) for name, get in gets}

    def _shape(self, columns: tuple[Column, ...]) -> dict[str, Any]:
        """The reference fields that columns follow, as nested dictionaries: `{"product": {"brand": {}}}`."""
        shape: dict[str, Any] = {}
        for column in columns:
            paths = column.computed.paths if isinstance(column.computed, Joined) else (column.path,)
            for path in paths:
                here = shape
                for step in path[:-1]:
                    here = here.setdefault(step, {})
        return shape

    def _forget_if_many(self) -> None:
        """Discard the parents of an entity if more than `_KEPT` are in memory."""
        for known in self._parents.values():
            if len(known) > _KEPT:
                known.clear()

    def _fetch_parents(self, entity: str, rows: Sequence[Row], shape: dict[str, Any]) -> None:
        """Look up the rows that a page's rows refer to through the fields of `shape`, level by level."""
        for name, below in shape.items():
            target = self.catalog.entities[entity].references[name]
            ids = list({row.values[name]: None for row in rows if row.values[name] is not None})
            known = self._parents.setdefault(target, {})
            missing = [(id_,) for id_ in ids if id_ not in known]
            for found in self.snapshot.find(target, (ID,), missing).values():
                known[found[0].id] = found[0]
            item = self.catalog.entities[entity]
            check_parents(item, name, [row.id for row in rows], [row.values[name] for row in rows], known)
            self._fetch_parents(target, [known[id_] for id_ in ids], below)

    def _compute(self, column: Column, page: Sequence[Row]) -> None:
        """Query the values of a `Latest` or `Total` column for the rows of a page."""
        ids = [row.id for row in page]
        match column.computed:
            case Latest(entity, by, name, order):
                self._computed[column.name] = self.snapshot.latest(entity, name, by, order, ids)
            case Total(entity, by, name):
                self._computed[column.name] = dict(self.snapshot.totals(entity, name, by, ids))
            case Joined() | None:
                pass
            case _:
                assert_never(column.computed)

    def _get(self, column: Column) -> _Get:
        match column.computed:
            case Joined(paths):
                return _joined([self._at(self.view.entity, path) for path in paths])
            case Latest() | Total():
                return self._looked_up(column.name, 0 if isinstance(column.computed, Total) else None)
            case None:
                return self._at(self.view.entity, column.path) if column.path else _nothing
            case _:
                assert_never(column.computed)

    def _looked_up(self, name: str, default: Json) -> _Get:
        return lambda row: self._computed[name].get(row.id, default)

    def _at(self, entity: str, path: tuple[str, ...]) -> _Get:
        """Get the value at the end of a path of references from a row; null if a reference on the way is null."""
        name, *rest = path
        if not rest:
            return (lambda row: row.id) if name == ID else (lambda row: row.values[name])
        target = self.catalog.entities[entity].references[name]
        inner, parents = self._at(target, tuple(rest)), self._parents.setdefault(target, {})

        def through(row: Row) -> Json:
            parent = parents.get(row.values[name])
            return None if parent is None else inner(parent)

        return through


def _joined(gets: list[_Get]) -> _Get:
    def join(row: Row) -> Json:
        parts = [str(value) for get in gets if (value := get(row)) is not None]
        return " ".join(parts) or None

    return join


def _nothing(_row: Row) -> Json:
    """The value of a column that has neither a path nor a computation."""
    return None
