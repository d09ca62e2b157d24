"""Groups the records of a batch by their columns, so that they can be compared column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bake.catalog.entity import ID
from bake.catalog.values import Json
from bake.compiler.matching.comparison_plan import RawValues
from bake.sources.model import Batch, Record

#: How many records are compared together at most: with their rows, about as many as the cache of a processor holds.
_PIECE = 1000


@dataclass(frozen=True, slots=True)
class ColumnBatch:
    """Records with the same columns.

    Attributes:
        names: the names of the columns.
        numbers: the numbers of the records in the source.
        values: the raw values of each record.
    """

    names: tuple[str, ...]
    numbers: list[int] = field(default_factory=list)
    values: list[RawValues] = field(default_factory=list)

    def record(self, n: int) -> Record:
        """The record at a position, as it stood in the source."""
        return Record(self.numbers[n], dict(zip(self.names, self.values[n], strict=True)))

    def carried(self, n: int) -> Json:
        """The id that the record at a position gives, if any."""
        return self.values[n][self.names.index(ID)] if ID in self.names else None

    def some(self, positions: Sequence[int]) -> ColumnBatch:
        """The records at these positions."""
        if len(positions) == len(self.values):
            return self
        return ColumnBatch(self.names, [self.numbers[n] for n in positions], [self.values[n] for n in positions])

    def rest(self, positions: Sequence[int]) -> Iterator[Record]:
        """The records at all other positions."""
        if len(positions) < len(self.values):
            others = set(range(len(self.values))).difference(positions)
            yield from map(self.record, sorted(others))


def column_batches(batch: Batch) -> Iterator[list[ColumnBatch]]:
    """The records of a batch in pieces of at most 1000, each as groups of records with the same columns."""
    piece: dict[tuple[str, ...], ColumnBatch] = {}
    size, number = 0, batch.first
    for names, all_rows in batch.tables():
        for start in range(0, len(all_rows), _PIECE):
            rows = all_rows[start : start + _PIECE]
            if size and size + len(rows) > _PIECE:
                yield list(piece.values())
                piece, size = {}, 0
            alike = piece.setdefault(names, ColumnBatch(names))
            alike.numbers.extend(range(number, number + len(rows)))
            alike.values.extend(rows)
            size, number = size + len(rows), number + len(rows)
    if piece:
        yield list(piece.values())
