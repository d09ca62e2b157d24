"""Records without a natural key that equal a row in all but one field: a corrected price in a sheet of receipts.

Each such record is a new row, or the same row, corrected. That is one decision for all records of a source and one
field. Rows that other records are about do not count.

    records and rows                                  what may be chosen
    one record, one row                               `same`: the row is corrected; `new`
    equal records, equal rows                         the same, one to one, as far as they go; the others are new
    several rows that differ, for one record          only `new`: which row, is not guessed
    several records that differ, for one row          only `new`

Where it is not known what a record says in the field, because it does not fit or names no row, `same` leaves the row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from bake.catalog.model import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.compiler.binding import Binding, Reading
from bake.compiler.compared_values import Compared
from bake.compiler.context import Context
from bake.compiler.identity import Near, New, Settled

#: Rows by the field in which a record differs from them.
_ByField = dict[str, list[Row]]


class LeftOver(msgspec.Struct, eq=False):
    """A record that no row equals: how it is read, what it says, and what of that is compared."""

    binding: Binding
    reading: Reading
    said: Compared


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


def near_rows(item: Entity, left: Sequence[LeftOver], near: Sequence[_ByField]) -> list[Settled]:
    """What becomes of the records that no row equals, by the table above.

    Args:
        item: their entity.
        left: the records.
        near: for each the rows that are free and equal it in all fields but one.
    """
    alike: defaultdict[bytes, list[int]] = defaultdict(list)
    for n, one in enumerate(left):
        alike[one.said.mark].append(n)
    wanting = Counter(row.id for those in alike.values() for rows in near[those[0]].values() for row in rows)
    about: dict[int, tuple[str, tuple[Row, ...], bool]] = {}
    for those in alike.values():
        rows = [row for found in near[those[0]].values() for row in found]
        field = next(iter(near[those[0]]), "")
        if len(near[those[0]]) == 1 and _one_to_one(item, rows, wanting):
            about.update((n, (field, (row,), True)) for n, row in zip(those, rows, strict=False))
        elif rows:
            about.update((n, (field, tuple(rows), False)) for n in those)
    asking = Counter((field, left[n].said.gap is not None) for n, (field, _, _) in about.items())
    settled = []
    for n, one in enumerate(left):
        identity = New()
        if n in about:
            (field, found, clear), gap = about[n], one.said.gap is not None
            identity = Near(field, gap, found, clear, _problem(asking[field, gap], field, gap))
        settled.append(Settled(one.binding, one.reading, identity))
    return settled


def _one_to_one(item: Entity, rows: Sequence[Row], wanting: Mapping[int, int]) -> bool:
    """Whether rows equal each other, and no other records are near them."""
    same = {repr([row.values[name] for name in item.compared]) for row in rows}
    return len(same) == 1 and all(wanting[row.id] == 1 for row in rows)


def _problem(records: int, field: str, gap: bool) -> str:
    some = "1 record looks like a row" if records == 1 else f"{records} records look like rows"
    return f"{some} here, except in {field}" + (", which is unclear" if gap else "")
