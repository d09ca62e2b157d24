"""The log of records that were skipped because of open questions: itself a source, to be edited and imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from bake.app.project import Project
from bake.catalog.values import Json
from bake.changeset.decisions import Decisions
from bake.changeset.file import Changeset
from bake.changeset.model import Question, Skip
from bake.changeset.runs import count, numbers
from bake.commands import command
from bake.errors import UsageError
from bake.renderer.sentences import sentence
from bake.sources.detect import open_source
from bake.sources.json import bare_records
from bake.sources.model import Position, SourceFile
from bake.sources.sheets import csv_table
from bake.sources.sheets.column_mapping import ColumnMapping
from bake.unfinished import Unfinished, unfinished

_STEM = "import_skipped_"
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)

INSTRUCTIONS = (
    "1. Correct the records below, or create what they refer to.\n"
    "2. Import this file: bake import FILE\n"
    "It holds exactly the records that were skipped; the others have been imported."
)

#: Kinds of sources that do not say what their records are.
NAMED_BY_PEOPLE = frozenset({csv_table.KIND, bare_records.KIND})


def source_of(project: Project, file: Changeset, given: Path | None) -> SourceFile:
    """The source that a changeset was built from, unchanged.

    Raises:
        UsageError: it is not where it was, or has been edited since.
    """
    recorded = file.header.source.path
    path = given or (project.folder / recorded if recorded and project.has_folder else None)
    again = command("changeset", "apply", file.path, "--skip-on-error", "--source", file.header.source.name)
    hint = f"give it: {again}"
    if path is None or not path.exists():
        raise UsageError(
            f"the source {file.header.source.name} is needed to write the log of skipped records", hint=hint
        )
    said = file.header.source
    view = said.view if said.kind in NAMED_BY_PEOPLE else None
    source = open_source(path, project.catalog, view, said.read_as, ColumnMapping(said.columns, said.values))
    if source.sha256 != file.header.source.sha256:
        raise UsageError(f"{path} was edited since the changeset was built from it", hint=hint)
    return source


def write_log(file: Changeset, skipping: Decisions, source: SourceFile, folder: Path, at: str) -> Path:
    """Write `import_skipped_<time>.json` into a folder, unless a run that was cut off has left it there.

    Args:
        file: the changeset.
        skipping: its decisions, the open questions skipped.
        source: what it was built from.
        folder: where to.
        at: when, RFC 3339.

    Raises:
        UsageError: it cannot be written.
    """
    reasons = skipped_records(file, skipping)
    records = [
        {
            "record_index": record.number,
            "section": section.name,
            "location": str(source.locate(record.number)),
            "skip_reason": _reason(skipping.questions[reasons[record.number]]),
            "record_data": written(record.value),
        }
        for section in source.sections
        for record in source.records(section)
        if record.number in reasons
    ]
    document = {
        "export_type": "skipped_records",
        "log_version": "1.0",
        "skipped_at": at,
        "source_file": source.name,
        "source_sha256": source.sha256,
        "source_kind": source.kind,
        "source_sections": _sections(source),
        "export_id": source.export_id,
        "database": source.database,
        "total_skipped": len(records),
        "resolution_instructions": INSTRUCTIONS,
        "records": records,
    }
    logs = (path for path in folder.glob(f"{_STEM}*.json") if path.is_file())
    left = next((path for path in logs if _says(path, document)), None)
    return left or _write(folder, at, document)


def _says(path: Path, document: Mapping[str, Json]) -> bool:
    """Whether a log has the same contents, the time of writing aside."""
    try:
        found = _DECODER.decode(path.read_bytes())
    except (OSError, UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return False
    expected = _DECODER.decode(_ENCODER.encode(document))
    return isinstance(found, dict) and found | {"skipped_at": ""} == expected | {"skipped_at": ""}


def _write(folder: Path, at: str, document: Mapping[str, Json]) -> Path:
    stem = datetime.fromisoformat(at).strftime(f"{_STEM}%Y-%m-%d_%H%M%S")
    text = msgspec.json.format(_ENCODER.encode(document), indent=2)
    try:
        with unfinished(folder) as file:
            file.stream.write(text + b"\n")
            return _put(file, folder, stem)
    except OSError as error:
        hint = "nothing was written; check the permissions of the folder"
        raise UsageError(f"the log {folder / stem}.json cannot be written: {error.strerror}", hint=hint) from None


def skipped_records(file: Changeset, skipping: Decisions) -> Mapping[int, str]:
    """The numbers of the records that fall with open questions, each with the id of its question."""
    return dict(_skipped(file, skipping))


def _skipped(file: Changeset, skipping: Decisions) -> Iterator[tuple[int, str]]:
    before = file.decisions.skipped
    for operation in file.operations():
        if operation.n in skipping.skipped and operation.n not in before and not isinstance(operation, Skip):
            for number in numbers(operation.from_):
                yield number, skipping.skipped[operation.n]


def written(record: Mapping[str, Json]) -> dict[str, Json]:
    """A record as it was written: without the numbers that the reader gave it."""
    return {name: value for name, value in record.items() if not isinstance(value, Position)}


def _reason(question: Question) -> str:
    return sentence(question, count(question.asked_by))


def _sections(source: SourceFile) -> dict[str, Json]:
    return {s.name: {"kind": s.view.kind, "names": s.view.envelope} for s in source.sections if s.view}


def _put(file: Unfinished, folder: Path, stem: str) -> Path:
    """Give a log the first name that is free, and return it."""
    path, n = folder / f"{stem}.json", 1
    while True:
        try:
            file.put(path)
        except FileExistsError:
            n += 1
            path = folder / f"{stem}_{n}.json"
        else:
            return path
