"""All records of one entity, identified before their turn: what later records say decides what earlier ones mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bake.catalog.entity import Entity
from bake.compiler.context import Context
from bake.compiler.identity import Existing, Identity
from bake.compiler.matching.record_matching import identify
from bake.compiler.reading.binding import Reading
from bake.sources.model import Position


@dataclass(frozen=True, slots=True)
class IdentifiedBatch:
    """Records of one batch, and which row each is about by uuid, key or id."""

    context: Context
    readings: Sequence[Reading]
    identities: Sequence[Identity]

    @property
    def rows(self) -> Iterator[int]:
        """The ids of the rows that records are about."""
        return (identity.row.id for identity in self.identities if isinstance(identity, Existing))


def read_ahead(context: Context, item: Entity) -> Iterator[IdentifiedBatch]:
    """Identify the records of all sections of an entity, in a context of their own: nothing is noted or claimed.

    Args:
        context: the compilation.
        item: the entity.
    """
    apart = replace(context)
    for section in context.source.sections:
        if section.view is None or section.view.entity != item.name:
            continue
        binding = context.binding(section.view)
        number = section.first
        for batch in context.source.batches(section, context.options.batch):
            apart.trim()
            readings = []
            for names, rows in batch.tables():
                for row in rows:
                    readings.append(binding.read(number, dict(zip(names, row, strict=True))))
                    number += 1
            for reading in readings:
                forget_position(context, item, reading)
            yield IdentifiedBatch(apart, readings, identify(apart, binding, readings))


def forget_position(context: Context, item: Entity, reading: Reading) -> int | None:
    """Take the number that only its place in a list gave to a record out of what the record says; that number.

    Args:
        context: the compilation.
        item: the entity of the record.
        reading: the record; changed.
    """
    nested = context.catalog.numbered.get(item.name)
    name = nested.numbered if nested else None
    position = reading.value.get(name) if name else None
    if name is None or not isinstance(position, Position):
        return None
    reading.fields.pop(name, None)
    return int(position)
