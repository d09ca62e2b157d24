"""Columns of a sheet in which a cell holds for the blank ones below it: in a list by shops and days, in merged cells.

    Shop     Item          with Shop filled down, is read as     Wegmans  eggs
    Wegmans  eggs                                                Wegmans  flour
             flour                                               Costco   salt
    Costco   salt

Whether a blank cell says that is not known from the sheet. A column is filled only if somebody said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bake.catalog.names import letters
from bake.catalog.values import shown
from bake.errors import UsageError


@dataclass
class Blanks:
    """How many cells of a column are blank, below its first value."""

    count: int = 0
    begins: bool = False

    def see(self, cell: str) -> None:
        """Note the next cell."""
        blank = not cell.strip()
        self.begins = self.begins or not blank
        self.count += blank and self.begins

    def remark(self, title: str) -> str:
        """What is noticed of a column that was filled."""
        cells = "1 blank cell says" if self.count == 1 else f"{self.count:,} blank cells say"
        return f"{title}: {cells} what stands above, as was said"


def filled_columns(titles: Sequence[str], said: Iterable[str]) -> frozenset[int]:
    """The positions of the columns that somebody named.

    Args:
        titles: of the columns.
        said: their names, as somebody typed them.

    Raises:
        UsageError: there is no such column, or several are meant.
    """
    return frozenset(_position(titles, name) for name in said)


def _position(titles: Sequence[str], name: str) -> int:
    meant = [n for n, title in enumerate(titles) if title == name]
    meant = meant or [n for n, title in enumerate(titles) if letters(name) and letters(title) == letters(name)]
    if len(meant) != 1:
        what = "means several columns" if meant else "is no column of the sheet"
        listed = ", ".join(shown(title, 40) for title in titles if title)
        raise UsageError(f"--fill-down: {shown(name)} {what}", hint=f"Its columns are {listed}.")
    return meant[0]


def filled_down(rows: Iterable[tuple[int, list[str]]], columns: frozenset[int]) -> Iterator[tuple[int, list[str]]]:
    """Rows with their lines, in which blank cells of some columns say what the cell above says."""
    above: dict[int, str] = {}
    for line, row in rows:
        for n in columns:
            if not row[n].strip():
                row[n] = above.get(n, "")
            above[n] = row[n]
        yield line, row
