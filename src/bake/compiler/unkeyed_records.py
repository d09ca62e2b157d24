"""Which rows records are about that give no whole key: those without any, and lines whose number nobody writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bake.catalog.row import Row
from bake.compiler.binding import Binding, Reading
from bake.compiler.child_lines import ChildLines
from bake.compiler.context import Context
from bake.compiler.equal_rows import EqualRows
from bake.compiler.identity import Identity, Settled, identify


class UnkeyedRecords:
    """Identifies records, a batch at a time: by uuid, key or id, and else by what they say."""

    def __init__(self, context: Context, *, alone: bool = False) -> None:
        """Prepare.

        Args:
            context: the compilation.
            alone: each batch is compiled by itself, so that nothing is counted across batches.
        """
        self._context = context
        self._equal = None if alone else EqualRows(context)
        self._lines: dict[str, ChildLines] = {}

    def identify(
        self, binding: Binding, readings: Sequence[Reading], known: Mapping[int, Row]
    ) -> Sequence[Identity | None]:
        """Which row each record is about; None for those that `settle` gives later.

        Args:
            binding: the view of the records.
            readings: the records.
            known: the rows of records whose key was looked up already, by the number of the record.
        """
        item = binding.entity
        if nested := self._context.catalog.numbered.get(item.name):
            lines = self._lines.setdefault(item.name, ChildLines(self._context, item, nested))
            positions = lines.unnumbered(readings)
            identities = identify(self._context, binding, readings, known)
            open_ = {n: position for n, position in positions.items() if readings[n].usable_base is None}
            return lines.match(binding, readings, identities, open_) if open_ else identities
        identities = identify(self._context, binding, readings, known)
        if self._equal is not None and item.compared:
            return self._equal.match(binding, readings, identities)
        return identities

    def settle(self, entity: str) -> list[Settled]:
        """The records of an entity that were not identified yet, now that all of them were read; by their numbers."""
        settled: list[Settled] = []
        if entity in self._lines:
            settled += self._lines[entity].settle()
        if self._equal is not None:
            settled += self._equal.settle(entity)
        return sorted(settled, key=lambda record: record.reading.number)
