"""The rows of a sheet that are records: neither blank nor its header over again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bake.sources.sheets.csv_text import rows
from bake.sources.sheets.fill_down import filled_down
from bake.sources.texts.text import SourceText


@dataclass(frozen=True)
class SheetRows:
    """The rows that are records.

    Attributes:
        source: the sheet.
        delimiter: what stands between its cells.
        titles: of the header.
        export: the column with the ids of the export; None if it has none.
        own: the columns that are for Bake: that one, and the bases of records.
        down: those whose blank cells say what stands above them (`fill_down`).
    """

    source: SourceText
    delimiter: str
    titles: Sequence[str]
    export: int | None
    own: frozenset[int] = frozenset()
    down: frozenset[int] = frozenset()

    def header(self) -> tuple[int, list[str]]:
        """The header, with its line."""
        return next(rows(self.source, self.delimiter))

    def read(self, first: int = 0) -> Iterator[tuple[int, list[str]]]:
        """The records in order, each with the number of its first line; from the record that begins on a line on.

        Cells that were left off at the end of a row are empty.
        """
        width = len(self.titles)
        records = (
            (line, row if len(row) >= width else row + [""] * (width - len(row)))
            for line, row in self.filled(first)
            if not self.repeats_header(row)
        )
        return filled_down(records, self.down) if self.down else records

    def filled(self, first: int = 0) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header that are not blank, with the cells that they have; empty ones behind are none."""
        read = rows(self.source, self.delimiter, first) if first else islice(rows(self.source, self.delimiter), 1, None)
        return ((line, self._cut(row)) for line, row in read if not _is_blank(row, self.own))

    def _cut(self, row: list[str]) -> list[str]:
        width = len(self.titles)
        return row[:width] if len(row) > width and _is_blank(row[width:], frozenset()) else row

    def repeats_header(self, row: list[str]) -> bool:
        """Whether a row is the header over again, as on each page of a list that was printed."""
        return row[0].strip() == self.titles[0] and [cell.strip() for cell in row] == [*self.titles]


def _is_blank(row: list[str], own: frozenset[int]) -> bool:
    return not any(cell and not cell.isspace() for n, cell in enumerate(row) if n not in own)
