"""A row as the database gave it, in canonical values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import msgspec

from bake.catalog.values import Json

#: Some rows as columns: their ids, and then the values of each field.
Page: TypeAlias = Sequence[Sequence[Json]]


class Row(msgspec.Struct, frozen=True):
    """One row of one entity at the time it was read. A struct, because there are a million of them.

    Attributes:
        id: the surrogate id, which means nothing outside the database it comes from.
        values: canonical values by field name (`bake.catalog.values`); a reference is the id of the row it names.
    """

    id: int
    values: dict[str, Json]


def rows(fields: Sequence[str], pages: Iterable[Page]) -> Iterator[Row]:
    """The rows of some pages, of which these are the fields."""
    for page in pages:
        for id_, *values in zip(*page, strict=True):
            yield Row(id_, dict(zip(fields, values, strict=True)))
