"""The values of a record that are compared with rows if its entity has no natural key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from bake.catalog.entity import Entity
from bake.catalog.lookups import Frozen, frozen, given
from bake.catalog.values import Json
from bake.compiler.context import Context
from bake.compiler.drafting.row_difference import only_by_id
from bake.compiler.reading.binding import Reading
from bake.compiler.rows.mark_index import mark_of
from bake.compiler.rows.resolved import Found, Resolved, Unclear, may_come


class Compared(msgspec.Struct, frozen=True):
    """The values that a record gives in the compared fields of its entity (`Entity.compared`).

    Attributes:
        names: the names of the fields that it gives, without the gaps.
        values: their canonical values; references as ids.
        gaps: the fields whose value is unknown: it cannot be parsed, its reference is unclear, or it is required and
            not given.
    """

    names: tuple[str, ...]
    values: tuple[Json, ...]
    gaps: tuple[str, ...] = ()

    @property
    def mark(self) -> int:
        """A number, which is equal for records with equal values."""
        return mark_of(repr((self.names, self.values, self.gaps)).encode("utf-8", "backslashreplace"))

    def without(self, *names: str) -> tuple[tuple[str, ...], tuple[Json, ...]]:
        """The names and the values without those of some fields."""
        pairs = [(field, value) for field, value in zip(self.names, self.values, strict=True) if field not in names]
        return tuple(field for field, _ in pairs), tuple(value for _, value in pairs)


def compared_values(
    context: Context, item: Entity, readings: Sequence[Reading], *, quiet: bool = False
) -> list[Compared | None]:
    """The compared values of each record; None for a record that cannot be compared.

    These are records with a reference to a new row, with a reference by an id alone that names no row (it is from
    another database), or with several gaps: unless one of these is a reference, and there are as many values. Texts of
    columns that are read by an option alone are compared as each option reads them.

    Args:
        context: the compilation; a notice is added for records with too many gaps.
        item: the entity of the records.
        readings: the records.
        quiet: whether to leave the notices out.
    """
    named = {
        name: context.references.resolve(target, [one.lookups[name] for one in readings if given(one.lookups, name)])
        for name, target in item.references.items()
        if name in item.compared
    }
    return [_compared(context, item, reading, named, quiet) for reading in readings]


def _compared(
    context: Context, item: Entity, reading: Reading, named: Mapping[str, Mapping[Frozen, Resolved]], quiet: bool
) -> Compared | None:
    said: dict[str, Json] = {}
    gaps: list[str] = []
    for name in item.compared:
        value = reading.fields.get(name)
        if name in named and given(reading.lookups, name) and name not in reading.bad:
            hit = named[name][frozen(reading.lookups[name])]
            if not isinstance(hit, Found | Unclear) or (not may_come(hit) and only_by_id(reading.lookups[name])):
                return None
            value = hit.row.id if isinstance(hit, Found) else None
            gaps += [name] if isinstance(hit, Unclear) else []
        elif name in reading.bad or (value is None and item.fields[name].required):
            gaps.append(name)
        if name not in gaps and (value is not None or _gives_null(item, reading, name)):
            said[name] = value
    is_known_enough = len(gaps) <= len(said) and any(name in item.references for name in gaps)
    if len(gaps) > 1 and not is_known_enough:
        message = f"{' and '.join(gaps)} are not known yet, so it was not compared with the {item.name} that are here"
        if not quiet:
            context.notices.add("not_compared", message, reading.number)
        return None
    return Compared(tuple(said), tuple(said.values()), tuple(gaps))


def _gives_null(item: Entity, reading: Reading, name: str) -> bool:
    """Whether a record gives null in a field; not if the column has a default, which a new row would get instead."""
    column = item.table.c[item.fields[name].column]
    said = name in reading.fields or name in reading.lookups
    return said and column.default is None and column.server_default is None
