"""What an export wrote, without a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bake.catalog.values import Json


@dataclass(frozen=True)
class KeptBase:
    """A base that is a list of records."""

    records: Sequence[Mapping[str, Json]]
    export_id: str = "e1"
    asked: list[str] = field(default_factory=list)

    def find(self, column: str, values: Sequence[Json]) -> dict[Json, Mapping[str, Json]]:
        """The records that have one of these values in a column."""
        self.asked.append(column)
        return {record[column]: record for record in self.records if record.get(column) in values}
