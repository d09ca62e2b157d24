"""A part of a view: some of its columns, of its records, or both.

Its records are those of the whole view, each with the base of all of its columns, so they come back as all others do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bake.catalog.base_digest import BASE
from bake.catalog.conditions import Condition, conditions
from bake.catalog.model import Catalog
from bake.catalog.names import near
from bake.catalog.values import Json, shown
from bake.catalog.view import Role, View
from bake.errors import UsageError
from bake.exporter.records import exported


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a view is exported.

    Attributes:
        view: the view with the columns that are written.
        where: what has to hold of a record.
        limit: how many records there may be; None for any number.
        said: which of the records these are, in words; empty if they are all.
    """

    view: View
    where: tuple[Condition, ...]
    limit: int | None
    said: str

    def of(self, records: Iterable[dict[str, Json]]) -> Iterator[dict[str, Json]]:
        """As many of the records as there may be, with the columns that are written."""
        names = [*(column.name for column in exported(self.view)), *self.view.lines, BASE]
        return ({name: record[name] for name in names if name in record} for record in islice(records, self.limit))


def part_of(catalog: Catalog, view: View, columns: Sequence[str], where: str | None, limit: int | None) -> Part:
    """The part of a view that somebody asked for.

    Args:
        catalog: says what columns hold.
        view: the whole view.
        columns: the columns to be written, besides those that identify a record; none for all.
        where: conditions on the records (`bake.catalog.conditions`); None for none.
        limit: how many records there may be; None for any number.

    Raises:
        UsageError: there is no such column, the conditions cannot be read, or the limit is less than 1.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"the limit is {limit}; expected 1 or more")
    holding = conditions(where, catalog, view) if where is not None else ()
    said = [*([where.strip()] if where else []), *([f"at most {limit}"] if limit else [])]
    return Part(_narrowed(view, columns), holding, limit, "; ".join(said))


def _narrowed(view: View, names: Sequence[str]) -> View:
    """A view with only some of its columns, and all of those that identify a record."""
    known = {column.name: column for column in view.columns if column.exported or column.name in view.lines}
    for name in names:
        if name not in known:
            meant = f"Did you mean {nearest}? " if (nearest := near(name, known)) else ""
            raise UsageError(
                f"{view.name} has no column {shown(name)}", hint=f"{meant}Its columns are {', '.join(known)}."
            )
    wanted = [column for column in view.columns if column.role is Role.IDENTITY or column.name in names]
    lines = {name: line for name, line in view.lines.items() if name in names}
    return replace(view, columns=tuple(wanted), lines=lines) if names else view
