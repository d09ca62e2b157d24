"""Find out from the cells of a column of a sheet whether its decimal mark is a comma or a point.

cell                         evidence for
6,99   0,5   1.234.567       a decimal comma
6.99   0.125   1,234,567     a decimal point
1.234,50   1,234.50          a comma, a point: proof by itself, since the cell has both signs
1.234   1,234   1.234 €      neither: the cell can mean two numbers
5                            neither

A mark is proven by one cell with both signs, or by two others, if no cell is evidence for the other mark. It decides
cells whose sign must then stand between thousands. A cell such as `1.234` has three decimals, unless there is evidence
for a comma. Other cells that can mean two numbers are asked about ("asked").

the column's cells                                  1.234 is read as    1,234 is read as
prove a decimal comma                               1234                asked
prove a decimal point                               1.234               1234
are evidence for both, or one is for a comma        asked               asked
are no evidence, or one is for a point              1.234               asked
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bake.catalog.readings import COMMA, MONEY, POINT, numbers

#: How many cells that are evidence for a mark prove it.
_ENOUGH = 2
#: The signs of currencies that have one.
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


@dataclass(slots=True)
class DecimalMarks:
    """The evidence in the cells of one column that have been seen so far.

    Attributes:
        commas: how many cells are evidence for a decimal comma; a cell with both signs counts as `_ENOUGH`.
        points: the same for a decimal point; counting may stop at `_ENOUGH`.
        dots: how many cells with a point can mean two numbers, such as `1.234`.
        example: the first of these cells.
        currencies: the currencies that cells give, each by its sign, in the order in which they came.
    """

    commas: int = 0
    points: int = 0
    dots: int = 0
    example: str = ""
    currencies: dict[str, None] = field(default_factory=dict)

    def see(self, cell: str) -> None:
        """Count a cell. The first check is a shortcut, since most cells are no new evidence."""
        if cell and not (cell[0].isdecimal() and cell[-1].isdecimal()):
            self._see_currency(cell)
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

    def _see_currency(self, cell: str) -> None:
        if found := MONEY.fullmatch(cell.strip()):
            sign = found.group(2) or found.group(5)
            self.currencies |= dict.fromkeys([_SIGNS.get(sign, sign)] if sign else [])

    @property
    def proven(self) -> str | None:
        """The decimal mark that is proven, `COMMA` or `POINT`; None if neither is."""
        if self.commas >= _ENOUGH and not self.points:
            return COMMA
        return POINT if self.points >= _ENOUGH and not self.commas else None

    def number(self, body: str) -> Decimal | None:
        """Decide which of two numbers a text such as `1.234` means.

        It is decided only if the text's sign must stand between thousands, since the column's decimal mark is the other
        one. If the sign is the decimal mark itself, the text would have three decimals, and stays undecided.

        Returns:
            The number; None if it cannot be decided.
        """
        by_convention = dict(numbers(body))
        thousands = (self.proven == COMMA and "," not in body) or (self.proven == POINT and "." not in body)
        return by_convention[self.proven or ""] if thousands else None

    def remark(self, name: str) -> str | None:
        """A notice that points in the column were read as signs between thousands; None if none were.

        Args:
            name: the column's name.
        """
        if self.proven != COMMA or not self.dots:
            return None
        values = "1 value" if self.dots == 1 else f"{self.dots} values"
        return (
            f"{name} has a decimal comma, as its other values prove; so the point in {values}, such as "
            f'"{self.example}", stands between thousands'
        )

    def currencies_remark(self, name: str) -> str | None:
        """A notice that the amounts of a column are of several currencies, which are not converted; None if not.

        Args:
            name: the column's name.
        """
        if len(self.currencies) < 2:
            return None
        several = ", ".join(self.currencies)
        return f"{name} has amounts in several currencies ({several}); their numbers are taken as they stand"
