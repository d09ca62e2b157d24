"""Identifies records of a batch, also those that give no whole key.

These are records of an entity without natural keys (`equal_rows`), and children in nested lists that leave their number
out (`child_lines`). They are matched with rows by their values, among all such records of the source or the list.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableSequence, Sequence

from bake.catalog.entity import Entity
from bake.catalog.row import Row
from bake.compiler.context import Context
from bake.compiler.identity import DeferredRecord, Identity, New
from bake.compiler.matching.child_lines import ChildLines
from bake.compiler.matching.equal_rows import EqualRows
from bake.compiler.matching.record_matching import add_resembling, identify
from bake.compiler.matching.updated_rows import add_updated
from bake.compiler.reading.binding import Binding, Reading


class UnkeyedRecords:
    """Identifies records, a batch at a time: by uuid, key or id, else by their values."""

    def __init__(self, context: Context, *, alone: bool = False) -> None:
        """Prepare.

        Args:
            context: the compilation.
            alone: whether each batch is compiled by itself, in a worker; then equal rows are not matched, as that
                needs the records of all batches.
        """
        self._context = context
        self._equal = None if alone else EqualRows(context)
        self._lines: dict[str, ChildLines] = {}

    def identify(
        self, binding: Binding, readings: Sequence[Reading], known: Mapping[int, Row]
    ) -> Sequence[Identity | None]:
        """The identity of each record, in their order; None for those that only `identify_deferred` can identify.

        Args:
            binding: the view of the records.
            readings: the records.
            known: by record number, the rows of records whose key was looked up before.
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
            matched = self._equal.match(binding, readings, identities)
            self._add_resembling(item, readings, matched)
            add_updated(self._context, item, readings, matched)
            return matched
        return identities

    def identify_deferred(self, entity: str) -> list[DeferredRecord]:
        """Identify the remaining records of an entity, after all its records were read; they are sorted by number."""
        identified: list[DeferredRecord] = []
        if entity in self._lines:
            identified += self._lines[entity].identify_deferred()
        if self._equal is not None:
            counted = self._equal.identify_deferred(entity)
            found: list[Identity | None] = [one.identity for one in counted]
            item, readings = self._context.catalog.entities[entity], [one.reading for one in counted]
            self._add_resembling(item, readings, found)
            add_updated(self._context, item, readings, found)
            identified += [
                one._replace(identity=identity or New()) for one, identity in zip(counted, found, strict=True)
            ]
        return sorted(identified, key=lambda record: record.reading.number)

    def _add_resembling(
        self, item: Entity, readings: Sequence[Reading], identities: MutableSequence[Identity | None]
    ) -> None:
        """Find the rows that new records resemble, where rows are called by a name although it is no key."""
        if not item.keys and item.alternates:
            new = [n for n, one in enumerate(identities) if one == New()]
            found: list[Identity | None] = [None] * len(new)
            add_resembling(self._context, item, [readings[n] for n in new], found)
            for n, identity in zip(new, found, strict=True):
                identities[n] = identity or New()
