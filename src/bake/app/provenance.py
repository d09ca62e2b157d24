"""What records say of where their values come from, on its way into the operations that these records ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec import structs

from bake.catalog.values import Json
from bake.changeset.codec import encode, operations_in
from bake.changeset.model import (
    Built,
    Create,
    Evidence,
    Notice,
    Operation,
    Question,
    Update,
)
from bake.changeset.patch import written
from bake.changeset.runs import numbers, runs
from bake.changeset.writing import Encoded, Revision
from bake.sources.evidence import EVIDENCE, evidence_of, has_evidence, without_evidence
from bake.sources.model import Section, SourceFile

_Line: TypeAlias = Operation | Question | Built | Encoded | Revision


class Provenance:
    """The evidence of the records that were read so far, and what in it could not be read."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Evidence, ...]] = {}
        self._faults: dict[str, list[int]] = {}

    def taken_from(self, source: SourceFile) -> SourceFile:
        """The source without its evidence, which is kept here as the records are read."""
        return without_evidence(source, self._take)

    def _take(self, number: int, section: Section, said: Json) -> None:
        if number in self._known:
            return
        read, faults = evidence_of(said)
        columns = section.view.by_name if section.view else {}
        found = [(one, columns.get(one.field or "")) for one in read]
        faults += [f"{EVIDENCE} names {one.field}, which is no column" for one, column in found if column is None]
        self._known[number] = tuple(
            structs.replace(one, field=column.path[0]) for one, column in found if column is not None and column.path
        )
        for fault in faults:
            self._faults.setdefault(fault, []).append(number)

    def attached(self, lines: Iterable[_Line]) -> Iterator[_Line]:
        """The lines of a build, each operation with the evidence for the fields that it writes."""
        for line in lines:
            match line:
                case Encoded(raw):
                    yield Encoded(b"".join(encode(self._with_evidence(one)) for one in operations_in(raw) or ()))
                case Create() | Update():
                    yield self._with_evidence(line)
                case Built():
                    yield structs.replace(line, notices=(*line.notices, *self._notices()))
                case _:
                    yield line

    def _with_evidence(self, operation: Operation) -> Operation:
        if not isinstance(operation, Create | Update):
            return operation
        fields = written(operation)
        found = (one for number in numbers(operation.from_) for one in self._known.get(number, ()))
        kept = tuple(dict.fromkeys(one for one in found if one.field in fields))
        return structs.replace(operation, evidence=kept) if kept else operation

    def _notices(self) -> Iterator[Notice]:
        for fault, records in self._faults.items():
            yield Notice(code="evidence", message=fault, from_=runs(records))


def provenance_of(source: SourceFile) -> Provenance | None:
    """What keeps the evidence of a source; None if none of its first records has any."""
    return Provenance() if has_evidence(source) else None
