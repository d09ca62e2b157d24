"""What of a record is compared with rows, where no natural key tells which row it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from bake.catalog.lookups import Frozen, frozen, given
from bake.catalog.model import Entity
from bake.catalog.values import Json
from bake.compiler.binding import Reading
from bake.compiler.context import Context
from bake.compiler.references import Found, Resolved, Unclear, may_come
from bake.compiler.row_difference import only_by_id
from bake.compiler.spill_store import digest


class Compared(msgspec.Struct, frozen=True):
    """What a record says in the fields that are compared (`Entity.compared`), as far as it says it.

    Attributes:
        names: the fields.
        values: their canonical values; references as the ids of the rows that they name.
        gap: the one field of which it is not known what it says: it does not fit, or names no row, or several, or a
            row that may be one that is here.
    """

    names: tuple[str, ...]
    values: tuple[Json, ...]
    gap: str | None = None

    @property
    def mark(self) -> bytes:
        """What stands for it: records that say the same have one."""
        return digest(repr((self.names, self.values, self.gap)).encode("utf-8", "backslashreplace"))

    def may_differ_in(self, name: str) -> bool:
        """Whether this can be the only field in which a row is not what the record says."""
        return name == self.gap if self.gap else name in self.names

    def without(self, name: str) -> tuple[tuple[str, ...], tuple[Json, ...]]:
        """The fields and values but for one; all of them but for the gap."""
        pairs = [(field, value) for field, value in zip(self.names, self.values, strict=True) if field != name]
        return tuple(field for field, _ in pairs), tuple(value for _, value in pairs)


def compared_values(
    context: Context, item: Entity, readings: Sequence[Reading], *, quiet: bool = False
) -> list[Compared | None]:
    """What of each record is compared; None if much is unclear, something is missing, or it refers to a new row.

    An id that names no row here is another database's, and says nothing by which the record could be compared.

    Args:
        context: the compilation; of what is not compared, because it is not known what it refers to, is noted in it.
        item: the entity of the records.
        readings: the records.
        quiet: nothing is noted.
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
        elif name in reading.bad:
            gaps.append(name)
        elif value is None and item.fields[name].required:
            return None
        if name not in gaps and (value is not None or _gives_null(item, reading, name)):
            said[name] = value
    if len(gaps) > 1:
        message = f"{' and '.join(gaps)} are not known yet, so it was not compared with the {item.name} that are here"
        if not quiet:
            context.notices.add("not_compared", message, reading.number)
        return None
    return Compared(tuple(said), tuple(said.values()), gaps[0] if gaps else None)


def _gives_null(item: Entity, reading: Reading, name: str) -> bool:
    """Whether a record says that a row has nothing in a field; one that gets a default then says nothing."""
    column = item.table.c[item.fields[name].column]
    said = name in reading.fields or name in reading.lookups
    return said and column.default is None and column.server_default is None
