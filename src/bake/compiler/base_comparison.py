"""What records ask for that came out of an export and were edited since: many at a time, a column after the other.

A record that equals what the export wrote asks for nothing, whatever its row has become. One that differs, while its
row does not, asks for an edit (rule 8; the whole table is in `bake.compiler.row_difference`). Any other record is left
to `bake.compiler.batch`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress, count
from operator import ne
from typing import Any

from bake.catalog.model import ID, Column, Role
from bake.catalog.values import Json, Misfit, parse, same
from bake.compiler.base import Base
from bake.compiler.binding import Binding
from bake.compiler.comparison_plan import Columns, ComparisonPlan, Differing, OwnColumn, Types

#: Stands for what the export did not write: nothing that a record says is the same.
_MISSING: Any = object()


class BaseComparison:
    """Compares records with what an export wrote of the rows that they are about.

    Args:
        base: what it wrote.
        binding: the view of the records.
        key: the identity column by which the rows were found.
    """

    def __init__(self, base: Base, binding: Binding, key: Column) -> None:
        self._base = base
        self._key = key
        self._names = {name for name, column in binding.view.by_name.items() if column.role is not Role.COMPUTED}

    def differing(self, layout: ComparisonPlan, names: Sequence[str], said: Columns, rows: Columns) -> Differing:
        """The records that ask for something.

        Args:
            layout: how records with these columns compare.
            names: of the columns.
            said: the columns of the records.
            rows: the columns of the rows, one for each record.

        Returns:
            The columns of their row's own that were edited, where the row is what the export wrote; and the records of
            which only the long way can tell.
        """
        exported = self._exported(said[names.index(self._key.name)])
        owned, usual = {own.position: own for own in layout.own}, layout.usual
        edited: dict[int, list[OwnColumn]] = {}
        doubtful = set(_of_others(layout, said, rows))
        for position, name in enumerate(names):
            if name not in self._names:
                continue
            before = [record.get(name, _MISSING) for record in exported]
            for n in _unlike(said[position], before, usual.get(position, frozenset())):
                own = owned.get(position)
                if own and said[position][n] is not None and _is_so(own, before[n], rows[own.at][n]):
                    edited.setdefault(n, []).append(own)
                else:
                    doubtful.add(n)
        return Differing(edited, doubtful)

    def _exported(self, keys: Sequence[Json]) -> list[Mapping[str, Json]]:
        found = self._base.find(self._key.name, keys)
        return [found.get(key, {}) for key in keys]


def _of_others(layout: ComparisonPlan, said: Columns, rows: Columns) -> Iterator[int]:
    """The records that carry the id or the uuid of another row than the one that their key names."""
    for own in layout.own:
        if own.name in (ID, "uuid"):
            pairs = zip(said[own.position], rows[own.at], strict=True)
            yield from (n for n, (raw, current) in enumerate(pairs) if raw is not None and raw != current)


def _unlike(said: Sequence[Json], before: Sequence[Json], usual: Types) -> Sequence[int]:
    """The places at which values are not the same; of the usual types, those that are equal are."""
    if usual.issuperset(map(type, said)) and usual.issuperset(map(type, before)):
        return list(compress(count(), map(ne, said, before)))
    return [n for n, (mine, theirs) in enumerate(zip(said, before, strict=True)) if not same(mine, theirs)]


def _is_so(own: OwnColumn, before: Json, current: Json) -> bool:
    """Whether a row has what the export wrote of it."""
    try:
        return before is not _MISSING and same(parse(own.type, before), current)
    except Misfit:
        return False
