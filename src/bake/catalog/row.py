"""A row as the database gave it, in canonical values."""

from __future__ import annotations

import msgspec

from bake.catalog.values import Json


class Row(msgspec.Struct, frozen=True):
    """One row of one entity at the time it was read. A struct, because there are a million of them.

    Attributes:
        id: the surrogate id, which means nothing outside the database it comes from.
        values: canonical values by field name (`bake.catalog.values`); a reference is the id of the row it names.
    """

    id: int
    values: dict[str, Json]
