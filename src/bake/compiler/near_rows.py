"""Records without a natural key that equal a row in all but one field: a corrected price in a sheet of receipts.

Each such record is a new row, or the same row, corrected. That is one decision for all records of a source and one
field. Rows that other records are about do not count.

    records and rows                                  what may be chosen
    one record, one row                               `same`: the row is corrected; `new`
    equal records, equal rows                         the same, one to one, as far as they go; the others are new
    several rows that differ, for one record          `new`; for the record alone, each of the rows
    several records that differ, for one row          `new`; for each record alone, the row; for two of them, it is open

Where it is not known what a record says in the field, because it does not fit or names no row, `same` leaves the row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from bake.catalog.entity import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.compiler.alternative_readings import Alternatives
from bake.compiler.binding import Binding, Reading
from bake.compiler.compared_values import Compared
from bake.compiler.context import Context
from bake.compiler.identity import Near, New

#: Rows by the field in which a record differs from them.
_ByField = dict[str, list[Row]]


class LeftOver(msgspec.Struct, eq=False):
    """A record that no row equals at first sight.

    Attributes:
        binding: its view.
        reading: what it says.
        said: what of that is compared; None if nothing can be.
        ways: all ways to read it, if there are several.
    """

    binding: Binding
    reading: Reading
    said: Compared | None
    ways: Alternatives | None = None

    @property
    def every_way(self) -> list[Compared | None]:
        """What is compared of it, in whatever way it is read."""
        return [way.said for way in self.ways.ways.values()] if self.ways else [self.said]


def rows_with(
    context: Context, item: Entity, wanted: Mapping[int, tuple[tuple[str, ...], tuple[Json, ...]]]
) -> dict[int, list[Row]]:
    """The rows, by id, that have these values in these fields; in the order of the numbers by which they are wanted."""
    groups: defaultdict[tuple[str, ...], dict[int, tuple[Json, ...]]] = defaultdict(dict)
    for n, (names, values) in wanted.items():
        if names:
            groups[names][n] = values
    found: dict[int, list[Row]] = {}
    for names, keys in groups.items():
        rows = context.snapshot.find(item.name, names, list(dict.fromkeys(keys.values())))
        found.update((n, rows[key]) for n, key in keys.items() if key in rows)
    return dict(sorted(found.items()))


def nearly_equal(context: Context, item: Entity, compared: Mapping[int, Compared]) -> dict[int, _ByField]:
    """For each record the rows that equal it in all fields but one, by that field: a query for each field."""
    found: defaultdict[int, _ByField] = defaultdict(dict)
    for name in item.compared:
        wanted = {
            n: said.without(name)
            for n, said in compared.items()
            if name == said.gap or (said.gap is None and name in said.names)
        }
        for n, rows in rows_with(context, item, wanted).items():
            found[n][name] = rows
    return dict(sorted(found.items()))


def near_rows(item: Entity, left: Sequence[Compared], near: Sequence[_ByField]) -> list[Near | New]:
    """What records that no row equals are about, by the table above; what is asked is not said yet (`problem_of`).

    Args:
        item: their entity.
        left: what of the records is compared.
        near: for each the rows that are free and equal it in all fields but one.
    """
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for n, said in enumerate(left):
        alike[said.mark].append(n)
    wanting = Counter(row.id for those in alike.values() for rows in near[those[0]].values() for row in rows)
    result: list[Near | New] = [New() for _ in left]
    for those in alike.values():
        rows = [row for found in near[those[0]].values() for row in found]
        field, gap = next(iter(near[those[0]]), ""), left[those[0]].gap is not None
        if len(near[those[0]]) == 1 and _one_to_one(item, rows, wanting):
            for n, row in zip(those, rows, strict=False):
                result[n] = Near(field, gap, (row,), is_clear=True)
        elif rows:
            for n in those:
                result[n] = Near(field, gap, tuple(rows), is_clear=False)
    return result


def _one_to_one(item: Entity, rows: Sequence[Row], wanting: Mapping[int, int]) -> bool:
    """Whether rows equal each other, and no other records are near them."""
    same = {repr([row.values[name] for name in item.compared]) for row in rows}
    return len(same) == 1 and all(wanting[row.id] == 1 for row in rows)


def problem_of(records: int, field: str, gap: bool) -> str:
    """What is asked of so many records that are near rows."""
    some = "1 record looks like a row" if records == 1 else f"{records} records look like rows"
    return f"{some} here, except in {field}" + (", which is unclear" if gap else "")
