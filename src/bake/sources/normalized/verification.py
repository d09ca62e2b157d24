"""Check that a set is what its manifest says (rule 17), and report all problems at once.

Problems are *damage* if the set is not what was exported, and *faults* if it is, but cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from bake.catalog.values import Json, shown
from bake.errors import DamagedExport, InvalidSource, Location, Problem
from bake.sources.json.json_document import JsonDocument, read_json
from bake.sources.normalized.manifest import MANIFEST, VERSION, FileEntry, Manifest, decode_manifest, manifest_problems
from bake.sources.normalized.set_files import SetFiles
from bake.sources.texts.text import SourceText, scan

#: The member of an entity's file that holds its records.
RECORDS = "records"


class _Envelope(msgspec.Struct, frozen=True):
    file_version: str
    entity_type: str
    records: list[Any]
    record_count: int | None = None
    export_id: str | None = None
    schema: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Contents:
    """One entity's file of a set: the members of its envelope, and the document, from which its records are read."""

    file_version: str
    entity_type: str
    record_count: int | None
    export_id: str | None
    schema: dict[str, Json]
    document: JsonDocument

    @property
    def records(self) -> Iterator[Json]:
        """The records, read from the file one after the other."""
        return self.document.records(RECORDS)


#: Checks a file further; called for each file with the manifest's checksum, in the order of import; yields faults.
Look = Callable[[FileEntry, Contents], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """The result of checking a set.

    Attributes:
        name: the name of the set.
        manifest: its manifest.
        sha256: the digest of the manifest's bytes.
        damage: the problems by which the set is not what was exported.
        faults: the problems for which it cannot be read.
        contents: the files that could be read, by entity.
    """

    name: str
    manifest: Manifest
    sha256: str
    damage: tuple[Problem, ...] = ()
    faults: tuple[Problem, ...] = ()
    contents: Mapping[str, Contents] = field(default_factory=dict, repr=False)

    def passed(self) -> Inspection:
        """Return the inspection if there are no problems.

        Raises:
            DamagedExport: there is damage; `problems` of the error has all damage and faults.
            InvalidSource: there are only faults.
        """
        problems = (*self.damage, *self.faults)
        if not problems:
            return self
        error = DamagedExport if self.damage else InvalidSource
        what = "1 thing is wrong" if len(problems) == 1 else f"{len(problems)} things are wrong"
        hint = "Export the set again, or copy it again; nothing was read from it."
        raise error(f"{what} with the set {self.name}", location=problems[0].location, problems=problems, hint=hint)


def inspect(files: SetFiles, look: Look | None = None) -> Inspection:
    """Check a set: names, links, sizes, versions, order, dependencies, missing and extra files, checksums, counts.

    Args:
        files: the set.
        look: an additional check of each file whose envelope could be read.

    Raises:
        DamagedExport: the set or its manifest cannot be opened.
        InvalidSource: the manifest cannot be decoded.
    """
    damage = list(files.problems())
    text = scan(Path(MANIFEST), files.open(MANIFEST)).passed()
    manifest = decode_manifest(text)
    damage += [*manifest_problems(manifest, MANIFEST), *_file_list(manifest, files.names())]
    faults: list[Problem] = []
    found: dict[str, Contents] = {}
    names = set(files.names())
    for n, entry in manifest.ordered:
        if entry.filename not in names:
            continue
        try:
            contents = _contents(files, entry)
        except DamagedExport as error:
            damage.append(Problem(error.message, error.location))
        except InvalidSource as error:
            faults.append(Problem(error.message, error.location))
        else:
            found[entry.entity_type] = contents
            damage.extend(_disagreements(manifest, n, entry, contents))
            faults.extend(look(entry, contents) if look else ())
    return Inspection(files.name, manifest, text.sha256, tuple(damage), tuple(faults), found)


def _file_list(manifest: Manifest, names: list[str]) -> Iterator[Problem]:
    """Problems of the list of files: those missing from the set, and those that the manifest does not list."""
    listed = {entry.filename for entry in manifest.files}
    for n, entry in enumerate(manifest.files):
        if entry.filename not in names:
            yield Problem(f"{shown(entry.filename)} is missing", Location(MANIFEST, f"/files/{n}/filename"))
    for name in names:
        if name not in listed and name != MANIFEST:
            yield Problem(f"{shown(name)} is not in the manifest", Location(name))


def _contents(files: SetFiles, entry: FileEntry) -> Contents:
    """Read a file of a set.

    Raises:
        DamagedExport: it cannot be opened, or its checksum differs.
        InvalidSource: it cannot be read as an entity's file.
    """
    scanned = scan(Path(entry.filename), files.open(entry.filename))
    if scanned.text.sha256 != entry.checksum_sha256.lower():
        raise DamagedExport("its checksum is not the one in the manifest", location=Location(entry.filename))
    return contents_of(scanned.passed())


def contents_of(text: SourceText) -> Contents:
    """Read the envelope of an entity's file.

    Raises:
        InvalidSource: the file is not JSON, of another version, or lacks a member of the envelope.
    """
    document, where, hint = read_json(text), Location(text.name), "Export the set again."
    try:
        says = msgspec.convert(_without_items(document), _Envelope)
    except msgspec.ValidationError as error:
        raise InvalidSource(f"not the file of an entity: {error}", location=where, hint=hint) from None
    if says.file_version.partition(".")[0] != VERSION.partition(".")[0]:
        message = f"file_version is {shown(says.file_version)}; expected {VERSION}"
        raise InvalidSource(message, location=Location(text.name, "/file_version"), hint=hint)
    return Contents(says.file_version, says.entity_type, says.record_count, says.export_id, says.schema, document)


def _without_items(document: JsonDocument) -> dict[str, Json]:
    """The members of a document, with empty lists for arrays; bake-tracker calls `file_version` only `version`."""
    members = {name: [] if member.items else member.value for name, member in document.members.items()}
    return {"file_version": members["version"], **members} if "version" in members else members


def _disagreements(manifest: Manifest, n: int, entry: FileEntry, contents: Contents) -> Iterator[Problem]:
    """The problems of a file whose envelope or number of records disagrees with the manifest.

    Args:
        manifest: the manifest.
        n: the position of the file's entry in `manifest.files`.
        entry: the entry.
        contents: the file.
    """
    where, records = entry.filename, contents.document.items(RECORDS).count
    if contents.entity_type != entry.entity_type:
        message = f"its entity_type is {shown(contents.entity_type)}; the manifest says {shown(entry.entity_type)}"
        yield Problem(message, Location(where, "/entity_type"))
    if contents.export_id not in (None, manifest.export_id):
        yield Problem("it comes from another export: its export_id differs", Location(where, "/export_id"))
    if contents.record_count not in (None, records):
        message = f"record_count is {contents.record_count}, but there are {records} records"
        yield Problem(message, Location(where, "/record_count"))
    if entry.record_count != records:
        message = f"record_count is {entry.record_count}, but {shown(where)} has {records} records"
        yield Problem(message, Location(MANIFEST, f"/files/{n}/record_count"))
