"""Collects notices, each once for all records that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bake.changeset.model import Notice
from bake.changeset.runs import RunBuilder


class Notices:
    """The notices of one compilation: equal ones become one, with the records of all."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], RunBuilder] = {}

    def add(self, code: str, message: str, record: int | None = None) -> None:
        """Add a notice: `code` is stable and for programs, `message` is one sentence for people."""
        records = self._records.setdefault((code, message), RunBuilder())
        if record is not None:
            records.add(record)

    def add_spans(self, code: str, message: str, spans: Iterable[tuple[int, int]]) -> None:
        """Add a notice about runs of records, each given as (first, last)."""
        records = self._records.setdefault((code, message), RunBuilder())
        for first, last in spans:
            records.add_span(first, last)

    def add_all(self, others: Notices) -> None:
        """Add the notices of a batch compiled by itself, whose records come after those noted here."""
        for noted, records in others._records.items():
            there = self._records.setdefault(noted, RunBuilder())
            for first, last in records.spans():
                there.add_span(first, last)

    def lines(self) -> Iterator[Notice]:
        """The notices, in the order in which they first were added."""
        for (code, message), records in self._records.items():
            yield Notice(code=code, message=message, from_=records.runs())
