"""What a record says of where its values come from: the member `_evidence`, taken out before it is read.

    {"slug": "flour_5lb", "upc_code": "071012010103",
     "_evidence": {"upc_code": {"url": "https://…", "quote": "0 71012 01010 3", "confidence": 0.9}}}

By column, an object of `source`, `url`, `quote` and `confidence`, or a text, which is the source. In a sheet the cell
holds the same as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import count, islice

import msgspec

from bake.catalog.values import Json
from bake.changeset.model import Evidence
from bake.errors import Location
from bake.sources.model import Batch, Lazily, Section, SourceFile, Table

#: The column of a record that holds it.
EVIDENCE = "_evidence"

_json: msgspec.json.Decoder[Json] = msgspec.json.Decoder(float_hook=Decimal)

#: How many records are searched for the first one.
_SEARCHED = 1000
_LONGEST = 2000

#: Takes what a record says: its number, its view's section, and the content of its member.
Taker = Callable[[int, Section, Json], None]


def has_evidence(source: SourceFile) -> bool:
    """Whether one of the first records of a source says where its values come from."""
    return any(
        record.value.get(EVIDENCE) is not None
        for section in source.sections
        if section.view
        for record in islice(source.records(section), _SEARCHED)
    )


def without_evidence(source: SourceFile, take: Taker) -> SourceFile:
    """The source without the member; `take` is called with it as records are read, which may be more than once."""
    return replace(source, content=_WithoutEvidence(source, take))


def evidence_of(said: Json) -> tuple[list[Evidence], list[str]]:
    """What the member of a record says, by column, and what in it cannot be read, as sentences."""
    said = _decoded(said)
    if not isinstance(said, Mapping):
        return [], [f"{EVIDENCE} is no object of columns"]
    read: list[Evidence] = []
    faults: list[str] = []
    for name, part in said.items():
        try:
            one = msgspec.convert({"source": part} if isinstance(part, str) else part, _Said)
            read.append(one.evidence(str(name)))
        except (msgspec.ValidationError, ValueError) as error:
            faults.append(f"{EVIDENCE} of {name} cannot be read: {error}")
    return read, faults


def _decoded(said: Json) -> Json:
    if not isinstance(said, str):
        return said
    try:
        return _json.decode(said)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    source: str | None = None
    url: str | None = None
    quote: str | None = None
    confidence: int | Decimal | None = None

    def evidence(self, column: str) -> Evidence:
        """The same as a changeset holds it.

        Raises:
            ValueError: a part is no evidence.
        """
        sure = None if self.confidence is None else Decimal(str(self.confidence))
        if sure is not None and not 0 <= sure <= 1:
            raise ValueError("a confidence is a number from 0 to 1")
        texts = {"source": self.source, "url": self.url, "quote": self.quote}
        kept = {name: text[:_LONGEST] for name, text in texts.items() if text}
        if not kept and sure is None:
            raise ValueError("it says nothing")
        return Evidence(field=column, confidence=sure, **kept)


class _WithoutEvidence:
    """The content of a source (`bake.sources.model.Content`), the member taken out of each record."""

    def __init__(self, source: SourceFile, take: Taker) -> None:
        self._content = source.content
        self._take = take

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The records in order."""
        for number, record in zip(count(section.first), self._content.read(section), strict=False):
            if record.get(EVIDENCE) is not None:
                self._take(number, section, record[EVIDENCE])
            yield {name: value for name, value in record.items() if name != EVIDENCE}

    def batches(self, section: Section, size: int) -> Iterable[Batch]:
        """The records, so many at a time."""
        batches = self._content.batches(section, size)
        if isinstance(batches, Sequence):
            return Lazily(len(batches), lambda n: self._batch(section, batches[n]))
        return map(partial(self._batch, section), batches)

    def _batch(self, section: Section, batch: Batch) -> Batch:
        return replace(batch, tables=partial(self._tables, section, batch))

    def _tables(self, section: Section, batch: Batch) -> Iterator[Table]:
        number = batch.first
        for table in batch.tables():
            yield self._table(section, number, table)
            number += len(table.rows)

    def _table(self, section: Section, first: int, table: Table) -> Table:
        if EVIDENCE not in table.names:
            return table
        at = table.names.index(EVIDENCE)
        for number, row in enumerate(table.rows, first):
            if row[at] is not None:
                self._take(number, section, row[at])
        rows = [row[:at] + row[at + 1 :] for row in table.rows]
        return Table(table.names[:at] + table.names[at + 1 :], rows)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where a record stands, or a part of it."""
        return self._content.locate(section, index, steps)
