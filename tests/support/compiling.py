"""Compiling documents that are dictionaries against rows that are dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from support.market import MARKET
from support.memory import MemorySnapshot

from bake.catalog.base_digest import BASE, BaseFormat
from bake.catalog.model import Catalog
from bake.catalog.view import View
from bake.changeset.codec import operations_in
from bake.changeset.model import Built, Create, Mode, Notice, Operation, Question, Skip, Update
from bake.changeset.runs import numbers
from bake.changeset.writing import Encoded, Revision
from bake.compiler.build import compile_source
from bake.compiler.context import Options
from bake.compiler.drafting.applied_before import EarlierApplications
from bake.compiler.parallel import BatchExecutor, no_workers
from bake.compiler.snapshot import Snapshot
from bake.sources.detect import recognise
from bake.sources.model import SourceFile
from bake.sources.texts.text import text_of

Document: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]

#: The id of the database that things are compiled against.
DATABASE = "00000000-0000-4000-8000-0000000000db"


@dataclass(frozen=True)
class Compiled:
    """What a compilation gave, sorted by kind."""

    operations: list[Operation]
    questions: list[Question]
    built: Built

    @property
    def creates(self) -> list[Create]:
        """The creates."""
        return [operation for operation in self.operations if isinstance(operation, Create)]

    @property
    def updates(self) -> list[Update]:
        """The updates."""
        return [operation for operation in self.operations if isinstance(operation, Update)]

    @property
    def skips(self) -> dict[str, list[int]]:
        """The records that are skipped, by reason."""
        skips: dict[str, list[int]] = {}
        for operation in self.operations:
            if isinstance(operation, Skip):
                skips.setdefault(operation.reason, []).extend(numbers(operation.from_))
        return skips

    @property
    def question(self) -> Question:
        """The one question."""
        [question] = self.questions
        return question

    @property
    def notices(self) -> dict[str, list[Notice]]:
        """The notices, by code."""
        found: dict[str, list[Notice]] = {}
        for notice in self.built.notices:
            found.setdefault(notice.code, []).append(notice)
        return found


def view(name: str, *records: Mapping[str, Any]) -> dict[str, Any]:
    """A file that holds a view."""
    return {"export_type": "denormalized_view", "view_name": name, "records": list(records)}


def exported(
    view: View, record: Mapping[str, Any], catalog: Catalog = MARKET, database: str = DATABASE
) -> dict[str, Any]:
    """A record as an export writes it, with its base; columns that it does not say are null."""
    format_ = BaseFormat(catalog, view)
    values = {column.name: record.get(column.name) for column in view.columns if column.exported}
    return {
        **values,
        BASE: format_.write({name: format_.canonical(name, raw) for name, raw in values.items()}, database),
    }


def written(document: object) -> bytes:
    """A document as a file holds it; decimals are numbers."""
    return msgspec.json.Encoder(decimal_format="number").encode(document)


def source(document: Document, catalog: Catalog = MARKET) -> SourceFile:
    """A document as a source."""
    return recognise(text_of(Path("in.json"), written(document)), catalog)


def compiled(
    document: Document,
    rows: Rows | None = None,
    *,
    catalog: Catalog = MARKET,
    mode: Mode = "merge",
    strict: bool = False,
    batch: int = 1000,
    earlier: EarlierApplications | None = None,
    database: str = DATABASE,
    two_way: bool = False,
) -> Compiled:
    """Compile a document against rows (`MemorySnapshot`); that it is complete is checked each time."""
    options = Options(mode=mode, strict=strict, batch=batch, two_way=two_way)
    return compiled_against(document, MemorySnapshot(catalog, rows or {}), catalog, options, earlier, database)


def compiled_against(
    document: Document,
    snapshot: Snapshot,
    catalog: Catalog,
    options: Options,
    earlier: EarlierApplications | None = None,
    database: str = DATABASE,
    executor: BatchExecutor = no_workers,
) -> Compiled:
    """Compile a document against a snapshot."""
    return compiled_source(source(document, catalog), snapshot, catalog, options, earlier, database, executor)


def compiled_source(
    read: SourceFile,
    snapshot: Snapshot | None = None,
    catalog: Catalog = MARKET,
    options: Options | None = None,
    earlier: EarlierApplications | None = None,
    database: str = DATABASE,
    executor: BatchExecutor = no_workers,
) -> Compiled:
    """Compile a source against a snapshot; by default, of an empty database."""
    snapshot, options = snapshot or MemorySnapshot(catalog, {}), options or Options()
    lines = _decoded(
        compile_source(read, catalog, snapshot, options, database=database, earlier=earlier, executor=executor)
    )
    operations = [line for line in lines if not isinstance(line, Question | Built)]
    questions = [line for line in lines if isinstance(line, Question)]
    *_, built = lines
    assert isinstance(built, Built)
    records = sorted(n for operation in operations for n in numbers(operation.from_))
    assert records == list(range(read.size)), "every record is in exactly one operation"
    return Compiled(operations, questions, built)


def _decoded(lines: Iterable[Operation | Encoded | Revision | Question | Built]) -> list[Operation | Question | Built]:
    """What workers have encoded as it would be read, and what is revised as it is then."""
    made: list[Operation | Question | Built] = []
    for line in lines:
        match line:
            case Encoded(raw):
                made += operations_in(raw) or []
            case Revision(revised):
                made = [one if isinstance(one, Question | Built) else revised(one) for one in made]
            case _:
                made.append(line)
    return made


def changes(operation: Update) -> dict[str, tuple[Any, Any]]:
    """An update's before- and after-values by field."""
    pairs = zip(operation.patch[::2], operation.patch[1::2], strict=True)
    return {test.path.removeprefix("/"): (test.value, replace.value) for test, replace in pairs}


def described(result: Compiled) -> list[Any]:
    """Operations and questions without the numbers that depend on the order of compiling."""
    records = {op.n: (op.entity, sorted(numbers(op.from_))) for op in result.operations}
    asking = {q.id: (q.kind, q.entity, q.field, q.lookup, q.key) for q in result.questions}
    operations = [_without_numbers(op, records, asking) for op in result.operations]
    questions = [_question(question, records) for question in result.questions]
    notices = [(notice.code, notice.message, notice.from_) for notice in result.built.notices]
    return [*sorted(map(repr, operations)), *sorted(map(repr, questions)), *sorted(map(repr, notices))]


def _without_numbers(operation: Operation, records: dict[int, Any], asking: dict[str, Any]) -> Any:
    fields = {name: getattr(operation, name) for name in operation.__struct_fields__ if name != "n"}
    needs = fields.get("needs", {})
    fields["needs"] = {place: asking[need] if isinstance(need, str) else records[need] for place, need in needs.items()}
    fields["outcomes"] = [
        (asking[id_], name, msgspec.structs.replace(one, taken=None), records.get(one.taken or 0))
        for id_, options in fields.get("outcomes", {}).items()
        for name, one in options.items()
    ]
    return type(operation).__name__, fields


def _question(question: Question, records: dict[int, Any]) -> Any:
    fields = {name: getattr(question, name) for name in question.__struct_fields__ if name not in ("id", "asked_by")}
    fields["candidates"] = [
        (msgspec.structs.replace(one, operation=None), records.get(one.operation or 0)) for one in question.candidates
    ]
    return fields, sorted(records[n] for n in numbers(question.asked_by))
