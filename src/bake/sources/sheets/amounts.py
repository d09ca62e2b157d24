"""Cells with an amount and its unit, such as `5 lb`, in a sheet that has no column for the unit: both are read from it.

Size       is read as    package_unit_quantity    package_unit
5 lb                     5                        lb
2 1/2 cups               2 1/2                    cups
5                        5
2 bags                   2 bags                                    (bags are no unit; it is asked)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bake.catalog.column_types import column_type
from bake.catalog.field_types import Choice
from bake.catalog.model import Catalog
from bake.catalog.readings import amount_and_unit
from bake.catalog.values import Json, shown
from bake.catalog.view import View


@dataclass(slots=True)
class Amounts:
    """A column of amounts whose cells may have units.

    Attributes:
        unit: the column of the view with the unit.
        units: what units there are.
        count: how many cells that were seen have one.
        example: the first of them.
    """

    unit: str
    units: Choice
    count: int = 0
    example: str = ""

    def see(self, cell: str) -> None:
        """Count a cell."""
        if cell and not cell[-1].isdecimal() and amount_and_unit(self.units, cell):
            self.count += 1
            self.example = self.example or cell

    def amount(self, cell: str) -> str:
        """A cell without its unit."""
        parts = amount_and_unit(self.units, cell)
        return parts[0] if parts else cell

    def unit_of(self, cell: str) -> Json:
        """The unit of a cell; None if it has none."""
        parts = amount_and_unit(self.units, cell)
        return parts[1] if parts else None

    def remark(self, name: str) -> str:
        """A notice that cells were read as two values."""
        cells = "1 cell" if self.count == 1 else f"{self.count:,} cells"
        return f"{name} and {self.unit} were read from one column: {cells}, such as {shown(self.example)}"


def amounts(catalog: Catalog, view: View, name: str, others: Collection[str]) -> Amounts | None:
    """What reads amounts with their units in a column; None if it is no column of such, or another says the unit.

    Args:
        catalog: the catalog.
        view: as which the records are read.
        name: of the column.
        others: the names of all columns that say something.
    """
    column = view.by_name.get(name)
    unit = column.unit if column else None
    if unit is None or unit in others:
        return None
    type_ = column_type(catalog, view, view.by_name[unit])
    return Amounts(unit, type_) if isinstance(type_, Choice) else None


def units_within(
    catalog: Catalog, view: View, name: str, values: Sequence[Json], others: Collection[str]
) -> str | None:
    """The column of the view with the units that stand in the values of another column; None if there are none."""
    found = amounts(catalog, view, name, others)
    return found.unit if found and any(isinstance(value, str) and found.unit_of(value) for value in values) else None
