"""A record whose dates or numbers can be read in several ways: what it says by each of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import msgspec
from msgspec import structs

from bake.catalog.entity import Entity
from bake.compiler.context import Context
from bake.compiler.matching.compared_values import Compared, compared_values
from bake.compiler.reading.binding import Reading
from bake.compiler.reading.column_decisions import ColumnDecision, column_decision

#: So many readings of one record are compared, and so many of all columns together; texts that would make more of them
#: are compared as what is not known.
MOST = 32


class Alternative(msgspec.Struct, eq=False):
    """A record as it is read in one way, and what of that is compared; None if it cannot be."""

    reading: Reading
    said: Compared | None


class Alternatives(msgspec.Struct, eq=False):
    """All ways to read a record.

    Attributes:
        decisions: what is to be decided of its columns, as far as these are compared.
        ways: by the names of the options, one for each decision, how it is read; None where that is not known.
    """

    decisions: tuple[ColumnDecision, ...]
    ways: dict[tuple[str | None, ...], Alternative]

    @property
    def unknown(self) -> Alternative:
        """How it is read as long as nothing is decided."""
        return self.ways[(None,) * len(self.decisions)]


def alternatives(context: Context, item: Entity, readings: Sequence[Reading]) -> list[Alternatives | None]:
    """For each record all ways to read it; None if there is but one."""
    found = [_ways(context, item, reading) for reading in readings]
    every = [way for one in found if one is not None for way in one.ways.values()]
    if every:
        said = compared_values(context, item, [way.reading for way in every], quiet=True)
        for way, compared in zip(every, said, strict=True):
            way.said = compared
    return found


def _ways(context: Context, item: Entity, reading: Reading) -> Alternatives | None:
    decisions: list[ColumnDecision] = []
    count = 1
    for name in item.compared if reading.bad else ():
        if name in reading.bad and (one := column_decision(context, item, name, reading.bad[name], reading)):
            count *= len(one.meanings) + 1
            decisions += [one] if count <= MOST else []
    if not decisions:
        return None
    options = [(None, *(meaning.name for meaning in one.meanings)) for one in decisions]
    ways = {names: Alternative(_read_as(reading, decisions, names), None) for names in product(*options)}
    return Alternatives(tuple(decisions), ways)


def _read_as(reading: Reading, decisions: Sequence[ColumnDecision], names: Sequence[str | None]) -> Reading:
    chosen = {
        one.field: meaning.value
        for one, name in zip(decisions, names, strict=True)
        for meaning in one.meanings
        if meaning.name == name
    }
    bad = {name: value for name, value in reading.bad.items() if name not in chosen}
    return structs.replace(reading, fields={**reading.fields, **chosen}, bad=bad)
