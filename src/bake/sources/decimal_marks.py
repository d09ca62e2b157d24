"""Which sign a column of a sheet has before its decimals, as far as its cells prove it.

the cell                     proves
6,99   0,5   1.234.567       a decimal comma
6.99   0.125   1,234,567     a decimal point
1.234,50   1,234.50          the same, by itself
1.234   1,234   1.234 €      nothing: it can be two numbers
5                            nothing, and needs nothing

the column proves, by a cell with both signs or by two cells     1.234 in it is    1,234 in it is
a decimal comma, and nothing a decimal point                     1234              asked
a decimal point, and nothing a decimal comma                     1.234             1234
both, or a comma by one cell only                                asked             asked
nothing, or a point by one cell only                             1.234             asked
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bake.catalog.readings import COMMA, MONEY, POINT, numbers

#: How many cells prove what none proves by itself.
_ENOUGH = 2


@dataclass(slots=True)
class DecimalMarks:
    """What the cells of one column prove.

    Attributes:
        commas: how many prove a decimal comma; one with both signs counts for `_ENOUGH`.
        points: how many prove a decimal point, not counted further than needed.
        dots: how many with a point can be two numbers.
        example: the first of them.
    """

    commas: int = 0
    points: int = 0
    dots: int = 0
    example: str = ""

    def see(self, cell: str) -> None:
        """Take a cell into account. Cells that say nothing new cost little."""
        if "," not in cell and ("." not in cell or (self.points >= _ENOUGH and cell[-4:-3] != ".")):
            return
        found = MONEY.fullmatch(cell.strip())
        body = found.group(4) if found else ""
        if "," not in body and "." not in body:
            return
        conventions = {convention for convention, _ in numbers(body)}
        weight = _ENOUGH if "," in body and "." in body else 1
        if conventions == {COMMA}:
            self.commas += weight
        elif conventions == {POINT}:
            self.points += weight
        elif "." in body and conventions:
            self.dots += 1
            self.example = self.example or cell

    @property
    def proven(self) -> str | None:
        """The sign that is proven; None if none is."""
        if self.commas >= _ENOUGH and not self.points:
            return COMMA
        return POINT if self.points >= _ENOUGH and not self.commas else None

    def number(self, body: str) -> Decimal | None:
        """The number that a text means that can be two numbers; None if the column does not prove it.

        Only a sign between thousands is proven to be one: decimals as many as three would be are asked about.
        """
        by_convention = dict(numbers(body))
        thousands = (self.proven == COMMA and "," not in body) or (self.proven == POINT and "." not in body)
        return by_convention[self.proven or ""] if thousands else None

    def remark(self, name: str) -> str | None:
        """What there is to notice of a column, in one sentence."""
        if self.proven != COMMA or not self.dots:
            return None
        values = "1 value" if self.dots == 1 else f"{self.dots} values"
        return (
            f"{name} has a decimal comma, as its other values prove; so the point in {values}, such as "
            f'"{self.example}", stands between thousands'
        )
