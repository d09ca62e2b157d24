"""Rows of the database, in canonical values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import msgspec

from bake.catalog.values import Json

#: Rows by columns: first their ids, then for each field the values of all rows.
Page: TypeAlias = Sequence[Sequence[Json]]


class Row(msgspec.Struct, frozen=True):
    """One row of an entity, as it was read. A struct, since millions are made and these are cheaper than dataclasses.

    Attributes:
        id: the surrogate id, which means nothing outside the database it comes from.
        values: canonical values by field name (`bake.catalog.values`); a reference is the id of the row it names.
    """

    id: int
    values: dict[str, Json]


def rows(fields: Sequence[str], pages: Iterable[Page]) -> Iterator[Row]:
    """The rows of some pages, whose columns after the ids are these fields."""
    for page in pages:
        for id_, *values in zip(*page, strict=True):
            yield Row(id_, dict(zip(fields, values, strict=True)))
