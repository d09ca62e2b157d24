"""A row as the database gave it, in canonical values."""

from __future__ import annotations

from dataclasses import dataclass

from bake.catalog.values import Json


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one entity at the time it was read.

    Attributes:
        id: the surrogate id, which means nothing outside the database it comes from.
        values: canonical values by field name (`bake.catalog.values`); a reference is the id of the row it names.
    """

    id: int
    values: dict[str, Json]
