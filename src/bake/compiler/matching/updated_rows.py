"""Records that say what became of rows which are here, such as how much is left of a product (`Entity.updates`).

They say of which product, and not which of its rows is meant. So no such record makes a row unasked where there is one:

    rows of the same product     then
    one                          asked, once for all such records: the row that is here, or a new one
    several, or one that an
    earlier record may be about  asked
    none                         a new row
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

from bake.catalog.entity import Entity
from bake.catalog.names import enumerated
from bake.compiler.context import Context
from bake.compiler.identity import Doubtful, Identity, New, SharedDoubt, lookup_of
from bake.compiler.reading.binding import Reading


def add_updated(
    context: Context, item: Entity, readings: Sequence[Reading], result: MutableSequence[Identity | None]
) -> None:
    """Find the rows that records which would make new ones may be updates of; changes `result`.

    Args:
        context: the compilation.
        item: the entity of the records.
        readings: the records.
        result: what each is about, as far as it is known.
    """
    if not item.updates:
        return
    lists = {n: context.source.section_of(readings[n].number).name for n, one in enumerate(result) if one == New()}
    for name, reference in item.updates.items():
        those = [n for n, list_ in lists.items() if list_ == name]
        found = context.references.stored.having(item, (reference,), [lookup_of(readings[n]) for n in those])
        met: set[int] = set()
        for n, rows in zip(those, found, strict=True):
            problem = f"records of {enumerated([name])} may be about rows here of the same {reference}"
            if len(rows) == 1 and rows[0].id not in met:
                result[n] = SharedDoubt(tuple(rows), problem)
            elif rows:
                result[n] = Doubtful(tuple(rows), problem)
            met.update(row.id for row in rows)
