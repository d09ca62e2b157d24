"""What the compiler asks of a base: the records as an export wrote them, to tell an edit from an old value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bake.catalog.values import Json


class Base(Protocol):
    """The records of one export of one view."""

    @property
    def export_id(self) -> str:
        """Which export wrote them."""
        ...

    def find(self, column: str, values: Sequence[Json]) -> Mapping[Json, Mapping[str, Json]]:
        """The records that have one of these values in an identity column, by the value; a batch at a time."""
        ...
